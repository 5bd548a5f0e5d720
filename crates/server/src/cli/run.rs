//! The server as a process: sealed, logging, stopped by signals.

use std::process::ExitCode;

use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{Failed, print, quickstart};
use crate::config::Config;
use crate::rules::Reload;
use crate::serve::Server;
use crate::{process, telemetry};

/// Serves until told to stop.
pub(super) fn serve(config: Config, quickstart: bool) -> Result<ExitCode, Failed> {
    telemetry::log(&config.log, config.log_format).map_err(Failed::new)?;
    telemetry::quiet_panics();
    process::seal().map_err(Failed::new)?;
    // Fewer connections than could be are no reason not to serve.
    if let Err(error) = process::open_files() {
        tracing::warn!(%error, "the number of open files can't be raised");
    }
    let runtime = runtime()?;
    let asked = runtime.block_on(run(config, quickstart))?;
    Ok(if asked { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A runtime for commands and servers.
pub(super) fn runtime() -> Result<Runtime, Failed> {
    Builder::new_multi_thread().enable_all().build().map_err(Failed::new)
}

async fn run(config: Config, quickstart: bool) -> Result<bool, Failed> {
    let signals = Signals::listen()?;
    let hangup = on(SignalKind::hangup())?;
    let server = Server::open(config).await.map_err(Failed::new)?;
    if quickstart {
        quickstart::welcome(&server).await?;
    } else {
        first_password(&server);
    }
    reload_on_hangup(hangup, server.reload());
    Ok(server.run(signals.first()).await)
}

/// A password that was made is shown once, and is in no log.
fn first_password(server: &Server) {
    let Some(first) = server.first() else { return };
    if let Some(password) = &first.password {
        print::result(&format!(
            "The first administrator is `{}`, password `{}`. It is not shown again.",
            first.username,
            password.reveal()
        ));
    }
}

/// Reads the gateway's rules again on each SIGHUP.
fn reload_on_hangup(mut hangup: Signal, reload: Reload) {
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            reload.now().await;
        }
    });
}

fn on(kind: SignalKind) -> Result<Signal, Failed> {
    signal(kind).map_err(Failed::new)
}

/// What tells a process to stop.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> Result<Self, Failed> {
        let (terminate, interrupt) = (on(SignalKind::terminate())?, on(SignalKind::interrupt())?);
        Ok(Self { terminate, interrupt })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    /// Waits for the first signal. The second one ends the process at once.
    async fn first(mut self) {
        self.next().await;
        tokio::spawn(async move {
            self.next().await;
            std::process::exit(1);
        });
    }
}

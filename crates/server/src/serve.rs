//! Serving: everything is opened, put together, and stopped in the order in which nothing is lost.
//!
//! Read [`Server::open`] and [`Server::run`]; then `open` (database, keys, first administrator),
//! `front` (what every request passes), `grpc` (the same over gRPC), `operations` (health and metrics) and `tls`.
//!
//! **Invariant**: a database that goes away after the start stops nothing here: the process lives
//! on and answers what it can.

mod front;
mod grpc;
mod open;
mod operations;
mod tls;

use std::iter;
use std::net::SocketAddr;
use std::sync::Arc;

use authority::Authority;
use authority::account::LOGIN_OUTCOMES;
use axum::extract::DefaultBodyLimit;
use faces::kit::{Context, Face};
use tokio::sync::watch;

use crate::config::{Config, Database};
use crate::follow::{self, Upkeep};
use crate::listen::{Addressed, Listener};
use crate::mail::Courier;
use crate::rules::Reload;
use crate::telemetry::Telemetry;
use front::Front;
use operations::Health;

pub use open::{First, StartError, open_audit, open_authority};
pub use tls::check as check_tls;

/// A server that listens and has not begun to answer.
pub struct Server {
    authority: Authority,
    telemetry: Arc<Telemetry>,
    stats: Arc<storage::Stats>,
    courier: Courier,
    health: Arc<Health>,
    main: (Listener, Front),
    grpc: Option<(Listener, Front)>,
    operations: Option<Listener>,
    config: Arc<Config>,
    reload: Reload,
    first: Option<First>,
}

impl Server {
    /// Opens everything. An empty database is set up.
    ///
    /// # Errors
    ///
    /// [`StartError`], in one line; what was opened is closed again.
    pub async fn open(config: Config) -> Result<Self, StartError> {
        Self::open_with(config, |_| Vec::new()).await
    }

    /// As [`Server::open`], with more faces.
    pub async fn open_with(
        config: Config,
        more: impl FnOnce(&Context) -> Vec<Face>,
    ) -> Result<Self, StartError> {
        let telemetry = Arc::new(Telemetry::new(front::CHECKS, &LOGIN_OUTCOMES));
        let tls = config.tls().map(|tls| tls::load(&tls)).transpose()?;
        let sealed = |at| match (bind(at, &config, &telemetry), &tls) {
            (Ok(listener), Some(tls)) => Ok(listener.with_tls(Arc::clone(tls))),
            (bound, _) => bound,
        };
        let listener = sealed(config.listen)?;
        let grpc = config.grpc.map(sealed).transpose()?;
        let second = config.operations.map(|at| bind(at, &config, &telemetry)).transpose()?;
        // Port 0 means any: from here on it is known which.
        let listen = listener.address().unwrap_or(config.listen);
        let config = Config { listen, ..config };
        let opened = open::open(&config, &telemetry).await?;
        let context = Context {
            trusted: Arc::new(config.trusted()),
            largest_body: config.largest_body,
            too_often: config.check_rate_status.status(),
            ..Context::of(opened.authority.clone())
        };
        let health = Arc::new(Health::new(&context, &telemetry));
        let mut faces = faces::all(&context);
        faces.extend(more(&context));
        let grpc = grpc.map(|listener| (listener, grpc::front(&mut faces, &telemetry)));
        let guarded = config.operations.is_none();
        let front = Front::new(faces, &telemetry, config.tls().is_some(), |router| {
            let router = router.layer(DefaultBodyLimit::max(config.largest_body));
            if guarded { router.merge(operations::guarded(&health)) } else { router }
        });
        Ok(Self {
            authority: opened.authority,
            stats: opened.stats,
            courier: opened.courier,
            first: opened.first,
            reload: opened.reload,
            main: (listener, front),
            grpc,
            operations: second,
            config: Arc::new(config),
            telemetry,
            health,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.config.listen
    }

    /// Where it is asked over gRPC.
    pub fn grpc_address(&self) -> Option<SocketAddr> {
        self.grpc.as_ref().and_then(|(listener, _)| listener.address().ok())
    }

    /// Where health and metrics are, if apart.
    pub fn operations_address(&self) -> Option<SocketAddr> {
        self.operations.as_ref().and_then(|listener| listener.address().ok())
    }

    /// What it was told.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The core.
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// What reads the gateway's rules again.
    pub fn reload(&self) -> Reload {
        self.reload.clone()
    }

    /// The first administrator, if this start set the database up.
    pub fn first(&self) -> Option<&First> {
        self.first.as_ref()
    }

    /// Answers until `signal`. Then: not ready at once; a pause, if one was asked for; nobody is
    /// accepted any more and requests under way finish within 10 s; letters go out; uses are
    /// written down; the database is closed. Says whether it ended because it was asked to.
    ///
    /// It also ends when the disk has failed under a commit, for only a new start finds out what
    /// was kept.
    pub async fn run(self, signal: impl Future<Output = ()>) -> bool {
        self.announce();
        let Self {
            authority,
            telemetry,
            stats,
            courier,
            health,
            main,
            grpc,
            operations,
            config,
            reload,
            ..
        } = self;
        let (end, ending) = watch::channel(false);
        let upkeep = Upkeep::new(authority.clone(), Arc::clone(&telemetry), stats, reload);
        let jobs = follow::start(&upkeep, &ending);
        let courier = tokio::spawn(courier.run(ended(ending.clone())));
        let watched = operations.map(|listener| {
            let router = operations::open(&health);
            let ending = ended(ending.clone());
            tokio::spawn(async move {
                listener.serve(|peer| Addressed::new(router.clone(), peer), ending).await
            })
        });
        let mut asked = true;
        let stop = async {
            tokio::select! {
                () = signal => {}
                () = upkeep.broken() => asked = false,
            }
            health.stop();
            tracing::info!(asked, "stopping");
            follow::pause(config.drain).await;
            authority.close_feed();
        };
        let dropped = serve(main, grpc, stop).await;
        end.send_replace(true);
        jobs.join_all().await;
        let _ = courier.await;
        if let Some(watched) = watched {
            let _ = watched.await;
        }
        upkeep.finish().await;
        tracing::info!(dropped, "stopped");
        asked
    }

    fn announce(&self) {
        let Self { config, .. } = self;
        let database =
            if matches!(config.database, Database::Sqlite) { "sqlite" } else { "postgres" };
        let operations = self.operations_address().map(tracing::field::display);
        let grpc = self.grpc_address().map(tracing::field::display);
        tracing::info!(
            version = env!("CARGO_PKG_VERSION"),
            listen = %self.address(),
            grpc,
            operations,
            tls = config.tls().is_some(),
            database,
            data = %config.data.display(),
            public_url = config.issuer(),
            lease_milliseconds = u64::try_from(config.lease.as_millis()).unwrap_or(u64::MAX),
            "serving"
        );
        let mut addresses = iter::once(self.address()).chain(self.grpc_address());
        if config.tls().is_none() && addresses.any(|address| !address.ip().is_loopback()) {
            tracing::warn!(
                "tokens arrive without TLS: put a proxy in front, or set tls_certificate"
            );
        }
    }
}

/// Serves on both until `stop`; how many connections were dropped.
async fn serve(
    main: (Listener, Front),
    grpc: Option<(Listener, Front)>,
    stop: impl Future<Output = ()>,
) -> usize {
    let (end, ending) = watch::channel(false);
    let stop = async {
        stop.await;
        end.send_replace(true);
    };
    let beside = async {
        let Some((listener, front)) = grpc else { return 0 };
        listener.serve(|peer| front.seat(peer), ended(ending)).await
    };
    let (listener, front) = main;
    let (dropped, beside) = tokio::join!(listener.serve(|peer| front.seat(peer), stop), beside);
    dropped + beside
}

/// Waits until the end is announced, or until nobody can announce it any more.
async fn ended(mut ending: watch::Receiver<bool>) {
    let _ = ending.wait_for(|end| *end).await;
}

fn bind(
    address: SocketAddr,
    config: &Config,
    telemetry: &Telemetry,
) -> Result<Listener, StartError> {
    let listener = Listener::bind(address).map_err(|error| StartError::Listen(address, error))?;
    Ok(listener.with_limits(config.limits()).with_tally(telemetry.connections.clone()))
}

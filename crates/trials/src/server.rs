//! The server under trial: started, killed, started again on the same data.
//!
//! **Invariant**: only processes that were started here are ever ended, by their own id.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::api;
use crate::clock::{Stopwatch, pause};
use crate::history::Moment;
use crate::wire::Wire;

/// Where a server is, and what it is told.
#[derive(Debug, Clone)]
pub struct Site {
    /// The program.
    pub binary: PathBuf,
    /// Its data folder, and beside it what it says.
    pub data: PathBuf,
    /// `sqlite` or `postgres://…`.
    pub database: String,
    /// Where it listens.
    pub address: SocketAddr,
    /// Where it listens for gRPC, if it does.
    pub grpc: Option<SocketAddr>,
    /// Further settings, as its environment has them.
    pub settings: Vec<(&'static str, &'static str)>,
}

/// A server that runs.
pub struct Server {
    child: Child,
    started: Moment,
}

/// How long a server may take to its first answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two questions whether it answers.
const BREATH: Duration = Duration::from_millis(2);
/// The first administrator's. Nothing that is worth protecting is ever behind it.
pub const PASSWORD: &str = "a trial of no consequence";

impl Site {
    /// A site in `folder`, on a port that nobody has now.
    pub fn new(binary: &Path, database: &str, folder: &Path) -> io::Result<Self> {
        Ok(Self {
            binary: binary.canonicalize()?,
            data: folder.join("data"),
            database: database.to_owned(),
            address: free_port()?,
            grpc: None,
            settings: Vec::new(),
        })
    }

    /// Where the server puts letters.
    pub fn letters(&self) -> PathBuf {
        self.data.join("mail")
    }

    /// Keeps a copy of an embedded database that nobody has open.
    pub fn keep_copy(&self) -> io::Result<()> {
        copy_all(&self.data, &self.data.with_extension("copy"))
    }

    /// Puts the copy back in its place: whatever was done since is lost.
    pub fn put_back_copy(&self) -> io::Result<()> {
        copy_all(&self.data.with_extension("copy"), &self.data)
    }

    fn log(&self) -> io::Result<File> {
        OpenOptions::new().create(true).append(true).open(self.data.with_extension("log"))
    }

    /// The program with what it needs to know, and nothing else of our environment.
    fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .env_clear()
            .env("CHANCERY_DATA", &self.data)
            .env("CHANCERY_DATABASE", &self.database)
            .env("CHANCERY_LISTEN", self.address.to_string())
            .env("CHANCERY_ADMIN_PASSWORD", PASSWORD)
            .env("CHANCERY_TOKENS_PER_HOLDER", "none")
            .env("CHANCERY_LOG", "warn")
            .envs(self.grpc.map(|address| ("CHANCERY_GRPC", address.to_string())))
            .envs(self.settings.iter().copied())
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// Starts the server and waits for its first answer. Tells how long that took, in microseconds.
    ///
    /// # Errors
    ///
    /// If it ends by itself, or does not answer in time.
    pub async fn start(&self, clock: &Stopwatch) -> io::Result<(Server, u64)> {
        let mut command = self.command();
        command.arg("serve").stdout(self.log()?).stderr(self.log()?);
        let started = clock.now();
        let mut server = Server { child: command.spawn()?, started };
        let waited = timeout(PATIENCE, async {
            while !self.is_ready().await {
                if let Some(status) = server.child.try_wait()? {
                    return Err(io::Error::other(format!("the server ended by itself: {status}")));
                }
                pause(BREATH).await;
            }
            Ok(())
        });
        waited.await.map_err(|_| io::Error::other("the server does not answer"))??;
        let took = clock.now().saturating_sub(server.started);
        Ok((server, took))
    }

    /// Whether it says that it is ready.
    pub async fn is_ready(&self) -> bool {
        let mut wire = Wire::new(self.address);
        if wire.connect().await.is_err() {
            return false;
        }
        wire.ask(api::ready()).await.is_ok_and(|reply| reply.status.is_success())
    }

    /// Runs the program with other arguments, to its end.
    pub async fn run(&self, arguments: &[&str]) -> io::Result<Output> {
        self.command().args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).output().await
    }
}

/// An address on loopback that nobody has now.
pub fn free_port() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}

/// Copies the files of a folder, in place of all files that are in the other.
fn copy_all(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    let files = |folder: &Path| -> io::Result<Vec<PathBuf>> {
        let entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
        Ok(entries.into_iter().map(|entry| entry.path()).filter(|path| path.is_file()).collect())
    };
    for old in files(to)? {
        fs::remove_file(old)?;
    }
    for file in files(from)? {
        let name = file.file_name().unwrap_or_default().to_owned();
        fs::copy(file, to.join(name))?;
    }
    Ok(())
}

impl Server {
    /// Sends SIGKILL. Gives when that was.
    pub async fn kill(mut self, clock: &Stopwatch) -> io::Result<Moment> {
        let at = clock.now();
        self.child.start_kill()?;
        self.child.wait().await?;
        Ok(at)
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Asks it to end, and waits. Says whether it ended well.
    pub async fn stop(mut self) -> io::Result<bool> {
        let id = self.child.id().and_then(|id| i32::try_from(id).ok());
        if let Some(process) = id.and_then(rustix::process::Pid::from_raw) {
            rustix::process::kill_process(process, rustix::process::Signal::TERM)?;
        }
        let ended = timeout(PATIENCE, self.child.wait()).await;
        Ok(ended.map_err(|_| io::Error::other("the server does not end"))??.success())
    }
}

//! A server in this process, and one as a process of its own.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use faces::kit::{Context, Face};
use reqwest::{Client, RequestBuilder, StatusCode};
use rustix::process::Signal;
use serde_json::Value;
use server::config::{Config, Sources};
use server::serve::Server;
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Instant, interval};

/// The administrator's password.
pub(crate) const PASSWORD: &str = "gray otter on a lamp post";
/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Settings for a test: any port, a folder of its own.
pub(crate) fn config(folder: &Path, more: &[(&'static str, &str)]) -> Config {
    let data = folder.join("data").display().to_string();
    let usual = [("data", data.as_str()), ("listen", "127.0.0.1:0"), ("admin_password", PASSWORD)];
    let said = usual.iter().chain(more).map(|(name, value)| (*name, (*value).to_owned()));
    let flags: Vec<_> = said.collect();
    let sources = Sources { flags: &flags, ..Sources::default() };
    Config::read(&sources).expect("good settings")
}

/// A server in this process.
pub(crate) struct Running {
    pub(crate) base: String,
    /// Where health and metrics are.
    pub(crate) operations: String,
    /// Where Envoy asks.
    pub(crate) grpc: Option<SocketAddr>,
    pub(crate) client: Client,
    pub(crate) folder: TempDir,
    stop: Option<oneshot::Sender<()>>,
    end: JoinHandle<bool>,
}

impl Running {
    /// A server in an empty folder.
    pub(crate) async fn start() -> Self {
        Self::with(&[], |_| Vec::new()).await
    }

    /// A server with settings and faces of the test's own. It is ready.
    pub(crate) async fn with(
        settings: &[(&'static str, &str)],
        faces: impl FnOnce(&Context) -> Vec<Face>,
    ) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let config = config(folder.path(), settings);
        let server = Server::open_with(config, faces).await.expect("a server");
        let base = format!("http://{}", server.address());
        let apart = server.operations_address().map(|address| format!("http://{address}"));
        let operations = apart.unwrap_or_else(|| base.clone());
        let grpc = server.grpc_address();
        let (stop, stopped) = oneshot::channel();
        let end = tokio::spawn(server.run(async { drop(stopped.await) }));
        let client = Client::builder().no_proxy().build().expect("a client");
        let running = Self { base, operations, grpc, client, folder, stop: Some(stop), end };
        running.readiness_becomes(StatusCode::OK).await;
        running
    }

    /// Tells it to stop.
    pub(crate) fn tell_to_stop(&mut self) {
        drop(self.stop.take());
    }

    /// Waits for its end, and says whether it ended because it was told to.
    pub(crate) async fn end(mut self) -> bool {
        self.tell_to_stop();
        self.end.await.expect("no panic")
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.base))
    }

    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.base))
    }

    /// Logs in; gives the access token.
    pub(crate) async fn log_in(&self) -> String {
        let body = serde_json::json!({ "email": "admin", "password": PASSWORD });
        let answer = self.post("/v0/auth/login").json(&body).send().await.expect("an answer");
        text(&json(answer).await, "accessToken")
    }

    /// Issues a team token; gives its secret and id.
    pub(crate) async fn issue(&self, access: &str) -> (String, String) {
        let asked = self.post("/v0/tokens").bearer_auth(access);
        let issued = json(asked.send().await.expect("an answer")).await;
        (text(&issued, "token"), text(&issued, "id"))
    }

    /// What `/check` says of a token.
    pub(crate) async fn check(&self, token: &str) -> StatusCode {
        self.get("/check").bearer_auth(token).send().await.expect("an answer").status()
    }

    /// Asks again and again until readiness is told so.
    pub(crate) async fn readiness_becomes(&self, status: StatusCode) {
        let path = format!("{}/health/ready", self.operations);
        until("readiness changes", async || {
            self.client.get(&path).send().await.is_ok_and(|answer| answer.status() == status)
        })
        .await;
    }
}

/// Tries again and again until it is so.
pub(crate) async fn until(what: &str, mut so: impl AsyncFnMut() -> bool) {
    let (began, mut ticks) = (Instant::now(), interval(Duration::from_millis(20)));
    while !so().await {
        assert!(began.elapsed() < PATIENCE, "it never came to that: {what}");
        ticks.tick().await;
    }
}

/// The body of an answer that must be a yes.
pub(crate) async fn json(answer: reqwest::Response) -> Value {
    let status = answer.status();
    let text = answer.text().await.expect("a body");
    assert!(status.is_success(), "{status}: {text}");
    serde_json::from_str(&text).unwrap_or_default()
}

pub(crate) fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The binary as a process, its output in files.
pub(crate) struct Process {
    child: Child,
    pub(crate) output: PathBuf,
    pub(crate) log: PathBuf,
}

/// The binary, in an environment that says nothing but this.
pub(crate) fn chancery(folder: &Path, settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chancery"));
    command.env_clear().env("CHANCERY_DATA", folder.join("data"));
    command.envs(settings.iter().copied());
    command
}

impl Process {
    pub(crate) fn start(folder: &Path, settings: &[(&str, &str)], arguments: &[&str]) -> Self {
        let (output, log) = (folder.join("output"), folder.join("log"));
        let child = chancery(folder, settings)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(File::create(&output).expect("a file"))
            .stderr(File::create(&log).expect("a file"))
            .spawn()
            .expect("a process");
        Self { child, output, log }
    }

    /// Where it says that it serves.
    pub(crate) async fn address(&self) -> SocketAddr {
        let mut address = None;
        until("it serves", async || {
            let log = std::fs::read_to_string(&self.log).unwrap_or_default();
            let said = log.lines().find(|line| line.contains("serving"));
            let word = said
                .and_then(|line| line.split_whitespace().find_map(|w| w.strip_prefix("listen=")));
            address = word.and_then(|word| word.parse().ok());
            address.is_some()
        })
        .await;
        address.expect("an address")
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw);
        rustix::process::kill_process(id.expect("a process"), signal).expect("a signal");
    }

    /// Sends a signal and waits for the end.
    pub(crate) async fn end(mut self, signal: Signal) -> ExitStatus {
        self.signal(signal);
        let mut status = None;
        until("it ends", async || {
            status = self.child.try_wait().expect("a process");
            status.is_some()
        })
        .await;
        status.expect("a status")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

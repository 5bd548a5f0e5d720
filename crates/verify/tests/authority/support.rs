//! A real authority in this process, on a runtime of its own, so that it can be killed.

use std::path::PathBuf;
use std::time::Duration;

use chancery_verify::{Need, Unavailable, Verdict, Verifier};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use server::config::{Config, Sources};
use server::serve::Server;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Instant, interval};

const PASSWORD: &str = "gray otter on a lamp post";
/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
/// S, where nothing else is said.
pub(crate) const LEASE: Duration = Duration::from_millis(500);

/// An authority with one administrator, who holds tokens.
pub(crate) struct House {
    pub(crate) base: String,
    client: Client,
    folder: TempDir,
    running: Option<Running>,
    access: String,
}

struct Running {
    runtime: Runtime,
    stop: oneshot::Sender<()>,
    end: JoinHandle<()>,
}

/// A token and its identity.
pub(crate) struct Issued {
    pub(crate) secret: String,
    pub(crate) id: String,
}

impl House {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let client = Client::builder().no_proxy().build().unwrap();
        let (running, base) = start(&folder, "127.0.0.1:0").await;
        let access = String::new();
        let mut house = Self { base, client, folder, running: Some(running), access };
        let login = json!({ "email": "admin", "password": PASSWORD });
        let answer = house.ask(Method::POST, "/v0/auth/login").json(&login);
        house.access = text(&told(answer).await, "accessToken");
        house
    }

    fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base)).bearer_auth(&self.access)
    }

    /// Issues a token of the administrator's.
    pub(crate) async fn issue(&self) -> Issued {
        let issued = told(self.ask(Method::POST, "/v0/tokens")).await;
        Issued { secret: text(&issued, "token"), id: text(&issued, "id") }
    }

    /// Issues a token that is good once.
    pub(crate) async fn issue_once(&self) -> String {
        self.issue_bound(json!({ "uses": 1 })).await
    }

    /// Issues a token with these limits.
    pub(crate) async fn issue_bound(&self, mut wish: Value) -> String {
        let key = self.issue().await;
        let known = told(self.ask(Method::GET, &format!("/authority/v1/tokens/{}", key.id))).await;
        wish["organization"] = known["organization"].clone();
        let request = self.client.post(format!("{}/authority/v1/tokens", self.base));
        let issued = told(request.bearer_auth(&key.secret).json(&wish)).await;
        text(&issued, "secret")
    }

    /// Revokes a token; gives when that was answered.
    pub(crate) async fn revoke(&self, issued: &Issued) -> Instant {
        told(self.ask(Method::DELETE, &format!("/v0/tokens/{}", issued.id))).await;
        Instant::now()
    }

    /// A verifier with a token of its own.
    pub(crate) async fn verifier(&self) -> Verifier {
        let own = self.issue().await;
        self.verifier_by(&own.secret).await
    }

    pub(crate) async fn verifier_by(&self, own: &str) -> Verifier {
        let verifier = Verifier::builder(&self.base, own).lease(LEASE).start().unwrap();
        tokio::time::timeout(PATIENCE, verifier.ready()).await.unwrap();
        verifier
    }

    /// Everything that it does ends now.
    pub(crate) fn kill(&mut self) {
        if let Some(Running { runtime, .. }) = self.running.take() {
            runtime.shutdown_background();
        }
    }

    /// Stops as an operator stops it.
    pub(crate) async fn stop(&mut self) -> Duration {
        let began = Instant::now();
        let Running { runtime, stop, end } = self.running.take().unwrap();
        drop(stop);
        end.await.unwrap();
        runtime.shutdown_background();
        began.elapsed()
    }

    /// Starts again where it was.
    pub(crate) async fn start(&mut self) {
        let listen = self.base.strip_prefix("http://").unwrap().to_owned();
        let (running, base) = start(&self.folder, &listen).await;
        assert_eq!(base, self.base);
        self.running = Some(running);
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.folder.path().join("data/chancery.db")
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.kill();
    }
}

async fn start(folder: &TempDir, listen: &str) -> (Running, String) {
    let data = folder.path().join("data").display().to_string();
    let said = [
        ("data", data.as_str()),
        ("listen", listen),
        ("admin_password", PASSWORD),
        // The administrator's login lasts as long as a test on a busy machine.
        ("access_life", "10m"),
    ];
    let flags = said.map(|(name, value)| (name, value.to_owned()));
    let config = Config::read(&Sources { flags: &flags, ..Sources::default() }).unwrap();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (stop, stopped) = oneshot::channel();
    let (tell, address) = oneshot::channel();
    let end = runtime.spawn(async move {
        let server = Server::open(config).await.unwrap();
        tell.send(server.address()).unwrap();
        server.run(async { drop(stopped.await) }).await;
    });
    let base = format!("http://{}", address.await.unwrap());
    (Running { runtime, stop, end }, base)
}

async fn told(request: RequestBuilder) -> Value {
    let answer = request.send().await.unwrap();
    let (status, text) = (answer.status(), answer.text().await.unwrap());
    assert!(status.is_success(), "{status}: {text}");
    serde_json::from_str(&text).unwrap_or_default()
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("no {name}")).to_owned()
}

pub(crate) async fn check(verifier: &Verifier, token: &str) -> Result<Verdict, Unavailable> {
    verifier.check(token, &Need::anything()).await
}

pub(crate) fn is_yes(outcome: &Result<Verdict, Unavailable>) -> bool {
    matches!(outcome, Ok(Verdict::Good(_)))
}

/// Tries again and again until it is so; gives how long that took.
pub(crate) async fn until(what: &str, mut so: impl AsyncFnMut() -> bool) -> Duration {
    let (began, mut ticks) = (Instant::now(), interval(Duration::from_millis(1)));
    while !so().await {
        assert!(began.elapsed() < PATIENCE, "it never came to that: {what}");
        ticks.tick().await;
    }
    began.elapsed()
}

//! The service, started as a process beside a real authority.

#![expect(clippy::unwrap_used, reason = "whatever goes wrong here is a failed test")]

use std::net::TcpListener;
use std::process::{Child, Command};
use std::time::Duration;

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use server::config::{Config, Sources};
use server::serve::Server;
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Instant, interval};

const PASSWORD: &str = "gray otter on a lamp post";

/// The service; it ends with the test.
struct Library(Child);

impl Drop for Library {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_library_opens_to_good_tokens_only() {
    let folder = tempfile::tempdir().unwrap();
    let (chancery, stop, end) = authority(&folder).await;
    let client = Client::builder().no_proxy().build().unwrap();
    let ask = async |method: Method, path: &str, token: &str, body: Option<Value>| -> Value {
        let request = client.request(method, format!("{chancery}{path}")).bearer_auth(token);
        let request = if let Some(body) = body { request.json(&body) } else { request };
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.status());
        answer.json().await.unwrap_or_default()
    };
    let login = json!({ "email": "admin", "password": PASSWORD });
    let access = text(&ask(Method::POST, "/v0/auth/login", "", Some(login)).await, "accessToken");
    let own = ask(Method::POST, "/v0/tokens", &access, None).await;
    let (own, own_id) = (text(&own, "token"), text(&own, "id"));
    let home = ask(Method::GET, &format!("/authority/v1/tokens/{own_id}"), &own, None).await;
    let mut read = json!({ "scopes": ["library.book.read"], "organization": home["organization"] });
    let issue = async |wish| ask(Method::POST, "/authority/v1/tokens", &own, Some(wish)).await;
    let reader = issue(read.clone()).await;
    let (token, id) = (text(&reader, "secret"), text(&reader, "id"));

    let library = free_address();
    let started = Command::new(env!("CARGO_BIN_EXE_example-axum"))
        .env_clear()
        .env("CHANCERY", &chancery)
        .env("CHANCERY_OWN_TOKEN", &own)
        .env("LISTEN", &library)
        .spawn();
    let _library = Library(started.unwrap());
    let says = async |method: Method, path: &str, token: Option<&str>| -> Option<StatusCode> {
        let request = client.request(method, format!("http://{library}{path}"));
        let request = if let Some(token) = token { request.bearer_auth(token) } else { request };
        request.send().await.ok().map(|answer| answer.status())
    };
    let reads = async || says(Method::GET, "/books", Some(&token)).await;
    until("it is healthy", async || {
        says(Method::GET, "/health", None).await == Some(StatusCode::OK)
    })
    .await;

    assert_eq!(says(Method::GET, "/books", None).await, Some(StatusCode::UNAUTHORIZED));
    assert_eq!(reads().await, Some(StatusCode::OK));
    let lends = says(Method::POST, "/books", Some(&token)).await;
    assert_eq!(lends, Some(StatusCode::FORBIDDEN), "the token only reads");

    let near_and_far =
        [("127.0.0.0/8", StatusCode::OK), ("192.0.2.0/24", StatusCode::UNAUTHORIZED)];
    for (network, status) in near_and_far {
        read["networks"] = json!([network]);
        let bound = text(&issue(read.clone()).await, "secret");
        assert_eq!(says(Method::GET, "/books", Some(&bound)).await, Some(status), "{network}");
    }

    ask(Method::POST, &format!("/authority/v1/tokens/{id}/revoke"), &own, None).await;
    let revoked = Instant::now();
    until("the revoked token is dead", async || reads().await == Some(StatusCode::UNAUTHORIZED))
        .await;
    assert!(revoked.elapsed() < Duration::from_secs(2));

    drop(stop);
    end.await.unwrap();
    until("it closes", async || {
        says(Method::GET, "/health", None).await == Some(StatusCode::SERVICE_UNAVAILABLE)
    })
    .await;
    assert_eq!(reads().await, Some(StatusCode::SERVICE_UNAVAILABLE));
}

/// An authority with one administrator: where it is, what ends it when it is dropped, and its end.
async fn authority(folder: &TempDir) -> (String, oneshot::Sender<()>, JoinHandle<bool>) {
    let data = folder.path().join("data").display().to_string();
    let said = [("data", data.as_str()), ("listen", "127.0.0.1:0"), ("admin_password", PASSWORD)];
    let flags = said.map(|(name, value)| (name, value.to_owned()));
    let config = Config::read(&Sources { flags: &flags, ..Sources::default() }).unwrap();
    let server = Server::open(config).await.unwrap();
    let chancery = format!("http://{}", server.address());
    let (stop, stopped) = oneshot::channel::<()>();
    (chancery, stop, tokio::spawn(server.run(async { drop(stopped.await) })))
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap().to_owned()
}

/// An address that nobody had a moment ago.
fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

async fn until(what: &str, mut so: impl AsyncFnMut() -> bool) {
    let (began, mut ticks) = (Instant::now(), interval(Duration::from_millis(20)));
    while !so().await {
        assert!(began.elapsed() < Duration::from_secs(30), "it never came to that: {what}");
        ticks.tick().await;
    }
}

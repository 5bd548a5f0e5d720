//! The end.

use std::io::Write as _;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use faces::kit::Face;
use reqwest::StatusCode;
use rustix::process::Signal;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::grpc::asks;
use super::support::{Process, Running, until};

/// A face with one route that takes as long as the test says.
fn slow(begun: &Arc<Notify>, go: &Arc<Notify>) -> Face {
    let (begun, go) = (Arc::clone(begun), Arc::clone(go));
    let handler = || async move {
        begun.notify_one();
        go.notified().await;
        "done"
    };
    let router = Router::new().route("/", get(handler.clone()).post(handler));
    let document = utoipa::openapi::OpenApi::default();
    Face { name: "slow", mount: "/slow", router, document, warm: None, grpc: None }
}

#[tokio::test]
async fn a_request_under_way_is_finished() {
    let (begun, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let face = slow(&begun, &go);
    let settings = [("operations", "127.0.0.1:0")];
    let mut server = Running::with(&settings, |_| vec![face]).await;
    let asked = tokio::spawn(server.get("/slow").send());
    begun.notified().await;

    server.tell_to_stop();

    server.readiness_becomes(StatusCode::SERVICE_UNAVAILABLE).await;
    until("nobody is accepted", async || {
        server.client.get(&server.base).send().await.is_err_and(|error| error.is_connect())
    })
    .await;
    go.notify_one();
    assert_eq!(asked.await.unwrap().unwrap().text().await.unwrap(), "done");
    assert!(server.end().await);
}

#[tokio::test]
async fn a_question_over_grpc_that_is_under_way_is_answered() {
    let (begun, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let Face { router, .. } = slow(&begun, &go);
    let grpc = Some(Router::new().nest("/slow", router));
    let face = Face { router: Router::new(), grpc, ..slow(&begun, &go) };
    let settings = [("grpc", "127.0.0.1:0"), ("operations", "127.0.0.1:0")];
    let mut server = Running::with(&settings, |_| vec![face]).await;
    let asked = tokio::spawn(asks(server.grpc.unwrap(), "/slow"));
    begun.notified().await;

    server.tell_to_stop();

    until("nobody is accepted", async || TcpStream::connect(server.grpc.unwrap()).is_err()).await;
    for _ in 0..10 {
        server.readiness_becomes(StatusCode::SERVICE_UNAVAILABLE).await;
    }
    go.notify_one();
    assert_eq!(asked.await.unwrap().status(), StatusCode::OK);
    assert!(server.end().await);
}

#[tokio::test]
async fn a_process_that_is_told_to_stop_ends_well() {
    for signal in [Signal::TERM, Signal::INT] {
        let folder = tempfile::tempdir().unwrap();
        let process = Process::start(folder.path(), &[], &["serve", "--listen", "127.0.0.1:0"]);
        process.address().await;

        assert_eq!(process.end(signal).await.code(), Some(0));

        let wal = folder.path().join("data/chancery.db-wal");
        assert!(!wal.exists(), "the database was not closed");
    }
}

#[tokio::test]
async fn the_second_signal_ends_it_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), &[], &["serve", "--listen", "127.0.0.1:0"]);
    let address = process.address().await;
    let mut slow = TcpStream::connect(address).unwrap();
    let head = "POST /v0/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
        content-length: 9\r\n\r\n";
    slow.write_all(head.as_bytes()).unwrap();
    until("the request is under way", async || {
        let metrics = reqwest::get(format!("http://{address}/metrics")).await.unwrap();
        metrics.text().await.unwrap().contains("chancery_connections 2")
    })
    .await;

    process.signal(Signal::TERM);
    until("it is stopping", async || {
        std::fs::read_to_string(&process.log).unwrap().contains("stopping")
    })
    .await;
    let asked = Instant::now();

    assert_eq!(process.end(Signal::TERM).await.code(), Some(1));
    assert!(asked.elapsed() < Duration::from_secs(5), "it waited for the request");
}

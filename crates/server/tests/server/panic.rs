//! A panic in a handler.

use axum::Router;
use axum::routing::get;
use faces::kit::Face;
use reqwest::StatusCode;

use super::support::Running;

fn faulty() -> Face {
    async fn fault() -> &'static str {
        let nothing: Option<&'static str> = std::hint::black_box(None);
        nothing.expect("canary-of-a-panic")
    }
    let router = Router::new().route("/", get(fault)).route("/good", get(async || "good"));
    let document = utoipa::openapi::OpenApi::default();
    Face { name: "faulty", mount: "/faulty", router, document, warm: None, grpc: None }
}

#[tokio::test]
async fn a_panic_ends_one_request_and_is_counted() {
    let server = Running::with(&[], |_| vec![faulty()]).await;
    for _ in 0..3 {
        let answer = server.get("/faulty").send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(!answer.text().await.unwrap().contains("canary"));
        let good = server.get("/faulty/good").send().await.unwrap();
        assert_eq!(good.text().await.unwrap(), "good");
    }
    let metrics = server.get("/metrics").send().await.unwrap().text().await.unwrap();
    assert!(metrics.contains("chancery_panics_total 3"), "{metrics}");
    assert!(server.end().await);
}

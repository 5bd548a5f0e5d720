//! A database that goes away and comes back.

use reqwest::StatusCode;

use super::support::{Running, until};

#[tokio::test]
async fn the_server_outlives_its_database() {
    let server = Running::start().await;
    let access = server.log_in().await;
    let (token, _) = server.issue(&access).await;
    assert_eq!(server.check(&token).await, StatusCode::NO_CONTENT);
    let file = server.folder.path().join("data/chancery.db");

    testing::break_file(&file);

    until("nobody can tell any more", async || {
        let told = server.check(&token).await;
        assert_ne!(told, StatusCode::UNAUTHORIZED, "no answer is not a no");
        told == StatusCode::SERVICE_UNAVAILABLE
    })
    .await;
    let unavailable = async || {
        let metrics = server.get("/metrics").send().await.unwrap().text().await.unwrap();
        let line = r#"chancery_checks_total{outcome="unavailable"} "#;
        metrics.lines().find_map(|found| found.strip_prefix(line)?.parse::<u64>().ok()).unwrap()
    };
    let before = unavailable().await;
    let below = server.get("/check/orders").bearer_auth(&token).send().await.unwrap();
    assert_eq!(below.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(unavailable().await, before + 1, "a check below `/check` is one");
    server.readiness_becomes(StatusCode::SERVICE_UNAVAILABLE).await;
    let refused = server.post("/v0/tokens").bearer_auth(&access).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    let live = server.get("/health/live").send().await.unwrap();
    assert_eq!(live.status(), StatusCode::OK);

    testing::mend_file(&file);

    server.readiness_becomes(StatusCode::OK).await;
    assert_eq!(server.check(&token).await, StatusCode::NO_CONTENT);
    let (again, _) = server.issue(&access).await;
    assert_eq!(server.check(&again).await, StatusCode::NO_CONTENT);
    assert!(server.end().await);
}

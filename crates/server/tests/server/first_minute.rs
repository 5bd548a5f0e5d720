//! The first minute.

use reqwest::StatusCode;
use serde_json::json;

use super::support::{Process, Running, json as body, text};

#[tokio::test]
async fn a_token_is_issued_checked_and_revoked() {
    let server = Running::start().await;
    let login = server.log_in().await;

    let teams = body(server.get("/v0/teams").bearer_auth(&login).send().await.unwrap()).await;
    assert_eq!(text(&teams[0], "name"), "Default");
    let enter = json!({
        "email": "admin", "password": super::support::PASSWORD, "teamId": text(&teams[0], "id"),
    });
    let entered = server.post("/v0/auth/login").json(&enter).send().await.unwrap();
    let access = text(&body(entered).await, "accessToken");

    let (token, id) = server.issue(&access).await;
    assert!(token.starts_with("tkak_"));
    assert_eq!(server.check(&token).await, StatusCode::NO_CONTENT);
    assert_eq!(server.check(&token).await, StatusCode::NO_CONTENT);
    let revoke = server.client.delete(format!("{}/v0/tokens/{id}", server.base));
    assert!(revoke.bearer_auth(&access).send().await.unwrap().status().is_success());
    assert_eq!(server.check(&token).await, StatusCode::UNAUTHORIZED);

    let metrics = server.get("/metrics").send().await.unwrap().text().await.unwrap();
    assert!(metrics.contains(r#"chancery_checks_total{outcome="good"} 2"#), "{metrics}");
    assert!(metrics.contains(r#"chancery_checks_total{outcome="refused"} 1"#), "{metrics}");
    assert!(server.end().await);
}

#[tokio::test]
async fn every_answer_has_its_guards() {
    let server = Running::start().await;
    for path in ["/", "/health/live", "/v0/teams", "/nothing/here"] {
        let answer = server.get(path).send().await.unwrap();
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff", "{path}");
        assert!(answer.headers().contains_key("cache-control"), "{path}");
    }
}

#[tokio::test]
async fn health_and_metrics_are_told_to_loopback_only() {
    let server = Running::start().await;
    for path in ["/health/live", "/health/ready", "/metrics"] {
        let asked = |from: &'static str| server.get(path).header("x-forwarded-for", from).send();
        assert_eq!(asked("127.0.0.1").await.unwrap().status(), StatusCode::OK, "{path}");
        assert_eq!(asked("192.0.2.9").await.unwrap().status(), StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn with_an_address_of_their_own_they_are_told_there_only() {
    let server = Running::with(&[("operations", "127.0.0.1:0")], |_| Vec::new()).await;
    for path in ["/health/live", "/health/ready", "/metrics"] {
        let apart = server.client.get(format!("{}{path}", server.operations)).send();
        assert_eq!(apart.await.unwrap().status(), StatusCode::OK, "{path}");
        assert_eq!(
            server.get(path).send().await.unwrap().status(),
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_password_that_was_made_is_shown_once_and_is_in_no_log() {
    let folder = tempfile::tempdir().unwrap();
    let begin = || Process::start(folder.path(), &[], &["quickstart", "--listen", "127.0.0.1:0"]);
    let password = |said: &str| {
        let line = said.lines().find_map(|line| line.trim().strip_prefix("password='"))?;
        Some(line.trim_end_matches('\'').to_owned())
    };

    let first = begin();
    first.address().await;
    let (said, log) = (first.output.clone(), first.log.clone());
    assert!(first.end(rustix::process::Signal::TERM).await.success());
    let made = password(&std::fs::read_to_string(&said).unwrap()).unwrap();
    assert!(!std::fs::read_to_string(&log).unwrap().contains(&made));

    let second = begin();
    second.address().await;
    assert!(second.end(rustix::process::Signal::TERM).await.success());
    let again = std::fs::read_to_string(&said).unwrap();
    assert!(!again.contains(&made), "{again}");
    assert!(again.contains("was shown"), "{again}");
}

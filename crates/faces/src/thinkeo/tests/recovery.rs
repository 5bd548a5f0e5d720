//! Registering, confirming and getting back in.

use axum::http::Method;
use insta::assert_snapshot;
use serde_json::json;
use testing::PASSWORD;

use super::{Pair, Scene, assert_same, statuses};

#[tokio::test]
async fn whoever_registers_and_confirms_has_a_team_and_is_logged_in() {
    let scene = Scene::new().await;
    let stranger = scene.stranger();
    let body = json!({
        "email": "carol@corp.test",
        "password": PASSWORD,
        "firstName": "Carol",
        "lastName": "Jones",
    });
    let told = stranger.says(Method::POST, "/v0/auth/register", &body).await;
    assert_snapshot!(told, @r#"
    POST /v0/auth/register
    200 OK
    "#);
    let login = json!({ "email": "carol@corp.test", "password": PASSWORD });
    assert_eq!(stranger.posts("/v0/auth/login", &login).await.status, 401);
    let link = json!({ "token": scene.world.tray.next_link().await });
    let confirmed = stranger.tells(Method::PUT, "/v0/auth/confirm", &link).await;
    let carol = stranger.bearer(&Pair::of(&confirmed).access);
    assert_eq!(carol.gets("/v0/users/me").await.json()["lastName"], "Jones");
    assert_eq!(carol.gets("/v0/teams/current").await.json()["name"], "carol@corp.test");
    let users = carol.gets("/v0/teams/users").await.json();
    assert_eq!(users[0]["role"], "administrator");
}

#[tokio::test]
async fn an_address_that_has_an_account_is_registered_with_the_same_answer() {
    let scene = Scene::new().await;
    let mut answers = Vec::new();
    for email in ["alice@corp.test", "carol@corp.test"] {
        let body = json!({ "email": email, "password": PASSWORD });
        answers.push(scene.stranger().posts("/v0/auth/register", &body).await);
    }
    assert_same(&answers[0], &answers[1]);
    let first = scene.world.tray.next().await;
    assert_eq!(
        (first.to.as_str(), first.subject.as_str()),
        ("alice@corp.test", "You have an account")
    );
}

#[tokio::test]
async fn a_link_that_is_used_old_or_made_up_is_spent() {
    let scene = Scene::new().await;
    let stranger = scene.stranger();
    for name in ["carol", "dave"] {
        let body = json!({ "email": format!("{name}@corp.test"), "password": PASSWORD });
        stranger.posts("/v0/auth/register", &body).await;
    }
    let confirm = async |token: &str| {
        let link = json!({ "token": token });
        stranger.tells(Method::PUT, "/v0/auth/confirm", &link).await
    };
    let (used, old) = (scene.world.tray.next_link().await, scene.world.tray.next_link().await);
    assert_eq!(confirm(&used).await.status, 200);
    let again = confirm(&used).await;
    scene.seconds(24 * 3600).await;
    assert_same(&again, &confirm(&old).await);
    assert_same(&again, &confirm("tkmt_").await);
    assert_snapshot!(again.transcript(), @r#"
    400 Bad Request
    content-type: application/json

    {
      "error": "link_spent",
      "message": "The link is not good any more."
    }
    "#);
}

#[tokio::test]
async fn a_forgotten_password_is_set_by_a_mailed_link_and_ends_every_session() {
    let scene = Scene::new().await;
    let stranger = scene.stranger();
    let before = scene.log_in("alice").await;
    let forgot = json!({ "email": "alice@corp.test" });
    let told = stranger.says(Method::POST, "/v0/auth/forgot-password", &forgot).await;
    assert_snapshot!(told, @r#"
    POST /v0/auth/forgot-password
    200 OK
    "#);
    let new = "brown otter under a lamp";
    let body = json!({ "token": scene.world.tray.next_link().await, "newPassword": new });
    let both = json!({ "token": body["token"], "newPassword": new, "oldPassword": PASSWORD });
    let put = async |body| stranger.tells(Method::PUT, "/v0/auth/password", body).await;
    assert_eq!(put(&both).await.status, 400);
    assert_eq!(put(&body).await.status, 200);
    assert_eq!(put(&body).await.status, 400);
    assert!(!scene.is_live(&before.access).await);
    let login = json!({ "email": "alice@corp.test", "password": new });
    assert_eq!(stranger.posts("/v0/auth/login", &login).await.status, 200);
}

#[tokio::test]
async fn an_unknown_address_is_answered_as_a_known_one() {
    let scene = Scene::new().await;
    let mut answers = Vec::new();
    for email in ["alice@corp.test", "nobody@corp.test"] {
        let body = json!({ "email": email });
        answers.push(scene.stranger().posts("/v0/auth/forgot-password", &body).await);
    }
    assert_eq!(statuses(&answers), [200, 200]);
    assert_same(&answers[0], &answers[1]);
}

#[tokio::test]
async fn a146_a_reset_goes_to_one_address() {
    let scene = Scene::new().await;
    for body in [
        r#"{"email": ["alice@corp.test", "evil@evil.test"]}"#,
        r#"{"email": {"0": "alice@corp.test"}}"#,
        r#"{"email": "alice@corp.test,evil@evil.test"}"#,
        r#"{"email": "alice@corp.test evil@evil.test"}"#,
        r#"{"email": "alice@corp.test", "email": "evil@evil.test"}"#,
        r#"{"email": "alice@corp.test\r\nBcc: evil@evil.test"}"#,
        r#"["alice@corp.test"]"#,
    ] {
        let (path, json) = ("/v0/auth/forgot-password", Some("application/json"));
        let answer = scene.stranger().sends(Method::POST, path, json, body.into()).await;
        assert_eq!(answer.status, 400, "{body}");
    }
    tokio::task::yield_now().await;
    assert_eq!(scene.world.tray.count(), 0);
}

#[tokio::test]
async fn a147_no_header_says_where_a_link_leads() {
    let scene = Scene::new().await;
    let stranger = scene
        .stranger()
        .with("host", "evil.test")
        .with("x-forwarded-host", "evil.test")
        .with("x-forwarded-proto", "gopher")
        .with("forwarded", "host=evil.test;proto=http");
    let body = json!({ "email": "alice@corp.test" });
    stranger.posts("http://evil.test/v0/auth/forgot-password", &body).await;
    let text = scene.world.tray.next().await.text;
    assert!(text.contains("http://127.0.0.1:8700/password#token=") && !text.contains("evil"));
}

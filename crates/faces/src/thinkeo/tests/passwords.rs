//! Passwords on their way in (attack book, group 9).

use authority::permission::Role;
use axum::http::Method;
use insta::assert_snapshot;
use serde_json::json;
use testing::PASSWORD;

use super::{Scene, assert_same};

#[tokio::test]
async fn a137_a_login_tells_nothing_about_an_account() {
    let scene = Scene::new().await;
    let root = scene.world.root().await;
    let off = scene.world.user("off").await;
    scene.world.authority.set_user_disabled(&root, off.id, true).await.unwrap();
    let invited = json!({ "email": "unconfirmed@corp.test" });
    assert_eq!(scene.basic("alice").posts("/v0/teams/users", &invited).await.status, 200);
    let mut answers = Vec::new();
    for (name, password) in [
        ("alice", "not this one at all"),
        ("nobody", "not this one at all"),
        ("off", PASSWORD),
        ("unconfirmed", PASSWORD),
    ] {
        let email = format!("{name}@corp.test");
        let body = json!({ "email": email, "password": password });
        answers.push([
            scene.stranger().posts("/v0/auth/login", &body).await,
            scene.stranger().basic(&email, password).asks(Method::POST, "/v0/tokens").await,
        ]);
    }
    for answer in &answers {
        assert_eq!(answer[0].status, 401);
        assert_same(&answers[0][0], &answer[0]);
        assert_same(&answers[0][1], &answer[1]);
    }
}

#[tokio::test]
async fn a139_every_spelling_of_a_name_is_one_account() {
    let scene = Scene::new().await;
    let log_in = async |email: &str, password: &str| {
        let body = json!({ "email": email, "password": password });
        scene.stranger().posts("/v0/auth/login", &body).await
    };
    for email in
        ["ALICE@corp.test", " alice@corp.test", "alice@corp.test ", "alice", "ａlice@corp.test"]
    {
        assert_eq!(log_in(email, "not this one at all").await.status, 401, "{email}");
    }
    let paused = log_in("alice@corp.test", PASSWORD).await;
    assert_snapshot!(paused.transcript(), @r#"
    429 Too Many Requests
    content-type: application/json
    retry-after: 1

    {
      "error": "too_many_attempts",
      "message": "Too many attempts; try again in 1 seconds."
    }
    "#);
    let basic = scene.basic("alice").gets("/v0/teams").await;
    assert_same(&paused, &basic);
    scene.seconds(1).await;
    assert_eq!(log_in("alice@corp.test", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn a144_every_byte_of_a_password_counts() {
    let scene = Scene::new().await;
    let stranger = scene.stranger();
    let long = "long and winding road ".repeat(4);
    let registers = async |email: &str, password: &str| {
        let body = json!({ "email": email, "password": password });
        stranger.posts("/v0/auth/register", &body).await
    };
    assert_eq!(registers("carol@corp.test", &long).await.status, 200);
    let confirm = json!({ "token": scene.world.tray.next_link().await });
    let answer = stranger.tells(Method::PUT, "/v0/auth/confirm", &confirm).await;
    assert_eq!(answer.status, 200);
    for (password, status) in
        [(long.as_str(), 200), (long.trim_end(), 401), (&long[..72], 401), (&long[..73], 401)]
    {
        let body = json!({ "email": "carol@corp.test", "password": password });
        assert_eq!(stranger.posts("/v0/auth/login", &body).await.status, status, "{password:?}");
    }
    for password in ["with a \0 null in the middle".to_owned(), "long ".repeat(300)] {
        assert_eq!(registers("dave@corp.test", &password).await.status, 400);
    }
    assert_eq!(registers("dave@corp.test", &"long ".repeat(20_000)).await.status, 413);
}

#[tokio::test]
async fn a149_a_password_is_changed_by_whoever_knows_it() {
    let scene = Scene::new().await;
    let (here, elsewhere) = (scene.log_in("alice").await, scene.log_in("alice").await);
    let key = scene.key(authority::token::Wish::default()).await;
    let caller = scene.stranger().bearer(&here.access);
    let put =
        async |body: serde_json::Value| caller.tells(Method::PUT, "/v0/auth/password", &body).await;
    let new = "brown otter under a lamp";
    assert_eq!(put(json!({ "newPassword": new })).await.status, 400);
    let wrong = put(json!({ "oldPassword": "not this one at all", "newPassword": new })).await;
    assert_snapshot!(wrong.transcript(), @r#"
    403 Forbidden
    content-type: application/json

    {
      "error": "password_wrong",
      "message": "The present password is not this one."
    }
    "#);
    let short = put(json!({ "oldPassword": PASSWORD, "newPassword": "short" })).await;
    assert_snapshot!(short.transcript(), @r#"
    400 Bad Request
    content-type: application/json

    {
      "error": "password_refused",
      "message": "The password needs at least 15 characters."
    }
    "#);
    let body = json!({ "oldPassword": PASSWORD, "newPassword": new });
    assert_snapshot!(caller.says(Method::PUT, "/v0/auth/password", &body).await, @r#"
    PUT /v0/auth/password
    200 OK
    "#);
    assert!(scene.is_live(&here.access).await);
    assert!(!scene.is_live(&elsewhere.access).await);
    assert_eq!(scene.refresh(&elsewhere.refresh).await.status, 401);
    assert!(scene.is_live(key.secret.reveal()).await);
    assert!(scene.world.tray.next().await.subject.contains("was changed"));
}

#[tokio::test]
async fn a149_guessing_the_old_password_is_throttled_as_logging_in_is() {
    let scene = Scene::new().await;
    let caller = scene.bearer("alice").await;
    let new = "brown otter under a lamp";
    for _ in 0..5 {
        let body = json!({ "oldPassword": "not this one at all", "newPassword": new });
        assert_eq!(caller.tells(Method::PUT, "/v0/auth/password", &body).await.status, 403);
    }
    let body = json!({ "oldPassword": PASSWORD, "newPassword": new });
    assert_eq!(caller.tells(Method::PUT, "/v0/auth/password", &body).await.status, 429);
}

#[tokio::test]
async fn a149_tokens_end_with_the_password_if_their_owner_says_so() {
    let scene = Scene::new().await;
    let key = scene.key(authority::token::Wish::default()).await;
    let new = "brown otter under a lamp";
    let body = json!({ "oldPassword": PASSWORD, "newPassword": new, "revokeTokens": true });
    let caller = scene.bearer("alice").await;
    assert_eq!(caller.tells(Method::PUT, "/v0/auth/password", &body).await.status, 200);
    assert!(!scene.is_live(key.secret.reveal()).await);
}

#[tokio::test]
async fn a_password_is_not_changed_by_a_stranger_or_by_basic() {
    let scene = Scene::new().await;
    scene.member("bob", Role::Viewer).await;
    let body = json!({ "oldPassword": PASSWORD, "newPassword": "brown otter under a lamp" });
    for caller in [scene.stranger(), scene.basic("bob")] {
        assert_eq!(caller.tells(Method::PUT, "/v0/auth/password", &body).await.status, 401);
    }
}

#[tokio::test]
async fn an_address_and_password_are_not_enough_where_there_is_a_second_factor() {
    let scene = Scene::new().await;
    let session = scene.bearer("alice").await;
    scene.world.phone("alice").await;
    let log_in = async |password: &str| {
        let body = json!({ "email": "alice@corp.test", "password": password });
        scene.stranger().posts("/v0/auth/login", &body).await
    };
    let refused = log_in(PASSWORD).await;
    assert_snapshot!(refused.transcript(), @r#"
    401 Unauthorized
    content-type: application/json
    www-authenticate: Basic realm="Chancery", Bearer

    {
      "error": "code_needed",
      "message": "A code of the second factor is needed."
    }
    "#);
    let basic = scene.basic("alice").gets("/v0/teams").await;
    assert_eq!((basic.status, basic.json()), (refused.status, refused.json()));
    assert_eq!(log_in("not this one at all").await.json()["error"], "unauthenticated");
    assert_eq!(session.gets("/v0/users/me").await.status, 200, "sessions live on");
}

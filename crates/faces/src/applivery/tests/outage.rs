//! No answer is not a no: 503 while the database is away, and never "Invalid Token".

use axum::http::Method;
use insta::assert_snapshot;
use serde_json::json;
use testing::{Answer, PASSWORD};

use super::walk::{Things, closed};
use super::{ACCOUNTS, ACME, Scene, TOKENS, data, made, made_for, told};

fn is_later(answer: &Answer) -> bool {
    told(answer) == (503, 503) && answer.header("retry-after") == "1"
}

#[tokio::test]
async fn a075_while_the_database_is_away_no_route_says_yes_or_no() {
    let scene = Scene::new().await;
    let things = Things::of(&scene, "alice", ("acme", "shop")).await;
    let token = made_for(&scene.person("alice").await, &[]).await.bearer;
    let key = scene.key(authority::token::Wish::default()).await;
    let cold = scene.stranger().bearer(key.secret.reveal());
    let (warm, app) = (scene.person("alice").await, scene.stranger().bearer(&token));
    assert_eq!(warm.gets(ACME).await.status, 200);
    assert!(scene.opens_app(&token).await);
    scene.world.break_storage();
    for (method, template) in closed(&scene).await {
        let callers = if template == "/v1/app" { vec![&app] } else { vec![&cold, &warm] };
        for caller in callers {
            let answer = things.call(caller, &method, &template).await;
            assert!(is_later(&answer), "{method} {template}: {} {}", answer.status, answer.body);
        }
        let nobody = things.call(&scene.stranger(), &method, &template).await;
        assert_eq!(told(&nobody), (401, 4002), "who shows nothing is nobody for sure");
    }
    for method in [Method::GET, Method::POST] {
        assert!(is_later(&app.asks(method, "/v1/integrations/builds").await));
    }
    assert_eq!(scene.stranger().gets("/v1/openapi.json").await.status, 200);
    scene.world.mend_storage();
    assert!(scene.opens_app(&token).await && scene.is_live(key.secret.reveal()).await);
}

#[tokio::test]
async fn a_token_that_could_be_good_is_neither_good_nor_bad() {
    let scene = Scene::new().await;
    let key = scene.key(authority::token::Wish::default()).await;
    scene.world.break_storage();
    let answer = scene.stranger().bearer(key.secret.reveal()).gets(ACME).await;
    assert_snapshot!(answer.transcript(), @r#"
    503 Service Unavailable
    content-type: application/json
    retry-after: 1

    {
      "status": false,
      "error": {
        "code": 503,
        "message": "Service unavailable"
      }
    }
    "#);
}

#[tokio::test]
async fn a075_while_the_database_is_away_nobody_logs_in_and_nobody_is_logged_out() {
    let scene = Scene::new().await;
    let pair = scene.log_in("alice").await;
    scene.world.break_storage();
    let answers = [
        scene.tries("alice@corp.test", PASSWORD, None).await,
        scene.tries("alice@corp.test", "not this one at all", None).await,
        scene.tries("nobody@corp.test", PASSWORD, Some("123456")).await,
        scene.refresh(&pair.refresh).await,
    ];
    assert!(answers.iter().all(is_later), "{answers:?}");
    scene.world.mend_storage();
    assert_eq!(scene.refresh(&pair.refresh).await.status, 200);
    assert_eq!(scene.tries("alice@corp.test", PASSWORD, None).await.status, 200);
}

#[tokio::test]
async fn a075_what_can_not_be_kept_did_not_happen() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    let token = made_for(&alice, &[]).await;
    let robot = made(&alice, ACCOUNTS, &json!({ "role": "admin" })).await;
    let pair = scene.log_in("alice").await;
    let path = format!("{TOKENS}/{}", token.id);
    let account = format!("{ACCOUNTS}/{}", robot.id);
    scene.world.break_writing();
    let person = json!({ "email": "carol@corp.test" });
    let answers = [
        alice.posts(TOKENS, &json!({})).await,
        alice.tells(Method::PUT, &path, &json!({ "description": "other" })).await,
        alice.asks(Method::POST, &format!("{path}/rotate")).await,
        alice.asks(Method::DELETE, &path).await,
        alice.posts(ACCOUNTS, &json!({ "role": "viewer" })).await,
        alice.tells(Method::PUT, &account, &json!({ "role": "viewer" })).await,
        alice.asks(Method::DELETE, &account).await,
        alice.posts(&format!("{ACME}/oem/users"), &person).await,
        scene.tries("alice@corp.test", PASSWORD, None).await,
        scene.refresh(&pair.refresh).await,
    ];
    assert!(answers.iter().all(is_later), "{answers:?}");
    assert!(answers.iter().all(|answer| !answer.body.contains("tkit_")));
    scene.world.mend_storage();
    let alice = scene.person("alice").await;
    assert_eq!(data(&alice.gets(TOKENS).await)["totalDocs"], 1);
    assert_eq!(data(&alice.gets(&path).await)["description"], "integration token of 2026-01-01");
    assert_eq!(data(&alice.gets(&account).await)["role"], "admin");
    assert!(scene.opens_app(&token.bearer).await && scene.is_live(&robot.bearer).await);
    assert_eq!(scene.refresh(&pair.refresh).await.status, 200);
}

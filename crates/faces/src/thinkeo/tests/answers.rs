//! What holds for every answer, and the document that describes them.

use axum::http::Method;
use insta::assert_snapshot;
use serde_json::json;

use super::{Scene, made};
use crate::kit::Context;

#[tokio::test]
async fn nothing_is_kept_or_sniffed() {
    let scene = Scene::new().await;
    let alice = scene.basic("alice");
    for answer in [
        alice.gets("/v0/teams").await,
        alice.gets("/v0/nowhere").await,
        alice.asks(Method::DELETE, "/v0/teams").await,
        scene.stranger().gets("/v0/teams").await,
        scene.stranger().asks(Method::POST, "/v0/auth/login").await,
        scene.stranger().gets("/v0/docs/openapi.json").await,
    ] {
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("content-type"), "application/json");
    }
}

#[tokio::test]
async fn paths_and_methods_that_are_not_there_are_refused_in_this_wires_words() {
    let scene = Scene::new().await;
    let stranger = scene.stranger();
    assert_snapshot!(stranger.exchange(Method::GET, "/v0/nowhere").await, @r#"
    GET /v0/nowhere
    404 Not Found
    content-type: application/json

    {
      "error": "not_found",
      "message": "There is no such path."
    }
    "#);
    assert_snapshot!(stranger.exchange(Method::PATCH, "/v0/teams").await, @r#"
    PATCH /v0/teams
    405 Method Not Allowed
    content-type: application/json
    allow: GET,HEAD,PUT,POST

    {
      "error": "method_not_allowed",
      "message": "This path takes other methods."
    }
    "#);
    assert_snapshot!(stranger.exchange(Method::GET, "/v0/teams/x.css").await, @r#"
    GET /v0/teams/x.css
    404 Not Found
    content-type: application/json

    {
      "error": "not_found",
      "message": "There is no such path."
    }
    "#);
}

#[tokio::test]
async fn a054_only_the_method_says_what_is_done() {
    let scene = Scene::new().await;
    let token = made(&scene.basic("alice"), "/v0/tokens").await["id"].as_str().unwrap().to_owned();
    let alice = scene.basic("alice").with("x-http-method-override", "DELETE");
    for method in [Method::POST, Method::GET, Method::TRACE] {
        let answer = alice.asks(method, &format!("/v0/tokens/{token}?_method=delete")).await;
        assert_eq!(answer.status, 405);
        assert_eq!(answer.header("allow"), "DELETE");
    }
    assert_eq!(scene.count("token.revoke").await, 0);
}

#[tokio::test]
async fn the_document_names_every_status_and_how_to_show_who_asks() {
    let scene = Scene::new().await;
    let document = scene.stranger().gets("/v0/docs/openapi.json").await.json();
    let schemes = &document["components"]["securitySchemes"];
    assert_eq!(
        (&schemes["bearer"]["scheme"], &schemes["basic"]["scheme"]),
        (&json!("bearer"), &json!("basic"))
    );
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let responses = operation["responses"].as_object().unwrap();
            let needed: &[&str] = if path.ends_with("openapi.json") {
                &["200"]
            } else {
                &["200", "400", "413", "415"]
            };
            assert!(needed.iter().all(|status| responses.contains_key(*status)), "{method} {path}");
            assert!(operation["security"].is_array(), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_body_is_as_large_as_the_installation_says() {
    let scene = Scene::new().await;
    let context = Context { largest_body: 16, ..Context::of(scene.world.authority.clone()) };
    let caller = scene.world.caller(crate::router(&[crate::thinkeo::face(&context)]));
    let body = json!({ "email": "alice@corp.test", "password": "x" });
    assert_eq!(caller.posts("/v0/auth/login", &body).await.status, 413);
}

//! What holds for every answer, and the document that describes them (contract, sections 1.2 and 1.5).

use std::time::Duration;

use axum::http::Method;
use insta::assert_snapshot;
use serde_json::json;

use super::{ACCOUNTS, ACME, Scene, TOKENS, all_told, data, made, told};
use crate::kit::Context;

#[tokio::test]
async fn a_good_answer_and_a_no_have_the_same_envelope() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    assert_snapshot!(alice.exchange(Method::GET, ACME).await, @r#"
    GET /v1/organizations/acme
    200 OK
    content-type: application/json

    {
      "status": true,
      "data": {
        "id": "695661c00000000000000002",
        "_id": "695661c00000000000000002",
        "name": "Acme",
        "slug": "acme",
        "description": "",
        "updatedAt": "2026-01-01T12:00:00.000Z",
        "createdAt": "2026-01-01T12:00:00.000Z"
      }
    }
    "#);
    let nowhere = "/v1/organizations/nowhere";
    assert_snapshot!(alice.exchange(Method::GET, nowhere).await, @r#"
    GET /v1/organizations/nowhere
    404 Not Found
    content-type: application/json

    {
      "status": false,
      "error": {
        "code": 3001,
        "message": "Entity not found"
      }
    }
    "#);
}

#[tokio::test]
async fn status_and_code_and_the_word_status_agree() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    let viewer = scene.member("vera", authority::permission::Role::Viewer).await;
    let token = made(&alice, TOKENS, &json!({})).await;
    let account = json!({ "role": "viewer", "description": "robot" });
    made(&alice, ACCOUNTS, &account).await;
    let answers = [
        alice.gets(ACME).await,
        alice.gets(TOKENS).await,
        alice.posts(TOKENS, &json!({})).await,
        alice.asks(Method::DELETE, &format!("{TOKENS}/{}", token.id)).await,
        alice.asks(Method::DELETE, &format!("{TOKENS}/{}", token.id)).await,
        scene.stranger().gets(ACME).await,
        scene.stranger().bearer("x").gets(ACME).await,
        scene.tries("alice@corp.test", "wrong", None).await,
        viewer.posts(TOKENS, &json!({})).await,
        alice.gets(&format!("{TOKENS}?sort=bearer")).await,
        alice.posts(ACCOUNTS, &account).await,
        alice.gets("/v1/nowhere").await,
        alice.asks(Method::PATCH, TOKENS).await,
        alice.sends(Method::POST, TOKENS, Some("text/plain"), b"{}".to_vec()).await,
        alice.sends(Method::POST, TOKENS, Some("application/json"), vec![b' '; 70_000]).await,
    ];
    let expected = [
        (200, 0),
        (200, 0),
        (200, 0),
        (200, 0),
        (404, 3001),
        (401, 4002),
        (401, 4004),
        (401, 4001),
        (403, 4003),
        (400, 5001),
        (409, 5002),
        (404, 404),
        (405, 405),
        (415, 415),
        (413, 413),
    ];
    assert_eq!(all_told(&answers), expected);
    for answer in answers {
        let json = answer.json();
        assert_eq!(json["status"], answer.status.is_success(), "{json}");
        let other = if answer.status.is_success() { "error" } else { "data" };
        assert!(json.get(other).is_none(), "{json}");
    }
}

#[tokio::test]
async fn nothing_is_kept_or_sniffed() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    for answer in [
        alice.gets(ACME).await,
        alice.gets("/v1/nowhere").await,
        alice.asks(Method::PUT, TOKENS).await,
        scene.stranger().gets(ACME).await,
        scene.stranger().asks(Method::POST, "/v1/auth/login").await,
        scene.stranger().gets("/v1/openapi.json").await,
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
    assert_snapshot!(stranger.exchange(Method::GET, "/v1/nowhere").await, @r#"
    GET /v1/nowhere
    404 Not Found
    content-type: application/json

    {
      "status": false,
      "error": {
        "code": 404,
        "message": "Not served here"
      }
    }
    "#);
    assert_snapshot!(stranger.exchange(Method::PATCH, TOKENS).await, @r#"
    PATCH /v1/organizations/acme/apps/shop/tokens
    405 Method Not Allowed
    content-type: application/json
    allow: GET,HEAD,POST

    {
      "status": false,
      "error": {
        "code": 405,
        "message": "Method not allowed"
      }
    }
    "#);
    for path in ["/v1/build/x/downloadToken", "/v1/feedback", "/v1/auth/profile", "/v1"] {
        assert_eq!(told(&stranger.gets(path).await), (404, 404), "{path}");
    }
}

#[tokio::test]
async fn an_id_has_24_digits_in_either_case_and_a_slug_stands_for_it() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    let token = data(&alice.posts(TOKENS, &json!({})).await);
    let text = |name: &str| token[name].as_str().unwrap().to_owned();
    let (id, organization, app) = (text("id"), text("organization"), text("application"));
    for one in [&id, &organization, &app] {
        assert!(one.len() == 24 && one.bytes().all(|b| b.is_ascii_hexdigit()), "{one}");
    }
    for organization in [&organization, &organization.to_uppercase(), "acme", "ACME"] {
        for app in [&app, &app.to_uppercase(), "shop", "Shop"] {
            for id in [&id, &id.to_uppercase()] {
                let path = format!("/v1/organizations/{organization}/apps/{app}/tokens/{id}");
                assert_eq!(data(&alice.gets(&path).await)["id"], *id.to_lowercase(), "{path}");
            }
        }
    }
    // A token has no slug, and half an id is none.
    for id in ["shop", &id[1..], &format!("{id}0"), &format!("00000000{}", &id[8..])] {
        assert_eq!(told(&alice.gets(&format!("{TOKENS}/{id}")).await), (404, 3001), "{id}");
    }
}

#[tokio::test]
async fn a_moment_has_three_digits_of_a_second() {
    let scene = Scene::new().await;
    scene.world.pass(Duration::from_micros(123_456)).await;
    let token = data(&scene.person("alice").await.posts(TOKENS, &json!({})).await);
    assert_eq!(token["createdAt"], "2026-01-01T12:00:00.123Z");
    assert_eq!(token["updatedAt"], "2026-01-01T12:00:00.123Z");
}

#[tokio::test]
async fn a054_only_the_method_says_what_is_done() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await.with("x-http-method-override", "DELETE");
    let id = made(&alice, TOKENS, &json!({})).await.id;
    let path = format!("{TOKENS}/{id}?_method=delete");
    for method in [Method::POST, Method::TRACE, Method::PATCH] {
        let answer = alice.asks(method, &path).await;
        assert_eq!(told(&answer), (405, 405));
        assert_eq!(answer.header("allow"), "GET,HEAD,PUT,DELETE");
    }
    for method in [Method::GET, Method::HEAD] {
        assert_eq!(alice.asks(method, &path).await.status, 200);
    }
    assert_eq!(scene.count("token.revoke").await, 0);
}

#[tokio::test]
async fn the_document_names_every_status_and_how_to_show_who_asks() {
    let scene = Scene::new().await;
    let document = scene.stranger().gets("/v1/openapi.json").await.json();
    let scheme = &document["components"]["securitySchemes"]["bearer"]["scheme"];
    assert_eq!(scheme, &json!("bearer"));
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let responses = operation["responses"].as_object().unwrap();
            let needed: &[&str] = if path.ends_with("openapi.json") {
                &["200"]
            } else {
                &["200", "400", "401", "503"]
            };
            assert!(needed.iter().all(|status| responses.contains_key(*status)), "{method} {path}");
            assert!(operation["security"].is_array(), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn whatever_host_a_client_thinks_it_asks_the_path_says_what_is_meant() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    let shown = data(&alice.gets(ACME).await);
    for host in ["api.example.org", "upload.example.org", "sdk-api.tenant.applivery.io"] {
        assert_eq!(data(&alice.clone().with("host", host).gets(ACME).await), shown);
    }
}

#[tokio::test]
async fn a_body_is_as_large_as_the_installation_says() {
    let scene = Scene::new().await;
    let context = Context { largest_body: 16, ..Context::of(scene.world.authority.clone()) };
    let caller = scene.world.caller(crate::router(&[crate::applivery::face(&context)]));
    let body = super::with_password("alice@corp.test", "x", None);
    assert_eq!(told(&caller.posts("/v1/auth/login", &body).await), (413, 413));
}

#[tokio::test]
async fn a_large_body_that_is_refused_unread_ends_the_connection() {
    let scene = Scene::new().await;
    let large = async |caller: testing::Caller, size: usize| {
        let body = vec![b' '; size];
        let caller = caller.with("content-length", &size.to_string());
        caller.sends(Method::POST, "/v1/integrations/builds", Some("text/plain"), body).await
    };
    let refused = large(scene.stranger().bearer("bad"), 70_000).await;
    assert_eq!((told(&refused), refused.header("connection")), ((401, 4004), "close"));
    let small = large(scene.stranger().bearer("bad"), 100).await;
    assert_eq!((told(&small), small.header("connection")), ((401, 4004), ""));
}

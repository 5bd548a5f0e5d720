//! What an application's token opens (contract, section 5).

use authority::token::Wish;
use axum::http::Method;
use insta::assert_snapshot;
use serde_json::json;

use super::{ACCOUNTS, ACME, Scene, TOKENS, data, made, made_for, told};

const BUILDS: &str = "/v1/integrations/builds";

#[tokio::test]
async fn an_sdk_learns_what_app_its_token_is_for() {
    let scene = Scene::new().await;
    let token = made_for(&scene.person("alice").await, &["sdk"]).await;
    let sdk = scene.stranger().bearer(&token.bearer).with("x-sdk-version", "ANDROID_4.0.0");
    assert_snapshot!(sdk.exchange(Method::GET, "/v1/app").await, @r#"
    GET /v1/app
    200 OK
    content-type: application/json

    {
      "status": true,
      "data": {
        "id": "695661c00000000000000001",
        "slug": "shop",
        "oss": [],
        "name": "Shop",
        "description": "What we sell",
        "sdk": {
          "ios": {
            "forceUpdate": false,
            "ota": false,
            "forceAuth": false
          },
          "android": {
            "forceUpdate": false,
            "ota": false,
            "forceAuth": false
          }
        }
      }
    }
    "#);
    assert_eq!(data(&sdk.gets("/v1/app/").await), data(&sdk.gets("/v1/app").await));
}

#[tokio::test]
async fn a_token_for_integrations_is_forbidden_to_an_sdk_and_no_typo() {
    let scene = Scene::new().await;
    let token = made_for(&scene.person("alice").await, &["integrationApi"]).await;
    let bearer = scene.stranger().bearer(&token.bearer);
    assert_snapshot!(bearer.exchange(Method::GET, "/v1/app").await, @r#"
    GET /v1/app
    403 Forbidden
    content-type: application/json

    {
      "status": false,
      "error": {
        "code": 4003,
        "message": "Forbidden",
        "data": {
          "permission": "mad.sdk.app.get"
        }
      }
    }
    "#);
}

#[tokio::test]
async fn a_token_for_an_sdk_is_forbidden_to_integrations_and_no_typo() {
    let scene = Scene::new().await;
    let token = made_for(&scene.person("alice").await, &["sdk"]).await;
    let bearer = scene.stranger().bearer(&token.bearer);
    assert_snapshot!(bearer.exchange(Method::GET, BUILDS).await, @r#"
    GET /v1/integrations/builds
    403 Forbidden
    content-type: application/json

    {
      "status": false,
      "error": {
        "code": 4003,
        "message": "Forbidden",
        "data": {
          "permission": "mad.integration.get"
        }
      }
    }
    "#);
    let upload =
        bearer.sends(Method::POST, BUILDS, Some("multipart/form-data; boundary=x"), vec![]);
    assert_eq!(told(&upload.await), (403, 4003));
}

#[tokio::test]
async fn what_services_behind_serve_is_said_to_be_elsewhere() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    for scopes in [&["integrationApi"][..], &[], &["sdk", "integrationApi"]] {
        let token = made_for(&alice, scopes).await;
        let bearer = scene.stranger().bearer(&token.bearer);
        for (method, path) in [
            (Method::GET, BUILDS),
            (Method::POST, BUILDS),
            (Method::GET, "/v1/integrations/builds/"),
            (Method::GET, "/v1/integrations/builds/6500aa0bb1cc2dd3ee4ff500"),
            (Method::POST, "/v1/integrations/builds/6500aa0bb1cc2dd3ee4ff500/files"),
            (Method::GET, "/v1/integrations/distributions"),
            (Method::POST, "/v1/integrations/distributions"),
            (Method::DELETE, "/v1/integrations/distributions"),
        ] {
            assert_eq!(told(&bearer.asks(method, path).await), (404, 404), "{path}");
        }
    }
    let token = made_for(&alice, &[]).await;
    let bearer = scene.stranger().bearer(&token.bearer);
    assert_snapshot!(bearer.exchange(Method::GET, BUILDS).await, @r#"
    GET /v1/integrations/builds
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
}

#[tokio::test]
async fn integrations_say_first_what_is_wrong_with_a_token() {
    let scene = Scene::new().await;
    assert_snapshot!(scene.stranger().exchange(Method::GET, BUILDS).await, @r#"
    GET /v1/integrations/builds
    401 Unauthorized
    content-type: application/json
    www-authenticate: Bearer realm="Chancery"

    {
      "status": false,
      "error": {
        "code": 4002,
        "message": "No auth token"
      }
    }
    "#);
    let bad = scene.stranger().bearer("dGhpcyBpcyBubyB0b2tlbg");
    assert_snapshot!(bad.exchange(Method::POST, BUILDS).await, @r#"
    POST /v1/integrations/builds
    401 Unauthorized
    content-type: application/json
    www-authenticate: Bearer realm="Chancery"

    {
      "status": false,
      "error": {
        "code": 4004,
        "message": "Invalid Token"
      }
    }
    "#);
}

#[tokio::test]
async fn only_an_apps_own_token_has_an_app() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    let account = made(&alice, ACCOUNTS, &json!({ "role": "admin" })).await;
    let key = scene.key(Wish::default()).await;
    let personal = scene.world.personal("alice", Wish::default()).await;
    let root = scene.world.personal("root", Wish::default()).await;
    let access = scene.log_in("alice").await.access;
    for token in [
        account.bearer.as_str(),
        key.secret.reveal(),
        personal.secret.reveal(),
        root.secret.reveal(),
        &access,
    ] {
        let bearer = scene.stranger().bearer(token);
        for path in ["/v1/app", BUILDS] {
            assert_eq!(told(&bearer.gets(path).await), (401, 4004), "{path}");
        }
    }
}

#[tokio::test]
async fn a_token_of_an_app_is_good_for_its_app_and_manages_nothing() {
    let scene = Scene::new().await;
    let (_, depot) = scene.globex().await;
    let token = made_for(&scene.person("alice").await, &[]).await;
    let bob = scene.person("bob").await;
    let other = made(&bob, "/v1/organizations/globex/apps/depot/tokens", &json!({})).await;
    let names = async |token: &str| {
        let app = data(&scene.stranger().bearer(token).gets("/v1/app").await);
        (app["name"].clone(), app["slug"].clone())
    };
    assert_eq!(names(&token.bearer).await, (json!("Shop"), json!("shop")));
    assert_eq!(names(&other.bearer).await, (json!(depot.name), json!("depot")));
    let bearer = scene.stranger().bearer(&token.bearer);
    for path in [ACME.to_owned(), TOKENS.to_owned(), format!("{TOKENS}/{}", token.id)] {
        assert_eq!(told(&bearer.gets(&path).await), (403, 4003), "{path}");
    }
    assert_eq!(told(&bearer.posts(TOKENS, &json!({ "scopes": ["sdk"] })).await), (403, 4003));
    let foreign = bearer.gets("/v1/organizations/globex/apps/depot/tokens").await;
    assert_eq!(told(&foreign), (404, 3001));
}

#[tokio::test]
async fn a_token_of_an_app_is_silent_while_its_app_or_organization_is() {
    let scene = Scene::new().await;
    let token = made_for(&scene.person("alice").await, &[]).await;
    let (root, authority) = (scene.world.root().await, &scene.world.authority);
    authority.set_organization_suspended(&root, scene.acme, true).await.unwrap();
    assert!(!scene.opens_app(&token.bearer).await);
    authority.set_organization_suspended(&root, scene.acme, false).await.unwrap();
    assert!(scene.opens_app(&token.bearer).await);
    authority.archive_application(&root, scene.shop.id).await.unwrap();
    let bearer = scene.stranger().bearer(&token.bearer);
    assert_eq!(told(&bearer.gets("/v1/app").await), (401, 4004));
}

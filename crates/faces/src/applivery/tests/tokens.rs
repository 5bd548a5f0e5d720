//! Making application tokens (contract, section 2).

use authority::permission::Role;
use axum::http::Method;
use insta::assert_snapshot;
use serde_json::json;

use super::{Scene, TOKENS, all_told, data, made_for};

#[tokio::test]
async fn a_token_is_made_by_whoever_logged_in() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    let body = json!({ "description": "SDK of the till", "scopes": ["sdk"] });
    assert_snapshot!(alice.says(Method::POST, TOKENS, &body).await, @r#"
    POST /v1/organizations/acme/apps/shop/tokens
    200 OK
    content-type: application/json

    {
      "status": true,
      "data": {
        "id": "695661c00000000000000001",
        "organization": "695661c00000000000000002",
        "application": "695661c00000000000000001",
        "description": "SDK of the till",
        "bearer": "tkit_v1sQr…",
        "scopes": [
          "sdk"
        ],
        "updatedAt": "2026-01-01T12:00:00.000Z",
        "createdAt": "2026-01-01T12:00:00.000Z"
      }
    }
    "#);
}

#[tokio::test]
async fn a_token_is_made_with_no_body_at_all() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    assert_snapshot!(alice.exchange(Method::POST, TOKENS).await, @r#"
    POST /v1/organizations/acme/apps/shop/tokens
    200 OK
    content-type: application/json

    {
      "status": true,
      "data": {
        "id": "695661c00000000000000001",
        "organization": "695661c00000000000000002",
        "application": "695661c00000000000000001",
        "description": "integration token of 2026-01-01",
        "bearer": "tkit_v1sQr…",
        "scopes": [
          "sdk",
          "integrationApi"
        ],
        "updatedAt": "2026-01-01T12:00:00.000Z",
        "createdAt": "2026-01-01T12:00:00.000Z"
      }
    }
    "#);
}

#[tokio::test]
async fn a_token_is_made_by_a_service_account() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    let robot = super::made(&alice, super::ACCOUNTS, &json!({ "role": "admin" })).await;
    let robot = scene.stranger().with("authorization", &format!("bearer {}", robot.bearer));
    let body = json!({ "description": "nightly" });
    assert_snapshot!(robot.says(Method::POST, TOKENS, &body).await, @r#"
    POST /v1/organizations/acme/apps/shop/tokens
    200 OK
    content-type: application/json

    {
      "status": true,
      "data": {
        "id": "695661c00000000000000002",
        "organization": "695661c00000000000000002",
        "application": "695661c00000000000000001",
        "description": "nightly",
        "bearer": "tkit_3RoVl…",
        "scopes": [
          "sdk",
          "integrationApi"
        ],
        "updatedAt": "2026-01-01T12:00:00.000Z",
        "createdAt": "2026-01-01T12:00:00.000Z"
      }
    }
    "#);
}

#[tokio::test]
async fn scopes_are_what_was_asked_for_and_all_if_nothing_was() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    for (scopes, kept) in [
        (json!([]), json!(["sdk", "integrationApi"])),
        (json!(null), json!(["sdk", "integrationApi"])),
        (json!(["sdk"]), json!(["sdk"])),
        (json!(["sdk", "sdk"]), json!(["sdk"])),
        (json!(["integrationApi"]), json!(["integrationApi"])),
        (json!(["integrationApi", "sdk"]), json!(["sdk", "integrationApi"])),
    ] {
        let token = data(&alice.posts(TOKENS, &json!({ "scopes": scopes })).await);
        assert_eq!(token["scopes"], kept, "{scopes}");
    }
}

#[tokio::test]
async fn a_bearer_fits_the_documented_field_and_no_two_are_alike() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    let mut all = std::collections::BTreeSet::new();
    for _ in 0..10 {
        let bearer = made_for(&alice, &[]).await.bearer;
        assert!((24..=128).contains(&bearer.len()), "{}", bearer.len());
        assert!(bearer.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b)));
        assert!(all.insert(bearer));
    }
}

#[tokio::test]
async fn admins_make_tokens_and_nobody_below_does() {
    let scene = Scene::new().await;
    let mut answers = Vec::new();
    for (name, role) in [
        ("ad", Role::Admin),
        ("ed", Role::Editor),
        ("vi", Role::Viewer),
        ("au", Role::Auditor),
        ("un", Role::Unassigned),
    ] {
        let caller = scene.member(name, role).await;
        answers.push(caller.posts(TOKENS, &json!({})).await);
    }
    let no = (403, 4003);
    assert_eq!(all_told(&answers), [(200, 0), no, no, no, no]);
    assert_snapshot!(answers[1].transcript(), @r#"
    403 Forbidden
    content-type: application/json

    {
      "status": false,
      "error": {
        "code": 4003,
        "message": "Forbidden",
        "data": {
          "permission": "mad.application.token.create"
        }
      }
    }
    "#);
    assert_eq!(scene.count("token.issue").await, 1);
}

#[tokio::test]
async fn what_is_not_there_is_missing_whichever_part_of_the_address_it_is() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    let missing = alice.posts("/v1/organizations/nowhere/apps/shop/tokens", &json!({})).await;
    assert_snapshot!(missing.transcript(), @r#"
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
    for path in [
        "/v1/organizations/acme/apps/nowhere/tokens",
        "/v1/organizations/acme/apps/00000000000000000000007b/tokens",
        "/v1/organizations/00000000000000000000007b/apps/shop/tokens",
        "/v1/organizations/acme/apps/sh/tokens",
    ] {
        super::assert_same(&missing, &alice.posts(path, &json!({})).await);
    }
    let actor = scene.world.actor("alice").await;
    scene.world.authority.archive_application(&actor, scene.shop.id).await.unwrap();
    super::assert_same(&missing, &alice.posts(TOKENS, &json!({})).await);
}

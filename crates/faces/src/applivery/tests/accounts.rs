//! Service accounts (contract, section 3).

use authority::permission::Role;
use axum::http::Method;
use insta::assert_snapshot;
use serde_json::json;

use super::{ACCOUNTS, ACME, Scene, TOKENS, all_told, data, made, told};

#[tokio::test]
async fn a_service_account_is_made_with_a_bearer_and_an_identity_like_an_address() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    let body = json!({ "role": "editor", "description": "nightly builds" });
    assert_snapshot!(alice.says(Method::POST, ACCOUNTS, &body).await, @r#"
    POST /v1/organizations/acme/service-accounts
    200 OK
    content-type: application/json

    {
      "status": true,
      "data": {
        "id": "695661c00000000000000001",
        "organization": "695661c00000000000000002",
        "email": "695661c00000000000000001@695661c00000000000000002.iam.applivery.io",
        "bearer": "tkst_KD50a…",
        "role": "editor",
        "description": "nightly builds",
        "updatedAt": "2026-01-01T12:00:00.000Z",
        "createdAt": "2026-01-01T12:00:00.000Z"
      }
    }
    "#);
    assert_snapshot!(alice.exchange(Method::GET, &format!("{ACCOUNTS}/")).await, @r#"
    GET /v1/organizations/acme/service-accounts/
    200 OK
    content-type: application/json

    {
      "status": true,
      "data": {
        "items": [
          {
            "id": "695661c00000000000000001",
            "organization": "695661c00000000000000002",
            "email": "695661c00000000000000001@695661c00000000000000002.iam.applivery.io",
            "role": "editor",
            "description": "nightly builds",
            "updatedAt": "2026-01-01T12:00:00.000Z",
            "createdAt": "2026-01-01T12:00:00.000Z"
          }
        ],
        "totalDocs": 1,
        "limit": 10,
        "page": 1,
        "totalPages": 1,
        "hasPrevPage": false,
        "hasNextPage": false,
        "prevPage": null,
        "nextPage": null,
        "lean": true
      }
    }
    "#);
}

#[tokio::test]
async fn a_bearer_is_shown_when_it_is_made_and_never_again() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    let robot = made(&alice, ACCOUNTS, &json!({ "role": "admin" })).await;
    let path = format!("{ACCOUNTS}/{}", robot.id);
    assert_snapshot!(alice.exchange(Method::GET, &path).await, @r#"
    GET /v1/organizations/acme/service-accounts/695661c00000000000000001
    200 OK
    content-type: application/json

    {
      "status": true,
      "data": {
        "id": "695661c00000000000000001",
        "organization": "695661c00000000000000002",
        "email": "695661c00000000000000001@695661c00000000000000002.iam.applivery.io",
        "role": "admin",
        "description": "service account e1f2a1b1d7154677da524f4ff053b322",
        "updatedAt": "2026-01-01T12:00:00.000Z",
        "createdAt": "2026-01-01T12:00:00.000Z"
      }
    }
    "#);
    let put = alice.tells(Method::PUT, &path, &json!({ "role": "viewer" })).await;
    for answer in [put, alice.gets(&path).await, alice.gets(ACCOUNTS).await] {
        assert_eq!(answer.status, 200);
        assert!(!answer.body.contains("bearer"), "{}", answer.body);
    }
}

#[tokio::test]
async fn a_service_account_does_what_its_role_allows() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    for (role, see, list, make) in [
        ("admin", 200, 200, 200),
        ("editor", 200, 200, 403),
        ("viewer", 200, 403, 403),
        ("unassigned", 403, 403, 403),
    ] {
        let robot = made(&alice, ACCOUNTS, &json!({ "role": role })).await;
        let caller = scene.stranger().bearer(&robot.bearer);
        let answers = [
            caller.gets(ACME).await,
            caller.gets(TOKENS).await,
            caller.posts(TOKENS, &json!({})).await,
        ];
        let seen: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
        assert_eq!(seen, [see, list, make], "{role}");
    }
}

#[tokio::test]
async fn a_role_is_one_of_four_and_nobody_but_a_person_owns_anything() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    let robot = made(&alice, ACCOUNTS, &json!({ "role": "viewer" })).await;
    let path = format!("{ACCOUNTS}/{}", robot.id);
    for role in ["owner", "auditor", "Admin", "superuser", ""] {
        let body = json!({ "role": role });
        assert_eq!(told(&alice.posts(ACCOUNTS, &body).await), (400, 5001), "{role}");
        assert_eq!(told(&alice.tells(Method::PUT, &path, &body).await), (400, 5001), "{role}");
    }
    for body in [json!({}), json!({ "role": null }), json!({ "role": ["admin"] }), json!(null)] {
        let answer = super::asks(&alice, &Method::POST, ACCOUNTS, &body).await;
        assert_eq!(told(&answer), (400, 5001), "{body}");
    }
    let answer = alice.posts(ACCOUNTS, &json!({ "role": "owner" })).await;
    assert_snapshot!(answer.transcript(), @r#"
    400 Bad Request
    content-type: application/json

    {
      "status": false,
      "error": {
        "code": 5001,
        "message": "Validation error",
        "data": [
          {
            "field": "role",
            "message": "admin, editor, viewer or unassigned"
          }
        ]
      }
    }
    "#);
    assert_eq!(data(&alice.gets(ACCOUNTS).await)["totalDocs"], 1);
}

#[tokio::test]
async fn another_role_counts_at_once_for_the_bearer_that_is_there() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    let robot = made(&alice, ACCOUNTS, &json!({ "role": "admin" })).await;
    let caller = scene.stranger().bearer(&robot.bearer);
    assert_eq!(caller.posts(TOKENS, &json!({})).await.status, 200);
    let path = format!("{ACCOUNTS}/{}", robot.id);
    let body = json!({ "role": "editor" });
    assert_snapshot!(alice.says(Method::PUT, &path, &body).await, @r#"
    PUT /v1/organizations/acme/service-accounts/695661c00000000000000001
    200 OK
    content-type: application/json

    {
      "status": true,
      "data": {
        "id": "695661c00000000000000001",
        "organization": "695661c00000000000000002",
        "email": "695661c00000000000000001@695661c00000000000000002.iam.applivery.io",
        "role": "editor",
        "description": "service account e1f2a1b1d7154677da524f4ff053b322",
        "updatedAt": "2026-01-01T12:00:00.000Z",
        "createdAt": "2026-01-01T12:00:00.000Z"
      }
    }
    "#);
    assert_eq!(caller.gets(TOKENS).await.status, 200);
    assert_eq!(told(&caller.posts(TOKENS, &json!({})).await), (403, 4003));
}

#[tokio::test]
async fn a_deleted_service_account_is_gone_and_its_bearer_dead_and_its_name_free() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    let body = json!({ "role": "admin", "description": "robot" });
    let robot = made(&alice, ACCOUNTS, &body).await;
    let caller = scene.stranger().bearer(&robot.bearer);
    let token = made(&caller, TOKENS, &json!({})).await;
    let path = format!("{ACCOUNTS}/{}", robot.id);
    assert_snapshot!(alice.exchange(Method::DELETE, &path).await, @r#"
    DELETE /v1/organizations/acme/service-accounts/695661c00000000000000001
    200 OK
    content-type: application/json

    {
      "status": true,
      "data": {}
    }
    "#);
    assert_eq!(told(&caller.gets(ACME).await), (401, 4004));
    let answers = [
        alice.gets(&path).await,
        alice.asks(Method::DELETE, &path).await,
        alice.tells(Method::PUT, &path, &json!({ "role": "viewer" })).await,
    ];
    assert_eq!(all_told(&answers), [(404, 3001); 3]);
    assert_eq!(data(&alice.gets(ACCOUNTS).await)["items"], json!([]));
    assert!(scene.opens_app(&token.bearer).await, "what it made for an app is the app's");
    let again = made(&alice, ACCOUNTS, &body).await;
    assert_ne!(again.id, robot.id);
    assert!(!scene.is_live(&robot.bearer).await && scene.is_live(&again.bearer).await);
}

#[tokio::test]
async fn a_name_is_taken_once_in_an_organization() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    let body = json!({ "role": "viewer", "description": "robot" });
    made(&alice, ACCOUNTS, &body).await;
    assert_snapshot!(alice.posts(ACCOUNTS, &body).await.transcript(), @r#"
    409 Conflict
    content-type: application/json

    {
      "status": false,
      "error": {
        "code": 5002,
        "message": "Already exists",
        "data": {
          "field": "description"
        }
      }
    }
    "#);
    for name in [String::new(), "a".repeat(201), "a\nb".to_owned()] {
        let body = json!({ "role": "viewer", "description": name });
        assert_eq!(told(&alice.posts(ACCOUNTS, &body).await), (400, 5001), "{name:?}");
    }
    assert_eq!(scene.count("service_account.create").await, 1);
}

#[tokio::test]
async fn members_look_and_only_admins_change() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    let robot = made(&alice, ACCOUNTS, &json!({ "role": "viewer" })).await;
    let path = format!("{ACCOUNTS}/{}", robot.id);
    for (name, role, look, change) in [
        ("un", Role::Unassigned, 403, 403),
        ("vi", Role::Viewer, 200, 403),
        ("au", Role::Auditor, 200, 403),
        ("ed", Role::Editor, 200, 403),
        ("ad", Role::Admin, 200, 200),
    ] {
        let caller = scene.member(name, role).await;
        let body = json!({ "role": "viewer" });
        let looks = [caller.gets(ACCOUNTS).await, caller.gets(&path).await];
        let changes = [
            caller.posts(ACCOUNTS, &body).await,
            caller.tells(Method::PUT, &path, &body).await,
            caller.asks(Method::DELETE, &path).await,
        ];
        assert!(looks.iter().all(|answer| answer.status == look), "{name} {looks:?}");
        assert!(changes.iter().all(|answer| answer.status == change), "{name} {changes:?}");
    }
    assert_eq!(scene.count("service_account.delete").await, 1);
}

//! Seeing, changing, rotating and deleting application tokens (contract, section 2).

use authority::permission::Role;
use axum::http::Method;
use insta::assert_snapshot;
use serde_json::json;

use super::{Scene, TOKENS, all_told, data, made, made_for, told};

#[tokio::test]
async fn a_token_is_shown_without_its_bearer() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    let token = made(&alice, TOKENS, &json!({ "description": "till" })).await;
    assert_snapshot!(alice.exchange(Method::GET, &format!("{TOKENS}/{}", token.id)).await, @r#"
    GET /v1/organizations/acme/apps/shop/tokens/695661c00000000000000001
    200 OK
    content-type: application/json

    {
      "status": true,
      "data": {
        "id": "695661c00000000000000001",
        "organization": "695661c00000000000000002",
        "application": "695661c00000000000000001",
        "description": "till",
        "scopes": [
          "sdk",
          "integrationApi"
        ],
        "updatedAt": "2026-01-01T12:00:00.000Z",
        "createdAt": "2026-01-01T12:00:00.000Z"
      }
    }
    "#);
    assert_snapshot!(alice.exchange(Method::GET, TOKENS).await, @r#"
    GET /v1/organizations/acme/apps/shop/tokens
    200 OK
    content-type: application/json

    {
      "status": true,
      "data": {
        "items": [
          {
            "id": "695661c00000000000000001",
            "organization": "695661c00000000000000002",
            "application": "695661c00000000000000001",
            "description": "till",
            "scopes": [
              "sdk",
              "integrationApi"
            ],
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
        "nextPage": null
      }
    }
    "#);
}

#[tokio::test]
async fn what_is_given_changes_and_the_rest_stays() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    let token = made(&alice, TOKENS, &json!({ "description": "till" })).await;
    let path = format!("{TOKENS}/{}", token.id);
    scene.seconds(60).await;
    let body = json!({ "description": "old till" });
    assert_snapshot!(alice.says(Method::PUT, &path, &body).await, @r#"
    PUT /v1/organizations/acme/apps/shop/tokens/695661c00000000000000001
    200 OK
    content-type: application/json

    {
      "status": true,
      "data": {
        "id": "695661c00000000000000001",
        "organization": "695661c00000000000000002",
        "application": "695661c00000000000000001",
        "description": "old till",
        "scopes": [
          "sdk",
          "integrationApi"
        ],
        "updatedAt": "2026-01-01T12:01:00.000Z",
        "createdAt": "2026-01-01T12:00:00.000Z"
      }
    }
    "#);
    let narrowed = data(&alice.tells(Method::PUT, &path, &json!({ "scopes": ["sdk"] })).await);
    assert_eq!(
        (&narrowed["description"], &narrowed["scopes"]),
        (&json!("old till"), &json!(["sdk"]))
    );
    let none = data(&alice.asks(Method::PUT, &path).await);
    assert_eq!(none, narrowed);
    let long = json!({ "description": "a".repeat(1_001) });
    assert_eq!(told(&alice.tells(Method::PUT, &path, &long).await), (400, 5001));
    assert_eq!(data(&alice.gets(&path).await), narrowed);
    assert!(scene.opens_app(&token.bearer).await);
}

#[tokio::test]
async fn a_token_that_is_narrowed_is_narrow_at_once_and_never_widened() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    let token = made_for(&alice, &[]).await;
    let path = format!("{TOKENS}/{}", token.id);
    let builds = async || {
        let bearer = scene.stranger().bearer(&token.bearer);
        told(&bearer.gets("/v1/integrations/builds").await)
    };
    assert_eq!(builds().await, (404, 404));
    let put = async |scopes| alice.tells(Method::PUT, &path, &json!({ "scopes": scopes })).await;
    assert_eq!(put(json!(["sdk"])).await.status, 200);
    assert_eq!(builds().await, (403, 4003));
    // None at all means both here too.
    for wider in [json!(["sdk", "integrationApi"]), json!(["integrationApi"]), json!([])] {
        assert_eq!(told(&put(wider).await), (403, 4003));
    }
    assert_eq!(builds().await, (403, 4003));
    assert_eq!(data(&alice.gets(&path).await)["scopes"], json!(["sdk"]));
}

#[tokio::test]
async fn a_deleted_token_is_dead_at_once_and_gone() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    let (token, other) = (made_for(&alice, &[]).await, made_for(&alice, &[]).await);
    let path = format!("{TOKENS}/{}", token.id);
    assert!(scene.opens_app(&token.bearer).await);
    assert_snapshot!(alice.exchange(Method::DELETE, &path).await, @r#"
    DELETE /v1/organizations/acme/apps/shop/tokens/695661c00000000000000001
    200 OK
    content-type: application/json

    {
      "status": true,
      "data": {}
    }
    "#);
    let dead = scene.stranger().bearer(&token.bearer);
    assert_snapshot!(dead.exchange(Method::GET, "/v1/app").await, @r#"
    GET /v1/app
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
    assert_eq!(told(&dead.gets("/v1/integrations/builds").await), (401, 4004));
    let rotate = format!("{path}/rotate");
    let answers = [
        alice.gets(&path).await,
        alice.asks(Method::DELETE, &path).await,
        alice.tells(Method::PUT, &path, &json!({ "description": "back" })).await,
        alice.asks(Method::POST, &rotate).await,
    ];
    assert_eq!(all_told(&answers), [(404, 3001); 4]);
    assert_eq!(data(&alice.gets(TOKENS).await)["totalDocs"], 1);
    assert!(scene.opens_app(&other.bearer).await);
}

#[tokio::test]
async fn a_token_lives_until_it_is_deleted() {
    let scene = Scene::new().await;
    let token = made_for(&scene.person("alice").await, &["sdk"]).await;
    scene.seconds(20 * 366 * 24 * 3600).await;
    assert!(scene.opens_app(&token.bearer).await);
    let alice = scene.person("alice").await;
    assert_eq!(alice.asks(Method::DELETE, &format!("{TOKENS}/{}", token.id)).await.status, 200);
    assert!(!scene.opens_app(&token.bearer).await);
}

#[tokio::test]
async fn a_token_whose_life_is_over_is_nowhere_any_more() {
    let life = jiff::SignedDuration::from_hours(1);
    let world = testing::World::with(|policy| policy.tokens.integration_life = Some(life)).await;
    let scene = Scene::on(world).await;
    let token = made_for(&scene.person("alice").await, &["sdk"]).await;
    let one = format!("{TOKENS}/{}", token.id);
    scene.seconds(3_599).await;
    assert!(scene.opens_app(&token.bearer).await);
    assert_eq!(scene.person("alice").await.gets(&one).await.status, 200);
    scene.seconds(1).await;
    assert!(!scene.opens_app(&token.bearer).await);
    let alice = scene.person("alice").await;
    assert_eq!(alice.gets(&one).await.status, 404);
    assert_eq!(data(&alice.gets(TOKENS).await)["totalDocs"], 0);
}

#[tokio::test]
async fn a_token_that_ended_with_all_of_its_organization_is_neither_shown_nor_rotated() {
    let scene = Scene::new().await;
    let token = made_for(&scene.person("alice").await, &["sdk"]).await;
    let (authority, alice) = (&scene.world.authority, scene.world.actor("alice").await);
    authority.end_organization_tokens(&alice, scene.acme).await.unwrap();
    let alice = scene.person("alice").await;
    let one = format!("{TOKENS}/{}", token.id);
    assert_eq!(alice.gets(&one).await.status, 404);
    assert_eq!(alice.posts(&format!("{one}/rotate"), &json!({})).await.status, 404);
}

#[tokio::test]
async fn a_rotated_token_is_the_same_with_another_bearer() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    let first = made(&alice, TOKENS, &json!({ "description": "till", "scopes": ["sdk"] })).await;
    let path = format!("{TOKENS}/{}/rotate", first.id);
    let rotated = alice.asks(Method::POST, &path).await;
    assert_snapshot!(rotated.transcript(), @r#"
    200 OK
    content-type: application/json

    {
      "status": true,
      "data": {
        "id": "695661c00000000000000001",
        "organization": "695661c00000000000000002",
        "application": "695661c00000000000000001",
        "description": "till",
        "bearer": "tkit_zVUTj…",
        "scopes": [
          "sdk"
        ],
        "updatedAt": "2026-01-01T12:00:00.000Z",
        "createdAt": "2026-01-01T12:00:00.000Z"
      }
    }
    "#);
    let second = data(&rotated)["bearer"].as_str().unwrap().to_owned();
    assert!(!scene.opens_app(&first.bearer).await, "without an overlap it ends at once");
    assert!(scene.opens_app(&second).await);
}

#[tokio::test]
async fn a_rotated_bearer_lives_on_for_the_overlap_and_no_longer() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    let first = made_for(&alice, &[]).await;
    let path = format!("{TOKENS}/{}/rotate", first.id);
    let second = made(&alice, &path, &json!({ "overlap": 60 })).await;
    scene.seconds(59).await;
    assert!(scene.opens_app(&first.bearer).await && scene.opens_app(&second.bearer).await);
    scene.seconds(1).await;
    assert!(!scene.opens_app(&first.bearer).await && scene.opens_app(&second.bearer).await);
    let alice = scene.person("alice").await;
    for overlap in [json!(-1), json!(2_592_001), json!("60"), json!(0.5), json!(4_294_967_296_u64)]
    {
        let answer = alice.posts(&path, &json!({ "overlap": overlap })).await;
        assert_eq!(told(&answer), (400, 5001), "{overlap}");
    }
    assert!(scene.opens_app(&second.bearer).await);
    let third = made(&alice, &path, &json!({ "overlap": 2_592_000 })).await;
    let path = format!("{TOKENS}/{}", first.id);
    assert_eq!(alice.asks(Method::DELETE, &path).await.status, 200);
    for bearer in [&second.bearer, &third.bearer] {
        assert!(!scene.opens_app(bearer).await, "a token ends with all its bearers");
    }
}

#[tokio::test]
async fn editors_look_and_only_admins_change() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    let token = made_for(&alice, &[]).await;
    let path = format!("{TOKENS}/{}", token.id);
    for (name, role, look, change) in [
        ("ed", Role::Editor, 200, 403),
        ("vi", Role::Viewer, 403, 403),
        ("au", Role::Auditor, 200, 403),
        ("un", Role::Unassigned, 403, 403),
        ("ad", Role::Admin, 200, 200),
    ] {
        let caller = scene.member(name, role).await;
        for path in [TOKENS, &path] {
            assert_eq!(caller.gets(path).await.status, look, "{name} {path}");
        }
        let body = json!({ "description": name });
        let answers = [
            caller.tells(Method::PUT, &path, &body).await,
            caller.asks(Method::POST, &format!("{path}/rotate")).await,
            caller.asks(Method::DELETE, &path).await,
        ];
        assert!(answers.iter().all(|answer| answer.status == change), "{name} {answers:?}");
    }
    assert_eq!(scene.count("token.revoke").await, 1);
}

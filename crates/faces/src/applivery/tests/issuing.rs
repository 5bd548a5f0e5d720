//! Who may make which token (attack book, group 2).

use authority::scope::Scopes;
use authority::token::Wish;
use axum::http::Method;
use insta::assert_snapshot;
use serde_json::json;

use super::{ACCOUNTS, Scene, TOKENS, all_told, data, made, made_for, told};

/// What leads to a token's route, but opens nothing of it.
const REACH: &str = "mad.application.token.*";

#[tokio::test]
async fn a017_an_owner_named_by_a_stranger_makes_nothing() {
    let scene = Scene::new().await;
    let before = scene.count("token.issue").await;
    let root = scene.world.root().await.user().unwrap();
    for name in ["userId", "user_id", "user", "owner", "sub", "organization", "application", "id"] {
        for path in [TOKENS, ACCOUNTS] {
            let body = json!({ name: root.to_string(), "role": "admin" });
            let answers = [
                scene.stranger().posts(&format!("{path}?{name}={root}"), &json!({})).await,
                scene.stranger().posts(path, &body).await,
            ];
            assert_eq!(all_told(&answers), [(401, 4002); 2]);
        }
    }
    assert_eq!(scene.count("token.issue").await, before);
    assert_eq!(scene.count("service_account.create").await, 0);
}

#[tokio::test]
async fn a020_nothing_of_a_token_is_reassigned() {
    let scene = Scene::new().await;
    let (_, depot) = scene.globex().await;
    let alice = scene.person("alice").await;
    let token = made(&alice, TOKENS, &json!({ "description": "till", "scopes": ["sdk"] })).await;
    let path = format!("{TOKENS}/{}", token.id);
    let before = data(&alice.gets(&path).await);
    for body in [
        json!({ "id": "695661c00000000000000001" }),
        json!({ "organization": "695661c00000000000000001", "application": "x" }),
        json!({ "application": depot.slug, "app": depot.slug }),
        json!({ "bearer": "chosen by me", "token": "chosen by me", "secret": "chosen by me" }),
        json!({ "createdAt": "2020-01-01T00:00:00.000Z", "updatedAt": null }),
        json!({ "holder": "user", "user": 1, "expiresAt": "2099-01-01T00:00:00Z" }),
    ] {
        assert_eq!(data(&alice.tells(Method::PUT, &path, &body).await), before, "{body}");
        let new = made(&alice, TOKENS, &body).await;
        assert_ne!(new.bearer, "chosen by me");
        let shown = data(&alice.gets(&format!("{TOKENS}/{}", new.id)).await);
        for part in ["organization", "application", "createdAt"] {
            assert_eq!(shown[part], before[part], "{body}");
        }
    }
    assert!(scene.opens_app(&token.bearer).await);
    assert!(!scene.opens_app("chosen by me").await);
}

#[tokio::test]
async fn a021_no_token_makes_one_that_is_wider_than_itself() {
    let scene = Scene::new().await;
    let reads = scene.key_for("read").await;
    assert_eq!(told(&reads.posts(TOKENS, &json!({})).await), (403, 4003));
    let makes = scene.key_for(REACH).await;
    for scopes in [json!(["sdk"]), json!(["integrationApi"]), json!([]), json!(null)] {
        let answer = makes.posts(TOKENS, &json!({ "scopes": scopes })).await;
        assert_eq!(told(&answer), (403, 4003), "{scopes}");
    }
    assert_eq!(told(&makes.asks(Method::POST, TOKENS).await), (403, 4003));
    let services = scene.key_for("authority.service_account.* authority.token.*").await;
    let made = services.posts(ACCOUNTS, &json!({ "role": "admin" })).await;
    let robot = scene.stranger().bearer(data(&made)["bearer"].as_str().unwrap());
    assert_eq!(told(&robot.posts(TOKENS, &json!({})).await), (403, 4003), "it is as narrow");
    let no_tokens = scene.key_for("authority.service_account.*").await;
    assert_eq!(told(&no_tokens.posts(ACCOUNTS, &json!({ "role": "admin" })).await), (403, 4003));
}

#[tokio::test]
async fn a021_no_token_makes_one_that_outlives_itself() {
    let scene = Scene::new().await;
    let expires_at = Some(scene.world.authority.now() + jiff::SignedDuration::from_secs(3_600));
    let ends = scene.key(Wish { expires_at, ..Wish::default() }).await;
    let ends = scene.stranger().bearer(ends.secret.reveal());
    let old = made_for(&scene.person("alice").await, &[]).await;
    let (token, robot) =
        (made_for(&ends, &[]).await, made(&ends, ACCOUNTS, &json!({ "role": "viewer" })).await);
    let rotate = format!("{TOKENS}/{}/rotate", old.id);
    let answer = ends.posts(&rotate, &json!({})).await;
    assert_eq!(told(&answer), (403, 4003), "who rotates holds the secret");
    scene.seconds(3_599).await;
    assert!(scene.opens_app(&token.bearer).await && scene.is_live(&robot.bearer).await);
    scene.seconds(1).await;
    assert!(!scene.opens_app(&token.bearer).await && !scene.is_live(&robot.bearer).await);
    assert!(scene.opens_app(&old.bearer).await);
}

#[tokio::test]
async fn a037_scopes_beyond_the_callers_own_are_refused_and_never_narrowed() {
    let scene = Scene::new().await;
    let sdk = scene.key_for(&format!("{REACH} mad.sdk.*")).await;
    let before = scene.count("token.issue").await;
    let wide = sdk.posts(TOKENS, &json!({ "scopes": ["sdk", "integrationApi"] })).await;
    assert_snapshot!(wide.transcript(), @r#"
    403 Forbidden
    content-type: application/json

    {
      "status": false,
      "error": {
        "code": 4003,
        "message": "Forbidden",
        "data": {
          "reason": "scope `mad.integration.*` goes beyond the caller's own"
        }
      }
    }
    "#);
    for scopes in [json!([]), json!(null), json!(["integrationApi"])] {
        let answer = sdk.posts(TOKENS, &json!({ "scopes": scopes })).await;
        assert_eq!(told(&answer), (403, 4003), "{scopes}");
    }
    let unknown = sdk.posts(TOKENS, &json!({ "scopes": ["sdk", "admin"] })).await;
    assert_snapshot!(unknown.transcript(), @r#"
    400 Bad Request
    content-type: application/json

    {
      "status": false,
      "error": {
        "code": 5001,
        "message": "Validation error",
        "data": [
          {
            "field": "scopes",
            "message": "unknown scope \"admin\": sdk or integrationApi"
          }
        ]
      }
    }
    "#);
    assert_eq!(scene.count("token.issue").await, before);
    let narrow = data(&sdk.posts(TOKENS, &json!({ "scopes": ["sdk"] })).await);
    assert_eq!(narrow["scopes"], json!(["sdk"]));
}

#[tokio::test]
async fn a037_a_narrow_caller_neither_widens_nor_takes_over_what_is_wide() {
    let scene = Scene::new().await;
    let wide = made_for(&scene.person("alice").await, &[]).await;
    // As long-lived as what it wants.
    let scopes = Some(Scopes::parse(&format!("{REACH} mad.sdk.*")).unwrap());
    let wish = Wish { scopes, until_revoked: true, ..Wish::default() };
    let sdk = scene.stranger().bearer(scene.key(wish).await.secret.reveal());
    let path = format!("{TOKENS}/{}", wide.id);
    let answers = [
        sdk.tells(Method::PUT, &path, &json!({ "scopes": ["sdk", "integrationApi"] })).await,
        sdk.asks(Method::POST, &format!("{path}/rotate")).await,
    ];
    assert_eq!(answers[0].status, 200, "nothing changes");
    assert_eq!(told(&answers[1]), (403, 4003));
    let narrowed = sdk.tells(Method::PUT, &path, &json!({ "scopes": ["sdk"] })).await;
    assert_eq!(data(&narrowed)["scopes"], json!(["sdk"]));
    let back = sdk.tells(Method::PUT, &path, &json!({ "scopes": ["sdk", "integrationApi"] })).await;
    assert_eq!(told(&back), (403, 4003));
    assert_eq!(sdk.asks(Method::POST, &format!("{path}/rotate")).await.status, 200);
}

#[tokio::test]
async fn a024_a_scope_that_nobody_knows_is_named_and_nothing_is_made() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    for scope in [
        "admin",
        "*",
        "read",
        "SDK",
        "sdk ",
        "",
        "sdk integrationApi",
        "sdk,integrationApi",
        "mad.sdk.*",
        "integration",
        "-1",
        "4294967296",
        "3072.5",
    ] {
        for scopes in [json!([scope]), json!(["sdk", scope])] {
            let answer = alice.posts(TOKENS, &json!({ "scopes": scopes })).await;
            assert_eq!(told(&answer), (400, 5001), "{scopes}");
            let rule = answer.json()["error"]["data"][0].clone();
            assert_eq!(rule["field"], "scopes");
            assert!(rule["message"].as_str().unwrap().contains(&format!("{scope:?}")), "{rule}");
        }
    }
    let many = vec!["admin"; 5_000];
    for scopes in [
        json!([null]),
        json!([["sdk"]]),
        json!([-1]),
        json!(3_072),
        json!("sdk"),
        json!({}),
        json!(["sdk\u{0}integrationApi"]),
        json!(many),
    ] {
        let answer = alice.posts(TOKENS, &json!({ "scopes": scopes })).await;
        assert_eq!(told(&answer), (400, 5001));
        assert!(answer.body.len() < 400, "{}", answer.body);
    }
    assert_eq!(scene.count("token.issue").await, 0);
}

#[tokio::test]
async fn a025_what_is_said_twice_is_refused() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    for body in [
        r#"{"scopes": ["sdk"], "scopes": ["integrationApi"]}"#,
        r#"{"scopes": ["sdk"], "description": "a", "description": "a"}"#,
        r#"{"x": {"a": 1, "a": 2}}"#,
    ] {
        let json = Some("application/json");
        let answer = alice.sends(Method::POST, TOKENS, json, body.into()).await;
        assert_eq!(told(&answer), (400, 5001), "{body}");
    }
    // A query says nothing here, so it can't contradict.
    let path = format!("{TOKENS}?scopes=integrationApi&scopes=sdk&description=b");
    let token = data(&alice.posts(&path, &json!({ "scopes": ["sdk"], "description": "a" })).await);
    assert_eq!((&token["scopes"], &token["description"]), (&json!(["sdk"]), &json!("a")));
    assert_eq!(scene.count("token.issue").await, 1);
}

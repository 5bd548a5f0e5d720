//! Who may make which token (attack book, group 2).

use authority::token::Wish;
use axum::http::Method;
use insta::assert_snapshot;
use serde_json::json;

use super::{Scene, made, statuses};

#[tokio::test]
async fn a017_an_owner_named_by_a_stranger_makes_nothing() {
    let scene = Scene::new().await;
    let root = scene.world.root().await.user().unwrap();
    for name in ["userId", "user_id", "user", "owner", "sub", "teamId"] {
        let path = format!("/v0/tokens?{name}={root}&team={}", scene.acme);
        let body = json!({ name: root.to_string() });
        let answers = [
            scene.stranger().asks(Method::POST, &path).await,
            scene.stranger().posts("/v0/tokens", &body).await,
        ];
        assert_eq!(statuses(&answers), [401; 2]);
    }
    assert_eq!(scene.count("token.issue").await, 0);
}

#[tokio::test]
async fn a021_no_token_makes_a_wider_or_longer_one_or_one_for_another_team() {
    let scene = Scene::new().await;
    let other = scene.basic("alice").posts("/v0/teams", &json!({ "name": "Later" })).await;
    let other = super::id(&other);
    let reads = scene.key_for("read").await;
    assert_eq!(reads.asks(Method::POST, "/v0/tokens?scopes=manage").await.status, 403);
    let makes = scene.key_for("authority.token.*").await;
    for scopes in ["*", "3072", "read", "manage", "tokens,logs"] {
        let path = format!("/v0/tokens?scopes={scopes}");
        assert_eq!(makes.asks(Method::POST, &path).await.status, 403, "{scopes}");
    }
    assert_eq!(makes.asks(Method::POST, "/v0/tokens?scopes=tokens").await.status, 200);
    let path = format!("/v0/tokens?team={other}");
    assert_eq!(makes.asks(Method::POST, &path).await.status, 403);
    let session = scene.bearer("alice").await;
    assert_eq!(session.asks(Method::POST, &path).await.status, 403);
    let expires_at = Some("2026-02-01T00:00:00Z".parse().unwrap());
    let ends = scene.key(Wish { expires_at, ..Wish::default() }).await;
    let ends = scene.stranger().bearer(ends.secret.reveal());
    let later = ends.asks(Method::POST, "/v0/tokens?expiration=2026-02-01T00:00:01Z").await;
    assert_snapshot!(later.transcript(), @r#"
    403 Forbidden
    content-type: application/json

    {
      "error": "life_beyond",
      "message": "A life beyond 2026-02-01T00:00:00Z, the end of the caller's own credential, is not allowed."
    }
    "#);
    let child = made(&ends, "/v0/tokens").await;
    assert_eq!(child["expiration"], "2026-02-01T00:00:00Z");
}

#[tokio::test]
async fn a024_a_scope_that_nobody_knows_is_named_and_nothing_is_made() {
    let scene = Scene::new().await;
    let alice = scene.basic("alice");
    let many = vec!["a.b"; 10_000].join(",");
    for (scopes, named) in [
        ("admin", "admin"),
        ("read+write+admin", "read write admin"),
        ("read,write", "write"),
        ("read,", ""),
        ("READ", "READ"),
        ("[]", "[]"),
        ("[null]", "[null]"),
        ("-1", "-1"),
        ("4294967296", "4294967296"),
        ("3072.5", "3072.5"),
        ("0", "0"),
    ] {
        let answer = alice.asks(Method::POST, &format!("/v0/tokens?scopes={scopes}")).await;
        assert_eq!(answer.status, 400, "{scopes}");
        let message = answer.json()["message"].as_str().unwrap().to_owned();
        assert!(message.contains(&format!("`{named}`")), "{message}");
    }
    let answers = [
        alice.asks(Method::POST, "/v0/tokens?scopes=read%00write").await,
        alice.asks(Method::POST, &format!("/v0/tokens?scopes={many}")).await,
    ];
    assert_eq!(statuses(&answers), [400; 2]);
    assert_eq!(scene.count("token.issue").await, 0);
    let everything = scene.basic("alice").asks(Method::POST, "/v0/tokens?scopes=*").await;
    assert_eq!(everything.status, 200);
}

#[tokio::test]
async fn a025_a_key_that_occurs_twice_is_refused() {
    let scene = Scene::new().await;
    let alice = scene.basic("alice");
    for query in [
        "once=true&once=false",
        "once=true&once=true",
        "name=a&name=b",
        "name&name=b",
        "scopes=read&scopes=write",
        "scopes=1&scopes=2",
        "scopes=read,logs&scopes=apps",
        "expiration=2026-02-01T00:00:00Z&expiration",
    ] {
        let answer = alice.asks(Method::POST, &format!("/v0/tokens?{query}")).await;
        assert_eq!(answer.status, 400, "{query}");
    }
    let both = alice.posts("/v0/tokens?name=a", &json!({ "name": "b" })).await;
    assert_eq!(both.status, 400);
    assert_eq!(scene.count("token.issue").await, 0);
    let answer = alice.asks(Method::POST, "/v0/tokens?scopes=read&scopes=logs").await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a026_an_expiration_is_to_come_within_policy_and_kept_to_the_second() {
    let scene = Scene::new().await;
    let alice = scene.basic("alice");
    for expiration in [
        "2025-12-31T23:59:59Z",
        "2026-01-01T12:00:00Z",
        "9999-12-31T23:59:59Z",
        "10000-01-01T00:00:00Z",
        "2027-02-05T12:00:00Z",
        "-1",
        "0",
        "2026-02-01T00:00:00",
        "2026-02-01T00:00:00%2B99:99",
        "2026-02-01T23:59:60Z",
        "2026-02-01T00:00:00+02:00",
    ] {
        let path = format!("/v0/tokens?expiration={expiration}");
        let answer = alice.asks(Method::POST, &path).await;
        assert_eq!(answer.status, 400, "{expiration}: {}", answer.body);
    }
    assert_eq!(scene.count("token.issue").await, 0);
    for (asked, kept) in [
        ("2026-01-01T12:00:01Z", "2026-01-01T12:00:01Z"),
        ("2026-02-01T00:00:00%2B02:00", "2026-01-31T22:00:00Z"),
        ("2026-02-01T00:00:00.5Z", "2026-02-01T00:00:00.500Z"),
        ("2026-02-01T00:00:00.1234567891Z", "2026-02-01T00:00:00.123456Z"),
        ("", "2027-01-01T12:00:00Z"),
    ] {
        let token = made(&alice, &format!("/v0/tokens?expiration={asked}")).await;
        assert_eq!(token["expiration"], kept);
    }
    let past = alice.exchange(Method::POST, "/v0/tokens?expiration=2024-01-01T00:00:00Z").await;
    assert_snapshot!(past, @r#"
    POST /v0/tokens?expiration=2024-01-01T00:00:00Z
    400 Bad Request
    content-type: application/json

    {
      "error": "invalid",
      "message": "`expiration`: must lie in the future."
    }
    "#);
    let beyond = alice.exchange(Method::POST, "/v0/tokens?expiration=2029-01-01T00:00:00Z").await;
    assert_snapshot!(beyond, @r#"
    POST /v0/tokens?expiration=2029-01-01T00:00:00Z
    400 Bad Request
    content-type: application/json

    {
      "error": "life_beyond",
      "message": "A life beyond 2027-01-02T12:00:00Z is not allowed."
    }
    "#);
}

#[tokio::test]
async fn a027_a_token_is_dead_from_its_last_second_on() {
    let scene = Scene::new().await;
    let path = "/v0/tokens?expiration=2026-01-01T12:00:02Z";
    let token = made(&scene.basic("alice"), path).await;
    let secret = token["token"].as_str().unwrap();
    for live in [true, true, false, false] {
        for _ in 0..3 {
            assert_eq!(scene.is_live(secret).await, live);
        }
        scene.seconds(1).await;
    }
}

#[tokio::test]
async fn a032_a_use_once_token_is_used_once() {
    let scene = Scene::new().await;
    let token = made(&scene.basic("alice"), "/v0/tokens?once=true").await;
    let caller = scene.stranger().bearer(token["token"].as_str().unwrap());
    let answers = [caller.gets("/v0/teams").await, caller.gets("/v0/teams").await];
    assert_eq!(statuses(&answers), [200, 401]);
}

#[tokio::test]
async fn a034_a_use_that_is_refused_is_not_taken_and_a035_nothing_is_bred() {
    let scene = Scene::new().await;
    let token = made(&scene.basic("alice"), "/v0/tokens?once=true&scopes=read").await;
    let caller = scene.stranger().bearer(token["token"].as_str().unwrap());
    let answers = [
        caller.posts("/v0/teams/groups", &json!({ "name": "g" })).await,
        caller.asks(Method::POST, "/v0/tokens").await,
        caller.gets("/v0/teams").await,
        caller.gets("/v0/teams").await,
    ];
    assert_eq!(statuses(&answers), [403, 403, 200, 401]);
    let secret = token["token"].as_str().unwrap();
    assert_eq!(scene.refresh(secret).await.status, 401);
}

#[tokio::test]
async fn what_a_scope_allows_is_what_a_token_does() {
    let scene = Scene::new().await;
    let alice = scene.basic("alice");
    for (scopes, group, logs) in
        [("8", 200, 403), ("team", 200, 403), ("72", 200, 200), ("logs", 403, 200), ("1", 403, 200)]
    {
        let token = made(&alice, &format!("/v0/tokens?scopes={scopes}")).await;
        let caller = scene.stranger().bearer(token["token"].as_str().unwrap());
        let body = json!({ "name": format!("group {scopes}") });
        let made = caller.posts("/v0/teams/groups", &body).await;
        let read = caller.gets("/v0/teams/logs").await;
        assert_eq!(statuses(&[made, read]), [group, logs], "{scopes}");
    }
}

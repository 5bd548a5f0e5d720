//! What becomes of secrets, and how many there may be (attack book, group 2).

use authority::permission::Role;
use authority::token::Wish;
use axum::http::Method;
use insta::assert_snapshot;
use serde_json::json;

use super::{ACCOUNTS, Scene, TOKENS, made, made_for, told};

#[tokio::test]
async fn a029_a_secret_is_shown_once_and_no_part_of_it_again() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    let token = made(&alice, TOKENS, &json!({ "description": "till" })).await;
    let account = made(&alice, ACCOUNTS, &json!({ "role": "admin" })).await;
    let path = format!("{TOKENS}/{}", token.id);
    let rotated = made(&alice, &format!("{path}/rotate"), &json!({ "overlap": 60 })).await;
    let root = scene.world.root().await;
    let filter = authority::journal::EntryFilter::default();
    let journal = scene.world.authority.journal(&root, None, filter, (None, 1_000)).await;
    let texts = [
        alice.gets(TOKENS).await.body,
        alice.gets(&path).await.body,
        alice.tells(Method::PUT, &path, &json!({ "description": "old" })).await.body,
        alice.gets(ACCOUNTS).await.body,
        alice.gets(&format!("{ACCOUNTS}/{}", account.id)).await.body,
        alice.gets("/v1/openapi.json").await.body,
        format!("{:?}", journal.unwrap()),
    ];
    for secret in [&token.bearer, &account.bearer, &rotated.bearer] {
        for window in secret.as_bytes()[5..].windows(8) {
            let window = str::from_utf8(window).unwrap();
            assert!(texts.iter().all(|text| !text.contains(window)));
        }
    }
}

#[tokio::test]
async fn a035_a_token_that_is_used_up_by_use_breeds_nothing() {
    let scene = Scene::new().await;
    let token = made_for(&scene.person("alice").await, &[]).await;
    let before = scene.count("token.issue").await;
    for (path, body) in [
        (TOKENS.to_owned(), json!({})),
        (ACCOUNTS.to_owned(), json!({ "role": "viewer" })),
        (format!("{TOKENS}/{}/rotate", token.id), json!({})),
    ] {
        let once = scene.key(Wish { uses: Some(1), ..Wish::default() }).await;
        let answer = scene.stranger().bearer(once.secret.reveal()).posts(&path, &body).await;
        assert_eq!(told(&answer), (403, 4003), "{path}");
        assert_eq!(told(&scene.refresh(once.secret.reveal()).await), (401, 4004));
    }
    assert_eq!(scene.count("token.issue").await, before + 3);
    assert_eq!(scene.count("token.rotate").await, 0);
    assert!(scene.opens_app(&token.bearer).await);
}

#[tokio::test]
async fn a036_one_app_has_so_many_tokens_and_another_feels_nothing_of_it() {
    let world = testing::World::with(|policy| policy.tokens.most_per_holder = Some(3)).await;
    let scene = Scene::on(world).await;
    scene.globex().await;
    let alice = scene.person("alice").await;
    let mut all = Vec::new();
    for _ in 0..3 {
        all.push(made_for(&alice, &[]).await);
    }
    assert_snapshot!(alice.posts(TOKENS, &json!({})).await.transcript(), @r#"
    403 Forbidden
    content-type: application/json

    {
      "status": false,
      "error": {
        "code": 5003,
        "message": "Limit Exceeded",
        "data": {
          "limit": 3,
          "num": 3,
          "itemName": "tokens"
        }
      }
    }
    "#);
    let bob = scene.person("bob").await;
    let foreign = bob.posts("/v1/organizations/globex/apps/depot/tokens", &json!({})).await;
    assert_eq!(foreign.status, 200);
    let path = format!("{TOKENS}/{}", all[0].id);
    assert_eq!(alice.asks(Method::DELETE, &path).await.status, 200);
    assert_eq!(alice.posts(TOKENS, &json!({})).await.status, 200, "a dead one does not count");
}

#[tokio::test]
async fn a_lower_role_shrinks_what_a_live_token_may_make() {
    let scene = Scene::new().await;
    let admin = scene.member("ad", Role::Admin).await;
    assert_eq!(admin.posts(TOKENS, &json!({})).await.status, 200);
    let alice = scene.world.actor("alice").await;
    let ad = scene.world.actor("ad").await.user().unwrap();
    scene.world.authority.set_role(&alice, scene.acme, (ad, Role::Editor)).await.unwrap();
    assert_eq!(told(&admin.posts(TOKENS, &json!({})).await), (403, 4003));
    assert_eq!(admin.gets(TOKENS).await.status, 200);
}

//! Staying in (contract, section 4; attack book, group 4).

use authority::permission::Role;
use axum::http::Method;
use insta::assert_snapshot;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{Pair, Scene, TOKENS, all_told, data, told};

const REFRESH: &str = "/v1/auth/refresh";

#[tokio::test]
async fn a_refresh_token_is_exchanged_for_the_next_pair() {
    let scene = Scene::new().await;
    let first = scene.log_in("alice").await;
    scene.seconds(60).await;
    let body = json!({ "lastAccessToken": first.access, "refreshToken": first.refresh });
    assert_snapshot!(scene.stranger().says(Method::POST, REFRESH, &body).await, @r#"
    POST /v1/auth/refresh
    200 OK
    content-type: application/json

    {
      "status": true,
      "data": {
        "accessToken": {
          "token": "tkat_…",
          "expireAt": "2026-01-01T12:03:00.000Z"
        },
        "refreshToken": {
          "token": "tkrt_dubrT…",
          "expireAt": "2026-01-02T12:01:00.000Z"
        }
      }
    }
    "#);
}

#[tokio::test]
async fn the_access_token_before_is_not_looked_at() {
    let scene = Scene::new().await;
    scene.globex().await;
    let bobs = scene.log_in("bob").await.access;
    let mut pair = scene.log_in("alice").await;
    for before in [json!(null), json!(""), json!("nonsense"), json!(bobs)] {
        let body = json!({ "lastAccessToken": before, "refreshToken": pair.refresh });
        pair = Pair::of(&scene.stranger().posts(REFRESH, &body).await);
        assert!(scene.is_live(&pair.access).await, "{before}: still Alice's");
    }
    let bob = scene.stranger().bearer(&bobs);
    assert_eq!(bob.gets("/v1/organizations/globex").await.status, 200, "and Bob's lives on");
}

#[tokio::test]
async fn a_refresh_token_that_was_used_is_refused_and_ends_the_session() {
    let scene = Scene::new().await;
    let first = scene.log_in("alice").await;
    let second = Pair::of(&scene.refresh(&first.refresh).await);
    let third = Pair::of(&scene.refresh(&second.refresh).await);
    assert!(scene.is_live(&third.access).await);
    assert_snapshot!(scene.refresh(&first.refresh).await.transcript(), @r#"
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
    assert_eq!(told(&scene.refresh(&third.refresh).await), (401, 4004));
    assert!(!scene.is_live(&third.access).await);
}

#[tokio::test]
async fn a055_of_a_hundred_refreshes_at_once_one_wins() {
    let scene = Scene::new().await;
    let first = scene.log_in("alice").await;
    let mut tries = JoinSet::new();
    for _ in 0..100 {
        let (stranger, body) = (scene.stranger(), json!({ "refreshToken": first.refresh }));
        tries.spawn(async move { stranger.posts(REFRESH, &body).await });
    }
    let answers = tries.join_all().await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert_eq!((won.len(), lost.len()), (1, 99));
    assert!(lost.iter().all(|answer| told(answer) == (401, 4004)));
    assert!(scene.is_live(&Pair::of(won[0]).access).await);
}

#[tokio::test]
async fn what_is_no_refresh_token_is_exchanged_for_nothing() {
    let scene = Scene::new().await;
    let pair = scene.log_in("alice").await;
    let key = scene.key(authority::token::Wish::default()).await;
    let mut answers = Vec::new();
    for token in [pair.access.as_str(), key.secret.reveal(), "", "nonsense", &pair.refresh[..40]] {
        answers.push(scene.refresh(token).await);
    }
    assert_eq!(all_told(&answers), [(401, 4004); 5]);
    for body in [
        json!({}),
        json!({ "refreshToken": null }),
        json!({ "refreshToken": [pair.refresh] }),
        json!({ "refreshToken": { "token": pair.refresh } }),
        json!({ "refreshToken": "a".repeat(1_025) }),
        Value::Null,
    ] {
        let answer = super::asks(&scene.stranger(), &Method::POST, REFRESH, &body).await;
        assert_eq!(told(&answer), (400, 5001), "{body}");
    }
    assert_eq!(told(&scene.stranger().fills(REFRESH, "refreshToken=x").await), (415, 415));
    assert_eq!(scene.refresh(&pair.refresh).await.status, 200, "and the session lives on");
}

#[tokio::test]
async fn a_session_reaches_every_organization_of_its_users_and_goes_on_doing_so() {
    let scene = Scene::new().await;
    let (globex, _) = scene.globex().await;
    let alice = scene.world.actor("alice").await.user().unwrap();
    scene.world.join(alice, globex, Role::Viewer).await;
    let mut pair = scene.log_in("alice").await;
    for _ in 0..3 {
        let caller = scene.stranger().bearer(&pair.access);
        for place in ["acme", "globex"] {
            let path = format!("/v1/organizations/{place}");
            assert_eq!(data(&caller.gets(&path).await)["slug"], place);
        }
        let foreign = "/v1/organizations/globex/apps/depot/tokens";
        assert_eq!(caller.posts(TOKENS, &json!({})).await.status, 200);
        assert_eq!(told(&caller.posts(foreign, &json!({})).await), (403, 4003));
        pair = Pair::of(&scene.refresh(&pair.refresh).await);
    }
}

#[tokio::test]
async fn a_session_reaches_nothing_where_its_user_has_no_place_any_more() {
    let scene = Scene::new().await;
    scene.member("vera", Role::Viewer).await;
    let pair = scene.log_in("vera").await;
    let alice = scene.world.actor("alice").await;
    let vera = scene.world.actor("vera").await.user().unwrap();
    assert!(scene.is_live(&pair.access).await);
    scene.world.authority.remove_member(&alice, scene.acme, vera).await.unwrap();
    let next = Pair::of(&scene.refresh(&pair.refresh).await);
    for access in [pair.access, next.access] {
        let caller = scene.stranger().bearer(&access);
        assert_eq!(told(&caller.gets("/v1/organizations/acme").await), (404, 3001));
    }
}

#[tokio::test]
async fn a_session_ends_with_its_user() {
    let scene = Scene::new().await;
    scene.member("vera", Role::Viewer).await;
    let pair = scene.log_in("vera").await;
    let root = scene.world.root().await;
    let vera = scene.world.actor("vera").await.user().unwrap();
    assert!(scene.is_live(&pair.access).await);
    scene.world.authority.set_user_disabled(&root, vera, true).await.unwrap();
    let caller = scene.stranger().bearer(&pair.access);
    assert_eq!(told(&caller.gets("/v1/organizations/acme").await), (401, 4004));
    assert_eq!(told(&scene.refresh(&pair.refresh).await), (401, 4004));
}

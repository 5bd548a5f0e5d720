//! Refreshing and logging out (attack book, group 4).

use axum::http::Method;
use insta::assert_snapshot;
use serde_json::json;
use tokio::task::JoinSet;

use super::{Pair, Scene};

#[tokio::test]
async fn a_refresh_token_is_exchanged_for_the_next_pair() {
    let scene = Scene::new().await;
    let first = scene.log_in("alice").await;
    let body = json!({ "refreshToken": first.refresh });
    let told = scene.stranger().says(Method::POST, "/v0/auth/refresh", &body).await;
    assert_snapshot!(told, @r#"
    POST /v0/auth/refresh
    200 OK
    content-type: application/json

    {
      "accessToken": "tkat_…",
      "refreshToken": "tkrt_uwnKM…"
    }
    "#);
    assert!(scene.is_live(&first.access).await);
}

#[tokio::test]
async fn a_refresh_can_enter_another_team_and_not_one_of_others() {
    let scene = Scene::new().await;
    let later = scene.basic("alice").posts("/v0/teams", &json!({ "name": "Later" })).await;
    let (foreign, _) = scene.world.organization("Globex", "bob").await;
    let first = scene.log_in("alice").await;
    let into = |team: String| json!({ "refreshToken": first.refresh, "teamId": team });
    let path = "/v0/auth/refresh";
    assert_eq!(scene.stranger().posts(path, &into(foreign.id.to_string())).await.status, 403);
    let second = Pair::of(&scene.stranger().posts(path, &into(super::id(&later))).await);
    let current = scene.stranger().bearer(&second.access).gets("/v0/teams/current").await;
    assert_eq!(current.json()["name"], "Later");
    assert!(!scene.is_live(&first.access).await);
}

#[tokio::test]
async fn a055_of_a_hundred_refreshes_at_once_one_wins() {
    let scene = Scene::new().await;
    let first = scene.log_in("alice").await;
    let body = json!({ "refreshToken": first.refresh });
    let mut tries = JoinSet::new();
    for _ in 0..100 {
        let (stranger, body) = (scene.stranger(), body.clone());
        tries.spawn(async move { stranger.posts("/v0/auth/refresh", &body).await });
    }
    let answers = tries.join_all().await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert_eq!((won.len(), lost.iter().filter(|answer| answer.status == 401).count()), (1, 99));
    assert!(scene.is_live(&Pair::of(won[0]).access).await);
}

#[tokio::test]
async fn a056_an_old_refresh_token_ends_the_session() {
    let scene = Scene::new().await;
    let first = scene.log_in("alice").await;
    let second = Pair::of(&scene.refresh(&first.refresh).await);
    let third = Pair::of(&scene.refresh(&second.refresh).await);
    assert!(scene.is_live(&third.access).await);
    assert_snapshot!(scene.refresh(&first.refresh).await.transcript(), @r#"
    401 Unauthorized
    content-type: application/json
    www-authenticate: Basic realm="Chancery", Bearer

    {
      "error": "unauthenticated",
      "message": "Credentials are missing or not good."
    }
    "#);
    assert_eq!(scene.refresh(&third.refresh).await.status, 401);
    for pair in [first, second, third] {
        assert!(!scene.is_live(&pair.access).await);
    }
}

#[tokio::test]
async fn a057_generations_are_counted_and_not_timed() {
    let scene = Scene::new().await;
    let mut pairs = vec![scene.log_in("alice").await];
    for generation in 0..20 {
        let next = scene.refresh(&pairs[generation].refresh).await;
        pairs.push(Pair::of(&next));
    }
    for pair in &pairs[..20] {
        assert_eq!(scene.refresh(&pair.refresh).await.status, 401);
    }
    assert!(!scene.is_live(&pairs[20].access).await);
    assert_eq!(scene.refresh(&pairs[20].refresh).await.status, 401);
}

#[tokio::test]
async fn a061_a_lost_answer_is_given_once_more_and_the_lost_pair_is_dead() {
    let scene = Scene::new().await;
    let first = scene.log_in("alice").await;
    let lost = Pair::of(&scene.refresh(&first.refresh).await);
    scene.seconds(29).await;
    let again = Pair::of(&scene.refresh(&first.refresh).await);
    assert!(scene.is_live(&again.access).await);
    assert!(!scene.is_live(&lost.access).await);
    assert_eq!(scene.refresh(&first.refresh).await.status, 401);
}

#[tokio::test]
async fn a061_a_lost_answer_that_was_used_or_is_too_old_ends_the_session() {
    for (used, after) in [(true, 5), (false, 30)] {
        let scene = Scene::new().await;
        let first = scene.log_in("alice").await;
        let second = Pair::of(&scene.refresh(&first.refresh).await);
        if used {
            assert!(scene.is_live(&second.access).await);
        }
        scene.seconds(after).await;
        assert_eq!(scene.refresh(&first.refresh).await.status, 401);
        assert!(!scene.is_live(&second.access).await);
        assert_eq!(scene.refresh(&second.refresh).await.status, 401);
    }
}

#[tokio::test]
async fn a067_logging_out_ends_the_session_and_no_other() {
    let scene = Scene::new().await;
    let (here, elsewhere) = (scene.log_in("alice").await, scene.log_in("alice").await);
    let caller = scene.stranger().bearer(&here.access);
    assert_snapshot!(caller.exchange(Method::POST, "/v0/auth/logout").await, @r#"
    POST /v0/auth/logout
    200 OK
    "#);
    assert!(!scene.is_live(&here.access).await);
    assert_eq!(scene.refresh(&here.refresh).await.status, 401);
    assert!(scene.is_live(&elsewhere.access).await);
    assert_eq!(caller.asks(Method::POST, "/v0/auth/logout").await.status, 401);
}

#[tokio::test]
async fn logging_out_can_name_the_refresh_token_and_only_ones_own() {
    let scene = Scene::new().await;
    scene.member("bob", authority::permission::Role::Viewer).await;
    let (alice, bob) = (scene.log_in("alice").await, scene.log_in("bob").await);
    let body = json!({ "refreshToken": bob.refresh });
    let answer = scene.stranger().bearer(&alice.access).posts("/v0/auth/logout", &body).await;
    assert_eq!(answer.status, 200);
    assert!(!scene.is_live(&alice.access).await);
    assert!(scene.is_live(&bob.access).await);
}

//! Listing and revoking permanent tokens.

use authority::permission::Role;
use axum::http::Method;
use insta::assert_snapshot;

use super::{Scene, made, statuses};

#[tokio::test]
async fn a_list_shows_the_tokens_that_are_still_good_and_no_secret() {
    let scene = Scene::new().await;
    let alice = scene.bearer("alice").await;
    let kept = made(&alice, "/v0/tokens?name=kept").await;
    let short = made(&alice, "/v0/tokens?name=short&expiration=2026-01-01T12:01:00Z").await;
    let once = made(&alice, "/v0/tokens?name=once&once=true").await;
    let gone = made(&alice, "/v0/tokens?name=gone").await;
    assert_eq!(alice.gets("/v0/tokens").await.json().as_array().unwrap().len(), 4);
    let spent = scene.stranger().bearer(once["token"].as_str().unwrap());
    assert_eq!(spent.gets("/v0/teams").await.status, 200);
    let path = format!("/v0/tokens/{}", gone["id"].as_str().unwrap());
    assert_eq!(alice.asks(Method::DELETE, &path).await.status, 200);
    scene.seconds(60).await;
    let list = alice.gets("/v0/tokens").await;
    for token in [&kept, &short, &once, &gone] {
        let secret = token["token"].as_str().unwrap();
        for window in secret.as_bytes()[5..].windows(8) {
            assert!(!list.body.contains(str::from_utf8(window).unwrap()));
        }
    }
    assert_snapshot!(list.transcript(), @r#"
    200 OK
    content-type: application/json

    [
      {
        "id": "019b796d-d600-78f4-ab52-16c306cc371e",
        "teamId": "019b796d-d600-7033-a392-bc2eb86910d5",
        "name": "kept",
        "expiration": "2027-01-01T12:00:00Z",
        "createdAt": "2026-01-01T12:00:00Z"
      }
    ]
    "#);
}

#[tokio::test]
async fn a_list_that_is_cut_says_how_to_go_on() {
    let scene = Scene::new().await;
    let alice = scene.basic("alice");
    for name in ["a", "b", "c"] {
        made(&alice, &format!("/v0/tokens?name={name}")).await;
    }
    let first = alice.gets("/v0/tokens?limit=2").await;
    let link = first.header("link").strip_prefix('<').unwrap().split('>').next().unwrap();
    let second = alice.gets(&format!("/v0/tokens{link}")).await;
    let names = |answer: &testing::Answer| -> Vec<String> {
        let rows = answer.json();
        let name = |row: &serde_json::Value| row["name"].as_str().unwrap().to_owned();
        rows.as_array().unwrap().iter().map(name).collect()
    };
    assert_eq!((names(&first), names(&second)), (vec!["a".into(), "b".into()], vec!["c".into()]));
    assert_eq!(second.header("link"), "");
    scene.member("bob", Role::Admin).await;
    let stolen = scene.basic("bob").gets(&format!("/v0/tokens{link}")).await;
    let forged = alice.gets("/v0/tokens?after=2").await;
    let none = alice.gets("/v0/tokens?limit=0").await;
    let many = alice.gets("/v0/tokens?limit=1001").await;
    assert_eq!(statuses(&[stolen, forged, none, many]), [400; 4]);
}

#[tokio::test]
async fn a_revoked_token_is_dead_at_once_and_revoking_it_again_is_no_error() {
    let scene = Scene::new().await;
    let alice = scene.basic("alice");
    let token = made(&alice, "/v0/tokens").await;
    let secret = token["token"].as_str().unwrap();
    assert!(scene.is_live(secret).await);
    let path = format!("/v0/tokens/{}", token["id"].as_str().unwrap());
    assert_snapshot!(alice.asks(Method::DELETE, &path).await.transcript(), @"200 OK");
    assert!(!scene.is_live(secret).await);
    assert_eq!(alice.asks(Method::DELETE, &path).await.status, 200);
}

#[tokio::test]
async fn a_token_may_revoke_itself() {
    let scene = Scene::new().await;
    let token = made(&scene.basic("alice"), "/v0/tokens").await;
    let path = format!("/v0/tokens/{}", token["id"].as_str().unwrap());
    let itself = scene.stranger().bearer(token["token"].as_str().unwrap());
    assert_eq!(itself.asks(Method::DELETE, &path).await.status, 200);
    assert_eq!(itself.asks(Method::DELETE, &path).await.status, 401);
}

#[tokio::test]
async fn a_narrow_token_revokes_itself_if_it_may_revoke_tokens() {
    let scene = Scene::new().await;
    let alice = scene.basic("alice");
    for (scopes, status) in [("tokens", 200), ("read", 403)] {
        let token = made(&alice, &format!("/v0/tokens?scopes={scopes}")).await;
        let path = format!("/v0/tokens/{}", token["id"].as_str().unwrap());
        let itself = scene.stranger().bearer(token["token"].as_str().unwrap());
        assert_eq!(itself.asks(Method::DELETE, &path).await.status, status, "{scopes}");
    }
}

#[tokio::test]
async fn a_token_that_is_not_there_is_not_found_and_one_that_is_no_id_is_invalid() {
    let scene = Scene::new().await;
    let alice = scene.basic("alice");
    let absent = "/v0/tokens/019010b5-1ae4-79ae-0000-000000000000";
    assert_snapshot!(alice.exchange(Method::DELETE, absent).await, @r#"
    DELETE /v0/tokens/019010b5-1ae4-79ae-0000-000000000000
    404 Not Found
    content-type: application/json

    {
      "error": "not_found",
      "message": "There is no such token."
    }
    "#);
    let malformed = alice.exchange(Method::DELETE, "/v0/tokens/019010b51ae479ae0000000000000000");
    assert_snapshot!(malformed.await, @r#"
    DELETE /v0/tokens/019010b51ae479ae0000000000000000
    400 Bad Request
    content-type: application/json

    {
      "error": "invalid",
      "message": "`path`: an id of 8-4-4-4-12 hexadecimal digits."
    }
    "#);
}

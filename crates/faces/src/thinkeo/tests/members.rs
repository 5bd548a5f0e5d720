//! Users of a team, and users as they see themselves.

use authority::permission::Role;
use axum::http::Method;
use insta::assert_snapshot;
use serde_json::json;

use super::{Scene, id, statuses};

#[tokio::test]
async fn users_are_invited_promoted_and_removed() {
    let scene = Scene::new().await;
    let alice = scene.basic("alice");
    let invitation = json!({ "email": "carol@corp.test", "role": "Architect" });
    let carol = alice.posts("/v0/teams/users", &invitation).await;
    assert_snapshot!(carol.transcript(), @r#"
    200 OK
    content-type: application/json

    {
      "id": "019b796d-d600-7f45-b372-ee5269f12502",
      "email": "carol@corp.test",
      "firstName": "",
      "lastName": "",
      "role": "architect"
    }
    "#);
    let path = format!("/v0/teams/users/{}", id(&carol));
    let promotion = json!({ "role": "ADMINISTRATOR" });
    assert_eq!(alice.tells(Method::PUT, &path, &promotion).await.status, 200);
    assert_snapshot!(alice.gets("/v0/teams/users").await.transcript(), @r#"
    200 OK
    content-type: application/json

    [
      {
        "id": "019b796d-d600-779e-8b10-2b6001db0df1",
        "email": "alice@corp.test",
        "firstName": "",
        "lastName": "",
        "role": "administrator"
      },
      {
        "id": "019b796d-d600-7f45-b372-ee5269f12502",
        "email": "carol@corp.test",
        "firstName": "",
        "lastName": "",
        "role": "administrator"
      }
    ]
    "#);
    assert_eq!(alice.asks(Method::DELETE, &path).await.status, 200);
    assert_eq!(alice.asks(Method::DELETE, &path).await.status, 404);
    let twice = alice.posts("/v0/teams/users", &json!({ "email": "alice@corp.test" })).await;
    let unknown = json!({ "email": "d@d.test", "role": "owner" });
    let unknown = alice.posts("/v0/teams/users", &unknown).await;
    assert_eq!(statuses(&[twice, unknown]), [409, 400]);
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let scene = Scene::new().await;
    let alice = scene.basic("alice");
    let me = id(&alice.gets("/v0/users/me").await);
    let path = format!("/v0/teams/users/{me}");
    let demotion = json!({ "role": "user" });
    let answer = alice.tells(Method::PUT, &path, &demotion).await;
    assert_snapshot!(answer.transcript(), @r#"
    409 Conflict
    content-type: application/json

    {
      "error": "last_owner",
      "message": "A team keeps at least one administrator."
    }
    "#);
    assert_eq!(alice.asks(Method::DELETE, &path).await.status, 409);
}

#[tokio::test]
async fn a_demoted_user_takes_every_token_down() {
    let scene = Scene::new().await;
    let bob = scene.member("bob", Role::Owner).await;
    let token = super::made(&scene.basic("bob"), "/v0/tokens").await;
    let key = scene.stranger().bearer(token["token"].as_str().unwrap());
    let group = async |name: &str| key.posts("/v0/teams/groups", &json!({ "name": name })).await;
    assert_eq!(group("a").await.status, 200);
    let path = format!("/v0/teams/users/{bob}");
    let demotion = json!({ "role": "architect" });
    assert_eq!(scene.basic("alice").tells(Method::PUT, &path, &demotion).await.status, 200);
    assert_eq!(group("b").await.status, 403);
    assert_eq!(scene.basic("alice").asks(Method::DELETE, &path).await.status, 200);
    assert_eq!(group("c").await.status, 401);
}

#[tokio::test]
async fn users_see_themselves_and_change_their_names() {
    let scene = Scene::new().await;
    let alice = scene.basic("alice");
    assert_snapshot!(alice.exchange(Method::GET, "/v0/users/me").await, @r#"
    GET /v0/users/me
    200 OK
    content-type: application/json

    {
      "id": "019b796d-d600-779e-8b10-2b6001db0df1",
      "email": "alice@corp.test",
      "firstName": "",
      "lastName": "",
      "language": "",
      "createdAt": "2026-01-01T12:00:00Z"
    }
    "#);
    let change = json!({
        "firstName": "Alice",
        "language": "fr",
        "email": "evil@evil.test",
        "emailVerified": true,
        "role": "owner",
        "isAdmin": true,
        "passwordHash": "x",
    });
    assert_snapshot!(alice.says(Method::PUT, "/v0/users/me", &change).await, @r#"
    PUT /v0/users/me
    200 OK
    content-type: application/json

    {
      "id": "019b796d-d600-779e-8b10-2b6001db0df1",
      "email": "alice@corp.test",
      "firstName": "Alice",
      "lastName": "",
      "language": "fr",
      "createdAt": "2026-01-01T12:00:00Z"
    }
    "#);
}

#[tokio::test]
async fn a_permanent_token_answers_for_the_user_who_made_it() {
    let scene = Scene::new().await;
    let key = scene.key_for("read").await;
    assert_eq!(key.gets("/v0/users/me").await.json()["email"], "alice@corp.test");
}

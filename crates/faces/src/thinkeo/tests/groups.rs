//! Groups, and who and what is in them.

use authority::permission::Role;
use axum::http::Method;
use insta::assert_snapshot;
use serde_json::json;

use super::{Scene, id, statuses};

#[tokio::test]
async fn a_group_is_made_renamed_listed_and_deleted() {
    let scene = Scene::new().await;
    let alice = scene.basic("alice");
    let group = alice.posts("/v0/teams/groups", &json!({ "name": "writers" })).await;
    assert_snapshot!(group.transcript(), @r#"
    200 OK
    content-type: application/json

    {
      "id": "019b796d-d600-7f45-b372-ee5269f12502",
      "name": "writers",
      "teamId": "019b796d-d600-7033-a392-bc2eb86910d5"
    }
    "#);
    let twice = alice.posts("/v0/teams/groups", &json!({ "name": "writers" })).await;
    assert_snapshot!(twice.transcript(), @r#"
    409 Conflict
    content-type: application/json

    {
      "error": "taken",
      "message": "Name is taken."
    }
    "#);
    let path = format!("/v0/teams/groups/{}", id(&group));
    let renamed = alice.tells(Method::PUT, &path, &json!({ "name": "authors" })).await;
    assert_eq!(renamed.json()["name"], "authors");
    assert_eq!(alice.gets("/v0/teams/groups").await.json(), json!([renamed.json()]));
    let deleted = alice.asks(Method::DELETE, &path).await;
    let again = alice.asks(Method::DELETE, &path).await;
    assert_eq!(statuses(&[deleted, again.clone()]), [200, 404]);
    assert_snapshot!(again.transcript(), @r#"
    404 Not Found
    content-type: application/json

    {
      "error": "not_found",
      "message": "There is no such group."
    }
    "#);
}

#[tokio::test]
async fn users_of_the_team_come_and_go() {
    let scene = Scene::new().await;
    let alice = scene.basic("alice");
    let bob = scene.member("bob", Role::Viewer).await;
    let stranger = scene.world.user("carol").await.id;
    let group = id(&alice.posts("/v0/teams/groups", &json!({ "name": "writers" })).await);
    let path = format!("/v0/teams/groups/{group}/users");
    assert_eq!(alice.posts(&path, &json!({ "userId": bob })).await.status, 200);
    assert_eq!(alice.posts(&path, &json!({ "userId": stranger.to_string() })).await.status, 404);
    assert_snapshot!(alice.gets(&path).await.transcript(), @r#"
    200 OK
    content-type: application/json

    [
      {
        "id": "019b796d-d600-7f45-b372-ee5269f12502",
        "email": "bob@corp.test",
        "firstName": "",
        "lastName": ""
      }
    ]
    "#);
    let one = format!("{path}/{bob}");
    let answers = [alice.asks(Method::DELETE, &one).await, alice.asks(Method::DELETE, &one).await];
    assert_eq!(statuses(&answers), [200, 404]);
    assert_eq!(alice.gets(&path).await.body, "[]");
}

#[tokio::test]
async fn apps_of_the_team_are_shared_and_unshared() {
    let scene = Scene::new().await;
    let (alice, bearer) = (scene.basic("alice"), scene.bearer("alice").await);
    let app = async |name: &str| id(&bearer.posts("/v0/apps", &json!({ "name": name })).await);
    let (one, two, three) = (app("one").await, app("two").await, app("three").await);
    let group = id(&alice.posts("/v0/teams/groups", &json!({ "name": "writers" })).await);
    let path = format!("/v0/teams/groups/{group}/apps");
    let answers = [
        alice.posts(&path, &json!({ "appId": one })).await,
        alice.posts(&path, &json!({ "appIds": [two, three] })).await,
        alice.posts(&path, &json!({ "appId": one, "appIds": [two] })).await,
        alice.posts(&path, &json!({ "appIds": [] })).await,
        alice.posts(&path, &json!({})).await,
        alice.posts(&path, &json!({ "appId": group })).await,
        alice.asks(Method::DELETE, &format!("{path}/{two}")).await,
    ];
    assert_eq!(statuses(&answers), [200, 200, 400, 400, 400, 404, 200]);
    assert_snapshot!(alice.gets(&path).await.transcript(), @r#"
    200 OK
    content-type: application/json

    [
      {
        "id": "019b796d-d600-78f4-ab52-16c306cc371e",
        "name": "one"
      },
      {
        "id": "019b796d-d600-777d-b6d4-73eb9820713c",
        "name": "three"
      }
    ]
    "#);
}

#[tokio::test]
async fn an_architect_sees_groups_and_changes_none() {
    let scene = Scene::new().await;
    scene.member("bob", Role::Editor).await;
    let bob = scene.basic("bob");
    let answers = [
        bob.gets("/v0/teams/groups").await,
        bob.posts("/v0/teams/groups", &json!({ "name": "writers" })).await,
    ];
    assert_eq!(statuses(&answers), [200, 403]);
}

//! Teams, their bills and logs.

use authority::permission::Role;
use axum::http::Method;
use insta::assert_snapshot;
use serde_json::json;

use super::Scene;

#[tokio::test]
async fn teams_are_listed_with_an_access_token() {
    let scene = Scene::new().await;
    let alice = scene.bearer("alice").await;
    assert_snapshot!(alice.exchange(Method::GET, "/v0/teams").await, @r#"
    GET /v0/teams
    200 OK
    content-type: application/json

    [
      {
        "id": "019b796d-d600-7033-a392-bc2eb86910d5",
        "name": "Acme",
        "stripeCustomerId": null,
        "aiConfig": null
      }
    ]
    "#);
}

#[tokio::test]
async fn teams_are_listed_with_address_and_password() {
    let scene = Scene::new().await;
    assert_snapshot!(scene.basic("alice").exchange(Method::GET, "/v0/teams").await, @r#"
    GET /v0/teams
    200 OK
    content-type: application/json

    [
      {
        "id": "019b796d-d600-7033-a392-bc2eb86910d5",
        "name": "Acme",
        "stripeCustomerId": null,
        "aiConfig": null
      }
    ]
    "#);
}

#[tokio::test]
async fn a_permanent_token_sees_its_own_team_only() {
    let scene = Scene::new().await;
    scene.basic("alice").posts("/v0/teams", &json!({ "name": "Later" })).await;
    let count = async |caller: testing::Caller| {
        caller.gets("/v0/teams").await.json().as_array().unwrap().len()
    };
    assert_eq!(count(scene.key_for("*").await).await, 1);
    assert_eq!(count(scene.basic("alice")).await, 2);
    assert_eq!(count(scene.bearer("alice").await).await, 2);
}

#[tokio::test]
async fn whoever_founds_a_team_administers_it() {
    let scene = Scene::new().await;
    scene.world.user("bob").await;
    let bob = scene.basic("bob");
    assert_snapshot!(bob.exchange(Method::GET, "/v0/teams/current").await, @r#"
    GET /v0/teams/current
    404 Not Found
    content-type: application/json

    {
      "error": "not_found",
      "message": "There is no such team."
    }
    "#);
    let told = bob.says(Method::POST, "/v0/teams", &json!({ "name": "Initech" })).await;
    assert_snapshot!(told, @r#"
    POST /v0/teams
    200 OK
    content-type: application/json

    {
      "id": "019b796d-d600-73a3-9a81-61f97e41a143",
      "name": "Initech",
      "stripeCustomerId": null,
      "aiConfig": null
    }
    "#);
    let told = bob.says(Method::PUT, "/v0/teams", &json!({ "name": "Initrode" })).await;
    assert_snapshot!(told, @r#"
    PUT /v0/teams
    200 OK
    content-type: application/json

    {
      "id": "019b796d-d600-73a3-9a81-61f97e41a143",
      "name": "Initrode",
      "stripeCustomerId": null,
      "aiConfig": null
    }
    "#);
}

#[tokio::test]
async fn the_bill_is_always_the_same_and_only_for_the_team() {
    let scene = Scene::new().await;
    let alice = scene.basic("alice");
    assert_snapshot!(alice.exchange(Method::GET, "/v0/teams/billing").await, @r#"
    GET /v0/teams/billing
    200 OK
    content-type: application/json

    {
      "credits": 0,
      "creditsCeiling": null,
      "customerMetadata": {},
      "periodStart": null,
      "periodEnd": null,
      "state": "can",
      "stripeCustomerId": "",
      "subscription": null
    }
    "#);
    assert_snapshot!(alice.exchange(Method::GET, "/v0/teams/billing/report").await, @r#"
    GET /v0/teams/billing/report
    200 OK
    content-type: application/json

    []
    "#);
    assert_eq!(scene.stranger().gets("/v0/teams/billing").await.status, 401);
}

#[tokio::test]
async fn a_log_shows_what_happened_newest_first() {
    let scene = Scene::new().await;
    let alice = scene.basic("alice");
    alice.posts("/v0/teams/groups", &json!({ "name": "writers" })).await;
    super::made(&alice, "/v0/tokens?name=ci").await;
    let newest = alice.gets("/v0/teams/logs?limit=2").await;
    let link = newest.header("link").strip_prefix('<').unwrap().split('>').next().unwrap();
    let rows = newest.json();
    assert_snapshot!(serde_json::to_string_pretty(&rows).unwrap(), @r#"
    [
      {
        "id": "019b796d-d600-73a3-9a81-61f97e41a143",
        "at": "2026-01-01T12:00:00Z",
        "actorId": "019b796d-d600-779e-8b10-2b6001db0df1",
        "action": "token.issue",
        "targetId": "019b796d-d600-77c6-9d59-1f7454d2c308",
        "data": {
          "kind": "ak",
          "label": "ci",
          "scopes": "*"
        }
      },
      {
        "id": "019b796d-d600-70ba-a349-06e87d0c29c5",
        "at": "2026-01-01T12:00:00Z",
        "actorId": "019b796d-d600-779e-8b10-2b6001db0df1",
        "action": "group.create",
        "targetId": "019b796d-d600-7f45-b372-ee5269f12502",
        "data": {
          "name": "writers"
        }
      }
    ]
    "#);
    let older = alice.gets(&format!("/v0/teams/logs{link}")).await.json();
    assert_eq!(older[0]["action"], "organization.create");
    assert_eq!(alice.gets("/v0/teams/logs?before=yesterday").await.status, 400);
    scene.member("bob", Role::Editor).await;
    assert_eq!(scene.basic("bob").gets("/v0/teams/logs").await.status, 403);
}

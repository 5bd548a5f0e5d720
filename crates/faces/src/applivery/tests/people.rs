//! Organizations, and lists of who and what is in them (contract, section 4).

use authority::permission::Role;
use axum::http::Method;
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::collaborators::{COLLABORATORS, invited};
use super::{ACME, Scene, data, told};

#[tokio::test]
async fn an_organization_is_found_by_slug_and_id_and_shows_its_id_under_both_names() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    assert_snapshot!(alice.exchange(Method::GET, ACME).await, @r#"
    GET /v1/organizations/acme
    200 OK
    content-type: application/json

    {
      "status": true,
      "data": {
        "id": "695661c00000000000000002",
        "_id": "695661c00000000000000002",
        "name": "Acme",
        "slug": "acme",
        "description": "",
        "updatedAt": "2026-01-01T12:00:00.000Z",
        "createdAt": "2026-01-01T12:00:00.000Z"
      }
    }
    "#);
    let shown = data(&alice.gets(ACME).await);
    assert_eq!(shown["id"], shown["_id"]);
    let id = shown["id"].as_str().unwrap();
    for named in [id, &id.to_uppercase(), "ACME", "acme/"] {
        assert_eq!(data(&alice.gets(&format!("/v1/organizations/{named}")).await), shown);
    }
    let un = scene.member("un", Role::Unassigned).await;
    assert_eq!(told(&un.gets(ACME).await), (403, 4003));
}

#[tokio::test]
async fn collaborators_are_listed_with_their_roles_and_groups() {
    let scene = Scene::new().await;
    invited(&scene, json!({ "email": "carol@corp.test", "tags": ["qa"] })).await;
    let alice = scene.person("alice").await;
    let path = format!("{COLLABORATORS}/?limit=500&sort=email:asc");
    assert_snapshot!(alice.exchange(Method::GET, &path).await, @r#"
    GET /v1/organizations/acme/collaborators/?limit=500&sort=email:asc
    200 OK
    content-type: application/json

    {
      "status": true,
      "data": {
        "items": [
          {
            "id": "695661c00000000000000002",
            "organization": "695661c00000000000000002",
            "role": "owner",
            "tags": [],
            "user": {
              "id": "695661c00000000000000002",
              "email": "alice@corp.test",
              "firstName": "",
              "lastName": "",
              "picture": null,
              "role": "owner",
              "ssoUser": false
            },
            "updatedAt": "2026-01-01T12:00:00.000Z",
            "createdAt": "2026-01-01T12:00:00.000Z"
          },
          {
            "id": "695661c00000000000000003",
            "organization": "695661c00000000000000002",
            "role": "unassigned",
            "tags": [
              "qa"
            ],
            "user": {
              "id": "695661c00000000000000003",
              "email": "carol@corp.test",
              "firstName": "",
              "lastName": "",
              "picture": null,
              "role": "unassigned",
              "ssoUser": false
            },
            "updatedAt": "2026-01-01T12:00:00.000Z",
            "createdAt": "2026-01-01T12:00:00.000Z"
          }
        ],
        "totalDocs": 2,
        "limit": 500,
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
async fn groups_are_listed_by_their_value() {
    let scene = Scene::new().await;
    invited(&scene, json!({ "email": "carol@corp.test", "tags": ["qa"] })).await;
    let alice = scene.person("alice").await;
    let path = format!("{COLLABORATORS}/groups");
    assert_snapshot!(alice.exchange(Method::GET, &path).await, @r#"
    GET /v1/organizations/acme/collaborators/groups
    200 OK
    content-type: application/json

    {
      "status": true,
      "data": {
        "items": [
          {
            "id": "695661c00000000000000001",
            "value": "qa"
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
async fn each_collaborator_is_listed_with_each_app() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    let path = format!("{COLLABORATORS}/apps");
    assert_snapshot!(alice.exchange(Method::GET, &path).await, @r#"
    GET /v1/organizations/acme/collaborators/apps
    200 OK
    content-type: application/json

    {
      "status": true,
      "data": {
        "items": [
          {
            "id": "695661c00000000000000002",
            "organization": "695661c00000000000000002",
            "application": {
              "_id": "695661c00000000000000001",
              "description": "What we sell",
              "name": "Shop",
              "slug": "shop"
            },
            "role": "owner",
            "tags": [],
            "user": {
              "id": "695661c00000000000000002",
              "email": "alice@corp.test",
              "firstName": "",
              "lastName": "",
              "picture": null,
              "role": "owner",
              "ssoUser": false
            },
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
async fn the_list_of_collaborators_with_apps_is_walked_page_by_page() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    let path = format!("{COLLABORATORS}/apps");
    scene.member("vera", Role::Viewer).await;
    let actor = scene.world.actor("alice").await;
    let new = ("Depot", "", None);
    scene.world.authority.create_application(&actor, scene.acme, new, None).await.unwrap();
    let mut seen = Vec::new();
    for page in 1..=4 {
        let list = data(&alice.gets(&format!("{path}?limit=1&page={page}")).await);
        assert_eq!((&list["totalDocs"], &list["totalPages"]), (&json!(4), &json!(4)));
        let item = &list["items"][0];
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        seen.push((text(&item["user"]["email"]), text(&item["application"]["name"])));
    }
    seen.sort();
    let pair = |who: &str, app: &str| (format!("{who}@corp.test"), app.to_owned());
    let all = [("alice", "Depot"), ("alice", "Shop"), ("vera", "Depot"), ("vera", "Shop")];
    assert_eq!(seen, all.map(|(who, app)| pair(who, app)));
}

#[tokio::test]
async fn apps_are_listed_by_name_and_filters_that_nobody_knows_are_passed_over() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    let actor = scene.world.actor("alice").await;
    for name in ["Workshop", "Till_100%"] {
        let new = (name, "", None);
        scene.world.authority.create_application(&actor, scene.acme, new, None).await.unwrap();
    }
    let path = format!("{ACME}/apps/?name=work&oss=android&page=1");
    assert_snapshot!(alice.exchange(Method::GET, &path).await, @r#"
    GET /v1/organizations/acme/apps/?name=work&oss=android&page=1
    200 OK
    content-type: application/json

    {
      "status": true,
      "data": {
        "items": [
          {
            "id": "695661c00000000000000002",
            "organization": "695661c00000000000000002",
            "name": "Workshop",
            "slug": "workshop",
            "description": "",
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
    let names = async |query: &str| {
        let list = data(&alice.gets(&format!("{ACME}/apps?sort=name{query}")).await);
        assert_eq!(list["totalDocs"], list["items"].as_array().unwrap().len());
        let names = list["items"].as_array().unwrap().iter().map(|app| app["name"].clone());
        names.collect::<Vec<_>>()
    };
    assert_eq!(names("").await, ["Shop", "Till_100%", "Workshop"]);
    assert_eq!(names("&oss=ios&status=active&name=").await.len(), 3);
    assert_eq!(names("&name=SHOP").await, ["Shop", "Workshop"]);
    assert_eq!(names("&name=%25").await, ["Till_100%"]);
    assert_eq!(names("&name=l_1").await, ["Till_100%"]);
    assert_eq!(names("&name=%27%20OR%201=1--").await, [""; 0]);
}

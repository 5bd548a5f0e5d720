//! People, organizations, applications: whole exchanges.

use insta::assert_snapshot;

use super::*;

#[tokio::test]
async fn an_administrator_makes_shows_switches_off_and_deletes_users() {
    let scene = Scene::new().await;
    let root = scene.caller("root").await;
    let nora = json!({ "username": "nora", "password": testing::PASSWORD, "first_name": "Nora" });
    assert_snapshot!(root.says(Method::POST, "/authority/v1/users", &nora).await, @r#"
    POST /authority/v1/users
    201 Created
    content-type: application/json

    {
      "id": "019b796d-d600-777d-b6d4-73eb9820713c",
      "number": 4,
      "username": "nora",
      "email": null,
      "first_name": "Nora",
      "last_name": "",
      "language": "",
      "superuser": false,
      "system_auditor": false,
      "created_at": "2026-01-01T12:00:00Z",
      "modified_at": "2026-01-01T12:00:00Z",
      "confirmed_at": "2026-01-01T12:00:00Z",
      "disabled_at": null,
      "last_login_at": null,
      "provider": null
    }
    "#);
    let id = scene.world.actor("nora").await.user().unwrap();
    let personal = scene.world.personal("nora", Wish::default()).await;
    let one = path(&format!("/users/{id}"));
    let off = root.asks(Method::POST, &format!("{one}/disable")).await;
    assert_eq!(off.json()["disabled_at"], "2026-01-01T12:00:00Z");
    let on = root.asks(Method::POST, &format!("{one}/enable")).await;
    assert_eq!(on.json()["disabled_at"], json!(null));
    assert!(!scene.is_good(personal.secret.reveal()).await, "nothing is revived");
    assert_eq!(root.asks(Method::DELETE, &one).await.status, 204);
    assert_eq!(root.gets(&one).await.status, 404);
    let alice = scene.caller("alice").await;
    assert_snapshot!(alice.says(Method::POST, "/authority/v1/users", &nora).await, @r#"
    POST /authority/v1/users
    403 Forbidden
    content-type: application/problem+json

    {
      "type": "urn:chancery:problem:not_permitted",
      "title": "Forbidden",
      "status": 403,
      "code": "not_permitted",
      "detail": "permission `authority.installation.update` is not held"
    }
    "#);
}

#[tokio::test]
async fn everybody_sees_and_changes_themselves() {
    let scene = Scene::new().await;
    let alice = scene.stranger.clone().basic("alice@corp.test", testing::PASSWORD);
    let change = json!({ "first_name": "Alice", "language": "fr" });
    assert_snapshot!(alice.says(Method::PATCH, "/authority/v1/me", &change).await, @r#"
    PATCH /authority/v1/me
    200 OK
    content-type: application/json

    {
      "id": "019b796d-d600-779e-8b10-2b6001db0df1",
      "number": 2,
      "username": "alice",
      "email": "alice@corp.test",
      "first_name": "Alice",
      "last_name": "",
      "language": "fr",
      "superuser": false,
      "system_auditor": false,
      "created_at": "2026-01-01T12:00:00Z",
      "modified_at": "2026-01-01T12:00:00Z",
      "confirmed_at": "2026-01-01T12:00:00Z",
      "disabled_at": null,
      "last_login_at": null,
      "provider": null
    }
    "#);
    let login =
        authority::account::Login { login: "alice", password: testing::PASSWORD, code: None };
    let door = World::door();
    let opened = scene.world.authority.log_in(login, None, false, &door).await.unwrap();
    let present = scene.stranger.clone().bearer(opened.access.reveal());
    assert_snapshot!(present.exchange(Method::GET, "/authority/v1/me/sessions").await, @r#"
    GET /authority/v1/me/sessions
    200 OK
    content-type: application/json

    {
      "items": [
        {
          "id": "019b796d-d600-7878-a230-0b93dc0737e9",
          "number": 1,
          "organization": "019b796d-d600-7033-a392-bc2eb86910d5",
          "current": true,
          "remembered": false,
          "created_at": "2026-01-01T12:00:00Z",
          "refreshed_at": "2026-01-01T12:00:00Z",
          "expires_at": "2026-01-08T12:00:00Z"
        }
      ],
      "next": null
    }
    "#);
    let new = json!({ "old": testing::PASSWORD, "new": "blue heron under a bridge" });
    let wrong = json!({ "old": "blue heron under a bridge", "new": testing::PASSWORD });
    let password = "/authority/v1/me/password";
    let answer = present.tells(Method::PUT, password, &wrong).await;
    assert_eq!((answer.status.as_u16(), code(&answer).as_str()), (403, "password_wrong"));
    assert_eq!(present.tells(Method::PUT, password, &new).await.status, 204);
    assert!(scene.is_good(opened.access.reveal()).await, "the session that did it lives on");
    let end = path(&format!("/me/sessions/{}", opened.session.id));
    assert_eq!(present.asks(Method::DELETE, &end).await.status, 204);
    assert!(!scene.is_good(opened.access.reveal()).await);
}

#[tokio::test]
async fn an_organization_is_founded_renamed_and_shows_its_members() {
    let scene = Scene::new().await;
    let alice = scene.caller("alice").await;
    let wish = json!({ "name": "Third" });
    assert_snapshot!(alice.says(Method::POST, "/authority/v1/organizations", &wish).await, @r#"
    POST /authority/v1/organizations
    201 Created
    content-type: application/json

    {
      "id": "019b796d-d600-777d-b6d4-73eb9820713c",
      "number": 4,
      "name": "Third",
      "slug": "third",
      "description": "",
      "tenant": true,
      "created_at": "2026-01-01T12:00:00Z",
      "modified_at": "2026-01-01T12:00:00Z",
      "suspended_at": null
    }
    "#);
    let one = path(&format!("/organizations/{}", scene.acme));
    let renamed = alice.tells(Method::PATCH, &one, &json!({ "name": "Acme & Sons" })).await;
    assert_eq!(renamed.json()["name"], "Acme & Sons");
    assert_snapshot!(alice.exchange(Method::GET, &format!("{one}/members")).await, @r#"
    GET /authority/v1/organizations/019b796d-d600-7033-a392-bc2eb86910d5/members
    200 OK
    content-type: application/json

    {
      "items": [
        {
          "user": "019b796d-d600-779e-8b10-2b6001db0df1",
          "number": 2,
          "username": "alice",
          "email": "alice@corp.test",
          "role": "owner",
          "created_at": "2026-01-01T12:00:00Z"
        }
      ],
      "next": null
    }
    "#);
    assert_eq!(alice.gets("/authority/v1/organizations?all=true").await.status, 403);
    let root = scene.caller("root").await;
    let all = root.gets("/authority/v1/organizations?all=true").await.json();
    assert_eq!(all["items"].as_array().unwrap().len(), 4);
    let own = root.gets("/authority/v1/organizations").await.json();
    assert_eq!(own["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_application_is_made_changed_found_and_archived() {
    let scene = Scene::new().await;
    let alice = scene.caller("alice").await;
    let acme = scene.acme;
    let wish = json!({ "organization": acme.to_string(), "name": "Shop", "description": "sells" });
    let path = "/authority/v1/applications";
    assert_snapshot!(alice.says(Method::POST, path, &wish).await, @r#"
    POST /authority/v1/applications
    201 Created
    content-type: application/json

    {
      "id": "019b796d-d600-777d-b6d4-73eb9820713c",
      "number": 1,
      "organization": "019b796d-d600-7033-a392-bc2eb86910d5",
      "name": "Shop",
      "slug": "shop",
      "description": "sells",
      "client": null,
      "created_at": "2026-01-01T12:00:00Z",
      "modified_at": "2026-01-01T12:00:00Z",
      "archived_at": null
    }
    "#);
    let found = alice.gets(&format!("{path}?organization={acme}&name=SHO")).await.json();
    let one = format!("{path}/{}", found["items"][0]["id"].as_str().unwrap());
    let change = json!({ "description": "buys" });
    assert_eq!(alice.tells(Method::PATCH, &one, &change).await.json()["description"], "buys");
    assert_eq!(alice.asks(Method::POST, &format!("{one}/archive")).await.status, 204);
    assert_eq!(alice.gets(&one).await.json()["archived_at"], "2026-01-01T12:00:00Z");
    let left = alice.gets(&format!("{path}?organization={acme}")).await.json();
    assert_eq!(left, json!({ "items": [], "next": null }));
}

#[tokio::test]
async fn a_service_account_is_given_no_role_above_its_makers() {
    let scene = Scene::new().await;
    let alice = scene.caller("alice").await;
    let path = "/authority/v1/service-accounts";
    let wish =
        |role: &str| json!({ "organization": scene.acme.to_string(), "name": role, "role": role });
    assert_snapshot!(alice.says(Method::POST, path, &wish("owner")).await, @r#"
    POST /authority/v1/service-accounts
    201 Created
    content-type: application/json

    {
      "id": "019b796d-d600-777d-b6d4-73eb9820713c",
      "number": 1,
      "organization": "019b796d-d600-7033-a392-bc2eb86910d5",
      "name": "owner",
      "role": "owner",
      "created_at": "2026-01-01T12:00:00Z",
      "modified_at": "2026-01-01T12:00:00Z",
      "disabled_at": null
    }
    "#);
    scene.world.member("ann", scene.acme, authority::permission::Role::Admin).await;
    let ann = scene.caller("ann").await;
    assert_eq!(ann.posts(path, &wish("owner")).await.status, 403);
    assert_eq!(ann.posts(path, &wish("king")).await.status, 400);
    let made = ann.posts(path, &wish("editor")).await.json();
    let one = format!("{path}/{}", made["id"].as_str().unwrap());
    let raised = ann.tells(Method::PATCH, &one, &json!({ "role": "owner" })).await;
    assert_eq!(raised.status, 403);
    let off = ann.tells(Method::PATCH, &one, &json!({ "disabled": true })).await;
    assert_eq!(off.json()["disabled_at"], "2026-01-01T12:00:00Z");
}

#[tokio::test]
async fn nobody_takes_over_the_token_of_a_service_account_above_them() {
    let scene = Scene::new().await;
    let alice = scene.caller("alice").await;
    let wish = json!({ "organization": scene.acme.to_string(), "name": "r", "role": "owner" });
    let robot = alice.posts("/authority/v1/service-accounts", &wish).await.json();
    let wish = json!({ "holder": { "kind": "service_account", "id": robot["id"] } });
    let token = alice.posts("/authority/v1/tokens", &wish).await.json();
    let one = format!("/authority/v1/tokens/{}", token["id"].as_str().unwrap());
    scene.world.member("ann", scene.acme, authority::permission::Role::Admin).await;
    let ann = scene.caller("ann").await;
    let rotate = format!("{one}/rotate");
    assert_eq!(ann.posts(&rotate, &json!({ "overlap_seconds": 0 })).await.status, 403);
    let off = ann.tells(Method::PATCH, &one, &json!({ "disabled": true })).await;
    assert_eq!(off.status, 403);
    assert_eq!(ann.asks(Method::DELETE, &one).await.status, 403);
    assert_eq!(ann.gets(&one).await.status, 200, "but sees it");
    assert_eq!(alice.posts(&rotate, &json!({ "overlap_seconds": 0 })).await.status, 200);
}

#[tokio::test]
async fn settings_are_shown_changed_and_taken_back_by_superusers_only() {
    let scene = Scene::new().await;
    let (root, alice) = (scene.caller("root").await, scene.caller("alice").await);
    let before = root.asks(Method::GET, &path("/settings")).await;
    assert_eq!(before.json()["refresh_seconds"], 2_628_000);
    let body = json!({ "access_seconds": 60, "basic": false });
    assert_eq!(alice.tells(Method::PATCH, &path("/settings"), &body).await.status, 403);
    assert_eq!(alice.asks(Method::GET, &path("/settings")).await.status, 403);
    let changed = root.tells(Method::PATCH, &path("/settings"), &body).await.json();
    assert_eq!((&changed["access_seconds"], &changed["basic"]), (&json!(60), &json!(false)));
    for life in [0, -1, 31_536_000_001_i64] {
        let body = json!({ "code_seconds": life });
        assert_eq!(root.tells(Method::PATCH, &path("/settings"), &body).await.status, 400);
    }
    let after = root.asks(Method::DELETE, &path("/settings")).await;
    assert_eq!(after.json(), before.json());
}

#[tokio::test]
async fn an_owner_deletes_an_organization_with_all_that_is_in_it() {
    let scene = Scene::new().await;
    let alice = scene.caller("alice").await;
    let key = scene.key(Wish::default()).await;
    let one = path(&format!("/organizations/{}", scene.acme));
    assert_eq!(scene.caller("bob").await.asks(Method::DELETE, &one).await.status, 404);
    assert!(scene.is_good(key.secret.reveal()).await);
    assert_eq!(alice.asks(Method::DELETE, &one).await.status, 204);
    assert!(!scene.is_good(key.secret.reveal()).await);
    assert_eq!(alice.asks(Method::GET, &one).await.status, 404);
    assert_eq!(alice.asks(Method::DELETE, &one).await.status, 404);
}

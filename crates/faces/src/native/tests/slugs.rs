//! Short names for addresses, and what is deleted.

use axum::http::Method;
use serde_json::json;

use super::{Scene, path};

#[tokio::test]
async fn an_organization_gets_a_slug_of_its_name_and_another_of_the_same_name_another_one() {
    let scene = Scene::new().await;
    let (alice, bob) = (scene.caller("alice").await, scene.caller("bob").await);
    let organizations = path("/organizations");
    let made = alice.posts(&organizations, &json!({ "name": "Blue Heron" })).await.json();
    assert_eq!(made["slug"], "blue-heron");
    let other = bob.posts(&organizations, &json!({ "name": "Blue Heron" })).await.json();
    let slug = other["slug"].as_str().unwrap();
    assert!(slug.starts_with("blue-heron-") && slug.len() == 17, "{slug}");
}

#[tokio::test]
async fn a_slug_that_somebody_chooses_is_taken_refused_or_changed() {
    let scene = Scene::new().await;
    let (alice, bob) = (scene.caller("alice").await, scene.caller("bob").await);
    let organizations = path("/organizations");
    let wish = |slug: &str| json!({ "name": "Heron", "slug": slug });
    let made = alice.posts(&organizations, &wish("Heron-1")).await;
    assert_eq!((made.status.as_u16(), &made.json()["slug"]), (201, &json!("heron-1")));
    let taken = bob.posts(&organizations, &wish("heron-1")).await;
    assert_eq!((taken.status.as_u16(), &taken.json()["code"]), (409, &json!("taken")));
    for slug in ["me", "..", "a b", "5f0c9a1b2c3d4e5f60718293", "", "ｈｅｒｏｎ"] {
        assert_eq!(bob.posts(&organizations, &wish(slug)).await.status, 400, "{slug}");
    }
    let one = format!("{organizations}/{}", made.json()["id"].as_str().unwrap());
    let renamed = alice.tells(Method::PATCH, &one, &json!({ "slug": "grey-heron" })).await.json();
    assert_eq!((&renamed["slug"], &renamed["name"]), (&json!("grey-heron"), &json!("Heron")));
    assert_eq!(bob.posts(&organizations, &wish("heron-1")).await.status, 201, "it is free");
}

#[tokio::test]
async fn an_application_has_a_slug_in_its_organization() {
    let scene = Scene::new().await;
    let alice = scene.caller("alice").await;
    let applications = path("/applications");
    let acme = scene.acme.to_string();
    let wish = json!({ "organization": acme, "name": "Till", "slug": "till" });
    let made = alice.posts(&applications, &wish).await.json();
    assert_eq!(made["slug"], "till");
    assert_eq!(alice.posts(&applications, &wish).await.status, 409);
    let one = format!("{applications}/{}", made["id"].as_str().unwrap());
    let renamed = alice.tells(Method::PATCH, &one, &json!({ "slug": "old-till" })).await.json();
    assert_eq!(renamed["slug"], "old-till");
    assert_eq!(alice.posts(&applications, &wish).await.status, 201);
}

#[tokio::test]
async fn a_service_account_is_deleted_with_what_it_holds_by_those_above_it() {
    let scene = Scene::new().await;
    let alice = scene.caller("alice").await;
    let robots = path("/service-accounts");
    let wish = json!({ "organization": scene.acme.to_string(), "name": "r", "role": "editor" });
    let robot = alice.posts(&robots, &wish).await.json();
    let held = json!({ "holder": { "kind": "service_account", "id": robot["id"] } });
    let token = alice.posts(&path("/tokens"), &held).await.json();
    let secret = token["secret"].as_str().or(token["token"].as_str()).unwrap().to_owned();
    assert!(scene.is_good(&secret).await);
    let one = format!("{robots}/{}", robot["id"].as_str().unwrap());
    scene.world.member("vic", scene.acme, authority::permission::Role::Viewer).await;
    assert_eq!(scene.caller("vic").await.asks(Method::DELETE, &one).await.status, 403);
    assert_eq!(scene.caller("bob").await.asks(Method::DELETE, &one).await.status, 404);
    assert!(scene.is_good(&secret).await);
    assert_eq!(alice.asks(Method::DELETE, &one).await.status, 204);
    assert!(!scene.is_good(&secret).await);
    assert_eq!(alice.asks(Method::DELETE, &one).await.status, 404);
    assert_eq!(alice.posts(&robots, &wish).await.status, 201, "its name is free");
}

//! What can be asked across relations, and what an activity tells of what somebody doesn't see any more.

use axum::http::Method;
use serde_json::json;

use super::{Scene, made};

#[tokio::test]
async fn a047_of_what_is_related_a_member_asks_no_more_than_is_told() {
    let scene = Scene::new().await;
    let (root, alice) = (scene.basic("root"), scene.basic("alice"));
    let acme = format!("id={}", scene.acme);
    let count = async |query: &str| {
        let answer = alice.gets(&format!("/api/v2/organizations/?{acme}&{query}")).await;
        (answer.status.as_u16(), answer.json()["count"].as_i64())
    };
    assert_eq!(count("created_by__username=root").await, (200, Some(1)));
    assert_eq!(count("created_by__username=rooted").await, (200, Some(0)));
    for untold in [
        "created_by__email__startswith=r",
        "created_by__is_superuser=true",
        "created_by__last_login__gt=2020-01-01",
        "or__name=Acme&or__created_by__email__isnull=false",
        "order_by=created_by__email",
        "not__modified_by__email=x",
    ] {
        assert_eq!(count(untold).await.0, 400, "{untold}");
        let path = format!("/api/v2/organizations/?{acme}&{untold}");
        assert_eq!(root.gets(&path).await.status, 200, "{untold}: whoever sees all may ask");
    }
    let stream = alice.gets("/api/v2/activity_stream/?actor__email__startswith=r").await;
    assert_eq!(stream.status, 400);
}

#[tokio::test]
async fn a047_what_lies_two_relations_away_is_for_those_who_see_all() {
    let scene = Scene::new().await;
    let (root, alice) = (scene.basic("root"), scene.basic("alice"));
    for (list, untold) in [
        ("tokens", "application__organization__name__startswith=A"),
        ("tokens", "application__organization=1"),
        ("tokens", "order_by=application__organization__name"),
        ("teams", "organization__created_by__username=root"),
        ("applications", "not__organization__modified_by__first_name=x"),
    ] {
        let path = format!("/api/v2/{list}/?{untold}");
        assert_eq!(alice.gets(&path).await.status, 400, "{path}");
        assert_eq!(root.gets(&path).await.status, 200, "{path}: whoever sees all may ask");
    }
    for (list, told) in [
        ("tokens", "application__name__startswith=A"),
        ("tokens", "order_by=-application"),
        ("teams", "organization__name=Acme&order_by=organization"),
    ] {
        let path = format!("/api/v2/{list}/?{told}");
        assert_eq!(alice.gets(&path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn an_activity_is_found_by_the_number_of_who_did_it() {
    let scene = Scene::new().await;
    let alice = scene.basic("alice");
    made(&alice, "/api/v2/tokens/", json!({ "scope": "read" })).await;
    let id = scene.id("alice").await;
    let root = scene.basic("root");
    for query in [format!("actor={id}"), format!("actor__id={id}"), format!("actor__in={id}")] {
        let found =
            root.gets(&format!("/api/v2/activity_stream/?{query}&page_size=200")).await.json();
        let results = found["results"].as_array().unwrap().clone();
        assert!(!results.is_empty(), "{query}");
        for one in results {
            assert_eq!(one["summary_fields"]["actor"]["username"], "alice", "{query}: {one}");
        }
    }
    let sorted = root.gets("/api/v2/activity_stream/?order_by=actor__username&page_size=200").await;
    assert_eq!(sorted.status, 200);
}

#[tokio::test]
async fn who_left_an_organization_is_told_nothing_new_of_what_they_did_there() {
    let scene = Scene::new().await;
    let (root, bob) = (scene.basic("root"), scene.basic("bob"));
    let body = json!({ "name": "drafts", "organization": scene.acme });
    let team = made(&bob, "/api/v2/teams/", body).await.number();
    let told = async || {
        let all = bob.gets("/api/v2/activity_stream/?page_size=200").await;
        assert_eq!(all.status, 200);
        all.body
    };
    let one = format!("/api/v2/teams/{team}/");
    let rename = json!({ "name": "layoffs", "description": "not yet told" });
    assert_eq!(root.tells(Method::PATCH, &one, &rename).await.status, 200);
    assert!(told().await.contains("layoffs"));
    let admins = format!("/api/v2/organizations/{}/admins/", scene.acme);
    let leave = json!({ "id": scene.id("bob").await, "disassociate": true });
    assert_eq!(root.posts(&admins, &leave).await.status, 204);
    let told = told().await;
    assert!(!told.contains("layoffs") && !told.contains("not yet told"), "{told}");
}

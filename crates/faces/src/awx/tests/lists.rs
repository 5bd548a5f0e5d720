//! Lists: pages, filters, orders (contract section 1).

use serde_json::{Value, json};
use testing::Answer;

use super::{Scene, Told, made};

/// Numbers in a list.
fn numbers(answer: &Answer) -> Vec<i64> {
    let json = answer.json();
    let results = json["results"].as_array().unwrap();
    results.iter().map(|one| one["id"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn pages_have_neighbours_with_their_parameters_in_order() {
    let scene = Scene::new().await;
    let alice = scene.basic("alice");
    for _ in 0..30 {
        made(&alice, "/api/v2/tokens/", json!({})).await;
    }
    let first = alice.gets("/api/v2/tokens/").await;
    assert_eq!((numbers(&first).len(), &first.json()["count"]), (25, &json!(30)));
    assert_eq!(first.json()["next"], "/api/v2/tokens/?page=2");
    assert_eq!(first.json()["previous"], Value::Null);
    let second = alice.gets("/api/v2/tokens/?page_size=10&order_by=-id&page=2").await.json();
    assert_eq!(second["next"], "/api/v2/tokens/?order_by=-id&page=3&page_size=10");
    assert_eq!(second["previous"], "/api/v2/tokens/?order_by=-id&page=1&page_size=10");
    let last = alice.gets("/api/v2/tokens/?page=last&page_size=7").await;
    assert_eq!((numbers(&last), &last.json()["next"]), (vec![29, 30], &Value::Null));
    assert_eq!(last.json()["previous"], "/api/v2/tokens/?page=4&page_size=7");
    for usual in ["0", "-3", "abc", ""] {
        let page = alice.gets(&format!("/api/v2/tokens/?page_size={usual}")).await;
        assert_eq!(numbers(&page).len(), 25, "{usual}");
    }
    for (name, told) in [("page=0", 404), ("page=3", 404), ("page=2", 200), ("page=", 200)] {
        assert_eq!(alice.gets(&format!("/api/v2/tokens/?{name}")).await.status, told, "{name}");
    }
    let bare = alice.gets("/api/v2/tokens/?count_disabled=1&page_size=2").await.json();
    assert_eq!(bare.as_object().unwrap().keys().collect::<Vec<_>>(), ["results"]);
    let named = alice.gets("/api/v2/users/alice/tokens/?page_size=29").await.json();
    assert_eq!(named["next"], "/api/v2/users/alice/tokens/?page=2&page_size=29");
}

#[tokio::test]
async fn filters_that_no_recording_shows_find_what_they_say() {
    let scene = Scene::new().await;
    let alice = scene.basic("alice");
    let app = scene.application("app", json!({ "client_type": "public" })).await;
    for body in [
        json!({ "description": "Red fox", "scope": "read" }),
        json!({ "description": "red hen", "scope": "read write" }),
        json!({ "description": "Blue fox", "application": app.number }),
    ] {
        made(&alice, "/api/v2/tokens/", body).await;
    }
    for (query, found) in [
        ("description__iexact=red+fox", &[1][..]),
        ("description__contains=red", &[2]),
        ("description__icontains=RED", &[1, 2]),
        ("description__istartswith=RED", &[1, 2]),
        ("description__endswith=fox", &[1, 3]),
        ("description__iendswith=FOX", &[1, 3]),
        ("description__regex=^[RB].*x$", &[1, 3]),
        ("description__iregex=^R", &[1, 2]),
        ("id__gte=2", &[2, 3]),
        ("id__lt=2", &[1]),
        ("id__lte=2&not__id=1", &[2]),
        ("application=none", &[1, 2]),
        ("application=NULL", &[1, 2]),
        ("application__name=app", &[3]),
        ("application__search=app", &[3]),
        ("chain__not__application__isnull=0", &[1, 2]),
        ("user__username=alice", &[1, 2, 3]),
        ("user__last_name__gt=a", &[]),
        ("or__description=Red+fox&or__id=3&scope=write", &[3]),
        ("created__gt=2026-01-01", &[1, 2, 3]),
        ("created__lt=2026-01-01", &[]),
        ("search=fox", &[1, 3]),
        ("search=fox,blue", &[3]),
        ("type=user", &[]),
        ("type=o_auth2_access_token", &[1, 2, 3]),
        ("order_by=-description,id", &[2, 1, 3]),
        ("order=-id", &[3, 2, 1]),
        ("limit=1&host_filter=x&no_truncate=1&validate=1", &[1, 2, 3]),
    ] {
        let answer = alice.gets(&format!("/api/v2/tokens/?{query}")).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.body);
        assert_eq!(numbers(&answer), found, "{query}");
    }
    // Two relations deep, whoever sees all asks.
    let deep = "/api/v2/tokens/?application__organization__name=Acme";
    assert_eq!(numbers(&scene.basic("root").gets(deep).await), [3]);
    // On one object they are read too.
    assert_eq!(alice.gets("/api/v2/tokens/1/?id=1").await.number(), 1);
    assert_eq!(alice.gets("/api/v2/tokens/1/?id=2").await.status, 404);
    assert_eq!(alice.gets("/api/v2/tokens/1/?nosuch=2").await.status, 400);
    assert_eq!(alice.gets("/api/v2/tokens/1/?token=2").await.status, 403);
}

#[tokio::test]
async fn lists_are_in_the_order_of_their_kind() {
    let scene = Scene::new().await;
    let root = scene.basic("root");
    for (name, place) in [("zeta", scene.acme), ("alpha", scene.globex), ("beta", scene.acme)] {
        let team = json!({ "name": name, "organization": place });
        made(&root, "/api/v2/teams/", team).await;
        let app = json!({
            "name": name, "organization": place, "client_type": "public",
            "authorization_grant_type": "password",
        });
        made(&root, "/api/v2/applications/", app).await;
    }
    let names = async |path: &str, key: &str| {
        let list = root.gets(path).await.json();
        let all = list["results"].as_array().unwrap().clone();
        all.iter().map(|one| one[key].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names("/api/v2/organizations/", "name").await, ["Acme", "Default", "Globex"]);
    let users = ["alice", "bob", "carol", "dave", "gina", "gus", "root", "vera"];
    assert_eq!(names("/api/v2/users/", "username").await, users);
    for path in ["/api/v2/teams/", "/api/v2/applications/"] {
        assert_eq!(
            names(path, "name").await,
            ["beta", "zeta", "alpha"],
            "by organization, then name"
        );
    }
}

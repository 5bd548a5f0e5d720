//! Changing and ending tokens (attack book, A020, A022, A041 and A080).

use axum::http::Method;
use serde_json::json;

use super::{MAY_NOT, Scene, Told, made, statuses};

/// What must not change of a token, whatever is sent.
const FIXED: [&str; 9] =
    ["id", "user", "application", "token", "refresh_token", "expires", "created", "url", "type"];

#[tokio::test]
async fn a020_of_a_token_its_description_and_scope_change_and_nothing_else() {
    let scene = Scene::new().await;
    let app = scene.application("app", json!({})).await;
    let alice = scene.basic("alice");
    for body in [json!({}), json!({ "application": app.number })] {
        let token = made(&alice, "/api/v2/tokens/", body).await;
        let before = alice.gets(&token.url()).await.json();
        let change = json!({
            "id": 999, "user": 1, "application": 999, "token": "mine", "refresh_token": "mine",
            "expires": "2099-01-01T00:00:00Z", "created": "2020-01-01T00:00:00Z", "url": "/x/",
            "type": "user", "revoked": false, "disabled": false, "description": "new",
        });
        for method in [Method::PATCH, Method::PUT] {
            let answer = alice.tells(method, &token.url(), &change).await;
            assert_eq!(
                (answer.status.as_u16(), &answer.json()["description"]),
                (200, &json!("new"))
            );
            for key in FIXED {
                assert_eq!(answer.json()[key], before[key], "{key}");
            }
        }
        assert!(scene.is_live(&token.text("token")).await && !scene.is_live("mine").await);
    }
}

#[tokio::test]
async fn a020_a_put_without_a_scope_leaves_it() {
    let scene = Scene::new().await;
    let token = scene.token("alice", "read").await;
    let answer = scene.basic("alice").tells(Method::PUT, &token.url(), &json!({})).await;
    assert_eq!(
        (&answer.json()["scope"], &answer.json()["description"]),
        (&json!("read"), &json!(""))
    );
    let narrowed = scene.bearer("alice", "write").await;
    let other = scene.token("alice", "read write").await;
    let answer = narrowed.tells(Method::PATCH, &other.url(), &json!({ "scope": "read" })).await;
    assert_eq!(answer.json()["scope"], "read");
    let dead = scene.stranger().bearer(&other.text("token"));
    assert_eq!(dead.posts("/api/v2/tokens/", &json!({})).await.status, 403, "at once");
}

#[tokio::test]
async fn a080_a_token_that_was_deleted_does_not_come_back() {
    let scene = Scene::new().await;
    let (alice, token) = (scene.basic("alice"), scene.token("alice", "write").await);
    assert_eq!(alice.asks(Method::DELETE, &token.url()).await.status, 204);
    let answers = [
        alice.tells(Method::PATCH, &token.url(), &json!({ "revoked": null })).await,
        alice.tells(Method::PUT, &token.url(), &json!({ "scope": "write" })).await,
        alice.asks(Method::DELETE, &token.url()).await,
        alice.gets(&format!("{}activity_stream/", token.url())).await,
    ];
    assert_eq!(statuses(&answers), [404; 4]);
    made(&alice, "/api/v2/tokens/", json!({ "id": token.number(), "token": token.text("token") }))
        .await;
    assert!(!scene.is_live(&token.text("token")).await);
}

#[tokio::test]
async fn a041_nobody_ends_or_changes_a_token_that_is_not_theirs_to_change() {
    let scene = Scene::new().await;
    let app = scene.application("app", json!({})).await;
    let personal = scene.token("alice", "write").await;
    let body = json!({ "application": app.number });
    let granted = made(&scene.basic("alice"), "/api/v2/tokens/", body).await;
    for (who, of_personal, of_granted) in [
        ("bob", 404, 200),
        ("vera", 404, 403),
        ("gina", 404, 404),
        ("gus", 404, 404),
        ("carol", 404, 404),
        ("dave", 403, 403),
        ("root", 200, 200),
    ] {
        for (token, status) in [(&personal, of_personal), (&granted, of_granted)] {
            let caller = scene.basic(who);
            let answer =
                caller.tells(Method::PATCH, &token.url(), &json!({ "scope": "read" })).await;
            assert_eq!(answer.status, status, "{who}: {}", answer.body);
            if status != 200 {
                let deleted = caller.asks(Method::DELETE, &token.url()).await;
                assert_eq!(deleted.status, status, "{who}");
                assert!(status == 404 || deleted.detail() == MAY_NOT);
            }
        }
    }
    for token in [&personal, &granted] {
        assert!(scene.is_live(&token.text("token")).await);
    }
    assert_eq!(scene.basic("bob").asks(Method::DELETE, &granted.url()).await.status, 204);
    assert!(!scene.is_live(&granted.text("token")).await);
    let refreshed = scene.refresh(&app, &granted.text("refresh_token")).await;
    assert_eq!(refreshed.json(), json!({ "error": "invalid_grant" }));
}

#[tokio::test]
async fn a021_a022_a_token_that_reads_makes_and_changes_nothing_on_any_path() {
    let scene = Scene::new().await;
    let (token, root) = (scene.token("root", "read").await, scene.basic("root"));
    let reads = scene.stranger().bearer(&token.text("token"));
    let before = scene.journal().await;
    for view in super::super::views::all() {
        for (method, _) in &view.actions {
            for id in ["1", "root", "99999"] {
                let path = format!("/api{}", view.path.replace("{id}", id));
                let answer = reads.tells(method.clone(), &path, &json!({ "scope": "write" })).await;
                if method == Method::GET {
                    assert_ne!(answer.status, 403, "{path}");
                    continue;
                }
                let named = id == "root" && answer.status == 404;
                assert!(answer.status == 403 || named, "{method} {path}: {}", answer.body);
            }
        }
    }
    assert_eq!(scene.journal().await, before);
    assert_eq!(root.gets(&token.url()).await.json()["scope"], "read");
}

//! Who gives seats and marks (attack book, A051 and A052).

use axum::http::Method;
use serde_json::json;
use testing::PASSWORD;

use super::{Scene, Told, made};

#[tokio::test]
async fn a051_nobody_gives_a_seat_or_a_mark_that_is_not_theirs_to_give() {
    let scene = Scene::new().await;
    let (alice, bob) = (scene.id("alice").await, scene.id("bob").await);
    let admin = scene.role(scene.acme, "admin_role").await;
    let foreign = scene.role(scene.globex, "admin_role").await;
    let acme = format!("/api/v2/organizations/{}", scene.acme);
    let globex = format!("/api/v2/organizations/{}", scene.globex);
    let tries = [
        ("alice", format!("{acme}/admins/"), json!({ "id": alice }), 403),
        ("alice", format!("{acme}/users/"), json!({ "id": bob, "disassociate": true }), 400),
        ("alice", format!("/api/v2/users/{alice}/roles/"), json!({ "id": admin }), 403),
        ("vera", format!("{acme}/admins/"), json!({ "id": alice }), 403),
        ("dave", format!("{acme}/users/"), json!({ "id": alice }), 403),
        ("bob", format!("{globex}/admins/"), json!({ "id": bob }), 404),
        ("bob", format!("/api/v2/users/{bob}/roles/"), json!({ "id": foreign }), 400),
        (
            "bob",
            format!("{acme}/users/"),
            json!({ "username": "mole", "password": PASSWORD, "is_superuser": true }),
            403,
        ),
        ("bob", format!("/api/v2/users/{bob}/"), json!({ "is_superuser": true }), 403),
        ("bob", format!("/api/v2/users/{alice}/"), json!({ "is_system_auditor": true }), 403),
        ("bob", "/api/v2/users/1/".to_owned(), json!({ "first_name": "x" }), 403),
        ("bob", "/api/v2/users/1/".to_owned(), json!({ "password": "taken over by someone" }), 403),
        (
            "alice",
            format!("/api/v2/users/{bob}/"),
            json!({ "password": "taken over by someone" }),
            404,
        ),
    ];
    let before = scene.journal().await;
    for (who, path, body, status) in tries {
        let account = path.starts_with("/api/v2/users/") && !path.ends_with("/roles/");
        let method = if account { Method::PATCH } else { Method::POST };
        let answer = scene.basic(who).tells(method, &path, &body).await;
        assert_eq!(answer.status, status, "{who} {path} {body}: {}", answer.body);
    }
    assert_eq!(scene.journal().await, before);
}

#[tokio::test]
async fn a052_the_last_superuser_stays_one() {
    let scene = Scene::new().await;
    let root = scene.basic("root");
    let demoted =
        root.tells(Method::PATCH, "/api/v2/users/1/", &json!({ "is_superuser": false })).await;
    assert!(demoted.status.is_client_error(), "{}", demoted.body);
    let deleted = root.asks(Method::DELETE, "/api/v2/users/1/").await;
    assert_eq!((deleted.status.as_u16(), deleted.detail().as_str()), (403, "Cannot delete user."));
    let second = json!({ "username": "second", "password": PASSWORD, "is_superuser": true });
    made(&root, "/api/v2/users/", second).await;
    let caller = scene.basic("second");
    let owner = caller.asks(Method::DELETE, "/api/v2/users/1/").await;
    assert_eq!(owner.status, 409, "the last owner of an organization stays: {}", owner.body);
    let less = json!({ "is_superuser": false });
    let demoted = caller.tells(Method::PATCH, "/api/v2/users/1/", &less).await;
    assert_eq!(demoted.json()["is_superuser"], false, "one is left");
}

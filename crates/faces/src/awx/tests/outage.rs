//! No answer is not a no: 503 while the database is away (attack book, A075).

use axum::http::Method;
use serde_json::json;
use testing::{Answer, Caller, PASSWORD};

use super::super::views;
use super::codes::{asking, of_codes};
use super::login::Browser;
use super::{Scene, Told, made, quoted, statuses};

fn is_later(answer: &Answer) -> bool {
    answer.status == 503 && answer.header("retry-after") == "1"
}

/// Everybody who shows a good credential, and one whose token could be good.
async fn callers(scene: &Scene) -> Vec<Caller> {
    let warm = scene.bearer("root", "write").await;
    warm.gets("/api/v2/me/").await;
    vec![
        warm,
        scene.bearer("alice", "write").await,
        scene.basic("alice"),
        scene.stranger().basic("nobody", "wrong"),
        Browser::of(scene, "alice").await.sealed,
    ]
}

#[tokio::test]
async fn a075_while_the_database_is_away_no_view_says_yes_or_no() {
    let scene = Scene::new().await;
    let callers = callers(&scene).await;
    let body = json!({
        "username": "zoe", "password": PASSWORD, "name": "zoe", "scope": "read", "organization": 1,
        "client_type": "public", "authorization_grant_type": "password", "id": 1, "application": 1,
    });
    scene.world.break_storage();
    for view in views::all().iter().filter(|view| !view.open) {
        let path = format!("/api{}", view.path.replace("{id}", "1"));
        for caller in &callers {
            for (method, _) in &view.actions {
                let answer = caller.tells(method.clone(), &path, &body).await;
                let nothing = is_needless(view.path, method) && answer.status.as_u16() < 500;
                assert!(
                    is_later(&answer) || nothing,
                    "{method} {path}: {} {}",
                    answer.status,
                    answer.body
                );
            }
        }
        let nobody = scene.stranger().gets(&path).await;
        assert_eq!(nobody.status, 401, "who shows nothing is nobody for sure");
    }
    assert!(is_later(&scene.stranger().gets("/api/v2/ping/").await));
    assert_eq!(scene.stranger().gets("/api/v2/").await.status, 200);
    scene.world.mend_storage();
    assert_eq!(scene.basic("alice").gets("/api/v2/me/").await.status, 200);
}

/// What a credential that is still in memory is answered without the database.
fn is_needless(path: &str, method: &Method) -> bool {
    let empty = super::super::discovery::EMPTY.iter().any(|(empty, _)| *empty == path);
    path == "/v2/config/" || (*method == Method::GET && empty)
}

#[tokio::test]
async fn a075_while_the_database_is_away_no_grant_is_refused_nor_given_back() {
    let scene = Scene::new().await;
    let app = scene.application("app", json!({})).await;
    let codes = scene.application("codes", of_codes(json!({}))).await;
    let pair = scene.pair(&app, "alice", "write").await;
    let browser = Browser::of(&scene, "alice").await;
    let (caller, seal) = Browser::before(&scene).await;
    let password = quoted(PASSWORD);
    scene.world.break_storage();
    let login = format!("username=alice&password={password}&csrfmiddlewaretoken={seal}");
    let by_password = format!("grant_type=password&username=alice&password={password}");
    let answers = [
        scene.grant(&app, &by_password).await,
        scene.refresh(&app, &pair.refresh).await,
        scene.grant(&codes, "grant_type=authorization_code&code=x").await,
        scene.client(&app).fills("/api/o/revoke_token/", &format!("token={}", pair.refresh)).await,
        scene.client(&app).fills("/api/o/revoke_token/", "token=nonsense").await,
        caller.fills("/api/login/", &login).await,
        browser.bare.gets(&asking(&codes, "")).await,
        browser.bare.gets("/api/logout/").await,
    ];
    assert!(answers.iter().all(is_later), "{:?}", statuses(&answers));
    for answer in &answers {
        assert!(answer.cookies().iter().all(|line| !line.contains("Max-Age=0")), "not logged out");
    }
    scene.world.mend_storage();
    assert!(scene.is_live(&pair.access).await && browser.is_in().await);
}

#[tokio::test]
async fn the_document_says_of_every_page_that_needs_the_database_that_it_may_be_away() {
    let scene = Scene::new().await;
    let document = scene.stranger().gets("/api/openapi.json").await.json();
    for (method, path) in [
        ("post", "/api/o/token/"),
        ("post", "/api/o/revoke_token/"),
        ("get", "/api/o/authorize/"),
        ("post", "/api/o/authorize/"),
        ("post", "/api/login/"),
        ("get", "/api/logout/"),
        ("post", "/api/logout/"),
    ] {
        let said = &document["paths"][path][method]["responses"]["503"];
        assert!(said.is_object(), "{method} {path}");
    }
}

#[tokio::test]
async fn a075_what_can_not_be_kept_did_not_happen() {
    let scene = Scene::new().await;
    let app = scene.application("app", json!({})).await;
    let pair = scene.pair(&app, "alice", "write").await;
    let token = scene.token("alice", "write").await;
    let alice = scene.stranger().bearer(&token.text("token"));
    let root = scene.bearer("root", "write").await;
    for caller in [&alice, &root] {
        assert_eq!(caller.gets("/api/v2/me/").await.status, 200);
    }
    assert!(scene.is_live(&pair.access).await);
    scene.world.break_writing();
    let user = json!({ "username": "zoe", "password": PASSWORD });
    let answers = [
        alice.posts("/api/v2/tokens/", &json!({})).await,
        alice.posts("/api/v2/tokens/", &json!({ "application": app.number })).await,
        alice.tells(Method::PATCH, &token.url(), &json!({ "scope": "read" })).await,
        alice.asks(Method::DELETE, &token.url()).await,
        root.posts("/api/v2/users/", &user).await,
        root.posts("/api/v2/organizations/", &json!({ "name": "New" })).await,
        root.asks(Method::DELETE, &format!("/api/v2/applications/{}/", app.number)).await,
        root.asks(Method::DELETE, "/api/v2/users/alice/").await,
        scene.refresh(&app, &pair.refresh).await,
        scene.client(&app).fills("/api/o/revoke_token/", &format!("token={}", pair.refresh)).await,
    ];
    assert!(answers.iter().all(is_later), "{:?}", statuses(&answers));
    assert!(answers.iter().all(|answer| !answer.body.contains("tkpt_")));
    scene.world.mend_storage();
    let shown = alice.gets(&token.url()).await.json();
    assert_eq!(shown["scope"], "write");
    assert_eq!(alice.gets("/api/v2/tokens/").await.json()["count"], 2);
    assert!(scene.is_live(&pair.access).await);
    assert_eq!(scene.refresh(&app, &pair.refresh).await.status, 200);
    made(&root, "/api/v2/organizations/", json!({ "name": "New" })).await;
}

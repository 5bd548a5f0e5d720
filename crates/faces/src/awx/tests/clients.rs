//! OAuth 2 clients: who makes which (contract section 8; attack book, A105, A119 and A120).

use axum::http::Method;
use serde_json::{Value, json};

use super::codes::{asking, led, of_codes};
use super::login::Browser;
use super::{MAY_NOT, Scene, Told, made, statuses};

fn wish(scene: &Scene, more: Value) -> Value {
    let mut wish = json!({ "name": "app", "organization": scene.acme, "client_type": "public" });
    super::put_over(&mut wish, of_codes(json!({ "skip_authorization": false })));
    super::put_over(&mut wish, more);
    wish
}

#[tokio::test]
async fn a105_a_redirect_address_is_a_whole_one_of_the_web() {
    let scene = Scene::new().await;
    let bob = scene.basic("bob");
    for bad in [
        "https://*.a.test/cb",
        ".*",
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://a.test/",
        "https://a.test/#f",
        "https://user@a.test/",
        "https://a.test@evil.test/",
        "https://a.test\\@evil.test/",
        "//a.test/",
        "/cb",
        "https:a.test",
        "https:/a.test",
        "https://",
        "https:///cb",
        "https://:443/",
        "https://a.test;script-src/",
        "https://a.test,b.test/",
        "https://a.test'/",
        "https://a.test%2f/",
        "https://а.test/",
        "http",
        "https://a.test/ javascript:alert(1)",
    ] {
        let body = wish(&scene, json!({ "redirect_uris": bad }));
        let answer = bob.posts("/api/v2/applications/", &body).await;
        assert_eq!(answer.status, 400, "{bad}: {}", answer.body);
        assert!(answer.json()["__all__"].is_array(), "{}", answer.body);
    }
    let long = format!("https://a.test/{}", "a".repeat(2_000));
    let many = "https://a.test/ ".repeat(33);
    for bad in
        [json!(long), json!(many), json!(["https://a.test/"]), json!({ "a": 1 }), json!("\0")]
    {
        let body = wish(&scene, json!({ "redirect_uris": bad }));
        assert_eq!(bob.posts("/api/v2/applications/", &body).await.status, 400);
    }
    let good =
        "https://a.test/cb?x=y http://127.0.0.1:8080/ http://[::1]:80/ https://a_b-c.test:1/";
    let app =
        made(&bob, "/api/v2/applications/", wish(&scene, json!({ "redirect_uris": good }))).await;
    assert_eq!(app.text("redirect_uris"), good);
    let path = app.url();
    let patched = bob.tells(Method::PATCH, &path, &json!({ "redirect_uris": "ftp://x/" })).await;
    assert_eq!(patched.json()["__all__"], json!(["Unauthorized redirect scheme: ftp"]));
    let none = bob.tells(Method::PATCH, &path, &json!({ "redirect_uris": "" })).await;
    assert_eq!(none.status, 400);
}

#[tokio::test]
async fn a120_an_application_is_made_by_admins_of_its_own_organization() {
    let scene = Scene::new().await;
    let body = wish(&scene, json!({}));
    for name in ["alice", "vera", "gina", "gus", "carol", "dave"] {
        let answer = scene.basic(name).posts("/api/v2/applications/", &body).await;
        assert_eq!((answer.status.as_u16(), answer.detail().as_str()), (403, MAY_NOT), "{name}");
    }
    let reads = scene.bearer("bob", "read").await;
    assert_eq!(reads.posts("/api/v2/applications/", &body).await.status, 403);
    let below = format!("/api/v2/organizations/{}/applications/", scene.globex);
    let told = scene.basic("bob").posts(&below, &body).await;
    assert_eq!(told.status, 404, "{}", told.body);
    let own = format!("/api/v2/organizations/{}/applications/", scene.acme);
    let elsewhere = wish(&scene, json!({ "organization": scene.globex }));
    let app = made(&scene.basic("bob"), &own, elsewhere).await;
    assert_eq!(app.0["organization"], scene.acme, "the path goes before the body");
}

#[tokio::test]
async fn a120_an_application_does_not_move_and_is_of_the_kind_that_it_was_made() {
    let scene = Scene::new().await;
    let app = made(&scene.basic("bob"), "/api/v2/applications/", wish(&scene, json!({}))).await;
    let change = json!({
        "organization": scene.globex,
        "client_type": "confidential",
        "authorization_grant_type": "password",
        "client_id": "mine",
        "client_secret": "mine",
        "id": 99,
        "created": "2020-01-01T00:00:00Z",
    });
    let changed = scene.basic("bob").tells(Method::PATCH, &app.url(), &change).await;
    assert_eq!(changed.status, 200);
    for key in
        ["organization", "client_type", "authorization_grant_type", "client_id", "id", "created"]
    {
        assert_eq!(changed.json()[key], app.0[key], "{key}");
    }
    assert_eq!(changed.json().get("client_secret"), None);
    for name in ["alice", "vera", "dave"] {
        let caller = scene.basic(name);
        let answers = [
            caller.tells(Method::PATCH, &app.url(), &json!({ "name": "x" })).await,
            caller.tells(Method::PUT, &app.url(), &json!({ "name": "x" })).await,
            caller.asks(Method::DELETE, &app.url()).await,
        ];
        assert!(
            answers.iter().all(|answer| [403, 404].contains(&answer.status.as_u16())),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a120_only_a_superuser_lets_an_application_do_without_consent() {
    let scene = Scene::new().await;
    let (bob, root) = (scene.basic("bob"), scene.basic("root"));
    let body = wish(&scene, json!({ "skip_authorization": true, "client_type": "confidential" }));
    let refused = bob.posts("/api/v2/applications/", &body).await;
    assert_eq!((refused.status.as_u16(), refused.detail().as_str()), (403, MAY_NOT));
    let app = made(&bob, "/api/v2/applications/", wish(&scene, json!({}))).await;
    let skip = json!({ "skip_authorization": true });
    assert_eq!(bob.tells(Method::PATCH, &app.url(), &skip).await.status, 403);
    assert_eq!(
        root.tells(Method::PATCH, &app.url(), &skip).await.json()["skip_authorization"],
        true
    );
    // Nor does anybody else say where its codes go from then on.
    let away = json!({ "redirect_uris": "https://evil.test/" });
    assert_eq!(bob.tells(Method::PATCH, &app.url(), &away).await.status, 403);
    let same = json!({ "name": "b", "skip_authorization": true });
    let renamed = bob.tells(Method::PATCH, &app.url(), &same).await;
    assert_eq!(renamed.status, 200, "what stays as it is was not asked for");
    let back = json!({ "skip_authorization": false });
    assert_eq!(bob.tells(Method::PATCH, &app.url(), &back).await.status, 200, "less is fine");
    assert_eq!(bob.tells(Method::PATCH, &app.url(), &away).await.status, 200);
}

#[tokio::test]
async fn a119_an_application_that_is_deleted_takes_its_tokens_codes_and_secret_with_it() {
    let scene = Scene::new().await;
    let app = scene.application("app", of_codes(json!({}))).await;
    let browser = Browser::of(&scene, "alice").await;
    let code = led(&browser.bare.gets(&asking(&app, "")).await, "code").unwrap();
    let alice = scene.basic("alice");
    let token = made(&alice, "/api/v2/tokens/", json!({ "application": app.number })).await;
    assert!(scene.is_live(&token.text("token")).await);
    let path = format!("/api/v2/applications/{}/", app.number);
    assert_eq!(scene.basic("bob").asks(Method::DELETE, &path).await.status, 204);
    assert!(!scene.is_live(&token.text("token")).await);
    let answers = [
        scene.refresh(&app, &token.text("refresh_token")).await,
        scene.grant(&app, &format!("grant_type=authorization_code&code={code}")).await,
        scene.client(&app).fills("/api/o/revoke_token/", "token=x").await,
    ];
    assert_eq!(statuses(&answers), [401; 3]);
    let gone = [
        alice.gets(&path).await,
        alice.gets(&format!("{path}tokens/")).await,
        alice.gets(&token.url()).await,
        scene.basic("root").gets(&path).await,
        browser.bare.gets(&asking(&app, "")).await,
    ];
    assert_eq!(statuses(&gone), [404, 404, 404, 404, 400]);
}

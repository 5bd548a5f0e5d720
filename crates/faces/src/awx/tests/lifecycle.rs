//! What ends a token and what does not, and the settings (contract sections 10 and 12).

use authority::account::store::UserChange;
use axum::http::Method;
use serde_json::{Value, json};
use testing::PASSWORD;

use super::login::Browser;
use super::{Scene, Told, made, quoted, statuses};

const SETTINGS: &str = "/api/v2/settings/authentication/";
const EXTERNAL: &str = super::super::fault::EXTERNAL;

async fn set(scene: &Scene, body: Value) -> Value {
    let answer = scene.basic("root").tells(Method::PATCH, SETTINGS, &body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

#[tokio::test]
async fn an_expired_token_is_listed_and_opens_nothing() {
    let scene = Scene::new().await;
    set(&scene, json!({ "OAUTH2_PROVIDER": { "ACCESS_TOKEN_EXPIRE_SECONDS": 60 } })).await;
    let token = scene.token("alice", "write").await;
    assert_eq!(token.text("expires"), "2026-01-01T12:01:00Z");
    scene.seconds(59).await;
    assert!(scene.is_live(&token.text("token")).await);
    scene.seconds(1).await;
    assert!(!scene.is_live(&token.text("token")).await);
    let alice = scene.basic("alice");
    let listed = alice.gets("/api/v2/tokens/?expires__lt=2026-01-01T12:02:00Z").await.json();
    assert_eq!(listed["results"][0]["id"], token.number());
    assert_eq!(alice.gets(&token.url()).await.status, 200);
    assert_eq!(alice.asks(Method::DELETE, &token.url()).await.status, 204);
}

#[tokio::test]
async fn a_user_who_is_switched_off_has_nothing_that_opens_and_gets_nothing_back() {
    let scene = Scene::new().await;
    let app = scene.application("app", json!({})).await;
    let (personal, pair) =
        (scene.token("gus", "write").await, scene.pair(&app, "gus", "write").await);
    let browser = Browser::of(&scene, "gus").await;
    let (root, gus) = (scene.world.root().await, scene.world.actor("gus").await);
    let gus = gus.user().unwrap();
    for off in [true, false] {
        scene.world.authority.set_user_disabled(&root, gus, off).await.unwrap();
        assert!(!scene.is_live(&personal.text("token")).await);
        assert!(!scene.is_live(&pair.access).await && !browser.is_in().await);
        let refreshed = scene.refresh(&app, &pair.refresh).await;
        assert_eq!(refreshed.json(), json!({ "error": "invalid_grant" }));
        let basic = scene.basic("gus").gets("/api/v2/me/").await.status;
        assert_eq!(basic.as_u16(), if off { 401 } else { 200 });
    }
    let ignored = json!({ "is_active": false });
    let path = format!("/api/v2/users/{}/", scene.id("gus").await);
    assert_eq!(scene.basic("root").tells(Method::PATCH, &path, &ignored).await.status, 200);
    assert_eq!(scene.basic("gus").gets("/api/v2/me/").await.status, 200);
}

#[tokio::test]
async fn whose_account_somebody_else_keeps_makes_tokens_only_if_settings_say_so() {
    let scene = Scene::new().await;
    let app = scene.application("app", json!({})).await;
    let before = scene.token("alice", "write").await;
    let root = scene.world.root().await;
    let alice = scene.world.actor("alice").await.user().unwrap();
    let change = UserChange { provider: Some(Some("radius".to_owned())), ..UserChange::default() };
    scene.world.authority.update_user(&root, alice, change).await.unwrap();
    let own = scene.stranger().bearer(&before.text("token"));
    let path = format!("/api/v2/users/{}/", scene.id("alice").await);
    for path in ["/api/v2/tokens/".to_owned(), format!("{path}personal_tokens/")] {
        let answer = own.posts(&path, &json!({})).await;
        assert_eq!((answer.status.as_u16(), answer.detail().as_str()), (403, EXTERNAL));
    }
    let form = format!("grant_type=password&username=alice&password={}", quoted(PASSWORD));
    let granted = scene.grant(&app, &form).await;
    assert_eq!((granted.status.as_u16(), granted.body.as_str()), (403, EXTERNAL));
    let shown = own.gets(&path).await.json();
    assert_eq!((shown.get("password"), &shown["external_account"]), (None, &json!("enterprise")));
    assert!(scene.is_live(&before.text("token")).await, "what it has stays");
    set(&scene, json!({ "ALLOW_OAUTH2_FOR_EXTERNAL_USERS": true })).await;
    made(&own, "/api/v2/tokens/", json!({})).await;
    assert_eq!(scene.grant(&app, &form).await.status, 200);
}

#[tokio::test]
async fn settings_are_a_superusers_and_hold_at_once() {
    let scene = Scene::new().await;
    let shown = scene.basic("root").gets(SETTINGS).await.json();
    let lives = json!({
        "ACCESS_TOKEN_EXPIRE_SECONDS": 31_622_400,
        "AUTHORIZATION_CODE_EXPIRE_SECONDS": 600,
        "REFRESH_TOKEN_EXPIRE_SECONDS": 2_628_000,
    });
    let all = json!({
        "OAUTH2_PROVIDER": lives, "ALLOW_OAUTH2_FOR_EXTERNAL_USERS": false, "AUTH_BASIC_ENABLED": true,
    });
    assert_eq!(shown, all);
    assert_eq!(scene.basic("dave").gets(SETTINGS).await.json(), all);
    for who in ["alice", "bob", "vera", "carol"] {
        assert_eq!(scene.basic(who).gets(SETTINGS).await.status, 403, "{who}");
    }
    for who in ["alice", "bob", "dave"] {
        let caller = scene.basic(who);
        let answers = [
            caller.tells(Method::PATCH, SETTINGS, &json!({ "AUTH_BASIC_ENABLED": false })).await,
            caller.tells(Method::PUT, SETTINGS, &json!({})).await,
            caller.asks(Method::DELETE, SETTINGS).await,
        ];
        assert_eq!(statuses(&answers), [403; 3], "{who}");
    }
    let one =
        set(&scene, json!({ "OAUTH2_PROVIDER": { "ACCESS_TOKEN_EXPIRE_SECONDS": "90" } })).await;
    assert_eq!(one["OAUTH2_PROVIDER"]["ACCESS_TOKEN_EXPIRE_SECONDS"], 90);
    assert_eq!(one["OAUTH2_PROVIDER"]["REFRESH_TOKEN_EXPIRE_SECONDS"], 2_628_000);
    assert_eq!(scene.token("alice", "read").await.text("expires"), "2026-01-01T12:01:30Z");
    let app = scene.application("app", json!({})).await;
    let form = format!("grant_type=password&username=alice&password={}", quoted(PASSWORD));
    assert_eq!(scene.grant(&app, &form).await.json()["expires_in"], 90);
    assert_eq!(scene.basic("root").asks(Method::DELETE, SETTINGS).await.status, 204);
    assert_eq!(scene.basic("root").gets(SETTINGS).await.json(), all);
}

#[tokio::test]
async fn a_setting_that_makes_no_sense_changes_nothing() {
    let scene = Scene::new().await;
    let root = scene.basic("root");
    let before = root.gets(SETTINGS).await.json();
    for (value, why) in [
        (json!({ "NOSUCH": 1 }), "Invalid key names: NOSUCH"),
        (json!(1), "Expected a dictionary of items."),
        (json!([]), "Expected a dictionary of items."),
        (
            json!({ "ACCESS_TOKEN_EXPIRE_SECONDS": 0 }),
            "Ensure this value is greater than or equal to 1.",
        ),
        (
            json!({ "ACCESS_TOKEN_EXPIRE_SECONDS": -1 }),
            "Ensure this value is greater than or equal to 1.",
        ),
        (json!({ "REFRESH_TOKEN_EXPIRE_SECONDS": "x" }), "A valid integer is required."),
        (json!({ "REFRESH_TOKEN_EXPIRE_SECONDS": 1.5 }), "A valid integer is required."),
        (json!({ "REFRESH_TOKEN_EXPIRE_SECONDS": null }), "A valid integer is required."),
        (json!({ "AUTHORIZATION_CODE_EXPIRE_SECONDS": true }), "A valid integer is required."),
        (json!({ "AUTHORIZATION_CODE_EXPIRE_SECONDS": [1] }), "A valid integer is required."),
    ] {
        let body = json!({ "OAUTH2_PROVIDER": value, "AUTH_BASIC_ENABLED": false });
        let answer = root.tells(Method::PATCH, SETTINGS, &body).await;
        assert_eq!(
            (answer.status.as_u16(), answer.json()),
            (400, json!({ "OAUTH2_PROVIDER": [why] }))
        );
    }
    let endless = json!({ "OAUTH2_PROVIDER": { "ACCESS_TOKEN_EXPIRE_SECONDS": i64::MAX } });
    assert_eq!(root.tells(Method::PATCH, SETTINGS, &endless).await.status, 400);
    for odd in [json!("maybe"), json!(2), json!([]), json!(null)] {
        let answer =
            root.tells(Method::PATCH, SETTINGS, &json!({ "AUTH_BASIC_ENABLED": odd })).await;
        assert_eq!(answer.status, 400, "{odd}");
    }
    assert_eq!(root.gets(SETTINGS).await.json(), before);
}

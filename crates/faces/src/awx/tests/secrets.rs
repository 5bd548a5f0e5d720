//! Where secrets must not be (attack book, A029 and A181).

use axum::http::Method;
use serde_json::json;
use testing::{Answer, Caller, PASSWORD};

use super::super::views;
use super::codes::{asking, led, of_codes};
use super::login::Browser;
use super::{Scene, leaks, made, quoted};

/// Everything of an answer, headers too.
fn whole(answer: &Answer) -> String {
    let lines = answer.headers.iter().map(|(name, value)| format!("{name}: {value:?}\n"));
    lines.collect::<String>() + &answer.body
}

/// Secrets of all kinds, each just made.
async fn secrets(scene: &Scene) -> Vec<(&'static str, String)> {
    let app = scene.application("app", json!({})).await;
    let codes = scene.application("codes", of_codes(json!({}))).await;
    let alice = scene.basic("alice");
    let personal = made(&alice, "/api/v2/tokens/", json!({ "description": "one" })).await;
    let granted = made(&alice, "/api/v2/tokens/", json!({ "application": app.number })).await;
    let pair = scene.pair(&app, "alice", "write").await;
    let turned = super::Pair::of(&scene.refresh(&app, &pair.refresh).await);
    let browser = Browser::of(scene, "alice").await;
    let code = led(&browser.bare.gets(&asking(&codes, "")).await, "code").unwrap();
    alice.tells(Method::PATCH, &personal.url(), &json!({ "description": "two" })).await;
    scene.basic("bob").asks(Method::DELETE, &granted.url()).await;
    vec![
        ("token", personal.text("token")),
        ("granted", granted.text("token")),
        ("its refresh", granted.text("refresh_token")),
        ("old access", pair.access),
        ("old refresh", pair.refresh),
        ("access", turned.access),
        ("refresh", turned.refresh),
        ("client secret", app.secret),
        ("cookie", browser.session),
        ("code", code),
        ("password", PASSWORD.to_owned()),
    ]
}

fn assert_clean(secrets: &[(&str, String)], answer: &Answer, place: &str) {
    let text = whole(answer);
    for (name, secret) in secrets {
        assert!(!leaks(&text, secret), "{name} in {place}: {text}");
    }
}

async fn everywhere(scene: &Scene, caller: &Caller, secrets: &[(&str, String)]) {
    for view in views::all() {
        for id in ["1", "2", "3", "4", "alice", "Acme", "app++Acme"] {
            let path = format!("/api{}", view.path.replace("{id}", id));
            for method in [Method::GET, Method::OPTIONS] {
                let answer = caller.asks(method.clone(), &path).await;
                assert_clean(secrets, &answer, &format!("{method} {path}"));
            }
            if !view.path.contains("{id}") {
                break;
            }
        }
    }
    for path in ["/api/openapi.json", "/api/login/", "/api/o/authorize/"] {
        assert_clean(secrets, &scene.stranger().gets(path).await, path);
    }
}

#[tokio::test]
async fn a029_a_secret_is_shown_when_it_is_made_and_nowhere_else() {
    let scene = Scene::new().await;
    let secrets = secrets(&scene).await;
    for who in ["root", "bob", "alice"] {
        everywhere(&scene, &scene.bearer(who, "write").await, &secrets).await;
    }
    assert!(secrets.iter().all(|(_, secret)| leaks(secret, secret)), "the check finds them");
}

#[tokio::test]
async fn a029_an_answer_to_a_change_masks_what_the_answer_to_its_making_showed() {
    let scene = Scene::new().await;
    let app = scene.application("app", json!({})).await;
    let alice = scene.basic("alice");
    let token = made(&alice, "/api/v2/tokens/", json!({ "application": app.number })).await;
    let mask = "************";
    for answer in [
        alice.gets(&token.url()).await,
        alice.tells(Method::PATCH, &token.url(), &json!({ "description": "x" })).await,
        alice.tells(Method::PUT, &token.url(), &json!({})).await,
    ] {
        assert_eq!(
            (&answer.json()["token"], &answer.json()["refresh_token"]),
            (&json!(mask), &json!(mask))
        );
    }
    let path = format!("/api/v2/applications/{}/", app.number);
    for answer in [
        scene.basic("bob").gets(&path).await,
        scene.basic("bob").tells(Method::PATCH, &path, &json!({ "description": "x" })).await,
    ] {
        assert_eq!(answer.json()["client_secret"], mask);
        assert_eq!(answer.json()["summary_fields"]["tokens"]["results"][0]["token"], mask);
    }
}

#[tokio::test]
async fn a181_a_secret_that_is_sent_where_it_does_not_belong_is_not_sent_back() {
    let scene = Scene::new().await;
    let secrets = secrets(&scene).await;
    let alice = scene.bearer("alice", "write").await;
    let app = scene.application("third", json!({})).await;
    for (_, secret) in &secrets {
        let text = quoted(secret);
        let broken = format!("{{\"password\": \"{secret}\",, }}").into_bytes();
        let twice = format!("{{\"token\":\"{secret}\",\"token\":\"{secret}\"}}").into_bytes();
        let json = Some("application/json");
        let (caller, seal) = Browser::before(&scene).await;
        let login = format!("username=alice&password={text}x&csrfmiddlewaretoken={seal}");
        let answers = [
            alice.gets(&format!("/api/v2/tokens/?token={text}")).await,
            alice.gets(&format!("/api/v2/tokens/?token__startswith={text}")).await,
            alice.gets(&format!("/api/v2/tokens/?access_token={text}")).await,
            alice.gets(&format!("/api/v2/users/?password={text}")).await,
            alice.gets(&format!("/api/v2/users/{text}/")).await,
            alice.gets(&format!("/api/v2/tokens/{text}/")).await,
            alice.sends(Method::POST, "/api/v2/tokens/", json, broken).await,
            alice.sends(Method::POST, "/api/v2/tokens/", json, twice).await,
            alice.posts("/api/v2/tokens/", &json!({ "scope": secret, "token": secret })).await,
            alice.posts("/api/v2/tokens/", &json!({ "application": secret })).await,
            scene.stranger().bearer(&format!("{secret}x")).gets("/api/v2/me/").await,
            scene.stranger().with("authorization", secret).gets("/api/v2/me/").await,
            scene.grant(&app, &format!("grant_type={text}")).await,
            scene
                .grant(&app, &format!("grant_type=password&username={text}&password={text}"))
                .await,
            scene.refresh(&app, &text).await,
            scene
                .grant(&app, &format!("grant_type=refresh_token&refresh_token=x&scope={text}"))
                .await,
            scene.client(&app).fills("/api/o/revoke_token/", &format!("token={text}")).await,
            scene.client(&app).fills(&format!("/api/o/token/?grant_type={text}"), "").await,
            caller.fills("/api/login/", &login).await,
        ];
        for (place, answer) in answers.iter().enumerate() {
            assert_clean(&secrets, answer, &format!("answer {place}"));
            assert!(!answer.status.is_success() || place == 16, "answer {place}");
        }
        scene.seconds(1_000).await;
    }
}

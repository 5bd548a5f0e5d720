//! Whether an application may act for somebody (contract section 4; attack book, A116 and A117).

use authority::token::Wish;
use axum::http::Method;
use serde_json::json;
use testing::Caller;

use super::codes::{BACK, asking, led, of_codes};
use super::login::Browser;
use super::{Application, Scene, quoted, statuses};

async fn asked_first(scene: &Scene) -> Application {
    let asked = of_codes(json!({ "skip_authorization": false }));
    scene.application("app", asked).await
}

/// The answer to the question, with a button.
fn answer(app: &Application, seal: &str, button: &str) -> String {
    let back = quoted(BACK);
    format!(
        "csrfmiddlewaretoken={seal}&redirect_uri={back}&scope=read&client_id={}&state=s%20t\
         &response_type=code&nonce=&claims=&code_challenge=&code_challenge_method={button}",
        app.id
    )
}

#[tokio::test]
async fn a116_nobody_is_given_a_code_before_the_user_said_yes() {
    let scene = Scene::new().await;
    let app = asked_first(&scene).await;
    let browser = Browser::of(&scene, "alice").await;
    let before = scene.journal().await;
    for method in [Method::GET, Method::HEAD] {
        let question =
            browser.bare.asks(method, &asking(&app, "&scope=read&allow=Authorize")).await;
        assert_eq!((question.status.as_u16(), question.header("location")), (200, ""));
    }
    let path = "/api/o/authorize/";
    let no = browser.bare.fills(path, &answer(&app, &browser.seal, "")).await;
    assert_eq!(no.header("location"), "https://a.test/cb?error=access_denied&state=s+t");
    assert_eq!(scene.journal().await, before);
    let yes = browser.bare.fills(path, &answer(&app, &browser.seal, "&allow=Authorize")).await;
    assert!(yes.header("location").starts_with("https://a.test/cb?code=tkac_"));
    assert_eq!(led(&yes, "state").as_deref(), Some("s t"));
    // It asks each time: a yes is good for one code.
    assert_eq!(browser.bare.gets(&asking(&app, "&scope=read")).await.status, 200);
}

#[tokio::test]
async fn a116_a_yes_comes_from_the_page_that_asked_the_same_user() {
    let scene = Scene::new().await;
    let app = asked_first(&scene).await;
    let alice = Browser::of(&scene, "alice").await;
    let gus = Browser::of(&scene, "gus").await;
    let anonymous = Browser::before(&scene).await.1;
    let before = scene.journal().await;
    let path = "/api/o/authorize/";
    let with = |seal: &str, name: &'static str, value: &str| {
        let cookies = format!("awx_sessionid={}; csrftoken={seal}", alice.session);
        scene.stranger().with("cookie", &cookies).with(name, value)
    };
    let yes = |seal: &str| answer(&app, seal, "&allow=Authorize");
    let callers: [(Caller, &str); 7] = [
        (alice.bare.clone(), ""),
        (alice.bare.clone(), &gus.seal),
        (with(&gus.seal, "x-a", "b"), &gus.seal),
        (with(&anonymous, "x-a", "b"), &anonymous),
        (with(&alice.seal, "origin", "https://a.test"), &alice.seal),
        (with(&alice.seal, "sec-fetch-site", "cross-site"), &alice.seal),
        (scene.stranger().with("cookie", &format!("awx_sessionid={}", alice.session)), &alice.seal),
    ];
    let mut answers = Vec::new();
    for (caller, seal) in callers {
        answers.push(caller.fills(path, &yes(seal)).await);
    }
    assert_eq!(statuses(&answers), [403; 7]);
    assert_eq!(scene.journal().await, before);
}

#[tokio::test]
async fn a116_only_a_browsers_session_says_yes() {
    let scene = Scene::new().await;
    let app = scene.application("app", of_codes(json!({}))).await;
    let token = scene.personal("alice", Wish::default()).await;
    for caller in [
        scene.stranger(),
        scene.basic("alice"),
        scene.stranger().bearer(&token),
        scene.stranger().with("cookie", &format!("awx_sessionid={token}")),
    ] {
        let path = asking(&app, "&state=a%2Fb%26c");
        for method in [Method::GET, Method::POST] {
            let answer = caller.asks(method, &path).await;
            let next = format!("/api/login/?next={}", quoted_path(&path));
            assert_eq!((answer.status.as_u16(), answer.header("location")), (302, next.as_str()));
        }
    }
    let browser = Browser::of(&scene, "alice").await;
    for method in [Method::PUT, Method::DELETE, Method::PATCH] {
        let answer = browser.sealed.asks(method, "/api/o/authorize/").await;
        assert_eq!((answer.status.as_u16(), answer.header("allow").is_empty()), (405, false));
    }
}

/// As AWX quotes a path: slashes stay.
fn quoted_path(path: &str) -> String {
    let kept = [("%2F", "/"), ("%2D", "-"), ("%5F", "_"), ("%2E", "."), ("%7E", "~")];
    kept.iter().fold(quoted(path), |text, (code, sign)| text.replace(code, sign))
}

#[tokio::test]
async fn a117_no_header_changes_where_anything_leads() {
    let scene = Scene::new().await;
    let app = scene.application("app", of_codes(json!({}))).await;
    let browser = Browser::of(&scene, "alice").await;
    for (name, value) in [
        ("host", "evil.test"),
        ("x-forwarded-host", "evil.test"),
        ("x-forwarded-proto", "https"),
        ("forwarded", "host=evil.test"),
    ] {
        let caller = browser.bare.clone().with(name, value);
        let code = caller.gets(&asking(&app, "")).await;
        assert!(code.header("location").starts_with("https://a.test/cb?code="), "{name}");
        let slash = scene.stranger().with(name, value).gets("/api/v2/tokens").await;
        assert_eq!(slash.header("location"), "/api/v2/tokens/");
        let login = scene.stranger().with(name, value).gets(&asking(&app, "")).await;
        assert!(login.header("location").starts_with("/api/login/?next="));
        let tokens = scene.basic("alice").with(name, value).gets("/api/v2/tokens/").await;
        assert!(!tokens.body.contains("evil"));
    }
}

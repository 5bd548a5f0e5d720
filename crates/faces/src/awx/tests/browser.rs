//! What browsers may be talked into: forged requests, frames, scripts (attack book, group 11).

use axum::http::Method;
use serde_json::json;
use testing::Caller;

use super::login::Browser;
use super::{NOBODY, Scene, Told, quoted, statuses};

#[tokio::test]
async fn a169_whatever_a_cookie_would_change_needs_the_seal_of_its_session() {
    let scene = Scene::new().await;
    let browser = Browser::of(&scene, "alice").await;
    let other = Browser::of(&scene, "alice").await;
    let token = scene.token("alice", "write").await;
    let before = scene.journal().await;
    let foreign = |name, value: &str| browser.sealed.clone().with(name, value);
    let cookies = format!("awx_sessionid={}; csrftoken={}", browser.session, other.seal);
    for (caller, why) in [
        (browser.bare.clone(), "CSRF token missing."),
        (foreign("x-csrftoken", ""), "CSRF token from the 'X-Csrftoken' HTTP header incorrect."),
        (
            foreign("x-csrftoken", &other.seal),
            "CSRF token from the 'X-Csrftoken' HTTP header incorrect.",
        ),
        (
            foreign("cookie", &cookies).with("x-csrftoken", &other.seal),
            "CSRF token from the 'X-Csrftoken' HTTP header incorrect.",
        ),
        (
            scene.stranger().with("cookie", &format!("awx_sessionid={}", browser.session)),
            "CSRF cookie not set.",
        ),
        (foreign("origin", "https://evil.test"), "Referer checking failed."),
        (foreign("origin", "http://127.0.0.1:8700.evil.test"), "Referer checking failed."),
        (foreign("origin", "http://evil127.0.0.1:8700"), "Referer checking failed."),
        (foreign("sec-fetch-site", "cross-site"), "Referer checking failed."),
        (foreign("sec-fetch-site", "same-site"), "Referer checking failed."),
    ] {
        let detail = format!("CSRF Failed: {why}");
        for (method, path) in [
            (Method::POST, "/api/v2/tokens/"),
            (Method::PATCH, &token.url()),
            (Method::PUT, &token.url()),
            (Method::DELETE, &token.url()),
        ] {
            let answer = caller.tells(method.clone(), path, &json!({})).await;
            assert_eq!(
                (answer.status.as_u16(), answer.detail()),
                (403, detail.clone()),
                "{method}"
            );
        }
        assert_eq!(caller.gets("/api/v2/me/").await.status, 200, "looking needs none");
    }
    assert_eq!(scene.journal().await, before, "nothing was changed");
    let own = foreign("origin", "http://127.0.0.1:8700").with("sec-fetch-site", "same-origin");
    assert_eq!(own.posts("/api/v2/tokens/", &json!({})).await.status, 201);
}

#[tokio::test]
async fn a169_a_form_can_not_pass_for_json() {
    let scene = Scene::new().await;
    let browser = Browser::of(&scene, "alice").await;
    for kind in ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"] {
        let body = br#"{"scope":"write"}"#.to_vec();
        let answer = browser.sealed.sends(Method::POST, "/api/v2/tokens/", Some(kind), body).await;
        assert_eq!(answer.status, 415, "{kind}");
    }
}

#[tokio::test]
async fn a169_a_session_that_is_over_is_nobody_and_not_a_forger() {
    let scene = Scene::new().await;
    let browser = Browser::of(&scene, "alice").await;
    browser.bare.gets("/api/logout/").await;
    let answer = browser.bare.posts("/api/v2/tokens/", &json!({})).await;
    assert_eq!((answer.status.as_u16(), answer.detail().as_str()), (401, NOBODY));
}

#[tokio::test]
async fn a054_a_method_is_the_one_of_the_request_line() {
    let scene = Scene::new().await;
    let alice = scene.bearer("alice", "write").await;
    let token = scene.token("alice", "write").await;
    for (name, value) in [
        ("x-http-method-override", "DELETE"),
        ("x-http-method", "DELETE"),
        ("x-method-override", "DELETE"),
    ] {
        let caller = alice.clone().with(name, value);
        assert_eq!(caller.gets(&token.url()).await.status, 200);
        assert_eq!(caller.posts(&token.url(), &json!({})).await.status, 405);
    }
    let answer = alice.gets(&format!("{}?_method=delete", token.url())).await;
    assert_eq!(answer.status, 400, "an unknown filter");
    for method in ["TRACE", "CONNECT", "PROPFIND", "LOCK"] {
        let answer = alice.asks(method.parse().unwrap(), &token.url()).await;
        let detail = format!("Method \"{method}\" not allowed.");
        assert_eq!((answer.status.as_u16(), answer.detail()), (405, detail));
        assert_eq!(answer.header("allow"), "GET, PUT, PATCH, DELETE, HEAD, OPTIONS");
    }
    assert!(scene.is_live(&token.text("token")).await);
}

/// What nobody means well by.
const HOSTILE: &str = "zqx\"'><script>";

/// Pages for people, each in a state of its own, with something hostile wherever somebody else says
/// what is on it.
async fn pages(scene: &Scene) -> Vec<testing::Answer> {
    let code = json!({
        "authorization_grant_type": "authorization-code",
        "redirect_uris": "https://a.test/cb",
    });
    let app = scene.application(HOSTILE, code).await;
    let browser = Browser::of(scene, "alice").await;
    let hostile = quoted(HOSTILE);
    let asked = format!("/api/o/authorize/?response_type=code&client_id={}", app.id);
    let (caller, seal) = Browser::before(scene).await;
    let wrong = format!("username={hostile}&password=x&csrfmiddlewaretoken={seal}&next={hostile}");
    let names = ["state", "nonce", "claims"].map(|name| format!("&{name}={hostile}")).concat();
    vec![
        scene.stranger().gets(&format!("/api/login/?next={hostile}")).await,
        caller.fills("/api/login/", &wrong).await,
        scene.stranger().fills("/api/login/", &format!("username={hostile}")).await,
        browser.bare.gets(&format!("{asked}{names}")).await,
        browser.bare.gets(&format!("/api/o/authorize/?client_id={hostile}")).await,
        browser.bare.gets(&format!("{asked}&redirect_uri={hostile}")).await,
        browser.bare.gets(&format!("/api/o/authorize/?{hostile}=1&{hostile}=2")).await,
        browser.bare.fills("/api/o/authorize/", &format!("csrfmiddlewaretoken={hostile}")).await,
    ]
}

#[tokio::test]
async fn a171_a172_pages_are_framed_by_nobody_and_run_no_script() {
    let scene = Scene::new().await;
    for page in pages(&scene).await {
        assert!(page.header("content-type").starts_with("text/html; charset=utf-8"));
        let policy = page.header("content-security-policy");
        for part in [
            "default-src 'none'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action ",
            "style-src 'self'",
        ] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
        assert_eq!(page.header("x-frame-options"), "DENY");
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert_eq!(page.header("cache-control"), "no-store");
        assert_eq!(page.header("referrer-policy"), "no-referrer");
    }
}

#[tokio::test]
async fn a174_what_people_wrote_is_text_on_a_page() {
    let scene = Scene::new().await;
    let pages = pages(&scene).await;
    for page in &pages {
        for bad in ["zqx\"", "zqx'", "'>", "<script"] {
            assert!(!page.body.contains(bad), "{bad}: {}", page.body);
        }
    }
    let shown = "zqx&quot;&#39;&gt;&lt;script&gt;";
    let asked = &pages[3].body;
    assert!(asked.contains(&format!("<strong>{shown}</strong>")), "{asked}");
    for name in ["state", "nonce", "claims"] {
        assert!(asked.contains(&format!("name=\"{name}\" value=\"{shown}\"")), "{asked}");
    }
}

#[tokio::test]
async fn a176_no_answer_may_be_kept_and_a_longer_path_is_another() {
    let scene = Scene::new().await;
    let alice = scene.bearer("alice", "write").await;
    let token = scene.token("alice", "write").await;
    for path in
        ["/api/", "/api/v2/", "/api/v2/me/", "/api/v2/tokens/", &token.url(), "/api/nosuch/"]
    {
        let answer = alice.gets(path).await;
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), "", "{path}");
        assert!(answer.header("content-type").starts_with("application/json"), "{path}");
    }
    for more in ["x.css", "x.css/", "%0ax.png", ";x.js", ".css"] {
        for path in ["/api/v2/me/", "/api/v2/tokens/"] {
            let answer = alice.gets(&format!("{path}{more}")).await;
            assert!([301, 404].contains(&answer.status.as_u16()), "{path}{more}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn a177_no_other_origin_reads_an_answer() {
    let scene = Scene::new().await;
    let browser = Browser::of(&scene, "alice").await;
    for origin in ["https://evil.test", "null", "http://127.0.0.1:8700"] {
        let callers: [Caller; 2] = [browser.sealed.clone(), scene.bearer("alice", "read").await];
        for caller in callers {
            let caller = caller.with("origin", origin);
            for method in [Method::GET, Method::OPTIONS] {
                let caller = caller.clone().with("access-control-request-method", "POST");
                let answer = caller.asks(method, "/api/v2/tokens/").await;
                assert_eq!(answer.status, 200);
                assert_eq!(answer.header("access-control-allow-origin"), "");
                assert_eq!(answer.header("access-control-allow-credentials"), "");
            }
        }
    }
    let answers = [scene.stranger().asks(Method::OPTIONS, "/api/o/token/").await];
    assert_eq!(statuses(&answers), [200]);
    assert_eq!(answers[0].header("access-control-allow-origin"), "");
}

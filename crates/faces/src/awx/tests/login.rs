//! Logging in and out with a browser (contract section 5; attack book, A069, A106 and A170).

use axum::http::Method;
use serde_json::json;
use testing::{Answer, Caller, PASSWORD, World};

use super::{NOBODY, Scene, Told, quoted, statuses};

/// A browser that is logged in.
pub(super) struct Browser {
    /// The session cookie's secret.
    pub(super) session: String,
    /// The seal of its forms.
    pub(super) seal: String,
    /// Sends its cookies.
    pub(super) bare: Caller,
    /// Sends its cookies, and says the seal in a header.
    pub(super) sealed: Caller,
}

impl Browser {
    pub(super) async fn of(scene: &Scene, name: &str) -> Self {
        let (caller, seal) = Self::before(scene).await;
        let welcome = log_in(&caller, name, PASSWORD, &seal).await;
        Self::welcomed(&scene.stranger(), &welcome)
    }

    pub(super) fn welcomed(stranger: &Caller, welcome: &Answer) -> Self {
        assert_eq!(welcome.status, 302, "{}", welcome.body);
        let (session, seal) = (cookie(welcome, "awx_sessionid"), cookie(welcome, "csrftoken"));
        let cookies = format!("awx_sessionid={session}; csrftoken={seal}");
        let bare = stranger.clone().with("cookie", &cookies);
        let sealed = bare.clone().with("x-csrftoken", &seal);
        Self { session, seal, bare, sealed }
    }

    /// A browser that has looked at the form, and the seal in it.
    pub(super) async fn before(scene: &Scene) -> (Caller, String) {
        let page = scene.stranger().gets("/api/login/").await;
        let seal = cookie(&page, "csrftoken");
        assert!(page.body.contains(&format!("name=\"csrfmiddlewaretoken\" value=\"{seal}\"")));
        (scene.stranger().with("cookie", &format!("csrftoken={seal}")), seal)
    }

    pub(super) async fn is_in(&self) -> bool {
        self.bare.gets("/api/v2/me/").await.status == 200
    }
}

/// The value of a cookie that an answer sets.
pub(super) fn cookie(answer: &Answer, name: &str) -> String {
    let all = answer.cookies();
    let found = all.iter().find_map(|line| line.strip_prefix(&format!("{name}=")));
    found.unwrap().split(';').next().unwrap().to_owned()
}

async fn log_in(caller: &Caller, name: &str, password: &str, seal: &str) -> Answer {
    let (name, password) = (quoted(name), quoted(password));
    let form = format!("username={name}&password={password}&csrfmiddlewaretoken={seal}");
    caller.fills("/api/login/", &form).await
}

#[tokio::test]
async fn a_login_by_a_field_of_the_form_leads_to_the_api_and_says_who_comes() {
    let scene = Scene::new().await;
    let (caller, seal) = Browser::before(&scene).await;
    let welcome = log_in(&caller, "alice", PASSWORD, &seal).await;
    assert_eq!((welcome.status.as_u16(), welcome.header("location")), (302, "/api/"));
    assert_eq!(welcome.header("x-api-session-cookie-name"), "awx_sessionid");
    let cookies = welcome.cookies();
    let rest = |name: &str| {
        let line = cookies.iter().find(|line| line.starts_with(&format!("{name}="))).unwrap();
        line.split_once(';').unwrap().1.to_owned()
    };
    assert_eq!(rest("awx_sessionid"), " HttpOnly; Max-Age=1800; Path=/; SameSite=Lax");
    assert_eq!(rest("csrftoken"), " Path=/; SameSite=Lax");
    assert!(cookies.contains(&"userLoggedIn=true; Path=/; SameSite=Lax".to_owned()));
    assert_ne!(cookie(&welcome, "csrftoken"), seal, "a new seal for the new session");
    let me = Browser::welcomed(&scene.stranger(), &welcome).bare.gets("/api/v2/me/").await;
    assert_eq!(me.json()["results"][0]["username"], "alice");
    assert_eq!(me.header("session-timeout"), "1800");
    assert!(cookie(&me, "awx_sessionid") == cookie(&welcome, "awx_sessionid"));
}

#[tokio::test]
async fn a_session_is_over_1800_s_after_its_last_use_and_when_it_is_logged_out() {
    let scene = Scene::new().await;
    let browser = Browser::of(&scene, "alice").await;
    for _ in 0..3 {
        scene.seconds(1_700).await;
        assert!(browser.is_in().await, "each use counts");
    }
    scene.seconds(1_800).await;
    assert!(!browser.is_in().await);
    let (one, other) = (Browser::of(&scene, "alice").await, Browser::of(&scene, "alice").await);
    let out = one.bare.gets("/api/logout/").await;
    assert_eq!((out.status.as_u16(), out.header("location")), (302, "/api/"));
    assert_eq!(cookie(&out, "userLoggedIn"), "false");
    assert_eq!(cookie(&out, "awx_sessionid"), "\"\"");
    assert!(!one.is_in().await && other.is_in().await);
    let again = [one.bare.gets("/api/logout/").await, scene.stranger().gets("/api/logout/").await];
    assert_eq!(statuses(&again), [302; 2]);
}

#[tokio::test]
async fn a069_a_login_has_a_cookie_of_its_own_and_ends_the_session_before() {
    let scene = Scene::new().await;
    let (_, seal) = Browser::before(&scene).await;
    let planted =
        scene.stranger().with("cookie", &format!("awx_sessionid=chosen; csrftoken={seal}"));
    let welcome = log_in(&planted, "alice", PASSWORD, &seal).await;
    let first = Browser::welcomed(&scene.stranger(), &welcome);
    assert_ne!(first.session, "chosen");
    let welcome = log_in(&first.bare, "alice", PASSWORD, &first.seal).await;
    let second = Browser::welcomed(&scene.stranger(), &welcome);
    assert_ne!(second.session, first.session);
    assert!(!first.is_in().await && second.is_in().await);
}

#[tokio::test]
async fn a106_a_login_leads_nowhere_but_to_a_path_of_ours() {
    let scene = Scene::new().await;
    for next in [
        "//evil.test",
        "/\\evil.test",
        "\\\\evil.test",
        "\\/\\/evil.test",
        "https:evil.test",
        "https://evil.test/",
        "HTTPS:///evil.test",
        "evil.test",
        "javascript:alert(1)",
        "/\t/evil.test",
        "\t//evil.test",
        " //evil.test",
        "/\r\nLocation: https://evil.test",
        "/\n/evil.test",
        "/a\0b",
        "/\u{2028}/evil.test",
        "",
        "@evil.test",
        "/\"><script>",
    ] {
        let page = scene.stranger().gets(&format!("/api/login/?next={}", quoted(next))).await;
        assert!(page.body.contains("name=\"next\" value=\"/api/\""), "{next:?}");
        let (caller, seal) = Browser::before(&scene).await;
        let form = |password: &str| {
            let (next, password) = (quoted(next), quoted(password));
            format!("username=alice&password={password}&csrfmiddlewaretoken={seal}&next={next}")
        };
        let wrong = caller.fills("/api/login/", &form("wrong")).await;
        assert!(wrong.body.contains("name=\"next\" value=\"/api/\""), "{next:?}");
        let welcome = caller.fills("/api/login/", &form(PASSWORD)).await;
        assert_eq!(
            (welcome.status.as_u16(), welcome.header("location")),
            (302, "/api/"),
            "{next:?}"
        );
    }
    let own = "/api/o/authorize/?client_id=a&state=%2F%2Fx";
    let page = scene.stranger().gets(&format!("/api/login/?next={}", quoted(own))).await;
    assert!(page.body.contains("value=\"/api/o/authorize/?client_id=a&amp;state=%2F%2Fx\""));
}

#[tokio::test]
async fn a170_a_login_needs_a_seal_of_ours_in_cookie_and_form() {
    let scene = Scene::new().await;
    let (caller, seal) = Browser::before(&scene).await;
    let other = Browser::before(&scene).await.1;
    let browser = Browser::of(&scene, "gus").await;
    let stranger = scene.stranger();
    let both = |seal: &str| stranger.clone().with("cookie", &format!("csrftoken={seal}"));
    let (chosen, short) = ("a".repeat(64), "a".repeat(31));
    let answers = [
        log_in(&stranger, "alice", PASSWORD, &seal).await,
        log_in(&caller, "alice", PASSWORD, "").await,
        log_in(&caller, "alice", PASSWORD, &other).await,
        log_in(&both(&chosen), "alice", PASSWORD, &chosen).await,
        log_in(&both(&short), "alice", PASSWORD, &short).await,
        // The seal of a session is good with its cookie only.
        log_in(&both(&browser.seal), "alice", PASSWORD, &browser.seal).await,
        log_in(&caller.clone().with("origin", "https://evil.test"), "alice", PASSWORD, &seal).await,
        log_in(&caller.clone().with("sec-fetch-site", "cross-site"), "alice", PASSWORD, &seal)
            .await,
        log_in(&caller.clone().with("sec-fetch-site", "same-site"), "alice", PASSWORD, &seal).await,
    ];
    assert_eq!(statuses(&answers), [403; 9]);
    for answer in &answers {
        assert!(!answer.cookies().iter().any(|line| line.starts_with("awx_sessionid")));
        assert!(answer.header("content-type").starts_with("text/html"));
    }
    assert_eq!(log_in(&caller, "alice", PASSWORD, &seal).await.status, 302);
}

#[tokio::test]
async fn a170_a_login_is_a_form_and_nothing_else() {
    let scene = Scene::new().await;
    let (caller, seal) = Browser::before(&scene).await;
    let caller = caller.with("x-csrftoken", &seal);
    let json = json!({ "username": "alice", "password": PASSWORD });
    let form = format!("username=alice&password={}", quoted(PASSWORD)).into_bytes();
    let twice = format!("username=alice&username=gus&password={}", quoted(PASSWORD));
    let answers = [
        caller.posts("/api/login/", &json).await,
        caller.sends(Method::POST, "/api/login/", Some("text/plain"), form.clone()).await,
        caller.sends(Method::POST, "/api/login/", Some("multipart/form-data"), form.clone()).await,
        caller.sends(Method::POST, "/api/login/", None, form).await,
        caller.fills("/api/login/", &twice).await,
    ];
    assert_eq!(statuses(&answers), [400; 5]);
    for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::TRACE, Method::OPTIONS] {
        let answer = caller.asks(method.clone(), "/api/login/").await;
        assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, "GET, HEAD, POST"));
        let answer = caller.asks(method, "/api/logout/").await;
        assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, "GET, HEAD, POST"));
    }
    assert_eq!(caller.asks(Method::HEAD, "/api/login/").await.status, 200);
}

#[tokio::test]
async fn where_the_public_address_is_https_every_cookie_is_secure() {
    let world = World::with(|policy| "https://corp.test".clone_into(&mut policy.issuer)).await;
    let scene = Scene::on(world).await;
    let (caller, seal) = Browser::before(&scene).await;
    let welcome = log_in(&caller, "alice", PASSWORD, &seal).await;
    let browser = Browser::welcomed(&scene.stranger(), &welcome);
    let answers = [
        scene.stranger().gets("/api/").await,
        scene.stranger().gets("/api/login/").await,
        log_in(&caller, "alice", "wrong", &seal).await,
        browser.bare.gets("/api/v2/me/").await,
        browser.bare.gets("/api/").await,
        browser.bare.gets("/api/o/authorize/").await,
        browser.bare.gets("/api/logout/").await,
        welcome,
    ];
    for cookie in answers.iter().flat_map(Told::cookies) {
        assert!(cookie.ends_with("; Secure"), "{cookie}");
    }
    assert!(answers.iter().all(|answer| !answer.cookies().is_empty()));
    // Plain http could be anybody on the way, so a page from there is not ours.
    let browser = Browser::of(&scene, "alice").await;
    let from = async |origin: &str| {
        let caller = browser.sealed.clone().with("host", "corp.test").with("origin", origin);
        caller.posts("/api/v2/tokens/", &json!({})).await.status.as_u16()
    };
    assert_eq!(from("http://corp.test").await, 403);
    assert_eq!(from("https://corp.test").await, 201);
    assert_eq!(from("https://corp.test.evil").await, 403);
}

#[tokio::test]
async fn a_seal_of_a_session_that_is_over_still_logs_in() {
    let scene = Scene::new().await;
    let browser = Browser::of(&scene, "alice").await;
    scene.seconds(3_600).await;
    assert_eq!(browser.bare.gets("/api/v2/me/").await.detail(), NOBODY);
    assert_eq!(log_in(&browser.bare, "alice", PASSWORD, &browser.seal).await.status, 302);
}

//! Conventions of every answer (contract section 1).

use axum::http::Method;
use serde_json::json;
use testing::Answer;

use super::super::views;
use super::{Scene, Told, statuses};

const UNSATISFIED: &str = "Could not satisfy the request Accept header.";

#[tokio::test]
async fn a_path_without_its_slash_leads_to_the_one_with_it_whoever_asks_and_how() {
    let scene = Scene::new().await;
    let mut paths: Vec<String> = views::all().iter().map(|view| view.path.to_owned()).collect();
    paths.extend(
        ["/login/", "/logout/", "/o/authorize/", "/o/token/", "/o/revoke_token/"]
            .map(str::to_owned),
    );
    for path in paths {
        let path = format!("/api{}", path.replace("{id}", "a%2Fb"));
        let bare = path.trim_end_matches('/');
        for method in [
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
            Method::HEAD,
            Method::OPTIONS,
        ] {
            let answer = scene.stranger().asks(method, &format!("{bare}?a=%20b")).await;
            let led = (answer.status.as_u16(), answer.header("location"), answer.body.as_str());
            assert_eq!(led, (301, format!("{path}?a=%20b").as_str(), ""));
        }
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_body_is_said_before_anybody_is_asked_who_they_are() {
    let scene = Scene::new().await;
    let stranger = scene.stranger();
    let sends = async |media: Option<&str>, body: &str| {
        let answer =
            stranger.sends(Method::POST, "/api/v2/tokens/", media, body.as_bytes().to_vec());
        let answer = answer.await;
        (answer.status.as_u16(), answer.detail())
    };
    let json = Some("application/json");
    for media in
        [None, Some("text/plain"), Some("application/json; charset=latin1"), Some("text/json")]
    {
        let (status, detail) = sends(media, "{}").await;
        assert_eq!(status, 415);
        assert!(detail.starts_with("You did not use correct Content-Type in your HTTP request."));
    }
    for (body, why) in [
        ("{", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        (
            "{\"a\": 1,}",
            "Expecting property name enclosed in double quotes: line 1 column 9 (char 8)",
        ),
        ("nope", "Expecting value: line 1 column 1 (char 0)"),
    ] {
        let told = format!("JSON parse error - {why}\nPossible cause: trailing comma.");
        assert_eq!(sends(json, body).await, (400, told));
    }
    for body in ["[]", "\"x\"", "1", "true", "null"] {
        let told = "JSON parse error - not a JSON object".to_owned();
        assert_eq!(sends(json, body).await, (400, told), "{body}");
    }
    assert_eq!(sends(json, "").await.0, 401, "an empty body is an empty object");
    assert_eq!(sends(None, "").await.0, 401);
    assert_eq!(sends(Some("Application/JSON; charset=UTF-8"), "{}").await.0, 401);
}

#[tokio::test]
async fn json_is_what_is_given_to_whoever_takes_it_or_a_page() {
    let scene = Scene::new().await;
    let alice = scene.bearer("alice", "read").await;
    for accept in [
        "application/json",
        "text/html",
        "*/*",
        "application/*",
        "text/*",
        "text/html,application/xml;q=0.9",
        "APPLICATION/JSON",
        "application/json;q=0.1, image/png",
        "application/json; indent=4",
    ] {
        let answer = alice.clone().with("accept", accept).gets("/api/v2/me/").await;
        assert_eq!(answer.status, 200, "{accept}");
        assert_eq!(answer.header("content-type"), "application/json", "{accept}");
    }
    for accept in ["application/xml", "image/png", "text/plain", "", "json", "a/b/c", ";;"] {
        for caller in [alice.clone(), scene.stranger()] {
            let answer = caller.with("accept", accept).gets("/api/v2/me/").await;
            assert_eq!(
                (answer.status.as_u16(), answer.detail().as_str()),
                (406, UNSATISFIED),
                "{accept}"
            );
        }
    }
    for format in ["api", "xml", "", "JSON"] {
        let answer = alice.gets(&format!("/api/v2/me/?format={format}")).await;
        assert_eq!(answer.status, 406, "{format}");
    }
}

#[tokio::test]
async fn every_view_says_what_it_is_and_who_answered() {
    let scene = Scene::new().await;
    let alice = scene.bearer("alice", "read").await;
    let usual = |answer: &Answer| {
        assert_eq!(answer.header("x-api-product-name"), "AWX");
        assert_eq!(answer.header("content-language"), "en");
        assert_eq!(answer.header("access-control-expose-headers"), "X-API-Request-Id");
        assert!(answer.header("vary").starts_with("Accept, Accept-Language, origin"));
        assert!(!answer.header("x-api-node").is_empty());
        for time in ["x-api-time", "x-api-total-time"] {
            let seconds = answer.header(time).strip_suffix('s').unwrap();
            assert_eq!(seconds.split_once('.').unwrap().1.len(), 3, "{seconds}");
        }
        let id = answer.header("x-api-request-id");
        assert!(id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()), "{id}");
    };
    for path in
        ["/api/", "/api/v2/", "/api/v2/ping/", "/api/v2/tokens/", "/api/v2/tokens/9/", "/api/o/"]
    {
        let (known, nobody) = (alice.gets(path).await, scene.stranger().gets(path).await);
        usual(&known);
        usual(&nobody);
        assert_eq!(known.header("x-api-product-version"), "24.6.1", "{path}");
        assert_eq!(nobody.header("x-api-product-version"), "", "{path}");
    }
    let own = "0123456789abcdef0123456789ABCDEF";
    let answer = alice.clone().with("x-api-request-id", own).gets("/api/v2/").await;
    assert_eq!(answer.header("x-api-request-id"), own);
    for odd in ["x", "0123456789abcdef0123456789abcde", "g123456789abcdef0123456789abcdef", ""] {
        let answer = alice.clone().with("x-api-request-id", odd).gets("/api/v2/").await;
        usual(&answer);
        assert_ne!(answer.header("x-api-request-id"), odd);
    }
}

#[tokio::test]
async fn a_head_is_a_get_without_its_body() {
    let scene = Scene::new().await;
    let alice = scene.basic("alice");
    let token = scene.token("alice", "read").await;
    for path in ["/api/v2/tokens/", &token.url(), "/api/v2/me/", "/api/v2/tokens/999/", "/api/"] {
        let (got, headed) = (alice.gets(path).await, alice.asks(Method::HEAD, path).await);
        assert_eq!((headed.status, headed.body.as_str()), (got.status, ""), "{path}");
        assert_eq!(headed.header("content-type"), got.header("content-type"));
        assert_eq!(headed.header("allow"), got.header("allow"));
    }
}

#[tokio::test]
async fn times_are_utc_to_the_microsecond_unless_there_are_none() {
    let scene = Scene::new().await;
    let whole = scene.token("alice", "read").await;
    assert_eq!(whole.text("created"), "2026-01-01T12:00:00Z");
    scene.world.clock.advance(std::time::Duration::from_nanos(639_106_789));
    let broken = scene.token("alice", "read").await;
    assert_eq!(broken.text("created"), "2026-01-01T12:00:00.639106Z");
    assert_eq!(broken.text("expires"), "2027-01-02T12:00:00.639106Z");
}

#[tokio::test]
async fn options_tell_what_the_caller_could_write() {
    let scene = Scene::new().await;
    let token = scene.token("alice", "write").await;
    let (alice, gus, root) = (scene.basic("alice"), scene.basic("gus"), scene.basic("root"));
    let reads = scene.bearer("alice", "read").await;
    for (caller, path, verb) in [
        (&alice, "/api/v2/tokens/", Some("POST")),
        (&reads, "/api/v2/tokens/", None),
        (&alice, "/api/v2/users/", None),
        (&root, "/api/v2/users/", Some("POST")),
        (&alice, "/api/v2/organizations/", None),
        (&alice, &token.url(), Some("PUT")),
        (&gus, &token.url(), None),
        (&reads, &token.url(), None),
        (&alice, "/api/v2/tokens/9999/", None),
        (&alice, "/api/v2/tokens/x/", None),
        (&root, "/api/v2/settings/authentication/", Some("PUT")),
        (&alice, "/api/v2/settings/authentication/", None),
        (&alice, "/api/v2/me/", None),
    ] {
        let answer = caller.asks(Method::OPTIONS, path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        let told = answer.json();
        let actions: Vec<&String> = told["actions"].as_object().unwrap().keys().collect();
        let expected: Vec<&str> = ["GET"].into_iter().chain(verb).collect();
        assert_eq!(actions, expected, "{path}");
        assert_eq!(told["renders"], json!(["application/json", "text/html"]));
        assert_eq!(told["parses"], json!(["application/json"]));
        let list = path.ends_with("s/") && !path.contains("settings");
        assert_eq!(told.get("max_page_size").is_some(), list || path.ends_with("me/"), "{path}");
    }
    for (path, _) in super::super::discovery::EMPTY {
        let answer = alice.asks(Method::OPTIONS, &format!("/api{path}")).await;
        assert_eq!((answer.status.as_u16(), answer.json().is_object()), (200, true), "{path}");
    }
    let nobody = scene.stranger().asks(Method::OPTIONS, "/api/v2/tokens/").await;
    assert_eq!(statuses(&[nobody]), [401]);
}

#[tokio::test]
async fn what_strangers_find_is_as_the_contract_says() {
    let scene = Scene::new().await;
    let stranger = scene.stranger();
    let root = stranger.gets("/api/").await;
    let seal = super::login::cookie(&root, "csrftoken");
    assert_eq!(root.cookies(), [format!("csrftoken={seal}; Path=/; SameSite=Lax")]);
    let ping = stranger.gets("/api/v2/ping/").await.json();
    let keys: Vec<&String> = ping.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        ["ha", "version", "active_node", "install_uuid", "instances", "instance_groups"]
    );
    assert_eq!((&ping["ha"], &ping["version"]), (&json!(false), &json!("24.6.1")));
    let resources = stranger.gets("/api/v2/").await.json();
    for key in [
        "ping",
        "config",
        "settings",
        "me",
        "organizations",
        "users",
        "teams",
        "applications",
        "tokens",
        "roles",
        "activity_stream",
    ] {
        assert_eq!(resources[key], format!("/api/v2/{key}/"));
    }
    assert_eq!(stranger.gets("/api/v2/auth/").await.body, "{}");
    let provider = r#"{"authorize":"/api/o/authorize/","token":"/api/o/token/","revoke_token":"/api/o/revoke_token/"}"#;
    assert_eq!(stranger.gets("/api/o/").await.body, provider);
    assert_eq!(scene.basic("alice").gets("/api/v2/config/").await.json()["version"], "24.6.1");
    for path in ["/api/nosuch/", "/api/v2/nosuch/", "/api/v2/tokens/1/nosuch/", "/api/v3/"] {
        assert_eq!(stranger.gets(path).await.status, 404, "{path}");
    }
}

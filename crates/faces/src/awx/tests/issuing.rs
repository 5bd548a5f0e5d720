//! Making and changing tokens (attack book, group 2).

use authority::clock::Clock;
use authority::days;
use authority::scope::Scopes;
use authority::token::Wish;
use axum::http::Method;
use jiff::SignedDuration;
use serde_json::{Value, json};
use testing::World;

use super::{Scene, Told, made};

#[tokio::test]
async fn a017_whoever_shows_nothing_makes_nothing_for_anybody() {
    let scene = Scene::new().await;
    let before = scene.journal().await;
    for name in ["userId", "user_id", "user", "owner", "sub"] {
        let body = json!({ name: 1, "scope": "write" });
        for path in
            ["/api/v2/tokens/", "/api/v2/users/1/tokens/", "/api/v2/users/root/personal_tokens/"]
        {
            let path = format!("{path}?{name}=1");
            assert_eq!(scene.stranger().posts(&path, &body).await.status, 401, "{path}");
        }
    }
    assert_eq!(scene.journal().await, before);
}

#[tokio::test]
async fn a019_a_token_is_its_makers_whoever_the_path_or_body_names() {
    let scene = Scene::new().await;
    let (alice, bob) = (scene.id("alice").await, scene.id("bob").await);
    for below in ["tokens", "personal_tokens"] {
        for (who, path, owner) in [
            ("bob", format!("/api/v2/users/{alice}/{below}/"), Some(bob)),
            ("root", format!("/api/v2/users/alice/{below}/"), Some(1)),
            ("dave", format!("/api/v2/users/{alice}/{below}/"), Some(scene.id("dave").await)),
            ("gus", format!("/api/v2/users/{alice}/{below}/"), None),
            ("carol", format!("/api/v2/users/alice/{below}/"), None),
        ] {
            let body = json!({ "user": alice, "scope": "read" });
            let answer = scene.basic(who).posts(&path, &body).await;
            match owner {
                Some(owner) => assert_eq!(answer.json()["user"], owner, "{who} {path}"),
                None => assert_eq!(answer.status, 404, "{who} {path}: {}", answer.body),
            }
        }
    }
    let tokens = scene.basic("alice").gets("/api/v2/tokens/").await.json();
    assert_eq!(tokens["count"], 0, "nobody made one for her");
}

#[tokio::test]
async fn a021_a_token_with_an_end_makes_none_that_outlives_it() {
    let scene = Scene::new().await;
    let end = scene.world.clock.now() + SignedDuration::from_hours(1);
    let wish = Wish { expires_at: Some(end), ..Wish::default() };
    let parent = scene.stranger().bearer(&scene.personal("alice", wish).await);
    let child =
        made(&parent, "/api/v2/tokens/", json!({ "expires": "2099-01-01T00:00:00Z" })).await;
    assert_eq!(child.text("expires"), "2026-01-01T13:00:00Z");
    let free = scene.token("alice", "write").await;
    let life = scene.world.authority.policy().grants.access_life;
    assert_eq!(life, days(366));
    assert_eq!(free.text("expires"), "2027-01-02T12:00:00Z");
}

#[tokio::test]
async fn a021_a_token_of_a_narrower_scope_hands_out_no_more_than_it_has() {
    let scene = Scene::new().await;
    let scopes = Some(Scopes::parse("authority.self.update authority.self.get").unwrap());
    let narrow = scene.personal("alice", Wish { scopes, ..Wish::default() }).await;
    let narrow = scene.stranger().bearer(&narrow);
    for scope in ["read", "write", "read write"] {
        let answer = narrow.posts("/api/v2/tokens/", &json!({ "scope": scope })).await;
        assert!([400, 403].contains(&answer.status.as_u16()), "{scope}: {}", answer.body);
    }
    let token = scene.token("alice", "read").await;
    let wider = narrow.tells(Method::PATCH, &token.url(), &json!({ "scope": "write" })).await;
    assert!([400, 403].contains(&wider.status.as_u16()), "{}", wider.body);
    assert_eq!(scene.basic("alice").gets(&token.url()).await.json()["scope"], "read");
}

#[tokio::test]
async fn a024_an_unknown_scope_is_never_the_usual_one() {
    let scene = Scene::new().await;
    let app = scene.application("app", json!({})).await;
    let alice = scene.basic("alice");
    let before = scene.journal().await;
    let many = "read ".repeat(10_000);
    let numbered = (0..10_000).map(|n| format!("s{n}")).collect::<Vec<_>>().join(" ");
    let told = json!([super::super::scope::WRONG]);
    for bad in [
        json!("admin"),
        json!("*"),
        json!("read write admin"),
        json!("read,write"),
        json!("READ"),
        json!("read\0write"),
        json!("read\twrite"),
        json!("read\nwrite"),
        json!("read\u{a0}write"),
        json!("rеad"),
        json!(""),
        json!(" "),
        json!(-1),
        json!(4_294_967_296_u64),
        json!(3072.5),
        json!(null),
        json!("authority.self.get"),
        json!("read read"),
        json!(many),
        json!(numbered),
    ] {
        for path in ["/api/v2/tokens/", &format!("/api/v2/applications/{}/tokens/", app.number)] {
            let answer = alice.posts(path, &json!({ "scope": bad })).await;
            assert_eq!(answer.status, 400, "{bad}: {}", answer.body);
            assert_eq!(answer.json(), json!({ "scope": told }), "{bad}");
        }
    }
    for bad in [json!([]), json!([null]), json!(["read"]), json!({}), json!(true), json!(false)] {
        let answer = alice.posts("/api/v2/tokens/", &json!({ "scope": bad })).await;
        assert_eq!(answer.json(), json!({ "scope": ["Not a valid string."] }), "{bad}");
    }
    assert_eq!(scene.journal().await, before);
}

#[tokio::test]
async fn a025_a_member_that_is_there_twice_is_no_request() {
    let scene = Scene::new().await;
    let alice = scene.basic("alice");
    let before = scene.journal().await;
    for body in [
        r#"{"scope":"read","scope":"write"}"#,
        r#"{"scope":"read","\u0073cope":"write"}"#,
        r#"{"description":{"a":1,"a":2}}"#,
        r#"{"x":[{"a":1,"a":1}]}"#,
    ] {
        let json = Some("application/json");
        let answer = alice.sends(Method::POST, "/api/v2/tokens/", json, body.into()).await;
        assert_eq!(answer.status, 400, "{body}");
        assert!(answer.detail().starts_with("JSON parse error - "), "{}", answer.body);
    }
    assert_eq!(scene.journal().await, before);
    // A query says nothing of what is made.
    let made = made(
        &alice,
        "/api/v2/tokens/?scope=write&scope=read&description=x",
        json!({ "scope": "read" }),
    );
    let made = made.await;
    assert_eq!((made.text("scope"), made.text("description")), ("read".into(), String::new()));
}

#[tokio::test]
async fn a031_a_description_is_data_and_stays_as_it_was_sent() {
    let scene = Scene::new().await;
    let alice = scene.basic("alice");
    for text in [
        "<script>alert(1)</script>",
        "${jndi:ldap://evil}",
        "=cmd|' /C calc'!A0",
        "+1",
        "@SUM(1)",
        "{{7*7}}",
        "%s%n",
        "'; DROP TABLE tokens; --",
        "\u{1f9ff} emoji",
        "\u{202e}rtl\u{202c}",
        "zero\u{200b}width",
        "a\nb\tc\r\nd",
        "\\u0041",
        "\u{e9} e\u{301}",
        "null",
        &"x".repeat(1_000),
    ] {
        let token = made(&alice, "/api/v2/tokens/", json!({ "description": text })).await;
        assert_eq!(token.text("description"), text);
        let shown = alice.gets(&token.url()).await;
        assert_eq!(shown.json()["description"], text);
        assert!(shown.header("content-type").starts_with("application/json"));
    }
    let unpaired = br#"{"description":"\ud800"}"#.to_vec();
    let no_utf8 = b"{\"description\":\"\xff\"}".to_vec();
    for body in [unpaired, no_utf8] {
        let json = Some("application/json");
        let answer = alice.sends(Method::POST, "/api/v2/tokens/", json, body).await;
        assert_eq!(answer.status, 400, "{}", answer.body);
    }
    for (bad, why) in [
        (json!("x".repeat(1_001)), "Ensure this field has no more than 1000 characters."),
        (json!("a\0b"), "Null characters are not allowed."),
        (json!([]), "Not a valid string."),
        (json!({}), "Not a valid string."),
        (json!(true), "Not a valid string."),
    ] {
        let answer = alice.posts("/api/v2/tokens/", &json!({ "description": bad })).await;
        assert_eq!(answer.json(), json!({ "description": [why] }));
    }
    let odd = alice.posts("/api/v2/tokens/", &json!({ "description": "bell\u{7}" })).await;
    assert_eq!(odd.status, 400);
    assert!(odd.json()["description"].is_array(), "{}", odd.body);
}

#[tokio::test]
async fn a036_nobody_has_more_tokens_than_policy_allows() {
    let world = World::with(|policy| policy.tokens.most_per_holder = Some(3)).await;
    let scene = Scene::on(world).await;
    let app = scene.application("app", json!({})).await;
    let alice = scene.basic("alice");
    for body in [json!({}), json!({ "application": app.number }), json!({})] {
        made(&alice, "/api/v2/tokens/", body).await;
    }
    let answers = [
        alice.posts("/api/v2/tokens/", &json!({})).await,
        alice.posts("/api/v2/tokens/", &json!({ "application": app.number })).await,
    ];
    assert!(
        answers.iter().all(|answer| [409, 429].contains(&answer.status.as_u16())),
        "{answers:?}"
    );
    scene.token("gus", "read").await;
}

#[tokio::test]
async fn a037_an_application_is_named_by_who_sees_it_and_by_a_number() {
    let scene = Scene::new().await;
    let app = scene.application("app", json!({})).await;
    let missing = "OAuth2Application matching query does not exist.";
    for (who, named, status, told) in [
        ("gus", json!(app.number), 400, json!({ "detail": missing })),
        ("carol", json!(app.number), 400, json!({ "detail": missing })),
        ("alice", json!(99), 400, json!({ "detail": missing })),
        ("alice", json!(-1), 400, json!({ "detail": missing })),
        ("alice", json!(0), 400, json!({ "detail": missing })),
        ("alice", json!(i64::MAX), 400, json!({ "detail": missing })),
        (
            "alice",
            json!(1.5),
            400,
            json!({ "detail": "Bad data found in related field application." }),
        ),
        (
            "alice",
            json!("app"),
            400,
            json!({ "detail": "Bad data found in related field application." }),
        ),
        ("root", json!("app"), 400, received("str")),
        ("root", json!([1]), 400, received("list")),
        ("root", json!({ "id": 1 }), 400, received("OrderedDict")),
        ("root", json!(true), 400, received("bool")),
        ("root", json!(99), 400, invalid_pk(99)),
    ] {
        for below in ["tokens/", "users/1/authorized_tokens/"] {
            let body = json!({ "application": named });
            let answer = scene.basic(who).posts(&format!("/api/v2/{below}"), &body).await;
            assert_eq!(
                (answer.status.as_u16(), answer.json()),
                (status, told.clone()),
                "{who} {named}"
            );
        }
    }
    let text = app.number.to_string();
    let made = made(&scene.basic("alice"), "/api/v2/tokens/", json!({ "application": text })).await;
    assert_eq!(made.0["application"], app.number);
}

fn received(kind: &str) -> Value {
    json!({ "application": [format!("Incorrect type. Expected pk value, received {kind}.")] })
}

fn invalid_pk(number: i64) -> Value {
    json!({ "application": [format!("Invalid pk \"{number}\" - object does not exist.")] })
}

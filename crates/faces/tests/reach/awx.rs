//! AWX's face among the others: what it makes is read by all, and what it ends is ended for all.

use std::time::Duration;

use authority::search::{Search, Thing};
use authority::token::Wish;
use authority::token::store::Page;
use axum::http::Method;
use serde_json::{Value, json};
use testing::{Caller, PASSWORD};

use crate::city::{City, Held};

/// What ends something, and what of Mia's it ends: "own" and "granted" were made at AWX's face, and
/// "refresh" is the granted one's.
struct Cause {
    name: &'static str,
    by: By,
    ends: &'static [&'static str],
}

/// Who brings it about, and how.
enum By {
    /// A request of somebody's with a password; `<own>` and the like are numbers or ids.
    User(&'static str, Method, &'static str, &'static str),
    /// A form that the bearer of the own or granted token sends.
    Bearer(&'static str, Method, &'static str, &'static str),
    /// A form that the till sends.
    Till(&'static str, &'static str),
    /// The till shows a refresh token twice.
    Reuse,
}

const GRANTED: &[&str] = &["granted", "refresh"];

fn causes() -> Vec<Cause> {
    use By::{Bearer, Reuse, Till, User};
    const DELETE: Method = Method::DELETE;
    const POST: Method = Method::POST;
    let cause = |name, by, ends| Cause { name, by, ends };
    let own: &[&str] = &["own"];
    let all: &[&str] = &["own", "granted", "refresh"];
    let revoke = "/authority/v1/tokens/<own's id>/revoke";
    let give = "/api/o/revoke_token/";
    let native = "/authority/v1/tokens/<granted's id>";
    let disable = "/authority/v1/users/<mia's id>/disable";
    let off = r#"{"disabled":true}"#;
    vec![
        cause("deleted by its user", User("mia", DELETE, "/api/v2/tokens/<own>/", ""), own),
        cause("deleted by root", User("root", DELETE, "/api/v2/tokens/<own>/", ""), own),
        cause("deleted by itself", Bearer("own", DELETE, "/api/v2/tokens/<own>/", ""), own),
        cause(
            "deleted by another of its user's",
            Bearer("granted", DELETE, "/api/v2/tokens/<own>/", ""),
            own,
        ),
        cause("revoked natively", User("mia", POST, revoke, ""), own),
        cause(
            "given to be revoked",
            Bearer("own", POST, "/oauth/revoke", "token=<own's secret>"),
            own,
        ),
        cause(
            "the granted is deleted by its user",
            User("mia", DELETE, "/api/v2/tokens/<granted>/", ""),
            GRANTED,
        ),
        cause(
            "the granted is deleted by the application's owner",
            User("alice", DELETE, "/api/v2/tokens/<granted>/", ""),
            GRANTED,
        ),
        cause("the granted is deleted natively", User("mia", DELETE, native, ""), GRANTED),
        cause("the granted is given back", Till(give, "token=<granted's secret>"), GRANTED),
        cause("the refresh token is given back", Till(give, "token=<granted's refresh>"), GRANTED),
        cause("a refresh token is shown again", Reuse, GRANTED),
        cause(
            "the application is deleted",
            User("alice", DELETE, "/api/v2/applications/<till>/", ""),
            GRANTED,
        ),
        cause(
            "the application is archived natively",
            User("alice", POST, "/authority/v1/applications/<till's id>/archive", ""),
            GRANTED,
        ),
        cause(
            "the organization is deleted",
            User("alice", DELETE, "/api/v2/organizations/<acme>/", ""),
            GRANTED,
        ),
        cause("the user is switched off", User("root", POST, disable, ""), all),
        cause("the user is deleted", User("root", DELETE, "/api/v2/users/<mia>/", ""), all),
        cause("switched off natively", User("mia", Method::PATCH, native, off), &["granted"]),
    ]
}

/// A text with numbers, ids and secrets in place of what stands for them.
async fn filled(city: &City, held: &Held, text: &str) -> String {
    let root = city.world.root().await;
    let authority = &city.world.authority;
    let token = async |number| {
        let found = authority.find_tokens(&root, Search::numbered(Thing::Token, number)).await;
        found.unwrap().items[0].token.id.to_string()
    };
    let mia = city.world.actor("mia").await.user().unwrap();
    let user = authority.user(&root, mia).await.unwrap();
    let acme = authority.organization(&root, city.acme).await.unwrap().number;
    text.replace("<own>", &held.own.number.to_string())
        .replace("<granted>", &held.granted.number.to_string())
        .replace("<own's id>", &token(held.own.number).await)
        .replace("<granted's id>", &token(held.granted.number).await)
        .replace("<own's secret>", &held.own.token)
        .replace("<granted's secret>", &held.granted.token)
        .replace("<granted's refresh>", &held.granted.refresh)
        .replace("<till>", &city.till.0.number.to_string())
        .replace("<till's id>", &city.till.0.id.to_string())
        .replace("<mia>", &user.number.to_string())
        .replace("<mia's id>", &mia.to_string())
        .replace("<acme>", &acme.to_string())
}

async fn bring_about(city: &City, held: &Held, by: &By) {
    let (caller, method, path, body): (Caller, Method, &str, &str) = match by {
        By::User(name, method, path, body) => {
            (city.stranger.clone().basic(name, PASSWORD), method.clone(), path, body)
        }
        By::Bearer(name, method, path, body) => {
            let token = if *name == "own" { &held.own.token } else { &held.granted.token };
            (city.stranger.clone().bearer(token), method.clone(), path, body)
        }
        By::Till(path, body) => (city.till(), Method::POST, path, body),
        By::Reuse => return reuse(city, held).await,
    };
    let kind = match body.chars().next() {
        None => None,
        Some('{') => Some("application/json"),
        Some(_) => Some("application/x-www-form-urlencoded"),
    };
    let (path, body) = (filled(city, held, path).await, filled(city, held, body).await);
    let answer = caller.sends(method, &path, kind, body.into_bytes()).await;
    assert!(answer.status.is_success(), "{path}: {} {}", answer.status, answer.body);
}

/// The till refreshes, uses what it got, and then somebody shows the old refresh token.
async fn reuse(city: &City, held: &Held) {
    let first = city.turns(&held.granted.refresh).await.json();
    let access = first["access_token"].as_str().unwrap();
    assert_eq!(city.read(access).await.all(), Some(true));
    let second = city.turns(first["refresh_token"].as_str().unwrap()).await.json();
    let again = city.turns(&held.granted.refresh).await;
    assert_eq!((again.status.as_u16(), &again.json()), (400, &invalid_grant()));
    for pair in [first, second] {
        assert_eq!(city.read(pair["access_token"].as_str().unwrap()).await.all(), Some(false));
        let refresh = pair["refresh_token"].as_str().unwrap();
        assert_eq!(city.turns(refresh).await.json(), invalid_grant());
    }
}

fn invalid_grant() -> Value {
    json!({ "error": "invalid_grant" })
}

#[tokio::test]
async fn a081_every_end_at_awxs_face_or_of_what_it_made_reaches_every_reader_at_once() {
    for Cause { name, by, ends } in causes() {
        let city = City::new().await;
        let held = city.held().await;
        bring_about(&city, &held, &by).await;
        for (kind, token) in [("own", &held.own.token), ("granted", &held.granted.token)] {
            let readings = city.read(token).await;
            let expected = !ends.contains(&kind);
            assert_eq!(readings.all(), Some(expected), "{name}: the {kind}: {readings:?}");
            assert_eq!(readings.awx, expected, "{name}: the {kind}: {readings:?}");
        }
        let turned = city.turns(&held.granted.refresh).await;
        let told = (turned.status.as_u16(), turned.json());
        let ended = ends.contains(&"refresh");
        assert_eq!(told.0 != 200, ended, "{name}: refreshing: {told:?}");
        assert!([200, 400, 401].contains(&told.0), "{name}: refreshing: {told:?}");
    }
}

#[tokio::test]
async fn a_token_of_awxs_face_is_good_for_every_reader_with_the_scope_that_it_was_made_with() {
    let city = City::new().await;
    for (scope, changes) in [("read", false), ("write", true), ("read write", true)] {
        let made = city.makes("mia", &json!({ "scope": scope })).await;
        assert_eq!(city.read(&made.token).await.all(), Some(true), "{scope}");
        let told = city.root.fills("/oauth/introspect", &format!("token={}", made.token)).await;
        let told = told.json();
        assert_eq!((&told["scope"], &told["username"]), (&json!(scope), &json!("mia")), "{told}");
        let bearer = city.stranger.clone().bearer(&made.token);
        let wish = json!({ "first_name": "M" });
        let answer = bearer.tells(Method::PATCH, "/authority/v1/me", &wish).await;
        assert_eq!(answer.status, if changes { 200 } else { 403 }, "{scope}");
    }
}

#[tokio::test]
async fn no_team_lists_a_token_of_awxs_face() {
    let city = City::new().await;
    let held = city.held().await;
    let root = city.world.root().await;
    for name in ["mia", "alice", "root"] {
        let personal = city.world.personal(name, Wish::default()).await;
        let caller = city.stranger.clone().bearer(personal.secret.reveal());
        let bound = city.world.key(name, city.acme, Wish::default()).await;
        let bound = city.stranger.clone().bearer(bound.secret.reveal());
        for caller in [caller, bound] {
            let listed = caller.gets("/v0/tokens").await;
            assert_eq!(listed.status, 200, "{name}: {}", listed.body);
            for number in [held.own.number, held.granted.number] {
                let one = Search::numbered(Thing::Token, number);
                let found = city.world.authority.find_tokens(&root, one).await.unwrap();
                let id = found.items[0].token.id.to_string();
                assert!(!listed.body.contains(&id), "{name}: {}", listed.body);
            }
        }
    }
    let acme = city.world.authority.tokens_in(&root, city.acme, Page::first(1_000)).await.unwrap();
    let numbers: Vec<i64> = acme.iter().map(|token| token.number).collect();
    assert!(numbers.contains(&held.key.token.number), "{numbers:?}");
    assert!(!numbers.contains(&held.own.number) && !numbers.contains(&held.granted.number));
}

#[tokio::test]
async fn a_scope_that_is_narrowed_at_awxs_face_is_narrow_for_every_reader_at_once() {
    let city = City::new().await;
    let made = city.makes("mia", &json!({})).await;
    let bearer = city.stranger.clone().bearer(&made.token);
    let renames = async || {
        let wish = json!({ "first_name": "M" });
        bearer.tells(Method::PATCH, "/authority/v1/me", &wish).await.status.as_u16()
    };
    assert_eq!(renames().await, 200);
    let path = format!("/api/v2/tokens/{}/", made.number);
    let narrowed = bearer.tells(Method::PATCH, &path, &json!({ "scope": "read" })).await;
    assert_eq!(narrowed.status, 200);
    assert_eq!(renames().await, 403);
    let told = city.root.fills("/oauth/introspect", &format!("token={}", made.token)).await;
    assert_eq!(told.json()["scope"], "read");
    let widened = bearer.tells(Method::PATCH, &path, &json!({ "scope": "write" })).await;
    assert_eq!(widened.status, 403);
    assert_eq!(renames().await, 403);
}

#[tokio::test]
async fn a_token_of_awxs_face_that_expires_is_dead_for_every_reader_at_that_moment() {
    let city = City::new().await;
    let root = city.stranger.clone().basic("root", PASSWORD);
    let lives = json!({ "OAUTH2_PROVIDER": { "ACCESS_TOKEN_EXPIRE_SECONDS": 60 } });
    let path = "/api/v2/settings/authentication/";
    assert_eq!(root.tells(Method::PATCH, path, &lives).await.status, 200);
    let made = city.makes("mia", &json!({ "application": city.till.0.number })).await;
    city.world.pass(Duration::from_millis(59_999)).await;
    assert_eq!(city.read(&made.token).await.all(), Some(true));
    city.world.pass(Duration::from_millis(1)).await;
    assert_eq!(city.read(&made.token).await.all(), Some(false));
    assert_eq!(city.turns(&made.refresh).await.status, 200);
}

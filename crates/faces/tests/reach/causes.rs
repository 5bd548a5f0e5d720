//! A045, A049, A050, A081, A082.

use axum::http::Method;
use serde_json::{Value, json};
use testing::{PASSWORD, World};

use crate::city::{City, Held, PERSONAL};

/// Mia's next password.
const ANOTHER: &str = "blue heron under a bridge";

/// What ends something, and what of Mia's, the shop's and the robot's it ends.
struct Cause {
    name: &'static str,
    ends: &'static [&'static str],
    refresh_ends: bool,
}

const fn cause(name: &'static str, ends: &'static [&'static str], refresh_ends: bool) -> Cause {
    Cause { name, ends, refresh_ends }
}

/// What is a person's.
const PERSONS: &[&str] = &["key", "personal", "own", "granted", "session's"];

/// What is bound to an organization: the secret of the till too, but not what people let it do.
const BOUND: &[&str] = &["key", "shop's", "robot's", "session's", "till's"];

/// What is an organization's, or was made through an application of its.
const HERE_NOW: &[&str] = &["key", "shop's", "robot's", "granted", "session's"];

const CAUSES: [Cause; 16] = [
    cause("the key is revoked", &["key"], false),
    cause("the key is presented for revocation", &["key"], false),
    cause("the key is switched off", &["key"], false),
    cause("the key is rotated", &["key"], false),
    cause("the session is ended", &["session's"], true),
    cause("the user is switched off", PERSONS, true),
    cause("the user is deleted", PERSONS, true),
    cause("the password is changed and tokens with it", PERSONS, true),
    cause("the password is changed", &["session's"], true),
    cause("the password is set by a letter", &["session's"], true),
    cause("the signing keys are replaced", &["session's"], false),
    cause("the member is removed", &["key", "session's"], true),
    cause("the organization is suspended", HERE_NOW, true),
    cause("the organization's tokens end", BOUND, true),
    cause("the application is archived", &["shop's"], false),
    cause("the service account is switched off", &["robot's"], false),
];

async fn bring_about(city: &City, held: &Held, name: &str) {
    let mia = city.world.actor("mia").await.user().unwrap();
    let organization = format!("/organizations/{}", city.acme);
    let key = format!("/tokens/{}", held.key.token.id);
    let (method, path, body) = match name {
        "the key is revoked" => (Method::DELETE, key, json!(null)),
        "the key is presented for revocation" => {
            let own = city.stranger.clone().bearer(held.key.secret.reveal());
            let form = format!("token={}", held.key.secret.reveal());
            assert_eq!(own.fills("/oauth/revoke", &form).await.status, 200);
            return;
        }
        "the key is switched off" => (Method::PATCH, key, json!({ "disabled": true })),
        "the key is rotated" => {
            let own = city.stranger.clone().basic("mia", PASSWORD);
            let path = format!("/authority/v1{key}/rotate");
            let answer = own.posts(&path, &json!({ "overlap_seconds": 0 })).await;
            assert_eq!(answer.status, 200);
            return;
        }
        "the session is ended" => {
            let own = city.stranger.clone().bearer(held.session.access.reveal());
            assert_eq!(own.asks(Method::POST, "/v0/auth/logout").await.status, 200);
            return;
        }
        "the user is switched off" => (Method::POST, format!("/users/{mia}/disable"), json!(null)),
        "the user is deleted" => (Method::DELETE, format!("/users/{mia}"), json!(null)),
        "the password is changed and tokens with it" => {
            return change_password(city, true).await;
        }
        "the password is changed" => return change_password(city, false).await,
        "the password is set by a letter" => {
            let authority = &city.world.authority;
            authority.forgot_password("mia@corp.test", &World::door()).await.unwrap();
            let link = city.world.tray.next_link().await;
            authority.reset_password(&link, ANOTHER, false).await.unwrap();
            return;
        }
        "the signing keys are replaced" => (Method::POST, "/keys/replace".to_owned(), json!(null)),
        "the member is removed" => {
            (Method::DELETE, format!("{organization}/members/{mia}"), json!(null))
        }
        "the organization is suspended" => {
            (Method::POST, format!("{organization}/suspend"), json!(null))
        }
        "the organization's tokens end" => {
            (Method::POST, format!("{organization}/end-tokens"), json!(null))
        }
        "the application is archived" => {
            (Method::POST, format!("/applications/{}/archive", city.shop.id), json!(null))
        }
        "the service account is switched off" => {
            let path = format!("/service-accounts/{}", city.robot.id);
            (Method::PATCH, path, json!({ "disabled": true }))
        }
        other => panic!("{other}"),
    };
    by_root(city, method, &path, &body).await;
}

async fn change_password(city: &City, end_tokens: bool) {
    let own = city.stranger.clone().basic("mia", PASSWORD);
    let body = json!({ "old": PASSWORD, "new": ANOTHER, "end_tokens": end_tokens });
    let answer = own.tells(Method::PUT, "/authority/v1/me/password", &body).await;
    assert_eq!(answer.status, 204);
}

async fn by_root(city: &City, method: Method, path: &str, body: &Value) {
    let path = format!("/authority/v1{path}");
    let answer = city.root.tells(method, &path, body).await;
    assert!(answer.status.is_success(), "{path}: {} {}", answer.status, answer.body);
}

#[tokio::test]
async fn a081_every_end_reaches_every_reader_at_once() {
    for Cause { name, ends, refresh_ends } in CAUSES {
        let city = City::new().await;
        let held = city.held().await;
        bring_about(&city, &held, name).await;
        for (held, token) in held.tokens() {
            let readings = city.read(token).await;
            let expected = Some(!ends.contains(&held));
            assert_eq!(readings.all(), expected, "{name}: the {held}: {readings:?}");
            let on_awx = expected == Some(true) && PERSONAL.contains(&held);
            assert_eq!(readings.awx, on_awx, "{name}: the {held}: {readings:?}");
            let of_app = expected == Some(true) && held == "shop's";
            assert_eq!(readings.app, of_app, "{name}: the {held}: {readings:?}");
        }
        let turned = city.turns(&held.granted.refresh).await.status == 200;
        let ended = ["granted", "till's"].iter().any(|needed| ends.contains(needed));
        assert_eq!(turned, !ended, "{name}: refreshing the granted");
        assert_eq!(city.refreshes(&held.session).await, !refresh_ends, "{name}: refreshing");
    }
}

#[tokio::test]
async fn a049_a_removed_member_who_comes_back_finds_nothing_alive() {
    let city = City::new().await;
    let held = city.held().await;
    bring_about(&city, &held, "the member is removed").await;
    let mia = city.world.actor("mia").await.user().unwrap();
    city.world.join(mia, city.acme, authority::permission::Role::Admin).await;
    for token in [held.key.secret.reveal(), held.session.access.reveal()] {
        assert_eq!(city.read(token).await.all(), Some(false));
    }
    assert!(!city.refreshes(&held.session).await);
}

#[tokio::test]
async fn a049_a_lower_role_shrinks_every_token_at_once() {
    let city = City::new().await;
    let held = city.held().await;
    let key = held.key.secret.reveal();
    let proxy = city.stranger.clone().from([127, 0, 0, 1]).bearer(key);
    let proxy = proxy.with("x-chancery-require", "shop.order.create");
    assert_eq!(proxy.gets("/check").await.status, 204);
    let mia = city.world.actor("mia").await.user().unwrap();
    let path = format!("/organizations/{}/members/{mia}", city.acme);
    by_root(&city, Method::PATCH, &path, &json!({ "role": "viewer" })).await;
    assert_eq!(proxy.gets("/check").await.status, 403);
    let question = json!({ "tokens": [{ "token": key, "permission": "shop.order.create" }] });
    let verified = city.root.posts("/authority/v1/verify", &question).await.json();
    assert_eq!(verified["results"][0]["reason"], "scope");
}

#[tokio::test]
async fn a050_what_a_suspension_silenced_speaks_again_and_what_ended_meanwhile_does_not() {
    let city = City::new().await;
    let held = city.held().await;
    bring_about(&city, &held, "the organization is suspended").await;
    by_root(&city, Method::DELETE, &format!("/tokens/{}", held.shops.token.id), &json!(null)).await;
    let resume = format!("/organizations/{}/resume", city.acme);
    by_root(&city, Method::POST, &resume, &json!(null)).await;
    for (name, token) in held.tokens() {
        assert_eq!(city.read(token).await.all(), Some(name != "shop's"), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a082_20000_tokens_end_by_one_entry_and_no_other_tenant_feels_it() {
    let city = City::with(|policy| policy.tokens.most_per_holder = None).await;
    let mia = city.world.actor("mia").await;
    let authority = &city.world.authority;
    let mut tokens = Vec::new();
    for _ in 0..80 {
        let issuing: Vec<_> = (0..250)
            .map(|_| {
                let (authority, mia, acme) = (authority.clone(), mia.clone(), city.acme);
                tokio::spawn(async move {
                    let organization = Some(acme);
                    let wish = authority::token::Wish { organization, ..Default::default() };
                    authority.issue(&mia, wish).await.unwrap().secret
                })
            })
            .collect();
        for issued in issuing {
            tokens.push(issued.await.unwrap());
        }
    }
    let (bolt, _) = city.world.organization("Bolt", "bob").await;
    let other = city.world.key("bob", bolt.id, authority::token::Wish::default()).await;
    let status = async |token: &str| {
        city.stranger.clone().bearer(token).gets("/check").await.status.as_u16()
    };
    for token in tokens.iter().step_by(10) {
        assert_eq!(status(token.reveal()).await, 204);
    }
    assert_eq!(status(other.secret.reveal()).await, 204);
    let before = latest(&city).await;
    let end = format!("/organizations/{}/end-tokens", city.acme);
    by_root(&city, Method::POST, &end, &json!(null)).await;
    assert_eq!(latest(&city).await, before + 1);
    for token in &tokens {
        assert_eq!(status(token.reveal()).await, 401);
    }
    assert_eq!(status(other.secret.reveal()).await, 204);
}

/// The place of the journal's latest entry.
async fn latest(city: &City) -> i64 {
    let page = city.root.gets("/authority/v1/journal?limit=1").await.json();
    page["items"][0]["sequence"].as_i64().unwrap()
}

//! Group 1: the checker accepts no more spellings than the issuer made.

use axum::http::{HeaderValue, Method};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::*;

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The same text with the checksum that belongs to it.
fn summed(text: &str) -> String {
    let head = text.get(..text.len() - 6).unwrap();
    let mut sum = !head.bytes().fold(!0_u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(byte), |sum, _| (sum >> 1) ^ (0xedb8_8320 * (sum & 1)))
    });
    let mut tail = [b'0'; 6];
    for place in tail.iter_mut().rev() {
        *place = BASE62[(sum % 62) as usize];
        sum /= 62;
    }
    format!("{head}{}", std::str::from_utf8(&tail).unwrap())
}

#[tokio::test]
async fn a001_no_part_of_a_token_is_good() {
    let gate = Gate::new().await;
    for token in gate.one_of_each().await {
        assert_eq!(gate.check(&token).await, 204, "{token}");
        for cut in 1..token.len() {
            assert_eq!(gate.check(&token[..cut]).await, 401, "{token} up to {cut}");
            assert_eq!(gate.check(&token[cut..]).await, 401, "{token} from {cut}");
        }
        assert_eq!(gate.check("").await, 401);
    }
}

#[tokio::test]
async fn a002_nothing_may_follow_a_token() {
    let gate = Gate::new().await;
    for token in gate.one_of_each().await {
        for more in ["A", "=", "%00", " ", ",x", "\t", "\u{7f}", "é", &token] {
            let Ok(value) = HeaderValue::from_str(&format!("Bearer {token}{more}")) else {
                continue;
            };
            let answer = gate.stranger.clone().with("authorization", value.to_str().unwrap_or("é"));
            assert_eq!(answer.gets("/check").await.status, 401, "{token}{more}");
        }
        for more in ["\0", " ", "\n\n", "\r\r\n", "\n "] {
            let answer = gate.stranger.clone().basic("x", &format!("{token}{more}"));
            assert_eq!(answer.gets("/check").await.status, 401, "{more:?}");
        }
    }
}

#[tokio::test]
async fn a004_a_right_checksum_authenticates_nothing() {
    let gate = Gate::new().await;
    let token = gate.key("*").await;
    assert_eq!(summed(&token), token, "the checksum is computed as the issuer does");
    for place in 5..token.len() - 6 {
        for bit in 0..7 {
            let mut bytes = token.clone().into_bytes();
            bytes[place] ^= 1 << bit;
            let Ok(other) = String::from_utf8(bytes) else { continue };
            if HeaderValue::from_str(&other).is_ok() {
                assert_eq!(gate.check(&summed(&other)).await, 401, "bit {bit} at {place}");
            }
        }
    }
    assert_eq!(gate.check(&token).await, 204);
}

#[tokio::test]
async fn a005_a_secret_of_one_kind_is_not_good_as_another() {
    let gate = Gate::new().await;
    let token = gate.world.personal("alice", Wish::default()).await.secret.reveal().to_owned();
    for kind in ["ak", "it", "st", "at", "rt", "cs", "ac", "ss", "mt", "xx"] {
        let other = summed(&format!("tk{kind}{}", &token[4..]));
        assert_eq!(gate.check(&other).await, 401, "{other}");
    }
    let opened = gate.session().await;
    assert_eq!(gate.check(opened.refresh.reveal()).await, 401);
    assert_eq!(gate.check(opened.access.reveal()).await, 204);
    let alice = gate.world.actor("alice").await;
    let authority = &gate.world.authority;
    let made = authority.create_application(&alice, gate.acme, ("shop", "", None), None).await;
    let holder = Some(Holder::Application(made.unwrap().id));
    let wish = Wish { holder, client_secret: true, ..Wish::default() };
    let client = authority.issue(&alice, wish).await.unwrap();
    assert_eq!(gate.check(client.secret.reveal()).await, 401);
}

#[tokio::test]
async fn a006_another_scheme_neither_widens_nor_admits() {
    let gate = Gate::new().await;
    let token = gate.key("read").await;
    let basic = |pair: String| format!("Basic {}", STANDARD.encode(pair));
    let asked = async |name, value: &str, demand: Option<&str>| {
        let proxy = gate.proxy().with(name, value);
        let proxy = demand.map_or(proxy.clone(), |demand| proxy.with(REQUIRE, demand));
        proxy.gets("/check").await.status
    };
    for value in [
        format!("Bearer {token}"),
        format!("bearer {token}"),
        format!("BEARER {token}"),
        basic(format!("x:{token}")),
        basic(format!(":{token}")),
    ] {
        assert_eq!(asked("authorization", &value, None).await, 204, "{value}");
        let write = Some("shop.order.create");
        assert_eq!(asked("authorization", &value, write).await, 403, "{value}");
    }
    let token = token.as_str();
    for (name, value) in [
        ("authorization", format!("Token {token}")),
        ("authorization", token.to_owned()),
        ("authorization", basic(format!("{token}:x"))),
        ("authorization", basic(format!("{token}:"))),
        ("authorization", basic(token.to_owned())),
        ("authorization", "Basic %%%".to_owned()),
        ("x-api-key", token.to_owned()),
        ("private-token", token.to_owned()),
        ("cookie", format!("token={token}")),
    ] {
        assert_eq!(asked(name, &value, None).await, 401, "{name}: {value}");
    }
}

#[tokio::test]
async fn a007_a_token_in_the_query_or_body_is_not_seen() {
    let gate = Gate::new().await;
    let token = gate.key("*").await;
    for name in ["access_token", "token", "auth_token", "api_key"] {
        let answer = gate.stranger.gets(&format!("/check?{name}={token}")).await;
        assert_eq!(answer.status, 401, "{name}");
        let answer = gate.stranger.fills("/check", &format!("{name}={token}")).await;
        assert_eq!(answer.status, 401, "{name}");
    }
}

#[tokio::test]
async fn a010_white_space_around_a_token_is_not_passed_over() {
    let gate = Gate::new().await;
    let token = gate.key("*").await;
    for value in [
        format!("Bearer  {token}"),
        format!("Bearer\t{token}"),
        format!(" Bearer {token}"),
        format!("Bearer {token} "),
        format!("Bearer: {token}"),
        format!("Bearer\u{a0}{token}"),
        format!("Bearer {token} {token}"),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
    ] {
        let asked = gate.stranger.clone().with("authorization", &value);
        assert_eq!(asked.gets("/check").await.status, 401, "{value:?}");
    }
    assert!(HeaderValue::from_str(&format!("Bearer {token}\r\nX: y")).is_err());
}

#[tokio::test]
async fn a011_an_oversized_authorization_asks_no_database() {
    let gate = Gate::new().await;
    let token = gate.key("*").await;
    gate.world.break_storage();
    for length in [8 << 10, 64 << 10, 1 << 20] {
        for filler in ["A".repeat(length), format!("tkat_{}", "a.".repeat(length / 2))] {
            assert_eq!(gate.check(&filler).await, 401, "{length}");
            let asked = gate.stranger.clone().basic("x", &filler);
            assert_eq!(asked.gets("/check").await.status, 401, "{length}");
        }
    }
    assert_eq!(gate.check(&token).await, 503, "which is what a question to the database gives");
}

#[tokio::test]
async fn a012_garbage_asks_no_database() {
    let gate = Gate::new().await;
    gate.world.break_storage();
    for number in 0..2_000_u64 {
        let body = format!("{:049}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        assert_eq!(gate.check(&format!("tkak_{body}")).await, 401);
    }
}

#[tokio::test]
async fn two_authorizations_are_none() {
    let gate = Gate::new().await;
    let token = gate.key("*").await;
    let mut request = Request::new(axum::body::Body::empty());
    *request.uri_mut() = "/check".parse().unwrap();
    for _ in 0..2 {
        let value = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
        request.headers_mut().append("authorization", value);
    }
    let (parts, _) = request.into_parts();
    assert_eq!(gate.warm(&parts).unwrap().status(), 401);
}

#[tokio::test]
async fn every_method_and_every_path_below_asks_the_same_and_a_yes_below_is_200() {
    let gate = Gate::new().await;
    let token = gate.key("*").await;
    let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"];
    for method in methods.map(|name| Method::from_bytes(name.as_bytes()).unwrap()) {
        let paths = ["/check", "/check/", "/check/a/b?c=d", "/check/openapi.json", "/check/..%2f"];
        for path in paths {
            let good = gate.stranger.clone().bearer(&token).asks(method.clone(), path).await;
            let yes = if path == "/check" { 204 } else { 200 };
            assert_eq!((good.status.as_u16(), good.body.as_str()), (yes, ""), "{method} {path}");
            let bad = gate.stranger.asks(method.clone(), path).await;
            assert_eq!((bad.status.as_u16(), bad.body.as_str()), (401, ""), "{method} {path}");
        }
    }
}

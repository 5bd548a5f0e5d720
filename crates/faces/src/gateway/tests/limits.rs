//! Limits of a token, as gateways see them.

use authority::token::{Limits, Networks, Rate};

use super::*;

#[tokio::test]
async fn a_rate_that_is_used_up_is_403_or_429_as_configured_and_says_how_long() {
    let gate = Gate::new().await;
    let rate = Some(Rate::new(1, 30).unwrap());
    let limits = Limits { rate, ..Limits::default() };
    let token = gate.wish(Wish { limits, ..Wish::default() }).await.secret.reveal().to_owned();
    assert_eq!(gate.check(&token).await, 204);
    let context = Context::of(gate.world.authority.clone());
    for (status, too_often) in [(403, context.too_often), (429, StatusCode::TOO_MANY_REQUESTS)] {
        let context = Context { too_often, ..context.clone() };
        let asking = gate.world.caller(face(&context).router).bearer(&token);
        let answer = asking.gets("/check").await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.headers.get("retry-after").unwrap(), "30");
        assert!(!answer.headers.contains_key("www-authenticate"), "no scope is wanting");
    }
}

#[tokio::test]
async fn the_address_of_a_client_is_told_by_trusted_peers_only() {
    let gate = Gate::new().await;
    let networks = Networks::parse("198.51.100.0/24 2001:db8::/32").unwrap();
    let limits = Limits { networks, ..Limits::default() };
    let token = gate.wish(Wish { limits, ..Wish::default() }).await.secret.reveal().to_owned();
    let asks = async |peer: [u8; 4], told: &str| {
        let asking = gate.stranger.clone().from(peer).bearer(&token).with("x-forwarded-for", told);
        asking.gets("/check").await.status.as_u16()
    };
    for (peer, told, status) in [
        ([127, 0, 0, 1], "198.51.100.7", 204),
        ([127, 0, 0, 1], "203.0.113.1, 2001:db8::7", 204),
        ([127, 0, 0, 1], "198.51.100.7, 203.0.113.1", 401),
        ([127, 0, 0, 1], "198.51.100.7, nonsense", 401),
        ([198, 51, 100, 9], "203.0.113.1", 204),
        ([203, 0, 113, 9], "198.51.100.7", 401),
    ] {
        assert_eq!(asks(peer, told).await, status, "{peer:?} {told}");
    }
}

//! What is believed of what Envoy tells, and by whom.

use authority::token::{Limits, Networks, Wish};
use envoy_types::pb::envoy::config::core::v3::{HeaderMap, HeaderValue, Pipe};
use tonic::Code;

use super::super::rules::CONFUSED;
use super::*;

/// A header as Envoy tells it with `encode_raw_headers`.
fn raw(name: &str, value: impl AsRef<[u8]>) -> HeaderValue {
    let raw_value = value.as_ref().to_vec();
    HeaderValue { key: name.to_owned(), raw_value, ..HeaderValue::default() }
}

fn listed(headers: Vec<HeaderValue>) -> Told {
    let mut told = told("/");
    told.http.header_map = Some(HeaderMap { headers });
    told
}

#[tokio::test]
async fn a155_nobody_asks_but_a_trusted_peer() {
    let gate = Gate::ruled().await;
    let good = gate.key("*").await;
    for address in [[192, 0, 2, 1], [10, 0, 0, 1], [126, 255, 255, 255]] {
        let health = told("/health").bearer(&good).with("x-forwarded-for", "127.0.0.1");
        let refused = gate.asked_by(address, health.source("127.0.0.1").request()).await;
        assert_eq!(refused.unwrap_err().code(), Code::PermissionDenied, "{address:?}");
    }
    assert_eq!(gate.passes(told("/health")).await, 200);
}

#[tokio::test]
async fn a165_a_request_that_is_not_described_whole_is_denied() {
    let gate = Gate::new().await;
    let token = gate.key("*").await;
    let whole = || told("/?x=1").bearer(&token);
    assert_eq!(gate.passes(whole()).await, 200);
    let nothing = CheckRequest { attributes: None };
    let no_request = CheckRequest { attributes: Some(AttributeContext::default()) };
    let mut no_http = whole().request();
    no_http.attributes.as_mut().unwrap().request = Some(Request::default());
    for asked in [nothing, no_request, no_http] {
        let answer = gate.asked_by([127, 0, 0, 1], asked).await.unwrap();
        assert_eq!(status(&answer), 403);
    }
    let changes: [fn(&mut HttpRequest); 5] = [
        |http| http.method.clear(),
        |http| http.host.clear(),
        |http| http.path.clear(),
        |http| "x=1".clone_into(&mut http.query),
        |http| "top".clone_into(&mut http.fragment),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut asked = whole();
        change(&mut asked.http);
        assert_eq!(gate.passes(asked).await, 403, "change {number}");
    }
}

#[tokio::test]
async fn a157_a_confused_path_is_refused_whatever_is_shown() {
    let gate = Gate::ruled().await;
    let good = gate.key("*").await;
    for path in ["/health", "/health?/admin", "/%68ealth", "/health?x=/../y;"] {
        assert_eq!(gate.passes(told(path)).await, 200, "{path}");
    }
    for path in CONFUSED.into_iter().chain(["/Health", "/health/", "/healthy", "/"]) {
        assert_eq!(gate.passes(told(path)).await, 403, "{path:?}");
        assert_eq!(gate.passes(told(path).bearer(&good)).await, 403, "{path:?}");
    }
    assert_eq!(gate.passes(told("/orders/7")).await, 401);
    assert_eq!(gate.passes(told("/orders/7").bearer(&good)).await, 200);
    let mut other = told("/orders/7").bearer(&good);
    "other.corp.test".clone_into(&mut other.http.host);
    assert_eq!(gate.passes(other).await, 403, "the host is looked at");
    let mut small = told("/health");
    "get".clone_into(&mut small.http.method);
    assert_eq!(gate.passes(small).await, 403, "the method is looked at");
}

#[tokio::test]
async fn rules_that_do_not_hear_of_grpc_let_nothing_pass_by_it() {
    let gate = Gate::ruled().await;
    gate.rule("described_by = ['path']\n[[rule]]\npaths = ['/health']\npublic = true");
    assert_eq!(gate.passes(told("/health")).await, 403);
}

#[tokio::test]
async fn a164_what_is_needed_comes_from_the_route_and_from_no_header() {
    let gate = Gate::new().await;
    let token = gate.key("shop.order.get").await;
    let asked = || told("/").bearer(&token);
    for (word, value, expected) in [
        ("require", "shop.order.get", 200),
        ("require", "shop.order.create", 403),
        ("require", "shop.order.get AND shop.order.create", 403),
        ("require", "?", 403),
        ("require", "", 403),
        ("audience", "elsewhere", 200),
        ("Require", "shop.order.get", 403),
        ("x-chancery-require", "shop.order.get", 403),
    ] {
        assert_eq!(gate.passes(asked().needing(word, value)).await, expected, "{word}: {value}");
    }
    let access = gate.session().await.access;
    let named = told("/").bearer(access.reveal()).needing("audience", "elsewhere");
    assert_eq!(gate.passes(named).await, 401, "it is for this authority and for nobody else");
    for name in ["x-chancery-require", "x-chancery-audience", "require"] {
        let told = || asked().with(name, "shop.order.get");
        assert_eq!(gate.passes(told()).await, 200, "{name} is no word of Envoy's");
        let narrow = told().needing("require", "shop.order.create");
        assert_eq!(gate.passes(narrow).await, 403, "{name} lowers nothing");
    }
}

#[tokio::test]
async fn a164_what_a_route_needs_holds_beside_a_public_rule() {
    let gate = Gate::ruled().await;
    let admin = || told("/health").needing("require", "shop.admin.get");
    assert_eq!(gate.passes(admin()).await, 401);
    assert_eq!(gate.passes(admin().bearer(&gate.key("shop.order.get").await)).await, 403);
    assert_eq!(gate.passes(admin().bearer(&gate.key("shop.admin.get").await)).await, 200);
    assert_eq!(gate.passes(told("/health")).await, 200);
}

#[tokio::test]
async fn a165_several_tokens_are_none() {
    let gate = Gate::new().await;
    let token = gate.key("*").await;
    let bearer = format!("Bearer {token}");
    let shown = |name| raw(name, &bearer);
    assert_eq!(gate.passes(listed(vec![shown("authorization")])).await, 200);
    assert_eq!(gate.passes(listed(vec![shown("Authorization")])).await, 200);
    for names in [["authorization"; 2], ["authorization", "Authorization"]] {
        assert_eq!(gate.passes(listed(names.map(shown).to_vec())).await, 401);
        let both = names.into_iter().zip([&bearer, "Bearer x"]);
        let both = both.fold(told("/"), |told, (name, value)| told.with(name, value));
        assert_eq!(gate.passes(both).await, 401, "{names:?}");
    }
    let joined = format!("{bearer},{bearer}");
    assert_eq!(gate.passes(told("/").with("authorization", &joined)).await, 401);
    for name in [":authorization", "authorization ", "authorizatıon", "proxy-authorization"] {
        assert_eq!(gate.passes(told("/").with(name, &bearer)).await, 401, "{name}");
    }
}

#[tokio::test]
async fn a165_a_header_that_is_no_text_is_denied_and_one_that_nobody_reads_is_not() {
    let gate = Gate::new().await;
    let token = raw("authorization", format!("Bearer {}", gate.key("*").await));
    let with = |header| listed(vec![token.clone(), header]);
    for bytes in [&b"\xff"[..], b"\xc0\xaf", b"a\xe9", b"a\nb", b"a\r\nx: y", b"a\0"] {
        for name in ["user-agent", "x-forwarded-for", "User-Agent"] {
            assert_eq!(gate.passes(with(raw(name, bytes))).await, 403, "{name} {bytes:?}");
        }
        let broken = [b"Bearer ", bytes].concat();
        assert_eq!(gate.passes(listed(vec![raw("authorization", broken)])).await, 403);
        assert_eq!(gate.passes(with(raw("cookie", bytes))).await, 200);
    }
    let long = "é".repeat(5_000);
    assert_eq!(gate.passes(with(raw("user-agent", &long))).await, 200);
    for value in [long.as_str(), "é", ""] {
        let odd = told("/").with("authorization", &format!("Bearer {value}"));
        assert_eq!(gate.passes(odd).await, 401);
    }
}

#[tokio::test]
async fn a156_headers_that_are_told_in_two_ways_are_denied() {
    let gate = Gate::new().await;
    let token = gate.key("*").await;
    let bearer = format!("Bearer {token}");
    let both = listed(vec![raw("authorization", &bearer)]).with("user-agent", "x");
    assert_eq!(gate.passes(both).await, 403);
    let twice = HeaderValue { value: bearer.clone(), ..raw("authorization", &bearer) };
    assert_eq!(gate.passes(listed(vec![twice])).await, 403);
    let text = HeaderValue { value: bearer, ..raw("authorization", "") };
    assert_eq!(gate.passes(listed(vec![text])).await, 200);
}

#[tokio::test]
async fn the_client_is_where_envoy_says_and_behind_a_proxy_of_ours_where_that_says() {
    let gate = Gate::new().await;
    let limits = Networks::parse("198.51.100.0/24 2001:db8::/32").unwrap();
    let limits = Limits { networks: limits, ..Limits::default() };
    let token = gate.wish(Wish { limits, ..Wish::default() }).await.secret.reveal().to_owned();
    for (source, forwarded, expected) in [
        ("198.51.100.7", "", 200),
        ("2001:db8::7", "", 200),
        ("203.0.113.9", "198.51.100.7", 401),
        ("198.51.100.7", "203.0.113.9", 200),
        ("127.0.0.1", "198.51.100.7", 200),
        ("127.0.0.1", "198.51.100.7, 203.0.113.9", 401),
        ("nonsense", "198.51.100.7", 403),
        ("", "198.51.100.7", 403),
    ] {
        let asked = told("/").bearer(&token).with("x-forwarded-for", forwarded).source(source);
        assert_eq!(gate.passes(asked).await, expected, "{source}, {forwarded}");
    }
    for place in [None, Some(Place::Pipe(Pipe::default()))] {
        let asked = told("/").bearer(&token).from(place);
        assert_eq!(gate.passes(asked).await, 401, "Envoy's own address");
    }
}

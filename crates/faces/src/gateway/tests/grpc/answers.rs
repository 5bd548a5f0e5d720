//! What Envoy is answered.

use std::sync::Arc;
use std::time::Duration;

use authority::token::{Limits, Rate, Surface, Wish};
use axum::http::StatusCode;

use super::super::super::face;
use super::*;
use crate::kit::Context;

const NAMES: [&str; 7] = [
    "x-chancery-token",
    "x-chancery-holder",
    "x-chancery-holder-id",
    "x-chancery-holder-name",
    "x-chancery-organization",
    "x-chancery-scopes",
    "x-chancery-expires",
];

#[tokio::test]
async fn a_yes_sets_the_headers_that_it_has_over_http() {
    let gate = Gate::new().await;
    let token = gate.key("read shop.*").await;
    let http = gate.answer(&token).await;

    let answer = gate.envoy(told("/orders").bearer(&token)).await;

    let (set, removed) = headers(&answer);
    assert_eq!(status(&answer), 200);
    assert_eq!(set, NAMES.map(|name| (name, http.header(name))));
    assert!(removed.is_empty(), "{removed:?}");
}

#[tokio::test]
async fn a159_a_header_without_a_value_is_removed() {
    let gate = Gate::ruled().await;
    gate.rule("described_by=['grpc']\notherwise='any'\n[[rule]]\npaths=['/health']\npublic=true");
    let personal = gate.world.personal("alice", Wish::default()).await;
    let answer = gate.envoy(told("/").bearer(personal.secret.reveal())).await;
    let (set, removed) = headers(&answer);
    assert_eq!(removed, ["x-chancery-organization"]);
    assert_eq!(set.len(), 6);

    let answer = gate.envoy(told("/health").bearer(personal.secret.reveal())).await;
    assert_eq!(status(&answer), 200);
    assert_eq!(headers(&answer), (vec![], NAMES.to_vec()), "a public request names nobody");
}

#[tokio::test]
async fn a159_a_header_that_rules_do_not_tell_is_removed() {
    let gate = Gate::ruled().await;
    gate.rule("described_by = ['grpc']\notherwise = 'any'\ntell = ['holder-id', 'scopes']");
    let token = gate.key("read").await;

    let answer = gate.envoy(told("/").bearer(&token)).await;

    let (set, removed) = headers(&answer);
    let told = ["x-chancery-holder-id", "x-chancery-scopes"];
    assert_eq!(set.iter().map(|(name, _)| *name).collect::<Vec<_>>(), told);
    assert_eq!(
        removed,
        NAMES.iter().copied().filter(|name| !told.contains(name)).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn a167_a_no_is_told_as_over_http() {
    let gate = Gate::new().await;
    let token = gate.key("read").await;
    let (narrow, no_store) = ("shop.order.create", ("cache-control", "no-store"));
    for (asked, code, expected, challenge) in [
        (told("/"), 16, 401, r#"Bearer realm="Chancery""#),
        (told("/").bearer("x"), 16, 401, r#"Bearer realm="Chancery", error="invalid_token""#),
        (
            told("/").bearer(&token).needing("require", narrow),
            7,
            403,
            r#"Bearer realm="Chancery", error="insufficient_scope""#,
        ),
    ] {
        let answer = gate.envoy(asked).await;
        assert_eq!(status(&answer), expected);
        assert_eq!(headers(&answer), (vec![("www-authenticate", challenge), no_store], vec![]));
        assert_eq!(answer.status.unwrap().code, code);
    }
}

#[tokio::test]
async fn a_rate_that_is_used_up_is_403_or_429_as_configured_and_says_how_long() {
    let mut gate = Gate::new().await;
    let limits = Limits { rate: Some(Rate::new(1, 30).unwrap()), ..Limits::default() };
    let token = gate.wish(Wish { limits, ..Wish::default() }).await.secret.reveal().to_owned();
    assert_eq!(gate.passes(told("/").bearer(&token)).await, 200);
    for too_often in [StatusCode::FORBIDDEN, StatusCode::TOO_MANY_REQUESTS] {
        let context = Context { too_often, ..Context::of(gate.world.authority.clone()) };
        gate.grpc = face(&context).grpc.unwrap();
        let answer = gate.envoy(told("/").bearer(&token)).await;
        assert_eq!(status(&answer), too_often.as_u16());
        assert_eq!(headers(&answer).0.first(), Some(&("retry-after", "30")));
        assert_eq!(answer.status.unwrap().code, 8);
    }
}

#[tokio::test]
async fn a162_no_answer_is_503_and_never_a_no_or_a_yes() {
    let gate = Gate::new().await;
    let token = gate.key("*").await;
    let asks = || gate.envoy(told("/").bearer(&token));
    gate.world.break_storage();
    let answer = asks().await;
    assert_eq!(status(&answer), 503);
    assert_eq!(headers(&answer).0.first(), Some(&("retry-after", "1")));
    assert_eq!(answer.status.unwrap().code, 14);
    gate.world.mend_storage();
    assert_eq!(status(&asks().await), 200);
    gate.world.break_storage();
    assert_eq!(status(&asks().await), 200, "memory speaks within its lease");
    gate.world.clock.advance(Duration::from_millis(500));
    assert_eq!(status(&asks().await), 503, "and is silent after it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a033_of_200_checks_at_once_over_grpc_and_http_one_is_let_through() {
    let gate = Arc::new(Gate::new().await);
    let wish = Wish { uses: Some(1), ..Wish::default() };
    let token = gate.wish(wish).await.secret.reveal().to_owned();
    for _ in 0..3 {
        let refused = told("/").bearer(&token).needing("require", "authority.installation.update");
        assert_eq!(gate.passes(refused).await, 403, "a refused check takes no use");
    }
    let checks: Vec<_> = (0..200)
        .map(|number| {
            let (gate, token) = (Arc::clone(&gate), token.clone());
            tokio::spawn(async move {
                if number % 2 == 0 {
                    return gate.check(&token).await == 204;
                }
                gate.passes(told("/").bearer(&token)).await == 200
            })
        })
        .collect();
    let mut good = 0;
    for check in checks {
        good += u16::from(check.await.unwrap());
    }
    assert_eq!(good, 1);
}

#[tokio::test]
async fn a_use_is_noted_as_one_over_grpc_with_its_agent_and_its_network() {
    let gate = Gate::new().await;
    let issued = gate.wish(Wish::default()).await;
    let asked = told("/").bearer(issued.secret.reveal()).with("user-agent", "curl/8");
    assert_eq!(gate.passes(asked).await, 200);
    let authority = &gate.world.authority;
    authority.flush_uses().await.unwrap();
    let alice = gate.world.actor("alice").await;
    let last = authority.usage(&alice, issued.token.id, 1).await.unwrap().last.unwrap();
    assert_eq!(last.surface, Surface::Grpc);
    assert_eq!(last.agent.as_deref(), Some("curl/8"));
    assert_eq!(last.network, Some("192.0.2.0/24".parse().unwrap()));
}

//! What is answered, to the letter.

use axum::body::Body;
use axum::http::Method;
use insta::assert_snapshot;
use tower::ServiceExt as _;

use super::*;
use crate::kit::Checked;

#[tokio::test]
async fn a_yes_names_the_token_its_holder_and_its_ceilings() {
    let gate = Gate::new().await;
    let token = gate.key("read shop.*").await;
    let asking = gate.stranger.clone().bearer(&token);
    assert_snapshot!(asking.exchange(Method::GET, "/check").await, @r"
    GET /check
    204 No Content
    x-chancery-token: 019b796d-d600-7f45-b372-ee5269f12502
    x-chancery-holder: user
    x-chancery-holder-id: 019b796d-d600-779e-8b10-2b6001db0df1
    x-chancery-holder-name: alice
    x-chancery-organization: 019b796d-d600-7033-a392-bc2eb86910d5
    x-chancery-scopes: read shop.*
    x-chancery-expires: 1798804800
    ");
}

#[tokio::test]
async fn a167_a_challenge_says_invalid_token_only_where_one_was_sent() {
    let gate = Gate::new().await;
    let token = gate.key("read").await;
    let stranger = &gate.stranger;
    assert_snapshot!(stranger.exchange(Method::GET, "/check").await, @r#"
    GET /check
    401 Unauthorized
    www-authenticate: Bearer realm="Chancery"
    "#);
    let bad = stranger.clone().bearer("tkak_nonsense");
    assert_snapshot!(bad.exchange(Method::GET, "/check").await, @r#"
    GET /check
    401 Unauthorized
    www-authenticate: Bearer realm="Chancery", error="invalid_token"
    "#);
    let narrow = gate.proxy().bearer(&token).with(REQUIRE, "shop.order.create");
    assert_snapshot!(narrow.exchange(Method::GET, "/check").await, @r#"
    GET /check
    403 Forbidden
    www-authenticate: Bearer realm="Chancery", error="insufficient_scope"
    "#);
}

/// Counters ask for it: a path below `/check` is no route of its own.
#[tokio::test]
async fn every_answer_says_that_it_is_a_checks_wherever_it_was_asked() {
    let gate = Gate::new().await;
    let router = face(&Context::of(gate.world.authority.clone())).router;
    for path in ["/check", "/check/", "/check/orders/7?x=1"] {
        for method in [Method::GET, Method::POST, Method::DELETE] {
            let asked = Request::builder().method(&method).uri(path).body(Body::empty()).unwrap();
            let answer = router.clone().oneshot(asked).await.unwrap();
            let checked = answer.extensions().get::<Checked>().map(|checked| checked.0);
            assert_eq!(checked, Some(StatusCode::UNAUTHORIZED), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a161_no_answer_is_503_and_never_a_no() {
    let gate = Gate::new().await;
    let token = gate.key("*").await;
    gate.world.break_storage();
    let asking = gate.stranger.clone().bearer(&token);
    assert_snapshot!(asking.exchange(Method::GET, "/check").await, @r"
    GET /check
    503 Service Unavailable
    retry-after: 1
    ");
    gate.world.mend_storage();
    assert_eq!(gate.check(&token).await, 204);
    gate.world.break_storage();
    assert_eq!(gate.check(&token).await, 204, "memory speaks within its lease");
    gate.world.clock.advance(Duration::from_millis(500));
    assert_eq!(gate.check(&token).await, 503, "and is silent after it");
}

#[tokio::test]
async fn a085_no_answer_may_be_kept() {
    let gate = Gate::new().await;
    let token = gate.key("*").await;
    for shown in [token.as_str(), "", "tkak_nonsense"] {
        let answer = gate.answer(shown).await;
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.headers.get_all("set-cookie").iter().count(), 0);
    }
}

#[tokio::test]
async fn a087_strangers_are_not_told_why() {
    let gate = Gate::new().await;
    let authority = &gate.world.authority;
    let alice = gate.world.actor("alice").await;
    let (revoked, expired) = (gate.wish(Wish::default()).await, Some(gate.later(1)));
    let expired = gate.wish(Wish { expires_at: expired, ..Wish::default() }).await;
    let disabled = gate.wish(Wish::default()).await;
    let spent = gate.wish(Wish { uses: Some(1), ..Wish::default() }).await;
    assert_eq!(gate.check(spent.secret.reveal()).await, 204);
    authority.revoke(&alice, revoked.token.id).await.unwrap();
    let off =
        authority::token::store::TokenChange { label: None, disabled: Some(true), scopes: None };
    authority.update_token(&alice, disabled.token.id, off).await.unwrap();
    gate.world.pass(Duration::from_secs(1)).await;
    let strange = World::with(|policy| policy.access_life = jiff::SignedDuration::from_secs(9));
    let unknown = Gate::around(strange.await).await.key("*").await;
    let expected = gate.answer("tkak_nonsense").await;
    let dead = [revoked, expired, disabled, spent];
    let shown = dead.iter().map(|issued| issued.secret.reveal()).chain([unknown.as_str()]);
    for token in shown {
        let answer = gate.answer(token).await;
        assert_eq!(answer.status, expected.status);
        assert_eq!(answer.headers, expected.headers);
        assert_eq!(answer.body, expected.body);
    }
}

#[tokio::test]
async fn a160_a_name_cannot_break_out_of_its_header_and_all_stay_below_4_kib() {
    let gate = Gate::new().await;
    let alice = gate.world.actor("alice").await;
    let authority = &gate.world.authority;
    let long = "😀".repeat(200);
    let names = ["a, b; c=\"d\"", "Zoë & Søn", "per%cent", "漢字", long.as_str()];
    let sixty = |number: u32| format!("s{number:02}{}.x", "a".repeat(91));
    let scopes: Vec<String> = (0..32).map(sixty).collect();
    let scopes = Scopes::parse(&scopes.join(" ")).unwrap();
    for name in names {
        let wish = (name, Role::Editor);
        let made = authority.create_service_account(&alice, gate.acme, wish, None).await.unwrap();
        let holder = Some(Holder::ServiceAccount(made.id));
        let wish = Wish { holder, scopes: Some(scopes.clone()), ..Wish::default() };
        let issued = authority.issue(&alice, wish).await.unwrap();
        let answer = gate.answer(issued.secret.reveal()).await;
        let said = answer.header("x-chancery-holder-name");
        assert!(said.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~%".contains(&b)), "{said}");
        let length: usize =
            answer.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        assert!(length <= 4096, "{length}");
    }
    for name in ["a\r\nX-Chancery-Holder-Id: root", "a\0b"] {
        let wish = (name, Role::Editor);
        assert!(authority.create_service_account(&alice, gate.acme, wish, None).await.is_err());
    }
}

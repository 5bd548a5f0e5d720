//! RFC 7009.

use authority::journal::{EntryFilter, Who};
use axum::http::Method;
use insta::assert_snapshot;

use super::*;

#[tokio::test]
async fn a_client_revokes_what_is_its_own_and_the_answer_is_empty() {
    let court = Court::new().await;
    let alice = court.world.actor("alice").await;
    let holder = Some(Holder::Application(court.acme.application.id));
    let wish = Wish { holder, ..Wish::default() };
    let key = court.world.authority.issue(&alice, wish).await.unwrap();
    assert!(court.is_active(&court.acme, key.secret.reveal()).await);
    let answer = revoke(&court.client(&court.acme), key.secret.reveal()).await;
    assert_snapshot!(answer.transcript(), @r"
    200 OK
    pragma: no-cache
    ");
    assert!(!court.is_active(&court.acme, key.secret.reveal()).await);
}

#[tokio::test]
async fn a042_what_is_anothers_stays_live_and_nobody_sees_a_difference() {
    let court = Court::new().await;
    let key = court.key(&court.acme, Wish::default()).await;
    let login =
        authority::account::Login { login: "alice", password: testing::PASSWORD, code: None };
    let authority = &court.world.authority;
    let opened = authority.log_in(login, Some(court.acme.id), false, &World::door()).await.unwrap();
    let expected = revoke(&court.client(&court.bolt), "nonsense").await;
    for token in [&key.secret, &opened.refresh, &opened.access] {
        let answer = revoke(&court.client(&court.bolt), token.reveal()).await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, ""));
        assert_eq!(answer.headers, expected.headers);
    }
    assert!(court.is_active(&court.acme, key.secret.reveal()).await);
    assert!(court.is_active(&court.acme, opened.access.reveal()).await);
    assert!(authority.refresh(opened.refresh.reveal(), None).await.is_ok());

    let alice = court.world.actor("alice").await;
    let tried =
        EntryFilter { action: Some("token.revoke_refused".to_owned()), ..EntryFilter::default() };
    let tried = authority.journal(&alice, Some(court.acme.id), tried, (None, 9)).await.unwrap();
    let by = tried.iter().map(|entry| entry.draft.by.who);
    assert_eq!(by.collect::<Vec<_>>(), [Who::Application(court.bolt.application.id); 3]);
}

#[tokio::test]
async fn a122_unknown_dead_and_malformed_are_200_and_empty() {
    let court = Court::new().await;
    let alice = court.world.actor("alice").await;
    let revoked = court.key(&court.acme, Wish::default()).await;
    court.world.authority.revoke(&alice, revoked.token.id).await.unwrap();
    let long = "A".repeat(5_000);
    for token in [revoked.secret.reveal(), "nonsense", "tkak_nonsense", "tkat_a.b.c", &long, ""] {
        for hint in ["", "&token_type_hint=refresh_token", "&token_type_hint=nonsense"] {
            let client = court.client(&court.acme);
            let answer = client.fills("/oauth/revoke", &format!("token={token}{hint}")).await;
            assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, ""), "{token}{hint}");
        }
    }
}

#[tokio::test]
async fn a122_revoking_either_token_of_a_session_ends_it_whole() {
    let court = Court::new().await;
    let authority = &court.world.authority;
    for by_refresh in [true, false] {
        let login =
            authority::account::Login { login: "alice", password: testing::PASSWORD, code: None };
        let entered = Some(court.acme.id);
        let opened = authority.log_in(login, entered, false, &World::door()).await.unwrap();
        let alice = court.stranger.clone().bearer(opened.access.reveal());
        let shown = if by_refresh { &opened.refresh } else { &opened.access };
        assert_eq!(revoke(&alice, shown.reveal()).await.status, 200);
        assert!(!court.is_active(&court.acme, opened.access.reveal()).await);
        assert!(authority.refresh(opened.refresh.reveal(), None).await.is_err());
    }
}

#[tokio::test]
async fn a075_a_revocation_that_cannot_be_kept_is_503_and_the_token_lives() {
    let court = Court::new().await;
    let key = court.key(&court.acme, Wish::default()).await;
    let alice = court.stranger.clone().bearer(key.secret.reveal());
    assert_eq!(introspect(&alice, key.secret.reveal()).await.json()["active"], true);
    court.world.break_storage();
    let answer = revoke(&alice, key.secret.reveal()).await;
    assert_snapshot!(answer.transcript(), @r#"
    503 Service Unavailable
    content-type: application/json
    retry-after: 1
    pragma: no-cache

    {
      "error": "temporarily_unavailable",
      "error_description": "try again"
    }
    "#);
    court.world.mend_storage();
    assert!(court.is_active(&court.acme, key.secret.reveal()).await);
    assert_eq!(revoke(&alice, key.secret.reveal()).await.status, 200);
    assert!(!court.is_active(&court.acme, key.secret.reveal()).await);
}

#[tokio::test]
async fn whoever_may_revoke_nothing_is_told_so() {
    let court = Court::new().await;
    let narrow = court.key(&court.acme, reading()).await;
    let caller = court.stranger.clone().bearer(narrow.secret.reveal());
    for token in [narrow.secret.reveal(), "nonsense"] {
        assert_eq!(revoke(&caller, token).await.status, 403);
    }
    assert!(court.is_active(&court.acme, narrow.secret.reveal()).await);
    assert_eq!(revoke(&court.stranger, narrow.secret.reveal()).await.status, 401);
    let client = court.client(&court.acme);
    assert_eq!(client.asks(Method::DELETE, "/oauth/revoke").await.status, 405);
}

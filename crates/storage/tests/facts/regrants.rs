//! How a grant is moved on, from one pair of tokens to the next, and how its use is noted.

use std::sync::Arc;

use authority::account::Session;
use authority::account::store::Turn;
use authority::grant::store::Pair;
use authority::token::store::{Insertion, KeptSecret};
use authority::token::{Reason, Token};

use super::given::*;
use super::granting::*;
use super::race::race;
use crate::empty_store;

async fn now(store: &impl Store, pair: &Pair) -> Session {
    store.session_standing(pair.session.id).await.unwrap().unwrap().session
}

async fn refused(store: &impl Store, was: &Pair, step: &(Turn, Token, KeptSecret)) {
    let (before, session) = (entries(store).await, now(store, was).await);
    assert_eq!(turned(store, step).await, Insertion::HolderGone);
    assert_eq!(now(store, was).await, session);
    assert_eq!(store.session_by_refresh(&[step.0.refresh]).await, Ok(None));
    assert_eq!(store.token_standing(step.1.id).await, Ok(None));
    let token = store.token_standing(was.token.id).await.unwrap().unwrap().token;
    assert_eq!(token, was.token, "the one before is as it was");
    assert_eq!(entries(store).await, before);
}

#[tokio::test]
async fn a_turn_gives_a_grant_new_tokens_and_time_and_revokes_the_one_before() {
    let store = empty_store().await;
    let (ada, till) = a_user_and_a_client(&*store).await;
    let was = granted(&*store, pair(1, ada, till)).await;
    let before = entries(&*store).await;
    let step = next(&was, 2);
    let made = turned(&*store, &step).await;
    let Insertion::Done(number) = made else { panic!("{made:?}") };

    let token = Token { number, ..step.1 };
    assert_eq!(store.token_of_grant(was.session.id).await, Ok(Some(token.clone())));
    let old = store.token_standing(was.token.id).await.unwrap().unwrap();
    assert_eq!(old.token.revoked_at, Some(after(1)));
    assert_eq!(store.standing(&[digest(2)]).await.unwrap().unwrap().is_good(NOON), Ok(()));
    let session = Session {
        generation: 2,
        refreshed_at: after(1),
        expires_at: after(100_000),
        ..was.session.clone()
    };
    assert_eq!(store.session_by_refresh(&[digest(10_001)]).await, Ok(Some((session.clone(), 1))));
    assert_eq!(store.session_by_refresh(&[digest(10_002)]).await, Ok(Some((session, 2))));
    assert_eq!(entries(&*store).await, before + 1);
}

#[tokio::test]
async fn a_login_gets_new_time_too_if_a_turn_says_so() {
    let store = empty_store().await;
    let ada = a_user(&*store, 1).await;
    let was = opened(&*store, 1, session(1, ada.id)).await;
    let turn = Turn {
        session: was.id,
        from: 1,
        refresh: digest(2),
        organization: None,
        born: was.born,
        floor: was.floor,
        expires_at: after(7),
        only_unused: false,
        at: after(1),
    };
    let note = note("session.refresh", was.id);
    assert_eq!(store.turn_session(&turn, note).await, Ok(Change::Done));
    let is = store.session_standing(was.id).await.unwrap().unwrap().session;
    assert_eq!(is.expires_at, after(7));
}

#[tokio::test]
async fn a_grant_that_is_over_or_of_another_generation_is_not_moved_on() {
    let store = empty_store().await;
    let (ada, till) = a_user_and_a_client(&*store).await;
    let was = granted(&*store, pair(1, ada, till)).await;
    for from in [0, 2] {
        let (turn, token, secret) = next(&was, 2);
        refused(&*store, &was, &(Turn { from, ..turn }, token, secret)).await;
    }
    let (turn, token, secret) = next(&was, 2);
    let late = Turn { at: was.session.expires_at, ..turn };
    refused(&*store, &was, &(late, token, secret)).await;
    store.end_session(was.session.id, note("session.end", was.session.id)).await.unwrap();
    assert_eq!(turned(&*store, &next(&was, 2)).await, Insertion::HolderGone);
    assert_eq!(store.token_of_grant(was.session.id).await, Ok(None));
}

#[tokio::test]
async fn a_grant_to_an_application_that_is_gone_is_not_moved_on() {
    let store = empty_store().await;
    let (ada, till) = a_user_and_a_client(&*store).await;
    let shop = store.application(till).await.unwrap().unwrap().organization;
    let was = granted(&*store, pair(1, ada, till)).await;
    let suspend = async |suspended| {
        let note = note("organization.suspend", shop);
        store.set_organization_suspended(shop, suspended, note).await.unwrap()
    };
    suspend(true).await;
    refused(&*store, &was, &next(&was, 2)).await;
    suspend(false).await;
    store.archive_application(till, note("application.archive", till)).await.unwrap();
    refused(&*store, &was, &next(&was, 2)).await;
}

#[tokio::test]
async fn a_use_is_noted_of_the_present_token_only() {
    let store = empty_store().await;
    let (ada, till) = a_user_and_a_client(&*store).await;
    let was = granted(&*store, pair(1, ada, till)).await;
    let other = granted(&*store, pair(2, ada, till)).await;
    let grant = was.session.id;
    turned(&*store, &next(&was, 3)).await;
    let before = entries(&*store).await;
    for token in [was.token.id, other.token.id, id(9)] {
        store.note_grant_used(grant, token).await.unwrap();
        assert!(!now(&*store, &was).await.used);
    }
    store.note_grant_used(grant, id(3)).await.unwrap();
    assert!(now(&*store, &was).await.used);
    assert!(!now(&*store, &other).await.used);
    store.note_grant_used(id(9), id(3)).await.unwrap();
    assert_eq!(entries(&*store).await, before);
}

#[tokio::test]
async fn a_lost_answer_is_replaced_once_and_only_if_nothing_of_it_was_used() {
    let store = empty_store().await;
    let (ada, till) = a_user_and_a_client(&*store).await;
    let was = granted(&*store, pair(1, ada, till)).await;
    let again = |from, n| {
        let (turn, token, secret) = next(&was, n);
        (Turn { from, only_unused: true, ..turn }, token, secret)
    };
    store.note_grant_used(was.session.id, was.token.id).await.unwrap();
    refused(&*store, &was, &again(1, 2)).await;
    assert!(matches!(turned(&*store, &next(&was, 2)).await, Insertion::Done(_)));
    assert!(matches!(turned(&*store, &again(2, 3)).await, Insertion::Done(_)));
    let replaced = store.token_standing(id(2)).await.unwrap().unwrap();
    assert_eq!(replaced.is_good(NOON), Err(Reason::Revoked));
    assert_eq!(turned(&*store, &again(3, 4)).await, Insertion::HolderGone);
    assert_eq!(store.token_of_grant(was.session.id).await.unwrap().unwrap().id, id(3));
}

#[tokio::test]
async fn the_date_of_the_last_use_only_goes_up_until_the_end() {
    let store = empty_store().await;
    let (ada, till) = a_user_and_a_client(&*store).await;
    let grant = granted(&*store, pair(1, ada, till)).await;
    let before = entries(&*store).await;
    let touch = async |seconds| {
        store.touch_session(grant.session.id, after(seconds)).await.unwrap();
        now(&*store, &grant).await.refreshed_at
    };
    assert_eq!((touch(5).await, touch(3).await, touch(7).await), (after(5), after(5), after(7)));
    store.touch_session(id(9), after(9)).await.unwrap();
    assert_eq!(entries(&*store).await, before);
    store.end_session(grant.session.id, note("session.end", grant.session.id)).await.unwrap();
    assert_eq!(touch(9).await, after(7));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_move_a_grant_on_at_once_one_does() {
    let store = Arc::new(empty_store().await);
    let (ada, till) = a_user_and_a_client(&**store).await;
    let was = granted(&**store, pair(1, ada, till)).await;
    let turns = race(20, |n| {
        let (store, step) = (Arc::clone(&store), next(&was, 100 + n));
        async move { (step.1.id, turned(&**store, &step).await) }
    })
    .await;
    let winners: Vec<_> =
        turns.iter().filter(|(_, made)| matches!(made, Insertion::Done(_))).collect();
    assert_eq!(winners.len(), 1);
    let present = store.token_of_grant(was.session.id).await.unwrap().unwrap();
    assert_eq!(present.id, winners[0].0);
    for (token, _) in &turns {
        let kept = store.token_standing(*token).await.unwrap();
        assert_eq!(kept.is_some(), *token == present.id);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grant_that_ends_while_it_is_moved_on_leaves_nothing_alive() {
    let store = Arc::new(empty_store().await);
    let (ada, till) = a_user_and_a_client(&**store).await;
    for n in 1..=20 {
        let was = granted(&**store, pair(n, ada, till)).await;
        race(2, |part| {
            let (store, was) = (Arc::clone(&store), was.clone());
            async move {
                if part == 0 {
                    turned(&**store, &next(&was, 1000 + n)).await;
                } else {
                    let end = note("session.end", was.session.id);
                    assert_eq!(store.end_session(was.session.id, end).await, Ok(Change::Done));
                }
            }
        })
        .await;
        assert_eq!(store.token_of_grant(was.session.id).await, Ok(None));
        let is = now(&**store, &was).await;
        assert!(is.ended_at.is_some());
        let (turn, token, secret) = next(&was, 2000 + n);
        let late = (Turn { from: is.generation, ..turn }, token, secret);
        assert_eq!(turned(&**store, &late).await, Insertion::HolderGone);
    }
}

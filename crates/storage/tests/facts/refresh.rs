//! How a session is turned on, from one refresh token to the next.

use std::sync::Arc;

use authority::account::Session;
use authority::account::store::{Removal, Turn};
use authority::permission::Role;
use authority::token::Born;

use super::given::*;
use super::race::race;
use crate::empty_store;

/// The step from a session's present generation to the next, whose refresh token is the n-th.
fn turn(session: &Session, n: u64) -> Turn {
    Turn {
        session: session.id,
        from: session.generation,
        refresh: digest(n),
        organization: session.organization,
        born: session.born,
        floor: session.floor,
        expires_at: session.expires_at,
        only_unused: false,
        at: after(1),
    }
}

async fn turned(store: &impl Store, turn: &Turn) -> Change {
    store.turn_session(turn, note("session.refresh", turn.session)).await.unwrap()
}

async fn now(store: &impl Store, session: &Session) -> Session {
    store.session_standing(session.id).await.unwrap().unwrap().session
}

#[tokio::test]
async fn a_turn_moves_a_session_on_and_every_refresh_token_stays_known() {
    let store = empty_store().await;
    let alice = a_user(&*store, 1).await;
    let shop = an_organization(&*store, 1, alice.id).await;
    let was = opened(&*store, 1, session(1, alice.id)).await;
    store.note_session_used(was.id, 1).await.unwrap();
    let step = Turn { organization: Some(shop.id), floor: 2, ..turn(&was, 2) };
    assert_eq!(turned(&*store, &step).await, Change::Done);

    let is = Session {
        generation: 2,
        floor: 2,
        organization: Some(shop.id),
        refreshed_at: after(1),
        used: false,
        ..was
    };
    assert_eq!(store.session_by_refresh(&[digest(1)]).await, Ok(Some((is.clone(), 1))));
    assert_eq!(store.session_by_refresh(&[digest(2)]).await, Ok(Some((is.clone(), 2))));
    assert_eq!(store.last_organization(alice.id).await, Ok(Some(shop.id)));
}

#[tokio::test]
async fn a_turn_from_another_generation_does_nothing() {
    let store = empty_store().await;
    let alice = a_user(&*store, 1).await;
    let was = opened(&*store, 1, session(1, alice.id)).await;
    assert_eq!(turned(&*store, &turn(&was, 2)).await, Change::Done);
    let before = entries(&*store).await;
    assert_eq!(turned(&*store, &turn(&was, 3)).await, Change::Missing);
    assert_eq!(turned(&*store, &Turn { from: 3, ..turn(&was, 3) }).await, Change::Missing);
    assert_eq!(turned(&*store, &Turn { session: id(50), ..turn(&was, 3) }).await, Change::Missing);
    assert_eq!(store.session_by_refresh(&[digest(3)]).await, Ok(None));
    assert_eq!(now(&*store, &was).await.generation, 2);
    assert_eq!(entries(&*store).await, before);
}

#[tokio::test]
async fn a_lost_answer_is_replaced_once_and_only_if_nothing_of_it_was_used() {
    let store = empty_store().await;
    let alice = a_user(&*store, 1).await;
    let was = opened(&*store, 1, session(1, alice.id)).await;
    let again = |from, n| Turn { from, only_unused: true, ..turn(&was, n) };

    store.note_session_used(was.id, 1).await.unwrap();
    assert_eq!(turned(&*store, &again(1, 2)).await, Change::Missing);
    assert_eq!(turned(&*store, &turn(&was, 2)).await, Change::Done);
    assert_eq!(turned(&*store, &again(2, 3)).await, Change::Done);
    assert!(now(&*store, &was).await.replaced);
    assert_eq!(turned(&*store, &again(3, 4)).await, Change::Missing);
    assert_eq!(turned(&*store, &Turn { from: 3, ..turn(&was, 4) }).await, Change::Done);
    assert!(!now(&*store, &was).await.replaced);
}

#[tokio::test]
async fn a_use_is_noted_of_the_present_generation_only() {
    let store = empty_store().await;
    let alice = a_user(&*store, 1).await;
    let was = opened(&*store, 1, session(1, alice.id)).await;
    turned(&*store, &turn(&was, 2)).await;
    let before = entries(&*store).await;
    store.note_session_used(was.id, 1).await.unwrap();
    assert!(!now(&*store, &was).await.used);
    store.note_session_used(was.id, 2).await.unwrap();
    assert!(now(&*store, &was).await.used);
    store.note_session_used(id(50), 1).await.unwrap();
    assert_eq!(entries(&*store).await, before);
}

#[tokio::test]
async fn a_session_that_has_ended_or_is_over_is_not_turned_on() {
    let store = empty_store().await;
    let alice = a_user(&*store, 1).await;
    let ended = opened(&*store, 1, session(1, alice.id)).await;
    store.end_session(ended.id, note("session.end", ended.id)).await.unwrap();
    let over = Session { expires_at: after(1), ..session(2, alice.id) };
    let over = opened(&*store, 2, over).await;
    for session in [ended, over] {
        assert_eq!(turned(&*store, &turn(&session, 3)).await, Change::Missing);
    }
}

#[tokio::test]
async fn a_turn_needs_a_user_and_an_organization_that_are_still_good() {
    let store = empty_store().await;
    let (alice, bob) = (a_user(&*store, 1).await, a_user(&*store, 2).await);
    let shop = an_organization(&*store, 1, alice.id).await;
    a_member(&*store, bob.id, shop.id, Role::Viewer).await;
    let other = an_organization(&*store, 2, alice.id).await;
    let there = Session { organization: Some(shop.id), ..session(1, bob.id) };
    let was = opened(&*store, 1, there).await;

    let elsewhere = Turn { organization: Some(other.id), ..turn(&was, 2) };
    assert_eq!(turned(&*store, &elsewhere).await, Change::Missing);
    store.raise_organization_epoch(shop.id, note("organization.end", shop.id)).await.unwrap();
    assert_eq!(turned(&*store, &turn(&was, 2)).await, Change::Missing);
    let anew = Turn { born: Born { holder: 0, organization: 1 }, ..turn(&was, 2) };
    let off = note("organization.suspend", shop.id);
    store.set_organization_suspended(shop.id, true, off).await.unwrap();
    assert_eq!(turned(&*store, &anew).await, Change::Missing);
    let on = note("organization.resume", shop.id);
    store.set_organization_suspended(shop.id, false, on).await.unwrap();
    assert_eq!(turned(&*store, &anew).await, Change::Done);
    assert_eq!(now(&*store, &was).await.born, anew.born);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_turn_a_session_at_once_one_does() {
    let store = Arc::new(empty_store().await);
    let alice = a_user(&**store, 1).await;
    let was = opened(&**store, 1, session(1, alice.id)).await;
    let turns = race(50, |n| {
        let (store, turn) = (Arc::clone(&store), turn(&was, 100 + n));
        async move { (turn.refresh, turned(&**store, &turn).await) }
    })
    .await;
    let winners: Vec<_> = turns.iter().filter(|(_, change)| *change == Change::Done).collect();
    assert_eq!(winners.len(), 1);
    assert_eq!(now(&**store, &was).await.generation, 2);
    for (refresh, change) in &turns {
        let known = store.session_by_refresh(&[*refresh]).await.unwrap();
        assert_eq!(known.map(|(_, generation)| generation), (*change == Change::Done).then_some(2));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_that_races_with_the_end_leaves_nothing_alive() {
    let store = Arc::new(empty_store().await);
    let alice = a_user(&**store, 1).await;
    for n in 1..=20 {
        let was = opened(&**store, n, session(n, alice.id)).await;
        race(2, |part| {
            let (store, was) = (Arc::clone(&store), was.clone());
            async move {
                if part == 0 {
                    turned(&**store, &turn(&was, 1000 + n)).await;
                } else {
                    let end = note("session.end", was.id);
                    assert_eq!(store.end_session(was.id, end).await, Ok(Change::Done));
                }
            }
        })
        .await;
        let is = now(&**store, &was).await;
        assert_eq!(is.ended_at, Some(NOON));
        let next = Turn { from: is.generation, ..turn(&is, 2000 + n) };
        assert_eq!(turned(&**store, &next).await, Change::Missing);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_that_races_with_disabling_leaves_nothing_alive() {
    let store = Arc::new(empty_store().await);
    for n in 1..=20 {
        let user = a_user(&**store, n).await;
        let was = opened(&**store, n, session(n, user.id)).await;
        race(2, |part| {
            let (store, was) = (Arc::clone(&store), was.clone());
            async move {
                if part == 0 {
                    turned(&**store, &turn(&was, 1000 + n)).await;
                } else {
                    let off = note("user.disable", was.user);
                    let done = store.set_user_disabled(was.user, true, off).await;
                    assert_eq!(done, Ok(Removal::Done));
                }
            }
        })
        .await;
        let standing = store.session_standing(was.id).await.unwrap().unwrap();
        assert!(standing.holder.disabled && standing.session.ended_at.is_some());
        assert_ne!(standing.session.born.holder, standing.holder.epoch);
    }
}

//! A creation under an idempotency key happens once.

use std::sync::Arc;

use authority::error::{Prior, StoreError};
use authority::journal::Cursors;
use authority::token::Holder;
use authority::token::store::{Insertion, TokenFilter};

use super::given::*;
use super::race::race;
use crate::{empty_store, reopen};

#[tokio::test]
async fn a_key_that_was_used_tells_what_it_made_and_makes_nothing_more() {
    let store = empty_store().await;
    let first = user(1);
    let made = store.create_user(&first, None, note("user.create", first.id).once(7, 1)).await;
    assert!(matches!(made, Ok(Creation::Done(_))));
    let written = entries(&*store).await;

    let second = user(2);
    let made = store.create_user(&second, None, note("user.create", second.id).once(7, 2)).await;

    let prior = Prior { fingerprint: [1; 32], target: first.id.uuid() };
    assert_eq!(made, Err(StoreError::Replayed(prior)));
    assert_eq!(store.user(second.id).await, Ok(None));
    assert_eq!(entries(&*store).await, written);
}

#[tokio::test]
async fn a_key_under_which_nothing_was_made_is_still_free() {
    let store = empty_store().await;
    a_user(&*store, 1).await;
    let taken = authority::account::User { id: id(2), ..user(1) };
    let made = store.create_user(&taken, None, note("user.create", taken.id).once(7, 1)).await;
    assert_eq!(made, Ok(Creation::Taken("username")));

    let free = user(3);
    let made = store.create_user(&free, None, note("user.create", free.id).once(7, 1)).await;
    assert!(matches!(made, Ok(Creation::Done(_))));
}

#[tokio::test]
async fn other_keys_do_not_matter() {
    let store = empty_store().await;
    for n in 1..=3 {
        let one = user(u64::from(n));
        let note = note("user.create", one.id).once(n, 1);
        assert!(matches!(store.create_user(&one, None, note).await, Ok(Creation::Done(_))));
    }
}

#[tokio::test]
async fn a_key_is_not_part_of_its_entry() {
    let store = empty_store().await;
    let one = user(1);
    store.create_user(&one, None, note("user.create", one.id).once(7, 1)).await.unwrap();
    let entry = store.entries_after(&Cursors::new(), 10).await.unwrap().remove(0);
    assert_eq!(entry.draft.once, None);
    assert!(entry.follows(&authority::journal::GENESIS));
}

#[tokio::test]
async fn a_key_outlives_a_restart_until_it_is_purged() {
    let store = empty_store().await;
    let one = user(1);
    store.create_user(&one, None, note("user.create", one.id).once(7, 1)).await.unwrap();
    let store = reopen(store).await;

    assert_eq!(store.purge_once(NOON, 9).await, Ok(0));
    let two = user(2);
    let made = store.create_user(&two, None, note("user.create", two.id).once(7, 1)).await;
    assert!(matches!(made, Err(StoreError::Replayed(_))));

    assert_eq!(store.purge_once(after(1), 9).await, Ok(1));
    let made = store.create_user(&two, None, note("user.create", two.id).once(7, 1)).await;
    assert!(matches!(made, Ok(Creation::Done(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_use_one_key_at_once_one_makes_and_the_others_hear_what() {
    let store = Arc::new(empty_store().await);
    let holder = Holder::User(a_user(&**store, 1).await.id);

    let made = race(50, |n| {
        let store = Arc::clone(&store);
        let new = token(n, holder);
        let note = note("token.issue", new.id).once(7, 1);
        async move { (new.id, store.insert_token(&new, secret(n), None, note).await) }
    })
    .await;

    let done: Vec<_> =
        made.iter().filter(|(_, made)| matches!(made, Ok(Insertion::Done(_)))).collect();
    assert_eq!(done.len(), 1);
    let prior = Prior { fingerprint: [1; 32], target: done[0].0.uuid() };
    let replayed = made.iter().filter(|(_, made)| *made == Err(StoreError::Replayed(prior)));
    assert_eq!(replayed.count(), 49);
    assert_eq!(store.tokens(&TokenFilter::default(), Page::first(10)).await.unwrap().len(), 1);
}

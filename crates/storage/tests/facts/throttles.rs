//! Counts of failures, and sources that are known.

use std::sync::Arc;

use authority::account::store::Throttle;

use super::given::*;
use super::race::race;
use crate::empty_store;

fn throttle(failures: u32, seconds: i64) -> Throttle {
    Throttle { failures, last_at: Some(after(seconds)) }
}

#[tokio::test]
async fn failures_are_counted_key_by_key_and_told_in_the_order_of_the_question() {
    let store = empty_store().await;
    store.count_failures(&[digest(1), digest(2)], after(1), NOON).await.unwrap();
    store.count_failures(&[digest(2)], after(2), NOON).await.unwrap();
    let asked = [digest(2), digest(3), digest(1), digest(2)];
    let told = store.throttles(&asked).await.unwrap();
    assert_eq!(told, [throttle(2, 2), Throttle::default(), throttle(1, 1), throttle(2, 2)]);
    assert_eq!(store.throttles(&[]).await, Ok(vec![]));
    store.count_failures(&[], NOON, NOON).await.unwrap();
    assert_eq!(entries(&*store).await, 0, "counts are not facts");
}

#[tokio::test]
async fn a_count_whose_last_failure_is_forgotten_begins_anew() {
    let store = empty_store().await;
    let count = async |at, forgotten| {
        store.count_failures(&[digest(1)], after(at), after(forgotten)).await.unwrap();
        store.throttles(&[digest(1)]).await.unwrap()[0]
    };
    assert_eq!(count(10, 0).await, throttle(1, 10));
    assert_eq!(count(20, 10).await, throttle(2, 20), "not before, but at that moment");
    assert_eq!(count(30, 21).await, throttle(1, 30));
    assert_eq!(count(25, 0).await, throttle(2, 30), "a clock that steps back moves no date back");
}

#[tokio::test]
async fn cleared_failures_are_as_never_counted() {
    let store = empty_store().await;
    store.count_failures(&[digest(1), digest(2)], NOON, NOON).await.unwrap();
    store.clear_failures(&[digest(1), digest(9)]).await.unwrap();
    let told = store.throttles(&[digest(1), digest(2)]).await.unwrap();
    assert_eq!(told, [Throttle::default(), throttle(1, 0)]);
    store.clear_failures(&[]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_failures_counted_at_once_none_is_lost() {
    let store = Arc::new(empty_store().await);
    race(100, |n| {
        let store = Arc::clone(&store);
        // In both orders, which must not make two wait for each other.
        let keys = if n % 2 == 0 { [digest(1), digest(2)] } else { [digest(2), digest(1)] };
        async move { store.count_failures(&keys, NOON, NOON).await.unwrap() }
    })
    .await;
    let told = store.throttles(&[digest(1), digest(2)]).await.unwrap();
    assert_eq!(told, [throttle(100, 0), throttle(100, 0)]);
}

#[tokio::test]
async fn a_source_is_known_since_it_was_last_seen() {
    let store = empty_store().await;
    let (ada, bob) = (a_user(&*store, 1).await, a_user(&*store, 2).await);
    let before = entries(&*store).await;
    store.note_source(ada.id, digest(1), after(10)).await.unwrap();
    store.note_source(ada.id, digest(1), after(5)).await.unwrap();
    let knows =
        async |user, source, since| store.knows_source(user, digest(source), after(since)).await;
    assert_eq!(knows(ada.id, 1, 10).await, Ok(true));
    assert_eq!(knows(ada.id, 1, 11).await, Ok(false));
    assert_eq!(knows(ada.id, 2, 0).await, Ok(false));
    assert_eq!(knows(bob.id, 1, 0).await, Ok(false));
    assert_eq!(entries(&*store).await, before);
}

#[tokio::test]
async fn the_sixteen_latest_sources_are_kept() {
    let store = empty_store().await;
    let ada = a_user(&*store, 1).await;
    for n in 0..20_u8 {
        store.note_source(ada.id, digest(n.into()), after(n.into())).await.unwrap();
    }
    let mut known = Vec::new();
    for n in 0..20 {
        if store.knows_source(ada.id, digest(n), NOON).await.unwrap() {
            known.push(n);
        }
    }
    assert_eq!(known, (4..20).collect::<Vec<_>>());
}

#[tokio::test]
async fn old_throttles_and_sources_are_purged() {
    let store = empty_store().await;
    let ada = a_user(&*store, 1).await;
    store.count_failures(&[digest(1)], after(1), NOON).await.unwrap();
    store.count_failures(&[digest(2)], after(2), NOON).await.unwrap();
    store.note_source(ada.id, digest(1), after(1)).await.unwrap();
    store.note_source(ada.id, digest(2), after(2)).await.unwrap();
    assert_eq!(store.purge_throttles((after(2), after(2)), 9).await, Ok(2));
    let told = store.throttles(&[digest(1), digest(2)]).await.unwrap();
    assert_eq!(told, [Throttle::default(), throttle(1, 2)]);
    assert_eq!(store.knows_source(ada.id, digest(1), NOON).await, Ok(false));
    assert_eq!(store.knows_source(ada.id, digest(2), NOON).await, Ok(true));
    assert_eq!(store.purge_throttles((after(2), after(2)), 9).await, Ok(0));
}

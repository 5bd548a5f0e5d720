//! Lanes: each node fills one, and none has a gap.

use std::collections::BTreeMap;
use std::sync::Arc;

use authority::journal::{Cursors, Entry, GENESIS, Lane};
use authority::token::Holder;

use storage::postgres::Postgres;

use crate::facts::given::*;
use crate::facts::race::race;
use crate::{Database, empty_store};

/// All entries by lane, each lane checked from its first entry to its last.
pub(crate) async fn checked_lanes(store: &impl Store) -> BTreeMap<Lane, Vec<Entry>> {
    let mut lanes: BTreeMap<Lane, Vec<Entry>> = BTreeMap::new();
    for entry in store.entries_after(&Cursors::new(), 1_000_000).await.unwrap() {
        let lane = lanes.entry(entry.lane).or_default();
        let (place, previous) = lane.last().map_or((1, GENESIS), |e| (e.sequence + 1, e.hash));
        assert_eq!(entry.sequence, place, "lane {}", entry.lane);
        assert!(entry.follows(&previous), "lane {} at {place}", entry.lane);
        lane.push(entry);
    }
    let ends: Vec<_> = store.lane_ends().await.unwrap();
    for end in ends {
        let last = lanes.get(&end.lane).and_then(|lane| lane.last());
        let last = last.map_or((0, GENESIS), |e| (e.sequence, e.hash));
        assert_eq!((end.sequence, end.hash), last, "lane {}", end.lane);
    }
    lanes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_fill_two_lanes_and_neither_has_a_gap() {
    let first = empty_store().await;
    let second = first.database.open().await;
    assert_eq!((first.first_lane(), second.first_lane()), (1, 2));
    let holder = Holder::User(a_user(&*first, 1).await.id);

    let stores = Arc::new((first, second));
    race(60, |n| {
        let stores = Arc::clone(&stores);
        async move {
            let new = token(n, holder);
            if n % 2 == 0 { kept(&*stores.0, n, new).await } else { kept(&stores.1, n, new).await }
        }
    })
    .await;

    let lanes = checked_lanes(&*stores.0).await;
    assert_eq!(lanes.keys().copied().collect::<Vec<_>>(), [1, 2]);
    assert_eq!((lanes[&1].len(), lanes[&2].len()), (31, 30));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_of_two_busy_lanes_sees_every_entry_once_and_in_order() {
    let first = empty_store().await;
    let second = first.database.open().await;
    let holder = Holder::User(a_user(&*first, 1000).await.id);
    let stores = Arc::new((first, second));
    let writing = tokio::spawn({
        let stores = Arc::clone(&stores);
        async move {
            race(80, |n| {
                let stores = Arc::clone(&stores);
                async move {
                    let new = token(n, holder);
                    if n % 2 == 0 {
                        kept(&*stores.0, n, new).await
                    } else {
                        kept(&stores.1, n, new).await
                    }
                }
            })
            .await
        }
    });

    let (mut cursors, mut seen) = (Cursors::new(), 0);
    while seen < 81 {
        for entry in stores.1.entries_after(&cursors, 7).await.unwrap() {
            let before = cursors.insert(entry.lane, entry.sequence).unwrap_or(0);
            assert_eq!(entry.sequence, before + 1);
            seen += 1;
        }
    }
    writing.await.unwrap();
    assert_eq!(stores.1.entries_after(&cursors, 7).await, Ok(vec![]));
}

#[tokio::test]
async fn a_busy_lane_does_not_hide_another() {
    let first = empty_store().await;
    let second = first.database.open().await;
    for n in 0..20 {
        a_user(&*first, n).await;
    }
    a_user(&second, 20).await;
    let page = first.entries_after(&Cursors::new(), 2).await.unwrap();
    assert_eq!(page.iter().map(|entry| entry.lane).collect::<Vec<_>>(), [1, 2]);
}

#[tokio::test]
async fn a_node_that_leaves_frees_its_lane_and_the_next_takes_it_over() {
    let first = empty_store().await;
    let second = first.database.open().await;
    a_user(&*first, 1).await;
    a_user(&second, 2).await;
    let crate::Kept { store, database } = first;
    drop(store);
    database.has_writers(1).await;

    let third = database.open().await;
    assert_eq!(third.first_lane(), 1);
    a_user(&third, 3).await;
    let lanes = checked_lanes(&third).await;
    assert_eq!((lanes[&1].len(), lanes[&2].len()), (2, 1));
}

#[tokio::test]
async fn nodes_that_start_at_once_on_an_empty_database_take_a_lane_each() {
    let database = Arc::new(Database::new().await);
    let stores = race(5, |_| {
        let database = Arc::clone(&database);
        async move { database.open().await }
    })
    .await;
    let mut lanes: Vec<_> = stores.iter().map(Postgres::first_lane).collect();
    lanes.sort_unstable();
    assert_eq!(lanes, [1, 2, 3, 4, 5]);
}

//! The journal: gapless lanes, a chain, and pages from the newest on.

use std::collections::BTreeMap;
use std::sync::Arc;

use authority::id::OrganizationId;
use authority::journal::{
    Before, By, Cursors, Detail, Draft, Entry, EntryFilter, GENESIS, Head, Lane, LaneEnd, Sequence,
    Subject, Who,
};
use authority::token::Holder;

use super::given::*;
use super::race::race;
use crate::{empty_store, reopen};

/// Each lane's entries follow one another from the first on. Gives how many there are.
fn chained(entries: &[Entry]) -> usize {
    let mut ends: BTreeMap<Lane, (Sequence, [u8; 32])> = BTreeMap::new();
    for entry in entries {
        let (sequence, hash) = ends.entry(entry.lane).or_insert((0, GENESIS));
        assert_eq!(entry.sequence, *sequence + 1, "a gap in lane {}", entry.lane);
        assert!(entry.follows(hash), "a break in lane {}", entry.lane);
        (*sequence, *hash) = (entry.sequence, entry.hash);
    }
    entries.len()
}

/// A draft with something in every field.
fn full_note(n: u64) -> Draft {
    Draft {
        by: By { who: Who::User(id(90)), token: Some(id(91)) },
        organization: Some(id(92)),
        detail: Detail::from([
            ("label".to_owned(), "a \"quoted\" \\ label, \u{1F5DD} and a\nline".to_owned()),
            ("was".to_owned(), String::new()),
        ]),
        ..note("user.create", user(n).id)
            .at(after(i64::try_from(n).unwrap()))
            .forgetting(Subject::User(id(1)))
            .forgetting(Subject::Token(id(2)))
            .forgetting(Subject::Everything)
    }
}

#[tokio::test]
async fn an_entry_reads_as_it_was_drafted() {
    let store = empty_store().await;
    let note = full_note(1);
    store.create_user(&user(1), None, note.clone()).await.unwrap();

    let entries = store.entries_after(&Cursors::new(), 10).await.unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].draft, note);
    assert_eq!((entries[0].sequence, entries[0].previous), (1, GENESIS));
    assert!(entries[0].follows(&GENESIS));
}

#[tokio::test]
async fn every_actor_reads_as_it_was_drafted() {
    let store = empty_store().await;
    let all = [
        Who::System,
        Who::Stranger,
        Who::User(id(1)),
        Who::Application(id(2)),
        Who::ServiceAccount(id(3)),
    ];
    for (n, who) in (1..).zip(all) {
        let note = Draft { by: By { who, token: None }, ..note("user.create", user(n).id) };
        store.create_user(&user(n), None, note).await.unwrap();
    }
    let entries = store.entries_after(&Cursors::new(), 10).await.unwrap();
    assert_eq!(entries.iter().map(|entry| entry.draft.by.who).collect::<Vec<_>>(), all);
}

#[tokio::test]
async fn a_reader_goes_on_where_its_cursors_are() {
    let store = empty_store().await;
    for n in 1..=5 {
        a_user(&*store, n).await;
    }
    let first = store.entries_after(&Cursors::new(), 2).await.unwrap();
    assert_eq!(first.iter().map(|entry| entry.sequence).collect::<Vec<_>>(), [1, 2]);

    let cursors = Cursors::from([(first[0].lane, 2)]);
    let rest = store.entries_after(&cursors, 10).await.unwrap();
    assert_eq!(rest.iter().map(|entry| entry.sequence).collect::<Vec<_>>(), [3, 4, 5]);
    let cursors = Cursors::from([(first[0].lane, 5)]);
    assert_eq!(store.entries_after(&cursors, 10).await, Ok(vec![]));
}

#[tokio::test]
async fn a_lane_is_read_from_any_place_on() {
    let store = empty_store().await;
    for n in 1..=5 {
        a_user(&*store, n).await;
    }
    let lane = store.lane_ends().await.unwrap()[0].lane;
    let some = store.lane_entries(lane, 3, 2).await.unwrap();
    assert_eq!(some.iter().map(|entry| entry.sequence).collect::<Vec<_>>(), [3, 4]);
    assert_eq!(store.lane_entries(lane, 6, 2).await, Ok(vec![]));
    assert_eq!(store.lane_entries(lane + 1000, 1, 2).await, Ok(vec![]));
}

#[tokio::test]
async fn the_end_of_a_lane_is_its_last_entry() {
    let store = empty_store().await;
    for end in store.lane_ends().await.unwrap() {
        assert_eq!(end, LaneEnd { lane: end.lane, sequence: 0, hash: GENESIS });
    }
    for n in 1..=3 {
        a_user(&*store, n).await;
    }
    let last = store.entries_after(&Cursors::new(), 10).await.unwrap().pop().unwrap();
    let end = LaneEnd { lane: last.lane, sequence: 3, hash: last.hash };
    assert!(store.lane_ends().await.unwrap().contains(&end));
}

#[tokio::test]
async fn the_newest_entries_come_first_page_by_page() {
    let store = empty_store().await;
    for n in 1..=5 {
        store.create_user(&user(n), None, full_note(n)).await.unwrap();
    }
    let filter = EntryFilter::default();
    let first = store.entries(&filter, None, 2).await.unwrap();
    assert_eq!(first.iter().map(|entry| entry.sequence).collect::<Vec<_>>(), [5, 4]);

    let last = &first[1];
    let before = Before { at: last.draft.at, lane: last.lane, sequence: last.sequence };
    let rest = store.entries(&filter, Some(before), 10).await.unwrap();
    assert_eq!(rest.iter().map(|entry| entry.sequence).collect::<Vec<_>>(), [3, 2, 1]);
}

#[tokio::test]
async fn each_part_of_a_filter_must_fit() {
    let store = empty_store().await;
    let there: OrganizationId = id(92);
    store.create_user(&user(1), None, full_note(1)).await.unwrap();
    a_user(&*store, 2).await;
    store.set_user_disabled(user(1).id, true, note("user.disable", user(2).id)).await.unwrap();

    let count = async |filter: EntryFilter| store.entries(&filter, None, 10).await.unwrap().len();
    let all = count(EntryFilter::default()).await;
    assert_eq!(all, entries(&*store).await);
    let of = EntryFilter { organization: Some(there), ..EntryFilter::default() };
    assert_eq!(count(of.clone()).await, 1);
    let about = EntryFilter { target: Some(user(2).id.uuid()), ..EntryFilter::default() };
    assert_eq!(count(about.clone()).await, all - 1);
    let by = EntryFilter { by: Some(uuid_of(90)), ..EntryFilter::default() };
    assert_eq!(count(by).await, 1);
    let doing = EntryFilter { action: Some("user.create".to_owned()), ..EntryFilter::default() };
    assert_eq!(count(doing).await, 2);
    let none = EntryFilter { organization: Some(there), ..about };
    assert_eq!(count(none).await, 0);
}

fn uuid_of(n: u64) -> uuid::Uuid {
    id::<authority::id::kind::User>(n).uuid()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn facts_told_at_once_leave_no_gap_and_no_break() {
    let store = Arc::new(empty_store().await);
    let holder = Holder::User(a_user(&**store, 1).await.id);
    race(200, |n| {
        let store = Arc::clone(&store);
        async move { kept(&**store, n, token(n, holder)).await.number }
    })
    .await;
    let entries = store.entries_after(&Cursors::new(), 1000).await.unwrap();
    assert_eq!(chained(&entries), 201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fact_that_fails_takes_no_other_with_it() {
    let store = Arc::new(empty_store().await);
    let holder = Holder::User(a_user(&**store, 1).await.id);
    kept(&**store, 999, token(999, holder)).await;
    let made = race(50, |n| {
        let (store, new) = (Arc::clone(&store), token(n, holder));
        let secret = secret(if n % 10 == 0 { 999 } else { n });
        let note = note("token.issue", new.id);
        async move { (n, store.insert_token(&new, secret, None, note).await) }
    })
    .await;
    for (n, made) in made {
        assert_eq!(made.is_err(), n % 10 == 0, "{n}: {made:?}");
    }
    let entries = store.entries_after(&Cursors::new(), 1000).await.unwrap();
    assert_eq!(chained(&entries), 2 + 45);
}

#[tokio::test]
async fn the_chain_goes_on_after_a_restart() {
    let store = empty_store().await;
    a_user(&*store, 1).await;
    let store = reopen(store).await;
    a_user(&*store, 2).await;
    let entries = store.entries_after(&Cursors::new(), 10).await.unwrap();
    assert_eq!(chained(&entries), 2);
}

#[tokio::test]
async fn a_reader_that_follows_sees_every_entry_once_and_in_order() {
    let store = Arc::new(empty_store().await);
    let holder = Holder::User(a_user(&**store, 1).await.id);
    let writing = {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            for n in 0..100 {
                kept(&**store, n, token(n, holder)).await;
            }
        })
    };
    let (mut cursors, mut seen) = (Cursors::new(), Vec::new());
    while seen.len() < 101 {
        let all_written = writing.is_finished();
        let entries = store.entries_after(&cursors, 7).await.unwrap();
        assert!(!all_written || !entries.is_empty());
        for entry in entries {
            cursors.insert(entry.lane, entry.sequence);
            seen.push(entry);
        }
    }
    assert_eq!(chained(&seen), 101);
}

#[tokio::test]
async fn signed_heads_are_kept_oldest_first_and_are_no_entries() {
    let store = empty_store().await;
    let head = |n: i64| Head {
        at: after(n),
        ends: vec![
            LaneEnd { lane: 1, sequence: n, hash: [7; 32] },
            LaneEnd { lane: 2, sequence: 0, hash: GENESIS },
        ],
        signature: vec![9; 64],
    };
    for n in 1..=3 {
        store.keep_head(&head(n)).await.unwrap();
    }
    assert_eq!(store.heads(NOON, 2).await, Ok(vec![head(1), head(2)]));
    assert_eq!(store.heads(after(1), 10).await, Ok(vec![head(2), head(3)]));
    assert_eq!(entries(&*store).await, 0);
}

#[tokio::test]
async fn an_attempt_that_changed_nothing_is_entered() {
    let store = empty_store().await;
    let attempt = full_note(1);
    store.enter(attempt.clone()).await.unwrap();
    let entries = store.entries_after(&Cursors::new(), 9).await.unwrap();
    assert_eq!(chained(&entries), 1);
    assert_eq!(entries.first().map(|entry| &entry.draft), Some(&attempt));
}

//! A server that goes away, and comes back.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use authority::account::store::Removal;
use authority::error::StoreError;
use authority::token::Holder;
use authority::token::store::{Insertion, TokenFilter};
use storage::postgres::{Options, Postgres};

use super::lanes::checked_lanes;
use crate::facts::given::*;
use crate::facts::race::race;
use crate::{Database, admin, empty_store};

/// A store whose callers wait for half a second.
async fn impatient(database: &Database) -> Postgres {
    let options = Options { patience: Duration::from_millis(500), ..Options::default() };
    Postgres::open(&database.url(), options).await.unwrap()
}

/// Whether anybody may connect.
async fn open_to_all(database: &Database, allowed: bool) {
    let name = &database.name;
    let sql = format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS {allowed}");
    admin().await.batch_execute(&sql).await.unwrap();
}

#[tokio::test]
async fn nothing_is_lost_when_idle_connections_are_killed() {
    let store = empty_store().await;
    a_user(&*store, 1).await;
    for n in 2..5 {
        store.database.kill_connections().await;
        assert_eq!(store.user(id(1)).await.unwrap().unwrap().username, "user1");
        a_user(&*store, n).await;
    }
    let entries: usize = checked_lanes(&*store).await.values().map(Vec::len).sum();
    assert_eq!(entries, 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_is_kept_however_often_connections_are_killed() {
    let store = Arc::new(empty_store().await);
    let holder = Holder::User(a_user(&**store, 10_000).await.id);
    let killing = tokio::spawn({
        let store = Arc::clone(&store);
        async move {
            for _ in 0..10 {
                store.database.kill_connections().await;
                admin().await.batch_execute("SELECT pg_sleep(0.05)").await.unwrap();
            }
        }
    });
    let made = race(8, |task| {
        let store = Arc::clone(&store);
        async move {
            let mut made = Vec::new();
            for n in task * 1000..task * 1000 + 100 {
                let new = token(n, holder);
                let note = note("token.issue", new.id);
                made.push((new.id, store.insert_token(&new, secret(n), None, note).await));
            }
            made
        }
    })
    .await;
    killing.await.unwrap();

    let page = Page::first(10_000);
    let tokens = store.tokens(&TokenFilter::default(), page).await.unwrap();
    let done: Vec<_> = made.iter().flatten().filter(|(_, made)| made.is_ok()).collect();
    for (id, made) in &done {
        let Ok(Insertion::Done(number)) = made else { panic!("{made:?}") };
        assert!(tokens.iter().any(|token| token.id == *id && token.number == *number));
    }
    assert!(done.len() > 400, "only {} of 800 were answered", done.len());
    let enrolled: usize = checked_lanes(&**store).await.values().map(Vec::len).sum();
    assert_eq!(enrolled, tokens.len() + 1, "no entry, no change; no change, no entry");
}

#[tokio::test]
async fn a_fact_whose_caller_gave_up_while_the_server_was_away_does_not_happen_later() {
    let database = Database::new().await;
    let store = impatient(&database).await;
    a_user(&store, 1).await;
    open_to_all(&database, false).await;
    database.kill_connections().await;

    let new = user(2);
    let made = store.create_user(&new, None, note("user.create", new.id)).await;
    assert!(matches!(made, Err(StoreError::Unreachable(_))), "{made:?}");
    assert!(matches!(store.user(id(1)).await, Err(StoreError::Unreachable(_))));
    assert!(store.ping().await.is_err());

    open_to_all(&database, true).await;
    let mut n = 3;
    loop {
        let next = user(n);
        let made = store.create_user(&next, None, note("user.create", next.id)).await;
        if matches!(made, Ok(Creation::Done(_))) {
            break;
        }
        n += 1;
    }
    let kept: Vec<_> = store.users(None, Page::first(9)).await.unwrap();
    assert_eq!(kept.iter().map(|user| user.id).collect::<Vec<_>>(), [id(1), id(n)]);
    checked_lanes(&store).await;
    assert_eq!(store.stats().failures.load(Ordering::Relaxed), 0, "none was begun");
}

#[tokio::test]
async fn who_waits_for_a_lock_of_another_program_holds_up_nobody_for_long() {
    let store = empty_store().await;
    let (ada, bob) = (a_user(&*store, 1).await, a_user(&*store, 2).await);
    let mut other = crate::connect(&store.database.url()).await;
    let held = other.transaction().await.unwrap();
    held.execute("SELECT FROM users WHERE number = $1 FOR UPDATE", &[&ada.number]).await.unwrap();

    let hers = store.set_user_disabled(ada.id, true, note("user.disable", ada.id));
    let his = store.set_user_disabled(bob.id, true, note("user.disable", bob.id));
    let (hers, his) = tokio::join!(hers, his);
    assert!(matches!(hers, Err(StoreError::Unreachable(_))), "{hers:?}");
    assert_eq!(his, Ok(Removal::Done));
    held.rollback().await.unwrap();
    let hers = store.set_user_disabled(ada.id, true, note("user.disable", ada.id)).await;
    assert_eq!(hers, Ok(Removal::Done));
    checked_lanes(&*store).await;
}

#[tokio::test]
async fn slow_readers_do_not_hold_up_who_follows_the_journal() {
    let database = Database::new().await;
    let options = Options { readers: 2, ..Options::default() };
    let store = Arc::new(Postgres::open(&database.url(), options).await.unwrap());
    a_user(&*store, 1).await;
    let mut other = crate::connect(&database.url()).await;
    let held = other.transaction().await.unwrap();
    held.batch_execute("LOCK TABLE tokens").await.unwrap();
    let slow: Vec<_> = (0..4)
        .map(|n| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.token_standing(id(n)).await })
        })
        .collect();
    database.has_waiting(2).await;
    // Both connections have been lent, and whoever asks now waits.
    let waiting = store.user(id(1));
    let waiting = tokio::time::timeout(Duration::from_millis(300), waiting).await;
    assert!(waiting.is_err());
    let follow = entries(&*store);
    let followed = tokio::time::timeout(Duration::from_millis(300), follow).await;
    assert_eq!(followed, Ok(1));

    held.rollback().await.unwrap();
    for slow in slow {
        assert_eq!(slow.await.unwrap(), Ok(None));
    }
}

#[tokio::test]
async fn a_fact_that_the_server_refuses_takes_no_other_with_it() {
    let store = empty_store().await;
    let mut unkeepable = user(2);
    unkeepable.first_name = "\0".to_owned();
    let (good, also_good) = (user(1), user(3));
    let (first, second, third) = tokio::join!(
        store.create_user(&good, None, note("user.create", good.id)),
        store.create_user(&unkeepable, None, note("user.create", unkeepable.id)),
        store.create_user(&also_good, None, note("user.create", also_good.id)),
    );
    assert!(matches!((&first, &third), (Ok(Creation::Done(_)), Ok(Creation::Done(_)))));
    assert!(matches!(second, Err(StoreError::Unreachable(_))), "{second:?}");
    assert_eq!(checked_lanes(&*store).await[&1].len(), 2);
    assert_eq!(store.stats().failures.load(Ordering::Relaxed), 1);
}

/// `CHANCERY_TEST_POSTGRES_RESTART` is a command that stops the server at once and starts it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "restarts the server under every other test: run it alone"]
async fn a_store_outlives_a_restart_of_the_server() {
    let command = std::env::var("CHANCERY_TEST_POSTGRES_RESTART").unwrap();
    let store = Arc::new(empty_store().await);
    let holder = Holder::User(a_user(&**store, 1_000_000).await.id);
    let restarting = tokio::task::spawn_blocking(move || {
        for _ in 0..3 {
            let status = std::process::Command::new("sh").args(["-c", &command]).status();
            assert!(status.unwrap().success());
        }
    });
    let (mut done, mut n) = (Vec::new(), 0);
    while !restarting.is_finished() || done.last() != Some(&(n - 1)) {
        let new = token(n, holder);
        if store.insert_token(&new, secret(n), None, note("token.issue", new.id)).await.is_ok() {
            done.push(n);
        }
        n += 1;
    }
    restarting.await.unwrap();
    for n in &done {
        assert!(store.token_standing(id(*n)).await.unwrap().is_some(), "{n} was answered");
    }
    checked_lanes(&**store).await;
}

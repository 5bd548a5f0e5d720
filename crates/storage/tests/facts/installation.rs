//! What there is one of: the installation, the mark of the clock, the row of signing keys.

use std::sync::Arc;

use authority::account::{Password, PasswordHash, User};
use authority::permission::{Marks, Role};
use authority::store::{Founding, Installation, SigningKey};
use uuid::Uuid;

use super::given::*;
use super::race::race;
use crate::{empty_store, reopen};

/// The n-th founding: user and organization have the n-th ids.
fn founding(n: u64) -> Founding {
    let organization = organization(n);
    let installation = Installation {
        id: Uuid::from_u128(u128::from(n)),
        check: digest(n),
        pepper: 3,
        organization: organization.id,
        created_at: after(1),
    };
    let marks = Marks { superuser: true, system_auditor: false };
    let password = PasswordHash::from_phc(format!("$argon2id${n}"));
    Founding { installation, user: User { marks, ..user(n) }, password, organization }
}

async fn found(store: &impl Store, n: u64) -> Change {
    let founding = founding(n);
    store.found(&founding, note("installation.found", founding.organization.id)).await.unwrap()
}

#[tokio::test]
async fn an_empty_database_answers_and_has_no_installation() {
    let store = empty_store().await;
    assert_eq!(store.ping().await, Ok(()));
    assert_eq!(store.installation().await, Ok(None));
    assert_eq!(store.signing_keys().await, Ok(vec![]));
    assert_eq!(entries(&*store).await, 0);
}

#[tokio::test]
async fn founding_makes_number_one_of_each_and_happens_once() {
    let store = empty_store().await;
    assert_eq!(found(&*store, 7).await, Change::Done);
    assert_eq!(found(&*store, 8).await, Change::Missing);

    let store = reopen(store).await;
    let Founding { installation, user, password, organization } = founding(7);
    assert_eq!(store.installation().await, Ok(Some(installation)));
    let user = User { number: 1, ..user };
    let found = store.user_by_login("user7").await.unwrap().unwrap();
    assert_eq!(found, (user.clone(), Some(Password { hash: password, generation: 0 })));
    assert_eq!(store.user_by_login("user7@example.org").await.unwrap().unwrap().0, user);
    assert_eq!(store.organization_numbered(1).await.unwrap().unwrap().id, organization.id);
    let place = store.membership(user.id, organization.id).await.unwrap().unwrap();
    assert_eq!(place.role, Role::Owner);
    assert_eq!(store.users(None, Page::first(9)).await.unwrap().len(), 1);
    assert_eq!(entries(&*store).await, 1);

    assert_eq!(a_user(&*store, 1).await.number, 2);
    assert_eq!(an_organization(&*store, 1, user.id).await.number, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_found_at_once_one_does() {
    let store = Arc::new(empty_store().await);
    let made = race(10, |n| {
        let store = Arc::clone(&store);
        async move { (n, found(&**store, n).await) }
    })
    .await;
    let done: Vec<_> = made.iter().filter(|(_, made)| *made == Change::Done).collect();
    assert_eq!(done.len(), 1);
    let installation = store.installation().await.unwrap().unwrap();
    assert_eq!(installation, founding(done[0].0).installation);
    let users = store.users(None, Page::first(9)).await.unwrap();
    assert_eq!((users.len(), users[0].number), (1, 1));
    let organizations = store.organizations(None, Page::first(9)).await.unwrap();
    assert_eq!((organizations.len(), organizations[0].number), (1, 1));
    assert_eq!(organizations[0].id, installation.organization);
    assert_eq!(entries(&**store).await, 1);
}

#[tokio::test]
async fn the_mark_of_the_clock_never_goes_down() {
    let store = empty_store().await;
    for (given, mark) in [(5, 5), (3, 5), (5, 5), (9, 9)] {
        assert_eq!(store.raise_clock_mark(after(given)).await, Ok(after(mark)));
    }
    let store = reopen(store).await;
    assert_eq!(store.raise_clock_mark(NOON).await, Ok(after(9)));
    assert_eq!(entries(&*store).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_marks_raised_at_once_the_highest_stays() {
    let store = Arc::new(empty_store().await);
    let marks = race(20, |n| {
        let (store, at) = (Arc::clone(&store), after(i64::try_from(n).unwrap()));
        async move { (at, store.raise_clock_mark(at).await.unwrap()) }
    })
    .await;
    assert!(marks.iter().all(|(given, mark)| mark >= given));
    assert_eq!(store.raise_clock_mark(NOON).await, Ok(after(19)));
}

/// The n-th signing key.
fn key(n: u8) -> SigningKey {
    SigningKey {
        kid: format!("key {n}"),
        algorithm: "ES256".to_owned(),
        public: vec![4, n],
        wrapped: vec![0, n, 255],
        created_at: after(n.into()),
        signs_from: after(60 + i64::from(n)),
    }
}

async fn add(store: &impl Store, n: u8, newest: Option<&str>) -> Change {
    let note = note("key.create", id::<authority::id::kind::Entry>(n.into()));
    store.add_signing_key(&key(n), newest, note).await.unwrap()
}

#[tokio::test]
async fn a_signing_key_is_added_only_to_the_row_that_was_seen() {
    let store = empty_store().await;
    assert_eq!(add(&*store, 1, Some("key 0")).await, Change::Missing);
    assert_eq!(add(&*store, 1, None).await, Change::Done);
    assert_eq!(add(&*store, 2, None).await, Change::Missing);
    assert_eq!(add(&*store, 2, Some("key 1")).await, Change::Done);
    assert_eq!(add(&*store, 3, Some("key 1")).await, Change::Missing);
    assert_eq!(store.signing_keys().await.unwrap(), [key(1), key(2)]);
    assert_eq!(entries(&*store).await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_rotate_at_once_one_does() {
    let store = Arc::new(empty_store().await);
    add(&**store, 0, None).await;
    let added = race(10, |n| {
        let store = Arc::clone(&store);
        async move { add(&**store, u8::try_from(n).unwrap() + 1, Some("key 0")).await }
    })
    .await;
    assert_eq!(added.iter().filter(|added| **added == Change::Done).count(), 1);
    assert_eq!(store.signing_keys().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_dropped_signing_key_is_gone() {
    let store = empty_store().await;
    add(&*store, 1, None).await;
    add(&*store, 2, Some("key 1")).await;
    let drop = async || {
        let note = note("key.drop", id::<authority::id::kind::Entry>(9));
        store.drop_signing_key("key 1", note).await.unwrap()
    };
    assert_eq!((drop().await, drop().await), (Change::Done, Change::Missing));
    assert_eq!(store.signing_keys().await.unwrap(), [key(2)]);
    assert_eq!(entries(&*store).await, 3);
}

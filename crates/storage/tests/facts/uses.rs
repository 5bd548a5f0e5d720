//! Counted uses, and dates of uses.

use std::sync::Arc;

use authority::token::store::Spending;
use authority::token::{Holder, Token};

use super::given::*;
use super::race::race;
use crate::empty_store;

#[tokio::test]
async fn uses_are_taken_until_none_is_left() {
    let store = empty_store().await;
    let holder = Holder::User(a_user(&*store, 1).await.id);
    let counted = kept(&*store, 1, Token { uses_left: Some(2), ..token(1, holder) }).await.id;
    let before = entries(&*store).await;
    let spend = async || store.spend_token(counted, note("token.spend", counted)).await;
    assert_eq!(spend().await, Ok(Spending::Done(1)));
    assert_eq!(spend().await, Ok(Spending::Done(0)));
    assert_eq!(spend().await, Ok(Spending::Spent));
    assert_eq!(entries(&*store).await, before + 2);
    let standing = store.token_standing(counted).await.unwrap().unwrap();
    assert_eq!(standing.token.uses_left, Some(0));
}

#[tokio::test]
async fn a_token_that_is_no_good_is_not_spent() {
    let store = empty_store().await;
    let holder = Holder::User(a_user(&*store, 1).await.id);
    let counted = |n| Token { uses_left: Some(1), ..token(n, holder) };
    let expired = Token { expires_at: Some(NOON), ..counted(1) };
    let disabled = Token { disabled: true, ..counted(2) };
    let revoked = Token { revoked_at: Some(NOON), ..counted(3) };
    let uncounted = token(4, holder);
    for (n, token) in (1..).zip([expired, disabled, revoked, uncounted]) {
        let id = kept(&*store, n, token).await.id;
        let before = entries(&*store).await;
        assert_eq!(store.spend_token(id, note("token.spend", id)).await, Ok(Spending::Spent));
        assert_eq!(entries(&*store).await, before);
    }
    let nothing = id::<authority::id::kind::Token>(50);
    let spent = store.spend_token(nothing, note("token.spend", nothing)).await;
    assert_eq!(spent, Ok(Spending::Spent));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_hundred_who_spend_one_use_at_once_one_does() {
    let store = Arc::new(empty_store().await);
    let holder = Holder::User(a_user(&**store, 1).await.id);
    let once = kept(&**store, 1, Token { uses_left: Some(1), ..token(1, holder) }).await.id;
    let before = entries(&**store).await;
    let spent = race(100, |_| {
        let store = Arc::clone(&store);
        async move { store.spend_token(once, note("token.spend", once)).await.unwrap() }
    })
    .await;
    assert_eq!(spent.iter().filter(|spent| **spent == Spending::Done(0)).count(), 1);
    assert_eq!(spent.iter().filter(|spent| **spent == Spending::Spent).count(), 99);
    assert_eq!(entries(&**store).await, before + 1);
}

#[tokio::test]
async fn a_later_use_is_noted_and_an_earlier_is_not() {
    let store = empty_store().await;
    let holder = Holder::User(a_user(&*store, 1).await.id);
    let (one, two) =
        (kept(&*store, 1, token(1, holder)).await.id, kept(&*store, 2, token(2, holder)).await.id);
    let before = entries(&*store).await;
    let many = std::iter::repeat_n((id(50), NOON), 1000);
    let uses: Vec<_> = [(one, after(5)), (two, after(5))].into_iter().chain(many).collect();
    store.note_uses(&uses).await.unwrap();
    store.note_uses(&[(one, after(4)), (two, after(6))]).await.unwrap();
    store.note_uses(&[]).await.unwrap();

    let last = async |id| store.token_standing(id).await.unwrap().unwrap().token.last_used_at;
    assert_eq!((last(one).await, last(two).await), (Some(after(5)), Some(after(6))));
    assert_eq!(entries(&*store).await, before);
}

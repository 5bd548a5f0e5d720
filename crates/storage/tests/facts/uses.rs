//! Counted uses, and dates of uses.

use std::sync::Arc;

use authority::id::TokenId;
use authority::token::store::{Spending, UsageStore as _};
use authority::token::{DayOfUse, Holder, LastUse, Surface, Token, Usage, Uses};
use jiff::Timestamp;

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

fn used(token: TokenId, at: Timestamp, good: u64) -> Uses {
    let last = LastUse {
        at,
        network: Some("192.0.2.0/24".parse().unwrap()),
        agent: Some("curl/8 “x”".into()),
        surface: Surface::Check,
    };
    Uses { token, count: DayOfUse { day: 20_500, good, refused: 1 }, last: Some(last) }
}

#[tokio::test]
async fn a_later_use_is_noted_and_an_earlier_is_not() {
    let store = empty_store().await;
    let holder = Holder::User(a_user(&*store, 1).await.id);
    let (one, two) =
        (kept(&*store, 1, token(1, holder)).await.id, kept(&*store, 2, token(2, holder)).await.id);
    let before = entries(&*store).await;
    let gone = (100..1_100).map(|n| used(id(n), NOON, 1));
    let uses: Vec<_> =
        [used(one, after(5), 2), used(two, after(5), 2)].into_iter().chain(gone).collect();
    store.note_uses(&uses).await.unwrap();
    store.note_uses(&[used(one, after(4), 3), used(two, after(6), 3)]).await.unwrap();
    store.note_uses(&[]).await.unwrap();

    let last = async |id| store.token_standing(id).await.unwrap().unwrap().token.last_used_at;
    assert_eq!((last(one).await, last(two).await), (Some(after(5)), Some(after(6))));
    assert_eq!(store.usage(two, 0).await.unwrap().last, used(two, after(6), 0).last);
    assert_eq!(entries(&*store).await, before);
}

#[tokio::test]
async fn uses_add_up_for_each_day_and_go_with_their_token() {
    let store = empty_store().await;
    let holder = Holder::User(a_user(&*store, 1).await.id);
    let dead = Token { revoked_at: Some(NOON), ..token(1, holder) };
    let one = kept(&*store, 1, dead).await.id;
    let on = |day: i32, good: u64| Uses {
        token: one,
        count: DayOfUse { day, good, refused: 2 * good },
        last: None,
    };
    store.note_uses(&[on(9, 1), on(10, 2)]).await.unwrap();
    store.note_uses(&[on(10, 5), on(11, 7)]).await.unwrap();

    let days = async |since| {
        let usage = store.usage(one, since).await.unwrap();
        usage.days.iter().map(|day| (day.day, day.good, day.refused)).collect::<Vec<_>>()
    };
    assert_eq!(days(0).await, [(11, 7, 14), (10, 7, 14), (9, 1, 2)]);
    assert_eq!(days(11).await, [(11, 7, 14)]);
    assert_eq!(store.usage(one, 0).await.unwrap().last, None);

    assert_eq!(store.purge_usage(11, 1).await.unwrap(), 1);
    assert_eq!(store.purge_usage(11, 9).await.unwrap(), 1);
    assert_eq!(days(0).await, [(11, 7, 14)]);
    assert_eq!(store.purge_tokens(after(1), 9).await.unwrap(), 1);
    assert_eq!(store.usage(one, 0).await.unwrap(), Usage::default());
    store.note_uses(&[on(12, 1)]).await.unwrap();
    assert_eq!(days(0).await, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn uses_that_are_noted_at_once_are_all_counted() {
    let store = Arc::new(empty_store().await);
    let holder = Holder::User(a_user(&**store, 1).await.id);
    let one = kept(&**store, 1, token(1, holder)).await.id;
    race(50, |_| {
        let store = Arc::clone(&store);
        async move { store.note_uses(&[used(one, NOON, 3)]).await.unwrap() }
    })
    .await;
    assert_eq!(
        store.usage(one, 0).await.unwrap().days,
        [DayOfUse { day: 20_500, good: 150, refused: 50 }]
    );
}

//! Second factors and recovery codes.

use std::sync::Arc;

use authority::account::second_factor::store::{Confirmation, KeptFactor};
use authority::id::UserId;
use authority::journal::Cursors;
use authority::secret::Digest;

use super::given::*;
use super::race::race;
use crate::empty_store;

const FIRST: &[u8] = b"the first secret, wrapped";
const SECOND: &[u8] = b"the second secret, wrapped";

async fn enrol(store: &impl Store, user: UserId, wrapped: &[u8], seconds: i64) -> Change {
    let note = note("second_factor.enrol", user).at(after(seconds));
    store.enrol_second_factor(user, wrapped, note).await.unwrap()
}

fn confirmation(wrapped: &[u8], step: i64) -> Confirmation {
    Confirmation {
        wrapped: wrapped.to_vec(),
        step,
        made_since: NOON,
        codes: vec![digest(1), digest(2)],
    }
}

async fn confirm(store: &impl Store, user: UserId, by: &Confirmation) -> Change {
    let note = note("second_factor.confirm", user).at(after(9));
    store.confirm_second_factor(user, by, note).await.unwrap()
}

/// Gives a user a second factor that is active since nine seconds after noon, whose step 7 is used up,
/// with the recovery codes 1 and 2.
async fn active(store: &impl Store, user: UserId) {
    assert_eq!(enrol(store, user, FIRST, 0).await, Change::Done);
    assert_eq!(confirm(store, user, &confirmation(FIRST, 7)).await, Change::Done);
}

async fn recover(store: &impl Store, user: UserId, code: Digest) -> Change {
    store.use_recovery_code(user, code, note("second_factor.recover", user)).await.unwrap()
}

async fn remove(store: &impl Store, user: UserId, seen: Option<&[u8]>) -> Change {
    store.remove_second_factor(user, seen, note("second_factor.remove", user)).await.unwrap()
}

async fn factor(store: &impl Store, user: UserId) -> Option<KeptFactor> {
    store.second_factor(user).await.unwrap()
}

#[tokio::test]
async fn a_second_factor_waits_may_be_replaced_and_becomes_active_once() {
    let store = empty_store().await;
    let ada = a_user(&*store, 1).await.id;
    assert_eq!(factor(&*store, ada).await, None);
    let before = entries(&*store).await;

    assert_eq!(enrol(&*store, ada, FIRST, 1).await, Change::Done);
    assert_eq!(enrol(&*store, ada, SECOND, 2).await, Change::Done);
    let waiting = KeptFactor {
        wrapped: SECOND.to_vec(),
        created_at: after(2),
        confirmed_at: None,
        last_step: 0,
        recovery_codes: 0,
    };
    assert_eq!(factor(&*store, ada).await, Some(waiting.clone()));

    assert_eq!(confirm(&*store, ada, &confirmation(FIRST, 7)).await, Change::Missing);
    assert_eq!(factor(&*store, ada).await, Some(waiting.clone()), "another one was seen");
    assert_eq!(confirm(&*store, ada, &confirmation(SECOND, 7)).await, Change::Done);
    let active =
        KeptFactor { confirmed_at: Some(after(9)), last_step: 7, recovery_codes: 2, ..waiting };
    assert_eq!(factor(&*store, ada).await, Some(active.clone()));

    assert_eq!(confirm(&*store, ada, &confirmation(SECOND, 8)).await, Change::Missing);
    assert_eq!(enrol(&*store, ada, FIRST, 10).await, Change::Missing);
    assert_eq!(factor(&*store, ada).await, Some(active));
    assert_eq!(entries(&*store).await, before + 3);
}

#[tokio::test]
async fn who_is_not_there_gets_no_second_factor() {
    let store = empty_store().await;
    assert_eq!(enrol(&*store, id(9), FIRST, 0).await, Change::Missing);
    assert_eq!(confirm(&*store, id(9), &confirmation(FIRST, 7)).await, Change::Missing);
    assert_eq!(store.use_code(id(9), FIRST, 7).await, Ok(false));
    assert_eq!(remove(&*store, id(9), None).await, Change::Missing);
    assert_eq!(entries(&*store).await, 0);
}

#[tokio::test]
async fn one_that_has_waited_for_too_long_is_not_confirmed() {
    let store = empty_store().await;
    let ada = a_user(&*store, 1).await.id;
    enrol(&*store, ada, FIRST, 5).await;
    let by = |seconds| Confirmation { made_since: after(seconds), ..confirmation(FIRST, 7) };
    assert_eq!(confirm(&*store, ada, &by(6)).await, Change::Missing);
    assert_eq!(factor(&*store, ada).await.unwrap().confirmed_at, None);
    assert_eq!(confirm(&*store, ada, &by(5)).await, Change::Done);
}

#[tokio::test]
async fn a_step_is_used_up_with_all_before_it() {
    let store = empty_store().await;
    let (ada, bob) = (a_user(&*store, 1).await.id, a_user(&*store, 2).await.id);
    active(&*store, ada).await;
    active(&*store, bob).await;
    let before = entries(&*store).await;
    let uses = async |wrapped, step| store.use_code(ada, wrapped, step).await.unwrap();
    assert!(!uses(FIRST, 7).await, "it confirmed");
    assert!(!uses(SECOND, 9).await, "another one was seen");
    assert!(uses(FIRST, 9).await);
    assert!(!uses(FIRST, 9).await);
    assert!(!uses(FIRST, 8).await);
    assert!(uses(FIRST, 10).await);
    assert_eq!(factor(&*store, ada).await.unwrap().last_step, 10);
    assert_eq!(factor(&*store, bob).await.unwrap().last_step, 7);
    assert_eq!(entries(&*store).await, before, "a code that is used up is no fact");
}

#[tokio::test]
async fn codes_of_one_that_waits_are_not_used() {
    let store = empty_store().await;
    let ada = a_user(&*store, 1).await.id;
    enrol(&*store, ada, FIRST, 0).await;
    assert_eq!(store.use_code(ada, FIRST, 9).await, Ok(false));
    let note = note("second_factor.recovery_codes", ada);
    let renewed = store.renew_recovery_codes(ada, (FIRST, &[digest(3)]), note).await;
    assert_eq!(renewed, Ok(Change::Missing));
    assert_eq!(remove(&*store, ada, None).await, Change::Missing);
    assert_eq!(factor(&*store, ada).await.unwrap().recovery_codes, 0);
}

#[tokio::test]
async fn a_recovery_code_is_good_once_and_for_its_user_only() {
    let store = empty_store().await;
    let (ada, bob) = (a_user(&*store, 1).await.id, a_user(&*store, 2).await.id);
    active(&*store, ada).await;
    let before = entries(&*store).await;
    assert_eq!(recover(&*store, bob, digest(1)).await, Change::Missing);
    assert_eq!(recover(&*store, ada, digest(3)).await, Change::Missing);
    assert_eq!(recover(&*store, ada, digest(1)).await, Change::Done);
    assert_eq!(recover(&*store, ada, digest(1)).await, Change::Missing);
    assert_eq!(factor(&*store, ada).await.unwrap().recovery_codes, 1);
    assert_eq!(entries(&*store).await, before + 1);
    let last = store.entries_after(&Cursors::new(), 100).await.unwrap().pop().unwrap();
    assert_eq!(last.draft.action, "second_factor.recover");
}

#[tokio::test]
async fn new_recovery_codes_replace_all_before_them() {
    let store = empty_store().await;
    let (ada, bob) = (a_user(&*store, 1).await.id, a_user(&*store, 2).await.id);
    active(&*store, ada).await;
    active(&*store, bob).await;
    let renew = async |seen| {
        let note = note("second_factor.recovery_codes", ada);
        let codes = [digest(3), digest(4), digest(5)];
        store.renew_recovery_codes(ada, (seen, &codes), note).await.unwrap()
    };
    assert_eq!(renew(SECOND).await, Change::Missing, "another one was seen");
    assert_eq!(factor(&*store, ada).await.unwrap().recovery_codes, 2);
    assert_eq!(renew(FIRST).await, Change::Done);
    assert_eq!(factor(&*store, ada).await.unwrap().recovery_codes, 3);
    assert_eq!(recover(&*store, ada, digest(1)).await, Change::Missing);
    assert_eq!(recover(&*store, ada, digest(3)).await, Change::Done);
    assert_eq!(recover(&*store, bob, digest(1)).await, Change::Done);
}

#[tokio::test]
async fn one_that_is_removed_takes_its_codes_with_it() {
    let store = empty_store().await;
    let (ada, bob) = (a_user(&*store, 1).await.id, a_user(&*store, 2).await.id);
    active(&*store, ada).await;
    active(&*store, bob).await;
    let before = entries(&*store).await;
    assert_eq!(remove(&*store, ada, Some(SECOND)).await, Change::Missing, "another was seen");
    assert_eq!(remove(&*store, ada, Some(FIRST)).await, Change::Done);
    assert_eq!(remove(&*store, ada, None).await, Change::Missing);
    assert_eq!(factor(&*store, ada).await, None);
    assert_eq!(store.use_code(ada, FIRST, 9).await, Ok(false));
    assert_eq!(recover(&*store, ada, digest(1)).await, Change::Missing);
    assert_eq!(entries(&*store).await, before + 1);

    assert_eq!(enrol(&*store, ada, SECOND, 20).await, Change::Done, "and makes room");
    let waiting = factor(&*store, ada).await.unwrap();
    assert_eq!((waiting.last_step, waiting.recovery_codes), (0, 0));
    assert_eq!(factor(&*store, bob).await.unwrap().recovery_codes, 2);
    assert_eq!(remove(&*store, bob, None).await, Change::Done);
}

#[tokio::test]
async fn a_user_who_is_deleted_leaves_no_second_factor_behind() {
    let store = empty_store().await;
    let ada = a_user(&*store, 1).await.id;
    active(&*store, ada).await;
    store.delete_user(ada, note("user.delete", ada)).await.unwrap();
    assert_eq!(factor(&*store, ada).await, None);
    assert_eq!(recover(&*store, ada, digest(1)).await, Change::Missing);
    assert_eq!(enrol(&*store, ada, SECOND, 20).await, Change::Missing);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_confirmations_at_once_one_wins_with_its_recovery_codes() {
    let store = Arc::new(empty_store().await);
    let ada = a_user(&**store, 1).await.id;
    enrol(&**store, ada, FIRST, 0).await;
    let before = entries(&**store).await;
    let ends = race(50, |n| {
        let store = Arc::clone(&store);
        let codes = vec![digest(100 + n), digest(200 + n)];
        let by = Confirmation { codes, ..confirmation(FIRST, 7) };
        async move { (n, confirm(&**store, ada, &by).await) }
    })
    .await;
    let won: Vec<u64> =
        ends.iter().filter(|(_, end)| *end == Change::Done).map(|(n, _)| *n).collect();
    assert_eq!(won.len(), 1);
    assert_eq!(factor(&**store, ada).await.unwrap().recovery_codes, 2);
    assert_eq!(entries(&**store).await, before + 1);
    assert_eq!(recover(&**store, ada, digest(100 + won[0])).await, Change::Done);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_use_one_code_at_once_one_wins() {
    let store = Arc::new(empty_store().await);
    let ada = a_user(&**store, 1).await.id;
    active(&**store, ada).await;
    let used = race(50, |_| {
        let store = Arc::clone(&store);
        async move { store.use_code(ada, FIRST, 8).await.unwrap() }
    })
    .await;
    assert_eq!(used.into_iter().filter(|used| *used).count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_use_one_recovery_code_at_once_one_wins() {
    let store = Arc::new(empty_store().await);
    let ada = a_user(&**store, 1).await.id;
    active(&**store, ada).await;
    let before = entries(&**store).await;
    let ends = race(50, |_| {
        let store = Arc::clone(&store);
        async move { recover(&**store, ada, digest(1)).await }
    })
    .await;
    assert_eq!(ends.into_iter().filter(|end| *end == Change::Done).count(), 1);
    assert_eq!(factor(&**store, ada).await.unwrap().recovery_codes, 1);
    assert_eq!(entries(&**store).await, before + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recovery_codes_that_are_made_at_once_replace_each_other() {
    let store = Arc::new(empty_store().await);
    let ada = a_user(&**store, 1).await.id;
    active(&**store, ada).await;
    race(20, |n| {
        let store = Arc::clone(&store);
        let codes = [digest(100 + n), digest(200 + n), digest(300 + n)];
        let note = note("second_factor.recovery_codes", ada);
        async move { store.renew_recovery_codes(ada, (FIRST, &codes), note).await.unwrap() }
    })
    .await;
    assert_eq!(factor(&**store, ada).await.unwrap().recovery_codes, 3);
}

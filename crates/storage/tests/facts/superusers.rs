//! The last superuser who can act stays one.

use std::sync::Arc;

use authority::account::User;
use authority::account::store::{Removal, UserChange, UserUpdate};
use authority::id::UserId;
use authority::permission::Marks;

use super::given::*;
use super::race::race;
use crate::empty_store;

const SUPERUSER: Marks = Marks { superuser: true, system_auditor: false };

/// Ways not to be a superuser any more.
#[derive(Debug, Clone, Copy)]
enum Way {
    Demoted,
    Disabled,
    Deleted,
}

const WAYS: [Way; 3] = [Way::Demoted, Way::Disabled, Way::Deleted];

async fn a_superuser(store: &impl Store, n: u64) -> UserId {
    let new = User { marks: SUPERUSER, ..user(n) };
    store.create_user(&new, None, note("user.create", new.id)).await.unwrap();
    new.id
}

/// Whether a user went this way; if not, because it is the last one.
async fn goes(store: &impl Store, id: UserId, way: Way) -> bool {
    let said = note("user.update", id);
    let done = match way {
        Way::Demoted => {
            let change = UserChange { superuser: Some(false), ..UserChange::default() };
            match store.update_user(id, &change, said).await.unwrap() {
                UserUpdate::LastSuperuser => Removal::LastSuperuser,
                UserUpdate::Done => Removal::Done,
                other @ (UserUpdate::Missing | UserUpdate::Taken(_)) => panic!("{other:?}"),
            }
        }
        Way::Disabled => store.set_user_disabled(id, true, said).await.unwrap(),
        Way::Deleted => store.delete_user(id, said).await.unwrap(),
    };
    assert!(matches!(done, Removal::Done | Removal::LastSuperuser), "{way:?}: {done:?}");
    done == Removal::Done
}

#[tokio::test]
async fn the_last_superuser_who_can_act_stays_and_nothing_is_told() {
    for way in WAYS {
        let store = empty_store().await;
        let ada = a_superuser(&*store, 1).await;
        for (n, gone) in (2..).zip(WAYS) {
            let other = a_superuser(&*store, n).await;
            assert!(goes(&*store, other, gone).await, "{gone:?}: ada is left");
        }
        let (was, before) = (store.user(ada).await, entries(&*store).await);
        assert!(!goes(&*store, ada, way).await, "{way:?}: none would be left");
        assert_eq!((store.user(ada).await, entries(&*store).await), (was, before));
        a_superuser(&*store, 9).await;
        assert!(goes(&*store, ada, way).await, "{way:?}");
    }
}

#[tokio::test]
async fn who_is_no_superuser_or_switched_off_already_goes_where_there_is_one_or_none() {
    let store = empty_store().await;
    for (n, way) in (1..).zip(WAYS) {
        assert!(goes(&*store, a_user(&*store, n).await.id, way).await, "{way:?}");
    }
    let (ada, bob) = (a_superuser(&*store, 7).await, a_superuser(&*store, 8).await);
    assert!(goes(&*store, bob, Way::Disabled).await);
    assert!(goes(&*store, bob, Way::Demoted).await && goes(&*store, bob, Way::Deleted).await);
    assert!(!goes(&*store, ada, Way::Demoted).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_superusers_who_go_at_once_one_stays() {
    let store = Arc::new(empty_store().await);
    let mut left = a_superuser(&**store, 0).await;
    for round in 1..=45 {
        let pair = [left, a_superuser(&**store, round).await];
        let ways = [WAYS[index(round % 3)], WAYS[index(round / 3 % 3)]];
        let went = race(2, |n| {
            let (store, who, way) = (Arc::clone(&store), pair[index(n)], ways[index(n)]);
            async move { (goes(&**store, who, way).await, who) }
        })
        .await;
        let stayed: Vec<UserId> =
            went.into_iter().filter_map(|(gone, who)| (!gone).then_some(who)).collect();
        assert_eq!(stayed.len(), 1, "{ways:?}, round {round}");
        left = stayed[0];
    }
}

fn index(n: u64) -> usize {
    usize::try_from(n).unwrap()
}

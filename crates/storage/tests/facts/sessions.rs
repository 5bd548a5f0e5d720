//! How a session is opened, ended and listed. How it is turned on is in `refresh.rs`.

use authority::account::{Session, User};
use authority::permission::{Marks, Role};
use authority::token::Born;

use super::given::*;
use crate::empty_store;

async fn refused(store: &impl Store, session: &Session) {
    let before = entries(store).await;
    let note = note("session.open", session.id);
    assert_eq!(store.open_session(session, digest(999), None, note).await, Ok(Change::Missing));
    assert_eq!(store.session_standing(session.id).await, Ok(None));
    assert_eq!(store.session_by_refresh(&[digest(999)]).await, Ok(None));
    assert_eq!(entries(store).await, before, "what did nothing is not enrolled");
}

async fn now(store: &impl Store, session: &Session) -> Session {
    store.session_standing(session.id).await.unwrap().unwrap().session
}

#[tokio::test]
async fn a_new_session_is_kept_whole_and_notes_the_login() {
    let store = empty_store().await;
    let alice = a_user(&*store, 1).await;
    let shop = an_organization(&*store, 1, alice.id).await;
    let full = Session {
        organization: Some(shop.id),
        remembered: true,
        refreshed_at: after(1),
        ..session(1, alice.id)
    };
    let note = note("session.open", full.id).at(after(7));
    assert_eq!(store.open_session(&full, digest(1), None, note).await, Ok(Change::Done));

    let standing = store.session_standing(full.id).await.unwrap().unwrap();
    let number = standing.session.number;
    assert_eq!(standing.session, Session { number, ..full.clone() });
    assert!(number > 0);
    assert_eq!((&*standing.holder.name, standing.holder.role), ("user1", Some(Role::Owner)));
    assert_eq!(standing.organization.map(|o| (o.suspended, o.epoch)), Some((false, 0)));
    let found = store.session_by_refresh(&[digest(1)]).await;
    assert_eq!(found, Ok(Some((Session { number, ..full }, 1))));
    let login = store.user(alice.id).await.unwrap().unwrap().last_login_at;
    assert_eq!(login, Some(after(7)));
    assert_eq!(store.session_by_refresh(&[digest(2)]).await, Ok(None));
    assert_eq!(store.session_standing(id(50)).await, Ok(None));
}

#[tokio::test]
async fn nobody_enters_where_they_have_no_place() {
    let store = empty_store().await;
    let (alice, bob) = (a_user(&*store, 1).await, a_user(&*store, 2).await);
    let shop = an_organization(&*store, 1, alice.id).await;
    let there = Session { organization: Some(shop.id), ..session(1, bob.id) };
    refused(&*store, &there).await;
    refused(&*store, &Session { organization: Some(id(50)), ..there.clone() }).await;
    refused(&*store, &session(1, id(50))).await;

    let marks = Marks { superuser: true, system_auditor: false };
    let root = User { marks, ..user(3) };
    store.create_user(&root, None, note("user.create", root.id)).await.unwrap();
    opened(&*store, 2, Session { user: root.id, id: id(2), ..there.clone() }).await;
    a_member(&*store, bob.id, shop.id, Role::Unassigned).await;
    opened(&*store, 1, there).await;
}

#[tokio::test]
async fn nobody_enters_who_is_gone_or_under_an_epoch_that_is_over() {
    let store = empty_store().await;
    let (alice, bob) = (a_user(&*store, 1).await, a_user(&*store, 2).await);
    let shop = an_organization(&*store, 1, alice.id).await;
    a_member(&*store, bob.id, shop.id, Role::Viewer).await;
    let there = Session { organization: Some(shop.id), ..session(1, bob.id) };
    let later = Born { holder: 1, organization: 0 };
    refused(&*store, &Session { born: later, ..there.clone() }).await;
    store.raise_organization_epoch(shop.id, note("organization.end", shop.id)).await.unwrap();
    refused(&*store, &there).await;
    let born = Born { holder: 0, organization: 1 };
    let there = Session { born, ..there };
    let off = note("organization.suspend", shop.id);
    store.set_organization_suspended(shop.id, true, off).await.unwrap();
    refused(&*store, &there).await;

    store.set_user_disabled(bob.id, true, note("user.disable", bob.id)).await.unwrap();
    let born = Born { holder: 1, organization: 0 };
    refused(&*store, &Session { born, ..session(1, bob.id) }).await;
    store.delete_user(bob.id, note("user.delete", bob.id)).await.unwrap();
    let born = Born { holder: 2, organization: 0 };
    refused(&*store, &Session { born, ..session(1, bob.id) }).await;
}

#[tokio::test]
async fn a_session_ends_once_and_for_all() {
    let store = empty_store().await;
    let alice = a_user(&*store, 1).await;
    let was = opened(&*store, 1, session(1, alice.id)).await;
    let end = async |at| store.end_session(was.id, note("session.end", was.id).at(at)).await;
    assert_eq!(end(after(1)).await, Ok(Change::Done));
    let before = entries(&*store).await;
    end(after(2)).await.unwrap();
    assert_eq!(now(&*store, &was).await.ended_at, Some(after(1)));
    let nothing = id::<authority::id::kind::Session>(50);
    let missing = store.end_session(nothing, note("session.end", nothing)).await;
    assert_eq!(missing, Ok(Change::Missing));
    assert_eq!(entries(&*store).await, before);
}

#[tokio::test]
async fn a_users_sessions_end_together_but_the_one_that_is_kept() {
    let store = empty_store().await;
    let (alice, bob) = (a_user(&*store, 1).await, a_user(&*store, 2).await);
    for n in 1..=3 {
        opened(&*store, n, session(n, alice.id)).await;
    }
    opened(&*store, 4, session(4, bob.id)).await;
    let end = async |keep| store.end_sessions_of(alice.id, keep, note("user.end", alice.id)).await;
    let live = async |user| {
        let sessions = store.sessions_of(user, NOON).await.unwrap();
        sessions.iter().map(|session| session.id).collect::<Vec<_>>()
    };
    assert_eq!(live(alice.id).await, [id(3), id(2), id(1)], "newest first");

    assert_eq!(end(Some(id(2))).await, Ok(Change::Done));
    assert_eq!(live(alice.id).await, [id(2)]);
    assert_eq!(live(bob.id).await, [id(4)]);
    let before = entries(&*store).await;
    assert_eq!(end(Some(id(2))).await, Ok(Change::Missing));
    assert_eq!(entries(&*store).await, before);
    assert_eq!(end(None).await, Ok(Change::Done));
    assert!(live(alice.id).await.is_empty());
}

#[tokio::test]
async fn sessions_that_are_over_are_not_listed() {
    let store = empty_store().await;
    let alice = a_user(&*store, 1).await;
    let short = Session { expires_at: after(10), ..session(1, alice.id) };
    opened(&*store, 1, short).await;
    assert_eq!(store.sessions_of(alice.id, after(9)).await.unwrap().len(), 1);
    assert_eq!(store.sessions_of(alice.id, after(10)).await, Ok(vec![]));
}

#[tokio::test]
async fn the_last_organization_is_the_one_of_the_latest_session_that_had_one() {
    let store = empty_store().await;
    let alice = a_user(&*store, 1).await;
    assert_eq!(store.last_organization(alice.id).await, Ok(None));
    for n in 1..=2 {
        let there = an_organization(&*store, n, alice.id).await;
        let session = Session {
            organization: Some(there.id),
            created_at: after(i64::try_from(n).unwrap()),
            refreshed_at: after(i64::try_from(n).unwrap()),
            ..session(n, alice.id)
        };
        opened(&*store, n, session).await;
    }
    opened(&*store, 3, session(3, alice.id)).await;
    assert_eq!(store.last_organization(alice.id).await, Ok(Some(id(2))));
}

#[tokio::test]
async fn old_sessions_are_purged_with_their_refresh_tokens() {
    let store = empty_store().await;
    let alice = a_user(&*store, 1).await;
    let ended = opened(&*store, 1, session(1, alice.id)).await;
    store.end_session(ended.id, note("session.end", ended.id).at(after(1))).await.unwrap();
    opened(&*store, 2, Session { expires_at: after(1), ..session(2, alice.id) }).await;
    opened(&*store, 3, session(3, alice.id)).await;

    assert_eq!(store.purge_sessions(after(1), 10).await, Ok(0), "strictly before");
    assert_eq!(store.purge_sessions(after(2), 1).await, Ok(1));
    assert_eq!(store.purge_sessions(after(2), 10).await, Ok(1));
    for n in [1, 2] {
        assert_eq!(store.session_standing(id(n)).await, Ok(None));
        assert_eq!(store.session_by_refresh(&[digest(n)]).await, Ok(None));
    }
    assert!(store.session_by_refresh(&[digest(3)]).await.unwrap().is_some());
}

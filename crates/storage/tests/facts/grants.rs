//! How a person grants an application something, and how that ends. How a grant is moved on is in
//! `regrants.rs`, what it may rest on in `codes.rs`.

use std::sync::Arc;

use authority::account::PasswordHash;
use authority::account::store::PasswordEnds;
use authority::grant::store::{Ground, Pair};
use authority::token::store::{Insertion, Revocation};
use authority::token::{ApplicationNow, Born, Reason};

use super::given::*;
use super::granting::*;
use super::race::race;
use crate::empty_store;

async fn refused(store: &impl Store, pair: &Pair, ground: Ground) {
    let before = entries(store).await;
    assert_eq!(open(store, pair, ground).await, Insertion::HolderGone);
    assert_eq!(store.session_standing(pair.session.id).await, Ok(None));
    assert_eq!(store.session_by_refresh(&[pair.refresh]).await, Ok(None));
    assert_eq!(store.token_standing(pair.token.id).await, Ok(None));
    assert_eq!(entries(store).await, before, "what did nothing is not enrolled");
}

async fn verdict(store: &impl Store, pair: &Pair) -> Result<(), Reason> {
    store.token_standing(pair.token.id).await.unwrap().unwrap().is_good(NOON)
}

async fn is_over(store: &impl Store, pair: &Pair) -> bool {
    let standing = store.session_standing(pair.session.id).await.unwrap().unwrap();
    standing.session.ended_at.is_some()
}

#[tokio::test]
async fn a_new_grant_is_kept_whole_and_notes_no_login() {
    let store = empty_store().await;
    let (ada, till) = a_user_and_a_client(&*store).await;
    let before = entries(&*store).await;
    let grant = granted(&*store, pair(1, ada, till)).await;
    assert_eq!(entries(&*store).await, before + 1);
    assert_eq!(grant.session.application, Some(till));

    let found = store.session_by_refresh(&[grant.refresh]).await;
    assert_eq!(found, Ok(Some((grant.session.clone(), 1))));
    assert_eq!(store.sessions_of(ada, NOON).await, Ok(vec![grant.session]));
    assert_eq!(store.user(ada).await.unwrap().unwrap().last_login_at, None);
    assert_eq!(store.token_of_grant(id(1)).await, Ok(Some(grant.token.clone())));
    assert_eq!(store.token_of_grant(id(9)).await, Ok(None));

    let standing = store.standing(&[digest(1)]).await.unwrap().unwrap();
    assert_eq!((standing.is_good(NOON), &standing.token), (Ok(()), &grant.token));
    let organization = store.application(till).await.unwrap().unwrap().organization;
    assert_eq!(standing.application, Some(ApplicationNow { organization, gone: false }));
    assert_eq!(standing.organization, None);
    let own = kept(&*store, 2, token(2, grant.token.holder)).await;
    let standing = store.token_standing(own.id).await.unwrap().unwrap();
    assert_eq!(standing.application, None);
}

#[tokio::test]
async fn nothing_is_granted_by_or_to_who_is_gone() {
    let store = empty_store().await;
    let (ada, till) = a_user_and_a_client(&*store).await;
    let shop = store.application(till).await.unwrap().unwrap().organization;
    refused(&*store, &pair(1, id(9), till), Ground::Credential).await;
    refused(&*store, &pair(1, ada, id(9)), Ground::Credential).await;
    let gone = a_client(&*store, 2, shop).await.id;
    store.archive_application(gone, note("application.archive", gone)).await.unwrap();
    refused(&*store, &pair(1, ada, gone), Ground::Credential).await;
    let suspend = async |suspended| {
        let note = note("organization.suspend", shop);
        store.set_organization_suspended(shop, suspended, note).await.unwrap()
    };
    suspend(true).await;
    refused(&*store, &pair(1, ada, till), Ground::Credential).await;
    suspend(false).await;
    granted(&*store, pair(1, ada, till)).await;

    store.set_user_disabled(ada, true, note("user.disable", ada)).await.unwrap();
    refused(&*store, &pair(2, ada, till), Ground::Credential).await;
    let born = Born { holder: 1, organization: 0 };
    let mut anew = pair(2, ada, till);
    (anew.session.born, anew.token.born) = (born, born);
    refused(&*store, &anew, Ground::Credential).await;
    store.set_user_disabled(ada, false, note("user.enable", ada)).await.unwrap();
    refused(&*store, &pair(2, ada, till), Ground::Credential).await;
    granted(&*store, anew).await;
}

#[tokio::test]
async fn an_earlier_password_grants_nothing() {
    let store = empty_store().await;
    let (ada, till) = a_user_and_a_client(&*store).await;
    let ends = PasswordEnds { keep: None, tokens: false };
    for _ in 0..2 {
        let hash = PasswordHash::from_phc("$argon2id$".to_owned());
        store.set_password(ada, &hash, ends, note("user.password", ada)).await.unwrap();
    }
    refused(&*store, &pair(1, ada, till), Ground::Password(1)).await;
    let made = open(&*store, &pair(1, ada, till), Ground::Password(2)).await;
    assert!(matches!(made, Insertion::Done(_)), "{made:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_grants_at_once_as_many_are_kept_as_there_is_room_for() {
    let store = Arc::new(empty_store().await);
    let (ada, till) = a_user_and_a_client(&**store).await;
    let made = race(20, |n| {
        let (store, pair) = (Arc::clone(&store), pair(n, ada, till));
        async move {
            let note = note("grant.open", pair.session.id);
            store.open_grant(&pair, Ground::Credential, Some(5), note).await.unwrap()
        }
    })
    .await;
    assert_eq!(made.iter().filter(|made| matches!(made, Insertion::Done(_))).count(), 5);
    assert_eq!(made.iter().filter(|made| **made == Insertion::TooMany).count(), 15);
    assert_eq!(store.sessions_of(ada, NOON).await.unwrap().len(), 5);
}

#[tokio::test]
async fn a_grant_is_good_as_long_as_its_application_is() {
    let store = empty_store().await;
    let (ada, till) = a_user_and_a_client(&*store).await;
    let shop = store.application(till).await.unwrap().unwrap().organization;
    let grant = granted(&*store, pair(1, ada, till)).await;
    let suspend = async |suspended| {
        let note = note("organization.suspend", shop);
        store.set_organization_suspended(shop, suspended, note).await.unwrap()
    };
    suspend(true).await;
    assert_eq!(verdict(&*store, &grant).await, Err(Reason::Revoked));
    suspend(false).await;
    assert_eq!(verdict(&*store, &grant).await, Ok(()));
    store.archive_application(till, note("application.archive", till)).await.unwrap();
    assert_eq!(verdict(&*store, &grant).await, Err(Reason::Revoked));
    let standing = store.token_standing(grant.token.id).await.unwrap().unwrap();
    assert_eq!(standing.application, Some(ApplicationNow { organization: shop, gone: true }));
}

#[tokio::test]
async fn a_grant_ends_with_either_of_its_tokens() {
    let store = empty_store().await;
    let (ada, till) = a_user_and_a_client(&*store).await;
    let by_token = granted(&*store, pair(1, ada, till)).await;
    let by_session = granted(&*store, pair(2, ada, till)).await;
    let other = granted(&*store, pair(3, ada, till)).await;

    let note_revoke = note("token.revoke", by_token.token.id).at(after(5));
    let revoked = store.revoke_token(by_token.token.id, note_revoke).await;
    assert_eq!(revoked, Ok(Revocation::Done));
    let standing = store.session_standing(by_token.session.id).await.unwrap().unwrap();
    assert_eq!(standing.session.ended_at, Some(after(5)));

    let end = async |pair: &Pair, seconds| {
        let note = note("session.end", pair.session.id).at(after(seconds));
        store.end_session(pair.session.id, note).await.unwrap()
    };
    assert_eq!(end(&by_session, 6).await, Change::Done);
    let standing = store.token_standing(by_session.token.id).await.unwrap().unwrap();
    assert_eq!(standing.token.revoked_at, Some(after(6)));
    for pair in [&by_token, &by_session] {
        assert_eq!(verdict(&*store, pair).await, Err(Reason::Revoked));
        assert_eq!(store.token_of_grant(pair.session.id).await, Ok(None));
        assert_eq!(end(pair, 7).await, Change::Missing);
    }
    assert_eq!(verdict(&*store, &other).await, Ok(()));
    assert!(!is_over(&*store, &other).await);
}

#[tokio::test]
async fn a_token_outlives_its_purged_session_until_that_is_ended() {
    let store = empty_store().await;
    let (ada, till) = a_user_and_a_client(&*store).await;
    let mut short = pair(1, ada, till);
    short.session.expires_at = after(1);
    let short = granted(&*store, short).await;
    assert_eq!(store.purge_sessions(after(2), 9).await, Ok(1));
    assert_eq!(store.session_standing(id(1)).await, Ok(None));
    assert_eq!(verdict(&*store, &short).await, Ok(()));
    let end = async || store.end_session(id(1), note("session.end", short.session.id)).await;
    assert_eq!((end().await, end().await), (Ok(Change::Done), Ok(Change::Missing)));
    assert_eq!(verdict(&*store, &short).await, Err(Reason::Revoked));
    assert_eq!(store.purge_tokens(after(1), 9).await, Ok(1));
}

#[tokio::test]
async fn a_new_password_ends_logins_and_grants_only_with_the_tokens() {
    let store = empty_store().await;
    let (ada, till) = a_user_and_a_client(&*store).await;
    opened(&*store, 1, session(1, ada)).await;
    let grant = granted(&*store, pair(2, ada, till)).await;
    let set = async |tokens| {
        let hash = PasswordHash::from_phc("$argon2id$".to_owned());
        let ends = PasswordEnds { keep: None, tokens };
        store.set_password(ada, &hash, ends, note("user.password", ada)).await.unwrap()
    };
    set(false).await;
    assert_eq!(store.sessions_of(ada, NOON).await, Ok(vec![grant.session.clone()]));
    assert_eq!(verdict(&*store, &grant).await, Ok(()));
    set(true).await;
    assert_eq!(store.sessions_of(ada, NOON).await, Ok(vec![]));
    assert_eq!(verdict(&*store, &grant).await, Err(Reason::Revoked));
}

#[tokio::test]
async fn grants_end_with_all_sessions_and_so_do_their_tokens() {
    let store = empty_store().await;
    let (ada, till) = a_user_and_a_client(&*store).await;
    let bob = a_user(&*store, 2).await.id;
    let kept_one = granted(&*store, pair(1, ada, till)).await;
    let ended = granted(&*store, pair(2, ada, till)).await;
    let foreign = granted(&*store, pair(3, bob, till)).await;
    let keep = Some(kept_one.session.id);
    let note = note("user.end", ada);
    assert_eq!(store.end_sessions_of(ada, keep, note).await, Ok(Change::Done));
    assert!(is_over(&*store, &ended).await);
    assert_eq!(verdict(&*store, &ended).await, Err(Reason::Revoked));
    for pair in [kept_one, foreign] {
        assert!(!is_over(&*store, &pair).await);
        assert_eq!(verdict(&*store, &pair).await, Ok(()));
    }
}

#[tokio::test]
async fn a_grant_ends_with_its_user() {
    let store = empty_store().await;
    let (ada, till) = a_user_and_a_client(&*store).await;
    let grant = granted(&*store, pair(1, ada, till)).await;
    store.set_user_disabled(ada, true, note("user.disable", ada)).await.unwrap();
    assert!(is_over(&*store, &grant).await);
    store.set_user_disabled(ada, false, note("user.enable", ada)).await.unwrap();
    assert_eq!(verdict(&*store, &grant).await, Err(Reason::Revoked));
}

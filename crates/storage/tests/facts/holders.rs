//! Who may hold a token, how many, and what a token shows of its holder.

use std::collections::BTreeSet;
use std::sync::Arc;

use authority::application::store::ServiceAccountChange;
use authority::permission::{Marks, Role};
use authority::token::store::Insertion;
use authority::token::{Born, Holder, Token};

use super::given::*;
use super::race::race;
use crate::empty_store;

async fn inserted(store: &impl Store, n: u64, token: &Token) -> Insertion {
    store.insert_token(token, secret(n), None, note("token.issue", token.id)).await.unwrap()
}

async fn refused(store: &impl Store, token: &Token) {
    let before = entries(store).await;
    assert_eq!(inserted(store, 999, token).await, Insertion::HolderGone);
    assert_eq!(store.token_standing(token.id).await, Ok(None));
    assert_eq!(entries(store).await, before, "what did nothing is not enrolled");
}

#[tokio::test]
async fn a_standing_shows_what_became_of_holder_and_organization() {
    let store = empty_store().await;
    let (alice, bob) = (a_user(&*store, 1).await, a_user(&*store, 2).await);
    let shop = an_organization(&*store, 1, alice.id).await;
    a_member(&*store, bob.id, shop.id, Role::Auditor).await;
    let of_bob = kept(&*store, 1, bound(1, Holder::User(bob.id), shop.id)).await;
    let now = async || store.token_standing(of_bob.id).await.unwrap().unwrap();
    assert_eq!(now().await.holder.role, Some(Role::Auditor));

    let suspend = note("organization.suspend", shop.id);
    store.set_organization_suspended(shop.id, true, suspend).await.unwrap();
    store.raise_organization_epoch(shop.id, note("organization.end", shop.id)).await.unwrap();
    let organization = now().await.organization.unwrap();
    assert_eq!((organization.suspended, organization.epoch), (true, 1));

    store.set_user_disabled(bob.id, true, note("user.disable", bob.id)).await.unwrap();
    let holder = now().await.holder;
    assert_eq!((holder.disabled, holder.epoch), (true, 1));

    store.delete_user(bob.id, note("user.delete", bob.id)).await.unwrap();
    let holder = now().await.holder;
    assert!(holder.disabled && holder.role.is_none() && holder.epoch > 1);
}

#[tokio::test]
async fn a_token_bound_to_no_organization_has_no_place_and_no_organization() {
    let store = empty_store().await;
    let alice = a_user(&*store, 1).await;
    an_organization(&*store, 1, alice.id).await;
    let token = kept(&*store, 1, token(1, Holder::User(alice.id))).await;
    let standing = store.token_standing(token.id).await.unwrap().unwrap();
    assert_eq!((standing.holder.role, standing.organization), (None, None));
}

#[tokio::test]
async fn an_application_holds_as_editor_of_its_own_organization() {
    let store = empty_store().await;
    let alice = a_user(&*store, 1).await;
    let shop = an_organization(&*store, 1, alice.id).await;
    let other = an_organization(&*store, 2, alice.id).await;
    let till = an_application(&*store, 1, shop.id).await;
    let holder = Holder::Application(till.id);

    let token = kept(&*store, 1, bound(1, holder, shop.id)).await;
    let standing = store.token_standing(token.id).await.unwrap().unwrap();
    assert_eq!(&*standing.holder.name, "Application 1");
    assert_eq!((standing.holder.role, standing.holder.disabled), (Some(Role::Editor), false));

    refused(&*store, &bound(2, holder, other.id)).await;
    store.archive_application(till.id, note("application.archive", till.id)).await.unwrap();
    refused(&*store, &bound(3, holder, shop.id)).await;
    let standing = store.token_standing(token.id).await.unwrap().unwrap();
    assert_eq!((standing.holder.epoch, standing.holder.disabled), (1, true));
}

#[tokio::test]
async fn a_service_account_holds_with_its_own_role_in_its_own_organization() {
    let store = empty_store().await;
    let alice = a_user(&*store, 1).await;
    let shop = an_organization(&*store, 1, alice.id).await;
    let other = an_organization(&*store, 2, alice.id).await;
    let robot = a_service_account(&*store, 1, shop.id).await;
    let holder = Holder::ServiceAccount(robot.id);

    let token = kept(&*store, 1, bound(1, holder, shop.id)).await;
    let standing = store.token_standing(token.id).await.unwrap().unwrap();
    assert_eq!(&*standing.holder.name, "robot1");
    assert_eq!((standing.holder.role, standing.holder.disabled), (Some(Role::Editor), false));

    refused(&*store, &bound(2, holder, other.id)).await;
    let off = ServiceAccountChange { disabled: Some(true), role: None };
    let disable = note("service_account.disable", robot.id);
    store.update_service_account(robot.id, off, disable).await.unwrap();
    refused(&*store, &bound(3, holder, shop.id)).await;
    let standing = store.token_standing(token.id).await.unwrap().unwrap();
    assert_eq!((standing.holder.epoch, standing.holder.disabled), (1, true));
}

#[tokio::test]
async fn nobody_holds_without_a_place() {
    let store = empty_store().await;
    let (alice, bob) = (a_user(&*store, 1).await, a_user(&*store, 2).await);
    let shop = an_organization(&*store, 1, alice.id).await;
    refused(&*store, &bound(1, Holder::User(bob.id), shop.id)).await;
    refused(&*store, &bound(1, Holder::User(bob.id), id(50))).await;
    for stranger in
        [Holder::User(id(50)), Holder::Application(id(50)), Holder::ServiceAccount(id(50))]
    {
        refused(&*store, &token(1, stranger)).await;
    }

    a_member(&*store, bob.id, shop.id, Role::Unassigned).await;
    let place = bound(1, Holder::User(bob.id), shop.id);
    assert!(matches!(inserted(&*store, 1, &place).await, Insertion::Done(_)));
}

#[tokio::test]
async fn a_superuser_needs_no_place() {
    let store = empty_store().await;
    let alice = a_user(&*store, 1).await;
    let shop = an_organization(&*store, 1, alice.id).await;
    let marks = Marks { superuser: true, system_auditor: false };
    let root = authority::account::User { marks, ..user(2) };
    store.create_user(&root, None, note("user.create", root.id)).await.unwrap();

    let token = kept(&*store, 1, bound(1, Holder::User(root.id), shop.id)).await;
    let standing = store.token_standing(token.id).await.unwrap().unwrap();
    assert_eq!((standing.holder.role, standing.holder.marks), (None, marks));
}

#[tokio::test]
async fn nothing_is_issued_to_who_is_gone_or_under_an_epoch_that_is_over() {
    let store = empty_store().await;
    let (alice, bob) = (a_user(&*store, 1).await, a_user(&*store, 2).await);
    let shop = an_organization(&*store, 1, alice.id).await;
    a_member(&*store, bob.id, shop.id, Role::Admin).await;
    let of_bob = bound(1, Holder::User(bob.id), shop.id);
    let later = Token { born: Born { holder: 1, organization: 0 }, ..of_bob.clone() };
    refused(&*store, &later).await;

    store.raise_organization_epoch(shop.id, note("organization.end", shop.id)).await.unwrap();
    refused(&*store, &of_bob).await;
    let of_bob = Token { born: Born { holder: 0, organization: 1 }, ..of_bob };
    let off = note("organization.suspend", shop.id);
    store.set_organization_suspended(shop.id, true, off).await.unwrap();
    refused(&*store, &of_bob).await;
    let on = note("organization.resume", shop.id);
    store.set_organization_suspended(shop.id, false, on).await.unwrap();

    store.set_user_disabled(bob.id, true, note("user.disable", bob.id)).await.unwrap();
    let of_bob = Token { born: Born { holder: 1, organization: 1 }, ..of_bob };
    refused(&*store, &of_bob).await;
    store.set_user_disabled(bob.id, false, note("user.enable", bob.id)).await.unwrap();
    assert!(matches!(inserted(&*store, 1, &of_bob).await, Insertion::Done(_)));

    store.delete_user(bob.id, note("user.delete", bob.id)).await.unwrap();
    refused(&*store, &Token { id: id(2), ..of_bob }).await;
}

#[tokio::test]
async fn a_quota_counts_what_lives() {
    let store = empty_store().await;
    let holder = Holder::User(a_user(&*store, 1).await.id);
    let issue = async |n: u64, most: u32| {
        let new = token(n, holder);
        let note = note("token.issue", new.id);
        store.insert_token(&new, secret(n), Some(most), note).await.unwrap()
    };
    let expired = Token { expires_at: Some(NOON), ..token(10, holder) };
    kept(&*store, 10, expired).await;
    let revoked = kept(&*store, 11, token(11, holder)).await;
    store.revoke_token(revoked.id, note("token.revoke", revoked.id)).await.unwrap();
    kept(&*store, 12, Token { expires_at: None, ..token(12, holder) }).await;

    assert!(matches!(issue(1, 2).await, Insertion::Done(_)));
    let before = entries(&*store).await;
    assert_eq!(issue(2, 2).await, Insertion::TooMany);
    assert_eq!(entries(&*store).await, before);
    assert!(matches!(issue(2, 3).await, Insertion::Done(_)));
    assert_eq!(issue(3, 0).await, Insertion::TooMany);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quota_holds_however_many_issue_at_once() {
    let store = Arc::new(empty_store().await);
    let holder = Holder::User(a_user(&**store, 1).await.id);
    let made = race(60, |n| {
        let (store, new) = (Arc::clone(&store), token(n, holder));
        let note = note("token.issue", new.id);
        async move { store.insert_token(&new, secret(n), Some(10), note).await.unwrap() }
    })
    .await;
    let numbers: BTreeSet<i64> = made
        .iter()
        .filter_map(|made| if let Insertion::Done(number) = made { Some(*number) } else { None })
        .collect();
    assert_eq!(numbers.len(), 10);
    assert_eq!(made.iter().filter(|made| **made == Insertion::TooMany).count(), 50);
}

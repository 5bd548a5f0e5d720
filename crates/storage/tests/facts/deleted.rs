//! How an organization is deleted, and what name another may have then.

use std::sync::Arc;

use authority::account::{Session, User};
use authority::application::Application;
use authority::application::store::{ApplicationFilter, ServiceAccountChange};
use authority::grant::store::Ground;
use authority::id::OrganizationId;
use authority::organization::Organization;
use authority::organization::store::Naming;
use authority::permission::{Marks, Role};
use authority::token::store::Insertion;
use authority::token::{Born, Holder, Reason, Token};

use super::given::*;
use super::granting::*;
use super::race::race;
use crate::empty_store;

async fn delete(store: &impl Store, id: OrganizationId) -> Change {
    let note = note("organization.delete", id).at(after(5));
    store.delete_organization(id, note).await.unwrap()
}

async fn verdict(store: &impl Store, token: &Token) -> Result<(), Reason> {
    store.token_standing(token.id).await.unwrap().unwrap().is_good(NOON)
}

async fn create(store: &impl Store, new: &Organization) -> Creation {
    store.create_organization(new, None, note("organization.create", new.id)).await.unwrap()
}

async fn rename(store: &impl Store, id: OrganizationId, name: &str) -> Creation {
    let change = Naming { name: Some(name.to_owned()), ..Naming::default() };
    store.update_organization(id, &change, note("organization.update", id)).await.unwrap()
}

/// The n-th organization of the installation's own.
fn own(n: u64) -> Organization {
    Organization { tenant: false, ..organization(n) }
}

#[tokio::test]
async fn a_deleted_organization_is_gone_from_everywhere_and_its_number_stays_used() {
    let store = empty_store().await;
    let (ada, bob) = (a_user(&*store, 1).await, a_user(&*store, 2).await);
    let shop = an_organization(&*store, 1, ada.id).await;
    let club = an_organization(&*store, 2, ada.id).await;
    a_member(&*store, bob.id, shop.id, Role::Viewer).await;
    let team = a_group(&*store, 1, shop.id).await;
    let crew = a_group(&*store, 2, club.id).await;
    for (group, user) in [(&team, bob.id), (&crew, ada.id)] {
        store.add_to_group(group.id, &[user], note("group.add", group.id)).await.unwrap();
    }
    let before = entries(&*store).await;

    assert_eq!(delete(&*store, shop.id).await, Change::Done);
    assert_eq!(delete(&*store, shop.id).await, Change::Missing);
    assert_eq!(delete(&*store, id(9)).await, Change::Missing);
    assert_eq!(entries(&*store).await, before + 1);

    assert_eq!(store.organization(shop.id).await, Ok(None));
    assert_eq!(store.organization_numbered(shop.number).await, Ok(None));
    for member in [None, Some(ada.id)] {
        let left = store.organizations(member, Page::first(9)).await;
        assert_eq!(left, Ok(vec![club.clone()]));
    }
    assert_eq!(store.membership(bob.id, shop.id).await, Ok(None));
    assert_eq!(store.memberships_of(bob.id).await, Ok(vec![]));
    assert_eq!(store.members(shop.id, Page::first(9)).await, Ok(vec![]));
    assert_eq!(store.group(team.id).await, Ok(None));
    assert_eq!(store.group_users(team.id, Page::first(9)).await, Ok(vec![]));
    assert_eq!(store.group_users(crew.id, Page::first(9)).await.unwrap().len(), 1);
    assert_eq!(store.memberships_of(ada.id).await.unwrap().len(), 1);
    assert!(an_organization(&*store, 3, ada.id).await.number > club.number);
    assert!(store.user(bob.id).await.unwrap().is_some(), "nobody goes with it");
}

#[tokio::test]
async fn what_is_in_a_deleted_organization_ends_with_it() {
    let store = empty_store().await;
    let ada = a_user(&*store, 1).await;
    let shop = an_organization(&*store, 1, ada.id).await;
    let till = a_client(&*store, 1, shop.id).await;
    let robot = a_service_account(&*store, 1, shop.id).await;
    let holders =
        [Holder::User(ada.id), Holder::Application(till.id), Holder::ServiceAccount(robot.id)];
    let mut keys = Vec::new();
    for (n, holder) in (1..).zip(holders) {
        keys.push(kept(&*store, n, bound(n, holder, shop.id)).await);
    }
    let free = kept(&*store, 4, token(4, Holder::User(ada.id))).await;
    let grant = granted(&*store, pair(5, ada.id, till.id)).await;
    let there = Session { organization: Some(shop.id), ..session(6, ada.id) };
    let inside = opened(&*store, 6, there).await;
    let outside = opened(&*store, 7, session(7, ada.id)).await;

    delete(&*store, shop.id).await;
    for key in &keys {
        assert_eq!(verdict(&*store, key).await, Err(Reason::Revoked), "{}", key.label);
        let standing = store.token_standing(key.id).await.unwrap().unwrap();
        assert!(standing.organization.is_some_and(|now| now.suspended && now.epoch == 1));
    }
    assert_eq!(verdict(&*store, &grant.token).await, Err(Reason::Revoked));
    assert_eq!(turned(&*store, &next(&grant, 8)).await, Insertion::HolderGone);
    assert_eq!(verdict(&*store, &free).await, Ok(()));
    let till = store.application(till.id).await.unwrap().unwrap();
    assert_eq!((till.archived_at, till.epoch), (Some(after(5)), 1));
    let robot = store.service_account(robot.id).await.unwrap().unwrap();
    assert_eq!((robot.disabled_at, robot.epoch), (Some(after(5)), 1));
    let standing = async |id| store.session_standing(id).await.unwrap().unwrap();
    let inside = standing(inside.id).await;
    assert_eq!(inside.session.ended_at, Some(after(5)));
    assert!(inside.organization.is_some_and(|now| now.suspended));
    assert_eq!(standing(outside.id).await.session.ended_at, None);
}

#[tokio::test]
async fn what_was_archived_and_switched_off_before_keeps_its_date() {
    let store = empty_store().await;
    let ada = a_user(&*store, 1).await;
    let shop = an_organization(&*store, 1, ada.id).await;
    let till = an_application(&*store, 1, shop.id).await;
    let robot = a_service_account(&*store, 1, shop.id).await;
    store.archive_application(till.id, note("application.archive", till.id)).await.unwrap();
    let off = ServiceAccountChange { disabled: Some(true), role: None };
    let note = note("service_account.update", robot.id);
    store.update_service_account(robot.id, off, note).await.unwrap();
    delete(&*store, shop.id).await;
    let till = store.application(till.id).await.unwrap().unwrap();
    let robot = store.service_account(robot.id).await.unwrap().unwrap();
    assert_eq!((till.archived_at, robot.disabled_at), (Some(NOON), Some(NOON)));
}

#[tokio::test]
async fn nothing_is_made_in_a_deleted_organization_nor_changed_of_it() {
    let store = empty_store().await;
    let marks = Marks { superuser: true, system_auditor: false };
    let ada = User { marks, ..user(1) };
    store.create_user(&ada, None, note("user.create", ada.id)).await.unwrap();
    let shop = an_organization(&*store, 1, ada.id).await.id;
    delete(&*store, shop).await;
    let before = entries(&*store).await;

    let place = place(ada.id, shop, Role::Owner);
    let made = store.add_member(&place, note("member.add", ada.id)).await;
    assert_eq!(made, Ok(Creation::Missing));
    let new = group(1, shop);
    assert_eq!(store.create_group(&new, note("group.create", new.id)).await, Ok(Creation::Missing));
    let new: Application = client(1, shop);
    let made = store.create_application(&new, None, note("application.create", new.id)).await;
    assert_eq!(made, Ok(Creation::Missing));
    let new = service_account(1, shop);
    let made =
        store.create_service_account(&new, None, note("service_account.create", new.id)).await;
    assert_eq!(made, Ok(Creation::Missing));
    let born = Born { holder: 0, organization: 1 };
    let key = Token { born, ..bound(1, Holder::User(ada.id), shop) };
    let made = store.insert_token(&key, secret(1), None, note("token.issue", key.id)).await;
    assert_eq!(made, Ok(Insertion::HolderGone));
    let login = Session { organization: Some(shop), born, ..session(1, ada.id) };
    let made = store.open_session(&login, digest(1), None, note("session.open", login.id)).await;
    assert_eq!(made, Ok(Change::Missing));

    assert_eq!(rename(&*store, shop, "New").await, Creation::Missing);
    let suspended =
        store.set_organization_suspended(shop, true, note("organization.suspend", shop)).await;
    assert_eq!(suspended, Ok(Change::Missing));
    let raised = store.raise_organization_epoch(shop, note("organization.end_tokens", shop)).await;
    assert_eq!(raised, Ok(Change::Missing));
    assert_eq!(entries(&*store).await, before);
}

#[tokio::test]
async fn organizations_of_the_installations_own_have_names_of_their_own() {
    let store = empty_store().await;
    let ada = a_user(&*store, 1).await;
    let Creation::Done(number) = create(&*store, &own(1)).await else { panic!("it is not made") };
    let first = store.organization(id(1)).await.unwrap().unwrap();
    assert_eq!(first, Organization { number, ..own(1) });
    assert_eq!(store.members(first.id, Page::first(9)).await, Ok(vec![]), "it needs no owner");
    let before = entries(&*store).await;
    let slugged = |slug: &str| Organization { slug: slug.to_owned(), ..own(1) };
    let same = Organization { id: id(2), ..slugged("same") };
    assert_eq!(create(&*store, &same).await, Creation::Taken("name"));
    assert_eq!((store.organization(id(2)).await, entries(&*store).await), (Ok(None), before));

    let tenant = Organization { id: id(3), tenant: true, ..slugged("tenant") };
    let note = note("organization.create", tenant.id);
    let made = store.create_organization(&tenant, Some(ada.id), note).await;
    assert!(matches!(made, Ok(Creation::Done(_))), "a tenant may have any name");
    assert!(matches!(create(&*store, &own(4)).await, Creation::Done(_)));
    assert_eq!(rename(&*store, id(4), &first.name).await, Creation::Taken("name"));
    assert!(matches!(rename(&*store, id(4), &own(4).name).await, Creation::Done(_)));
    assert!(matches!(rename(&*store, id(3), &own(4).name).await, Creation::Done(_)));

    delete(&*store, first.id).await;
    assert!(matches!(rename(&*store, id(4), &first.name).await, Creation::Done(_)), "it is free");
    delete(&*store, id(4)).await;
    assert!(matches!(create(&*store, &same).await, Creation::Done(_)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_organizations_that_take_one_name_at_once_one_gets_it() {
    let store = Arc::new(empty_store().await);
    for n in 0..10 {
        create(&**store, &own(n)).await;
    }
    let made = race(20, |n| {
        let store = Arc::clone(&store);
        let new = Organization { name: "Shop".to_owned(), ..own(n) };
        async move {
            if n < 10 {
                rename(&**store, id(n), "Shop").await
            } else {
                create(&**store, &new).await
            }
        }
    })
    .await;
    assert_eq!(made.iter().filter(|made| matches!(made, Creation::Done(_))).count(), 1);
    assert_eq!(made.iter().filter(|made| **made == Creation::Taken("name")).count(), 19);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_made_while_its_organization_is_deleted_does_not_outlive_it() {
    let store = Arc::new(empty_store().await);
    let ada = a_user(&**store, 1).await.id;
    for round in 0..10 {
        let shop = an_organization(&**store, round, ada).await.id;
        let till = a_client(&**store, round, shop).await.id;
        let made = race(12, |n| {
            let (store, unique) = (Arc::clone(&store), 100 * (round + 1) + n);
            async move {
                match n % 3 {
                    _ if n == 4 => {
                        assert_eq!(delete(&**store, shop).await, Change::Done);
                        None
                    }
                    0 => {
                        let new = bound(unique, Holder::User(ada), shop);
                        let note = note("token.issue", new.id);
                        let made = store.insert_token(&new, secret(unique), None, note).await;
                        matches!(made.unwrap(), Insertion::Done(_)).then_some(new)
                    }
                    1 => {
                        let new = pair(unique, ada, till);
                        let note = note("grant.open", new.session.id);
                        let made = store.open_grant(&new, Ground::Credential, None, note).await;
                        matches!(made.unwrap(), Insertion::Done(_)).then_some(new.token)
                    }
                    _ => {
                        let new = client(unique, shop);
                        let note = note("application.create", new.id);
                        store.create_application(&new, None, note).await.unwrap();
                        None
                    }
                }
            }
        })
        .await;
        for token in made.iter().flatten() {
            assert!(verdict(&**store, token).await.is_err(), "{}", token.label);
        }
        let filter = ApplicationFilter { organization: Some(shop), ..Default::default() };
        assert_eq!(store.applications(&filter, Page::first(99)).await, Ok(vec![]));
    }
}

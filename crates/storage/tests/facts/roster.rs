//! Members with their groups, and service accounts with their first tokens.

use std::sync::Arc;

use authority::account::store::Creation;
use authority::organization::Group;
use authority::permission::Role;
use authority::search::{Column, Search, Thing, Value};
use authority::secret::Kind;
use authority::token::store::{Change, Page};
use authority::token::{Born, Holder, Token};

use authority::store::SearchStore;

use super::given::*;
use super::race::race;
use crate::empty_store;

/// Groups of these names, as they would be made.
fn named(organization: authority::id::OrganizationId, names: &[(u64, &str)]) -> Vec<Group> {
    let make =
        |(n, name): &(u64, &str)| Group { name: (*name).to_owned(), ..group(*n, organization) };
    names.iter().map(make).collect()
}

#[tokio::test]
async fn a_member_is_put_into_the_groups_that_are_named_and_no_others() {
    let store = empty_store().await;
    let (ada, bob) = (a_user(&*store, 1).await, a_user(&*store, 2).await);
    let acme = an_organization(&*store, 1, ada.id).await;
    let other = an_organization(&*store, 2, ada.id).await;
    a_member(&*store, bob.id, acme.id, Role::Viewer).await;
    let elsewhere = a_group(&*store, 9, other.id).await;
    store.add_to_group(elsewhere.id, &[ada.id], note("group.add", elsewhere.id)).await.unwrap();
    let set = |names: &'static [(u64, &str)]| {
        let store = &*store;
        let groups = named(acme.id, names);
        async move {
            let said = note("member.groups", ada.id);
            store.set_member_groups(ada.id, acme.id, &groups, said).await.unwrap()
        }
    };
    assert_eq!(set(&[(1, "qa"), (2, "dev")]).await, Change::Done);
    assert_eq!(set(&[(3, "ops"), (4, "dev")]).await, Change::Done);
    let places = store.places_of(acme.id, &[bob.id, ada.id, id(77)]).await.unwrap();
    let mut seen: Vec<_> =
        places.into_iter().map(|(place, groups)| (place.user, groups.join(" "))).collect();
    seen.sort();
    assert_eq!(seen, [(ada.id, "dev ops".to_owned()), (bob.id, String::new())]);
    let groups = store.groups(acme.id, Page::first(10)).await.unwrap();
    let mut names: Vec<_> = groups.iter().map(|group| group.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["dev", "ops", "qa"], "a group that nobody is in any more stays");
    assert_eq!(set(&[]).await, Change::Done);
    let elsewhere = store.places_of(other.id, &[ada.id]).await.unwrap();
    assert_eq!(elsewhere[0].1, ["Group 9"]);
}

#[tokio::test]
async fn who_is_no_member_is_put_into_no_group_and_none_is_made() {
    let store = empty_store().await;
    let (ada, bob) = (a_user(&*store, 1).await, a_user(&*store, 2).await);
    let acme = an_organization(&*store, 1, ada.id).await;
    let before = entries(&*store).await;
    let groups = named(acme.id, &[(1, "qa")]);
    let set =
        store.set_member_groups(bob.id, acme.id, &groups, note("member.groups", bob.id)).await;
    assert_eq!(set.unwrap(), Change::Missing);
    assert!(store.groups(acme.id, Page::first(10)).await.unwrap().is_empty());
    assert_eq!(entries(&*store).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn members_who_are_put_into_one_new_group_at_once_are_all_in_it() {
    let store = Arc::new(empty_store().await);
    let ada = a_user(&**store, 100).await;
    let acme = an_organization(&**store, 1, ada.id).await;
    for n in 1..=8 {
        let user = a_user(&**store, n).await;
        a_member(&**store, user.id, acme.id, Role::Viewer).await;
    }
    let done = race(8, |n| {
        let store = Arc::clone(&store);
        async move {
            let groups = named(acme.id, &[(2 * n + 1, "dev"), (2 * n + 2, "qa")]);
            let said = note("member.groups", id::<()>(n + 1));
            store.set_member_groups(id(n + 1), acme.id, &groups, said).await.unwrap()
        }
    });
    assert!(done.await.iter().all(|done| *done == Change::Done));
    let groups = store.groups(acme.id, Page::first(10)).await.unwrap();
    assert_eq!(groups.len(), 2);
    for group in groups {
        assert_eq!(store.group_users(group.id, Page::first(10)).await.unwrap().len(), 8);
    }
}

#[tokio::test]
async fn a_service_account_and_its_first_token_are_one_fact() {
    let store = empty_store().await;
    let ada = a_user(&*store, 1).await;
    let acme = an_organization(&*store, 1, ada.id).await;
    let robot = service_account(1, acme.id);
    let held = Token {
        kind: Kind::ServiceAccount,
        born: Born::default(),
        ..bound(1, Holder::ServiceAccount(robot.id), acme.id)
    };
    let before = entries(&*store).await;
    let said = || note("service_account.create", robot.id);
    let first = Some((&held, secret(1)));
    let made = store.create_service_account(&robot, first, said()).await.unwrap();
    assert!(matches!(made, Creation::Done(_)));
    assert_eq!(entries(&*store).await, before + 1);
    assert!(store.standing(&[digest(1)]).await.unwrap().is_some());
    let same_name = authority::application::ServiceAccount {
        name: robot.name.clone(),
        ..service_account(2, acme.id)
    };
    let second = Token { holder: Holder::ServiceAccount(same_name.id), ..token_like(&held, 2) };
    let made = store.create_service_account(&same_name, Some((&second, secret(2))), said()).await;
    assert_eq!(made.unwrap(), Creation::Taken("name"));
    assert!(store.standing(&[digest(2)]).await.unwrap().is_none());
    assert_eq!(entries(&*store).await, before + 1);
}

#[tokio::test]
async fn no_service_account_is_made_with_a_token_that_would_be_dead_at_once() {
    let store = empty_store().await;
    let ada = a_user(&*store, 1).await;
    let acme = an_organization(&*store, 1, ada.id).await;
    let robot = service_account(1, acme.id);
    let held = Token {
        kind: Kind::ServiceAccount,
        born: Born::default(),
        ..bound(1, Holder::ServiceAccount(robot.id), acme.id)
    };
    store.raise_organization_epoch(acme.id, note("organization.end", acme.id)).await.unwrap();
    let before = entries(&*store).await;
    let first = Some((&held, secret(1)));
    let made =
        store.create_service_account(&robot, first, note("service_account.create", robot.id));
    assert_eq!(made.await.unwrap(), Creation::Missing);
    assert_eq!(store.service_account(robot.id).await.unwrap(), None);
    assert!(store.standing(&[digest(1)]).await.unwrap().is_none());
    assert_eq!(entries(&*store).await, before);
}

fn token_like(token: &Token, n: u64) -> Token {
    Token { id: id(n), ..token.clone() }
}

#[tokio::test]
async fn a_deleted_service_account_is_gone_with_what_it_holds_and_its_name_is_free() {
    let store = empty_store().await;
    let ada = a_user(&*store, 1).await;
    let acme = an_organization(&*store, 1, ada.id).await;
    let robot = a_service_account(&*store, 1, acme.id).await;
    let holder = Holder::ServiceAccount(robot.id);
    kept(&*store, 1, Token { kind: Kind::ServiceAccount, ..bound(1, holder, acme.id) }).await;
    let said = || note("service_account.delete", robot.id);
    assert_eq!(store.delete_service_account(robot.id, said()).await.unwrap(), Change::Done);
    assert_eq!(store.delete_service_account(robot.id, said()).await.unwrap(), Change::Missing);
    assert_eq!(store.service_account(robot.id).await.unwrap(), None);
    assert_eq!(store.service_account_numbered(robot.number).await.unwrap(), None);
    assert!(store.service_accounts(acme.id, Page::first(9)).await.unwrap().is_empty());
    let here =
        Search::one(Thing::ServiceAccount, Column::OrganizationId, Value::Id(acme.id.uuid()));
    assert!(store.find_service_accounts(&here).await.unwrap().items.is_empty());
    let standing = store.standing(&[digest(1)]).await.unwrap().unwrap();
    assert!(standing.holder.disabled && standing.holder.epoch > standing.token.born.holder);
    let again = authority::application::ServiceAccount {
        name: robot.name.clone(),
        ..service_account(2, acme.id)
    };
    let made = store.create_service_account(&again, None, note("service_account.create", again.id));
    let Creation::Done(number) = made.await.unwrap() else { panic!("the name is not free") };
    assert!(number > robot.number);
    assert_eq!(store.service_account_numbered(number).await.unwrap().unwrap().id, again.id);
}

#[tokio::test]
async fn tokens_of_an_application_are_found_unless_they_are_over() {
    let store = empty_store().await;
    let ada = a_user(&*store, 1).await;
    let acme = an_organization(&*store, 1, ada.id).await;
    let (shop, other) =
        (an_application(&*store, 1, acme.id).await, an_application(&*store, 2, acme.id).await);
    for (n, application) in [(1, shop.id), (2, shop.id), (3, other.id)] {
        let holder = Holder::Application(application);
        kept(&*store, n, Token { kind: Kind::Integration, ..bound(n, holder, acme.id) }).await;
    }
    let secrets = Holder::Application(shop.id);
    kept(&*store, 4, Token { kind: Kind::ClientSecret, ..bound(4, secrets, acme.id) }).await;
    store.revoke_token(id(2), note("token.revoke", id::<()>(2))).await.unwrap();
    let of_shop = || {
        let whose = Value::Id(shop.id.uuid());
        let own = Search::is(Thing::Integration, &[], Column::HolderId, whose);
        Search::over(Thing::Integration, own)
    };
    let found = store.find_tokens(&of_shop()).await.unwrap();
    assert_eq!((found.items.len(), found.count), (1, Some(1)));
    assert_eq!(found.items[0].id, id(1));
    store.raise_organization_epoch(acme.id, note("organization.end", acme.id)).await.unwrap();
    assert_eq!(store.find_tokens(&of_shop()).await.unwrap().count, Some(0));
}

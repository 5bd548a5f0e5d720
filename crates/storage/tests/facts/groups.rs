//! What can happen to a group, and what is in it.

use std::sync::Arc;

use authority::application::Application;
use authority::application::store::ApplicationFilter;
use authority::id::GroupId;
use authority::organization::Group;
use authority::organization::store::Naming;
use authority::permission::Role;

use super::given::*;
use super::race::race;
use crate::empty_store;

async fn create(store: &impl Store, new: &Group) -> Creation {
    store.create_group(new, note("group.create", new.id)).await.unwrap()
}

async fn rename(store: &impl Store, id: GroupId, name: &str) -> Creation {
    let change = Naming { name: Some(name.to_owned()), ..Naming::default() };
    store.update_group(id, &change, note("group.update", id)).await.unwrap()
}

#[tokio::test]
async fn a_new_group_is_kept_whole_and_listed_in_its_organization() {
    let store = empty_store().await;
    let ada = a_user(&*store, 1).await;
    let shop = an_organization(&*store, 1, ada.id).await;
    let club = an_organization(&*store, 2, ada.id).await;
    let mut all = Vec::new();
    for n in 1..=3 {
        all.push(a_group(&*store, n, shop.id).await);
    }
    let other = a_group(&*store, 4, club.id).await;
    let full = Group {
        description: "\u{1F511}s".to_owned(),
        created_at: after(1),
        created_by: Some(id(70)),
        modified_at: after(2),
        modified_by: Some(id(71)),
        ..group(5, club.id)
    };
    let Creation::Done(number) = create(&*store, &full).await else { panic!("it is not made") };
    let full = Group { number, ..full };
    assert_eq!(store.group(full.id).await, Ok(Some(full.clone())));

    for group in &all {
        assert_eq!(store.group(group.id).await, Ok(Some(group.clone())));
    }
    assert_eq!(store.group(id(9)).await, Ok(None));
    assert_eq!(store.groups(shop.id, Page::first(2)).await.unwrap(), all[..2]);
    let page = Page { after: all[1].number, limit: 2 };
    assert_eq!(store.groups(shop.id, page).await.unwrap(), all[2..]);
    assert_eq!(store.groups(club.id, Page::first(9)).await.unwrap(), [other, full]);
}

#[tokio::test]
async fn a_name_is_used_once_in_an_organization_that_exists() {
    let store = empty_store().await;
    let ada = a_user(&*store, 1).await;
    let shop = an_organization(&*store, 1, ada.id).await;
    let club = an_organization(&*store, 2, ada.id).await;
    let first = a_group(&*store, 1, shop.id).await;
    let before = entries(&*store).await;
    let same = Group { id: id(2), ..first.clone() };
    assert_eq!(create(&*store, &same).await, Creation::Taken("name"));
    let nowhere = Group { organization: id(9), ..same.clone() };
    assert_eq!(create(&*store, &nowhere).await, Creation::Missing);
    assert_eq!((store.group(id(2)).await, entries(&*store).await), (Ok(None), before));
    let elsewhere = Group { organization: club.id, ..same };
    assert!(matches!(create(&*store, &elsewhere).await, Creation::Done(_)));
}

#[tokio::test]
async fn a_group_is_renamed_unless_the_name_is_used() {
    let store = empty_store().await;
    let ada = a_user(&*store, 1).await;
    let shop = an_organization(&*store, 1, ada.id).await;
    let (first, second) = (a_group(&*store, 1, shop.id).await, a_group(&*store, 2, shop.id).await);
    let before = entries(&*store).await;
    assert_eq!(rename(&*store, second.id, &first.name).await, Creation::Taken("name"));
    assert_eq!(rename(&*store, id(9), "New").await, Creation::Missing);
    assert_eq!(entries(&*store).await, before);
    assert_eq!(rename(&*store, second.id, "New").await, Creation::Done(second.number));
    assert_eq!(rename(&*store, second.id, "New").await, Creation::Done(second.number));
    let now = Group { name: "New".to_owned(), ..second };
    assert_eq!(store.group(now.id).await, Ok(Some(now)));
    let again = Group { name: "Group 2".to_owned(), id: id(3), ..first };
    assert!(matches!(create(&*store, &again).await, Creation::Done(_)), "the old name is free");
}

#[tokio::test]
async fn a_change_touches_only_what_it_names() {
    let store = empty_store().await;
    let ada = a_user(&*store, 1).await;
    let shop = an_organization(&*store, 1, ada.id).await;
    let was = a_group(&*store, 1, shop.id).await;
    let change = Naming {
        description: Some("Sells things".to_owned()),
        by: Some(ada.id),
        ..Naming::default()
    };
    let note = note("group.update", was.id).at(after(1));
    let changed = store.update_group(was.id, &change, note).await;
    assert_eq!(changed, Ok(Creation::Done(was.number)));
    let now = Group {
        description: "Sells things".to_owned(),
        modified_at: after(1),
        modified_by: Some(ada.id),
        ..was
    };
    assert_eq!(store.group(now.id).await, Ok(Some(now)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_take_one_name_at_once_one_gets_it() {
    let store = Arc::new(empty_store().await);
    let ada = a_user(&**store, 1).await;
    let shop = an_organization(&**store, 1, ada.id).await.id;
    for n in 0..5 {
        a_group(&**store, n, shop).await;
    }
    let made = race(10, |n| {
        let (store, name) = (Arc::clone(&store), "Crew".to_owned());
        let new = Group { name: name.clone(), ..group(n, shop) };
        async move {
            if n < 5 { rename(&**store, id(n), &name).await } else { create(&**store, &new).await }
        }
    })
    .await;
    assert_eq!(made.iter().filter(|made| matches!(made, Creation::Done(_))).count(), 1);
    assert_eq!(made.iter().filter(|made| **made == Creation::Taken("name")).count(), 9);
}

#[tokio::test]
async fn a_deleted_group_takes_no_membership_with_it() {
    let store = empty_store().await;
    let ada = a_user(&*store, 1).await;
    let shop = an_organization(&*store, 1, ada.id).await;
    let till = an_application(&*store, 1, shop.id).await;
    let team = a_group(&*store, 1, shop.id).await;
    store.add_to_group(team.id, &[ada.id], note("group.add", team.id)).await.unwrap();
    store.share_with_group(team.id, &[till.id], note("group.share", team.id)).await.unwrap();
    let delete = async || store.delete_group(team.id, note("group.delete", team.id)).await.unwrap();

    assert_eq!((delete().await, delete().await), (Change::Done, Change::Missing));
    assert_eq!(store.group(team.id).await, Ok(None));
    assert_eq!(store.group_users(team.id, Page::first(9)).await, Ok(vec![]));
    assert_eq!(store.group_applications(team.id, Page::first(9)).await, Ok(vec![]));
    assert!(store.membership(ada.id, shop.id).await.unwrap().is_some());
    let heir = Group { id: id(2), ..team.clone() };
    let made = create(&*store, &heir).await;
    assert!(matches!(made, Creation::Done(number) if number > team.number));
    assert_eq!(store.group_users(heir.id, Page::first(9)).await, Ok(vec![]));
}

#[tokio::test]
async fn only_members_who_are_not_in_it_are_put_into_a_group() {
    let store = empty_store().await;
    let mut all = Vec::new();
    for n in 1..=4 {
        all.push(a_user(&*store, n).await);
    }
    let shop = an_organization(&*store, 1, all[0].id).await;
    a_member(&*store, all[1].id, shop.id, Role::Viewer).await;
    a_member(&*store, all[2].id, shop.id, Role::Viewer).await;
    let team = a_group(&*store, 1, shop.id).await;
    let add = async |users: &[usize]| {
        let users: Vec<_> = users.iter().map(|n| all[*n].id).collect();
        store.add_to_group(team.id, &users, note("group.add", team.id)).await.unwrap()
    };
    let inside = async |page| store.group_users(team.id, page).await.unwrap();

    assert_eq!(add(&[2, 3]).await, Change::Done);
    assert_eq!(inside(Page::first(9)).await, all[2..3]);
    let before = entries(&*store).await;
    assert_eq!((add(&[2, 3]).await, add(&[]).await), (Change::Missing, Change::Missing));
    let nowhere = store.add_to_group(id(9), &[all[0].id], note("group.add", team.id)).await;
    assert_eq!((nowhere, entries(&*store).await), (Ok(Change::Missing), before));
    assert_eq!(add(&[2, 1, 0, 1]).await, Change::Done);
    assert_eq!(inside(Page::first(9)).await, all[..3]);
    assert_eq!(inside(Page { after: all[0].number, limit: 1 }).await, all[1..2]);

    let remove = async |n: usize| {
        store.remove_from_group(team.id, all[n].id, note("group.remove", team.id)).await.unwrap()
    };
    assert_eq!((remove(1).await, remove(1).await), (Change::Done, Change::Missing));
    assert_eq!(inside(Page::first(9)).await, [all[0].clone(), all[2].clone()]);
    assert!(store.membership(all[1].id, shop.id).await.unwrap().is_some());
}

#[tokio::test]
async fn applications_of_the_organization_are_shared_with_a_group() {
    let store = empty_store().await;
    let (ada, bob) = (a_user(&*store, 1).await, a_user(&*store, 2).await);
    let shop = an_organization(&*store, 1, ada.id).await;
    let club = an_organization(&*store, 2, ada.id).await;
    a_member(&*store, bob.id, shop.id, Role::Viewer).await;
    let all = [
        an_application(&*store, 1, shop.id).await,
        an_application(&*store, 2, shop.id).await,
        an_application(&*store, 3, club.id).await,
    ];
    let team = a_group(&*store, 1, shop.id).await;
    store.add_to_group(team.id, &[bob.id], note("group.add", team.id)).await.unwrap();
    let share = async |apps: &[Application]| {
        let apps: Vec<_> = apps.iter().map(|one| one.id).collect();
        store.share_with_group(team.id, &apps, note("group.share", team.id)).await.unwrap()
    };
    let shared = async |page| store.group_applications(team.id, page).await.unwrap();

    assert_eq!(share(&all[2..]).await, Change::Missing, "another organization's");
    assert_eq!((share(&all).await, share(&all).await), (Change::Done, Change::Missing));
    assert_eq!(shared(Page::first(9)).await, all[..2]);
    assert_eq!(shared(Page { after: all[0].number, limit: 9 }).await, all[1..2]);
    let with = async |user| {
        let filter = ApplicationFilter { shared_with: Some(user), ..ApplicationFilter::default() };
        store.applications(&filter, Page::first(9)).await.unwrap()
    };
    assert_eq!(with(bob.id).await, all[..2]);
    assert_eq!(with(ada.id).await, []);

    let unshare = async || {
        store.unshare_with_group(team.id, all[0].id, note("group.unshare", team.id)).await.unwrap()
    };
    assert_eq!((unshare().await, unshare().await), (Change::Done, Change::Missing));
    assert_eq!(with(bob.id).await, all[1..2]);
    let nowhere = store.share_with_group(id(9), &[all[0].id], note("group.share", team.id)).await;
    assert_eq!(nowhere, Ok(Change::Missing));
}

//! Slugs are one's alone, and free again when what had them is gone.

use std::sync::Arc;

use authority::account::store::Creation;
use authority::application::Application;
use authority::application::store::ApplicationChange;
use authority::organization::Organization;
use authority::organization::store::Naming;
use authority::search::{Column, Search, Thing, Value};

use authority::store::SearchStore;

use super::given::*;
use super::race::race;
use crate::empty_store;

fn slugged(n: u64, slug: &str) -> Organization {
    Organization { slug: slug.to_owned(), ..organization(n) }
}

async fn founded(store: &impl Store, new: &Organization) -> Creation {
    store.create_organization(new, None, note("organization.create", new.id)).await.unwrap()
}

#[tokio::test]
async fn an_organization_is_found_by_its_slug_and_no_other_gets_it() {
    let store = empty_store().await;
    assert!(matches!(founded(&*store, &slugged(1, "acme")).await, Creation::Done(_)));
    let before = entries(&*store).await;
    assert_eq!(founded(&*store, &slugged(2, "acme")).await, Creation::Taken("slug"));
    assert_eq!(entries(&*store).await, before);
    let found = store.organization_slugged("acme").await.unwrap().unwrap();
    assert_eq!((found.id, found.slug.as_str()), (id(1), "acme"));
    assert_eq!(store.organization_slugged("acm").await.unwrap(), None);
}

#[tokio::test]
async fn the_slug_of_a_deleted_organization_is_free() {
    let store = empty_store().await;
    founded(&*store, &slugged(1, "acme")).await;
    store.delete_organization(id(1), note("organization.delete", id::<()>(1))).await.unwrap();
    assert_eq!(store.organization_slugged("acme").await.unwrap(), None);
    assert!(matches!(founded(&*store, &slugged(2, "acme")).await, Creation::Done(_)));
}

#[tokio::test]
async fn none_is_no_slug_and_many_may_have_none() {
    let store = empty_store().await;
    for n in [1, 2] {
        assert!(matches!(founded(&*store, &slugged(n, "")).await, Creation::Done(_)));
    }
    assert_eq!(store.organization_slugged("").await.unwrap(), None);
}

#[tokio::test]
async fn a_slug_is_changed_unless_it_is_taken() {
    let store = empty_store().await;
    founded(&*store, &slugged(1, "acme")).await;
    founded(&*store, &slugged(2, "globex")).await;
    let change = |slug: &str| Naming { slug: Some(slug.to_owned()), ..Naming::default() };
    let update = |n, slug| {
        let store = &*store;
        let change = change(slug);
        async move {
            let said = note("organization.update", id::<()>(n));
            store.update_organization(id(n), &change, said).await.unwrap()
        }
    };
    assert_eq!(update(2, "acme").await, Creation::Taken("slug"));
    assert_eq!(update(2, "globex").await, Creation::Done(2));
    assert_eq!(update(1, "initech").await, Creation::Done(1));
    assert_eq!(update(2, "acme").await, Creation::Done(2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_organizations_that_take_one_slug_at_once_one_gets_it() {
    let store = Arc::new(empty_store().await);
    let made = race(8, |n| {
        let store = Arc::clone(&store);
        async move { founded(&**store, &slugged(n + 1, "acme")).await }
    });
    let made = made.await;
    assert_eq!(made.iter().filter(|made| matches!(made, Creation::Done(_))).count(), 1, "{made:?}");
    assert_eq!(made.iter().filter(|made| **made == Creation::Taken("slug")).count(), 7, "{made:?}");
}

#[tokio::test]
async fn an_application_has_a_slug_of_its_own_in_its_organization() {
    let store = empty_store().await;
    let ada = a_user(&*store, 1).await;
    let (here, there) =
        (an_organization(&*store, 1, ada.id).await, an_organization(&*store, 2, ada.id).await);
    let make = |n, place| {
        let store = &*store;
        let new = Application { slug: "shop".to_owned(), ..application(n, place) };
        async move {
            store.create_application(&new, None, note("application.create", new.id)).await.unwrap()
        }
    };
    assert!(matches!(make(1, here.id).await, Creation::Done(_)));
    assert_eq!(make(2, here.id).await, Creation::Taken("slug"));
    assert!(matches!(make(3, there.id).await, Creation::Done(_)));
    let found = store.application_slugged(here.id, "shop").await.unwrap().unwrap();
    assert_eq!(found.id, id(1));
    let other = an_application(&*store, 4, here.id).await;
    let change =
        ApplicationChange { slug: Some("shop".to_owned()), ..ApplicationChange::default() };
    let said = || note("application.update", other.id);
    let taken = store.update_application(other.id, &change, said()).await.unwrap();
    assert_eq!(taken, Creation::Taken("slug"));
    store.archive_application(id(1), note("application.archive", id::<()>(1))).await.unwrap();
    assert_eq!(store.application_slugged(here.id, "shop").await.unwrap(), None);
    let done = store.update_application(other.id, &change, said()).await.unwrap();
    assert_eq!(done, Creation::Done(other.number));
    let search = Search::one(Thing::Application, Column::Slug, Value::Text("shop".to_owned()));
    let found = store.find_clients(&search).await.unwrap();
    assert_eq!(found.items.len(), 1);
}

#[tokio::test]
async fn where_both_are_taken_the_name_is_told_on_either_database() {
    let store = empty_store().await;
    let own = |n, slug: &str| Organization { tenant: false, ..slugged(n, slug) };
    founded(&*store, &own(1, "acme")).await;
    let same = Organization { name: organization(1).name, ..own(2, "acme") };
    assert_eq!(founded(&*store, &same).await, Creation::Taken("name"));
    founded(&*store, &own(3, "globex")).await;
    let change = Naming {
        name: Some(organization(1).name),
        slug: Some("acme".to_owned()),
        ..Naming::default()
    };
    let said = note("organization.update", id::<()>(3));
    let taken = store.update_organization(id(3), &change, said).await.unwrap();
    assert_eq!(taken, Creation::Taken("name"));
}

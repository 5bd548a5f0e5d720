//! What can happen to an application and to a service account.

use std::sync::Arc;

use authority::application::store::{ApplicationChange, ApplicationFilter, ServiceAccountChange};
use authority::application::{Application, Icon, ServiceAccount, Version};
use authority::permission::Role;
use authority::token::{Holder, Reason};

use super::given::*;
use super::race::race;
use crate::empty_store;

fn version(of: &Application, name: &str) -> Version {
    let (application, name) = (of.id, name.to_owned());
    Version { application, version: 0, name, created_at: after(1), created_by: Some(id(1)) }
}

async fn archive(store: &impl Store, what: &Application) -> Change {
    let note = note("application.archive", what.id).at(after(3));
    store.archive_application(what.id, note).await.unwrap()
}

#[tokio::test]
async fn a_new_application_is_kept_whole_in_an_organization_that_exists() {
    let store = empty_store().await;
    let ada = a_user(&*store, 1).await;
    let shop = an_organization(&*store, 1, ada.id).await;
    let new = Application {
        name: "Till \u{1F511}".to_owned(),
        modified_at: after(1),
        archived_at: Some(after(2)),
        epoch: 7,
        ..application(1, shop.id)
    };
    let made = store.create_application(&new, None, note("application.create", new.id)).await;
    let Ok(Creation::Done(number)) = made else { panic!("{made:?}") };
    let kept = Application { number, ..new };
    assert_eq!(store.application(kept.id).await, Ok(Some(kept.clone())));
    assert_eq!(store.application_numbered(number).await, Ok(Some(kept)));

    let before = entries(&*store).await;
    let nowhere = application(2, id(9));
    let made =
        store.create_application(&nowhere, None, note("application.create", nowhere.id)).await;
    assert_eq!(made, Ok(Creation::Missing));
    assert_eq!(store.application(nowhere.id).await, Ok(None));
    assert_eq!(store.application_numbered(1000).await, Ok(None));
    assert_eq!(entries(&*store).await, before);
}

#[tokio::test]
async fn each_part_of_a_filter_must_fit() {
    let store = empty_store().await;
    let ada = a_user(&*store, 1).await;
    let shop = an_organization(&*store, 1, ada.id).await;
    let club = an_organization(&*store, 2, ada.id).await;
    let named = async |n, name: &str, organization| {
        let new = Application { name: name.to_owned(), ..application(n, organization) };
        store.create_application(&new, None, note("application.create", new.id)).await.unwrap();
        new
    };
    named(1, "Cash TILL", shop.id).await;
    named(2, "100% caf\u{c9}", shop.id).await;
    let old = named(3, "Old till", shop.id).await;
    named(4, "Tillage", club.id).await;
    archive(&*store, &old).await;

    let all = async |filter: ApplicationFilter, page| {
        let found = store.applications(&filter, page).await.unwrap();
        found.iter().map(|one| one.name[..1].to_owned()).collect::<String>()
    };
    let filter = ApplicationFilter::default;
    let words = |words: &str| Some(words.to_owned());
    assert_eq!(all(filter(), Page::first(9)).await, "C1T");
    assert_eq!(all(ApplicationFilter { archived: true, ..filter() }, Page::first(9)).await, "C1OT");
    let in_shop = ApplicationFilter { organization: Some(shop.id), ..filter() };
    assert_eq!(all(in_shop.clone(), Page::first(9)).await, "C1");
    for (asked, found) in [("till", "C"), ("\u{c9}", "1"), ("%", "1"), ("_", ""), ("", "C1")] {
        let filter = ApplicationFilter { name_contains: words(asked), ..in_shop.clone() };
        assert_eq!(all(filter, Page::first(9)).await, found, "{asked}");
    }
    let tills = ApplicationFilter { name_contains: words("TILL"), archived: true, ..filter() };
    assert_eq!(all(tills.clone(), Page::first(2)).await, "CO");
    let second = store.applications(&tills, Page::first(2)).await.unwrap()[1].number;
    assert_eq!(all(tills, Page { after: second, limit: 2 }).await, "T");
}

#[tokio::test]
async fn a_change_touches_only_what_it_names() {
    let store = empty_store().await;
    let ada = a_user(&*store, 1).await;
    let shop = an_organization(&*store, 1, ada.id).await;
    let was = an_application(&*store, 1, shop.id).await;
    let update = async |name: Option<&str>, description: Option<&str>| {
        let (name, description) = (name.map(str::to_owned), description.map(str::to_owned));
        let note = note("application.update", was.id).at(after(1));
        let change = ApplicationChange { name, description, ..ApplicationChange::default() };
        store.update_application(was.id, &change, note).await
    };
    assert_eq!(update(Some("Till"), None).await, Ok(Creation::Done(was.number)));
    let now = Application { name: "Till".to_owned(), modified_at: after(1), ..was.clone() };
    assert_eq!(store.application(was.id).await, Ok(Some(now.clone())));
    assert_eq!(update(None, Some("")).await, Ok(Creation::Done(was.number)));
    let now = Application { description: String::new(), ..now };
    assert_eq!(store.application(was.id).await, Ok(Some(now)));
    let filter = ApplicationFilter {
        name_contains: Some("till".to_owned()),
        ..ApplicationFilter::default()
    };
    assert_eq!(store.applications(&filter, Page::first(9)).await.unwrap().len(), 1);
    let nothing = ApplicationChange::default();
    let missing = store.update_application(id(9), &nothing, note("application.update", was.id));
    assert_eq!(missing.await, Ok(Creation::Missing));
}

#[tokio::test]
async fn an_archived_application_holds_nothing_and_is_not_changed_any_more() {
    let store = empty_store().await;
    let ada = a_user(&*store, 1).await;
    let shop = an_organization(&*store, 1, ada.id).await;
    let till = an_application(&*store, 1, shop.id).await;
    let key = kept(&*store, 1, bound(1, Holder::Application(till.id), shop.id)).await;
    assert_eq!(archive(&*store, &till).await, Change::Done);
    let before = entries(&*store).await;
    assert_eq!(archive(&*store, &till).await, Change::Missing);
    let old = Application { archived_at: Some(after(3)), modified_at: after(3), epoch: 1, ..till };
    assert_eq!(store.application(old.id).await, Ok(Some(old.clone())));
    let standing = store.token_standing(key.id).await.unwrap().unwrap();
    assert_eq!(standing.is_good(NOON), Err(Reason::Revoked));

    let change = ApplicationChange { name: Some("New".to_owned()), ..ApplicationChange::default() };
    let changed = store.update_application(old.id, &change, note("application.update", old.id));
    assert_eq!(changed.await, Ok(Creation::Missing));
    let added = store.add_version(&version(&old, "1"), note("application.version", old.id)).await;
    assert_eq!(added, Ok(Creation::Missing));
    let icon = Icon { media_type: "image/png".to_owned(), bytes: vec![1] };
    let set = store.set_icon(old.id, &icon, note("application.icon", old.id)).await;
    assert_eq!(set, Ok(Change::Missing));
    assert_eq!(entries(&*store).await, before);
}

#[tokio::test]
async fn versions_are_numbered_from_one_for_each_application() {
    let store = empty_store().await;
    let ada = a_user(&*store, 1).await;
    let shop = an_organization(&*store, 1, ada.id).await;
    let (till, oven) =
        (an_application(&*store, 1, shop.id).await, an_application(&*store, 2, shop.id).await);
    let add = async |of: &Application, name: &str| {
        store.add_version(&version(of, name), note("application.version", of.id)).await.unwrap()
    };
    assert_eq!(add(&till, "a").await, Creation::Done(1));
    assert_eq!(add(&till, "b").await, Creation::Done(2));
    assert_eq!(add(&oven, "").await, Creation::Done(1));
    assert_eq!(add(&till, "c").await, Creation::Done(3));
    let nowhere = application(9, shop.id);
    assert_eq!(add(&nowhere, "d").await, Creation::Missing);

    let all = store.versions(till.id, Page::first(9)).await.unwrap();
    let numbered = |n, name| Version { version: n, ..version(&till, name) };
    assert_eq!(all, [numbered(1, "a"), numbered(2, "b"), numbered(3, "c")]);
    assert_eq!(store.versions(till.id, Page { after: 1, limit: 1 }).await.unwrap(), all[1..2]);
    assert_eq!(store.versions(id(9), Page::first(9)).await, Ok(vec![]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn versions_added_at_once_leave_no_gap() {
    let store = Arc::new(empty_store().await);
    let ada = a_user(&**store, 1).await;
    let shop = an_organization(&**store, 1, ada.id).await;
    let till = an_application(&**store, 1, shop.id).await;
    race(20, |_| {
        let (store, new) = (Arc::clone(&store), version(&till, ""));
        async move {
            let note = note("application.version", new.application);
            store.add_version(&new, note).await.unwrap()
        }
    })
    .await;
    let all = store.versions(till.id, Page::first(99)).await.unwrap();
    let numbers: Vec<_> = all.iter().map(|one| one.version).collect();
    assert_eq!(numbers, (1..=20).collect::<Vec<_>>());
}

#[tokio::test]
async fn an_icon_replaces_the_one_before() {
    let store = empty_store().await;
    let ada = a_user(&*store, 1).await;
    let shop = an_organization(&*store, 1, ada.id).await;
    let till = an_application(&*store, 1, shop.id).await;
    assert_eq!(store.icon(till.id).await, Ok(None));
    for byte in [0, 255] {
        let icon = Icon { media_type: "image/png".to_owned(), bytes: vec![byte; 70_000] };
        let set = store.set_icon(till.id, &icon, note("application.icon", till.id)).await;
        assert_eq!(set, Ok(Change::Done));
        assert_eq!(store.icon(till.id).await, Ok(Some(icon)));
    }
    let icon = Icon { media_type: "image/png".to_owned(), bytes: Vec::new() };
    let missing = store.set_icon(id(9), &icon, note("application.icon", till.id)).await;
    assert_eq!(missing, Ok(Change::Missing));
}

#[tokio::test]
async fn a_service_account_has_a_name_of_its_own_in_its_organization() {
    let store = empty_store().await;
    let ada = a_user(&*store, 1).await;
    let (shop, club) =
        (an_organization(&*store, 1, ada.id).await, an_organization(&*store, 2, ada.id).await);
    let mut all = Vec::new();
    for n in 1..=3 {
        all.push(a_service_account(&*store, n, shop.id).await);
    }
    let before = entries(&*store).await;
    let create = async |new: ServiceAccount| {
        let note = note("service_account.create", new.id);
        store.create_service_account(&new, None, note).await.unwrap()
    };
    let same = ServiceAccount { id: id(4), ..all[0].clone() };
    assert_eq!(create(same.clone()).await, Creation::Taken("name"));
    let nowhere = ServiceAccount { organization: id(9), ..same.clone() };
    assert_eq!(create(nowhere).await, Creation::Missing);
    assert_eq!(store.service_account(id(4)).await, Ok(None));
    assert_eq!(entries(&*store).await, before);
    let elsewhere = ServiceAccount {
        organization: club.id,
        disabled_at: Some(after(1)),
        epoch: 7,
        role: Role::Auditor,
        ..same
    };
    let made = create(elsewhere.clone()).await;
    let Creation::Done(number) = made else { panic!("{made:?}") };
    let elsewhere = ServiceAccount { number, ..elsewhere };

    assert_eq!(store.service_account(elsewhere.id).await, Ok(Some(elsewhere.clone())));
    assert_eq!(store.service_accounts(shop.id, Page::first(2)).await.unwrap(), all[..2]);
    let page = Page { after: all[1].number, limit: 2 };
    assert_eq!(store.service_accounts(shop.id, page).await.unwrap(), all[2..]);
    assert_eq!(store.service_accounts(club.id, Page::first(9)).await.unwrap(), [elsewhere]);
}

#[tokio::test]
async fn switching_a_service_account_off_kills_what_it_holds_and_on_revives_nothing() {
    let store = empty_store().await;
    let ada = a_user(&*store, 1).await;
    let shop = an_organization(&*store, 1, ada.id).await;
    let was = a_service_account(&*store, 1, shop.id).await;
    let key = kept(&*store, 1, bound(1, Holder::ServiceAccount(was.id), shop.id)).await;
    let update = async |role, disabled, seconds| {
        let note = note("service_account.update", was.id).at(after(seconds));
        let change = ServiceAccountChange { role, disabled };
        let done = store.update_service_account(was.id, change, note).await;
        assert_eq!(done, Ok(Change::Done));
        store.service_account(was.id).await.unwrap().unwrap()
    };
    let now = update(Some(Role::Viewer), None, 1).await;
    let modified_at = after(1);
    assert_eq!(now, ServiceAccount { role: Role::Viewer, modified_at, ..was.clone() });
    let standing = async || store.token_standing(key.id).await.unwrap().unwrap();
    assert_eq!(standing().await.holder.role, Some(Role::Viewer));
    assert_eq!(standing().await.is_good(NOON), Ok(()));

    let now = update(None, Some(true), 2).await;
    assert_eq!((now.disabled_at, now.role), (Some(after(2)), Role::Viewer));
    assert!(now.epoch > was.epoch && standing().await.holder.disabled);
    assert_eq!(update(None, Some(true), 3).await.disabled_at, Some(after(2)));
    assert_eq!(update(None, Some(false), 4).await.disabled_at, None);
    assert!(!standing().await.holder.disabled);
    assert_eq!(standing().await.is_good(NOON), Err(Reason::Revoked));
    let nothing = ServiceAccountChange::default();
    let missing =
        store.update_service_account(id(9), nothing, note("service_account.update", was.id));
    assert_eq!(missing.await, Ok(Change::Missing));
}

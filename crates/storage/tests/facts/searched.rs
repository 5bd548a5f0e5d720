//! What a search finds by how things belong together. How columns are compared is in `searches.rs`.

use authority::application::{Application, Client};
use authority::id::{TokenId, UserId};
use authority::journal::By;
use authority::organization::store::Naming;
use authority::organization::{Group, Membership, Organization};
use authority::permission::Role;
use authority::search::{Column, Condition, Link, Search, Seats, Test, Thing, Value, Where};
use authority::secret::Kind;
use authority::store::SearchStore;
use authority::token::{Holder, Token};

use super::given::*;
use super::granting::*;
use super::searches::*;
use crate::empty_store;

#[tokio::test]
async fn users_are_found_by_their_seats_and_groups() {
    let store = empty_store().await;
    let mut all = Vec::new();
    for n in 1..=5 {
        all.push(a_user(&*store, n).await.id);
    }
    let shop = an_organization(&*store, 1, all[0]).await.id;
    let club = an_organization(&*store, 2, all[0]).await.id;
    a_member(&*store, all[1], shop, Role::Viewer).await;
    a_member(&*store, all[2], club, Role::Admin).await;
    let apart = Membership { apart: true, ..place(all[3], shop, Role::Auditor) };
    store.add_member(&apart, note("member.add", all[3])).await.unwrap();
    let team = a_group(&*store, 1, shop).await.id;
    store.add_to_group(team, &[all[1]], note("group.add", team)).await.unwrap();

    let seated = async |seats, organizations: &[_]| {
        users(&*store, Condition::Seated(seats, organizations.to_vec())).await
    };
    assert_eq!(seated(Seats::Any, &[shop]).await, "124");
    assert_eq!(seated(Seats::Member, &[shop]).await, "12");
    assert_eq!(seated(Seats::Admin, &[shop, club]).await, "13");
    assert_eq!(seated(Seats::Auditor, &[shop, club]).await, "4");
    assert_eq!(seated(Seats::Any, &[]).await, "");
    assert_eq!(users(&*store, Condition::InGroup(team)).await, "2");
    assert_eq!(users(&*store, Condition::InGroup(id(9))).await, "");

    let of = async |seats, user: UserId| {
        let search = Search::over(Thing::Organization, Condition::Seats(seats, user));
        let found = store.find_organizations(&search).await.unwrap();
        found.items.iter().map(|organization| organization.id).collect::<Vec<_>>()
    };
    assert_eq!(of(Seats::Any, all[0]).await, [shop, club]);
    assert_eq!(of(Seats::Admin, all[1]).await, []);
    assert_eq!(of(Seats::Member, all[3]).await, []);
    assert_eq!(of(Seats::Auditor, all[3]).await, [shop]);
    let search = |user| Search::over(Thing::Group, Condition::Holds(user));
    assert_eq!(store.find_groups(&search(all[1])).await.unwrap().items[0].id, team);
    assert_eq!(store.find_groups(&search(all[0])).await.unwrap().items, []);
}

#[tokio::test]
async fn what_is_gone_is_not_found() {
    let store = empty_store().await;
    let (ada, bob) = (a_user(&*store, 1).await.id, a_user(&*store, 2).await.id);
    let shop = an_organization(&*store, 1, ada).await.id;
    let club = an_organization(&*store, 2, ada).await.id;
    let gone = a_client(&*store, 1, shop).await.id;
    a_client(&*store, 2, shop).await;
    a_client(&*store, 3, club).await;
    store.archive_application(gone, note("application.archive", gone)).await.unwrap();
    store.delete_organization(club, note("organization.delete", club)).await.unwrap();
    store.delete_user(bob, note("user.delete", bob)).await.unwrap();

    assert_eq!(users(&*store, Condition::always()).await, "1");
    let all = |thing| Search::over(thing, Condition::always());
    let found = store.find_organizations(&all(Thing::Organization)).await.unwrap();
    assert_eq!((found.items[0].id, found.count), (shop, Some(1)));
    let found = store.find_clients(&all(Thing::Client)).await.unwrap();
    assert_eq!((found.items[0].id, found.count), (id(2), Some(1)));
}

#[tokio::test]
async fn only_tokens_of_people_that_are_neither_revoked_nor_ended_are_found() {
    let store = empty_store().await;
    let (ada, bob) = (a_user(&*store, 1).await.id, a_user(&*store, 2).await.id);
    let shop = an_organization(&*store, 1, ada).await.id;
    let (till, gone) = (a_client(&*store, 1, shop).await.id, a_client(&*store, 2, shop).await.id);
    kept(&*store, 1, Token { expires_at: Some(after(-1)), ..token(1, Holder::User(ada)) }).await;
    granted(&*store, pair(2, ada, till)).await;
    granted(&*store, pair(3, ada, gone)).await;
    kept(&*store, 4, token(4, Holder::User(bob))).await;
    kept(&*store, 5, Token { kind: Kind::ApiKey, ..bound(5, Holder::User(ada), shop) }).await;
    kept(
        &*store,
        6,
        Token { kind: Kind::Integration, ..bound(6, Holder::Application(till), shop) },
    )
    .await;
    let dead = kept(&*store, 7, token(7, Holder::User(ada))).await.id;
    store.revoke_token(dead, note("token.revoke", dead)).await.unwrap();
    store.set_user_disabled(bob, true, note("user.disable", bob)).await.unwrap();
    store.archive_application(gone, note("application.archive", gone)).await.unwrap();

    let ids = async |condition| -> Vec<TokenId> {
        let found = store.find_tokens(&Search::over(Thing::Token, condition)).await.unwrap();
        found.items.iter().map(|token| token.id).collect()
    };
    assert_eq!(ids(Condition::always()).await, [id(1), id(2)]);
    let through = |column, value| Search::is(Thing::Token, &[Link::Client], column, value);
    assert_eq!(ids(through(Column::Name, text("Client 1"))).await, [id(2)]);
    let direct = Condition::Test(path(Thing::Token, &[Link::Client], Column::Id), Test::Absent);
    assert_eq!(ids(direct).await, [id(1)]);
    let of = |name| Search::is(Thing::Token, &[Link::User], Column::Username, text(name));
    assert_eq!(ids(of("user1")).await, [id(1), id(2)]);
    assert_eq!(ids(of("user2")).await, []);
    let across = &[Link::Client, Link::Organization];
    let there = Search::is(Thing::Token, across, Column::Name, text("Organization 1"));
    assert_eq!(ids(there).await, [id(2)]);
    let soon = test(Thing::Token, Column::ExpiresAt, Test::Above(Value::Time(NOON)));
    assert_eq!(ids(soon).await, [id(2)]);
}

#[tokio::test]
async fn things_are_found_and_sorted_by_what_they_are_linked_to() {
    let store = empty_store().await;
    let (ada, bob) = (a_user(&*store, 1).await, a_user(&*store, 2).await);
    let shop = an_organization(&*store, 1, ada.id).await;
    let own = Organization { tenant: false, created_by: Some(bob.id), ..organization(2) };
    let note_own = note("organization.create", own.id);
    store.create_organization(&own, None, note_own).await.unwrap();
    for (n, there) in [(1, own.id), (2, shop.id)] {
        let new = Group { created_by: Some(ada.id), ..group(n, there) };
        store.create_group(&new, note("group.create", new.id)).await.unwrap();
    }
    let change = Naming { by: Some(bob.id), ..Naming::default() };
    store.update_group(id(2), &change, note("group.update", id::<u8>(2))).await.unwrap();

    let groups = async |search: Search| {
        let found = store.find_groups(&search).await.unwrap();
        found.items.iter().map(|group| group.name.clone()).collect::<Vec<_>>()
    };
    let is = |links: &[Link], column, value| {
        Search::over(Thing::Group, Search::is(Thing::Group, links, column, value))
    };
    let of_own = &[Link::Organization, Link::CreatedBy];
    assert_eq!(groups(is(of_own, Column::Username, text("user2"))).await, ["Group 1"]);
    let changed = &[Link::ModifiedBy];
    assert_eq!(groups(is(changed, Column::Id, Value::Id(bob.id.uuid()))).await, ["Group 2"]);
    let made = is(&[Link::CreatedBy], Column::Username, text("user1"));
    assert_eq!(groups(made.clone()).await, ["Group 1", "Group 2"]);
    let order = vec![(path(Thing::Group, &[Link::Organization], Column::Name), false)];
    assert_eq!(groups(Search { order, ..made }).await, ["Group 2", "Group 1"]);

    let found =
        Search::is(Thing::Organization, &[Link::CreatedBy], Column::Id, Value::Id(bob.id.uuid()));
    let found = store.find_organizations(&Search::over(Thing::Organization, found)).await.unwrap();
    assert_eq!((found.items[0].id, found.count), (own.id, Some(1)));
}

#[tokio::test]
async fn clients_are_found_by_how_they_obtain_tokens() {
    let store = empty_store().await;
    let ada = a_user(&*store, 1).await;
    let shop = an_organization(&*store, 1, ada.id).await;
    a_client(&*store, 1, shop.id).await;
    let open = client(2, shop.id);
    let open = Application {
        client: open.client.clone().map(|client| Client {
            confidential: false,
            skips_consent: true,
            ..client
        }),
        ..open
    };
    store.create_application(&open, None, note("application.create", open.id)).await.unwrap();
    let fits = async |column, it| {
        let condition = test(Thing::Client, column, it);
        let found = store.find_clients(&Search::over(Thing::Client, condition)).await.unwrap();
        found.items.iter().map(|client| client.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(fits(Column::ClientType, Test::Is(text("public"))).await, ["Client 2"]);
    assert_eq!(fits(Column::SkipsConsent, Test::Is(Value::Boolean(false))).await, ["Client 1"]);
    let code = Test::Is(text("authorization-code"));
    assert_eq!(fits(Column::GrantType, code).await.len(), 2);
    let uri = part(Where::Inside, false, "a.example");
    assert_eq!(fits(Column::RedirectUris, uri).await.len(), 2);
}

#[tokio::test]
async fn entries_are_found_by_their_numbers_and_by_who_and_what() {
    let store = empty_store().await;
    let ada = a_user(&*store, 1).await;
    let mut done = note("user.update", ada.id).at(after(3));
    done.by = By { who: authority::journal::Who::User(ada.id), token: None };
    done.organization = Some(id(7));
    store.enter(done.clone()).await.unwrap();
    a_user(&*store, 2).await;

    let all = store.find_entries(&Search::over(Thing::Entry, Condition::always())).await.unwrap();
    assert_eq!(all.count, Some(3));
    let numbers: Vec<i64> = all.items.iter().map(authority::journal::Entry::number).collect();
    assert!(numbers.is_sorted() && numbers[0] > 1000, "{numbers:?}");
    for (entry, number) in all.items.iter().zip(&numbers) {
        let found = store.find_entries(&Search::numbered(Thing::Entry, *number)).await.unwrap();
        assert_eq!(found.items, std::slice::from_ref(entry));
    }
    let nothing = store.find_entries(&Search::numbered(Thing::Entry, 7)).await.unwrap();
    assert_eq!(nothing.items, []);

    for condition in [
        test(Thing::Entry, Column::Action, Test::Is(text("user.update"))),
        test(Thing::Entry, Column::At, Test::Above(Value::Time(NOON))),
        test(Thing::Entry, Column::OrganizationId, Test::Is(Value::Id(id::<u8>(7).uuid()))),
        Search::is(Thing::Entry, &[Link::User], Column::Username, text("user1")),
    ] {
        let found = store.find_entries(&Search::over(Thing::Entry, condition)).await.unwrap();
        assert_eq!((found.count, &found.items[0].draft.id), (Some(1), &done.id));
    }
    let of_ada = test(Thing::Entry, Column::TargetId, Test::Is(Value::Id(ada.id.uuid())));
    let found = store.find_entries(&Search::over(Thing::Entry, of_ada)).await.unwrap();
    assert_eq!(found.count, Some(2));
}

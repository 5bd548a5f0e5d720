//! What a search finds, and in which order. How things belong together is in `searched.rs`.

use authority::account::User;
use authority::permission::Marks;
use authority::search::{Column, Condition, Link, Part, Path, Search, Test, Thing, Value, Where};
use authority::store::SearchStore;
use authority::token::Holder;

use super::given::*;
use super::granting::*;
use crate::empty_store;

pub(crate) fn path(from: Thing, links: &[Link], column: Column) -> Path {
    Path::across(from, links, column).unwrap()
}

pub(crate) fn test(from: Thing, column: Column, test: Test) -> Condition {
    Condition::Test(path(from, &[], column), test)
}

pub(crate) fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

pub(crate) fn part(place: Where, folded: bool, text: &str) -> Test {
    Test::Text(Part { place, folded, text: text.to_owned() })
}

/// The numbers of the users that fit, with the count.
pub(crate) async fn users(store: &impl Store, condition: Condition) -> String {
    asked(store, &Search::over(Thing::User, condition)).await
}

async fn asked(store: &impl Store, search: &Search) -> String {
    assert_eq!(search.check(), Ok(()));
    let found = store.find_users(search).await.unwrap();
    if search.count && search.offset == 0 {
        assert_eq!(found.count, Some(found.items.len() as u64));
    }
    found.items.iter().map(|user| user.username[4..].to_owned()).collect()
}

/// Three users: Ada Lovelace, Grace Hopper and Élodie 100%, who has no address. Grace is a superuser and
/// Élodie has logged in.
async fn people(store: &impl Store) {
    let named = |n, first: &str, last: &str| User {
        first_name: first.to_owned(),
        last_name: last.to_owned(),
        ..user(n)
    };
    let marks = Marks { superuser: true, system_auditor: false };
    for new in [
        named(1, "Ada", "Lovelace"),
        User { marks, created_at: after(5), ..named(2, "Grace", "Hopper") },
        User { email: None, last_login_at: Some(after(9)), ..named(3, "\u{c9}lodie", "100%_") },
    ] {
        store.create_user(&new, None, note("user.create", new.id)).await.unwrap();
    }
}

#[tokio::test]
async fn what_is_found_is_whole() {
    let store = empty_store().await;
    let ada = a_user(&*store, 1).await;
    let shop = an_organization(&*store, 1, ada.id).await;
    let team = a_group(&*store, 1, shop.id).await;
    let till = a_client(&*store, 1, shop.id).await;
    an_application(&*store, 2, shop.id).await;
    let own = kept(&*store, 1, token(1, Holder::User(ada.id))).await;

    let found = store.find_users(&Search::numbered(Thing::User, ada.number)).await.unwrap();
    assert_eq!((found.items, found.count), (vec![ada.clone()], None));
    let all = |thing| Search::over(thing, Condition::always());
    let found = store.find_organizations(&all(Thing::Organization)).await.unwrap();
    assert_eq!((found.items, found.count), (vec![shop], Some(1)));
    let found = store.find_groups(&all(Thing::Group)).await.unwrap();
    assert_eq!((found.items, found.count), (vec![team], Some(1)));
    let found = store.find_clients(&all(Thing::Client)).await.unwrap();
    assert_eq!((found.items, found.count), (vec![till], Some(1)));
    let found = store.find_tokens(&all(Thing::Token)).await.unwrap();
    assert_eq!((found.items, found.count), (vec![own], Some(1)));
    let found = store.find_users(&Search::over(Thing::User, Condition::never())).await.unwrap();
    assert_eq!((found.items, found.count), (vec![], Some(0)));
}

#[tokio::test]
async fn columns_are_compared_with_values() {
    let store = empty_store().await;
    people(&*store).await;
    let fits = async |column, it| users(&*store, test(Thing::User, column, it)).await;
    let name = Column::FirstName;
    assert_eq!(fits(name, Test::Is(text("Ada"))).await, "1");
    assert_eq!(fits(name, Test::Is(text("ada"))).await, "");
    assert_eq!(fits(name, Test::In(vec![text("Ada"), text("Grace"), text("x")])).await, "12");
    assert_eq!(fits(name, Test::In(vec![])).await, "");
    assert_eq!(fits(Column::Superuser, Test::Is(Value::Boolean(true))).await, "2");
    assert_eq!(fits(Column::Superuser, Test::Is(Value::Boolean(false))).await, "13");
    assert_eq!(fits(Column::Id, Test::Is(Value::Id(id::<u8>(3).uuid()))).await, "3");
    let at = |seconds| Value::Time(after(seconds));
    assert_eq!(fits(Column::CreatedAt, Test::Above(at(0))).await, "2");
    assert_eq!(fits(Column::CreatedAt, Test::AtLeast(at(5))).await, "2");
    assert_eq!(fits(Column::CreatedAt, Test::Below(at(5))).await, "13");
    assert_eq!(fits(Column::CreatedAt, Test::AtMost(at(5))).await, "123");
    assert_eq!(fits(Column::LastLoginAt, Test::Absent).await, "12");
    assert_eq!(fits(Column::Email, Test::Absent).await, "3");
    let numbers = vec![Value::Integer(1), Value::Integer(3)];
    assert_eq!(fits(Column::Number, Test::In(numbers)).await, "13");
}

#[tokio::test]
async fn texts_are_looked_into_as_they_are_written() {
    let store = empty_store().await;
    people(&*store).await;
    let fits = async |column, place, folded, text: &str| {
        users(&*store, test(Thing::User, column, part(place, folded, text))).await
    };
    let (first, last) = (Column::FirstName, Column::LastName);
    assert_eq!(fits(first, Where::Whole, true, "ADA").await, "1");
    assert_eq!(fits(first, Where::Whole, false, "ADA").await, "");
    assert_eq!(fits(first, Where::Whole, true, "\u{e9}LODIE").await, "3", "not only in ASCII");
    assert_eq!(fits(last, Where::Inside, false, "o").await, "12");
    assert_eq!(fits(last, Where::Inside, true, "LACE").await, "1");
    assert_eq!(fits(last, Where::Start, false, "Hop").await, "2");
    assert_eq!(fits(last, Where::Start, false, "op").await, "");
    assert_eq!(fits(last, Where::Start, true, "hOP").await, "2");
    assert_eq!(fits(last, Where::End, false, "per").await, "2");
    assert_eq!(fits(last, Where::End, true, "PER").await, "2");
    assert_eq!(fits(last, Where::End, false, "a longer text than Hopper").await, "");
    for wild in ["%", "_", "0%_"] {
        assert_eq!(fits(last, Where::Inside, false, wild).await, "3", "{wild} is itself");
    }
    assert_eq!(fits(last, Where::Inside, false, "'\"\\").await, "");
    assert_eq!(fits(Column::Number, Where::Whole, false, "2").await, "2", "a number is decimal");
    assert_eq!(fits(first, Where::Inside, false, "").await, "123");
    assert_eq!(fits(Column::Email, Where::Inside, false, "").await, "12", "what is absent");
}

#[tokio::test]
async fn patterns_fit_somewhere() {
    let store = empty_store().await;
    people(&*store).await;
    let fits = async |folded, text: &str| {
        let it = part(Where::Pattern, folded, text);
        users(&*store, test(Thing::User, Column::LastName, it)).await
    };
    assert_eq!(fits(false, "^H.*r$").await, "2");
    assert_eq!(fits(false, "^h").await, "");
    assert_eq!(fits(true, "^h").await, "2");
    assert_eq!(fits(false, "o(v|p)").await, "12");
    assert_eq!(fits(false, "[0-9]{3}").await, "3");
    let of = |column| test(Thing::User, column, part(Where::Pattern, false, "."));
    assert_eq!(users(&*store, of(Column::Email)).await, "12", "nothing fits what is absent");
    assert_eq!(users(&*store, Condition::Not(Box::new(of(Column::Email)))).await, "3");
    let several = vec![
        test(Thing::User, Column::LastName, part(Where::Pattern, true, "^h")),
        test(Thing::User, Column::LastName, part(Where::Pattern, false, "^L")),
    ];
    assert_eq!(users(&*store, Condition::Any(several)).await, "12", "each is its own");
}

#[tokio::test]
async fn conditions_are_put_together() {
    let store = empty_store().await;
    people(&*store).await;
    let named = |name: &str| test(Thing::User, Column::FirstName, Test::Is(text(name)));
    let root = || test(Thing::User, Column::Superuser, Test::Is(Value::Boolean(true)));
    let not = |one| Condition::Not(Box::new(one));
    assert_eq!(users(&*store, Condition::Any(vec![named("Ada"), root()])).await, "12");
    assert_eq!(users(&*store, Condition::All(vec![named("Ada"), root()])).await, "");
    assert_eq!(users(&*store, not(named("Ada"))).await, "23");
    assert_eq!(users(&*store, not(not(root()))).await, "2");
    let of_absent = test(Thing::User, Column::Email, Test::Is(text("x")));
    assert_eq!(users(&*store, not(of_absent)).await, "123", "what can't be told is no");
    let inner = Condition::Any(vec![named("Ada"), named("Grace")]);
    assert_eq!(users(&*store, inner.and(not(root()))).await, "1");
    assert_eq!(users(&*store, not(Condition::never())).await, "123");
    assert_eq!(users(&*store, not(Condition::always())).await, "");
}

#[tokio::test]
async fn what_is_found_is_sorted_and_a_stretch_of_it_is_given() {
    let store = empty_store().await;
    people(&*store).await;
    let by = |column, downwards| (path(Thing::User, &[], column), downwards);
    let all = || Search::over(Thing::User, Condition::always());
    let sorted = async |order| asked(&*store, &Search { order, ..all() }).await;
    assert_eq!(sorted(vec![]).await, "123", "by number");
    assert_eq!(sorted(vec![by(Column::Number, true)]).await, "321");
    assert_eq!(sorted(vec![by(Column::Username, true)]).await, "321");
    assert_eq!(sorted(vec![by(Column::LastName, false)]).await, "321");
    assert_eq!(sorted(vec![by(Column::Email, false)]).await, "123", "what is absent is last");
    assert_eq!(sorted(vec![by(Column::Email, true)]).await, "321", "or first");
    let twice = vec![by(Column::Superuser, true), by(Column::FirstName, true)];
    assert_eq!(sorted(twice).await, "231");

    let order = vec![by(Column::Number, true)];
    let stretch = Search { offset: 1, limit: 1, order, ..all() };
    let found = store.find_users(&stretch).await.unwrap();
    assert_eq!((found.items[0].id, found.items.len()), (id(2), 1));
    assert_eq!(found.count, Some(3), "the count is of all");
    assert_eq!(asked(&*store, &Search { offset: 9, ..all() }).await, "");
    assert_eq!(store.find_users(&Search { limit: 0, ..all() }).await.unwrap().count, Some(3));
    let uncounted = store.find_users(&Search { count: false, ..all() }).await.unwrap();
    assert_eq!((uncounted.items.len(), uncounted.count), (3, None));
}

#[tokio::test]
async fn a_search_as_large_as_may_be_is_answered() {
    let store = empty_store().await;
    people(&*store).await;
    let many = (0..500).map(|n| text(&format!("user{n}"))).collect::<Vec<_>>();
    let one = || test(Thing::User, Column::Username, Test::In(many.clone()));
    let search = Search::over(Thing::User, Condition::Any((0..64).map(|_| one()).collect()));
    assert_eq!(asked(&*store, &search).await, "123");
}

//! What can happen to a user. Sessions are in `sessions.rs`, counts of failures in `throttles.rs`.

use std::sync::Arc;

use authority::account::store::{PasswordEnds, Removal, UserChange, UserUpdate};
use authority::account::{Password, PasswordHash, User, canonical};
use authority::id::UserId;
use authority::organization::Seat;
use authority::permission::{Marks, Role};
use authority::token::{Holder, Reason};

use super::given::*;
use super::race::race;
use crate::empty_store;

async fn hash_of(store: &impl Store, user: UserId) -> Option<PasswordHash> {
    store.password(user).await.unwrap().map(|password| password.hash)
}

fn phc(text: &str) -> PasswordHash {
    PasswordHash::from_phc(format!("$argon2id${text}"))
}

async fn change(store: &impl Store, id: UserId, change: UserChange) -> UserUpdate {
    store.update_user(id, &change, note("user.update", id).at(after(9))).await.unwrap()
}

fn nothing() -> UserChange {
    UserChange::default()
}

#[tokio::test]
async fn a_new_user_is_kept_whole() {
    let store = empty_store().await;
    let full = User {
        username: "Ada \u{1F511}".to_owned(),
        marks: Marks { superuser: true, system_auditor: true },
        modified_at: after(1),
        confirmed_at: Some(after(2)),
        disabled_at: Some(after(3)),
        last_login_at: Some(after(4)),
        provider: Some("ldap".to_owned()),
        home: Some(uuid::Uuid::from_u128(77).into()),
        epoch: 7,
        ..user(1)
    };
    let bare = User { email: None, confirmed_at: None, first_name: String::new(), ..user(2) };
    let mut numbers = Vec::new();
    for new in [full, bare] {
        let made = store.create_user(&new, None, note("user.create", new.id)).await.unwrap();
        let Creation::Done(number) = made else { panic!("{made:?}") };
        numbers.push(number);
        let kept = User { number, ..new };
        assert_eq!(store.user(kept.id).await, Ok(Some(kept.clone())));
        assert_eq!(store.user_numbered(number).await, Ok(Some(kept)));
    }
    assert!(0 < numbers[0] && numbers[0] < numbers[1]);
    assert_eq!(store.user(id(3)).await, Ok(None));
    assert_eq!(store.user_numbered(1000).await, Ok(None));
    assert_eq!(entries(&*store).await, 2);
}

#[tokio::test]
async fn a_user_is_found_by_name_and_by_address_with_the_password() {
    let store = empty_store().await;
    let (name, address) = ("\u{212B}sa".to_owned(), Some("Asa@Example.org".to_owned()));
    let asa = User { username: name, email: address, ..user(1) };
    store.create_user(&asa, Some(&phc("1")), note("user.create", asa.id)).await.unwrap();
    let keyless = a_user(&*store, 2).await;

    for login in ["\u{e5}sa", "asa@example.org"] {
        let (found, password) = store.user_by_login(login).await.unwrap().unwrap();
        let first = Password { hash: phc("1"), generation: 0 };
        assert_eq!((found.id, password), (asa.id, Some(first)));
        assert_eq!(found.username, asa.username);
    }
    assert_eq!(store.user_by_login("\u{c5}sa").await, Ok(None));
    assert_eq!(store.user_by_login("nobody").await, Ok(None));
    assert_eq!(hash_of(&*store, asa.id).await, Some(phc("1")));
    let (_, password) = store.user_by_login("user2").await.unwrap().unwrap();
    assert_eq!(password, None);
    assert_eq!(store.password(keyless.id).await, Ok(None));
    assert_eq!(store.password(id(9)).await, Ok(None));
}

#[tokio::test]
async fn what_is_anothers_name_or_address_is_taken() {
    let store = empty_store().await;
    a_user(&*store, 1).await;
    let before = entries(&*store).await;
    let create = async |username: &str, email: &str| {
        let (username, email) = (username.to_owned(), Some(email.to_owned()));
        let new = User { username, email, ..user(2) };
        store.create_user(&new, None, note("user.create", new.id)).await.unwrap()
    };

    assert_eq!(create("USER1", "new@example.org").await, Creation::Taken("username"));
    assert_eq!(create("new", "User1@Example.org").await, Creation::Taken("email"));
    assert_eq!(create("user1@example.org", "new@example.org").await, Creation::Taken("username"));
    assert_eq!(create("new", " user1 ").await, Creation::Taken("email"));
    assert_eq!(create("user1", "user1@example.org").await, Creation::Taken("username"));
    assert_eq!((store.user(id(2)).await, entries(&*store).await), (Ok(None), before));

    let own = create("new@example.org", "New@example.org").await;
    assert!(matches!(own, Creation::Done(_)), "a name may be the own address");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_take_one_name_at_once_one_gets_it() {
    let store = Arc::new(empty_store().await);
    let made = race(20, |n| {
        let (store, email) = (Arc::clone(&store), Some(format!("{n}@example.org")));
        let new = User { username: "ada".to_owned(), email, ..user(n) };
        async move { store.create_user(&new, None, note("user.create", new.id)).await.unwrap() }
    })
    .await;

    let done = made.iter().filter(|made| matches!(made, Creation::Done(_)));
    assert_eq!(done.count(), 1);
    assert_eq!(made.iter().filter(|made| **made == Creation::Taken("username")).count(), 19);
    assert_eq!(store.users(None, Page::first(100)).await.unwrap().len(), 1);
    assert_eq!(entries(&**store).await, 1);
}

#[tokio::test]
async fn users_are_listed_in_the_order_of_their_numbers_all_or_those_of_an_organization() {
    let store = empty_store().await;
    let mut all = Vec::new();
    for n in 1..=4 {
        all.push(a_user(&*store, n).await);
    }
    let shop = an_organization(&*store, 1, all[3].id).await;
    a_member(&*store, all[1].id, shop.id, Role::Viewer).await;

    assert_eq!(store.users(None, Page::first(3)).await.unwrap(), all[..3]);
    let page = Page { after: all[2].number, limit: 3 };
    assert_eq!(store.users(None, page).await.unwrap(), all[3..]);
    let members = store.users(Some(shop.id), Page::first(9)).await.unwrap();
    assert_eq!(members, [all[1].clone(), all[3].clone()]);
    let page = Page { after: all[1].number, limit: 9 };
    assert_eq!(store.users(Some(shop.id), page).await.unwrap(), all[3..]);
    assert_eq!(store.users(Some(id(9)), Page::first(9)).await, Ok(vec![]));
}

#[tokio::test]
async fn a_change_touches_only_what_it_names() {
    let store = empty_store().await;
    let was = a_user(&*store, 1).await;
    let (first_name, system_auditor) = (Some("Grace".to_owned()), Some(true));
    let wish = UserChange { first_name, system_auditor, ..nothing() };
    assert_eq!(change(&*store, was.id, wish).await, UserUpdate::Done);
    let marks = Marks { superuser: false, system_auditor: true };
    let now = User { first_name: "Grace".to_owned(), marks, modified_at: after(9), ..was };
    assert_eq!(store.user(now.id).await, Ok(Some(now.clone())));

    let wish = UserChange { superuser: Some(true), ..nothing() };
    assert_eq!(change(&*store, now.id, wish).await, UserUpdate::Done);
    let now = User { marks: Marks { superuser: true, ..marks }, ..now };
    assert_eq!(store.user(now.id).await, Ok(Some(now.clone())));

    let (last_name, language) = (Some("Hopper".to_owned()), Some(String::new()));
    let wish = UserChange { last_name, language, ..nothing() };
    assert_eq!(change(&*store, now.id, wish).await, UserUpdate::Done);
    let now = User { last_name: "Hopper".to_owned(), language: String::new(), ..now };
    assert_eq!(store.user(now.id).await, Ok(Some(now.clone())));

    for provider in [Some("ldap".to_owned()), None] {
        let wish = UserChange { provider: Some(provider.clone()), ..nothing() };
        assert_eq!(change(&*store, now.id, wish).await, UserUpdate::Done);
        let now = User { provider, ..now.clone() };
        assert_eq!(store.user(now.id).await, Ok(Some(now)));
        assert_eq!(change(&*store, id(1), nothing()).await, UserUpdate::Done);
    }

    let before = entries(&*store).await;
    assert_eq!(change(&*store, id(9), nothing()).await, UserUpdate::Missing);
    assert_eq!(entries(&*store).await, before);
}

#[tokio::test]
async fn a_new_name_or_address_is_looked_up_and_the_old_one_is_free() {
    let store = empty_store().await;
    let ada = a_user(&*store, 1).await;
    let rename = UserChange { username: Some("Ada".to_owned()), ..nothing() };
    assert_eq!(change(&*store, ada.id, rename).await, UserUpdate::Done);
    assert_eq!(store.user(ada.id).await.unwrap().unwrap().confirmed_at, Some(NOON));
    let move_away = UserChange { email: Some("ADA@example.org".to_owned()), ..nothing() };
    assert_eq!(change(&*store, ada.id, move_away).await, UserUpdate::Done);

    let now = store.user(ada.id).await.unwrap().unwrap();
    assert_eq!((&*now.username, now.email.as_deref()), ("Ada", Some("ADA@example.org")));
    assert_eq!(now.confirmed_at, None, "a new address is not confirmed");
    for (login, found) in
        [("ada", true), ("ada@example.org", true), ("user1", false), ("user1@example.org", false)]
    {
        assert_eq!(store.user_by_login(login).await.unwrap().is_some(), found, "{login}");
    }
    a_user(&*store, 2).await;
    let old = UserChange { username: Some("user1".to_owned()), ..nothing() };
    assert_eq!(change(&*store, id(2), old).await, UserUpdate::Done);
}

#[tokio::test]
async fn a_change_takes_no_name_or_address_of_another_and_may_respell_the_own() {
    let store = empty_store().await;
    let (ada, _) = (a_user(&*store, 1).await, a_user(&*store, 2).await);
    let before = entries(&*store).await;
    let name = |name: &str| UserChange { username: Some(name.to_owned()), ..nothing() };
    let address = |email: &str| UserChange { email: Some(email.to_owned()), ..nothing() };

    let taken = UserUpdate::Taken("username");
    assert_eq!(change(&*store, ada.id, name("User2")).await, taken);
    assert_eq!(change(&*store, ada.id, name("user2@example.org")).await, taken);
    let taken = UserUpdate::Taken("email");
    assert_eq!(change(&*store, ada.id, address("USER2@example.org")).await, taken);
    assert_eq!(change(&*store, ada.id, address("user2")).await, taken);
    assert_eq!(store.user(ada.id).await, Ok(Some(ada.clone())));
    assert_eq!(entries(&*store).await, before);

    assert_eq!(change(&*store, ada.id, name("USER1")).await, UserUpdate::Done);
    assert_eq!(change(&*store, ada.id, name("user1@example.org")).await, UserUpdate::Done);
    assert_eq!(
        store.user_by_login(&canonical("USER1@example.org")).await.unwrap().unwrap().0.id,
        ada.id
    );
    assert_eq!(store.user_by_login("user1").await, Ok(None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_change_to_one_name_at_once_one_gets_it() {
    let store = Arc::new(empty_store().await);
    for n in 0..8 {
        a_user(&**store, n).await;
    }
    let changed = race(8, |n| {
        let store = Arc::clone(&store);
        let wish = UserChange { username: Some("ada".to_owned()), ..nothing() };
        async move { change(&**store, id(n), wish).await }
    })
    .await;
    assert_eq!(changed.iter().filter(|changed| **changed == UserUpdate::Done).count(), 1);
    let taken = UserUpdate::Taken("username");
    assert_eq!(changed.iter().filter(|changed| **changed == taken).count(), 7);
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions_and_tokens_only_if_asked() {
    let store = empty_store().await;
    let (ada, bob) = (a_user(&*store, 1).await, a_user(&*store, 2).await);
    let (mine, other) = (
        opened(&*store, 1, session(1, ada.id)).await,
        opened(&*store, 2, session(2, ada.id)).await,
    );
    let foreign = opened(&*store, 3, session(3, bob.id)).await;
    let key = kept(&*store, 1, token(1, Holder::User(ada.id))).await;
    let set = async |ending| {
        let note = note("user.password", ada.id).at(after(5));
        store.set_password(ada.id, &phc("2"), ending, note).await.unwrap()
    };
    let alive =
        async |id| store.session_standing(id).await.unwrap().unwrap().session.ended_at.is_none();
    let verdict = async || store.token_standing(key.id).await.unwrap().unwrap().is_good(NOON);

    let kept_one = PasswordEnds { keep: Some(mine.id), tokens: false };
    assert_eq!(set(kept_one).await, Change::Done);
    assert_eq!((alive(mine.id).await, alive(other.id).await), (true, false));
    assert_eq!(verdict().await, Ok(()));
    let now = store.user(ada.id).await.unwrap().unwrap();
    assert_eq!((now.epoch, now.modified_at), (0, after(5)));

    assert_eq!(set(PasswordEnds { keep: Some(mine.id), tokens: true }).await, Change::Done);
    assert_eq!((alive(mine.id).await, alive(foreign.id).await), (false, true));
    assert_eq!(verdict().await, Err(Reason::Revoked));
    assert_eq!(store.user(ada.id).await.unwrap().unwrap().epoch, 1);
    assert_eq!(hash_of(&*store, ada.id).await, Some(phc("2")));

    let missing =
        store.set_password(id(9), &phc("2"), kept_one, note("user.password", ada.id)).await;
    assert_eq!(missing, Ok(Change::Missing));
}

#[tokio::test]
async fn a_rehashed_password_is_the_same_to_everybody_else() {
    let store = empty_store().await;
    let ada = a_user(&*store, 1).await;
    opened(&*store, 1, session(1, ada.id)).await;
    let (was, before) = (store.user(ada.id).await, entries(&*store).await);
    let renewed = Password { hash: phc("3"), generation: 0 };
    store.rehash_password(ada.id, &renewed).await.unwrap();
    assert_eq!(hash_of(&*store, ada.id).await, Some(phc("3")));
    assert_eq!((store.user(ada.id).await, entries(&*store).await), (was, before));
    assert_eq!(store.sessions_of(ada.id, NOON).await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_earlier_password_opens_no_session_and_its_new_hash_replaces_nothing() {
    let store = empty_store().await;
    let ada = a_user(&*store, 1).await;
    let ends = PasswordEnds { keep: None, tokens: false };
    for text in ["1", "2"] {
        let note = note("user.password", ada.id);
        let set = store.set_password(ada.id, &phc(text), ends, note).await;
        assert_eq!(set, Ok(Change::Done));
    }
    let known = store.user_by_login("user1").await.unwrap().unwrap().1;
    assert_eq!(known, Some(Password { hash: phc("2"), generation: 2 }));

    let open = async |n, generation| {
        let session = session(n, ada.id);
        let note = note("session.open", session.id);
        store.open_session(&session, digest(n), generation, note).await
    };
    assert_eq!(open(1, Some(1)).await, Ok(Change::Missing));
    let late = Password { hash: phc("3"), generation: 1 };
    store.rehash_password(ada.id, &late).await.unwrap();
    assert_eq!(hash_of(&*store, ada.id).await, Some(phc("2")));

    assert_eq!(open(1, Some(2)).await, Ok(Change::Done));
    assert_eq!(open(2, None).await, Ok(Change::Done));
}

#[tokio::test]
async fn an_address_is_confirmed_once() {
    let store = empty_store().await;
    let new = User { confirmed_at: None, ..user(1) };
    store.create_user(&new, None, note("user.create", new.id)).await.unwrap();
    let confirm = async |seconds| {
        let note = note("user.confirm", new.id).at(after(seconds));
        store.confirm_user(new.id, note).await.unwrap()
    };
    assert_eq!((confirm(1).await, confirm(2).await), (Change::Done, Change::Missing));
    assert_eq!(store.user(new.id).await.unwrap().unwrap().confirmed_at, Some(after(1)));
    assert_eq!(entries(&*store).await, 2);
    assert_eq!(store.confirm_user(id(9), note("user.confirm", new.id)).await, Ok(Change::Missing));
}

#[tokio::test]
async fn switching_a_user_off_kills_what_it_holds_and_on_revives_nothing() {
    let store = empty_store().await;
    let ada = a_user(&*store, 1).await;
    let key = kept(&*store, 1, token(1, Holder::User(ada.id))).await;
    opened(&*store, 1, session(1, ada.id)).await;
    let switch = async |disabled, seconds| {
        let note = note("user.disable", ada.id).at(after(seconds));
        store.set_user_disabled(ada.id, disabled, note).await.unwrap()
    };
    let verdict = async || store.token_standing(key.id).await.unwrap().unwrap().is_good(NOON);
    let before = entries(&*store).await;

    assert_eq!(switch(false, 1).await, Removal::Missing);
    assert_eq!((switch(true, 2).await, switch(true, 3).await), (Removal::Done, Removal::Missing));
    let off = store.user(ada.id).await.unwrap().unwrap();
    assert_eq!((off.disabled_at, off.epoch), (Some(after(2)), 1));
    assert_eq!(store.sessions_of(ada.id, NOON).await, Ok(vec![]));
    assert!(verdict().await.is_err());

    assert_eq!((switch(false, 4).await, switch(false, 5).await), (Removal::Done, Removal::Missing));
    let on = store.user(ada.id).await.unwrap().unwrap();
    assert_eq!((on.disabled_at, on.epoch), (None, 1));
    assert_eq!(store.sessions_of(ada.id, NOON).await, Ok(vec![]));
    assert_eq!(verdict().await, Err(Reason::Revoked));
    assert_eq!(entries(&*store).await, before + 2);
}

#[tokio::test]
async fn a_deleted_user_is_gone_from_everywhere_and_its_number_stays_used() {
    let store = empty_store().await;
    let (ada, bob) = (a_user(&*store, 1).await, a_user(&*store, 2).await);
    let shop = an_organization(&*store, 1, ada.id).await;
    a_member(&*store, bob.id, shop.id, Role::Editor).await;
    let team = a_group(&*store, 1, shop.id).await;
    store.add_to_group(team.id, &[bob.id], note("group.add", team.id)).await.unwrap();
    opened(&*store, 1, session(1, bob.id)).await;
    store.note_source(bob.id, digest(1), NOON).await.unwrap();

    let delete = async || store.delete_user(bob.id, note("user.delete", bob.id)).await.unwrap();
    assert_eq!((delete().await, delete().await), (Removal::Done, Removal::Missing));

    assert_eq!(store.user(bob.id).await, Ok(None));
    assert_eq!(store.user_numbered(bob.number).await, Ok(None));
    assert_eq!(store.user_by_login("user2").await, Ok(None));
    assert_eq!(store.password(bob.id).await, Ok(None));
    assert_eq!(store.users(None, Page::first(9)).await.unwrap().len(), 1);
    assert_eq!(store.memberships_of(bob.id).await, Ok(vec![]));
    assert_eq!(store.group_users(team.id, Page::first(9)).await, Ok(vec![]));
    assert_eq!(store.sessions_of(bob.id, NOON).await, Ok(vec![]));
    assert_eq!(store.knows_source(bob.id, digest(1), NOON).await, Ok(false));
    assert!(a_user(&*store, 3).await.number > bob.number);
    let again = store.set_user_disabled(bob.id, true, note("user.disable", bob.id)).await;
    assert_eq!(again, Ok(Removal::Missing));
    assert_eq!(change(&*store, bob.id, nothing()).await, UserUpdate::Missing);
}

#[tokio::test]
async fn a_freed_name_revives_nothing() {
    let store = empty_store().await;
    let ada = a_user(&*store, 1).await;
    let key = kept(&*store, 1, token(1, Holder::User(ada.id))).await;
    let login = opened(&*store, 1, session(1, ada.id)).await;
    store.delete_user(ada.id, note("user.delete", ada.id)).await.unwrap();

    let heir = User { username: "user1".to_owned(), email: ada.email, ..user(2) };
    let made = store.create_user(&heir, None, note("user.create", heir.id)).await.unwrap();
    assert!(matches!(made, Creation::Done(number) if number > ada.number));
    assert_eq!(store.user_by_login("user1").await.unwrap().unwrap().0.id, heir.id);
    let standing = store.token_standing(key.id).await.unwrap().unwrap();
    assert!(standing.is_good(NOON).is_err());
    assert!(standing.holder.disabled);
    let standing = store.session_standing(login.id).await.unwrap().unwrap();
    assert!(standing.session.ended_at.is_some() && standing.holder.disabled);
    assert_eq!(store.sessions_of(heir.id, NOON).await, Ok(vec![]));
}

#[tokio::test]
async fn the_last_owner_of_an_organization_is_not_deleted() {
    let store = empty_store().await;
    let (ada, bob) = (a_user(&*store, 1).await, a_user(&*store, 2).await);
    let shop = an_organization(&*store, 1, ada.id).await;
    let club = an_organization(&*store, 2, ada.id).await;
    a_member(&*store, bob.id, shop.id, Role::Owner).await;
    a_member(&*store, bob.id, club.id, Role::Admin).await;
    let before = entries(&*store).await;
    let delete = async || store.delete_user(ada.id, note("user.delete", ada.id)).await.unwrap();

    assert_eq!(delete().await, Removal::LastOwner);
    assert_eq!((store.user(ada.id).await, entries(&*store).await), (Ok(Some(ada.clone())), before));
    assert_eq!(store.memberships_of(ada.id).await.unwrap().len(), 2);
    let seats = (Seat::of(Role::Admin), Seat::of(Role::Owner));
    let role = store.set_seat(bob.id, club.id, seats, note("member.role", bob.id)).await;
    assert_eq!(role, Ok(Removal::Done));
    assert_eq!(delete().await, Removal::Done);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_owners_who_are_deleted_at_once_one_stays() {
    let store = Arc::new(empty_store().await);
    for round in 0..10 {
        let (ada, bob) = (2 * round, 2 * round + 1);
        a_user(&**store, ada).await;
        a_user(&**store, bob).await;
        let shop = an_organization(&**store, round, id(ada)).await;
        a_member(&**store, id(bob), shop.id, Role::Owner).await;
        let mut done = race(2, |n| {
            let (store, who) = (Arc::clone(&store), id(ada + n));
            async move { store.delete_user(who, note("user.delete", who)).await.unwrap() }
        })
        .await;
        done.sort_by_key(|removal| format!("{removal:?}"));
        assert_eq!(done, [Removal::Done, Removal::LastOwner]);
        assert_eq!(store.members(shop.id, Page::first(9)).await.unwrap().len(), 1);
    }
}

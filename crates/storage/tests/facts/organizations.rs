//! What can happen to an organization and to places in it.

use std::sync::Arc;

use authority::account::store::Removal;
use authority::id::{OrganizationId, UserId};
use authority::organization::store::Naming;
use authority::organization::{Membership, Organization, Seat};
use authority::permission::Role;
use authority::token::store::Insertion;
use authority::token::{Holder, Reason, Token};

use super::given::*;
use super::race::race;
use crate::empty_store;

/// The seat that somebody has now, or would have been seen with.
async fn seen(store: &impl Store, user: UserId, of: OrganizationId) -> Seat {
    let member = store.membership(user, of).await.unwrap();
    member.map_or(Seat::of(Role::Viewer), |member| member.seat())
}

async fn demote(store: &impl Store, user: UserId, of: OrganizationId) -> Removal {
    let seen = seen(store, user, of).await;
    let seats = (seen, Seat::of(Role::Viewer));
    store.set_seat(user, of, seats, note("member.role", user)).await.unwrap()
}

async fn remove(store: &impl Store, user: UserId, from: OrganizationId) -> Removal {
    let seen = seen(store, user, from).await;
    store.remove_member(user, from, seen, note("member.remove", user).at(after(5))).await.unwrap()
}

async fn verdict(store: &impl Store, token: &Token) -> Result<(), Reason> {
    store.token_standing(token.id).await.unwrap().unwrap().is_good(NOON)
}

#[tokio::test]
async fn a_new_organization_is_kept_whole_with_its_first_owner() {
    let store = empty_store().await;
    let ada = a_user(&*store, 1).await;
    let new = Organization {
        name: "The \u{1F511} shop".to_owned(),
        description: "\u{1F511}s".to_owned(),
        tenant: false,
        created_by: Some(id(70)),
        modified_by: Some(id(71)),
        created_at: after(1),
        modified_at: after(2),
        suspended_at: Some(after(3)),
        epoch: 7,
        ..organization(1)
    };
    let made =
        store.create_organization(&new, Some(ada.id), note("organization.create", new.id)).await;
    let Ok(Creation::Done(number)) = made else { panic!("{made:?}") };
    let kept = Organization { number, ..new };
    assert_eq!(store.organization(kept.id).await, Ok(Some(kept.clone())));
    assert_eq!(store.organization_numbered(number).await, Ok(Some(kept.clone())));
    let (created_at, modified_at) = (after(1), after(1));
    let place = Membership { created_at, modified_at, ..place(ada.id, kept.id, Role::Owner) };
    assert_eq!(store.membership(ada.id, kept.id).await, Ok(Some(place)));
    assert_eq!(store.organization(id(9)).await, Ok(None));
    assert_eq!(store.organization_numbered(1000).await, Ok(None));
    assert_eq!(store.membership(ada.id, id(9)).await, Ok(None));
}

#[tokio::test]
async fn an_organization_needs_an_owner_who_exists() {
    let store = empty_store().await;
    let gone = a_user(&*store, 1).await;
    store.delete_user(gone.id, note("user.delete", gone.id)).await.unwrap();
    let before = entries(&*store).await;
    for owner in [gone.id, id(9)] {
        let new = organization(1);
        let made =
            store.create_organization(&new, Some(owner), note("organization.create", new.id)).await;
        assert_eq!(made, Ok(Creation::Missing));
    }
    assert_eq!((store.organization(id(1)).await, entries(&*store).await), (Ok(None), before));
}

#[tokio::test]
async fn organizations_are_listed_in_the_order_of_their_numbers_all_or_those_of_a_member() {
    let store = empty_store().await;
    let (ada, bob) = (a_user(&*store, 1).await, a_user(&*store, 2).await);
    let mut all = Vec::new();
    for n in 1..=4 {
        all.push(an_organization(&*store, n, ada.id).await);
    }
    for n in [3, 1] {
        a_member(&*store, bob.id, all[n].id, Role::Viewer).await;
    }
    assert_eq!(store.organizations(None, Page::first(3)).await.unwrap(), all[..3]);
    let page = Page { after: all[2].number, limit: 3 };
    assert_eq!(store.organizations(None, page).await.unwrap(), all[3..]);
    let of_bob = store.organizations(Some(bob.id), Page::first(9)).await.unwrap();
    assert_eq!(of_bob, [all[1].clone(), all[3].clone()]);
    let page = Page { after: all[1].number, limit: 9 };
    assert_eq!(store.organizations(Some(bob.id), page).await.unwrap(), all[3..]);
    assert_eq!(store.organizations(Some(id(9)), Page::first(9)).await, Ok(vec![]));
}

#[tokio::test]
async fn a_change_touches_only_what_it_names() {
    let store = empty_store().await;
    let ada = a_user(&*store, 1).await;
    let was = an_organization(&*store, 1, ada.id).await;
    let update = async |id: OrganizationId, change: Naming, seconds| {
        let note = note("organization.update", id).at(after(seconds));
        store.update_organization(id, &change, note).await.unwrap()
    };
    let name = Naming { name: Some("New".to_owned()), by: Some(ada.id), ..Naming::default() };
    assert_eq!(update(was.id, name.clone(), 1).await, Creation::Done(was.number));
    let by = Some(ada.id);
    let now =
        Organization { name: "New".to_owned(), modified_at: after(1), modified_by: by, ..was };
    assert_eq!(store.organization(now.id).await, Ok(Some(now.clone())));
    let empty = Naming { description: Some(String::new()), ..Naming::default() };
    assert_eq!(update(now.id, empty, 2).await, Creation::Done(now.number));
    let description = String::new();
    let now = Organization { description, modified_at: after(2), modified_by: None, ..now };
    assert_eq!(store.organization(now.id).await, Ok(Some(now)));
    let before = entries(&*store).await;
    assert_eq!(update(id(9), name, 3).await, Creation::Missing);
    assert_eq!(entries(&*store).await, before);
}

#[tokio::test]
async fn a_suspended_organization_can_be_resumed_with_all_that_is_bound_to_it() {
    let store = empty_store().await;
    let ada = a_user(&*store, 1).await;
    let shop = an_organization(&*store, 1, ada.id).await;
    let key = kept(&*store, 1, bound(1, Holder::User(ada.id), shop.id)).await;
    let before = entries(&*store).await;
    let suspend = async |suspended, seconds| {
        let note = note("organization.suspend", shop.id).at(after(seconds));
        store.set_organization_suspended(shop.id, suspended, note).await.unwrap()
    };
    assert_eq!(suspend(false, 1).await, Change::Missing);
    assert_eq!((suspend(true, 2).await, suspend(true, 3).await), (Change::Done, Change::Missing));
    let now = store.organization(shop.id).await.unwrap().unwrap();
    assert_eq!((now.suspended_at, now.epoch), (Some(after(2)), 0));
    assert_eq!(verdict(&*store, &key).await, Err(Reason::HolderDisabled));
    assert_eq!((suspend(false, 4).await, suspend(false, 5).await), (Change::Done, Change::Missing));
    assert_eq!(store.organization(shop.id).await.unwrap().unwrap().suspended_at, None);
    assert_eq!(verdict(&*store, &key).await, Ok(()));
    assert_eq!(entries(&*store).await, before + 2);
}

#[tokio::test]
async fn raising_the_epoch_kills_all_that_is_bound_and_nothing_else() {
    let store = empty_store().await;
    let ada = a_user(&*store, 1).await;
    let shop = an_organization(&*store, 1, ada.id).await;
    let key = kept(&*store, 1, bound(1, Holder::User(ada.id), shop.id)).await;
    let free = kept(&*store, 2, token(2, Holder::User(ada.id))).await;
    let raise = async |id: OrganizationId| {
        store.raise_organization_epoch(id, note("organization.revoke", id)).await
    };
    assert_eq!(raise(shop.id).await, Ok(Change::Done));
    assert_eq!(store.organization(shop.id).await.unwrap().unwrap().epoch, 1);
    assert_eq!(verdict(&*store, &key).await, Err(Reason::Revoked));
    assert_eq!(verdict(&*store, &free).await, Ok(()));
    assert_eq!(raise(id(9)).await, Ok(Change::Missing));
}

#[tokio::test]
async fn members_are_listed_with_their_places() {
    let store = empty_store().await;
    let (ada, bob) = (a_user(&*store, 1).await, a_user(&*store, 2).await);
    let shop = an_organization(&*store, 1, bob.id).await;
    let club = an_organization(&*store, 2, bob.id).await;
    let older = Membership { created_at: after(-1), ..place(ada.id, club.id, Role::Auditor) };
    let newer = a_member(&*store, ada.id, shop.id, Role::Editor).await;
    store.add_member(&older, note("member.add", ada.id)).await.unwrap();

    let owner = place(bob.id, shop.id, Role::Owner);
    let both = [(ada.clone(), newer.clone()), (bob.clone(), owner)];
    assert_eq!(store.members(shop.id, Page::first(9)).await.unwrap(), both);
    assert_eq!(store.members(shop.id, Page::first(1)).await.unwrap(), both[..1]);
    let page = Page { after: ada.number, limit: 9 };
    assert_eq!(store.members(shop.id, page).await.unwrap(), both[1..]);
    assert_eq!(store.memberships_of(ada.id).await.unwrap(), [older, newer]);
    assert_eq!(store.members(id(9), Page::first(9)).await, Ok(vec![]));
}

#[tokio::test]
async fn a_place_is_given_once_and_to_who_exists() {
    let store = empty_store().await;
    let (ada, bob, gone) =
        (a_user(&*store, 1).await, a_user(&*store, 2).await, a_user(&*store, 3).await);
    store.delete_user(gone.id, note("user.delete", gone.id)).await.unwrap();
    let shop = an_organization(&*store, 1, ada.id).await;
    let add = async |user, organization, role| {
        let place = place(user, organization, role);
        store.add_member(&place, note("member.add", user)).await.unwrap()
    };
    assert!(matches!(add(bob.id, shop.id, Role::Viewer).await, Creation::Done(_)));
    let before = entries(&*store).await;
    assert!(matches!(add(bob.id, shop.id, Role::Admin).await, Creation::Taken(_)));
    assert_eq!(add(gone.id, shop.id, Role::Viewer).await, Creation::Missing);
    assert_eq!(add(id(9), shop.id, Role::Viewer).await, Creation::Missing);
    assert_eq!(add(bob.id, id(9), Role::Viewer).await, Creation::Missing);
    let kept = store.membership(bob.id, shop.id).await.unwrap().unwrap();
    assert_eq!((kept.role, entries(&*store).await), (Role::Viewer, before));
}

#[tokio::test]
async fn a_role_changes_and_every_token_shrinks_with_it() {
    let store = empty_store().await;
    let (ada, bob) = (a_user(&*store, 1).await, a_user(&*store, 2).await);
    let shop = an_organization(&*store, 1, ada.id).await;
    a_member(&*store, bob.id, shop.id, Role::Admin).await;
    let key = kept(&*store, 1, bound(1, Holder::User(bob.id), shop.id)).await;
    assert_eq!(demote(&*store, bob.id, shop.id).await, Removal::Done);
    assert_eq!(store.membership(bob.id, shop.id).await.unwrap().unwrap().role, Role::Viewer);
    let standing = store.token_standing(key.id).await.unwrap().unwrap();
    assert_eq!(standing.holder.role, Some(Role::Viewer));
    let before = entries(&*store).await;
    assert_eq!(demote(&*store, id(9), shop.id).await, Removal::Missing);
    assert_eq!(demote(&*store, bob.id, id(9)).await, Removal::Missing);
    assert_eq!(entries(&*store).await, before);
}

#[tokio::test]
async fn the_last_owner_stays_owner_and_member() {
    let store = empty_store().await;
    let (ada, bob) = (a_user(&*store, 1).await, a_user(&*store, 2).await);
    let shop = an_organization(&*store, 1, ada.id).await;
    a_member(&*store, bob.id, shop.id, Role::Admin).await;
    let before = entries(&*store).await;
    assert_eq!(demote(&*store, ada.id, shop.id).await, Removal::LastOwner);
    assert_eq!(remove(&*store, ada.id, shop.id).await, Removal::LastOwner);
    assert_eq!(entries(&*store).await, before);
    assert_eq!(store.membership(ada.id, shop.id).await.unwrap().unwrap().role, Role::Owner);

    let owner = async |user| {
        let seen = seen(&*store, user, shop.id).await;
        let seats = (seen, Seat::of(Role::Owner));
        store.set_seat(user, shop.id, seats, note("member.role", user)).await.unwrap()
    };
    assert_eq!(owner(ada.id).await, Removal::Done, "an owner may be made owner");
    assert_eq!(owner(bob.id).await, Removal::Done);
    assert_eq!(demote(&*store, ada.id, shop.id).await, Removal::Done);
    assert_eq!(remove(&*store, ada.id, shop.id).await, Removal::Done);
    assert_eq!(remove(&*store, bob.id, shop.id).await, Removal::LastOwner);
}

#[tokio::test]
async fn a_seat_may_be_apart_from_the_members_and_is_changed_whole() {
    let store = empty_store().await;
    let (ada, bob) = (a_user(&*store, 1).await, a_user(&*store, 2).await);
    let shop = an_organization(&*store, 1, ada.id).await;
    let place = Membership { apart: true, ..place(bob.id, shop.id, Role::Auditor) };
    store.add_member(&place, note("member.add", bob.id)).await.unwrap();
    assert_eq!(store.membership(bob.id, shop.id).await, Ok(Some(place.clone())));
    assert_eq!(store.memberships_of(bob.id).await, Ok(vec![place.clone()]));

    let (within, apart) = (Seat::of(Role::Auditor), place.seat());
    let set = async |seen, seat| {
        let note = note("member.role", bob.id);
        store.set_seat(bob.id, shop.id, (seen, seat), note).await.unwrap()
    };
    let before = entries(&*store).await;
    assert_eq!(set(within, apart).await, Removal::Changed, "it was seen otherwise");
    let gone = store.remove_member(bob.id, shop.id, within, note("member.remove", bob.id)).await;
    assert_eq!((gone, entries(&*store).await), (Ok(Removal::Changed), before));
    assert_eq!(set(apart, within).await, Removal::Done);
    assert_eq!(store.membership(bob.id, shop.id).await.unwrap().unwrap().seat(), within);
    assert_eq!(set(within, Seat { role: Role::Owner, apart: true }).await, Removal::Done);
    let now = store.membership(bob.id, shop.id).await.unwrap().unwrap();
    assert_eq!(now.seat(), Seat { role: Role::Owner, apart: true });
}

#[tokio::test]
async fn a_place_that_is_not_as_it_was_seen_stays() {
    let store = empty_store().await;
    let (ada, bob) = (a_user(&*store, 1).await, a_user(&*store, 2).await);
    let shop = an_organization(&*store, 1, ada.id).await;
    a_member(&*store, bob.id, shop.id, Role::Owner).await;
    let before = entries(&*store).await;
    let seen = (Seat::of(Role::Editor), Seat::of(Role::Viewer));
    let set = store.set_seat(bob.id, shop.id, seen, note("member.role", bob.id)).await;
    assert_eq!(set, Ok(Removal::Changed));
    let note = note("member.remove", bob.id);
    let gone = store.remove_member(bob.id, shop.id, Seat::of(Role::Editor), note).await;
    assert_eq!(gone, Ok(Removal::Changed));
    assert_eq!(entries(&*store).await, before);
    assert_eq!(store.membership(bob.id, shop.id).await.unwrap().unwrap().role, Role::Owner);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_owners_who_are_demoted_or_removed_at_once_one_stays() {
    let store = Arc::new(empty_store().await);
    let (ada, bob) = (a_user(&**store, 0).await.id, a_user(&**store, 1).await.id);
    for round in 0..15 {
        let shop = an_organization(&**store, round, ada).await.id;
        a_member(&**store, bob, shop, Role::Owner).await;
        let mut done = race(2, |n| {
            let store = Arc::clone(&store);
            async move {
                match (round % 3, n) {
                    (0, _) | (1, 0) => demote(&**store, id(n), shop).await,
                    _ => remove(&**store, id(n), shop).await,
                }
            }
        })
        .await;
        done.sort_by_key(|removal| format!("{removal:?}"));
        assert_eq!(done, [Removal::Done, Removal::LastOwner], "round {round}");
        let members = store.members(shop, Page::first(9)).await.unwrap();
        assert_eq!(members.iter().filter(|(_, place)| place.role == Role::Owner).count(), 1);
    }
}

#[tokio::test]
async fn a_removed_member_loses_what_is_bound_and_adding_again_revives_nothing() {
    let store = empty_store().await;
    let (ada, bob) = (a_user(&*store, 1).await, a_user(&*store, 2).await);
    let (shop, club) =
        (an_organization(&*store, 1, ada.id).await, an_organization(&*store, 2, bob.id).await);
    a_member(&*store, bob.id, shop.id, Role::Admin).await;
    let bobs = Holder::User(bob.id);
    let key = kept(&*store, 1, bound(1, bobs, shop.id)).await;
    let others = [
        kept(&*store, 2, token(2, bobs)).await,
        kept(&*store, 3, bound(3, bobs, club.id)).await,
        kept(&*store, 4, bound(4, Holder::User(ada.id), shop.id)).await,
    ];
    let inside = authority::account::Session { organization: Some(shop.id), ..session(1, bob.id) };
    let (inside, outside) =
        (opened(&*store, 1, inside).await, opened(&*store, 2, session(2, bob.id)).await);
    let (team, crew) = (a_group(&*store, 1, shop.id).await, a_group(&*store, 2, club.id).await);
    for group in [&team, &crew] {
        store.add_to_group(group.id, &[bob.id], note("group.add", group.id)).await.unwrap();
    }

    assert_eq!(remove(&*store, bob.id, shop.id).await, Removal::Done);
    assert_eq!(remove(&*store, bob.id, shop.id).await, Removal::Missing);
    assert_eq!(store.membership(bob.id, shop.id).await, Ok(None));
    a_member(&*store, bob.id, shop.id, Role::Admin).await;

    assert_eq!(verdict(&*store, &key).await, Err(Reason::Revoked));
    let revoked = store.token_standing(key.id).await.unwrap().unwrap().token;
    assert_eq!(revoked.revoked_at, Some(after(5)));
    for other in &others {
        assert_eq!(verdict(&*store, other).await, Ok(()), "{}", other.label);
    }
    let ended = async |id| store.session_standing(id).await.unwrap().unwrap().session.ended_at;
    assert_eq!((ended(inside.id).await, ended(outside.id).await), (Some(after(5)), None));
    assert_eq!(store.group_users(team.id, Page::first(9)).await, Ok(vec![]));
    assert_eq!(store.group_users(crew.id, Page::first(9)).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_issued_while_its_holder_is_removed_does_not_come_back() {
    let store = Arc::new(empty_store().await);
    let (ada, bob) = (a_user(&**store, 1).await.id, a_user(&**store, 2).await.id);
    for round in 0..10 {
        let shop = an_organization(&**store, round, ada).await.id;
        a_member(&**store, bob, shop, Role::Admin).await;
        let made = race(8, |n| {
            let (store, n) = (Arc::clone(&store), 8 * round + n);
            let new = bound(n, Holder::User(bob), shop);
            async move {
                if n % 8 == 4 {
                    assert_eq!(remove(&**store, bob, shop).await, Removal::Done);
                    return None;
                }
                let note = note("token.issue", new.id);
                let made = store.insert_token(&new, secret(n), None, note).await.unwrap();
                matches!(made, Insertion::Done(_)).then_some(new)
            }
        })
        .await;
        a_member(&**store, bob, shop, Role::Admin).await;
        for token in made.iter().flatten() {
            assert_eq!(verdict(&**store, token).await, Err(Reason::Revoked), "{}", token.label);
        }
    }
}

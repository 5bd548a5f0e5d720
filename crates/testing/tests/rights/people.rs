//! Who may change, delete and make people. The rule is [`Plan::may_change_person`]; marks and addresses,
//! and names that look like one, are a superuser's to give, and nobody else changes the own user name.

use std::collections::BTreeMap;

use authority::Actor;
use authority::account::store::UserChange;
use authority::account::{Login, NewUser, User};
use authority::error::{Error, Shape};
use authority::id::Number;
use authority::permission::{Marks, Role};
use authority::search::{Condition, Search, Seats, Thing};
use authority::token::Wish;
use proptest::prelude::*;
use testing::{PASSWORD, World, shape_of};

use super::plan::{PEOPLE, PLACES, Plan};
use super::realm::{Realm, Seeker, run};

const NEW: &str = "violet heron in the tall reeds";

/// What is done to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Rename,
    NewUsername,
    AddressAsUsername,
    NewAddress,
    NewMarks,
    NewPassword,
    Delete,
}

const DEEDS: [Deed; 7] = [
    Deed::Rename,
    Deed::NewUsername,
    Deed::AddressAsUsername,
    Deed::NewAddress,
    Deed::NewMarks,
    Deed::NewPassword,
    Deed::Delete,
];

impl Plan {
    fn may_do(&self, who: usize, whom: usize, deed: Deed) -> bool {
        let superuser = self.marks[who].superuser;
        let may = self.may_change_person(who, whom);
        match deed {
            Deed::Rename => may,
            Deed::NewUsername => superuser || (may && who != whom),
            Deed::AddressAsUsername | Deed::NewAddress | Deed::NewMarks => superuser,
            // One's own password is not set by a token alone.
            Deed::NewPassword | Deed::Delete => may && who != whom,
        }
    }

    /// Whether a place of the installation's own would lose its last owner. Tenants are owned by the
    /// first administrator too.
    fn is_last_owner(&self, whom: usize) -> bool {
        (0..PLACES).filter(|place| !self.tenants[*place]).any(|place| {
            let owns =
                |who| self.seats.get(&(who, place)).map(|seat| seat.role) == Some(Role::Owner);
            owns(whom) && (0..PEOPLE).filter(|who| owns(*who)).count() == 1
        })
    }
}

impl Realm {
    async fn everybody(&self) -> BTreeMap<Number, User> {
        let all = Search::over(Thing::User, Condition::always());
        let found = self.world.authority.find_users(&self.root, all).await.unwrap();
        found.items.into_iter().map(|card| (card.user.number, card.user)).collect()
    }

    async fn do_to(&self, actor: &Actor, whom: usize, deed: Deed) -> Result<(), Error> {
        let (authority, user) = (&self.world.authority, &self.people[whom].user);
        let (superuser, system_auditor) = (Some(true), Some(!user.marks.system_auditor));
        let none = UserChange::default();
        let (change, password) = match deed {
            Deed::Delete => return authority.delete_person(actor, user.id).await,
            Deed::NewPassword => (none, Some(NEW)),
            Deed::Rename => (UserChange { first_name: Some("Renamed".to_owned()), ..none }, None),
            Deed::NewUsername => {
                (UserChange { username: Some(format!("new-{whom}")), ..none }, None)
            }
            Deed::AddressAsUsername => {
                (UserChange { username: Some(format!("new-{whom}@bank.test")), ..none }, None)
            }
            Deed::NewAddress => {
                (UserChange { email: Some(format!("{whom}@evil.test")), ..none }, None)
            }
            Deed::NewMarks => (UserChange { superuser, system_auditor, ..none }, None),
        };
        authority.change_person(actor, user.id, (change, password)).await.map(drop)
    }
}

/// Whom one doesn't see is missing; whom one sees and may not change so is left alone.
async fn nobody_does_more_than_the_rule_says(realm: &Realm) {
    let before = realm.everybody().await;
    for Seeker { who, actor, writes } in realm.seekers() {
        for (whom, deed) in (0..PEOPLE).flat_map(|whom| DEEDS.map(|deed| (whom, deed))) {
            if writes && realm.plan.may_do(who, whom, deed) {
                continue;
            }
            let sees = realm.plan.sees_person(who, whom);
            let refusal = if sees { Shape::Forbidden } else { Shape::Missing };
            let outcome = realm.do_to(actor, whom, deed).await;
            assert_eq!(shape_of(outcome), Some(refusal), "{deed:?} of {whom} by {who}");
        }
    }
    assert_eq!(realm.everybody().await, before);
}

async fn everybody_does_what_the_rule_says(realm: &Realm) {
    for Seeker { who, actor, writes } in realm.seekers() {
        for (whom, deed) in (0..PEOPLE).flat_map(|whom| DEEDS.map(|deed| (whom, deed))) {
            let lasting = matches!(deed, Deed::NewMarks | Deed::Delete);
            if writes && !lasting && realm.plan.may_do(who, whom, deed) {
                realm.do_to(actor, whom, deed).await.unwrap();
            }
        }
    }
}

/// One of those who may delete somebody does so.
async fn one_is_deleted_and_nobody_else(realm: &Realm, choice: prop::sample::Index) {
    let pairs = (0..PEOPLE).flat_map(|who| (0..PEOPLE).map(move |whom| (who, whom)));
    let may = |(who, whom): &(usize, usize)| realm.plan.may_do(*who, *whom, Deed::Delete);
    let pairs: Vec<(usize, usize)> = pairs.filter(may).collect();
    if pairs.is_empty() {
        return;
    }
    let (who, whom) = pairs[choice.index(pairs.len())];
    let mut before = realm.everybody().await;
    let outcome = realm.do_to(&realm.people[who].writes, whom, Deed::Delete).await;
    if realm.plan.is_last_owner(whom) {
        assert_eq!(shape_of(outcome), Some(Shape::Conflict));
    } else {
        outcome.unwrap();
        before.remove(&realm.people[whom].user.number).unwrap();
    }
    assert_eq!(realm.everybody().await, before);
}

/// People are made by superusers, and without marks by those who administer an organization of the
/// installation's own.
async fn people_are_made_where_the_rule_says(realm: &Realm, marks: Marks, seats: Seats) {
    let mut count = realm.everybody().await.len();
    for Seeker { who, actor, writes } in realm.seekers() {
        for place in 0..PLACES {
            let plan = &realm.plan;
            let own = !plan.tenants[place] && plan.is_admin(who, place);
            let may = plan.marks[who].superuser || (own && marks == Marks::default());
            let username = format!("made-{who}-{place}-{writes}");
            let password = Some(PASSWORD.to_owned());
            let new = NewUser { username, password, marks, ..NewUser::default() };
            let (authority, id) = (&realm.world.authority, realm.places[place].id);
            let made = authority.create_person_in(actor, id, (new, seats)).await;
            if writes && may {
                count += 1;
                assert_eq!(made.unwrap().marks, marks);
            } else {
                let knows = plan.sees_all(who) || plan.role(who, place).is_some();
                let refusal = if knows { Shape::Forbidden } else { Shape::Missing };
                assert_eq!(shape_of(made), Some(refusal), "in {place} by {who}");
            }
            assert_eq!(realm.everybody().await.len(), count);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 24, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn everybody_changes_the_people_whom_the_rule_gives_them_and_nobody_else(
        plan in Plan::any(),
        choice: prop::sample::Index,
    ) {
        run(async {
            let realm = Realm::of(&plan).await;
            nobody_does_more_than_the_rule_says(&realm).await;
            everybody_does_what_the_rule_says(&realm).await;
            one_is_deleted_and_nobody_else(&realm, choice).await;
        });
    }

    #[test]
    fn everybody_makes_people_where_the_rule_lets_them_and_none_anywhere_else(
        plan in Plan::any(),
        marked in prop::bool::weighted(0.3),
        seats in prop::sample::select(vec![Seats::Member, Seats::Admin]),
    ) {
        let marks = Marks { superuser: false, system_auditor: marked };
        run(async {
            let realm = Realm::of(&plan).await;
            people_are_made_where_the_rule_says(&realm, marks, seats).await;
        });
    }
}

#[tokio::test]
async fn nobody_is_made_for_an_organization_that_is_gone() {
    let world = World::new().await;
    let (authority, root) = (&world.authority, world.root().await);
    let gone = authority.add_organization(&root, ("Works", "")).await.unwrap().id;
    authority.delete_organization(&root, gone).await.unwrap();
    let password = Some(PASSWORD.to_owned());
    let new = NewUser { username: "ann".to_owned(), password, ..NewUser::default() };
    let made = authority.create_person_in(&root, gone, (new, Seats::Member)).await;
    assert_eq!(shape_of(made), Some(Shape::Missing));
    let everybody = Search::over(Thing::User, Condition::always());
    assert_eq!(authority.find_users(&root, everybody).await.unwrap().count, Some(1));
}

#[tokio::test]
async fn a_password_set_by_an_administrator_ends_log_ins_and_no_token() {
    let world = World::new().await;
    let (authority, root) = (&world.authority, world.root().await);
    let place = authority.add_organization(&root, ("Works", "")).await.unwrap().id;
    world.member("amy", place, Role::Admin).await;
    let password = Some(PASSWORD.to_owned());
    let new = NewUser { username: "bob".to_owned(), password, ..NewUser::default() };
    let bob = authority.create_person_in(&root, place, (new, Seats::Member)).await.unwrap().id;
    let token = world.personal("bob", Wish::default()).await;
    let login = Login { login: "bob", password: PASSWORD, code: None };
    let cookie = authority.open_browser(login.clone(), &World::door()).await.unwrap();
    let opened = authority.log_in(login.clone(), None, false, &World::door()).await.unwrap();

    let amy = world.actor("amy").await;
    authority.change_person(&amy, bob, (UserChange::default(), Some(NEW))).await.unwrap();

    assert!(authority.authenticate_browser(cookie.reveal()).await.is_err());
    assert!(authority.authenticate(opened.access.reveal(), &World::VISIT).await.is_err());
    assert!(authority.refresh(opened.refresh.reveal(), None).await.is_err());
    assert!(authority.authenticate_password(login, &World::door()).await.is_err());
    let login = Login { login: "bob", password: NEW, code: None };
    assert!(authority.authenticate_password(login, &World::door()).await.is_ok());
    assert!(authority.authenticate(token.secret.reveal(), &World::VISIT).await.is_ok());
}

#[tokio::test]
async fn an_admin_leaves_the_account_of_an_owner_alone_and_of_whoever_belongs_elsewhere_too() {
    let world = World::new().await;
    let (authority, root) = (&world.authority, world.root().await);
    let place = authority.add_organization(&root, ("Works", "")).await.unwrap().id;
    let other = authority.add_organization(&root, ("Other", "")).await.unwrap().id;
    world.member("amy", place, Role::Admin).await;
    let amy = world.actor("amy").await;
    for (name, seat, may) in [
        ("one", None, true),
        ("two", Some((place, Role::Owner)), false),
        ("three", Some((other, Role::Viewer)), false),
    ] {
        let password = Some(PASSWORD.to_owned());
        let new = NewUser { username: name.to_owned(), password, ..NewUser::default() };
        let user = authority.create_person_in(&amy, place, (new, Seats::Member)).await.unwrap().id;
        if let Some((place, role)) = seat {
            let _ = authority.remove_member(&root, place, user).await;
            world.join(user, place, role).await;
        }
        let change = UserChange { last_name: Some("Changed".to_owned()), ..UserChange::default() };
        let changed = authority.change_person(&amy, user, (change, None)).await;
        assert_eq!(changed.is_ok(), may, "{name}");
        assert_eq!(authority.delete_person(&amy, user).await.is_ok(), may, "{name}");
    }
}

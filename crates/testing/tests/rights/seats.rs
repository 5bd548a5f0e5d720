//! Seats given and taken: by those who administer the organization, to people whom they see, and never
//! from somebody above them.

use std::collections::BTreeMap;

use authority::error::Shape;
use authority::organization::Seat;
use authority::permission::Role;
use authority::search::Seats;
use authority::token::store::Page;
use proptest::prelude::*;
use testing::{World, shape_of};

use super::plan::{PEOPLE, PLACES, Plan};
use super::realm::{Realm, run};

const KINDS: [Seats; 3] = [Seats::Member, Seats::Admin, Seats::Auditor];

/// Somebody gives somebody a seat, or takes it.
#[derive(Debug, Clone)]
struct Step {
    who: usize,
    writes: bool,
    whom: usize,
    place: usize,
    seats: Seats,
    gives: bool,
}

impl Step {
    fn any() -> impl Strategy<Value = Self> {
        let kinds = prop::sample::select(&KINDS[..]);
        let who = (0..PEOPLE, prop::bool::weighted(0.9));
        (who, 0..PEOPLE, 0..PLACES, kinds, any::<bool>()).prop_map(
            |((who, writes), whom, place, seats, gives)| Self {
                who,
                writes,
                whom,
                place,
                seats,
                gives,
            },
        )
    }
}

fn has(seat: Option<Seat>, seats: Seats) -> bool {
    seat.is_some_and(|Seat { role, apart }| match seats {
        Seats::Any => true,
        Seats::Member => !apart,
        Seats::Admin => matches!(role, Role::Admin | Role::Owner),
        Seats::Auditor => role == Role::Auditor,
    })
}

impl Plan {
    fn seat(&self, step: &Step) -> Option<Seat> {
        self.seats.get(&(step.whom, step.place)).copied()
    }

    /// What a step is refused with, whatever it does.
    fn refusal(&self, step: &Step) -> Option<Shape> {
        let Step { who, writes, whom, place, .. } = *step;
        let knows = self.sees_all(who) || self.role(who, place).is_some();
        if !knows {
            Some(Shape::Missing)
        } else if !writes || !self.administers(who, place) {
            Some(Shape::Forbidden)
        } else if !self.sees_person(who, whom) {
            Some(Shape::Missing)
        } else {
            None
        }
    }

    /// Whether somebody stands below those who own the place.
    fn is_below_owners(&self, step: &Step) -> bool {
        let owner = self.role(step.who, step.place) == Some(Role::Owner);
        !owner && !self.marks[step.who].superuser
    }
}

/// That a step which was taken did what it says and nothing else.
fn holds(step: &Step, before: Option<Seat>, after: Option<Seat>) {
    // There is one role: what administers doesn't audit, and an editor is no auditor either.
    let above = before.is_some_and(|seat| seat.role > Role::Auditor);
    if step.seats == Seats::Auditor && step.gives && above {
        assert_eq!(after, before);
        return;
    }
    assert_eq!(has(after, step.seats), step.gives);
    for other in KINDS.into_iter().filter(|other| *other != step.seats) {
        let replaced = other == Seats::Auditor && step.seats == Seats::Admin && step.gives;
        assert!(replaced || has(after, other) == has(before, other), "{before:?} to {after:?}");
    }
    assert!(after.is_none_or(|seat| !seat.apart || KINDS.iter().any(|kind| has(after, *kind))));
}

impl Realm {
    /// The seats of the plan's people as they are kept now.
    async fn seats_now(&self) -> BTreeMap<(usize, usize), Seat> {
        let mut seats = BTreeMap::new();
        for (place, organization) in self.places.iter().enumerate() {
            let page = Page::first(100);
            let members = self.world.authority.members(&self.root, organization.id, page).await;
            for (user, membership) in members.unwrap() {
                let who = self.people.iter().position(|person| person.user.id == user.id);
                seats.extend(who.map(|who| ((who, place), membership.seat())));
            }
        }
        seats
    }

    async fn take(&self, step: &Step) -> Result<(), authority::Error> {
        let person = &self.people[step.who];
        let actor = if step.writes { &person.writes } else { &person.looks };
        let (authority, place) = (&self.world.authority, self.places[step.place].id);
        let what = (self.people[step.whom].user.id, step.seats);
        if step.gives {
            authority.give_seat(actor, place, what).await
        } else {
            authority.take_seat(actor, place, what).await
        }
    }
}

async fn one_step(realm: &mut Realm, step: &Step) {
    let before = realm.plan.seat(step);
    let outcome = realm.take(step).await;
    let now = realm.seats_now().await;
    let after = now.get(&(step.whom, step.place)).copied();
    let owner = before.is_some_and(|seat| seat.role == Role::Owner);
    if let Some(refusal) = realm.plan.refusal(step) {
        assert_eq!(shape_of(outcome), Some(refusal), "{step:?}");
        assert_eq!(now, realm.plan.seats);
    } else if owner && realm.plan.is_below_owners(step) && has(before, step.seats) != step.gives {
        assert!(outcome.is_err() || after == before, "{step:?} changed an owner's seat");
        assert_eq!(now, realm.plan.seats);
    } else if shape_of(outcome).is_some() {
        assert!(owner, "only the last owner stays where it is: {step:?}");
        assert_eq!(now, realm.plan.seats);
    } else {
        holds(step, before, after);
        let mut rest = now.clone();
        rest.remove(&(step.whom, step.place));
        realm.plan.seats.remove(&(step.whom, step.place));
        assert_eq!(rest, realm.plan.seats);
    }
    realm.plan.seats = now;
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 32, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn a051_seats_are_given_and_taken_by_those_who_administer_and_never_from_above_them(
        plan in Plan::crowded(),
        steps in prop::collection::vec(Step::any(), 16..32),
    ) {
        run(async {
            let mut realm = Realm::of(&plan).await;
            for step in &steps {
                one_step(&mut realm, step).await;
            }
        });
    }
}

#[tokio::test]
async fn a051_an_admin_takes_no_seat_from_an_owner() {
    let world = World::new().await;
    let root = world.root().await;
    let place = world.authority.add_organization(&root, ("Works", "")).await.unwrap().id;
    world.member("amy", place, Role::Admin).await;
    let olga = world.member("olga", place, Role::Owner).await.id;
    world.member("otto", place, Role::Owner).await;
    let amy = world.actor("amy").await;
    for seats in [Seats::Admin, Seats::Member, Seats::Any] {
        let taken = world.authority.take_seat(&amy, place, (olga, seats)).await;
        assert_eq!(shape_of(taken), Some(Shape::Forbidden), "{seats:?}");
    }
    let members = world.authority.members(&root, place, Page::first(9)).await.unwrap();
    let kept = members.iter().find(|(user, _)| user.id == olga).map(|(_, place)| place.seat());
    assert_eq!(kept, Some(Seat::of(Role::Owner)));
}

//! Who sees which people, organizations, groups and clients, and what is said of what they may do.
//!
//! | | always | by a seat | by looking after one of the installation's own |
//! |---|---|---|---|
//! | people | oneself | those with a seat that is not apart, where one reads | all |
//! | organizations | - | one's own | - |
//! | groups, clients | - | where one reads | - |
//!
//! Superusers and system auditors see all. Nobody else sees a suspended organization. Superusers are seen by those whose account the installation
//! made, or who have a seat in one of its own. Whoever is `unassigned` somewhere reads nothing there.

use std::collections::BTreeSet;

use authority::directory::May;
use authority::id::Number;
use authority::permission::{Marks, Role};
use authority::search::{Condition, Search, Thing};
use proptest::prelude::*;

use super::plan::{Home, PEOPLE, PLACES, Plan};
use super::realm::{Realm, Seeker, run};

impl Plan {
    pub(crate) fn sees_all(&self, who: usize) -> bool {
        self.marks[who].superuser || self.marks[who].system_auditor
    }

    fn reads(&self, who: usize, place: usize) -> bool {
        self.role(who, place).is_some_and(|role| role != Role::Unassigned)
    }

    /// Whether somebody administers or audits one of the installation's own organizations.
    fn looks_after_the_installation(&self, who: usize) -> bool {
        let own = (0..PLACES).filter(|place| !self.tenants[*place]);
        own.into_iter().any(|place| self.is_admin(who, place) || self.is_auditor(who, place))
    }

    /// Whether somebody belongs to the installation and is not just somebody who registered.
    fn belongs(&self, who: usize) -> bool {
        let own = (0..PLACES).filter(|place| !self.tenants[*place]);
        self.homes[who] == Home::Default
            || self.home(who).is_some()
            || own.into_iter().any(|place| self.role(who, place).is_some())
    }

    fn sees_superusers(&self, who: usize) -> bool {
        self.belongs(who) || self.sees_all(who)
    }

    /// The first administrator is a superuser, and owns the tenants.
    fn sees_the_first_administrator(&self, who: usize) -> bool {
        let mut tenants = (0..PLACES).filter(|place| self.tenants[*place]);
        self.sees_superusers(who)
            || self.looks_after_the_installation(who)
            || tenants.any(|place| self.reads(who, place))
    }

    pub(crate) fn sees_person(&self, who: usize, whom: usize) -> bool {
        let apart = |place| self.seats.get(&(whom, place)).is_none_or(|seat| seat.apart);
        let fellow = (0..PLACES).any(|place| self.reads(who, place) && !apart(place));
        who == whom
            || (self.marks[whom].superuser && self.sees_superusers(who))
            || self.sees_all(who)
            || self.looks_after_the_installation(who)
            || fellow
    }

    fn sees_place(&self, who: usize, place: usize) -> bool {
        self.sees_all(who) || self.role(who, place).is_some()
    }

    fn sees_in(&self, who: usize, place: usize) -> bool {
        self.sees_all(who) || self.reads(who, place)
    }

    pub(crate) fn administers(&self, who: usize, place: usize) -> bool {
        self.marks[who].superuser || self.is_admin(who, place)
    }

    /// Whether somebody may change somebody's account: a superuser each; an administrator of
    /// organizations of the installation those that were made in one of these, of people who have seats in
    /// these only, are owners of none and have no marks.
    pub(crate) fn may_change_person(&self, who: usize, whom: usize) -> bool {
        let seats = self.seats.iter().filter(|((seated, _), _)| *seated == whom);
        let mut seats = seats.map(|((_, place), seat)| (*place, seat.role));
        let mine = |place: usize| !self.tenants[place] && self.is_admin(who, place);
        let below = self.marks[whom] == Marks::default()
            && self.home(whom).is_some_and(mine)
            && seats.all(|(place, role)| mine(place) && role != Role::Owner);
        who == whom || self.marks[who].superuser || below
    }

    fn may_delete_place(&self, who: usize, place: usize) -> bool {
        let owner = self.role(who, place) == Some(Role::Owner);
        self.marks[who].superuser || owner || (!self.tenants[place] && self.is_admin(who, place))
    }
}

/// What was found, compared with what the rule says of each thing.
fn just_these(
    (found, count): (Vec<(Number, May)>, Option<u64>),
    beyond: usize,
    rule: &[(Number, bool, May)],
) {
    let seen: BTreeSet<Number> = rule.iter().filter(|rule| rule.1).map(|rule| rule.0).collect();
    let known: BTreeSet<Number> = rule.iter().map(|rule| rule.0).collect();
    let shown: BTreeSet<Number> = found.iter().map(|found| found.0).collect();
    assert_eq!(shown.len(), found.len());
    assert_eq!(shown.intersection(&known).copied().collect::<BTreeSet<_>>(), seen);
    assert_eq!(found.len(), seen.len() + beyond);
    assert_eq!(count, Some(found.len() as u64));
    for (id, may) in found {
        let rule = rule.iter().find(|rule| rule.0 == id);
        assert!(rule.is_none_or(|rule| rule.2 == may), "{may:?} {rule:?}");
    }
}

const fn both(may: bool) -> May {
    May { edit: may, delete: may }
}

async fn people(realm: &Realm, Seeker { who, actor, writes }: &Seeker<'_>) {
    let all = Search::over(Thing::User, Condition::always());
    let found = realm.world.authority.find_users(actor, all).await.unwrap();
    let plan = &realm.plan;
    let rule = |whom: usize| {
        let may = *writes && plan.may_change_person(*who, whom);
        let may = May { edit: may, delete: may && *who != whom };
        (realm.people[whom].user.number, plan.sees_person(*who, whom), may)
    };
    let items = found.items.iter().map(|card| (card.user.number, card.may)).collect();
    let beyond = usize::from(plan.sees_the_first_administrator(*who));
    just_these((items, found.count), beyond, &(0..PEOPLE).map(rule).collect::<Vec<_>>());
    for person in &realm.people {
        let one = Search::numbered(Thing::User, person.user.number);
        let alone = realm.world.authority.find_users(actor, one).await.unwrap().items;
        let listed = found.items.iter().find(|card| card.user.id == person.user.id);
        assert_eq!(alone.first(), listed);
    }
}

async fn organizations(realm: &Realm, Seeker { who, actor, writes }: &Seeker<'_>) {
    let all = Search::over(Thing::Organization, Condition::always());
    let found = realm.world.authority.find_organizations(actor, all).await.unwrap();
    let plan = &realm.plan;
    let rule = |place: usize| {
        let edit = *writes && plan.administers(*who, place);
        let may = May { edit, delete: *writes && plan.may_delete_place(*who, place) };
        (realm.places[place].number, plan.sees_place(*who, place), may)
    };
    let items = found.items.iter().map(|card| (card.organization.number, card.may)).collect();
    // "Default", and the one outside.
    let beyond = if plan.sees_all(*who) { 2 } else { 0 };
    just_these((items, found.count), beyond, &(0..PLACES).map(rule).collect::<Vec<_>>());
}

async fn groups(realm: &Realm, Seeker { who, actor, writes }: &Seeker<'_>) {
    let all = Search::over(Thing::Group, Condition::always());
    let found = realm.world.authority.find_groups(actor, all).await.unwrap();
    let plan = &realm.plan;
    let rule = |place: usize| {
        let may = both(*writes && plan.administers(*who, place));
        (realm.groups[place].number, plan.sees_in(*who, place), may)
    };
    let items = found.items.iter().map(|card| (card.group.number, card.may)).collect();
    just_these((items, found.count), 0, &(0..PLACES).map(rule).collect::<Vec<_>>());
}

async fn clients(realm: &Realm, Seeker { who, actor, writes }: &Seeker<'_>) {
    let all = Search::over(Thing::Client, Condition::always());
    let found = realm.world.authority.find_clients(actor, all).await.unwrap();
    let plan = &realm.plan;
    let rule = |(client, place): (usize, &usize)| {
        let may = both(*writes && plan.administers(*who, *place));
        (realm.clients[client].number, plan.sees_in(*who, *place), may)
    };
    let items = found.items.iter().map(|card| (card.application.number, card.may)).collect();
    let rules: Vec<_> = plan.clients.iter().enumerate().map(rule).collect();
    just_these((items, found.count), 0, &rules);
}

/// Everybody reads of the journal what they did themselves, and all of where they look after.
async fn entries(realm: &Realm, Seeker { who, actor, .. }: &Seeker<'_>) {
    let find = |actor| {
        let all = Search::over(Thing::Entry, Condition::always());
        realm.world.authority.find_entries(actor, all)
    };
    let plan = &realm.plan;
    let mine = Some(realm.people[*who].user.id);
    let place_of = |id| realm.places.iter().position(|place| Some(place.id) == id);
    let all = find(&realm.root).await.unwrap();
    let seen = all.items.into_iter().filter(|card| {
        let place = place_of(card.entry.draft.organization);
        let there = |place| plan.is_admin(*who, place) || plan.is_auditor(*who, place);
        let by_me = card.actor.as_ref().map(|user| user.id) == mine;
        plan.sees_all(*who) || by_me || place.is_some_and(there)
    });
    let seen: Vec<i64> = seen.map(|card| card.entry.number()).collect();
    let found = find(actor).await.unwrap();
    assert_eq!(found.count, Some(seen.len() as u64));
    let found: Vec<i64> = found.items.iter().map(|card| card.entry.number()).collect();
    assert_eq!(found, seen);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 32, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn a046_everybody_finds_and_counts_what_the_rules_let_them_see_and_nothing_else(
        plan in Plan::any(),
    ) {
        run(async {
            let realm = Realm::of(&plan).await;
            for seeker in realm.seekers() {
                people(&realm, &seeker).await;
                organizations(&realm, &seeker).await;
                groups(&realm, &seeker).await;
                clients(&realm, &seeker).await;
                entries(&realm, &seeker).await;
            }
        });
    }
}

//! A small realm as it is drawn.

use std::collections::BTreeMap;
use std::ops::Range;

use authority::organization::Seat;
use authority::permission::{Marks, Role};
use proptest::prelude::*;

/// How many people there are.
pub(crate) const PEOPLE: usize = 4;
/// How many organizations there are, beside the first administrator's.
pub(crate) const PLACES: usize = 3;

/// A realm as it is drawn. People and organizations are told by their place in it.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// The people's marks.
    pub(crate) marks: Vec<Marks>,
    /// Where the people's accounts were made.
    pub(crate) homes: Vec<Home>,
    /// Which organizations are tenants.
    pub(crate) tenants: Vec<bool>,
    /// Which organizations are suspended: nobody is anything there by a seat.
    pub(crate) suspended: Vec<bool>,
    /// Who has which seat where.
    pub(crate) seats: BTreeMap<(usize, usize), Seat>,
    /// Where each client is.
    pub(crate) clients: Vec<usize>,
    /// Whose each token is, and which client it was made through.
    pub(crate) tokens: Vec<(usize, Option<usize>)>,
}

/// Where an account was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Home {
    /// In an organization, which is nobody's home if it is a tenant.
    In(usize),
    /// By the first administrator, in no organization of the plan.
    Default,
    /// Out in the world.
    Nowhere,
}

/// Every kind of seat.
const SEATS: [Seat; 8] = [
    Seat { role: Role::Unassigned, apart: false },
    Seat { role: Role::Viewer, apart: false },
    Seat { role: Role::Auditor, apart: false },
    Seat { role: Role::Auditor, apart: true },
    Seat { role: Role::Editor, apart: false },
    Seat { role: Role::Admin, apart: false },
    Seat { role: Role::Admin, apart: true },
    Seat { role: Role::Owner, apart: false },
];

impl Plan {
    /// Realms of every kind.
    pub(crate) fn any() -> impl Strategy<Value = Self> {
        Self::seating(0..8)
    }

    /// Realms in which nearly everybody has a seat everywhere.
    pub(crate) fn crowded() -> impl Strategy<Value = Self> {
        Self::seating(PEOPLE * PLACES - 2..PEOPLE * PLACES + 1)
    }

    fn seating(seats: Range<usize>) -> impl Strategy<Value = Self> {
        let marks = prop_oneof![
            5 => Just((false, false)),
            1 => Just((true, false)),
            1 => Just((false, true)),
        ];
        let marks =
            marks.prop_map(|(superuser, system_auditor)| Marks { superuser, system_auditor });
        let home = prop_oneof![
            2 => (0..PLACES).prop_map(Home::In),
            1 => Just(Home::Default),
            1 => Just(Home::Nowhere),
        ];
        let seat = ((0..PEOPLE, 0..PLACES), prop::sample::select(&SEATS[..]));
        let token = (0..PEOPLE, prop::option::weighted(0.8, any::<prop::sample::Index>()));
        (
            prop::collection::vec((marks, home), PEOPLE),
            prop::collection::vec((any::<bool>(), prop::bool::weighted(0.15)), PLACES),
            prop::collection::btree_map(seat.0, seat.1, seats),
            prop::collection::vec(0..PLACES, 1..4),
            prop::collection::vec(token, 1..6),
        )
            .prop_map(|(people, places, seats, clients, tokens)| {
                let through = |client: Option<prop::sample::Index>| {
                    client.map(|client| client.index(clients.len()))
                };
                let tokens = tokens.into_iter().map(|(who, client)| (who, through(client)));
                let tokens = tokens.collect();
                let (tenants, suspended) = places.into_iter().unzip();
                let (marks, homes) = people.into_iter().unzip();
                Self { marks, homes, tenants, suspended, seats, clients, tokens }
            })
    }

    /// What somebody is somewhere.
    pub(crate) fn role(&self, who: usize, place: usize) -> Option<Role> {
        let seat = self.seats.get(&(who, place)).filter(|_| !self.suspended[place]);
        seat.map(|seat| seat.role)
    }

    /// The organization of the installation's own in which an account was made.
    pub(crate) fn home(&self, who: usize) -> Option<usize> {
        match self.homes[who] {
            Home::In(place) => Some(place).filter(|place| !self.tenants[*place]),
            Home::Default | Home::Nowhere => None,
        }
    }

    /// Whether somebody administers a place.
    pub(crate) fn is_admin(&self, who: usize, place: usize) -> bool {
        matches!(self.role(who, place), Some(Role::Admin | Role::Owner))
    }

    /// Whether somebody audits a place.
    pub(crate) fn is_auditor(&self, who: usize, place: usize) -> bool {
        self.role(who, place) == Some(Role::Auditor)
    }
}

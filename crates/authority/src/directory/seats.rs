//! Seats: being a member, an admin, an auditor of an organization, given and taken one by one.

use crate::actor::{Actor, Place};
use crate::authority::Authority;
use crate::error::{Error, Refusal};
use crate::id::{OrganizationId, UserId};
use crate::organization::Seat;
use crate::permission::{Permission, Role};
use crate::search::Seats;

/// How often a change is tried anew that another came before.
const TRIES: usize = 3;

impl Authority {
    /// Gives a person a seat of a kind, beside what they have there. Doing so twice is no error.
    pub async fn give_seat(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        (user, seats): (UserId, Seats),
    ) -> Result<(), Error> {
        self.reseat(actor, organization, user, |now| Some(given(now, seats))).await
    }

    /// Takes a seat of a kind from a person, who keeps what else they have there. Doing so twice is no
    /// error.
    pub async fn take_seat(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        (user, seats): (UserId, Seats),
    ) -> Result<(), Error> {
        self.reseat(actor, organization, user, |now| now.and_then(|now| taken(now, seats))).await
    }

    async fn reseat(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        user: UserId,
        next: impl Fn(Option<Seat>) -> Option<Seat>,
    ) -> Result<(), Error> {
        let place = Place::In(organization);
        self.allow_on(actor, &Permission::MEMBER_UPDATE, place, "organization").await?;
        let sight = self.sight(actor).await?;
        self.seen_person(&sight, user).await?;
        for _ in 0..TRIES {
            let now = self.shared.store.membership(user, organization).await?;
            let now = now.map(|place| place.seat());
            let outcome = match (now, next(now)) {
                (now, next) if now == next => Ok(()),
                (None, Some(seat)) => self.seat_new(actor, organization, (user, seat)).await,
                (Some(now), Some(seat)) => {
                    self.change_seat(actor, organization, user, (now, seat)).await
                }
                (_, None) => self.remove_member(actor, organization, user).await,
            };
            match outcome {
                Err(Error::Refused(Refusal::Conflict(_) | Refusal::Taken(_))) => {}
                other => return other,
            }
        }
        Err(Refusal::Conflict("it was changed meanwhile; look again").into())
    }
}

/// What a seat of this kind makes of what somebody has.
fn given(now: Option<Seat>, seats: Seats) -> Seat {
    let role = now.map_or(Role::Unassigned, |now| now.role);
    let apart = now.is_none_or(|now| now.apart);
    match seats {
        Seats::Member | Seats::Any => Seat { role: role.max(Role::Viewer), apart: false },
        Seats::Admin => Seat { role: role.max(Role::Admin), apart },
        Seats::Auditor => Seat { role: role.max(Role::Auditor), apart },
    }
}

/// What is left when a seat of this kind is taken.
fn taken(now: Seat, seats: Seats) -> Option<Seat> {
    let Seat { role, apart } = now;
    let without = || (!apart).then_some(Seat::of(Role::Viewer));
    match (seats, role) {
        (Seats::Member, Role::Admin | Role::Owner | Role::Auditor) => {
            Some(Seat { role, apart: true })
        }
        (Seats::Any, _) | (Seats::Member, Role::Unassigned | Role::Viewer | Role::Editor) => None,
        (Seats::Admin, Role::Admin | Role::Owner) | (Seats::Auditor, Role::Auditor) => without(),
        (Seats::Admin | Seats::Auditor, _) => Some(now),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KINDS: [Seats; 3] = [Seats::Member, Seats::Admin, Seats::Auditor];

    fn has(seat: Option<Seat>, seats: Seats) -> bool {
        seat.is_some_and(|seat| match seats {
            Seats::Any => true,
            Seats::Member => !seat.apart,
            Seats::Admin => seat.role >= Role::Admin,
            Seats::Auditor => seat.role == Role::Auditor,
        })
    }

    proptest! {
        #[test]
        fn a_seat_that_is_taken_is_gone_and_one_that_is_given_takes_no_other_but_the_auditors(
            steps in prop::collection::vec((any::<bool>(), 0_usize..3), 0..12),
        ) {
            let mut seat: Option<Seat> = None;
            for (give, kind) in steps {
                let kind = KINDS[kind];
                let before = seat;
                seat = if give { Some(given(seat, kind)) } else { seat.and_then(|s| taken(s, kind)) };
                let admin = has(seat, Seats::Admin);
                prop_assert!(!give || has(seat, kind) || (kind == Seats::Auditor && admin));
                prop_assert!(give || !has(seat, kind));
                for other in KINDS.into_iter().filter(|other| *other != kind) {
                    let lost = has(before, other) && !has(seat, other);
                    prop_assert!(!lost || (other == Seats::Auditor && admin));
                }
            }
        }
    }
}

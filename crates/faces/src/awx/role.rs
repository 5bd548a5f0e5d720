//! Which roles there are, and their numbers.
//!
//! A role's number is made of its object's number, so that none is kept: 32 for each object, the
//! organizations' even and the teams' odd.

use authority::search::{Seats, Thing};

/// A role that objects of a kind have.
pub(super) struct Role {
    pub(super) place: i64,
    pub(super) key: &'static str,
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    pub(super) user_only: bool,
    /// What it is in the core; none for one that follows from others.
    pub(super) seats: Option<Seats>,
}

const fn role(
    place: i64,
    (key, name, description): (&'static str, &'static str, &'static str),
    seats: Option<Seats>,
) -> Role {
    Role { place, key, name, description, user_only: false, seats }
}

pub(super) const OF_ORGANIZATION: [Role; 4] = [
    Role {
        user_only: true,
        ..role(
            0,
            ("admin_role", "Admin", "Can manage all aspects of the organization"),
            Some(Seats::Admin),
        )
    },
    role(
        9,
        ("auditor_role", "Auditor", "Can view all aspects of the organization"),
        Some(Seats::Auditor),
    ),
    Role {
        user_only: true,
        ..role(
            10,
            ("member_role", "Member", "User is a member of the organization"),
            Some(Seats::Member),
        )
    },
    role(11, ("read_role", "Read", "May view settings for the organization"), None),
];

pub(super) const OF_TEAM: [Role; 3] = [
    role(0, ("admin_role", "Admin", "Can manage all aspects of the team"), None),
    role(1, ("member_role", "Member", "User is a member of the team"), Some(Seats::Member)),
    role(2, ("read_role", "Read", "May view settings for the team"), None),
];

/// Roles per object, and two kinds of objects.
const STEP: i64 = 32;

pub(super) fn number(thing: Thing, object: i64, role: &Role) -> i64 {
    let kind = i64::from(thing == Thing::Group);
    object * STEP + role.place * 2 + kind
}

/// What a role's number means.
pub(super) fn of_number(number: i64) -> Option<(Thing, i64, &'static Role)> {
    let (object, place, kind) = (number / STEP, number % STEP / 2, number % 2);
    let (thing, roles): (Thing, &'static [Role]) =
        if kind == 1 { (Thing::Group, &OF_TEAM) } else { (Thing::Organization, &OF_ORGANIZATION) };
    let role = roles.iter().find(|role| role.place == place)?;
    (number > 0).then_some((thing, object, role))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_roles_number_tells_its_object_and_no_two_are_the_same() {
        let mut seen = std::collections::HashSet::new();
        for object in 1..200 {
            for (thing, roles) in
                [(Thing::Organization, &OF_ORGANIZATION[..]), (Thing::Group, &OF_TEAM[..])]
            {
                for role in roles {
                    let number = number(thing, object, role);
                    assert!(seen.insert(number));
                    let (found, there, same) = of_number(number).unwrap();
                    assert_eq!((found, there, same.key), (thing, object, role.key));
                }
            }
        }
    }
}

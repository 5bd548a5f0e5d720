//! Places with the groups that go with them.

use authority::id::{OrganizationId, UserId};
use authority::organization::{Group, Membership};
use authority::token::store::Change;
use rusqlite::{Connection, params};

use super::order::Told;
use super::row::{Failure, Fields, all, holds, key, run};
use super::{groups, memberships};

const GROUPS_OF: &str = "
    SELECT g.name
    FROM group_users u
    JOIN groups g ON g.id = u.group_id
    WHERE u.user_id = ?1 AND g.organization_id = ?2
    ORDER BY g.name";

fn name(row: &mut Fields<'_>) -> Result<String, Failure> {
    row.value()
}

pub(super) fn places(
    db: &Connection,
    organization: OrganizationId,
    users: &[UserId],
) -> Result<Vec<(Membership, Vec<String>)>, Failure> {
    let mut places = Vec::new();
    for user in users {
        let Some(place) = memberships::one_of(db, *user, organization)? else { continue };
        let both = params![key(*user), key(organization)];
        places.push((place, all(db, GROUPS_OF, both, name)?));
    }
    Ok(places)
}

const JOIN: &str = "
    INSERT INTO group_users (group_id, user_id)
    SELECT id, ?1
    FROM groups
    WHERE organization_id = ?2 AND name = ?3";

pub(super) fn set_groups(
    db: &Connection,
    (user, organization): (UserId, OrganizationId),
    wanted: &[Group],
) -> Result<Told<Change>, Failure> {
    let (user, place) = (key(user), key(organization));
    if !holds(db, memberships::EXISTS, params![user, place])? {
        return Ok(Told::nothing(Change::Missing));
    }
    run(db, memberships::LEAVE_GROUPS, params![user, place])?;
    for group in wanted {
        groups::insert(db, group)?;
        run(db, JOIN, params![user, place, group.name])?;
    }
    Ok(Told::done(Change::Done))
}

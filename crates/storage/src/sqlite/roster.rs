//! Places with the groups that go with them.

use authority::id::{OrganizationId, UserId};
use authority::organization::{Group, Membership};
use authority::token::store::Change;
use rusqlite::{Connection, params};

use super::memberships;
use super::order::Told;
use super::row::{Failure, Fields, all, at, holds, key, run};

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

const IS_MEMBER: &str = "
    SELECT EXISTS (SELECT 1 FROM memberships WHERE user_id = ?1 AND organization_id = ?2)";

const LEAVE: &str = "
    DELETE FROM group_users
    WHERE user_id = ?1
        AND group_id IN (SELECT id FROM groups WHERE organization_id = ?2)";

const MAKE: &str = "
    INSERT INTO groups (id, organization_id, name, description, created_at, created_by, modified_at,
        modified_by)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
    ON CONFLICT DO NOTHING";

const JOIN: &str = "
    INSERT INTO group_users (group_id, user_id)
    SELECT id, ?1
    FROM groups
    WHERE organization_id = ?2 AND name = ?3";

pub(super) fn set_groups(
    db: &Connection,
    (user, organization): (UserId, OrganizationId),
    groups: &[Group],
) -> Result<Told<Change>, Failure> {
    let (user, place) = (key(user), key(organization));
    if !holds(db, IS_MEMBER, params![user, place])? {
        return Ok(Told::nothing(Change::Missing));
    }
    run(db, LEAVE, params![user, place])?;
    for group in groups {
        let values = params![
            key(group.id),
            place,
            group.name,
            group.description,
            at(group.created_at),
            group.created_by.map(key),
            at(group.modified_at),
            group.modified_by.map(key),
        ];
        run(db, MAKE, values)?;
        run(db, JOIN, params![user, place, group.name])?;
    }
    Ok(Told::done(Change::Done))
}

//! Places with the groups that go with them.

use authority::id::{Id, OrganizationId, UserId};
use authority::organization::{Group, Membership};
use uuid::Uuid;

use super::failure::Failure;
use super::memberships::{self, membership_columns};
use super::row::Fields;
use super::statement::{Statement, values};
use crate::text::micros;

pub(super) const PLACES: &str = concat!(
    "
    SELECT ",
    membership_columns!(),
    ",
        ARRAY(
            SELECT g.name
            FROM group_users u
            JOIN groups g ON g.id = u.group_id
            WHERE u.user_id = m.user_id AND g.organization_id = m.organization_id
            ORDER BY g.name COLLATE \"C\")
    FROM memberships m
    WHERE m.organization_id = $1 AND m.user_id = ANY($2)"
);

pub(super) fn read(row: &mut Fields<'_>) -> Result<(Membership, Vec<String>), Failure> {
    Ok((memberships::read(row)?, row.value()?))
}

/// So that the place doesn't end meanwhile, and of two who set groups the second waits.
const HOLD_PLACE: &str = "
    SELECT
    FROM memberships
    WHERE user_id = $1 AND organization_id = $2
    FOR UPDATE";

/// In one order, so that of two who make the same groups one waits for the other.
const MAKE: &str = "
    INSERT INTO groups (id, organization_id, name, description, created_at, created_by, modified_at,
        modified_by)
    SELECT wanted.id, m.organization_id, wanted.name, '', $5, $6, $5, $6
    FROM memberships m, unnest($3::UUID[], $4::TEXT[]) AS wanted (id, name)
    WHERE m.user_id = $1 AND m.organization_id = $2
    ORDER BY wanted.name COLLATE \"C\"
    ON CONFLICT (organization_id, name) DO NOTHING";

const SET: &str = "
    WITH place AS (
        SELECT user_id, organization_id
        FROM memberships
        WHERE user_id = $1 AND organization_id = $2
    ),
    left_groups AS (
        DELETE FROM group_users
        USING place, groups
        WHERE group_users.user_id = place.user_id
            AND groups.organization_id = place.organization_id
            AND group_users.group_id = groups.id
            AND groups.name <> ALL($3::TEXT[])
    ),
    joined AS (
        INSERT INTO group_users (group_id, user_id)
        SELECT groups.id, place.user_id
        FROM place
        JOIN groups ON groups.organization_id = place.organization_id
        WHERE groups.name = ANY($3)
        ON CONFLICT DO NOTHING
    )
    SELECT
    FROM place";

pub(super) fn set_groups(
    (user, organization): (UserId, OrganizationId),
    groups: &[Group],
) -> Statement {
    let (user, place) = (user.uuid(), organization.uuid());
    let ids: Vec<Uuid> = groups.iter().map(|group| group.id.uuid()).collect();
    let names: Vec<String> = groups.iter().map(|group| group.name.clone()).collect();
    let statement = Statement::new(SET, values![user, place, names.clone()])
        .behind(HOLD_PLACE, values![user, place]);
    // All of them are made at one time by one person.
    let Some(first) = groups.first() else { return statement };
    let (at, by) = (micros(first.created_at), first.created_by.map(Id::uuid));
    statement.behind(MAKE, values![user, place, ids, names, at, by])
}

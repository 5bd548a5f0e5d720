//! How groups are kept and read, and what is in them.

use authority::account::store::Creation;
use authority::id::{GroupId, Id, Number};
use authority::organization::Group;
use authority::organization::store::Naming;
use jiff::Timestamp;

use super::applications::application_columns;
use super::fact::Told;
use super::failure::Failure;
use super::row::Fields;
use super::session::Answer;
use super::statement::{Statement, values};
use super::users::user_columns;
use crate::text::micros;

/// Gives a row if there is the organization, and in it the number of what was made. The
/// organization is held, so that it isn't deleted meanwhile.
const CREATE: &str = "
    WITH home AS (
        SELECT id
        FROM organizations
        WHERE id = $2 AND deleted_at IS NULL
        FOR SHARE
    ),
    made AS (
        INSERT INTO groups (id, organization_id, name, description, created_at, created_by,
            modified_at, modified_by)
        SELECT $1, home.id, $3, $4, $5, $6, $7, $8
        FROM home
        ON CONFLICT (organization_id, name) DO NOTHING
        RETURNING number
    )
    SELECT (SELECT number FROM made)
    FROM home";

pub(super) fn create(group: &Group) -> Statement {
    let values = values![
        group.id.uuid(),
        group.organization.uuid(),
        group.name.clone(),
        group.description.clone(),
        micros(group.created_at),
        group.created_by.map(Id::uuid),
        micros(group.modified_at),
        group.modified_by.map(Id::uuid),
    ];
    Statement::new(CREATE, values)
}

const HOLD: &str = "
    SELECT
    FROM groups
    WHERE id = $1
    FOR NO KEY UPDATE";

/// Two who give one name at once collide on the key of the table.
const UPDATE: &str = "
    WITH changed AS (
        UPDATE groups
        SET name = COALESCE($2, name),
            description = COALESCE($3, description),
            modified_at = $4,
            modified_by = $5
        WHERE id = $1
            AND NOT EXISTS (
                SELECT
                FROM groups other
                WHERE other.organization_id = groups.organization_id
                    AND other.name = $2
                    AND other.id <> $1)
        RETURNING number
    )
    SELECT (SELECT number FROM changed)
    FROM groups
    WHERE id = $1";

pub(super) fn update(id: GroupId, change: &Naming, at: Timestamp) -> Statement {
    let Naming { name, description, by, slug: _ } = change.clone();
    let values = values![id.uuid(), name, description, micros(at), by.map(Id::uuid)];
    Statement::new(UPDATE, values).behind(HOLD, values![id.uuid()])
}

/// No row: what it should belong to is missing. No number: the name is another's.
pub(super) fn named(answer: &Answer) -> Result<Told<Creation>, Failure> {
    let Some(mut row) = answer.first() else { return Ok(Told::nothing(Creation::Missing)) };
    Ok(match row.value()? {
        Some(number) => Told::done(Creation::Done(number)),
        None => Told::nothing(Creation::Taken("name")),
    })
}

/// As [`named`]; the second column says whether the slug is the one that is another's.
pub(super) fn slugged(answer: &Answer) -> Result<Told<Creation>, Failure> {
    let Some(mut row) = answer.first() else { return Ok(Told::nothing(Creation::Missing)) };
    let (number, slug): (Option<Number>, bool) = (row.value()?, row.value()?);
    Ok(match number {
        Some(number) => Told::done(Creation::Done(number)),
        None => Told::nothing(Creation::Taken(if slug { "slug" } else { "name" })),
    })
}

macro_rules! group_columns {
    () => {
        "g.id, g.number, g.organization_id, g.name, g.description, g.created_at, g.created_by,
        g.modified_at, g.modified_by"
    };
}
pub(super) use group_columns;

pub(super) fn read(row: &mut Fields<'_>) -> Result<Group, Failure> {
    Ok(Group {
        id: row.id()?,
        number: row.value()?,
        organization: row.id()?,
        name: row.value()?,
        description: row.value()?,
        created_at: row.time()?,
        created_by: row.maybe_id()?,
        modified_at: row.time()?,
        modified_by: row.maybe_id()?,
    })
}

pub(super) const BY_ID: &str = concat!(
    "
    SELECT ",
    group_columns!(),
    "
    FROM groups g
    WHERE g.id = $1"
);

pub(super) const OF_ORGANIZATION: &str = concat!(
    "
    SELECT ",
    group_columns!(),
    "
    FROM groups g
    WHERE g.organization_id = $1 AND g.number > $2
    ORDER BY g.number
    LIMIT $3"
);

/// What is in the group goes with it, by the foreign keys.
pub(super) const DELETE: &str = "
    DELETE FROM groups
    WHERE id = $1";

/// The group and the places are held, so that neither ends meanwhile.
pub(super) const ADD_USERS: &str = "
    INSERT INTO group_users (group_id, user_id)
    SELECT g.id, m.user_id
    FROM groups g
    JOIN memberships m ON m.organization_id = g.organization_id
    WHERE g.id = $1 AND m.user_id = ANY($2)
    ORDER BY m.user_id
    FOR KEY SHARE OF g, m
    ON CONFLICT DO NOTHING";

pub(super) const REMOVE_USER: &str = "
    DELETE FROM group_users
    WHERE group_id = $1 AND user_id = $2";

pub(super) const USERS: &str = concat!(
    "
    SELECT ",
    user_columns!(),
    "
    FROM group_users g
    JOIN users u ON u.id = g.user_id
    WHERE g.group_id = $1 AND u.number > $2
    ORDER BY u.number
    LIMIT $3"
);

pub(super) const SHARE: &str = "
    INSERT INTO group_applications (group_id, application_id)
    SELECT g.id, a.id
    FROM groups g
    JOIN applications a ON a.organization_id = g.organization_id
    WHERE g.id = $1 AND a.id = ANY($2)
    ORDER BY a.id
    FOR KEY SHARE OF g
    ON CONFLICT DO NOTHING";

pub(super) const UNSHARE: &str = "
    DELETE FROM group_applications
    WHERE group_id = $1 AND application_id = $2";

pub(super) const APPLICATIONS: &str = concat!(
    "
    SELECT ",
    application_columns!(),
    "
    FROM group_applications g
    JOIN applications a ON a.id = g.application_id
    WHERE g.group_id = $1 AND a.number > $2
    ORDER BY a.number
    LIMIT $3"
);

//! Facts about groups.

use authority::account::User;
use authority::account::store::Creation;
use authority::application::Application;
use authority::id::{ApplicationId, GroupId, OrganizationId, UserId};
use authority::journal::Draft;
use authority::organization::Group;
use authority::organization::store::Naming;
use authority::token::store::{Change, Page};
use rusqlite::{Connection, params};

use super::applications::{self, application_columns};
use super::order::Told;
use super::row::{Failure, Fields, at, holds, key, one, page, run};
use super::users::{self, user_columns};

const ORGANIZATION_EXISTS: &str = "
    SELECT EXISTS (SELECT 1 FROM organizations WHERE id = ?1 AND deleted_at IS NULL)";

const NAME_TAKEN: &str = "
    SELECT EXISTS (SELECT 1 FROM groups WHERE organization_id = ?1 AND name = ?2 AND id <> ?3)";

const INSERT: &str = "
    INSERT INTO groups (id, organization_id, name, description, created_at, created_by, modified_at,
        modified_by)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
    ON CONFLICT (organization_id, name) DO NOTHING";

pub(super) fn create(db: &Connection, group: &Group) -> Result<Told<Creation>, Failure> {
    let organization = key(group.organization);
    if !holds(db, ORGANIZATION_EXISTS, params![organization])? {
        return Ok(Told::nothing(Creation::Missing));
    }
    if holds(db, NAME_TAKEN, params![organization, group.name, key(group.id)])? {
        return Ok(Told::nothing(Creation::Taken("name")));
    }
    insert(db, group)?;
    Ok(Told::done(Creation::Done(db.last_insert_rowid())))
}

/// Keeps a group whose organization exists, unless that has one of its name.
pub(super) fn insert(db: &Connection, group: &Group) -> Result<(), Failure> {
    let values = params![
        key(group.id),
        key(group.organization),
        group.name,
        group.description,
        at(group.created_at),
        group.created_by.map(key),
        at(group.modified_at),
        group.modified_by.map(key),
    ];
    run(db, INSERT, values).map(drop)
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

const BY_ID: &str = concat!(
    "SELECT ",
    group_columns!(),
    "
    FROM groups g
    WHERE g.id = ?1"
);

pub(super) fn group(db: &Connection, id: GroupId) -> Result<Option<Group>, Failure> {
    one(db, BY_ID, params![key(id)], read)
}

const OF_ORGANIZATION: &str = concat!(
    "SELECT ",
    group_columns!(),
    "
    FROM groups g
    WHERE g.organization_id = ?1 AND g.number > ?2
    ORDER BY g.number
    LIMIT ?3"
);

pub(super) fn list(
    db: &Connection,
    organization: OrganizationId,
    of: Page,
) -> Result<Vec<Group>, Failure> {
    page(db, OF_ORGANIZATION, (key(organization), of), read)
}

const UPDATE: &str = "
    UPDATE groups
    SET name = coalesce(?2, name),
        description = coalesce(?3, description),
        modified_at = ?4,
        modified_by = ?5
    WHERE id = ?1";

pub(super) fn update(
    db: &Connection,
    id: GroupId,
    change: &Naming,
    note: &Draft,
) -> Result<Told<Creation>, Failure> {
    let Some(group) = group(db, id)? else { return Ok(Told::nothing(Creation::Missing)) };
    if holds(db, NAME_TAKEN, params![key(group.organization), change.name, key(id)])? {
        return Ok(Told::nothing(Creation::Taken("name")));
    }
    let by = change.by.map(key);
    run(db, UPDATE, params![key(id), change.name, change.description, at(note.at), by])?;
    Ok(Told::done(Creation::Done(group.number)))
}

/// What is in the group goes with it, by the foreign keys.
const DELETE: &str = "DELETE FROM groups WHERE id = ?1";

pub(super) fn delete(db: &Connection, id: GroupId) -> Result<Told<Change>, Failure> {
    Ok(Told::by(run(db, DELETE, params![key(id)])?, Change::Done, Change::Missing))
}

const ADD_USER: &str = "
    INSERT OR IGNORE INTO group_users (group_id, user_id)
    SELECT g.id, m.user_id
    FROM groups g
    JOIN memberships m ON m.organization_id = g.organization_id
    WHERE g.id = ?1 AND m.user_id = ?2";

pub(super) fn add_users(
    db: &Connection,
    id: GroupId,
    users: &[UserId],
) -> Result<Told<Change>, Failure> {
    let add = |put, user: &UserId| Ok(put + run(db, ADD_USER, params![key(id), key(*user)])?);
    let put = users.iter().try_fold(0, add);
    put.map(|put| Told::by(put, Change::Done, Change::Missing))
}

const REMOVE_USER: &str = "DELETE FROM group_users WHERE group_id = ?1 AND user_id = ?2";

pub(super) fn remove_user(
    db: &Connection,
    id: GroupId,
    user: UserId,
) -> Result<Told<Change>, Failure> {
    let rows = run(db, REMOVE_USER, params![key(id), key(user)])?;
    Ok(Told::by(rows, Change::Done, Change::Missing))
}

const USERS: &str = concat!(
    "SELECT ",
    user_columns!(),
    "
    FROM group_users g
    JOIN users u ON u.id = g.user_id
    WHERE g.group_id = ?1 AND u.number > ?2
    ORDER BY u.number
    LIMIT ?3"
);

pub(super) fn users(db: &Connection, id: GroupId, of: Page) -> Result<Vec<User>, Failure> {
    page(db, USERS, (key(id), of), users::read)
}

const SHARE: &str = "
    INSERT OR IGNORE INTO group_applications (group_id, application_id)
    SELECT g.id, a.id
    FROM groups g
    JOIN applications a ON a.organization_id = g.organization_id
    WHERE g.id = ?1 AND a.id = ?2";

pub(super) fn share(
    db: &Connection,
    id: GroupId,
    applications: &[ApplicationId],
) -> Result<Told<Change>, Failure> {
    let add = |put, one: &ApplicationId| Ok(put + run(db, SHARE, params![key(id), key(*one)])?);
    let put = applications.iter().try_fold(0, add);
    put.map(|put| Told::by(put, Change::Done, Change::Missing))
}

const UNSHARE: &str = "
    DELETE FROM group_applications
    WHERE group_id = ?1 AND application_id = ?2";

pub(super) fn unshare(
    db: &Connection,
    id: GroupId,
    application: ApplicationId,
) -> Result<Told<Change>, Failure> {
    let rows = run(db, UNSHARE, params![key(id), key(application)])?;
    Ok(Told::by(rows, Change::Done, Change::Missing))
}

const APPLICATIONS: &str = concat!(
    "SELECT ",
    application_columns!(),
    "
    FROM group_applications g
    JOIN applications a ON a.id = g.application_id
    WHERE g.group_id = ?1 AND a.number > ?2
    ORDER BY a.number
    LIMIT ?3"
);

pub(super) fn applications(
    db: &Connection,
    id: GroupId,
    of: Page,
) -> Result<Vec<Application>, Failure> {
    page(db, APPLICATIONS, (key(id), of), applications::read)
}

//! How an organization is kept, read, changed and deleted.

use authority::account::store::Creation;
use authority::id::{Number, OrganizationId, UserId};
use authority::journal::Draft;
use authority::organization::store::Naming;
use authority::organization::{Membership, Organization};
use authority::permission::Role;
use authority::token::store::{Change, Page};
use rusqlite::{Connection, params};

use super::memberships;
use super::order::Told;
use super::row::{Failure, Fields, all, at, holds, key, one, page, run};

/// The index `organizations_slugged` says the same.
const SLUG_TAKEN: &str = "
    SELECT EXISTS (
        SELECT 1
        FROM organizations
        WHERE slug = ?1 AND slug <> '' AND id <> ?2 AND deleted_at IS NULL)";

/// The index `organizations_named` says the same.
const NAME_TAKEN: &str = "
    SELECT EXISTS (
        SELECT 1
        FROM organizations
        WHERE name = ?1 AND id <> ?2 AND tenant = 0 AND deleted_at IS NULL)";

const INSERT: &str = "
    INSERT INTO organizations (id, name, description, tenant, created_at, created_by, modified_at,
        modified_by, suspended_at, epoch, slug)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";

const USER_EXISTS: &str =
    "SELECT EXISTS (SELECT 1 FROM users WHERE id = ?1 AND deleted_at IS NULL)";

pub(super) fn create(
    db: &Connection,
    organization: &Organization,
    owner: Option<UserId>,
) -> Result<Told<Creation>, Failure> {
    if let Some(owner) = owner
        && !holds(db, USER_EXISTS, params![key(owner)])?
    {
        return Ok(Told::nothing(Creation::Missing));
    }
    let named = params![organization.name, key(organization.id)];
    if !organization.tenant && holds(db, NAME_TAKEN, named)? {
        return Ok(Told::nothing(Creation::Taken("name")));
    }
    if holds(db, SLUG_TAKEN, params![organization.slug, key(organization.id)])? {
        return Ok(Told::nothing(Creation::Taken("slug")));
    }
    Ok(Told::done(Creation::Done(insert(db, organization, owner)?)))
}

/// Keeps an organization with its first owner, who exists. Gives the number.
pub(super) fn insert(
    db: &Connection,
    organization: &Organization,
    owner: Option<UserId>,
) -> Result<Number, Failure> {
    let values = params![
        key(organization.id),
        organization.name,
        organization.description,
        organization.tenant,
        at(organization.created_at),
        organization.created_by.map(key),
        at(organization.modified_at),
        organization.modified_by.map(key),
        organization.suspended_at.map(at),
        organization.epoch,
        organization.slug,
    ];
    run(db, INSERT, values)?;
    let number = db.last_insert_rowid();
    if let Some(user) = owner {
        let place = Membership {
            user,
            organization: organization.id,
            role: Role::Owner,
            apart: false,
            created_at: organization.created_at,
            modified_at: organization.created_at,
        };
        memberships::insert(db, &place)?;
    }
    Ok(number)
}

macro_rules! organization_columns {
    () => {
        "o.id, o.number, o.name, o.slug, o.description, o.tenant, o.created_at, o.created_by, o.modified_at,
        o.modified_by, o.suspended_at, o.epoch"
    };
}
pub(super) use organization_columns;

pub(super) fn read(row: &mut Fields<'_>) -> Result<Organization, Failure> {
    Ok(Organization {
        id: row.id()?,
        number: row.value()?,
        name: row.value()?,
        slug: row.value()?,
        description: row.value()?,
        tenant: row.value()?,
        created_at: row.time()?,
        created_by: row.maybe_id()?,
        modified_at: row.time()?,
        modified_by: row.maybe_id()?,
        suspended_at: row.maybe_time()?,
        epoch: row.value()?,
    })
}

const BY_ID: &str = concat!(
    "SELECT ",
    organization_columns!(),
    "
    FROM organizations o
    WHERE o.id = ?1 AND o.deleted_at IS NULL"
);

pub(super) fn organization(
    db: &Connection,
    id: OrganizationId,
) -> Result<Option<Organization>, Failure> {
    one(db, BY_ID, params![key(id)], read)
}

const BY_NUMBER: &str = concat!(
    "SELECT ",
    organization_columns!(),
    "
    FROM organizations o
    WHERE o.number = ?1 AND o.deleted_at IS NULL"
);

pub(super) fn numbered(db: &Connection, number: Number) -> Result<Option<Organization>, Failure> {
    one(db, BY_NUMBER, params![number], read)
}

const BY_SLUG: &str = concat!(
    "SELECT ",
    organization_columns!(),
    "
    FROM organizations o
    WHERE o.slug = ?1 AND o.slug <> '' AND o.deleted_at IS NULL"
);

pub(super) fn slugged(db: &Connection, slug: &str) -> Result<Option<Organization>, Failure> {
    one(db, BY_SLUG, params![slug], read)
}

const ALL: &str = concat!(
    "SELECT ",
    organization_columns!(),
    "
    FROM organizations o
    WHERE o.number > ?1 AND o.deleted_at IS NULL
    ORDER BY o.number
    LIMIT ?2"
);

const OF_MEMBER: &str = concat!(
    "SELECT ",
    organization_columns!(),
    "
    FROM memberships m
    JOIN organizations o ON o.id = m.organization_id
    WHERE m.user_id = ?1 AND o.number > ?2 AND o.deleted_at IS NULL
    ORDER BY o.number
    LIMIT ?3"
);

pub(super) fn list(
    db: &Connection,
    member: Option<UserId>,
    of: Page,
) -> Result<Vec<Organization>, Failure> {
    match member {
        Some(member) => page(db, OF_MEMBER, (key(member), of), read),
        None => all(db, ALL, params![of.after, of.limit], read),
    }
}

const UPDATE: &str = "
    UPDATE organizations
    SET name = coalesce(?2, name),
        description = coalesce(?3, description),
        modified_at = ?4,
        modified_by = ?5,
        slug = coalesce(?6, slug)
    WHERE id = ?1 AND deleted_at IS NULL";

pub(super) fn update(
    db: &Connection,
    id: OrganizationId,
    change: &Naming,
    note: &Draft,
) -> Result<Told<Creation>, Failure> {
    let Some(was) = organization(db, id)? else { return Ok(Told::nothing(Creation::Missing)) };
    let named = change.name.as_ref().filter(|_| !was.tenant);
    if named.is_some() && holds(db, NAME_TAKEN, params![named, key(id)])? {
        return Ok(Told::nothing(Creation::Taken("name")));
    }
    if holds(db, SLUG_TAKEN, params![change.slug, key(id)])? {
        return Ok(Told::nothing(Creation::Taken("slug")));
    }
    let Naming { name, slug, description, by } = change;
    let values = params![key(id), name, description, at(note.at), by.map(key), slug];
    run(db, UPDATE, values)?;
    Ok(Told::done(Creation::Done(was.number)))
}

pub(super) const SET_SUSPENDED: &str = "
    UPDATE organizations
    SET suspended_at = iif(?2, ?3, NULL), modified_at = ?3
    WHERE id = ?1 AND deleted_at IS NULL AND (suspended_at IS NOT NULL) <> ?2";

pub(super) const RAISE_EPOCH: &str = "
    UPDATE organizations
    SET epoch = epoch + 1, modified_at = ?2
    WHERE id = ?1 AND deleted_at IS NULL";

const DELETE: &str = "
    UPDATE organizations
    SET deleted_at = ?2, epoch = epoch + 1, modified_at = ?2
    WHERE id = ?1 AND deleted_at IS NULL";

const END: [&str; 3] = [
    "UPDATE applications
    SET archived_at = ?2, modified_at = ?2, epoch = epoch + 1
    WHERE organization_id = ?1 AND archived_at IS NULL",
    "UPDATE service_accounts
    SET disabled_at = ?2, epoch = epoch + 1
    WHERE organization_id = ?1 AND disabled_at IS NULL",
    "UPDATE sessions
    SET ended_at = ?2
    WHERE organization_id = ?1 AND ended_at IS NULL",
];

/// What is in the groups goes with them, by the foreign keys.
const EMPTY: [&str; 2] = [
    "DELETE FROM groups WHERE organization_id = ?1",
    "DELETE FROM memberships WHERE organization_id = ?1",
];

pub(super) fn delete(
    db: &Connection,
    id: OrganizationId,
    note: &Draft,
) -> Result<Told<Change>, Failure> {
    if run(db, DELETE, params![key(id), at(note.at)])? == 0 {
        return Ok(Told::nothing(Change::Missing));
    }
    for end in END {
        run(db, end, params![key(id), at(note.at)])?;
    }
    for empty in EMPTY {
        run(db, empty, params![key(id)])?;
    }
    Ok(Told::done(Change::Done))
}

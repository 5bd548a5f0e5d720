//! How an organization is kept and read.

use authority::account::store::Creation;
use authority::id::{Number, OrganizationId, UserId};
use authority::organization::{Membership, Organization};
use authority::permission::Role;
use authority::token::store::Page;
use rusqlite::{Connection, params};

use super::memberships;
use super::order::Told;
use super::row::{Failure, Fields, all, at, holds, key, one, page, run};

const INSERT: &str = "
    INSERT INTO organizations (id, name, created_at, modified_at, suspended_at, epoch)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

const USER_EXISTS: &str =
    "SELECT EXISTS (SELECT 1 FROM users WHERE id = ?1 AND deleted_at IS NULL)";

pub(super) fn create(
    db: &Connection,
    organization: &Organization,
    owner: UserId,
) -> Result<Told<Creation>, Failure> {
    if !holds(db, USER_EXISTS, params![key(owner)])? {
        return Ok(Told::nothing(Creation::Missing));
    }
    Ok(Told::done(Creation::Done(insert(db, organization, owner)?)))
}

/// Keeps an organization with its first owner, who exists. Gives the number.
pub(super) fn insert(
    db: &Connection,
    organization: &Organization,
    owner: UserId,
) -> Result<Number, Failure> {
    let values = params![
        key(organization.id),
        organization.name,
        at(organization.created_at),
        at(organization.modified_at),
        organization.suspended_at.map(at),
        organization.epoch,
    ];
    run(db, INSERT, values)?;
    let number = db.last_insert_rowid();
    let place = Membership {
        user: owner,
        organization: organization.id,
        role: Role::Owner,
        created_at: organization.created_at,
    };
    memberships::insert(db, &place)?;
    Ok(number)
}

macro_rules! organization_columns {
    () => {
        "o.id, o.number, o.name, o.created_at, o.modified_at, o.suspended_at, o.epoch"
    };
}

fn read(row: &mut Fields<'_>) -> Result<Organization, Failure> {
    Ok(Organization {
        id: row.id()?,
        number: row.value()?,
        name: row.value()?,
        created_at: row.time()?,
        modified_at: row.time()?,
        suspended_at: row.maybe_time()?,
        epoch: row.value()?,
    })
}

const BY_ID: &str =
    concat!("SELECT ", organization_columns!(), " FROM organizations o WHERE o.id = ?1");

pub(super) fn organization(
    db: &Connection,
    id: OrganizationId,
) -> Result<Option<Organization>, Failure> {
    one(db, BY_ID, params![key(id)], read)
}

const BY_NUMBER: &str =
    concat!("SELECT ", organization_columns!(), " FROM organizations o WHERE o.number = ?1");

pub(super) fn numbered(db: &Connection, number: Number) -> Result<Option<Organization>, Failure> {
    one(db, BY_NUMBER, params![number], read)
}

const ALL: &str = concat!(
    "SELECT ",
    organization_columns!(),
    "
    FROM organizations o
    WHERE o.number > ?1
    ORDER BY o.number
    LIMIT ?2"
);

const OF_MEMBER: &str = concat!(
    "SELECT ",
    organization_columns!(),
    "
    FROM memberships m
    JOIN organizations o ON o.id = m.organization_id
    WHERE m.user_id = ?1 AND o.number > ?2
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

pub(super) const RENAME: &str = "
    UPDATE organizations
    SET name = ?2, modified_at = ?3
    WHERE id = ?1";

pub(super) const SET_SUSPENDED: &str = "
    UPDATE organizations
    SET suspended_at = iif(?2, ?3, NULL), modified_at = ?3
    WHERE id = ?1 AND (suspended_at IS NOT NULL) <> ?2";

pub(super) const RAISE_EPOCH: &str = "
    UPDATE organizations
    SET epoch = epoch + 1, modified_at = ?2
    WHERE id = ?1";

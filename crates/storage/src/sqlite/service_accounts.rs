//! Facts about service accounts.

use authority::account::store::Creation;
use authority::application::ServiceAccount;
use authority::application::store::ServiceAccountChange;
use authority::id::{Number, OrganizationId, ServiceAccountId};
use authority::journal::Draft;
use authority::permission::Role;
use authority::token::Token;
use authority::token::store::{Change, KeptSecret, Page};
use rusqlite::{Connection, params};

use super::issue;
use super::order::Told;
use super::row::{Failure, Fields, at, holds, key, one, page, run};
use crate::text;

const NAME_TAKEN: &str = "
    SELECT EXISTS (SELECT 1 FROM service_accounts WHERE organization_id = ?1 AND name = ?2)";

/// With a token, the organization must be as it was when the token was born.
const INSERT: &str = "
    INSERT INTO service_accounts (id, organization_id, name, role, created_at, disabled_at, epoch,
        modified_at)
    SELECT ?1, o.id, ?3, ?4, ?5, ?6, ?7, ?8
    FROM organizations o
    WHERE o.id = ?2
        AND o.deleted_at IS NULL
        AND (?9 IS NULL OR (o.epoch = ?9 AND o.suspended_at IS NULL))";

pub(super) fn create(
    db: &Connection,
    account: &ServiceAccount,
    token: Option<&(Token, KeptSecret)>,
) -> Result<Told<Creation>, Failure> {
    if holds(db, NAME_TAKEN, params![key(account.organization), account.name])? {
        return Ok(Told::nothing(Creation::Taken("name")));
    }
    let values = params![
        key(account.id),
        key(account.organization),
        account.name,
        account.role.as_str(),
        at(account.created_at),
        account.disabled_at.map(at),
        account.epoch,
        at(account.modified_at),
        token.map(|(token, _)| token.born.organization),
    ];
    if run(db, INSERT, values)? == 0 {
        return Ok(Told::nothing(Creation::Missing));
    }
    let number = db.last_insert_rowid();
    if let Some((token, secret)) = token {
        issue::insert(db, token, *secret)?;
    }
    Ok(Told::done(Creation::Done(number)))
}

macro_rules! service_account_columns {
    () => {
        "s.id, s.number, s.organization_id, s.name, s.role, s.created_at, s.modified_at,
        s.disabled_at, s.epoch"
    };
}
pub(super) use service_account_columns;

pub(super) fn read(row: &mut Fields<'_>) -> Result<ServiceAccount, Failure> {
    Ok(ServiceAccount {
        id: row.id()?,
        number: row.value()?,
        organization: row.id()?,
        name: row.value()?,
        role: row.spelled(text::role)?,
        created_at: row.time()?,
        modified_at: row.time()?,
        disabled_at: row.maybe_time()?,
        epoch: row.value()?,
    })
}

const BY_ID: &str = concat!(
    "SELECT ",
    service_account_columns!(),
    "
    FROM service_accounts s
    WHERE s.id = ?1 AND s.deleted_at IS NULL"
);

pub(super) fn account(
    db: &Connection,
    id: ServiceAccountId,
) -> Result<Option<ServiceAccount>, Failure> {
    one(db, BY_ID, params![key(id)], read)
}

const BY_NUMBER: &str = concat!(
    "SELECT ",
    service_account_columns!(),
    "
    FROM service_accounts s
    WHERE s.number = ?1 AND s.deleted_at IS NULL"
);

pub(super) fn numbered(db: &Connection, number: Number) -> Result<Option<ServiceAccount>, Failure> {
    one(db, BY_NUMBER, params![number], read)
}

const OF_ORGANIZATION: &str = concat!(
    "SELECT ",
    service_account_columns!(),
    "
    FROM service_accounts s
    WHERE s.organization_id = ?1 AND s.number > ?2 AND s.deleted_at IS NULL
    ORDER BY s.number
    LIMIT ?3"
);

pub(super) fn list(
    db: &Connection,
    organization: OrganizationId,
    of: Page,
) -> Result<Vec<ServiceAccount>, Failure> {
    page(db, OF_ORGANIZATION, (key(organization), of), read)
}

/// Switching off what is off keeps the date, and kills once more.
const UPDATE: &str = "
    UPDATE service_accounts
    SET role = coalesce(?2, role),
        disabled_at = CASE ?3
            WHEN 1 THEN coalesce(disabled_at, ?4)
            WHEN 0 THEN NULL
            ELSE disabled_at
        END,
        epoch = epoch + coalesce(?3, 0),
        modified_at = ?4
    WHERE id = ?1 AND deleted_at IS NULL";

pub(super) fn update(
    db: &Connection,
    id: ServiceAccountId,
    change: ServiceAccountChange,
    note: &Draft,
) -> Result<Told<Change>, Failure> {
    let values = params![key(id), change.role.map(Role::as_str), change.disabled, at(note.at)];
    Ok(Told::by(run(db, UPDATE, values)?, Change::Done, Change::Missing))
}

/// The row stays, for what points at it; its name, which nobody else can have, is free.
const DELETE: &str = "
    UPDATE service_accounts
    SET deleted_at = ?2,
        disabled_at = coalesce(disabled_at, ?2),
        modified_at = ?2,
        epoch = epoch + 1,
        name = char(10) || hex(id)
    WHERE id = ?1 AND deleted_at IS NULL";

pub(super) fn delete(
    db: &Connection,
    id: ServiceAccountId,
    note: &Draft,
) -> Result<Told<Change>, Failure> {
    let rows = run(db, DELETE, params![key(id), at(note.at)])?;
    Ok(Told::by(rows, Change::Done, Change::Missing))
}

//! Facts about service accounts.

use authority::account::store::Creation;
use authority::application::ServiceAccount;
use authority::application::store::ServiceAccountChange;
use authority::id::{OrganizationId, ServiceAccountId};
use authority::journal::Draft;
use authority::permission::Role;
use authority::token::store::{Change, Page};
use rusqlite::{Connection, params};

use super::order::Told;
use super::row::{Failure, Fields, at, holds, key, one, page, run};
use crate::text;

const NAME_TAKEN: &str = "
    SELECT EXISTS (SELECT 1 FROM service_accounts WHERE organization_id = ?1 AND name = ?2)";

const INSERT: &str = "
    INSERT INTO service_accounts (id, organization_id, name, role, created_at, disabled_at, epoch)
    SELECT ?1, o.id, ?3, ?4, ?5, ?6, ?7
    FROM organizations o
    WHERE o.id = ?2 AND o.deleted_at IS NULL";

pub(super) fn create(db: &Connection, account: &ServiceAccount) -> Result<Told<Creation>, Failure> {
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
    ];
    let kept = run(db, INSERT, values)?;
    Ok(Told::by(kept, Creation::Done(db.last_insert_rowid()), Creation::Missing))
}

fn read(row: &mut Fields<'_>) -> Result<ServiceAccount, Failure> {
    Ok(ServiceAccount {
        id: row.id()?,
        number: row.value()?,
        organization: row.id()?,
        name: row.value()?,
        role: row.spelled(text::role)?,
        created_at: row.time()?,
        disabled_at: row.maybe_time()?,
        epoch: row.value()?,
    })
}

const BY_ID: &str = "
    SELECT id, number, organization_id, name, role, created_at, disabled_at, epoch
    FROM service_accounts
    WHERE id = ?1";

pub(super) fn account(
    db: &Connection,
    id: ServiceAccountId,
) -> Result<Option<ServiceAccount>, Failure> {
    one(db, BY_ID, params![key(id)], read)
}

const OF_ORGANIZATION: &str = "
    SELECT id, number, organization_id, name, role, created_at, disabled_at, epoch
    FROM service_accounts
    WHERE organization_id = ?1 AND number > ?2
    ORDER BY number
    LIMIT ?3";

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
        epoch = epoch + coalesce(?3, 0)
    WHERE id = ?1";

pub(super) fn update(
    db: &Connection,
    id: ServiceAccountId,
    change: ServiceAccountChange,
    note: &Draft,
) -> Result<Told<Change>, Failure> {
    let values = params![key(id), change.role.map(Role::as_str), change.disabled, at(note.at)];
    Ok(Told::by(run(db, UPDATE, values)?, Change::Done, Change::Missing))
}

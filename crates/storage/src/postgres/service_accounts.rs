//! How service accounts are kept and read.

use authority::application::ServiceAccount;
use authority::application::store::ServiceAccountChange;
use authority::id::ServiceAccountId;
use authority::permission::Role;
use jiff::Timestamp;

use super::failure::Failure;
use super::row::Fields;
use super::statement::{Statement, values};
use crate::text::{self, micros};

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
        INSERT INTO service_accounts (id, organization_id, name, role, created_at, disabled_at,
            epoch)
        SELECT $1, home.id, $3, $4, $5, $6, $7
        FROM home
        ON CONFLICT (organization_id, name) DO NOTHING
        RETURNING number
    )
    SELECT (SELECT number FROM made)
    FROM home";

pub(super) fn create(account: &ServiceAccount) -> Statement {
    let values = values![
        account.id.uuid(),
        account.organization.uuid(),
        account.name.clone(),
        account.role.as_str(),
        micros(account.created_at),
        account.disabled_at.map(micros),
        account.epoch,
    ];
    Statement::new(CREATE, values)
}

pub(super) fn read(row: &mut Fields<'_>) -> Result<ServiceAccount, Failure> {
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

pub(super) const BY_ID: &str = "
    SELECT id, number, organization_id, name, role, created_at, disabled_at, epoch
    FROM service_accounts
    WHERE id = $1";

pub(super) const OF_ORGANIZATION: &str = "
    SELECT id, number, organization_id, name, role, created_at, disabled_at, epoch
    FROM service_accounts
    WHERE organization_id = $1 AND number > $2
    ORDER BY number
    LIMIT $3";

/// Switching off what is off keeps the date, and kills once more.
const UPDATE: &str = "
    UPDATE service_accounts
    SET role = COALESCE($2, role),
        disabled_at = CASE
            WHEN $3 THEN COALESCE(disabled_at, $4)
            WHEN NOT $3 THEN NULL
            ELSE disabled_at
        END,
        epoch = epoch + CASE WHEN $3 THEN 1 ELSE 0 END
    WHERE id = $1";

pub(super) fn update(
    id: ServiceAccountId,
    change: ServiceAccountChange,
    at: Timestamp,
) -> Statement {
    let ServiceAccountChange { role, disabled } = change;
    Statement::new(UPDATE, values![id.uuid(), role.map(Role::as_str), disabled, micros(at)])
}

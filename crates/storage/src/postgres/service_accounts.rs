//! How service accounts are kept and read.

use authority::application::ServiceAccount;
use authority::application::store::ServiceAccountChange;
use authority::id::ServiceAccountId;
use authority::permission::Role;
use authority::token::Token;
use authority::token::store::KeptSecret;
use jiff::Timestamp;

use super::failure::Failure;
use super::issue::{self, keep_token};
use super::row::Fields;
use super::statement::{Statement, Values, values};
use crate::text::{self, micros};

/// Gives a row if there is the organization, and in it the number of what was made. The
/// organization is held, so that it isn't deleted meanwhile; with a token, it must be as it was when
/// the token was born.
const CREATE: &str = "
    WITH home AS (
        SELECT id
        FROM organizations
        WHERE id = $2
            AND deleted_at IS NULL
            AND ($9::BIGINT IS NULL OR (epoch = $9 AND suspended_at IS NULL))
        FOR SHARE
    ),
    made AS (
        INSERT INTO service_accounts (id, organization_id, name, role, created_at, disabled_at,
            epoch, modified_at)
        SELECT $1, home.id, $3, $4, $5, $6, $7, $8
        FROM home
        ON CONFLICT (organization_id, name) DO NOTHING
        RETURNING number
    )
    SELECT (SELECT number FROM made)
    FROM home";

/// Keeps the token of a service account that was just made. Gives what [`CREATE`] gave.
const KEEP_TOKEN: &str = concat!(
    "
    WITH kept AS (",
    keep_token!(
        "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
            $20, $21, $22, $23, $24, $25, $26",
        "service_accounts s
        WHERE s.id = $27"
    ),
    "
    )
    SELECT s.number
    FROM organizations o
    LEFT JOIN service_accounts s ON s.id = $27
    WHERE o.id = $28
        AND o.deleted_at IS NULL
        AND o.epoch = $18
        AND o.suspended_at IS NULL"
);

pub(super) fn create(account: &ServiceAccount, token: Option<(&Token, KeptSecret)>) -> Statement {
    let born = token.map(|(token, _)| token.born.organization);
    let Some((token, secret)) = token else { return Statement::new(CREATE, row(account, born)) };
    let mut values = issue::row(token, secret);
    values.extend(values![account.id.uuid(), account.organization.uuid()]);
    Statement::new(KEEP_TOKEN, values).behind(CREATE, row(account, born))
}

fn row(account: &ServiceAccount, born: Option<i64>) -> Values {
    values![
        account.id.uuid(),
        account.organization.uuid(),
        account.name.clone(),
        account.role.as_str(),
        micros(account.created_at),
        account.disabled_at.map(micros),
        account.epoch,
        micros(account.modified_at),
        born,
    ]
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

pub(super) const BY_ID: &str = concat!(
    "
    SELECT ",
    service_account_columns!(),
    "
    FROM service_accounts s
    WHERE s.id = $1 AND s.deleted_at IS NULL"
);

pub(super) const BY_NUMBER: &str = concat!(
    "
    SELECT ",
    service_account_columns!(),
    "
    FROM service_accounts s
    WHERE s.number = $1 AND s.deleted_at IS NULL"
);

pub(super) const OF_ORGANIZATION: &str = concat!(
    "
    SELECT ",
    service_account_columns!(),
    "
    FROM service_accounts s
    WHERE s.organization_id = $1 AND s.number > $2 AND s.deleted_at IS NULL
    ORDER BY s.number
    LIMIT $3"
);

/// Switching off what is off keeps the date, and kills once more.
const UPDATE: &str = "
    UPDATE service_accounts
    SET role = COALESCE($2, role),
        disabled_at = CASE
            WHEN $3 THEN COALESCE(disabled_at, $4)
            WHEN NOT $3 THEN NULL
            ELSE disabled_at
        END,
        epoch = epoch + CASE WHEN $3 THEN 1 ELSE 0 END,
        modified_at = $4
    WHERE id = $1 AND deleted_at IS NULL";

pub(super) fn update(
    id: ServiceAccountId,
    change: ServiceAccountChange,
    at: Timestamp,
) -> Statement {
    let ServiceAccountChange { role, disabled } = change;
    Statement::new(UPDATE, values![id.uuid(), role.map(Role::as_str), disabled, micros(at)])
}

/// The row stays, for what points at it; its name, which nobody else can have, is free.
const DELETE: &str = "
    UPDATE service_accounts
    SET deleted_at = $2,
        disabled_at = COALESCE(disabled_at, $2),
        modified_at = $2,
        epoch = epoch + 1,
        name = chr(10) || id
    WHERE id = $1 AND deleted_at IS NULL";

pub(super) fn delete(id: ServiceAccountId, at: Timestamp) -> Statement {
    Statement::new(DELETE, values![id.uuid(), micros(at)])
}

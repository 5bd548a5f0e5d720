//! How an organization is kept and read.

use authority::account::store::Creation;
use authority::error::StoreError;
use authority::id::{Id, UserId};
use authority::organization::Organization;
use authority::token::store::Page;

use super::Postgres;
use super::fact::Told;
use super::failure::Failure;
use super::row::Fields;
use super::session::Answer;
use super::statement::{Statement, values};
use crate::text::micros;

/// The owner is held, so that it isn't deleted meanwhile.
const CREATE: &str = "
    WITH owner AS (
        SELECT id
        FROM users
        WHERE id = $7 AND deleted_at IS NULL
        FOR SHARE
    ),
    made AS (
        INSERT INTO organizations (id, name, created_at, modified_at, suspended_at, epoch)
        SELECT $1, $2, $3, $4, $5, $6
        FROM owner
        RETURNING id, number, created_at
    ),
    placed AS (
        INSERT INTO memberships (user_id, organization_id, role, created_at)
        SELECT owner.id, made.id, 'owner', made.created_at
        FROM owner, made
    )
    SELECT number
    FROM made";

pub(super) fn create(organization: &Organization, owner: UserId) -> Statement {
    let values = values![
        organization.id.uuid(),
        organization.name.clone(),
        micros(organization.created_at),
        micros(organization.modified_at),
        organization.suspended_at.map(micros),
        organization.epoch,
        owner.uuid(),
    ];
    Statement::new(CREATE, values)
}

/// The number of what was made, if it was.
pub(super) fn created(answer: &Answer) -> Result<Told<Creation>, Failure> {
    let Some(mut row) = answer.first() else { return Ok(Told::nothing(Creation::Missing)) };
    Ok(Told::done(Creation::Done(row.value()?)))
}

macro_rules! organization_columns {
    () => {
        "o.id, o.number, o.name, o.created_at, o.modified_at, o.suspended_at, o.epoch"
    };
}

pub(super) fn read(row: &mut Fields<'_>) -> Result<Organization, Failure> {
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

pub(super) const BY_ID: &str = concat!(
    "
    SELECT ",
    organization_columns!(),
    "
    FROM organizations o
    WHERE o.id = $1"
);

pub(super) const BY_NUMBER: &str = concat!(
    "
    SELECT ",
    organization_columns!(),
    "
    FROM organizations o
    WHERE o.number = $1"
);

const ALL: &str = concat!(
    "
    SELECT ",
    organization_columns!(),
    "
    FROM organizations o
    WHERE o.number > $1
    ORDER BY o.number
    LIMIT $2"
);

const OF_MEMBER: &str = concat!(
    "
    SELECT ",
    organization_columns!(),
    "
    FROM memberships m
    JOIN organizations o ON o.id = m.organization_id
    WHERE m.user_id = $1 AND o.number > $2
    ORDER BY o.number
    LIMIT $3"
);

pub(super) async fn list(
    db: &Postgres,
    member: Option<UserId>,
    page: Page,
) -> Result<Vec<Organization>, StoreError> {
    match member.map(Id::uuid) {
        Some(member) => db.page(OF_MEMBER, member, page, read).await,
        None => db.all(ALL, &[&page.after, &i64::from(page.limit)], read).await,
    }
}

pub(super) const RENAME: &str = "
    UPDATE organizations
    SET name = $2, modified_at = $3
    WHERE id = $1";

pub(super) const SET_SUSPENDED: &str = "
    UPDATE organizations
    SET suspended_at = CASE WHEN $2 THEN $3::BIGINT END, modified_at = $3
    WHERE id = $1 AND (suspended_at IS NOT NULL) <> $2";

pub(super) const RAISE_EPOCH: &str = "
    UPDATE organizations
    SET epoch = epoch + 1, modified_at = $2
    WHERE id = $1";

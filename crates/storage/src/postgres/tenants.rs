//! How an organization is kept and read.

use authority::error::StoreError;
use authority::id::{Id, OrganizationId, UserId};
use authority::organization::Organization;
use authority::organization::store::Naming;
use authority::token::store::Page;
use jiff::Timestamp;

use super::Postgres;
use super::failure::Failure;
use super::row::Fields;
use super::statement::{HOLD_ORGANIZATION, Statement, values};
use crate::text::micros;

/// The owner, if there is to be one, is held, so that it isn't deleted meanwhile. Gives a row if
/// there is that owner, and in it the number of what was made, and whether it is the slug alone that
/// is taken if nothing was made. Two who give one name at once collide on its index, and the second
/// makes nothing; two who give one slug fail on the other index, and the second is tried again.
const CREATE: &str = "
    WITH owner AS (
        SELECT id
        FROM users
        WHERE id = $11 AND deleted_at IS NULL
        FOR SHARE
    ),
    ground AS (
        SELECT
        WHERE $11::UUID IS NULL OR EXISTS (SELECT FROM owner)
    ),
    made AS (
        INSERT INTO organizations (id, name, description, tenant, created_at, created_by,
            modified_at, modified_by, suspended_at, epoch, slug)
        SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $12
        FROM ground
        WHERE NOT EXISTS (
            SELECT
            FROM organizations
            WHERE slug = $12 AND slug <> '' AND deleted_at IS NULL)
        ON CONFLICT (name) WHERE NOT tenant AND deleted_at IS NULL DO NOTHING
        RETURNING id, number, created_at
    ),
    placed AS (
        INSERT INTO memberships (user_id, organization_id, role, created_at, modified_at)
        SELECT owner.id, made.id, 'owner', made.created_at, made.created_at
        FROM owner, made
    )
    SELECT (SELECT number FROM made),
        EXISTS (
            SELECT
            FROM organizations
            WHERE slug = $12 AND slug <> '' AND deleted_at IS NULL)
        AND ($4 OR NOT EXISTS (
            SELECT
            FROM organizations
            WHERE name = $2 AND NOT tenant AND deleted_at IS NULL))
    FROM ground";

pub(super) fn create(organization: &Organization, owner: Option<UserId>) -> Statement {
    let values = values![
        organization.id.uuid(),
        organization.name.clone(),
        organization.description.clone(),
        organization.tenant,
        micros(organization.created_at),
        organization.created_by.map(Id::uuid),
        micros(organization.modified_at),
        organization.modified_by.map(Id::uuid),
        organization.suspended_at.map(micros),
        organization.epoch,
        owner.map(Id::uuid),
        organization.slug.clone(),
    ];
    Statement::new(CREATE, values)
}

macro_rules! organization_columns {
    () => {
        "o.id, o.number, o.name, o.slug, o.description, o.tenant, o.created_at, o.created_by,
        o.modified_at, o.modified_by, o.suspended_at, o.epoch"
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

pub(super) const BY_ID: &str = concat!(
    "
    SELECT ",
    organization_columns!(),
    "
    FROM organizations o
    WHERE o.id = $1 AND o.deleted_at IS NULL"
);

pub(super) const BY_NUMBER: &str = concat!(
    "
    SELECT ",
    organization_columns!(),
    "
    FROM organizations o
    WHERE o.number = $1 AND o.deleted_at IS NULL"
);

pub(super) const BY_SLUG: &str = concat!(
    "
    SELECT ",
    organization_columns!(),
    "
    FROM organizations o
    WHERE o.slug = $1 AND o.slug <> '' AND o.deleted_at IS NULL"
);

const ALL: &str = concat!(
    "
    SELECT ",
    organization_columns!(),
    "
    FROM organizations o
    WHERE o.number > $1 AND o.deleted_at IS NULL
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
    WHERE m.user_id = $1 AND o.number > $2 AND o.deleted_at IS NULL
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

/// Two who give one name or slug at once collide on the index. Gives what [`CREATE`] gives.
const UPDATE: &str = "
    WITH changed AS (
        UPDATE organizations
        SET name = COALESCE($2, name),
            description = COALESCE($3, description),
            modified_at = $4,
            modified_by = $5,
            slug = COALESCE($6, slug)
        WHERE id = $1
            AND deleted_at IS NULL
            AND (tenant OR NOT EXISTS (
                SELECT
                FROM organizations other
                WHERE other.name = $2
                    AND NOT other.tenant
                    AND other.deleted_at IS NULL
                    AND other.id <> $1))
            AND NOT EXISTS (
                SELECT
                FROM organizations other
                WHERE other.slug = $6
                    AND other.slug <> ''
                    AND other.deleted_at IS NULL
                    AND other.id <> $1)
        RETURNING number
    )
    SELECT (SELECT number FROM changed), tenant OR NOT EXISTS (
            SELECT
            FROM organizations other
            WHERE other.name = $2
                AND NOT other.tenant
                AND other.deleted_at IS NULL
                AND other.id <> $1)
    FROM organizations
    WHERE id = $1 AND deleted_at IS NULL";

pub(super) fn update(id: OrganizationId, change: &Naming, at: Timestamp) -> Statement {
    let Naming { name, slug, description, by } = change.clone();
    let values = values![id.uuid(), name, description, micros(at), by.map(Id::uuid), slug];
    Statement::new(UPDATE, values).behind(HOLD_ORGANIZATION, values![id.uuid()])
}

/// Who acts by a place waits, or has done so. Behind the organization, so that nobody gets one
/// meanwhile, and in the order of the users, so that two nodes don't wait for each other.
const HOLD_PLACES: &str = "
    SELECT
    FROM memberships
    WHERE organization_id = $1
    ORDER BY user_id
    FOR UPDATE";

/// What the row keeps is what old entries point at. What is in a group goes with it, by the
/// foreign keys.
const DELETE: &str = "
    WITH gone AS (
        UPDATE organizations
        SET deleted_at = $2, epoch = epoch + 1, modified_at = $2
        WHERE id = $1 AND deleted_at IS NULL
        RETURNING id
    ),
    archived AS (
        UPDATE applications
        SET archived_at = $2, modified_at = $2, epoch = applications.epoch + 1
        FROM gone
        WHERE applications.organization_id = gone.id AND applications.archived_at IS NULL
    ),
    disabled AS (
        UPDATE service_accounts
        SET disabled_at = $2, epoch = service_accounts.epoch + 1
        FROM gone
        WHERE service_accounts.organization_id = gone.id AND service_accounts.disabled_at IS NULL
    ),
    ungrouped AS (
        DELETE FROM groups
        USING gone
        WHERE groups.organization_id = gone.id
    ),
    left_alone AS (
        DELETE FROM memberships
        USING gone
        WHERE memberships.organization_id = gone.id
    ),
    ended AS (
        UPDATE sessions
        SET ended_at = $2
        FROM gone
        WHERE sessions.organization_id = gone.id AND sessions.ended_at IS NULL
    )
    SELECT
    FROM gone";

pub(super) fn delete(id: OrganizationId, at: Timestamp) -> Statement {
    Statement::new(DELETE, values![id.uuid(), micros(at)])
        .behind(HOLD_ORGANIZATION, values![id.uuid()])
        .behind(HOLD_PLACES, values![id.uuid()])
}

pub(super) const SET_SUSPENDED: &str = "
    UPDATE organizations
    SET suspended_at = CASE WHEN $2 THEN $3::BIGINT END, modified_at = $3
    WHERE id = $1 AND deleted_at IS NULL AND (suspended_at IS NOT NULL) <> $2";

pub(super) const RAISE_EPOCH: &str = "
    UPDATE organizations
    SET epoch = epoch + 1, modified_at = $2
    WHERE id = $1 AND deleted_at IS NULL";

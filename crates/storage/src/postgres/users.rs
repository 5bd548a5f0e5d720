//! How a user is kept and read, and whose a login is.

use authority::account::{PasswordHash, User, canonical};
use authority::error::StoreError;
use authority::id::{Id, OrganizationId};
use authority::token::store::Page;

use super::Postgres;
use super::failure::Failure;
use super::row::Fields;
use super::statement::{Values, values};
use crate::text::micros;

/// The columns of a new user, and then its logins.
pub(super) fn new(user: &User, password: Option<&PasswordHash>) -> Values {
    values![
        user.id.uuid(),
        user.username.clone(),
        user.email.clone(),
        user.first_name.clone(),
        user.last_name.clone(),
        user.language.clone(),
        user.marks.superuser,
        user.marks.system_auditor,
        password.map(|password| password.phc().to_owned()),
        micros(user.created_at),
        micros(user.modified_at),
        user.confirmed_at.map(micros),
        user.disabled_at.map(micros),
        user.last_login_at.map(micros),
        user.epoch,
        canonical(&user.username),
        user.email.as_deref().map(canonical),
    ]
}

macro_rules! user_columns {
    () => {
        "u.id, u.number, u.username, u.email, u.first_name, u.last_name, u.language, u.superuser,
        u.system_auditor, u.created_at, u.modified_at, u.confirmed_at, u.disabled_at,
        u.last_login_at, u.epoch"
    };
}
pub(super) use user_columns;

pub(super) fn read(row: &mut Fields<'_>) -> Result<User, Failure> {
    Ok(User {
        id: row.id()?,
        number: row.value()?,
        username: row.value()?,
        email: row.value()?,
        first_name: row.value()?,
        last_name: row.value()?,
        language: row.value()?,
        marks: row.marks()?,
        created_at: row.time()?,
        modified_at: row.time()?,
        confirmed_at: row.maybe_time()?,
        disabled_at: row.maybe_time()?,
        last_login_at: row.maybe_time()?,
        epoch: row.value()?,
    })
}

pub(super) const BY_ID: &str = concat!(
    "
    SELECT ",
    user_columns!(),
    "
    FROM users u
    WHERE u.id = $1 AND u.deleted_at IS NULL"
);

pub(super) const BY_NUMBER: &str = concat!(
    "
    SELECT ",
    user_columns!(),
    "
    FROM users u
    WHERE u.number = $1 AND u.deleted_at IS NULL"
);

pub(super) const BY_LOGIN: &str = concat!(
    "
    SELECT ",
    user_columns!(),
    ", u.password
    FROM logins l
    JOIN users u ON u.id = l.user_id
    WHERE l.canonical = $1 AND u.deleted_at IS NULL"
);

pub(super) fn with_password(row: &mut Fields<'_>) -> Result<(User, Option<PasswordHash>), Failure> {
    let user = read(row)?;
    Ok((user, row.value::<Option<String>>()?.map(PasswordHash::from_phc)))
}

const ALL: &str = concat!(
    "
    SELECT ",
    user_columns!(),
    "
    FROM users u
    WHERE u.number > $1 AND u.deleted_at IS NULL
    ORDER BY u.number
    LIMIT $2"
);

const MEMBERS: &str = concat!(
    "
    SELECT ",
    user_columns!(),
    "
    FROM memberships m
    JOIN users u ON u.id = m.user_id
    WHERE m.organization_id = $1 AND u.number > $2
    ORDER BY u.number
    LIMIT $3"
);

pub(super) async fn list(
    db: &Postgres,
    organization: Option<OrganizationId>,
    page: Page,
) -> Result<Vec<User>, StoreError> {
    match organization.map(Id::uuid) {
        Some(organization) => db.page(MEMBERS, organization, page, read).await,
        None => db.all(ALL, &[&page.after, &i64::from(page.limit)], read).await,
    }
}

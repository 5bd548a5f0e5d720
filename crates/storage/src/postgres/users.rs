//! How a user is kept and read, and whose a login is.

use std::sync::Arc;

use authority::account::store::{Creation, UserChange, UserUpdate};
use authority::account::{Password, PasswordHash, User, canonical};
use authority::error::StoreError;
use authority::id::{Id, OrganizationId, UserId};
use authority::token::store::Page;
use uuid::Uuid;

use super::Postgres;
use super::fact::Told;
use super::failure::Failure;
use super::row::Fields;
use super::session::{Answer, Session};
use super::statement::{Statement, Values, references, values};
use super::superusers::{HOLD_SUPERUSERS, IS_LAST_SUPERUSER};
use crate::text::{Unreadable, micros};

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
        user.provider.clone(),
        canonical(&user.username),
        user.email.as_deref().map(canonical),
    ]
}

/// Keeps a user and its logins if both are free. Two who claim one at once collide on the key of
/// the table, and the second then finds it taken.
const CREATE: &str = "
    WITH taken AS (
        SELECT
            EXISTS (SELECT FROM logins WHERE canonical = $17) AS username,
            EXISTS (SELECT FROM logins WHERE canonical = $18) AS email
    ),
    made AS (
        INSERT INTO users (id, username, email, first_name, last_name, language, superuser,
            system_auditor, password, created_at, modified_at, confirmed_at, disabled_at,
            last_login_at, epoch, provider, home_id)
        SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $19
        FROM taken
        WHERE NOT taken.username AND NOT taken.email
        RETURNING number
    ),
    known AS (
        INSERT INTO logins (canonical, user_id)
        SELECT DISTINCT login, $1
        FROM made, unnest(ARRAY[$17, $18]) AS login
        WHERE login IS NOT NULL
    )
    SELECT (SELECT number FROM made), taken.username
    FROM taken";

pub(super) fn create(user: &User, password: Option<&PasswordHash>) -> Statement {
    let mut values = new(user, password);
    values.extend(values![user.home.map(Id::uuid)]);
    Statement::new(CREATE, values)
}

pub(super) fn created(answer: &Answer) -> Result<Told<Creation>, Failure> {
    let mut row = answer.first().ok_or(Unreadable("answer"))?;
    Ok(match (row.value()?, row.value()?) {
        (Some(number), _) => Told::done(Creation::Done(number)),
        (None, true) => Told::nothing(Creation::Taken("username")),
        (None, false) => Told::nothing(Creation::Taken("email")),
    })
}

const HOLD_LOGINS: &str = "
    SELECT username, email
    FROM users
    WHERE id = $1 AND deleted_at IS NULL
    FOR NO KEY UPDATE";

/// Which of a user name and an address, if either, is another user's.
const TAKEN: &str = "
    SELECT
        EXISTS (SELECT FROM logins WHERE canonical = $2 AND user_id <> $1),
        EXISTS (SELECT FROM logins WHERE canonical = $3 AND user_id <> $1)";

const UPDATE: &str = "
    UPDATE users
    SET username = COALESCE($2, username),
        email = COALESCE($3, email),
        confirmed_at = CASE
            WHEN $3 IS NULL OR lower($3) = lower(email) THEN confirmed_at
        END,
        first_name = COALESCE($4, first_name),
        last_name = COALESCE($5, last_name),
        language = COALESCE($6, language),
        superuser = COALESCE($7, superuser),
        system_auditor = COALESCE($8, system_auditor),
        modified_at = $9,
        provider = CASE WHEN $10 THEN $11 ELSE provider END
    WHERE id = $1";

const FREE_LOGINS: &str = "
    DELETE FROM logins
    WHERE user_id = $1";

const KEEP_LOGINS: &str = "
    INSERT INTO logins (canonical, user_id)
    SELECT DISTINCT login, $1::UUID
    FROM unnest(ARRAY[$2, $3]::TEXT[]) AS login
    WHERE login IS NOT NULL";

/// What a login is looked up by is made here and not by the server, so this takes several steps.
pub(super) async fn update(
    session: Session,
    id: UserId,
    change: Arc<UserChange>,
    at: i64,
) -> Result<Told<UserUpdate>, Failure> {
    let id = id.uuid();
    let demotes = change.superuser == Some(false);
    if demotes {
        session.ask(HOLD_SUPERUSERS, &[&id]).await?;
    }
    let held = session.ask(HOLD_LOGINS, &[&id]).await?;
    let Some(mut row) = held.first() else { return Ok(Told::nothing(UserUpdate::Missing)) };
    let (username, email): (String, Option<String>) = (row.value()?, row.value()?);
    let wanted = |login: &Option<String>| login.as_deref().map(canonical);
    let taken =
        session.ask(TAKEN, &[&id, &wanted(&change.username), &wanted(&change.email)]).await?;
    let mut row = taken.first().ok_or(Unreadable("answer"))?;
    match (row.value()?, row.value()?) {
        (true, _) => return Ok(Told::nothing(UserUpdate::Taken("username"))),
        (_, true) => return Ok(Told::nothing(UserUpdate::Taken("email"))),
        (false, false) => {}
    }
    if demotes && is_last(&session, id).await? {
        return Ok(Told::nothing(UserUpdate::LastSuperuser));
    }
    session.ask(UPDATE, &references(&changes(id, &change, at))).await?;
    let username = canonical(change.username.as_deref().unwrap_or(&username));
    let email = change.email.as_deref().or(email.as_deref()).map(canonical);
    session.ask(FREE_LOGINS, &[&id]).await?;
    session.ask(KEEP_LOGINS, &[&id, &username, &email]).await?;
    Ok(Told::done(UserUpdate::Done))
}

async fn is_last(session: &Session, id: Uuid) -> Result<bool, Failure> {
    let answer = session.ask(IS_LAST_SUPERUSER, &[&id]).await?;
    answer.first().ok_or(Unreadable("answer"))?.value()
}

fn changes(id: Uuid, change: &UserChange, at: i64) -> Values {
    let change = change.clone();
    values![
        id,
        change.username,
        change.email,
        change.first_name,
        change.last_name,
        change.language,
        change.superuser,
        change.system_auditor,
        at,
        change.provider.is_some(),
        change.provider.flatten(),
    ]
}

macro_rules! user_columns {
    () => {
        "u.id, u.number, u.username, u.email, u.first_name, u.last_name, u.language, u.superuser,
        u.system_auditor, u.created_at, u.modified_at, u.confirmed_at, u.disabled_at,
        u.last_login_at, u.epoch, u.provider, u.home_id"
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
        provider: row.value()?,
        home: row.maybe_id()?,
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
    ", u.password, u.passwords
    FROM logins l
    JOIN users u ON u.id = l.user_id
    WHERE l.canonical = $1 AND u.deleted_at IS NULL"
);

pub(super) fn with_password(row: &mut Fields<'_>) -> Result<(User, Option<Password>), Failure> {
    let user = read(row)?;
    Ok((user, password(row)?))
}

pub(super) fn password(row: &mut Fields<'_>) -> Result<Option<Password>, Failure> {
    let (phc, generation) = (row.value::<Option<String>>()?, row.value()?);
    Ok(phc.map(PasswordHash::from_phc).map(|hash| Password { hash, generation }))
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

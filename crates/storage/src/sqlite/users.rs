//! How a user is kept and read, and whose a login is.

use authority::account::{Password, PasswordHash, User, canonical};
use authority::id::{Number, OrganizationId, UserId};
use authority::token::store::Page;
use rusqlite::{Connection, params};

use super::row::{Failure, Fields, all, at, holds, key, one, page, run};

const INSERT: &str = "
    INSERT INTO users (id, username, email, first_name, last_name, language, superuser,
        system_auditor, password, created_at, modified_at, confirmed_at, disabled_at,
        last_login_at, provider, epoch, home_id)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)";

/// Keeps a user whose logins are free. Gives the number.
pub(super) fn insert(
    db: &Connection,
    user: &User,
    password: Option<&PasswordHash>,
) -> Result<Number, Failure> {
    let values = params![
        key(user.id),
        user.username,
        user.email,
        user.first_name,
        user.last_name,
        user.language,
        user.marks.superuser,
        user.marks.system_auditor,
        password.map(PasswordHash::phc),
        at(user.created_at),
        at(user.modified_at),
        user.confirmed_at.map(at),
        user.disabled_at.map(at),
        user.last_login_at.map(at),
        user.provider,
        user.epoch,
        user.home.map(key),
    ];
    run(db, INSERT, values)?;
    let number = db.last_insert_rowid();
    let email = user.email.as_deref().map(canonical);
    keep_logins(db, user.id, &canonical(&user.username), email.as_deref())?;
    Ok(number)
}

const KEEP_LOGIN: &str = "
    INSERT INTO logins (canonical, user_id)
    VALUES (?1, ?2)";

/// Keeps the canonical name and address of a user as its own.
pub(super) fn keep_logins(
    db: &Connection,
    id: UserId,
    username: &str,
    email: Option<&str>,
) -> Result<(), Failure> {
    run(db, KEEP_LOGIN, params![username, key(id)])?;
    match email.filter(|email| *email != username) {
        Some(email) => run(db, KEEP_LOGIN, params![email, key(id)]).map(drop),
        None => Ok(()),
    }
}

const TAKEN: &str = "
    SELECT EXISTS (SELECT 1 FROM logins WHERE canonical = ?1 AND user_id <> ?2)";

/// Which of a user name and an address, if either, is another user's.
pub(super) fn taken(
    db: &Connection,
    id: UserId,
    (username, email): (Option<&str>, Option<&str>),
) -> Result<Option<&'static str>, Failure> {
    for (what, login) in [("username", username), ("email", email)] {
        let Some(login) = login.map(canonical) else { continue };
        if holds(db, TAKEN, params![login, key(id)])? {
            return Ok(Some(what));
        }
    }
    Ok(None)
}

macro_rules! user_columns {
    () => {
        "u.id, u.number, u.username, u.email, u.first_name, u.last_name, u.language, u.superuser,
        u.system_auditor, u.created_at, u.modified_at, u.confirmed_at, u.disabled_at,
        u.last_login_at, u.provider, u.epoch, u.home_id"
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
        provider: row.value()?,
        epoch: row.value()?,
        home: row.maybe_id()?,
    })
}

const BY_ID: &str = concat!(
    "SELECT ",
    user_columns!(),
    "
    FROM users u
    WHERE u.id = ?1 AND u.deleted_at IS NULL"
);

pub(super) fn user(db: &Connection, id: UserId) -> Result<Option<User>, Failure> {
    one(db, BY_ID, params![key(id)], read)
}

const BY_NUMBER: &str = concat!(
    "SELECT ",
    user_columns!(),
    "
    FROM users u
    WHERE u.number = ?1 AND u.deleted_at IS NULL"
);

pub(super) fn numbered(db: &Connection, number: Number) -> Result<Option<User>, Failure> {
    one(db, BY_NUMBER, params![number], read)
}

const BY_LOGIN: &str = concat!(
    "SELECT ",
    user_columns!(),
    ", u.password, u.passwords
    FROM logins l
    JOIN users u ON u.id = l.user_id
    WHERE l.canonical = ?1 AND u.deleted_at IS NULL"
);

pub(super) fn by_login(
    db: &Connection,
    canonical: &str,
) -> Result<Option<(User, Option<Password>)>, Failure> {
    one(db, BY_LOGIN, params![canonical], |row| {
        let user = read(row)?;
        Ok((user, password(row)?))
    })
}

pub(super) fn password(row: &mut Fields<'_>) -> Result<Option<Password>, Failure> {
    let (phc, generation) = (row.value::<Option<String>>()?, row.value()?);
    Ok(phc.map(PasswordHash::from_phc).map(|hash| Password { hash, generation }))
}

const ALL: &str = concat!(
    "SELECT ",
    user_columns!(),
    "
    FROM users u
    WHERE u.number > ?1 AND u.deleted_at IS NULL
    ORDER BY u.number
    LIMIT ?2"
);

const MEMBERS: &str = concat!(
    "SELECT ",
    user_columns!(),
    "
    FROM memberships m
    JOIN users u ON u.id = m.user_id
    WHERE m.organization_id = ?1 AND u.number > ?2 AND u.deleted_at IS NULL
    ORDER BY u.number
    LIMIT ?3"
);

pub(super) fn list(
    db: &Connection,
    organization: Option<OrganizationId>,
    of: Page,
) -> Result<Vec<User>, Failure> {
    match organization {
        Some(organization) => page(db, MEMBERS, (key(organization), of), read),
        None => all(db, ALL, params![of.after, of.limit], read),
    }
}

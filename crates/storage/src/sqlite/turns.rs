//! How a session is opened, and moved on from one refresh token to the next.

use authority::account::Session;
use authority::account::store::Turn;
use authority::journal::Draft;
use authority::secret::Digest;
use authority::token::store::Change;
use rusqlite::{Connection, params};

use super::order::Told;
use super::row::{Failure, at, first, key, run};
use super::stands::{application_stands, user_stands};

const OPEN: &str = concat!(
    "INSERT INTO sessions (id, user_id, organization_id, generation, floor, used, replaced,
        remembered, created_at, refreshed_at, expires_at, ended_at, born_holder,
        born_organization, application_id)
    SELECT ?5, ?1, ?2, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?3, ?4, ?16
    WHERE ",
    user_stands!("?1"),
    "
    AND (?15 IS NULL OR ?15 = (SELECT passwords FROM users WHERE id = ?1))
    AND (?16 IS NULL OR ",
    application_stands!("?16"),
    ")"
);

const KEEP_REFRESH: &str = "
    INSERT INTO refresh_tokens (digest, session_id, generation)
    VALUES (?1, ?2, ?3)";

const NOTE_LOGIN: &str = "
    UPDATE users
    SET last_login_at = ?2
    WHERE id = ?1";

pub(super) fn open(
    db: &Connection,
    session: &Session,
    (refresh, password): (Digest, Option<i64>),
    note: &Draft,
) -> Result<Told<Change>, Failure> {
    if !keep(db, session, (refresh, password))? {
        return Ok(Told::nothing(Change::Missing));
    }
    run(db, NOTE_LOGIN, params![key(session.user), at(note.at)])?;
    Ok(Told::done(Change::Done))
}

/// Keeps a session with its first refresh token. Says whether all that it needs stands.
pub(super) fn keep(
    db: &Connection,
    session: &Session,
    (refresh, password): (Digest, Option<i64>),
) -> Result<bool, Failure> {
    let values = params![
        key(session.user),
        session.organization.map(key),
        session.born.holder,
        session.born.organization,
        key(session.id),
        session.generation,
        session.floor,
        session.used,
        session.replaced,
        session.remembered,
        at(session.created_at),
        at(session.refreshed_at),
        at(session.expires_at),
        session.ended_at.map(at),
        password,
        session.application.map(key),
    ];
    if run(db, OPEN, values)? == 0 {
        return Ok(false);
    }
    run(db, KEEP_REFRESH, params![refresh.as_bytes(), key(session.id), session.generation])?;
    Ok(true)
}

const TURN: &str = concat!(
    "UPDATE sessions
    SET organization_id = ?2,
        born_holder = ?3,
        born_organization = ?4,
        generation = generation + 1,
        floor = ?7,
        used = 0,
        replaced = ?8,
        refreshed_at = ?9,
        expires_at = ?10
    WHERE id = ?5
        AND generation = ?6
        AND ended_at IS NULL
        AND expires_at > ?9
        AND (?8 = 0 OR (used = 0 AND replaced = 0))
        AND user_id = ?1
        AND ",
    user_stands!("?1"),
    "
        AND (application_id IS NULL OR ",
    application_stands!("sessions.application_id"),
    ")
    RETURNING generation"
);

const USER_OF: &str = "SELECT user_id FROM sessions WHERE id = ?1";

pub(super) fn turn(db: &Connection, turn: &Turn) -> Result<Told<Change>, Failure> {
    Ok(if step(db, turn)? { Told::done(Change::Done) } else { Told::nothing(Change::Missing) })
}

/// Moves a session on. Says whether it could be.
pub(super) fn step(db: &Connection, turn: &Turn) -> Result<bool, Failure> {
    let user: Option<[u8; 16]> = first(db, USER_OF, params![key(turn.session)])?;
    let values = params![
        user,
        turn.organization.map(key),
        turn.born.holder,
        turn.born.organization,
        key(turn.session),
        turn.from,
        turn.floor,
        turn.only_unused,
        at(turn.at),
        at(turn.expires_at),
    ];
    let generation: Option<i64> = first(db, TURN, values)?;
    let Some(generation) = generation else { return Ok(false) };
    run(db, KEEP_REFRESH, params![turn.refresh.as_bytes(), key(turn.session), generation])?;
    Ok(true)
}

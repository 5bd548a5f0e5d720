//! How a session is opened, and taken on from one refresh token to the next.

use authority::account::Session;
use authority::account::store::Turn;
use authority::id::Id;
use authority::secret::Digest;
use jiff::Timestamp;

use super::stands::{application_stands, user_stands};
use super::statement::{Statement, Values, values};
use crate::text::micros;

/// Inserts the [`row`] of a session, whose places are `$row`, for each row of `$from`.
macro_rules! keep_session {
    ($row:literal, $from:literal) => {
        concat!(
            "
        INSERT INTO sessions (id, user_id, application_id, organization_id, generation, floor,
            used, replaced, remembered, created_at, refreshed_at, expires_at, ended_at,
            born_holder, born_organization)
        SELECT ",
            $row,
            "
        FROM ",
            $from
        )
    };
}
pub(super) use keep_session;

/// The row of a session.
pub(super) fn row(session: &Session) -> Values {
    values![
        session.id.uuid(),
        session.user.uuid(),
        session.application.map(Id::uuid),
        session.organization.map(Id::uuid),
        session.generation,
        session.floor,
        session.used,
        session.replaced,
        session.remembered,
        micros(session.created_at),
        micros(session.refreshed_at),
        micros(session.expires_at),
        session.ended_at.map(micros),
        session.born.holder,
        session.born.organization,
    ]
}

const OPEN: &str = concat!(
    "
    WITH made AS (",
    keep_session!(
        "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15",
        "users u
        WHERE "
    ),
    user_stands!("$2", "$4", "$14", "$15"),
    "
            AND ($18::BIGINT IS NULL OR u.passwords = $18)
            AND ($3::UUID IS NULL OR ",
    application_stands!("$3"),
    ")
        RETURNING id, user_id, generation
    ),
    kept AS (
        INSERT INTO refresh_tokens (digest, session_id, generation)
        SELECT $16, made.id, made.generation
        FROM made
    ),
    noted AS (
        UPDATE users
        SET last_login_at = $17
        FROM made
        WHERE users.id = made.user_id
    )
    SELECT
    FROM made"
);

pub(super) fn open(
    session: &Session,
    (refresh, password): (Digest, Option<i64>),
    now: Timestamp,
) -> Statement {
    let mut values = row(session);
    values.extend(values![refresh.as_bytes().to_vec(), micros(now), password]);
    Statement::new(OPEN, values)
}

/// Takes a session on to its next generation with the values of a [`step`], if it stands as its
/// caller saw it. The rest of the statement sees it as `turned`.
macro_rules! turned {
    () => {
        concat!(
            "
    WITH turned AS (
        UPDATE sessions
        SET organization_id = $1,
            born_holder = $2,
            born_organization = $3,
            generation = generation + 1,
            floor = $6,
            used = FALSE,
            replaced = $7,
            refreshed_at = $8,
            expires_at = $10
        WHERE id = $4
            AND generation = $5
            AND ended_at IS NULL
            AND expires_at > $8
            AND (NOT $7 OR (NOT used AND NOT replaced))
            AND EXISTS (
                SELECT
                FROM users u
                WHERE ",
            user_stands!("sessions.user_id", "$1", "$2", "$3"),
            ")
            AND (application_id IS NULL OR ",
            application_stands!("sessions.application_id"),
            ")
        RETURNING id, generation
    ),
    kept AS (
        INSERT INTO refresh_tokens (digest, session_id, generation)
        SELECT $9, turned.id, turned.generation
        FROM turned
    )"
        )
    };
}
pub(super) use turned;

/// The values of a step.
pub(super) fn step(turn: &Turn) -> Values {
    values![
        turn.organization.map(Id::uuid),
        turn.born.holder,
        turn.born.organization,
        turn.session.uuid(),
        turn.from,
        turn.floor,
        turn.only_unused,
        micros(turn.at),
        turn.refresh.as_bytes().to_vec(),
        micros(turn.expires_at),
    ]
}

const TURN: &str = concat!(
    turned!(),
    "
    SELECT
    FROM turned"
);

pub(super) fn turn(turn: &Turn) -> Statement {
    Statement::new(TURN, step(turn))
}

//! Facts about sessions.

use async_trait::async_trait;
use authority::account::Session;
use authority::account::store::{SessionStanding, SessionStore, Turn};
use authority::error::StoreError;
use authority::id::{Id, OrganizationId, SessionId, UserId};
use authority::journal::Draft;
use authority::secret::Digest;
use authority::token::store::Change;
use jiff::Timestamp;
use uuid::Uuid;

use super::Postgres;
use super::failure::Failure;
use super::row::{Fields, only, user_stands};
use super::statement::{HOLD_USER, Statement, values};
use crate::text::micros;

#[async_trait]
impl SessionStore for Postgres {
    async fn open_session(
        &self,
        session: &Session,
        refresh: Digest,
        password: Option<i64>,
        note: Draft,
    ) -> Result<Change, StoreError> {
        let statement = open(session, (refresh, password), note.at);
        self.change(note, statement.behind(HOLD_USER, values![session.user.uuid()])).await
    }

    async fn session_by_refresh(
        &self,
        refresh: &[Digest],
    ) -> Result<Option<(Session, i64)>, StoreError> {
        let digests: Vec<&[u8]> = refresh.iter().map(|d| d.as_bytes().as_slice()).collect();
        let read = |row: &mut Fields<'_>| Ok((session(row)?, row.value()?));
        self.one(BY_REFRESH, &[&digests], read).await
    }

    async fn session_standing(&self, id: SessionId) -> Result<Option<SessionStanding>, StoreError> {
        self.one(STANDING, &[&id.uuid()], standing).await
    }

    async fn sessions_of(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        self.all(OF_USER, &[&user.uuid(), &micros(now)], session).await
    }

    async fn last_organization(&self, user: UserId) -> Result<Option<OrganizationId>, StoreError> {
        let id = self.one(LAST_ORGANIZATION, &[&user.uuid()], only::<Uuid>).await?;
        Ok(id.map(Id::from))
    }

    async fn turn_session(&self, turn: &Turn, note: Draft) -> Result<Change, StoreError> {
        self.change(note, next(turn)).await
    }

    async fn end_session(&self, id: SessionId, note: Draft) -> Result<Change, StoreError> {
        let values = values![id.uuid(), micros(note.at)];
        self.change(note, Statement::new(END, values)).await
    }

    async fn end_sessions_of(
        &self,
        user: UserId,
        keep: Option<SessionId>,
        note: Draft,
    ) -> Result<Change, StoreError> {
        let values = values![user.uuid(), keep.map(Id::uuid), micros(note.at)];
        self.change(note, Statement::new(END_ALL, values)).await
    }

    async fn note_session_used(&self, id: SessionId, generation: i64) -> Result<(), StoreError> {
        self.write(Statement::new(NOTE_USED, values![id.uuid(), generation])).await.map(drop)
    }

    async fn purge_sessions(&self, before: Timestamp, most: u32) -> Result<u64, StoreError> {
        self.write(Statement::new(PURGE, values![micros(before), i64::from(most)])).await
    }
}

const OPEN: &str = concat!(
    "
    WITH made AS (
        INSERT INTO sessions (id, user_id, organization_id, generation, floor, used, replaced,
            remembered, created_at, refreshed_at, expires_at, ended_at, born_holder,
            born_organization)
        SELECT $5, $1, $2, $6, $7, $8, $9, $10, $11, $12, $13, $14, $3, $4
        FROM users u
        WHERE ",
    user_stands!("$1", "$2", "$3", "$4"),
    "
            AND ($17::BIGINT IS NULL OR u.passwords = $17)
        RETURNING id, user_id, generation
    ),
    kept AS (
        INSERT INTO refresh_tokens (digest, session_id, generation)
        SELECT $15, made.id, made.generation
        FROM made
    ),
    noted AS (
        UPDATE users
        SET last_login_at = $16
        FROM made
        WHERE users.id = made.user_id
    )
    SELECT
    FROM made"
);

fn open(
    session: &Session,
    (refresh, password): (Digest, Option<i64>),
    now: Timestamp,
) -> Statement {
    let values = values![
        session.user.uuid(),
        session.organization.map(Id::uuid),
        session.born.holder,
        session.born.organization,
        session.id.uuid(),
        session.generation,
        session.floor,
        session.used,
        session.replaced,
        session.remembered,
        micros(session.created_at),
        micros(session.refreshed_at),
        micros(session.expires_at),
        session.ended_at.map(micros),
        refresh.as_bytes().to_vec(),
        micros(now),
        password,
    ];
    Statement::new(OPEN, values)
}

const TURN: &str = concat!(
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
            refreshed_at = $8
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
        RETURNING id, generation
    ),
    kept AS (
        INSERT INTO refresh_tokens (digest, session_id, generation)
        SELECT $9, turned.id, turned.generation
        FROM turned
    )
    SELECT
    FROM turned"
);

fn next(turn: &Turn) -> Statement {
    let values = values![
        turn.organization.map(Id::uuid),
        turn.born.holder,
        turn.born.organization,
        turn.session.uuid(),
        turn.from,
        turn.floor,
        turn.only_unused,
        micros(turn.at),
        turn.refresh.as_bytes().to_vec(),
    ];
    Statement::new(TURN, values)
}

macro_rules! session_columns {
    () => {
        "s.id, s.number, s.user_id, s.organization_id, s.generation, s.floor, s.used, s.replaced,
        s.remembered, s.created_at, s.refreshed_at, s.expires_at, s.ended_at, s.born_holder,
        s.born_organization"
    };
}

fn session(row: &mut Fields<'_>) -> Result<Session, Failure> {
    Ok(Session {
        id: row.id()?,
        number: row.value()?,
        user: row.id()?,
        organization: row.maybe_id()?,
        generation: row.value()?,
        floor: row.value()?,
        used: row.value()?,
        replaced: row.value()?,
        remembered: row.value()?,
        created_at: row.time()?,
        refreshed_at: row.time()?,
        expires_at: row.time()?,
        ended_at: row.maybe_time()?,
        born: row.born()?,
    })
}

const BY_REFRESH: &str = concat!(
    "
    SELECT ",
    session_columns!(),
    ", r.generation
    FROM refresh_tokens r
    JOIN sessions s ON s.id = r.session_id
    WHERE r.digest = ANY($1)"
);

const STANDING: &str = concat!(
    "
    SELECT ",
    session_columns!(),
    ", u.username, COALESCE(u.disabled_at, u.deleted_at) IS NOT NULL, u.epoch, m.role, u.superuser,
        u.system_auditor, o.epoch, o.suspended_at IS NOT NULL
    FROM sessions s
    JOIN users u ON u.id = s.user_id
    LEFT JOIN memberships m ON m.user_id = s.user_id AND m.organization_id = s.organization_id
    LEFT JOIN organizations o ON o.id = s.organization_id
    WHERE s.id = $1"
);

fn standing(row: &mut Fields<'_>) -> Result<SessionStanding, Failure> {
    Ok(SessionStanding {
        session: session(row)?,
        holder: row.holder_now()?,
        organization: row.organization_now()?,
    })
}

const OF_USER: &str = concat!(
    "
    SELECT ",
    session_columns!(),
    "
    FROM sessions s
    WHERE s.user_id = $1 AND s.ended_at IS NULL AND s.expires_at > $2
    ORDER BY s.number DESC
    LIMIT 100"
);

const LAST_ORGANIZATION: &str = "
    SELECT organization_id
    FROM sessions
    WHERE user_id = $1 AND organization_id IS NOT NULL
    ORDER BY refreshed_at DESC, number DESC
    LIMIT 1";

const END: &str = "
    UPDATE sessions
    SET ended_at = $2
    WHERE id = $1 AND ended_at IS NULL";

const END_ALL: &str = "
    UPDATE sessions
    SET ended_at = $3
    WHERE user_id = $1 AND id IS DISTINCT FROM $2 AND ended_at IS NULL";

const NOTE_USED: &str = "
    UPDATE sessions
    SET used = TRUE
    WHERE id = $1 AND generation = $2 AND NOT used";

const PURGE: &str = "
    WITH tombstones AS (
        SELECT number
        FROM sessions
        WHERE ended_at < $1 OR expires_at < $1
        LIMIT $2
        FOR UPDATE SKIP LOCKED
    )
    DELETE FROM sessions
    WHERE number IN (SELECT number FROM tombstones)";

//! Facts about sessions.

use async_trait::async_trait;
use authority::account::Session;
use authority::account::store::{SessionStanding, SessionStore, Turn};
use authority::error::StoreError;
use authority::id::{OrganizationId, SessionId, UserId};
use authority::journal::Draft;
use authority::secret::Digest;
use authority::token::store::Change;
use jiff::Timestamp;
use rusqlite::{Connection, params};
use uuid::Uuid;

use super::Sqlite;
use super::order::Told;
use super::row::{self, Failure, Fields, all, at, first, key, one, run, user_stands};

#[async_trait]
impl SessionStore for Sqlite {
    async fn open_session(
        &self,
        session: &Session,
        refresh: Digest,
        password: Option<i64>,
        note: Draft,
    ) -> Result<Change, StoreError> {
        let session = session.clone();
        self.tell(note, move |db, note| open(db, &session, (refresh, password), note)).await
    }

    async fn session_by_refresh(
        &self,
        refresh: &[Digest],
    ) -> Result<Option<(Session, i64)>, StoreError> {
        let refresh = refresh.to_vec();
        self.read(move |db| {
            for digest in refresh {
                let read = |row: &mut Fields<'_>| Ok((session(row)?, row.value()?));
                let found = one(db, BY_REFRESH, params![digest.as_bytes()], read)?;
                if found.is_some() {
                    return Ok(found);
                }
            }
            Ok(None)
        })
        .await
    }

    async fn session_standing(&self, id: SessionId) -> Result<Option<SessionStanding>, StoreError> {
        self.read(move |db| one(db, STANDING, params![key(id)], standing)).await
    }

    async fn sessions_of(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        self.read(move |db| all(db, OF_USER, params![key(user), at(now)], session)).await
    }

    async fn last_organization(&self, user: UserId) -> Result<Option<OrganizationId>, StoreError> {
        self.read(move |db| {
            let id: Option<[u8; 16]> = first(db, LAST_ORGANIZATION, params![key(user)])?;
            Ok(id.map(|id| Uuid::from_bytes(id).into()))
        })
        .await
    }

    async fn turn_session(&self, turn: &Turn, note: Draft) -> Result<Change, StoreError> {
        let next = turn.clone();
        self.tell(note, move |db, _| turn_on(db, &next)).await
    }

    async fn end_session(&self, id: SessionId, note: Draft) -> Result<Change, StoreError> {
        self.tell(note, move |db, note| {
            let rows = run(db, END, params![key(id), at(note.at)])?;
            Ok(Told::by(rows, Change::Done, Change::Missing))
        })
        .await
    }

    async fn end_sessions_of(
        &self,
        user: UserId,
        keep: Option<SessionId>,
        note: Draft,
    ) -> Result<Change, StoreError> {
        self.tell(note, move |db, note| {
            Ok(Told::by(end_all(db, user, keep, note)?, Change::Done, Change::Missing))
        })
        .await
    }

    async fn note_session_used(&self, id: SessionId, generation: i64) -> Result<(), StoreError> {
        self.write(move |db| run(db, NOTE_USED, params![key(id), generation]).map(drop)).await
    }

    async fn purge_sessions(&self, before: Timestamp, most: u32) -> Result<u64, StoreError> {
        self.write(move |db| row::purge(db, PURGE, (before, most))).await
    }
}

const OPEN: &str = concat!(
    "INSERT INTO sessions (id, user_id, organization_id, generation, floor, used, replaced,
        remembered, created_at, refreshed_at, expires_at, ended_at, born_holder,
        born_organization)
    SELECT ?5, ?1, ?2, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?3, ?4
    WHERE ",
    user_stands!("?1"),
    "
    AND (?15 IS NULL OR ?15 = (SELECT passwords FROM users WHERE id = ?1))"
);

const KEEP_REFRESH: &str = "
    INSERT INTO refresh_tokens (digest, session_id, generation)
    VALUES (?1, ?2, ?3)";

const NOTE_LOGIN: &str = "
    UPDATE users
    SET last_login_at = ?2
    WHERE id = ?1";

fn open(
    db: &Connection,
    session: &Session,
    (refresh, password): (Digest, Option<i64>),
    note: &Draft,
) -> Result<Told<Change>, Failure> {
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
    ];
    if run(db, OPEN, values)? == 0 {
        return Ok(Told::nothing(Change::Missing));
    }
    run(db, KEEP_REFRESH, params![refresh.as_bytes(), key(session.id), session.generation])?;
    run(db, NOTE_LOGIN, params![key(session.user), at(note.at)])?;
    Ok(Told::done(Change::Done))
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
        refreshed_at = ?9
    WHERE id = ?5
        AND generation = ?6
        AND ended_at IS NULL
        AND expires_at > ?9
        AND (?8 = 0 OR (used = 0 AND replaced = 0))
        AND user_id = ?1
        AND ",
    user_stands!("?1"),
    "
    RETURNING generation"
);

const USER_OF: &str = "SELECT user_id FROM sessions WHERE id = ?1";

fn turn_on(db: &Connection, turn: &Turn) -> Result<Told<Change>, Failure> {
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
    ];
    let generation: Option<i64> = first(db, TURN, values)?;
    let Some(generation) = generation else { return Ok(Told::nothing(Change::Missing)) };
    run(db, KEEP_REFRESH, params![turn.refresh.as_bytes(), key(turn.session), generation])?;
    Ok(Told::done(Change::Done))
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
    "SELECT ",
    session_columns!(),
    ", r.generation
    FROM refresh_tokens r
    JOIN sessions s ON s.id = r.session_id
    WHERE r.digest = ?1"
);

const STANDING: &str = concat!(
    "SELECT ",
    session_columns!(),
    ", u.username, coalesce(u.disabled_at, u.deleted_at) IS NOT NULL, u.epoch, m.role, u.superuser,
        u.system_auditor, o.epoch, o.suspended_at IS NOT NULL
    FROM sessions s
    JOIN users u ON u.id = s.user_id
    LEFT JOIN memberships m ON m.user_id = s.user_id AND m.organization_id = s.organization_id
    LEFT JOIN organizations o ON o.id = s.organization_id
    WHERE s.id = ?1"
);

fn standing(row: &mut Fields<'_>) -> Result<SessionStanding, Failure> {
    Ok(SessionStanding {
        session: session(row)?,
        holder: row.holder_now()?,
        organization: row.organization_now()?,
    })
}

const OF_USER: &str = concat!(
    "SELECT ",
    session_columns!(),
    "
    FROM sessions s
    WHERE s.user_id = ?1 AND s.ended_at IS NULL AND s.expires_at > ?2
    ORDER BY s.number DESC
    LIMIT 100"
);

const LAST_ORGANIZATION: &str = "
    SELECT organization_id
    FROM sessions
    WHERE user_id = ?1 AND organization_id IS NOT NULL
    ORDER BY refreshed_at DESC, number DESC
    LIMIT 1";

const END: &str = "
    UPDATE sessions
    SET ended_at = ?2
    WHERE id = ?1 AND ended_at IS NULL";

const END_ALL: &str = "
    UPDATE sessions
    SET ended_at = ?3
    WHERE user_id = ?1 AND id IS NOT ?2 AND ended_at IS NULL";

/// Ends the sessions of a user but `keep`. Gives how many.
pub(super) fn end_all(
    db: &Connection,
    user: UserId,
    keep: Option<SessionId>,
    note: &Draft,
) -> Result<usize, Failure> {
    run(db, END_ALL, params![key(user), keep.map(key), at(note.at)])
}

const NOTE_USED: &str = "
    UPDATE sessions
    SET used = 1
    WHERE id = ?1 AND generation = ?2 AND used = 0";

const PURGE: [&str; 2] = [
    "DELETE FROM sessions
    WHERE number IN (SELECT number FROM sessions WHERE ended_at < ?1 LIMIT ?2)",
    "DELETE FROM sessions
    WHERE number IN (SELECT number FROM sessions WHERE expires_at < ?1 LIMIT ?2)",
];

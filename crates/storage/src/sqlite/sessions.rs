//! Facts about sessions. How one is opened and moved on is in `turns.rs`; `grants.rs` is about those
//! of applications, and `codes.rs` about what these rest on.

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

use super::order::Told;
use super::row::{self, Failure, Fields, all, at, first, key, one, run};
use super::{Sqlite, grants, turns};

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
        self.tell(note, move |db, note| turns::open(db, &session, (refresh, password), note)).await
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
        self.read(move |db| one(db, STANDING, params![key(id)], standing_now)).await
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
        self.tell(note, move |db, _| turns::turn(db, &next)).await
    }

    async fn touch_session(&self, id: SessionId, used: Timestamp) -> Result<(), StoreError> {
        self.write(move |db| run(db, TOUCH, params![key(id), at(used)]).map(drop)).await
    }

    async fn end_session(&self, id: SessionId, note: Draft) -> Result<Change, StoreError> {
        self.tell(note, move |db, note| {
            let mut rows = run(db, END, params![key(id), at(note.at)])?;
            rows += grants::revoke_tokens(db, id, note)?;
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
            run(db, REVOKE_GRANTED, params![key(user), keep.map(key), at(note.at)])?;
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

macro_rules! session_columns {
    () => {
        "s.id, s.number, s.user_id, s.organization_id, s.generation, s.floor, s.used, s.replaced,
        s.remembered, s.created_at, s.refreshed_at, s.expires_at, s.ended_at, s.born_holder,
        s.born_organization, s.application_id"
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
        application: row.maybe_id()?,
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
        u.system_auditor, o.epoch, coalesce(o.suspended_at, o.deleted_at) IS NOT NULL
    FROM sessions s
    JOIN users u ON u.id = s.user_id
    LEFT JOIN memberships m ON m.user_id = s.user_id AND m.organization_id = s.organization_id
    LEFT JOIN organizations o ON o.id = s.organization_id
    WHERE s.id = ?1"
);

fn standing_now(row: &mut Fields<'_>) -> Result<SessionStanding, Failure> {
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

/// Ends the sessions of a user but `keep`, grants too. Gives how many.
pub(super) fn end_all(
    db: &Connection,
    user: UserId,
    keep: Option<SessionId>,
    note: &Draft,
) -> Result<usize, Failure> {
    run(db, END_ALL, params![key(user), keep.map(key), at(note.at)])
}

const END_LOGINS: &str = "
    UPDATE sessions
    SET ended_at = ?3
    WHERE user_id = ?1 AND id IS NOT ?2 AND application_id IS NULL AND ended_at IS NULL";

/// Ends the logins of a user but `keep`.
pub(super) fn end_logins(
    db: &Connection,
    user: UserId,
    keep: Option<SessionId>,
    note: &Draft,
) -> Result<(), Failure> {
    run(db, END_LOGINS, params![key(user), keep.map(key), at(note.at)]).map(drop)
}

/// Of the grants that end with all sessions of a user but `keep`.
const REVOKE_GRANTED: &str = "
    UPDATE tokens
    SET revoked_at = ?3
    WHERE session_id IN (
            SELECT id
            FROM sessions
            WHERE user_id = ?1
                AND id IS NOT ?2
                AND application_id IS NOT NULL
                AND ended_at IS NULL)
        AND revoked_at IS NULL";

const TOUCH: &str = "
    UPDATE sessions
    SET refreshed_at = ?2
    WHERE id = ?1 AND ended_at IS NULL AND refreshed_at < ?2";

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

//! Facts about sessions: logins, grants to applications, and the codes that grants are made of. How
//! they are kept is in `turns.rs`, `grants.rs` and `codes.rs`.

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

use super::failure::Failure;
use super::row::{Fields, only};
use super::statement::{HOLD_USER, Statement, values};
use super::{Postgres, grants, turns};
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
        let statement = turns::open(session, (refresh, password), note.at);
        self.change(note, statement.behind(HOLD_USER, values![session.user.uuid()])).await
    }

    async fn session_by_refresh(
        &self,
        refresh: &[Digest],
    ) -> Result<Option<(Session, i64)>, StoreError> {
        let read = |row: &mut Fields<'_>| Ok((session(row)?, row.value()?));
        self.one(BY_REFRESH, &[&bytes(refresh)], read).await
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
        self.change(note, turns::turn(turn)).await
    }

    async fn touch_session(&self, id: SessionId, at: Timestamp) -> Result<(), StoreError> {
        self.write(Statement::new(TOUCH, values![id.uuid(), micros(at)])).await.map(drop)
    }

    async fn end_session(&self, id: SessionId, note: Draft) -> Result<Change, StoreError> {
        let statement = grants::end(id, note.at);
        self.change(note, statement).await
    }

    async fn end_sessions_of(
        &self,
        user: UserId,
        keep: Option<SessionId>,
        note: Draft,
    ) -> Result<Change, StoreError> {
        let statement = grants::end_all(user, keep, note.at);
        self.change(note, statement).await
    }

    async fn note_session_used(&self, id: SessionId, generation: i64) -> Result<(), StoreError> {
        self.write(Statement::new(NOTE_USED, values![id.uuid(), generation])).await.map(drop)
    }

    async fn purge_sessions(&self, before: Timestamp, most: u32) -> Result<u64, StoreError> {
        self.write(Statement::new(PURGE, values![micros(before), i64::from(most)])).await
    }
}

pub(super) fn bytes(digests: &[Digest]) -> Vec<&[u8]> {
    digests.iter().map(|digest| digest.as_bytes().as_slice()).collect()
}

macro_rules! session_columns {
    () => {
        "s.id, s.number, s.user_id, s.application_id, s.organization_id, s.generation, s.floor,
        s.used, s.replaced, s.remembered, s.created_at, s.refreshed_at, s.expires_at, s.ended_at,
        s.born_holder, s.born_organization"
    };
}

fn session(row: &mut Fields<'_>) -> Result<Session, Failure> {
    Ok(Session {
        id: row.id()?,
        number: row.value()?,
        user: row.id()?,
        application: row.maybe_id()?,
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
        u.system_auditor, o.epoch, COALESCE(o.suspended_at, o.deleted_at) IS NOT NULL
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

const TOUCH: &str = "
    UPDATE sessions
    SET refreshed_at = $2
    WHERE id = $1 AND ended_at IS NULL AND refreshed_at < $2";

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

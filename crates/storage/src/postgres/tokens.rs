//! Facts about tokens.

use async_trait::async_trait;
use authority::error::StoreError;
use authority::id::{Id, TokenId};
use authority::journal::Draft;
use authority::secret::{Digest, Kind};
use authority::token::store::{
    Change, Insertion, KeptSecret, Page, Revocation, Spending, TokenChange, TokenFilter, TokenStore,
};
use authority::token::{Holder, Standing, Token};
use jiff::Timestamp;

use super::fact::Told;
use super::failure::Failure;
use super::row::Asked;
use super::session::Answer;
use super::standing::token_columns;
use super::statement::{Statement, values};
use super::{Postgres, issue, standing};
use crate::text::{self, micros};

#[async_trait]
impl TokenStore for Postgres {
    async fn insert_token(
        &self,
        token: &Token,
        secret: KeptSecret,
        most: Option<u32>,
        note: Draft,
    ) -> Result<Insertion, StoreError> {
        let statement = issue::insert(token, secret, most, note.at);
        self.say(note, statement, issue::inserted).await
    }

    async fn standing(&self, digests: &[Digest]) -> Result<Option<Standing>, StoreError> {
        let digests: Vec<&[u8]> = digests.iter().map(|d| d.as_bytes().as_slice()).collect();
        self.one(standing::BY_DIGEST, &[&digests], standing::standing).await
    }

    async fn token_standing(&self, id: TokenId) -> Result<Option<Standing>, StoreError> {
        self.one(standing::BY_ID, &[&id.uuid()], standing::standing).await
    }

    async fn tokens(&self, filter: &TokenFilter, page: Page) -> Result<Vec<Token>, StoreError> {
        let holder = filter.holder.map(Holder::parts);
        let kinds: Vec<&'static str> = filter.kinds.iter().copied().map(Kind::code).collect();
        let kinds = (!kinds.is_empty()).then_some(kinds);
        Asked::new(LIST, page.after)
            .and("t.holder_id = ?", holder.map(|(_, id)| id))
            .and("t.holder_kind = ?", holder.map(|(kind, _)| kind))
            .and("t.organization_id = ?", filter.organization.map(Id::uuid))
            .and("t.kind = ANY(?)", kinds)
            .and(LIVE, filter.live_at.map(micros))
            .ending("ORDER BY t.number LIMIT ?", page.limit)
            .all(self, standing::token)
            .await
    }

    async fn update_token(
        &self,
        id: TokenId,
        change: &TokenChange,
        note: Draft,
    ) -> Result<Change, StoreError> {
        let TokenChange { label, disabled, scopes } = change.clone();
        let scopes = scopes.map(|scopes| scopes.to_string());
        let values = values![id.uuid(), label, disabled, scopes, micros(note.at)];
        self.change(note, Statement::new(UPDATE, values)).await
    }

    async fn revoke_token(&self, id: TokenId, note: Draft) -> Result<Revocation, StoreError> {
        let values = values![id.uuid(), micros(note.at)];
        let statement = Statement::new(REVOKE, values).behind(HOLD_ITS_SESSION, values![id.uuid()]);
        self.say(note, statement, revoked).await
    }

    async fn rotate_token(
        &self,
        id: TokenId,
        secret: KeptSecret,
        overlap_ends: Timestamp,
        note: Draft,
    ) -> Result<Change, StoreError> {
        let KeptSecret { digest, pepper } = secret;
        let (digest, at) = (digest.as_bytes().to_vec(), micros(note.at));
        let values = values![id.uuid(), digest, pepper, micros(overlap_ends), at];
        self.change(note, Statement::new(ROTATE, values)).await
    }

    async fn spend_token(&self, id: TokenId, note: Draft) -> Result<Spending, StoreError> {
        let values = values![id.uuid(), micros(note.at)];
        self.say(note, Statement::new(SPEND, values), spent).await
    }

    async fn purge_tokens(&self, before: Timestamp, most: u32) -> Result<u64, StoreError> {
        self.write(Statement::new(PURGE, values![micros(before), i64::from(most)])).await
    }
}

/// Its `?` is the moment.
const LIVE: &str = "t.revoked_at IS NULL
        AND t.uses_left IS DISTINCT FROM 0
        AND COALESCE(t.expires_at > ?, TRUE)
        AND t.born_holder = CASE t.holder_kind
            WHEN 'user' THEN (SELECT h.epoch FROM users h WHERE h.id = t.holder_id)
            WHEN 'application' THEN (SELECT h.epoch FROM applications h WHERE h.id = t.holder_id)
            ELSE (SELECT h.epoch FROM service_accounts h WHERE h.id = t.holder_id)
        END
        AND (t.organization_id IS NULL OR t.born_organization =
            (SELECT o.epoch FROM organizations o WHERE o.id = t.organization_id))";

const UPDATE: &str = "
    UPDATE tokens
    SET label = COALESCE($2, label),
        disabled = COALESCE($3, disabled),
        scopes = COALESCE($4, scopes),
        modified_at = $5
    WHERE id = $1 AND revoked_at IS NULL";

/// Whoever takes a grant on to its next generation holds the session before the tokens.
const HOLD_ITS_SESSION: &str = "
    SELECT
    FROM sessions
    WHERE id = (SELECT session_id FROM tokens WHERE id = $1)
    FOR NO KEY UPDATE";

const REVOKE: &str = "
    WITH dead AS (
        UPDATE tokens
        SET revoked_at = $2
        WHERE id = $1 AND revoked_at IS NULL
        RETURNING id, session_id
    ),
    ended AS (
        UPDATE sessions
        SET ended_at = $2
        FROM dead
        WHERE sessions.id = dead.session_id AND sessions.ended_at IS NULL
    )
    SELECT EXISTS (SELECT FROM dead)
    FROM tokens
    WHERE id = $1";

fn revoked(answer: &Answer) -> Result<Told<Revocation>, Failure> {
    let Some(mut row) = answer.first() else { return Ok(Told::nothing(Revocation::Missing)) };
    let dead_before = Told::nothing(Revocation::AlreadyDone);
    Ok(if row.value()? { Told::done(Revocation::Done) } else { dead_before })
}

const ROTATE: &str = "
    UPDATE tokens
    SET previous_digest = digest, previous_ends_at = $4, digest = $2, pepper = $3, modified_at = $5
    WHERE id = $1 AND revoked_at IS NULL";

const SPEND: &str = "
    UPDATE tokens
    SET uses_left = uses_left - 1
    WHERE id = $1
        AND uses_left > 0
        AND revoked_at IS NULL
        AND NOT disabled
        AND (expires_at IS NULL OR expires_at > $2)
    RETURNING uses_left";

fn spent(answer: &Answer) -> Result<Told<Spending>, Failure> {
    let Some(mut row) = answer.first() else { return Ok(Told::nothing(Spending::Spent)) };
    Ok(Told::done(Spending::Done(text::count(row.value()?)?)))
}

/// The expired token of a grant that can still be refreshed stays: the next one is made after it.
const PURGE: &str = "
    WITH tombstones AS (
        SELECT t.number
        FROM tokens t
        WHERE t.revoked_at < $1
            OR (t.expires_at < $1
                AND NOT EXISTS (
                    SELECT 1
                    FROM sessions s
                    WHERE s.id = t.session_id AND s.ended_at IS NULL AND s.expires_at >= $1))
        LIMIT $2
        FOR UPDATE SKIP LOCKED
    )
    DELETE FROM tokens
    WHERE number IN (SELECT number FROM tombstones)";

const LIST: &str = concat!(
    "
    SELECT ",
    token_columns!(),
    "
    FROM tokens t
    WHERE t.number > $1"
);

//! Facts about tokens.

use std::sync::Arc;

use async_trait::async_trait;
use authority::error::StoreError;
use authority::id::TokenId;
use authority::journal::Draft;
use authority::secret::Digest;
use authority::token::store::{
    Change, Insertion, KeptSecret, Page, Revocation, Spending, TokenChange, TokenFilter, TokenStore,
};
use authority::token::{Standing, Token};
use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::order::Told;
use super::row::{self, Failure, at, first, holds, key, run};
use super::{Sqlite, issue, standing};

#[async_trait]
impl TokenStore for Sqlite {
    async fn insert_token(
        &self,
        token: &Token,
        secret: KeptSecret,
        most: Option<u32>,
        note: Draft,
    ) -> Result<Insertion, StoreError> {
        let (token, quotas) = (token.clone(), Arc::clone(&self.quotas));
        self.tell(note, move |db, note| {
            if !issue::may_hold(db, &token)? {
                return Ok(Told::nothing(Insertion::HolderGone));
            }
            if !quotas.admit(db, token.holder, (most, note.at))? {
                return Ok(Told::nothing(Insertion::TooMany));
            }
            Ok(Told::done(Insertion::Done(issue::insert(db, &token, secret)?)))
        })
        .await
    }

    async fn standing(&self, digests: &[Digest]) -> Result<Option<Standing>, StoreError> {
        let digests = digests.to_vec();
        self.read(move |db| standing::of_secret(db, &digests)).await
    }

    async fn token_standing(&self, id: TokenId) -> Result<Option<Standing>, StoreError> {
        self.read(move |db| standing::of_token(db, id)).await
    }

    async fn tokens(&self, filter: &TokenFilter, page: Page) -> Result<Vec<Token>, StoreError> {
        let filter = filter.clone();
        self.read(move |db| standing::tokens(db, &filter, page)).await
    }

    async fn update_token(
        &self,
        id: TokenId,
        change: &TokenChange,
        note: Draft,
    ) -> Result<Change, StoreError> {
        let change = change.clone();
        self.tell(note, move |db, note| {
            let scopes = change.scopes.as_ref().map(ToString::to_string);
            let values = params![key(id), change.label, change.disabled, scopes, at(note.at)];
            Ok(Told::by(run(db, UPDATE, values)?, Change::Done, Change::Missing))
        })
        .await
    }

    async fn revoke_token(&self, id: TokenId, note: Draft) -> Result<Revocation, StoreError> {
        self.tell(note, move |db, note| revoke(db, id, note)).await
    }

    async fn rotate_token(
        &self,
        id: TokenId,
        secret: KeptSecret,
        overlap_ends: Timestamp,
        note: Draft,
    ) -> Result<Change, StoreError> {
        self.tell(note, move |db, note| {
            let KeptSecret { digest, pepper } = secret;
            let values = params![key(id), digest.as_bytes(), pepper, at(overlap_ends), at(note.at)];
            Ok(Told::by(run(db, ROTATE, values)?, Change::Done, Change::Missing))
        })
        .await
    }

    async fn spend_token(&self, id: TokenId, note: Draft) -> Result<Spending, StoreError> {
        self.tell(note, move |db, note| {
            let left = first(db, SPEND, params![key(id), at(note.at)])?;
            Ok(left.map_or(Told::nothing(Spending::Spent), |left| Told::done(Spending::Done(left))))
        })
        .await
    }

    async fn purge_tokens(&self, before: Timestamp, most: u32) -> Result<u64, StoreError> {
        self.write(move |db| row::purge(db, PURGE, (before, most))).await
    }
}

const UPDATE: &str = "
    UPDATE tokens
    SET label = coalesce(?2, label),
        disabled = coalesce(?3, disabled),
        scopes = coalesce(?4, scopes),
        modified_at = ?5
    WHERE id = ?1 AND revoked_at IS NULL";

const REVOKE: &str = "
    UPDATE tokens
    SET revoked_at = ?2
    WHERE id = ?1 AND revoked_at IS NULL";

const END_ITS_SESSION: &str = "
    UPDATE sessions
    SET ended_at = ?2
    WHERE id = (SELECT session_id FROM tokens WHERE id = ?1) AND ended_at IS NULL";

const EXISTS: &str = "SELECT EXISTS (SELECT 1 FROM tokens WHERE id = ?1)";

fn revoke(db: &Connection, id: TokenId, note: &Draft) -> Result<Told<Revocation>, Failure> {
    if run(db, REVOKE, params![key(id), at(note.at)])? > 0 {
        run(db, END_ITS_SESSION, params![key(id), at(note.at)])?;
        return Ok(Told::done(Revocation::Done));
    }
    let dead = holds(db, EXISTS, params![key(id)])?;
    Ok(Told::nothing(if dead { Revocation::AlreadyDone } else { Revocation::Missing }))
}

const ROTATE: &str = "
    UPDATE tokens
    SET previous_digest = digest, previous_ends_at = ?4, digest = ?2, pepper = ?3, modified_at = ?5
    WHERE id = ?1 AND revoked_at IS NULL";

const SPEND: &str = "
    UPDATE tokens
    SET uses_left = uses_left - 1
    WHERE id = ?1
        AND uses_left > 0
        AND revoked_at IS NULL
        AND disabled = 0
        AND (expires_at IS NULL OR expires_at > ?2)
    RETURNING uses_left";

/// The expired token of a grant that can still be refreshed stays: the next one is made after it.
const PURGE: [&str; 2] = [
    "DELETE FROM tokens
    WHERE number IN (SELECT number FROM tokens WHERE revoked_at < ?1 LIMIT ?2)",
    "DELETE FROM tokens
    WHERE number IN (
        SELECT number
        FROM tokens t
        WHERE t.expires_at < ?1
            AND NOT EXISTS (
                SELECT 1
                FROM sessions s
                WHERE s.id = t.session_id AND s.ended_at IS NULL AND s.expires_at >= ?1)
        LIMIT ?2)",
];

//! Facts about tokens.

use std::sync::Arc;

use async_trait::async_trait;
use authority::error::StoreError;
use authority::id::{Number, TokenId};
use authority::journal::Draft;
use authority::secret::Digest;
use authority::token::store::{
    Change, Insertion, KeptSecret, Page, Revocation, Spending, TokenChange, TokenFilter, TokenStore,
};
use authority::token::{Born, Holder, Standing, Token};
use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::Sqlite;
use super::order::Told;
use super::row::{self, Failure, at, first, holds, key, run, user_stands};
use super::standing;

/// Uses that are noted in one go, so that facts need not wait long behind them.
const USES_TOGETHER: usize = 256;

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
            if !may_hold(db, &token)? {
                return Ok(Told::nothing(Insertion::HolderGone));
            }
            if !quotas.admit(db, token.holder, (most, note.at))? {
                return Ok(Told::nothing(Insertion::TooMany));
            }
            Ok(Told::done(Insertion::Done(insert(db, &token, secret)?)))
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

    async fn token_numbered(&self, number: Number) -> Result<Option<Token>, StoreError> {
        self.read(move |db| standing::token_numbered(db, number)).await
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
            let values = params![key(id), change.label, change.disabled, at(note.at)];
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

    async fn note_uses(&self, uses: &[(TokenId, Timestamp)]) -> Result<(), StoreError> {
        for uses in uses.chunks(USES_TOGETHER) {
            let uses = uses.to_vec();
            self.write(move |db| {
                uses.iter().try_for_each(|(id, used)| {
                    run(db, NOTE_USE, params![key(*id), at(*used)]).map(drop)
                })
            })
            .await?;
        }
        Ok(())
    }

    async fn purge_tokens(&self, before: Timestamp, most: u32) -> Result<u64, StoreError> {
        self.write(move |db| row::purge(db, PURGE, (before, most))).await
    }
}

const USER_STANDS: &str = concat!("SELECT ", user_stands!("?1"));

const APPLICATION_STANDS: &str = "
    SELECT EXISTS (
        SELECT 1
        FROM applications a
        LEFT JOIN organizations o ON o.id = ?2
        WHERE a.id = ?1
            AND a.archived_at IS NULL
            AND a.epoch = ?3
            AND (?2 IS NULL
                OR (o.id = a.organization_id AND o.suspended_at IS NULL AND o.epoch = ?4)))";

const SERVICE_ACCOUNT_STANDS: &str = "
    SELECT EXISTS (
        SELECT 1
        FROM service_accounts s
        LEFT JOIN organizations o ON o.id = ?2
        WHERE s.id = ?1
            AND s.disabled_at IS NULL
            AND s.epoch = ?3
            AND (?2 IS NULL
                OR (o.id = s.organization_id AND o.suspended_at IS NULL AND o.epoch = ?4)))";

/// Whether the holder, its organization and its place there are as the caller saw them.
fn may_hold(db: &Connection, token: &Token) -> Result<bool, Failure> {
    let stands = match token.holder {
        Holder::User(_) => USER_STANDS,
        Holder::Application(_) => APPLICATION_STANDS,
        Holder::ServiceAccount(_) => SERVICE_ACCOUNT_STANDS,
    };
    let (_, holder) = token.holder.parts();
    let Born { holder: epoch, organization: its_epoch } = token.born;
    let organization = token.organization.map(key);
    holds(db, stands, params![holder.into_bytes(), organization, epoch, its_epoch])
}

const INSERT: &str = "
    INSERT INTO tokens (id, kind, holder_kind, holder_id, organization_id, label, scopes,
        created_at, created_by, modified_at, expires_at, uses_left, disabled, revoked_at, parent,
        session_id, born_holder, born_organization, last_used_at, digest, pepper)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,
        ?20, ?21)";

fn insert(db: &Connection, token: &Token, secret: KeptSecret) -> Result<Number, Failure> {
    let (holder_kind, holder_id) = token.holder.parts();
    let values = params![
        key(token.id),
        token.kind.code(),
        holder_kind,
        holder_id.into_bytes(),
        token.organization.map(key),
        token.label,
        token.scopes.to_string(),
        at(token.created_at),
        token.created_by.map(key),
        at(token.modified_at),
        token.expires_at.map(at),
        token.uses_left,
        token.disabled,
        token.revoked_at.map(at),
        token.parent.map(key),
        token.session.map(key),
        token.born.holder,
        token.born.organization,
        token.last_used_at.map(at),
        secret.digest.as_bytes(),
        secret.pepper,
    ];
    run(db, INSERT, values)?;
    Ok(db.last_insert_rowid())
}

const UPDATE: &str = "
    UPDATE tokens
    SET label = coalesce(?2, label), disabled = coalesce(?3, disabled), modified_at = ?4
    WHERE id = ?1 AND revoked_at IS NULL";

const REVOKE: &str = "
    UPDATE tokens
    SET revoked_at = ?2
    WHERE id = ?1 AND revoked_at IS NULL";

const EXISTS: &str = "SELECT EXISTS (SELECT 1 FROM tokens WHERE id = ?1)";

fn revoke(db: &Connection, id: TokenId, note: &Draft) -> Result<Told<Revocation>, Failure> {
    if run(db, REVOKE, params![key(id), at(note.at)])? > 0 {
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

const NOTE_USE: &str = "
    UPDATE tokens
    SET last_used_at = ?2
    WHERE id = ?1 AND (last_used_at IS NULL OR last_used_at < ?2)";

const PURGE: [&str; 2] = [
    "DELETE FROM tokens
    WHERE number IN (SELECT number FROM tokens WHERE revoked_at < ?1 LIMIT ?2)",
    "DELETE FROM tokens
    WHERE number IN (SELECT number FROM tokens WHERE expires_at < ?1 LIMIT ?2)",
];

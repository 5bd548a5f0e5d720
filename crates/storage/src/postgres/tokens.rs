//! Facts about tokens.

use async_trait::async_trait;
use authority::error::StoreError;
use authority::id::{Id, Number, TokenId};
use authority::journal::Draft;
use authority::secret::{Digest, Kind};
use authority::token::store::{
    Change, Insertion, KeptSecret, Page, Revocation, Spending, TokenChange, TokenFilter, TokenStore,
};
use authority::token::{Holder, Standing, Token};
use jiff::Timestamp;

use super::fact::Told;
use super::failure::Failure;
use super::row::{Asked, user_stands};
use super::session::Answer;
use super::standing::token_columns;
use super::statement::{HOLD_APPLICATION, HOLD_SERVICE_ACCOUNT, HOLD_USER, Statement, values};
use super::{Postgres, standing};
use crate::text::{self, Unreadable, micros};

/// Uses that are noted in one go, so that facts need not wait long behind them.
const USES_TOGETHER: usize = 256;

#[async_trait]
impl TokenStore for Postgres {
    async fn insert_token(
        &self,
        token: &Token,
        secret: KeptSecret,
        most: Option<u32>,
        note: Draft,
    ) -> Result<Insertion, StoreError> {
        let statement = insert(token, secret, most, note.at);
        self.say(note, statement, inserted).await
    }

    async fn standing(&self, digests: &[Digest]) -> Result<Option<Standing>, StoreError> {
        let digests: Vec<&[u8]> = digests.iter().map(|d| d.as_bytes().as_slice()).collect();
        self.one(standing::BY_DIGEST, &[&digests], standing::standing).await
    }

    async fn token_standing(&self, id: TokenId) -> Result<Option<Standing>, StoreError> {
        self.one(standing::BY_ID, &[&id.uuid()], standing::standing).await
    }

    async fn token_numbered(&self, number: Number) -> Result<Option<Token>, StoreError> {
        self.one(BY_NUMBER, &[&number], standing::token).await
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
            .and(
                "t.revoked_at IS NULL AND t.uses_left IS DISTINCT FROM 0
                    AND COALESCE(t.expires_at > ?, TRUE)",
                filter.live_at.map(micros),
            )
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
        let TokenChange { label, disabled } = change.clone();
        let values = values![id.uuid(), label, disabled, micros(note.at)];
        self.change(note, Statement::new(UPDATE, values)).await
    }

    async fn revoke_token(&self, id: TokenId, note: Draft) -> Result<Revocation, StoreError> {
        let values = values![id.uuid(), micros(note.at)];
        self.say(note, Statement::new(REVOKE, values), revoked).await
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

    async fn note_uses(&self, uses: &[(TokenId, Timestamp)]) -> Result<(), StoreError> {
        for uses in uses.chunks(USES_TOGETHER) {
            let (ids, times): (Vec<_>, Vec<_>) =
                uses.iter().map(|(id, at)| (id.uuid(), micros(*at))).unzip();
            self.write(Statement::new(NOTE_USES, values![ids, times])).await?;
        }
        Ok(())
    }

    async fn purge_tokens(&self, before: Timestamp, most: u32) -> Result<u64, StoreError> {
        self.write(Statement::new(PURGE, values![micros(before), i64::from(most)])).await
    }
}

/// Inserts a token if `$place` gives a row: its holder, its organization and the holder's place
/// there are as they were seen. Gives its number, and whether there was the place.
macro_rules! insert_where {
    ($($place:expr),*) => {
        concat!(
            "
    WITH place AS (",
            $($place,)*
            "),
    room AS (
        SELECT
        WHERE $22::BIGINT IS NULL OR $22 > (
            SELECT count(*)
            FROM (
                SELECT
                FROM tokens
                WHERE holder_id = $4
                    AND revoked_at IS NULL
                    AND (expires_at IS NULL OR expires_at > $23)
                LIMIT $22
            ) AS alive
        )
    ),
    made AS (
        INSERT INTO tokens (id, kind, holder_kind, holder_id, organization_id, label, scopes,
            created_at, created_by, modified_at, expires_at, uses_left, disabled, revoked_at,
            parent, session_id, born_holder, born_organization, last_used_at, digest, pepper)
        SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
            $19, $20, $21
        FROM place, room
        RETURNING number
    )
    SELECT (SELECT number FROM made), EXISTS (SELECT FROM place)"
        )
    };
}

const INSERT_FOR_USER: &str = insert_where!(
    "
        SELECT
        FROM users u
        WHERE ",
    user_stands!("$4", "$5", "$17", "$18")
);

const INSERT_FOR_APPLICATION: &str = insert_where!(
    "
        SELECT
        FROM applications a
        LEFT JOIN organizations o ON o.id = $5
        WHERE a.id = $4
            AND a.archived_at IS NULL
            AND a.epoch = $17
            AND ($5::UUID IS NULL
                OR (o.id = a.organization_id AND o.suspended_at IS NULL AND o.epoch = $18))"
);

const INSERT_FOR_SERVICE_ACCOUNT: &str = insert_where!(
    "
        SELECT
        FROM service_accounts s
        LEFT JOIN organizations o ON o.id = $5
        WHERE s.id = $4
            AND s.disabled_at IS NULL
            AND s.epoch = $17
            AND ($5::UUID IS NULL
                OR (o.id = s.organization_id AND o.suspended_at IS NULL AND o.epoch = $18))"
);

fn insert(token: &Token, secret: KeptSecret, most: Option<u32>, now: Timestamp) -> Statement {
    let (holder_kind, holder_id) = token.holder.parts();
    let (hold, insert) = match token.holder {
        Holder::User(_) => (HOLD_USER, INSERT_FOR_USER),
        Holder::Application(_) => (HOLD_APPLICATION, INSERT_FOR_APPLICATION),
        Holder::ServiceAccount(_) => (HOLD_SERVICE_ACCOUNT, INSERT_FOR_SERVICE_ACCOUNT),
    };
    let values = values![
        token.id.uuid(),
        token.kind.code(),
        holder_kind,
        holder_id,
        token.organization.map(Id::uuid),
        token.label.clone(),
        token.scopes.to_string(),
        micros(token.created_at),
        token.created_by.map(Id::uuid),
        micros(token.modified_at),
        token.expires_at.map(micros),
        token.uses_left.map(i64::from),
        token.disabled,
        token.revoked_at.map(micros),
        token.parent.map(Id::uuid),
        token.session.map(Id::uuid),
        token.born.holder,
        token.born.organization,
        token.last_used_at.map(micros),
        secret.digest.as_bytes().to_vec(),
        secret.pepper,
        most.map(i64::from),
        micros(now),
    ];
    let statement = Statement::new(insert, values);
    if most.is_some() { statement.behind(hold, values![holder_id]) } else { statement }
}

fn inserted(answer: &Answer) -> Result<Told<Insertion>, Failure> {
    let mut row = answer.first().ok_or(Unreadable("answer"))?;
    Ok(match (row.value()?, row.value()?) {
        (Some(number), _) => Told::done(Insertion::Done(number)),
        (None, true) => Told::nothing(Insertion::TooMany),
        (None, false) => Told::nothing(Insertion::HolderGone),
    })
}

const UPDATE: &str = "
    UPDATE tokens
    SET label = COALESCE($2, label), disabled = COALESCE($3, disabled), modified_at = $4
    WHERE id = $1 AND revoked_at IS NULL";

const REVOKE: &str = "
    WITH dead AS (
        UPDATE tokens
        SET revoked_at = $2
        WHERE id = $1 AND revoked_at IS NULL
        RETURNING id
    )
    SELECT EXISTS (SELECT FROM dead)
    FROM tokens
    WHERE id = $1";

fn revoked(answer: &Answer) -> Result<Told<Revocation>, Failure> {
    let Some(mut row) = answer.first() else { return Ok(Told::nothing(Revocation::Missing)) };
    Ok(match row.value()? {
        true => Told::done(Revocation::Done),
        false => Told::nothing(Revocation::AlreadyDone),
    })
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

/// In the order of the ids, so that two nodes don't wait for each other.
const NOTE_USES: &str = "
    WITH used AS (
        SELECT id, max(at) AS at
        FROM unnest($1::UUID[], $2::BIGINT[]) AS used (id, at)
        GROUP BY id
    ),
    later AS (
        SELECT tokens.id, used.at
        FROM tokens
        JOIN used ON used.id = tokens.id
        WHERE tokens.last_used_at IS NULL OR tokens.last_used_at < used.at
        ORDER BY tokens.id
        FOR NO KEY UPDATE OF tokens
    )
    UPDATE tokens
    SET last_used_at = later.at
    FROM later
    WHERE tokens.id = later.id";

const PURGE: &str = "
    WITH tombstones AS (
        SELECT number
        FROM tokens
        WHERE revoked_at < $1 OR expires_at < $1
        LIMIT $2
        FOR UPDATE SKIP LOCKED
    )
    DELETE FROM tokens
    WHERE number IN (SELECT number FROM tombstones)";

const BY_NUMBER: &str = concat!(
    "
    SELECT ",
    token_columns!(),
    "
    FROM tokens t
    WHERE t.number = $1"
);

const LIST: &str = concat!(
    "
    SELECT ",
    token_columns!(),
    "
    FROM tokens t
    WHERE t.number > $1"
);

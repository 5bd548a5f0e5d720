//! Facts about tokens.

use std::sync::Arc;

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

use super::Postgres;
use super::fact::Told;
use super::failure::Failure;
use super::row::{Asked, Fields};
use super::session::Session;
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
        let new = Arc::new(New { token: token.clone(), secret, most, at: micros(note.at) });
        self.tell(note, move |session| insert(session, Arc::clone(&new))).await
    }

    async fn standing(&self, digests: &[Digest]) -> Result<Option<Standing>, StoreError> {
        let digests: Vec<&[u8]> = digests.iter().map(|d| d.as_bytes().as_slice()).collect();
        self.one(STANDING, &[&digests], standing).await
    }

    async fn token_standing(&self, id: TokenId) -> Result<Option<Standing>, StoreError> {
        self.one(TOKEN_STANDING, &[&id.uuid()], standing).await
    }

    async fn token_numbered(&self, number: Number) -> Result<Option<Token>, StoreError> {
        self.one(TOKEN_NUMBERED, &[&number], token).await
    }

    async fn tokens(&self, filter: &TokenFilter, page: Page) -> Result<Vec<Token>, StoreError> {
        let holder = filter.holder.map(Holder::parts);
        let kinds: Vec<&'static str> = filter.kinds.iter().copied().map(Kind::code).collect();
        let kinds = (!kinds.is_empty()).then_some(kinds);
        Asked::new(TOKENS, page.after)
            .and("t.holder_id = ?", holder.map(|(_, id)| id))
            .and("t.holder_kind = ?", holder.map(|(kind, _)| kind))
            .and("t.organization_id = ?", filter.organization.map(Id::uuid))
            .and("t.kind = ANY(?)", kinds)
            .and(
                "t.revoked_at IS NULL AND t.uses_left IS DISTINCT FROM 0
                    AND (t.expires_at IS NULL OR t.expires_at > ?)",
                filter.live_at.map(micros),
            )
            .ending("ORDER BY t.number LIMIT ?", page.limit)
            .all(self, token)
            .await
    }

    async fn update_token(
        &self,
        id: TokenId,
        change: &TokenChange,
        note: Draft,
    ) -> Result<Change, StoreError> {
        let (at, change) = (micros(note.at), change.clone());
        self.tell(note, move |session| {
            let TokenChange { label, disabled } = change.clone();
            async move {
                let rows = session.execute(UPDATE, &[&id.uuid(), &label, &disabled, &at]).await?;
                Ok(Told::by(rows, Change::Done, Change::Missing))
            }
        })
        .await
    }

    async fn revoke_token(&self, id: TokenId, note: Draft) -> Result<Revocation, StoreError> {
        let at = micros(note.at);
        self.tell(note, move |session| async move {
            let row = session.row(REVOKE, &[&id.uuid(), &at]).await?;
            Ok(match row.map(|row| row.try_get(0)).transpose()? {
                Some(true) => Told::done(Revocation::Done),
                Some(false) => Told::nothing(Revocation::AlreadyDone),
                None => Told::nothing(Revocation::Missing),
            })
        })
        .await
    }

    async fn rotate_token(
        &self,
        id: TokenId,
        secret: KeptSecret,
        overlap_ends: Timestamp,
        note: Draft,
    ) -> Result<Change, StoreError> {
        let at = micros(note.at);
        self.tell(note, move |session| async move {
            let KeptSecret { digest, pepper } = secret;
            let digest = digest.as_bytes().as_slice();
            let values: [&(dyn tokio_postgres::types::ToSql + Sync); 5] =
                [&id.uuid(), &digest, &pepper, &micros(overlap_ends), &at];
            let rows = session.execute(ROTATE, &values).await?;
            Ok(Told::by(rows, Change::Done, Change::Missing))
        })
        .await
    }

    async fn spend_token(&self, id: TokenId, note: Draft) -> Result<Spending, StoreError> {
        let at = micros(note.at);
        self.tell(note, move |session| async move {
            let row = session.row(SPEND, &[&id.uuid(), &at]).await?;
            let left = row.map(|row| Fields::of(&row).maybe_count()).transpose()?.flatten();
            Ok(left.map_or(Told::nothing(Spending::Spent), |left| Told::done(Spending::Done(left))))
        })
        .await
    }

    async fn note_uses(&self, uses: &[(TokenId, Timestamp)]) -> Result<(), StoreError> {
        let (ids, times): (Vec<_>, Vec<_>) =
            uses.iter().map(|(id, at)| (id.uuid(), micros(*at))).unzip();
        let uses = Arc::new((ids, times));
        self.write(move |session| {
            let uses = Arc::clone(&uses);
            async move { session.execute(NOTE_USES, &[&uses.0, &uses.1]).await.map(drop) }
        })
        .await
    }

    async fn purge_tokens(&self, before: Timestamp, most: u32) -> Result<u64, StoreError> {
        let (before, most) = (micros(before), i64::from(most));
        self.write(move |session| async move { session.execute(PURGE, &[&before, &most]).await })
            .await
    }
}

/// A token to be kept.
struct New {
    token: Token,
    secret: KeptSecret,
    most: Option<u32>,
    at: i64,
}

/// Inserts a token if `$place` gives a row: its holder, its organization and the holder's place
/// there are as they were seen. Gives its number, and whether there was the place.
macro_rules! insert_where {
    ($place:literal) => {
        concat!(
            "
    WITH place AS (",
            $place,
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

/// The membership is held, so that whoever ends it sees this token and revokes it.
const INSERT_FOR_USER: &str = insert_where!(
    "
        SELECT
        FROM users u
        WHERE u.id = $4
            AND u.disabled_at IS NULL
            AND u.deleted_at IS NULL
            AND u.epoch = $17
            AND ($5::UUID IS NULL OR EXISTS (
                SELECT
                FROM organizations o
                WHERE o.id = $5
                    AND o.suspended_at IS NULL
                    AND o.epoch = $18
                    AND (u.superuser OR EXISTS (
                        SELECT
                        FROM memberships m
                        WHERE m.user_id = $4 AND m.organization_id = $5
                        FOR KEY SHARE))))"
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

/// Of two who count a holder's tokens at once, the second waits for the first's commit.
const HOLD_USER: &str = "
    SELECT
    FROM users
    WHERE id = $1
    FOR NO KEY UPDATE";

const HOLD_APPLICATION: &str = "
    SELECT
    FROM applications
    WHERE id = $1
    FOR NO KEY UPDATE";

const HOLD_SERVICE_ACCOUNT: &str = "
    SELECT
    FROM service_accounts
    WHERE id = $1
    FOR NO KEY UPDATE";

async fn insert(session: Session, new: Arc<New>) -> Result<Told<Insertion>, Failure> {
    let New { token, secret, most, at } = &*new;
    let (holder_kind, holder_id) = token.holder.parts();
    let (hold, insert) = match token.holder {
        Holder::User(_) => (HOLD_USER, INSERT_FOR_USER),
        Holder::Application(_) => (HOLD_APPLICATION, INSERT_FOR_APPLICATION),
        Holder::ServiceAccount(_) => (HOLD_SERVICE_ACCOUNT, INSERT_FOR_SERVICE_ACCOUNT),
    };
    let values: [&(dyn tokio_postgres::types::ToSql + Sync); 23] = [
        &token.id.uuid(),
        &token.kind.code(),
        &holder_kind,
        &holder_id,
        &token.organization.map(Id::uuid),
        &token.label,
        &token.scopes.to_string(),
        &micros(token.created_at),
        &token.created_by.map(Id::uuid),
        &micros(token.modified_at),
        &token.expires_at.map(micros),
        &token.uses_left.map(i64::from),
        &token.disabled,
        &token.revoked_at.map(micros),
        &token.parent.map(Id::uuid),
        &token.session.map(Id::uuid),
        &token.born.holder,
        &token.born.organization,
        &token.last_used_at.map(micros),
        &secret.digest.as_bytes().as_slice(),
        &secret.pepper,
        &most.map(i64::from),
        at,
    ];
    let row = match most {
        Some(_) => session.row_behind((hold, &[&holder_id]), (insert, &values)).await?,
        None => session.row(insert, &values).await?,
    };
    let row = row.ok_or(text::Unreadable("number"))?;
    Ok(match (row.try_get(0)?, row.try_get(1)?) {
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

macro_rules! token_columns {
    () => {
        "t.number, t.id, t.kind, t.holder_kind, t.holder_id, t.organization_id, t.label, t.scopes,
        t.created_at, t.created_by, t.modified_at, t.expires_at, t.uses_left, t.disabled,
        t.revoked_at, t.parent, t.session_id, t.born_holder, t.born_organization, t.last_used_at"
    };
}

fn token(row: &mut Fields<'_>) -> Result<Token, Failure> {
    Ok(Token {
        number: row.value()?,
        id: row.id()?,
        kind: row.spelled(text::kind)?,
        holder: text::holder(row.value()?, row.value()?)?,
        organization: row.maybe_id()?,
        label: row.value()?,
        scopes: row.spelled(text::scopes)?,
        created_at: row.time()?,
        created_by: row.maybe_id()?,
        modified_at: row.time()?,
        expires_at: row.maybe_time()?,
        uses_left: row.maybe_count()?,
        disabled: row.value()?,
        revoked_at: row.maybe_time()?,
        parent: row.maybe_id()?,
        session: row.maybe_id()?,
        born: row.born()?,
        last_used_at: row.maybe_time()?,
    })
}

/// A token, its holder now and its organization now; `$found` gives the token's number, and when
/// the secret that was shown ends.
macro_rules! standing_of {
    ($found:literal) => {
        concat!(
            "
    SELECT ",
            token_columns!(),
            ",
        found.ends_at,
        COALESCE(u.username, a.name, s.name, ''),
        CASE t.holder_kind
            WHEN 'user' THEN u.id IS NULL OR COALESCE(u.disabled_at, u.deleted_at) IS NOT NULL
            WHEN 'application' THEN a.id IS NULL OR a.archived_at IS NOT NULL
            ELSE s.id IS NULL OR s.disabled_at IS NOT NULL
        END,
        COALESCE(u.epoch, a.epoch, s.epoch, -1),
        CASE
            WHEN t.holder_kind = 'user' THEN m.role
            WHEN a.organization_id = t.organization_id THEN 'editor'
            WHEN s.organization_id = t.organization_id THEN s.role
        END,
        COALESCE(u.superuser, FALSE), COALESCE(u.system_auditor, FALSE),
        o.epoch, o.suspended_at IS NOT NULL
    FROM (",
            $found,
            ") AS found
    JOIN tokens t ON t.number = found.number
    LEFT JOIN users u ON t.holder_kind = 'user' AND u.id = t.holder_id
    LEFT JOIN applications a ON t.holder_kind = 'application' AND a.id = t.holder_id
    LEFT JOIN service_accounts s ON t.holder_kind = 'service_account' AND s.id = t.holder_id
    LEFT JOIN organizations o ON o.id = t.organization_id
    LEFT JOIN memberships m ON m.user_id = u.id AND m.organization_id = t.organization_id"
        )
    };
}

const STANDING: &str = standing_of!(
    "
        SELECT number, NULL::BIGINT AS ends_at
        FROM tokens
        WHERE digest = ANY($1)
        UNION ALL
        SELECT number, previous_ends_at
        FROM tokens
        WHERE previous_digest = ANY($1)
        LIMIT 1"
);

const TOKEN_STANDING: &str = standing_of!(
    "
        SELECT number, NULL::BIGINT AS ends_at
        FROM tokens
        WHERE id = $1"
);

fn standing(row: &mut Fields<'_>) -> Result<Standing, Failure> {
    Ok(Standing {
        token: token(row)?,
        secret_until: row.maybe_time()?,
        holder: row.holder_now()?,
        organization: row.organization_now()?,
    })
}

const TOKEN_NUMBERED: &str = concat!(
    "
    SELECT ",
    token_columns!(),
    "
    FROM tokens t
    WHERE t.number = $1"
);

const TOKENS: &str = concat!(
    "
    SELECT ",
    token_columns!(),
    "
    FROM tokens t
    WHERE t.number > $1"
);

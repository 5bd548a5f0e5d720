//! How what a user grants to an application is kept: a session with its refresh token and its one
//! access token.
//!
//! Whoever ends a grant, or judges its access token, holds its session first, in a statement of its
//! own: the token that a step on another node gave it meanwhile is then seen.

use async_trait::async_trait;
use authority::account::store::Turn;
use authority::error::StoreError;
use authority::grant::store::{Code, GrantStore, Ground, Pair};
use authority::id::{Id, SessionId, TokenId, UserId};
use authority::journal::Draft;
use authority::secret::Digest;
use authority::token::Token;
use authority::token::store::{Change, Insertion, KeptSecret};
use jiff::Timestamp;

use super::fact::Told;
use super::failure::Failure;
use super::issue::{self, keep_token, room};
use super::session::Answer;
use super::sessions::bytes;
use super::stands::{application_stands, user_stands};
use super::statement::{HOLD_SESSION, HOLD_USER, Statement, values};
use super::turns::{self, keep_session, turned};
use super::{Postgres, codes, standing as tokens};
use crate::text::micros;

#[async_trait]
impl GrantStore for Postgres {
    async fn open_grant(
        &self,
        pair: &Pair,
        ground: Ground,
        most: Option<u32>,
        note: Draft,
    ) -> Result<Insertion, StoreError> {
        let statement = open(pair, ground, most, note.at);
        self.say(note, statement, issue::inserted).await
    }

    async fn turn_grant(
        &self,
        turn: &Turn,
        token: &Token,
        secret: KeptSecret,
        note: Draft,
    ) -> Result<Insertion, StoreError> {
        let statement = renew(turn, (token, secret), note.at);
        self.say(note, statement, renewed).await
    }

    async fn token_of_grant(&self, id: SessionId) -> Result<Option<Token>, StoreError> {
        self.one(tokens::OF_GRANT, &[&id.uuid()], tokens::token).await
    }

    async fn note_grant_used(&self, id: SessionId, token: TokenId) -> Result<(), StoreError> {
        self.write(note_used(id, token)).await.map(drop)
    }

    async fn keep_code(
        &self,
        code: &Code,
        digest: Digest,
        note: Draft,
    ) -> Result<Change, StoreError> {
        self.change(note, codes::keep(code, digest)).await
    }

    async fn code(&self, digests: &[Digest]) -> Result<Option<Code>, StoreError> {
        self.one(codes::BY_DIGEST, &[&bytes(digests)], codes::read).await
    }

    async fn purge_codes(&self, before: Timestamp, most: u32) -> Result<u64, StoreError> {
        self.write(Statement::new(codes::PURGE, values![micros(before), i64::from(most)])).await
    }
}

/// `$1` to `$26` are the token, `$27` and `$28` how many there may be, and when; `$29` to `$43` are
/// the session, `$44` its refresh token; `$45` and `$46` are the ground. Gives the token's number,
/// and whether nothing but room was wanting. A code is looked at with the user held, and is then
/// redeemed only if nobody has done that even so.
const OPEN: &str = concat!(
    "
    WITH place AS (
        SELECT
        FROM users u
        WHERE ",
    user_stands!("$30", "$32", "$42", "$43"),
    "
            AND ",
    application_stands!("$31"),
    "
            AND ($45::BIGINT IS NULL OR u.passwords = $45)
            AND ($46::UUID IS NULL OR EXISTS (
                SELECT
                FROM codes c
                WHERE c.id = $46
                    AND c.user_id = u.id
                    AND c.application_id = $31
                    AND c.session_id IS NULL
                    AND c.expires_at > $28
                    AND c.born_holder = u.epoch))
    ),
    room AS (",
    room!("$4", "$27", "$28"),
    "),
    redeemed AS (
        UPDATE codes
        SET session_id = $29
        FROM place, room
        WHERE codes.id = $46 AND codes.session_id IS NULL
        RETURNING codes.id
    ),
    ground AS (
        SELECT
        FROM place, room
        WHERE $46 IS NULL OR EXISTS (SELECT FROM redeemed)
    ),
    opened AS (",
    keep_session!(
        "$29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43",
        "ground"
    ),
    "
        RETURNING id, generation
    ),
    kept AS (
        INSERT INTO refresh_tokens (digest, session_id, generation)
        SELECT $44, opened.id, opened.generation
        FROM opened
    ),
    made AS (",
    keep_token!(
        "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
            $20, $21, $22, $23, $24, $25, $26",
        "opened"
    ),
    "
        RETURNING number
    )
    SELECT (SELECT number FROM made),
        EXISTS (SELECT FROM place) AND NOT EXISTS (SELECT FROM room)"
);

pub(super) fn open(pair: &Pair, ground: Ground, most: Option<u32>, now: Timestamp) -> Statement {
    let Pair { session, refresh, token, secret } = pair;
    let (password, code) = match ground {
        Ground::Credential => (None, None),
        Ground::Password(generation) => (Some(generation), None),
        Ground::Code(id) => (None, Some(id.uuid())),
    };
    let mut values = issue::row(token, *secret);
    values.extend(values![most.map(i64::from), micros(now)]);
    values.extend(turns::row(session));
    values.extend(values![refresh.as_bytes().to_vec(), password, code]);
    Statement::new(OPEN, values).behind(HOLD_USER, values![session.user.uuid()])
}

/// `$1` to `$10` are the step, `$11` is when, `$12` to `$37` are the new token.
const TURN: &str = concat!(
    turned!(),
    ",
    revoked AS (
        UPDATE tokens
        SET revoked_at = $11
        FROM turned
        WHERE tokens.session_id = turned.id AND tokens.revoked_at IS NULL
    ),
    made AS (",
    keep_token!(
        "$12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29,
            $30, $31, $32, $33, $34, $35, $36, $37",
        "turned"
    ),
    "
        RETURNING number
    )
    SELECT number
    FROM made"
);

pub(super) fn renew(
    turn: &Turn,
    (token, secret): (&Token, KeptSecret),
    now: Timestamp,
) -> Statement {
    let mut values = turns::step(turn);
    values.extend(values![micros(now)]);
    values.extend(issue::row(token, secret));
    Statement::new(TURN, values)
}

/// The number of the new token, if the session was turned.
pub(super) fn renewed(answer: &Answer) -> Result<Told<Insertion>, Failure> {
    let Some(mut row) = answer.first() else { return Ok(Told::nothing(Insertion::HolderGone)) };
    Ok(Told::done(Insertion::Done(row.value()?)))
}

const NOTE_USED: &str = "
    UPDATE sessions
    SET used = TRUE
    WHERE id = $1
        AND NOT used
        AND EXISTS (
            SELECT
            FROM tokens
            WHERE id = $2 AND session_id = $1 AND revoked_at IS NULL)";

pub(super) fn note_used(session: SessionId, token: TokenId) -> Statement {
    let values = values![session.uuid(), token.uuid()];
    Statement::new(NOTE_USED, values).behind(HOLD_SESSION, values![session.uuid()])
}

/// The tokens are looked for even if the session is gone.
const END: &str = "
    WITH ended AS (
        UPDATE sessions
        SET ended_at = $2
        WHERE id = $1 AND ended_at IS NULL
        RETURNING id
    ),
    revoked AS (
        UPDATE tokens
        SET revoked_at = $2
        WHERE session_id = $1 AND revoked_at IS NULL
        RETURNING id
    )
    SELECT id
    FROM ended
    UNION ALL
    SELECT id
    FROM revoked";

pub(super) fn end(session: SessionId, now: Timestamp) -> Statement {
    let values = values![session.uuid(), micros(now)];
    Statement::new(END, values).behind(HOLD_SESSION, values![session.uuid()])
}

/// In the order of the ids, so that two nodes don't wait for each other. Behind the user, so that
/// none is opened meanwhile.
const HOLD_ALL: &str = "
    SELECT
    FROM sessions
    WHERE user_id = $1 AND ended_at IS NULL
    ORDER BY id
    FOR NO KEY UPDATE";

const END_ALL: &str = "
    WITH ended AS (
        UPDATE sessions
        SET ended_at = $3
        WHERE user_id = $1 AND id IS DISTINCT FROM $2 AND ended_at IS NULL
        RETURNING id
    ),
    revoked AS (
        UPDATE tokens
        SET revoked_at = $3
        FROM ended
        WHERE tokens.session_id = ended.id AND tokens.revoked_at IS NULL
    )
    SELECT
    FROM ended";

pub(super) fn end_all(user: UserId, keep: Option<SessionId>, now: Timestamp) -> Statement {
    let values = values![user.uuid(), keep.map(Id::uuid), micros(now)];
    Statement::new(END_ALL, values)
        .behind(HOLD_USER, values![user.uuid()])
        .behind(HOLD_ALL, values![user.uuid()])
}

//! How authorization codes are kept and read. What redeems one is in `grants.rs`.

use authority::grant::store::Code;
use authority::id::Id;
use authority::secret::Digest;

use super::failure::Failure;
use super::row::Fields;
use super::stands::application_stands;
use super::statement::{Statement, values};
use crate::text::{self, micros};

/// A user who changes meanwhile has another epoch, or a session that is refused.
const KEEP: &str = concat!(
    "
    INSERT INTO codes (id, digest, user_id, application_id, scopes, redirect_uri, challenge, plain,
        created_at, expires_at, session_id, born_holder)
    SELECT $1, $2, u.id, $4, $5, $6, $7, $8, $9, $10, $11, $12
    FROM users u
    WHERE u.id = $3
        AND u.disabled_at IS NULL
        AND u.deleted_at IS NULL
        AND u.epoch = $12
        AND ",
    application_stands!("$4")
);

pub(super) fn keep(code: &Code, digest: Digest) -> Statement {
    let values = values![
        code.id.uuid(),
        digest.as_bytes().to_vec(),
        code.user.uuid(),
        code.application.uuid(),
        code.scopes.to_string(),
        code.redirect_uri.clone(),
        code.challenge.clone(),
        code.plain,
        micros(code.created_at),
        micros(code.expires_at),
        code.session.map(Id::uuid),
        code.born,
    ];
    Statement::new(KEEP, values)
}

pub(super) const BY_DIGEST: &str = "
    SELECT id, user_id, application_id, scopes, redirect_uri, challenge, plain, created_at,
        expires_at, session_id, born_holder
    FROM codes
    WHERE digest = ANY($1)";

pub(super) fn read(row: &mut Fields<'_>) -> Result<Code, Failure> {
    Ok(Code {
        id: row.id()?,
        user: row.id()?,
        application: row.id()?,
        scopes: row.spelled(text::scopes)?,
        redirect_uri: row.value()?,
        challenge: row.value()?,
        plain: row.value()?,
        created_at: row.time()?,
        expires_at: row.time()?,
        session: row.maybe_id()?,
        born: row.value()?,
    })
}

pub(super) const PURGE: &str = "
    WITH tombstones AS (
        SELECT id
        FROM codes
        WHERE expires_at < $1
        LIMIT $2
        FOR UPDATE SKIP LOCKED
    )
    DELETE FROM codes
    WHERE id IN (SELECT id FROM tombstones)";

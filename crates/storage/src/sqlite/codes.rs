//! Authorization codes.

use authority::grant::store::Code;
use authority::secret::Digest;
use authority::token::store::Change;
use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::order::Told;
use super::row::{Failure, Fields, at, key, one, run};
use super::stands::{application_stands, user_stands};
use crate::text;

/// `?2` and `?4` are no organization.
const KEEP: &str = concat!(
    "INSERT INTO codes (id, digest, user_id, application_id, scopes, redirect_uri, challenge, plain,
        created_at, expires_at, session_id, born_holder)
    SELECT ?5, ?6, ?1, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?3
    WHERE ",
    user_stands!("?1"),
    "
    AND ",
    application_stands!("?7")
);

pub(super) fn keep(db: &Connection, code: &Code, digest: Digest) -> Result<Told<Change>, Failure> {
    let values = params![
        key(code.user),
        None::<i64>,
        code.born,
        0,
        key(code.id),
        digest.as_bytes(),
        key(code.application),
        code.scopes.to_string(),
        code.redirect_uri,
        code.challenge,
        code.plain,
        at(code.created_at),
        at(code.expires_at),
        code.session.map(key),
    ];
    Ok(Told::by(run(db, KEEP, values)?, Change::Done, Change::Missing))
}

const BY_DIGEST: &str = "
    SELECT id, user_id, application_id, scopes, redirect_uri, challenge, plain, created_at,
        expires_at, session_id, born_holder
    FROM codes
    WHERE digest = ?1";

fn read(row: &mut Fields<'_>) -> Result<Code, Failure> {
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

/// The code that has one of these digests.
pub(super) fn code(db: &Connection, digests: &[Digest]) -> Result<Option<Code>, Failure> {
    let of = |digest: &Digest| one(db, BY_DIGEST, params![digest.as_bytes()], read).transpose();
    digests.iter().find_map(of).transpose()
}

const PURGE: &str = "
    DELETE FROM codes
    WHERE id IN (SELECT id FROM codes WHERE expires_at < ?1 LIMIT ?2)";

pub(super) fn purge(db: &Connection, (before, most): (Timestamp, u32)) -> Result<u64, Failure> {
    Ok(run(db, PURGE, params![at(before), most])? as u64)
}

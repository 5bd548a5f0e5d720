//! What a user grants an application: a session of the application's, with one access token.

use std::sync::Arc;

use async_trait::async_trait;
use authority::account::Session;
use authority::account::store::Turn;
use authority::error::StoreError;
use authority::grant::store::{Code, GrantStore, Ground, Pair};
use authority::id::{CodeId, SessionId, TokenId};
use authority::journal::Draft;
use authority::secret::Digest;
use authority::token::Token;
use authority::token::store::{Change, Insertion, KeptSecret};
use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::Sqlite;
use super::order::Told;
use super::quotas::Quotas;
use super::row::{Failure, at, holds, key, run};
use super::stands::application_stands;
use super::{codes, issue, standing, turns};

#[async_trait]
impl GrantStore for Sqlite {
    async fn open_grant(
        &self,
        pair: &Pair,
        ground: Ground,
        most: Option<u32>,
        note: Draft,
    ) -> Result<Insertion, StoreError> {
        let (pair, quotas) = (pair.clone(), Arc::clone(&self.quotas));
        self.tell(note, move |db, note| open(db, &pair, ground, (&quotas, most), note)).await
    }

    async fn turn_grant(
        &self,
        turn: &Turn,
        token: &Token,
        secret: KeptSecret,
        note: Draft,
    ) -> Result<Insertion, StoreError> {
        let (next, token, quotas) = (turn.clone(), token.clone(), Arc::clone(&self.quotas));
        self.tell(note, move |db, note| renew(db, &next, (&token, secret), &quotas, note)).await
    }

    async fn token_of_grant(&self, id: SessionId) -> Result<Option<Token>, StoreError> {
        self.read(move |db| standing::of_grant(db, id)).await
    }

    async fn note_grant_used(&self, id: SessionId, token: TokenId) -> Result<(), StoreError> {
        self.write(move |db| run(db, NOTE_USED, params![key(id), key(token)]).map(drop)).await
    }

    async fn keep_code(
        &self,
        code: &Code,
        digest: Digest,
        note: Draft,
    ) -> Result<Change, StoreError> {
        let code = code.clone();
        self.tell(note, move |db, _| codes::keep(db, &code, digest)).await
    }

    async fn code(&self, digests: &[Digest]) -> Result<Option<Code>, StoreError> {
        let digests = digests.to_vec();
        self.read(move |db| codes::code(db, &digests)).await
    }

    async fn purge_codes(&self, before: Timestamp, most: u32) -> Result<u64, StoreError> {
        self.write(move |db| codes::purge(db, (before, most))).await
    }
}

/// All is looked at before anything is changed.
pub(super) fn open(
    db: &Connection,
    pair: &Pair,
    ground: Ground,
    (quotas, most): (&Quotas, Option<u32>),
    note: &Draft,
) -> Result<Told<Insertion>, Failure> {
    let Pair { session, refresh, token, secret } = pair;
    let stands = issue::may_hold(db, token)?
        && holds(db, APPLICATION_STANDS, params![session.application.map(key)])?
        && has_ground(db, session, ground, note)?;
    if !stands {
        return Ok(Told::nothing(Insertion::HolderGone));
    }
    if !quotas.admit(db, token.holder, (most, note.at))? {
        return Ok(Told::nothing(Insertion::TooMany));
    }
    if !turns::keep(db, session, (*refresh, password_of(ground)))? {
        return Ok(Told::nothing(Insertion::HolderGone));
    }
    if let Ground::Code(code) = ground {
        redeem(db, code, session, note)?;
    }
    Ok(Told::done(Insertion::Done(issue::insert(db, token, *secret)?)))
}

const APPLICATION_STANDS: &str = concat!("SELECT ", application_stands!("?1"));

fn password_of(ground: Ground) -> Option<i64> {
    match ground {
        Ground::Password(generation) => Some(generation),
        Ground::Credential | Ground::Code(_) => None,
    }
}

/// Said of a code: it is not redeemed, nor expired at `?2`, and was made for this user `?3`, of epoch
/// `?4`, and this application `?5`.
macro_rules! redeemable {
    () => {
        "id = ?1
        AND session_id IS NULL
        AND expires_at > ?2
        AND user_id = ?3
        AND born_holder = ?4
        AND application_id = ?5"
    };
}

const REDEEMABLE: &str = concat!("SELECT EXISTS (SELECT 1 FROM codes WHERE ", redeemable!(), ")");

/// Whether a code is there to be redeemed. A password is looked at where the session is kept.
fn has_ground(
    db: &Connection,
    session: &Session,
    ground: Ground,
    note: &Draft,
) -> Result<bool, Failure> {
    let Ground::Code(code) = ground else { return Ok(true) };
    let application = session.application.map(key);
    let values =
        params![key(code), at(note.at), key(session.user), session.born.holder, application];
    holds(db, REDEEMABLE, values)
}

const REDEEM: &str = concat!(
    "UPDATE codes
    SET session_id = ?6
    WHERE ",
    redeemable!()
);

fn redeem(db: &Connection, code: CodeId, session: &Session, note: &Draft) -> Result<(), Failure> {
    let values = params![
        key(code),
        at(note.at),
        key(session.user),
        session.born.holder,
        session.application.map(key),
        key(session.id),
    ];
    run(db, REDEEM, values).map(drop)
}

pub(super) fn renew(
    db: &Connection,
    turn: &Turn,
    (token, secret): (&Token, KeptSecret),
    quotas: &Quotas,
    note: &Draft,
) -> Result<Told<Insertion>, Failure> {
    if !turns::step(db, turn)? {
        return Ok(Told::nothing(Insertion::HolderGone));
    }
    revoke_tokens(db, turn.session, note)?;
    quotas.admit(db, token.holder, (None, note.at))?;
    Ok(Told::done(Insertion::Done(issue::insert(db, token, secret)?)))
}

const REVOKE_TOKENS: &str = "
    UPDATE tokens
    SET revoked_at = ?2
    WHERE session_id = ?1 AND revoked_at IS NULL";

/// Revokes the access tokens of a session. Gives how many.
pub(super) fn revoke_tokens(
    db: &Connection,
    session: SessionId,
    note: &Draft,
) -> Result<usize, Failure> {
    run(db, REVOKE_TOKENS, params![key(session), at(note.at)])
}

pub(super) const NOTE_USED: &str = "
    UPDATE sessions
    SET used = 1
    WHERE id = ?1
        AND used = 0
        AND EXISTS (
            SELECT 1
            FROM tokens
            WHERE id = ?2 AND session_id = ?1 AND revoked_at IS NULL)";

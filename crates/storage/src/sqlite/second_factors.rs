//! Facts about second factors and recovery codes.

use async_trait::async_trait;
use authority::account::second_factor::store::{Confirmation, KeptFactor, SecondFactorStore};
use authority::error::StoreError;
use authority::id::UserId;
use authority::journal::Draft;
use authority::secret::Digest;
use authority::token::store::Change;
use rusqlite::{Connection, params};

use super::Sqlite;
use super::order::Told;
use super::row::{Failure, Fields, at, key, one, run};
use crate::text;

#[async_trait]
impl SecondFactorStore for Sqlite {
    async fn second_factor(&self, user: UserId) -> Result<Option<KeptFactor>, StoreError> {
        self.read(move |db| one(db, OF_USER, params![key(user)], read)).await
    }

    async fn enrol_second_factor(
        &self,
        user: UserId,
        wrapped: &[u8],
        note: Draft,
    ) -> Result<Change, StoreError> {
        let wrapped = wrapped.to_vec();
        self.tell(note, move |db, note| {
            let rows = run(db, ENROL, params![key(user), wrapped, at(note.at)])?;
            Ok(Told::by(rows, Change::Done, Change::Missing))
        })
        .await
    }

    async fn confirm_second_factor(
        &self,
        user: UserId,
        confirmation: &Confirmation,
        note: Draft,
    ) -> Result<Change, StoreError> {
        let Confirmation { wrapped, step, made_since, codes } = confirmation.clone();
        self.tell(note, move |db, note| {
            let values = params![key(user), wrapped, at(note.at), step, at(made_since)];
            if run(db, CONFIRM, values)? == 0 {
                return Ok(Told::nothing(Change::Missing));
            }
            keep_codes(db, user, &codes)?;
            Ok(Told::done(Change::Done))
        })
        .await
    }

    async fn use_code(&self, user: UserId, wrapped: &[u8], step: i64) -> Result<bool, StoreError> {
        let wrapped = wrapped.to_vec();
        self.write(move |db| Ok(run(db, USE_CODE, params![key(user), wrapped, step])? > 0)).await
    }

    async fn use_recovery_code(
        &self,
        user: UserId,
        code: Digest,
        note: Draft,
    ) -> Result<Change, StoreError> {
        self.tell(note, move |db, _| {
            let rows = run(db, USE_RECOVERY_CODE, params![key(user), code.as_bytes()])?;
            Ok(Told::by(rows, Change::Done, Change::Missing))
        })
        .await
    }

    async fn renew_recovery_codes(
        &self,
        user: UserId,
        (seen, codes): (&[u8], &[Digest]),
        note: Draft,
    ) -> Result<Change, StoreError> {
        let (seen, codes) = (seen.to_vec(), codes.to_vec());
        self.tell(note, move |db, _| {
            if one(db, ACTIVE, params![key(user), seen], |_| Ok(()))?.is_none() {
                return Ok(Told::nothing(Change::Missing));
            }
            run(db, DROP_CODES, params![key(user)])?;
            keep_codes(db, user, &codes)?;
            Ok(Told::done(Change::Done))
        })
        .await
    }

    async fn remove_second_factor(
        &self,
        user: UserId,
        seen: Option<&[u8]>,
        note: Draft,
    ) -> Result<Change, StoreError> {
        let seen = seen.map(<[u8]>::to_vec);
        self.tell(note, move |db, _| {
            if run(db, REMOVE, params![key(user), seen])? == 0 {
                return Ok(Told::nothing(Change::Missing));
            }
            run(db, DROP_CODES, params![key(user)])?;
            Ok(Told::done(Change::Done))
        })
        .await
    }
}

const OF_USER: &str = "
    SELECT f.wrapped, f.created_at, f.confirmed_at, f.last_step,
        (SELECT count(*) FROM recovery_codes WHERE user_id = f.user_id)
    FROM second_factors f
    WHERE f.user_id = ?1";

fn read(row: &mut Fields<'_>) -> Result<KeptFactor, Failure> {
    Ok(KeptFactor {
        wrapped: row.value()?,
        created_at: row.time()?,
        confirmed_at: row.maybe_time()?,
        last_step: row.value()?,
        recovery_codes: text::count(row.value()?)?,
    })
}

const ENROL: &str = "
    INSERT INTO second_factors (user_id, wrapped, created_at)
    SELECT id, ?2, ?3
    FROM users
    WHERE id = ?1 AND deleted_at IS NULL
    ON CONFLICT (user_id) DO UPDATE
    SET wrapped = ?2, created_at = ?3
    WHERE confirmed_at IS NULL";

const CONFIRM: &str = "
    UPDATE second_factors
    SET confirmed_at = ?3, last_step = ?4
    WHERE user_id = ?1 AND wrapped = ?2 AND confirmed_at IS NULL AND created_at >= ?5";

const USE_CODE: &str = "
    UPDATE second_factors
    SET last_step = ?3
    WHERE user_id = ?1 AND wrapped = ?2 AND confirmed_at IS NOT NULL AND last_step < ?3";

const USE_RECOVERY_CODE: &str = "
    DELETE FROM recovery_codes
    WHERE user_id = ?1 AND digest = ?2";

const ACTIVE: &str = "
    SELECT 1
    FROM second_factors
    WHERE user_id = ?1 AND wrapped = ?2 AND confirmed_at IS NOT NULL";

const REMOVE: &str = "
    DELETE FROM second_factors
    WHERE user_id = ?1 AND wrapped = coalesce(?2, wrapped) AND confirmed_at IS NOT NULL";

const DROP_CODES: &str = "
    DELETE FROM recovery_codes
    WHERE user_id = ?1";

const KEEP_CODE: &str = "
    INSERT INTO recovery_codes (user_id, digest)
    VALUES (?1, ?2)";

fn keep_codes(db: &Connection, user: UserId, codes: &[Digest]) -> Result<(), Failure> {
    let keep = |code: &Digest| run(db, KEEP_CODE, params![key(user), code.as_bytes()]).map(drop);
    codes.iter().try_for_each(keep)
}

/// What a user who is deleted leaves behind.
pub(super) const FORGET: [&str; 2] = [DROP_CODES, "DELETE FROM second_factors WHERE user_id = ?1"];

//! Facts about second factors and recovery codes.

use async_trait::async_trait;
use authority::account::second_factor::store::{Confirmation, KeptFactor, SecondFactorStore};
use authority::error::StoreError;
use authority::id::UserId;
use authority::journal::Draft;
use authority::secret::Digest;
use authority::token::store::Change;

use super::Postgres;
use super::failure::Failure;
use super::row::Fields;
use super::statement::{HOLD_USER, Statement, values};
use crate::text::{self, micros};

#[async_trait]
impl SecondFactorStore for Postgres {
    async fn second_factor(&self, user: UserId) -> Result<Option<KeptFactor>, StoreError> {
        self.one(OF_USER, &[&user.uuid()], read).await
    }

    async fn enrol_second_factor(
        &self,
        user: UserId,
        wrapped: &[u8],
        note: Draft,
    ) -> Result<Change, StoreError> {
        let statement =
            Statement::new(ENROL, values![user.uuid(), wrapped.to_vec(), micros(note.at)]);
        self.change(note, statement.behind(HOLD_USER, values![user.uuid()])).await
    }

    async fn confirm_second_factor(
        &self,
        user: UserId,
        confirmation: &Confirmation,
        note: Draft,
    ) -> Result<Change, StoreError> {
        let Confirmation { wrapped, step, made_since, codes } = confirmation;
        let values = values![
            user.uuid(),
            wrapped.clone(),
            micros(note.at),
            *step,
            micros(*made_since),
            bytes(codes),
        ];
        let statement = Statement::new(CONFIRM, values);
        self.change(note, statement.behind(HOLD_USER, values![user.uuid()])).await
    }

    async fn use_code(&self, user: UserId, wrapped: &[u8], step: i64) -> Result<bool, StoreError> {
        let values = values![user.uuid(), wrapped.to_vec(), step];
        Ok(self.write(Statement::new(USE_CODE, values)).await? > 0)
    }

    async fn use_recovery_code(
        &self,
        user: UserId,
        code: Digest,
        note: Draft,
    ) -> Result<Change, StoreError> {
        let values = values![user.uuid(), code.as_bytes().to_vec()];
        self.change(note, Statement::new(USE_RECOVERY_CODE, values)).await
    }

    async fn renew_recovery_codes(
        &self,
        user: UserId,
        (seen, codes): (&[u8], &[Digest]),
        note: Draft,
    ) -> Result<Change, StoreError> {
        let statement = Statement::new(RENEW, values![user.uuid(), seen.to_vec(), bytes(codes)]);
        self.change(note, statement.behind(HOLD_USER, values![user.uuid()])).await
    }

    async fn remove_second_factor(
        &self,
        user: UserId,
        seen: Option<&[u8]>,
        note: Draft,
    ) -> Result<Change, StoreError> {
        let statement = Statement::new(REMOVE, values![user.uuid(), seen.map(<[u8]>::to_vec)]);
        self.change(note, statement.behind(HOLD_USER, values![user.uuid()])).await
    }
}

fn bytes(codes: &[Digest]) -> Vec<Vec<u8>> {
    codes.iter().map(|code| code.as_bytes().to_vec()).collect()
}

const OF_USER: &str = "
    SELECT f.wrapped, f.created_at, f.confirmed_at, f.last_step,
        (SELECT count(*) FROM recovery_codes WHERE user_id = f.user_id)
    FROM second_factors f
    WHERE f.user_id = $1";

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
    SELECT id, $2, $3
    FROM users
    WHERE id = $1 AND deleted_at IS NULL
    ON CONFLICT (user_id) DO UPDATE
    SET wrapped = $2, created_at = $3
    WHERE second_factors.confirmed_at IS NULL";

const CONFIRM: &str = "
    WITH confirmed AS (
        UPDATE second_factors
        SET confirmed_at = $3, last_step = $4
        WHERE user_id = $1 AND wrapped = $2 AND confirmed_at IS NULL AND created_at >= $5
        RETURNING user_id
    ),
    kept AS (
        INSERT INTO recovery_codes (user_id, digest)
        SELECT confirmed.user_id, code
        FROM confirmed, unnest($6::BYTEA[]) AS code
    )
    SELECT
    FROM confirmed";

const USE_CODE: &str = "
    UPDATE second_factors
    SET last_step = $3
    WHERE user_id = $1 AND wrapped = $2 AND confirmed_at IS NOT NULL AND last_step < $3";

const USE_RECOVERY_CODE: &str = "
    DELETE FROM recovery_codes
    WHERE user_id = $1 AND digest = $2";

const RENEW: &str = "
    WITH active AS (
        SELECT user_id
        FROM second_factors
        WHERE user_id = $1 AND wrapped = $2 AND confirmed_at IS NOT NULL
    ),
    dropped AS (
        DELETE FROM recovery_codes
        USING active
        WHERE recovery_codes.user_id = active.user_id
    ),
    kept AS (
        INSERT INTO recovery_codes (user_id, digest)
        SELECT active.user_id, code
        FROM active, unnest($3::BYTEA[]) AS code
    )
    SELECT
    FROM active";

const REMOVE: &str = "
    WITH removed AS (
        DELETE FROM second_factors
        WHERE user_id = $1 AND wrapped = COALESCE($2, wrapped) AND confirmed_at IS NOT NULL
        RETURNING user_id
    ),
    dropped AS (
        DELETE FROM recovery_codes
        USING removed
        WHERE recovery_codes.user_id = removed.user_id
    )
    SELECT
    FROM removed";

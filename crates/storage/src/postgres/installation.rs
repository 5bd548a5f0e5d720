//! What there is one of, and the signing keys.

use std::collections::BTreeMap;

use async_trait::async_trait;
use authority::error::StoreError;
use authority::id::Id;
use authority::journal::Draft;
use authority::secret::Digest;
use authority::store::{Founding, Installation, InstallationStore, SigningKey};
use authority::token::store::Change;
use jiff::Timestamp;

use super::fact::Told;
use super::failure::Failure;
use super::row::{Fields, only};
use super::session::Answer;
use super::statement::{Statement, values};
use super::{Postgres, users};
use crate::text::{Unreadable, micros};

#[async_trait]
impl InstallationStore for Postgres {
    async fn ping(&self) -> Result<(), StoreError> {
        self.one("SELECT 1", &[], only::<i32>).await.map(drop)
    }

    async fn installation(&self) -> Result<Option<Installation>, StoreError> {
        self.one(INSTALLATION, &[], installation).await
    }

    async fn found(&self, founding: &Founding, note: Draft) -> Result<Change, StoreError> {
        self.change(note, found(founding)).await
    }

    async fn raise_clock_mark(&self, at: Timestamp) -> Result<Timestamp, StoreError> {
        let statement = Statement::new(RAISE_CLOCK_MARK, values![micros(at)]);
        self.write_and_read(statement, clock_mark).await
    }

    async fn signing_keys(&self) -> Result<Vec<SigningKey>, StoreError> {
        self.all(SIGNING_KEYS, &[], signing_key).await
    }

    async fn add_signing_key(
        &self,
        key: &SigningKey,
        newest: Option<&str>,
        note: Draft,
    ) -> Result<Change, StoreError> {
        let SigningKey { kid, algorithm, public, wrapped, created_at, signs_from } = key.clone();
        let (created_at, signs_from) = (micros(created_at), micros(signs_from));
        let newest = newest.map(str::to_owned);
        let values = values![kid, algorithm, public, wrapped, created_at, signs_from, newest];
        let statement = Statement::new(ADD_SIGNING_KEY, values).behind(HOLD_KEYS, values![]);
        self.change(note, statement).await
    }

    async fn drop_signing_key(&self, kid: &str, note: Draft) -> Result<Change, StoreError> {
        self.change(note, Statement::new(DROP_SIGNING_KEY, values![kid.to_owned()])).await
    }

    async fn settings(&self, begins: &str) -> Result<BTreeMap<String, String>, StoreError> {
        let read = |row: &mut Fields<'_>| Ok((row.value()?, row.value()?));
        Ok(self.all(SETTINGS, &[&begins], read).await?.into_iter().collect())
    }

    async fn change_settings(
        &self,
        changes: &BTreeMap<String, Option<String>>,
        note: Draft,
    ) -> Result<(), StoreError> {
        self.say(note, change_settings(changes), |_| Ok(Told::done(()))).await
    }

    async fn purge_once(&self, before: Timestamp, most: u32) -> Result<u64, StoreError> {
        self.write(Statement::new(PURGE_ONCE, values![micros(before), i64::from(most)])).await
    }
}

const INSTALLATION: &str = "
    SELECT id, check_digest, pepper, organization_id, created_at
    FROM installation";

fn installation(row: &mut Fields<'_>) -> Result<Installation, Failure> {
    Ok(Installation {
        id: row.value()?,
        check: Digest::from_bytes(row.bytes32()?),
        pepper: row.value()?,
        organization: row.id()?,
        created_at: row.time()?,
    })
}

/// Of two, the second waits at the one row of the installation and then inserts nothing. The
/// first user and organization are number 1 even if a number was lost to an attempt that failed.
const FOUND: &str = "
    WITH first AS (
        INSERT INTO installation (one, id, check_digest, pepper, organization_id, created_at)
        SELECT 1, $19, $20, $21, $22, $23
        WHERE NOT EXISTS (SELECT FROM users) AND NOT EXISTS (SELECT FROM organizations)
        ON CONFLICT DO NOTHING
        RETURNING one
    ),
    owner AS (
        INSERT INTO users (number, id, username, email, first_name, last_name, language, superuser,
            system_auditor, password, created_at, modified_at, confirmed_at, disabled_at,
            last_login_at, epoch, provider)
        OVERRIDING SYSTEM VALUE
        SELECT one, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16
        FROM first
    ),
    known AS (
        INSERT INTO logins (canonical, user_id)
        SELECT DISTINCT login, $1
        FROM first, unnest(ARRAY[$17, $18]::TEXT[]) AS login
        WHERE login IS NOT NULL
    ),
    founded AS (
        INSERT INTO organizations (number, id, name, description, tenant, created_at, created_by,
            modified_at, modified_by, suspended_at, epoch, slug)
        OVERRIDING SYSTEM VALUE
        SELECT one, $22, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33
        FROM first
    ),
    placed AS (
        INSERT INTO memberships (user_id, organization_id, role, created_at, modified_at)
        SELECT $1, $22, 'owner', $27, $27
        FROM first
    )
    SELECT setval(pg_get_serial_sequence('users', 'number'), one),
        setval(pg_get_serial_sequence('organizations', 'number'), one)
    FROM first";

fn found(founding: &Founding) -> Statement {
    let Founding { installation, user, password, organization } = founding;
    let mut values = users::new(user, Some(password));
    values.extend(values![
        installation.id,
        installation.check.as_bytes().to_vec(),
        installation.pepper,
        organization.id.uuid(),
        micros(installation.created_at),
        organization.name.clone(),
        organization.description.clone(),
        organization.tenant,
        micros(organization.created_at),
        organization.created_by.map(Id::uuid),
        micros(organization.modified_at),
        organization.modified_by.map(Id::uuid),
        organization.suspended_at.map(micros),
        organization.epoch,
        organization.slug.clone(),
    ]);
    Statement::new(FOUND, values)
}

const RAISE_CLOCK_MARK: &str = "
    INSERT INTO clock (one, mark_at)
    VALUES (1, $1)
    ON CONFLICT (one) DO UPDATE
    SET mark_at = GREATEST(clock.mark_at, EXCLUDED.mark_at)
    RETURNING mark_at";

fn clock_mark(answer: &Answer) -> Result<Timestamp, Failure> {
    answer.first().ok_or(Unreadable("clock mark"))?.time()
}

const SIGNING_KEYS: &str = "
    SELECT kid, algorithm, public, wrapped, created_at, signs_from
    FROM signing_keys
    ORDER BY number";

fn signing_key(row: &mut Fields<'_>) -> Result<SigningKey, Failure> {
    Ok(SigningKey {
        kid: row.value()?,
        algorithm: row.value()?,
        public: row.value()?,
        wrapped: row.value()?,
        created_at: row.time()?,
        signs_from: row.time()?,
    })
}

/// Of two who rotate at once, the second waits and then sees the first's key.
const HOLD_KEYS: &str = "
    LOCK TABLE signing_keys IN SHARE ROW EXCLUSIVE MODE";

const ADD_SIGNING_KEY: &str = "
    INSERT INTO signing_keys (kid, algorithm, public, wrapped, created_at, signs_from)
    SELECT $1, $2, $3, $4, $5, $6
    WHERE (SELECT kid FROM signing_keys ORDER BY number DESC LIMIT 1) IS NOT DISTINCT FROM $7";

const DROP_SIGNING_KEY: &str = "
    DELETE FROM signing_keys
    WHERE kid = $1";

const SETTINGS: &str = "
    SELECT name, value
    FROM settings
    WHERE starts_with(name, $1)";

/// In the order of the names, so that two nodes don't wait for each other.
const SET: &str = "
    INSERT INTO settings (name, value)
    SELECT name, value
    FROM unnest($1::TEXT[], $2::TEXT[]) AS changed (name, value)
    ORDER BY name
    ON CONFLICT (name) DO UPDATE
    SET value = EXCLUDED.value";

const UNSET: &str = "
    DELETE FROM settings
    WHERE name = ANY($1)";

fn change_settings(changes: &BTreeMap<String, Option<String>>) -> Statement {
    let set = changes.iter().filter_map(|(name, value)| Some((name.clone(), value.clone()?)));
    let (names, values): (Vec<String>, Vec<String>) = set.unzip();
    let unset = changes.iter().filter(|(_, value)| value.is_none());
    let unset: Vec<String> = unset.map(|(name, _)| name.clone()).collect();
    Statement::new(SET, values![names, values]).behind(UNSET, values![unset])
}

const PURGE_ONCE: &str = "
    DELETE FROM once
    WHERE key IN (SELECT key FROM once WHERE used_at < $1 LIMIT $2)";

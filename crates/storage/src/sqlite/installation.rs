//! What there is one of, and the signing keys.

use std::collections::BTreeMap;

use async_trait::async_trait;
use authority::error::StoreError;
use authority::journal::Draft;
use authority::store::{Founding, Installation, InstallationStore, SigningKey};
use authority::token::store::Change;
use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::order::Told;
use super::row::{Failure, Fields, all, at, first, key, one, run};
use super::{Sqlite, tenants, users};
use crate::text::{self, Unreadable};

#[async_trait]
impl InstallationStore for Sqlite {
    async fn ping(&self) -> Result<(), StoreError> {
        self.writer.is_well()?;
        self.read(|db| first::<i64>(db, "SELECT 1", []).map(drop)).await
    }

    async fn installation(&self) -> Result<Option<Installation>, StoreError> {
        self.read(|db| one(db, INSTALLATION, [], installation)).await
    }

    async fn found(&self, founding: &Founding, note: Draft) -> Result<Change, StoreError> {
        let founding = founding.clone();
        self.tell(note, move |db, _| found(db, &founding)).await
    }

    async fn raise_clock_mark(&self, mark: Timestamp) -> Result<Timestamp, StoreError> {
        self.write(move |db| {
            let raised = first(db, RAISE_CLOCK_MARK, params![at(mark)])?;
            Ok(text::timestamp(raised.ok_or(Unreadable("clock mark"))?)?)
        })
        .await
    }

    async fn signing_keys(&self) -> Result<Vec<SigningKey>, StoreError> {
        self.read(|db| all(db, SIGNING_KEYS, [], signing_key)).await
    }

    async fn add_signing_key(
        &self,
        new: &SigningKey,
        newest: Option<&str>,
        note: Draft,
    ) -> Result<Change, StoreError> {
        let (new, newest) = (new.clone(), newest.map(str::to_owned));
        self.tell(note, move |db, _| add_signing_key(db, &new, newest.as_deref())).await
    }

    async fn drop_signing_key(&self, kid: &str, note: Draft) -> Result<Change, StoreError> {
        let kid = kid.to_owned();
        self.tell(note, move |db, _| {
            Ok(Told::by(run(db, DROP_SIGNING_KEY, [&kid])?, Change::Done, Change::Missing))
        })
        .await
    }

    async fn settings(&self, begins: &str) -> Result<BTreeMap<String, String>, StoreError> {
        let begins = begins.to_owned();
        self.read(move |db| {
            let read = |row: &mut Fields<'_>| Ok((row.value()?, row.value()?));
            let all = all(db, SETTINGS, params![begins], read)?;
            Ok(all.into_iter().collect())
        })
        .await
    }

    async fn change_settings(
        &self,
        changes: &BTreeMap<String, Option<String>>,
        note: Draft,
    ) -> Result<(), StoreError> {
        let changes = changes.clone();
        self.tell(note, move |db, _| {
            for (name, value) in &changes {
                match value {
                    Some(value) => run(db, SET, params![name, value])?,
                    None => run(db, UNSET, params![name])?,
                };
            }
            Ok(Told::done(()))
        })
        .await
    }

    async fn purge_once(&self, before: Timestamp, most: u32) -> Result<u64, StoreError> {
        self.write(move |db| Ok(run(db, PURGE_ONCE, params![at(before), most])? as u64)).await
    }
}

const INSTALLATION: &str = "
    SELECT id, check_digest, pepper, organization_id, created_at
    FROM installation";

fn installation(row: &mut Fields<'_>) -> Result<Installation, Failure> {
    Ok(Installation {
        id: row.uuid()?,
        check: text::digest(&row.value::<Vec<u8>>()?)?,
        pepper: row.value()?,
        organization: row.id()?,
        created_at: row.time()?,
    })
}

const FOUND: &str = "
    INSERT INTO installation (one, id, check_digest, pepper, organization_id, created_at)
    VALUES (1, ?1, ?2, ?3, ?4, ?5)";

fn found(db: &Connection, founding: &Founding) -> Result<Told<Change>, Failure> {
    if one(db, INSTALLATION, [], installation)?.is_some() {
        return Ok(Told::nothing(Change::Missing));
    }
    let Founding { installation, user, password, organization } = founding;
    users::insert(db, user, Some(password))?;
    tenants::insert(db, organization, Some(user.id))?;
    let values = params![
        installation.id.into_bytes(),
        installation.check.as_bytes(),
        installation.pepper,
        key(installation.organization),
        at(installation.created_at),
    ];
    run(db, FOUND, values)?;
    Ok(Told::done(Change::Done))
}

const RAISE_CLOCK_MARK: &str = "
    INSERT INTO clock (one, mark_at)
    VALUES (1, ?1)
    ON CONFLICT (one) DO UPDATE
    SET mark_at = max(mark_at, excluded.mark_at)
    RETURNING mark_at";

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

const ADD_SIGNING_KEY: &str = "
    INSERT INTO signing_keys (kid, algorithm, public, wrapped, created_at, signs_from)
    SELECT ?1, ?2, ?3, ?4, ?5, ?6
    WHERE (SELECT kid FROM signing_keys ORDER BY number DESC LIMIT 1) IS ?7";

fn add_signing_key(
    db: &Connection,
    new: &SigningKey,
    newest: Option<&str>,
) -> Result<Told<Change>, Failure> {
    let values = params![
        new.kid,
        new.algorithm,
        new.public,
        new.wrapped,
        at(new.created_at),
        at(new.signs_from),
        newest,
    ];
    Ok(Told::by(run(db, ADD_SIGNING_KEY, values)?, Change::Done, Change::Missing))
}

const DROP_SIGNING_KEY: &str = "DELETE FROM signing_keys WHERE kid = ?1";

const SETTINGS: &str = "
    SELECT name, value
    FROM settings
    WHERE substr(name, 1, length(?1)) = ?1";

const SET: &str = "
    INSERT INTO settings (name, value)
    VALUES (?1, ?2)
    ON CONFLICT (name) DO UPDATE
    SET value = excluded.value";

const UNSET: &str = "DELETE FROM settings WHERE name = ?1";

const PURGE_ONCE: &str = "
    DELETE FROM once
    WHERE key IN (SELECT key FROM once WHERE used_at < ?1 LIMIT ?2)";

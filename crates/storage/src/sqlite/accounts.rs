//! Facts about people.

use async_trait::async_trait;
use authority::account::store::{
    AccountStore, Creation, PasswordEnds, Removal, Throttle, UserChange, UserUpdate,
};
use authority::account::{Password, PasswordHash, User, canonical};
use authority::error::StoreError;
use authority::id::{Number, OrganizationId, UserId};
use authority::journal::Draft;
use authority::secret::Digest;
use authority::token::store::{Change, Page};
use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::order::Told;
use super::row::{Failure, at, holds, key, one, run};
use super::users::{self, keep_logins, taken};
use super::{Sqlite, second_factors, sessions, throttles};

#[async_trait]
impl AccountStore for Sqlite {
    async fn create_user(
        &self,
        user: &User,
        password: Option<&PasswordHash>,
        note: Draft,
    ) -> Result<Creation, StoreError> {
        let (user, password) = (user.clone(), password.cloned());
        self.tell(note, move |db, _| {
            if let Some(what) = taken(db, user.id, (Some(&user.username), user.email.as_deref()))? {
                return Ok(Told::nothing(Creation::Taken(what)));
            }
            Ok(Told::done(Creation::Done(users::insert(db, &user, password.as_ref())?)))
        })
        .await
    }

    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.read(move |db| users::user(db, id)).await
    }

    async fn user_numbered(&self, number: Number) -> Result<Option<User>, StoreError> {
        self.read(move |db| users::numbered(db, number)).await
    }

    async fn user_by_login(
        &self,
        canonical: &str,
    ) -> Result<Option<(User, Option<Password>)>, StoreError> {
        let canonical = canonical.to_owned();
        self.read(move |db| users::by_login(db, &canonical)).await
    }

    async fn password(&self, id: UserId) -> Result<Option<Password>, StoreError> {
        self.read(move |db| Ok(one(db, PASSWORD, params![key(id)], users::password)?.flatten()))
            .await
    }

    async fn users(
        &self,
        organization: Option<OrganizationId>,
        page: Page,
    ) -> Result<Vec<User>, StoreError> {
        self.read(move |db| users::list(db, organization, page)).await
    }

    async fn update_user(
        &self,
        id: UserId,
        change: &UserChange,
        note: Draft,
    ) -> Result<UserUpdate, StoreError> {
        let change = change.clone();
        self.tell(note, move |db, note| update(db, id, &change, note)).await
    }

    async fn set_password(
        &self,
        id: UserId,
        password: &PasswordHash,
        ending: PasswordEnds,
        note: Draft,
    ) -> Result<Change, StoreError> {
        let password = password.clone();
        self.tell(note, move |db, note| {
            let values = params![key(id), password.phc(), ending.tokens, at(note.at)];
            if run(db, SET_PASSWORD, values)? == 0 {
                return Ok(Told::nothing(Change::Missing));
            }
            if ending.tokens {
                sessions::end_all(db, id, None, note)?;
            } else {
                sessions::end_logins(db, id, ending.keep, note)?;
            }
            Ok(Told::done(Change::Done))
        })
        .await
    }

    async fn rehash_password(&self, id: UserId, password: &Password) -> Result<(), StoreError> {
        let Password { hash, generation } = password.clone();
        self.write(move |db| {
            run(db, REHASH_PASSWORD, params![key(id), hash.phc(), generation]).map(drop)
        })
        .await
    }

    async fn confirm_user(&self, id: UserId, note: Draft) -> Result<Change, StoreError> {
        self.tell(note, move |db, note| {
            let rows = run(db, CONFIRM, params![key(id), at(note.at)])?;
            Ok(Told::by(rows, Change::Done, Change::Missing))
        })
        .await
    }

    async fn set_user_disabled(
        &self,
        id: UserId,
        disabled: bool,
        note: Draft,
    ) -> Result<Removal, StoreError> {
        self.tell(note, move |db, note| {
            if disabled && holds(db, IS_LAST_SUPERUSER, params![key(id)])? {
                return Ok(Told::nothing(Removal::LastSuperuser));
            }
            if run(db, SET_DISABLED, params![key(id), disabled, at(note.at)])? == 0 {
                return Ok(Told::nothing(Removal::Missing));
            }
            if disabled {
                sessions::end_all(db, id, None, note)?;
            }
            Ok(Told::done(Removal::Done))
        })
        .await
    }

    async fn delete_user(&self, id: UserId, note: Draft) -> Result<Removal, StoreError> {
        self.tell(note, move |db, note| delete(db, id, note)).await
    }

    async fn throttles(&self, keys: &[Digest]) -> Result<Vec<Throttle>, StoreError> {
        let keys = keys.to_vec();
        self.read(move |db| throttles::throttles(db, &keys)).await
    }

    async fn count_failures(
        &self,
        keys: &[Digest],
        at: Timestamp,
        forgotten: Timestamp,
    ) -> Result<(), StoreError> {
        let keys = keys.to_vec();
        self.write(move |db| throttles::count_failures(db, &keys, at, forgotten)).await
    }

    async fn clear_failures(&self, keys: &[Digest]) -> Result<(), StoreError> {
        let keys = keys.to_vec();
        self.write(move |db| throttles::clear_failures(db, &keys)).await
    }

    async fn knows_source(
        &self,
        user: UserId,
        source: Digest,
        since: Timestamp,
    ) -> Result<bool, StoreError> {
        self.read(move |db| throttles::knows_source(db, user, source, since)).await
    }

    async fn note_source(
        &self,
        user: UserId,
        source: Digest,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(move |db| throttles::note_source(db, user, source, at)).await
    }

    async fn purge_throttles(
        &self,
        before: (Timestamp, Timestamp),
        most: u32,
    ) -> Result<u64, StoreError> {
        self.write(move |db| throttles::purge(db, before, most)).await
    }
}

const PASSWORD: &str = "
    SELECT password, passwords
    FROM users
    WHERE id = ?1 AND deleted_at IS NULL";

const UPDATE: &str = "
    UPDATE users
    SET username = coalesce(?2, username),
        email = coalesce(?3, email),
        confirmed_at = iif(?3 IS NULL OR lower(?3) = lower(email), confirmed_at, NULL),
        first_name = coalesce(?4, first_name),
        last_name = coalesce(?5, last_name),
        language = coalesce(?6, language),
        superuser = coalesce(?7, superuser),
        system_auditor = coalesce(?8, system_auditor),
        provider = iif(?9, ?10, provider),
        modified_at = ?11
    WHERE id = ?1 AND deleted_at IS NULL
    RETURNING username, email";

/// Whether this is the only superuser who can act.
const IS_LAST_SUPERUSER: &str = "
    SELECT EXISTS (
        SELECT 1
        FROM users
        WHERE id = ?1
            AND superuser
            AND disabled_at IS NULL
            AND deleted_at IS NULL
            AND NOT EXISTS (
                SELECT 1
                FROM users other
                WHERE other.superuser
                    AND other.disabled_at IS NULL
                    AND other.deleted_at IS NULL
                    AND other.id <> ?1))";

const FREE_LOGINS: &str = "DELETE FROM logins WHERE user_id = ?1";

fn update(
    db: &Connection,
    id: UserId,
    change: &UserChange,
    note: &Draft,
) -> Result<Told<UserUpdate>, Failure> {
    if users::user(db, id)?.is_none() {
        return Ok(Told::nothing(UserUpdate::Missing));
    }
    if let Some(what) = taken(db, id, (change.username.as_deref(), change.email.as_deref()))? {
        return Ok(Told::nothing(UserUpdate::Taken(what)));
    }
    if change.superuser == Some(false) && holds(db, IS_LAST_SUPERUSER, params![key(id)])? {
        return Ok(Told::nothing(UserUpdate::LastSuperuser));
    }
    let values = params![
        key(id),
        change.username,
        change.email,
        change.first_name,
        change.last_name,
        change.language,
        change.superuser,
        change.system_auditor,
        change.provider.is_some(),
        change.provider.as_ref().and_then(Option::as_deref),
        at(note.at),
    ];
    let logins: Option<(String, Option<String>)> =
        one(db, UPDATE, values, |row| Ok((row.value()?, row.value()?)))?;
    if let Some((username, email)) = logins {
        run(db, FREE_LOGINS, params![key(id)])?;
        keep_logins(db, id, &canonical(&username), email.as_deref().map(canonical).as_deref())?;
    }
    Ok(Told::done(UserUpdate::Done))
}

const SET_PASSWORD: &str = "
    UPDATE users
    SET password = ?2, passwords = passwords + 1, epoch = epoch + ?3, modified_at = ?4
    WHERE id = ?1 AND deleted_at IS NULL";

const REHASH_PASSWORD: &str = "
    UPDATE users
    SET password = ?2
    WHERE id = ?1 AND passwords = ?3 AND deleted_at IS NULL";

const CONFIRM: &str = "
    UPDATE users
    SET confirmed_at = ?2, modified_at = ?2
    WHERE id = ?1 AND deleted_at IS NULL AND confirmed_at IS NULL";

const SET_DISABLED: &str = "
    UPDATE users
    SET disabled_at = iif(?2, ?3, NULL), epoch = epoch + ?2, modified_at = ?3
    WHERE id = ?1 AND deleted_at IS NULL AND (disabled_at IS NOT NULL) <> ?2";

/// What the row keeps is what old entries point at: id, number and user name.
const DELETE: &str = "
    UPDATE users
    SET deleted_at = ?2, epoch = epoch + 1, password = NULL, email = NULL, first_name = '',
        last_name = '', provider = NULL, modified_at = ?2
    WHERE id = ?1
        AND deleted_at IS NULL
        AND NOT EXISTS (
            SELECT 1
            FROM memberships mine
            WHERE mine.user_id = ?1
                AND mine.role = 'owner'
                AND NOT EXISTS (
                    SELECT 1
                    FROM memberships other
                    WHERE other.organization_id = mine.organization_id
                        AND other.role = 'owner'
                        AND other.user_id <> ?1))";

const LEAVE: [&str; 4] = [
    FREE_LOGINS,
    "DELETE FROM memberships WHERE user_id = ?1",
    "DELETE FROM group_users WHERE user_id = ?1",
    "DELETE FROM known_sources WHERE user_id = ?1",
];

const EXISTS: &str = "SELECT EXISTS (SELECT 1 FROM users WHERE id = ?1 AND deleted_at IS NULL)";

fn delete(db: &Connection, id: UserId, note: &Draft) -> Result<Told<Removal>, Failure> {
    if holds(db, IS_LAST_SUPERUSER, params![key(id)])? {
        return Ok(Told::nothing(Removal::LastSuperuser));
    }
    if run(db, DELETE, params![key(id), at(note.at)])? == 0 {
        let owns = holds(db, EXISTS, params![key(id)])?;
        return Ok(Told::nothing(if owns { Removal::LastOwner } else { Removal::Missing }));
    }
    for leave in LEAVE.into_iter().chain(second_factors::FORGET) {
        run(db, leave, params![key(id)])?;
    }
    sessions::end_all(db, id, None, note)?;
    Ok(Told::done(Removal::Done))
}

//! Facts about people.

use std::sync::Arc;

use async_trait::async_trait;
use authority::account::store::{
    AccountStore, Creation, PasswordEnds, Removal, Throttle, UserChange, UserUpdate,
};
use authority::account::{Password, PasswordHash, User};
use authority::error::StoreError;
use authority::id::{Id, Number, OrganizationId, UserId};
use authority::journal::Draft;
use authority::secret::Digest;
use authority::token::store::{Change, Page};
use jiff::Timestamp;

use super::fact::Told;
use super::failure::Failure;
use super::session::Answer;
use super::statement::{HOLD_USER, Statement, values};
use super::superusers::{HOLD_SUPERUSERS, is_last_superuser};
use super::{Postgres, throttles, users};
use crate::text::{Unreadable, micros};

#[async_trait]
impl AccountStore for Postgres {
    async fn create_user(
        &self,
        user: &User,
        password: Option<&PasswordHash>,
        note: Draft,
    ) -> Result<Creation, StoreError> {
        self.say(note, users::create(user, password), users::created).await
    }

    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.one(users::BY_ID, &[&id.uuid()], users::read).await
    }

    async fn user_numbered(&self, number: Number) -> Result<Option<User>, StoreError> {
        self.one(users::BY_NUMBER, &[&number], users::read).await
    }

    async fn user_by_login(
        &self,
        canonical: &str,
    ) -> Result<Option<(User, Option<Password>)>, StoreError> {
        self.one(users::BY_LOGIN, &[&canonical], users::with_password).await
    }

    async fn password(&self, id: UserId) -> Result<Option<Password>, StoreError> {
        Ok(self.one(PASSWORD, &[&id.uuid()], users::password).await?.flatten())
    }

    async fn users(
        &self,
        organization: Option<OrganizationId>,
        page: Page,
    ) -> Result<Vec<User>, StoreError> {
        users::list(self, organization, page).await
    }

    async fn update_user(
        &self,
        id: UserId,
        change: &UserChange,
        note: Draft,
    ) -> Result<UserUpdate, StoreError> {
        let (change, at) = (Arc::new(change.clone()), micros(note.at));
        let fact = move |session| users::update(session, id, Arc::clone(&change), at);
        self.tell_alone(note, fact).await
    }

    async fn set_password(
        &self,
        id: UserId,
        password: &PasswordHash,
        ending: PasswordEnds,
        note: Draft,
    ) -> Result<Change, StoreError> {
        let PasswordEnds { keep, tokens } = ending;
        let keep = keep.filter(|_| !tokens).map(Id::uuid);
        let values = values![id.uuid(), password.phc().to_owned(), tokens, micros(note.at), keep];
        let statement = Statement::new(SET_PASSWORD, values);
        self.change(note, statement.behind(HOLD_USER, values![id.uuid()])).await
    }

    async fn rehash_password(&self, id: UserId, password: &Password) -> Result<(), StoreError> {
        let values = values![id.uuid(), password.hash.phc().to_owned(), password.generation];
        self.write(Statement::new(REHASH_PASSWORD, values)).await.map(drop)
    }

    async fn confirm_user(&self, id: UserId, note: Draft) -> Result<Change, StoreError> {
        let values = values![id.uuid(), micros(note.at)];
        self.change(note, Statement::new(CONFIRM, values)).await
    }

    async fn set_user_disabled(
        &self,
        id: UserId,
        disabled: bool,
        note: Draft,
    ) -> Result<Removal, StoreError> {
        let statement = Statement::new(SET_DISABLED, values![id.uuid(), disabled, micros(note.at)])
            .behind(HOLD_SUPERUSERS, values![id.uuid()])
            .behind(HOLD_USER, values![id.uuid()]);
        self.say(note, statement, disabled_or_not).await
    }

    async fn delete_user(&self, id: UserId, note: Draft) -> Result<Removal, StoreError> {
        let statement = Statement::new(DELETE, values![id.uuid(), micros(note.at)])
            .behind(HOLD_SUPERUSERS, values![id.uuid()])
            .behind(HOLD_FOR_GOOD, values![id.uuid()])
            .behind(HOLD_ORGANIZATIONS, values![id.uuid()]);
        self.say(note, statement, removed).await
    }

    async fn throttles(&self, keys: &[Digest]) -> Result<Vec<Throttle>, StoreError> {
        throttles::throttles(self, keys).await
    }

    async fn count_failures(
        &self,
        keys: &[Digest],
        at: Timestamp,
        forgotten: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(throttles::count_failures(keys, at, forgotten)).await.map(drop)
    }

    async fn clear_failures(&self, keys: &[Digest]) -> Result<(), StoreError> {
        self.write(throttles::clear_failures(keys)).await.map(drop)
    }

    async fn knows_source(
        &self,
        user: UserId,
        source: Digest,
        since: Timestamp,
    ) -> Result<bool, StoreError> {
        throttles::knows_source(self, user, source, since).await
    }

    async fn note_source(
        &self,
        user: UserId,
        source: Digest,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(throttles::note_source(user, source, at)).await.map(drop)
    }

    async fn purge_throttles(
        &self,
        before: (Timestamp, Timestamp),
        most: u32,
    ) -> Result<u64, StoreError> {
        throttles::purge(self, before, most).await
    }
}

const PASSWORD: &str = "
    SELECT password, passwords
    FROM users
    WHERE id = $1 AND deleted_at IS NULL";

/// A password alone is no ground to end what was granted to applications.
const SET_PASSWORD: &str = "
    WITH changed AS (
        UPDATE users
        SET password = $2, passwords = passwords + 1,
            epoch = epoch + CASE WHEN $3 THEN 1 ELSE 0 END, modified_at = $4
        WHERE id = $1 AND deleted_at IS NULL
        RETURNING id
    ),
    ended AS (
        UPDATE sessions
        SET ended_at = $4
        FROM changed
        WHERE sessions.user_id = changed.id
            AND ($3 OR sessions.application_id IS NULL)
            AND sessions.id IS DISTINCT FROM $5
            AND sessions.ended_at IS NULL
    )
    SELECT
    FROM changed";

const REHASH_PASSWORD: &str = "
    UPDATE users
    SET password = $2
    WHERE id = $1 AND passwords = $3 AND deleted_at IS NULL";

const CONFIRM: &str = "
    UPDATE users
    SET confirmed_at = $2, modified_at = $2
    WHERE id = $1 AND deleted_at IS NULL AND confirmed_at IS NULL";

const SET_DISABLED: &str = concat!(
    "
    WITH changed AS (
        UPDATE users
        SET disabled_at = CASE WHEN $2 THEN $3::BIGINT END,
            epoch = epoch + CASE WHEN $2 THEN 1 ELSE 0 END,
            modified_at = $3
        WHERE id = $1 AND deleted_at IS NULL AND (disabled_at IS NOT NULL) <> $2
            AND NOT ($2 AND ",
    is_last_superuser!(),
    ")
        RETURNING id
    ),
    ended AS (
        UPDATE sessions
        SET ended_at = $3
        FROM changed
        WHERE $2 AND sessions.user_id = changed.id AND sessions.ended_at IS NULL
    )
    SELECT
        EXISTS (SELECT FROM changed),
        $2 AND EXISTS (SELECT FROM users WHERE id = $1 AND ",
    is_last_superuser!(),
    ")"
);

/// Whether it was done, and whether the last superuser was in the way.
fn disabled_or_not(answer: &Answer) -> Result<Told<Removal>, Failure> {
    let mut row = answer.first().ok_or(Unreadable("answer"))?;
    Ok(match (row.value()?, row.value()?) {
        (true, _) => Told::done(Removal::Done),
        (false, true) => Told::nothing(Removal::LastSuperuser),
        (false, false) => Told::nothing(Removal::Missing),
    })
}

/// Nobody gives the user a place from here on.
const HOLD_FOR_GOOD: &str = "
    SELECT
    FROM users
    WHERE id = $1
    FOR UPDATE";

/// Nobody's role changes where the user has a place.
const HOLD_ORGANIZATIONS: &str = "
    SELECT
    FROM organizations
    WHERE id IN (SELECT organization_id FROM memberships WHERE user_id = $1)
    ORDER BY id
    FOR NO KEY UPDATE";

/// What the row keeps is what old entries point at: id, number and user name.
const DELETE: &str = concat!(
    "
    WITH gone AS (
        UPDATE users
        SET deleted_at = $2, epoch = epoch + 1, password = NULL, email = NULL, first_name = '',
            last_name = '', provider = NULL, modified_at = $2
        WHERE id = $1
            AND deleted_at IS NULL
            AND NOT (",
    is_last_superuser!(),
    ")
            AND NOT EXISTS (
                SELECT
                FROM memberships mine
                WHERE mine.user_id = $1
                    AND mine.role = 'owner'
                    AND NOT EXISTS (
                        SELECT
                        FROM memberships other
                        WHERE other.organization_id = mine.organization_id
                            AND other.role = 'owner'
                            AND other.user_id <> $1))
        RETURNING id
    ),
    freed AS (
        DELETE FROM logins
        USING gone
        WHERE user_id = gone.id
    ),
    left_organizations AS (
        DELETE FROM memberships
        USING gone
        WHERE user_id = gone.id
    ),
    left_groups AS (
        DELETE FROM group_users
        USING gone
        WHERE user_id = gone.id
    ),
    forgotten AS (
        DELETE FROM known_sources
        USING gone
        WHERE user_id = gone.id
    ),
    codes AS (
        DELETE FROM recovery_codes
        USING gone
        WHERE user_id = gone.id
    ),
    factors AS (
        DELETE FROM second_factors
        USING gone
        WHERE user_id = gone.id
    ),
    ended AS (
        UPDATE sessions
        SET ended_at = $2
        FROM gone
        WHERE sessions.user_id = gone.id AND sessions.ended_at IS NULL
    )
    SELECT
        EXISTS (SELECT FROM gone),
        EXISTS (SELECT FROM users WHERE id = $1 AND ",
    is_last_superuser!(),
    "),
        EXISTS (SELECT FROM users WHERE id = $1 AND deleted_at IS NULL)"
);

/// Whether it was done, whether the last superuser was in the way, and whether there was anything to do.
fn removed(answer: &Answer) -> Result<Told<Removal>, Failure> {
    let mut row = answer.first().ok_or(Unreadable("answer"))?;
    Ok(match (row.value()?, row.value()?, row.value()?) {
        (true, _, _) => Told::done(Removal::Done),
        (false, true, _) => Told::nothing(Removal::LastSuperuser),
        (false, false, true) => Told::nothing(Removal::LastOwner),
        (false, false, false) => Told::nothing(Removal::Missing),
    })
}

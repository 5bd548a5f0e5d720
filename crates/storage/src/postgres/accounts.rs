//! Facts about people.

use std::sync::Arc;

use async_trait::async_trait;
use authority::account::store::{
    AccountStore, Creation, PasswordEnds, Removal, Throttle, UserChange, UserUpdate,
};
use authority::account::{PasswordHash, User, canonical};
use authority::error::StoreError;
use authority::id::{Id, Number, OrganizationId, UserId};
use authority::journal::Draft;
use authority::secret::Digest;
use authority::token::store::{Change, Page};
use jiff::Timestamp;

use super::fact::Told;
use super::failure::Failure;
use super::session::{Answer, Session};
use super::statement::{HOLD_USER, Statement, references, values};
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
        self.say(note, Statement::new(CREATE, users::new(user, password)), created).await
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
    ) -> Result<Option<(User, Option<PasswordHash>)>, StoreError> {
        self.one(users::BY_LOGIN, &[&canonical], users::with_password).await
    }

    async fn password(&self, id: UserId) -> Result<Option<PasswordHash>, StoreError> {
        let phc: Option<Option<String>> =
            self.one(PASSWORD, &[&id.uuid()], |row| row.value()).await?;
        Ok(phc.flatten().map(PasswordHash::from_phc))
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
        let fact = move |session| update(session, id, Arc::clone(&change), at);
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

    async fn rehash_password(&self, id: UserId, password: &PasswordHash) -> Result<(), StoreError> {
        let values = values![id.uuid(), password.phc().to_owned()];
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
    ) -> Result<Change, StoreError> {
        let values = values![id.uuid(), disabled, micros(note.at)];
        let statement = Statement::new(SET_DISABLED, values);
        self.change(note, statement.behind(HOLD_USER, values![id.uuid()])).await
    }

    async fn delete_user(&self, id: UserId, note: Draft) -> Result<Removal, StoreError> {
        let statement = Statement::new(DELETE, values![id.uuid(), micros(note.at)])
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

    async fn purge_throttles(&self, before: Timestamp) -> Result<u64, StoreError> {
        throttles::purge(self, before).await
    }
}

/// Keeps a user and its logins if both are free. Two who claim one at once collide on the key of
/// the table, and the second then finds it taken.
const CREATE: &str = "
    WITH taken AS (
        SELECT
            EXISTS (SELECT FROM logins WHERE canonical = $16) AS username,
            EXISTS (SELECT FROM logins WHERE canonical = $17) AS email
    ),
    made AS (
        INSERT INTO users (id, username, email, first_name, last_name, language, superuser,
            system_auditor, password, created_at, modified_at, confirmed_at, disabled_at,
            last_login_at, epoch)
        SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15
        FROM taken
        WHERE NOT taken.username AND NOT taken.email
        RETURNING number
    ),
    known AS (
        INSERT INTO logins (canonical, user_id)
        SELECT DISTINCT login, $1
        FROM made, unnest(ARRAY[$16, $17]) AS login
        WHERE login IS NOT NULL
    )
    SELECT (SELECT number FROM made), taken.username
    FROM taken";

fn created(answer: &Answer) -> Result<Told<Creation>, Failure> {
    let mut row = answer.first().ok_or(Unreadable("answer"))?;
    Ok(match (row.value()?, row.value()?) {
        (Some(number), _) => Told::done(Creation::Done(number)),
        (None, true) => Told::nothing(Creation::Taken("username")),
        (None, false) => Told::nothing(Creation::Taken("email")),
    })
}

const PASSWORD: &str = "
    SELECT password
    FROM users
    WHERE id = $1 AND deleted_at IS NULL";

const HOLD_LOGINS: &str = "
    SELECT username, email
    FROM users
    WHERE id = $1 AND deleted_at IS NULL
    FOR NO KEY UPDATE";

/// Which of a user name and an address, if either, is another user's.
const TAKEN: &str = "
    SELECT
        EXISTS (SELECT FROM logins WHERE canonical = $2 AND user_id <> $1),
        EXISTS (SELECT FROM logins WHERE canonical = $3 AND user_id <> $1)";

const UPDATE: &str = "
    UPDATE users
    SET username = COALESCE($2, username),
        email = COALESCE($3, email),
        confirmed_at = CASE WHEN $3 IS NULL THEN confirmed_at END,
        first_name = COALESCE($4, first_name),
        last_name = COALESCE($5, last_name),
        language = COALESCE($6, language),
        superuser = COALESCE($7, superuser),
        system_auditor = COALESCE($8, system_auditor),
        modified_at = $9
    WHERE id = $1";

const FREE_LOGINS: &str = "
    DELETE FROM logins
    WHERE user_id = $1";

const KEEP_LOGINS: &str = "
    INSERT INTO logins (canonical, user_id)
    SELECT DISTINCT login, $1::UUID
    FROM unnest(ARRAY[$2, $3]::TEXT[]) AS login
    WHERE login IS NOT NULL";

/// What a login is looked up by is made here and not by the server, so this takes several steps.
async fn update(
    session: Session,
    id: UserId,
    change: Arc<UserChange>,
    at: i64,
) -> Result<Told<UserUpdate>, Failure> {
    let id = id.uuid();
    let held = session.ask(HOLD_LOGINS, &[&id]).await?;
    let Some(mut row) = held.first() else { return Ok(Told::nothing(UserUpdate::Missing)) };
    let (username, email): (String, Option<String>) = (row.value()?, row.value()?);
    let wanted = |login: &Option<String>| login.as_deref().map(canonical);
    let taken =
        session.ask(TAKEN, &[&id, &wanted(&change.username), &wanted(&change.email)]).await?;
    let mut row = taken.first().ok_or(Unreadable("answer"))?;
    match (row.value()?, row.value()?) {
        (true, _) => return Ok(Told::nothing(UserUpdate::Taken("username"))),
        (_, true) => return Ok(Told::nothing(UserUpdate::Taken("email"))),
        (false, false) => {}
    }
    session.ask(UPDATE, &references(&changes(id, &change, at))).await?;
    let username = canonical(change.username.as_deref().unwrap_or(&username));
    let email = change.email.as_deref().or(email.as_deref()).map(canonical);
    session.ask(FREE_LOGINS, &[&id]).await?;
    session.ask(KEEP_LOGINS, &[&id, &username, &email]).await?;
    Ok(Told::done(UserUpdate::Done))
}

fn changes(id: uuid::Uuid, change: &UserChange, at: i64) -> super::statement::Values {
    let UserChange { username, email, first_name, last_name, language, marks } = change.clone();
    values![
        id,
        username,
        email,
        first_name,
        last_name,
        language,
        marks.map(|marks| marks.superuser),
        marks.map(|marks| marks.system_auditor),
        at,
    ]
}

const SET_PASSWORD: &str = "
    WITH changed AS (
        UPDATE users
        SET password = $2, epoch = epoch + CASE WHEN $3 THEN 1 ELSE 0 END, modified_at = $4
        WHERE id = $1 AND deleted_at IS NULL
        RETURNING id
    ),
    ended AS (
        UPDATE sessions
        SET ended_at = $4
        FROM changed
        WHERE sessions.user_id = changed.id
            AND sessions.id IS DISTINCT FROM $5
            AND sessions.ended_at IS NULL
    )
    SELECT
    FROM changed";

const REHASH_PASSWORD: &str = "
    UPDATE users
    SET password = $2
    WHERE id = $1 AND deleted_at IS NULL";

const CONFIRM: &str = "
    UPDATE users
    SET confirmed_at = $2, modified_at = $2
    WHERE id = $1 AND deleted_at IS NULL AND confirmed_at IS NULL";

const SET_DISABLED: &str = "
    WITH changed AS (
        UPDATE users
        SET disabled_at = CASE WHEN $2 THEN $3::BIGINT END,
            epoch = epoch + CASE WHEN $2 THEN 1 ELSE 0 END,
            modified_at = $3
        WHERE id = $1 AND deleted_at IS NULL AND (disabled_at IS NOT NULL) <> $2
        RETURNING id
    ),
    ended AS (
        UPDATE sessions
        SET ended_at = $3
        FROM changed
        WHERE $2 AND sessions.user_id = changed.id AND sessions.ended_at IS NULL
    )
    SELECT
    FROM changed";

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
const DELETE: &str = "
    WITH gone AS (
        UPDATE users
        SET deleted_at = $2, epoch = epoch + 1, password = NULL, email = NULL, first_name = '',
            last_name = '', modified_at = $2
        WHERE id = $1
            AND deleted_at IS NULL
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
    ended AS (
        UPDATE sessions
        SET ended_at = $2
        FROM gone
        WHERE sessions.user_id = gone.id AND sessions.ended_at IS NULL
    )
    SELECT
        EXISTS (SELECT FROM gone),
        EXISTS (SELECT FROM users WHERE id = $1 AND deleted_at IS NULL)";

/// Whether it was done, and whether there was anything to do.
pub(super) fn removed(answer: &Answer) -> Result<Told<Removal>, Failure> {
    let mut row = answer.first().ok_or(Unreadable("answer"))?;
    Ok(match (row.value()?, row.value()?) {
        (true, _) => Told::done(Removal::Done),
        (false, true) => Told::nothing(Removal::LastOwner),
        (false, false) => Told::nothing(Removal::Missing),
    })
}

//! Facts about applications. How they are made and changed is in `clients.rs`, how service accounts
//! are kept in `service_accounts.rs`.

use async_trait::async_trait;
use authority::account::store::Creation;
use authority::application::store::{
    ApplicationChange, ApplicationFilter, ApplicationStore, ServiceAccountChange,
};
use authority::application::{Application, Client, Icon, ServiceAccount, Version};
use authority::error::StoreError;
use authority::id::{ApplicationId, Id, Number, OrganizationId, ServiceAccountId};
use authority::journal::Draft;
use authority::token::Token;
use authority::token::store::{Change, KeptSecret, Page};

use super::fact::Told;
use super::failure::Failure;
use super::row::{Asked, Fields};
use super::session::Answer;
use super::statement::{HOLD_APPLICATION, Statement, values};
use super::{Postgres, clients, groups, service_accounts};
use crate::text::{self, micros};

#[async_trait]
impl ApplicationStore for Postgres {
    async fn create_application(
        &self,
        application: &Application,
        secret: Option<(&Token, KeptSecret)>,
        note: Draft,
    ) -> Result<Creation, StoreError> {
        self.say(note, clients::create(application, secret), groups::slugged).await
    }

    async fn application(&self, id: ApplicationId) -> Result<Option<Application>, StoreError> {
        self.one(BY_ID, &[&id.uuid()], read).await
    }

    async fn application_numbered(
        &self,
        number: Number,
    ) -> Result<Option<Application>, StoreError> {
        self.one(BY_NUMBER, &[&number], read).await
    }

    async fn application_slugged(
        &self,
        organization: OrganizationId,
        slug: &str,
    ) -> Result<Option<Application>, StoreError> {
        self.one(BY_SLUG, &[&organization.uuid(), &slug], read).await
    }

    async fn applications(
        &self,
        filter: &ApplicationFilter,
        page: Page,
    ) -> Result<Vec<Application>, StoreError> {
        let words = filter.name_contains.as_deref().map(text::folded);
        Asked::new(LIST, page.after)
            .and("a.organization_id = ?", filter.organization.map(Id::uuid))
            .and("position(? IN a.name_folded) > 0", words)
            .and(SHARED_WITH, filter.shared_with.map(Id::uuid))
            .and("(? OR a.archived_at IS NULL)", Some(filter.archived))
            .ending("ORDER BY a.number LIMIT ?", page.limit)
            .all(self, read)
            .await
    }

    async fn update_application(
        &self,
        id: ApplicationId,
        change: &ApplicationChange,
        note: Draft,
    ) -> Result<Creation, StoreError> {
        let statement = clients::update(id, change, note.at);
        self.say(note, statement, groups::slugged).await
    }

    async fn archive_application(
        &self,
        id: ApplicationId,
        note: Draft,
    ) -> Result<Change, StoreError> {
        let values = values![id.uuid(), micros(note.at)];
        self.change(note, Statement::new(ARCHIVE, values)).await
    }

    async fn add_version(&self, version: &Version, note: Draft) -> Result<Creation, StoreError> {
        self.say(note, add_version(version), version_added).await
    }

    async fn versions(&self, id: ApplicationId, page: Page) -> Result<Vec<Version>, StoreError> {
        self.page(VERSIONS, id.uuid(), page, version).await
    }

    async fn set_icon(
        &self,
        id: ApplicationId,
        icon: &Icon,
        note: Draft,
    ) -> Result<Change, StoreError> {
        self.change(note, set_icon(id, icon)).await
    }

    async fn icon(&self, id: ApplicationId) -> Result<Option<Icon>, StoreError> {
        self.one(ICON, &[&id.uuid()], read_icon).await
    }

    async fn create_service_account(
        &self,
        account: &ServiceAccount,
        token: Option<(&Token, KeptSecret)>,
        note: Draft,
    ) -> Result<Creation, StoreError> {
        self.say(note, service_accounts::create(account, token), groups::named).await
    }

    async fn service_account(
        &self,
        id: ServiceAccountId,
    ) -> Result<Option<ServiceAccount>, StoreError> {
        self.one(service_accounts::BY_ID, &[&id.uuid()], service_accounts::read).await
    }

    async fn service_account_numbered(
        &self,
        number: Number,
    ) -> Result<Option<ServiceAccount>, StoreError> {
        self.one(service_accounts::BY_NUMBER, &[&number], service_accounts::read).await
    }

    async fn service_accounts(
        &self,
        organization: OrganizationId,
        page: Page,
    ) -> Result<Vec<ServiceAccount>, StoreError> {
        let of = organization.uuid();
        self.page(service_accounts::OF_ORGANIZATION, of, page, service_accounts::read).await
    }

    async fn update_service_account(
        &self,
        id: ServiceAccountId,
        change: ServiceAccountChange,
        note: Draft,
    ) -> Result<Change, StoreError> {
        let statement = service_accounts::update(id, change, note.at);
        self.change(note, statement).await
    }

    async fn delete_service_account(
        &self,
        id: ServiceAccountId,
        note: Draft,
    ) -> Result<Change, StoreError> {
        let statement = service_accounts::delete(id, note.at);
        self.change(note, statement).await
    }
}

macro_rules! application_columns {
    () => {
        "a.id, a.number, a.organization_id, a.name, a.slug, a.description, a.created_at, a.modified_at,
        a.archived_at, a.epoch, a.client_type, a.grant_type, a.redirect_uris, a.skips_consent"
    };
}
pub(super) use application_columns;

pub(super) fn read(row: &mut Fields<'_>) -> Result<Application, Failure> {
    Ok(Application {
        id: row.id()?,
        number: row.value()?,
        organization: row.id()?,
        name: row.value()?,
        slug: row.value()?,
        description: row.value()?,
        created_at: row.time()?,
        modified_at: row.time()?,
        archived_at: row.maybe_time()?,
        epoch: row.value()?,
        client: client(row)?,
    })
}

fn client(row: &mut Fields<'_>) -> Result<Option<Client>, Failure> {
    Ok(text::client((row.value()?, row.value()?), row.value()?, row.value()?)?)
}

const BY_ID: &str = concat!(
    "
    SELECT ",
    application_columns!(),
    "
    FROM applications a
    WHERE a.id = $1"
);

const BY_NUMBER: &str = concat!(
    "
    SELECT ",
    application_columns!(),
    "
    FROM applications a
    WHERE a.number = $1"
);

const BY_SLUG: &str = concat!(
    "
    SELECT ",
    application_columns!(),
    "
    FROM applications a
    WHERE a.organization_id = $1 AND a.slug = $2 AND a.slug <> '' AND a.archived_at IS NULL"
);

const LIST: &str = concat!(
    "
    SELECT ",
    application_columns!(),
    "
    FROM applications a
    WHERE a.number > $1"
);

const SHARED_WITH: &str = "EXISTS (
        SELECT
        FROM group_applications g
        JOIN group_users u ON u.group_id = g.group_id
        WHERE g.application_id = a.id AND u.user_id = ?)";

const ARCHIVE: &str = "
    UPDATE applications
    SET archived_at = $2, modified_at = $2, epoch = epoch + 1
    WHERE id = $1 AND archived_at IS NULL";

const ADD_VERSION: &str = "
    INSERT INTO versions (application_id, version, name, created_at, created_by)
    SELECT a.id,
        (SELECT COALESCE(max(version), 0) + 1 FROM versions WHERE application_id = $1),
        $2, $3, $4
    FROM applications a
    WHERE a.id = $1 AND a.archived_at IS NULL
    RETURNING version";

fn add_version(version: &Version) -> Statement {
    let application = version.application.uuid();
    let (created_at, created_by) = (micros(version.created_at), version.created_by.map(Id::uuid));
    let values = values![application, version.name.clone(), created_at, created_by];
    Statement::new(ADD_VERSION, values).behind(HOLD_APPLICATION, values![application])
}

/// The number of the version, if the application is there.
fn version_added(answer: &Answer) -> Result<Told<Creation>, Failure> {
    let Some(mut row) = answer.first() else { return Ok(Told::nothing(Creation::Missing)) };
    Ok(Told::done(Creation::Done(row.value()?)))
}

const VERSIONS: &str = "
    SELECT application_id, version, name, created_at, created_by
    FROM versions
    WHERE application_id = $1 AND version > $2
    ORDER BY version
    LIMIT $3";

fn version(row: &mut Fields<'_>) -> Result<Version, Failure> {
    Ok(Version {
        application: row.id()?,
        version: row.value()?,
        name: row.value()?,
        created_at: row.time()?,
        created_by: row.maybe_id()?,
    })
}

const SET_ICON: &str = "
    INSERT INTO icons (application_id, media_type, bytes)
    SELECT id, $2, $3
    FROM applications
    WHERE id = $1 AND archived_at IS NULL
    ON CONFLICT (application_id) DO UPDATE
    SET media_type = EXCLUDED.media_type, bytes = EXCLUDED.bytes";

fn set_icon(application: ApplicationId, icon: &Icon) -> Statement {
    let Icon { media_type, bytes } = icon.clone();
    Statement::new(SET_ICON, values![application.uuid(), media_type, bytes])
}

const ICON: &str = "
    SELECT media_type, bytes
    FROM icons
    WHERE application_id = $1";

fn read_icon(row: &mut Fields<'_>) -> Result<Icon, Failure> {
    Ok(Icon { media_type: row.value()?, bytes: row.value()? })
}

//! Facts about applications. How one is made and changed is in `clients.rs`; facts about service
//! accounts are in `service_accounts.rs`.

use async_trait::async_trait;
use authority::account::store::Creation;
use authority::application::store::{
    ApplicationChange, ApplicationFilter, ApplicationStore, ServiceAccountChange,
};
use authority::application::{Application, Client, Icon, ServiceAccount, Version};
use authority::error::StoreError;
use authority::id::{ApplicationId, Number, OrganizationId, ServiceAccountId};
use authority::journal::Draft;
use authority::token::Token;
use authority::token::store::{Change, KeptSecret, Page};
use rusqlite::{Connection, params};

use super::order::Told;
use super::row::{Asked, Failure, Fields, at, first, key, one, page, run};
use super::{Sqlite, clients, service_accounts};
use crate::text;

#[async_trait]
impl ApplicationStore for Sqlite {
    async fn create_application(
        &self,
        application: &Application,
        secret: Option<(&Token, KeptSecret)>,
        note: Draft,
    ) -> Result<Creation, StoreError> {
        let application = application.clone();
        let secret = secret.map(|(token, secret)| (token.clone(), secret));
        self.tell(note, move |db, _| clients::create(db, &application, secret.as_ref())).await
    }

    async fn application(&self, id: ApplicationId) -> Result<Option<Application>, StoreError> {
        self.read(move |db| one(db, BY_ID, params![key(id)], read)).await
    }

    async fn application_numbered(
        &self,
        number: Number,
    ) -> Result<Option<Application>, StoreError> {
        self.read(move |db| one(db, BY_NUMBER, params![number], read)).await
    }

    async fn application_slugged(
        &self,
        organization: OrganizationId,
        slug: &str,
    ) -> Result<Option<Application>, StoreError> {
        let slug = slug.to_owned();
        self.read(move |db| one(db, BY_SLUG, params![key(organization), slug], read)).await
    }

    async fn applications(
        &self,
        filter: &ApplicationFilter,
        page: Page,
    ) -> Result<Vec<Application>, StoreError> {
        let filter = filter.clone();
        self.read(move |db| list(db, &filter, page)).await
    }

    async fn update_application(
        &self,
        id: ApplicationId,
        change: &ApplicationChange,
        note: Draft,
    ) -> Result<Creation, StoreError> {
        let change = change.clone();
        self.tell(note, move |db, note| clients::update(db, id, &change, note)).await
    }

    async fn archive_application(
        &self,
        id: ApplicationId,
        note: Draft,
    ) -> Result<Change, StoreError> {
        self.tell(note, move |db, note| {
            let rows = run(db, ARCHIVE, params![key(id), at(note.at)])?;
            Ok(Told::by(rows, Change::Done, Change::Missing))
        })
        .await
    }

    async fn add_version(&self, version: &Version, note: Draft) -> Result<Creation, StoreError> {
        let version = version.clone();
        self.tell(note, move |db, _| add_version(db, &version)).await
    }

    async fn versions(&self, id: ApplicationId, of: Page) -> Result<Vec<Version>, StoreError> {
        self.read(move |db| page(db, VERSIONS, (key(id), of), version)).await
    }

    async fn set_icon(
        &self,
        id: ApplicationId,
        icon: &Icon,
        note: Draft,
    ) -> Result<Change, StoreError> {
        let icon = icon.clone();
        self.tell(note, move |db, _| {
            let rows = run(db, SET_ICON, params![key(id), icon.media_type, icon.bytes])?;
            Ok(Told::by(rows, Change::Done, Change::Missing))
        })
        .await
    }

    async fn icon(&self, id: ApplicationId) -> Result<Option<Icon>, StoreError> {
        self.read(move |db| {
            one(db, ICON, params![key(id)], |row| {
                Ok(Icon { media_type: row.value()?, bytes: row.value()? })
            })
        })
        .await
    }

    async fn create_service_account(
        &self,
        account: &ServiceAccount,
        token: Option<(&Token, KeptSecret)>,
        note: Draft,
    ) -> Result<Creation, StoreError> {
        let account = account.clone();
        let token = token.map(|(token, secret)| (token.clone(), secret));
        self.tell(note, move |db, _| service_accounts::create(db, &account, token.as_ref())).await
    }

    async fn service_account(
        &self,
        id: ServiceAccountId,
    ) -> Result<Option<ServiceAccount>, StoreError> {
        self.read(move |db| service_accounts::account(db, id)).await
    }

    async fn service_account_numbered(
        &self,
        number: Number,
    ) -> Result<Option<ServiceAccount>, StoreError> {
        self.read(move |db| service_accounts::numbered(db, number)).await
    }

    async fn service_accounts(
        &self,
        organization: OrganizationId,
        page: Page,
    ) -> Result<Vec<ServiceAccount>, StoreError> {
        self.read(move |db| service_accounts::list(db, organization, page)).await
    }

    async fn update_service_account(
        &self,
        id: ServiceAccountId,
        change: ServiceAccountChange,
        note: Draft,
    ) -> Result<Change, StoreError> {
        self.tell(note, move |db, note| service_accounts::update(db, id, change, note)).await
    }

    async fn delete_service_account(
        &self,
        id: ServiceAccountId,
        note: Draft,
    ) -> Result<Change, StoreError> {
        self.tell(note, move |db, note| service_accounts::delete(db, id, note)).await
    }
}

macro_rules! application_columns {
    () => {
        "a.id, a.number, a.organization_id, a.name, a.slug, a.description, a.client_type, a.grant_type,
        a.redirect_uris, a.skips_consent, a.created_at, a.modified_at, a.archived_at, a.epoch"
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
        client: client(row)?,
        created_at: row.time()?,
        modified_at: row.time()?,
        archived_at: row.maybe_time()?,
        epoch: row.value()?,
    })
}

fn client(row: &mut Fields<'_>) -> Result<Option<Client>, Failure> {
    let (kind, grant): (Option<String>, Option<String>) = (row.value()?, row.value()?);
    let (uris, skips): (String, bool) = (row.value()?, row.value()?);
    Ok(text::client((kind.as_deref(), grant.as_deref()), &uris, skips)?)
}

const BY_ID: &str =
    concat!("SELECT ", application_columns!(), " FROM applications a WHERE a.id = ?1");
const BY_NUMBER: &str =
    concat!("SELECT ", application_columns!(), " FROM applications a WHERE a.number = ?1");
const BY_SLUG: &str = concat!(
    "SELECT ",
    application_columns!(),
    "
    FROM applications a
    WHERE a.organization_id = ?1 AND a.slug = ?2 AND a.slug <> '' AND a.archived_at IS NULL"
);
const LIST: &str =
    concat!("SELECT ", application_columns!(), " FROM applications a WHERE a.number > ?");

const SHARED_WITH: &str = "EXISTS (
        SELECT 1
        FROM group_applications g
        JOIN group_users u ON u.group_id = g.group_id
        WHERE g.application_id = a.id AND u.user_id = ?)";

fn list(
    db: &Connection,
    filter: &ApplicationFilter,
    page: Page,
) -> Result<Vec<Application>, Failure> {
    let words = filter.name_contains.as_deref().map(text::folded);
    Asked::new(LIST, page.after)
        .and("a.organization_id = ?", filter.organization.map(key))
        .and("instr(a.name_folded, ?) > 0", words)
        .and(SHARED_WITH, filter.shared_with.map(key))
        .and("(? OR a.archived_at IS NULL)", Some(filter.archived))
        .ending("ORDER BY a.number LIMIT ?", page.limit)
        .all(db, read)
}

const ARCHIVE: &str = "
    UPDATE applications
    SET archived_at = ?2, modified_at = ?2, epoch = epoch + 1
    WHERE id = ?1 AND archived_at IS NULL";

const ADD_VERSION: &str = "
    INSERT INTO versions (application_id, version, name, created_at, created_by)
    SELECT a.id,
        (SELECT coalesce(max(version), 0) + 1 FROM versions WHERE application_id = ?1),
        ?2, ?3, ?4
    FROM applications a
    WHERE a.id = ?1 AND a.archived_at IS NULL
    RETURNING version";

fn add_version(db: &Connection, version: &Version) -> Result<Told<Creation>, Failure> {
    let values = params![
        key(version.application),
        version.name,
        at(version.created_at),
        version.created_by.map(key),
    ];
    let number = first(db, ADD_VERSION, values)?;
    Ok(match number {
        Some(number) => Told::done(Creation::Done(number)),
        None => Told::nothing(Creation::Missing),
    })
}

const VERSIONS: &str = "
    SELECT application_id, version, name, created_at, created_by
    FROM versions
    WHERE application_id = ?1 AND version > ?2
    ORDER BY version
    LIMIT ?3";

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
    SELECT id, ?2, ?3
    FROM applications
    WHERE id = ?1 AND archived_at IS NULL
    ON CONFLICT (application_id) DO UPDATE
    SET media_type = excluded.media_type, bytes = excluded.bytes";

const ICON: &str = "
    SELECT media_type, bytes
    FROM icons
    WHERE application_id = ?1";

//! What is asked of a database about applications and service accounts.

use async_trait::async_trait;

use super::{Application, Icon, ServiceAccount, Version};
use crate::account::store::Creation;
use crate::error::StoreError;
use crate::id::{ApplicationId, Number, OrganizationId, ServiceAccountId, UserId};
use crate::journal::Draft;
use crate::permission::Role;
use crate::token::Token;
use crate::token::store::{Change, KeptSecret, Page};

/// Keeps applications and service accounts. Each method is one atomic fact with its entry, as in
/// [`TokenStore`](crate::token::store::TokenStore).
#[async_trait]
pub trait ApplicationStore: Send + Sync {
    /// Keeps a new application, with its client secret if one is given. `Taken` if it is an OAuth 2
    /// client and another one of its organization, not archived, has its name, or any other not archived
    /// there has its slug.
    async fn create_application(
        &self,
        application: &Application,
        secret: Option<(&Token, KeptSecret)>,
        note: Draft,
    ) -> Result<Creation, StoreError>;

    /// An application, archived ones too.
    async fn application(&self, id: ApplicationId) -> Result<Option<Application>, StoreError>;

    /// An application by its number.
    async fn application_numbered(&self, number: Number)
    -> Result<Option<Application>, StoreError>;

    /// An application of an organization by its slug, which is in lower case; no archived one.
    async fn application_slugged(
        &self,
        organization: OrganizationId,
        slug: &str,
    ) -> Result<Option<Application>, StoreError>;

    /// Applications in the order of their numbers.
    async fn applications(
        &self,
        filter: &ApplicationFilter,
        page: Page,
    ) -> Result<Vec<Application>, StoreError>;

    /// Changes an application that is not archived. `Taken` as for
    /// [`ApplicationStore::create_application`].
    async fn update_application(
        &self,
        id: ApplicationId,
        change: &ApplicationChange,
        note: Draft,
    ) -> Result<Creation, StoreError>;

    /// Puts an application away and raises its epoch. `Missing` if it is put away already.
    async fn archive_application(
        &self,
        id: ApplicationId,
        note: Draft,
    ) -> Result<Change, StoreError>;

    /// Adds the next version of an application that is not archived, and gives its number.
    /// `version.version` is ignored.
    async fn add_version(&self, version: &Version, note: Draft) -> Result<Creation, StoreError>;

    /// Versions of an application, ascending; `page.after` is a version.
    async fn versions(&self, id: ApplicationId, page: Page) -> Result<Vec<Version>, StoreError>;

    /// Sets the icon of an application that is not archived.
    async fn set_icon(
        &self,
        id: ApplicationId,
        icon: &Icon,
        note: Draft,
    ) -> Result<Change, StoreError>;

    /// The icon of an application.
    async fn icon(&self, id: ApplicationId) -> Result<Option<Icon>, StoreError>;

    /// Keeps a new service account, with its first token if one is given. `Taken` if its name is used in
    /// its organization.
    async fn create_service_account(
        &self,
        account: &ServiceAccount,
        token: Option<(&Token, KeptSecret)>,
        note: Draft,
    ) -> Result<Creation, StoreError>;

    /// A service account that is not deleted.
    async fn service_account(
        &self,
        id: ServiceAccountId,
    ) -> Result<Option<ServiceAccount>, StoreError>;

    /// A service account by its number.
    async fn service_account_numbered(
        &self,
        number: Number,
    ) -> Result<Option<ServiceAccount>, StoreError>;

    /// Service accounts of an organization, in the order of their numbers.
    async fn service_accounts(
        &self,
        organization: OrganizationId,
        page: Page,
    ) -> Result<Vec<ServiceAccount>, StoreError>;

    /// Changes a service account's role or switches it off or on. Off raises the epoch.
    async fn update_service_account(
        &self,
        id: ServiceAccountId,
        change: ServiceAccountChange,
        note: Draft,
    ) -> Result<Change, StoreError>;

    /// Deletes a service account: raises its epoch and frees its name. Its number and id stay used.
    async fn delete_service_account(
        &self,
        id: ServiceAccountId,
        note: Draft,
    ) -> Result<Change, StoreError>;
}

/// Which applications are asked for. Each given value must fit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ApplicationFilter {
    /// In this organization.
    pub organization: Option<OrganizationId>,
    /// With these words in the name, whatever their case.
    pub name_contains: Option<String>,
    /// Shared with a group that this user is in.
    pub shared_with: Option<UserId>,
    /// Archived ones too.
    pub archived: bool,
}

/// What may be changed of an application; what is `None` stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ApplicationChange {
    /// New name.
    pub name: Option<String>,
    /// New slug.
    pub slug: Option<String>,
    /// New description.
    pub description: Option<String>,
    /// New redirect addresses of a client.
    pub redirect_uris: Option<Vec<String>>,
    /// Whether a client's users are not asked.
    pub skips_consent: Option<bool>,
}

/// What may be changed of a service account; what is `None` stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ServiceAccountChange {
    /// New role.
    pub role: Option<Role>,
    /// Switched off or on.
    pub disabled: Option<bool>,
}

//! Applications and service accounts, as those who manage them do.

use super::clients::check_redirects;
use super::store::{ApplicationChange, ApplicationFilter, ServiceAccountChange};
use super::{Application, Icon, ServiceAccount, Version};
use crate::account::manage::{changed, created};
use crate::actor::{Actor, Place};
use crate::authority::Authority;
use crate::error::{Error, Refusal};
use crate::id::{ApplicationId, OrganizationId, ServiceAccountId};
use crate::journal::{Once, Subject};
pub(super) use crate::organization::manage::LONGEST_NAME;
use crate::permission::{Permission, Role};
use crate::token::issue::{check_command, check_name};
use crate::token::store::Page;

/// Longest description, in characters.
pub const LONGEST_DESCRIPTION: usize = 1_000;

impl Authority {
    /// Makes an application.
    pub async fn create_application(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        (name, description): (&str, &str),
        once: Option<Once>,
    ) -> Result<Application, Error> {
        check_name("name", name, LONGEST_NAME)?;
        check_description(description)?;
        let place = Place::In(organization);
        self.allow_on(actor, &Permission::APPLICATION_UPDATE, place, "organization").await?;
        let now = self.now();
        let application = Application {
            id: self.mint(),
            number: 0,
            organization,
            name: name.to_owned(),
            description: description.to_owned(),
            client: None,
            created_at: now,
            modified_at: now,
            archived_at: None,
            epoch: 0,
        };
        let note = self
            .note(actor, "application.create", ("application", application.id.uuid()))
            .of(organization)
            .saying("name", name)
            .once(once.clone());
        let fact = self.shared.store.create_application(&application, None, note);
        let number = created(self.enrol_once(once.as_ref(), &[], fact).await?, "organization")?;
        Ok(Application { number, ..application })
    }

    /// An application that the actor may see.
    pub async fn application(
        &self,
        actor: &Actor,
        id: ApplicationId,
    ) -> Result<Application, Error> {
        self.application_for(actor, id, &Permission::APPLICATION_READ).await
    }

    /// The applications of an organization.
    pub async fn applications(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        filter: ApplicationFilter,
        page: Page,
    ) -> Result<Vec<Application>, Error> {
        let place = Place::In(organization);
        self.allow_on(actor, &Permission::APPLICATION_READ, place, "organization").await?;
        let filter = ApplicationFilter { organization: Some(organization), ..filter };
        Ok(self.shared.store.applications(&filter, page).await?)
    }

    /// Changes what an application is called.
    pub async fn update_application(
        &self,
        actor: &Actor,
        id: ApplicationId,
        change: ApplicationChange,
    ) -> Result<Application, Error> {
        if let Some(name) = &change.name {
            check_name("name", name, LONGEST_NAME)?;
        }
        check_description(change.description.as_deref().unwrap_or_default())?;
        let application = self.application_for(actor, id, &Permission::APPLICATION_UPDATE).await?;
        if let Some(uris) = &change.redirect_uris {
            let client = application.client.as_ref();
            let client = client.ok_or(Refusal::invalid("redirect_uris", "of a client only"))?;
            check_redirects(client.grant, uris)?;
        }
        self.may_skip_consent(actor, asks_nobody(&application, &change)).await?;
        let forget = Subject::Application(id);
        let note = self
            .note(actor, "application.update", ("application", id.uuid()))
            .of(application.organization)
            .forgetting(forget);
        let fact = self.shared.store.update_application(id, &change, note);
        created(self.enrol(&[forget], fact).await?, "application")?;
        let found = self.shared.store.application(id).await?;
        Ok(found.ok_or(Refusal::Missing("application"))?)
    }

    /// Puts an application away. All that it holds is dead from then on.
    pub async fn archive_application(&self, actor: &Actor, id: ApplicationId) -> Result<(), Error> {
        let application = self.application_for(actor, id, &Permission::APPLICATION_UPDATE).await?;
        let forget = Subject::Application(id);
        let note = self
            .note(actor, "application.archive", ("application", id.uuid()))
            .of(application.organization)
            .forgetting(forget);
        let fact = self.shared.store.archive_application(id, note);
        self.enrol(&[forget], fact).await?;
        Ok(())
    }

    /// Adds a version to an application.
    pub async fn add_version(
        &self,
        actor: &Actor,
        id: ApplicationId,
        name: &str,
    ) -> Result<Version, Error> {
        if !name.is_empty() {
            check_name("name", name, LONGEST_NAME)?;
        }
        let application = self.application_for(actor, id, &Permission::APPLICATION_UPDATE).await?;
        let version = Version {
            application: id,
            version: 0,
            name: name.to_owned(),
            created_at: self.now(),
            created_by: actor.user(),
        };
        let note = self
            .note(actor, "application.version", ("application", id.uuid()))
            .of(application.organization);
        let fact = self.shared.store.add_version(&version, note);
        let number = created(self.enrol(&[], fact).await?, "application")?;
        Ok(Version { version: number, ..version })
    }

    /// The versions of an application.
    pub async fn versions(
        &self,
        actor: &Actor,
        id: ApplicationId,
        page: Page,
    ) -> Result<Vec<Version>, Error> {
        self.application_for(actor, id, &Permission::APPLICATION_READ).await?;
        Ok(self.shared.store.versions(id, page).await?)
    }

    /// A version of an application.
    pub async fn version(
        &self,
        actor: &Actor,
        id: ApplicationId,
        version: i64,
    ) -> Result<Version, Error> {
        let page = Page { after: version.saturating_sub(1), limit: 1 };
        let found = self.versions(actor, id, page).await?.into_iter().next();
        let found = found.filter(|found| found.version == version);
        Ok(found.ok_or(Refusal::Missing("version"))?)
    }

    /// Sets an application's icon, which the face has checked and encoded anew.
    pub async fn set_icon(
        &self,
        actor: &Actor,
        id: ApplicationId,
        icon: &Icon,
    ) -> Result<(), Error> {
        let application = self.application_for(actor, id, &Permission::APPLICATION_UPDATE).await?;
        let note = self
            .note(actor, "application.icon", ("application", id.uuid()))
            .of(application.organization);
        let fact = self.shared.store.set_icon(id, icon, note);
        Ok(changed(self.enrol(&[], fact).await?, "application")?)
    }

    /// An application's icon.
    pub async fn icon(&self, actor: &Actor, id: ApplicationId) -> Result<Option<Icon>, Error> {
        self.application_for(actor, id, &Permission::APPLICATION_READ).await?;
        Ok(self.shared.store.icon(id).await?)
    }

    async fn application_for(
        &self,
        actor: &Actor,
        id: ApplicationId,
        permission: &Permission,
    ) -> Result<Application, Error> {
        let missing = Refusal::Missing("application");
        let application = self.shared.store.application(id).await?.ok_or(missing)?;
        let place = Place::In(application.organization);
        // What obtains tokens of people is an administrator's to change.
        let client = application.client.is_some() && !permission.reads();
        let permission = if client { &Permission::CLIENT_UPDATE } else { permission };
        self.allow_on(actor, permission, place, "application").await?;
        Ok(application)
    }

    /// Makes a service account, with a role that the actor may give.
    pub async fn create_service_account(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        (name, role): (&str, Role),
        once: Option<Once>,
    ) -> Result<ServiceAccount, Error> {
        check_name("name", name, LONGEST_NAME)?;
        let (place, update) = (Place::In(organization), &Permission::SERVICE_ACCOUNT_UPDATE);
        let mine = self.allow_on(actor, update, place, "organization").await?;
        check_command(mine, role)?;
        let account = ServiceAccount {
            id: self.mint(),
            number: 0,
            organization,
            name: name.to_owned(),
            role,
            created_at: self.now(),
            disabled_at: None,
            epoch: 0,
        };
        let note = self
            .note(actor, "service_account.create", ("service_account", account.id.uuid()))
            .of(organization)
            .saying("name", name)
            .saying("role", role.as_str())
            .once(once.clone());
        let fact = self.shared.store.create_service_account(&account, note);
        let number = created(self.enrol_once(once.as_ref(), &[], fact).await?, "organization")?;
        Ok(ServiceAccount { number, ..account })
    }

    /// The service accounts of an organization.
    pub async fn service_accounts(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        page: Page,
    ) -> Result<Vec<ServiceAccount>, Error> {
        let (place, read) = (Place::In(organization), &Permission::SERVICE_ACCOUNT_READ);
        self.allow_on(actor, read, place, "organization").await?;
        Ok(self.shared.store.service_accounts(organization, page).await?)
    }

    /// Changes a service account's role, or switches it off or on.
    pub async fn update_service_account(
        &self,
        actor: &Actor,
        id: ServiceAccountId,
        change: ServiceAccountChange,
    ) -> Result<ServiceAccount, Error> {
        let missing = Refusal::Missing("service account");
        let account = self.shared.store.service_account(id).await?.ok_or(missing)?;
        let (place, update) =
            (Place::In(account.organization), &Permission::SERVICE_ACCOUNT_UPDATE);
        let mine = self.allow_on(actor, update, place, "service account").await?;
        check_command(mine, account.role)?;
        check_command(mine, change.role.unwrap_or(account.role))?;
        let forget = Subject::ServiceAccount(id);
        let note = self
            .note(actor, "service_account.update", ("service_account", id.uuid()))
            .of(account.organization)
            .forgetting(forget);
        let fact = self.shared.store.update_service_account(id, change, note);
        changed(self.enrol(&[forget], fact).await?, "service account")?;
        let found = self.shared.store.service_account(id).await?;
        Ok(found.ok_or(Refusal::Missing("service account"))?)
    }
}

/// Whether a change makes a client one that asks nobody, or sends the codes of one elsewhere.
fn asks_nobody(application: &Application, change: &ApplicationChange) -> bool {
    let Some(client) = &application.client else { return false };
    let moves = change.redirect_uris.as_ref().is_some_and(|uris| *uris != client.redirect_uris);
    change.skips_consent.unwrap_or(client.skips_consent) && (moves || !client.skips_consent)
}

pub(crate) fn check_description(text: &str) -> Result<(), Refusal> {
    if text.chars().count() <= LONGEST_DESCRIPTION && !text.contains('\0') {
        return Ok(());
    }
    Err(Refusal::invalid("description", "at most 1000 characters"))
}

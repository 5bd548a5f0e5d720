//! Applications and service accounts, as those who manage them do.

use super::clients::check_redirects;
use super::store::{ApplicationChange, ApplicationFilter};
use super::{Application, Icon, Version};
use crate::account::manage::{changed, created};
use crate::account::store::Creation;
use crate::actor::{Actor, Place};
use crate::authority::Authority;
use crate::error::{Error, Refusal};
use crate::id::{ApplicationId, OrganizationId};
use crate::journal::{Once, Subject};
pub(super) use crate::organization::manage::LONGEST_NAME;
use crate::permission::Permission;
use crate::search::{Column, Found, Search, Thing, Value};
use crate::slug;
use crate::token::Token;
use crate::token::store::{KeptSecret, Page};
use crate::token::terms::check_name;

/// Longest description, in characters.
pub const LONGEST_DESCRIPTION: usize = 1_000;

impl Authority {
    /// Makes an application.
    pub async fn create_application(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        (name, description, slug): (&str, &str, Option<&str>),
        once: Option<Once>,
    ) -> Result<Application, Error> {
        check_name("name", name, LONGEST_NAME)?;
        check_description(description)?;
        let slug = slug.map(slug::chosen).transpose()?;
        let place = Place::In(organization);
        self.allow_on(actor, &Permission::APPLICATION_UPDATE, place, "organization").await?;
        let now = self.now();
        let application = Application {
            id: self.mint(),
            number: 0,
            organization,
            name: name.to_owned(),
            slug: String::new(),
            description: description.to_owned(),
            client: None,
            created_at: now,
            modified_at: now,
            archived_at: None,
            epoch: 0,
        };
        self.keep_application(actor, (application, slug), None, once).await
    }

    /// Keeps an application under the slug that was chosen, else under one made of its name.
    pub(super) async fn keep_application(
        &self,
        actor: &Actor,
        (application, chosen): (Application, Option<String>),
        secret: Option<(&Token, KeptSecret)>,
        once: Option<Once>,
    ) -> Result<Application, Error> {
        let made = slug::made_of(&application.name, "application");
        let slug = chosen.clone().unwrap_or_else(|| made.clone());
        let mut application = Application { slug, ..application };
        loop {
            let note = self
                .note(actor, "application.create", ("application", application.id.uuid()))
                .of(application.organization)
                .saying("name", application.name.clone())
                .once(once.clone());
            let fact = self.shared.store.create_application(&application, secret, note);
            let kept = self.enrol_once(once.as_ref(), &[], fact).await?;
            if kept == Creation::Taken("slug") && chosen.is_none() {
                application.slug = slug::another(&made, &*self.shared.entropy);
                continue;
            }
            return Ok(Application { number: created(kept, "organization")?, ..application });
        }
    }

    /// Those applications of an organization that fit.
    pub async fn find_applications(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        search: Search,
    ) -> Result<Found<Application>, Error> {
        let place = Place::In(organization);
        self.allow_on(actor, &Permission::APPLICATION_READ, place, "organization").await?;
        search.check()?;
        let here = Value::Id(organization.uuid());
        let own = Search::is(Thing::Application, &[], Column::OrganizationId, here);
        Ok(self.shared.store.find_clients(&search.within(own)).await?)
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
        let slug = change.slug.as_deref().map(slug::chosen).transpose()?;
        let change = ApplicationChange { slug, ..change };
        let application = self.application_for(actor, id, &Permission::APPLICATION_UPDATE).await?;
        if let Some(uris) = &change.redirect_uris {
            let client = application.client.as_ref();
            let client = client.ok_or(Refusal::invalid("redirect_uris", "of a client only"))?;
            check_redirects(client.grant, uris)?;
        }
        self.may_skip_consent(actor, asks_nobody(&application, &change)).await?;
        let forget = Subject::Application(id);
        let mut note = self
            .note(actor, "application.update", ("application", id.uuid()))
            .of(application.organization)
            .forgetting(forget);
        if let Some(slug) = &change.slug {
            note = note.saying("slug", slug.clone());
        }
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

//! Organizations, as those who manage them do.

use super::Organization;
use super::store::Naming;
use crate::account::User;
use crate::account::manage::{changed, created};
use crate::account::store::Creation;
use crate::actor::{Actor, Place};
use crate::application::check_description;
use crate::authority::Authority;
use crate::error::{Error, Refusal};
use crate::id::{OrganizationId, UserId};
use crate::journal::{By, Draft, Once, Subject};
use crate::permission::Permission;
use crate::slug::{self, Named};
use crate::token::store::Page;
use crate::token::terms::check_name;

/// Longest name of an organization, group, application or service account, in characters.
pub const LONGEST_NAME: usize = 200;

impl Authority {
    /// Founds an organization. Whoever does so owns it.
    pub async fn create_organization(
        &self,
        actor: &Actor,
        (name, slug): (&str, Option<&str>),
        once: Option<Once>,
    ) -> Result<Organization, Error> {
        check_name("name", name, LONGEST_NAME)?;
        let slug = slug.map(slug::chosen).transpose()?;
        self.allow(actor, &Permission::SELF_UPDATE, Place::Oneself).await?;
        let owner = Self::person(actor)?;
        let organization = self.new_organization(name, Some(owner), true);
        self.keep_organization((organization, slug), Some(owner), actor.by(), once).await
    }

    /// Founds the first organization of somebody who has just proved who they are.
    pub(crate) async fn found_for(
        &self,
        user: &User,
        by: By,
        name: &str,
    ) -> Result<Organization, Error> {
        let organization = self.new_organization(name, Some(user.id), true);
        self.keep_organization((organization, None), Some(user.id), by, None).await
    }

    pub(crate) fn new_organization(
        &self,
        name: &str,
        by: Option<UserId>,
        tenant: bool,
    ) -> Organization {
        let now = self.now();
        Organization {
            id: self.mint(),
            number: 0,
            name: name.to_owned(),
            slug: slug::made_of(name, "organization"),
            description: String::new(),
            tenant,
            created_at: now,
            created_by: by,
            modified_at: now,
            modified_by: by,
            suspended_at: None,
            epoch: 0,
        }
    }

    async fn keep_organization(
        &self,
        (organization, chosen): (Organization, Option<String>),
        owner: Option<UserId>,
        by: By,
        once: Option<Once>,
    ) -> Result<Organization, Error> {
        let forget: Vec<Subject> = owner.map(Subject::User).into_iter().collect();
        let made = organization.slug.clone();
        let slug = chosen.clone().unwrap_or_else(|| made.clone());
        let mut organization = Organization { slug, ..organization };
        loop {
            let mut note = self
                .note_by(by, "organization.create", ("organization", organization.id.uuid()))
                .of(organization.id)
                .saying("name", organization.name.clone())
                .once(once.clone());
            note.forget.clone_from(&forget);
            let fact = self.shared.store.create_organization(&organization, owner, note);
            let kept = self.enrol_once(once.as_ref(), &forget, fact).await?;
            if kept == Creation::Taken("slug") && chosen.is_none() {
                organization.slug = slug::another(&made, &*self.shared.entropy);
                continue;
            }
            return Ok(Organization { number: created(kept, "user")?, ..organization });
        }
    }

    /// The organization that an address names, if the actor has a place in it.
    pub async fn organization_named(
        &self,
        actor: &Actor,
        named: &Named,
    ) -> Result<Organization, Error> {
        let found = self.organization_at(actor, named).await?;
        let read = &Permission::ORGANIZATION_READ;
        self.allow_on(actor, read, Place::In(found.id), "organization").await?;
        Ok(found)
    }

    /// The organization that an address names, for somebody who will be asked for a permission there: the
    /// actor has some place in it.
    pub async fn organization_at(
        &self,
        actor: &Actor,
        named: &Named,
    ) -> Result<Organization, Error> {
        let store = &self.shared.store;
        let found = match named {
            Named::Numbered { number, second } => {
                let found = store.organization_numbered(*number).await?;
                found.filter(|found| found.created_at.as_second() == *second)
            }
            Named::Slugged(text) => match slug::read(text) {
                Some(slug) => store.organization_slugged(&slug).await?,
                None => None,
            },
        };
        let found = found.ok_or(Refusal::Missing("organization"))?;
        let role = self.role_in(actor, found.id).await?;
        role.ok_or(Refusal::Missing("organization"))?;
        Ok(found)
    }

    /// An organization that the actor has a place in.
    pub async fn organization(
        &self,
        actor: &Actor,
        id: OrganizationId,
    ) -> Result<Organization, Error> {
        let read = &Permission::ORGANIZATION_READ;
        self.allow_on(actor, read, Place::In(id), "organization").await?;
        let found = self.shared.store.organization(id).await?;
        Ok(found.ok_or(Refusal::Missing("organization"))?)
    }

    /// The organizations that the actor can reach: those of its user, or the one that its
    /// credential is bound to.
    pub async fn organizations(
        &self,
        actor: &Actor,
        page: Page,
    ) -> Result<Vec<Organization>, Error> {
        self.allow(actor, &Permission::SELF_READ, Place::Oneself).await?;
        let store = &self.shared.store;
        let bound = actor.organization().filter(|_| actor.session().is_none());
        if let Some(bound) = bound {
            let found = store.organization(bound).await?;
            return Ok(found.into_iter().filter(|found| found.number > page.after).collect());
        }
        Ok(store.organizations(Some(Self::person(actor)?), page).await?)
    }

    /// All organizations, for those who see the whole installation.
    pub async fn all_organizations(
        &self,
        actor: &Actor,
        page: Page,
    ) -> Result<Vec<Organization>, Error> {
        self.allow(actor, &Permission::INSTALLATION_READ, Place::Installation).await?;
        Ok(self.shared.store.organizations(None, page).await?)
    }

    /// Makes an organization of the installation's own, without a member: a superuser's.
    pub async fn add_organization(
        &self,
        actor: &Actor,
        (name, description): (&str, &str),
    ) -> Result<Organization, Error> {
        check_name("name", name, LONGEST_NAME)?;
        check_description(description)?;
        self.allow(actor, &Permission::INSTALLATION_UPDATE, Place::Installation).await?;
        let description = description.to_owned();
        let organization = self.new_organization(name, actor.user(), false);
        let organization = Organization { description, ..organization };
        self.keep_organization((organization, None), None, actor.by(), None).await
    }

    /// Deletes an organization with all that is in it, for ever: a tenant by its owner, one of the
    /// installation's own by its administrators.
    pub async fn delete_organization(
        &self,
        actor: &Actor,
        id: OrganizationId,
    ) -> Result<(), Error> {
        let found = self.shared.store.organization(id).await?;
        let found = found.ok_or(Refusal::Missing("organization"))?;
        let delete = found.deleting();
        self.allow_on(actor, delete, Place::In(id), "organization").await?;
        let forget = Subject::Organization(id);
        let note = self
            .note(actor, "organization.delete", ("organization", id.uuid()))
            .of(id)
            .forgetting(forget);
        let fact = self.shared.store.delete_organization(id, note);
        Ok(changed(self.enrol(&[forget], fact).await?, "organization")?)
    }

    /// Changes what an organization is called, and what it is for.
    pub async fn update_organization(
        &self,
        actor: &Actor,
        id: OrganizationId,
        change: Naming,
    ) -> Result<Organization, Error> {
        check_naming(&change)?;
        let update = &Permission::ORGANIZATION_UPDATE;
        self.allow_on(actor, update, Place::In(id), "organization").await?;
        let slug = change.slug.as_deref().map(slug::chosen).transpose()?;
        let change = Naming { by: actor.user(), slug, ..change };
        let note = self.note(actor, "organization.update", ("organization", id.uuid())).of(id);
        let fact = self.shared.store.update_organization(id, &change, naming(note, &change));
        created(self.enrol(&[], fact).await?, "organization")?;
        let found = self.shared.store.organization(id).await?;
        Ok(found.ok_or(Refusal::Missing("organization"))?)
    }

    /// Suspends an organization: nothing of it is good until it is resumed. A superuser's, since
    /// nobody of a suspended organization could resume it.
    pub async fn set_organization_suspended(
        &self,
        actor: &Actor,
        id: OrganizationId,
        suspended: bool,
    ) -> Result<(), Error> {
        let update = &Permission::INSTALLATION_UPDATE;
        self.allow_on(actor, update, Place::Installation, "organization").await?;
        let forget = Subject::Organization(id);
        let action = if suspended { "organization.suspend" } else { "organization.resume" };
        let note = self.note(actor, action, ("organization", id.uuid())).of(id).forgetting(forget);
        let fact = self.shared.store.set_organization_suspended(id, suspended, note);
        self.enrol(&[forget], fact).await?;
        let found = self.shared.store.organization(id).await?;
        found.map(drop).ok_or(Refusal::Missing("organization").into())
    }

    /// Ends every token and session that is bound to an organization, however many there are.
    pub async fn end_organization_tokens(
        &self,
        actor: &Actor,
        id: OrganizationId,
    ) -> Result<(), Error> {
        let suspend = &Permission::ORGANIZATION_SUSPEND;
        self.allow_on(actor, suspend, Place::In(id), "organization").await?;
        let forget = Subject::Organization(id);
        let note = self
            .note(actor, "organization.end_tokens", ("organization", id.uuid()))
            .of(id)
            .forgetting(forget);
        let fact = self.shared.store.raise_organization_epoch(id, note);
        Ok(changed(self.enrol(&[forget], fact).await?, "organization")?)
    }
}

pub(super) fn check_naming(change: &Naming) -> Result<(), Refusal> {
    if let Some(name) = &change.name {
        check_name("name", name, LONGEST_NAME)?;
    }
    check_description(change.description.as_deref().unwrap_or_default())
}

/// Says in an entry what was changed.
pub(super) fn naming(mut note: Draft, change: &Naming) -> Draft {
    if let Some(name) = &change.name {
        note = note.saying("name", name.clone());
    }
    if let Some(slug) = &change.slug {
        note = note.saying("slug", slug.clone());
    }
    if let Some(description) = &change.description {
        note = note.saying("description", description.clone());
    }
    note
}

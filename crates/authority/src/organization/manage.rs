//! Organizations, as those who manage them do.

use super::Organization;
use crate::account::User;
use crate::account::manage::{changed, created};
use crate::actor::{Actor, Place};
use crate::authority::Authority;
use crate::error::{Error, Refusal};
use crate::id::{OrganizationId, UserId};
use crate::journal::{By, Once, Subject};
use crate::permission::Permission;
use crate::token::issue::check_name;
use crate::token::store::Page;

/// Longest name of an organization, group, application or service account, in characters.
pub const LONGEST_NAME: usize = 200;

impl Authority {
    /// Founds an organization. Whoever does so owns it.
    pub async fn create_organization(
        &self,
        actor: &Actor,
        name: &str,
        once: Option<Once>,
    ) -> Result<Organization, Error> {
        check_name("name", name, LONGEST_NAME)?;
        self.allow(actor, &Permission::SELF_UPDATE, Place::Oneself).await?;
        let owner = Self::person(actor)?;
        let organization = self.new_organization(name);
        self.keep_organization(organization, owner, actor.by(), once).await
    }

    /// Founds the first organization of somebody who has just proved who they are.
    pub(crate) async fn found_for(
        &self,
        user: &User,
        by: By,
        name: &str,
    ) -> Result<Organization, Error> {
        self.keep_organization(self.new_organization(name), user.id, by, None).await
    }

    pub(crate) fn new_organization(&self, name: &str) -> Organization {
        let now = self.now();
        Organization {
            id: self.mint(),
            number: 0,
            name: name.to_owned(),
            created_at: now,
            modified_at: now,
            suspended_at: None,
            epoch: 0,
        }
    }

    async fn keep_organization(
        &self,
        organization: Organization,
        owner: UserId,
        by: By,
        once: Option<Once>,
    ) -> Result<Organization, Error> {
        let note = self
            .note_by(by, "organization.create", ("organization", organization.id.uuid()))
            .of(organization.id)
            .saying("name", organization.name.clone())
            .forgetting(Subject::User(owner))
            .once(once.clone());
        let fact = self.shared.store.create_organization(&organization, owner, note);
        let number =
            created(self.enrol_once(once.as_ref(), &[Subject::User(owner)], fact).await?, "user")?;
        Ok(Organization { number, ..organization })
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

    /// Gives an organization another name.
    pub async fn rename_organization(
        &self,
        actor: &Actor,
        id: OrganizationId,
        name: &str,
    ) -> Result<Organization, Error> {
        check_name("name", name, LONGEST_NAME)?;
        let update = &Permission::ORGANIZATION_UPDATE;
        self.allow_on(actor, update, Place::In(id), "organization").await?;
        let note = self
            .note(actor, "organization.rename", ("organization", id.uuid()))
            .of(id)
            .saying("name", name);
        let fact = self.shared.store.rename_organization(id, name, note);
        changed(self.enrol(&[], fact).await?, "organization")?;
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

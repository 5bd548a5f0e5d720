//! Groups: some members of an organization, and the applications that are shared with them.

use super::Group;
use super::manage::{LONGEST_NAME, check_naming, naming};
use super::store::Naming;
use crate::account::User;
use crate::account::manage::{changed, created};
use crate::actor::{Actor, Place};
use crate::application::{Application, check_description};
use crate::authority::Authority;
use crate::error::{Error, Refusal};
use crate::id::{ApplicationId, GroupId, OrganizationId, UserId};
use crate::journal::Draft;
use crate::permission::Permission;
use crate::token::store::Page;
use crate::token::terms::check_name;

impl Authority {
    /// Makes a group.
    pub async fn create_group(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        (name, description): (&str, &str),
    ) -> Result<Group, Error> {
        check_name("name", name, LONGEST_NAME)?;
        check_description(description)?;
        let place = Place::In(organization);
        self.allow_on(actor, &Permission::GROUP_UPDATE, place, "organization").await?;
        let id = self.mint();
        let (now, by) = (self.now(), actor.user());
        let group = Group {
            id,
            number: 0,
            organization,
            name: name.to_owned(),
            description: description.to_owned(),
            created_at: now,
            created_by: by,
            modified_at: now,
            modified_by: by,
        };
        let note = self.group_note(actor, "group.create", &group).saying("name", name);
        let fact = self.shared.store.create_group(&group, note);
        let number = created(self.enrol(&[], fact).await?, "organization")?;
        Ok(Group { number, ..group })
    }

    /// The groups of an organization.
    pub async fn groups(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        page: Page,
    ) -> Result<Vec<Group>, Error> {
        let place = Place::In(organization);
        self.allow_on(actor, &Permission::GROUP_READ, place, "organization").await?;
        Ok(self.shared.store.groups(organization, page).await?)
    }

    /// Changes what a group is called, and what it is for.
    pub async fn update_group(
        &self,
        actor: &Actor,
        id: GroupId,
        change: Naming,
    ) -> Result<Group, Error> {
        check_naming(&change)?;
        let group = self.group_for(actor, id, &Permission::GROUP_UPDATE).await?;
        let change = Naming { by: actor.user(), ..change };
        let note = naming(self.group_note(actor, "group.update", &group), &change);
        let fact = self.shared.store.update_group(id, &change, note);
        created(self.enrol(&[], fact).await?, "group")?;
        Ok(self.shared.store.group(id).await?.ok_or(Refusal::Missing("group"))?)
    }

    /// Deletes a group. Nobody loses a membership by it.
    pub async fn delete_group(&self, actor: &Actor, id: GroupId) -> Result<(), Error> {
        let group = self.group_for(actor, id, &Permission::GROUP_UPDATE).await?;
        let note = self.group_note(actor, "group.delete", &group);
        let fact = self.shared.store.delete_group(id, note);
        Ok(changed(self.enrol(&[], fact).await?, "group")?)
    }

    /// The users in a group.
    pub async fn group_users(
        &self,
        actor: &Actor,
        id: GroupId,
        page: Page,
    ) -> Result<Vec<User>, Error> {
        self.group_for(actor, id, &Permission::GROUP_READ).await?;
        Ok(self.shared.store.group_users(id, page).await?)
    }

    /// Puts a member of the group's organization into the group. Doing so twice is no error.
    pub async fn add_to_group(
        &self,
        actor: &Actor,
        id: GroupId,
        user: UserId,
    ) -> Result<(), Error> {
        let group = self.group_for(actor, id, &Permission::GROUP_UPDATE).await?;
        let member = self.shared.store.membership(user, group.organization).await?;
        member.ok_or(Refusal::Missing("user"))?;
        let note = self.group_note(actor, "group.add", &group).saying("user", user.to_string());
        let users = [user];
        let fact = self.shared.store.add_to_group(id, &users, note);
        self.enrol(&[], fact).await?;
        Ok(())
    }

    /// Takes a user out of a group.
    pub async fn remove_from_group(
        &self,
        actor: &Actor,
        id: GroupId,
        user: UserId,
    ) -> Result<(), Error> {
        let group = self.group_for(actor, id, &Permission::GROUP_UPDATE).await?;
        let note = self.group_note(actor, "group.remove", &group).saying("user", user.to_string());
        let fact = self.shared.store.remove_from_group(id, user, note);
        Ok(changed(self.enrol(&[], fact).await?, "user")?)
    }

    /// The applications shared with a group.
    pub async fn group_applications(
        &self,
        actor: &Actor,
        id: GroupId,
        page: Page,
    ) -> Result<Vec<Application>, Error> {
        self.group_for(actor, id, &Permission::GROUP_READ).await?;
        Ok(self.shared.store.group_applications(id, page).await?)
    }

    /// Shares applications of the group's organization with the group. Doing so twice is no error.
    pub async fn share_with_group(
        &self,
        actor: &Actor,
        id: GroupId,
        applications: &[ApplicationId],
    ) -> Result<(), Error> {
        let group = self.group_for(actor, id, &Permission::GROUP_UPDATE).await?;
        for application in applications {
            let found = self.shared.store.application(*application).await?;
            let here = found.filter(|found| found.organization == group.organization);
            here.ok_or(Refusal::Missing("application"))?;
        }
        let names: Vec<String> = applications.iter().map(ToString::to_string).collect();
        let note =
            self.group_note(actor, "group.share", &group).saying("applications", names.join(" "));
        let fact = self.shared.store.share_with_group(id, applications, note);
        self.enrol(&[], fact).await?;
        Ok(())
    }

    /// Ends the sharing of an application with a group.
    pub async fn unshare_with_group(
        &self,
        actor: &Actor,
        id: GroupId,
        application: ApplicationId,
    ) -> Result<(), Error> {
        let group = self.group_for(actor, id, &Permission::GROUP_UPDATE).await?;
        let note = self
            .group_note(actor, "group.unshare", &group)
            .saying("application", application.to_string());
        let fact = self.shared.store.unshare_with_group(id, application, note);
        Ok(changed(self.enrol(&[], fact).await?, "application")?)
    }

    async fn group_for(
        &self,
        actor: &Actor,
        id: GroupId,
        permission: &Permission,
    ) -> Result<Group, Error> {
        let missing = Refusal::Missing("group");
        let group = self.shared.store.group(id).await?.ok_or(missing)?;
        self.allow_on(actor, permission, Place::In(group.organization), "group").await?;
        Ok(group)
    }

    fn group_note(&self, actor: &Actor, action: &str, group: &Group) -> Draft {
        self.note(actor, action, ("group", group.id.uuid())).of(group.organization)
    }
}

//! Who belongs to an organization, as what.

use super::{Membership, Seat};
use crate::account::manage::{created, removed};
use crate::account::recover::check_optional;
use crate::account::store::Creation;
use crate::account::{User, canonical};
use crate::actor::{Actor, Place};
use crate::authority::Authority;
use crate::error::{Error, Refusal};
use crate::id::{OrganizationId, UserId};
use crate::journal::Subject;
use crate::permission::{Permission, Role};
use crate::token::store::Page;
use crate::token::terms::check_command;

/// Somebody who is invited by address.
#[derive(Debug, Clone, Copy, Default)]
pub struct Invited<'a> {
    /// The address.
    pub email: &'a str,
    /// Given name, for whoever has no account yet; may be empty.
    pub first_name: &'a str,
    /// Family name, likewise.
    pub last_name: &'a str,
}

impl<'a> From<&'a str> for Invited<'a> {
    fn from(email: &'a str) -> Self {
        Self { email, ..Self::default() }
    }
}

impl Authority {
    /// The members of an organization, in the order of their users' numbers.
    pub async fn members(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        page: Page,
    ) -> Result<Vec<(User, Membership)>, Error> {
        let place = Place::In(organization);
        self.allow_on(actor, &Permission::MEMBER_READ, place, "organization").await?;
        Ok(self.shared.store.members(organization, page).await?)
    }

    /// Gives a user a place in an organization: one whom the actor may know of. Others are invited
    /// by address.
    pub async fn add_member(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        (user, role): (UserId, Role),
    ) -> Result<(), Error> {
        let place = Place::In(organization);
        let mine = self.allow_on(actor, &Permission::MEMBER_UPDATE, place, "organization").await?;
        check_command(mine, role)?;
        if !self.knows_of(actor, user).await? {
            return Err(Refusal::Missing("user").into());
        }
        self.keep_member(actor, organization, (user, Seat::of(role))).await
    }

    /// Whether an actor may know that there is such a user: it sees the whole installation, or the
    /// members of an organization that the user is in.
    async fn knows_of(&self, actor: &Actor, user: UserId) -> Result<bool, Error> {
        if actor.organization().is_none() && actor.marks().hold(&Permission::INSTALLATION_READ) {
            return Ok(true);
        }
        for place in self.shared.store.memberships_of(user).await? {
            let role = self.role_in(actor, place.organization).await?;
            if role.is_some_and(|role| role.holds(&Permission::MEMBER_READ)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Gives a user a place, whom the actor is known to see.
    pub(crate) async fn seat_new(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        (user, seat): (UserId, Seat),
    ) -> Result<(), Error> {
        let place = Place::In(organization);
        let mine = self.allow_on(actor, &Permission::MEMBER_UPDATE, place, "organization").await?;
        check_command(mine, seat.role)?;
        self.keep_member(actor, organization, (user, seat)).await
    }

    async fn keep_member(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        (user, seat): (UserId, Seat),
    ) -> Result<(), Error> {
        let created_at = self.now();
        let membership = Membership {
            user,
            organization,
            role: seat.role,
            apart: seat.apart,
            created_at,
            modified_at: created_at,
        };
        let forget = Subject::User(user);
        let note = self
            .note(actor, "member.add", ("user", user.uuid()))
            .of(organization)
            .saying("role", seat.role.as_str())
            .forgetting(forget);
        let fact = self.shared.store.add_member(&membership, note);
        created(self.enrol(&[forget], fact).await?, "user")?;
        Ok(())
    }

    /// Gives somebody a place by address. Whoever has no account yet gets one, and a mail with a
    /// link to set a password.
    pub async fn invite(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        (invited, role): (Invited<'_>, Role),
    ) -> Result<(User, Membership), Error> {
        let email = invited.email;
        let place = Place::In(organization);
        let mine = self.allow_on(actor, &Permission::MEMBER_UPDATE, place, "organization").await?;
        check_command(mine, role)?;
        let found = self.shared.store.user_by_login(&canonical(email)).await?;
        let user = match found {
            // Whose user name an address is need not be whose address it is.
            Some((user, _)) if user.email.as_deref().map(canonical) != Some(canonical(email)) => {
                return Err(Refusal::Taken("email").into());
            }
            Some((user, _)) => user,
            None => self.invite_new(actor, invited).await?,
        };
        // Who is a member already gets no letter for it.
        if self.shared.store.membership(user.id, organization).await?.is_some() {
            return Err(Refusal::Taken("membership").into());
        }
        // Whoever has not shown to read this address proves it by the letter. A password that was
        // set before, by whomever, is replaced then.
        if user.confirmed_at.is_none() {
            self.count_request("invite", email, None).await?;
            self.mail_reset(&user, "You are invited").await?;
        }
        self.keep_member(actor, organization, (user.id, Seat::of(role))).await?;
        let found = self.shared.store.membership(user.id, organization).await?;
        Ok((user, found.ok_or(Refusal::Missing("user"))?))
    }

    async fn invite_new(&self, actor: &Actor, invited: Invited<'_>) -> Result<User, Error> {
        let user = self.new_user(invited.email, Some(invited.email))?;
        let first_name = check_optional("first_name", invited.first_name)?;
        let last_name = check_optional("last_name", invited.last_name)?;
        let user = User { first_name, last_name, ..user };
        let note = self.note(actor, "user.invite", ("user", user.id.uuid()));
        let fact = self.shared.store.create_user(&user, None, note);
        match self.enrol(&[], fact).await? {
            Creation::Done(_) => Ok(user),
            Creation::Taken(field) => Err(Refusal::Taken(field).into()),
            Creation::Missing => Err(Refusal::Missing("user").into()),
        }
    }

    /// Changes a member's role. Every token the member holds there shrinks or grows with it.
    pub async fn set_role(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        (user, role): (UserId, Role),
    ) -> Result<(), Error> {
        let before = self.member_to_change(actor, organization, user).await?.seat();
        self.change_seat(actor, organization, user, (before, Seat { role, ..before })).await
    }

    pub(crate) async fn change_seat(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        user: UserId,
        (before, seat): (Seat, Seat),
    ) -> Result<(), Error> {
        let role = seat.role;
        self.may_seat(actor, organization, (before.role, role)).await?;
        let forget = Subject::User(user);
        let note = self
            .note(actor, "member.role", ("user", user.uuid()))
            .of(organization)
            .saying("from", before.role.as_str())
            .saying("to", role.as_str())
            .forgetting(forget);
        let fact = self.shared.store.set_seat(user, organization, (before, seat), note);
        removed(self.enrol(&[forget], fact).await?, "user")
    }

    /// Takes a member out of an organization. What the member held there is dead for ever.
    pub async fn remove_member(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<(), Error> {
        let seen = self.member_to_change(actor, organization, user).await?.seat();
        let forget = Subject::User(user);
        let note = self
            .note(actor, "member.remove", ("user", user.uuid()))
            .of(organization)
            .forgetting(forget);
        let fact = self.shared.store.remove_member(user, organization, seen, note);
        removed(self.enrol(&[forget], fact).await?, "user")
    }

    /// Whether the actor may take one role from a member and give another.
    pub(super) async fn may_seat(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        (before, role): (Role, Role),
    ) -> Result<(), Error> {
        let place = Place::In(organization);
        let mine = self.allow_on(actor, &Permission::MEMBER_UPDATE, place, "organization").await?;
        check_command(mine, before)?;
        Ok(check_command(mine, role)?)
    }

    pub(super) async fn member_to_change(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<Membership, Error> {
        let place = Place::In(organization);
        let mine = self.allow_on(actor, &Permission::MEMBER_UPDATE, place, "organization").await?;
        let found = self.shared.store.membership(user, organization).await?;
        let found = found.ok_or(Refusal::Missing("user"))?;
        check_command(mine, found.role)?;
        Ok(found)
    }
}

//! Users as they see themselves, and as administrators see them.

use super::recover::{check_email, check_optional};
use super::store::{Creation, Removal, UserChange, UserUpdate};
use super::{User, password};
use crate::actor::{Actor, Place};
use crate::authority::Authority;
use crate::error::{Error, Refusal};
use crate::id::{OrganizationId, UserId};
use crate::journal::{Once, Subject};
use crate::permission::{Marks, Permission};
use crate::token::store::{Change, Page};
use crate::token::terms::check_name;

/// A user as an administrator wishes one.
#[derive(Clone, Default)]
pub struct NewUser {
    /// Name to log in with: 1 to 150 characters.
    pub username: String,
    /// Address. Without a password, a link to set one is mailed there.
    pub email: Option<String>,
    /// Password.
    pub password: Option<String>,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// Installation-wide marks.
    pub marks: Marks,
    /// The idempotency key.
    pub once: Option<Once>,
}

impl Authority {
    /// The person who acts.
    pub async fn me(&self, actor: &Actor) -> Result<User, Error> {
        self.allow(actor, &Permission::SELF_READ, Place::Oneself).await?;
        let user = self.shared.store.user(Self::person(actor)?).await?;
        Ok(user.ok_or(Refusal::Missing("user"))?)
    }

    /// Changes what the actor may change of itself: names and language.
    pub async fn update_me(&self, actor: &Actor, change: UserChange) -> Result<User, Error> {
        self.allow(actor, &Permission::SELF_UPDATE, Place::Oneself).await?;
        let UserChange { first_name, last_name, language, .. } = change;
        let own = UserChange { first_name, last_name, language, ..UserChange::default() };
        self.change_user(actor, Self::person(actor)?, own).await
    }

    /// Creates a user, whose address counts as confirmed.
    pub async fn create_user(&self, actor: &Actor, new: NewUser) -> Result<User, Error> {
        self.allow(actor, &Permission::INSTALLATION_UPDATE, Place::Installation).await?;
        let installation = self.shared.store.installation().await?;
        let home = installation.map(|installation| installation.organization);
        self.make_user(actor, (new, home)).await
    }

    /// Makes a user, for somebody who may.
    pub(crate) async fn make_user(
        &self,
        actor: &Actor,
        (new, home): (NewUser, Option<OrganizationId>),
    ) -> Result<User, Error> {
        let user = self.new_user(&new.username, new.email.as_deref())?;
        let user = User {
            first_name: check_optional("first_name", &new.first_name)?,
            last_name: check_optional("last_name", &new.last_name)?,
            marks: new.marks,
            home,
            confirmed_at: new.password.is_some().then_some(user.created_at),
            ..user
        };
        let hash = match &new.password {
            Some(password) => {
                password::judge(password, &user, self.shared.policy.logins.shortest_password)?;
                Some(self.shared.hasher.hash(password, &*self.shared.entropy).await?)
            }
            None if user.email.is_none() => {
                return Err(Refusal::invalid("email", "needed where no password is given").into());
            }
            None => None,
        };
        let note = self
            .note(actor, "user.create", ("user", user.id.uuid()))
            .saying("username", user.username.clone())
            .once(new.once.clone());
        let fact = self.shared.store.create_user(&user, hash.as_ref(), note);
        let number = created(self.enrol_once(new.once.as_ref(), &[], fact).await?, "user")?;
        if hash.is_none() {
            self.mail_reset(&user, "Your account").await?;
        }
        Ok(User { number, ..user })
    }

    /// A user, for those who see the whole installation, and each for themselves.
    pub async fn user(&self, actor: &Actor, id: UserId) -> Result<User, Error> {
        if actor.user() == Some(id) {
            return self.me(actor).await;
        }
        let read = &Permission::INSTALLATION_READ;
        self.allow_on(actor, read, Place::Installation, "user").await?;
        Ok(self.shared.store.user(id).await?.ok_or(Refusal::Missing("user"))?)
    }

    /// All users, in the order of their numbers.
    pub async fn users(&self, actor: &Actor, page: Page) -> Result<Vec<User>, Error> {
        self.allow(actor, &Permission::INSTALLATION_READ, Place::Installation).await?;
        Ok(self.shared.store.users(None, page).await?)
    }

    /// Changes a user as an administrator. Nobody takes the own mark away, and nobody the last superuser's.
    pub async fn update_user(
        &self,
        actor: &Actor,
        id: UserId,
        change: UserChange,
    ) -> Result<User, Error> {
        self.allow(actor, &Permission::INSTALLATION_UPDATE, Place::Installation).await?;
        if let Some(username) = &change.username {
            check_name("username", username, 150)?;
        }
        if actor.user() == Some(id) && change.superuser == Some(false) {
            return Err(Refusal::Conflict("nobody demotes themselves").into());
        }
        let Some(email) = change.email.clone() else {
            return self.change_user(actor, id, change).await;
        };
        check_email(&email)?;
        let before = self.shared.store.user(id).await?.ok_or(Refusal::Missing("user"))?;
        let after = self.change_user(actor, id, change).await?;
        if after.confirmed_at.is_none() {
            self.mail_new_address(&before, &after).await?;
        }
        Ok(after)
    }

    pub(crate) async fn change_user(
        &self,
        actor: &Actor,
        id: UserId,
        change: UserChange,
    ) -> Result<User, Error> {
        for (field, name) in [
            ("first_name", &change.first_name),
            ("last_name", &change.last_name),
            ("language", &change.language),
            ("provider", &change.provider.clone().flatten()),
        ] {
            check_optional(field, name.as_deref().unwrap_or_default())?;
        }
        let forget = Subject::User(id);
        let note = self.note(actor, "user.update", ("user", id.uuid())).forgetting(forget);
        let fact = self.shared.store.update_user(id, &change, note);
        match self.enrol(&[forget], fact).await? {
            UserUpdate::Done => {}
            UserUpdate::Missing => return Err(Refusal::Missing("user").into()),
            UserUpdate::Taken(field) => return Err(Refusal::Taken(field).into()),
            UserUpdate::LastSuperuser => return Err(Refusal::LastSuperuser.into()),
        }
        Ok(self.shared.store.user(id).await?.ok_or(Refusal::Missing("user"))?)
    }

    /// Switches a user off, and everything it holds with it; or on again, which revives nothing.
    pub async fn set_user_disabled(
        &self,
        actor: &Actor,
        id: UserId,
        disabled: bool,
    ) -> Result<User, Error> {
        self.allow(actor, &Permission::INSTALLATION_UPDATE, Place::Installation).await?;
        if actor.user() == Some(id) {
            return Err(Refusal::Conflict("nobody switches themselves off").into());
        }
        let forget = Subject::User(id);
        let action = if disabled { "user.disable" } else { "user.enable" };
        let note = self.note(actor, action, ("user", id.uuid())).forgetting(forget);
        let fact = self.shared.store.set_user_disabled(id, disabled, note);
        if self.enrol(&[forget], fact).await? == Removal::LastSuperuser {
            return Err(Refusal::LastSuperuser.into());
        }
        Ok(self.shared.store.user(id).await?.ok_or(Refusal::Missing("user"))?)
    }

    /// Deletes a user for ever. Another may take its name; nothing that it held comes back.
    pub async fn delete_user(&self, actor: &Actor, id: UserId) -> Result<(), Error> {
        self.allow(actor, &Permission::INSTALLATION_UPDATE, Place::Installation).await?;
        if actor.user() == Some(id) {
            return Err(Refusal::Conflict("nobody deletes themselves").into());
        }
        self.remove_user(actor, id).await
    }

    pub(crate) async fn remove_user(&self, actor: &Actor, id: UserId) -> Result<(), Error> {
        let forget = Subject::User(id);
        let note = self.note(actor, "user.delete", ("user", id.uuid())).forgetting(forget);
        let fact = self.shared.store.delete_user(id, note);
        removed(self.enrol(&[forget], fact).await?, "user")
    }
}

pub(crate) fn created(creation: Creation, what: &'static str) -> Result<i64, Refusal> {
    match creation {
        Creation::Done(number) => Ok(number),
        Creation::Taken(field) => Err(Refusal::Taken(field)),
        Creation::Missing => Err(Refusal::Missing(what)),
    }
}

pub(crate) fn removed(removal: Removal, what: &'static str) -> Result<(), Error> {
    match removal {
        Removal::Done => Ok(()),
        Removal::Missing => Err(Refusal::Missing(what).into()),
        Removal::LastOwner => Err(Refusal::LastOwner.into()),
        Removal::LastSuperuser => Err(Refusal::LastSuperuser.into()),
        Removal::Changed => Err(Refusal::Conflict("it was changed meanwhile; look again").into()),
    }
}

pub(crate) fn changed(change: Change, what: &'static str) -> Result<(), Refusal> {
    match change {
        Change::Done => Ok(()),
        Change::Missing => Err(Refusal::Missing(what)),
    }
}

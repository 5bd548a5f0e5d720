//! People, as those see and change them who administer the organizations that they belong to.

use super::May;
use super::cards::narrowed;
use super::sight::Sight;
use crate::account::manage::NewUser;
use crate::account::store::{PasswordEnds, UserChange};
use crate::account::{User, password};
use crate::actor::{Actor, Place};
use crate::authority::Authority;
use crate::error::{Error, Refusal};
use crate::id::{OrganizationId, UserId};
use crate::organization::Membership;
use crate::permission::{Marks, Permission};
use crate::search::{Column, Found, Search, Seats, Thing, Value};

/// A person.
#[derive(Debug, Clone, PartialEq)]
pub struct UserCard {
    /// The person.
    pub user: User,
    /// What the actor may do with the account.
    pub may: May,
}

impl Authority {
    /// People whom the actor sees and who fit.
    pub async fn find_users(
        &self,
        actor: &Actor,
        search: Search,
    ) -> Result<Found<UserCard>, Error> {
        let sight = self.sight(actor).await?;
        let search = narrowed(search, &sight)?;
        let found = self.shared.store.find_users(&search).await?;
        let mut items = Vec::new();
        for user in found.items {
            let places = self.places_of(&sight, &user).await?;
            let edit = sight.may_change(&user, &places);
            let delete = edit && user.id != sight.user;
            items.push(UserCard { user, may: May { edit, delete } });
        }
        Ok(Found { items, count: found.count })
    }

    async fn places_of(&self, sight: &Sight, user: &User) -> Result<Vec<Membership>, Error> {
        if sight.depends_on_places(user) {
            return Ok(self.shared.store.memberships_of(user.id).await?);
        }
        Ok(Vec::new())
    }

    /// A person whom the actor sees.
    pub(super) async fn seen_person(&self, sight: &Sight, id: UserId) -> Result<User, Error> {
        let one = Search::one(Thing::User, Column::Id, Value::Id(id.uuid()));
        let found = self.shared.store.find_users(&one.within(sight.of(Thing::User))).await?;
        Ok(found.items.into_iter().next().ok_or(Refusal::Missing("user"))?)
    }

    /// Whether the actor administers any organization.
    pub async fn administers_somewhere(&self, actor: &Actor) -> Result<bool, Error> {
        Ok(self.sight(actor).await?.administers_somewhere())
    }

    /// The person, if the actor may change the account.
    async fn person_to_change(&self, actor: &Actor, id: UserId) -> Result<User, Error> {
        let sight = self.sight(actor).await?;
        let user = self.seen_person(&sight, id).await?;
        let places = self.places_of(&sight, &user).await?;
        if !sight.may_change(&user, &places) {
            return Err(Refusal::NotPermitted(Permission::MEMBER_UPDATE).into());
        }
        if actor.user() == Some(id) {
            self.allow(actor, &Permission::SELF_UPDATE, Place::Oneself).await?;
        } else if actor.marks().superuser {
            self.allow(actor, &Permission::INSTALLATION_UPDATE, Place::Installation).await?;
        } else {
            for place in user.home.into_iter().chain(places.iter().map(|p| p.organization)) {
                self.allow(actor, &Permission::MEMBER_UPDATE, Place::In(place)).await?;
            }
        }
        Ok(user)
    }

    /// Changes what a person is called, and sets a password if one is given, as far as the actor may:
    /// nobody but a superuser gives marks, an address or a name that looks like one, nobody changes the
    /// own user name, and one's own password only where the present one was just shown. A new password
    /// ends log-ins and leaves tokens.
    ///
    /// # Errors
    ///
    /// A [`Refusal`] if a rule is broken, before anything is changed.
    pub async fn change_person(
        &self,
        actor: &Actor,
        id: UserId,
        (change, password): (UserChange, Option<&str>),
    ) -> Result<User, Error> {
        let user = self.person_to_change(actor, id).await?;
        let change = real_change(&user, change);
        let superuser = actor.marks().superuser;
        if !superuser && (is_beyond(&change) || names_oneself(actor, id, &change)) {
            return Err(Refusal::NotPermitted(Permission::INSTALLATION_UPDATE).into());
        }
        let hash = match password {
            Some(_) if actor.user() == Some(id) && !actor.showed_password() => {
                return Err(Refusal::PasswordWrong.into());
            }
            Some(new) => {
                password::judge(new, &user, self.shared.policy.logins.shortest_password)?;
                Some(self.shared.hasher.hash(new, &*self.shared.entropy).await?)
            }
            None => None,
        };
        if change != UserChange::default() {
            if superuser {
                self.update_user(actor, id, change).await?;
            } else {
                self.change_user(actor, id, change).await?;
            }
        }
        if let Some(hash) = hash {
            let ends = PasswordEnds { keep: None, tokens: false };
            self.set_password(&user, &hash, actor.by(), ends).await?;
        }
        Ok(self.shared.store.user(id).await?.ok_or(Refusal::Missing("user"))?)
    }

    /// Makes a user who is at once a member of an organization: of the installation's own ones by those who
    /// administer it. What they make has no marks and no address, which only its owner can confirm.
    pub async fn create_person_in(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        (new, seats): (NewUser, Seats),
    ) -> Result<User, Error> {
        let place = Place::In(organization);
        self.allow_on(actor, &Permission::MEMBER_UPDATE, place, "organization").await?;
        let found = self.shared.store.organization(organization).await?;
        let own = found.is_some_and(|found| !found.tenant);
        let superuser = actor.marks().superuser;
        let plain =
            new.marks == Marks::default() && new.email.is_none() && !new.username.contains('@');
        if !(superuser || (own && plain)) {
            return Err(Refusal::NotPermitted(Permission::INSTALLATION_UPDATE).into());
        }
        if superuser {
            self.allow(actor, &Permission::INSTALLATION_UPDATE, Place::Installation).await?;
        }
        let user = self.make_user(actor, (new, Some(organization).filter(|_| own))).await?;
        self.give_seat(actor, organization, (user.id, seats)).await?;
        Ok(user)
    }

    /// Deletes a person, as far as the actor may change the account. Nobody deletes themselves.
    pub async fn delete_person(&self, actor: &Actor, id: UserId) -> Result<(), Error> {
        let user = self.person_to_change(actor, id).await?;
        if actor.user() == Some(user.id) {
            return Err(Refusal::NotPermitted(Permission::INSTALLATION_UPDATE).into());
        }
        self.remove_user(actor, id).await
    }
}

/// Whether a change is a superuser's.
fn is_beyond(change: &UserChange) -> bool {
    let address = change.username.as_ref().is_some_and(|name| name.contains('@'));
    let marks = change.superuser.is_some() || change.system_auditor.is_some();
    address || marks || change.email.is_some() || change.provider.is_some()
}

fn names_oneself(actor: &Actor, id: UserId, change: &UserChange) -> bool {
    change.username.is_some() && actor.user() == Some(id)
}

/// What of a change is one.
fn real_change(user: &User, change: UserChange) -> UserChange {
    UserChange {
        username: change.username.filter(|new| *new != user.username),
        email: change.email.filter(|new| *new != user.email.clone().unwrap_or_default()),
        first_name: change.first_name.filter(|new| *new != user.first_name),
        last_name: change.last_name.filter(|new| *new != user.last_name),
        language: change.language.filter(|new| *new != user.language),
        superuser: change.superuser.filter(|new| *new != user.marks.superuser),
        system_auditor: change.system_auditor.filter(|new| *new != user.marks.system_auditor),
        provider: change.provider.filter(|new| *new != user.provider),
    }
}

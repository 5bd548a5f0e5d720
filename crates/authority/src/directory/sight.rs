//! Who sees what.

use crate::account::User;
use crate::actor::{Actor, Place};
use crate::application::Application;
use crate::authority::Authority;
use crate::error::{Error, Refusal};
use crate::id::{OrganizationId, UserId};
use crate::organization::{Membership, Organization};
use crate::permission::{Marks, Permission, Role};
use crate::scope::Scopes;
use crate::search::{Column, Condition, Link, Path, Search, Seats, Test, Thing, Value};
use crate::token::{Holder, Token};

/// What an actor's place in the world lets it see and change.
pub(super) struct Sight {
    pub(super) user: UserId,
    marks: Marks,
    scopes: Scopes,
    /// Whether the installation itself made the account.
    housed: bool,
    /// Whether its credential may change anything.
    pub(super) writes: bool,
    /// Its places in organizations that are not suspended.
    places: Vec<(Membership, Organization)>,
}

impl Authority {
    /// Gathers what an actor sees. Only a person has sight, by a credential that reads, and is bound
    /// to no organization.
    pub(super) async fn sight(&self, actor: &Actor) -> Result<Sight, Error> {
        self.allow(actor, &Permission::SELF_READ, Place::Oneself).await?;
        let user = Self::person(actor)?;
        if actor.organization().is_some() {
            return Err(Refusal::NotPermitted(Permission::SELF_READ).into());
        }
        let mut places = Vec::new();
        for place in self.shared.store.memberships_of(user).await? {
            let found = self.shared.store.organization(place.organization).await?;
            let open = found.filter(|found| found.suspended_at.is_none());
            places.extend(open.map(|found| (place, found)));
        }
        let home = self.shared.store.user(user).await?.and_then(|user| user.home);
        let scopes = actor.scopes().clone();
        let writes = scopes.cover(&Permission::SELF_UPDATE);
        let (marks, housed) = (actor.marks(), home.is_some());
        Ok(Sight { user, marks, scopes, housed, writes, places })
    }
}

impl Sight {
    /// Whether its marks, under its credential's scopes, give it a permission everywhere.
    fn marked(&self, permission: &Permission) -> bool {
        self.marks.hold(permission) && self.scopes.cover(permission)
    }

    /// Whether it sees everything.
    pub(super) fn sees_all(&self) -> bool {
        self.marked(&Permission::INSTALLATION_READ)
    }

    /// Its role in an organization; none without a place there.
    fn role_in(&self, organization: OrganizationId) -> Option<Role> {
        let here = |(place, _): &&(Membership, Organization)| place.organization == organization;
        self.places.iter().find(here).map(|(place, _)| place.role)
    }

    /// Whether it holds a permission in an organization.
    pub(super) fn holds(&self, permission: &Permission, organization: OrganizationId) -> bool {
        let placed = self.role_in(organization).is_some_and(|role| role.holds(permission));
        (self.marks.hold(permission) || placed) && self.scopes.cover(permission)
    }

    /// Whether it audits or administers an organization, by a mark or by its role.
    pub(super) fn audits(&self, organization: OrganizationId) -> bool {
        let inside = [Role::Auditor, Role::Admin, Role::Owner];
        let marked = self.marks.superuser || self.marks.system_auditor;
        marked || self.role_in(organization).is_some_and(|role| inside.contains(&role))
    }

    /// The organizations in which it holds a permission by its role.
    fn where_it_holds(&self, permission: &Permission) -> Vec<OrganizationId> {
        let covered = self.scopes.cover(permission);
        let holds = self.places.iter().filter(|(place, _)| covered && place.role.holds(permission));
        holds.map(|(place, _)| place.organization).collect()
    }

    /// The installation's own organizations that it administers.
    pub(super) fn administered(&self) -> Vec<OrganizationId> {
        let covered = self.scopes.cover(&Permission::MEMBER_UPDATE);
        let own = self.places.iter().filter(|(_, organization)| covered && !organization.tenant);
        let admin = own.filter(|(place, _)| place.role >= Role::Admin);
        admin.map(|(place, _)| place.organization).collect()
    }

    /// Whether it may delete an organization: one that somebody founded as its owner, any other as its
    /// administrator.
    pub(super) fn may_delete(&self, organization: &Organization) -> bool {
        self.holds(organization.deleting(), organization.id)
    }

    /// Whether it administers any organization at all.
    pub(super) fn administers_somewhere(&self) -> bool {
        let update = &Permission::ORGANIZATION_UPDATE;
        self.marked(update) || !self.where_it_holds(update).is_empty()
    }

    /// Whether it sees each user of the installation: those who look after one of the
    /// installation's own organizations do.
    fn sees_everybody(&self) -> bool {
        let covered = self.scopes.cover(&Permission::MEMBER_READ);
        let looks_after = |role: Role| role >= Role::Admin || role == Role::Auditor;
        let own = self.places.iter().filter(|(_, organization)| covered && !organization.tenant);
        self.sees_all() || own.map(|(place, _)| place.role).any(looks_after)
    }

    /// What holds of each thing that it sees.
    pub(super) fn of(&self, thing: Thing) -> Condition {
        match thing {
            Thing::User if self.sees_everybody() => Condition::always(),
            _ if self.sees_all() => Condition::always(),
            Thing::User => self.users(),
            Thing::Organization => {
                let places: Vec<_> =
                    self.places.iter().map(|(place, _)| place.organization).collect();
                among(thing, &[], Column::Id, &places)
            }
            Thing::Group => self.within(thing, &[Link::Organization], &Permission::GROUP_READ),
            Thing::Client => {
                self.within(thing, &[Link::Organization], &Permission::APPLICATION_READ)
            }
            Thing::Token => {
                let links = [Link::Client, Link::Organization];
                let granted = self.within(thing, &links, &Permission::GRANT_READ);
                Condition::Any(vec![self.me(thing, &[Link::User]), granted])
            }
            // These are searched within one organization, not across what somebody sees.
            Thing::Application | Thing::ServiceAccount | Thing::Integration => Condition::never(),
            Thing::Entry => {
                let there = self.where_it_holds(&Permission::JOURNAL_READ);
                let there = among(thing, &[], Column::OrganizationId, &there);
                Condition::Any(vec![self.me(thing, &[Link::User]), there])
            }
        }
    }

    /// Oneself and the members of one's organizations; and superusers, if one belongs to the
    /// installation and is not just somebody who registered.
    fn users(&self) -> Condition {
        let belongs = self.housed || self.places.iter().any(|(_, there)| !there.tenant);
        let superusers = if belongs && self.scopes.cover(&Permission::MEMBER_READ) {
            Search::is(Thing::User, &[], Column::Superuser, Value::Boolean(true))
        } else {
            Condition::never()
        };
        let fellows = self.where_it_holds(&Permission::MEMBER_READ);
        let me = self.me(Thing::User, &[]);
        Condition::Any(vec![me, superusers, Condition::Seated(Seats::Member, fellows)])
    }

    fn me(&self, thing: Thing, links: &[Link]) -> Condition {
        Search::is(thing, links, Column::Id, Value::Id(self.user.uuid()))
    }

    fn within(&self, thing: Thing, links: &[Link], permission: &Permission) -> Condition {
        among(thing, links, Column::Id, &self.where_it_holds(permission))
    }

    /// Whether it may change this user: itself, each as a superuser, and as an administrator those whose
    /// account was made in an organization of the installation that it administers, who belong to
    /// nothing else, own nothing and have no mark.
    pub(super) fn may_change(&self, user: &User, places: &[Membership]) -> bool {
        let mine = self.administered();
        let below = user.home.is_some_and(|home| mine.contains(&home))
            && places.iter().all(|place| mine.contains(&place.organization))
            && places.iter().all(|place| place.role < Role::Owner)
            && user.marks == Marks::default();
        let update = &Permission::INSTALLATION_UPDATE;
        self.marked(update) || (self.writes && self.user == user.id) || below
    }

    /// Whether it may change this token of a person's: its own, each as a superuser, and those that were
    /// made through an application of an organization which it administers.
    pub(super) fn may_change_token(&self, token: &Token, through: Option<&Application>) -> bool {
        let granted =
            through.is_some_and(|one| self.holds(&Permission::GRANT_UPDATE, one.organization));
        let others = self.marked(&Permission::TOKEN_UPDATE);
        others || (self.writes && token.holder == Holder::User(self.user)) || granted
    }

    /// Whether [`Sight::may_change`] needs the places of this user to tell.
    pub(super) fn depends_on_places(&self, user: &User) -> bool {
        self.user != user.id && !self.administered().is_empty()
    }
}

/// That a column is one of these organizations.
fn among(
    thing: Thing,
    links: &[Link],
    column: Column,
    organizations: &[OrganizationId],
) -> Condition {
    let ids = organizations.iter().map(|id| Value::Id(id.uuid())).collect();
    Path::across(thing, links, column)
        .map_or(Condition::never(), |path| Condition::Test(path, Test::In(ids)))
}

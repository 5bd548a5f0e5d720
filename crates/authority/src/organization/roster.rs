//! Members with their groups, as one list of an organization shows them.

use std::collections::HashMap;

use super::{Group, Invited, Membership};
use crate::account::User;
use crate::account::manage::changed;
use crate::actor::{Actor, Place};
use crate::application::Application;
use crate::authority::Authority;
use crate::error::{Error, Refusal};
use crate::id::{OrganizationId, UserId};
use crate::organization::manage::LONGEST_NAME;
use crate::permission::{Permission, Role};
use crate::search::{Column, Condition, Found, LONGEST_ANSWER, Link, Search, Seats, Thing, Value};
use crate::slug::Named;
use crate::token::terms::check_name;

/// The most groups that a member is put into at once.
const MOST_GROUPS: usize = 100;

/// A member of an organization.
#[derive(Debug, Clone, PartialEq)]
pub struct Collaborator {
    /// Who.
    pub user: User,
    /// As what.
    pub place: Membership,
    /// The names of the groups that the member is in, in alphabetic order.
    pub groups: Vec<String>,
}

impl Authority {
    /// Those members of an organization who fit, as users.
    pub async fn find_collaborators(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        search: Search,
    ) -> Result<Found<Collaborator>, Error> {
        let place = Place::In(organization);
        self.allow_on(actor, &Permission::MEMBER_READ, place, "organization").await?;
        search.check()?;
        let seated = Condition::Seated(Seats::Any, vec![organization]);
        let found = self.shared.store.find_users(&search.within(seated)).await?;
        let items = self.with_places(organization, found.items).await?;
        Ok(Found { items, count: found.count })
    }

    async fn with_places(
        &self,
        organization: OrganizationId,
        users: Vec<User>,
    ) -> Result<Vec<Collaborator>, Error> {
        let ids: Vec<UserId> = users.iter().map(|user| user.id).collect();
        let places = self.shared.store.places_of(organization, &ids).await?;
        let mut places: HashMap<UserId, (Membership, Vec<String>)> =
            places.into_iter().map(|place| (place.0.user, place)).collect();
        // Who left between the two reads is left out.
        let joined = users.into_iter().filter_map(|user| {
            let (place, groups) = places.remove(&user.id)?;
            Some(Collaborator { user, place, groups })
        });
        Ok(joined.collect())
    }

    /// The member that an address names: by the user's number, and when it became a member.
    pub async fn collaborator(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        named: &Named,
    ) -> Result<Collaborator, Error> {
        let Named::Numbered { number, second } = *named else {
            return Err(Refusal::Missing("user").into());
        };
        let search = Search::numbered(Thing::User, number);
        let found = self.find_collaborators(actor, organization, search).await?;
        let fits = |found: &Collaborator| found.place.created_at.as_second() == second;
        let one = found.items.into_iter().next().filter(fits);
        Ok(one.ok_or(Refusal::Missing("user"))?)
    }

    /// A member as it is now.
    pub async fn collaborator_of(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<Collaborator, Error> {
        let search = Search::one(Thing::User, Column::Id, Value::Id(user.uuid()));
        let found = self.find_collaborators(actor, organization, search).await?;
        Ok(found.items.into_iter().next().ok_or(Refusal::Missing("user"))?)
    }

    /// Each member with each application, of the first 1,000, member by member: a stretch of that list, and how
    /// long it is.
    pub async fn collaborators_by_application(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        (offset, limit): (u64, u32),
    ) -> Result<Found<(Collaborator, Application)>, Error> {
        let place = Place::In(organization);
        self.allow_on(actor, &Permission::MEMBER_READ, place, "organization").await?;
        let limit = limit.min(LONGEST_ANSWER);
        let all = Search {
            limit: LONGEST_ANSWER,
            ..Search::over(Thing::Application, Condition::always())
        };
        let applications = self.find_applications(actor, organization, all).await?.items;
        let width = u64::try_from(applications.len()).unwrap_or(u64::MAX);
        let Some(first) = offset.checked_div(width) else {
            return Ok(Found { items: Vec::new(), count: Some(0) });
        };
        let rows = u64::from(limit).div_ceil(width) + 1;
        let people = Search {
            offset: first,
            limit: u32::try_from(rows).unwrap_or(LONGEST_ANSWER).min(LONGEST_ANSWER),
            ..Search::over(Thing::User, Condition::always())
        };
        let people = self.find_collaborators(actor, organization, people).await?;
        let pairs = people.items.iter().flat_map(|person| {
            applications.iter().map(move |application| (person.clone(), application.clone()))
        });
        let skipped = usize::try_from(offset % width).unwrap_or(usize::MAX);
        let shown = usize::try_from(limit).unwrap_or(usize::MAX);
        let items = pairs.skip(skipped).take(shown).collect();
        Ok(Found { items, count: people.count.map(|count| count.saturating_mul(width)) })
    }

    /// Those groups of an organization that fit.
    pub async fn find_groups_in(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        search: Search,
    ) -> Result<Found<Group>, Error> {
        let place = Place::In(organization);
        self.allow_on(actor, &Permission::GROUP_READ, place, "organization").await?;
        search.check()?;
        let here = Value::Id(organization.uuid());
        let own = Search::is(Thing::Group, &[Link::Organization], Column::Id, here);
        Ok(self.shared.store.find_groups(&search.within(own)).await?)
    }

    /// Puts a member into the groups of these names and no others. Those that are not there yet are made.
    pub async fn set_member_groups(
        &self,
        actor: &Actor,
        (organization, user): (OrganizationId, UserId),
        names: &[String],
    ) -> Result<(), Error> {
        let place = Place::In(organization);
        self.allow_on(actor, &Permission::GROUP_UPDATE, place, "organization").await?;
        let groups = self.groups_named(actor, organization, names)?;
        let note = self
            .note(actor, "member.groups", ("user", user.uuid()))
            .of(organization)
            .saying("groups", told(&groups));
        let fact = self.shared.store.set_member_groups(user, organization, &groups, note);
        Ok(changed(self.enrol(&[], fact).await?, "user")?)
    }

    /// Invites somebody as a member who holds nothing yet, into the groups of these names.
    pub async fn invite_collaborator(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        (invited, names): (Invited<'_>, &[String]),
    ) -> Result<Collaborator, Error> {
        // What may be refused comes first, so that nothing is done by halves.
        if !names.is_empty() {
            self.check_groups(actor, organization, names).await?;
        }
        let (user, _) = self.invite(actor, organization, (invited, Role::Unassigned)).await?;
        if !names.is_empty() {
            self.set_member_groups(actor, (organization, user.id), names).await?;
        }
        self.collaborator_of(actor, organization, user.id).await
    }

    /// Changes a member's role and groups; what is `None` stays.
    pub async fn change_collaborator(
        &self,
        actor: &Actor,
        (organization, named): (OrganizationId, &Named),
        (role, groups): (Option<Role>, Option<&[String]>),
    ) -> Result<Collaborator, Error> {
        let user = self.collaborator(actor, organization, named).await?.user.id;
        // What may be refused comes first, so that nothing is done by halves.
        if let Some(role) = role {
            let seen = self.member_to_change(actor, organization, user).await?;
            self.may_seat(actor, organization, (seen.role, role)).await?;
        }
        if let Some(names) = groups {
            self.check_groups(actor, organization, names).await?;
        }
        // The role last: who gives up their own may not change the groups any more.
        if let Some(names) = groups {
            self.set_member_groups(actor, (organization, user), names).await?;
        }
        if let Some(role) = role {
            self.set_role(actor, organization, (user, role)).await?;
        }
        self.collaborator_of(actor, organization, user).await
    }

    async fn check_groups(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        names: &[String],
    ) -> Result<(), Error> {
        self.groups_named(actor, organization, names)?;
        let place = Place::In(organization);
        self.allow_on(actor, &Permission::GROUP_UPDATE, place, "organization").await?;
        Ok(())
    }

    /// Groups of these names as they would be made, each once.
    fn groups_named(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        names: &[String],
    ) -> Result<Vec<Group>, Refusal> {
        if names.len() > MOST_GROUPS {
            return Err(Refusal::invalid("tags", format!("at most {MOST_GROUPS}")));
        }
        let mut sorted: Vec<&String> = names.iter().collect();
        sorted.sort();
        sorted.dedup();
        let now = self.now();
        let make = |name: &String| {
            check_name("tags", name, LONGEST_NAME)?;
            Ok(Group {
                id: self.mint(),
                number: 0,
                organization,
                name: name.clone(),
                description: String::new(),
                created_at: now,
                created_by: actor.user(),
                modified_at: now,
                modified_by: actor.user(),
            })
        };
        sorted.into_iter().map(make).collect()
    }
}

/// The names of groups as an entry tells them, of so many as are short.
fn told(groups: &[Group]) -> String {
    const MOST_TOLD: usize = 1_000;
    let names: Vec<&str> = groups.iter().map(|group| group.name.as_str()).collect();
    let all = names.join(", ");
    match all.char_indices().nth(MOST_TOLD) {
        Some((end, _)) => format!("{}…", all.get(..end).unwrap_or_default()),
        None => all,
    }
}

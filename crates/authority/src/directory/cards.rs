//! Organizations, groups, OAuth 2 clients and tokens, each with what is shown beside it.

use std::collections::HashMap;

use uuid::Uuid;

use super::May;
use super::sight::Sight;
use crate::account::User;
use crate::actor::Actor;
use crate::application::Application;
use crate::authority::Authority;
use crate::error::{Error, Refusal};
use crate::id::{ApplicationId, OrganizationId, UserId};
use crate::organization::{Group, Organization};
use crate::permission::Permission;
use crate::search::{Column, Condition, Found, Link, Path, Search, Seats, Test, Thing, Value};
use crate::token::{Holder, Token};

/// How many of a client's tokens are on its card.
const TOKENS_ON_CARD: u32 = 10;

/// An organization with its people.
#[derive(Debug, Clone, PartialEq)]
pub struct OrganizationCard {
    /// The organization.
    pub organization: Organization,
    /// Who made it.
    pub created_by: Option<User>,
    /// Who changed it last.
    pub modified_by: Option<User>,
    /// Members who are not apart.
    pub users: u64,
    /// Admins and owners.
    pub admins: u64,
    /// Groups that the actor is in; all of them for those who audit or administer it.
    pub groups: u64,
    /// What the actor may do with it.
    pub may: May,
}

/// A group.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupCard {
    /// The group.
    pub group: Group,
    /// Where it is.
    pub organization: Option<Organization>,
    /// Who made it.
    pub created_by: Option<User>,
    /// Who changed it last.
    pub modified_by: Option<User>,
    /// What the actor may do with it.
    pub may: May,
}

/// An OAuth 2 client with some of its tokens.
#[derive(Debug, Clone, PartialEq)]
pub struct ClientCard {
    /// The application.
    pub application: Application,
    /// Where it is.
    pub organization: Option<Organization>,
    /// Those of its tokens that the actor sees: how many, and the first 10.
    pub tokens: Found<Token>,
    /// What the actor may do with it.
    pub may: May,
}

/// A token with whose it is.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenCard {
    /// The token.
    pub token: Token,
    /// Its holder.
    pub user: Option<User>,
    /// The application that it was made through.
    pub application: Option<Application>,
    /// What the actor may do with it.
    pub may: May,
}

impl Authority {
    /// Organizations that the actor sees and that fit.
    pub async fn find_organizations(
        &self,
        actor: &Actor,
        search: Search,
    ) -> Result<Found<OrganizationCard>, Error> {
        let sight = self.sight(actor).await?;
        let search = narrowed(search, &sight)?;
        let found = self.shared.store.find_organizations(&search).await?;
        let people = found.items.iter().flat_map(|one| [one.created_by, one.modified_by]);
        let people = self.people(people.flatten().collect()).await?;
        let mut items = Vec::new();
        for organization in found.items {
            items.push(self.organization_card(&sight, organization, &people).await?);
        }
        Ok(Found { items, count: found.count })
    }

    async fn organization_card(
        &self,
        sight: &Sight,
        organization: Organization,
        people: &HashMap<UserId, User>,
    ) -> Result<OrganizationCard, Error> {
        let id = organization.id;
        let seated = |seats| counting(Thing::User, Condition::Seated(seats, vec![id]));
        let groups =
            Search::is(Thing::Group, &[Link::Organization], Column::Id, Value::Id(id.uuid()));
        let groups =
            if sight.audits(id) { groups } else { groups.and(Condition::Holds(sight.user)) };
        let store = &self.shared.store;
        let count = |found: Option<u64>| found.unwrap_or_default();
        let users = count(store.find_users(&seated(Seats::Member)).await?.count);
        let admins = count(store.find_users(&seated(Seats::Admin)).await?.count);
        let groups = count(store.find_groups(&counting(Thing::Group, groups)).await?.count);
        let may = May {
            edit: sight.holds(&Permission::ORGANIZATION_UPDATE, id),
            delete: sight.may_delete(&organization),
        };
        let person = |by: Option<UserId>| by.and_then(|id| people.get(&id).cloned());
        let (created_by, modified_by) =
            (person(organization.created_by), person(organization.modified_by));
        Ok(OrganizationCard { organization, created_by, modified_by, users, admins, groups, may })
    }

    /// Groups that the actor sees and that fit.
    pub async fn find_groups(
        &self,
        actor: &Actor,
        search: Search,
    ) -> Result<Found<GroupCard>, Error> {
        let sight = self.sight(actor).await?;
        let search = narrowed(search, &sight)?;
        let found = self.shared.store.find_groups(&search).await?;
        let people = found.items.iter().flat_map(|one| [one.created_by, one.modified_by]);
        let people = self.people(people.flatten().collect()).await?;
        let places =
            self.organizations_of(found.items.iter().map(|one| one.organization).collect()).await?;
        Ok(found.map(|group| {
            let person = |by: Option<UserId>| by.and_then(|id| people.get(&id).cloned());
            let holds = sight.holds(&Permission::GROUP_UPDATE, group.organization);
            let may = May { edit: holds, delete: holds };
            GroupCard {
                organization: places.get(&group.organization).cloned(),
                created_by: person(group.created_by),
                modified_by: person(group.modified_by),
                may,
                group,
            }
        }))
    }

    /// OAuth 2 clients that the actor sees and that fit.
    pub async fn find_clients(
        &self,
        actor: &Actor,
        search: Search,
    ) -> Result<Found<ClientCard>, Error> {
        let sight = self.sight(actor).await?;
        let search = narrowed(search, &sight)?;
        let found = self.shared.store.find_clients(&search).await?;
        let places =
            self.organizations_of(found.items.iter().map(|one| one.organization).collect()).await?;
        let mut items = Vec::new();
        for application in found.items {
            let id = Value::Id(application.id.uuid());
            let own = Search::is(Thing::Token, &[Link::Client], Column::Id, id);
            let tokens = Search { limit: TOKENS_ON_CARD, ..Search::over(Thing::Token, own) };
            let tokens = tokens.within(sight.of(Thing::Token));
            let holds = sight.holds(&Permission::CLIENT_UPDATE, application.organization);
            items.push(ClientCard {
                organization: places.get(&application.organization).cloned(),
                tokens: self.shared.store.find_tokens(&tokens).await?,
                may: May { edit: holds, delete: holds },
                application,
            });
        }
        Ok(Found { items, count: found.count })
    }

    /// Tokens of people that the actor sees and that fit.
    pub async fn find_tokens(
        &self,
        actor: &Actor,
        search: Search,
    ) -> Result<Found<TokenCard>, Error> {
        let sight = self.sight(actor).await?;
        if search.asks_for(Column::LastUsedAt) {
            self.flush_uses().await?;
        }
        let found = self.shared.store.find_tokens(&narrowed(search, &sight)?).await?;
        Ok(Found { count: found.count, items: self.token_cards(&sight, found.items).await? })
    }

    /// Tokens with whose they are. What their holders are called is told to whoever sees the token.
    pub(super) async fn token_cards(
        &self,
        sight: &Sight,
        tokens: Vec<Token>,
    ) -> Result<Vec<TokenCard>, Error> {
        let people = self.people(tokens.iter().filter_map(person_of).collect()).await?;
        let clients = tokens.iter().filter_map(|token| token.application);
        let clients = self.clients_of(clients.collect()).await?;
        let card = |token: Token| {
            let application = token.application.and_then(|id| clients.get(&id).cloned());
            let may = sight.may_change_token(&token, application.as_ref());
            TokenCard {
                user: person_of(&token).and_then(|id| people.get(&id).cloned()),
                application,
                may: May { edit: may, delete: may },
                token,
            }
        };
        Ok(tokens.into_iter().map(card).collect())
    }

    pub(super) async fn people(&self, ids: Vec<UserId>) -> Result<HashMap<UserId, User>, Error> {
        let search = named(Thing::User, ids.into_iter().map(UserId::uuid));
        let Some(search) = search else { return Ok(HashMap::new()) };
        let found = self.shared.store.find_users(&search).await?;
        Ok(found.items.into_iter().map(|user| (user.id, user)).collect())
    }

    pub(super) async fn organizations_of(
        &self,
        ids: Vec<OrganizationId>,
    ) -> Result<HashMap<OrganizationId, Organization>, Error> {
        let search = named(Thing::Organization, ids.into_iter().map(OrganizationId::uuid));
        let Some(search) = search else { return Ok(HashMap::new()) };
        let found = self.shared.store.find_organizations(&search).await?;
        Ok(found.items.into_iter().map(|one| (one.id, one)).collect())
    }

    pub(super) async fn clients_of(
        &self,
        ids: Vec<ApplicationId>,
    ) -> Result<HashMap<ApplicationId, Application>, Error> {
        let search = named(Thing::Client, ids.into_iter().map(ApplicationId::uuid));
        let Some(search) = search else { return Ok(HashMap::new()) };
        let found = self.shared.store.find_clients(&search).await?;
        Ok(found.items.into_iter().map(|one| (one.id, one)).collect())
    }
}

/// A search that keeps its bounds, narrowed to what is seen. Of what is only linked to it, those who don't see
/// everything ask no more than they are told: an answer that is there or not would tell the rest.
pub(super) fn narrowed(search: Search, sight: &Sight) -> Result<Search, Error> {
    search.check()?;
    if !sight.sees_all() && !search.is_told() {
        let rule = "of what is related at one remove, only numbers, names and descriptions";
        return Err(Refusal::invalid("search", rule).into());
    }
    let seen = sight.of(search.thing);
    // First what is seen, then what is asked of it.
    let condition = seen.and(search.condition);
    Ok(Search { condition, ..search })
}

/// A search for the things with these ids, if there are any.
pub(super) fn named(thing: Thing, ids: impl Iterator<Item = Uuid>) -> Option<Search> {
    let mut ids: Vec<Uuid> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return None;
    }
    let limit = u32::try_from(ids.len()).unwrap_or(u32::MAX);
    let path = Path::across(thing, &[], Column::Id)?;
    let ids = ids.into_iter().map(Value::Id).collect();
    let condition = Condition::Test(path, Test::In(ids));
    Some(Search { limit, count: false, ..Search::over(thing, condition) })
}

/// A search that only counts.
pub(super) fn counting(thing: Thing, condition: Condition) -> Search {
    Search { limit: 0, ..Search::over(thing, condition) }
}

pub(super) fn person_of(token: &Token) -> Option<UserId> {
    match token.holder {
        Holder::User(id) => Some(id),
        Holder::Application(_) | Holder::ServiceAccount(_) => None,
    }
}

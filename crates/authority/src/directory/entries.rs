//! Entries of the journal with those whom they name.

use std::collections::HashMap;

use uuid::Uuid;

use super::TokenCard;
use super::cards::{named, narrowed};
use super::sight::Sight;
use crate::account::User;
use crate::actor::Actor;
use crate::application::Application;
use crate::authority::Authority;
use crate::error::{Error, Refusal};
use crate::id::UserId;
use crate::journal::{Entry, Who};
use crate::organization::{Group, Organization};
use crate::search::{Column, Condition, Found, Search, Thing, Value};

/// An entry with who did it and what it is about, if they are still there.
#[derive(Debug, Clone, PartialEq)]
pub struct EntryCard {
    /// The entry.
    pub entry: Entry,
    /// The person who did it.
    pub actor: Option<User>,
    /// What it was done to.
    pub about: Option<About>,
}

/// What an entry is about.
#[derive(Debug, Clone, PartialEq)]
pub enum About {
    /// A token of a person's.
    Token(Box<TokenCard>),
    /// A person.
    User(User),
    /// An organization.
    Organization(Organization),
    /// A group.
    Group(Group),
    /// An OAuth 2 client.
    Client(Application),
}

impl Authority {
    /// Entries that the actor sees and that fit: what it did itself, and what was done in an
    /// organization whose journal it reads.
    pub async fn find_entries(
        &self,
        actor: &Actor,
        search: Search,
    ) -> Result<Found<EntryCard>, Error> {
        let sight = self.sight(actor).await?;
        let search = narrowed(search, &sight)?;
        self.entry_cards(&sight, &search).await
    }

    /// Entries about one thing that the actor sees, whoever did what they tell.
    ///
    /// # Errors
    ///
    /// [`Refusal::Missing`] if it sees no such thing.
    pub async fn find_entries_about(
        &self,
        actor: &Actor,
        (thing, id): (Thing, Uuid),
        search: Search,
    ) -> Result<Found<EntryCard>, Error> {
        search.check()?;
        let sight = self.sight(actor).await?;
        let one = Search::one(thing, Column::Id, Value::Id(id)).within(sight.of(thing));
        if !self.is_there(&one).await? {
            return Err(Refusal::Missing("entry").into());
        }
        let mut about = vec![Search::is(Thing::Entry, &[], Column::TargetId, Value::Id(id))];
        if thing == Thing::User {
            let by = [crate::search::Link::User];
            about.push(Search::is(Thing::Entry, &by, Column::Id, Value::Id(id)));
        }
        // Of a token and of oneself all is told; of anything else what the journal is read for.
        let own = thing == Thing::Token || (thing == Thing::User && id == sight.user.uuid());
        let search = if own { search } else { search.within(sight.of(Thing::Entry)) };
        self.entry_cards(&sight, &search.within(Condition::Any(about))).await
    }

    /// Whether a search finds anything.
    async fn is_there(&self, search: &Search) -> Result<bool, Error> {
        let store = &self.shared.store;
        Ok(match search.thing {
            Thing::User => !store.find_users(search).await?.items.is_empty(),
            Thing::Organization => !store.find_organizations(search).await?.items.is_empty(),
            Thing::Group => !store.find_groups(search).await?.items.is_empty(),
            Thing::Client | Thing::Application => {
                !store.find_clients(search).await?.items.is_empty()
            }
            Thing::ServiceAccount => !store.find_service_accounts(search).await?.items.is_empty(),
            Thing::Token | Thing::Integration => !store.find_tokens(search).await?.items.is_empty(),
            Thing::Entry => !store.find_entries(search).await?.items.is_empty(),
        })
    }

    async fn entry_cards(&self, sight: &Sight, search: &Search) -> Result<Found<EntryCard>, Error> {
        let found = self.shared.store.find_entries(search).await?;
        let doer = |entry: &Entry| match entry.draft.by.who {
            Who::User(id) => Some(id),
            Who::System | Who::Stranger | Who::Application(_) | Who::ServiceAccount(_) => None,
        };
        let targets = found.items.iter().map(|entry| entry.draft.target.id).collect::<Vec<_>>();
        let things = self.things(sight, &found.items, &targets).await?;
        let people: HashMap<UserId, User> =
            self.people(found.items.iter().filter_map(doer).collect()).await?;
        Ok(found.map(|entry| EntryCard {
            actor: doer(&entry).and_then(|id| people.get(&id).cloned()),
            about: things.get(&entry.draft.target.id).cloned(),
            entry,
        }))
    }

    /// What the targets of entries are now.
    async fn things(
        &self,
        sight: &Sight,
        entries: &[Entry],
        targets: &[Uuid],
    ) -> Result<HashMap<Uuid, About>, Error> {
        let store = &self.shared.store;
        let of = |kind: &str, thing: Thing| {
            let named_so = entries.iter().zip(targets);
            let ids = named_so.filter(|(entry, _)| entry.draft.target.kind == kind);
            let search = named(thing, ids.map(|(_, id)| *id).collect::<Vec<_>>().into_iter());
            // Who did something once need not see any more what it was done to.
            search.map(|search| search.within(sight.of(thing)))
        };
        let mut things = HashMap::new();
        if let Some(search) = of("token", Thing::Token) {
            let tokens = store.find_tokens(&search).await?.items;
            let cards = self.token_cards(sight, tokens).await?;
            things
                .extend(cards.into_iter().map(|c| (c.token.id.uuid(), About::Token(Box::new(c)))));
        }
        if let Some(search) = of("user", Thing::User) {
            let users = store.find_users(&search).await?.items;
            things.extend(users.into_iter().map(|one| (one.id.uuid(), About::User(one))));
        }
        if let Some(search) = of("organization", Thing::Organization) {
            let all = store.find_organizations(&search).await?.items;
            things.extend(all.into_iter().map(|one| (one.id.uuid(), About::Organization(one))));
        }
        if let Some(search) = of("group", Thing::Group) {
            let groups = store.find_groups(&search).await?.items;
            things.extend(groups.into_iter().map(|one| (one.id.uuid(), About::Group(one))));
        }
        if let Some(search) = of("application", Thing::Client) {
            let clients = store.find_clients(&search).await?.items;
            things.extend(clients.into_iter().map(|one| (one.id.uuid(), About::Client(one))));
        }
        Ok(things)
    }
}

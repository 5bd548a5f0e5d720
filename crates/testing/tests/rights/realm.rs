//! A small realm as it is, made as it was drawn.

use std::future::Future;

use authority::Actor;
use authority::account::{Login, NewUser, User};
use authority::application::{Application, Client, Grant, NewClient};
use authority::id::OrganizationId;
use authority::organization::{Group, Organization, Seat};
use authority::permission::Role;
use authority::scope::Scopes;
use authority::search::Seats;
use authority::token::{Token, Wish};
use testing::{PASSWORD, World};

use super::plan::{Home, PEOPLE, Plan};

/// Somebody with a credential that may do everything, and one that only looks.
pub(crate) struct Person {
    pub(crate) user: User,
    pub(crate) writes: Actor,
    pub(crate) looks: Actor,
}

/// A realm as it is.
pub(crate) struct Realm {
    pub(crate) plan: Plan,
    pub(crate) world: World,
    pub(crate) root: Actor,
    pub(crate) people: Vec<Person>,
    /// A tenant where nobody of the plan is.
    outside: OrganizationId,
    pub(crate) places: Vec<Organization>,
    /// One of each organization.
    pub(crate) groups: Vec<Group>,
    pub(crate) clients: Vec<Application>,
    /// Those of the plan, in its order.
    pub(crate) tokens: Vec<Token>,
    /// Those that people act with: whose each is.
    pub(crate) keys: Vec<(usize, Token)>,
}

impl Realm {
    /// Makes what was drawn.
    pub(crate) async fn of(plan: &Plan) -> Self {
        let world = World::new().await;
        let root = world.root().await;
        let outside = world.authority.create_organization(&root, ("outside", None), None).await;
        let mut realm = Self {
            outside: outside.unwrap().id,
            plan: plan.clone(),
            world,
            root,
            people: Vec::new(),
            places: Vec::new(),
            groups: Vec::new(),
            clients: Vec::new(),
            tokens: Vec::new(),
            keys: Vec::new(),
        };
        for (place, tenant) in plan.tenants.iter().enumerate() {
            realm.add_place(place, *tenant).await;
        }
        for who in 0..PEOPLE {
            realm.add_person(who).await;
        }
        for ((who, place), seat) in &plan.seats {
            realm.add_seat(*who, *place, *seat).await;
        }
        for (number, place) in plan.clients.iter().enumerate() {
            realm.add_client(number, *place).await;
        }
        for (who, client) in &plan.tokens {
            realm.add_token(*who, *client).await;
        }
        let authority = &realm.world.authority;
        for (place, suspended) in realm.places.iter().zip(&plan.suspended) {
            if *suspended {
                let done = authority.set_organization_suspended(&realm.root, place.id, true).await;
                done.unwrap();
            }
        }
        realm
    }

    /// Makes somebody where the plan says, with a seat nowhere.
    async fn new_person(&self, who: usize) -> User {
        let authority = &self.world.authority;
        let (username, password) = (format!("person-{who}"), Some(PASSWORD.to_owned()));
        let marks = self.plan.marks[who];
        let new = NewUser { username, password, marks, ..NewUser::default() };
        let place = match self.plan.homes[who] {
            Home::Default => return authority.create_user(&self.root, new).await.unwrap(),
            Home::In(place) => self.places[place].id,
            Home::Nowhere => self.outside,
        };
        let user = authority.create_person_in(&self.root, place, (new, Seats::Member)).await;
        let user = user.unwrap();
        authority.take_seat(&self.root, place, (user.id, Seats::Any)).await.unwrap();
        user
    }

    async fn add_person(&mut self, who: usize) {
        let user = self.new_person(who).await;
        let authority = &self.world.authority;
        let username = user.username.clone();
        let actor = self.world.actor(&username).await;
        let mut acting = Vec::new();
        for scopes in [Scopes::write(), Scopes::read()] {
            let wish = Wish { scopes: Some(scopes), ..Wish::default() };
            let issued = authority.issue(&actor, wish).await.unwrap();
            acting
                .push(authority.authenticate(issued.secret.reveal(), &World::VISIT).await.unwrap());
            self.keys.push((who, issued.token));
        }
        let (looks, writes) = (acting.pop().unwrap(), acting.pop().unwrap());
        self.people.push(Person { user, writes, looks });
    }

    async fn add_place(&mut self, place: usize, tenant: bool) {
        let authority = &self.world.authority;
        let name = format!("place {place}");
        let made = if tenant {
            authority.create_organization(&self.root, (&name, None), None).await
        } else {
            authority.add_organization(&self.root, (&name, "")).await
        };
        let made = made.unwrap();
        let group = authority.create_group(&self.root, made.id, ("group", "")).await;
        self.groups.push(group.unwrap());
        self.places.push(made);
    }

    async fn add_seat(&self, who: usize, place: usize, Seat { role, apart }: Seat) {
        let (authority, place) = (&self.world.authority, self.places[place].id);
        let user = self.people[who].user.id;
        let added = if apart {
            let seats = if role == Role::Admin { Seats::Admin } else { Seats::Auditor };
            authority.give_seat(&self.root, place, (user, seats)).await
        } else {
            authority.add_member(&self.root, place, (user, role)).await
        };
        added.unwrap();
    }

    async fn add_client(&mut self, number: usize, place: usize) {
        let client = Client {
            confidential: false,
            grant: Grant::Password,
            redirect_uris: Vec::new(),
            skips_consent: false,
        };
        let new =
            NewClient { name: format!("client {number}"), description: String::new(), client };
        let place = self.places[place].id;
        let made = self.world.authority.create_client(&self.root, place, new).await;
        self.clients.push(made.unwrap().0);
    }

    async fn add_token(&mut self, who: usize, client: Option<usize>) {
        let authority = &self.world.authority;
        let username = &self.people[who].user.username;
        let token = if let Some(client) = client {
            let id = self.clients[client].id.to_string();
            let client = authority.authenticate_oauth((&id, None), &World::VISIT).await.unwrap();
            let login = Login { login: username, password: PASSWORD, code: None };
            let scopes = Scopes::read();
            let granted = authority.grant_by_password(&client, login, scopes, &World::door()).await;
            granted.unwrap().token
        } else {
            self.world.personal(username, Wish::default()).await.token
        };
        self.tokens.push(token);
    }
}

/// Somebody with one of both credentials.
pub(crate) struct Seeker<'a> {
    pub(crate) who: usize,
    pub(crate) actor: &'a Actor,
    pub(crate) writes: bool,
}

impl Realm {
    pub(crate) fn seekers(&self) -> impl Iterator<Item = Seeker<'_>> {
        self.people.iter().enumerate().flat_map(|(who, person)| {
            [(&person.writes, true), (&person.looks, false)].map(|(actor, writes)| Seeker {
                who,
                actor,
                writes,
            })
        })
    }
}

/// Runs what a property tries.
pub(crate) fn run(trial: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(trial);
}

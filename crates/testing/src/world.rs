//! The world: an authority with everything around it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use authority::account::{Login, NewUser, User};
use authority::clock::Clock;
use authority::error::{Error, Shape};
use authority::id::{OrganizationId, UserId};
use authority::organization::Organization;
use authority::permission::Role;
use authority::scope::Scopes;
use authority::secret::Secret;
use authority::token::{Asked, Issued, Surface, Visit, Wish};
use authority::{Actor, Authority, Door, FirstAdministrator, HashingCost, Parts, Policy, RootKey};
use axum::Router;
use storage::sqlite::{Options, Sqlite};
use tempfile::TempDir;

use crate::caller::Caller;
use crate::chance::{HandClock, LoadedDice, Tray};
use crate::outage;
use crate::phone::Phone;

/// Everybody's password.
pub const PASSWORD: &str = "gray otter on a lamp post";

/// An authority on a file of its own: user number 1 is `root@corp.test` (`root`), a superuser, who
/// owns organization number 1, "Default".
pub struct World {
    /// The core.
    pub authority: Authority,
    /// Its clock.
    pub clock: Arc<HandClock>,
    /// Where its letters lie.
    pub tray: Arc<Tray>,
    directory: TempDir,
}

impl World {
    /// A world with the usual policy.
    pub async fn new() -> Self {
        Self::with(|_| ()).await
    }

    /// A world with a policy of the test's own.
    pub async fn with(change: impl FnOnce(&mut Policy)) -> Self {
        let mut policy = Policy::default();
        policy.memory.known = 50_000;
        // Tests ask what is hashed, not how hard it is.
        policy.logins.cost = HashingCost { memory_kib: 64, passes: 1 };
        change(&mut policy);
        let directory = TempDir::new().expect("a directory");
        let world = Self::open(directory, Arc::default(), policy, &[1]).await;
        let email = Some("root@corp.test");
        let root = FirstAdministrator { username: "root", email, password: PASSWORD };
        world.authority.found(root).await.expect("a founding");
        world
    }

    async fn open(
        directory: TempDir,
        clock: Arc<HandClock>,
        policy: Policy,
        peppers: &[i16],
    ) -> Self {
        let tray = Arc::new(Tray::default());
        let file = directory.path().join("chancery.db");
        let options = Options { reserve: false, ..Options::default() };
        let parts = Parts {
            store: Arc::new(Sqlite::open(&file, options).expect("a database")),
            clock: clock.clone(),
            entropy: Arc::new(LoadedDice::new(clock.boot().subsec_nanos().into())),
            outbox: tray.clone(),
            root: RootKey::new([7; 32], peppers),
            policy,
        };
        let authority = Authority::open(parts).await.expect("an authority");
        authority.follow().await.expect("a lease");
        Self { authority, clock, tray, directory }
    }

    /// The node stops and starts again: nothing is in memory, and time has passed.
    pub async fn restarted(self) -> Self {
        self.restarted_with(&[1]).await
    }

    /// As [`World::restarted`], with these peppers, the newest last.
    pub async fn restarted_with(self, peppers: &[i16]) -> Self {
        let Self { authority, clock, directory, .. } = self;
        let policy = authority.policy().clone();
        drop(authority);
        clock.advance(Duration::from_nanos(1_000_001));
        Self::open(directory, clock, policy, peppers).await
    }

    /// Where the database lies.
    pub fn file(&self) -> PathBuf {
        self.directory.path().join("chancery.db")
    }

    /// Time passes, and the node follows the journal as it would have all along.
    pub async fn pass(&self, time: Duration) {
        self.clock.advance(time);
        self.authority.follow().await.expect("the journal is read");
    }

    /// The database is lost: it answers nothing and keeps nothing.
    pub fn break_storage(&self) {
        outage::break_file(&self.file());
    }

    /// The database can be read, and keeps nothing.
    pub fn break_writing(&self) {
        outage::break_journal(&self.file());
    }

    /// The database is back.
    pub fn mend_storage(&self) {
        outage::mend_file(&self.file());
    }

    /// Somebody drives these routes.
    pub fn caller(&self, router: Router) -> Caller {
        Caller::new(router)
    }

    /// A request of which nothing but the surface is known.
    pub const VISIT: Visit<'static> = Visit::through(Surface::Native);

    /// Whether a token is good at all.
    pub const ANY: Asked<'static> = Asked::of(Self::VISIT);

    /// The door that tests come through.
    pub fn door() -> Door {
        Door { source: [192, 0, 2, 1].into() }
    }

    /// The superuser, by password.
    pub async fn root(&self) -> Actor {
        self.actor("root").await
    }

    /// A user of this world, by password: bound to no organization.
    pub async fn actor(&self, username: &str) -> Actor {
        let login = Login { login: username, password: PASSWORD, code: None };
        let actor = self.authority.authenticate_password(login, &Self::door()).await;
        actor.expect("the password is right")
    }

    /// Switches a second factor on for a user of this world, who has the usual password, and lets its
    /// first code be forgotten. Gives the phone, and the recovery codes.
    pub async fn phone(&self, username: &str) -> (Phone, Vec<Secret>) {
        let actor = self.actor(username).await;
        let enrolment = self.authority.enrol_second_factor(&actor, PASSWORD, &Self::door()).await;
        let phone = Phone::of(&enrolment.expect("a second factor"));
        let code = phone.code(&self.authority);
        let codes = self.authority.confirm_second_factor(&actor, &code).await;
        self.pass(Duration::from_secs(30)).await;
        (phone, codes.expect("the code is right"))
    }

    /// A new user `name` with the address `name@corp.test`, confirmed, a member of nothing.
    pub async fn user(&self, name: &str) -> User {
        let new = NewUser {
            username: name.to_owned(),
            email: Some(format!("{name}@corp.test")),
            password: Some(PASSWORD.to_owned()),
            ..NewUser::default()
        };
        self.authority.create_user(&self.root().await, new).await.expect("a user")
    }

    /// A new organization, owned by a new user.
    pub async fn organization(&self, name: &str, owner: &str) -> (Organization, User) {
        let user = self.user(owner).await;
        let actor = self.actor(owner).await;
        let organization = self.authority.create_organization(&actor, (name, None), None).await;
        (organization.expect("an organization"), user)
    }

    /// A new user with a place in an organization.
    pub async fn member(&self, name: &str, organization: OrganizationId, role: Role) -> User {
        let user = self.user(name).await;
        self.join(user.id, organization, role).await;
        user
    }

    /// Gives a user a place in an organization.
    pub async fn join(&self, user: UserId, organization: OrganizationId, role: Role) {
        let root = self.root().await;
        self.authority.add_member(&root, organization, (user, role)).await.expect("a place");
    }

    /// An API key of a user, bound to an organization, by a wish that says the rest.
    pub async fn key(&self, username: &str, organization: OrganizationId, wish: Wish) -> Issued {
        let wish = Wish { organization: Some(organization), ..wish };
        let actor = self.actor(username).await;
        self.authority.issue(&actor, wish).await.expect("a token")
    }

    /// A user of this world, by a personal token with these scopes.
    pub async fn by_token(&self, username: &str, scopes: Scopes) -> Actor {
        let wish = Wish { scopes: Some(scopes), ..Wish::default() };
        let issued = self.personal(username, wish).await;
        let actor = self.authority.authenticate(issued.secret.reveal(), &Self::VISIT).await;
        actor.expect("the token is good")
    }

    /// A personal token of a user, good wherever the user is.
    pub async fn personal(&self, username: &str, wish: Wish) -> Issued {
        let actor = self.actor(username).await;
        self.authority.issue(&actor, wish).await.expect("a token")
    }
}

/// How something was refused, if it was.
pub fn shape_of<T>(outcome: Result<T, Error>) -> Option<Shape> {
    match outcome {
        Err(Error::Refused(refusal)) => Some(refusal.shape()),
        Ok(_) | Err(Error::Unavailable(_)) => None,
    }
}

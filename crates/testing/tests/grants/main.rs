//! What people grant to OAuth 2 clients, on the core: groups 4 and 7 of the attack book.
//!
//! Read [`Court`] (who is there), then one file per way in, and `ends.rs` for the ways out.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod codes;
mod ends;
mod lives;
mod passwords;
mod proofs;
mod refresh;

use std::future::Future;
use std::sync::Arc;

use authority::account::Login;
use authority::application::{Client, Grant, NewClient};
use authority::error::{Error, Refusal};
use authority::grant::{Granted, ShownClient};
use authority::id::{OrganizationId, UserId};
use authority::scope::Scopes;
use authority::secret::Secret;
use authority::token::Verdict;
use authority::{Actor, Authority, Policy};
use testing::{PASSWORD, World};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

/// Where codes are sent.
const BACK: &str = "https://a.test/cb";

/// A world with the organization "Works", in which Ann is a member, and three clients of it.
struct Court {
    world: World,
    root: Actor,
    works: OrganizationId,
    ann: UserId,
    /// A public one that sends passwords.
    kiosk: ShownClient,
    /// A confidential one that is sent codes.
    web: ShownClient,
    /// A public one that is sent codes.
    native: ShownClient,
}

impl Court {
    async fn new() -> Self {
        Self::with(|_| ()).await
    }

    async fn with(change: impl FnOnce(&mut Policy)) -> Self {
        let world = World::with(change).await;
        let root = world.root().await;
        let works = world.authority.add_organization(&root, ("Works", "")).await.unwrap().id;
        let ann = world.member("ann", works, authority::permission::Role::Viewer).await.id;
        let kiosk = new_client(&world, works, ("kiosk", false), Grant::Password).await;
        let web = new_client(&world, works, ("web", true), Grant::Code).await;
        let native = new_client(&world, works, ("native", false), Grant::Code).await;
        Self { world, root, works, ann, kiosk, web, native }
    }

    fn authority(&self) -> &Authority {
        &self.world.authority
    }

    /// What Ann grants the kiosk.
    async fn granted(&self) -> Granted {
        self.granted_scopes(Scopes::write()).await
    }

    async fn granted_scopes(&self, scopes: Scopes) -> Granted {
        let login = Login { login: "ann", password: PASSWORD, code: None };
        let door = World::door();
        self.authority().grant_by_password(&self.kiosk, login, scopes, &door).await.unwrap()
    }

    /// The kiosk refreshes.
    async fn refresh(&self, granted: &Granted) -> Result<Granted, Error> {
        refresh(self.authority().clone(), self.kiosk.clone(), granted.clone()).await
    }

    /// Whether an access token is good.
    async fn is_live(&self, granted: &Granted) -> bool {
        let verdict = self.authority().verify(granted.access.reveal(), &World::ANY).await.unwrap();
        matches!(verdict, Verdict::Good(_))
    }

    /// Whether anything of a grant is good: its access token, or its refresh token to the kiosk.
    async fn is_good_for_anything(&self, granted: &Granted) -> bool {
        self.is_live(granted).await || self.refresh(granted).await.is_ok()
    }

    async fn another_client(&self, name: &str, grant: Grant) -> ShownClient {
        new_client(&self.world, self.works, (name, true), grant).await
    }
}

async fn new_client(
    world: &World,
    organization: OrganizationId,
    (name, confidential): (&str, bool),
    grant: Grant,
) -> ShownClient {
    let redirect_uris = vec![BACK.to_owned()];
    let client = Client { confidential, grant, redirect_uris, skips_consent: false };
    let new = NewClient { name: name.to_owned(), description: String::new(), client };
    let root = world.root().await;
    let (application, secret) =
        world.authority.create_client(&root, organization, new).await.unwrap();
    let id = application.id.to_string();
    let secret = secret.as_ref().map(Secret::reveal);
    world.authority.authenticate_oauth((&id, secret), &World::VISIT).await.unwrap()
}

async fn refresh(
    authority: Authority,
    client: ShownClient,
    granted: Granted,
) -> Result<Granted, Error> {
    let refresh = granted.refresh.unwrap();
    authority.refresh_grant(&client, refresh.reveal(), None).await
}

/// The no that something was answered with.
fn no<T>(outcome: Result<T, Error>) -> Option<Refusal> {
    match outcome {
        Err(Error::Refused(refusal)) => Some(refusal),
        Ok(_) | Err(Error::Unavailable(_)) => None,
    }
}

/// Does something so many times at once.
async fn at_once<F, T>(times: usize, what: impl Fn() -> F) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let barrier = Arc::new(Barrier::new(times));
    let mut tasks = JoinSet::new();
    for _ in 0..times {
        let (barrier, work) = (Arc::clone(&barrier), what());
        tasks.spawn(async move {
            barrier.wait().await;
            work.await
        });
    }
    tasks.join_all().await
}

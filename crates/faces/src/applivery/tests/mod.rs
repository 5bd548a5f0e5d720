//! The wire, exchange by exchange, and the attack book's cases by their numbers.

mod accounts;
mod answers;
mod bodies;
mod collaborators;
mod issuing;
mod keeping;
mod limits;
mod lists;
mod login;
mod outage;
mod passwords;
mod people;
mod presented;
mod refreshing;
mod sdk;
mod tenants;
mod tokens;
mod walk;

use std::time::Duration;

use authority::Actor;
use authority::application::Application;
use authority::id::OrganizationId;
use authority::journal::EntryFilter;
use authority::permission::Role;
use authority::scope::Scopes;
use authority::token::{Holder, Issued, Wish};
use axum::http::Method;
use serde_json::{Value, json};
use testing::{Answer, Caller, PASSWORD, World};

use crate::kit::Context;

/// Acme, as addresses call it.
const ACME: &str = "/v1/organizations/acme";
/// The tokens of its app.
const TOKENS: &str = "/v1/organizations/acme/apps/shop/tokens";
/// Its service accounts.
const ACCOUNTS: &str = "/v1/organizations/acme/service-accounts";

/// A world with an organization "Acme" that Alice owns, and its app "Shop".
struct Scene {
    world: World,
    acme: OrganizationId,
    shop: Application,
}

impl Scene {
    async fn new() -> Self {
        Self::on(World::new().await).await
    }

    async fn on(world: World) -> Self {
        let (acme, _) = world.organization("Acme", "alice").await;
        let alice = world.actor("alice").await;
        let new = ("Shop", "What we sell", None);
        let shop = world.authority.create_application(&alice, acme.id, new, None).await;
        Self { world, acme: acme.id, shop: shop.unwrap() }
    }

    /// Somebody without credentials.
    fn stranger(&self) -> Caller {
        let context = Context::of(self.world.authority.clone());
        self.world.caller(crate::router(&[super::face(&context)]))
    }

    /// Tries to log in.
    async fn tries(&self, email: &str, password: &str, code: Option<&str>) -> Answer {
        self.stranger().posts("/v1/auth/login", &with_password(email, password, code)).await
    }

    /// Logs a user in.
    async fn log_in(&self, name: &str) -> Pair {
        Pair::of(&self.tries(&format!("{name}@corp.test"), PASSWORD, None).await)
    }

    /// A user who logged in.
    async fn person(&self, name: &str) -> Caller {
        self.stranger().bearer(&self.log_in(name).await.access)
    }

    /// A new member of Acme who logged in.
    async fn member(&self, name: &str, role: Role) -> Caller {
        self.world.member(name, self.acme, role).await;
        self.person(name).await
    }

    /// Somebody with a token of Alice's for Acme that does no more than this.
    async fn key_for(&self, scopes: &str) -> Caller {
        let scopes = Some(Scopes::parse(scopes).unwrap());
        self.stranger().bearer(self.key(Wish { scopes, ..Wish::default() }).await.secret.reveal())
    }

    /// A token of Alice's for Acme.
    async fn key(&self, wish: Wish) -> Issued {
        self.world.key("alice", self.acme, wish).await
    }

    /// Everything of another organization that Bob owns.
    async fn globex(&self) -> (OrganizationId, Application) {
        let (globex, _) = self.world.organization("Globex", "bob").await;
        let bob = self.world.actor("bob").await;
        let new = ("Depot", "", None);
        let depot = self.world.authority.create_application(&bob, globex.id, new, None).await;
        (globex.id, depot.unwrap())
    }

    /// A token of an application's that its superiors made elsewhere, with these ceilings.
    async fn apps_token(&self, by: &Actor, app: &Application, scopes: &str) -> Issued {
        let scopes = Some(Scopes::parse(scopes).unwrap());
        let holder = Some(Holder::Application(app.id));
        let wish = Wish { holder, scopes, ..Wish::default() };
        self.world.authority.issue(by, wish).await.unwrap()
    }

    /// How often something was done, as the journal tells.
    async fn count(&self, action: &str) -> usize {
        let root = self.world.root().await;
        let filter = EntryFilter { action: Some(action.to_owned()), ..EntryFilter::default() };
        let entries = self.world.authority.journal(&root, None, filter, (None, 1_000)).await;
        entries.unwrap().len()
    }

    /// Time passes.
    async fn seconds(&self, seconds: u64) {
        self.world.pass(Duration::from_secs(seconds)).await;
    }

    /// Whether a token of a person's or service account's is good.
    async fn is_live(&self, token: &str) -> bool {
        self.stranger().bearer(token).gets(ACME).await.status == 200
    }

    /// Whether a token of an application's is good.
    async fn opens_app(&self, token: &str) -> bool {
        self.stranger().bearer(token).gets("/v1/app").await.status == 200
    }

    /// Exchanges a refresh token.
    async fn refresh(&self, refresh: &str) -> Answer {
        self.stranger().posts("/v1/auth/refresh", &json!({ "refreshToken": refresh })).await
    }
}

/// What is sent to log in.
fn with_password(email: &str, password: &str, code: Option<&str>) -> Value {
    let mut payload = json!({ "email": email, "password": password });
    if let Some(code) = code {
        payload["twoFactorCode"] = json!(code);
    }
    json!({ "provider": "traditional", "payload": payload })
}

/// The tokens of a session.
#[derive(Debug)]
struct Pair {
    access: String,
    refresh: String,
}

impl Pair {
    fn of(answer: &Answer) -> Self {
        let data = data(answer);
        let text = |name: &str| data[name]["token"].as_str().unwrap().to_owned();
        Self { access: text("accessToken"), refresh: text("refreshToken") }
    }
}

/// Something that was made with a bearer.
struct Made {
    id: String,
    bearer: String,
}

/// Makes something with a bearer.
async fn made(caller: &Caller, path: &str, body: &Value) -> Made {
    let data = data(&caller.posts(path, body).await);
    let text = |name: &str| data[name].as_str().unwrap().to_owned();
    Made { id: text("id"), bearer: text("bearer") }
}

/// Makes a token of Shop's with these scopes.
async fn made_for(caller: &Caller, scopes: &[&str]) -> Made {
    made(caller, TOKENS, &json!({ "scopes": scopes })).await
}

/// What is in a good answer.
fn data(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["data"].clone()
}

/// Status and code of an answer; 0 for the code of a good one.
fn told(answer: &Answer) -> (u16, u64) {
    (answer.status.as_u16(), answer.json()["error"]["code"].as_u64().unwrap_or_default())
}

/// Status and code of each of these answers.
fn all_told(answers: &[Answer]) -> Vec<(u16, u64)> {
    answers.iter().map(told).collect()
}

/// Everything that a caller can tell of two answers is the same, but for the pause.
fn assert_same(one: &Answer, other: &Answer) {
    let seen = |answer: &Answer| {
        let mut headers = answer.headers.clone();
        headers.remove("retry-after");
        (answer.status, headers, answer.body.clone())
    };
    assert_eq!(seen(one), seen(other));
}

/// Asks with a JSON body where there is one.
async fn asks(caller: &Caller, method: &Method, path: &str, body: &Value) -> Answer {
    if body.is_null() {
        return caller.asks(method.clone(), path).await;
    }
    caller.tells(method.clone(), path, body).await
}

//! The wire, exchange by exchange, and the attack book's cases by their numbers.

mod answers;
mod apps;
mod groups;
mod issuing;
mod keeping;
mod login;
mod members;
mod passwords;
mod presented;
mod recovery;
mod sessions;
mod teams;
mod tokens;
mod walk;

use std::time::Duration;

use authority::id::OrganizationId;
use authority::journal::EntryFilter;
use authority::permission::Role;
use authority::scope::Scopes;
use authority::token::{Issued, Wish};
use axum::http::Method;
use serde_json::{Value, json};
use testing::{Answer, Caller, PASSWORD, World};

use crate::kit::Context;

/// A world with a team "Acme" that Alice owns.
struct Scene {
    world: World,
    acme: OrganizationId,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        let (acme, _) = world.organization("Acme", "alice").await;
        Self { world, acme: acme.id }
    }

    /// Somebody without credentials.
    fn stranger(&self) -> Caller {
        let context = Context::of(self.world.authority.clone());
        self.world.caller(crate::router(&[super::face(&context)]))
    }

    /// A user, by address and password.
    fn basic(&self, name: &str) -> Caller {
        self.stranger().basic(&format!("{name}@corp.test"), PASSWORD)
    }

    /// Logs a user in.
    async fn log_in(&self, name: &str) -> Pair {
        let body = json!({ "email": format!("{name}@corp.test"), "password": PASSWORD });
        Pair::of(&self.stranger().posts("/v0/auth/login", &body).await)
    }

    /// A user who logged in.
    async fn bearer(&self, name: &str) -> Caller {
        self.stranger().bearer(&self.log_in(name).await.access)
    }

    /// A permanent token of Alice's for Acme.
    async fn key(&self, wish: Wish) -> Issued {
        self.world.key("alice", self.acme, wish).await
    }

    /// Somebody with a permanent token of Alice's for Acme that does no more than this.
    async fn key_for(&self, scopes: &str) -> Caller {
        let scopes = Some(Scopes::parse(scopes).unwrap());
        self.stranger().bearer(self.key(Wish { scopes, ..Wish::default() }).await.secret.reveal())
    }

    /// A user with a place in Acme.
    async fn member(&self, name: &str, role: Role) -> String {
        self.world.member(name, self.acme, role).await.id.to_string()
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

    /// Whether a token is good: the core knows it, and it opens a door.
    async fn is_live(&self, token: &str) -> bool {
        let answer = self.stranger().bearer(token).gets("/v0/teams").await;
        answer.status == 200
    }

    /// Exchanges a refresh token.
    async fn refresh(&self, refresh: &str) -> Answer {
        let body = json!({ "refreshToken": refresh });
        self.stranger().posts("/v0/auth/refresh", &body).await
    }
}

/// The tokens of a session.
struct Pair {
    access: String,
    refresh: String,
}

impl Pair {
    fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, 200, "{}", answer.body);
        let json = answer.json();
        let text = |name: &str| json[name].as_str().unwrap().to_owned();
        Self { access: text("accessToken"), refresh: text("refreshToken") }
    }
}

/// The status of each of these answers.
fn statuses(answers: &[Answer]) -> Vec<u16> {
    answers.iter().map(|answer| answer.status.as_u16()).collect()
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

/// The `id` in an answer.
fn id(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["id"].as_str().unwrap().to_owned()
}

/// Posts without a body and gives the JSON of a good answer.
async fn made(caller: &Caller, path: &str) -> Value {
    let answer = caller.asks(Method::POST, path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    answer.json()
}

/// CRC-32 as in zlib.
fn crc_32(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 };
        }
    }
    !sum
}

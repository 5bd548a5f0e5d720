//! The native API. Tests are named by their case in the attack book where they have one.

mod faults;
mod feed;
mod issuing;
mod lists;
mod once;
mod others;
mod rules;
mod second_factor;
mod slugs;
mod tenants;
mod tokens;

use authority::Policy;
use authority::id::OrganizationId;
use authority::scope::Scopes;
use authority::token::{Issued, Verdict, Wish};
use axum::http::Method;
use serde_json::{Value, json};
use testing::{Answer, Caller, World};

use super::face;
use crate::kit::{Context, LARGEST_BODY};

/// A world with the native API. Alice owns the organization "Acme", Bob owns "Bolt".
struct Scene {
    world: World,
    stranger: Caller,
    acme: OrganizationId,
    bolt: OrganizationId,
}

impl Scene {
    async fn new() -> Self {
        Self::with(|_| ()).await
    }

    async fn with(policy: impl FnOnce(&mut Policy)) -> Self {
        let world = World::with(policy).await;
        let (acme, _) = world.organization("Acme", "alice").await;
        let (bolt, _) = world.organization("Bolt", "bob").await;
        let context = Context::of(world.authority.clone());
        let stranger = world.caller(crate::router(&[face(&context)]));
        Self { world, stranger, acme: acme.id, bolt: bolt.id }
    }

    /// Somebody with a personal token of theirs.
    async fn caller(&self, username: &str) -> Caller {
        self.bearer(&self.world.personal(username, Wish::default()).await)
    }

    fn bearer(&self, issued: &Issued) -> Caller {
        self.stranger.clone().bearer(issued.secret.reveal())
    }

    /// A key of Alice's, bound to Acme.
    async fn key(&self, wish: Wish) -> Issued {
        self.world.key("alice", self.acme, wish).await
    }

    async fn is_good(&self, token: &str) -> bool {
        let verdict = self.world.authority.verify(token, &World::ANY).await.unwrap();
        matches!(verdict, Verdict::Good(_))
    }

    async fn entries(&self) -> usize {
        let root = self.world.root().await;
        let filter = authority::journal::EntryFilter::default();
        let entries = self.world.authority.journal(&root, None, filter, (None, 1_000)).await;
        entries.unwrap().len()
    }
}

fn scoped(scopes: &str) -> Wish {
    Wish { scopes: Some(Scopes::parse(scopes).unwrap()), ..Wish::default() }
}

/// `/authority/v1` and the rest of a path.
fn path(rest: &str) -> String {
    format!("{}{rest}", super::MOUNT)
}

fn token_path(issued: &Issued) -> String {
    path(&format!("/tokens/{}", issued.token.id))
}

fn code(answer: &Answer) -> String {
    answer.json()["code"].as_str().unwrap_or_default().to_owned()
}

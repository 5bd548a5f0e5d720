//! The gateway's face, asked as gateways ask. Tests are named by their case in the attack book.

mod answers;
mod demand;
mod grpc;
mod limits;
mod memory;
mod once;
mod presentation;
mod rules;

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use authority::audience::Audiences;
use authority::id::OrganizationId;
use authority::permission::Role;
use authority::scope::Scopes;
use authority::token::{Exchange, Holder, Issued, Narrowing, Wish};
use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use jiff::Timestamp;
use testing::{Answer, Caller, World};

use super::face;
use crate::kit::{Context, Peer, Warm};

/// Says which permissions a request needs.
const REQUIRE: &str = "x-chancery-require";

/// A world with a gate in it. Alice owns the organization "Acme".
struct Gate {
    world: World,
    acme: OrganizationId,
    stranger: Caller,
    warm: Warm,
    grpc: Router,
}

impl Gate {
    async fn new() -> Self {
        Self::around(World::new().await).await
    }

    async fn around(world: World) -> Self {
        let (acme, _) = world.organization("Acme", "alice").await;
        let context = Context::of(world.authority.clone());
        let face = face(&context);
        let (_, warm) = face.warm.expect("a short cut");
        let stranger = world.caller(agreeing(face.router, Arc::clone(&warm)));
        let grpc = face.grpc.expect("a service");
        Self { world, acme: acme.id, stranger, warm, grpc }
    }

    /// The proxy, at loopback.
    fn proxy(&self) -> Caller {
        self.stranger.clone().from([127, 0, 0, 1])
    }

    /// What memory answers the proxy.
    fn warm(&self, parts: &Parts) -> Option<Response> {
        (self.warm)(parts, Peer(Ipv4Addr::LOCALHOST.into()))
    }

    async fn check(&self, token: &str) -> StatusCode {
        self.answer(token).await.status
    }

    async fn answer(&self, token: &str) -> Answer {
        self.stranger.clone().bearer(token).gets("/check").await
    }

    async fn demand(&self, token: &str, permission: &str) -> StatusCode {
        self.proxy().bearer(token).with(REQUIRE, permission).gets("/check").await.status
    }

    async fn key(&self, scopes: &str) -> String {
        let scopes = Some(Scopes::parse(scopes).unwrap());
        self.wish(Wish { scopes, ..Wish::default() }).await.secret.reveal().to_owned()
    }

    async fn wish(&self, wish: Wish) -> Issued {
        self.world.key("alice", self.acme, wish).await
    }

    /// One live token of each kind that bears.
    async fn one_of_each(&self) -> Vec<String> {
        let authority = &self.world.authority;
        let alice = self.world.actor("alice").await;
        let made = authority.create_application(&alice, self.acme, ("shop", "", None), None).await;
        let application = Holder::Application(made.unwrap().id);
        let robot = ("robot", Role::Editor);
        let made = authority.create_service_account(&alice, self.acme, robot, None).await;
        let account = Holder::ServiceAccount(made.unwrap().id);
        let held = |holder| Wish { holder: Some(holder), ..Wish::default() };
        let issued = [
            self.wish(Wish::default()).await,
            self.world.personal("alice", Wish::default()).await,
            authority.issue(&alice, held(application)).await.unwrap(),
            authority.issue(&alice, held(account)).await.unwrap(),
        ];
        let opened = self.session().await;
        let kept = issued.iter().map(|issued| issued.secret.reveal().to_owned());
        kept.chain([opened.access.reveal().to_owned()]).collect()
    }

    /// A short token for one of these services, or for nobody in particular.
    async fn exchanged(&self, subject: &str, audience: Option<&str>) -> String {
        let named: Vec<_> = audience.map(str::to_owned).into_iter().collect();
        let audiences = Audiences::named(&named, &[]).unwrap();
        let narrowing = &Narrowing { scopes: None, audiences };
        let exchange =
            Exchange { subject, client: None, actor: None, narrowing, visit: World::VISIT };
        let exchanged = self.world.authority.exchange(exchange).await.unwrap();
        exchanged.access.reveal().to_owned()
    }

    async fn session(&self) -> authority::account::Opened {
        let login =
            authority::account::Login { login: "alice", password: testing::PASSWORD, code: None };
        let door = World::door();
        self.world.authority.log_in(login, Some(self.acme), false, &door).await.unwrap()
    }

    fn later(&self, seconds: u64) -> Timestamp {
        self.world.authority.now() + Duration::from_secs(seconds)
    }
}

/// Whatever memory answers, the router answers too, to the last header.
fn agreeing(router: Router, warm: Warm) -> Router {
    router.layer(from_fn(move |request: Request, next: Next| {
        let warm = Arc::clone(&warm);
        async move { agree(&warm, request, next).await }
    }))
}

async fn agree(warm: &Warm, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let checked = parts.uri.path() == super::CHECK;
    let warm = if checked { warm(&parts, Peer::of(&parts)) } else { None };
    let answer = next.run(Request::from_parts(parts, body)).await;
    if let Some(warm) = warm {
        assert_eq!(warm.status(), answer.status());
        assert_eq!(warm.headers(), answer.headers());
    }
    answer
}

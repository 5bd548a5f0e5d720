//! OAuth's face. Tests are named by their case in the attack book.

mod acting;
mod exchange;
mod introspection;
mod obtaining;
mod published;
mod revocation;
mod signed;

use authority::application::Application;
use authority::permission::Role;
use authority::scope::Scopes;
use authority::token::{Holder, Issued, Wish};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use testing::{Answer, Caller, World};

use super::face;
use crate::kit::{Context, LARGEST_BODY};

/// Two tenants. Alice owns "Acme" with the application "shop", Bob owns "Bolt" with "depot"; each
/// application has a client secret. Vera is a viewer in Acme.
struct Court {
    world: World,
    stranger: Caller,
    acme: Tenant,
    bolt: Tenant,
}

struct Tenant {
    owner: &'static str,
    id: authority::id::OrganizationId,
    application: Application,
    secret: Issued,
}

impl Court {
    async fn new() -> Self {
        let world = World::new().await;
        let acme = Tenant::new(&world, ("Acme", "alice", "shop")).await;
        let bolt = Tenant::new(&world, ("Bolt", "bob", "depot")).await;
        world.member("vera", acme.id, Role::Viewer).await;
        let context = Context::of(world.authority.clone());
        let stranger = world.caller(face(&context).router);
        Self { world, stranger, acme, bolt }
    }

    /// The client of a tenant, by Basic.
    fn client(&self, tenant: &Tenant) -> Caller {
        let id = tenant.application.id.to_string();
        self.stranger.clone().basic(&id, tenant.secret.secret.reveal())
    }

    async fn key(&self, tenant: &Tenant, wish: Wish) -> Issued {
        self.world.key(tenant.owner, tenant.id, wish).await
    }

    /// What the tenant's own client is told of a token.
    async fn told(&self, tenant: &Tenant, token: &str) -> Answer {
        introspect(&self.client(tenant), token).await
    }

    async fn is_active(&self, tenant: &Tenant, token: &str) -> bool {
        let answer = self.told(tenant, token).await;
        assert_eq!(answer.status, 200);
        answer.json()["active"].as_bool().unwrap()
    }
}

impl Tenant {
    async fn new(world: &World, (name, owner, shop): (&str, &'static str, &str)) -> Self {
        let (organization, _) = world.organization(name, owner).await;
        let actor = world.actor(owner).await;
        let made =
            world.authority.create_application(&actor, organization.id, (shop, "", None), None);
        let application = made.await.unwrap();
        let holder = Some(Holder::Application(application.id));
        let wish = Wish { holder, client_secret: true, ..Wish::default() };
        let secret = world.authority.issue(&actor, wish).await.unwrap();
        Self { owner, id: organization.id, application, secret }
    }
}

fn reading() -> Wish {
    Wish { scopes: Some(Scopes::read()), ..Wish::default() }
}

async fn introspect(caller: &Caller, token: &str) -> Answer {
    caller.fills("/oauth/introspect", &format!("token={token}")).await
}

async fn revoke(caller: &Caller, token: &str) -> Answer {
    caller.fills("/oauth/revoke", &format!("token={token}")).await
}

async fn ask(caller: &Caller, form: &[(&str, &str)]) -> Answer {
    caller.fills("/oauth/token", &serde_urlencoded::to_string(form).unwrap()).await
}

const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// The form of an exchange, with more fields.
fn exchange_of<'a>(subject: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let shown = [("subject_token", subject), ("subject_token_type", ACCESS_TOKEN)];
    [&[("grant_type", EXCHANGE)], shown.as_slice(), more].concat()
}

/// The claims of an access token, or of an answer that is signed; `at` 0 is the header.
fn part(jws: &str, at: usize) -> serde_json::Value {
    let part = jws.trim_start_matches("tkat_").split('.').nth(at).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

const INACTIVE: &str = r#"{"active":false}"#;

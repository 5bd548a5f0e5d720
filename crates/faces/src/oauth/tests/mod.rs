//! OAuth's face. Tests are named by their case in the attack book.

mod introspection;
mod published;
mod revocation;

use authority::application::Application;
use authority::permission::Role;
use authority::scope::Scopes;
use authority::token::{Holder, Issued, Wish};
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

const INACTIVE: &str = r#"{"active":false}"#;

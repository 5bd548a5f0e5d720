//! Short tokens that were exchanged for others: what they stand on, what ends them, and that nothing
//! comes of them that is more.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod ends;
mod more;
mod subjects;

use authority::account::{Login, Opened};
use authority::application::{Application, ServiceAccount};
use authority::audience::Audiences;
use authority::id::OrganizationId;
use authority::permission::Role;
use authority::scope::Scopes;
use authority::token::{Exchange, Exchanged, Holder, Issued, Narrowing, Reason, Verdict, Wish};
use authority::{Actor, Error};
use testing::{PASSWORD, World};

/// Alice owns "Acme" with the application "shop" and the service account "robot", who edits. Vera
/// administers it too.
struct Scene {
    world: World,
    acme: OrganizationId,
    shop: Application,
    robot: ServiceAccount,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        let (acme, _) = world.organization("Acme", "alice").await;
        world.member("vera", acme.id, Role::Admin).await;
        let alice = world.actor("alice").await;
        let shop = world.authority.create_application(&alice, acme.id, ("shop", "", None), None);
        let shop = shop.await.unwrap();
        let robot = ("robot", Role::Editor);
        let robot = world.authority.create_service_account(&alice, acme.id, robot, None);
        let robot = robot.await.unwrap();
        Self { world, acme: acme.id, shop, robot }
    }

    async fn key(&self, wish: Wish) -> Issued {
        self.world.key("vera", self.acme, wish).await
    }

    async fn held_by(&self, holder: Holder, wish: Wish) -> Issued {
        let alice = self.world.actor("alice").await;
        let wish = Wish { holder: Some(holder), ..wish };
        self.world.authority.issue(&alice, wish).await.unwrap()
    }

    async fn log_in(&self, login: &str) -> Opened {
        let login = Login { login, password: PASSWORD, code: None };
        let (entered, door) = (Some(self.acme), World::door());
        self.world.authority.log_in(login, entered, false, &door).await.unwrap()
    }

    async fn tries(&self, subject: &str, narrowing: &Narrowing) -> Result<Exchanged, Error> {
        let exchange =
            Exchange { subject, client: None, actor: None, narrowing, visit: World::VISIT };
        self.world.authority.exchange(exchange).await
    }

    async fn exchanges(&self, subject: &str) -> Exchanged {
        self.tries(subject, &Narrowing::default()).await.unwrap()
    }

    async fn verdict(&self, exchanged: &Exchanged) -> Verdict {
        self.world.authority.verify(exchanged.access.reveal(), &World::ANY).await.unwrap()
    }

    async fn is_good(&self, exchanged: &Exchanged) -> bool {
        matches!(self.verdict(exchanged).await, Verdict::Good(_))
    }

    /// Why a token is not good; none if it is.
    async fn reason(&self, exchanged: &Exchanged) -> Option<Reason> {
        match self.verdict(exchanged).await {
            Verdict::Good(_) => None,
            Verdict::Bad(reason, _) => Some(reason),
        }
    }

    async fn by(&self, exchanged: &Exchanged) -> Actor {
        self.world.authority.authenticate(exchanged.access.reveal(), &World::VISIT).await.unwrap()
    }
}

fn reading() -> Narrowing {
    Narrowing { scopes: Some(Scopes::read()), audiences: None }
}

fn aimed_at(audience: &str) -> Narrowing {
    let audiences = Audiences::named(&[audience.to_owned()], &[]).unwrap();
    Narrowing { scopes: None, audiences }
}

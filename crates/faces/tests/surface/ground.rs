//! What the walks walk on: two tenants with one of everything.

use std::sync::Arc;

use authority::account::Login;
use authority::id::{OrganizationId, UserId};
use authority::permission::Role;
use authority::scope::Scopes;
use authority::token::{Issued, Wish};
use faces::kit::{Context, LARGEST_BODY, TrustedPeers};
use testing::{Answer, Caller, PASSWORD, World};

use crate::rows::{Row, Thing};

/// An id that nothing has.
pub(crate) const NOBODYS: &str = "019b796d-d600-7000-8000-0123456789ab";

/// A world with all faces.
pub(crate) struct Ground {
    pub(crate) world: World,
    pub(crate) documents: Vec<serde_json::Value>,
    pub(crate) stranger: Caller,
}

/// One of everything that belongs to a tenant.
#[derive(Clone)]
pub(crate) struct Tenant {
    pub(crate) owner: &'static str,
    pub(crate) organization: OrganizationId,
    ids: [(Thing, String); 9],
}

impl Ground {
    pub(crate) async fn new() -> Self {
        let world = World::new().await;
        let context = Context {
            authority: world.authority.clone(),
            trusted: Arc::new(TrustedPeers::default()),
            largest_body: LARGEST_BODY,
        };
        let all = faces::all(&context);
        let documents = all.iter().map(|face| serde_json::to_value(&face.document).unwrap());
        let documents = documents.collect();
        let stranger = world.caller(faces::router(&all));
        Self { world, documents, stranger }
    }

    /// A tenant that an existing user founds.
    pub(crate) async fn tenant(&self, owner: &'static str, names: [&str; 2]) -> Tenant {
        let Self { world, .. } = self;
        let authority = &world.authority;
        let actor = world.actor(owner).await;
        let organization = authority.create_organization(&actor, owner, None).await.unwrap().id;
        let [member, guest] = names;
        let user = world.member(member, organization, Role::Viewer).await.id;
        let guest = world.user(guest).await.id;
        let app = authority.create_application(&actor, organization, ("app", ""), None).await;
        let app = app.unwrap().id;
        authority.add_version(&actor, app, "1.0").await.unwrap();
        let robot = ("robot", Role::Viewer);
        let robot = authority.create_service_account(&actor, organization, robot, None).await;
        let group = authority.create_group(&actor, organization, "group").await.unwrap().id;
        authority.share_with_group(&actor, group, &[app]).await.unwrap();
        authority.add_to_group(&actor, group, user).await.unwrap();
        let token = world.key(owner, organization, Wish::default()).await.token.id;
        let session = self.session(owner, organization).await;
        let ids = [
            (Thing::Token, token.to_string()),
            (Thing::User, user.to_string()),
            (Thing::Guest, guest.to_string()),
            (Thing::Organization, organization.to_string()),
            (Thing::Application, app.to_string()),
            (Thing::ServiceAccount, robot.unwrap().id.to_string()),
            (Thing::Group, group.to_string()),
            (Thing::Session, session),
            (Thing::Version, "1".to_owned()),
        ];
        Tenant { owner, organization, ids }
    }

    async fn session(&self, owner: &str, organization: OrganizationId) -> String {
        let login = Login { login: owner, password: PASSWORD };
        let door = World::door();
        let opened = self.world.authority.log_in(login, Some(organization), false, &door).await;
        opened.unwrap().session.id.to_string()
    }

    /// Puts the member of another tenant's in place of the guest.
    pub(crate) async fn move_in(&self, tenant: &Tenant) {
        let guest: uuid::Uuid = tenant.id(Thing::Guest).parse().unwrap();
        self.world.join(UserId::from(guest), tenant.organization, Role::Viewer).await;
    }

    /// A personal token of somebody, below these ceilings.
    pub(crate) async fn personal(&self, username: &str, scopes: &str) -> Caller {
        let scopes = Some(Scopes::parse(scopes).unwrap());
        let issued = self.world.personal(username, Wish { scopes, ..Wish::default() }).await;
        self.by(&issued)
    }

    /// A token of a tenant's owner that is bound to the tenant.
    pub(crate) async fn bound(&self, tenant: &Tenant) -> Caller {
        let issued = self.world.key(tenant.owner, tenant.organization, Wish::default()).await;
        self.by(&issued)
    }

    fn by(&self, issued: &Issued) -> Caller {
        self.stranger.clone().bearer(issued.secret.reveal())
    }
}

impl Tenant {
    pub(crate) fn id(&self, thing: Thing) -> &str {
        self.ids.iter().find(|(other, _)| *other == thing).map(|(_, id)| id).unwrap()
    }
}

/// Does what a row says, with these ids.
pub(crate) async fn walk(
    caller: &Caller,
    row: &Row,
    id: impl Fn(usize, Thing) -> String,
) -> Answer {
    let (path, body) = row.filled(id);
    caller.sends(row.method(), &path, row.media_type(), body).await
}

/// A picture that may be an icon.
pub(crate) fn picture() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let picture = image::DynamicImage::new_rgb8(8, 8);
    picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

//! What the walks walk on: two tenants with one of everything.

use authority::account::Login;
use authority::application::{Client, Grant, NewClient};
use authority::id::{OrganizationId, UserId};
use authority::permission::Role;
use authority::scope::Scopes;
use authority::token::store::Page;
use authority::token::{Holder, Issued, Wish};
use faces::kit::Context;
use jiff::Timestamp;
use serde_json::json;
use testing::{Answer, Caller, PASSWORD, World};

use crate::rows::{Hex, Of, Row, Thing};

/// An id that nothing has.
const NOBODYS: &str = "019b796d-d600-7000-8000-0123456789ab";
/// A number that stands for nothing.
const NOBODYS_NUMBER: &str = "987654321";
/// Hexadecimal digits that stand for nothing.
const NOBODYS_DIGITS: &str = "019b796d000000000000d606";

/// An id, or number, that nothing has.
pub(crate) const fn nobodys(thing: Thing) -> &'static str {
    if matches!(thing, Thing::Number(_)) {
        NOBODYS_NUMBER
    } else if matches!(thing, Thing::Hex(_)) {
        NOBODYS_DIGITS
    } else {
        NOBODYS
    }
}

/// The id that each request has.
const SAME: &str = "0123456789abcdef0123456789abcdef";

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
    ids: Vec<(Thing, String)>,
}

impl Ground {
    pub(crate) async fn new() -> Self {
        let world = World::new().await;
        let context = Context::of(world.authority.clone());
        let all = faces::all(&context);
        let documents = all.iter().map(|face| serde_json::to_value(&face.document).unwrap());
        let documents = documents.collect();
        let stranger = world.caller(faces::router(&all)).with("x-api-request-id", SAME);
        Self { world, documents, stranger }
    }

    /// A tenant that an existing user founds.
    pub(crate) async fn tenant(&self, owner: &'static str, names: [&str; 2]) -> Tenant {
        let Self { world, .. } = self;
        let authority = &world.authority;
        let actor = world.actor(owner).await;
        let organization =
            authority.create_organization(&actor, (owner, None), None).await.unwrap();
        let number = organization.number;
        let [member, guest] = names;
        let user = world.member(member, organization.id, Role::Viewer).await;
        let guest = world.user(guest).await;
        let founded = organization.created_at;
        let organization = organization.id;
        let app = authority.create_application(&actor, organization, ("app", "", None), None).await;
        let application = app.unwrap();
        let app = application.id;
        authority.add_version(&actor, app, "1.0").await.unwrap();
        let robot = ("robot", Role::Viewer);
        let robot = authority.create_service_account(&actor, organization, robot, None).await;
        let robot = robot.unwrap();
        let group = authority.create_group(&actor, organization, ("group", "")).await.unwrap();
        authority.share_with_group(&actor, group.id, &[app]).await.unwrap();
        authority.add_to_group(&actor, group.id, user.id).await.unwrap();
        let token = world.key(owner, organization, Wish::default()).await.token.id;
        let session = self.session(owner, organization).await;
        let mut ids = vec![
            (Thing::Token, token.to_string()),
            (Thing::User, user.id.to_string()),
            (Thing::Guest, guest.id.to_string()),
            (Thing::Organization, organization.to_string()),
            (Thing::Application, app.to_string()),
            (Thing::ServiceAccount, robot.id.to_string()),
            (Thing::Group, group.id.to_string()),
            (Thing::Session, session),
            (Thing::Version, "1".to_owned()),
        ];
        let of = [(Of::User, user.number), (Of::Guest, guest.number), (Of::Team, group.number)];
        let of = of.into_iter().chain(self.numbers(owner, organization, number).await);
        ids.extend(of.map(|(of, number)| (Thing::Number(of), number.to_string())));
        let held = Wish { holder: Some(Holder::Application(app)), ..Wish::default() };
        let held = authority.issue(&actor, held).await.unwrap().token;
        let places = authority.members(&actor, organization, Page::first(9)).await.unwrap();
        let place = places.into_iter().find(|(one, _)| one.id == user.id).unwrap().1;
        let of = [
            (Hex::Organization, founded, number),
            (Hex::Application, application.created_at, application.number),
            (Hex::Token, held.created_at, held.number),
            (Hex::Robot, robot.created_at, robot.number),
            (Hex::Collaborator, place.created_at, user.number),
        ];
        let digits = |made: Timestamp, number| format!("{:08x}{number:016x}", made.as_second());
        ids.extend(of.map(|(of, made, number)| (Thing::Hex(of), digits(made, number))));
        Tenant { owner, organization, ids }
    }

    /// The numbers of what only AWX's face knows.
    async fn numbers(
        &self,
        owner: &str,
        organization: OrganizationId,
        number: i64,
    ) -> [(Of, i64); 5] {
        let Self { world, stranger, .. } = self;
        let actor = world.actor(owner).await;
        let client = Client {
            confidential: false,
            grant: Grant::Password,
            redirect_uris: Vec::new(),
            skips_consent: false,
        };
        let new = NewClient { name: "client".to_owned(), description: String::new(), client };
        let client = world.authority.create_client(&actor, organization, new).await.unwrap().0;
        let personal = world.personal(owner, Wish::default()).await.token.number;
        let root = stranger.clone().basic("root", PASSWORD);
        let path = format!("/api/v2/organizations/{number}/");
        let shown = root.gets(&path).await.json();
        let role = &shown["summary_fields"]["object_roles"]["admin_role"]["id"];
        let stream = root.gets(&format!("{path}activity_stream/")).await.json();
        [
            (Of::Organization, number),
            (Of::Client, client.number),
            (Of::Personal, personal),
            (Of::Role, role.as_i64().unwrap()),
            (Of::Entry, stream["results"][0]["id"].as_i64().unwrap()),
        ]
    }

    async fn session(&self, owner: &str, organization: OrganizationId) -> String {
        let login = Login { login: owner, password: PASSWORD, code: None };
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

    /// A token of the superuser's, made on AWX's face.
    pub(crate) async fn of_awx(&self, scope: &str) -> Caller {
        let root = self.stranger.clone().basic("root", PASSWORD);
        let made = root.posts("/api/v2/tokens/", &json!({ "scope": scope })).await.json();
        self.stranger.clone().bearer(made["token"].as_str().unwrap())
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

    /// All that it has but its version.
    pub(crate) fn all(&self) -> impl Iterator<Item = &(Thing, String)> {
        self.ids.iter().filter(|(thing, _)| *thing != Thing::Version)
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

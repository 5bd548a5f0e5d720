//! A world with all faces, and everybody in it who reads tokens.

use authority::account::{Login, Opened};
use authority::application::{Application, Client, Grant, NewClient, ServiceAccount};
use authority::id::OrganizationId;
use authority::permission::Role;
use authority::token::{Holder, Issued, Wish};
use axum::http::request::Parts;
use faces::kit::{Context, Peer, Warm};
use serde_json::{Value, json};
use testing::{Answer, Caller, PASSWORD, World};

/// Alice owns "Acme"; Mia is an administrator there and holds what is ended.
pub(crate) struct City {
    pub(crate) world: World,
    pub(crate) acme: OrganizationId,
    pub(crate) stranger: Caller,
    pub(crate) root: Caller,
    pub(crate) shop: Application,
    pub(crate) robot: ServiceAccount,
    /// An OAuth 2 client of Acme's, which sends passwords, and its secret.
    pub(crate) till: (Application, String),
    warm: Warm,
}

/// Everything that may be ended.
pub(crate) struct Held {
    pub(crate) key: Issued,
    pub(crate) personal: Issued,
    pub(crate) shops: Issued,
    pub(crate) robots: Issued,
    pub(crate) session: Opened,
    /// Made on AWX's face.
    pub(crate) own: Made,
    /// Made there through the till.
    pub(crate) granted: Made,
}

/// A token that AWX's face made.
pub(crate) struct Made {
    pub(crate) number: i64,
    pub(crate) token: String,
    /// Empty if there is none.
    pub(crate) refresh: String,
}

/// What each reader says of one token.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each reader says yes or no")]
pub(crate) struct Readings {
    pub(crate) introspection: bool,
    pub(crate) check: bool,
    pub(crate) warm_check: Option<bool>,
    pub(crate) verification: bool,
    pub(crate) native: bool,
    pub(crate) thinkeo: bool,
    pub(crate) applivery: bool,
    /// Yes only to tokens of people that are bound to nothing.
    pub(crate) awx: bool,
    /// Yes only to tokens of applications.
    pub(crate) app: bool,
}

impl Readings {
    /// All yes, or all no. Memory may have nothing to say of what is dead.
    pub(crate) fn all(&self) -> Option<bool> {
        let Self { introspection, check, warm_check, verification, .. } = *self;
        let Self { native, thinkeo, applivery, awx, app, .. } = *self;
        let said = [introspection, warm_check.unwrap_or(check), verification, native];
        let same = said.iter().chain(&[thinkeo, applivery]).all(|word| *word == check);
        (same && (check || !awx && !app)).then_some(check)
    }
}

impl City {
    pub(crate) async fn new() -> Self {
        Self::with(|_| ()).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut authority::Policy)) -> Self {
        let world = World::with(change).await;
        let (acme, _) = world.organization("Acme", "alice").await;
        let acme = acme.id;
        world.member("mia", acme, Role::Admin).await;
        let alice = world.actor("alice").await;
        let authority = &world.authority;
        let shop =
            authority.create_application(&alice, acme, ("shop", "", None), None).await.unwrap();
        let wish = ("robot", Role::Editor);
        let made = authority.create_service_account(&alice, acme, wish, None).await.unwrap();
        let context = Context::of(authority.clone());
        let all = faces::all(&context);
        let stranger = world.caller(faces::router(&all));
        let client = Client {
            confidential: true,
            grant: Grant::Password,
            redirect_uris: Vec::new(),
            skips_consent: false,
        };
        let new = NewClient { name: "till".to_owned(), description: String::new(), client };
        let (till, secret) = authority.create_client(&alice, acme, new).await.unwrap();
        let till = (till, secret.unwrap().reveal().to_owned());
        let warm = all.into_iter().find_map(|face| face.warm).unwrap().1;
        let root = world.personal("root", Wish::default()).await;
        let root = stranger.clone().bearer(root.secret.reveal());
        Self { world, acme, stranger, root, shop, robot: made, till, warm }
    }

    /// One of everything of Mia's, the shop's and the robot's, read by everybody.
    pub(crate) async fn held(&self) -> Held {
        let mia = self.world.actor("mia").await;
        let authority = &self.world.authority;
        let wish = |holder| Wish { holder: Some(holder), ..Wish::default() };
        let shops = authority.issue(&mia, wish(Holder::Application(self.shop.id))).await.unwrap();
        let robots = wish(Holder::ServiceAccount(self.robot.id));
        let held = Held {
            key: self.world.key("mia", self.acme, Wish::default()).await,
            personal: self.world.personal("mia", Wish::default()).await,
            shops,
            robots: authority.issue(&mia, robots).await.unwrap(),
            session: self.log_in("mia").await,
            own: self.makes("mia", &json!({ "description": "made by hand" })).await,
            granted: self.makes("mia", &json!({ "application": self.till.0.number })).await,
        };
        for (name, token) in held.tokens() {
            assert!(self.read(token).await.introspection, "{name}");
            assert!(self.read(token).await.check, "{name}");
        }
        held
    }

    /// Makes a token on AWX's face.
    pub(crate) async fn makes(&self, username: &str, wish: &Value) -> Made {
        let own = self.stranger.clone().basic(username, PASSWORD);
        let answer = own.posts("/api/v2/tokens/", wish).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        let made = answer.json();
        let text = |name: &str| made[name].as_str().unwrap_or_default().to_owned();
        let number = made["id"].as_i64().unwrap();
        Made { number, token: text("token"), refresh: text("refresh_token") }
    }

    /// What the till is answered when it shows a refresh token.
    pub(crate) async fn turns(&self, refresh: &str) -> Answer {
        let form = format!("grant_type=refresh_token&refresh_token={refresh}");
        self.till().fills("/api/o/token/", &form).await
    }

    /// The till, with its secret.
    pub(crate) fn till(&self) -> Caller {
        self.stranger.clone().basic(&self.till.0.id.to_string(), &self.till.1)
    }

    pub(crate) async fn log_in(&self, username: &str) -> Opened {
        let login = Login { login: username, password: PASSWORD, code: None };
        let door = World::door();
        self.world.authority.log_in(login, Some(self.acme), false, &door).await.unwrap()
    }

    /// What everybody says of a token.
    pub(crate) async fn read(&self, token: &str) -> Readings {
        let bearer = self.stranger.clone().bearer(token);
        let told = self.root.fills("/oauth/introspect", &format!("token={token}")).await;
        let question = json!({ "tokens": [{ "token": token }] });
        let verified = self.root.posts("/authority/v1/verify", &question).await.json();
        let warm = (self.warm)(&asking(token), Peer(std::net::Ipv4Addr::LOCALHOST.into()))
            .map(|answer| answer.status() == 204);
        Readings {
            introspection: told.json()["active"].as_bool().unwrap(),
            check: yes(&bearer.gets("/check").await),
            warm_check: warm,
            verification: verified["results"][0]["valid"].as_bool().unwrap(),
            native: yes(&bearer.gets("/authority/v1/tokens").await),
            thinkeo: yes(&bearer.gets("/v0/teams").await),
            applivery: reads(&bearer.gets("/v1/organizations/acme").await),
            awx: yes(&bearer.gets("/api/v2/me/").await),
            app: yes(&bearer.gets("/v1/app").await),
        }
    }

    /// Whether a session can still be refreshed. Asking refreshes it.
    pub(crate) async fn refreshes(&self, opened: &Opened) -> bool {
        let body = json!({ "refreshToken": opened.refresh.reveal() });
        let answer = self.stranger.posts("/v0/auth/refresh", &body).await;
        assert!(matches!(answer.status.as_u16(), 200 | 401), "{}", answer.status);
        answer.status == 200
    }
}

/// What of all that is held AWX's face takes.
pub(crate) const PERSONAL: [&str; 3] = ["personal", "own", "granted"];

impl Held {
    pub(crate) fn tokens(&self) -> [(&'static str, &str); 7] {
        [
            ("key", self.key.secret.reveal()),
            ("personal", self.personal.secret.reveal()),
            ("shop's", self.shops.secret.reveal()),
            ("robot's", self.robots.secret.reveal()),
            ("session's", self.session.access.reveal()),
            ("own", &self.own.token),
            ("granted", &self.granted.token),
        ]
    }
}

/// 2xx is yes, and so is 403: known and good, but not for this. 401 is no; else it is neither.
fn yes(answer: &Answer) -> bool {
    match answer.status.as_u16() {
        200 | 204 | 403 => true,
        401 => false,
        status => panic!("{status}: {}", answer.body),
    }
}

/// As [`yes`], where somebody who is good may have no place.
fn reads(answer: &Answer) -> bool {
    answer.status == 404 || yes(answer)
}

fn asking(token: &str) -> Parts {
    let request = axum::http::Request::get("/check");
    let request = request.header("authorization", format!("Bearer {token}"));
    request.body(()).unwrap().into_parts().0
}

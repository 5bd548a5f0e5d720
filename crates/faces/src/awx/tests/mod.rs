//! What the recorded exchanges do not show: the attack book's cases by their numbers, and the rest of
//! the contract.

mod browser;
mod changing;
mod clients;
mod codes;
mod consent;
mod fuzz;
mod grants;
mod hostile;
mod issuing;
mod lifecycle;
mod lists;
mod login;
mod outage;
mod passwords;
mod people;
mod places;
mod presented;
mod provider;
mod related;
mod seats;
mod secrets;
mod tenants;
mod tokens;
mod wire;

use std::time::Duration;

use authority::journal::EntryFilter;
use authority::token::Wish;
use axum::http::Method;
use serde_json::{Value, json};
use testing::{Answer, Caller, PASSWORD, World};

use crate::kit::Context;

/// What everybody is told who shows nothing good.
const NOBODY: &str = super::fault::NOT_SIGNED_IN;
/// What everybody is told who may not.
const MAY_NOT: &str = super::fault::NOT_ALLOWED;

/// Two organizations of the installation's own. Alice is a member of "Acme", bob its admin, vera its
/// auditor; gina is the admin of "Globex", gus a member. Carol belongs to nothing, dave is a system
/// auditor, root a superuser.
struct Scene {
    world: World,
    acme: i64,
    globex: i64,
}

impl Scene {
    async fn new() -> Self {
        Self::on(World::new().await).await
    }

    async fn on(world: World) -> Self {
        for name in ["alice", "bob", "vera", "gina", "gus", "carol", "dave"] {
            world.user(name).await;
        }
        let mut scene = Self { world, acme: 0, globex: 0 };
        let root = scene.basic("root");
        scene.acme =
            made(&root, "/api/v2/organizations/", json!({ "name": "Acme" })).await.number();
        let globex = json!({ "name": "Globex" });
        scene.globex = made(&root, "/api/v2/organizations/", globex).await.number();
        for (place, seats, name) in [
            (scene.acme, "users", "alice"),
            (scene.acme, "admins", "bob"),
            (scene.globex, "admins", "gina"),
            (scene.globex, "users", "gus"),
        ] {
            let path = format!("/api/v2/organizations/{place}/{seats}/");
            let id = scene.id(name).await;
            assert_eq!(root.posts(&path, &json!({ "id": id })).await.status, 204);
        }
        let auditor = scene.role(scene.acme, "auditor_role").await;
        let vera = format!("/api/v2/users/{}/roles/", scene.id("vera").await);
        assert_eq!(root.posts(&vera, &json!({ "id": auditor })).await.status, 204);
        let dave = format!("/api/v2/users/{}/", scene.id("dave").await);
        let marks = json!({ "is_system_auditor": true });
        assert_eq!(root.tells(Method::PATCH, &dave, &marks).await.status, 200);
        scene
    }

    /// Somebody without credentials.
    fn stranger(&self) -> Caller {
        let context = Context::of(self.world.authority.clone());
        self.world.caller(crate::router(&[super::face(&context)]))
    }

    /// A user, by name and password.
    fn basic(&self, name: &str) -> Caller {
        self.stranger().basic(name, PASSWORD)
    }

    /// The number of a user.
    async fn id(&self, name: &str) -> i64 {
        let answer = self.basic("root").gets(&format!("/api/v2/users/{name}/")).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.number()
    }

    /// The number of an organization's role.
    async fn role(&self, organization: i64, key: &str) -> i64 {
        let path = format!("/api/v2/organizations/{organization}/");
        let shown = self.basic("root").gets(&path).await.json();
        shown["summary_fields"]["object_roles"][key]["id"].as_i64().unwrap()
    }

    /// A new personal token of a user's.
    async fn token(&self, name: &str, scope: &str) -> Made {
        let wish = json!({ "scope": scope, "description": "made" });
        made(&self.basic(name), "/api/v2/tokens/", wish).await
    }

    /// Somebody with a new personal token of a user's.
    async fn bearer(&self, name: &str, scope: &str) -> Caller {
        self.stranger().bearer(&self.token(name, scope).await.text("token"))
    }

    /// A new application of Acme's; `more` is put over what is usual.
    async fn application(&self, name: &str, more: Value) -> Application {
        self.application_by(&self.basic("root"), name, more).await
    }

    async fn application_by(&self, caller: &Caller, name: &str, more: Value) -> Application {
        let mut wish = json!({
            "name": name,
            "organization": self.acme,
            "client_type": "confidential",
            "authorization_grant_type": "password",
        });
        put_over(&mut wish, more);
        let made = made(caller, "/api/v2/applications/", wish).await;
        let secret = made.0["client_secret"].as_str().unwrap_or_default().to_owned();
        let id = made.text("client_id");
        Application { number: made.number(), id, secret }
    }

    /// A client, by Basic.
    fn client(&self, of: &Application) -> Caller {
        self.stranger().basic(&of.id, &of.secret)
    }

    /// Asks for a pair of tokens.
    async fn grant(&self, of: &Application, form: &str) -> Answer {
        self.client(of).fills("/api/o/token/", form).await
    }

    /// A pair of tokens by a user's password.
    async fn pair(&self, of: &Application, name: &str, scope: &str) -> Pair {
        let password = PASSWORD.replace(' ', "+");
        let form = format!("grant_type=password&username={name}&password={password}&scope={scope}");
        Pair::of(&self.grant(of, &form).await)
    }

    /// Exchanges a refresh token.
    async fn refresh(&self, of: &Application, refresh: &str) -> Answer {
        self.grant(of, &format!("grant_type=refresh_token&refresh_token={refresh}")).await
    }

    /// Whether a token is good here.
    async fn is_live(&self, token: &str) -> bool {
        let answer = self.stranger().bearer(token).gets("/api/v2/me/").await;
        assert!(answer.status == 200 || answer.status == 401, "{}", answer.body);
        answer.status == 200
    }

    /// How many entries the journal has.
    async fn journal(&self) -> usize {
        let root = self.world.root().await;
        let filter = EntryFilter::default();
        let entries = self.world.authority.journal(&root, None, filter, (None, 1_000)).await;
        entries.unwrap().len()
    }

    /// Time passes.
    async fn seconds(&self, seconds: u64) {
        self.world.pass(Duration::from_secs(seconds)).await;
    }

    /// A personal token that the core makes.
    async fn personal(&self, name: &str, wish: Wish) -> String {
        self.world.personal(name, wish).await.secret.reveal().to_owned()
    }
}

/// An OAuth 2 client.
struct Application {
    number: i64,
    id: String,
    secret: String,
}

/// The tokens of a grant.
struct Pair {
    access: String,
    refresh: String,
    scope: String,
}

impl Pair {
    fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, 200, "{}", answer.body);
        let made = Made(answer.json());
        let (access, refresh) = (made.text("access_token"), made.text("refresh_token"));
        Self { access, refresh, scope: made.text("scope") }
    }
}

/// An object that was just made.
struct Made(Value);

impl Made {
    fn number(&self) -> i64 {
        self.0["id"].as_i64().unwrap()
    }

    fn text(&self, name: &str) -> String {
        self.0[name].as_str().unwrap().to_owned()
    }

    fn url(&self) -> String {
        self.text("url")
    }
}

/// What answers say of objects and faults.
trait Told {
    fn number(&self) -> i64;
    fn detail(&self) -> String;
    fn cookies(&self) -> Vec<String>;
}

impl Told for Answer {
    fn number(&self) -> i64 {
        self.json()["id"].as_i64().unwrap()
    }

    fn detail(&self) -> String {
        self.json()["detail"].as_str().unwrap_or_default().to_owned()
    }

    fn cookies(&self) -> Vec<String> {
        let all = self.headers.get_all("set-cookie").iter();
        all.map(|line| line.to_str().unwrap().to_owned()).collect()
    }
}

/// Posts, and gives what was made.
async fn made(caller: &Caller, path: &str, body: Value) -> Made {
    let answer = caller.posts(path, &body).await;
    assert_eq!(answer.status, 201, "{path}: {}", answer.body);
    Made(answer.json())
}

fn put_over(value: &mut Value, more: Value) {
    let (Value::Object(members), Value::Object(more)) = (value, more) else { panic!("no objects") };
    members.extend(more);
}

/// The status of each of these answers.
fn statuses(answers: &[Answer]) -> Vec<u16> {
    answers.iter().map(|answer| answer.status.as_u16()).collect()
}

/// Everything that a caller can tell of two answers is the same, but for the pause, the time it took
/// and the request's own id.
fn assert_same(one: &Answer, other: &Answer) {
    let seen = |answer: &Answer| {
        let mut headers = answer.headers.clone();
        for own in ["retry-after", "x-api-request-id", "x-api-time", "x-api-total-time"] {
            headers.remove(own);
        }
        (answer.status, headers, answer.body.clone())
    };
    assert_eq!(seen(one), seen(other));
}

/// Whether a text has 8 characters in a row of a secret in it.
fn leaks(text: &str, secret: &str) -> bool {
    let body = secret.split_once('_').map_or(secret, |(_, body)| body);
    let windows = body.as_bytes().windows(8);
    windows.map(|window| str::from_utf8(window).unwrap()).any(|window| text.contains(window))
}

/// A text as a value in a query or form.
fn quoted(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

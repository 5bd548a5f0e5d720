//! Applivery's face among the others: what it makes is read by all, and what it ends is ended for all.

use authority::token::store::Page;
use axum::http::Method;
use serde_json::{Value, json};
use testing::{Caller, PASSWORD};

use crate::city::City;

const TOKENS: &str = "/v1/organizations/acme/apps/shop/tokens";
const ACCOUNTS: &str = "/v1/organizations/acme/service-accounts";

/// A bearer that this face made.
struct Made {
    id: String,
    bearer: String,
}

/// What ends something, who does it and how, and what of the app's token and the account's it ends.
type Cause = (&'static str, Who, Method, &'static str, &'static str, &'static [&'static str]);

/// Who brings something about.
#[derive(Clone, Copy)]
enum Who {
    /// Who made both.
    Mia,
    Root,
}

const BOTH: &[&str] = &["token", "account"];
const NEITHER: &[&str] = &[];
const TOKEN: &[&str] = &["token"];
const ACCOUNT: &[&str] = &["account"];

fn causes() -> Vec<Cause> {
    use Who::{Mia, Root};
    const DELETE: Method = Method::DELETE;
    const POST: Method = Method::POST;
    let token = "/v1/organizations/acme/apps/shop/tokens/<token>";
    let account = "/v1/organizations/acme/service-accounts/<account>";
    let rotate = "/v1/organizations/acme/apps/shop/tokens/<token>/rotate";
    let narrow = r#"{"scopes":["sdk"]}"#;
    let off = r#"{"disabled":true}"#;
    vec![
        ("the token is deleted", Mia, DELETE, token, "", TOKEN),
        ("the token is rotated", Mia, POST, rotate, "", TOKEN),
        ("the token is narrowed", Mia, Method::PUT, token, narrow, NEITHER),
        ("the token is given to be revoked", Root, POST, "/oauth/revoke", "token=<secret>", TOKEN),
        ("revoked natively", Root, DELETE, "/authority/v1/tokens/<token's id>", "", TOKEN),
        (
            "switched off natively",
            Root,
            Method::PATCH,
            "/authority/v1/tokens/<token's id>",
            off,
            TOKEN,
        ),
        ("the app is archived", Root, POST, "/authority/v1/applications/<shop>/archive", "", TOKEN),
        ("the account is deleted", Mia, DELETE, account, "", ACCOUNT),
        (
            "the organization is suspended",
            Root,
            POST,
            "/authority/v1/organizations/<acme>/suspend",
            "",
            BOTH,
        ),
        (
            "the organization's tokens end",
            Root,
            POST,
            "/authority/v1/organizations/<acme>/end-tokens",
            "",
            BOTH,
        ),
        (
            "who made both is removed",
            Root,
            DELETE,
            "/authority/v1/organizations/<acme>/members/<mia>",
            "",
            NEITHER,
        ),
        ("who made both is deleted", Root, DELETE, "/authority/v1/users/<mia>", "", NEITHER),
    ]
}

/// A world, and what Mia made there.
struct Street {
    city: City,
    mia: Caller,
    token: Made,
    account: Made,
}

impl Street {
    async fn new() -> Self {
        let city = City::new().await;
        let payload = json!({ "email": "mia@corp.test", "password": PASSWORD });
        let login = json!({ "provider": "traditional", "payload": payload });
        let opened = city.stranger.posts("/v1/auth/login", &login).await;
        let access = opened.json()["data"]["accessToken"]["token"].as_str().unwrap().to_owned();
        let mia = city.stranger.clone().bearer(&access);
        let token = made(&mia, TOKENS, &json!({})).await;
        let account = made(&mia, ACCOUNTS, &json!({ "role": "editor" })).await;
        Self { city, mia, token, account }
    }

    /// A text with ids and secrets in place of what stands for them.
    async fn filled(&self, text: &str) -> String {
        let root = self.city.world.root().await;
        let number = i64::from_str_radix(&self.token.id[8..], 16).unwrap();
        let all = self.city.world.authority.tokens_in(&root, self.city.acme, Page::first(1_000));
        let token = all.await.unwrap().into_iter().find(|token| token.number == number).unwrap();
        let mia = self.city.world.actor("mia").await.user().unwrap();
        text.replace("<token>", &self.token.id)
            .replace("<account>", &self.account.id)
            .replace("<secret>", &self.token.bearer)
            .replace("<token's id>", &token.id.to_string())
            .replace("<shop>", &self.city.shop.id.to_string())
            .replace("<acme>", &self.city.acme.to_string())
            .replace("<mia>", &mia.to_string())
    }

    async fn bring_about(&self, (name, who, method, path, body, _): &Cause) {
        let caller = match who {
            Who::Mia => self.mia.clone(),
            Who::Root => self.city.root.clone(),
        };
        let kind = match body.chars().next() {
            None => None,
            Some('{') => Some("application/json"),
            Some(_) => Some("application/x-www-form-urlencoded"),
        };
        let (path, body) = (self.filled(path).await, self.filled(body).await);
        let answer = caller.sends(method.clone(), &path, kind, body.into_bytes()).await;
        assert!(answer.status.is_success(), "{name}: {} {}", answer.status, answer.body);
    }

    /// What everybody says of the token and of the account.
    async fn assert_live(&self, name: &str, ends: &[&str]) {
        for (held, bearer) in [("token", &self.token.bearer), ("account", &self.account.bearer)] {
            let readings = self.city.read(bearer).await;
            let expected = !ends.contains(&held);
            assert_eq!(readings.all(), Some(expected), "{name}: the {held}: {readings:?}");
            let of_app = expected && held == "token";
            assert_eq!(readings.app, of_app, "{name}: the {held}: {readings:?}");
            assert!(!readings.awx, "{name}: neither is a person's");
        }
    }
}

async fn made(caller: &Caller, path: &str, body: &Value) -> Made {
    let answer = caller.posts(path, body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let data = &answer.json()["data"];
    let text = |name: &str| data[name].as_str().unwrap().to_owned();
    Made { id: text("id"), bearer: text("bearer") }
}

#[tokio::test]
async fn a081_what_this_face_makes_is_good_for_every_reader_and_every_end_reaches_each_at_once() {
    for cause in causes() {
        let street = Street::new().await;
        street.assert_live("before", NEITHER).await;
        street.bring_about(&cause).await;
        street.assert_live(cause.0, cause.5).await;
    }
}

#[tokio::test]
async fn a_token_of_an_app_passes_a_gateway_for_what_its_scopes_say() {
    let street = Street::new().await;
    let proxy = street.city.stranger.clone().from([127, 0, 0, 1]);
    let passes = async |bearer: &str, permission: &str| {
        let proxy = proxy.clone().bearer(bearer).with("x-chancery-require", permission);
        proxy.gets("/check").await.status.as_u16()
    };
    let sdk = made(&street.mia, TOKENS, &json!({ "scopes": ["sdk"] })).await.bearer;
    for (permission, both, narrow) in [
        ("mad.sdk.app.get", 204, 204),
        ("mad.integration.build.list", 204, 403),
        ("mad.application.token.list", 403, 403),
        ("shop.order.list", 403, 403),
    ] {
        assert_eq!(passes(&street.token.bearer, permission).await, both, "{permission}");
        assert_eq!(passes(&sdk, permission).await, narrow, "{permission}");
    }
    let told = street.city.root.fills("/oauth/introspect", &format!("token={sdk}")).await.json();
    assert_eq!((&told["active"], &told["scope"]), (&json!(true), &json!("mad.sdk.*")));
}

#[tokio::test]
async fn a_token_of_an_app_that_was_made_elsewhere_is_seen_and_ended_here() {
    let street = Street::new().await;
    let held = street.city.held().await;
    let token = &held.shops.token;
    let id = format!("{:08x}{:016x}", token.created_at.as_second(), token.number);
    let path = format!("{TOKENS}/{id}");
    assert_eq!(street.mia.gets(&path).await.json()["data"]["id"], id);
    assert_eq!(street.mia.asks(Method::DELETE, &path).await.status, 200);
    let readings = street.city.read(held.shops.secret.reveal()).await;
    assert_eq!(readings.all(), Some(false), "{readings:?}");
    for other in [&held.key, &held.robots] {
        let token = &other.token;
        let id = format!("{:08x}{:016x}", token.created_at.as_second(), token.number);
        assert_eq!(street.mia.asks(Method::DELETE, &format!("{TOKENS}/{id}")).await.status, 404);
        assert_eq!(street.city.read(other.secret.reveal()).await.all(), Some(true));
    }
}

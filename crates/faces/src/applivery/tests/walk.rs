//! Walks over every route (attack book, A022 and A039).

use std::collections::BTreeSet;

use axum::http::Method;
use serde_json::{Value, json};
use testing::{Answer, Caller};

use super::{ACME, Scene, asks, assert_same, data, made, told};

/// Routes that change something.
const CHANGES: [(&str, &str); 10] = [
    ("POST", "/v1/organizations/{organizationId}/apps/{applicationId}/tokens"),
    ("PUT", "/v1/organizations/{organizationId}/apps/{applicationId}/tokens/{tokenId}"),
    ("DELETE", "/v1/organizations/{organizationId}/apps/{applicationId}/tokens/{tokenId}"),
    ("POST", "/v1/organizations/{organizationId}/apps/{applicationId}/tokens/{tokenId}/rotate"),
    ("POST", "/v1/organizations/{organizationId}/service-accounts"),
    ("PUT", "/v1/organizations/{organizationId}/service-accounts/{serviceAccountId}"),
    ("DELETE", "/v1/organizations/{organizationId}/service-accounts/{serviceAccountId}"),
    ("PUT", "/v1/organizations/{organizationId}/collaborators/{collaboratorId}"),
    ("POST", "/v1/organizations/{organizationId}/oem/users"),
    // An app's own, which nobody else has.
    ("GET", "/v1/app"),
];

/// Routes that anybody may call.
const OPEN: [(&str, &str); 3] =
    [("POST", "/v1/auth/login"), ("POST", "/v1/auth/refresh"), ("GET", "/v1/openapi.json")];

/// One of everything in an organization.
#[derive(Clone)]
pub(super) struct Things {
    pub(super) organization: String,
    pub(super) app: String,
    pub(super) token: String,
    pub(super) account: String,
    pub(super) member: String,
}

impl Things {
    /// What somebody makes in an organization with one app, by ids.
    pub(super) async fn of(scene: &Scene, owner: &str, slugs: (&str, &str)) -> Self {
        let caller = scene.person(owner).await;
        let place = format!("/v1/organizations/{}", slugs.0);
        let tokens = format!("{place}/apps/{}/tokens", slugs.1);
        let token = data(&caller.posts(&tokens, &json!({})).await);
        let robot = json!({ "role": "viewer" });
        let account = made(&caller, &format!("{place}/service-accounts"), &robot).await.id;
        let person = json!({ "email": format!("guest.of.{owner}@corp.test") });
        let member = data(&caller.posts(&format!("{place}/oem/users"), &person).await);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self {
            organization: text(&token["organization"]),
            app: text(&token["application"]),
            token: text(&token["id"]),
            account,
            member: text(&member["id"]),
        }
    }

    /// Nothing that is there.
    pub(super) fn nothing() -> Self {
        let id = |end: u8| format!("695661c0000000000000ff{end:02x}");
        Self { organization: id(1), app: id(2), token: id(3), account: id(4), member: id(5) }
    }

    fn path(&self, template: &str) -> String {
        template
            .replace("{organizationId}", &self.organization)
            .replace("{applicationId}", &self.app)
            .replace("{tokenId}", &self.token)
            .replace("{serviceAccountId}", &self.account)
            .replace("{collaboratorId}", &self.member)
    }

    pub(super) async fn call(&self, caller: &Caller, method: &str, template: &str) -> Answer {
        let body = match (method, template.rsplit('/').next().unwrap_or_default()) {
            ("GET" | "DELETE", _) => Value::Null,
            (_, "service-accounts" | "{serviceAccountId}") => json!({ "role": "editor" }),
            (_, "{collaboratorId}") => json!({ "role": "viewer", "tags": ["new"] }),
            (_, "users") => json!({ "email": "new@corp.test" }),
            _ => json!({}),
        };
        asks(caller, &method.parse::<Method>().unwrap(), &self.path(template), &body).await
    }
}

/// Method and path of every operation in the document.
pub(super) async fn operations(scene: &Scene) -> BTreeSet<(String, String)> {
    let document = scene.stranger().gets("/v1/openapi.json").await.json();
    let mut all = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            all.insert((method.to_uppercase(), path.clone()));
        }
    }
    all
}

/// Every operation that asks for a bearer.
pub(super) async fn closed(scene: &Scene) -> BTreeSet<(String, String)> {
    let mut all = operations(scene).await;
    for (method, template) in OPEN {
        assert!(all.remove(&(method.into(), template.into())), "{method} {template}");
    }
    all
}

#[tokio::test]
async fn a022_a_token_that_reads_changes_nothing() {
    let scene = Scene::new().await;
    let things = Things::of(&scene, "alice", ("acme", "shop")).await;
    let reads = scene.key_for("read").await;
    let before = scene.count("token.issue").await;
    let mut left = closed(&scene).await;
    for (method, template) in CHANGES {
        assert!(left.remove(&(method.into(), template.into())), "{method} {template}");
        let answer = things.call(&reads, method, template).await;
        let expected = if template == "/v1/app" { (401, 4004) } else { (403, 4003) };
        assert_eq!(told(&answer), expected, "{method} {template}: {}", answer.body);
    }
    for (method, template) in &left {
        assert_eq!(method, "GET", "{template} is in no table");
        let answer = things.call(&reads, method, template).await;
        assert_eq!(answer.status, 200, "{method} {template}: {}", answer.body);
    }
    assert_eq!(scene.count("token.issue").await, before);
}

#[tokio::test]
async fn what_reads_is_not_more_than_it_was_made_for() {
    let scene = Scene::new().await;
    let things = Things::of(&scene, "alice", ("acme", "shop")).await;
    let narrow = scene.key_for("shop.order.*").await;
    for (method, template) in closed(&scene).await {
        let answer = things.call(&narrow, &method, &template).await;
        let expected = if template == "/v1/app" { (401, 4004) } else { (403, 4003) };
        assert_eq!(told(&answer), expected, "{method} {template}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_stranger_gets_nowhere() {
    let scene = Scene::new().await;
    let things = Things::of(&scene, "alice", ("acme", "shop")).await;
    for (method, template) in closed(&scene).await {
        let answer = things.call(&scene.stranger(), &method, &template).await;
        assert_eq!(told(&answer), (401, 4002), "{method} {template}");
        assert_eq!(answer.header("www-authenticate"), r#"Bearer realm="Chancery""#);
    }
    for (method, template) in OPEN {
        let answer = things.call(&scene.stranger(), method, template).await;
        assert_ne!(answer.status, 401, "{method} {template}");
    }
}

#[tokio::test]
async fn a_token_of_an_app_manages_nothing() {
    let scene = Scene::new().await;
    let things = Things::of(&scene, "alice", ("acme", "shop")).await;
    let alice = scene.world.actor("alice").await;
    for scopes in ["*", "mad.application.* authority.*"] {
        let token = scene.apps_token(&alice, &scene.shop, scopes).await;
        let caller = scene.stranger().bearer(token.secret.reveal());
        for (method, template) in CHANGES {
            if template != "/v1/app" {
                let answer = things.call(&caller, method, template).await;
                assert_eq!(told(&answer), (403, 4003), "{scopes} {method} {template}");
            }
        }
        for path in [super::TOKENS.to_owned(), format!("{}/{}", super::TOKENS, things.token)] {
            assert_eq!(told(&caller.gets(&path).await), (403, 4003), "{scopes} {path}");
        }
    }
}

#[tokio::test]
async fn a039_what_another_organization_has_is_as_if_it_were_not_there() {
    let scene = Scene::new().await;
    scene.globex().await;
    let foreign = Things::of(&scene, "bob", ("globex", "depot")).await;
    let nothing = Things::nothing();
    let personal = scene.world.personal("alice", authority::token::Wish::default()).await;
    let personal = scene.stranger().bearer(personal.secret.reveal());
    let callers = [scene.person("alice").await, scene.key_for("*").await, personal];
    for (method, template) in closed(&scene).await {
        if !template.contains('{') {
            continue;
        }
        for caller in &callers {
            let there = foreign.call(caller, &method, &template).await;
            assert_eq!(told(&there), (404, 3001), "{method} {template}: {}", there.body);
            assert_same(&there, &nothing.call(caller, &method, &template).await);
        }
    }
}

#[tokio::test]
async fn a039_what_another_organization_has_is_not_in_ones_own_either() {
    let scene = Scene::new().await;
    scene.globex().await;
    let foreign = Things::of(&scene, "bob", ("globex", "depot")).await;
    let own = Things::of(&scene, "alice", ("acme", "shop")).await;
    let nothing = Things::nothing();
    let alice = scene.person("alice").await;
    for (method, template) in closed(&scene).await {
        let inner = template.matches('{').count();
        if inner < 2 {
            continue;
        }
        // Every part but the first is another's, and then the last alone.
        for kept in 1..inner {
            let mix = |other: &Things| Things {
                organization: own.organization.clone(),
                app: if kept > 1 { own.app.clone() } else { other.app.clone() },
                ..other.clone()
            };
            let there = mix(&foreign).call(&alice, &method, &template).await;
            assert_eq!(told(&there), (404, 3001), "{method} {template}: {}", there.body);
            assert_same(&there, &mix(&nothing).call(&alice, &method, &template).await);
        }
    }
    let bob = scene.person("bob").await;
    assert_eq!(data(&bob.gets("/v1/organizations/globex/apps/depot/tokens").await)["totalDocs"], 1);
}

#[tokio::test]
async fn a_slash_at_the_end_changes_nothing_and_is_no_redirect() {
    let scene = Scene::new().await;
    let things = Things::of(&scene, "alice", ("acme", "shop")).await;
    let alice = scene.person("alice").await;
    for (method, template) in operations(&scene).await {
        if method == "GET" && template != "/v1/app" {
            let without = things.call(&alice, &method, &template).await;
            let with = things.call(&alice, &method, &format!("{template}/")).await;
            assert_eq!(without.status, 200, "{template}");
            assert_same(&without, &with);
        }
    }
    for path in ["service-accounts", "apps/shop/tokens"] {
        let body = json!({ "role": "viewer" });
        assert_eq!(alice.posts(&format!("{ACME}/{path}/"), &body).await.status, 200, "{path}");
    }
}

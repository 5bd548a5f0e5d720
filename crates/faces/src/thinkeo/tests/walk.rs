//! Walks over every route (attack book, A022 and A039).

use std::collections::BTreeSet;

use axum::http::Method;
use image::{DynamicImage, ImageFormat};
use serde_json::{Value, json};
use testing::{Answer, Caller};

use super::{Scene, assert_same, id, made};

/// Routes that change something, what they need, and whether it is a change at all.
const CHANGES: [(&str, &str); 24] = [
    ("POST", "/v0/auth/logout"),
    ("PUT", "/v0/auth/password"),
    ("POST", "/v0/tokens"),
    ("DELETE", "/v0/tokens/{token_id}"),
    ("PUT", "/v0/teams"),
    ("POST", "/v0/teams"),
    ("POST", "/v0/teams/groups"),
    ("PUT", "/v0/teams/groups/{group_id}"),
    ("DELETE", "/v0/teams/groups/{group_id}"),
    ("POST", "/v0/teams/groups/{group_id}/apps"),
    ("DELETE", "/v0/teams/groups/{group_id}/apps/{app_id}"),
    ("POST", "/v0/teams/groups/{group_id}/users"),
    ("DELETE", "/v0/teams/groups/{group_id}/users/{user_id}"),
    ("POST", "/v0/teams/users"),
    ("PUT", "/v0/teams/users/{user_id}"),
    ("DELETE", "/v0/teams/users/{user_id}"),
    ("PUT", "/v0/users/me"),
    ("POST", "/v0/apps"),
    ("PUT", "/v0/apps/{app_id}"),
    ("POST", "/v0/apps/{app_id}/archive"),
    ("PUT", "/v0/apps/{app_id}/icon"),
    ("POST", "/v0/apps/{app_id}/versions"),
    ("GET", "/v0/teams/logs?of-an-editor"),
    ("POST", "/v0/apps/query?reads"),
];

/// Routes that anybody may call.
const OPEN: [(&str, &str); 6] = [
    ("POST", "/v0/auth/login"),
    ("POST", "/v0/auth/refresh"),
    ("POST", "/v0/auth/register"),
    ("PUT", "/v0/auth/confirm"),
    ("POST", "/v0/auth/forgot-password"),
    ("GET", "/v0/docs/openapi.json"),
];

/// One of everything in a team.
#[derive(Clone)]
struct Things {
    token: String,
    group: String,
    app: String,
    user: String,
}

impl Things {
    async fn of(scene: &Scene, owner: &str, member: &str) -> Self {
        let (basic, bearer) = (scene.basic(owner), scene.bearer(owner).await);
        let invitation = json!({ "email": format!("{member}@corp.test") });
        let user = id(&basic.posts("/v0/teams/users", &invitation).await);
        let app = id(&bearer.posts("/v0/apps", &json!({ "name": "app" })).await);
        let group = id(&basic.posts("/v0/teams/groups", &json!({ "name": "group" })).await);
        let path = format!("/v0/teams/groups/{group}");
        basic.posts(&format!("{path}/apps"), &json!({ "appId": app })).await;
        basic.posts(&format!("{path}/users"), &json!({ "userId": user })).await;
        bearer.asks(Method::POST, &format!("/v0/apps/{app}/versions")).await;
        let icon = Some("image/png");
        bearer.sends(Method::PUT, &format!("/v0/apps/{app}/icon"), icon, png()).await;
        let token = made(&basic, "/v0/tokens").await["id"].as_str().unwrap().to_owned();
        Self { token, group, app, user }
    }

    /// Nothing that is there.
    fn nothing() -> Self {
        let id = |end: u8| format!("019b7a5c-0000-7000-8000-0000000000{end:02x}");
        Self { token: id(1), group: id(2), app: id(3), user: id(4) }
    }

    fn path(&self, template: &str) -> String {
        template
            .replace("{token_id}", &self.token)
            .replace("{group_id}", &self.group)
            .replace("{app_id}", &self.app)
            .replace("{user_id}", &self.user)
            .replace("{version}", "1")
    }

    /// A body that fits the route.
    fn body(&self, template: &str) -> Value {
        match template.rsplit('/').next().unwrap_or_default() {
            "password" => json!({ "oldPassword": testing::PASSWORD, "newPassword": "x" }),
            "apps" if template.contains("group") => json!({ "appId": self.app }),
            "users" if template.contains("group") => json!({ "userId": self.user }),
            "users" => json!({ "email": "new@corp.test" }),
            "{user_id}" => json!({ "role": "user" }),
            "tokens" => json!({}),
            _ => json!({ "name": "new" }),
        }
    }

    async fn call(&self, caller: &Caller, method: &str, template: &str) -> Answer {
        let (method, path) = (method.parse().unwrap(), self.path(template));
        match (template, &method) {
            (icon, &Method::PUT) if icon.ends_with("icon") => {
                caller.sends(method, &path, Some("image/png"), png()).await
            }
            (_, &Method::GET | &Method::DELETE) => caller.asks(method, &path).await,
            _ => caller.tells(method, &path, &self.body(template)).await,
        }
    }
}

fn png() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    DynamicImage::new_rgb8(4, 4).write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// Method and path of every operation in the document.
async fn operations(scene: &Scene) -> BTreeSet<(String, String)> {
    let document = scene.stranger().gets("/v0/docs/openapi.json").await.json();
    let mut all = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            all.insert((method.to_uppercase(), path.clone()));
        }
    }
    all
}

#[tokio::test]
async fn a022_a_token_that_reads_changes_nothing() {
    let scene = Scene::new().await;
    let things = Things::of(&scene, "alice", "carol").await;
    let reads = scene.key_for("read").await;
    let mut left = operations(&scene).await;
    for (method, template) in OPEN {
        assert!(left.remove(&(method.into(), template.into())), "{method} {template}");
    }
    for (method, template) in CHANGES {
        if let Some((path, _)) = template.split_once('?') {
            assert!(left.remove(&(method.into(), path.into())), "{method} {path}");
            continue;
        }
        assert!(left.remove(&(method.into(), template.into())), "{method} {template}");
        let answer = things.call(&reads, method, template).await;
        assert_eq!(answer.status, 403, "{method} {template}: {}", answer.body);
    }
    for (method, template) in &left {
        assert_eq!(method, "GET", "{template} is in no table");
        let answer = things.call(&reads, method, template).await;
        assert_eq!(answer.status, 200, "{method} {template}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_stranger_gets_nowhere() {
    let scene = Scene::new().await;
    let things = Things::of(&scene, "alice", "carol").await;
    let open: BTreeSet<_> = OPEN.map(|(method, path)| (method.into(), path.into())).into();
    for (method, template) in operations(&scene).await.difference(&open) {
        let answer = things.call(&scene.stranger(), method, template).await;
        assert_eq!(answer.status, 401, "{method} {template}");
        assert_eq!(answer.header("www-authenticate"), r#"Basic realm="Chancery", Bearer"#);
    }
}

#[tokio::test]
async fn a039_what_another_team_has_is_as_if_it_were_not_there() {
    let scene = Scene::new().await;
    scene.world.organization("Globex", "bob").await;
    let foreign = Things::of(&scene, "bob", "dave").await;
    let nothing = Things::nothing();
    for (method, template) in operations(&scene).await {
        if !template.contains('{') {
            continue;
        }
        for caller in [scene.bearer("alice").await, scene.key_for("*").await] {
            let there = foreign.call(&caller, &method, &template).await;
            let nowhere = nothing.call(&caller, &method, &template).await;
            assert_eq!(there.status, 404, "{method} {template}: {}", there.body);
            assert_same(&there, &nowhere);
        }
    }
}

#[tokio::test]
async fn a039_what_another_team_has_is_not_in_a_group_of_ones_own() {
    let scene = Scene::new().await;
    scene.world.organization("Globex", "bob").await;
    let foreign = Things::of(&scene, "bob", "dave").await;
    let group = Things::of(&scene, "alice", "carol").await.group;
    let alice = scene.bearer("alice").await;
    for (method, template) in operations(&scene).await {
        if template.matches('{').count() == 2 && template.contains("{group_id}") {
            let mixed = Things { group: group.clone(), ..foreign.clone() };
            let there = mixed.call(&alice, &method, &template).await;
            let nowhere = Things { group: group.clone(), ..Things::nothing() };
            assert_eq!(there.status, 404, "{method} {template}");
            assert_same(&there, &nowhere.call(&alice, &method, &template).await);
        }
    }
}

#[tokio::test]
async fn a039_ids_of_another_team_in_a_body_are_as_if_they_were_not_there() {
    let scene = Scene::new().await;
    scene.world.organization("Globex", "bob").await;
    let foreign = Things::of(&scene, "bob", "dave").await;
    let own = Things::of(&scene, "alice", "carol").await;
    let alice = scene.bearer("alice").await;
    for what in ["apps", "users"] {
        let path = format!("/v0/teams/groups/{}/{what}", own.group);
        let mut answers = Vec::new();
        for things in [&foreign, &Things::nothing()] {
            let body = things.body(&format!("groups/{what}"));
            answers.push(alice.posts(&path, &body).await);
        }
        assert_eq!(answers[0].status, 404);
        assert_same(&answers[0], &answers[1]);
    }
}

#[tokio::test]
async fn a_slash_at_the_end_changes_nothing() {
    let scene = Scene::new().await;
    let things = Things::of(&scene, "alice", "carol").await;
    for (method, template) in operations(&scene).await {
        if method == "GET" {
            let alice = scene.bearer("alice").await;
            let without = things.call(&alice, &method, &template).await;
            let with = things.call(&alice, &method, &format!("{template}/")).await;
            assert_eq!(without.status, 200, "{template}");
            assert_same(&without, &with);
        }
    }
}

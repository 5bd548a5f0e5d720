//! What is another's (attack book, group 3).

use axum::http::Method;
use serde_json::json;
use testing::PASSWORD;

use super::super::views;
use super::{MAY_NOT, Scene, Told, assert_same, made, statuses};

/// Numbers of things that the admin of one organization made there.
struct Things {
    organization: i64,
    team: i64,
    application: i64,
    token: i64,
    user: i64,
    role: i64,
    entry: i64,
}

impl Things {
    async fn of(scene: &Scene, admin: &str, member: &str, organization: i64) -> Self {
        let caller = scene.basic(admin);
        let named = json!({ "name": "ops", "organization": organization });
        let team = made(&caller, "/api/v2/teams/", named).await.number();
        let app = json!({
            "name": "app", "organization": organization, "client_type": "public",
            "authorization_grant_type": "password",
        });
        let application = made(&caller, "/api/v2/applications/", app).await.number();
        let token = made(&scene.basic(member), "/api/v2/tokens/", json!({})).await.number();
        let stream = caller.gets("/api/v2/activity_stream/?order_by=-id").await.json();
        Self {
            organization,
            team,
            application,
            token,
            user: scene.id(member).await,
            role: scene.role(organization, "member_role").await,
            entry: stream["results"][0]["id"].as_i64().unwrap(),
        }
    }

    fn nothing() -> Self {
        let [organization, team, application, token, user, role, entry] = [9_999_999; 7];
        Self { organization, team, application, token, user, role, entry }
    }

    fn path(&self, template: &str) -> String {
        let number = match template.split('/').nth(2).unwrap_or_default() {
            "organizations" => self.organization,
            "teams" => self.team,
            "applications" => self.application,
            "tokens" => self.token,
            "users" => self.user,
            "roles" => self.role,
            _ => self.entry,
        };
        format!("/api{}", template.replace("{id}", &number.to_string()))
    }
}

#[tokio::test]
async fn a039_a046_what_another_organization_has_is_as_if_it_were_not_there() {
    let scene = Scene::new().await;
    let foreign = Things::of(&scene, "gina", "gus", scene.globex).await;
    Things::of(&scene, "bob", "alice", scene.acme).await;
    let nothing = Things::nothing();
    let before = scene.journal().await;
    for view in views::all().iter().filter(|view| view.path.contains("{id}")) {
        for (method, _) in &view.actions {
            // An admin of an organization of the installation's own sees everybody in it.
            let people = view.path.starts_with("/v2/users/");
            for who in if people { ["alice", "carol"] } else { ["bob", "alice"] } {
                let caller = scene.basic(who);
                let body = json!({ "name": "x", "username": "x", "id": 1, "scope": "read" });
                let ask = async |things: &Things| {
                    caller.tells(method.clone(), &things.path(view.path), &body).await
                };
                let (there, nowhere) = (ask(&foreign).await, ask(&nothing).await);
                assert_eq!(there.status, 404, "{who} {method} {}: {}", view.path, there.body);
                assert_same(&there, &nowhere);
            }
        }
    }
    assert_eq!(scene.journal().await, before);
}

#[tokio::test]
async fn a039_a_foreign_number_in_a_body_is_as_one_that_nothing_has() {
    let scene = Scene::new().await;
    let foreign = Things::of(&scene, "gina", "gus", scene.globex).await;
    let own = Things::of(&scene, "bob", "alice", scene.acme).await;
    // Alice is the admin of nothing; let a tenant's owner try, who sees nobody else.
    scene.world.organization("Tenant", "tina").await;
    let tina = scene.basic("tina");
    let tenant = tina.gets("/api/v2/organizations/").await.json()["results"][0]["id"].clone();
    for path in [
        format!("/api/v2/organizations/{tenant}/users/"),
        format!("/api/v2/organizations/{tenant}/admins/"),
    ] {
        for gone in [false, true] {
            let ask =
                async |id: i64| tina.posts(&path, &json!({ "id": id, "disassociate": gone })).await;
            let (there, nowhere) = (ask(foreign.user).await, ask(9_999_999).await);
            assert_eq!(there.detail(), "User matching query does not exist.");
            assert_same(&there, &nowhere);
        }
    }
    let roles = format!("/api/v2/users/{}/roles/", scene.id("tina").await);
    let role = async |id: i64| tina.posts(&roles, &json!({ "id": id })).await;
    assert_same(&role(foreign.role).await, &role(32 * 99_999).await);
    let bob = scene.basic("bob");
    let team = async |organization: i64| {
        let body = json!({ "name": "x", "organization": organization });
        let mut answer = bob.posts("/api/v2/teams/", &body).await;
        answer.body = answer.body.replace(&organization.to_string(), "N");
        answer.headers.remove("content-length");
        answer
    };
    assert_same(&team(foreign.organization).await, &team(9_999_999).await);
    let app = async |organization: i64| {
        let body = json!({ "name": "x", "organization": organization });
        bob.posts("/api/v2/applications/", &body).await
    };
    assert_same(&app(foreign.organization).await, &app(9_999_999).await);
    assert_eq!(app(foreign.organization).await.detail(), MAY_NOT);
    let seat = format!("/api/v2/teams/{}/users/", own.team);
    let stranger = bob.posts(&seat, &json!({ "id": foreign.user })).await;
    assert_eq!(stranger.status, 400, "who is no member of the organization joins no team of it");
}

#[tokio::test]
async fn a046_lists_and_their_counts_have_nothing_of_another_organization() {
    let scene = Scene::new().await;
    Things::of(&scene, "gina", "gus", scene.globex).await;
    Things::of(&scene, "bob", "alice", scene.acme).await;
    let names = async |who: &str, path: &str, key: &str| {
        let list = scene.basic(who).gets(path).await.json();
        let all: Vec<String> = list["results"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one[key].as_str().map_or_else(|| one[key].to_string(), str::to_owned))
            .collect();
        assert_eq!(list["count"], all.len(), "{path}");
        all
    };
    assert_eq!(names("alice", "/api/v2/organizations/", "name").await, ["Acme"]);
    assert_eq!(names("carol", "/api/v2/organizations/", "name").await, [""; 0]);
    for path in ["/api/v2/teams/", "/api/v2/applications/"] {
        let own = scene.acme.to_string();
        assert_eq!(names("alice", path, "organization").await, [own], "{path}");
        assert_eq!(names("carol", path, "organization").await, [""; 0], "{path}");
    }
    assert_eq!(names("carol", "/api/v2/users/", "username").await, ["carol", "root"]);
    let alice = scene.id("alice").await.to_string();
    assert_eq!(names("alice", "/api/v2/tokens/", "user").await, [alice]);
    assert_eq!(
        names("bob", "/api/v2/tokens/", "user").await,
        [""; 0],
        "personal ones are nobody's"
    );
    let seen = scene.basic("alice").gets("/api/v2/activity_stream/").await.body;
    assert!(!seen.contains("Globex") && !seen.contains("gina"), "{seen}");
    let all = scene.basic("alice").gets("/api/v2/tokens/?user__username=gus").await.json();
    assert_eq!(all["count"], 0, "a filter finds no more than a list shows");
    for filter in
        ["not__id=0", "or__id__gt=0&or__id__lte=0", "user__username__regex=.", "search=made"]
    {
        let found = scene.basic("alice").gets(&format!("/api/v2/tokens/?{filter}")).await.json();
        assert!(found["count"].as_u64().unwrap() <= 1, "{filter}: {found}");
    }
}

#[tokio::test]
async fn a045_what_was_deleted_leaves_nothing_to_who_comes_after() {
    let scene = Scene::new().await;
    let app = scene.application("app", json!({})).await;
    let pair = scene.pair(&app, "alice", "write").await;
    let personal = scene.token("alice", "write").await;
    let (root, old) = (scene.basic("root"), scene.id("alice").await);
    assert_eq!(root.asks(Method::DELETE, "/api/v2/users/alice/").await.status, 204);
    let organization = format!("/api/v2/organizations/{}/", scene.acme);
    assert_eq!(root.asks(Method::DELETE, &organization).await.status, 204);
    let again = json!({ "username": "alice", "password": PASSWORD, "email": "alice@corp.test" });
    let alice = made(&root, "/api/v2/users/", again).await;
    let acme = made(&root, "/api/v2/organizations/", json!({ "name": "Acme" })).await;
    assert!(alice.number() > old && acme.number() > scene.acme, "numbers are not used again");
    for token in [&pair.access, &personal.text("token")] {
        assert!(!scene.is_live(token).await);
    }
    assert_eq!(scene.refresh(&app, &pair.refresh).await.status, 401);
    let caller = scene.basic("alice");
    for path in ["tokens/", "organizations/", "teams/", "applications/", "activity_stream/"] {
        let list = caller.gets(&format!("/api/v2/{path}")).await.json();
        assert_eq!(list["count"], 0, "{path} {list}");
    }
    let below = format!("/api/v2/users/{}/", alice.number());
    for path in
        ["tokens/", "personal_tokens/", "authorized_tokens/", "teams/", "organizations/", "roles/"]
    {
        let list = root.gets(&format!("{below}{path}")).await.json();
        assert_eq!(list["count"], 0, "{path} {list}");
    }
}

#[tokio::test]
async fn a050_what_is_suspended_is_seen_by_nobody_but_those_above_it() {
    let scene = Scene::new().await;
    let things = Things::of(&scene, "bob", "alice", scene.acme).await;
    let (root, bob) = (scene.world.root().await, scene.basic("bob"));
    let all = scene
        .world
        .authority
        .all_organizations(&root, authority::token::store::Page { after: 0, limit: 10 });
    let acme = all.await.unwrap().into_iter().find(|one| one.name == "Acme").unwrap().id;
    let suspend = async |now: bool| {
        scene.world.authority.set_organization_suspended(&root, acme, now).await.unwrap();
    };
    suspend(true).await;
    for template in ["/v2/organizations/{id}/", "/v2/teams/{id}/", "/v2/applications/{id}/"] {
        let path = things.path(template);
        let answers = [
            bob.gets(&path).await,
            bob.tells(Method::PATCH, &path, &json!({ "name": "x" })).await,
            bob.asks(Method::DELETE, &path).await,
        ];
        assert_eq!(statuses(&answers), [404; 3], "{path}");
        assert_eq!(scene.basic("root").gets(&path).await.status, 200, "{path}");
    }
    let body = json!({ "application": things.application });
    let token = scene.basic("alice").posts("/api/v2/tokens/", &body).await;
    assert_eq!(token.status, 400);
    suspend(false).await;
    assert_eq!(bob.gets(&things.path("/v2/teams/{id}/")).await.status, 200);
}

#[tokio::test]
async fn a050_a_grant_through_an_application_of_a_suspended_organization_is_dead() {
    let scene = Scene::new().await;
    let app = scene.application("app", json!({})).await;
    let pair = scene.pair(&app, "alice", "write").await;
    let root = scene.world.root().await;
    let page = authority::token::store::Page { after: 0, limit: 10 };
    let all = scene.world.authority.all_organizations(&root, page).await.unwrap();
    let acme = all.into_iter().find(|one| one.name == "Acme").unwrap().id;
    scene.world.authority.set_organization_suspended(&root, acme, true).await.unwrap();
    assert!(!scene.is_live(&pair.access).await);
    assert_ne!(scene.refresh(&app, &pair.refresh).await.status, 200);
    let form = format!("grant_type=password&username=alice&password={}", super::quoted(PASSWORD));
    assert_ne!(scene.grant(&app, &form).await.status, 200);
}

//! What is another's (attack book, group 3). The walks of A039 are in `walk.rs`, A047 in `lists.rs`.

use authority::permission::Role;
use authority::token::Wish;
use axum::http::Method;
use serde_json::{Value, json};
use testing::PASSWORD;

use super::walk::Things;
use super::{ACCOUNTS, ACME, Scene, TOKENS, all_told, assert_same, data, made, made_for, told};

const DEPOTS: &str = "/v1/organizations/globex/apps/depot/tokens";
const COLLABORATORS: &str = "/v1/organizations/acme/collaborators";

#[tokio::test]
async fn a040_an_app_is_found_in_its_own_organization_only() {
    let scene = Scene::new().await;
    scene.globex().await;
    let own = Things::of(&scene, "alice", ("acme", "shop")).await;
    let foreign = Things::of(&scene, "bob", ("globex", "depot")).await;
    // Somebody who is at home in both.
    let alice = scene.world.actor("alice").await.user().unwrap();
    let root = scene.world.root().await;
    let globex = scene.world.actor("bob").await;
    let page = authority::token::store::Page { after: 0, limit: 10 };
    let globex = scene.world.authority.organizations(&globex, page).await.unwrap()[0].id;
    scene.world.authority.add_member(&root, globex, (alice, Role::Admin)).await.unwrap();
    let both = scene.world.personal("alice", Wish::default()).await;
    let both = scene.stranger().bearer(both.secret.reveal());
    assert_eq!(both.gets(TOKENS).await.status, 200);
    assert_eq!(both.gets(DEPOTS).await.status, 200);
    for (organization, app) in [
        ("acme", "depot"),
        ("acme", &foreign.app),
        (&own.organization, "depot"),
        (&own.organization, &foreign.app),
        ("globex", "shop"),
        ("globex", &own.app),
        (&foreign.organization, "shop"),
        (&foreign.organization, &own.app),
    ] {
        let path = format!("/v1/organizations/{organization}/apps/{app}/tokens");
        let one = |token: &str| format!("{path}/{token}");
        let answers = [
            both.gets(&path).await,
            both.posts(&path, &json!({})).await,
            both.gets(&one(&own.token)).await,
            both.asks(Method::DELETE, &one(&foreign.token)).await,
            both.asks(Method::POST, &format!("{}/rotate", one(&own.token))).await,
        ];
        assert_eq!(all_told(&answers), [(404, 3001); 5], "{path}");
    }
    assert_eq!(scene.count("token.revoke").await, 0);
}

#[tokio::test]
async fn a041_a_foreign_id_revokes_and_rotates_nothing() {
    let scene = Scene::new().await;
    scene.globex().await;
    let token = made_for(&scene.person("alice").await, &[]).await;
    let bob = scene.person("bob").await;
    for base in [DEPOTS, TOKENS] {
        let path = format!("{base}/{}", token.id);
        let answers = [
            bob.gets(&path).await,
            bob.asks(Method::DELETE, &path).await,
            bob.tells(Method::PUT, &path, &json!({ "description": "mine" })).await,
            bob.asks(Method::POST, &format!("{path}/rotate")).await,
        ];
        assert_eq!(all_told(&answers), [(404, 3001); 4]);
    }
    assert!(scene.opens_app(&token.bearer).await);
    assert_eq!(scene.count("token.revoke").await, 0);
}

#[tokio::test]
async fn a041_only_tokens_of_the_app_are_found_under_it() {
    let scene = Scene::new().await;
    let alice = scene.world.actor("alice").await;
    let new = ("Till", "", None);
    scene.world.authority.create_application(&alice, scene.acme, new, None).await.unwrap();
    let key = scene.key(Wish::default()).await;
    let holder = Some(authority::token::Holder::Application(scene.shop.id));
    let wish = Wish { holder, client_secret: true, ..Wish::default() };
    let secret = scene.world.authority.issue(&alice, wish).await.unwrap();
    let person = scene.person("alice").await;
    let own = made_for(&person, &[]).await;
    for number in [key.token.number, secret.token.number] {
        let path = format!("{TOKENS}/695661c0{number:016x}");
        assert_eq!(told(&person.gets(&path).await), (404, 3001));
        assert_eq!(told(&person.asks(Method::DELETE, &path).await), (404, 3001));
    }
    let elsewhere = format!("{ACME}/apps/till/tokens/{}", own.id);
    assert_eq!(told(&person.gets(&elsewhere).await), (404, 3001));
    assert_eq!(told(&person.asks(Method::DELETE, &elsewhere).await), (404, 3001));
    assert_eq!(data(&person.gets(&format!("{ACME}/apps/till/tokens")).await)["totalDocs"], 0);
    assert_eq!(data(&person.gets(TOKENS).await)["totalDocs"], 1);
    assert!(scene.is_live(key.secret.reveal()).await && scene.opens_app(&own.bearer).await);
}

#[tokio::test]
async fn a044_no_slug_stands_for_an_id_or_for_a_way_through_the_path() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    let id = data(&alice.gets(ACME).await)["id"].as_str().unwrap().to_owned();
    let (actor, authority) = (scene.world.actor("alice").await, &scene.world.authority);
    for slug in [id.as_str(), &id.to_uppercase(), "me", "current", "admin", "..", "%2e%2e", "a/b"] {
        let organization = authority.create_organization(&actor, ("X", Some(slug)), None).await;
        let app =
            authority.create_application(&actor, scene.acme, ("X", "", Some(slug)), None).await;
        assert!(organization.is_err() && app.is_err(), "{slug}");
    }
    let missing = alice.gets("/v1/organizations/nowhere").await;
    for name in [
        "me",
        "current",
        "admin",
        "%2e%2e",
        "%2E%2E%2Facme",
        "acme%2F",
        "acme%20",
        "ac",
        "аcme",
        "acme%00",
        "%E2%80%8Bacme",
        "null",
        "undefined",
        "0",
    ] {
        let name = name.replace('а', "%D0%B0");
        assert_same(&missing, &alice.gets(&format!("/v1/organizations/{name}")).await);
    }
    assert_eq!(told(&alice.gets("/v1/organizations/%ff").await), (404, 404));
}

#[tokio::test]
async fn a045_what_was_deleted_leaves_nothing_to_who_comes_after() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    let token = made_for(&alice, &[]).await;
    let account = made(&alice, ACCOUNTS, &json!({ "role": "admin" })).await;
    let pair = scene.log_in("alice").await;
    let old = data(&alice.gets(ACME).await)["id"].clone();
    let (root, authority) = (scene.world.root().await, &scene.world.authority);
    let user = scene.world.actor("alice").await.user().unwrap();
    authority.delete_organization(&root, scene.acme).await.unwrap();
    authority.delete_user(&root, user).await.unwrap();
    scene.seconds(1).await;
    let (acme, _) = scene.world.organization("Acme", "alice").await;
    let actor = scene.world.actor("alice").await;
    authority.create_application(&actor, acme.id, ("Shop", "", None), None).await.unwrap();
    assert!(!scene.opens_app(&token.bearer).await);
    for dead in [&account.bearer, &pair.access] {
        assert_eq!(told(&scene.stranger().bearer(dead).gets(ACME).await), (401, 4004));
    }
    assert_eq!(told(&scene.refresh(&pair.refresh).await), (401, 4004));
    let alice = scene.person("alice").await;
    assert_ne!(data(&alice.gets(ACME).await)["id"], old);
    let answers = [
        alice.gets(&format!("/v1/organizations/{}", old.as_str().unwrap())).await,
        alice.gets(&format!("{TOKENS}/{}", token.id)).await,
        alice.gets(&format!("{ACCOUNTS}/{}", account.id)).await,
    ];
    assert_eq!(all_told(&answers), [(404, 3001); 3]);
    for path in [TOKENS, ACCOUNTS] {
        assert_eq!(data(&alice.gets(path).await)["totalDocs"], 0);
    }
}

#[tokio::test]
async fn a046_lists_and_their_counts_have_nothing_of_another_organization() {
    let scene = Scene::new().await;
    scene.globex().await;
    Things::of(&scene, "alice", ("acme", "shop")).await;
    Things::of(&scene, "bob", ("globex", "depot")).await;
    let alice = scene.person("alice").await;
    for (path, count) in [
        (TOKENS.to_owned(), 1),
        (ACCOUNTS.to_owned(), 1),
        (format!("{ACME}/apps"), 1),
        (COLLABORATORS.to_owned(), 2),
        (format!("{COLLABORATORS}/groups"), 0),
        (format!("{COLLABORATORS}/apps"), 2),
    ] {
        let list = data(&alice.gets(&format!("{path}?limit=1000")).await);
        assert_eq!(
            (&list["totalDocs"], list["items"].as_array().unwrap().len()),
            (&json!(count), count)
        );
        let text = list.to_string();
        assert!(!text.contains("bob") && !text.contains("depot"), "{text}");
    }
    let user = data(&scene.tries("alice@corp.test", PASSWORD, None).await)["user"].clone();
    assert_eq!(user["organizations"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a049_a_removed_member_is_out_at_once_and_coming_back_revives_nothing() {
    let scene = Scene::new().await;
    scene.member("mia", Role::Admin).await;
    let pair = scene.log_in("mia").await;
    let key = scene.world.key("mia", scene.acme, Wish::default()).await;
    let made = made_for(&scene.stranger().bearer(&pair.access), &[]).await;
    let mia = scene.world.actor("mia").await.user().unwrap();
    let alice = scene.world.actor("alice").await;
    assert!(scene.is_live(&pair.access).await && scene.is_live(key.secret.reveal()).await);
    scene.world.authority.remove_member(&alice, scene.acme, mia).await.unwrap();
    for (back, session) in [(false, 404), (true, 200)] {
        if back {
            scene.world.join(mia, scene.acme, Role::Admin).await;
        }
        let bound = scene.stranger().bearer(key.secret.reveal()).gets(TOKENS).await;
        assert_eq!(told(&bound), (401, 4004));
        // A session is the user's own, and reaches wherever the user is now.
        let unbound = scene.stranger().bearer(&pair.access).gets(TOKENS).await;
        assert_eq!(unbound.status, session);
    }
    assert!(scene.opens_app(&made.bearer).await, "the app's stays");
}

#[tokio::test]
async fn a050_nothing_of_a_suspended_organization_is_good() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    let account = made(&alice, ACCOUNTS, &json!({ "role": "admin" })).await;
    let token = made_for(&alice, &[]).await;
    let key = scene.key(Wish::default()).await;
    let personal = scene.world.personal("alice", Wish::default()).await;
    let pair = scene.log_in("alice").await;
    let (root, authority) = (scene.world.root().await, &scene.world.authority);
    authority.set_organization_suspended(&root, scene.acme, true).await.unwrap();
    for dead in [account.bearer.as_str(), &token.bearer, key.secret.reveal()] {
        for path in [ACME, TOKENS, "/v1/app"] {
            let answer = scene.stranger().bearer(dead).gets(path).await;
            assert_eq!(told(&answer), (401, 4004), "{path}");
        }
    }
    // What is bound to nothing finds nothing there.
    for unbound in [personal.secret.reveal(), &pair.access] {
        let caller = scene.stranger().bearer(unbound);
        let answers = [
            caller.gets(ACME).await,
            caller.gets(TOKENS).await,
            caller.posts(TOKENS, &json!({})).await,
        ];
        assert_eq!(all_told(&answers), [(404, 3001); 3]);
    }
    let entered = scene.tries("alice@corp.test", PASSWORD, None).await;
    assert_eq!(data(&entered)["user"]["organizationId"], Value::Null);
    authority.set_organization_suspended(&root, scene.acme, false).await.unwrap();
    assert!(scene.is_live(&account.bearer).await && scene.opens_app(&token.bearer).await);
}

#[tokio::test]
async fn a052_an_owner_always_remains() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    let list = data(&alice.gets(COLLABORATORS).await);
    let own = format!("{COLLABORATORS}/{}", list["items"][0]["id"].as_str().unwrap());
    let down = json!({ "role": "admin" });
    assert_eq!(told(&alice.tells(Method::PUT, &own, &down).await), (409, 409));
    let oscar = scene.member("oscar", Role::Owner).await;
    let list = data(&alice.gets(&format!("{COLLABORATORS}?sort=email:desc")).await);
    let other = format!("{COLLABORATORS}/{}", list["items"][0]["id"].as_str().unwrap());
    let (one, two) = tokio::join!(
        alice.tells(Method::PUT, &other, &down),
        oscar.tells(Method::PUT, &own, &down),
    );
    let mut both = all_told(&[one, two]);
    both.sort_unstable();
    assert!(both[0] == (200, 0) && [(403, 4003), (409, 409)].contains(&both[1]), "{both:?}");
    let page = authority::token::store::Page { after: 0, limit: 10 };
    let root = scene.world.root().await;
    let members = scene.world.authority.members(&root, scene.acme, page).await.unwrap();
    let owners = members.iter().filter(|(_, member)| member.role == Role::Owner).count();
    assert_eq!(owners, 1);
}

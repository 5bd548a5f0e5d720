//! Passwords at every door of this face (attack book, A112 and group 9).

use axum::http::Method;
use serde_json::json;
use testing::{Answer, PASSWORD, World};

use super::login::Browser;
use super::{Application, Scene, Told, assert_same, quoted, statuses};

/// Asks for tokens by a password.
async fn granted(scene: &Scene, app: &Application, name: &str, password: &str) -> Answer {
    let (name, password) = (quoted(name), quoted(password));
    let form = format!("grant_type=password&username={name}&password={password}");
    scene.grant(app, &form).await
}

/// Logs in with a browser.
async fn logged_in(scene: &Scene, name: &str, password: &str) -> Answer {
    let (caller, seal) = Browser::before(scene).await;
    let (name, password) = (quoted(name), quoted(password));
    let form = format!("username={name}&password={password}&csrfmiddlewaretoken={seal}");
    caller.fills("/api/login/", &form).await
}

async fn basic(scene: &Scene, name: &str, password: &str) -> Answer {
    scene.stranger().basic(name, password).gets("/api/v2/me/").await
}

#[tokio::test]
async fn a137_nobody_learns_whether_there_is_an_account() {
    let scene = Scene::new().await;
    let app = scene.application("app", json!({})).await;
    let (root, gus) = (scene.world.root().await, scene.world.actor("gus").await);
    let gus = gus.user().unwrap();
    scene.world.authority.set_user_disabled(&root, gus, true).await.unwrap();
    let tries = [("alice", "wrong"), ("nobody", PASSWORD), ("gus", PASSWORD), ("gus", "wrong")];
    let mut all: [Vec<Answer>; 3] = Default::default();
    for (name, password) in tries {
        all[0].push(basic(&scene, name, password).await);
        all[1].push(granted(&scene, &app, name, password).await);
        scene.seconds(1_000).await;
        let mut page = logged_in(&scene, name, password).await;
        // Each page has a seal of its own.
        let seal = super::login::cookie(&page, "csrftoken");
        page.body = page.body.replace(&seal, "");
        page.headers.remove("set-cookie");
        all[2].push(page);
    }
    for door in &all {
        for other in &door[1..] {
            assert_same(&door[0], other);
        }
    }
    assert_eq!(
        statuses(&[all[0][0].clone(), all[1][0].clone(), all[2][0].clone()]),
        [401, 400, 401]
    );
}

#[tokio::test]
async fn a139_a140_all_doors_and_spellings_fill_one_budget() {
    let scene = Scene::new().await;
    let app = scene.application("app", json!({})).await;
    for (name, door) in
        [("alice", 0), ("ALICE", 1), ("alice@corp.test", 2), ("Alice@Corp.Test", 0), ("ａlice", 1)]
    {
        let answer = match door {
            0 => basic(&scene, name, "wrong").await,
            1 => granted(&scene, &app, name, "wrong").await,
            _ => logged_in(&scene, name, "wrong").await,
        };
        assert_ne!(answer.status, 429, "{name}");
    }
    let answers = [
        basic(&scene, "alice", "wrong").await,
        granted(&scene, &app, "alice", "wrong").await,
        logged_in(&scene, "alice", "wrong").await,
        // The right one is not told from a wrong one either.
        basic(&scene, "alice", PASSWORD).await,
        granted(&scene, &app, "alice", PASSWORD).await,
        logged_in(&scene, "alice", PASSWORD).await,
    ];
    assert_eq!(statuses(&answers), [429; 6]);
    for answer in &answers {
        assert_eq!(answer.header("retry-after"), "1");
        assert_eq!(answer.detail(), "Request was throttled. Expected available in 1 seconds.");
    }
    scene.seconds(1).await;
    assert_eq!(basic(&scene, "alice", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn a140_a_pause_outlives_a_restart_and_spares_tokens() {
    let scene = Scene::new().await;
    let token = scene.token("alice", "read").await.text("token");
    for _ in 0..12 {
        basic(&scene, "alice", "wrong").await;
        scene.seconds(1_000).await;
    }
    let answer = basic(&scene, "alice", "wrong").await;
    assert_eq!(answer.status, 401);
    let Scene { world, acme, globex } = scene;
    let scene = Scene { world: world.restarted().await, acme, globex };
    assert_eq!(basic(&scene, "alice", PASSWORD).await.status, 429);
    assert!(scene.is_live(&token).await);
}

#[tokio::test]
async fn a112_the_password_grant_has_one_switch_and_marks_what_it_did() {
    let scene = Scene::new().await;
    let app = scene.application("app", json!({})).await;
    let pair = scene.pair(&app, "alice", "read").await;
    let stream = format!("/api/v2/applications/{}/tokens/", app.number);
    let listed = scene.basic("bob").gets(&stream).await.json();
    assert_eq!(listed["results"][0]["scope"], "read");
    assert!(scene.is_live(&pair.access).await);
    let off = World::with(|policy| policy.grants.passwords = false).await;
    let scene = Scene::on(off).await;
    let app = scene.application("app", json!({})).await;
    for password in [PASSWORD, "wrong"] {
        let answer = granted(&scene, &app, "alice", password).await;
        assert_eq!(answer.json(), json!({ "error": "unauthorized_client" }));
    }
    // Nothing was compared, so nothing was counted.
    for _ in 0..10 {
        granted(&scene, &app, "alice", "wrong").await;
    }
    assert_eq!(basic(&scene, "alice", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn a112_a_refused_scope_costs_no_try_and_tells_nothing_of_the_password() {
    let scene = Scene::new().await;
    let app = scene.application("app", json!({})).await;
    for password in [PASSWORD, "wrong"] {
        let form =
            format!("grant_type=password&username=alice&scope=admin&password={}", quoted(password));
        let answer = scene.grant(&app, &form).await;
        assert_eq!(answer.json(), json!({ "error": "invalid_scope" }));
    }
}

#[tokio::test]
async fn a144_a_password_is_compared_byte_for_byte() {
    let scene = Scene::new().await;
    let app = scene.application("app", json!({})).await;
    let long = "päss wörd ".repeat(9);
    let root = scene.basic("root");
    let new = json!({ "username": "zoe", "password": long });
    assert_eq!(root.posts("/api/v2/users/", &new).await.status, 201);
    let shorter = long.trim_end().to_owned();
    let (longer, nul) = (format!("{long}x"), format!("{long}\0"));
    let huge = "a".repeat(5_000);
    for wrong in [shorter.as_str(), &longer, &nul, &long.to_uppercase(), "", "\0", &huge] {
        let answers = [granted(&scene, &app, "zoe", wrong).await, {
            scene.seconds(1_000).await;
            logged_in(&scene, "zoe", wrong).await
        }];
        assert_eq!(statuses(&answers), [400, 401], "{wrong:?}");
        scene.seconds(1_000).await;
    }
    assert_eq!(granted(&scene, &app, "zoe", &long).await.status, 200);
    assert_eq!(basic(&scene, "zoe", &long).await.status, 200);
}

#[tokio::test]
async fn a144_a145_a_password_that_is_no_good_is_refused_with_its_reason() {
    let scene = Scene::new().await;
    let root = scene.basic("root");
    for bad in [
        json!("fourteen chars"),
        json!("password"),
        json!("a".repeat(5_000)),
        json!("a\0".repeat(10)),
    ] {
        let answer =
            root.posts("/api/v2/users/", &json!({ "username": "zoe", "password": bad })).await;
        assert_eq!(answer.status, 400, "{bad}: {}", answer.body);
        let why = answer.json()["password"][0].as_str().unwrap().to_owned();
        assert!(why.starts_with("Password ") || why == "Null characters are not allowed.", "{why}");
    }
    for (bad, why) in [
        (json!(null), "This field may not be null."),
        (json!(["a"]), "Not a valid string."),
        (json!({ "a": "b" }), "Not a valid string."),
        (json!(true), "Not a valid string."),
    ] {
        let answer =
            root.posts("/api/v2/users/", &json!({ "username": "zoe", "password": bad })).await;
        assert_eq!(answer.json(), json!({ "password": [why] }));
    }
    assert_eq!(basic(&scene, "zoe", "password").await.status, 401);
}

#[tokio::test]
async fn a149_ones_own_password_is_changed_only_with_the_present_one() {
    let scene = Scene::new().await;
    let path = format!("/api/v2/users/{}/", scene.id("alice").await);
    let new = json!({ "password": "a new pass phrase of mine" });
    let token = scene.token("alice", "write").await.text("token");
    let browser = Browser::of(&scene, "alice").await;
    for caller in [scene.stranger().bearer(&token), browser.sealed.clone()] {
        for method in [Method::PATCH, Method::PUT] {
            let mut body = new.clone();
            super::put_over(&mut body, json!({ "username": "alice" }));
            let answer = caller.tells(method, &path, &body).await;
            assert!([400, 403].contains(&answer.status.as_u16()), "{}", answer.body);
        }
    }
    assert_eq!(basic(&scene, "alice", PASSWORD).await.status, 200);
    let changed = scene.basic("alice").tells(Method::PATCH, &path, &new).await;
    assert_eq!(
        (changed.status.as_u16(), &changed.json()["password"]),
        (200, &json!("$encrypted$"))
    );
    assert_eq!(basic(&scene, "alice", PASSWORD).await.status, 401);
    assert!(!browser.is_in().await, "its sessions end");
    assert!(scene.is_live(&token).await, "its tokens stay (contract section 10)");
    let body = json!({ "password": "$encrypted$" });
    let same = scene.basic("root").tells(Method::PATCH, &path, &body).await;
    assert_eq!(same.status, 200);
    let name = "a new pass phrase of mine";
    assert_eq!(basic(&scene, "alice", name).await.status, 200, "what was shown encrypted stays");
}

#[tokio::test]
async fn basic_that_is_switched_off_is_as_if_it_were_not_there() {
    let scene = Scene::new().await;
    let root = scene.bearer("root", "write").await;
    let off = json!({ "AUTH_BASIC_ENABLED": false });
    let path = "/api/v2/settings/authentication/";
    assert_eq!(root.tells(Method::PATCH, path, &off).await.status, 200);
    let nobody = scene.stranger().gets("/api/v2/me/").await;
    for password in [PASSWORD, "wrong"] {
        assert_same(&nobody, &basic(&scene, "alice", password).await);
    }
    assert_eq!(scene.basic("alice").gets("/api/v2/ping/").await.status, 200);
    let browser = Browser::of(&scene, "alice").await;
    let both = browser.bare.clone().basic("gus", "wrong").gets("/api/v2/me/").await;
    assert_eq!(both.status, 200, "the cookie is looked at");
    let app = scene.application_by(&root, "app", json!({})).await;
    assert_eq!(granted(&scene, &app, "alice", PASSWORD).await.status, 200, "this is another door");
}

#[tokio::test]
async fn a_name_and_password_are_not_enough_where_there_is_a_second_factor() {
    let scene = Scene::new().await;
    let app = scene.application("app", json!({})).await;
    let token = scene.token("alice", "read").await.text("token");
    scene.world.phone("alice").await;
    let answers = [
        basic(&scene, "alice", PASSWORD).await,
        granted(&scene, &app, "alice", PASSWORD).await,
        logged_in(&scene, "alice", PASSWORD).await,
    ];
    assert_eq!(statuses(&answers), [401, 400, 401]);
    let needed = "A code of the second factor is needed, which can't be given here. Use a token.";
    assert_eq!(answers[0].detail(), needed);
    assert!(answers[0].header("www-authenticate").starts_with("Bearer"));
    let invalid = json!({ "error": "invalid_grant", "error_description": needed });
    assert_eq!(answers[1].json(), invalid);
    let page = &answers[2].body;
    assert!(page.contains("A code of the second factor is needed"), "{page}");
    assert!(
        !answers[2]
            .headers
            .get_all("set-cookie")
            .iter()
            .any(|cookie| { cookie.to_str().unwrap().starts_with("awx_sessionid=") })
    );

    // Who doesn't know the password is told nothing of it.
    let door = basic(&scene, "alice", "wrong").await;
    assert_same(&door, &basic(&scene, "nobody", "wrong").await);
    assert!(scene.is_live(&token).await);
}

//! Group 3: an id from one tenant is nothing in another.

use authority::permission::Role;

use super::*;

#[tokio::test]
async fn a041_anothers_token_is_not_there_and_stays_live() {
    let scene = Scene::new().await;
    let key = scene.key(Wish::default()).await;
    let bob = scene.caller("bob").await;
    let one = token_path(&key);
    for (method, path, body) in [
        (Method::GET, one.clone(), json!(null)),
        (Method::PATCH, one.clone(), json!({ "disabled": true })),
        (Method::DELETE, one.clone(), json!(null)),
        (Method::POST, format!("{one}/revoke"), json!(null)),
        (Method::POST, format!("{one}/rotate"), json!({ "overlap_seconds": 0 })),
    ] {
        let answer = bob.tells(method.clone(), &path, &body).await;
        let expected = (404, "not_found".to_owned());
        assert_eq!((answer.status.as_u16(), code(&answer)), expected, "{method} {path}");
    }
    assert!(scene.is_good(key.secret.reveal()).await);
}

#[tokio::test]
async fn a045_whoever_takes_a_deleted_users_name_takes_nothing_else() {
    let scene = Scene::new().await;
    let old = scene.world.member("mia", scene.acme, Role::Admin).await;
    let key = scene.world.key("mia", scene.acme, Wish::default()).await;
    let personal = scene.world.personal("mia", Wish::default()).await;
    let door = World::door();
    let login = authority::account::Login { login: "mia", password: testing::PASSWORD, code: None };
    let opened = scene.world.authority.log_in(login, None, false, &door).await.unwrap();
    let root = scene.caller("root").await;
    let answer = root.asks(Method::DELETE, &path(&format!("/users/{}", old.id))).await;
    assert_eq!(answer.status, 204);
    let new = scene.world.user("mia").await;
    assert_ne!((old.id, old.number), (new.id, new.number));
    for token in [&key.secret, &personal.secret, &opened.access] {
        assert!(!scene.is_good(token.reveal()).await);
    }
    assert!(scene.world.authority.refresh(opened.refresh.reveal(), None).await.is_err());
    let mia = scene.caller("mia").await;
    assert_eq!(mia.gets("/authority/v1/organizations").await.json()["items"], json!([]));
    assert_eq!(mia.gets("/authority/v1/me/sessions").await.json()["items"], json!([]));
    let tokens = mia.gets("/authority/v1/tokens").await.json();
    assert_eq!(tokens["items"].as_array().unwrap().len(), 1, "the one it asks with");
    scene.world.join(new.id, scene.acme, Role::Admin).await;
    assert!(!scene.is_good(key.secret.reveal()).await);
}

#[tokio::test]
async fn a047_a_cursor_is_good_for_its_own_list_and_caller_only() {
    let scene = Scene::new().await;
    for _ in 0..3 {
        scene.key(Wish::default()).await;
        scene.world.key("bob", scene.bolt, Wish::default()).await;
    }
    let (alice, bob) = (scene.caller("alice").await, scene.caller("bob").await);
    let (acme, bolt) = (scene.acme, scene.bolt);
    let page = |rest: String| path(&format!("/tokens?limit=2{rest}"));
    let first = alice.gets(&page(format!("&organization={acme}"))).await.json();
    let cursor = first["next"].as_str().unwrap().to_owned();
    let good = alice.gets(&page(format!("&organization={acme}&cursor={cursor}"))).await;
    assert_eq!(good.status, 200);
    let mut forged = cursor.clone().into_bytes();
    forged[20] ^= 1;
    let forged = String::from_utf8(forged).unwrap();
    let members = path(&format!("/organizations/{acme}/members?cursor={cursor}"));
    for (caller, path) in [
        (&bob, page(format!("&organization={bolt}&cursor={cursor}"))),
        (&alice, page(format!("&cursor={cursor}"))),
        (&alice, page(format!("&organization={acme}&live=true&cursor={cursor}"))),
        (&alice, page(format!("&organization={acme}&cursor={forged}"))),
        (&alice, page(format!("&organization={acme}&cursor=1"))),
        (&alice, page(format!("&organization={acme}&cursor={}", "A".repeat(1_000)))),
        (&alice, members),
    ] {
        let answer = caller.gets(&path).await;
        assert_eq!((answer.status.as_u16(), code(&answer).as_str()), (400, "invalid"), "{path}");
    }
    for odd in ["limit=0", "limit=201", "limit=1000000000", "limit=-1", "order_by=password"] {
        let answer = alice.gets(&path(&format!("/tokens?organization={acme}&{odd}"))).await;
        assert_eq!(answer.status, 400, "{odd}");
    }
    for odd in ["fields=secret", "search=%27%20OR%201=1--", "page=2", "access_token=a"] {
        assert_eq!(alice.gets(&path(&format!("/tokens?{odd}"))).await.status, 400, "{odd}");
    }
}

#[tokio::test]
async fn a_user_of_another_organization_is_invited_by_address_and_not_added_by_id() {
    let scene = Scene::new().await;
    let alice = scene.caller("alice").await;
    let bob = scene.world.actor("bob").await.user().unwrap().to_string();
    let members = path(&format!("/organizations/{}/members", scene.acme));
    let answer = alice.posts(&members, &json!({ "user": bob, "role": "viewer" })).await;
    assert_eq!((answer.status.as_u16(), code(&answer).as_str()), (404, "not_found"));
    let invitation = json!({ "email": "bob@corp.test", "role": "viewer" });
    assert_eq!(alice.posts(&members, &invitation).await.status, 204);
    let answer = alice.gets(&members).await.json();
    assert_eq!(answer["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a052_the_last_owner_stays() {
    let scene = Scene::new().await;
    let alice = scene.caller("alice").await;
    let me = scene.world.actor("alice").await.user().unwrap();
    let one = path(&format!("/organizations/{}/members/{me}", scene.acme));
    for answer in [
        alice.asks(Method::DELETE, &one).await,
        alice.tells(Method::PATCH, &one, &json!({ "role": "viewer" })).await,
    ] {
        assert_eq!((answer.status.as_u16(), code(&answer).as_str()), (409, "last_owner"));
    }
}

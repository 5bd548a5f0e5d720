//! Idempotency keys: what is asked twice is made once.

use insta::assert_snapshot;

use super::*;

fn keyed(caller: &Caller, key: &str) -> Caller {
    caller.clone().with("idempotency-key", key)
}

#[tokio::test]
async fn a030_twenty_replays_at_once_make_one_token_and_show_one_secret() {
    let scene = Scene::new().await;
    let alice = keyed(&scene.caller("alice").await, "a");
    let wish = json!({ "organization": scene.acme.to_string() });
    let asking: Vec<_> = (0..20)
        .map(|_| {
            let (alice, wish) = (alice.clone(), wish.clone());
            tokio::spawn(async move { alice.posts("/authority/v1/tokens", &wish).await })
        })
        .collect();
    let (mut made, mut replayed) = (Vec::new(), Vec::new());
    for answer in asking {
        let answer = answer.await.unwrap();
        let list = if answer.status == 201 { &mut made } else { &mut replayed };
        list.push(answer);
    }
    assert_eq!((made.len(), replayed.len()), (1, 19));
    for answer in replayed {
        assert_eq!((answer.status.as_u16(), code(&answer).as_str()), (409, "replayed"));
        assert_eq!(answer.json()["id"], made[0].json()["id"]);
        assert!(!answer.body.contains("tkak_"));
    }
}

#[tokio::test]
async fn another_request_under_the_same_key_is_422_and_another_caller_has_other_keys() {
    let scene = Scene::new().await;
    let alice = keyed(&scene.caller("alice").await, "a");
    let organizations = "/authority/v1/organizations";
    assert_eq!(alice.posts(organizations, &json!({ "name": "One" })).await.status, 201);
    let again = alice.says(Method::POST, organizations, &json!({ "name": "One" })).await;
    assert_snapshot!(again, @r#"
    POST /authority/v1/organizations
    409 Conflict
    content-type: application/problem+json

    {
      "type": "urn:chancery:problem:replayed",
      "title": "Conflict",
      "status": 409,
      "code": "replayed",
      "detail": "this was created before, as 019b796d-d600-777d-b6d4-73eb9820713c",
      "id": "019b796d-d600-777d-b6d4-73eb9820713c"
    }
    "#);
    let other = alice.says(Method::POST, organizations, &json!({ "name": "Two" })).await;
    assert_snapshot!(other, @r#"
    POST /authority/v1/organizations
    422 Unprocessable Entity
    content-type: application/problem+json

    {
      "type": "urn:chancery:problem:key_reused",
      "title": "Unprocessable Entity",
      "status": 422,
      "code": "key_reused",
      "detail": "this idempotency key was used for another request"
    }
    "#);
    let bob = keyed(&scene.caller("bob").await, "a");
    assert_eq!(bob.posts(organizations, &json!({ "name": "One" })).await.status, 201);
}

#[tokio::test]
async fn every_creation_heeds_its_key() {
    let scene = Scene::new().await;
    let admin = scene.caller("root").await;
    let alice = scene.caller("alice").await;
    let acme = scene.acme.to_string();
    let shop = json!({ "organization": acme, "name": "shop" });
    let made = alice.posts("/authority/v1/applications", &shop).await.json();
    let secrets = path(&format!("/applications/{}/secrets", made["id"].as_str().unwrap()));
    let robot = json!({ "organization": acme, "name": "robot", "role": "viewer" });
    for (number, (caller, path, wish)) in [
        (&alice, path("/tokens"), json!({})),
        (&alice, path("/organizations"), json!({ "name": "Other" })),
        (&alice, path("/applications"), shop),
        (&alice, secrets, json!({})),
        (&alice, path("/service-accounts"), robot),
        (&admin, path("/users"), json!({ "username": "nora", "email": "nora@corp.test" })),
    ]
    .into_iter()
    .enumerate()
    {
        let caller = keyed(caller, &format!("key {number}"));
        let first = caller.posts(&path, &wish).await;
        assert_eq!(first.status, 201, "{path}: {}", first.body);
        let second = caller.posts(&path, &wish).await;
        assert_eq!((second.status.as_u16(), code(&second).as_str()), (409, "replayed"), "{path}");
        assert_eq!(second.json()["id"], first.json()["id"], "{path}");
    }
}

#[tokio::test]
async fn a_key_that_makes_no_sense_is_refused() {
    let scene = Scene::new().await;
    let alice = scene.caller("alice").await;
    for key in ["", &"k".repeat(256)] {
        let answer = keyed(&alice, key).posts("/authority/v1/tokens", &json!({})).await;
        assert_eq!(answer.status, 400, "{key:?}");
    }
}

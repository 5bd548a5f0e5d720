//! The second factor: whole exchanges.

use insta::assert_snapshot;
use testing::{PASSWORD, Phone};

use super::*;

const ONE: &str = "/authority/v1/me/second-factor";

/// Switches Alice's on. Gives her phone and recovery codes.
async fn switched_on(scene: &Scene, alice: &Caller) -> (Phone, Vec<String>) {
    let enrolment = alice.posts(ONE, &json!({ "password": PASSWORD })).await;
    assert_eq!(enrolment.status, 200, "{}", enrolment.body);
    assert_eq!(enrolment.header("cache-control"), "no-store");
    let enrolment = enrolment.json();
    let phone = Phone::new(enrolment["secret"].as_str().unwrap());
    let uri = enrolment["uri"].as_str().unwrap();
    assert!(uri.starts_with("otpauth://totp/Chancery:alice?secret="), "{uri}");
    let code = json!({ "code": phone.code(&scene.world.authority) });
    let confirmed = alice.posts(&format!("{ONE}/confirm"), &code).await;
    assert_eq!(confirmed.status, 200, "{}", confirmed.body);
    assert_eq!(confirmed.header("cache-control"), "no-store");
    scene.world.pass(std::time::Duration::from_secs(30)).await;
    (phone, recovery_codes(&confirmed))
}

fn recovery_codes(answer: &Answer) -> Vec<String> {
    serde_json::from_value(answer.json()["recovery_codes"].clone()).unwrap()
}

#[tokio::test]
async fn a_second_factor_is_switched_on_shown_and_switched_off() {
    let scene = Scene::new().await;
    let alice = scene.caller("alice").await;
    let off = json!({ "active_since": null, "recovery_codes_left": 0 });
    assert_eq!(alice.gets(ONE).await.json(), off);
    let (phone, codes) = switched_on(&scene, &alice).await;
    assert_eq!(codes.len(), 10);
    assert_snapshot!(alice.exchange(Method::GET, ONE).await, @r#"
    GET /authority/v1/me/second-factor
    200 OK
    content-type: application/json

    {
      "active_since": "2026-01-01T12:00:00Z",
      "recovery_codes_left": 10
    }
    "#);

    let both = |code: &str| json!({ "password": PASSWORD, "code": code });
    let code = phone.code(&scene.world.authority);
    let renewed = alice.posts(&format!("{ONE}/recovery-codes"), &both(&code)).await;
    assert_eq!(renewed.status, 200, "{}", renewed.body);
    let new = recovery_codes(&renewed);
    assert!(new.len() == 10 && new.iter().all(|code| !codes.contains(code)));

    let remove = format!("{ONE}/remove");
    let wrong = json!({ "password": "wrong", "code": new[0] });
    let refused = alice.posts(&remove, &wrong).await;
    assert_eq!((refused.status.as_u16(), &*super::code(&refused)), (403, "password_wrong"));
    assert_eq!(alice.posts(&remove, &both(&new[0])).await.status, 204);
    assert_eq!(alice.gets(ONE).await.json(), off);
    assert_eq!(alice.posts(&remove, &both(&new[1])).await.status, 409);
}

#[tokio::test]
async fn a_name_and_password_alone_are_not_good_any_more_and_tokens_are() {
    let scene = Scene::new().await;
    let alice = scene.caller("alice").await;
    switched_on(&scene, &alice).await;
    let basic = scene.stranger.clone().basic("alice", PASSWORD);
    assert_snapshot!(basic.exchange(Method::GET, "/authority/v1/me").await, @r#"
    GET /authority/v1/me
    401 Unauthorized
    content-type: application/problem+json
    www-authenticate: Bearer realm="Chancery", resource_metadata="http://127.0.0.1:8700/.well-known/oauth-protected-resource", Basic realm="Chancery"

    {
      "type": "urn:chancery:problem:code_needed",
      "title": "Unauthorized",
      "status": 401,
      "code": "code_needed",
      "detail": "a code of the second factor is needed"
    }
    "#);
    let wrong = scene.stranger.clone().basic("alice", "wrong").gets("/authority/v1/me").await;
    assert_eq!((wrong.status.as_u16(), &*code(&wrong)), (401, "unauthenticated"));
    assert_eq!(alice.gets("/authority/v1/me").await.status, 200);
}

#[tokio::test]
async fn a_wrong_code_of_somebody_who_is_logged_in_is_400_and_a_second_enrolment_409() {
    let scene = Scene::new().await;
    let alice = scene.caller("alice").await;
    let confirm = format!("{ONE}/confirm");
    let six = json!({ "code": "000000" });
    assert_eq!(alice.posts(&confirm, &six).await.status, 409, "none waits");
    let wrong = alice.posts(ONE, &json!({ "password": "wrong" })).await;
    assert_eq!((wrong.status.as_u16(), &*code(&wrong)), (403, "password_wrong"));
    let wish = json!({ "password": PASSWORD });
    let enrolment = alice.posts(ONE, &wish).await.json();
    let phone = Phone::new(enrolment["secret"].as_str().unwrap());
    let six = json!({ "code": phone.wrong(&scene.world.authority) });
    assert_snapshot!(alice.posts(&confirm, &six).await.transcript(), @r#"
    400 Bad Request
    content-type: application/problem+json

    {
      "type": "urn:chancery:problem:invalid",
      "title": "Bad Request",
      "status": 400,
      "code": "invalid",
      "detail": "code: a code of the second factor that is good now and was not used before"
    }
    "#);
    let six = json!({ "code": phone.code(&scene.world.authority) });
    assert_eq!(alice.posts(&confirm, &six).await.status, 200);
    assert_eq!(alice.posts(ONE, &wish).await.status, 409);
    let both = json!({ "password": PASSWORD, "code": phone.wrong(&scene.world.authority) });
    for rest in ["recovery-codes", "remove"] {
        let refused = alice.posts(&format!("{ONE}/{rest}"), &both).await;
        assert_eq!((refused.status.as_u16(), &*code(&refused)), (400, "invalid"), "{rest}");
    }
}

#[tokio::test]
async fn a_superuser_takes_it_away_and_nobody_else_does() {
    let scene = Scene::new().await;
    let alice = scene.caller("alice").await;
    switched_on(&scene, &alice).await;
    let whose = alice.gets("/authority/v1/me").await.json()["id"].as_str().unwrap().to_owned();
    let reset = format!("/authority/v1/users/{whose}/second-factor/reset");
    for caller in [&alice, &scene.caller("bob").await] {
        assert_eq!(caller.asks(Method::POST, &reset).await.status, 403);
    }
    let root = scene.caller("root").await;
    assert_eq!(root.asks(Method::POST, &reset).await.status, 204);
    assert_eq!(root.asks(Method::POST, &reset).await.status, 409);
    let nobody = format!("/authority/v1/users/{}/second-factor/reset", scene.acme);
    assert_eq!(root.asks(Method::POST, &nobody).await.status, 404);
    let basic = scene.stranger.clone().basic("alice", PASSWORD);
    assert_eq!(basic.gets("/authority/v1/me").await.status, 200);
}

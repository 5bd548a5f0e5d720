//! Passwords on their way in (attack book, group 9).

use axum::http::Method;
use insta::assert_snapshot;
use serde_json::json;
use testing::PASSWORD;

use super::{Scene, all_told, assert_same, told};

const WRONG: &str = "not this one at all";

#[tokio::test]
async fn a137_a_login_tells_nothing_about_an_account() {
    let scene = Scene::new().await;
    let root = scene.world.root().await;
    let off = scene.world.user("off").await;
    scene.world.authority.set_user_disabled(&root, off.id, true).await.unwrap();
    let invited = json!({ "email": "unconfirmed@corp.test" });
    let alice = scene.person("alice").await;
    assert_eq!(alice.posts("/v1/organizations/acme/oem/users", &invited).await.status, 200);
    let mut answers = Vec::new();
    for (name, password) in [
        ("alice", WRONG),
        ("nobody", WRONG),
        ("off", PASSWORD),
        ("off", WRONG),
        ("unconfirmed", PASSWORD),
    ] {
        answers.push(scene.tries(&format!("{name}@corp.test"), password, None).await);
    }
    answers.push(scene.tries("", PASSWORD, None).await);
    answers.push(scene.tries("alice@corp.test", "", None).await);
    for answer in &answers {
        assert_eq!(told(answer), (401, 4001));
        assert_same(&answers[0], answer);
    }
}

#[tokio::test]
async fn a139_every_spelling_of_a_name_is_one_account_and_the_pause_is_told() {
    let scene = Scene::new().await;
    for email in
        ["ALICE@corp.test", " alice@corp.test", "alice@corp.test ", "alice", "ａlice@corp.test"]
    {
        assert_eq!(told(&scene.tries(email, WRONG, None).await), (401, 4001), "{email}");
    }
    let paused = scene.tries("alice@corp.test", WRONG, None).await;
    assert_snapshot!(paused.transcript(), @r#"
    429 Too Many Requests
    content-type: application/json
    retry-after: 1

    {
      "status": false,
      "error": {
        "code": 429,
        "message": "Too many requests"
      }
    }
    "#);
    assert_same(&paused, &scene.tries("alice@corp.test", PASSWORD, None).await);
    scene.seconds(1).await;
    assert_eq!(scene.tries("alice@corp.test", PASSWORD, None).await.status, 200);
}

#[tokio::test]
async fn a140_wrong_codes_and_wrong_passwords_fill_one_budget() {
    let scene = Scene::new().await;
    let (phone, _) = scene.world.phone("alice").await;
    let wrong = phone.wrong(&scene.world.authority);
    for code in [Some(wrong.as_str()), None, Some(&wrong), None, Some(&wrong)] {
        let password = if code.is_some() { PASSWORD } else { WRONG };
        assert_eq!(scene.tries("alice@corp.test", password, code).await.status, 401);
    }
    let code = phone.code(&scene.world.authority);
    let early = scene.tries("alice@corp.test", PASSWORD, Some(&code)).await;
    assert_eq!(told(&early), (429, 429));
    scene.seconds(1).await;
    let code = phone.code(&scene.world.authority);
    assert_eq!(scene.tries("alice@corp.test", PASSWORD, Some(&code)).await.status, 200);
}

#[tokio::test]
async fn a140_a_pause_outlives_a_restart_and_counts_on_other_faces() {
    let scene = Scene::new().await;
    for _ in 0..12 {
        scene.tries("alice@corp.test", WRONG, None).await;
        scene.seconds(1_000).await;
    }
    assert_eq!(told(&scene.tries("alice@corp.test", WRONG, None).await), (401, 4001));
    let Scene { world, acme, shop } = scene;
    let scene = Scene { world: world.restarted().await, acme, shop };
    assert_eq!(told(&scene.tries("alice@corp.test", PASSWORD, None).await), (429, 429));
    let login = authority::account::Login { login: "alice", password: PASSWORD, code: None };
    let core = scene.world.authority.authenticate_password(login, &testing::World::door()).await;
    let pause = core.unwrap_err().to_string();
    assert!(pause.starts_with("too many attempts"), "{pause}");
}

#[tokio::test]
async fn a141_strangers_lock_nobody_out_who_is_known_or_is_in() {
    let scene = Scene::new().await;
    let pair = scene.log_in("alice").await;
    let key = scene.key(authority::token::Wish::default()).await;
    let body = super::with_password("alice@corp.test", WRONG, None);
    for n in 0..200 {
        let stranger = scene.stranger().from([198, 51, 100, n]);
        let answer = stranger.posts("/v1/auth/login", &body).await;
        assert!([(401, 4001), (429, 429)].contains(&told(&answer)), "{}", answer.body);
    }
    let elsewhere = scene.stranger().from([203, 0, 113, 9]);
    let right = super::with_password("alice@corp.test", PASSWORD, None);
    assert_eq!(told(&elsewhere.posts("/v1/auth/login", &right).await), (429, 429));
    assert_eq!(scene.tries("alice@corp.test", PASSWORD, None).await.status, 200, "from here");
    assert_eq!(scene.refresh(&pair.refresh).await.status, 200);
    assert!(scene.is_live(key.secret.reveal()).await);
}

#[tokio::test]
async fn a142_ones_own_success_clears_nothing_of_anothers() {
    let scene = Scene::new().await;
    scene.world.user("eve").await;
    for _ in 0..5 {
        assert_eq!(told(&scene.tries("alice@corp.test", WRONG, None).await), (401, 4001));
        assert_eq!(scene.tries("eve@corp.test", PASSWORD, None).await.status, 200);
    }
    let answers = [
        scene.tries("alice@corp.test", WRONG, None).await,
        scene.tries("alice@corp.test", PASSWORD, None).await,
    ];
    assert_eq!(all_told(&answers), [(429, 429); 2]);
    assert_same(&answers[0], &answers[1]);
}

#[tokio::test]
async fn a144_every_byte_of_a_password_counts() {
    let scene = Scene::new().await;
    let long = "long and winding road ".repeat(4);
    let new = authority::account::NewUser {
        username: "zoe".to_owned(),
        email: Some("zoe@corp.test".to_owned()),
        password: Some(long.clone()),
        ..authority::account::NewUser::default()
    };
    let root = scene.world.root().await;
    scene.world.authority.create_user(&root, new).await.unwrap();
    let tries = async |password: &str| {
        let answer = scene.tries("zoe@corp.test", password, None).await;
        scene.seconds(1_000).await;
        told(&answer)
    };
    let (shorter, longer) = (long.trim_end().to_owned(), format!("{long} "));
    let upper = long.to_uppercase();
    for wrong in [&long[..72], &long[..73], &shorter, &longer, &upper, ""] {
        assert_eq!(tries(wrong).await, (401, 4001), "{wrong:?}");
    }
    for unreadable in [format!("{long}\0"), "a".repeat(1_025)] {
        assert_eq!(tries(&unreadable).await, (400, 5001));
    }
    let huge = super::with_password("zoe@corp.test", &"a".repeat(1_048_576), None);
    assert_eq!(told(&scene.stranger().posts("/v1/auth/login", &huge).await), (413, 413));
    assert_eq!(tries(&long).await, (200, 0));
}

#[tokio::test]
async fn a147_an_invitation_leads_to_the_public_address_whatever_the_request_says() {
    let scene = Scene::new().await;
    let mut alice = scene.person("alice").await;
    for name in ["host", "x-forwarded-host", "forwarded", "x-forwarded-proto", "origin", "referer"]
    {
        alice = alice.with(name, "evil.test");
    }
    let body = json!({ "email": "carol@corp.test" });
    let path = "/v1/organizations/acme/oem/users";
    assert_eq!(alice.posts(path, &body).await.status, 200);
    let letter = scene.world.tray.next().await;
    assert!(letter.text.contains(&scene.world.authority.policy().issuer), "{}", letter.text);
    assert!(!letter.text.contains("evil"), "{}", letter.text);
}

#[tokio::test]
async fn a146_an_invitation_goes_to_one_address_or_none() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    let path = "/v1/organizations/acme/oem/users";
    for email in [
        json!(["carol@corp.test", "eve@evil.test"]),
        json!({ "0": "carol@corp.test" }),
        json!("carol@corp.test, eve@evil.test"),
        json!("carol@corp.test\r\nBcc: eve@evil.test"),
        json!("carol@corp.test eve@evil.test"),
    ] {
        assert_eq!(
            told(&alice.posts(path, &json!({ "email": email })).await),
            (400, 5001),
            "{email}"
        );
    }
    let twice = br#"{"email": "carol@corp.test", "email": "eve@evil.test"}"#.to_vec();
    let answer = alice.sends(Method::POST, path, Some("application/json"), twice).await;
    assert_eq!(told(&answer), (400, 5001));
    assert_eq!(scene.world.tray.count(), 0);
}

#[tokio::test]
async fn a154_nobody_is_remembered_longer_by_asking_here() {
    let scene = Scene::new().await;
    let mut body = super::with_password("alice@corp.test", PASSWORD, None);
    for more in [json!(true), json!("yes"), json!(1)] {
        body["rememberMe"] = more.clone();
        body["payload"]["rememberMe"] = more;
        let data = super::data(&scene.stranger().posts("/v1/auth/login", &body).await);
        assert_eq!(data["refreshToken"]["expireAt"], "2026-01-02T12:00:00.000Z");
    }
}

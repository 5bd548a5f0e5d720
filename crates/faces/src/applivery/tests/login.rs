//! Logging in (contract, section 4).

use authority::permission::Role;
use axum::http::Method;
use insta::assert_snapshot;
use serde_json::{Value, json};
use testing::PASSWORD;
use tokio::task::JoinSet;

use super::{ACME, Scene, data, told, with_password};

const LOGIN: &str = "/v1/auth/login";
const ALICE: &str = "alice@corp.test";

#[tokio::test]
async fn a_login_gives_two_tokens_and_the_user() {
    let scene = Scene::new().await;
    let mut body = with_password(ALICE, PASSWORD, None);
    body["language"] = json!("en");
    assert_snapshot!(scene.stranger().says(Method::POST, LOGIN, &body).await, @r#"
    POST /v1/auth/login
    200 OK
    content-type: application/json

    {
      "status": true,
      "data": {
        "accessToken": {
          "token": "tkat_…",
          "expireAt": "2026-01-01T12:02:00.000Z"
        },
        "refreshToken": {
          "token": "tkrt_7dW5Z…",
          "expireAt": "2026-01-02T12:00:00.000Z"
        },
        "user": {
          "id": "695661c00000000000000002",
          "email": "alice@corp.test",
          "firstName": "",
          "lastName": "",
          "fullName": "",
          "picture": null,
          "role": "owner",
          "platformRoles": [],
          "newsletter": false,
          "hasPassword": true,
          "has2FAActive": false,
          "ssoUser": false,
          "organizationId": "695661c00000000000000002",
          "organizations": [
            {
              "id": "695661c00000000000000002",
              "_id": "695661c00000000000000002",
              "name": "Acme",
              "slug": "acme"
            }
          ],
          "organizationInfo": {
            "id": "695661c00000000000000002",
            "_id": "695661c00000000000000002",
            "name": "Acme",
            "slug": "acme"
          },
          "language": "",
          "verificationStatus": "verified",
          "activityTrace": [],
          "intercomUserHash": null
        }
      }
    }
    "#);
}

#[tokio::test]
async fn who_belongs_to_nothing_logs_in_all_the_same() {
    let scene = Scene::new().await;
    scene.world.user("carol").await;
    let user = data(&scene.tries("carol@corp.test", PASSWORD, None).await)["user"].clone();
    assert_eq!(user["organizations"], json!([]));
    assert_eq!((&user["organizationId"], &user["role"]), (&Value::Null, &json!("unassigned")));
}

#[tokio::test]
async fn every_organization_of_the_users_is_told_and_the_role_is_that_of_the_entered_one() {
    let scene = Scene::new().await;
    let (globex, _) = scene.globex().await;
    let alice = scene.world.actor("alice").await.user().unwrap();
    scene.world.join(alice, globex, Role::Auditor).await;
    let user = data(&scene.tries(ALICE, PASSWORD, None).await)["user"].clone();
    let names: Vec<&Value> =
        user["organizations"].as_array().unwrap().iter().map(|one| &one["slug"]).collect();
    assert_eq!(names, ["acme", "globex"]);
    assert_eq!(user["organizationId"], user["organizations"][0]["_id"]);
    assert_eq!(user["role"], "owner");
}

#[tokio::test]
async fn an_access_token_opens_this_api_for_two_minutes() {
    let scene = Scene::new().await;
    let pair = scene.log_in("alice").await;
    scene.seconds(119).await;
    assert!(scene.is_live(&pair.access).await);
    scene.seconds(1).await;
    let late = scene.stranger().bearer(&pair.access).gets(ACME).await;
    assert_eq!(told(&late), (401, 4004));
}

#[tokio::test]
async fn a_wrong_password_is_not_an_invalid_token() {
    let scene = Scene::new().await;
    let body = with_password(ALICE, "not this one at all", None);
    assert_snapshot!(scene.stranger().says(Method::POST, LOGIN, &body).await, @r#"
    POST /v1/auth/login
    401 Unauthorized
    content-type: application/json
    www-authenticate: Bearer realm="Chancery"

    {
      "status": false,
      "error": {
        "code": 4001,
        "message": "Invalid credentials"
      }
    }
    "#);
}

#[tokio::test]
async fn a_login_that_can_not_be_read_is_refused_by_its_shape() {
    let scene = Scene::new().await;
    let stranger = scene.stranger();
    let payload = json!({ "email": ALICE, "password": PASSWORD });
    let with = |name: &str, value: Value| {
        let mut payload = payload.clone();
        payload[name] = value;
        json!({ "provider": "traditional", "payload": payload })
    };
    for body in [
        json!({}),
        json!([]),
        json!({ "provider": "traditional" }),
        json!({ "payload": payload }),
        json!({ "provider": "google", "payload": payload }),
        json!({ "provider": null, "payload": payload }),
        json!({ "provider": "traditional", "payload": [payload] }),
        json!({ "provider": "traditional", "payload": { "email": ALICE } }),
        json!({ "provider": "traditional", "payload": { "password": PASSWORD } }),
        with("email", json!([ALICE])),
        with("email", json!({ "$ne": "" })),
        with("password", json!({ "$ne": "" })),
        with("password", json!(["a"])),
        with("password", json!(7)),
        with("password", json!("a".repeat(1_025))),
        with("twoFactorCode", json!(123_456)),
    ] {
        let answer = stranger.posts(LOGIN, &body).await;
        assert_eq!(told(&answer), (400, 5001), "{body}");
        assert!(!answer.body.contains(PASSWORD), "{}", answer.body);
    }
    assert_eq!(told(&stranger.fills(LOGIN, "provider=traditional").await), (415, 415));
    assert_eq!(told(&stranger.asks(Method::POST, LOGIN).await), (400, 5001));
    for body in [with("twoFactorCode", json!(null)), with("captcha", json!({ "a": [1] }))] {
        assert_eq!(stranger.posts(LOGIN, &body).await.status, 200, "{body}");
    }
    let google = json!({ "provider": "google", "payload": payload });
    assert_snapshot!(stranger.posts(LOGIN, &google).await.transcript(), @r#"
    400 Bad Request
    content-type: application/json

    {
      "status": false,
      "error": {
        "code": 5001,
        "message": "Validation error",
        "data": [
          {
            "field": "provider",
            "message": "traditional"
          }
        ]
      }
    }
    "#);
}

#[tokio::test]
async fn a_second_factor_is_asked_for_under_its_own_code() {
    let scene = Scene::new().await;
    let (phone, _) = scene.world.phone("alice").await;
    let needed = scene.tries(ALICE, PASSWORD, None).await;
    assert_snapshot!(needed.transcript(), @r#"
    401 Unauthorized
    content-type: application/json
    www-authenticate: Bearer realm="Chancery"

    {
      "status": false,
      "error": {
        "code": 4014,
        "message": "Required two factor code"
      }
    }
    "#);
    super::assert_same(&needed, &scene.tries(ALICE, PASSWORD, Some("")).await);
    let wrong = phone.wrong(&scene.world.authority);
    let wrong = scene.tries(ALICE, PASSWORD, Some(&wrong)).await;
    assert_snapshot!(wrong.transcript(), @r#"
    401 Unauthorized
    content-type: application/json
    www-authenticate: Bearer realm="Chancery"

    {
      "status": false,
      "error": {
        "code": 4015,
        "message": "Invalid two factor code"
      }
    }
    "#);
    let code = phone.code(&scene.world.authority);
    let entered = scene.tries(ALICE, PASSWORD, Some(&code)).await;
    let pair = super::Pair::of(&entered);
    assert_eq!(data(&entered)["user"]["has2FAActive"], true);
    assert!(scene.is_live(&pair.access).await);
    assert_eq!(scene.refresh(&pair.refresh).await.status, 200, "refreshing asks for no code");
}

#[tokio::test]
async fn who_does_not_know_the_password_learns_nothing_of_a_second_factor() {
    let scene = Scene::new().await;
    let (phone, _) = scene.world.phone("alice").await;
    let code = phone.code(&scene.world.authority);
    let refused = scene.tries(ALICE, "not this one at all", None).await;
    assert_eq!(told(&refused), (401, 4001));
    super::assert_same(&refused, &scene.tries(ALICE, "not this one at all", Some(&code)).await);
    assert_eq!(scene.tries(ALICE, PASSWORD, Some(&code)).await.status, 200, "it was not used up");
}

#[tokio::test]
async fn a_code_is_good_once() {
    let scene = Scene::new().await;
    let (phone, recovery) = scene.world.phone("alice").await;
    let code = phone.code(&scene.world.authority);
    for code in [code.as_str(), recovery[0].reveal()] {
        assert_eq!(scene.tries(ALICE, PASSWORD, Some(code)).await.status, 200);
        let again = scene.tries(ALICE, PASSWORD, Some(code)).await;
        assert_eq!(told(&again), (401, 4015));
    }
    scene.seconds(30).await;
    assert_eq!(told(&scene.tries(ALICE, PASSWORD, Some(&code)).await), (401, 4015));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_show_one_code_at_once_exactly_one_gets_in() {
    // So that none waits for another to be compared.
    let world = testing::World::with(|policy| policy.logins.hashing = 6).await;
    let scene = Scene::on(world).await;
    let (phone, recovery) = scene.world.phone("alice").await;
    for code in [phone.code(&scene.world.authority), recovery[3].reveal().to_owned()] {
        let mut all = JoinSet::new();
        for n in 1..=6 {
            let stranger = scene.stranger().from([198, 51, 100, n]);
            let body = with_password(ALICE, PASSWORD, Some(&code));
            all.spawn(async move { stranger.posts(LOGIN, &body).await });
        }
        let mut all: Vec<_> = all.join_all().await.iter().map(told).collect();
        all.sort_unstable();
        assert_eq!(all[0], (200, 0));
        assert!(all[1..].iter().all(|one| [(401, 4015), (429, 429)].contains(one)), "{all:?}");
        scene.seconds(1_000).await;
    }
}

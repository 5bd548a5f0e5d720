//! Logging in, and the two steps that the documentation opens with.

use axum::http::Method;
use insta::assert_snapshot;
use serde_json::json;
use testing::PASSWORD;

use super::{Scene, statuses};

#[tokio::test]
async fn a_login_gives_two_tokens_and_nothing_else() {
    let scene = Scene::new().await;
    let body = json!({ "email": "alice@corp.test", "password": PASSWORD, "rememberMe": true });
    assert_snapshot!(scene.stranger().says(Method::POST, "/v0/auth/login", &body).await, @r#"
    POST /v0/auth/login
    200 OK
    content-type: application/json

    {
      "accessToken": "tkat_…",
      "refreshToken": "tkrt_q0bB6…"
    }
    "#);
}

#[tokio::test]
async fn a_login_can_enter_a_team() {
    let scene = Scene::new().await;
    let body = json!({
        "email": "alice@corp.test",
        "password": PASSWORD,
        "rememberMe": false,
        "teamId": scene.acme.to_string(),
    });
    assert_snapshot!(scene.stranger().says(Method::POST, "/v0/auth/login", &body).await, @r#"
    POST /v0/auth/login
    200 OK
    content-type: application/json

    {
      "accessToken": "tkat_…",
      "refreshToken": "tkrt_q0bB6…"
    }
    "#);
}

#[tokio::test]
async fn a_login_without_a_team_enters_the_last_one_else_the_first() {
    let scene = Scene::new().await;
    let other = scene.basic("alice").posts("/v0/teams", &json!({ "name": "Later" })).await;
    let other = super::id(&other);
    let current = "/v0/teams/current";
    assert_eq!(scene.bearer("alice").await.gets(current).await.json()["name"], "Acme");
    let body = json!({ "email": "alice@corp.test", "password": PASSWORD, "teamId": other });
    scene.stranger().posts("/v0/auth/login", &body).await;
    assert_eq!(scene.bearer("alice").await.gets(current).await.json()["name"], "Later");
    assert_eq!(scene.basic("alice").gets(current).await.json()["name"], "Later");
}

#[tokio::test]
async fn a_team_of_others_cannot_be_entered_and_one_that_is_not_there_neither() {
    let scene = Scene::new().await;
    let (foreign, _) = scene.world.organization("Globex", "bob").await;
    let mut answers = Vec::new();
    for team in [foreign.id.to_string(), "018d7e9a-a242-7939-4000-000000000000".to_owned()] {
        let body = json!({ "email": "alice@corp.test", "password": PASSWORD, "teamId": team });
        answers.push(scene.stranger().posts("/v0/auth/login", &body).await);
    }
    super::assert_same(&answers[0], &answers[1]);
    assert_snapshot!(answers[0].transcript(), @r#"
    403 Forbidden
    content-type: application/json

    {
      "error": "not_a_member",
      "message": "The team is not one of the caller's."
    }
    "#);
}

#[tokio::test]
async fn a_wrong_password_is_told_apart_from_nothing() {
    let scene = Scene::new().await;
    let body = json!({ "email": "alice@corp.test", "password": "not this one at all" });
    assert_snapshot!(scene.stranger().says(Method::POST, "/v0/auth/login", &body).await, @r#"
    POST /v0/auth/login
    401 Unauthorized
    content-type: application/json
    www-authenticate: Basic realm="Chancery", Bearer

    {
      "error": "unauthenticated",
      "message": "Credentials are missing or not good."
    }
    "#);
}

#[tokio::test]
async fn the_claims_of_an_access_token_are_those_of_the_original_and_more() {
    use base64::Engine;
    let scene = Scene::new().await;
    let pair = scene.log_in("alice").await;
    let part = |place: usize| {
        let part = pair.access.strip_prefix("tkat_").unwrap().split('.').nth(place).unwrap();
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).unwrap();
        String::from_utf8(bytes).unwrap()
    };
    assert!(part(0).contains(r#""alg":"ES256""#));
    let claims: serde_json::Value = serde_json::from_str(&part(1)).unwrap();
    let life = claims["exp"].as_f64().unwrap() - claims["iat"].as_f64().unwrap();
    assert!((119.999..120.001).contains(&life));
    assert!(claims["exp"].is_f64() && claims["iat"].is_f64());
    assert_eq!(claims["team"], scene.acme.to_string());
    assert_eq!((&claims["session"], &claims["nbf"]), (&json!(true), &json!(0.0)));
    assert_eq!(claims["scope"], "*");
}

#[tokio::test]
async fn an_access_token_lives_two_minutes() {
    let scene = Scene::new().await;
    let pair = scene.log_in("alice").await;
    scene.seconds(119).await;
    assert!(scene.is_live(&pair.access).await);
    scene.seconds(1).await;
    assert!(!scene.is_live(&pair.access).await);
}

#[tokio::test]
async fn a_login_that_cannot_be_read_is_refused_by_its_shape() {
    let scene = Scene::new().await;
    let stranger = scene.stranger();
    let good = format!(r#""email": "alice@corp.test", "password": "{PASSWORD}""#);
    let mut answers = Vec::new();
    for more in [
        r#""rememberMe": "yes""#,
        r#""rememberMe": 1"#,
        r#""rememberMe": null"#,
        r#""teamId": "acme""#,
        r#""email": "alice@corp.test""#,
        r#""x": 1, "x": 2"#,
        r#""x": "\u0000""#,
    ] {
        let body = format!("{{{good}, {more}}}").into_bytes();
        let json = Some("application/json");
        answers.push(stranger.sends(Method::POST, "/v0/auth/login", json, body).await);
    }
    assert_eq!(statuses(&answers), [400; 7]);
    let unknown = format!(r#"{{{good}, "captcha": {{}}}}"#).into_bytes();
    let json = Some("application/json; charset=utf-8");
    let answer = stranger.sends(Method::POST, "/v0/auth/login", json, unknown).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn media_type_comes_before_size_and_both_before_the_words() {
    let scene = Scene::new().await;
    let stranger = scene.stranger();
    let large = vec![b' '; 70_000];
    let form = stranger.fills("/v0/auth/login", "email=a").await;
    let (path, json) = ("/v0/auth/login", Some("application/json"));
    let text = stranger.sends(Method::POST, path, Some("text/plain"), large.clone()).await;
    let none = stranger.sends(Method::POST, path, None, b"{}".to_vec()).await;
    let over = stranger.sends(Method::POST, path, json, large).await;
    let empty = stranger.sends(Method::POST, path, None, Vec::new()).await;
    let broken = stranger.sends(Method::POST, path, json, b"{\"email\": \xff}".to_vec()).await;
    assert_eq!(statuses(&[form, text, none.clone()]), [415; 3]);
    assert_eq!(statuses(&[over.clone(), empty, broken]), [413, 400, 400]);
    assert_snapshot!(none.transcript(), @r#"
    415 Unsupported Media Type
    content-type: application/json

    {
      "error": "unsupported_media_type",
      "message": "The body must be application/json."
    }
    "#);
    assert_snapshot!(over.transcript(), @r#"
    413 Payload Too Large
    content-type: application/json

    {
      "error": "too_large",
      "message": "The body has more than 65536 bytes."
    }
    "#);
}

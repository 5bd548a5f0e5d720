//! Making permanent tokens.

use authority::permission::Role;
use axum::http::Method;
use insta::assert_snapshot;

use super::{Scene, assert_same, made, statuses};

#[tokio::test]
async fn a_token_is_made_with_an_access_token() {
    let scene = Scene::new().await;
    let alice = scene.bearer("alice").await;
    let path = format!(
        "/v0/tokens?name=ci&expiration=2026-09-07T00:00:00Z&once=false&team={}&scopes=3072",
        scene.acme
    );
    assert_snapshot!(alice.exchange(Method::POST, &path).await, @r#"
    POST /v0/tokens?name=ci&expiration=2026-09-07T00:00:00Z&once=false&team=019b796d-d600-7033-a392-bc2eb86910d5&scopes=3072
    200 OK
    content-type: application/json

    {
      "token": "tkak_dubrT…",
      "id": "019b796d-d600-78f4-ab52-16c306cc371e",
      "teamId": "019b796d-d600-7033-a392-bc2eb86910d5",
      "name": "ci",
      "expiration": "2026-09-07T00:00:00Z",
      "createdAt": "2026-01-01T12:00:00Z"
    }
    "#);
}

#[tokio::test]
async fn a_token_is_made_with_address_and_password() {
    let scene = Scene::new().await;
    assert_snapshot!(scene.basic("alice").exchange(Method::POST, "/v0/tokens").await, @r#"
    POST /v0/tokens
    200 OK
    content-type: application/json

    {
      "token": "tkak_zCXRV…",
      "id": "019b796d-d600-7f45-b372-ee5269f12502",
      "teamId": "019b796d-d600-7033-a392-bc2eb86910d5",
      "name": "token of 2026-01-01",
      "expiration": "2027-01-01T12:00:00Z",
      "createdAt": "2026-01-01T12:00:00Z"
    }
    "#);
}

#[tokio::test]
async fn a_token_is_made_with_a_permanent_token() {
    let scene = Scene::new().await;
    let key = scene.key_for("*").await;
    assert_snapshot!(key.exchange(Method::POST, "/v0/tokens?name=second").await, @r#"
    POST /v0/tokens?name=second
    200 OK
    content-type: application/json

    {
      "token": "tkak_nx0ur…",
      "id": "019b796d-d600-7878-a230-0b93dc0737e9",
      "teamId": "019b796d-d600-7033-a392-bc2eb86910d5",
      "name": "second",
      "expiration": "2027-01-01T12:00:00Z",
      "createdAt": "2026-01-01T12:00:00Z"
    }
    "#);
}

const REFERENCE: &str = "/v0/tokens?name&expiration&once&team&scopes";

#[tokio::test]
async fn the_reference_call_has_empty_credentials_and_is_refused() {
    let scene = Scene::new().await;
    let caller = scene.stranger().with("authorization", "Basic Og==");
    assert_snapshot!(caller.exchange(Method::POST, REFERENCE).await, @r#"
    POST /v0/tokens?name&expiration&once&team&scopes
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
async fn the_reference_call_with_good_credentials_makes_a_token() {
    let scene = Scene::new().await;
    assert_snapshot!(scene.basic("alice").exchange(Method::POST, REFERENCE).await, @r#"
    POST /v0/tokens?name&expiration&once&team&scopes
    200 OK
    content-type: application/json

    {
      "token": "tkak_zCXRV…",
      "id": "019b796d-d600-7f45-b372-ee5269f12502",
      "teamId": "019b796d-d600-7033-a392-bc2eb86910d5",
      "name": "token of 2026-01-01",
      "expiration": "2027-01-01T12:00:00Z",
      "createdAt": "2026-01-01T12:00:00Z"
    }
    "#);
}

#[tokio::test]
async fn a_json_content_type_without_a_body_does_no_harm_and_neither_does_an_empty_object() {
    let scene = Scene::new().await;
    let alice = scene.basic("alice");
    let json = Some("application/json");
    let empty = alice.sends(Method::POST, "/v0/tokens?name=a", json, Vec::new()).await;
    let odd = alice.sends(Method::POST, "/v0/tokens?name=a", Some("text/html"), Vec::new()).await;
    let object = alice.sends(Method::POST, "/v0/tokens?name=a", json, b"{}".to_vec()).await;
    assert_eq!(statuses(&[empty, odd, object]), [200; 3]);
}

#[tokio::test]
async fn a_body_with_something_in_it_is_refused() {
    let scene = Scene::new().await;
    let alice = scene.basic("alice");
    let json = Some("application/json");
    let member = alice.sends(Method::POST, "/v0/tokens", json, b"{\"name\": \"b\"}".into()).await;
    let form = alice.fills("/v0/tokens", "name=b").await;
    let large = alice.sends(Method::POST, "/v0/tokens", json, vec![b' '; 70_000]).await;
    assert_eq!(statuses(&[member.clone(), form, large]), [400, 415, 413]);
    assert_snapshot!(member.transcript(), @r#"
    400 Bad Request
    content-type: application/json

    {
      "error": "invalid_body",
      "message": "The body can't be read: it has a member that is not taken here."
    }
    "#);
    assert_eq!(scene.count("token.issue").await, 0);
}

#[tokio::test]
async fn a_line_end_after_the_password_does_no_harm() {
    let scene = Scene::new().await;
    let password = format!("{}\n", testing::PASSWORD);
    let alice = scene.stranger().basic("alice@corp.test", &password);
    assert_eq!(alice.asks(Method::POST, "/v0/tokens").await.status, 200);
}

#[tokio::test]
async fn a_token_is_good_for_its_team_until_its_last_day() {
    let scene = Scene::new().await;
    let token = made(&scene.basic("alice"), "/v0/tokens?expiration=2026-01-02T12:00:00Z").await;
    let bearer = scene.stranger().bearer(token["token"].as_str().unwrap());
    assert_eq!(bearer.gets("/v0/teams/current").await.json()["id"], scene.acme.to_string());
    scene.seconds(24 * 3600 - 1).await;
    assert_eq!(bearer.gets("/v0/teams").await.status, 200);
    scene.seconds(1).await;
    assert_eq!(bearer.gets("/v0/teams").await.status, 401);
}

#[tokio::test]
async fn the_team_may_be_called_either_way_and_no_way_twice() {
    let scene = Scene::new().await;
    let (alice, acme) = (scene.basic("alice"), scene.acme.to_string());
    for query in [format!("team={acme}"), format!("teamId={acme}"), format!("team&teamId={acme}")] {
        assert_eq!(made(&alice, &format!("/v0/tokens?{query}")).await["teamId"], acme);
    }
    let both = format!("/v0/tokens?team={acme}&teamId={acme}");
    assert_eq!(alice.asks(Method::POST, &both).await.status, 400);
}

#[tokio::test]
async fn a_team_of_others_and_one_that_is_not_there_are_the_same() {
    let scene = Scene::new().await;
    let (foreign, _) = scene.world.organization("Globex", "bob").await;
    let alice = scene.basic("alice");
    let make =
        async |team: &str| alice.asks(Method::POST, &format!("/v0/tokens?team={team}")).await;
    let other = make(&foreign.id.to_string()).await;
    assert_same(&other, &make("018d7e9a-a242-7939-4000-000000000000").await);
    assert_snapshot!(other.transcript(), @r#"
    403 Forbidden
    content-type: application/json

    {
      "error": "not_a_member",
      "message": "The team is not one of the caller's."
    }
    "#);
    assert_eq!(make("Globex").await.status, 400);
}

#[tokio::test]
async fn only_an_administrator_makes_tokens() {
    let scene = Scene::new().await;
    for (name, role) in [("u", Role::Viewer), ("ar", Role::Editor), ("ad", Role::Admin)] {
        scene.member(name, role).await;
    }
    let mut answers = Vec::new();
    for name in ["u", "ar", "ad"] {
        answers.push(scene.basic(name).asks(Method::POST, "/v0/tokens").await);
    }
    assert_eq!(statuses(&answers), [403, 403, 200]);
    assert_snapshot!(answers[0].transcript(), @r#"
    403 Forbidden
    content-type: application/json

    {
      "error": "not_permitted",
      "message": "Permission `authority.token.create` is not held."
    }
    "#);
}

#[tokio::test]
async fn a_repeated_request_makes_no_second_token() {
    let scene = Scene::new().await;
    let alice = scene.basic("alice").with("idempotency-key", "k1");
    let first = alice.asks(Method::POST, "/v0/tokens?name=a").await;
    let again = alice.asks(Method::POST, "/v0/tokens?name=a").await;
    let other = alice.asks(Method::POST, "/v0/tokens?name=b").await;
    assert_eq!(statuses(&[first, again.clone(), other]), [200, 409, 422]);
    assert_eq!(again.json()["error"], "replayed");
    assert_eq!(scene.count("token.issue").await, 1);
}

#[tokio::test]
async fn no_answer_is_not_a_no() {
    let scene = Scene::new().await;
    let key = scene.key_for("*").await;
    scene.world.break_storage();
    let answer = key.gets("/v0/teams").await;
    scene.world.mend_storage();
    assert_snapshot!(answer.transcript(), @r#"
    503 Service Unavailable
    content-type: application/json
    retry-after: 1

    {
      "error": "unavailable",
      "message": "The answer could not be reached; asking again may help."
    }
    "#);
}

//! RFC 7662.

use std::time::Duration;

use authority::token::store::TokenChange;
use axum::http::Method;
use insta::assert_snapshot;

use super::*;

#[tokio::test]
async fn a_client_is_told_what_a_token_of_its_organization_is_good_for() {
    let court = Court::new().await;
    let key = court.key(&court.acme, reading()).await;
    let answer = court.told(&court.acme, key.secret.reveal()).await;
    assert_snapshot!(answer.transcript(), @r#"
    200 OK
    content-type: application/json
    vary: Accept
    pragma: no-cache

    {
      "active": true,
      "scope": "read",
      "username": "alice",
      "token_type": "Bearer",
      "exp": 1798804800,
      "iat": 1767268800,
      "sub": "019b796d-d600-779e-8b10-2b6001db0df1",
      "iss": "http://127.0.0.1:8700",
      "jti": "019b796d-d600-7816-82b4-e973a5964800",
      "organization": "019b796d-d600-7033-a392-bc2eb86910d5",
      "kind": "user"
    }
    "#);
}

#[tokio::test]
async fn an_access_token_says_for_whom_it_is_and_an_application_is_a_client() {
    let court = Court::new().await;
    let login =
        authority::account::Login { login: "alice", password: testing::PASSWORD, code: None };
    let authority = &court.world.authority;
    let opened = authority.log_in(login, Some(court.acme.id), false, &World::door()).await;
    let told = court.told(&court.acme, opened.unwrap().access.reveal()).await.json();
    assert_eq!(told["aud"], authority.policy().issuer.as_str());
    let alice = court.world.actor("alice").await;
    let holder = Some(Holder::Application(court.acme.application.id));
    let made = authority.issue(&alice, Wish { holder, ..Wish::default() }).await.unwrap();
    let told = court.told(&court.acme, made.secret.reveal()).await.json();
    assert_eq!(told["client_id"], court.acme.application.id.to_string());
    assert_eq!((told["kind"].as_str(), told.get("username")), (Some("application"), None));
}

#[tokio::test]
async fn a_bearer_who_holds_the_permission_may_ask_and_a_client_by_its_form_too() {
    let court = Court::new().await;
    let key = court.key(&court.acme, Wish::default()).await;
    let token = key.secret.reveal();
    let owner = court.stranger.clone().bearer(token);
    assert_eq!(introspect(&owner, token).await.json()["active"], true);
    let (id, secret) = (court.acme.application.id, court.acme.secret.secret.reveal());
    let form = format!("token={token}&client_id={id}&client_secret={secret}&more=1");
    let answer = court.stranger.fills("/oauth/introspect", &form).await;
    assert_eq!(answer.json()["active"], true);
    let answer = court.client(&court.acme).fills("/oauth/introspect", &form).await;
    assert_eq!(answer.status, 400, "two ways to say who one is are one too many");
}

#[tokio::test]
async fn a121_who_may_ask_and_how() {
    let court = Court::new().await;
    let key = court.key(&court.acme, Wish::default()).await;
    let token = key.secret.reveal();
    let stranger = &court.stranger;
    let anonymous = introspect(stranger, token).await;
    assert_snapshot!(anonymous.transcript(), @r#"
    401 Unauthorized
    content-type: application/json
    www-authenticate: Bearer realm="Chancery", resource_metadata="http://127.0.0.1:8700/.well-known/oauth-protected-resource"
    pragma: no-cache

    {
      "error": "invalid_client",
      "error_description": "the client is not known"
    }
    "#);
    let dead = introspect(&stranger.clone().bearer("tkak_nonsense"), token).await;
    assert_snapshot!(dead.transcript(), @r#"
    401 Unauthorized
    content-type: application/json
    www-authenticate: Bearer realm="Chancery", resource_metadata="http://127.0.0.1:8700/.well-known/oauth-protected-resource", error="invalid_token"
    pragma: no-cache

    {
      "error": "invalid_token",
      "error_description": "the bearer token is not good"
    }
    "#);
}

#[tokio::test]
async fn a121_a_token_without_the_permission_is_403() {
    let court = Court::new().await;
    let token = court.key(&court.acme, Wish::default()).await;
    let token = token.secret.reveal();
    let personal = court.world.personal("vera", Wish::default()).await;
    let narrow = court.key(&court.acme, reading()).await;
    for caller in [&personal, &narrow] {
        let caller = court.stranger.clone().bearer(caller.secret.reveal());
        assert_eq!(introspect(&caller, token).await.status, 403);
        assert_eq!(introspect(&caller, "nonsense").await.status, 403);
    }
    let caller = court.stranger.clone().bearer(narrow.secret.reveal());
    assert_snapshot!(introspect(&caller, token).await.transcript(), @r#"
    403 Forbidden
    content-type: application/json
    www-authenticate: Bearer realm="Chancery", error="insufficient_scope"
    pragma: no-cache

    {
      "error": "insufficient_scope",
      "error_description": "this takes more permission"
    }
    "#);
}

#[tokio::test]
async fn a121_a_foreign_client_is_told_nothing() {
    let court = Court::new().await;
    let bobs = court.key(&court.bolt, Wish::default()).await;
    let answer = court.told(&court.acme, bobs.secret.reveal()).await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, INACTIVE));
    let alices = court.key(&court.acme, Wish::default()).await;
    let caller = court.stranger.clone().bearer(alices.secret.reveal());
    let answer = introspect(&caller, bobs.secret.reveal()).await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, INACTIVE));
    assert!(court.is_active(&court.bolt, bobs.secret.reveal()).await);
}

#[tokio::test]
async fn a121_get_is_405_and_what_is_over_4_kib_is_inactive() {
    let court = Court::new().await;
    let key = court.key(&court.acme, Wish::default()).await;
    let client = court.client(&court.acme);
    let path = format!("/oauth/introspect?token={}", key.secret.reveal());
    assert_snapshot!(client.exchange(Method::GET, "/oauth/introspect").await, @r#"
    GET /oauth/introspect
    405 Method Not Allowed
    content-type: application/json
    pragma: no-cache
    allow: POST

    {
      "error": "invalid_request",
      "error_description": "not by this method"
    }
    "#);
    assert_eq!(client.gets(&path).await.status, 405);
    for long in ["A".repeat(4097), format!("{}{}", key.secret.reveal(), "A".repeat(5000))] {
        assert_eq!(introspect(&client, &long).await.body, INACTIVE);
    }
    let answer = introspect(&client, &"A".repeat(LARGEST_BODY)).await;
    assert_eq!(answer.status, 413);
}

#[tokio::test]
async fn a121_a_hint_is_only_a_hint() {
    let court = Court::new().await;
    let key = court.key(&court.acme, Wish::default()).await;
    for hint in ["access_token", "refresh_token", "nonsense", ""] {
        let form = format!("token={}&token_type_hint={hint}", key.secret.reveal());
        let answer = court.client(&court.acme).fills("/oauth/introspect", &form).await;
        assert_eq!(answer.json()["active"], true, "{hint}");
    }
}

#[tokio::test]
async fn a_form_that_makes_no_sense_is_400_and_another_kind_of_body_415() {
    let court = Court::new().await;
    let client = court.client(&court.acme);
    for form in
        ["", "token", "tokens=a", "token=a&token=b", "token=a&token_type_hint=a&token_type_hint=b"]
    {
        let answer = client.fills("/oauth/introspect", form).await;
        let expected = if form == "token" { 200 } else { 400 };
        assert_eq!(answer.status, expected, "{form}");
    }
    let json = serde_json::json!({ "token": "a" });
    assert_eq!(client.posts("/oauth/introspect", &json).await.status, 415);
    let plain = Some("text/plain");
    let answer = client.sends(Method::POST, "/oauth/introspect", plain, b"token=a".to_vec()).await;
    assert_eq!(answer.status, 415);
}

#[tokio::test]
async fn a119_a_client_secret_is_good_for_its_own_client_only() {
    let court = Court::new().await;
    let secret = court.acme.secret.secret.reveal();
    for id in [court.bolt.application.id.to_string(), "shop".to_owned(), String::new()] {
        let other = court.stranger.clone().basic(&id, secret);
        let answer = introspect(&other, secret).await;
        assert_eq!(answer.status, 401, "{id}");
        assert_eq!(answer.header("www-authenticate"), "Basic realm=\"Chancery\"");
    }
    let alice = court.world.actor("alice").await;
    court.world.authority.revoke(&alice, court.acme.secret.token.id).await.unwrap();
    assert_eq!(court.told(&court.acme, secret).await.status, 401);
}

#[tokio::test]
async fn a032_asking_about_a_use_once_token_takes_no_use() {
    let court = Court::new().await;
    let wish = Wish { uses: Some(1), ..Wish::default() };
    let key = court.key(&court.acme, wish).await;
    let token = key.secret.reveal();
    for _ in 0..3 {
        assert!(court.is_active(&court.acme, token).await);
    }
    court.world.authority.verify(token, &World::ANY).await.unwrap();
    assert_eq!(court.told(&court.acme, token).await.body, INACTIVE);
}

#[tokio::test]
async fn a087_every_dead_token_is_inactive_and_nothing_more() {
    let court = Court::new().await;
    let (authority, alice) = (&court.world.authority, court.world.actor("alice").await);
    let revoked = court.key(&court.acme, Wish::default()).await;
    authority.revoke(&alice, revoked.token.id).await.unwrap();
    let disabled = court.key(&court.acme, Wish::default()).await;
    let off = TokenChange { label: None, disabled: Some(true), scopes: None };
    authority.update_token(&alice, disabled.token.id, off).await.unwrap();
    let end = Some(authority.now() + Duration::from_secs(1));
    let expired = court.key(&court.acme, Wish { expires_at: end, ..Wish::default() }).await;
    court.world.pass(Duration::from_secs(1)).await;
    let expected = court.told(&court.acme, "nonsense").await;
    assert_eq!(expected.body, INACTIVE);
    for dead in [revoked, disabled, expired] {
        let answer = court.told(&court.acme, dead.secret.reveal()).await;
        assert_eq!((answer.status, answer.body), (expected.status, expected.body.clone()));
        assert_eq!(answer.headers, expected.headers);
    }
}

#[tokio::test]
async fn a085_an_answer_may_not_be_kept() {
    let court = Court::new().await;
    for answer in [
        court.told(&court.acme, "nonsense").await,
        introspect(&court.stranger, "nonsense").await,
        revoke(&court.client(&court.acme), "nonsense").await,
        court.stranger.gets("/oauth/nothing").await,
    ] {
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("pragma"), "no-cache");
        assert_eq!(answer.header("access-control-allow-origin"), "");
    }
}

#[tokio::test]
async fn no_answer_is_503_and_not_inactive() {
    let court = Court::new().await;
    let key = court.key(&court.acme, Wish::default()).await;
    court.world.break_storage();
    let answer = court.told(&court.acme, key.secret.reveal()).await;
    assert_snapshot!(answer.transcript(), @r#"
    503 Service Unavailable
    content-type: application/json
    retry-after: 1
    pragma: no-cache

    {
      "error": "temporarily_unavailable",
      "error_description": "try again"
    }
    "#);
}

#[tokio::test]
async fn who_asks_about_permissions_is_told_whether_the_token_has_them() {
    let court = Court::new().await;
    let key = court.key(&court.acme, reading()).await;
    let client = court.client(&court.acme);
    let asked = async |permission: &str| {
        let form = format!("token={}&permission={permission}", key.secret.reveal());
        client.fills("/oauth/introspect", &form).await
    };
    for (permission, permitted) in [
        ("shop.order.list", true),
        ("shop.order.create", false),
        ("shop.order.list+AND+shop.order.create", false),
        ("shop.order.create+OR+(depot.order.get+AND+shop.order.list)", true),
    ] {
        let answer = asked(permission).await.json();
        assert_eq!((&answer["active"], &answer["permitted"]), (&true.into(), &permitted.into()));
    }
    assert_eq!(asked("shop").await.status, 400);
    let none = court.told(&court.acme, key.secret.reveal()).await.json();
    assert_eq!(none.get("permitted"), None, "nobody asked");
    let form = "token=nonsense&permission=shop.order.list";
    assert_eq!(client.fills("/oauth/introspect", form).await.body, INACTIVE);
}

//! RFC 6749, section 4.4: a token for a client.

use insta::assert_snapshot;

use super::*;

const FORM: [(&str, &str); 1] = [("grant_type", "client_credentials")];

#[tokio::test]
async fn an_application_obtains_a_short_token_of_its_own() {
    let court = Court::new().await;
    let answer = ask(&court.client(&court.acme), &FORM).await;
    assert_snapshot!(answer.transcript(), @r#"
    200 OK
    content-type: application/json
    pragma: no-cache

    {
      "access_token": "tkat_…",
      "token_type": "Bearer",
      "expires_in": 120,
      "scope": "*"
    }
    "#);
    assert_eq!(answer.header("cache-control"), "no-store");
    let token = answer.json()["access_token"].as_str().unwrap().to_owned();
    let told = court.told(&court.acme, &token).await.json();
    let id = court.acme.application.id.to_string();
    assert_eq!((&told["sub"], &told["client_id"]), (&id.clone().into(), &id.into()));
    assert_eq!((&told["kind"], told.get("act")), (&"application".into(), None));
    assert_eq!(told["aud"], court.world.authority.policy().issuer.as_str());
    let actor = court.world.authority.authenticate(&token, &World::VISIT).await.unwrap();
    assert_eq!(actor.holder(), Holder::Application(court.acme.application.id), "it bears");
}

#[tokio::test]
async fn a_service_account_is_a_client_by_its_id_and_one_of_its_tokens() {
    let court = Court::new().await;
    let alice = court.world.actor("alice").await;
    let (account, issued) = court
        .world
        .authority
        .create_service_account_with_token(&alice, court.acme.id, (Some("robot"), Role::Admin))
        .await
        .unwrap();
    let (id, secret) = (account.id.to_string(), issued.secret.reveal());
    let more = [("client_id", id.as_str()), ("client_secret", secret), ("scope", "read")];
    let by_form = ask(&court.stranger, &[FORM.as_slice(), &more].concat()).await;
    let robot = court.stranger.clone().basic(&id, secret);
    let by_basic = ask(&robot, &FORM).await;
    assert_eq!((by_form.status.as_u16(), by_basic.status.as_u16()), (200, 200));
    assert_eq!(
        (&by_form.json()["scope"], &by_basic.json()["scope"]),
        (&"read".into(), &"*".into())
    );
    let token = by_basic.json()["access_token"].as_str().unwrap().to_owned();
    let told = introspect(&robot, &token).await.json();
    assert_eq!((&told["kind"], &told["sub"]), (&"service_account".into(), &id.as_str().into()));
    assert_eq!(told["client_id"], id.as_str());
    // Its token is nobody else's secret.
    let other = court.acme.application.id.to_string();
    assert_eq!(ask(&court.stranger.clone().basic(&other, secret), &FORM).await.status, 401);
    court.world.authority.revoke(&alice, issued.token.id).await.unwrap();
    assert!(!court.is_active(&court.acme, &token).await);
    assert_eq!(ask(&robot, &FORM).await.status, 401);
}

#[tokio::test]
async fn who_shows_no_good_secret_is_no_client() {
    let court = Court::new().await;
    let (id, secret) = (court.acme.application.id.to_string(), court.acme.secret.secret.reveal());
    let key = court.key(&court.acme, Wish::default()).await;
    let alone = [FORM.as_slice(), &[("client_id", id.as_str())]].concat();
    let nameless = [FORM.as_slice(), &[("client_secret", secret)]].concat();
    let wrong = [FORM.as_slice(), &[("client_id", &id), ("client_secret", "wrong")]].concat();
    let stranger = &court.stranger;
    let bearer = stranger.clone().bearer(key.secret.reveal());
    let foreign = stranger.clone().basic(&court.bolt.application.id.to_string(), secret);
    let owner = stranger.clone().basic("alice", testing::PASSWORD);
    let odd = stranger.clone().with("authorization", "Negotiate abc");
    for (caller, form) in [
        (stranger, FORM.as_slice()),
        (stranger, &alone),
        (stranger, &nameless),
        (stranger, &wrong),
        (&bearer, &FORM),
        (&foreign, &FORM),
        (&owner, &FORM),
        (&odd, &FORM),
    ] {
        let answer = ask(caller, form).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["error"]),
            (401, &"invalid_client".into())
        );
        assert_eq!(answer.header("www-authenticate"), "Basic realm=\"Chancery\"");
    }
    // Whoever fails to be a client exchanges nothing either, though strangers may.
    let form = exchange_of(key.secret.reveal(), &[("client_id", &id), ("client_secret", "wrong")]);
    assert_eq!(ask(stranger, &form).await.status, 401);
    assert_eq!(ask(&foreign, &exchange_of(key.secret.reveal(), &[])).await.status, 401);
}

#[tokio::test]
async fn two_ways_to_say_who_one_is_are_one_too_many() {
    let court = Court::new().await;
    let (id, secret) = (court.acme.application.id.to_string(), court.acme.secret.secret.reveal());
    let client = court.client(&court.acme);
    let same = [FORM.as_slice(), &[("client_id", id.as_str())]].concat();
    assert_eq!(ask(&client, &same).await.status, 200, "the same name again is no second way");
    let twice = [same.as_slice(), &[("client_secret", secret)]].concat();
    let bolts = court.bolt.application.id.to_string();
    let other = [FORM.as_slice(), &[("client_id", bolts.as_str())]].concat();
    for form in [twice, other] {
        let answer = ask(&client, &form).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["error"]),
            (400, &"invalid_request".into())
        );
    }
}

#[tokio::test]
async fn more_than_the_secret_may_is_an_invalid_scope() {
    let court = Court::new().await;
    let alice = court.world.actor("alice").await;
    let holder = Some(Holder::Application(court.acme.application.id));
    let wish = Wish { holder, client_secret: true, ..reading() };
    let narrow = court.world.authority.issue(&alice, wish).await.unwrap();
    let id = court.acme.application.id.to_string();
    let client = court.stranger.clone().basic(&id, narrow.secret.reveal());
    let asked = async |scope| ask(&client, &[FORM.as_slice(), &[("scope", scope)]].concat()).await;
    assert_eq!(ask(&client, &FORM).await.json()["scope"], "read");
    assert_eq!(asked("shop.order.get").await.json()["scope"], "shop.order.get");
    assert_eq!(asked("write").await.json()["error"], "invalid_scope");
    let aimed = [FORM.as_slice(), &[("audience", "depot"), ("resource", "urn:shop")]].concat();
    let token = ask(&client, &aimed).await.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(part(&token, 1)["aud"], serde_json::json!(["depot", "urn:shop"]));
}

/// A client of codes obtains no token of its own.
#[tokio::test]
async fn a115_a_client_has_the_one_grant_it_was_made_for() {
    use authority::application::{Client, Grant, NewClient};
    let court = Court::new().await;
    let alice = court.world.actor("alice").await;
    for grant in [Grant::Code, Grant::Password] {
        let redirect_uris = vec!["https://a.test/cb".to_owned()];
        let client = Client { confidential: true, grant, redirect_uris, skips_consent: false };
        let name = grant.as_str().to_owned();
        let new = NewClient { name, description: String::new(), client };
        let made = court.world.authority.create_client(&alice, court.acme.id, new).await;
        let (application, secret) = made.unwrap();
        let (id, secret) = (application.id.to_string(), secret.unwrap());
        let client = court.stranger.clone().basic(&id, secret.reveal());
        let answer = ask(&client, &FORM).await;
        let error = answer.json()["error"].clone();
        assert_eq!((answer.status.as_u16(), error), (400, "unauthorized_client".into()));
    }
}

/// None of these is served, so none is on by default or can be switched on.
#[tokio::test]
async fn a112_a_password_obtains_nothing() {
    let court = Court::new().await;
    let client = court.client(&court.acme);
    for grant in
        ["password", "authorization_code", "refresh_token", "implicit", "CLIENT_CREDENTIALS"]
    {
        let form = [("grant_type", grant), ("username", "alice"), ("password", testing::PASSWORD)];
        let answer = ask(&client, &form).await;
        let error = answer.json()["error"].clone();
        assert_eq!(
            (answer.status.as_u16(), error),
            (400, "unsupported_grant_type".into()),
            "{grant}"
        );
    }
    for response in ["token", "code", "id_token%20token"] {
        let path = format!("/oauth/authorize?response_type={response}");
        assert_eq!(client.gets(&path).await.status, 404, "a111: there is no such endpoint");
    }
}

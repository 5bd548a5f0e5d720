//! RFC 8693: a token for another.

use axum::http::Method;
use insta::assert_snapshot;

use super::*;

#[tokio::test]
async fn whoever_shows_a_token_gets_a_short_one_for_whom_they_say() {
    let court = Court::new().await;
    let key = court.key(&court.acme, Wish::default()).await;
    let more = [("scope", "read"), ("resource", "https://shop.test/api"), ("audience", "depot")];
    let answer = ask(&court.stranger, &exchange_of(key.secret.reveal(), &more)).await;
    assert_snapshot!(answer.transcript(), @r#"
    200 OK
    content-type: application/json
    pragma: no-cache

    {
      "access_token": "tkat_…",
      "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
      "token_type": "Bearer",
      "expires_in": 120,
      "scope": "read"
    }
    "#);
    assert_eq!(answer.header("cache-control"), "no-store");
    let token = answer.json()["access_token"].as_str().unwrap().to_owned();
    let header = part(&token, 0);
    assert_eq!((&header["typ"], &header["alg"]), (&"at+jwt".into(), &"ES256".into()));
    let claims = part(&token, 1);
    // RFC 9068, section 2.2: all are required.
    for name in ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"] {
        assert!(!claims[name].is_null(), "{name}");
    }
    assert_eq!(claims["aud"], serde_json::json!(["depot", "https://shop.test/api"]));
    assert_eq!((&claims["scope"], claims.get("act")), (&"read".into(), None));
    assert_eq!(claims["parent"], key.token.id.to_string());
    let time = |name: &str| claims[name].as_f64().unwrap();
    assert!((time("exp") - time("iat") - 120.0).abs() < 0.001);

    let told = court.told(&court.acme, &token).await;
    assert_snapshot!(told.transcript(), @r#"
    200 OK
    content-type: application/json
    vary: Accept
    pragma: no-cache

    {
      "active": true,
      "scope": "read",
      "client_id": "chancery",
      "username": "alice",
      "token_type": "Bearer",
      "exp": 1767268920,
      "iat": 1767268800,
      "sub": "019b796d-d600-779e-8b10-2b6001db0df1",
      "aud": [
        "depot",
        "https://shop.test/api"
      ],
      "iss": "http://127.0.0.1:8700",
      "jti": "019b796d-d600-7502-a057-2064cd917393",
      "organization": "019b796d-d600-7033-a392-bc2eb86910d5",
      "kind": "user"
    }
    "#);
}

/// The example request of RFC 8693, section 2.3, with a token and a client of ours in place of its
/// own: the answer has the members of its example, and no others.
#[tokio::test]
async fn the_rfcs_own_example_is_answered_as_the_rfc_answers_it() {
    let court = Court::new().await;
    let key = court.key(&court.acme, Wish::default()).await;
    let form = format!(
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange\
        &resource=https%3A%2F%2Fbackend.example.com%2Fapi\
        &subject_token={}\
        &subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token",
        key.secret.reveal()
    );
    let answer = court.client(&court.acme).fills("/oauth/token", &form).await;
    assert_eq!(answer.status, 200);
    let members: Vec<_> = answer.json().as_object().unwrap().keys().cloned().collect();
    let expected = ["access_token", "issued_token_type", "token_type", "expires_in"];
    assert_eq!(members, [expected.as_slice(), &["scope"]].concat());
    assert_eq!(answer.json()["issued_token_type"], ACCESS_TOKEN);
}

#[tokio::test]
async fn a_token_for_nobody_named_is_good_here_and_one_for_others_is_not() {
    let court = Court::new().await;
    let key = court.key(&court.acme, Wish::default()).await;
    let made = async |more: &[(&str, &str)]| {
        let answer = ask(&court.stranger, &exchange_of(key.secret.reveal(), more)).await.json();
        answer["access_token"].as_str().unwrap().to_owned()
    };
    let here = court.stranger.clone().bearer(&made(&[]).await);
    assert_eq!(introspect(&here, key.secret.reveal()).await.json()["active"], true);
    let elsewhere = made(&[("audience", "depot")]).await;
    let answer = introspect(&court.stranger.clone().bearer(&elsewhere), "nonsense").await;
    assert_eq!((answer.status.as_u16(), &answer.json()["error"]), (401, &"invalid_token".into()));
    assert_eq!(court.told(&court.acme, &elsewhere).await.json()["aud"], "depot");
}

/// RFC 6749, section 3.2.1: so do libraries that are set to `none`.
#[tokio::test]
async fn whoever_names_a_client_and_shows_no_secret_is_nobody() {
    let court = Court::new().await;
    let key = court.key(&court.acme, Wish::default()).await;
    let acmes = court.acme.application.id.to_string();
    let claims = async |more: &[(&str, &str)]| {
        let answer = ask(&court.stranger, &exchange_of(key.secret.reveal(), more)).await;
        assert_eq!(answer.status, 200);
        part(answer.json()["access_token"].as_str().unwrap(), 1)
    };
    let nobodys = claims(&[]).await;
    for id in [acmes.as_str(), "spa"] {
        let named = claims(&[("client_id", id)]).await;
        assert_eq!(named.get("act"), None);
        assert_eq!((&named["client_id"], &named["sub"]), (&nobodys["client_id"], &nobodys["sub"]));
    }
}

#[tokio::test]
async fn what_a_form_lacks_or_says_twice_is_an_invalid_request() {
    let court = Court::new().await;
    let key = court.key(&court.acme, Wish::default()).await;
    let token = key.secret.reveal();
    let whole = serde_urlencoded::to_string(exchange_of(token, &[])).unwrap();
    let jwt = "urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt";
    let no_type = whole.replace("subject_token_type", "a");
    let no_token = whole.replace("subject_token=", "subject_token=&a=");
    let no_grant = whole.replace("grant_type", "a");
    let odd_type = whole.replace("access_token", "saml2");
    let as_jwt = whole.replace("urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token", jwt);
    for form in [
        "",
        &no_type,
        &no_token,
        &no_grant,
        &odd_type,
        &as_jwt,
        &format!("{whole}&scope=read&scope=read"),
        &format!("{whole}&grant_type=client_credentials"),
        &format!("{whole}&requested_token_type={jwt}"),
        &format!("{whole}&actor_token_type={jwt}"),
        &format!("{whole}&actor_token={token}"),
        &format!("{whole}&actor_token=tkak_nonsense&actor_token_type={ACCESS_TOKEN}"),
    ] {
        let answer = court.stranger.fills("/oauth/token", form).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["error"]),
            (400, &"invalid_request".into()),
            "{form}"
        );
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    let answer = court.stranger.fills(&format!("/oauth/token?{whole}"), &whole).await;
    assert_eq!(answer.json()["error"], "invalid_request", "secrets have no place in an address");
    let requested =
        format!("{whole}&requested_token_type={ACCESS_TOKEN}&scope=&audience=&unknown=1");
    assert_eq!(court.stranger.fills("/oauth/token", &requested).await.status, 200);
}

#[tokio::test]
async fn each_no_has_the_code_of_its_rfc() {
    let court = Court::new().await;
    let key = court.key(&court.acme, reading()).await;
    let token = key.secret.reveal();
    let once = court.key(&court.acme, Wish { uses: Some(1), ..Wish::default() }).await;
    let long = "a".repeat(256);
    for (subject, more, error) in [
        ("tkak_nonsense", vec![], "invalid_request"),
        (once.secret.reveal(), vec![], "invalid_request"),
        (token, vec![("scope", "write")], "invalid_scope"),
        (token, vec![("scope", "read shop.*")], "invalid_scope"),
        (token, vec![("scope", "no-scope")], "invalid_scope"),
        (token, vec![("resource", "shop")], "invalid_target"),
        (token, vec![("resource", "https://shop.test/#a")], "invalid_target"),
        (token, vec![("audience", "a b")], "invalid_target"),
        (token, vec![("audience", &long)], "invalid_target"),
        (token, ["a", "b", "c", "d", "e"].map(|one| ("audience", one)).to_vec(), "invalid_target"),
    ] {
        let answer = ask(&court.stranger, &exchange_of(subject, &more)).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["error"]),
            (400, &error.into()),
            "{more:?}"
        );
        assert!(!answer.body.contains(subject), "{}", answer.body);
    }
    let unknown = ask(&court.stranger, &[("grant_type", "authorization_code")]).await;
    assert_snapshot!(unknown.transcript(), @r#"
    400 Bad Request
    content-type: application/json
    pragma: no-cache

    {
      "error": "unsupported_grant_type",
      "error_description": "tokens are not obtained in this way here"
    }
    "#);
    assert_eq!(court.stranger.asks(Method::GET, "/oauth/token").await.status, 405);
    let json = serde_json::json!({ "grant_type": EXCHANGE });
    assert_eq!(court.stranger.posts("/oauth/token", &json).await.status, 415);
    let answer = court.stranger.fills("/oauth/token", &"a".repeat(LARGEST_BODY + 1)).await;
    assert_eq!(answer.status, 413);
}

#[tokio::test]
async fn a087_every_subject_that_is_not_good_is_refused_alike() {
    let court = Court::new().await;
    let alice = court.world.actor("alice").await;
    let revoked = court.key(&court.acme, Wish::default()).await;
    court.world.authority.revoke(&alice, revoked.token.id).await.unwrap();
    let end = court.world.authority.now() + jiff::SignedDuration::from_secs(1);
    let expired = court.key(&court.acme, Wish { expires_at: Some(end), ..Wish::default() }).await;
    court.world.pass(std::time::Duration::from_secs(1)).await;
    let foreign = court.key(&court.bolt, Wish::default()).await;
    let client = court.client(&court.acme);
    let expected = ask(&client, &exchange_of("nonsense", &[])).await;
    for subject in [&revoked, &expired, &foreign, &court.acme.secret] {
        let answer = ask(&client, &exchange_of(subject.secret.reveal(), &[])).await;
        assert_eq!((answer.status, &answer.body), (expected.status, &expected.body));
        assert_eq!(answer.headers, expected.headers);
    }
}

#[tokio::test]
async fn a075_an_exchange_that_cannot_be_entered_is_503_and_gives_nothing() {
    let court = Court::new().await;
    let key = court.key(&court.acme, Wish::default()).await;
    let form = exchange_of(key.secret.reveal(), &[]);
    assert_eq!(ask(&court.stranger, &form).await.status, 200);
    court.world.break_writing();
    let answer = ask(&court.stranger, &form).await;
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
    court.world.mend_storage();
    court.world.break_storage();
    let cold = exchange_of("tkst_0000000000000000000000000000000000000000000000000", &[]);
    let status = ask(&court.stranger, &cold).await.status.as_u16();
    assert_eq!(status, 400, "what has not our looks is no question for the database");
    let other = authority::secret::Secret::generate(
        &court.world.authority.policy().brand,
        authority::secret::Kind::ApiKey,
        &testing::LoadedDice::new(9),
    );
    assert_eq!(ask(&court.stranger, &exchange_of(other.reveal(), &[])).await.status, 503);
}

#[tokio::test]
async fn a_token_that_would_be_too_long_to_show_is_not_made() {
    let court = Court::new().await;
    let scope = |n: usize| format!("shop.{}{n:02}.*", "a".repeat(80));
    let scopes = (0..32).map(scope).collect::<Vec<_>>().join(" ");
    let wish = Wish { scopes: Scopes::parse(&scopes).ok(), ..Wish::default() };
    let key = court.key(&court.acme, wish).await;
    let answer = ask(&court.stranger, &exchange_of(key.secret.reveal(), &[])).await;
    assert_eq!(answer.json()["error"], "invalid_scope");
    let few = (0..8).map(scope).collect::<Vec<_>>().join(" ");
    let more = [("scope", few.as_str())];
    let answer = ask(&court.stranger, &exchange_of(key.secret.reveal(), &more)).await.json();
    assert!(court.is_active(&court.acme, answer["access_token"].as_str().unwrap()).await);
}

#[tokio::test]
async fn a122_an_exchanged_token_is_of_a_type_that_is_not_revoked() {
    let court = Court::new().await;
    let key = court.key(&court.acme, Wish::default()).await;
    let made = ask(&court.stranger, &exchange_of(key.secret.reveal(), &[])).await.json();
    let made = made["access_token"].as_str().unwrap();
    let alice = court.stranger.clone().bearer(key.secret.reveal());
    let answer = revoke(&alice, made).await;
    let error = answer.json()["error"].clone();
    assert_eq!((answer.status.as_u16(), error), (400, "unsupported_token_type".into()));
    assert!(court.is_active(&court.acme, key.secret.reveal()).await, "its subject lives");
    let answer = revoke(&court.client(&court.bolt), made).await;
    assert_eq!(
        (answer.status.as_u16(), answer.body.as_str()),
        (200, ""),
        "none of Bolt's business"
    );
    assert_eq!(revoke(&alice, key.secret.reveal()).await.status, 200);
    assert!(!court.is_active(&court.acme, made).await, "it ends with its subject");
}

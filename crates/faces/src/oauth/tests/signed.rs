//! RFC 9701: introspection that is signed.

use super::*;

const JWT: &str = "application/token-introspection+jwt";

async fn asked(court: &Court, accept: &str, token: &str) -> Answer {
    let client = court.client(&court.acme).with("accept", accept);
    introspect(&client, token).await
}

#[tokio::test]
async fn who_accepts_a_jwt_by_name_gets_one_with_the_same_words() {
    let court = Court::new().await;
    let key = court.key(&court.acme, reading()).await;
    let plain = court.told(&court.acme, key.secret.reveal()).await;
    assert_eq!(
        (plain.header("vary"), plain.header("content-type")),
        ("Accept", "application/json")
    );
    let signed = asked(&court, JWT, key.secret.reveal()).await;
    assert_eq!((signed.header("vary"), signed.header("content-type")), ("Accept", JWT));
    assert_eq!(signed.header("cache-control"), "no-store");
    let header = part(&signed.body, 0);
    assert_eq!(
        (&header["typ"], &header["alg"]),
        (&"token-introspection+jwt".into(), &"ES256".into())
    );
    let keys = court.stranger.gets("/.well-known/jwks.json").await.json();
    assert_eq!(header["kid"], keys["keys"][0]["kid"]);
    let claims = part(&signed.body, 1);
    // RFC 9701, section 5: these, and neither `sub` nor `exp` at the top.
    let names: Vec<_> = claims.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["iss", "aud", "iat", "token_introspection"]);
    let issuer = court.world.authority.policy().issuer.as_str();
    assert_eq!((&claims["iss"], &claims["iat"]), (&issuer.into(), &1_767_268_800.into()));
    assert_eq!(claims["aud"], court.acme.application.id.to_string());
    assert_eq!(claims["token_introspection"], plain.json());
    let dead = asked(&court, JWT, "nonsense").await;
    let inactive = serde_json::json!({ "active": false });
    assert_eq!(part(&dead.body, 1)["token_introspection"], inactive);
}

#[tokio::test]
async fn whatever_else_is_accepted_gets_json() {
    let court = Court::new().await;
    let json = "application/json";
    for (accept, expected) in [
        ("*/*", json),
        ("application/*", json),
        ("text/html", json),
        ("", json),
        ("application/jwt", json),
        (JWT, JWT),
        ("Application/Token-Introspection+JWT", JWT),
        (&format!("{JWT}, {json}"), JWT),
        (&format!("{json};q=0.5, {JWT}"), JWT),
        (&format!("{json}, {JWT};q=0.9"), json),
        (&format!("*/*;q=0.1,{JWT};q=0.2"), JWT),
        (&format!("*/*;q=0.9, {JWT};q=0.2"), json),
        (&format!("{JWT};q=0"), json),
        (&format!("{JWT};q=nonsense"), json),
        (&format!("{JWT};q=NaN"), json),
    ] {
        assert_eq!(
            asked(&court, accept, "nonsense").await.header("content-type"),
            expected,
            "{accept}"
        );
    }
    let anonymous = introspect(&court.stranger.clone().with("accept", JWT), "nonsense").await;
    assert_eq!((anonymous.status.as_u16(), anonymous.header("content-type")), (401, json));
}

#[tokio::test]
async fn a095_a_signed_introspection_is_no_access_token() {
    let court = Court::new().await;
    let key = court.key(&court.acme, Wish::default()).await;
    let made = ask(&court.stranger, &exchange_of(key.secret.reveal(), &[])).await.json();
    let access = made["access_token"].as_str().unwrap();
    let said = asked(&court, JWT, access).await.body;
    for text in [said.clone(), format!("tkat_{said}")] {
        assert!(!court.is_active(&court.acme, &text).await);
        assert_eq!(introspect(&court.stranger.clone().bearer(&text), "a").await.status, 401);
        let answer = ask(&court.stranger, &exchange_of(&text, &[])).await;
        assert_eq!(answer.json()["error"], "invalid_request");
    }
    assert!(court.is_active(&court.acme, access).await);
}

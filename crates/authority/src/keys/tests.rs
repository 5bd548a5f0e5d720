//! What is signed with our own key and is no access token all the same.

use serde_json::{Value, json};

use super::*;
use crate::entropy::SystemEntropy;

const NOON: Timestamp = Timestamp::UNIX_EPOCH;
const ISSUER: &str = "https://us.test";

fn keys() -> Keys {
    let keys = Keys::derive(&RootKey::new([7; 32], &[1])).unwrap();
    keys.take_ring(&[keys.make_signing_key(&SystemEntropy, NOON, NOON).unwrap()]).unwrap();
    keys
}

fn claims() -> Value {
    let id = "019b796d-d600-7000-8000-0123456789ab";
    json!({
        "iss": ISSUER, "sub": id, "aud": "x", "exp": 120.0, "iat": 0.0, "nbf": 0.0, "jti": id,
        "client_id": "chancery", "scope": "*", "team": null, "session": false, "parent": id,
    })
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

fn without(name: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(name);
    claims
}

#[test]
fn a094_another_issuer_or_no_audience_is_no_token_of_ours() {
    let keys = keys();
    let read = |claims: &Value| {
        let jws = keys.ring().sign_as(ACCESS_TYPE, claims, NOON).unwrap();
        keys.ring().read(&jws, ISSUER)
    };
    assert!(read(&claims()).is_some());
    assert!(read(&with("aud", json!(["x", "y"]))).is_some());
    let longer = format!("{ISSUER}.evil");
    for issuer in ["https://us.test/", "https://US.test", &longer, "https://us.tes", ""] {
        assert_eq!(read(&with("iss", json!(issuer))), None, "{issuer}");
    }
    for name in ["iss", "sub", "aud", "exp", "iat", "nbf", "jti", "client_id", "scope", "session"] {
        assert_eq!(read(&without(name)), None, "{name}");
    }
    for (name, odd) in [
        ("aud", json!(null)),
        ("aud", json!(7)),
        ("aud", json!({ "x": true })),
        ("aud", json!([7])),
        ("act", json!("somebody")),
        ("parent", json!("x")),
        ("exp", json!("120")),
        ("session", json!("yes")),
    ] {
        assert_eq!(read(&with(name, odd.clone())), None, "{name} {odd}");
    }
}

#[test]
fn a095_what_is_signed_as_another_type_is_no_access_token() {
    let keys = keys();
    for typ in
        [INTROSPECTION_TYPE, "JWT", "", "at+JWT", "application/at+jwt", "logout+jwt", "id_token"]
    {
        let jws = keys.ring().sign_as(typ, &claims(), NOON).unwrap();
        assert_eq!(keys.ring().read(&jws, ISSUER), None, "{typ}");
    }
    let told = claims();
    let introspection = IntrospectionClaims {
        iss: ISSUER,
        aud: uuid::Uuid::nil(),
        iat: 0,
        token_introspection: &told,
    };
    let jws = keys.ring().sign_introspection(&introspection, NOON).unwrap();
    let header = jsonwebtoken::decode_header(&jws).unwrap();
    assert_eq!(header.typ.as_deref(), Some("token-introspection+jwt"));
    assert_eq!(keys.ring().read(&jws, ISSUER), None);
}

#[test]
fn a096_what_is_critical_to_its_signer_is_refused_though_our_own_key_signed_it() {
    let keys = keys();
    let (ring, own) = (keys.ring(), keys.ring().sign_as(ACCESS_TYPE, &claims(), NOON).unwrap());
    let header = jsonwebtoken::decode_header(&own).unwrap();
    let key = ring.keys.first().unwrap();
    let read = |crit: Option<&[&str]>| {
        let crit = crit.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
        let header = Header { crit, ..header.clone() };
        let jws = jsonwebtoken::encode(&header, &claims(), &key.signing).unwrap();
        ring.read(&jws, ISSUER)
    };
    assert!(read(None).is_some());
    for names in [&["exp"][..], &["b64"], &["nosuch", "exp"], &[]] {
        assert_eq!(read(Some(names)), None, "{names:?}");
    }
}

//! What may be said of a new token, and how (contract, section 2).

use axum::http::Method;
use insta::assert_snapshot;
use serde_json::json;

use super::{Scene, TOKENS, data, told};

#[tokio::test]
async fn an_empty_body_an_empty_object_and_odd_content_types_are_all_the_same() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    let json = Some("application/json");
    let send = async |kind, body: &[u8]| {
        let answer = alice.sends(Method::POST, TOKENS, kind, body.to_vec()).await;
        data(&answer)["scopes"].clone()
    };
    for (kind, body) in [
        (json, &b""[..]),
        (json, b"{}"),
        (None, b""),
        (Some("text/html"), b""),
        (Some("application/json; charset=utf-8"), b" {} "),
        (json, br#"{"description": null, "scopes": null}"#),
        (json, br#"{"unknown": {"deep": [1, 2]}, "id": 7}"#),
    ] {
        assert_eq!(send(kind, body).await, json!(["sdk", "integrationApi"]));
    }
}

#[tokio::test]
async fn a_body_that_can_not_be_read_is_refused_by_its_shape_and_makes_nothing() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    let json = Some("application/json");
    for (kind, body, status) in [
        (json, &b"["[..], 400),
        (json, b"[]", 400),
        (json, b"null", 400),
        (json, b"\"text\"", 400),
        (json, b" ", 400),
        (json, b"{\"description\": \xff}", 400),
        (json, br#"{"description": 7}"#, 400),
        (json, br#"{"description": ["a"]}"#, 400),
        (json, br#"{"scopes": "sdk"}"#, 400),
        (json, br#"{"scopes": {"0": "sdk"}}"#, 400),
        (json, br#"{"description": "a", "description": "b"}"#, 400),
        (json, br#"{"description": "\u0000"}"#, 400),
        (None, b"{}", 415),
        (Some("application/x-www-form-urlencoded"), b"description=a", 415),
    ] {
        let answer = alice.sends(Method::POST, TOKENS, kind, body.to_vec()).await;
        assert_eq!(answer.status, status, "{}", answer.body);
    }
    assert_eq!(scene.count("token.issue").await, 0);
    let answer = alice.sends(Method::POST, TOKENS, json, b"[1]".to_vec()).await;
    assert_snapshot!(answer.transcript(), @r#"
    400 Bad Request
    content-type: application/json

    {
      "status": false,
      "error": {
        "code": 5001,
        "message": "Validation error",
        "data": [
          {
            "field": "body",
            "message": "a JSON object"
          }
        ]
      }
    }
    "#);
}

#[tokio::test]
async fn a031_a_description_has_1000_characters_and_is_kept_as_it_came() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    for text in [
        "ü".repeat(1_000),
        "a".repeat(1_000),
        String::new(),
        "<script>alert(1)</script>".to_owned(),
        "${jndi:ldap://x}".to_owned(),
        "=cmd|' /C calc'!A0".to_owned(),
        "two\nlines\tand 🦦 \u{202e}".to_owned(),
    ] {
        let token = data(&alice.posts(TOKENS, &json!({ "description": text })).await);
        let path = format!("{TOKENS}/{}", token["id"].as_str().unwrap());
        assert_eq!(
            (&token["description"], data(&alice.gets(&path).await)["description"].clone()),
            (&json!(text), json!(text))
        );
    }
    let before = scene.count("token.issue").await;
    for text in ["a".repeat(1_001), "🦦".repeat(1_001), "bell\u{7}".to_owned()] {
        let answer = alice.posts(TOKENS, &json!({ "description": text })).await;
        assert_eq!(told(&answer), (400, 5001));
    }
    let half = br#"{"description": "\ud800"}"#.to_vec();
    let answer = alice.sends(Method::POST, TOKENS, Some("application/json"), half).await;
    assert_eq!(told(&answer), (400, 5001));
    assert_eq!(scene.count("token.issue").await, before);
    let long = json!({ "description": "a".repeat(1_001) });
    assert_snapshot!(alice.posts(TOKENS, &long).await.transcript(), @r#"
    400 Bad Request
    content-type: application/json

    {
      "status": false,
      "error": {
        "code": 5001,
        "message": "Validation error",
        "data": [
          {
            "field": "description",
            "message": "at most 1000 characters, no control characters"
          }
        ]
      }
    }
    "#);
}

//! Keys and metadata.

use axum::http::Method;
use insta::assert_snapshot;

use super::*;

#[tokio::test]
async fn a099_published_keys_are_public_and_say_how_long_they_hold() {
    let court = Court::new().await;
    let root = court.world.root().await;
    court.world.authority.rotate_signing_key(&root).await.unwrap();
    let answer = court.stranger.gets("/.well-known/jwks.json").await;
    assert_eq!(answer.header("cache-control"), "public, max-age=300");
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    let keys = answer.json()["keys"].as_array().unwrap().clone();
    assert_eq!(keys.len(), 2);
    assert_ne!(keys[0]["kid"], keys[1]["kid"]);
    for key in keys {
        let members: Vec<_> = key.as_object().unwrap().keys().cloned().collect();
        assert_eq!(members, ["kty", "use", "alg", "kid", "crv", "x", "y"]);
    }
}

#[tokio::test]
async fn a117_metadata_is_true_and_no_header_changes_it() {
    let court = Court::new().await;
    let path = "/.well-known/oauth-authorization-server";
    let plain = court.stranger.gets(path).await;
    assert_snapshot!(plain.transcript(), @r#"
    200 OK
    content-type: application/json
    access-control-allow-origin: *

    {
      "issuer": "http://127.0.0.1:8700",
      "jwks_uri": "http://127.0.0.1:8700/.well-known/jwks.json",
      "introspection_endpoint": "http://127.0.0.1:8700/oauth/introspect",
      "introspection_endpoint_auth_methods_supported": [
        "client_secret_basic",
        "client_secret_post"
      ],
      "revocation_endpoint": "http://127.0.0.1:8700/oauth/revoke",
      "revocation_endpoint_auth_methods_supported": [
        "client_secret_basic",
        "client_secret_post"
      ],
      "response_types_supported": [],
      "grant_types_supported": []
    }
    "#);
    for name in ["host", "x-forwarded-host", "x-forwarded-proto", "forwarded"] {
        let told = court.stranger.clone().from([127, 0, 0, 1]).with(name, "evil.test");
        assert_eq!(told.gets(path).await.body, plain.body, "{name}");
    }
    for endpoint in ["introspection_endpoint", "revocation_endpoint"] {
        let told = plain.json()[endpoint].as_str().unwrap().to_owned();
        let path = told.strip_prefix(&court.world.authority.policy().issuer).unwrap().to_owned();
        assert_eq!(court.client(&court.acme).fills(&path, "token=a").await.status, 200);
    }
}

#[tokio::test]
async fn unknown_paths_and_methods_are_answered_in_oauths_words() {
    let court = Court::new().await;
    assert_snapshot!(court.stranger.exchange(Method::GET, "/oauth/nothing").await, @r#"
    GET /oauth/nothing
    404 Not Found
    content-type: application/json
    pragma: no-cache

    {
      "error": "not_found",
      "error_description": "there is nothing here"
    }
    "#);
    assert_snapshot!(court.stranger.exchange(Method::DELETE, "/.well-known/jwks.json").await, @r#"
    DELETE /.well-known/jwks.json
    405 Method Not Allowed
    content-type: application/json
    allow: GET,HEAD

    {
      "error": "invalid_request",
      "error_description": "not by this method"
    }
    "#);
}

#[tokio::test]
async fn the_document_names_every_path_and_each_operation_once() {
    let court = Court::new().await;
    let document = court.stranger.gets("/oauth/openapi.json").await.json();
    let paths: Vec<_> = document["paths"].as_object().unwrap().keys().cloned().collect();
    assert_snapshot!(paths.join("\n"), @r"
    /.well-known/jwks.json
    /.well-known/oauth-authorization-server
    /oauth/introspect
    /oauth/openapi.json
    /oauth/revoke
    ");
}

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
      "scopes_supported": [
        "read",
        "write",
        "*"
      ],
      "token_endpoint": "http://127.0.0.1:8700/oauth/token",
      "token_endpoint_auth_methods_supported": [
        "client_secret_basic",
        "client_secret_post",
        "none"
      ],
      "introspection_endpoint": "http://127.0.0.1:8700/oauth/introspect",
      "introspection_endpoint_auth_methods_supported": [
        "client_secret_basic",
        "client_secret_post"
      ],
      "introspection_signing_alg_values_supported": [
        "ES256"
      ],
      "revocation_endpoint": "http://127.0.0.1:8700/oauth/revoke",
      "revocation_endpoint_auth_methods_supported": [
        "client_secret_basic",
        "client_secret_post"
      ],
      "response_types_supported": [],
      "grant_types_supported": [
        "client_credentials",
        "urn:ietf:params:oauth:grant-type:token-exchange"
      ],
      "protected_resources": [
        "http://127.0.0.1:8700"
      ]
    }
    "#);
    for name in ["host", "x-forwarded-host", "x-forwarded-proto", "forwarded"] {
        let told = court.stranger.clone().from([127, 0, 0, 1]).with(name, "evil.test");
        assert_eq!(told.gets(path).await.body, plain.body, "{name}");
    }
}

/// Every member is tried: an endpoint or a grant that is not served, or served and not told, fails.
#[tokio::test]
async fn metadata_tells_what_is_served_and_all_of_it() {
    let court = Court::new().await;
    let told = court.stranger.gets("/.well-known/oauth-authorization-server").await.json();
    let issuer = court.world.authority.policy().issuer.clone();
    let path =
        |member: &str| told[member].as_str().unwrap().strip_prefix(&issuer).unwrap().to_owned();
    let words = |member: &str| -> Vec<String> {
        let all = told[member].as_array().unwrap().iter();
        all.map(|word| word.as_str().unwrap().to_owned()).collect()
    };
    // RFC 8414, section 2: required, the last because there is a token endpoint.
    for required in ["issuer", "response_types_supported", "token_endpoint"] {
        assert!(!told[required].is_null(), "{required}");
    }
    assert_eq!(court.stranger.gets(&path("jwks_uri")).await.status, 200);
    let key = court.key(&court.acme, Wish::default()).await;
    for grant in words("grant_types_supported") {
        for method in words("token_endpoint_auth_methods_supported") {
            let shown =
                [("subject_token", key.secret.reveal()), ("subject_token_type", ACCESS_TOKEN)];
            let grant_type = [("grant_type", grant.as_str())];
            let form = [grant_type.as_slice(), &shown].concat();
            let answer = by(&court, &method, &path("token_endpoint"), &form).await;
            let expected = if grant == EXCHANGE || method != "none" { 200 } else { 401 };
            assert_eq!(answer.status, expected, "{grant} by {method}");
        }
    }
    for scope in words("scopes_supported") {
        let form = exchange_of(key.secret.reveal(), &[("scope", &scope)]);
        assert_eq!(ask(&court.stranger, &form).await.json()["scope"], scope.as_str());
    }
    for endpoint in ["introspection_endpoint", "revocation_endpoint"] {
        for method in words(&format!("{endpoint}_auth_methods_supported")) {
            let answer = by(&court, &method, &path(endpoint), &[("token", "a")]).await;
            assert_eq!(answer.status, 200, "{endpoint} by {method}");
        }
        let answer = by(&court, "none", &path(endpoint), &[("token", "a")]).await;
        assert_eq!(answer.status, 401, "{endpoint}");
    }
    let accept = court.client(&court.acme).with("accept", "application/token-introspection+jwt");
    let signed = accept.fills(&path("introspection_endpoint"), "token=a").await;
    let algorithm = part(&signed.body, 0)["alg"].as_str().unwrap().to_owned();
    assert_eq!(words("introspection_signing_alg_values_supported"), [algorithm]);
    assert_eq!(words("response_types_supported"), Vec::<String>::new());
    assert_eq!(court.stranger.gets("/oauth/authorize").await.status, 404);
    assert_eq!(words("protected_resources"), [issuer.as_str()]);
    // And what else is served is told.
    let document = court.stranger.gets("/oauth/openapi.json").await.json();
    let posts = document["paths"].as_object().unwrap().iter();
    let posts = posts.filter(|(_, item)| item.get("post").is_some()).map(|(path, _)| path.clone());
    let told = ["token_endpoint", "introspection_endpoint", "revocation_endpoint"].map(path);
    assert!(posts.into_iter().all(|path| told.contains(&path)));
}

/// Sends a form as a client that says who it is in one of the ways of metadata.
async fn by(court: &Court, method: &str, path: &str, form: &[(&str, &str)]) -> Answer {
    let (id, secret) = (court.acme.application.id.to_string(), court.acme.secret.secret.reveal());
    let own = [("client_id", id.as_str()), ("client_secret", secret)];
    let (caller, form) = match method {
        "client_secret_basic" => (court.client(&court.acme), form.to_vec()),
        "client_secret_post" => (court.stranger.clone(), [form, &own].concat()),
        "none" => (court.stranger.clone(), [form, own.get(..1).unwrap()].concat()),
        other => panic!("{other} is no way of ours"),
    };
    caller.fills(path, &serde_urlencoded::to_string(form).unwrap()).await
}

/// RFC 9728: a resource names its authorities, they name it, and its 401 says where that is written.
#[tokio::test]
async fn the_resource_says_who_gives_tokens_for_it() {
    let court = Court::new().await;
    let path = "/.well-known/oauth-protected-resource";
    let answer = court.stranger.gets(path).await;
    assert_snapshot!(answer.transcript(), @r#"
    200 OK
    content-type: application/json
    access-control-allow-origin: *

    {
      "resource": "http://127.0.0.1:8700",
      "authorization_servers": [
        "http://127.0.0.1:8700"
      ],
      "jwks_uri": "http://127.0.0.1:8700/.well-known/jwks.json",
      "scopes_supported": [
        "read",
        "write",
        "*"
      ],
      "bearer_methods_supported": [
        "header"
      ],
      "resource_name": "Chancery"
    }
    "#);
    let server = court.stranger.gets("/.well-known/oauth-authorization-server").await.json();
    assert_eq!(answer.json()["authorization_servers"][0], server["issuer"]);
    assert_eq!(server["protected_resources"][0], answer.json()["resource"]);
    let issuer = &court.world.authority.policy().issuer;
    let challenge = format!(
        "Bearer realm=\"Chancery\", resource_metadata=\"{issuer}{path}\", error=\"invalid_token\""
    );
    let dead = introspect(&court.stranger.clone().bearer("tkak_nonsense"), "a").await;
    assert_eq!(dead.header("www-authenticate"), challenge);
    let key = court.key(&court.acme, Wish::default()).await;
    // A token that is for the resource by its name opens it, in the header and nowhere else.
    let form = exchange_of(key.secret.reveal(), &[("resource", issuer)]);
    let made = ask(&court.stranger, &form).await.json();
    let made = made["access_token"].as_str().unwrap();
    assert_eq!(introspect(&court.stranger.clone().bearer(made), made).await.status, 200);
    let form = format!("token={made}&access_token={made}");
    assert_eq!(court.stranger.fills("/oauth/introspect", &form).await.status, 401);
    for name in ["host", "x-forwarded-host", "x-forwarded-proto", "forwarded"] {
        let told = court.stranger.clone().from([127, 0, 0, 1]).with(name, "evil.test");
        assert_eq!(told.gets(path).await.body, answer.body, "{name}");
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
    /.well-known/oauth-protected-resource
    /oauth/introspect
    /oauth/openapi.json
    /oauth/revoke
    /oauth/token
    ");
}

//! How it says no.

use insta::assert_snapshot;

use super::*;

const TOKENS: &str = "/authority/v1/tokens";

#[tokio::test]
async fn every_no_is_a_problem() {
    let scene = Scene::new().await;
    let alice = scene.caller("alice").await;
    assert_snapshot!(scene.stranger.exchange(Method::GET, TOKENS).await, @r#"
    GET /authority/v1/tokens
    401 Unauthorized
    content-type: application/problem+json
    www-authenticate: Bearer realm="Chancery", resource_metadata="http://127.0.0.1:8700/.well-known/oauth-protected-resource", Basic realm="Chancery"

    {
      "type": "urn:chancery:problem:unauthenticated",
      "title": "Unauthorized",
      "status": 401,
      "code": "unauthenticated",
      "detail": "credentials are missing or not good"
    }
    "#);
    assert_snapshot!(alice.exchange(Method::GET, "/authority/v1/nothing").await, @r#"
    GET /authority/v1/nothing
    404 Not Found
    content-type: application/problem+json

    {
      "type": "urn:chancery:problem:not_found",
      "title": "Not Found",
      "status": 404,
      "code": "not_found",
      "detail": "there is no such path"
    }
    "#);
    assert_snapshot!(alice.exchange(Method::PUT, TOKENS).await, @r#"
    PUT /authority/v1/tokens
    405 Method Not Allowed
    content-type: application/problem+json
    allow: GET,HEAD,POST

    {
      "type": "urn:chancery:problem:method_not_allowed",
      "title": "Method Not Allowed",
      "status": 405,
      "code": "method_not_allowed",
      "detail": "this path takes other methods"
    }
    "#);
    let odd = json!({ "owner": "root" });
    assert_snapshot!(alice.says(Method::POST, TOKENS, &odd).await, @r#"
    POST /authority/v1/tokens
    400 Bad Request
    content-type: application/problem+json

    {
      "type": "urn:chancery:problem:invalid_body",
      "title": "Bad Request",
      "status": 400,
      "code": "invalid_body",
      "detail": "unknown field `owner`, expected one of `holder`, `organization`, `label`, `scopes`, `expires_at`, `uses`, `not_before`, `networks`, `rate` at line 1 column 8"
    }
    "#);
}

#[tokio::test]
async fn a_body_is_json_of_64_kib_at_most() {
    let scene = Scene::new().await;
    let alice = scene.caller("alice").await;
    let send = async |kind, body: Vec<u8>| alice.sends(Method::POST, TOKENS, kind, body).await;
    assert_eq!(send(None, b"{}".to_vec()).await.status, 415);
    assert_eq!(send(Some("text/plain"), b"{}".to_vec()).await.status, 415);
    let kind = Some("application/json");
    assert_eq!(send(kind, vec![b' '; LARGEST_BODY + 1]).await.status, 413);
    let bad = send(kind, b"{".to_vec()).await;
    assert_eq!((bad.status.as_u16(), code(&bad).as_str()), (400, "invalid_body"));
    let token = format!("{TOKENS}/{}", uuid::Uuid::nil());
    let list = alice.sends(Method::PATCH, &token, kind, br#"["ci",false]"#.to_vec()).await;
    assert_eq!((list.status.as_u16(), code(&list).as_str()), (400, "invalid_body"));
    let secret = br#"{"old":"hunter2 hunter2","new":7}"#.to_vec();
    let answer = alice.sends(Method::PUT, "/authority/v1/me/password", kind, secret).await;
    assert!(answer.status == 400 && !answer.body.contains("hunter2"), "{}", answer.body);
}

#[tokio::test]
async fn a006_a_documented_scheme_neither_widens_nor_admits_anything_else() {
    let scene = Scene::new().await;
    let narrow = scene.key(scoped("read")).await;
    let token = narrow.secret.reveal();
    let wish = json!({ "organization": scene.acme.to_string() });
    let asked = async |caller: Caller| caller.posts(TOKENS, &wish).await.status.as_u16();
    let stranger = &scene.stranger;
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let caller = stranger.clone().with("authorization", &format!("{scheme} {token}"));
        assert_eq!(asked(caller).await, 403);
    }
    for caller in [
        stranger.clone().with("authorization", &format!("Token {token}")),
        stranger.clone().basic(token, "x"),
        stranger.clone().basic(token, ""),
        stranger.clone().basic("x", token),
        stranger.clone().basic("alice", token),
        stranger.clone().with("x-api-key", token),
        stranger.clone().with("private-token", token),
        stranger.clone().with("cookie", token),
    ] {
        assert_eq!(asked(caller).await, 401);
    }
    assert_eq!(asked(stranger.clone().basic("alice", testing::PASSWORD)).await, 201);
}

#[tokio::test]
async fn a075_no_answer_is_503_with_a_time_to_come_back() {
    let scene = Scene::new().await;
    let alice = scene.caller("alice").await;
    let key = scene.key(Wish::default()).await;
    assert_eq!(alice.gets(&token_path(&key)).await.status, 200);
    scene.world.break_storage();
    assert_snapshot!(alice.exchange(Method::DELETE, &token_path(&key)).await, @r#"
    DELETE /authority/v1/tokens/019b796d-d600-777d-b6d4-73eb9820713c
    503 Service Unavailable
    content-type: application/problem+json
    retry-after: 1

    {
      "type": "urn:chancery:problem:unavailable",
      "title": "Service Unavailable",
      "status": 503,
      "code": "unavailable",
      "detail": "the answer could not be reached; asking again may help"
    }
    "#);
    let answer = alice.posts(TOKENS, &json!({})).await;
    assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (503, "1"));
    scene.world.mend_storage();
    assert!(scene.is_good(key.secret.reveal()).await, "it was not revoked");
    assert_eq!(alice.asks(Method::DELETE, &token_path(&key)).await.status, 204);
}

#[tokio::test]
async fn a085_every_answer_carries_its_guards() {
    let scene = Scene::new().await;
    let alice = scene.caller("alice").await;
    for answer in [
        alice.gets(TOKENS).await,
        alice.gets("/authority/v1/nothing").await,
        alice.asks(Method::PUT, TOKENS).await,
        scene.stranger.gets(TOKENS).await,
        scene.stranger.gets("/authority/v1/openapi.json").await,
    ] {
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("access-control-allow-origin"), "");
    }
}

#[tokio::test]
async fn a054_no_header_changes_the_method() {
    let scene = Scene::new().await;
    let key = scene.key(Wish::default()).await;
    let alice = scene.caller("alice").await.with("x-http-method-override", "DELETE");
    assert_eq!(alice.gets(&format!("{}?_method=delete", token_path(&key))).await.status, 200);
    let answer = alice.asks(Method::TRACE, &token_path(&key)).await;
    assert_eq!(answer.status, 405);
    assert!(scene.is_good(key.secret.reveal()).await);
}

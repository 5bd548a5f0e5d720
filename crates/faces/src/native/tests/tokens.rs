//! The life of a token.

use insta::assert_snapshot;

use super::*;

#[tokio::test]
async fn a_created_token_shows_its_secret_once() {
    let scene = Scene::new().await;
    let alice = scene.caller("alice").await;
    let wish = json!({
        "organization": scene.acme.to_string(),
        "label": "ci",
        "scopes": ["read", "shop.*"],
        "expires_at": "2026-03-01T00:00:00Z",
        "uses": 3,
    });
    assert_snapshot!(alice.says(Method::POST, "/authority/v1/tokens", &wish).await, @r#"
    POST /authority/v1/tokens
    201 Created
    content-type: application/json

    {
      "secret": "tkak_7EYZ7…",
      "id": "019b796d-d600-777d-b6d4-73eb9820713c",
      "number": 2,
      "kind": "ak",
      "holder": {
        "kind": "user",
        "id": "019b796d-d600-779e-8b10-2b6001db0df1"
      },
      "organization": "019b796d-d600-7033-a392-bc2eb86910d5",
      "application": null,
      "label": "ci",
      "scopes": [
        "read",
        "shop.*"
      ],
      "created_at": "2026-01-01T12:00:00Z",
      "created_by": null,
      "modified_at": "2026-01-01T12:00:00Z",
      "expires_at": "2026-03-01T00:00:00Z",
      "uses_left": 3,
      "not_before": null,
      "networks": [],
      "rate": null,
      "disabled": false,
      "revoked_at": null,
      "parent": "019b796d-d600-7a92-92a7-5444eb84ce75",
      "last_used_at": null
    }
    "#);
    let answer = alice.posts("/authority/v1/tokens", &wish).await.json();
    let secret = answer["secret"].as_str().unwrap().to_owned();
    let shown = path(&format!("/tokens/{}", answer["id"].as_str().unwrap()));
    let list = path(&format!("/tokens?organization={}", scene.acme));
    let journal = path(&format!("/journal?organization={}", scene.acme));
    for path in [shown, path("/tokens"), list, journal, path("/openapi.json")] {
        let body = alice.gets(&path).await.body;
        for start in 5..secret.len() - 8 {
            assert!(!body.contains(&secret[start..start + 8]), "{path}");
        }
    }
}

#[tokio::test]
async fn a_token_is_shown_without_its_secret() {
    let scene = Scene::new().await;
    let alice = scene.caller("alice").await;
    let key = scene.key(scoped("read")).await;
    assert_snapshot!(alice.exchange(Method::GET, &token_path(&key)).await, @r#"
    GET /authority/v1/tokens/019b796d-d600-777d-b6d4-73eb9820713c
    200 OK
    content-type: application/json

    {
      "id": "019b796d-d600-777d-b6d4-73eb9820713c",
      "number": 2,
      "kind": "ak",
      "holder": {
        "kind": "user",
        "id": "019b796d-d600-779e-8b10-2b6001db0df1"
      },
      "organization": "019b796d-d600-7033-a392-bc2eb86910d5",
      "application": null,
      "label": "token of 2026-01-01",
      "scopes": [
        "read"
      ],
      "created_at": "2026-01-01T12:00:00Z",
      "created_by": null,
      "modified_at": "2026-01-01T12:00:00Z",
      "expires_at": "2027-01-01T12:00:00Z",
      "uses_left": null,
      "not_before": null,
      "networks": [],
      "rate": null,
      "disabled": false,
      "revoked_at": null,
      "parent": null,
      "last_used_at": null
    }
    "#);
}

#[tokio::test]
async fn a_token_is_relabelled_switched_off_and_revoked() {
    let scene = Scene::new().await;
    let alice = scene.caller("alice").await;
    let key = scene.key(scoped("read")).await;
    let (one, secret) = (token_path(&key), key.secret.reveal());
    let change = json!({ "label": "new", "disabled": true });
    assert_snapshot!(alice.says(Method::PATCH, &one, &change).await, @r#"
    PATCH /authority/v1/tokens/019b796d-d600-777d-b6d4-73eb9820713c
    200 OK
    content-type: application/json

    {
      "id": "019b796d-d600-777d-b6d4-73eb9820713c",
      "number": 2,
      "kind": "ak",
      "holder": {
        "kind": "user",
        "id": "019b796d-d600-779e-8b10-2b6001db0df1"
      },
      "organization": "019b796d-d600-7033-a392-bc2eb86910d5",
      "application": null,
      "label": "new",
      "scopes": [
        "read"
      ],
      "created_at": "2026-01-01T12:00:00Z",
      "created_by": null,
      "modified_at": "2026-01-01T12:00:00Z",
      "expires_at": "2027-01-01T12:00:00Z",
      "uses_left": null,
      "not_before": null,
      "networks": [],
      "rate": null,
      "disabled": true,
      "revoked_at": null,
      "parent": null,
      "last_used_at": null
    }
    "#);
    assert!(!scene.is_good(secret).await);
    let on = alice.tells(Method::PATCH, &one, &json!({ "disabled": false })).await;
    assert_eq!((on.status.as_u16(), scene.is_good(secret).await), (200, true));
    assert_snapshot!(alice.exchange(Method::POST, &format!("{one}/revoke")).await, @r"
    POST /authority/v1/tokens/019b796d-d600-777d-b6d4-73eb9820713c/revoke
    204 No Content
    ");
    assert!(!scene.is_good(secret).await);
    assert_eq!(alice.asks(Method::DELETE, &one).await.status, 204, "twice is no error");
    let answer = alice.gets(&one).await.json();
    assert_eq!(answer["revoked_at"], "2026-01-01T12:00:00Z");
}

#[tokio::test]
async fn a_rotated_secret_lives_on_for_as_long_as_was_said() {
    let scene = Scene::new().await;
    let alice = scene.caller("alice").await;
    let key = scene.key(Wish::default()).await;
    let rotate = format!("{}/rotate", token_path(&key));
    let overlap = json!({ "overlap_seconds": 60 });
    let answer = alice.posts(&rotate, &overlap).await;
    assert_eq!(answer.status, 200);
    let next = answer.json()["secret"].as_str().unwrap().to_owned();
    assert_eq!(answer.json()["id"], key.token.id.to_string());
    assert!(scene.is_good(key.secret.reveal()).await && scene.is_good(&next).await);
    scene.world.pass(std::time::Duration::from_secs(60)).await;
    assert!(!scene.is_good(key.secret.reveal()).await && scene.is_good(&next).await);
    let at_once = alice.posts(&rotate, &json!({ "overlap_seconds": 0 })).await.json();
    assert!(!scene.is_good(&next).await);
    assert!(scene.is_good(at_once["secret"].as_str().unwrap()).await);
    for seconds in [-1, 2_592_001] {
        let answer = alice.posts(&rotate, &json!({ "overlap_seconds": seconds })).await;
        assert_eq!(answer.status, 400, "{seconds}");
    }
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "the answer is most of it")]
async fn many_tokens_are_verified_at_once_and_each_no_has_its_reason() {
    let scene = Scene::new().await;
    let alice = scene.caller("alice").await;
    let (good, narrow) = (scene.key(Wish::default()).await, scene.key(scoped("read")).await);
    let revoked = scene.key(Wish::default()).await;
    alice.asks(Method::DELETE, &token_path(&revoked)).await;
    let foreign = scene.world.key("bob", scene.bolt, Wish::default()).await;
    let ask = |issued: &Issued| json!({ "token": issued.secret.reveal() });
    let write = json!({ "token": narrow.secret.reveal(), "permission": "shop.order.create" });
    let question = json!({ "tokens": [
        ask(&good), write, ask(&revoked), ask(&foreign), { "token": "nonsense" },
    ] });
    assert_snapshot!(alice.posts("/authority/v1/verify", &question).await.transcript(), @r#"
    200 OK
    content-type: application/json

    {
      "cursor": "da0181d73c4a761a.5",
      "results": [
        {
          "valid": true,
          "id": "019b796d-d600-777d-b6d4-73eb9820713c",
          "kind": "ak",
          "holder": {
            "kind": "user",
            "id": "019b796d-d600-779e-8b10-2b6001db0df1"
          },
          "organization": "019b796d-d600-7033-a392-bc2eb86910d5",
          "scopes": [
            "*"
          ],
          "expires_at": "2027-01-01T12:00:00Z",
          "keep_ms": 600000,
          "slots": [
            0,
            3825,
            5333,
            28732,
            53109
          ]
        },
        {
          "valid": false,
          "reason": "scope",
          "id": "019b796d-d600-7ed5-aa6c-af677b2a43f1",
          "kind": "ak",
          "holder": {
            "kind": "user",
            "id": "019b796d-d600-779e-8b10-2b6001db0df1"
          },
          "organization": "019b796d-d600-7033-a392-bc2eb86910d5",
          "scopes": [
            "read"
          ],
          "expires_at": "2027-01-01T12:00:00Z",
          "keep_ms": 600000,
          "slots": [
            0,
            3825,
            5333,
            17137,
            53109
          ]
        },
        {
          "valid": false,
          "reason": "revoked",
          "id": "019b796d-d600-783c-8072-ff6625293711",
          "kind": "ak",
          "holder": {
            "kind": "user",
            "id": "019b796d-d600-779e-8b10-2b6001db0df1"
          },
          "organization": "019b796d-d600-7033-a392-bc2eb86910d5",
          "scopes": [
            "*"
          ],
          "expires_at": "2027-01-01T12:00:00Z",
          "keep_ms": 600000,
          "slots": [
            0,
            3825,
            5333,
            13841,
            53109
          ]
        },
        {
          "valid": false,
          "reason": "unknown",
          "keep_ms": 500,
          "slots": [
            0
          ]
        },
        {
          "valid": false,
          "reason": "malformed",
          "keep_ms": 500,
          "slots": [
            0
          ]
        }
      ]
    }
    "#);
}

#[tokio::test]
async fn a_question_about_no_token_or_too_many_or_by_somebody_else_is_refused() {
    let scene = Scene::new().await;
    let alice = scene.caller("alice").await;
    let (good, narrow) = (scene.key(Wish::default()).await, scene.key(scoped("read")).await);
    let ask = |issued: &Issued| json!({ "token": issued.secret.reveal() });
    for count in [0, 101] {
        let question = json!({ "tokens": vec![ask(&good); count] });
        assert_eq!(alice.posts("/authority/v1/verify", &question).await.status, 400);
    }
    let question = json!({ "tokens": [{ "token": "nonsense", "permission": "*" }] });
    assert_eq!(alice.posts("/authority/v1/verify", &question).await.status, 400);
    let question = json!({ "tokens": [ask(&good)] });
    let narrow = scene.bearer(&narrow);
    assert_eq!(narrow.posts("/authority/v1/verify", &question).await.status, 403);
}

#[tokio::test]
async fn verifying_takes_a_use_if_the_answer_is_yes() {
    let scene = Scene::new().await;
    let alice = scene.caller("alice").await;
    let once = scene.key(Wish { uses: Some(1), ..scoped("read") }).await;
    let ask = async |permission: &str| {
        let asked = json!({ "token": once.secret.reveal(), "permission": permission });
        let answer = alice.posts("/authority/v1/verify", &json!({ "tokens": [asked] })).await;
        let result = answer.json()["results"][0].clone();
        result["reason"].as_str().unwrap_or("yes").to_owned()
    };
    assert_eq!(ask("shop.order.create").await, "scope");
    assert_eq!(ask("shop.order.list AND shop.order.create").await, "scope");
    assert_eq!(ask("shop.order.create OR shop.order.list").await, "yes");
    assert_eq!(ask("shop.order.list").await, "spent");
}

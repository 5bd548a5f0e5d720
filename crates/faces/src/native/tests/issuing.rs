//! Group 2: nobody names an owner, a scope or a life beyond their own.

use insta::assert_snapshot;

use super::*;

const TOKENS: &str = "/authority/v1/tokens";

#[tokio::test]
async fn a017_without_credentials_nothing_is_made() {
    let scene = Scene::new().await;
    let before = scene.entries().await;
    let user = scene.world.actor("alice").await.user().unwrap().to_string();
    for name in ["holder", "user", "user_id", "owner", "sub", "organization"] {
        let wish = json!({ name: user });
        let answer = scene.stranger.posts(&format!("{TOKENS}?{name}={user}"), &wish).await;
        assert_eq!(answer.status, 401, "{name}");
    }
    assert_eq!(scene.entries().await, before);
}

#[tokio::test]
async fn a019_nobody_makes_a_token_for_another_person() {
    let scene = Scene::new().await;
    let alice = scene.world.actor("alice").await.user().unwrap();
    scene.world.member("ann", scene.acme, authority::permission::Role::Admin).await;
    let before = scene.entries().await;
    let holder = json!({ "kind": "user", "id": alice.to_string() });
    for name in ["ann", "bob", "root"] {
        let caller = scene.stranger.clone().basic(name, testing::PASSWORD);
        let wishes = [
            json!({ "holder": holder }),
            json!({ "holder": holder, "organization": scene.acme.to_string() }),
        ];
        for wish in wishes {
            let answer = caller.posts(TOKENS, &wish).await;
            assert_eq!((answer.status.as_u16(), code(&answer).as_str()), (403, "not_permitted"));
        }
    }
    assert_eq!(scene.entries().await, before);
}

#[tokio::test]
async fn a020_what_a_token_is_can_not_be_rewritten() {
    let scene = Scene::new().await;
    let alice = scene.caller("alice").await;
    let key = scene.key(scoped("read")).await;
    let one = token_path(&key);
    let before = alice.gets(&one).await;
    for change in [
        json!({ "holder": { "kind": "user", "id": key.token.id.to_string() } }),
        json!({ "scopes": ["*"] }),
        json!({ "expires_at": "2026-12-31T00:00:00Z" }),
        json!({ "organization": scene.bolt.to_string() }),
        json!({ "id": scene.bolt.to_string() }),
        json!({ "secret": "tkak_chosen" }),
        json!({ "revoked_at": null }),
        json!({ "uses_left": 5, "label": "also" }),
        json!({ "created_at": "2020-01-01T00:00:00Z" }),
    ] {
        let answer = alice.tells(Method::PATCH, &one, &change).await;
        assert_eq!((answer.status.as_u16(), code(&answer).as_str()), (400, "invalid_body"));
    }
    assert_eq!(alice.gets(&one).await.body, before.body);
}

#[tokio::test]
async fn a021_a_token_makes_none_wider_longer_or_less_bound_than_itself() {
    let scene = Scene::new().await;
    let acme = scene.acme.to_string();
    let end = Some("2026-02-01T00:00:00Z".parse().unwrap());
    let maker = Wish { expires_at: end, ..scoped("authority.token.* read") };
    let maker = scene.bearer(&scene.key(maker).await);
    let asked = async |wish: Value| {
        let answer = maker.posts(TOKENS, &wish).await;
        (answer.status.as_u16(), code(&answer))
    };
    let no = |status, code: &str| (status, code.to_owned());
    for scopes in [json!(["*"]), json!(["read", "shop.order.create"]), json!(["authority.*"])] {
        let wish = json!({ "organization": acme, "scopes": scopes });
        assert_eq!(asked(wish).await, no(403, "scope_beyond"), "{scopes}");
    }
    let wish = json!({ "organization": acme, "expires_at": "2026-02-01T00:00:01Z" });
    assert_eq!(asked(wish).await.0, 403);
    let wish = json!({ "organization": scene.bolt.to_string() });
    assert_eq!(asked(wish).await.0, 403);
    assert_eq!(asked(json!({})).await, no(403, "not_a_member"));
    let made = maker.posts(TOKENS, &json!({ "organization": acme })).await.json();
    assert_eq!(made["expires_at"], "2026-02-01T00:00:00Z", "cut to its maker's life");
    assert_eq!(made["scopes"], json!(["authority.token.*", "read"]), "below its maker's ceilings");
    let reader = scene.bearer(&scene.key(scoped("read")).await);
    for scopes in [json!(["*"]), json!(["read"])] {
        let wish = json!({ "organization": acme, "scopes": scopes });
        assert_eq!(reader.posts(TOKENS, &wish).await.status, 403);
    }
}

#[tokio::test]
async fn a024_words_that_are_no_scopes_are_named_and_nothing_is_made() {
    let scene = Scene::new().await;
    let alice = scene.caller("alice").await;
    let before = scene.entries().await;
    for word in ["admin", "read write", "read,write", "READ", "", "-1", "3072.5"] {
        let wish = json!({ "organization": scene.acme.to_string(), "scopes": ["read", word] });
        let answer = alice.posts(TOKENS, &wish).await;
        assert_eq!(answer.status, 400, "{word:?}");
        let named = answer.json()["detail"].as_str().unwrap().contains(&format!("`{word}`"));
        assert!(named, "{}", answer.body);
    }
    let wish = json!({ "scopes": ["read\0write"] });
    assert_eq!(alice.posts(TOKENS, &wish).await.status, 400);
    let many: Vec<String> = (0..4_000).map(|number| format!("a.b{number}")).collect();
    for scopes in [json!([]), json!([null]), json!("*"), json!(4_294_967_296_u64), json!(many)] {
        let answer = alice.posts(TOKENS, &json!({ "scopes": scopes })).await;
        assert_eq!(answer.status, 400, "{}", answer.body);
    }
    assert_eq!(scene.entries().await, before);
    let wish = json!({ "scopes": ["admin"] });
    assert_snapshot!(alice.says(Method::POST, TOKENS, &wish).await, @r#"
    POST /authority/v1/tokens
    400 Bad Request
    content-type: application/problem+json

    {
      "type": "urn:chancery:problem:invalid",
      "title": "Bad Request",
      "status": 400,
      "code": "invalid",
      "detail": "scopes: `admin` is not a scope"
    }
    "#);
}

#[tokio::test]
async fn a025_what_is_said_twice_is_said_not_at_all() {
    let scene = Scene::new().await;
    let alice = scene.caller("alice").await;
    let twice = br#"{"label":"a","label":"b"}"#.to_vec();
    let answer = alice.sends(Method::POST, TOKENS, Some("application/json"), twice).await;
    assert_eq!(answer.status, 400);
    let answer = alice.gets(&format!("{TOKENS}?limit=1&limit=2")).await;
    assert_eq!(answer.status, 400);
}

#[tokio::test]
async fn a026_a_life_is_as_asked_to_the_second_or_refused() {
    let scene = Scene::new().await;
    let alice = scene.stranger.clone().basic("alice", testing::PASSWORD);
    for bad in [
        json!("2026-01-01T12:00:00Z"),
        json!("2025-12-31T00:00:00Z"),
        json!("2027-02-01T00:00:00Z"),
        json!("9999-01-01T00:00:00Z"),
        json!("10000-01-01T00:00:00Z"),
        json!("2026-06-01T00:00:00"),
        json!("2026-06-01"),
        json!("2026-06-01T00:00:00+99:99"),
        json!("-1"),
        json!(""),
        json!(0),
        json!(-1),
    ] {
        let answer = alice.posts(TOKENS, &json!({ "expires_at": bad })).await;
        assert_eq!(answer.status, 400, "{bad}");
    }
    for (asked, given) in [
        ("2026-01-01T12:00:01Z", "2026-01-01T12:00:01Z"),
        ("2026-06-01T02:00:00+02:00", "2026-06-01T00:00:00Z"),
    ] {
        let answer = alice.posts(TOKENS, &json!({ "expires_at": asked })).await;
        assert_eq!(answer.json()["expires_at"], given);
    }
    let answer = alice.posts(TOKENS, &json!({})).await;
    assert_eq!(answer.json()["expires_at"], "2027-01-01T12:00:00Z", "never is not the default");
}

#[tokio::test]
async fn a035_a_token_with_counted_uses_makes_none() {
    let scene = Scene::new().await;
    let once = scene.key(Wish { uses: Some(1), ..Wish::default() }).await;
    let caller = scene.bearer(&once);
    let wish = json!({ "organization": scene.acme.to_string() });
    let answer = caller.posts(TOKENS, &wish).await;
    assert_eq!((answer.status.as_u16(), code(&answer).as_str()), (403, "cannot_breed"));
    let rotate = format!("{}/rotate", token_path(&once));
    let answer = caller.posts(&rotate, &json!({ "overlap_seconds": 0 })).await;
    assert_eq!((answer.status.as_u16(), code(&answer).as_str()), (403, "cannot_breed"));
    assert!(scene.is_good(once.secret.reveal()).await, "and neither took its use");
}

#[tokio::test]
async fn a_client_secret_a_service_accounts_and_an_applications_token_are_made_by_an_owner() {
    let scene = Scene::new().await;
    let alice = scene.caller("alice").await;
    let organization = scene.acme.to_string();
    let shop = json!({ "organization": organization, "name": "shop" });
    let shop = alice.posts("/authority/v1/applications", &shop).await.json();
    let shop = shop["id"].as_str().unwrap();
    let robot = json!({ "organization": organization, "name": "robot", "role": "viewer" });
    let robot = alice.posts("/authority/v1/service-accounts", &robot).await.json();
    let secrets = path(&format!("/applications/{shop}/secrets"));
    let client = alice.posts(&secrets, &json!({ "label": "first" })).await.json();
    assert_eq!((client["kind"].as_str(), client["label"].as_str()), (Some("cs"), Some("first")));
    for (holder, kind) in [("application", "it"), ("service_account", "st")] {
        let id = if kind == "it" { json!(shop) } else { robot["id"].clone() };
        let wish = json!({ "holder": { "kind": holder, "id": id } });
        let made = alice.posts(TOKENS, &wish).await.json();
        assert_eq!((made["kind"].as_str(), &made["holder"]["id"]), (Some(kind), &id));
        assert!(scene.is_good(made["secret"].as_str().unwrap()).await);
    }
    let wish = json!({ "holder": { "kind": "robot", "id": shop } });
    assert_eq!(alice.posts(TOKENS, &wish).await.status, 400);
}

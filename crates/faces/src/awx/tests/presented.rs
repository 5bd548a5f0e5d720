//! Credentials as they are presented (attack book, group 1).

use authority::scope::Scopes;
use authority::token::{Holder, Wish};
use axum::http::Method;
use serde_json::json;
use testing::{Caller, PASSWORD};

use super::login::Browser;
use super::{NOBODY, Scene, Told, assert_same, statuses};

/// What a forger would put at the end of a secret: CRC-32 as in zlib, in six symbols.
fn checksum(text: &str) -> String {
    let mut sum = u32::MAX;
    for byte in text.bytes() {
        sum ^= u32::from(byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 };
        }
    }
    let (mut rest, mut symbols) = (!sum, Vec::new());
    for _ in 0..6 {
        let all = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        symbols.push(all[(rest % 62) as usize]);
        rest /= 62;
    }
    symbols.reverse();
    String::from_utf8(symbols).unwrap()
}

/// The same body as a secret of another kind, with the right checksum.
fn as_kind(kind: &str, secret: &str) -> String {
    let body = format!("tk{kind}_{}", &secret[5..secret.len() - 6]);
    let sum = checksum(&body);
    body + &sum
}

#[tokio::test]
async fn a001_a002_no_part_of_a_token_and_nothing_more_than_it_is_good() {
    let scene = Scene::new().await;
    let token = scene.token("alice", "write").await.text("token");
    for length in 1..token.len() {
        assert!(!scene.is_live(&token[..length]).await, "{length}");
        assert!(!scene.is_live(&token[length..]).await, "{length}");
    }
    for more in ["A", "=", "%00", " ", ",x", "\t", &format!(" {token}"), &token] {
        assert!(!scene.is_live(&format!("{token}{more}")).await, "{more:?}");
        assert!(!scene.is_live(&format!("{more}{token}")).await, "{more:?}");
    }
    assert!(scene.is_live(&token).await);
}

#[tokio::test]
async fn a004_a_changed_symbol_with_the_right_checksum_is_not_good() {
    let scene = Scene::new().await;
    let token = scene.token("alice", "write").await.text("token");
    let (body, sum) = token.split_at(token.len() - 6);
    assert_eq!(checksum(body), sum);
    for place in 5..body.len() {
        let mut bytes = body.as_bytes().to_vec();
        bytes[place] = if bytes[place] == b'a' { b'b' } else { b'a' };
        let forged = String::from_utf8(bytes).unwrap();
        assert!(!scene.is_live(&(forged.clone() + &checksum(&forged))).await, "{place}");
    }
}

#[tokio::test]
async fn a005_no_other_kind_of_secret_opens_a_door() {
    let scene = Scene::new().await;
    let app = scene.application("app", json!({})).await;
    let pair = scene.pair(&app, "alice", "write").await;
    let browser = Browser::of(&scene, "alice").await;
    for secret in [&pair.refresh, &app.secret, &browser.session] {
        assert!(!scene.is_live(secret).await);
    }
    for kind in ["ak", "it", "st", "at", "rt", "cs", "ac", "ss", "mt"] {
        assert!(!scene.is_live(&as_kind(kind, &pair.access)).await, "{kind}");
    }
    assert_eq!(as_kind("pt", &pair.access), pair.access);
    assert!(scene.is_live(&pair.access).await);
    let cookie = |secret: &str| scene.stranger().with("cookie", &format!("awx_sessionid={secret}"));
    for secret in [&pair.access, &pair.refresh, &as_kind("ss", &pair.access)] {
        assert_eq!(cookie(secret).gets("/api/v2/me/").await.status, 401);
    }
    assert_eq!(cookie(&browser.session).gets("/api/v2/me/").await.status, 200);
}

#[tokio::test]
async fn a005_who_is_no_person_or_is_bound_to_an_organization_is_nobody_here() {
    let scene = Scene::new().await;
    let (tenant, _) = scene.world.organization("Tenant", "tina").await;
    let key = scene.world.key("tina", tenant.id, Wish::default()).await;
    assert!(!scene.is_live(key.secret.reveal()).await);
    let tina = scene.world.actor("tina").await;
    let shop = scene.world.authority.create_application(&tina, tenant.id, ("shop", "", None), None);
    let holder = Some(Holder::Application(shop.await.unwrap().id));
    let wish = Wish { holder, ..Wish::default() };
    let integration = scene.world.authority.issue(&tina, wish).await.unwrap();
    assert!(!scene.is_live(integration.secret.reveal()).await);
    let personal = scene.personal("tina", Wish::default()).await;
    assert!(scene.is_live(&personal).await);
}

#[tokio::test]
async fn a006_a_token_keeps_its_scopes_whatever_scheme_it_comes_by() {
    let scene = Scene::new().await;
    let token = scene.token("alice", "read").await.text("token");
    let writes = async |caller: Caller| {
        let path = format!("/api/v2/users/{}/", scene.id("alice").await);
        let body = json!({ "first_name": "A" });
        caller.tells(Method::PATCH, &path, &body).await.status.as_u16()
    };
    let stranger = scene.stranger();
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let caller = stranger.clone().with("authorization", &format!("{scheme} {token}"));
        assert_eq!(writes(caller).await, 403);
    }
    for caller in [
        stranger.clone().with("authorization", &format!("Token {token}")),
        stranger.clone().with("authorization", &token),
        stranger.clone().basic(&token, "x"),
        stranger.clone().basic("x", &token),
        stranger.clone().basic("alice", &token),
        stranger.clone().basic(&token, ""),
        stranger.clone().with("x-api-key", &token),
        stranger.clone().with("private-token", &token),
        stranger.clone().with("cookie", &format!("awx_sessionid={token}; access_token={token}")),
    ] {
        assert_eq!(writes(caller).await, 401);
    }
}

#[tokio::test]
async fn a007_a_token_in_a_query_or_body_is_none_and_spoils_the_request() {
    let scene = Scene::new().await;
    let token = scene.token("alice", "write").await.text("token");
    let stranger = scene.stranger();
    let good = stranger.clone().bearer(&token);
    let query = format!("/api/v2/tokens/?access_token={token}");
    let answers = [
        stranger.gets(&query).await,
        stranger.gets(&format!("/api/v2/tokens/?token={token}")).await,
        stranger.posts(&query, &json!({ "scope": "read" })).await,
        stranger.posts("/api/v2/tokens/", &json!({ "access_token": token })).await,
        stranger.asks(Method::DELETE, &query).await,
        // Who has a good credential too learns that the address was wrong.
        good.gets(&query).await,
        good.posts(&query, &json!({})).await,
    ];
    assert_eq!(statuses(&answers), [401; 7]);
    let form = stranger.fills("/api/v2/tokens/", &format!("access_token={token}")).await;
    assert_eq!(form.status, 415);
}

#[tokio::test]
async fn a009_a_bearer_token_goes_before_a_cookie_and_a_cookie_before_a_password() {
    let scene = Scene::new().await;
    let browser = Browser::of(&scene, "alice").await;
    let who = async |caller: &Caller| {
        caller.gets("/api/v2/me/").await.json()["results"][0]["username"].clone()
    };
    let token = scene.token("gus", "write").await.text("token");
    let both = browser.sealed.clone().bearer(&token);
    assert_eq!(who(&both).await, "gus");
    // What is done belongs to the bearer alone, and needs no seal.
    let made = both.posts("/api/v2/tokens/", &json!({})).await;
    assert_eq!(made.json()["summary_fields"]["user"]["username"], "gus");
    assert_eq!(who(&browser.sealed.clone().basic("gus", PASSWORD)).await, "alice");
    // A bad token is not made good by the cookie beside it.
    let bad = browser.sealed.clone().bearer("nonsense").gets("/api/v2/me/").await;
    assert_eq!((bad.status.as_u16(), bad.detail().as_str()), (401, NOBODY));
    for odd in ["Token x", "Basic !!!", "Bearer", ""] {
        let caller = browser.sealed.clone().with("authorization", odd);
        assert_eq!(caller.gets("/api/v2/me/").await.status, 401, "{odd:?}");
    }
    let dead = scene.stranger().with("cookie", "awx_sessionid=over").basic("gus", PASSWORD);
    assert_eq!(who(&dead).await, "gus");
}

#[tokio::test]
async fn a010_white_space_around_a_token_is_not_overlooked() {
    let scene = Scene::new().await;
    let token = scene.token("alice", "write").await.text("token");
    for value in [format!("Bearer  {token}"), format!("Bearer\t{token}"), format!("Bearer{token}")]
    {
        let caller = scene.stranger().with("authorization", &value);
        assert_eq!(caller.gets("/api/v2/me/").await.status, 401);
    }
}

#[tokio::test]
async fn a011_a015_whatever_is_wrong_with_a_credential_the_answer_is_one_and_the_same() {
    let scene = Scene::new().await;
    let nobody = scene.stranger().gets("/api/v2/tokens/").await;
    assert_eq!((nobody.status.as_u16(), nobody.detail().as_str()), (401, NOBODY));
    let challenge = "Bearer realm=api authorization_url=/api/o/authorize/";
    assert_eq!(nobody.header("www-authenticate"), challenge);
    assert_eq!(nobody.header("x-api-product-version"), "");
    let revoked = scene.token("alice", "write").await;
    scene.basic("alice").asks(Method::DELETE, &revoked.url()).await;
    let soon =
        authority::settings::SettingsChange { access_seconds: Some(1), ..Default::default() };
    let root = scene.world.root().await;
    scene.world.authority.change_settings(&root, soon).await.unwrap();
    let expired = scene.token("alice", "write").await.text("token");
    scene.seconds(2).await;
    let stranger = scene.stranger();
    for caller in [
        stranger.clone().bearer(&revoked.text("token")),
        stranger.clone().bearer(&expired),
        stranger.clone().bearer(""),
        stranger.clone().bearer(&"a".repeat(8 * 1024)),
        stranger.clone().bearer(&"a".repeat(64 * 1024)),
        stranger.clone().basic("alice", "wrong"),
        stranger.clone().basic("nobody", PASSWORD),
        stranger.clone().basic("ａｌｉｃｅ\u{200b}", PASSWORD),
        stranger.clone().basic("аlice", PASSWORD),
        stranger.clone().basic("alice\0", PASSWORD),
        stranger.clone().with("authorization", "Basic"),
        stranger.clone().with("authorization", "Basic !!!"),
        stranger.clone().with("authorization", "Basic YWxpY2U="),
        stranger.clone().with("authorization", "Negotiate abc"),
        stranger.clone().with("cookie", "awx_sessionid=; awx_sessionid=\"\""),
    ] {
        assert_same(&nobody, &caller.gets("/api/v2/tokens/").await);
    }
}

#[tokio::test]
async fn a035_a_counted_token_is_used_up_by_one_request_and_breeds_nothing() {
    let scene = Scene::new().await;
    let app = scene.application("app", json!({})).await;
    for body in [json!({}), json!({ "application": app.number })] {
        let scopes = Some(Scopes::all());
        let wish = Wish { uses: Some(2), scopes, ..Wish::default() };
        let once = scene.stranger().bearer(&scene.personal("alice", wish).await);
        let refused = once.posts("/api/v2/tokens/", &body).await;
        assert!([400, 403].contains(&refused.status.as_u16()), "{}", refused.body);
    }
    let wish = Wish { uses: Some(1), ..Wish::default() };
    let once = scene.stranger().bearer(&scene.personal("alice", wish).await);
    let answers = [once.gets("/api/v2/me/").await, once.gets("/api/v2/me/").await];
    assert_eq!(statuses(&answers), [200, 401]);
}

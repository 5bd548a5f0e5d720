//! Tokens as they are presented (contract, section 1.4; attack book, group 1).

use authority::scope::Scopes;
use authority::token::Wish;
use axum::http::Method;
use insta::assert_snapshot;
use serde_json::json;
use testing::{Caller, PASSWORD};

use super::{ACME, Scene, TOKENS, all_told, made_for, told};

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

/// A token of Alice's, one of Shop's, and an access token.
async fn three(scene: &Scene) -> [String; 3] {
    let key = scene.key(Wish::default()).await.secret.reveal().to_owned();
    let apps = made_for(&scene.person("alice").await, &[]).await.bearer;
    [key, apps, scene.log_in("alice").await.access]
}

/// Whether a bearer is good, whoever's it is.
async fn is_good(scene: &Scene, token: &str) -> bool {
    let answer = scene.stranger().bearer(token).gets(ACME).await;
    assert!([200, 401, 403].contains(&answer.status.as_u16()), "{}", answer.body);
    answer.status != 401
}

#[tokio::test]
async fn the_case_of_the_scheme_does_not_matter() {
    let scene = Scene::new().await;
    let token = scene.key(Wish::default()).await.secret.reveal().to_owned();
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let caller = scene.stranger().with("authorization", &format!("{scheme} {token}"));
        assert_eq!(caller.gets(ACME).await.status, 200, "{scheme}");
    }
}

#[tokio::test]
async fn who_shows_no_bearer_has_no_auth_token() {
    let scene = Scene::new().await;
    let none = scene.stranger().gets(TOKENS).await;
    assert_snapshot!(none.transcript(), @r#"
    401 Unauthorized
    content-type: application/json
    www-authenticate: Bearer realm="Chancery"

    {
      "status": false,
      "error": {
        "code": 4002,
        "message": "No auth token"
      }
    }
    "#);
    let token = scene.key(Wish::default()).await.secret.reveal().to_owned();
    for value in
        ["", "Bearer", "Bearer ", "bearer  ", "Basic Og==", "Basic !!!", "Token x", "Digest a=b"]
    {
        let caller = scene.stranger().with("authorization", value);
        super::assert_same(&none, &caller.gets(TOKENS).await);
    }
    let password = scene.stranger().basic("alice@corp.test", PASSWORD);
    super::assert_same(&none, &password.gets(TOKENS).await);
    for name in ["x-app-token", "x-api-key", "x-sdk-auth-token", "private-token"] {
        super::assert_same(&none, &scene.stranger().with(name, &token).gets(TOKENS).await);
    }
    let cookie = format!("token={token}; access_token={token}");
    super::assert_same(&none, &scene.stranger().with("cookie", &cookie).gets(TOKENS).await);
}

#[tokio::test]
async fn any_other_bearer_that_is_not_good_is_an_invalid_token() {
    let scene = Scene::new().await;
    let bad = scene.stranger().bearer("nonsense").gets(TOKENS).await;
    assert_snapshot!(bad.transcript(), @r#"
    401 Unauthorized
    content-type: application/json
    www-authenticate: Bearer realm="Chancery"

    {
      "status": false,
      "error": {
        "code": 4004,
        "message": "Invalid Token"
      }
    }
    "#);
    let alice = scene.person("alice").await;
    let revoked = made_for(&alice, &[]).await;
    alice.asks(Method::DELETE, &format!("{TOKENS}/{}", revoked.id)).await;
    let ends = Some(scene.world.authority.now() + jiff::SignedDuration::from_secs(1));
    let expired = scene.key(Wish { expires_at: ends, ..Wish::default() }).await;
    let spent = scene.key(Wish { uses: Some(1), ..Wish::default() }).await;
    let spent = spent.secret.reveal();
    assert!(scene.is_live(spent).await);
    scene.seconds(2).await;
    for token in [revoked.bearer.as_str(), expired.secret.reveal(), spent, "a.b.c", "null", "…"] {
        super::assert_same(&bad, &scene.stranger().bearer(token).gets(TOKENS).await);
    }
}

#[tokio::test]
async fn a001_no_part_of_a_token_is_good() {
    let scene = Scene::new().await;
    for token in three(&scene).await {
        assert!(is_good(&scene, &token).await);
        let step = if token.len() > 100 { 7 } else { 1 };
        for length in (1..token.len()).step_by(step) {
            assert!(!is_good(&scene, &token[..length]).await, "{length}");
            assert!(!is_good(&scene, &token[length..]).await, "{length}");
        }
        assert!(!is_good(&scene, &token[..token.len() - 1]).await);
    }
}

#[tokio::test]
async fn a002_nothing_more_than_a_token_is_good() {
    let scene = Scene::new().await;
    for token in three(&scene).await {
        for more in ["A", "=", "%00", " ", ",x", "\t", &format!(" {token}"), &token] {
            assert!(!is_good(&scene, &format!("{token}{more}")).await, "{more:?}");
            assert!(!is_good(&scene, &format!("{more}{token}")).await, "{more:?}");
        }
        assert!(is_good(&scene, &token).await);
    }
}

#[tokio::test]
async fn a004_a_flipped_bit_with_the_right_checksum_is_not_good() {
    let scene = Scene::new().await;
    let token = made_for(&scene.person("alice").await, &[]).await.bearer;
    let (body, sum) = token.split_at(token.len() - 6);
    assert_eq!(checksum(body), sum);
    for place in "tkit_".len()..body.len() {
        for bit in 0..8 {
            let mut bytes = body.as_bytes().to_vec();
            bytes[place] ^= 1 << bit;
            let Ok(forged) = String::from_utf8(bytes) else { continue };
            if forged.bytes().all(|byte| byte.is_ascii_graphic()) {
                let forged = format!("{forged}{}", checksum(&forged));
                assert!(!scene.opens_app(&forged).await);
            }
        }
    }
    assert!(scene.opens_app(&token).await);
}

#[tokio::test]
async fn a005_no_other_kind_of_secret_opens_a_door() {
    let scene = Scene::new().await;
    let [key, apps, _] = three(&scene).await;
    assert!(!is_good(&scene, &scene.log_in("alice").await.refresh).await);
    for (own, token) in [("ak", &key), ("it", &apps)] {
        for kind in ["ak", "pt", "it", "st", "at", "rt", "cs", "ac", "ss", "mt"] {
            let body = format!("tk{kind}_{}", &token[5..token.len() - 6]);
            let forged = format!("{body}{}", checksum(&body));
            assert_eq!(is_good(&scene, &forged).await, kind == own, "{own} as {kind}");
        }
    }
    let (alice, holder) =
        (scene.world.actor("alice").await, authority::token::Holder::Application(scene.shop.id));
    let wish = Wish { holder: Some(holder), client_secret: true, ..Wish::default() };
    let secret = scene.world.authority.issue(&alice, wish).await.unwrap();
    let bearer = scene.stranger().bearer(secret.secret.reveal());
    assert_eq!(told(&bearer.gets("/v1/app").await), (401, 4004));
}

#[tokio::test]
async fn a006_a_token_keeps_its_scopes_whatever_scheme_it_comes_by() {
    let scene = Scene::new().await;
    let wish = Wish { scopes: Some(Scopes::read()), ..Wish::default() };
    let token = scene.key(wish).await.secret.reveal().to_owned();
    let writes = async |caller: Caller| told(&caller.posts(TOKENS, &json!({})).await);
    let showing = |value: &str| scene.stranger().with("authorization", value);
    for scheme in ["Bearer", "bearer", "BEARER"] {
        assert_eq!(writes(showing(&format!("{scheme} {token}"))).await, (403, 4003));
    }
    for caller in [
        showing(&format!("Token {token}")),
        showing(&token),
        scene.stranger().basic(&token, "x"),
        scene.stranger().basic("x", &token),
        scene.stranger().basic(&token, ""),
        scene.stranger().with("x-api-key", &token),
        scene.stranger().with("private-token", &token),
        scene.stranger().with("x-sdk-auth-token", &token),
        scene.stranger().with("cookie", &format!("token={token}")),
    ] {
        assert_eq!(writes(caller).await, (401, 4002));
    }
}

#[tokio::test]
async fn a007_a_token_in_a_query_or_body_is_none() {
    let scene = Scene::new().await;
    let token = scene.key(Wish::default()).await.secret.reveal().to_owned();
    let stranger = scene.stranger();
    let answers = [
        stranger.gets(&format!("{TOKENS}?access_token={token}")).await,
        stranger.gets(&format!("{TOKENS}?token={token}&bearer={token}")).await,
        stranger.fills(TOKENS, &format!("access_token={token}")).await,
        stranger.posts(TOKENS, &json!({ "access_token": token, "bearer": token })).await,
        stranger.gets(&format!("/v1/app?auth_token={token}")).await,
    ];
    assert_eq!(all_told(&answers), [(401, 4002); 5]);
    assert_eq!(scene.count("token.issue").await, 1);
}

#[tokio::test]
async fn a010_white_space_around_a_token_is_not_overlooked() {
    let scene = Scene::new().await;
    let token = scene.key(Wish::default()).await.secret.reveal().to_owned();
    for value in [
        format!("Bearer  {token}"),
        format!("Bearer\t{token}"),
        format!("Bearer{token}"),
        format!(" Bearer {token}"),
        format!("Bearer {token} "),
        format!("Bearer {token}, Bearer {token}"),
    ] {
        let caller = scene.stranger().with("authorization", &value);
        assert_eq!(caller.gets(ACME).await.status, 401, "{value:?}");
    }
}

#[tokio::test]
async fn a011_a012_a015_oversize_and_look_alikes_are_refused_without_the_database() {
    let scene = Scene::new().await;
    let token = scene.key(Wish::default()).await.secret.reveal().to_owned();
    assert!(scene.is_live(&token).await);
    let body = &token[..token.len() - 6];
    let other = if token.ends_with('0') { '1' } else { '0' };
    scene.world.break_storage();
    for bad in [
        "a".repeat(8 * 1024),
        "a".repeat(64 * 1024),
        "a".repeat(1024 * 1024),
        format!("{body}00000{other}"),
        format!("tkak_{}", "ａ".repeat(43)),
        token.replace('a', "а"),
        format!("{token}\u{301}"),
        token.to_uppercase(),
    ] {
        let answer = scene.stranger().bearer(&bad).gets(ACME).await;
        assert_eq!(told(&answer), (401, 4004), "{} bytes", bad.len());
    }
    scene.world.mend_storage();
    assert!(scene.is_live(&token).await);
}

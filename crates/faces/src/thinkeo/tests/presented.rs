//! Tokens as they are presented (attack book, group 1).

use authority::token::Wish;
use axum::http::Method;
use serde_json::json;
use testing::Caller;

use super::{Scene, crc_32, statuses};

/// The checksum of a token, in six symbols: what a forger would make.
fn checksum(text: &str) -> String {
    let mut rest = crc_32(text.as_bytes());
    let mut symbols = Vec::new();
    for _ in 0..6 {
        let symbols_62 = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        symbols.push(symbols_62[(rest % 62) as usize]);
        rest /= 62;
    }
    symbols.reverse();
    String::from_utf8(symbols).unwrap()
}

#[tokio::test]
async fn a001_no_part_of_a_token_is_good() {
    let scene = Scene::new().await;
    let key = scene.key(Wish::default()).await.secret.reveal().to_owned();
    let access = scene.log_in("alice").await.access;
    for (token, step) in [(&key, 1), (&access, 7)] {
        for length in (1..token.len()).step_by(step) {
            for part in [&token[..length], &token[length..]] {
                assert!(!scene.is_live(part).await, "{length}");
            }
        }
        assert!(!scene.is_live(&token[..token.len() - 1]).await);
        assert!(scene.is_live(token).await);
    }
}

#[tokio::test]
async fn a002_nothing_more_than_a_token_is_good() {
    let scene = Scene::new().await;
    let key = scene.key(Wish::default()).await.secret.reveal().to_owned();
    let access = scene.log_in("alice").await.access;
    for token in [key, access] {
        for more in ["A", "=", "%00", " ", ",x", "\t", &format!(" {token}"), &token] {
            assert!(!scene.is_live(&format!("{token}{more}")).await, "{more:?}");
        }
        let before = format!(" {token}");
        assert!(!scene.is_live(&before).await);
    }
}

#[tokio::test]
async fn a004_a_flipped_bit_with_the_right_checksum_is_not_good() {
    let scene = Scene::new().await;
    let key = scene.key(Wish::default()).await.secret.reveal().to_owned();
    let (body, sum) = key.split_at(key.len() - 6);
    assert_eq!(checksum(body), sum);
    let prefix = "tkak_".len();
    for place in prefix..body.len() {
        for bit in 0..8 {
            let mut bytes = body.as_bytes().to_vec();
            bytes[place] ^= 1 << bit;
            let Ok(forged) = String::from_utf8(bytes) else { continue };
            if forged.bytes().all(|byte| byte.is_ascii_graphic()) {
                let forged = format!("{forged}{}", checksum(&forged));
                assert!(!scene.is_live(&forged).await);
            }
        }
    }
}

#[tokio::test]
async fn a005_no_other_kind_of_secret_opens_a_door() {
    let scene = Scene::new().await;
    let pair = scene.log_in("alice").await;
    assert!(!scene.is_live(&pair.refresh).await);
    let key = scene.key(Wish::default()).await.secret.reveal().to_owned();
    for kind in ["pt", "it", "st", "at", "rt", "cs", "ac", "ss", "mt"] {
        let body = format!("tk{kind}_{}", &key[5..key.len() - 6]);
        assert!(!scene.is_live(&format!("{body}{}", checksum(&body))).await, "{kind}");
    }
}

#[tokio::test]
async fn a006_a_token_keeps_its_scopes_whatever_scheme_it_comes_by() {
    let scene = Scene::new().await;
    let token =
        scene.key(Wish { scopes: Some(authority::scope::Scopes::read()), ..Wish::default() });
    let token = token.await.secret.reveal().to_owned();
    let writes = async |caller: Caller| {
        caller.posts("/v0/teams/groups", &json!({ "name": "g" })).await.status.as_u16()
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
        stranger.clone().basic(&token, ""),
        stranger.clone().with("x-api-key", &token),
        stranger.clone().with("private-token", &token),
        stranger.clone().with("cookie", &format!("token={token}; access_token={token}")),
    ] {
        assert_eq!(writes(caller).await, 401);
    }
}

#[tokio::test]
async fn a007_a_token_in_a_query_or_body_is_none() {
    let scene = Scene::new().await;
    let token = scene.key(Wish::default()).await.secret.reveal().to_owned();
    let stranger = scene.stranger();
    let answers = [
        stranger.gets(&format!("/v0/teams?access_token={token}")).await,
        stranger.gets(&format!("/v0/teams?token={token}")).await,
        stranger.fills("/v0/tokens", &format!("access_token={token}")).await,
        stranger.posts("/v0/tokens", &json!({ "access_token": token })).await,
    ];
    assert_eq!(statuses(&answers), [401; 4]);
}

#[tokio::test]
async fn a010_white_space_around_a_token_is_not_overlooked() {
    let scene = Scene::new().await;
    let token = scene.key(Wish::default()).await.secret.reveal().to_owned();
    for value in [format!("Bearer  {token}"), format!("Bearer\t{token}"), format!("Bearer{token}")]
    {
        let caller = scene.stranger().with("authorization", &value);
        assert_eq!(caller.gets("/v0/teams").await.status, 401);
    }
}

#[tokio::test]
async fn basic_is_good_on_teams_tokens_and_oneself_and_nowhere_else() {
    let scene = Scene::new().await;
    let alice = scene.basic("alice");
    for path in ["/v0/teams", "/v0/teams/current", "/v0/teams/users", "/v0/tokens", "/v0/users/me"]
    {
        assert_eq!(alice.gets(path).await.status, 200, "{path}");
    }
    let answers = [
        alice.asks(Method::POST, "/v0/auth/logout").await,
        alice.posts("/v0/apps", &json!({ "name": "a" })).await,
        alice.asks(Method::POST, "/v0/apps/query").await,
    ];
    assert_eq!(statuses(&answers), [401; 3]);
}

//! A059, A060: whatever the order, nothing of a session outlives its end.

use axum::http::Method;
use serde_json::{Value, json};
use testing::{Answer, PASSWORD};

use crate::city::City;

const ROUNDS: usize = 60;

/// A refresh, and what its answer holds if it was good.
async fn refresh(city: &City, token: &str) -> Option<Value> {
    let body = json!({ "refreshToken": token });
    let answer = city.stranger.posts("/v0/auth/refresh", &body).await;
    assert!(matches!(answer.status.as_u16(), 200 | 401), "{} {}", answer.status, answer.body);
    (answer.status == 200).then(|| answer.json())
}

async fn assert_dead(city: &City, first: &authority::account::Opened, second: Option<Value>) {
    let mut access = vec![first.access.reveal().to_owned()];
    let mut refreshes = vec![first.refresh.reveal().to_owned()];
    if let Some(second) = second {
        access.push(second["accessToken"].as_str().unwrap().to_owned());
        refreshes.push(second["refreshToken"].as_str().unwrap().to_owned());
    }
    for token in access {
        let checked = city.stranger.clone().bearer(&token).gets("/check").await;
        assert_eq!(checked.status, 401);
    }
    for token in refreshes.iter().rev() {
        assert_eq!(refresh(city, token).await, None);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a059_a_refresh_beside_a_revocation_leaves_nothing_alive() {
    let city = City::new().await;
    for round in 0..ROUNDS {
        let opened = city.log_in("mia").await;
        let mia = city.stranger.clone().bearer(opened.access.reveal());
        let shown = if round % 2 == 0 { &opened.refresh } else { &opened.access };
        let form = format!("token={}", shown.reveal());
        let revoking = async { mia.fills("/oauth/revoke", &form).await };
        let refreshing = refresh(&city, opened.refresh.reveal());
        let (second, revoked): (Option<Value>, Answer) = tokio::join!(refreshing, revoking);
        assert_eq!(revoked.status, 200);
        assert_dead(&city, &opened, second).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a060_a_refresh_beside_an_end_of_its_user_or_place_leaves_nothing_alive() {
    let city = City::new().await;
    let mia = city.world.actor("mia").await.user().unwrap();
    for round in 0..ROUNDS {
        let opened = city.log_in("mia").await;
        let member = format!("/authority/v1/organizations/{}/members/{mia}", city.acme);
        let user = format!("/authority/v1/users/{mia}");
        let own = city.stranger.clone().basic("mia", PASSWORD);
        // The same again is a new password too: what was opened with the one before ends.
        let both = json!({ "old": PASSWORD, "new": PASSWORD });
        let ending = async {
            match round % 3 {
                0 => city.root.asks(Method::POST, &format!("{user}/disable")).await,
                1 => city.root.asks(Method::DELETE, &member).await,
                _ => own.tells(Method::PUT, "/authority/v1/me/password", &both).await,
            }
        };
        let refreshing = refresh(&city, opened.refresh.reveal());
        let (second, ended): (Option<Value>, Answer) = tokio::join!(refreshing, ending);
        assert!(ended.status.is_success(), "{} {}", ended.status, ended.body);
        assert_dead(&city, &opened, second).await;
        match round % 3 {
            0 => drop(city.root.asks(Method::POST, &format!("{user}/enable")).await),
            1 => city.world.join(mia, city.acme, authority::permission::Role::Admin).await,
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a059_a_grants_refresh_beside_its_end_leaves_nothing_alive() {
    let city = City::new().await;
    let mia = city.world.actor("mia").await.user().unwrap();
    let wish = json!({ "application": city.till.0.number });
    let user = format!("/authority/v1/users/{mia}");
    for round in 0..ROUNDS {
        let made = city.makes("mia", &wish).await;
        let ending = async {
            let shown = if round % 3 == 0 { &made.refresh } else { &made.token };
            if round % 3 == 2 {
                city.root.asks(Method::POST, &format!("{user}/disable")).await
            } else {
                city.till().fills("/api/o/revoke_token/", &format!("token={shown}")).await
            }
        };
        let (turned, ended): (Answer, Answer) = tokio::join!(city.turns(&made.refresh), ending);
        assert!(ended.status.is_success(), "{} {}", ended.status, ended.body);
        assert!(matches!(turned.status.as_u16(), 200 | 400), "{} {}", turned.status, turned.body);
        let mut access = vec![made.token];
        let mut refreshes = vec![made.refresh];
        if turned.status == 200 {
            let pair = turned.json();
            access.push(pair["access_token"].as_str().unwrap().to_owned());
            refreshes.push(pair["refresh_token"].as_str().unwrap().to_owned());
        }
        for token in &access {
            assert_eq!(city.read(token).await.all(), Some(false), "round {round}");
        }
        for refresh in refreshes.iter().rev() {
            assert_eq!(city.turns(refresh).await.status, 400, "round {round}");
        }
        if round % 3 == 2 {
            drop(city.root.asks(Method::POST, &format!("{user}/enable")).await);
        }
    }
}

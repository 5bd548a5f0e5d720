//! Group 5: memory mixes nobody up, and forgets in time.

use std::collections::HashMap;

use super::*;

/// So many service accounts with a token each: by token, the account that holds it.
async fn robots(gate: &Gate, count: usize) -> HashMap<String, String> {
    let alice = gate.world.actor("alice").await;
    let mut robots = HashMap::new();
    for number in 0..count {
        let name = format!("robot {number}");
        let wish = (name.as_str(), Role::Viewer);
        let authority = &gate.world.authority;
        let made = authority.create_service_account(&alice, gate.acme, wish, None).await.unwrap();
        let holder = Some(Holder::ServiceAccount(made.id));
        let issued = authority.issue(&alice, Wish { holder, ..Wish::default() }).await.unwrap();
        robots.insert(issued.secret.reveal().to_owned(), made.id.to_string());
    }
    robots
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a077_each_of_20000_tokens_is_told_from_every_other() {
    let world = World::with(|policy| policy.tokens.most_per_holder = None).await;
    let gate = Gate::around(world).await;
    let alice = gate.world.actor("alice").await;
    let authority = gate.world.authority.clone();
    let mut issued = Vec::new();
    for _ in 0..80 {
        let tasks: Vec<_> = (0..250)
            .map(|_| {
                let (authority, alice, acme) = (authority.clone(), alice.clone(), gate.acme);
                tokio::spawn(async move {
                    let wish = Wish { organization: Some(acme), ..Wish::default() };
                    authority.issue(&alice, wish).await.unwrap()
                })
            })
            .collect();
        for task in tasks {
            issued.push(task.await.unwrap());
        }
    }
    for round in 0..2 {
        for chunk in issued.chunks(5_000) {
            authority.follow().await.unwrap();
            for issued in chunk {
                let answer = gate.answer(issued.secret.reveal()).await;
                assert_eq!(answer.status, 204, "round {round}");
                assert_eq!(answer.header("x-chancery-token"), issued.token.id.to_string());
            }
        }
    }
    assert!(authority.remembered() > 10_000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a078_look_ups_at_the_same_time_mix_up_nobody() {
    let gate = Gate::new().await;
    let robots = Arc::new(robots(&gate, 200).await);
    gate.world.clock.advance(Duration::from_secs(1));
    let asking: Vec<_> = (0..64)
        .map(|number| {
            let (robots, stranger) = (Arc::clone(&robots), gate.stranger.clone());
            tokio::spawn(async move {
                for (token, holder) in robots.iter().skip(number * 3).chain(robots.iter()) {
                    let known = stranger.clone().bearer(token).gets("/check").await;
                    assert_eq!(known.header("x-chancery-holder-id"), holder);
                    let nobody = stranger.gets("/check").await;
                    assert_eq!(nobody.status, 401);
                }
            })
        })
        .collect();
    for task in asking {
        task.await.unwrap();
    }
}

#[tokio::test]
async fn a079_a_token_shown_before_it_exists_is_good_at_the_latest_a_lease_later() {
    let token = Gate::new().await.key("*").await;
    let gate = Gate::new().await;
    assert_eq!(gate.check(&token).await, 401);
    assert_eq!(gate.key("*").await, token, "the dice fall the same way in each world");
    gate.world.pass(Duration::from_millis(500)).await;
    assert_eq!(gate.check(&token).await, 204);
}

#[tokio::test]
async fn a080_what_is_dead_stays_dead() {
    let gate = Gate::new().await;
    let alice = gate.world.actor("alice").await;
    let issued = gate.wish(Wish::default()).await;
    let token = issued.secret.reveal();
    assert_eq!(gate.check(token).await, 204);
    gate.world.authority.revoke(&alice, issued.token.id).await.unwrap();
    assert_eq!(gate.check(token).await, 401);
    let on =
        authority::token::store::TokenChange { label: None, disabled: Some(false), scopes: None };
    assert!(gate.world.authority.update_token(&alice, issued.token.id, on).await.is_err());
    let none = jiff::SignedDuration::ZERO;
    assert!(gate.world.authority.rotate(&alice, issued.token.id, none).await.is_err());
    gate.world.pass(Duration::from_secs(2)).await;
    assert_eq!(gate.check(token).await, 401);
}

//! Lives that end: by time, by use.

use super::*;

async fn use_once(gate: &Gate) -> String {
    let wish = Wish { uses: Some(1), ..Wish::default() };
    gate.wish(wish).await.secret.reveal().to_owned()
}

#[tokio::test]
async fn a027_expiry_is_exact_however_warm() {
    let gate = Gate::new().await;
    let wish = Wish { expires_at: Some(gate.later(2)), ..Wish::default() };
    let token = gate.wish(wish).await.secret.reveal().to_owned();
    for step in 0..8 {
        let expected = if step < 4 { 204 } else { 401 };
        for _ in 0..100 {
            assert_eq!(gate.check(&token).await, expected, "{step} half seconds in");
        }
        gate.world.clock.advance(Duration::from_millis(499));
        assert_eq!(gate.check(&token).await, expected, "just before half second {}", step + 1);
        gate.world.pass(Duration::from_millis(1)).await;
    }
    gate.world.authority.tidy().await.unwrap();
    gate.world.clock.set_back(Duration::from_secs(3600));
    assert_eq!(gate.check(&token).await, 401, "an expired token stays so when a clock is set back");
}

#[tokio::test]
async fn a032_a_use_once_token_is_good_once() {
    let gate = Gate::new().await;
    let token = use_once(&gate).await;
    assert_eq!(gate.check(&token).await, 204);
    assert_eq!(gate.check(&token).await, 401);
    gate.world.pass(Duration::from_secs(1)).await;
    assert_eq!(gate.check(&token).await, 401);
}

#[tokio::test]
async fn three_uses_are_three() {
    let gate = Gate::new().await;
    let wish = Wish { uses: Some(3), ..Wish::default() };
    let token = gate.wish(wish).await.secret.reveal().to_owned();
    let mut statuses = Vec::new();
    for _ in 0..5 {
        statuses.push(gate.check(&token).await.as_u16());
    }
    assert_eq!(statuses, [204, 204, 204, 401, 401]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a033_of_200_checks_at_once_one_is_let_through() {
    let gate = Gate::new().await;
    for _ in 0..5 {
        let token = use_once(&gate).await;
        let checks: Vec<_> = (0..200)
            .map(|_| {
                let asking = gate.stranger.clone().bearer(&token);
                tokio::spawn(async move { asking.gets("/check").await.status.as_u16() })
            })
            .collect();
        let mut good = 0;
        for check in checks {
            match check.await.unwrap() {
                204 => good += 1,
                status => assert_eq!(status, 401),
            }
        }
        assert_eq!(good, 1);
    }
}

#[tokio::test]
async fn a034_a_refused_check_takes_no_use() {
    let gate = Gate::new().await;
    let scopes = Some(Scopes::read());
    let wish = Wish { uses: Some(1), scopes, ..Wish::default() };
    let token = gate.wish(wish).await.secret.reveal().to_owned();
    for _ in 0..3 {
        assert_eq!(gate.demand(&token, "shop.order.create").await, 403);
    }
    let stranger = gate.stranger.clone().bearer(&token).with(REQUIRE, "shop.order.list");
    assert_eq!(stranger.gets("/check").await.status, 403);
    assert_eq!(gate.demand(&token, "shop.order.list").await, 204);
    assert_eq!(gate.demand(&token, "shop.order.list").await, 401);
}

#[tokio::test]
async fn a075_a_use_that_cannot_be_taken_is_no_yes() {
    let gate = Gate::new().await;
    let token = use_once(&gate).await;
    for break_it in [World::break_storage, World::break_writing] {
        break_it(&gate.world);
        assert_eq!(gate.check(&token).await, 503);
        gate.world.mend_storage();
    }
    assert_eq!(gate.check(&token).await, 204);
    assert_eq!(gate.check(&token).await, 401);
}

//! Verifiers beside a real authority that dies, restarts, loses its database, and revokes.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "whatever goes wrong here is a failed test"
)]

mod clients;
mod support;

use std::time::Duration;

use chancery_verify::{Need, Unavailable, Verdict};
use serde_json::json;
use tokio::time::Instant;

use support::{House, LEASE, check, is_yes, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_authority_that_is_killed_is_answered_for_until_the_lease_ends() {
    let mut house = House::new().await;
    let (good, bad) = (house.issue().await, house.issue().await);
    let verifier = house.verifier().await;
    house.revoke(&bad).await;
    assert!(is_yes(&check(&verifier, &good.secret).await));
    assert!(matches!(check(&verifier, &bad.secret).await, Ok(Verdict::Bad(_))));

    let killed = Instant::now();
    house.kill();
    let mut answers = 0;
    let closed = until("it closes", async || {
        let outcome = check(&verifier, &good.secret).await;
        match outcome {
            Ok(Verdict::Good(_)) => answers += 1,
            Ok(Verdict::Bad(reason)) => panic!("an outage is no no: {}", reason.as_str()),
            Err(Unavailable::PastLease | Unavailable::NoAnswer(_)) => return true,
        }
        assert!(matches!(
            verifier.check_warm(&bad.secret, &Need::anything()),
            Some(Verdict::Bad(_)) | None
        ));
        false
    })
    .await;

    assert!(answers > 0, "it closed at once");
    assert!(killed.elapsed() < LEASE + Duration::from_millis(250), "it closed after {closed:?}");
    assert_eq!(check(&verifier, &good.secret).await, Err(Unavailable::PastLease));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restarted_authority_is_followed_anew_and_nothing_of_before_is_believed() {
    let mut house = House::new().await;
    let (token, doomed) = (house.issue().await, house.issue().await);
    let verifier = house.verifier().await;
    for issued in [&token, &doomed] {
        assert!(is_yes(&check(&verifier, &issued.secret).await));
    }

    let stopping = house.stop().await;
    assert!(stopping < Duration::from_secs(5), "polls held the stop up: {stopping:?}");
    house.start().await;
    let answered = house.revoke(&doomed).await;

    until("the revoked one is dead", async || {
        let outcome = check(&verifier, &doomed.secret).await;
        assert!(!is_yes(&outcome) || answered.elapsed() < LEASE, "a yes outlived the lease");
        matches!(outcome, Ok(Verdict::Bad(_)))
    })
    .await;
    assert!(is_yes(&check(&verifier, &token.secret).await));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_lost_its_database_closes_those_who_follow_it() {
    let house = House::new().await;
    let token = house.issue().await;
    let verifier = house.verifier().await;
    assert!(is_yes(&check(&verifier, &token.secret).await));

    testing::break_file(&house.database());

    let broken = Instant::now();
    until("it closes", async || {
        let outcome = check(&verifier, &token.secret).await;
        assert!(!matches!(outcome, Ok(Verdict::Bad(_))), "an outage is no no");
        outcome.is_err()
    })
    .await;
    let closed = broken.elapsed();
    assert!(closed < LEASE + Duration::from_millis(250), "it closed after {closed:?}");

    testing::mend_file(&house.database());
    until("it opens", async || is_yes(&check(&verifier, &token.secret).await)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_whose_own_token_is_revoked_is_told_no_more() {
    let house = House::new().await;
    let (own, token) = (house.issue().await, house.issue().await);
    let verifier = house.verifier_by(&own.secret).await;
    assert!(is_yes(&check(&verifier, &token.secret).await));

    let answered = house.revoke(&own).await;

    until("it closes", async || {
        let outcome = check(&verifier, &token.secret).await;
        assert!(!is_yes(&outcome) || answered.elapsed() < LEASE, "a yes outlived the lease");
        outcome.is_err()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_good_once_is_good_once_however_many_ask_at_once() {
    let house = House::new().await;
    let verifier = house.verifier().await;
    for _ in 0..20 {
        let once = house.issue_once().await;
        let checks: Vec<_> = (0..20)
            .map(|_| {
                let (verifier, once) = (verifier.clone(), once.clone());
                tokio::spawn(async move { check(&verifier, &once).await })
            })
            .collect();
        let mut yeses = 0;
        for one in checks {
            yeses += usize::from(is_yes(&one.await.unwrap()));
        }
        assert_eq!(yeses, 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_bound_to_networks_is_good_from_there_and_from_nowhere_else() {
    let house = House::new().await;
    let verifier = house.verifier().await;
    let bound = house.issue_bound(json!({ "networks": ["10.0.0.0/8"] })).await;
    let from = async |address: Option<&str>| {
        let address = address.map(|text| text.parse().unwrap());
        match verifier.check_from(&bound, &Need::anything(), address).await.unwrap() {
            Verdict::Good(_) => "good".to_owned(),
            Verdict::Bad(reason) => reason.as_str().to_owned(),
        }
    };
    for _ in 0..2 {
        assert_eq!(from(Some("10.1.2.3")).await, "good");
        assert_eq!(from(Some("::ffff:10.1.2.3")).await, "good");
        for elsewhere in [Some("192.0.2.7"), Some("2001:db8::1"), None] {
            assert_eq!(from(elsewhere).await, "address", "{elsewhere:?}");
        }
    }
}

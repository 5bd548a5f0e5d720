//! Races between nodes over what is granted to an application.

use std::sync::Arc;

use authority::grant::store::GrantStore as _;
use authority::grant::store::Ground;
use authority::token::store::{Insertion, Revocation, TokenFilter};
use authority::token::{Holder, Reason};

use super::lanes::checked_lanes;
use super::races::Nodes;
use crate::facts::given::*;
use crate::facts::granting::*;
use crate::facts::race::race;

fn done(made: &Insertion) -> bool {
    matches!(made, Insertion::Done(_))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_is_redeemed_once_across_nodes() {
    let nodes = Nodes::new().await;
    let (ada, shop) = a_user_and_a_client(nodes.either(0)).await;
    for round in 0..10 {
        let code = code(100 + round, ada, shop);
        assert_eq!(keep(nodes.either(round), 100 + round, &code).await, Change::Done);
        let made = race(8, |n| {
            let (nodes, pair) = (Arc::clone(&nodes), pair(1000 + 8 * round + n, ada, shop));
            let ground = Ground::Code(code.id);
            async move { (pair.session.id, open(nodes.either(n), &pair, ground).await) }
        })
        .await;
        let (kept, refused): (Vec<_>, Vec<_>) = made.iter().partition(|(_, made)| done(made));
        assert_eq!((kept.len(), refused.len()), (1, 7), "{made:?}");
        assert!(refused.iter().all(|(_, made)| *made == Insertion::HolderGone), "{made:?}");
        let now = nodes.either(1).code(&[digest(20_100 + round)]).await.unwrap().unwrap();
        assert_eq!(now.session, Some(kept[0].0));
    }
    assert_eq!(nodes.either(0).sessions_of(ada, NOON).await.unwrap().len(), 10);
    checked_lanes(nodes.either(0)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quota_holds_across_nodes_for_grants_and_tokens_together() {
    let nodes = Nodes::new().await;
    let (ada, shop) = a_user_and_a_client(nodes.either(0)).await;
    let made = race(40, |n| {
        let (nodes, pair) = (Arc::clone(&nodes), pair(1000 + n, ada, shop));
        async move {
            let (node, draft) = (nodes.either(n / 2), note("token.issue", pair.token.id));
            if n % 2 == 0 {
                let new = token(1000 + n, Holder::User(ada));
                return node.insert_token(&new, secret(1000 + n), Some(5), draft).await.unwrap();
            }
            node.open_grant(&pair, Ground::Credential, Some(5), draft).await.unwrap()
        }
    })
    .await;
    assert_eq!(made.iter().filter(|made| done(made)).count(), 5);
    assert_eq!(made.iter().filter(|made| **made == Insertion::TooMany).count(), 35);
    checked_lanes(nodes.either(0)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grant_is_moved_on_once_across_nodes() {
    let nodes = Nodes::new().await;
    let (ada, shop) = a_user_and_a_client(nodes.either(0)).await;
    for round in 0..10 {
        let was = granted(nodes.either(round), pair(100 + round, ada, shop)).await;
        let made = race(8, |n| {
            let (nodes, step) = (Arc::clone(&nodes), next(&was, 1000 + 8 * round + n));
            async move { (step.1.id, turned(nodes.either(n), &step).await) }
        })
        .await;
        let kept: Vec<_> = made.iter().filter(|(_, made)| done(made)).collect();
        assert_eq!(kept.len(), 1, "{made:?}");
        let now = nodes.either(1).token_of_grant(was.session.id).await.unwrap().unwrap();
        assert_eq!(now.id, kept[0].0);
        let before = nodes.either(1).token_standing(was.token.id).await.unwrap().unwrap();
        assert_eq!(before.token.revoked_at, Some(after(1)));
    }
    let filter = TokenFilter { live_at: Some(NOON), ..TokenFilter::default() };
    let alive = nodes.either(0).tokens(&filter, Page::first(100)).await.unwrap();
    assert_eq!(alive.len(), 10);
    checked_lanes(nodes.either(0)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grant_that_ends_on_one_node_while_the_other_moves_it_on_leaves_nothing_alive() {
    let nodes = Nodes::new().await;
    let (ada, shop) = a_user_and_a_client(nodes.either(0)).await;
    for round in 0..30 {
        let was = granted(nodes.either(0), pair(100 + round, ada, shop)).await;
        let id = was.session.id;
        let step = next(&was, 1000 + round);
        let ended = race(2, |n| {
            let (nodes, step, token) = (Arc::clone(&nodes), step.clone(), was.token.id);
            async move {
                let node = nodes.either(n);
                match (n, round % 3) {
                    (0, _) => {
                        turned(node, &step).await;
                        true
                    }
                    (_, 0) => {
                        let end = note("session.end", id).at(after(2));
                        node.end_session(id, end).await.unwrap() == Change::Done
                    }
                    (_, 1) => {
                        let end = note("session.end", ada).at(after(2));
                        node.end_sessions_of(ada, None, end).await.unwrap() == Change::Done
                    }
                    _ => {
                        let end = note("token.revoke", token).at(after(2));
                        node.revoke_token(token, end).await.unwrap() == Revocation::Done
                    }
                }
            }
        })
        .await;
        // A token that was replaced before it was revoked ends nothing.
        let standing = nodes.either(0).session_standing(id).await.unwrap().unwrap();
        assert_eq!(standing.session.ended_at.is_some(), ended.iter().all(|ended| *ended));
        let alive = nodes.either(1).token_of_grant(id).await.unwrap();
        assert_eq!(alive.is_some(), standing.session.ended_at.is_none(), "round {round}");
        let first = nodes.either(1).token_standing(was.token.id).await.unwrap().unwrap();
        assert_eq!(first.is_good(NOON), Err(Reason::Revoked));
    }
    checked_lanes(nodes.either(0)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_use_of_a_replaced_token_is_not_noted_of_the_next_on_any_node() {
    let nodes = Nodes::new().await;
    let (ada, shop) = a_user_and_a_client(nodes.either(0)).await;
    for round in 0..20 {
        let was = granted(nodes.either(0), pair(100 + round, ada, shop)).await;
        let (id, token) = (was.session.id, was.token.id);
        let step = next(&was, 1000 + round);
        race(2, |n| {
            let (nodes, step) = (Arc::clone(&nodes), step.clone());
            async move {
                if n == 0 {
                    assert!(done(&turned(nodes.either(0), &step).await));
                } else {
                    nodes.either(1).note_grant_used(id, token).await.unwrap();
                }
            }
        })
        .await;
        let standing = nodes.either(0).session_standing(id).await.unwrap().unwrap();
        assert!(!standing.session.used, "round {round}");
    }
}

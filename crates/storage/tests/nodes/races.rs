//! Races between nodes: what the server's locks and keys must decide, as no writer can.

use std::sync::Arc;

use authority::account::User;
use authority::account::store::{Removal, Turn};
use authority::error::StoreError;
use authority::organization::Seat;
use authority::permission::Role;
use authority::token::store::{Insertion, Spending};
use authority::token::{Born, Holder, Reason, Token};
use storage::postgres::Postgres;

use super::lanes::checked_lanes;
use crate::facts::given::*;
use crate::facts::race::race;
use crate::{Kept, empty_store};

/// Two nodes on one database.
pub(super) struct Nodes(Kept, Postgres);

impl Nodes {
    pub(super) async fn new() -> Arc<Self> {
        let first = empty_store().await;
        let second = first.database.open().await;
        Arc::new(Self(first, second))
    }

    /// Either, in turn.
    pub(super) fn either(&self, n: u64) -> &Postgres {
        if n.is_multiple_of(2) { &self.0 } else { &self.1 }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_key_makes_one_thing_on_whichever_node() {
    let nodes = Nodes::new().await;
    let holder = Holder::User(a_user(nodes.either(0), 1000).await.id);
    for round in 0..10_u8 {
        let made = race(8, |n| {
            let (nodes, n) = (Arc::clone(&nodes), u64::from(round) * 8 + n);
            let new = token(n, holder);
            let note = note("token.issue", new.id).once(round, 1);
            async move {
                let made = nodes.either(n).insert_token(&new, secret(n), None, note).await;
                (new.id, made)
            }
        })
        .await;
        let done: Vec<_> = made.iter().filter(|(_, made)| made.is_ok()).collect();
        assert_eq!(done.len(), 1, "{made:?}");
        for (_, made) in made.iter().filter(|(_, made)| made.is_err()) {
            let Err(StoreError::Replayed(prior)) = made else { panic!("{made:?}") };
            assert_eq!(prior.target, done[0].0.uuid());
        }
    }
    checked_lanes(nodes.either(0)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quota_holds_across_nodes() {
    let nodes = Nodes::new().await;
    let holder = Holder::User(a_user(nodes.either(0), 1000).await.id);
    let made = race(40, |n| {
        let (nodes, new) = (Arc::clone(&nodes), token(n, holder));
        let note = note("token.issue", new.id);
        async move { nodes.either(n).insert_token(&new, secret(n), Some(5), note).await.unwrap() }
    })
    .await;
    let done = made.iter().filter(|made| matches!(made, Insertion::Done(_)));
    assert_eq!(done.count(), 5);
    checked_lanes(nodes.either(0)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_is_taken_once_across_nodes() {
    let nodes = Nodes::new().await;
    for round in 0..5 {
        let made = race(8, |n| {
            let (nodes, n) = (Arc::clone(&nodes), 8 * round + n);
            let new = User { username: format!("ada{round}"), ..user(n) };
            async move {
                let note = note("user.create", new.id);
                nodes.either(n).create_user(&new, None, note).await.unwrap()
            }
        })
        .await;
        assert_eq!(made.iter().filter(|made| matches!(made, Creation::Done(_))).count(), 1);
        assert_eq!(made.iter().filter(|made| **made == Creation::Taken("username")).count(), 7);
    }
    checked_lanes(nodes.either(0)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organization_keeps_an_owner_across_nodes() {
    let nodes = Nodes::new().await;
    for round in 0..20 {
        let (ada, bob) = (2 * round, 2 * round + 1);
        a_user(nodes.either(0), ada).await;
        a_user(nodes.either(0), bob).await;
        let shop = an_organization(nodes.either(0), round, id(ada)).await.id;
        a_member(nodes.either(0), id(bob), shop, Role::Owner).await;
        let mut done = race(2, |n| {
            let (nodes, who) = (Arc::clone(&nodes), id(ada + n));
            async move {
                let (node, draft) = (nodes.either(n), note("member.remove", who));
                match (round + n) % 3 {
                    0 => {
                        let seats = (Seat::of(Role::Owner), Seat::of(Role::Viewer));
                        node.set_seat(who, shop, seats, draft).await.unwrap()
                    }
                    1 => {
                        let seen = Seat::of(Role::Owner);
                        node.remove_member(who, shop, seen, draft).await.unwrap()
                    }
                    _ => node.delete_user(who, draft).await.unwrap(),
                }
            }
        })
        .await;
        done.sort_by_key(|removal| format!("{removal:?}"));
        assert_eq!(done, [Removal::Done, Removal::LastOwner], "round {round}");
    }
    checked_lanes(nodes.either(0)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_made_on_one_node_while_the_other_removes_the_member_does_not_come_back() {
    let nodes = Nodes::new().await;
    let (ada, bob) = (a_user(nodes.either(0), 1).await.id, a_user(nodes.either(0), 2).await.id);
    for round in 0..10 {
        let shop = an_organization(nodes.either(0), round, ada).await.id;
        a_member(nodes.either(0), bob, shop, Role::Admin).await;
        let login = opened(nodes.either(0), 1000 + round, session(1000 + round, bob)).await.id;
        let made = race(8, |n| {
            let nodes = Arc::clone(&nodes);
            async move {
                let node = nodes.either(n);
                match n {
                    0 => {
                        let (seen, draft) = (Seat::of(Role::Admin), note("member.remove", bob));
                        let removed = node.remove_member(bob, shop, seen, draft).await;
                        assert_eq!(removed, Ok(Removal::Done));
                        None
                    }
                    1 => {
                        let born = Born::default();
                        let (organization, refresh) = (Some(shop), digest(2000 + round));
                        let turn = Turn {
                            session: login,
                            from: 1,
                            refresh,
                            organization,
                            born,
                            floor: 1,
                            expires_at: after(86_400),
                            only_unused: false,
                            at: NOON,
                        };
                        node.turn_session(&turn, note("session.turn", login)).await.unwrap();
                        None
                    }
                    n => {
                        let n = 8 * round + n;
                        let new = bound(n, Holder::User(bob), shop);
                        let issue = note("token.issue", new.id);
                        let made = node.insert_token(&new, secret(n), None, issue).await.unwrap();
                        matches!(made, Insertion::Done(_)).then_some(new)
                    }
                }
            }
        })
        .await;
        a_member(nodes.either(0), bob, shop, Role::Admin).await;
        for Token { id, label, .. } in made.iter().flatten() {
            let standing = nodes.either(0).token_standing(*id).await.unwrap().unwrap();
            assert_eq!(standing.is_good(NOON), Err(Reason::Revoked), "{label}");
        }
        let standing = nodes.either(0).session_standing(login).await.unwrap().unwrap();
        let inside = standing.session.organization == Some(shop);
        assert!(!inside || standing.session.ended_at.is_some(), "round {round}");
    }
    checked_lanes(nodes.either(0)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_use_is_spent_once_across_nodes() {
    let nodes = Nodes::new().await;
    let holder = Holder::User(a_user(nodes.either(0), 1).await.id);
    let new = Token { uses_left: Some(3), ..token(1, holder) };
    kept(nodes.either(0), 1, new).await;
    let spent = race(40, |n| {
        let nodes = Arc::clone(&nodes);
        async move {
            let what = id(1);
            nodes.either(n).spend_token(what, note("token.spend", what)).await.unwrap()
        }
    })
    .await;
    assert_eq!(spent.iter().filter(|spent| **spent == Spending::Spent).count(), 37);
}

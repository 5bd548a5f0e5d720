//! Group 4 of the attack book on the core: of two who show one refresh token, at most one wins,
//! and nothing comes back. Races are arranged on a barrier.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use std::sync::Arc;
use std::time::Duration;

use authority::account::{Login, Opened};
use authority::error::Refusal;
use authority::permission::Role;
use authority::token::Verdict;
use authority::{Authority, Error};
use testing::{PASSWORD, World};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

async fn log_in(world: &World, login: &str) -> Opened {
    let login = Login { login, password: PASSWORD, code: None };
    world.authority.log_in(login, None, false, &World::door()).await.unwrap()
}

async fn is_live(authority: &Authority, opened: &Opened) -> bool {
    let verdict = authority.verify(opened.access.reveal(), &World::ANY).await.unwrap();
    matches!(verdict, Verdict::Good(_))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a055_a_hundred_parallel_refreshes_give_one_new_pair_which_lives() {
    let world = World::new().await;
    for _ in 0..20 {
        let first = log_in(&world, "root").await;
        world.pass(Duration::from_secs(60)).await;
        let barrier = Arc::new(Barrier::new(100));
        let mut tasks = JoinSet::new();
        for _ in 0..100 {
            let (authority, barrier) = (world.authority.clone(), Arc::clone(&barrier));
            let refresh = first.refresh.clone();
            tasks.spawn(async move {
                barrier.wait().await;
                authority.refresh(refresh.reveal(), None).await
            });
        }
        let outcomes = tasks.join_all().await;
        let (won, lost): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
        assert_eq!(won.len(), 1);
        for outcome in lost {
            assert!(matches!(outcome, Err(Error::Refused(Refusal::Unauthenticated))));
        }
        let winner = won.into_iter().next().unwrap().unwrap();
        assert!(is_live(&world.authority, &winner).await);
        assert!(world.authority.refresh(winner.refresh.reveal(), None).await.is_ok());
    }
}

#[tokio::test]
async fn a056_a_refresh_token_of_two_turns_ago_kills_the_family() {
    let world = World::new().await;
    let first = log_in(&world, "root").await;
    let second = world.authority.refresh(first.refresh.reveal(), None).await.unwrap();
    let third = world.authority.refresh(second.refresh.reveal(), None).await.unwrap();
    assert!(is_live(&world.authority, &third).await);
    world.authority.refresh(first.refresh.reveal(), None).await.unwrap_err();
    for opened in [&first, &second, &third] {
        assert!(!is_live(&world.authority, opened).await);
        world.authority.refresh(opened.refresh.reveal(), None).await.unwrap_err();
    }
}

#[tokio::test]
async fn a057_twenty_turns_within_one_moment_are_twenty_generations() {
    let world = World::new().await;
    let mut shown = vec![log_in(&world, "root").await];
    for _ in 0..20 {
        let last = shown.last().unwrap();
        shown.push(world.authority.refresh(last.refresh.reveal(), None).await.unwrap());
    }
    let newest = shown.pop().unwrap();
    for old in shown.iter().rev() {
        world.authority.refresh(old.refresh.reveal(), None).await.unwrap_err();
    }
    assert!(!is_live(&world.authority, &newest).await);
}

/// Runs a refresh and something else at once, and gives what is live afterwards.
async fn race<F>(world: &World, user: &str, other: impl Fn(Authority, Opened) -> F) -> bool
where
    F: Future<Output = ()> + Send + 'static,
{
    let opened = log_in(world, user).await;
    let barrier = Arc::new(Barrier::new(2));
    let (authority, gate) = (world.authority.clone(), Arc::clone(&barrier));
    let refresh = opened.refresh.clone();
    let turning = tokio::spawn(async move {
        gate.wait().await;
        authority.refresh(refresh.reveal(), None).await
    });
    let work = other(world.authority.clone(), opened.clone());
    let ending = tokio::spawn(async move {
        barrier.wait().await;
        work.await;
    });
    let turned = turning.await.unwrap();
    ending.await.unwrap();
    let mut live = is_live(&world.authority, &opened).await;
    if let Ok(turned) = turned {
        live |= is_live(&world.authority, &turned).await;
        live |= world.authority.refresh(turned.refresh.reveal(), None).await.is_ok();
    }
    live
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a059_refresh_against_revoke_leaves_nothing_alive() {
    let world = World::new().await;
    let root = world.root().await;
    for _ in 0..100 {
        let live = race(&world, "root", |authority, opened| {
            let root = root.clone();
            async move {
                authority.revoke_presented(&root, opened.refresh.reveal()).await.unwrap();
            }
        });
        assert!(!live.await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a060_refresh_against_disabling_the_user_leaves_nothing_alive() {
    let world = World::new().await;
    let root = world.root().await;
    let user = world.user("alice").await;
    for _ in 0..50 {
        let live = race(&world, "alice", |authority, _| {
            let root = root.clone();
            async move {
                authority.set_user_disabled(&root, user.id, true).await.unwrap();
            }
        });
        assert!(!live.await);
        world.authority.set_user_disabled(&root, user.id, false).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a060_refresh_against_leaving_the_organization_leaves_nothing_alive() {
    let world = World::new().await;
    let root = world.root().await;
    let (organization, _) = world.organization("A", "owner").await;
    let user = world.member("alice", organization.id, Role::Editor).await;
    for _ in 0..30 {
        let live = race(&world, "alice", |authority, _| {
            let root = root.clone();
            async move {
                authority.remove_member(&root, organization.id, user.id).await.unwrap();
            }
        });
        assert!(!live.await);
        world.join(user.id, organization.id, Role::Editor).await;
    }
}

#[tokio::test]
async fn a061_a_lost_answer_is_replaced_once_if_nothing_of_it_was_used() {
    let world = World::new().await;
    let first = log_in(&world, "root").await;
    let lost = world.authority.refresh(first.refresh.reveal(), None).await.unwrap();

    world.pass(Duration::from_secs(2)).await;
    let again = world.authority.refresh(first.refresh.reveal(), None).await.unwrap();
    assert!(is_live(&world.authority, &again).await);
    assert!(!is_live(&world.authority, &lost).await);

    world.pass(Duration::from_secs(2)).await;
    world.authority.refresh(first.refresh.reveal(), None).await.unwrap_err();
    assert!(!is_live(&world.authority, &again).await, "a third try ends the session");
}

#[tokio::test]
async fn a061_an_answer_that_was_used_was_not_lost() {
    let world = World::new().await;
    let first = log_in(&world, "root").await;
    let second = world.authority.refresh(first.refresh.reveal(), None).await.unwrap();
    assert!(is_live(&world.authority, &second).await);
    world.pass(Duration::from_secs(2)).await;
    world.authority.refresh(first.refresh.reveal(), None).await.unwrap_err();
    assert!(!is_live(&world.authority, &second).await);
}

#[tokio::test]
async fn a061_the_window_closes_after_thirty_seconds() {
    let world = World::new().await;
    let first = log_in(&world, "root").await;
    world.authority.refresh(first.refresh.reveal(), None).await.unwrap();
    world.pass(Duration::from_secs(30)).await;
    world.authority.refresh(first.refresh.reveal(), None).await.unwrap_err();
}

#[tokio::test]
async fn a065_no_refresh_moves_the_absolute_end() {
    let world = World::new().await;
    let mut opened = log_in(&world, "root").await;
    let end = opened.session.expires_at;
    while world.authority.now() + authority::days(1) < end {
        world.pass(Duration::from_secs(23 * 3600)).await;
        opened = world.authority.refresh(opened.refresh.reveal(), None).await.unwrap();
        assert_eq!(opened.session.expires_at, end);
    }
    let left = end.duration_since(world.authority.now());
    world.pass(left.try_into().unwrap()).await;
    world.authority.refresh(opened.refresh.reveal(), None).await.unwrap_err();
}

#[tokio::test]
async fn a067_logging_out_ends_this_session_and_no_other() {
    let world = World::new().await;
    let (here, there) = (log_in(&world, "root").await, log_in(&world, "root").await);
    assert!(is_live(&world.authority, &here).await);
    let actor = world.authority.authenticate(here.access.reveal(), &World::VISIT).await.unwrap();
    world.authority.log_out(&actor, None).await.unwrap();
    assert!(!is_live(&world.authority, &here).await);
    assert!(is_live(&world.authority, &there).await);
    world.authority.refresh(here.refresh.reveal(), None).await.unwrap_err();
}

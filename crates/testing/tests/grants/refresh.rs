//! Group 4 of the attack book for grants: of all who show a refresh token, one wins, and what was
//! rotated away comes back only as decision 3 has it.

use std::time::Duration;

use authority::application::Grant;
use authority::error::Refusal;
use authority::grant::Granted;
use authority::scope::Scopes;

use super::{Court, at_once, no, refresh};

#[tokio::test]
async fn a_refresh_gives_a_new_pair_and_takes_the_old_one() {
    let court = Court::new().await;
    let first = court.granted().await;
    assert!(court.is_live(&first).await);
    let second = court.refresh(&first).await.unwrap();
    assert!(court.is_live(&second).await);
    assert!(!court.is_live(&first).await);
    assert_ne!(first.token.id, second.token.id);
    assert_eq!(second.token.application, first.token.application);
    assert_eq!(second.token.scopes, first.token.scopes);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a055_fifty_parallel_refreshes_have_one_winner_whose_pair_is_the_only_good_one() {
    let court = Court::new().await;
    for _ in 0..10 {
        let first = court.granted().await;
        court.world.pass(Duration::from_secs(60)).await;
        let show = || refresh(court.authority().clone(), court.kiosk.clone(), first.clone());
        let outcomes = at_once(50, show).await;
        let (won, lost): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
        assert_eq!(won.len(), 1);
        assert!(lost.into_iter().all(|lost| no(lost) == Some(Refusal::GrantRefused)));
        let winner = won.into_iter().next().unwrap().unwrap();
        assert!(!court.is_live(&first).await);
        assert!(court.is_live(&winner).await);
        assert!(court.refresh(&winner).await.is_ok());
    }
}

#[tokio::test]
async fn a056_a_refresh_token_of_two_turns_ago_ends_the_family() {
    for scopes in [None, Some(Scopes::read())] {
        let court = Court::new().await;
        let first = court.granted().await;
        let second = court.refresh(&first).await.unwrap();
        let third = court.refresh(&second).await.unwrap();
        assert!(court.is_live(&third).await);
        let shown = first.refresh.as_ref().unwrap().reveal();
        let again = court.authority().refresh_grant(&court.kiosk, shown, scopes).await;
        assert_eq!(no(again), Some(Refusal::GrantRefused));
        for granted in [&first, &second, &third] {
            assert!(!court.is_good_for_anything(granted).await);
        }
    }
}

#[tokio::test]
async fn a056_the_end_of_a_family_is_no_other_familys() {
    let court = Court::new().await;
    let (first, other) = (court.granted().await, court.granted().await);
    let second = court.refresh(&first).await.unwrap();
    court.refresh(&second).await.unwrap();
    court.refresh(&first).await.unwrap_err();
    assert!(court.is_live(&other).await);
    assert!(court.refresh(&other).await.is_ok());
}

#[tokio::test]
async fn a057_twenty_turns_within_one_moment_are_twenty_generations() {
    let court = Court::new().await;
    let mut shown = vec![court.granted().await];
    for _ in 0..20 {
        shown.push(court.refresh(shown.last().unwrap()).await.unwrap());
    }
    let newest = shown.pop().unwrap();
    for old in shown.iter().rev() {
        assert_eq!(no(court.refresh(old).await), Some(Refusal::GrantRefused));
    }
    assert!(!court.is_good_for_anything(&newest).await);
}

/// A refresh whose answer nobody has seen, and the one that it was asked with.
async fn lost(court: &Court) -> (Granted, Granted) {
    let first = court.granted().await;
    let lost = court.refresh(&first).await.unwrap();
    (first, lost)
}

#[tokio::test]
async fn a061_a_lost_answer_is_replaced_once_if_nothing_of_it_was_used() {
    let court = Court::new().await;
    let (first, lost) = lost(&court).await;
    court.world.pass(Duration::from_secs(2)).await;
    let again = court.refresh(&first).await.unwrap();
    assert!(court.is_live(&again).await);
    assert!(!court.is_live(&lost).await);

    court.world.pass(Duration::from_secs(2)).await;
    assert_eq!(no(court.refresh(&first).await), Some(Refusal::GrantRefused));
    assert!(!court.is_good_for_anything(&again).await, "a third try ends the grant");
}

#[tokio::test]
async fn a061_within_a_second_the_predecessor_is_refused_and_ends_nothing() {
    let court = Court::new().await;
    let (first, second) = lost(&court).await;
    court.world.pass(Duration::from_millis(999)).await;
    assert_eq!(no(court.refresh(&first).await), Some(Refusal::GrantRefused));
    assert!(court.is_live(&second).await);
    assert!(court.refresh(&second).await.is_ok());
}

#[tokio::test]
async fn a061_an_answer_whose_access_token_was_used_was_not_lost() {
    let court = Court::new().await;
    let (first, second) = lost(&court).await;
    assert!(court.is_live(&second).await);
    court.world.pass(Duration::from_secs(2)).await;
    assert_eq!(no(court.refresh(&first).await), Some(Refusal::GrantRefused));
    assert!(!court.is_good_for_anything(&second).await);
}

#[tokio::test]
async fn a061_an_answer_whose_refresh_token_was_used_was_not_lost() {
    let court = Court::new().await;
    let (first, second) = lost(&court).await;
    let third = court.refresh(&second).await.unwrap();
    court.world.pass(Duration::from_secs(2)).await;
    assert_eq!(no(court.refresh(&first).await), Some(Refusal::GrantRefused));
    assert!(!court.is_good_for_anything(&third).await);
}

#[tokio::test]
async fn a061_the_window_closes_after_thirty_seconds() {
    for (seconds, good) in [(29, true), (30, false)] {
        let court = Court::new().await;
        let (first, lost) = lost(&court).await;
        court.world.pass(Duration::from_secs(seconds)).await;
        assert_eq!(court.refresh(&first).await.is_ok(), good);
        assert!(!court.is_live(&lost).await);
    }
}

#[tokio::test]
async fn a062_a_replacement_is_not_replaced() {
    let court = Court::new().await;
    let (first, _) = lost(&court).await;
    court.world.pass(Duration::from_secs(2)).await;
    let again = court.refresh(&first).await.unwrap();
    court.world.pass(Duration::from_secs(2)).await;
    let next = court.refresh(&again).await.unwrap();
    court.world.pass(Duration::from_secs(2)).await;
    let replaced = court.refresh(&again).await.unwrap();
    assert!(!court.is_live(&next).await);
    assert!(court.is_live(&replaced).await);
    court.world.pass(Duration::from_secs(2)).await;
    assert!(court.refresh(&again).await.is_err());
    assert!(!court.is_good_for_anything(&replaced).await);
}

#[tokio::test]
async fn a062_of_an_answer_that_was_replaced_nothing_is_good_and_showing_it_ends_the_grant() {
    let court = Court::new().await;
    let (first, lost) = lost(&court).await;
    court.world.pass(Duration::from_secs(2)).await;
    let again = court.refresh(&first).await.unwrap();
    court.world.pass(Duration::from_secs(2)).await;
    // Nothing of the replacement was used, but somebody has the answer that was not lost at all.
    assert_eq!(no(court.refresh(&lost).await), Some(Refusal::GrantRefused));
    assert!(!court.is_good_for_anything(&again).await);
}

#[tokio::test]
async fn a064_a_refresh_narrows_scopes_and_never_widens_them() {
    let court = Court::new().await;
    let first = court.granted_scopes(Scopes::read()).await;
    let turn = async |granted: &Granted, scopes: Scopes| {
        let shown = granted.refresh.as_ref().unwrap().reveal();
        court.authority().refresh_grant(&court.kiosk, shown, Some(scopes)).await
    };
    for wider in [Scopes::write(), Scopes::all(), Scopes::parse("read shop.order.put").unwrap()] {
        let refused = no(turn(&first, wider).await);
        assert!(matches!(refused, Some(Refusal::ScopeBeyond(_))), "{refused:?}");
    }
    assert!(court.is_live(&first).await, "a wish that goes too far changes nothing");
    let narrow = Scopes::parse("shop.order.get").unwrap();
    let second = turn(&first, narrow.clone()).await.unwrap();
    assert_eq!(second.token.scopes, narrow);
    let refused = no(turn(&second, Scopes::write()).await);
    assert!(matches!(refused, Some(Refusal::ScopeBeyond(_))));
    assert_eq!(court.refresh(&second).await.unwrap().token.scopes, narrow);
}

#[tokio::test]
async fn a_refresh_token_is_good_for_its_own_client_only_and_another_ends_nothing_with_it() {
    let court = Court::new().await;
    let granted = court.granted().await;
    let thief = court.another_client("thief", Grant::Password).await;
    let shown = granted.refresh.as_ref().unwrap().reveal();
    for client in [&thief, &court.web, &court.native] {
        let stolen = court.authority().refresh_grant(client, shown, None).await;
        assert_eq!(no(stolen), Some(Refusal::GrantRefused));
    }
    assert!(court.is_live(&granted).await);
    assert!(court.refresh(&granted).await.is_ok());
}

#[tokio::test]
async fn a_grant_is_refreshed_by_its_client_and_not_as_a_log_in() {
    let court = Court::new().await;
    let granted = court.granted().await;
    let shown = granted.refresh.as_ref().unwrap().reveal();
    assert_eq!(no(court.authority().refresh(shown, None).await), Some(Refusal::Unauthenticated));
    let login = authority::account::Login { login: "ann", password: testing::PASSWORD, code: None };
    let door = testing::World::door();
    let opened = court.authority().log_in(login, None, false, &door).await.unwrap();
    for text in [opened.refresh.reveal(), granted.access.reveal(), "", "tkrt_"] {
        let refused = court.authority().refresh_grant(&court.kiosk, text, None).await;
        assert_eq!(no(refused), Some(Refusal::GrantRefused));
    }
    assert!(court.authority().refresh(opened.refresh.reveal(), None).await.is_ok());
    assert!(court.refresh(&granted).await.is_ok());
}

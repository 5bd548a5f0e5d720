//! The ways in which a grant ends: whichever of its two tokens goes, the other goes with it.

use std::future::Future;

use authority::error::Refusal;
use authority::grant::Granted;
use authority::permission::Role;
use testing::{PASSWORD, World};

use super::{Court, at_once, no};

const NEW: &str = "violet heron in the tall reeds";

/// That something ends what Ann granted the kiosk, and nothing that comes later.
async fn ends(court: &Court, granted: &Granted) {
    assert!(!court.is_live(granted).await);
    assert_eq!(no(court.refresh(granted).await), Some(Refusal::GrantRefused));
    assert!(!court.is_live(granted).await);
}

#[tokio::test]
async fn a_revoked_token_takes_its_refresh_token_along() {
    let court = Court::new().await;
    let amy = court.world.member("amy", court.works, Role::Admin).await;
    for by in ["ann", "amy", "root"] {
        let granted = court.granted().await;
        assert!(court.is_live(&granted).await);
        let actor = court.world.actor(by).await;
        court.authority().revoke(&actor, granted.token.id).await.unwrap();
        ends(&court, &granted).await;
    }
    assert_ne!(amy.id, court.ann);
}

#[tokio::test]
async fn an_ended_session_takes_its_token_along() {
    let court = Court::new().await;
    let granted = court.granted().await;
    let ann = court.world.actor("ann").await;
    court.authority().end_session(&ann, granted.token.session.unwrap()).await.unwrap();
    ends(&court, &granted).await;
}

#[tokio::test]
async fn a_user_who_presents_either_token_ends_the_grant() {
    let court = Court::new().await;
    let ann = court.world.actor("ann").await;
    for access in [true, false] {
        let granted = court.granted().await;
        let refresh = granted.refresh.clone().unwrap();
        let shown = if access { &granted.access } else { &refresh };
        court.authority().revoke_presented(&ann, shown.reveal()).await.unwrap();
        ends(&court, &granted).await;
    }
}

#[tokio::test]
async fn a_client_that_gives_either_token_back_ends_the_grant() {
    let court = Court::new().await;
    for access in [true, false] {
        let granted = court.granted().await;
        let refresh = granted.refresh.clone().unwrap();
        let shown = if access { &granted.access } else { &refresh };
        court.authority().give_back(&court.kiosk, shown.reveal()).await.unwrap();
        ends(&court, &granted).await;
        court.authority().give_back(&court.kiosk, shown.reveal()).await.unwrap();
    }
}

#[tokio::test]
async fn a042_a_client_ends_nothing_with_what_is_not_its_own_and_is_told_nothing() {
    let court = Court::new().await;
    let granted = court.granted().await;
    let personal = court.world.personal("ann", authority::token::Wish::default()).await;
    let refresh = granted.refresh.clone().unwrap();
    for shown in [&granted.access, &refresh, &personal.secret] {
        court.authority().give_back(&court.web, shown.reveal()).await.unwrap();
    }
    court.authority().give_back(&court.kiosk, personal.secret.reveal()).await.unwrap();
    court.authority().give_back(&court.kiosk, "nonsense").await.unwrap();
    assert!(court.is_live(&granted).await);
    assert!(court.refresh(&granted).await.is_ok());
    assert!(court.authority().authenticate(personal.secret.reveal(), &World::VISIT).await.is_ok());
}

#[tokio::test]
async fn a119_an_archived_application_takes_along_all_that_was_made_through_it() {
    let court = Court::new().await;
    let granted = court.granted().await;
    assert!(court.is_live(&granted).await);
    let id = court.kiosk.application().id;
    court.authority().archive_application(&court.root, id).await.unwrap();
    ends(&court, &granted).await;
    let refused =
        court.authority().authenticate_oauth((&id.to_string(), None), &World::VISIT).await;
    assert_eq!(no(refused), Some(Refusal::Unauthenticated));
    let login = authority::account::Login { login: "ann", password: PASSWORD, code: None };
    let scopes = authority::scope::Scopes::read();
    // The client had shown who it is before.
    let door = World::door();
    let late = court.authority().grant_by_password(&court.kiosk, login, scopes, &door).await;
    assert_eq!(no(late), Some(Refusal::GrantRefused));
}

#[tokio::test]
async fn a045_a_deleted_organization_takes_along_all_that_was_made_through_its_clients() {
    let court = Court::new().await;
    let granted = court.granted().await;
    assert!(court.is_live(&granted).await);
    court.authority().delete_organization(&court.root, court.works).await.unwrap();
    ends(&court, &granted).await;
}

#[tokio::test]
async fn a050_a_suspended_organization_silences_its_grants_until_it_is_resumed() {
    let court = Court::new().await;
    let granted = court.granted().await;
    let suspend = async |suspended| {
        let done =
            court.authority().set_organization_suspended(&court.root, court.works, suspended);
        done.await.unwrap();
    };
    assert!(court.is_live(&granted).await);
    suspend(true).await;
    ends(&court, &granted).await;
    let id = court.kiosk.application().id.to_string();
    assert!(court.authority().authenticate_oauth((&id, None), &World::VISIT).await.is_err());
    suspend(false).await;
    assert!(court.is_live(&granted).await);
    assert!(court.refresh(&granted).await.is_ok());
}

#[tokio::test]
async fn a081_a_user_who_is_switched_off_holds_nothing_and_switching_on_revives_nothing() {
    let court = Court::new().await;
    let granted = court.granted().await;
    assert!(court.is_live(&granted).await);
    court.authority().set_user_disabled(&court.root, court.ann, true).await.unwrap();
    ends(&court, &granted).await;
    court.authority().set_user_disabled(&court.root, court.ann, false).await.unwrap();
    ends(&court, &granted).await;
}

#[tokio::test]
async fn a081_a_user_who_is_deleted_holds_nothing() {
    let court = Court::new().await;
    let granted = court.granted().await;
    assert!(court.is_live(&granted).await);
    court.authority().delete_user(&court.root, court.ann).await.unwrap();
    ends(&court, &granted).await;
}

#[tokio::test]
async fn a060_a_new_password_ends_grants_if_its_user_says_so() {
    for tokens in [true, false] {
        let court = Court::new().await;
        let granted = court.granted().await;
        assert!(court.is_live(&granted).await);
        let ann = court.world.actor("ann").await;
        let (passwords, door) = ((PASSWORD, NEW), World::door());
        court.authority().change_password(&ann, passwords, tokens, &door).await.unwrap();
        if tokens {
            ends(&court, &granted).await;
        } else {
            assert!(court.is_live(&granted).await);
            assert!(court.refresh(&granted).await.is_ok());
        }
    }
}

/// A refresh and something else at once: gives what is good afterwards.
async fn race<F>(court: &Court, granted: Granted, other: F) -> bool
where
    F: Future<Output = ()> + Send + 'static,
{
    let turning = super::refresh(court.authority().clone(), court.kiosk.clone(), granted.clone());
    let both = std::sync::Mutex::new((Some(turning), Some(other)));
    let outcomes = at_once(2, || {
        let mut both = both.lock().unwrap();
        let turning = both.0.take();
        let other = if turning.is_none() { both.1.take() } else { None };
        async move {
            match (turning, other) {
                (Some(turning), _) => turning.await.ok(),
                (None, Some(other)) => {
                    other.await;
                    None
                }
                (None, None) => None,
            }
        }
    });
    let outcomes = outcomes.await;
    let mut good = court.is_live(&granted).await;
    for turned in outcomes.into_iter().flatten() {
        good |= court.is_good_for_anything(&turned).await;
    }
    good
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a059_refresh_against_giving_back_or_revoking_leaves_nothing_good() {
    let court = Court::new().await;
    for round in 0..60 {
        let granted = court.granted().await;
        let (authority, client) = (court.authority().clone(), court.kiosk.clone());
        let (root, shown) = (court.root.clone(), granted.clone());
        let other = async move {
            if round % 2 == 0 {
                let refresh = shown.refresh.unwrap();
                authority.give_back(&client, refresh.reveal()).await.unwrap();
            } else {
                authority.revoke(&root, shown.token.id).await.unwrap();
            }
        };
        assert!(!race(&court, granted, other).await, "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a060_refresh_against_switching_the_user_off_or_archiving_leaves_nothing_good() {
    let court = Court::new().await;
    for _ in 0..30 {
        let granted = court.granted().await;
        let (authority, root, ann) = (court.authority().clone(), court.root.clone(), court.ann);
        let other = async move {
            authority.set_user_disabled(&root, ann, true).await.unwrap();
        };
        assert!(!race(&court, granted, other).await);
        court.authority().set_user_disabled(&court.root, court.ann, false).await.unwrap();
    }
    let granted = court.granted().await;
    let (authority, root) = (court.authority().clone(), court.root.clone());
    let id = court.kiosk.application().id;
    let other = async move { authority.archive_application(&root, id).await.unwrap() };
    assert!(!race(&court, granted, other).await);
}

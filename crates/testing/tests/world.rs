//! The box itself: that its outages are outages, and that its first steps hold.

use std::time::Duration;

use authority::error::{Error, Refusal};
use authority::token::{Reason, Verdict, Wish};
use testing::{PASSWORD, World};

#[tokio::test]
async fn a_token_is_issued_checked_revoked_and_dead() {
    let world = World::new().await;
    let issued = world.personal("root", Wish::default()).await;
    let verdict = world.authority.verify(issued.secret.reveal(), &World::ANY).await.unwrap();
    assert!(matches!(verdict, Verdict::Good(_)));

    let root = world.root().await;
    world.authority.revoke(&root, issued.token.id).await.unwrap();

    let verdict = world.authority.verify(issued.secret.reveal(), &World::ANY).await.unwrap();
    assert!(matches!(verdict, Verdict::Bad(Reason::Revoked, Some(_))));
}

#[tokio::test]
async fn memory_speaks_within_the_lease_when_the_database_is_lost_and_is_silent_after_it() {
    let world = World::new().await;
    let issued = world.personal("root", Wish::default()).await;
    let secret = issued.secret.reveal();
    world.authority.verify(secret, &World::ANY).await.unwrap();

    world.break_storage();
    world.clock.advance(Duration::from_millis(499));
    assert!(matches!(world.authority.verify(secret, &World::ANY).await, Ok(Verdict::Good(_))));
    world.clock.advance(Duration::from_millis(1));
    assert!(world.authority.verify(secret, &World::ANY).await.is_err());

    world.mend_storage();
    assert!(matches!(world.authority.verify(secret, &World::ANY).await, Ok(Verdict::Good(_))));
}

#[tokio::test]
async fn a_lost_database_is_no_answer_and_not_a_wrong_password() {
    let world = World::new().await;
    world.break_storage();
    let login = authority::account::Login { login: "root", password: PASSWORD, code: None };
    let outcome = world.authority.authenticate_password(login, &World::door()).await;
    assert!(matches!(outcome, Err(Error::Unavailable(_))), "{outcome:?}");
}

#[tokio::test]
async fn a_session_is_refreshed_and_an_old_refresh_token_ends_it() {
    let world = World::new().await;
    let login =
        authority::account::Login { login: "ROOT@corp.test", password: PASSWORD, code: None };
    let first = world.authority.log_in(login, None, false, &World::door()).await.unwrap();
    let verdict = world.authority.verify(first.access.reveal(), &World::ANY).await.unwrap();
    assert!(matches!(verdict, Verdict::Good(_)), "{verdict:?}");

    world.pass(Duration::from_secs(60)).await;
    let second = world.authority.refresh(first.refresh.reveal(), None).await.unwrap();
    world.pass(Duration::from_secs(60)).await;
    let third = world.authority.refresh(second.refresh.reveal(), None).await.unwrap();
    let reuse = world.authority.refresh(first.refresh.reveal(), None).await;
    assert!(matches!(reuse, Err(Error::Refused(Refusal::Unauthenticated))));

    let verdict = world.authority.verify(third.access.reveal(), &World::ANY).await.unwrap();
    assert!(matches!(verdict, Verdict::Bad(Reason::Revoked, _)), "{verdict:?}");
    assert!(world.authority.verify_journal(&[]).await.unwrap().is_empty());
}

//! Switching it on and off, and taking it away.

use authority::account::store::UserChange;

use super::*;

#[tokio::test]
async fn only_its_user_enrols_with_the_password_and_the_latest_of_two_that_wait_counts() {
    let world = World::new().await;
    world.user("alice").await;
    let alice = world.actor("alice").await;
    let authority = &world.authority;
    let wrong = authority.enrol_second_factor(&alice, WRONG, &World::door()).await;
    assert_eq!(refused(wrong).unwrap_err(), Refusal::PasswordWrong);

    let none = refused(authority.confirm_second_factor(&alice, "000000").await);
    assert!(matches!(none, Err(Refusal::Conflict(_))), "{none:?}");
    let first = Phone::of(&enrol(&world, &alice).await.unwrap());
    let second = Phone::of(&enrol(&world, &alice).await.unwrap());
    let outcome = authority.confirm_second_factor(&alice, &first.code(authority)).await;
    assert!(is_wrong_code(&refused(outcome)));
    let code = format!(" {}", second.code(authority));
    authority.confirm_second_factor(&alice, &code).await.unwrap();
    let again = refused(authority.confirm_second_factor(&alice, &code).await);
    assert!(matches!(again, Err(Refusal::Conflict(_))), "{again:?}");
    let third = enrol(&world, &alice).await;
    assert!(matches!(third, Err(Refusal::Conflict(_))), "one is active");
}

#[tokio::test]
async fn a_second_factor_waits_for_an_hour() {
    let world = World::new().await;
    world.user("alice").await;
    let alice = world.actor("alice").await;
    let authority = &world.authority;
    let phone = Phone::of(&enrol(&world, &alice).await.unwrap());
    world.pass(Duration::from_secs(3_601)).await;
    let late = refused(authority.confirm_second_factor(&alice, &phone.code(authority)).await);
    assert!(matches!(late, Err(Refusal::Conflict(_))), "{late:?}");
    assert!(enter(&world, PASSWORD, None).await.is_ok());

    let phone = Phone::of(&enrol(&world, &alice).await.unwrap());
    world.pass(Duration::from_secs(3_600)).await;
    assert!(authority.confirm_second_factor(&alice, &phone.code(authority)).await.is_ok());
}

#[tokio::test]
async fn switching_it_off_takes_the_password_and_a_code() {
    let (world, alice, phone, codes) = scene().await;
    let authority = &world.authority;
    let off = async |password: &str, code: &str| {
        refused(authority.remove_second_factor(&alice, (password, code), &World::door()).await)
    };
    let code = phone.code(authority);
    assert_eq!(off(WRONG, &code).await.unwrap_err(), Refusal::PasswordWrong);
    assert!(is_wrong_code(&off(PASSWORD, &phone.wrong(authority)).await));
    assert!(is_wrong_code(&off(PASSWORD, "").await));
    assert_eq!(enter(&world, PASSWORD, None).await.unwrap_err(), Refusal::CodeNeeded);
    off(PASSWORD, &code).await.unwrap();
    assert!(enter(&world, PASSWORD, None).await.is_ok());
    let again = off(PASSWORD, &code).await;
    assert!(matches!(again, Err(Refusal::Conflict(_))), "{again:?}");

    world.pass(step()).await;
    let (_, new) = world.phone("alice").await;
    assert!(
        is_wrong_code(&off(PASSWORD, codes[0].reveal()).await),
        "those went with the first one"
    );
    off(PASSWORD, new[0].reveal()).await.unwrap();
    assert!(enter(&world, PASSWORD, None).await.is_ok());
}

#[tokio::test]
async fn a_code_that_is_used_up_by_switching_off_or_by_renewing_is_used_up_for_logging_in() {
    let (world, alice, phone, _) = scene().await;
    let authority = &world.authority;
    let code = phone.code(authority);
    let shown = (PASSWORD, code.as_str());
    authority.renew_recovery_codes(&alice, shown, &World::door()).await.unwrap();
    assert_eq!(enter(&world, PASSWORD, Some(&code)).await.unwrap_err(), Refusal::CodeWrong);
    let again = refused(authority.remove_second_factor(&alice, shown, &World::door()).await);
    assert!(is_wrong_code(&again));
}

#[tokio::test]
async fn new_recovery_codes_replace_the_ones_before() {
    let (world, alice, phone, old) = scene().await;
    let authority = &world.authority;
    let code = phone.code(authority);
    let new = authority.renew_recovery_codes(&alice, (PASSWORD, &code), &World::door()).await;
    let new = new.unwrap();
    assert_eq!(new.len(), 10);
    let outcome = enter(&world, PASSWORD, Some(old[0].reveal())).await;
    assert_eq!(outcome.unwrap_err(), Refusal::CodeWrong);
    assert!(enter(&world, PASSWORD, Some(new[0].reveal())).await.is_ok());
}

#[tokio::test]
async fn a_superuser_takes_it_from_somebody_who_lost_the_phone_and_not_from_themselves() {
    let (world, alice, _, _) = scene().await;
    let authority = &world.authority;
    let root = world.root().await;
    world.user("bob").await;
    let bob = world.actor("bob").await;
    let reset = async |actor, id| refused(authority.reset_second_factor(actor, id).await);
    let no = reset(&bob, id(&alice)).await;
    assert!(matches!(no, Err(Refusal::NotPermitted(_))), "{no:?}");
    assert!(matches!(reset(&alice, id(&alice)).await, Err(Refusal::NotPermitted(_))));
    world.phone("root").await;
    assert!(matches!(reset(&root, id(&root)).await, Err(Refusal::Conflict(_))));
    assert!(matches!(reset(&root, id(&bob)).await, Err(Refusal::Conflict(_))), "he has none");
    assert_eq!(enter(&world, PASSWORD, None).await.unwrap_err(), Refusal::CodeNeeded);
    reset(&root, id(&alice)).await.unwrap();
    assert!(enter(&world, PASSWORD, None).await.is_ok());
}

#[tokio::test]
async fn a_new_password_leaves_the_second_factor_whichever_way_it_was_set() {
    let (world, alice, phone, _) = scene().await;
    let authority = &world.authority;
    let door = World::door();
    authority.change_password(&alice, (PASSWORD, ANOTHER), false, &door).await.unwrap();
    assert_eq!(enter(&world, ANOTHER, None).await.unwrap_err(), Refusal::CodeNeeded);
    assert!(enter(&world, ANOTHER, Some(&phone.code(authority))).await.is_ok());

    while world.tray.count() > 0 {
        world.tray.next().await;
    }
    authority.forgot_password("alice@corp.test", &door).await.unwrap();
    let link = world.tray.next_link().await;
    let before = authority.sessions(&alice).await.unwrap().len();
    authority.reset_password(&link, PASSWORD, false).await.unwrap();
    assert_eq!(authority.sessions(&alice).await.unwrap().len(), before, "nobody was logged in");
    assert_eq!(enter(&world, PASSWORD, None).await.unwrap_err(), Refusal::CodeNeeded);
    world.pass(step()).await;
    assert!(enter(&world, PASSWORD, Some(&phone.code(authority))).await.is_ok());
}

#[tokio::test]
async fn a_link_that_confirms_an_address_logs_nobody_in_past_a_second_factor() {
    let (world, alice, phone, _) = scene().await;
    let authority = &world.authority;
    while world.tray.count() > 0 {
        world.tray.next().await;
    }
    let root = world.root().await;
    let change = UserChange { email: Some("new@corp.test".to_owned()), ..UserChange::default() };
    authority.update_user(&root, id(&alice), change).await.unwrap();
    world.tray.next().await;
    let link = world.tray.next_link().await;
    let before = authority.sessions(&alice).await.unwrap().len();
    let followed = refused(authority.confirm(&link).await);
    assert_eq!(followed.unwrap_err(), Refusal::CodeNeeded);
    assert_eq!(authority.sessions(&alice).await.unwrap().len(), before, "nobody was logged in");
    world.pass(step()).await;
    assert!(enter(&world, PASSWORD, Some(&phone.code(authority))).await.is_ok(), "it is confirmed");
}

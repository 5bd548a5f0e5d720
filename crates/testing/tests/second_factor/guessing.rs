//! Guessing codes is slowed as guessing passwords is.

use super::*;

#[tokio::test]
async fn guessing_codes_is_slowed_as_guessing_passwords_is() {
    let (world, _, phone, codes) = scene().await;
    let authority = &world.authority;
    let door = from("198.51.100.1");
    for _ in 0..5 {
        let outcome = enter_from(&world, PASSWORD, Some(&phone.wrong(authority)), &door).await;
        assert_eq!(outcome.unwrap_err(), Refusal::CodeWrong);
    }
    let good = phone.code(authority);
    for code in [&phone.wrong(authority), &good, codes[0].reveal()] {
        assert!(is_pause(&enter_from(&world, PASSWORD, Some(code), &door).await), "{code}");
    }
    let elsewhere = from("203.0.113.5");
    let outcome = enter_from(&world, PASSWORD, Some(&good), &elsewhere).await;
    assert!(is_pause(&outcome), "from another unknown source too");
    world.clock.advance(Duration::from_secs(1));
    assert!(enter_from(&world, PASSWORD, Some(&good), &door).await.is_ok(), "after it, it is good");
    let outcome = enter_from(&world, PASSWORD, Some(&phone.wrong(authority)), &door).await;
    assert_eq!(outcome.unwrap_err(), Refusal::CodeWrong, "and what was counted is forgotten");
}

#[tokio::test]
async fn guesses_of_recovery_codes_and_of_nonsense_count_too() {
    let (world, _, _, _) = scene().await;
    let door = from("198.51.100.1");
    for code in ["00000-00000", "nonsense", "123", "zzzzz-zzzzz", "1234567"] {
        let outcome = enter_from(&world, PASSWORD, Some(code), &door).await;
        assert_eq!(outcome.unwrap_err(), Refusal::CodeWrong, "{code}");
    }
    assert!(is_pause(&enter_from(&world, PASSWORD, None, &door).await));
}

#[tokio::test]
async fn a_right_password_without_a_code_washes_nothing_clean() {
    let (world, alice, phone, _) = scene().await;
    let authority = &world.authority;
    let door = from("198.51.100.1");
    let guess = async || enter_from(&world, PASSWORD, Some(&phone.wrong(authority)), &door).await;
    for _ in 0..4 {
        assert_eq!(guess().await.unwrap_err(), Refusal::CodeWrong);
        let alone = enter_from(&world, PASSWORD, None, &door).await;
        assert_eq!(alone.unwrap_err(), Refusal::CodeNeeded);
        let passwords = (PASSWORD, PASSWORD);
        refused(authority.change_password(&alice, passwords, false, &door).await).unwrap();
    }
    assert_eq!(guess().await.unwrap_err(), Refusal::CodeWrong);
    assert!(is_pause(&guess().await), "five were counted");

    let (unknown, known) = (from("203.0.113.5"), World::door());
    assert!(is_pause(&enter_from(&world, PASSWORD, None, &unknown).await));
    assert_eq!(
        enter_from(&world, PASSWORD, None, &known).await.unwrap_err(),
        Refusal::CodeNeeded,
        "where she has been before she is not shut out"
    );
}

#[tokio::test]
async fn a_password_without_a_code_makes_no_source_known() {
    let (world, alice, phone, _) = scene().await;
    let authority = &world.authority;
    let door = from("198.51.100.1");
    enter_from(&world, PASSWORD, None, &door).await.unwrap_err();
    refused(authority.change_password(&alice, (PASSWORD, PASSWORD), false, &door).await).unwrap();
    for n in 0..5 {
        let door = from(&format!("10.0.{n}.1"));
        enter_from(&world, PASSWORD, Some(&phone.wrong(authority)), &door).await.unwrap_err();
    }
    assert!(is_pause(&enter_from(&world, PASSWORD, None, &door).await));
}

#[tokio::test]
async fn guessing_the_code_that_confirms_is_slowed() {
    let world = World::new().await;
    world.user("alice").await;
    let alice = world.actor("alice").await;
    let authority = &world.authority;
    let phone = Phone::of(&enrol(&world, &alice).await.unwrap());
    let confirm = async |code: &str| refused(authority.confirm_second_factor(&alice, code).await);
    for _ in 0..5 {
        assert!(is_wrong_code(&confirm(&phone.wrong(authority)).await));
    }
    assert!(is_pause(&confirm(&phone.code(authority)).await));
    world.clock.advance(Duration::from_secs(1));
    assert!(confirm(&phone.code(authority)).await.is_ok());
}

#[tokio::test]
async fn guessing_codes_by_switching_off_is_throttled_with_logins() {
    let (world, alice, phone, _) = scene().await;
    let authority = &world.authority;
    let door = from("198.51.100.1");
    for n in 0..5 {
        let wrong = phone.wrong(authority);
        let outcome = if n % 2 == 0 {
            authority.remove_second_factor(&alice, (PASSWORD, &wrong), &door).await
        } else {
            authority.renew_recovery_codes(&alice, (PASSWORD, &wrong), &door).await.map(drop)
        };
        assert!(is_wrong_code(&refused(outcome)));
    }
    let code = phone.code(authority);
    let outcome = authority.remove_second_factor(&alice, (PASSWORD, &code), &door).await;
    assert!(is_pause(&refused(outcome)));
    assert!(is_pause(&enter_from(&world, PASSWORD, Some(&code), &door).await));
}

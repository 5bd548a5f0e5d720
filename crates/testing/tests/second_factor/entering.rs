//! Logging in where there is a second factor.

use tokio::task::JoinSet;

use super::*;

#[tokio::test]
async fn a_password_alone_is_good_until_the_second_factor_is_confirmed_and_not_after() {
    let world = World::new().await;
    world.user("alice").await;
    let alice = world.actor("alice").await;
    let authority = &world.authority;
    let phone = Phone::of(&enrol(&world, &alice).await.unwrap());
    assert!(enter(&world, PASSWORD, None).await.is_ok());
    assert!(enter(&world, PASSWORD, Some("000000")).await.is_ok(), "nobody asks for one yet");
    assert_eq!(authority.second_factor(&alice).await.unwrap().active_since, None);

    let now = authority.now();
    let codes = authority.confirm_second_factor(&alice, &phone.code(authority)).await.unwrap();
    assert_eq!(codes.len(), 10);
    let mine = authority.second_factor(&alice).await.unwrap();
    assert_eq!((mine.active_since, mine.recovery_codes_left), (Some(now), 10));
    assert_eq!(enter(&world, PASSWORD, None).await.unwrap_err(), Refusal::CodeNeeded);
    assert_eq!(enter(&world, PASSWORD, Some(" ")).await.unwrap_err(), Refusal::CodeNeeded);
    let again = enter(&world, PASSWORD, Some(&phone.code(authority))).await;
    assert_eq!(again.unwrap_err(), Refusal::CodeWrong, "this one confirmed");
    world.pass(step()).await;
    let code = phone.code(authority);
    let login = Login { login: "alice", password: PASSWORD, code: Some(&code) };
    assert!(authority.log_in(login, None, false, &World::door()).await.is_ok());
}

#[tokio::test]
async fn a_stranger_who_does_not_know_the_password_learns_nothing_of_a_second_factor() {
    let (world, _, phone, codes) = scene().await;
    world.user("bob").await;
    for code in [None, Some(phone.code(&world.authority)), Some(codes[0].reveal().to_owned())] {
        for login in ["alice", "bob", "nobody"] {
            let login = Login { login, password: WRONG, code: code.as_deref() };
            let door = from("198.51.100.1");
            let outcome = refused(world.authority.authenticate_password(login, &door).await);
            if !is_pause(&outcome) {
                assert_eq!(outcome.unwrap_err(), Refusal::Unauthenticated);
            }
        }
    }
    let code = phone.code(&world.authority);
    assert!(enter(&world, PASSWORD, Some(&code)).await.is_ok(), "and used no code up");
    assert!(enter(&world, PASSWORD, Some(codes[0].reveal())).await.is_ok());
}

#[tokio::test]
async fn a_code_is_good_once() {
    let (world, _, phone, _) = scene().await;
    let code = phone.code(&world.authority);
    assert!(enter(&world, PASSWORD, Some(&format!(" {code} "))).await.is_ok());
    assert_eq!(enter(&world, PASSWORD, Some(&code)).await.unwrap_err(), Refusal::CodeWrong);
    world.pass(step()).await;
    assert_eq!(enter(&world, PASSWORD, Some(&code)).await.unwrap_err(), Refusal::CodeWrong);
    assert!(enter(&world, PASSWORD, Some(&phone.code(&world.authority))).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_show_one_code_at_once_exactly_one_gets_in() {
    // So that none waits for another to be compared.
    let world = World::with(|policy| policy.logins.hashing = 6).await;
    world.user("alice").await;
    let (phone, codes) = world.phone("alice").await;
    for code in [phone.code(&world.authority), codes[3].reveal().to_owned()] {
        let mut all = JoinSet::new();
        for n in 1..=6 {
            let (authority, code) = (world.authority.clone(), code.clone());
            let door = from(&format!("198.51.100.{n}"));
            all.spawn(async move {
                let login = Login { login: "alice", password: PASSWORD, code: Some(&code) };
                refused(authority.authenticate_password(login, &door).await)
            });
        }
        let ends = all.join_all().await;
        assert_eq!(ends.iter().filter(|end| end.is_ok()).count(), 1, "{ends:?}");
        world.pass(step()).await;
    }
}

#[tokio::test]
async fn codes_are_good_one_step_before_and_after_their_own_and_no_further() {
    let (world, _, phone, _) = scene().await;
    let authority = &world.authority;
    world.pass(10 * step()).await;
    for (steps, good) in [(-2, false), (2, false), (-1, true), (1, true)] {
        let code = phone.code_in(authority, steps);
        assert_eq!(enter(&world, PASSWORD, Some(&code)).await.is_ok(), good, "{steps} steps");
    }
}

#[tokio::test]
async fn the_code_of_a_step_before_the_last_that_was_used_is_not_good_any_more() {
    let (world, _, phone, _) = scene().await;
    let authority = &world.authority;
    world.pass(10 * step()).await;
    let (before, now) = (phone.code_in(authority, -1), phone.code(authority));
    assert!(enter(&world, PASSWORD, Some(&now)).await.is_ok());
    assert_eq!(enter(&world, PASSWORD, Some(&before)).await.unwrap_err(), Refusal::CodeWrong);
    let next = phone.code_in(authority, 1);
    assert!(enter(&world, PASSWORD, Some(&next)).await.is_ok(), "the next one's is");
}

#[tokio::test]
async fn a_recovery_code_is_good_once_in_any_spelling_and_is_entered_in_the_journal() {
    let (world, alice, _, codes) = scene().await;
    let root = world.root().await;
    let code = codes[4].reveal();
    let other = code.replace('-', "").to_uppercase();
    assert!(enter(&world, PASSWORD, Some(&format!(" {other}\n"))).await.is_ok());
    assert_eq!(enter(&world, PASSWORD, Some(code)).await.unwrap_err(), Refusal::CodeWrong);
    assert_eq!(world.authority.second_factor(&alice).await.unwrap().recovery_codes_left, 9);
    let entries = journal(&world.authority, &root).await;
    let recovered: Vec<_> =
        entries.iter().filter(|one| one.draft.action == "second_factor.recover").collect();
    assert_eq!(recovered.len(), 1);
    assert_eq!(recovered[0].draft.target.id, id(&alice).uuid());
}

#[tokio::test]
async fn the_recovery_code_of_another_is_good_for_nobody_else() {
    let (world, _, _, _) = scene().await;
    world.user("bob").await;
    let (_, bobs) = world.phone("bob").await;
    let outcome = enter(&world, PASSWORD, Some(bobs[0].reveal())).await;
    assert_eq!(outcome.unwrap_err(), Refusal::CodeWrong);
}

#[tokio::test]
async fn a_restart_changes_nothing() {
    let (world, _, phone, codes) = scene().await;
    let used = phone.code(&world.authority);
    assert!(enter(&world, PASSWORD, Some(&used)).await.is_ok());
    let world = world.restarted().await;
    assert_eq!(enter(&world, PASSWORD, None).await.unwrap_err(), Refusal::CodeNeeded);
    assert_eq!(enter(&world, PASSWORD, Some(&used)).await.unwrap_err(), Refusal::CodeWrong);
    world.pass(step()).await;
    assert!(enter(&world, PASSWORD, Some(&phone.code(&world.authority))).await.is_ok());
    let world = world.restarted_with(&[1, 2]).await;
    assert!(enter(&world, PASSWORD, Some(codes[0].reveal())).await.is_ok(), "nor a new pepper");
}

#[tokio::test]
async fn who_is_deleted_or_switched_off_gets_in_with_no_code() {
    let (world, alice, phone, codes) = scene().await;
    let authority = &world.authority;
    let root = world.root().await;
    authority.set_user_disabled(&root, id(&alice), true).await.unwrap();
    let outcome = enter(&world, PASSWORD, Some(&phone.code(authority))).await;
    assert_eq!(outcome.unwrap_err(), Refusal::Unauthenticated);
    authority.set_user_disabled(&root, id(&alice), false).await.unwrap();
    assert_eq!(enter(&world, PASSWORD, None).await.unwrap_err(), Refusal::CodeNeeded);

    authority.delete_user(&root, id(&alice)).await.unwrap();
    let outcome = enter(&world, PASSWORD, Some(codes[0].reveal())).await;
    assert_eq!(outcome.unwrap_err(), Refusal::Unauthenticated);
    world.user("alice").await;
    assert!(enter(&world, PASSWORD, None).await.is_ok(), "who has the name next has none");
}

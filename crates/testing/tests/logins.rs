//! Group 9 of the attack book on the core: guessing is slowed, names are not told, owners get in.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

use std::net::IpAddr;
use std::time::Duration;

use authority::account::Login;
use authority::error::{Error, Refusal};
use authority::permission::Role;
use authority::{Authority, Door};
use testing::{PASSWORD, World};

fn from(address: &str) -> Door {
    Door { source: address.parse::<IpAddr>().unwrap() }
}

async fn attempt(authority: &Authority, login: &str, password: &str, door: &Door) -> Refusal {
    let outcome =
        authority.authenticate_password(Login { login, password, code: None }, door).await;
    match outcome {
        Err(Error::Refused(refusal)) => refusal,
        Ok(_) | Err(Error::Unavailable(_)) => panic!("{outcome:?}"),
    }
}

async fn enters(authority: &Authority, login: &str, door: &Door) -> bool {
    let login = Login { login, password: PASSWORD, code: None };
    authority.authenticate_password(login, door).await.is_ok()
}

fn is_pause(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::TooManyAttempts { .. })
}

#[tokio::test]
async fn a137_all_who_may_not_enter_get_the_same_no() {
    let world = World::new().await;
    let authority = &world.authority;
    world.user("alice").await;
    let off = world.user("off").await;
    authority.set_user_disabled(&world.root().await, off.id, true).await.unwrap();
    let organization = authority
        .create_organization(&world.actor("alice").await, ("A", None), None)
        .await
        .unwrap();
    let alice = world.actor("alice").await;
    let invited = ("new@corp.test".into(), Role::Viewer);
    authority.invite(&alice, organization.id, invited).await.unwrap();

    let door = from("198.51.100.1");
    for (login, password) in [
        ("alice", "a wrong password, long enough"),
        ("nobody", PASSWORD),
        ("off", PASSWORD),
        ("new@corp.test", PASSWORD),
        ("alice\0", PASSWORD),
        ("", PASSWORD),
    ] {
        let refusal = attempt(authority, login, password, &door).await;
        assert_eq!(refusal, Refusal::Unauthenticated, "{login}");
    }
}

#[tokio::test]
async fn a139_every_spelling_of_a_name_counts_as_one() {
    let world = World::new().await;
    world.user("alice").await;
    let spellings =
        ["alice", "ALICE", " alice", "alice ", "ａｌｉｃｅ", "Alice@corp.test", "alice@CORP.test"];
    let mut pauses = 0;
    for (place, login) in spellings.iter().cycle().take(14).enumerate() {
        let door = from(&format!("198.51.{place}.7"));
        let refusal =
            attempt(&world.authority, login, "a wrong password, long enough", &door).await;
        pauses += u32::from(is_pause(&refusal));
    }
    assert_eq!(pauses, 9, "five tries in all, from any address, then a pause for each spelling");
}

#[tokio::test]
async fn a139_the_pause_grows_and_at_a_hundred_failures_only_a_mailed_link_helps() {
    let world = World::new().await;
    let authority = &world.authority;
    world.user("alice").await;
    let mut failures = 0_u32;
    for place in 0_u32.. {
        let door = from(&format!("10.{}.{}.1", place >> 8, place & 255));
        let refusal = attempt(authority, "alice", "a wrong password, long enough", &door).await;
        let Refusal::TooManyAttempts { wait } = refusal else {
            assert_eq!(refusal, Refusal::Unauthenticated);
            failures += 1;
            continue;
        };
        if wait > Duration::from_secs(3600) {
            break;
        }
        world.clock.advance(wait);
    }
    assert_eq!(failures, 100);
    let stranger = from("203.0.113.9");
    assert!(is_pause(&attempt(authority, "alice", PASSWORD, &stranger).await));

    authority.forgot_password("alice@corp.test", &stranger).await.unwrap();
    let link = world.tray.next_link().await;
    authority.reset_password(&link, PASSWORD, false).await.unwrap();
    assert!(enters(authority, "alice", &stranger).await);
}

#[tokio::test]
async fn a140_doors_share_one_budget_which_a_restart_does_not_clear() {
    let world = World::new().await;
    let authority = &world.authority;
    world.user("alice").await;
    let known = from("198.51.100.1");
    assert!(enters(authority, "alice", &known).await);
    let actor = world.actor("alice").await;
    let wrong = "a wrong password, long enough";
    for _ in 0..3 {
        let passwords = (wrong, "another gray otter on a lamp");
        let refused = authority.change_password(&actor, passwords, false, &known).await;
        assert!(matches!(refused, Err(Error::Refused(Refusal::PasswordWrong))), "{refused:?}");
    }
    for _ in 0..2 {
        let login = Login { login: "alice", password: wrong, code: None };
        authority.log_in(login, None, false, &known).await.unwrap_err();
    }
    assert!(is_pause(&attempt(authority, "alice", PASSWORD, &known).await));

    let world = world.restarted().await;
    assert!(is_pause(&attempt(&world.authority, "alice", PASSWORD, &known).await));
}

#[tokio::test]
async fn a141_strangers_lock_nobody_out() {
    let world = World::new().await;
    let authority = &world.authority;
    world.user("alice").await;
    let home = from("198.51.100.1");
    let login = Login { login: "alice", password: PASSWORD, code: None };
    let session = authority.log_in(login, None, false, &home).await.unwrap();
    for place in 0..200_u32 {
        let door = from(&format!("10.0.{place}.1"));
        attempt(authority, "alice", "a wrong password, long enough", &door).await;
    }
    let new = from("203.0.113.77");
    assert!(!enters(authority, "alice", &new).await, "a new place waits");
    assert!(enters(authority, "alice", &home).await, "where she has been before does not");
    assert!(authority.refresh(session.refresh.reveal(), None).await.is_ok());
    assert!(enters(authority, "alice", &new).await, "and her success clears the account's count");
}

#[tokio::test]
async fn a142_success_on_ones_own_account_washes_no_address_clean() {
    let world = World::new().await;
    let authority = &world.authority;
    for name in ["alice", "mallory"] {
        world.user(name).await;
    }
    let victims: Vec<String> = (0..30).map(|place| format!("victim{place}")).collect();
    let door = from("198.51.100.66");
    let mut paused = 0;
    for victim in &victims {
        let refusal = attempt(authority, victim, "a wrong password, long enough", &door).await;
        paused += u32::from(is_pause(&refusal));
        let _own = enters(authority, "mallory", &door).await;
    }
    assert_eq!(paused, 10, "twenty tries from one address, whatever happens between them");
}

#[tokio::test]
async fn a142_the_right_password_during_a_pause_is_answered_like_a_wrong_one() {
    let world = World::new().await;
    world.user("alice").await;
    let door = from("198.51.100.1");
    for _ in 0..5 {
        attempt(&world.authority, "alice", "a wrong password, long enough", &door).await;
    }
    let wrong = attempt(&world.authority, "alice", "a wrong password, long enough", &door).await;
    let right = attempt(&world.authority, "alice", PASSWORD, &door).await;
    assert!(is_pause(&wrong));
    assert_eq!(right, wrong);
}

#[tokio::test]
async fn a144_passwords_are_compared_byte_for_byte() {
    let world = World::new().await;
    let authority = &world.authority;
    let actor = {
        world.user("alice").await;
        world.actor("alice").await
    };
    let door = World::door();
    let long = "o".repeat(71) + "tter";
    let set = |new: String, old: String| {
        let actor = actor.clone();
        async move { authority.change_password(&actor, (&old, &new), false, &door).await }
    };
    let first = format!("{}{}", "gray otters on lamp posts and ", &long);
    set(first.clone(), PASSWORD.to_owned()).await.unwrap();
    let twin = first.get(..first.len() - 1).unwrap().to_owned() + "s";
    for wrong in [twin, format!("{first} "), format!(" {first}"), first.to_uppercase()] {
        assert_eq!(attempt(authority, "alice", &wrong, &door).await, Refusal::Unauthenticated);
    }
    for refused in ["gray\0otter on a lamp post".to_owned(), "x y".repeat(400)] {
        let outcome = set(refused, first.clone()).await;
        assert!(matches!(outcome, Err(Error::Refused(Refusal::PasswordRefused(_)))));
    }
}

#[tokio::test]
async fn logins_are_counted_by_what_came_of_them() {
    let world = World::new().await;
    let before = world.authority.logins();
    let log_in = async |login, password| {
        let login = Login { login, password, code: None };
        drop(world.authority.log_in(login, None, false, &World::door()).await);
    };
    log_in("root", PASSWORD).await;
    log_in("root", "not the password at all").await;
    log_in("nobody", PASSWORD).await;
    world.break_storage();
    log_in("root", PASSWORD).await;
    let counted = world.authority.logins().map(|count| count - before[0]);
    assert_eq!(counted, [1, 2, 0, 1]);
}

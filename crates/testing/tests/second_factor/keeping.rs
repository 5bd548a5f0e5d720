//! What is told of it, and what is kept.

use super::*;

#[tokio::test]
async fn its_user_is_told_by_mail_and_the_journal_tells_all_without_a_secret() {
    let (world, alice, phone, codes) = scene().await;
    let authority = &world.authority;
    let root = world.root().await;
    let code = phone.code(authority);
    let door = World::door();
    let new = authority.renew_recovery_codes(&alice, (PASSWORD, &code), &door).await.unwrap();
    let shown = (PASSWORD, new[0].reveal());
    authority.remove_second_factor(&alice, shown, &door).await.unwrap();
    world.phone("alice").await;
    authority.reset_second_factor(&root, id(&alice)).await.unwrap();

    let mut letters = Vec::new();
    while world.tray.count() > 0 {
        letters.push(world.tray.next().await);
    }
    let texts: Vec<&str> =
        letters.iter().map(|letter| letter.text.split(" for alice").next().unwrap()).collect();
    let on = "A second factor was switched on";
    let off = "The second factor was switched off";
    assert_eq!(texts, [on, "New recovery codes were made", off, on, off]);
    assert!(letters.iter().all(|letter| letter.to == "alice@corp.test"));

    let entries = journal(authority, &root).await;
    let told: Vec<&str> = entries.iter().rev().map(|entry| &*entry.draft.action).collect();
    let told: Vec<&str> =
        told.into_iter().filter_map(|action| action.strip_prefix("second_factor.")).collect();
    let all =
        ["enrol", "confirm", "recovery_codes", "recover", "remove", "enrol", "confirm", "reset"];
    assert_eq!(told, all);
    let text = format!("{entries:?}");
    for secret in codes.iter().chain(&new) {
        assert!(
            !text.contains(secret.reveal()) && !text.contains(&secret.reveal().replace('-', ""))
        );
    }
    assert!(!text.contains(&code));
}

#[tokio::test]
async fn what_is_shown_once_does_not_print() {
    let world = World::new().await;
    world.user("alice").await;
    let enrolment = enrol(&world, &world.actor("alice").await).await.unwrap();
    assert_eq!(format!("{enrolment:?}"), "Enrolment { secret: …, uri: … }");
    let uri = enrolment.uri.reveal();
    assert!(uri.starts_with("otpauth://totp/Chancery:alice?secret="), "{uri}");
    assert!(uri.contains(enrolment.secret.reveal()));
}

#[tokio::test]
async fn what_the_database_keeps_is_no_secret_of_anybodys() {
    let (world, _, _, codes) = scene().await;
    world.user("bob").await;
    let enrolment = enrol(&world, &world.actor("bob").await).await.unwrap();
    let phone = Phone::of(&enrolment);
    let code = phone.code(&world.authority);
    let bob = world.actor("bob").await;
    world.authority.confirm_second_factor(&bob, &code).await.unwrap();
    let path = world.file();
    let wal = path.with_file_name("chancery.db-wal");
    let file = [std::fs::read(&path).unwrap(), std::fs::read(wal).unwrap_or_default()].concat();
    let holds = |text: &str| file.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(holds("second_factor.confirm"));
    assert!(!holds(enrolment.secret.reveal()));
    let raw = totp_rs::Secret::try_from_base32(enrolment.secret.reveal()).unwrap();
    assert!(!file.windows(raw.as_bytes().len()).any(|part| part == raw.as_bytes()));
    for code in codes {
        assert!(!holds(code.reveal()) && !holds(&code.reveal().replace('-', "")));
    }
}

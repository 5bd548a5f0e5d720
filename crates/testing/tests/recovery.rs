//! Getting back in, and what a link that was mailed is still good for.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use authority::account::store::UserChange;
use authority::account::{Login, Registration};
use authority::error::{Error, Refusal};
use testing::{PASSWORD, World};

const ANOTHER: &str = "blue heron in a rowing boat";
const STRANGERS: &str = "red fox behind the bakery";
const BOB: &str = "bob@corp.test";

async fn register(world: &World, password: &str) {
    let wish = Registration { email: BOB, password, first_name: "", last_name: "" };
    world.authority.register(wish, &World::door()).await.unwrap();
}

async fn enters(world: &World, login: &str, password: &str) -> bool {
    let login = Login { login, password, code: None };
    world.authority.log_in(login, None, false, &World::door()).await.is_ok()
}

async fn set(world: &World, link: &str, password: &str) -> Result<(), Error> {
    world.authority.reset_password(link, password, false).await
}

fn is_spent<T>(outcome: &Result<T, Error>) -> bool {
    matches!(outcome, Err(Error::Refused(Refusal::LinkSpent)))
}

#[tokio::test]
async fn whoever_registers_an_address_that_a_stranger_registered_before_sets_the_password_by_mail()
{
    let world = World::new().await;
    register(&world, STRANGERS).await;
    let strangers = world.tray.next_link().await;
    register(&world, PASSWORD).await;
    let letter = world.tray.next_link().await;

    let confirmed = world.authority.confirm(&letter).await;
    assert!(is_spent(&confirmed.map(drop)), "the letter confirms nobody's password");
    set(&world, &letter, ANOTHER).await.unwrap();

    assert!(!enters(&world, BOB, STRANGERS).await);
    assert!(enters(&world, BOB, ANOTHER).await);
    let confirmed = world.authority.confirm(&strangers).await;
    assert!(is_spent(&confirmed.map(drop)), "nor does the first letter log anybody in");
    let login = Login { login: BOB, password: ANOTHER, code: None };
    let bob = world.authority.authenticate_password(login, &World::door()).await.unwrap();
    let page = authority::token::store::Page::first(9);
    let founded = world.authority.organizations(&bob, page).await.unwrap();
    assert_eq!(founded.len(), 1, "the organization of somebody who registered is founded");
}

#[tokio::test]
async fn an_invitation_of_an_unconfirmed_address_mails_a_link_that_sets_a_password() {
    let world = World::new().await;
    let (acme, _) = world.organization("Acme", "alice").await;
    register(&world, STRANGERS).await;
    world.tray.next_link().await;
    let alice = world.actor("alice").await;
    let role = authority::permission::Role::Viewer;
    world.authority.invite(&alice, acme.id, (BOB.into(), role)).await.unwrap();
    assert!(!enters(&world, BOB, STRANGERS).await);
    set(&world, &world.tray.next_link().await, ANOTHER).await.unwrap();
    assert!(!enters(&world, BOB, STRANGERS).await);
    assert!(enters(&world, BOB, ANOTHER).await);
}

#[tokio::test]
async fn a_new_password_spends_every_link_that_was_mailed_before() {
    let world = World::new().await;
    let door = World::door();
    for _ in 0..2 {
        world.authority.forgot_password("root@corp.test", &door).await.unwrap();
    }
    let (first, second) = (world.tray.next_link().await, world.tray.next_link().await);
    set(&world, &second, ANOTHER).await.unwrap();
    assert!(is_spent(&set(&world, &first, STRANGERS).await));
    assert!(enters(&world, "root", ANOTHER).await);
}

#[tokio::test]
async fn a_new_address_spends_links_to_the_old_one_which_is_told() {
    let world = World::new().await;
    let root = world.root().await;
    let (_, alice) = world.organization("Acme", "alice").await;
    let alice = alice.id;
    let old = world.authority.user(&root, alice).await.unwrap().email.unwrap();
    world.authority.forgot_password(&old, &World::door()).await.unwrap();
    let link = world.tray.next_link().await;
    let change =
        |email: &str| UserChange { email: Some(email.to_owned()), ..UserChange::default() };

    let same = world.authority.update_user(&root, alice, change(&old.to_uppercase())).await;
    assert!(same.unwrap().confirmed_at.is_some(), "another spelling is no other address");
    assert_eq!(world.tray.count(), 0);

    world.authority.update_user(&root, alice, change("alice@new.test")).await.unwrap();
    let told = world.tray.next().await;
    assert_eq!((told.to, told.subject.as_str()), (old.to_uppercase(), "Your address was changed"));
    assert!(is_spent(&set(&world, &link, STRANGERS).await));
    assert!(!enters(&world, "alice", PASSWORD).await, "the new address is not confirmed yet");
    world.authority.confirm(&world.tray.next_link().await).await.unwrap();
    assert!(enters(&world, "alice", PASSWORD).await);
}

#[tokio::test]
async fn a206_one_address_gets_only_so_many_letters_wherever_they_are_asked_for() {
    let world = World::new().await;
    let mut sent = 0;
    for host in 0..20_u8 {
        let door = authority::Door { source: [192, 0, host, 1].into() };
        let asked = world.authority.forgot_password("root@corp.test", &door).await;
        sent += u32::from(asked.is_ok());
    }
    assert_eq!(sent, 5);
}

#[tokio::test]
async fn a206_an_invitation_that_is_taken_back_and_made_again_floods_nobody() {
    let world = World::new().await;
    let (acme, _) = world.organization("Acme", "alice").await;
    let alice = world.actor("alice").await;
    let role = authority::permission::Role::Viewer;
    for _ in 0..20 {
        let invited = world.authority.invite(&alice, acme.id, (BOB.into(), role)).await;
        if let Ok((bob, _)) = invited {
            world.authority.remove_member(&alice, acme.id, bob.id).await.unwrap();
        }
    }
    assert_eq!(world.tray.count(), 5);
}

#[tokio::test]
async fn a_new_pepper_ends_no_session_and_forgets_no_failure() {
    let world = World::new().await;
    let login = Login { login: "root", password: PASSWORD, code: None };
    let opened = world.authority.log_in(login, None, false, &World::door()).await.unwrap();
    for _ in 0..6 {
        assert!(!enters(&world, "root", STRANGERS).await);
    }

    let world = world.restarted_with(&[1, 2]).await;
    assert!(!enters(&world, "root", PASSWORD).await, "the pause goes on");
    world.clock.advance(std::time::Duration::from_secs(60));
    assert!(enters(&world, "root", PASSWORD).await);
    let next = world.authority.refresh(opened.refresh.reveal(), None).await.unwrap();
    world.clock.advance(std::time::Duration::from_secs(60));
    let reused = world.authority.refresh(opened.refresh.reveal(), None).await;
    assert!(reused.is_err());
    assert!(world.authority.refresh(next.refresh.reveal(), None).await.is_err(), "reuse is seen");
}

//! Browser sessions on the core: how long a cookie is good, what ends it, what else it is not, and the
//! seals of forms.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use std::time::Duration;

use authority::Actor;
use authority::account::Login;
use authority::error::{Error, Refusal};
use authority::secret::Secret;
use authority::token::{Reason, Verdict, Wish};
use testing::{PASSWORD, World};

const NEW: &str = "violet heron in the tall reeds";
/// Without a request for so long, a session is over, or up to a minute before: its use is noted by the
/// minute.
const IDLE: u64 = 1_800;
const MINUTE: u64 = 60;
const QUARTER: u64 = 900;

async fn wait(world: &World, seconds: u64) {
    world.pass(Duration::from_secs(seconds)).await;
}

async fn opened(world: &World, username: &str) -> Secret {
    let login = Login { login: username, password: PASSWORD, code: None };
    world.authority.open_browser(login, &World::door()).await.unwrap()
}

async fn used(world: &World, cookie: &Secret) -> Result<Actor, Error> {
    world.authority.authenticate_browser(cookie.reveal()).await
}

async fn is_over(world: &World, cookie: &Secret) -> bool {
    match used(world, cookie).await {
        Ok(_) => false,
        Err(Error::Refused(Refusal::Unauthenticated)) => true,
        Err(other) => unreachable!("{other}"),
    }
}

#[tokio::test]
async fn a_cookie_is_its_user_without_the_password() {
    let world = World::new().await;
    let user = world.user("ann").await;
    let actor = used(&world, &opened(&world, "ann").await).await.unwrap();
    assert_eq!(actor.user(), Some(user.id));
    assert!(!actor.showed_password());
    assert_eq!(actor.organization(), None);
    assert_eq!(world.authority.me(&actor).await.unwrap().id, user.id);
}

#[tokio::test]
async fn a_wrong_password_opens_nothing() {
    let world = World::new().await;
    for (login, password) in [("root", NEW), ("nobody", PASSWORD), ("root", "")] {
        let login = Login { login, password, code: None };
        let refused = world.authority.open_browser(login, &World::door()).await;
        assert!(matches!(refused, Err(Error::Refused(Refusal::Unauthenticated))));
    }
}

#[tokio::test]
async fn a066_a_session_that_is_used_goes_on_and_one_that_is_not_ends() {
    let world = World::new().await;
    let (busy, idle) = (opened(&world, "root").await, opened(&world, "root").await);
    for _ in 0..3 {
        wait(&world, IDLE - 1).await;
        assert!(!is_over(&world, &busy).await);
    }
    assert!(is_over(&world, &idle).await);
    wait(&world, IDLE - 1).await;
    assert!(!is_over(&world, &busy).await);
    wait(&world, IDLE).await;
    assert!(is_over(&world, &busy).await);
    assert!(is_over(&world, &busy).await, "showing it does not bring it back");
}

#[tokio::test]
async fn a066_use_is_noted_by_the_minute() {
    for (first_use, good) in [(MINUTE, true), (MINUTE - 1, false)] {
        let world = World::new().await;
        let cookie = opened(&world, "root").await;
        wait(&world, first_use).await;
        assert!(!is_over(&world, &cookie).await);
        wait(&world, IDLE - 1).await;
        assert_eq!(is_over(&world, &cookie).await, !good);
    }
}

#[tokio::test]
async fn a066_a_session_that_is_not_used_ends_on_the_second() {
    for (seconds, over) in [(IDLE - 1, false), (IDLE, true)] {
        let world = World::new().await;
        let cookie = opened(&world, "root").await;
        wait(&world, seconds).await;
        assert_eq!(is_over(&world, &cookie).await, over);
    }
}

#[tokio::test]
async fn a065_no_use_moves_the_absolute_end() {
    let world = World::with(|policy| policy.sessions.life = authority::days(1)).await;
    let cookie = opened(&world, "root").await;
    for _ in 0..95 {
        wait(&world, QUARTER).await;
        assert!(!is_over(&world, &cookie).await);
    }
    wait(&world, QUARTER - 1).await;
    assert!(!is_over(&world, &cookie).await);
    wait(&world, 1).await;
    assert!(is_over(&world, &cookie).await);
}

#[tokio::test]
async fn a067_logging_out_ends_this_session_and_no_other() {
    let world = World::new().await;
    let (here, there) = (opened(&world, "root").await, opened(&world, "root").await);
    assert_ne!(here.reveal(), there.reveal());
    for _ in 0..2 {
        world.authority.close_browser(here.reveal()).await.unwrap();
        assert!(is_over(&world, &here).await);
    }
    world.authority.close_browser("nonsense").await.unwrap();
    assert!(!is_over(&world, &there).await);
}

#[tokio::test]
async fn a070_a_session_is_listed_to_its_user_who_ends_it_from_elsewhere() {
    let world = World::new().await;
    world.user("ann").await;
    let cookie = opened(&world, "ann").await;
    let ann = world.actor("ann").await;
    let sessions = world.authority.sessions(&ann).await.unwrap();
    let [session] = sessions.as_slice() else { unreachable!("one session") };
    let root = world.root().await;
    let refused = world.authority.end_session(&root, session.id).await;
    assert!(matches!(refused, Err(Error::Refused(Refusal::Missing(_)))));
    assert!(!is_over(&world, &cookie).await);
    world.authority.end_session(&ann, session.id).await.unwrap();
    assert!(is_over(&world, &cookie).await);
}

#[tokio::test]
async fn a_new_password_ends_every_session_but_the_one_it_was_set_from() {
    let world = World::new().await;
    let (here, there) = (opened(&world, "root").await, opened(&world, "root").await);
    let actor = used(&world, &here).await.unwrap();
    let passwords = (PASSWORD, NEW);
    world.authority.change_password(&actor, passwords, false, &World::door()).await.unwrap();
    assert!(!is_over(&world, &here).await);
    assert!(is_over(&world, &there).await);
}

#[tokio::test]
async fn a081_a_new_password_that_ends_all_tokens_ends_the_session_it_was_set_from_too() {
    let world = World::new().await;
    let (here, there) = (opened(&world, "root").await, opened(&world, "root").await);
    let actor = used(&world, &here).await.unwrap();
    let passwords = (PASSWORD, NEW);
    world.authority.change_password(&actor, passwords, true, &World::door()).await.unwrap();
    assert!(is_over(&world, &here).await);
    assert!(is_over(&world, &there).await);
}

#[tokio::test]
async fn a081_whoever_is_switched_off_or_deleted_is_out_and_stays_out() {
    let world = World::new().await;
    let (root, ann) = (world.root().await, world.user("ann").await.id);
    let cookie = opened(&world, "ann").await;
    world.authority.set_user_disabled(&root, ann, true).await.unwrap();
    assert!(is_over(&world, &cookie).await);
    world.authority.set_user_disabled(&root, ann, false).await.unwrap();
    assert!(is_over(&world, &cookie).await);
    let cookie = opened(&world, "ann").await;
    world.authority.delete_user(&root, ann).await.unwrap();
    assert!(is_over(&world, &cookie).await);
}

#[tokio::test]
async fn a005_a_cookie_is_no_bearer_and_no_refresh_token() {
    let world = World::new().await;
    let cookie = opened(&world, "root").await;
    let shown = cookie.reveal();
    let verdict = world.authority.verify(shown, &World::ANY).await.unwrap();
    assert!(matches!(verdict, Verdict::Bad(Reason::Malformed, None)), "{verdict:?}");
    assert!(world.authority.authenticate(shown, &World::VISIT).await.is_err());
    let refreshed = world.authority.refresh(shown, None).await;
    assert!(matches!(refreshed, Err(Error::Refused(Refusal::Unauthenticated))));
    assert!(!is_over(&world, &cookie).await);
}

#[tokio::test]
async fn a005_no_other_secret_is_a_cookie() {
    let world = World::new().await;
    let login = Login { login: "root", password: PASSWORD, code: None };
    let opened = world.authority.log_in(login, None, false, &World::door()).await.unwrap();
    let token = world.personal("root", Wish::default()).await;
    let brand = &world.authority.policy().brand;
    let prefix = |kind| brand.prefix(kind);
    let console = prefix(authority::secret::Kind::Console);
    let renamed = |of: &Secret, kind| of.reveal().replace(&prefix(kind), &console);
    for guess in [
        opened.access.reveal().to_owned(),
        opened.refresh.reveal().to_owned(),
        token.secret.reveal().to_owned(),
        renamed(&opened.refresh, authority::secret::Kind::Refresh),
        renamed(&token.secret, authority::secret::Kind::Personal),
        console.clone(),
        String::new(),
    ] {
        assert!(is_over(&world, &Secret::from_text(guess.clone())).await, "{guess}");
        world.authority.close_browser(&guess).await.unwrap();
    }
    assert!(world.authority.authenticate(opened.access.reveal(), &World::VISIT).await.is_ok());
}

#[tokio::test]
async fn a_session_outlives_a_restart_and_so_does_its_end() {
    let world = World::new().await;
    let (on, over) = (opened(&world, "root").await, opened(&world, "root").await);
    world.authority.close_browser(over.reveal()).await.unwrap();
    let world = world.restarted().await;
    assert!(!is_over(&world, &on).await);
    assert!(is_over(&world, &over).await);
}

#[tokio::test]
async fn a_form_is_ours_if_it_was_sealed_for_this_session() {
    let world = World::new().await;
    let (mine, theirs) = (opened(&world, "root").await, opened(&world, "root").await);
    let nonce = world.authority.form_nonce();
    assert_ne!(nonce, world.authority.form_nonce());
    let seal = world.authority.form_seal(mine.reveal(), &nonce);
    assert!(world.authority.form_is_ours(mine.reveal(), &seal));
    for other in [theirs.reveal(), "", "nonsense"] {
        assert!(!world.authority.form_is_ours(other, &seal));
    }
    let stranger = World::with(|_| ()).await;
    let elsewhere = stranger.authority.form_seal("", &nonce);
    assert!(stranger.authority.form_is_ours("", &elsewhere));
}

#[tokio::test]
async fn a_seal_of_which_one_letter_is_another_is_none_of_ours() {
    let world = World::new().await;
    let cookie = opened(&world, "root").await;
    let nonce = world.authority.form_nonce();
    let seal = world.authority.form_seal(cookie.reveal(), &nonce);
    assert_eq!(seal.len(), 64);
    let is_ours = |seal: &str| world.authority.form_is_ours(cookie.reveal(), seal);
    for (at, letter) in seal.char_indices() {
        let another = if letter == '0' { "1" } else { "0" };
        let mut altered = seal.clone();
        altered.replace_range(at..=at, another);
        assert!(!is_ours(&altered), "{altered}");
    }
    for odd in [&seal[..63], &format!("{seal}0"), &nonce, "", &"é".repeat(32)] {
        assert!(!is_ours(odd), "{odd}");
    }
}

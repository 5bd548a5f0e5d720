//! What is made of a token ends with it: at once on the node where it ended.

use authority::application::store::ServiceAccountChange;
use authority::permission::Permission;
use authority::token::store::TokenChange;
use jiff::SignedDuration;

use super::*;

/// A token of vera's with one made of it, and one made of that; both are in memory.
async fn chain(scene: &Scene) -> (Issued, [Exchanged; 2]) {
    let key = scene.key(Wish::default()).await;
    let first = scene.exchanges(key.secret.reveal()).await;
    let second = scene.exchanges(first.access.reveal()).await;
    for made in [&first, &second] {
        assert!(scene.is_good(made).await);
    }
    (key, [first, second])
}

async fn all_say(scene: &Scene, made: &[Exchanged], reason: Option<Reason>) {
    for made in made {
        assert_eq!(scene.reason(made).await, reason);
    }
}

#[tokio::test]
async fn a_revoked_token_takes_with_it_what_was_made_of_it() {
    let scene = Scene::new().await;
    let (key, made) = chain(&scene).await;
    let (_, others) = chain(&scene).await;
    let vera = scene.world.actor("vera").await;
    scene.world.authority.revoke(&vera, key.token.id).await.unwrap();
    all_say(&scene, &made, Some(Reason::Revoked)).await;
    all_say(&scene, &others, None).await;
}

#[tokio::test]
async fn what_is_made_of_a_token_is_switched_off_and_on_with_it() {
    let scene = Scene::new().await;
    let (key, made) = chain(&scene).await;
    let vera = scene.world.actor("vera").await;
    for (off, reason) in [(true, Some(Reason::Disabled)), (false, None)] {
        let change = TokenChange { disabled: Some(off), ..TokenChange::default() };
        scene.world.authority.update_token(&vera, key.token.id, change).await.unwrap();
        all_say(&scene, &made, reason).await;
    }
}

#[tokio::test]
async fn a_token_that_is_narrowed_narrows_what_was_made_of_it() {
    let scene = Scene::new().await;
    let (key, made) = chain(&scene).await;
    let vera = scene.world.actor("vera").await;
    let scopes = Scopes::parse("shop.order.get").ok();
    let change = TokenChange { scopes: scopes.clone(), ..TokenChange::default() };
    scene.world.authority.update_token(&vera, key.token.id, change).await.unwrap();
    for made in &made {
        let Verdict::Good(known) = scene.verdict(made).await else { panic!("it is good") };
        assert_eq!(Some(&known.token.scopes), scopes.as_ref());
    }
}

#[tokio::test]
async fn a_holder_who_may_less_has_tokens_that_may_less() {
    let scene = Scene::new().await;
    let (_, made) = chain(&scene).await;
    let alice = scene.world.actor("alice").await;
    let vera = scene.world.actor("vera").await.user().unwrap();
    let update = Permission::parse("shop.order.update").unwrap();
    let permits = async |permitted: bool| {
        for made in &made {
            let Verdict::Good(known) = scene.verdict(made).await else { panic!("it is good") };
            assert_eq!(known.permits(&update), permitted);
        }
    };
    permits(true).await;
    let authority = &scene.world.authority;
    authority.set_role(&alice, scene.acme, (vera, Role::Viewer)).await.unwrap();
    permits(false).await;
    authority.remove_member(&alice, scene.acme, vera).await.unwrap();
    all_say(&scene, &made, Some(Reason::Revoked)).await;
}

#[tokio::test]
async fn a050_a_suspended_organization_and_a_disabled_user_take_them_with_them() {
    let scene = Scene::new().await;
    let (_, made) = chain(&scene).await;
    let root = scene.world.root().await;
    let authority = &scene.world.authority;
    for (suspended, reason) in [(true, Some(Reason::HolderDisabled)), (false, None)] {
        authority.set_organization_suspended(&root, scene.acme, suspended).await.unwrap();
        all_say(&scene, &made, reason).await;
    }
    let vera = scene.world.actor("vera").await.user().unwrap();
    authority.set_user_disabled(&root, vera, true).await.unwrap();
    for made in &made {
        assert!(!scene.is_good(made).await);
    }
}

#[tokio::test]
async fn an_epoch_that_is_over_is_over_for_them_too() {
    let scene = Scene::new().await;
    let (_, made) = chain(&scene).await;
    let root = scene.world.root().await;
    scene.world.authority.end_organization_tokens(&root, scene.acme).await.unwrap();
    all_say(&scene, &made, Some(Reason::Revoked)).await;
}

#[tokio::test]
async fn a119_a_client_secret_and_an_accounts_token_take_with_them_what_was_obtained() {
    let scene = Scene::new().await;
    let (authority, alice) = (&scene.world.authority, scene.world.actor("alice").await);
    let shop = Holder::Application(scene.shop.id);
    let secret = scene.held_by(shop, Wish { client_secret: true, ..Wish::default() }).await;
    let robot = scene.held_by(Holder::ServiceAccount(scene.robot.id), Wish::default()).await;
    let mut made = Vec::new();
    for (id, issued) in [(scene.shop.id.uuid(), &secret), (scene.robot.id.uuid(), &robot)] {
        let shown = issued.secret.reveal();
        let client = authority.authenticate_client(id, shown, &World::VISIT).await.unwrap();
        made.push(authority.obtain(&client, &Narrowing::default()).await.unwrap());
    }
    all_say(&scene, &made, None).await;
    authority.revoke(&alice, secret.token.id).await.unwrap();
    all_say(&scene, &made[..1], Some(Reason::Revoked)).await;
    all_say(&scene, &made[1..], None).await;
    let off = ServiceAccountChange { disabled: Some(true), ..ServiceAccountChange::default() };
    authority.update_service_account(&alice, scene.robot.id, off).await.unwrap();
    assert!(!scene.is_good(&made[1]).await);
}

#[tokio::test]
async fn a_session_that_ends_takes_with_it_what_was_made_of_its_token() {
    let scene = Scene::new().await;
    let opened = scene.log_in("vera").await;
    let first = scene.exchanges(opened.access.reveal()).await;
    let made = [scene.exchanges(first.access.reveal()).await, first];
    all_say(&scene, &made, None).await;
    // A refresh leaves earlier access tokens as they are, and what was made of them.
    let refreshed = scene.world.authority.refresh(opened.refresh.reveal(), None).await.unwrap();
    all_say(&scene, &made, None).await;
    let vera = scene.world.actor("vera").await;
    scene.world.authority.end_session(&vera, refreshed.session.id).await.unwrap();
    all_say(&scene, &made, Some(Reason::Revoked)).await;
}

#[tokio::test]
async fn who_enters_another_organization_leaves_them_behind() {
    let scene = Scene::new().await;
    let (bolt, _) = scene.world.organization("Bolt", "bob").await;
    let vera = scene.world.actor("vera").await.user().unwrap();
    scene.world.join(vera, bolt.id, Role::Viewer).await;
    let opened = scene.log_in("vera").await;
    let made = scene.exchanges(opened.access.reveal()).await;
    assert!(scene.is_good(&made).await);
    let entered = Some(bolt.id);
    scene.world.authority.refresh(opened.refresh.reveal(), entered).await.unwrap();
    assert!(!scene.is_good(&made).await);
}

#[tokio::test]
async fn a_rotated_secret_ends_nothing_that_was_made_before() {
    let scene = Scene::new().await;
    let (key, made) = chain(&scene).await;
    let vera = scene.world.actor("vera").await;
    let authority = &scene.world.authority;
    authority.rotate(&vera, key.token.id, SignedDuration::ZERO).await.unwrap();
    all_say(&scene, &made, None).await;
    scene.world.pass(std::time::Duration::from_secs(120)).await;
    all_say(&scene, &made, Some(Reason::Expired)).await;
}

/// The subject is kept, and goes on; what was signed for it does not.
#[tokio::test]
async fn a101_keys_that_are_replaced_end_what_they_signed() {
    let scene = Scene::new().await;
    let (key, made) = chain(&scene).await;
    let root = scene.world.root().await;
    scene.world.authority.replace_signing_keys(&root).await.unwrap();
    all_say(&scene, &made, Some(Reason::Unknown)).await;
    assert!(scene.is_good(&scene.exchanges(key.secret.reveal()).await).await);
}

#[tokio::test]
async fn a100_a_rotated_signing_key_ends_nothing_that_it_signed() {
    let scene = Scene::new().await;
    let (key, _) = chain(&scene).await;
    let root = scene.world.root().await;
    scene.world.authority.rotate_signing_key(&root).await.unwrap();
    for _ in 0..8 {
        let made = scene.exchanges(key.secret.reveal()).await;
        scene.world.pass(std::time::Duration::from_secs(119)).await;
        assert!(scene.is_good(&made).await);
    }
}

#[tokio::test]
async fn after_a_restart_nothing_is_forgotten() {
    let scene = Scene::new().await;
    let (key, made) = chain(&scene).await;
    let (_, others) = chain(&scene).await;
    let vera = scene.world.actor("vera").await;
    scene.world.authority.revoke(&vera, key.token.id).await.unwrap();
    let scene = Scene { world: scene.world.restarted().await, ..scene };
    all_say(&scene, &made, Some(Reason::Revoked)).await;
    all_say(&scene, &others, None).await;
}

//! Nothing comes of an exchanged token that is more than it.

use authority::application::{Client, Grant, NewClient};
use authority::grant::Asked;
use authority::{Place, Refusal};
use jiff::SignedDuration;

use super::*;

#[tokio::test]
async fn an_exchanged_token_makes_no_kept_ones_and_rotates_none() {
    let scene = Scene::new().await;
    let authority = &scene.world.authority;
    let key = scene.world.key("alice", scene.acme, Wish::default()).await;
    let session = scene.log_in("alice").await;
    for subject in [&key.secret, &session.access] {
        let actor = scene.by(&scene.exchanges(subject.reveal()).await).await;
        let wish = Wish { organization: Some(scene.acme), ..Wish::default() };
        let made = authority.issue(&actor, wish).await.map(drop);
        let rotated = authority.rotate(&actor, key.token.id, SignedDuration::ZERO).await.map(drop);
        let account = (None, Role::Editor);
        let robot = authority.create_service_account_with_token(&actor, scene.acme, account);
        let client = Client {
            confidential: true,
            grant: Grant::Password,
            redirect_uris: Vec::new(),
            skips_consent: false,
        };
        let new = NewClient { name: "c".to_owned(), description: String::new(), client };
        let client = authority.create_client(&actor, scene.acme, new).await.map(drop);
        for refused in [made, rotated, robot.await.map(drop), client] {
            assert!(matches!(refused, Err(Error::Refused(Refusal::CannotBreed))), "{refused:?}");
        }
    }
}

#[tokio::test]
async fn an_exchanged_token_allows_no_client_anything() {
    let scene = Scene::new().await;
    let authority = &scene.world.authority;
    let session = scene.log_in("alice").await;
    let alice = authority.authenticate(session.access.reveal(), &World::VISIT).await.unwrap();
    let redirect = "https://a.test/cb";
    let client = Client {
        confidential: true,
        grant: Grant::Code,
        redirect_uris: vec![redirect.to_owned()],
        skips_consent: false,
    };
    let new = NewClient { name: "codes".to_owned(), description: String::new(), client };
    let (codes, _) = authority.create_client(&alice, scene.acme, new).await.unwrap();
    let (id, scopes) = (codes.id.to_string(), Scopes::all());
    let asked = Asked {
        response_type: Some("code"),
        client_id: Some(&id),
        redirect_uri: Some(redirect),
        scopes: Some(&scopes),
        challenge: None,
        method: None,
    };
    let considered = authority.consider(asked).await.unwrap().unwrap();
    assert!(authority.authorize(&alice, &considered).await.is_ok());
    let exchanged = scene.by(&scene.exchanges(session.access.reveal()).await).await;
    let refused = authority.authorize(&exchanged, &considered).await;
    assert!(matches!(refused, Err(Error::Refused(Refusal::CannotBreed))));
}

#[tokio::test]
async fn an_exchanged_token_is_no_person_with_a_token_of_their_own() {
    let scene = Scene::new().await;
    let personal = scene.world.personal("vera", Wish::default()).await;
    let authority = &scene.world.authority;
    assert!(authority.authenticate_person(personal.secret.reveal(), &World::VISIT).await.is_ok());
    let made = scene.exchanges(personal.secret.reveal()).await;
    assert!(authority.authenticate_person(made.access.reveal(), &World::VISIT).await.is_err());
}

#[tokio::test]
async fn what_an_exchanged_token_does_is_entered_under_the_token_it_was_made_of() {
    let scene = Scene::new().await;
    let key = scene.world.key("alice", scene.acme, Wish::default()).await;
    let actor = scene.by(&scene.exchanges(key.secret.reveal()).await).await;
    let authority = &scene.world.authority;
    let made = authority.create_application(&actor, scene.acme, ("depot", "", None), None);
    let made = made.await.unwrap();
    let alice = scene.world.actor("alice").await;
    let filter = authority::journal::EntryFilter::default();
    let told = authority.journal(&alice, Some(scene.acme), filter, (None, 9)).await.unwrap();
    let entry = told.iter().find(|entry| entry.draft.target.id == made.id.uuid()).unwrap();
    assert_eq!(entry.draft.by.token, Some(key.token.id));
}

#[tokio::test]
async fn an_exchanged_token_does_what_its_scopes_and_its_holder_may_and_no_more() {
    let scene = Scene::new().await;
    let key = scene.world.key("alice", scene.acme, Wish::default()).await;
    let made = scene.tries(key.secret.reveal(), &reading()).await.unwrap();
    let actor = scene.by(&made).await;
    let authority = &scene.world.authority;
    let create = authority::permission::Permission::TOKEN_CREATE;
    let place = Place::In(scene.acme);
    assert!(authority.allow(&actor, &create, place).await.is_err());
    let read = authority::permission::Permission::TOKEN_READ;
    assert!(authority.allow(&actor, &read, place).await.is_ok());
    let (bolt, _) = scene.world.organization("Bolt", "bob").await;
    assert!(authority.allow(&actor, &read, Place::In(bolt.id)).await.is_err());
}

#[tokio::test]
async fn an_exchanged_token_is_not_revoked_by_itself_and_revokes_nothing_else() {
    let scene = Scene::new().await;
    let authority = &scene.world.authority;
    let key = scene.key(Wish::default()).await;
    let session = scene.log_in("vera").await;
    let vera = scene.world.actor("vera").await;
    for subject in [&key.secret, &session.access] {
        let made = scene.exchanges(subject.reveal()).await;
        let refused = authority.revoke_presented(&vera, made.access.reveal()).await;
        assert!(matches!(refused, Err(Error::Refused(Refusal::NotKept))));
        let verdict = authority.verify(subject.reveal(), &World::ANY).await.unwrap();
        assert!(matches!(verdict, Verdict::Good(_)), "what it was made of is as it was");
    }
    scene.world.organization("Bolt", "bob").await;
    let bob = scene.world.actor("bob").await;
    let made = scene.exchanges(key.secret.reveal()).await;
    assert!(authority.revoke_presented(&bob, made.access.reveal()).await.is_ok(), "none of his");
}

//! What is exchanged for what, and by whom.

use std::time::Duration;

use authority::Refusal;
use authority::journal::{EntryFilter, Who};
use jiff::SignedDuration;

use super::*;

#[tokio::test]
async fn every_kind_that_bears_is_exchanged_and_what_is_made_is_its_holders() {
    let scene = Scene::new().await;
    let shop = Holder::Application(scene.shop.id);
    let robot = Holder::ServiceAccount(scene.robot.id);
    let kept = [
        scene.key(Wish::default()).await,
        scene.world.personal("vera", Wish::default()).await,
        scene.held_by(shop, Wish::default()).await,
        scene.held_by(robot, Wish::default()).await,
    ];
    let own = scene.log_in("vera").await.access;
    let first = scene.exchanges(kept[0].secret.reveal()).await.access;
    let subjects = kept.iter().map(|issued| &issued.secret).chain([&own, &first]);
    for subject in subjects {
        let Verdict::Good(of) =
            scene.world.authority.verify(subject.reveal(), &World::ANY).await.unwrap()
        else {
            panic!("the subject is good")
        };
        let made = scene.tries(subject.reveal(), &reading()).await.unwrap();
        let Verdict::Good(known) = scene.verdict(&made).await else { panic!("it is good") };
        assert_eq!((known.token.id, &known.token.scopes), (made.id, &Scopes::read()));
        assert_eq!(known.token.holder, of.token.holder);
        assert_eq!(known.token.organization, of.token.organization);
        assert_eq!(known.holder, of.holder);
        assert_eq!(made.life.as_secs(), 120);
    }
}

#[tokio::test]
async fn what_bears_nothing_or_is_not_good_is_exchanged_for_nothing() {
    let scene = Scene::new().await;
    let shop = Holder::Application(scene.shop.id);
    let secret = scene.held_by(shop, Wish { client_secret: true, ..Wish::default() }).await.secret;
    let opened = scene.log_in("vera").await;
    let dead = scene.key(Wish::default()).await;
    let vera = scene.world.actor("vera").await;
    scene.world.authority.revoke(&vera, dead.token.id).await.unwrap();
    let long = "a".repeat(5000);
    let bad = [secret.reveal(), opened.refresh.reveal(), dead.secret.reveal(), "tkat_a.b.c", &long];
    for subject in bad.into_iter().chain(["", "tkak_nonsense"]) {
        let refused = scene.tries(subject, &Narrowing::default()).await;
        assert!(matches!(refused, Err(Error::Refused(Refusal::GrantRefused))), "{subject}");
    }
}

#[tokio::test]
async fn a035_a_counted_token_is_exchanged_for_nothing_and_loses_no_use() {
    let scene = Scene::new().await;
    let once = scene.key(Wish { uses: Some(1), ..Wish::default() }).await;
    let refused = scene.tries(once.secret.reveal(), &Narrowing::default()).await;
    assert!(matches!(refused, Err(Error::Refused(Refusal::CannotBreed))));
    let verdict = scene.world.authority.verify(once.secret.reveal(), &World::ANY).await.unwrap();
    assert!(matches!(verdict, Verdict::Good(_)), "its use is still there");
}

#[tokio::test]
async fn what_is_made_ends_no_later_than_its_subject_and_the_secret_that_was_shown() {
    let scene = Scene::new().await;
    let end = scene.world.authority.now() + SignedDuration::from_secs(50);
    let short = scene.key(Wish { expires_at: Some(end), ..Wish::default() }).await;
    assert_eq!(scene.exchanges(short.secret.reveal()).await.life.as_secs(), 50);

    let key = scene.key(Wish::default()).await;
    let vera = scene.world.actor("vera").await;
    let overlap = SignedDuration::from_secs(30);
    scene.world.authority.rotate(&vera, key.token.id, overlap).await.unwrap();
    let made = scene.exchanges(key.secret.reveal()).await;
    assert_eq!(made.life.as_secs(), 30);
    scene.world.pass(Duration::from_secs(29)).await;
    assert!(scene.is_good(&made).await);
    let next = scene.exchanges(made.access.reveal()).await;
    assert_eq!(next.life.as_secs(), 1, "no exchange gains time");
    scene.world.pass(Duration::from_secs(1)).await;
    for over in [&made, &next] {
        assert_eq!(scene.reason(over).await, Some(Reason::Expired));
    }
}

#[tokio::test]
async fn a_token_is_good_for_its_own_audience_and_nowhere_else() {
    let scene = Scene::new().await;
    let authority = &scene.world.authority;
    let key = scene.key(Wish::default()).await;
    let made = scene.tries(key.secret.reveal(), &aimed_at("https://shop.test")).await.unwrap();
    assert_eq!(scene.reason(&made).await, Some(Reason::Audience));
    let refused = authority.authenticate(made.access.reveal(), &World::VISIT).await;
    assert!(matches!(refused, Err(Error::Refused(Refusal::Unauthenticated))));
    // Whoever is told of it judges by its audience.
    let alice = scene.world.actor("alice").await;
    let known =
        authority.introspect(&alice, made.access.reveal(), &World::ANY).await.unwrap().unwrap();
    assert!(known.token.is_for("https://shop.test"));
    assert!(!known.token.is_for("https://shop.test/") && !known.token.is_for("depot"));
    // It can be narrowed, but not turned to another.
    assert!(scene.tries(made.access.reveal(), &reading()).await.is_ok());
    let issuer = authority.policy().issuer.clone();
    for other in ["depot", &issuer, "https://shop.test/"] {
        let refused = scene.tries(made.access.reveal(), &aimed_at(other)).await;
        let Err(Error::Refused(Refusal::Invalid { field, .. })) = refused else {
            panic!("{other} is another audience")
        };
        assert_eq!(field, "audience");
    }
}

#[tokio::test]
async fn who_acts_for_another_is_named_and_must_be_one_who_may_be_told_of_the_token() {
    let scene = Scene::new().await;
    let authority = &scene.world.authority;
    let shop = Holder::Application(scene.shop.id);
    let wish = Wish { client_secret: true, ..Wish::default() };
    let secret = scene.held_by(shop, wish).await.secret;
    let id = scene.shop.id.uuid();
    let client = authority.authenticate_client(id, secret.reveal(), &World::VISIT).await.unwrap();
    let key = scene.key(Wish::default()).await;
    let narrowing = Narrowing::default();
    let of = async |subject: &str, client: &Actor| {
        let exchange = Exchange {
            subject,
            client: Some(client),
            actor: None,
            narrowing: &narrowing,
            visit: World::VISIT,
        };
        authority.exchange(exchange).await
    };
    let made = of(key.secret.reveal(), &client).await.unwrap();
    let Verdict::Good(known) = scene.verdict(&made).await else { panic!("it is good") };
    let signed = known.token.signed.clone().unwrap();
    assert_eq!((signed.actors, signed.client), (vec![id], id.to_string()));
    // Its own token, too, but there nobody acts for another.
    let own = scene.held_by(shop, Wish::default()).await;
    let made = of(own.secret.reveal(), &client).await.unwrap();
    let Verdict::Good(known) = scene.verdict(&made).await else { panic!("it is good") };
    assert!(known.token.signed.clone().unwrap().actors.is_empty());

    scene.world.organization("Bolt", "bob").await;
    let bobs = scene.world.personal("bob", Wish::default()).await;
    let refused = of(bobs.secret.reveal(), &client).await;
    assert!(matches!(refused, Err(Error::Refused(Refusal::GrantRefused))), "a foreign token");
    scene.world.member("will", scene.acme, Role::Viewer).await;
    let will = scene.world.actor("will").await;
    let robots = scene.held_by(Holder::ServiceAccount(scene.robot.id), Wish::default()).await;
    let refused = of(robots.secret.reveal(), &will).await;
    assert!(matches!(refused, Err(Error::Refused(Refusal::NotPermitted(_)))), "{refused:?}");
}

#[tokio::test]
async fn each_who_acts_in_turn_is_named_the_present_one_first() {
    let scene = Scene::new().await;
    let key = scene.key(Wish::default()).await;
    let (alice, root) = (scene.world.actor("alice").await, scene.world.root().await);
    let narrowing = Narrowing::default();
    let mut text = key.secret;
    for actor in [&alice, &alice, &root] {
        let exchange = Exchange {
            subject: text.reveal(),
            client: None,
            actor: Some(actor),
            narrowing: &narrowing,
            visit: World::VISIT,
        };
        text = scene.world.authority.exchange(exchange).await.unwrap().access;
    }
    let verdict = scene.world.authority.verify(text.reveal(), &World::ANY).await.unwrap();
    let Verdict::Good(known) = verdict else { panic!("it is good") };
    let named = [&root, &alice].map(|actor| actor.user().unwrap().uuid());
    assert_eq!(known.token.signed.clone().unwrap().actors, named);
}

#[tokio::test]
async fn an_exchange_is_entered_or_does_not_happen() {
    let scene = Scene::new().await;
    let key = scene.key(Wish::default()).await;
    let made = scene.tries(key.secret.reveal(), &aimed_at("shop")).await.unwrap();
    let alice = scene.world.actor("alice").await;
    let filter =
        EntryFilter { action: Some("token.exchange".to_owned()), ..EntryFilter::default() };
    let told = scene.world.authority.journal(&alice, Some(scene.acme), filter, (None, 9));
    let told = told.await.unwrap();
    let [entry] = told.as_slice() else { panic!("{told:?}") };
    let draft = &entry.draft;
    assert_eq!((draft.target.id, draft.by.token), (made.id.uuid(), Some(key.token.id)));
    assert!(matches!(draft.by.who, Who::User(_)));
    let said: Vec<_> = draft.detail.keys().map(String::as_str).collect();
    assert_eq!(said, ["audience", "client", "expires_at", "scopes"]);
    let secret = made.access.reveal();
    assert!(!format!("{entry:?}").contains(secret.rsplit('.').next().unwrap()));

    scene.world.break_writing();
    let refused = scene.tries(key.secret.reveal(), &Narrowing::default()).await;
    assert!(matches!(refused, Err(Error::Unavailable(_))));
}

#[tokio::test]
async fn a115_a_client_that_obtains_tokens_of_people_obtains_none_of_its_own() {
    use authority::application::{Client, Grant, NewClient};
    let scene = Scene::new().await;
    let (authority, alice) = (&scene.world.authority, scene.world.actor("alice").await);
    let narrowing = Narrowing::default();
    let obtain = async |id, secret: &str| {
        let client = authority.authenticate_client(id, secret, &World::VISIT).await.unwrap();
        authority.obtain(&client, &narrowing).await
    };
    let client = Client {
        confidential: true,
        grant: Grant::Code,
        redirect_uris: vec!["https://a.test/cb".to_owned()],
        skips_consent: false,
    };
    let new = NewClient { name: "codes".to_owned(), description: String::new(), client };
    let (codes, secret) = authority.create_client(&alice, scene.acme, new).await.unwrap();
    let refused = obtain(codes.id.uuid(), secret.unwrap().reveal()).await;
    assert!(matches!(refused, Err(Error::Refused(Refusal::GrantNotAllowed))));

    let shop = Holder::Application(scene.shop.id);
    let wish = Wish { client_secret: true, ..Wish::default() };
    let secret = scene.held_by(shop, wish.clone()).await.secret;
    assert!(obtain(scene.shop.id.uuid(), secret.reveal()).await.is_ok());
    let counted = scene.held_by(shop, Wish { uses: Some(3), ..wish }).await.secret;
    let refused = obtain(scene.shop.id.uuid(), counted.reveal()).await;
    assert!(matches!(refused, Err(Error::Refused(Refusal::GrantNotAllowed))));
    let robot = scene.held_by(Holder::ServiceAccount(scene.robot.id), Wish::default()).await.secret;
    let made = obtain(scene.robot.id.uuid(), robot.reveal()).await.unwrap();
    assert_eq!(scene.by(&made).await.holder(), Holder::ServiceAccount(scene.robot.id));
    let by_password = authority.obtain(&alice, &narrowing).await;
    assert!(matches!(by_password, Err(Error::Refused(Refusal::Unauthenticated))));
}

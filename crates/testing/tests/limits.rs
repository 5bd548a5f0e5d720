//! What bounds a token's use: networks, rates, a beginning. Whatever is refused takes nothing.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::time::Duration;

use authority::application::{Client, Grant, NewClient};
use authority::demand::Demand;
use authority::error::Refusal;
use authority::journal::EntryFilter;
use authority::permission::Permission;
use authority::scope::Scopes;
use authority::token::{
    Asked, Exchange, Issued, Limits, Narrowing, Networks, Rate, Reason, Surface, Verdict, Visit,
    Wish,
};
use authority::{Actor, Error};
use testing::World;

fn from(source: &str) -> Asked<'static> {
    let source = Some(source.parse().unwrap());
    Asked::of(Visit { source, ..Visit::through(Surface::Check) })
}

fn bound_to(networks: &str) -> Wish {
    let networks = Networks::parse(networks).unwrap();
    Wish { limits: Limits { networks, ..Limits::default() }, ..Wish::default() }
}

fn at_most(requests: u32, seconds: u32) -> Wish {
    let rate = Some(Rate::new(requests, seconds).unwrap());
    Wish { limits: Limits { rate, ..Limits::default() }, ..Wish::default() }
}

/// Why a token is not good, if it is not.
async fn asks(world: &World, issued: &Issued, asked: &Asked<'_>) -> Option<Reason> {
    match world.authority.verify(issued.secret.reveal(), asked).await.unwrap() {
        Verdict::Good(_) => None,
        Verdict::Bad(reason, _) => Some(reason),
    }
}

async fn acting(world: &World, issued: &Issued, source: &str) -> Result<Actor, Error> {
    let visit = from(source).visit;
    world.authority.authenticate(issued.secret.reveal(), &visit).await
}

#[tokio::test]
async fn a_token_that_is_bound_to_networks_is_good_from_there_only() {
    let world = World::new().await;
    let issued = world.personal("root", bound_to("192.0.2.0/24 2001:db8::/32")).await;
    for _ in 0..2 {
        assert_eq!(asks(&world, &issued, &from("192.0.2.9")).await, None);
        assert_eq!(asks(&world, &issued, &from("2001:db8::9")).await, None);
        assert_eq!(asks(&world, &issued, &from("192.0.3.9")).await, Some(Reason::Address));
        assert_eq!(asks(&world, &issued, &World::ANY).await, Some(Reason::Address));
    }
    assert!(acting(&world, &issued, "192.0.2.9").await.is_ok());
    let refused = acting(&world, &issued, "192.0.3.9").await;
    assert!(matches!(refused, Err(Error::Refused(Refusal::Unauthenticated))), "{refused:?}");
}

#[tokio::test]
async fn a_token_makes_and_rotates_none_that_is_good_in_more_networks_than_itself() {
    let world = World::new().await;
    let free = world.personal("root", Wish::default()).await;
    let bound = world.personal("root", bound_to("192.0.2.0/24")).await;
    let actor = acting(&world, &bound, "192.0.2.9").await.unwrap();
    let issue = async |wish| world.authority.issue(&actor, wish).await;

    let heir = issue(Wish::default()).await.unwrap();
    assert_eq!(heir.token.limits, bound.token.limits);
    let inner = issue(bound_to("192.0.2.128/25 192.0.2.1")).await.unwrap();
    assert_eq!(inner.token.limits.networks.to_string(), "192.0.2.1/32 192.0.2.128/25");
    for wider in ["192.0.0.0/16", "192.0.2.0/24 198.51.100.1", "::/0"] {
        let refused = issue(bound_to(wider)).await;
        assert!(matches!(refused, Err(Error::Refused(Refusal::NetworkBeyond))), "{refused:?}");
    }
    let overlap = jiff::SignedDuration::ZERO;
    let refused = world.authority.rotate(&actor, free.token.id, overlap).await;
    assert!(matches!(refused, Err(Error::Refused(Refusal::NetworkBeyond))), "{refused:?}");
    assert!(world.authority.rotate(&actor, bound.token.id, overlap).await.is_ok());
}

fn a_confidential_client(name: &str) -> NewClient {
    let (grant, redirect_uris) = (Grant::Password, Vec::new());
    let client = Client { confidential: true, grant, redirect_uris, skips_consent: false };
    NewClient { name: name.to_owned(), description: String::new(), client }
}

#[tokio::test]
async fn the_secret_of_a_new_client_is_for_no_more_and_good_nowhere_else_than_what_makes_it() {
    let world = World::new().await;
    let (works, _) = world.organization("Works", "olga").await;
    let scopes = Scopes::parse(&Permission::CLIENT_UPDATE.to_string()).unwrap();
    let wish = Wish { scopes: Some(scopes.clone()), ..bound_to("192.0.2.0/24") };
    let key = world.key("olga", works.id, wish).await;
    let actor = acting(&world, &key, "192.0.2.9").await.unwrap();
    let new = a_confidential_client("web");
    let (client, secret) = world.authority.create_client(&actor, works.id, new).await.unwrap();
    let (id, secret) = (client.id.uuid(), secret.unwrap());
    let shows = async |source: &str| {
        let visit = from(source).visit;
        world.authority.authenticate_client(id, secret.reveal(), &visit).await
    };
    assert_eq!(*shows("192.0.2.9").await.unwrap().scopes(), scopes);
    let refused = shows("198.51.100.1").await;
    assert!(matches!(refused, Err(Error::Refused(Refusal::Unauthenticated))), "{refused:?}");
}

#[tokio::test]
async fn a_counted_token_makes_no_client_with_a_secret_and_keeps_its_use() {
    let world = World::new().await;
    let (works, _) = world.organization("Works", "olga").await;
    let key = world.key("olga", works.id, Wish { uses: Some(1), ..Wish::default() }).await;
    let actor = acting(&world, &key, "192.0.2.9").await.unwrap();
    let refused = world.authority.create_client(&actor, works.id, a_confidential_client("w")).await;
    assert!(matches!(refused, Err(Error::Refused(Refusal::CannotBreed))), "{refused:?}");
    assert_eq!(asks(&world, &key, &World::ANY).await, None);
}

#[tokio::test]
async fn a_token_with_a_rate_gets_it_at_once_and_then_evenly_and_its_neighbour_is_not_slowed() {
    let world = World::new().await;
    let issued = world.personal("root", at_most(100, 60)).await;
    let neighbour = world.personal("root", Wish::default()).await;
    let good = async |asked: usize| {
        let mut good = 0;
        for _ in 0..asked {
            match asks(&world, &issued, &World::ANY).await {
                None => good += 1,
                Some(reason) => assert_eq!(reason, Reason::Rate),
            }
            assert_eq!(asks(&world, &neighbour, &World::ANY).await, None);
        }
        good
    };
    assert_eq!(good(150).await, 100);
    world.pass(Duration::from_millis(599)).await;
    assert_eq!(good(5).await, 0);
    world.pass(Duration::from_millis(1)).await;
    assert_eq!(good(5).await, 1);
    world.pass(Duration::from_secs(60)).await;
    assert_eq!(good(150).await, 100);
}

#[tokio::test]
async fn what_is_used_of_a_rate_outlives_a_forgetting_and_holds_on_every_surface() {
    let world = World::new().await;
    let issued = world.personal("root", at_most(3, 60)).await;
    assert_eq!(asks(&world, &issued, &World::ANY).await, None);
    let root = world.root().await;
    let label = Some("other".to_owned());
    let change = authority::token::store::TokenChange { label, ..Default::default() };
    world.authority.update_token(&root, issued.token.id, change).await.unwrap();
    assert!(acting(&world, &issued, "192.0.2.9").await.is_ok());
    let mut asker = world.authority.asker(&root).await.unwrap();
    let text = issued.secret.reveal();
    let verdict = world.authority.verify_for(&mut asker, text, &World::ANY).await;
    assert!(matches!(verdict, Ok(Verdict::Good(_))), "{verdict:?}");

    assert_eq!(asks(&world, &issued, &World::ANY).await, Some(Reason::Rate));
    let refused = acting(&world, &issued, "192.0.2.9").await;
    let Err(Error::Refused(Refusal::TooOften { wait })) = refused else { panic!("{refused:?}") };
    assert_eq!(wait, Duration::from_secs(20));
    let secret = issued.secret.reveal();
    let told = world.authority.introspect(&root, secret, &World::ANY).await.unwrap();
    assert!(told.is_some(), "introspection takes nothing");
}

#[tokio::test]
async fn an_exchange_that_is_refused_takes_nothing_of_a_rate() {
    let world = World::new().await;
    let scopes = Some(Scopes::parse("read").unwrap());
    let issued = world.personal("root", Wish { scopes, ..at_most(1, 60) }).await;
    let exchanges = async |narrowing: &Narrowing| {
        let subject = issued.secret.reveal();
        let exchange =
            Exchange { subject, client: None, actor: None, narrowing, visit: World::VISIT };
        world.authority.exchange(exchange).await.map(drop)
    };
    let wide = Narrowing { scopes: Some(Scopes::all()), audiences: None };
    let refused = exchanges(&wide).await;
    assert!(matches!(refused, Err(Error::Refused(Refusal::ScopeBeyond(_)))), "{refused:?}");
    exchanges(&Narrowing::default()).await.unwrap();
    let refused = exchanges(&Narrowing::default()).await;
    assert!(matches!(refused, Err(Error::Refused(Refusal::TooOften { .. }))), "{refused:?}");
}

#[tokio::test]
async fn a_refused_request_takes_nothing_of_a_rate_and_a_token_with_one_makes_no_tokens() {
    let world = World::new().await;
    let scopes = Some(Scopes::parse("read").unwrap());
    let issued = world.personal("root", Wish { scopes, ..at_most(1, 60) }).await;
    let demand = Demand::parse("shop.order.create").unwrap();
    for _ in 0..3 {
        let asked = World::ANY.demanding(Some(&demand));
        assert_eq!(asks(&world, &issued, &asked).await, Some(Reason::Scope));
    }
    assert_eq!(asks(&world, &issued, &World::ANY).await, None);
    assert_eq!(asks(&world, &issued, &World::ANY).await, Some(Reason::Rate));

    let issued = world.personal("root", at_most(9, 60)).await;
    let actor = acting(&world, &issued, "192.0.2.9").await.unwrap();
    let refused = world.authority.issue(&actor, Wish::default()).await;
    assert!(matches!(refused, Err(Error::Refused(Refusal::CannotBreed))), "{refused:?}");
}

#[tokio::test]
async fn a_token_is_no_good_before_its_beginning_to_the_microsecond() {
    let world = World::new().await;
    let begin = world.authority.now() + Duration::from_secs(60);
    let limits = Limits { not_before: Some(begin), ..Limits::default() };
    let issued = world.personal("root", Wish { limits, ..Wish::default() }).await;
    assert_eq!(asks(&world, &issued, &World::ANY).await, Some(Reason::NotYet));
    world.pass(Duration::from_micros(59_999_999)).await;
    assert_eq!(asks(&world, &issued, &World::ANY).await, Some(Reason::NotYet));
    world.pass(Duration::from_micros(1)).await;
    assert_eq!(asks(&world, &issued, &World::ANY).await, None);
}

#[tokio::test]
async fn a_beginning_that_is_no_earlier_than_the_end_is_refused() {
    let world = World::new().await;
    let end = world.authority.now() + Duration::from_secs(60);
    let limits = Limits { not_before: Some(end), ..Limits::default() };
    let wish = Wish { limits, expires_at: Some(end), ..Wish::default() };
    let refused = world.authority.issue(&world.root().await, wish).await;
    assert!(matches!(refused, Err(Error::Refused(Refusal::Invalid { .. }))), "{refused:?}");
}

#[tokio::test]
async fn limits_hold_after_a_restart_and_are_told_in_the_journal() {
    let world = World::new().await;
    let mut wish = bound_to("192.0.2.0/24");
    wish.limits.rate = Some(Rate::new(2, 60).unwrap());
    let issued = world.personal("root", wish).await;
    let world = world.restarted().await;
    assert_eq!(asks(&world, &issued, &from("192.0.3.9")).await, Some(Reason::Address));
    assert_eq!(asks(&world, &issued, &from("192.0.2.9")).await, None);
    let root = world.root().await;
    let kept = world.authority.token(&root, issued.token.id).await.unwrap().token;
    assert_eq!(kept.limits, issued.token.limits);
    let told =
        world.authority.journal(&root, None, EntryFilter::default(), (None, 50)).await.unwrap();
    let entry = told.iter().find(|entry| entry.draft.action == "token.issue").unwrap();
    let said = |name: &str| entry.draft.detail.get(name).map(String::as_str);
    assert_eq!((said("networks"), said("rate")), (Some("192.0.2.0/24"), Some("2/60")));
}

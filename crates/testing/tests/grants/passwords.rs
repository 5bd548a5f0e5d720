//! Grants by password, and by a credential of one's own.

use std::time::Duration;

use authority::account::Login;
use authority::application::Grant;
use authority::error::{Error, Refusal};
use authority::grant::{Granted, PersonalWish, ShownClient};
use authority::permission::Role;
use authority::scope::Scopes;
use authority::settings::SettingsChange;
use authority::token::store::Page;
use authority::token::{Asked, Limits, Networks, Verdict, Visit, Wish};
use testing::{PASSWORD, World};

use super::codes::asked;
use super::{Court, no};

async fn by_password(
    court: &Court,
    client: &ShownClient,
    password: &str,
) -> Result<Granted, Error> {
    let login = Login { login: "ann", password, code: None };
    court.authority().grant_by_password(client, login, Scopes::read(), &World::door()).await
}

fn wish(client: &ShownClient, scopes: Scopes) -> PersonalWish {
    PersonalWish { label: String::new(), scopes, application: Some(client.application().id) }
}

#[tokio::test]
async fn a112_passwords_are_for_clients_that_were_made_for_them() {
    let court = Court::new().await;
    for client in [&court.web, &court.native] {
        let refused = by_password(&court, client, PASSWORD).await;
        assert_eq!(no(refused), Some(Refusal::GrantNotAllowed));
    }
    assert!(by_password(&court, &court.kiosk, PASSWORD).await.is_ok());
}

#[tokio::test]
async fn a112_an_installation_may_take_no_passwords_at_all() {
    let court = Court::with(|policy| policy.grants.passwords = false).await;
    let confidential = court.another_client("other", Grant::Password).await;
    for client in [&court.kiosk, &confidential] {
        let refused = by_password(&court, client, PASSWORD).await;
        assert_eq!(no(refused), Some(Refusal::GrantNotAllowed));
    }
}

#[tokio::test]
async fn a140_wrong_passwords_are_slowed_through_this_door_too() {
    let court = Court::new().await;
    let mut outcomes = Vec::new();
    for _ in 0..20 {
        outcomes.push(no(by_password(&court, &court.kiosk, "no otter on a lamp post").await));
    }
    assert_eq!(outcomes.first(), Some(&Some(Refusal::Unauthenticated)));
    assert!(matches!(outcomes.last(), Some(Some(Refusal::TooManyAttempts { .. }))));
    let right = no(by_password(&court, &court.kiosk, PASSWORD).await);
    assert!(matches!(right, Some(Refusal::TooManyAttempts { .. })));
    let login = Login { login: "ann", password: PASSWORD, code: None };
    let elsewhere = no(court.authority().log_in(login, None, false, &World::door()).await);
    assert!(matches!(elsewhere, Some(Refusal::TooManyAttempts { .. })), "one throttle for all");
}

#[tokio::test]
async fn nobody_is_granted_anything_who_is_switched_off_or_kept_by_somebody_else() {
    let court = Court::new().await;
    court.authority().set_user_disabled(&court.root, court.ann, true).await.unwrap();
    let refused = by_password(&court, &court.kiosk, PASSWORD).await;
    assert_eq!(no(refused), Some(Refusal::Unauthenticated));
    court.authority().set_user_disabled(&court.root, court.ann, false).await.unwrap();
    let change = authority::account::store::UserChange {
        provider: Some(Some("saml".to_owned())),
        ..Default::default()
    };
    court.authority().update_user(&court.root, court.ann, change).await.unwrap();
    let refused = by_password(&court, &court.kiosk, PASSWORD).await;
    assert_eq!(no(refused), Some(Refusal::ExternalAccount));
    let ann = court.world.actor("ann").await;
    for application in [None, Some(court.kiosk.application().id)] {
        let wish = PersonalWish { application, ..wish(&court.kiosk, Scopes::read()) };
        let refused = court.authority().issue_personal(&ann, wish).await;
        assert_eq!(no(refused), Some(Refusal::ExternalAccount));
    }
    let change = SettingsChange { external_users: Some(true), ..SettingsChange::default() };
    court.authority().change_settings(&court.root, change).await.unwrap();
    assert!(by_password(&court, &court.kiosk, PASSWORD).await.is_ok());
}

#[tokio::test]
async fn a036_one_holder_has_as_many_as_policy_says_whatever_way_they_came() {
    let court = Court::with(|policy| policy.tokens.most_per_holder = Some(3)).await;
    let first = by_password(&court, &court.kiosk, PASSWORD).await.unwrap();
    let ann = court.world.actor("ann").await;
    let bare = PersonalWish { application: None, ..wish(&court.web, Scopes::read()) };
    court.authority().issue_personal(&ann, bare.clone()).await.unwrap();
    court.authority().issue_personal(&ann, wish(&court.web, Scopes::read())).await.unwrap();
    let full = Some(Refusal::TooManyTokens(3));
    assert_eq!(no(by_password(&court, &court.kiosk, PASSWORD).await), full);
    for wish in [bare, wish(&court.web, Scopes::read())] {
        assert_eq!(no(court.authority().issue_personal(&ann, wish).await), full);
    }
    let next = court.refresh(&first).await.unwrap();
    assert_eq!(no(by_password(&court, &court.kiosk, PASSWORD).await), full);
    court.authority().revoke(&ann, next.token.id).await.unwrap();
    assert!(by_password(&court, &court.kiosk, PASSWORD).await.is_ok());
}

#[tokio::test]
async fn a_token_that_one_makes_through_a_client_is_refreshed_by_that_client() {
    let court = Court::new().await;
    let ann = court.world.actor("ann").await;
    let made = court.authority().issue_personal(&ann, wish(&court.kiosk, Scopes::write())).await;
    let made = made.unwrap();
    assert_eq!(made.token.application, Some(court.kiosk.application().id));
    assert!(court.is_live(&made).await);
    let next = court.refresh(&made).await.unwrap();
    assert!(court.is_live(&next).await && !court.is_live(&made).await);
    let bare = PersonalWish { application: None, ..wish(&court.kiosk, Scopes::write()) };
    let bare = court.authority().issue_personal(&ann, bare).await.unwrap();
    assert!(bare.refresh.is_none() && bare.token.application.is_none());
}

#[tokio::test]
async fn a021_a_token_makes_none_that_may_more_or_lives_longer() {
    let court = Court::new().await;
    let ends = court.authority().now() + authority::days(1);
    let scopes = Some(Scopes::parse("authority.self.* shop.*").unwrap());
    let narrow = Wish { scopes, expires_at: Some(ends), ..Wish::default() };
    let token = court.world.personal("ann", narrow).await;
    let actor = court.authority().authenticate(token.secret.reveal(), &World::VISIT).await.unwrap();
    for application in [None, Some(court.kiosk.application().id)] {
        let wish = |scopes| PersonalWish { application, ..wish(&court.kiosk, scopes) };
        let refused = court.authority().issue_personal(&actor, wish(Scopes::read())).await;
        assert!(matches!(no(refused), Some(Refusal::ScopeBeyond(_))));
    }
    let mine = Scopes::parse("shop.order.get").unwrap();
    let bare = PersonalWish { application: None, ..wish(&court.kiosk, mine) };
    let made = court.authority().issue_personal(&actor, bare).await.unwrap();
    assert_eq!(made.token.expires_at, Some(ends));
    assert_eq!(made.token.parent, Some(token.token.id));
}

#[tokio::test]
async fn a022_a_token_that_looks_or_is_counted_or_bound_makes_none() {
    let court = Court::new().await;
    let amy = court.world.member("amy", court.works, Role::Admin).await;
    let looks = Wish { scopes: Some(Scopes::read()), ..Wish::default() };
    let counted = Wish { uses: Some(9), ..Wish::default() };
    let made = [
        court.world.personal("amy", looks).await,
        court.world.personal("amy", counted).await,
        court.world.key("amy", court.works, Wish::default()).await,
    ];
    let kept = async || {
        let actor = court.world.actor("amy").await;
        court.authority().own_tokens(&actor, Page::first(100)).await.unwrap().len()
    };
    let before = kept().await;
    for issued in made {
        let actor =
            court.authority().authenticate(issued.secret.reveal(), &World::VISIT).await.unwrap();
        assert_eq!(actor.user(), Some(amy.id));
        for application in [None, Some(court.kiosk.application().id)] {
            let wish = PersonalWish { application, ..wish(&court.kiosk, Scopes::read()) };
            assert!(no(court.authority().issue_personal(&actor, wish).await).is_some());
        }
    }
    assert_eq!(kept().await, before);
}

#[tokio::test]
async fn a021_a_grant_that_was_made_with_a_token_ends_with_it_however_often_it_is_refreshed() {
    let court = Court::new().await;
    let ends = court.authority().now() + authority::days(2);
    let token = Wish { expires_at: Some(ends), ..Wish::default() };
    let token = court.world.personal("ann", token).await;
    let actor = court.authority().authenticate(token.secret.reveal(), &World::VISIT).await.unwrap();
    let made = court.authority().issue_personal(&actor, wish(&court.kiosk, Scopes::read())).await;
    let mut granted = made.unwrap();
    for _ in 0..2 {
        assert_eq!(granted.token.expires_at, Some(ends));
        assert!(court.is_live(&granted).await);
        court.world.pass(Duration::from_secs(23 * 3600)).await;
        granted = court.refresh(&granted).await.unwrap();
    }
    court.world.pass(Duration::from_secs(2 * 3600)).await;
    assert!(!court.is_live(&granted).await);
    assert!(court.refresh(&granted).await.is_err());
}

#[tokio::test]
async fn a021_a_token_that_is_bound_to_networks_makes_none_that_is_good_elsewhere() {
    let court = Court::new().await;
    let networks = Networks::parse("192.0.2.0/24").unwrap();
    let limits = Limits { networks, ..Limits::default() };
    let bound = Wish { limits: limits.clone(), ..Wish::default() };
    let token = court.world.personal("ann", bound).await;
    let visit = Visit { source: Some([192, 0, 2, 9].into()), ..World::VISIT };
    let actor = court.authority().authenticate(token.secret.reveal(), &visit).await.unwrap();
    let made = async |application| {
        let wish = PersonalWish { application, ..wish(&court.kiosk, Scopes::read()) };
        court.authority().issue_personal(&actor, wish).await.unwrap()
    };
    let granted = made(Some(court.kiosk.application().id)).await;
    let next = court.refresh(&granted).await.unwrap();
    let after = court.refresh(&next).await.unwrap();
    for made in [made(None).await, granted, next, after.clone()] {
        assert_eq!(made.token.limits, limits);
    }
    assert!(!court.is_live(&after).await, "nobody says where from");
    let inside = court.authority().verify(after.access.reveal(), &Asked::of(visit)).await;
    assert!(matches!(inside, Ok(Verdict::Good(_))), "{inside:?}");
}

#[tokio::test]
async fn a022_what_was_granted_to_an_application_makes_no_tokens_and_allows_no_codes() {
    let court = Court::new().await;
    let granted = court.granted().await;
    let actor =
        court.authority().authenticate(granted.access.reveal(), &World::VISIT).await.unwrap();
    let refused = court.authority().issue(&actor, Wish::default()).await;
    assert_eq!(no(refused), Some(Refusal::CannotBreed));
    let own = court.world.personal("ann", Wish::default()).await;
    let own = court.authority().authenticate(own.secret.reveal(), &World::VISIT).await.unwrap();
    for application in [None, Some(court.kiosk.application().id)] {
        let wish = PersonalWish { application, ..wish(&court.kiosk, Scopes::read()) };
        let refused = court.authority().issue_personal(&actor, wish).await;
        assert_eq!(no(refused), Some(Refusal::CannotBreed));
    }
    let (id, scopes) = (court.web.application().id.to_string(), Scopes::read());
    let considered = court.considered(asked(&id, &scopes)).await.unwrap();
    for actor in [actor, own] {
        let refused = court.authority().authorize(&actor, &considered).await;
        assert_eq!(no(refused), Some(Refusal::CannotBreed), "nobody is there who could allow it");
    }
}

#[tokio::test]
async fn a_client_of_an_organization_that_one_does_not_see_is_missing() {
    let court = Court::new().await;
    court.world.user("eve").await;
    let eve = court.world.actor("eve").await;
    let refused = court.authority().issue_personal(&eve, wish(&court.kiosk, Scopes::read())).await;
    assert_eq!(no(refused), Some(Refusal::Missing("application")));
}

//! How long what was granted is good, and what tidying up leaves.

use std::time::Duration;

use authority::account::store::UserChange;
use authority::days;
use authority::error::Refusal;
use authority::search::{Search, Thing};
use authority::settings::SettingsChange;

use super::{Court, no};

const DAY: Duration = Duration::from_secs(24 * 3600);

async fn set(court: &Court, change: SettingsChange) {
    court.authority().change_settings(&court.root, change).await.unwrap();
}

#[tokio::test]
async fn a066_a_refresh_token_that_was_not_used_in_time_has_expired_and_ends_nothing_else() {
    let court = Court::new().await;
    let granted = court.granted().await;
    court.world.pass(Duration::from_secs(2_628_000)).await;
    assert_eq!(no(court.refresh(&granted).await), Some(Refusal::RefreshExpired));
    assert_eq!(no(court.refresh(&granted).await), Some(Refusal::RefreshExpired));
    assert!(court.is_live(&granted).await, "the access token has a life of its own");
}

#[tokio::test]
async fn a066_each_refresh_moves_the_end_on() {
    let court = Court::new().await;
    let mut granted = court.granted().await;
    for _ in 0..4 {
        court.world.pass(Duration::from_secs(2_627_999)).await;
        granted = court.refresh(&granted).await.unwrap();
    }
    assert!(court.is_live(&granted).await);
}

#[tokio::test]
async fn a027_an_access_token_ends_when_it_says_and_the_grant_goes_on() {
    let court = Court::new().await;
    set(&court, SettingsChange { access_seconds: Some(60), ..SettingsChange::default() }).await;
    let granted = court.granted().await;
    court.world.pass(Duration::from_secs(59)).await;
    assert!(court.is_live(&granted).await);
    court.world.pass(Duration::from_secs(1)).await;
    assert!(!court.is_live(&granted).await);
    let next = court.refresh(&granted).await.unwrap();
    assert!(court.is_live(&next).await);
}

#[tokio::test]
async fn a_new_life_of_access_tokens_holds_from_the_next_one_on() {
    let court = Court::new().await;
    let before = court.granted().await;
    set(&court, SettingsChange { access_seconds: Some(60), ..SettingsChange::default() }).await;
    let after = court.granted().await;
    let now = court.authority().now();
    let life = |of: &authority::grant::Granted| of.token.expires_at.unwrap().duration_since(now);
    assert_eq!(life(&before), days(366));
    assert_eq!(life(&after).as_secs(), 60);
    assert_eq!(life(&court.refresh(&before).await.unwrap()).as_secs(), 60);
}

#[tokio::test]
async fn no_setting_makes_a_token_live_longer_than_policy_allows() {
    let court = Court::with(|policy| policy.tokens.longest_life = Some(days(2))).await;
    set(&court, SettingsChange { access_seconds: Some(259_200), ..SettingsChange::default() })
        .await;
    let granted = court.granted().await;
    let life = granted.token.expires_at.unwrap().duration_since(court.authority().now());
    assert_eq!(life, days(2));
}

#[tokio::test]
async fn a_shorter_life_of_refresh_tokens_holds_at_once() {
    let court = Court::new().await;
    let granted = court.granted().await;
    court.world.pass(Duration::from_secs(100)).await;
    set(&court, SettingsChange { refresh_seconds: Some(100), ..SettingsChange::default() }).await;
    assert_eq!(no(court.refresh(&granted).await), Some(Refusal::RefreshExpired));
    set(&court, SettingsChange { refresh_seconds: Some(101), ..SettingsChange::default() }).await;
    assert!(court.refresh(&granted).await.is_ok());
}

#[tokio::test]
async fn the_expired_token_of_an_open_grant_outlives_tidying_up_and_is_refreshed() {
    let court = Court::new().await;
    let lives = SettingsChange {
        access_seconds: Some(60),
        refresh_seconds: Some(300 * 24 * 3600),
        ..SettingsChange::default()
    };
    set(&court, lives).await;
    let label = "in the hall";
    let granted = court.granted().await;
    let change = authority::token::store::TokenChange {
        label: Some(label.to_owned()),
        ..Default::default()
    };
    court.authority().update_token(&court.root, granted.token.id, change).await.unwrap();
    court.world.pass(200 * DAY).await;
    court.authority().tidy().await.unwrap();
    let next = court.refresh(&granted).await.unwrap();
    assert!(court.is_live(&next).await);
    assert_eq!(next.token.label, label);
    // What came after it is kept as long as any other that was revoked, and no longer.
    court.world.pass(91 * DAY).await;
    court.authority().tidy().await.unwrap();
    assert!(court.refresh(&next).await.is_ok());
}

#[tokio::test]
async fn the_expired_token_of_a_grant_that_is_over_is_tidied_away() {
    let court = Court::new().await;
    set(&court, SettingsChange { access_seconds: Some(60), ..SettingsChange::default() }).await;
    let granted = court.granted().await;
    let kept = async || {
        let number = granted.token.number;
        let search = Search { count: true, ..Search::numbered(Thing::Token, number) };
        court.authority().find_tokens(&court.root, search).await.unwrap().count.unwrap()
    };
    court.world.pass(DAY).await;
    court.authority().tidy().await.unwrap();
    assert_eq!(kept().await, 1);
    court.world.pass(200 * DAY).await;
    court.authority().tidy().await.unwrap();
    assert_eq!(kept().await, 0);
    assert_eq!(no(court.refresh(&granted).await), Some(Refusal::GrantRefused));
}

#[tokio::test]
async fn an_access_token_outlives_the_tidying_of_its_refresh_token_and_can_still_be_revoked() {
    let court = Court::new().await;
    let granted = court.granted().await;
    court.world.pass(150 * DAY).await;
    court.authority().tidy().await.unwrap();
    assert!(court.is_live(&granted).await);
    assert_eq!(no(court.refresh(&granted).await), Some(Refusal::GrantRefused));
    let ann = court.world.actor("ann").await;
    court.authority().revoke(&ann, granted.token.id).await.unwrap();
    assert!(!court.is_live(&granted).await);
}

#[tokio::test]
async fn when_a_grants_token_was_used_is_written_down() {
    let court = Court::new().await;
    let granted = court.granted().await;
    court.world.pass(Duration::from_secs(5)).await;
    let used = court.authority().now();
    assert!(court.is_live(&granted).await);
    court.authority().flush_uses().await.unwrap();
    let one = Search::numbered(Thing::Token, granted.token.number);
    let found = court.authority().find_tokens(&court.root, one).await.unwrap().items;
    assert_eq!(found.first().unwrap().token.last_used_at, Some(used));
}

#[tokio::test]
async fn accounts_that_somebody_else_keeps_grant_and_refresh_only_where_settings_allow_it() {
    let court = Court::new().await;
    let granted = court.granted().await;
    let provider = Some(Some("ldap".to_owned()));
    let change = UserChange { provider, ..UserChange::default() };
    court.authority().update_user(&court.root, court.ann, change).await.unwrap();
    assert_eq!(no(court.refresh(&granted).await), Some(Refusal::ExternalAccount));
    assert!(court.is_live(&granted).await, "what they have stays");
    set(&court, SettingsChange { external_users: Some(true), ..SettingsChange::default() }).await;
    assert!(court.refresh(&granted).await.is_ok());
}

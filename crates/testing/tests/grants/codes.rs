//! Authorization codes: good once, for a while, for the client and the address that they were made for.

use std::time::Duration;

use authority::Error;
use authority::account::store::UserChange;
use authority::application::Grant;
use authority::error::Refusal;
use authority::grant::{Asked, Considered, Granted, NoCode, ShownClient};
use authority::scope::Scopes;
use authority::secret::Secret;
use authority::settings::SettingsChange;

use testing::World;

use super::{BACK, Court, at_once, no};

/// What a client asks for that does all right.
pub(crate) fn asked<'a>(client: &'a str, scopes: &'a Scopes) -> Asked<'a> {
    Asked {
        response_type: Some("code"),
        client_id: Some(client),
        redirect_uri: Some(BACK),
        scopes: Some(scopes),
        challenge: None,
        method: None,
    }
}

impl Court {
    pub(crate) async fn considered(&self, asked: Asked<'_>) -> Result<Considered, NoCode> {
        self.authority().consider(asked).await.unwrap()
    }

    /// A code that Ann gives the confidential client.
    async fn code(&self) -> Secret {
        let (id, scopes) = (self.web.application().id.to_string(), Scopes::write());
        let considered = self.considered(asked(&id, &scopes)).await.unwrap();
        let ann = self.world.actor("ann").await;
        self.authority().authorize(&ann, &considered).await.unwrap()
    }

    async fn redeem(&self, client: &ShownClient, code: &Secret) -> Result<Granted, Error> {
        self.authority().redeem(client, code.reveal(), Some(BACK), None).await
    }

    /// The confidential client refreshes.
    async fn web_refreshes(&self, granted: &Granted) -> Result<Granted, Error> {
        super::refresh(self.authority().clone(), self.web.clone(), granted.clone()).await
    }
}

#[tokio::test]
async fn a_code_is_exchanged_for_a_pair_of_what_was_allowed() {
    let court = Court::new().await;
    let granted = court.redeem(&court.web, &court.code().await).await.unwrap();
    assert!(court.is_live(&granted).await);
    assert_eq!(granted.token.scopes, Scopes::write());
    assert_eq!(granted.token.application, Some(court.web.application().id));
    assert!(court.web_refreshes(&granted).await.is_ok());
}

#[tokio::test]
async fn a109_a_code_is_good_for_its_own_client_only_and_another_does_not_spend_it() {
    let court = Court::new().await;
    let code = court.code().await;
    let other = court.another_client("other", Grant::Code).await;
    for client in [&other, &court.native] {
        let refused = court.redeem(client, &code).await;
        assert_eq!(no(refused), Some(Refusal::GrantRefused));
    }
    let refused = court.redeem(&court.kiosk, &code).await;
    assert_eq!(no(refused), Some(Refusal::GrantNotAllowed));
    assert!(court.redeem(&court.web, &code).await.is_ok());
}

#[tokio::test]
async fn a109_a_code_is_good_with_the_address_that_it_was_sent_to() {
    let court = Court::new().await;
    let code = court.code().await;
    let odd = [
        None,
        Some(""),
        Some("https://a.test/cb/"),
        Some("https://a.test/CB"),
        Some("http://a.test/cb"),
    ];
    for address in odd {
        let refused = court.authority().redeem(&court.web, code.reveal(), address, None).await;
        assert_eq!(no(refused), Some(Refusal::GrantRefused), "{address:?}");
    }
    assert!(court.redeem(&court.web, &code).await.is_ok());
}

#[tokio::test]
async fn a109_a_client_that_named_no_address_names_the_one_that_its_code_was_sent_to() {
    let court = Court::new().await;
    let (id, scopes) = (court.web.application().id.to_string(), Scopes::read());
    let bare = Asked { redirect_uri: None, ..asked(&id, &scopes) };
    let considered = court.considered(bare).await.unwrap();
    assert_eq!(considered.redirect_uri(), BACK);
    let ann = court.world.actor("ann").await;
    let code = court.authority().authorize(&ann, &considered).await.unwrap();
    for address in [None, Some(""), Some("https://evil.test/cb")] {
        let refused = court.authority().redeem(&court.web, code.reveal(), address, None).await;
        assert_eq!(no(refused), Some(Refusal::GrantRefused));
    }
    assert!(court.redeem(&court.web, &code).await.is_ok());
}

#[tokio::test]
async fn a109_a_code_ends_in_time() {
    for (seconds, good) in [(599, true), (600, false)] {
        let court = Court::new().await;
        let code = court.code().await;
        court.world.pass(Duration::from_secs(seconds)).await;
        assert_eq!(court.redeem(&court.web, &code).await.is_ok(), good);
    }
}

#[tokio::test]
async fn a109_a_new_life_of_codes_holds_from_the_next_one_on() {
    let court = Court::new().await;
    let before = court.code().await;
    let change = SettingsChange { code_seconds: Some(10), ..SettingsChange::default() };
    court.authority().change_settings(&court.root, change).await.unwrap();
    let after = court.code().await;
    court.world.pass(Duration::from_secs(10)).await;
    let refused = court.redeem(&court.web, &after).await;
    assert_eq!(no(refused), Some(Refusal::GrantRefused));
    assert!(court.redeem(&court.web, &before).await.is_ok());
}

#[tokio::test]
async fn a109_a_code_is_no_good_after_its_user_was_switched_off_even_if_on_again() {
    let court = Court::new().await;
    for again in [false, true] {
        let code = court.code().await;
        let authority = court.authority();
        authority.set_user_disabled(&court.root, court.ann, true).await.unwrap();
        if again {
            authority.set_user_disabled(&court.root, court.ann, false).await.unwrap();
        }
        let refused = court.redeem(&court.web, &code).await;
        assert_eq!(no(refused), Some(Refusal::GrantRefused), "on again: {again}");
        if !again {
            authority.set_user_disabled(&court.root, court.ann, false).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a109_a_code_is_no_good_after_its_user_ended_all_tokens_with_the_password() {
    for (ends, good) in [(true, false), (false, true)] {
        let court = Court::new().await;
        let code = court.code().await;
        let ann = court.world.actor("ann").await;
        let passwords = (testing::PASSWORD, "violet heron in the tall reeds");
        let door = testing::World::door();
        court.authority().change_password(&ann, passwords, ends, &door).await.unwrap();
        assert_eq!(court.redeem(&court.web, &code).await.is_ok(), good);
    }
}

#[tokio::test]
async fn a_code_shown_again_ends_what_was_made_of_it() {
    let court = Court::new().await;
    let code = court.code().await;
    let first = court.redeem(&court.web, &code).await.unwrap();
    let second = court.web_refreshes(&first).await.unwrap();
    assert!(court.is_live(&second).await);
    let again = court.redeem(&court.web, &code).await;
    assert_eq!(no(again), Some(Refusal::GrantRefused));
    for granted in [&first, &second] {
        assert!(!court.is_live(granted).await);
        assert!(court.web_refreshes(granted).await.is_err());
    }
}

#[tokio::test]
async fn a_used_code_in_the_hands_of_another_client_ends_nothing() {
    let court = Court::new().await;
    let code = court.code().await;
    let granted = court.redeem(&court.web, &code).await.unwrap();
    let thief = court.another_client("thief", Grant::Code).await;
    assert_eq!(no(court.redeem(&thief, &code).await), Some(Refusal::GrantRefused));
    assert!(court.is_live(&granted).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_parallel_redemptions_make_one_pair_which_does_not_outlive_them() {
    let court = Court::new().await;
    for _ in 0..10 {
        let code = court.code().await;
        let show = || {
            let (authority, client) = (court.authority().clone(), court.web.clone());
            let code = code.clone();
            async move { authority.redeem(&client, code.reveal(), Some(BACK), None).await }
        };
        let outcomes = at_once(50, show).await;
        let (won, lost): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
        assert_eq!(won.len(), 1);
        assert!(lost.into_iter().all(|lost| no(lost) == Some(Refusal::GrantRefused)));
        let pair = won.into_iter().next().unwrap().unwrap();
        assert!(!court.is_live(&pair).await);
        assert!(court.web_refreshes(&pair).await.is_err());
    }
}

#[tokio::test]
async fn a005_a_code_is_no_other_secret_and_no_other_secret_is_a_code() {
    let court = Court::new().await;
    let code = court.code().await;
    assert!(court.authority().authenticate(code.reveal(), &World::VISIT).await.is_err());
    assert!(court.authority().refresh(code.reveal(), None).await.is_err());
    let refreshed = court.authority().refresh_grant(&court.web, code.reveal(), None).await;
    assert_eq!(no(refreshed), Some(Refusal::GrantRefused));
    let granted = court.redeem(&court.web, &code).await.unwrap();
    for other in [granted.access, granted.refresh.unwrap()] {
        assert_eq!(no(court.redeem(&court.web, &other).await), Some(Refusal::GrantRefused));
    }
}

#[tokio::test]
async fn nobody_allows_more_than_the_credential_that_it_is_done_with() {
    let court = Court::new().await;
    let wish = authority::token::Wish { scopes: Some(Scopes::read()), ..Default::default() };
    let token = court.world.personal("ann", wish).await;
    let looks = court.authority().authenticate(token.secret.reveal(), &World::VISIT).await.unwrap();
    let id = court.web.application().id.to_string();
    for scopes in [Scopes::write(), Scopes::read()] {
        let considered = court.considered(asked(&id, &scopes)).await.unwrap();
        assert!(no(court.authority().authorize(&looks, &considered).await).is_some());
    }
}

#[tokio::test]
async fn accounts_that_somebody_else_keeps_allow_nothing_and_redeem_nothing() {
    let court = Court::new().await;
    let code = court.code().await;
    let provider = Some(Some("ldap".to_owned()));
    let change = UserChange { provider, ..UserChange::default() };
    court.authority().update_user(&court.root, court.ann, change).await.unwrap();
    let refused = court.redeem(&court.web, &code).await;
    assert_eq!(no(refused), Some(Refusal::ExternalAccount));
    let (id, scopes) = (court.web.application().id.to_string(), Scopes::write());
    let considered = court.considered(asked(&id, &scopes)).await.unwrap();
    let ann = court.world.actor("ann").await;
    let refused = court.authority().authorize(&ann, &considered).await;
    assert_eq!(no(refused), Some(Refusal::ExternalAccount));
}

//! What is judged before anybody is asked, and proof of possession (RFC 7636).

use authority::error::Refusal;
use authority::grant::{Asked, NoCode};
use authority::scope::Scopes;
use authority::secret::Secret;

use testing::World;

use super::codes::asked;
use super::{BACK, Court, no};

/// The example of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn with_challenge<'a>(client: &'a str, scopes: &'a Scopes) -> Asked<'a> {
    Asked { challenge: Some(CHALLENGE), method: Some("S256"), ..asked(client, scopes) }
}

/// A code that Ann gives the public client.
async fn native_code(court: &Court) -> Secret {
    let (id, scopes) = (court.native.application().id.to_string(), Scopes::read());
    let considered = court.considered(with_challenge(&id, &scopes)).await.unwrap();
    let ann = court.world.actor("ann").await;
    court.authority().authorize(&ann, &considered).await.unwrap()
}

#[tokio::test]
async fn a110_a_code_with_a_challenge_is_good_with_its_verifier_only() {
    let court = Court::new().await;
    let code = native_code(&court).await;
    let show = async |verifier: Option<&str>| {
        court.authority().redeem(&court.native, code.reveal(), Some(BACK), verifier).await
    };
    let long = "a".repeat(129);
    assert_eq!(no(show(None).await), Some(Refusal::VerifierMissing));
    for wrong in ["", CHALLENGE, &VERIFIER[..42], &VERIFIER.to_lowercase(), &long] {
        assert_eq!(no(show(Some(wrong)).await), Some(Refusal::GrantRefused), "{wrong}");
    }
    assert!(show(Some(VERIFIER)).await.is_ok());
}

#[tokio::test]
async fn a110_a_verifier_where_there_was_no_challenge_is_refused() {
    let court = Court::new().await;
    let (id, scopes) = (court.web.application().id.to_string(), Scopes::read());
    let considered = court.considered(asked(&id, &scopes)).await.unwrap();
    let ann = court.world.actor("ann").await;
    let code = court.authority().authorize(&ann, &considered).await.unwrap();
    let code = code.reveal();
    let downgraded = court.authority().redeem(&court.web, code, Some(BACK), Some(VERIFIER)).await;
    assert_eq!(no(downgraded), Some(Refusal::GrantRefused));
    assert!(court.authority().redeem(&court.web, code, Some(BACK), None).await.is_ok());
}

#[tokio::test]
async fn a110_a_public_client_asks_with_a_challenge_unless_the_installation_says_otherwise() {
    for without in [false, true] {
        let court = Court::with(|policy| policy.grants.without_challenge = without).await;
        let (id, scopes) = (court.native.application().id.to_string(), Scopes::read());
        let bare = court.considered(asked(&id, &scopes)).await;
        assert_eq!(bare.is_ok(), without);
        if let Err(refused) = bare {
            assert_eq!(refused, NoCode::Back(BACK.to_owned(), "invalid_request"));
        }
        assert!(court.considered(with_challenge(&id, &scopes)).await.is_ok());
    }
}

#[tokio::test]
async fn a110_a_challenge_that_is_none_is_refused_of_any_client() {
    let court = Court::new().await;
    let scopes = Scopes::read();
    let (short, long) = ("a".repeat(42), "a".repeat(129));
    for client in [&court.native, &court.web] {
        let id = client.application().id.to_string();
        let good = with_challenge(&id, &scopes);
        let odd = [
            Asked { challenge: Some(""), ..good },
            Asked { challenge: Some(&short), ..good },
            Asked { challenge: Some(&long), ..good },
            Asked { challenge: Some("spaces in a challenge are no good, are they? "), ..good },
            Asked { method: Some("s256"), ..good },
            Asked { method: Some("S512"), ..good },
            Asked { method: Some(""), ..good },
            Asked { challenge: None, ..good },
        ];
        for asked in odd {
            let refused = court.considered(asked).await.unwrap_err();
            assert_eq!(refused, NoCode::Back(BACK.to_owned(), "invalid_request"), "{asked:?}");
        }
    }
}

#[tokio::test]
async fn a104_nobody_is_sent_to_an_address_that_was_not_registered() {
    let court = Court::new().await;
    let (id, scopes) = (court.web.application().id.to_string(), Scopes::read());
    for address in [
        "https://a.test/cb/",
        "https://a.test/cb?x",
        "https://a.test/cb#f",
        "https://a.test/CB",
        "http://a.test/cb",
        "https://a.test:443/cb",
        "https://a.test.evil/cb",
        "https://a.test@evil/cb",
        "https://evil\\@a.test/cb",
        "//a.test/cb",
        "https://a.test/cb/../x",
        "https://a.test/%63b",
        "https://a.test./cb",
        "https://a.test/cb\n",
        "",
    ] {
        let wish = Asked { redirect_uri: Some(address), ..asked(&id, &scopes) };
        let refused = court.considered(wish).await.unwrap_err();
        assert_eq!(refused, NoCode::Unknown("redirect_uri"), "{address}");
    }
    let only = Asked { redirect_uri: None, ..asked(&id, &scopes) };
    assert_eq!(court.considered(only).await.unwrap().redirect_uri(), BACK);
}

#[tokio::test]
async fn a107_an_unknown_client_is_sent_nowhere() {
    let court = Court::new().await;
    let scopes = Scopes::read();
    let archived = court.web.application().id;
    court.authority().archive_application(&court.root, archived).await.unwrap();
    let nobody = "019b76da-a800-7404-8404-040404040404";
    for id in [&archived.to_string(), nobody, "", "web", "' OR 1=1 --"] {
        let refused = court.considered(asked(id, &scopes)).await.unwrap_err();
        assert_eq!(refused, NoCode::Unknown("client_id"));
    }
}

#[tokio::test]
async fn a111_nothing_but_a_code_is_asked_for_and_only_by_clients_that_are_sent_codes() {
    let court = Court::new().await;
    let scopes = Scopes::read();
    let web = court.web.application().id.to_string();
    let good = asked(&web, &scopes);
    let back = |error| NoCode::Back(BACK.to_owned(), error);
    for (response_type, error) in [
        (None, "invalid_request"),
        (Some("token"), "unauthorized_client"),
        (Some("id_token token"), "unsupported_response_type"),
        (Some("code token"), "unsupported_response_type"),
        (Some("CODE"), "unsupported_response_type"),
    ] {
        let refused = court.considered(Asked { response_type, ..good }).await.unwrap_err();
        assert_eq!(refused, back(error), "{response_type:?}");
    }
    let refused = court.considered(Asked { scopes: None, ..good }).await.unwrap_err();
    assert_eq!(refused, back("invalid_scope"));
    let kiosk = court.kiosk.application().id.to_string();
    let refused = court.considered(asked(&kiosk, &scopes)).await.unwrap_err();
    assert_eq!(refused, back("unauthorized_client"));
}

#[tokio::test]
async fn a_client_is_who_shows_its_own_secret() {
    let court = Court::new().await;
    let authority = court.authority();
    let web = court.web.application().id.to_string();
    let others = court.another_client("other", authority::application::Grant::Code).await;
    let token = court.world.personal("ann", authority::token::Wish::default()).await;
    let others = court.world.authority.issue(&court.root, secret_of(&others)).await.unwrap();
    for wrong in [None, Some(""), Some(token.secret.reveal()), Some(others.secret.reveal())] {
        let refused = authority.authenticate_oauth((&web, wrong), &World::VISIT).await;
        assert_eq!(no(refused), Some(Refusal::Unauthenticated));
    }
    let own = authority.issue(&court.root, secret_of(&court.web)).await.unwrap();
    assert!(
        authority
            .authenticate_oauth((&web, Some(own.secret.reveal())), &World::VISIT)
            .await
            .is_ok()
    );
    authority.revoke(&court.root, own.token.id).await.unwrap();
    let refused =
        authority.authenticate_oauth((&web, Some(own.secret.reveal())), &World::VISIT).await;
    assert_eq!(no(refused), Some(Refusal::Unauthenticated));
}

fn secret_of(client: &authority::grant::ShownClient) -> authority::token::Wish {
    authority::token::Wish {
        holder: Some(authority::token::Holder::Application(client.application().id)),
        client_secret: true,
        ..Default::default()
    }
}

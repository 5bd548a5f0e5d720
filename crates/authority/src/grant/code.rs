//! Authorization codes (RFC 6749, section 4.1) with proof of possession (RFC 7636).

use std::fmt;

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;

use super::open::may_hold;
use super::store::{Code, Ground};
use super::{Granted, ShownClient};
use crate::actor::{Actor, Place};
use crate::application::{Application, Grant};
use crate::authority::Authority;
use crate::error::{Error, Refusal};
use crate::permission::Permission;
use crate::scope::Scopes;
use crate::secret::{Kind, Presented, Secret};
use crate::token::store::Change;
use crate::token::terms::later;

/// What a browser brings to the authorization endpoint. Nothing of it is trusted.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Asked<'a> {
    /// `response_type`.
    pub response_type: Option<&'a str>,
    /// `client_id`.
    pub client_id: Option<&'a str>,
    /// `redirect_uri`.
    pub redirect_uri: Option<&'a str>,
    /// The ceilings asked for; `None` if a word of them is no scope.
    pub scopes: Option<&'a Scopes>,
    /// `code_challenge`.
    pub challenge: Option<&'a str>,
    /// `code_challenge_method`.
    pub method: Option<&'a str>,
}

/// A request for a code that may be put before its user. Made only by the core.
#[derive(Clone)]
pub struct Considered {
    client: ShownClient,
    redirect_uri: String,
    scopes: Scopes,
    challenge: Option<(String, bool)>,
}

impl fmt::Debug for Asked<'_> {
    /// Without the challenge, which may be the verifier itself.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { response_type, client_id, redirect_uri, scopes, challenge: _, method } = self;
        let mut shown = f.debug_struct("Asked");
        shown.field("response_type", response_type).field("client_id", client_id);
        shown.field("redirect_uri", redirect_uri).field("scopes", scopes).field("method", method);
        shown.finish_non_exhaustive()
    }
}

impl fmt::Debug for Considered {
    /// Without the challenge, as of [`Asked`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { client, redirect_uri, scopes, challenge: _ } = self;
        let mut shown = f.debug_struct("Considered");
        shown.field("client", client).field("redirect_uri", redirect_uri).field("scopes", scopes);
        shown.finish_non_exhaustive()
    }
}

/// Why there is no code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoCode {
    /// The client or the address to go back to is not known: nobody is sent anywhere (RFC 6749,
    /// section 4.1.2.1). Which it was.
    Unknown(&'static str),
    /// The browser goes back to this address of the client's, with this error.
    Back(String, &'static str),
}

impl Considered {
    /// Which client asks.
    pub fn application(&self) -> &Application {
        self.client.application()
    }

    /// Where the browser goes back to.
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// The ceilings that are asked for.
    pub fn scopes(&self) -> &Scopes {
        &self.scopes
    }

    /// Whether the user need not be asked.
    pub fn skips_consent(&self) -> bool {
        self.client.client.skips_consent
    }
}

impl Authority {
    /// Judges a request for a code, before anybody is asked.
    pub async fn consider(&self, asked: Asked<'_>) -> Result<Result<Considered, NoCode>, Error> {
        let client = match asked.client_id {
            Some(id) => self.client_of(id).await?,
            None => None,
        };
        let without = self.shared.policy.grants.without_challenge;
        Ok(client
            .ok_or(NoCode::Unknown("client_id"))
            .and_then(|client| consider(client, &asked, without)))
    }

    /// Gives a client a code, which its user has just allowed.
    pub async fn authorize(&self, actor: &Actor, considered: &Considered) -> Result<Secret, Error> {
        self.allow(actor, &Permission::SELF_UPDATE, Place::Oneself).await?;
        if actor.token().is_some() || actor.is_barren() {
            return Err(Refusal::CannotBreed.into());
        }
        let scopes = considered.scopes.clone();
        if let Some(scope) = scopes.first_beyond(actor.scopes()) {
            return Err(Refusal::ScopeBeyond(scope.to_string()).into());
        }
        let user = self.shared.store.user(Self::person(actor)?).await?;
        let user = user.ok_or(Refusal::Missing("user"))?;
        let settings = self.settings_now().await?;
        may_hold(&user, &settings)?;
        let now = self.now();
        let (challenge, plain) = considered.challenge.clone().unzip();
        let application = considered.application();
        let code = Code {
            id: self.mint(),
            user: user.id,
            application: application.id,
            scopes,
            redirect_uri: considered.redirect_uri.clone(),
            challenge,
            plain: plain.unwrap_or_default(),
            created_at: now,
            expires_at: later(now, settings.code_life()),
            session: None,
            born: user.epoch,
        };
        let (secret, kept) = self.make_secret(Kind::AuthorizationCode);
        let note = self
            .note(actor, "grant.allow", ("application", application.id.uuid()))
            .of(application.organization)
            .saying("scopes", code.scopes.to_string());
        match self.enrol(&[], self.shared.store.keep_code(&code, kept.digest, note)).await? {
            Change::Done => Ok(secret),
            Change::Missing => Err(Refusal::GrantRefused.into()),
        }
    }

    /// Exchanges a code for a pair of tokens, once. A code that comes back ends what was made of it
    /// (RFC 6749, section 4.1.2).
    ///
    /// # Errors
    ///
    /// [`Refusal::GrantRefused`] if the code is unknown, another client's, over or used, if the
    /// address is not the one that it was sent to, or the verifier is wrong.
    /// [`Refusal::VerifierMissing`] if it needs one and there is none.
    pub async fn redeem(
        &self,
        client: &ShownClient,
        text: &str,
        redirect_uri: Option<&str>,
        verifier: Option<&str>,
    ) -> Result<Granted, Error> {
        if client.client.grant != Grant::Code {
            return Err(Refusal::GrantNotAllowed.into());
        }
        let brand = &self.shared.policy.brand;
        let presented = Presented::read(brand, text).filter(|p| p.kind == Kind::AuthorizationCode);
        let presented = presented.ok_or(Refusal::GrantRefused)?;
        let found = self.shared.store.code(&self.shared.keys.digests(presented)).await?;
        let code = found.filter(|found| found.application == client.application.id);
        let code = code.ok_or(Refusal::GrantRefused)?;
        if let Some(session) = code.session {
            self.end_grant(client, session, "its code was shown again").await?;
            return Err(Refusal::GrantRefused.into());
        }
        let right =
            redirect_uri == Some(code.redirect_uri.as_str()) && self.now() < code.expires_at;
        if !right {
            return Err(Refusal::GrantRefused.into());
        }
        prove(&code, verifier)?;
        let user = self.shared.store.user(code.user).await?.ok_or(Refusal::GrantRefused)?;
        let ground = Ground::Code(code.id);
        let granted = self.grant(client, (&user, code.scopes.clone()), ground).await;
        match granted {
            Err(Error::Refused(Refusal::GrantRefused)) => self.lost_race(client, presented).await,
            other => other,
        }
    }

    /// Two showed one code at once: what the first was given ends too.
    async fn lost_race(
        &self,
        client: &ShownClient,
        presented: Presented<'_>,
    ) -> Result<Granted, Error> {
        let code = self.shared.store.code(&self.shared.keys.digests(presented)).await?;
        if let Some(session) = code.and_then(|code| code.session) {
            self.end_grant(client, session, "its code was shown twice").await?;
        }
        Err(Refusal::GrantRefused.into())
    }
}

fn consider(
    client: ShownClient,
    asked: &Asked<'_>,
    without_challenge: bool,
) -> Result<Considered, NoCode> {
    let uris = &client.client.redirect_uris;
    let redirect_uri = match (asked.redirect_uri, uris.as_slice()) {
        (Some(uri), known) if known.iter().any(|known| known == uri) => uri.to_owned(),
        (None, [only]) => only.clone(),
        (Some(_) | None, _) => return Err(NoCode::Unknown("redirect_uri")),
    };
    let back = |error| NoCode::Back(redirect_uri.clone(), error);
    match asked.response_type {
        Some("code") if client.client.grant == Grant::Code => {}
        Some("code" | "token") => return Err(back("unauthorized_client")),
        Some(_) => return Err(back("unsupported_response_type")),
        None => return Err(back("invalid_request")),
    }
    let scopes = asked.scopes.cloned().ok_or_else(|| back("invalid_scope"))?;
    // Whoever sees a plain challenge has the verifier, which is all that a public client shows.
    let lenient = client.client.confidential || without_challenge;
    let challenge = match (asked.challenge, asked.method) {
        (None, None) if lenient => None,
        (Some(text), Some("S256")) if fits(text) => Some((text.to_owned(), false)),
        (Some(text), Some("plain") | None) if fits(text) && lenient => {
            Some((text.to_owned(), true))
        }
        (Some(_) | None, _) => return Err(back("invalid_request")),
    };
    Ok(Considered { client, redirect_uri, scopes, challenge })
}

/// A verifier or a challenge: 43 to 128 unreserved characters (RFC 7636, section 4.1).
fn fits(text: &str) -> bool {
    let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    (43..=128).contains(&text.len()) && text.bytes().all(unreserved)
}

/// Whether the verifier is the one that the code was asked for with. A verifier where there was no
/// challenge is refused too: somebody took the challenge away (RFC 9700, section 4.8.2).
fn prove(code: &Code, verifier: Option<&str>) -> Result<(), Refusal> {
    let (challenge, verifier) = match (&code.challenge, verifier) {
        (None, None) => return Ok(()),
        (None, Some(_)) => return Err(Refusal::GrantRefused),
        (Some(_), None) => return Err(Refusal::VerifierMissing),
        (Some(challenge), Some(verifier)) => (challenge, verifier),
    };
    let shown = if code.plain {
        verifier.to_owned()
    } else {
        URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()))
    };
    let same: bool = shown.as_bytes().ct_eq(challenge.as_bytes()).into();
    if same && fits(verifier) { Ok(()) } else { Err(Refusal::GrantRefused) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_met_by_its_verifier_as_in_the_example_of_rfc_7636() {
        let code = |challenge: Option<&str>, plain| Code {
            id: uuid::Uuid::nil().into(),
            user: uuid::Uuid::nil().into(),
            application: uuid::Uuid::nil().into(),
            scopes: Scopes::read(),
            redirect_uri: String::new(),
            challenge: challenge.map(str::to_owned),
            plain,
            created_at: jiff::Timestamp::UNIX_EPOCH,
            expires_at: jiff::Timestamp::UNIX_EPOCH,
            session: None,
            born: 0,
        };
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let hashed = code(Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"), false);
        assert_eq!(prove(&hashed, Some(verifier)), Ok(()));
        assert_eq!(
            prove(&hashed, Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")),
            Err(Refusal::GrantRefused)
        );
        assert_eq!(prove(&hashed, None), Err(Refusal::VerifierMissing));
        assert_eq!(prove(&code(Some(verifier), true), Some(verifier)), Ok(()));
        assert_eq!(prove(&code(None, false), Some(verifier)), Err(Refusal::GrantRefused));
        assert_eq!(prove(&code(None, false), None), Ok(()));
    }
}

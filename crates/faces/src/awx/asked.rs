//! A request to a view: who asks, for what, with what.

use authority::account::Login;
use authority::token::Surface;
use authority::{Actor, Authority};
use axum::http::request::Parts;
use axum::http::{Method, header};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::Shared;
use super::fault::Fault;
use super::session::{Cookies, header_seal};
use crate::kit::{Credentials, credentials, door, visit};

/// Somebody with a good credential.
#[derive(Clone)]
pub(super) struct SignedIn {
    pub(super) actor: Actor,
    /// The session cookie, if that was the credential.
    pub(super) cookie: Option<String>,
    /// Why a request that changes something, by a cookie, may be a forged one.
    unsealed: Option<&'static str>,
}

impl SignedIn {
    /// Whether what is asked for is surely asked for by the user.
    pub(super) fn seal(&self) -> Result<(), &'static str> {
        self.unsealed.map_or(Ok(()), Err)
    }

    pub(super) fn is_sealed(&self) -> bool {
        self.unsealed.is_none()
    }

    /// Who asks: the bearer of a token, a browser by its cookie, or a user by name and password, in
    /// this order. A credential that is no good is the same as none.
    pub(super) async fn by(shared: &Shared, parts: &Parts) -> Result<Option<Self>, Fault> {
        let authority = &shared.context.authority;
        let found = match credentials(&parts.headers) {
            Credentials::Bearer(token) => {
                let visit = visit(parts, &shared.context.trusted, Surface::Awx);
                authority.authenticate_person(token, &visit).await
            }
            Credentials::Basic(basic) => {
                if let Some(browser) = Self::by_cookie(shared, parts).await? {
                    return Ok(Some(browser));
                }
                let settings = authority.settings_now().await;
                if !settings.map_err(|error| Fault::of(error, ""))?.basic {
                    return Ok(None);
                }
                let login =
                    Login { login: &basic.username, password: basic.password.reveal(), code: None };
                let door = door(parts, &shared.context.trusted);
                authority.authenticate_password(login, &door).await
            }
            Credentials::Unreadable => return Ok(None),
            Credentials::None => return Self::by_cookie(shared, parts).await,
        };
        match found.map_err(|error| Fault::of(error, "")) {
            Ok(actor) => Ok(Some(Self { actor, cookie: None, unsealed: None })),
            Err(Fault::NotSignedIn) => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    async fn by_cookie(shared: &Shared, parts: &Parts) -> Result<Option<Self>, Fault> {
        let Some(cookie) = Cookies::of(&parts.headers).session else {
            return Ok(None);
        };
        let found = shared.context.authority.authenticate_browser(&cookie).await;
        match found.map_err(|error| Fault::of(error, "")) {
            Ok(actor) => {
                let unsealed = if parts.method.is_safe() {
                    None
                } else {
                    header_seal(shared, parts, &cookie).err()
                };
                Ok(Some(Self { actor, cookie: Some(cookie), unsealed }))
            }
            Err(Fault::NotSignedIn) => Ok(None),
            Err(fault) => Err(fault),
        }
    }
}

/// A request.
pub(super) struct Asked {
    pub(super) authority: Authority,
    pub(super) method: Method,
    /// The path as it was sent.
    pub(super) path: String,
    /// The query, decoded, in order.
    pub(super) query: Vec<(String, String)>,
    /// The members of the body; none if it is empty.
    pub(super) body: Map<String, Value>,
    signed_in: Option<SignedIn>,
}

impl Asked {
    pub(super) fn new(
        shared: &Shared,
        parts: &Parts,
        query: Vec<(String, String)>,
        body: Map<String, Value>,
        signed_in: Option<SignedIn>,
    ) -> Self {
        let uri = parts.extensions.get::<axum::extract::OriginalUri>().map(|uri| &uri.0);
        let uri = uri.unwrap_or(&parts.uri);
        Self {
            authority: shared.context.authority.clone(),
            method: parts.method.clone(),
            path: uri.path().to_owned(),
            query,
            body,
            signed_in,
        }
    }

    /// Who asks.
    ///
    /// # Errors
    ///
    /// [`Fault::NotSignedIn`] if nobody does, with a good credential.
    pub(super) fn actor(&self) -> Result<&Actor, Fault> {
        self.signed_in.as_ref().map(|one| &one.actor).ok_or(Fault::NotSignedIn)
    }

    /// The parts of the path after `/api/v2`, decoded.
    fn segments(&self) -> impl Iterator<Item = &str> {
        self.path.split('/').filter(|part| !part.is_empty()).skip(2)
    }

    /// The parameter of the path: what stands for the object, a number or a name.
    pub(super) fn object(&self) -> String {
        let raw = self.segments().nth(1).unwrap_or_default();
        percent_decode_str(raw).decode_utf8_lossy().into_owned()
    }

    /// The number that stands for the object, if it is one.
    pub(super) fn number(&self) -> Option<i64> {
        let object = self.object();
        let digits = !object.is_empty() && object.bytes().all(|b| b.is_ascii_digit());
        // Too long a number is no object's.
        digits.then(|| object.parse().unwrap_or(i64::MAX))
    }

    /// Whether the object is named.
    pub(super) fn is_named(&self) -> bool {
        let named = ["users", "organizations", "teams", "applications"];
        let resource = self.segments().next().unwrap_or_default();
        let object = self.segments().nth(1).is_some();
        object && named.contains(&resource) && self.number().is_none_or(|number| number == 0)
    }
}

/// Whether somebody wants this media type, by `Accept`.
pub(super) fn accepts(parts: &Parts, media: &str) -> bool {
    let Some(accept) = parts.headers.get(header::ACCEPT) else {
        return true;
    };
    let Ok(accept) = accept.to_str() else {
        return false;
    };
    let kind = media.split('/').next().unwrap_or_default();
    accept.split(',').any(|range| {
        let range = range.split(';').next().unwrap_or_default().trim();
        range == "*/*" || range.eq_ignore_ascii_case(media) || range == format!("{kind}/*")
    })
}

//! How this wire asks: credentials first, then the kind of the body, then its size while reading,
//! then what is in it. Unknown and repeated members and keys are refused.

use authority::journal::Once;
use authority::secret::Secret;
use authority::token::Surface;
use authority::{Actor, Authority, Door};
use axum::body::Bytes;
use axum::extract::{self, FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer};
use utoipa::ToSchema;

use super::Desk;
use super::fault::Fault;
use crate::kit::{Unread, caller, door, form_fields, is_of_type, read_body, read_json};

/// Who asks, by a bearer token or by user name and password.
pub(super) struct Caller(pub(super) Actor);

impl FromRequestParts<Desk> for Caller {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Fault> {
        Ok(Self(caller(&desk.context, parts, Surface::Native).await?))
    }
}

/// Where the request comes from.
pub(super) struct At(pub(super) Door);

impl FromRequestParts<Desk> for At {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Fault> {
        Ok(Self(door(parts, &desk.context.trusted)))
    }
}

/// The parameters in the path.
pub(super) struct Path<T>(pub(super) T);

impl<T: DeserializeOwned + Send> FromRequestParts<Desk> for Path<T> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Fault> {
        let read = <extract::Path<T> as FromRequestParts<Desk>>::from_request_parts(parts, desk);
        let extract::Path(path) = read.await.map_err(|_| Fault::invalid("path", "UUIDs"))?;
        Ok(Self(path))
    }
}

/// The keys in the query: each at most once, and none that is unknown.
pub(super) struct Query<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<Desk> for Query<T> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &Desk) -> Result<Self, Fault> {
        let text = parts.uri.query().unwrap_or_default();
        let known = form_fields(text.as_bytes()).is_some();
        let read = serde_urlencoded::from_str(text).ok().filter(|_| known);
        read.map(Self).ok_or_else(|| Fault::invalid("query", "known keys, each at most once"))
    }
}

/// A JSON object.
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Desk> for Body<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, desk: &Desk) -> Result<Self, Fault> {
        Ok(Self(parse(&bytes(request, desk).await?)?))
    }
}

/// A JSON object that makes something, and perhaps the key under which it is made once.
pub(super) struct New<T> {
    /// What is wished.
    pub(super) wish: T,
    key: Option<String>,
    request: Vec<u8>,
}

impl<T: DeserializeOwned> FromRequest<Desk> for New<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, desk: &Desk) -> Result<Self, Fault> {
        let mut keys = request.headers().get_all("idempotency-key").iter();
        let key = keys.next().map(|key| key.to_str().map(str::to_owned)).transpose();
        let one = key.ok().filter(|_| keys.next().is_none());
        let key = one.ok_or_else(|| Fault::invalid("Idempotency-Key", "one, in ASCII"))?;
        let mut whole = format!("{} {}\n", request.method(), request.uri()).into_bytes();
        let bytes = bytes(request, desk).await?;
        whole.extend_from_slice(&bytes);
        Ok(Self { wish: parse(&bytes)?, key, request: whole })
    }
}

impl<T> New<T> {
    /// The idempotency key as the core keeps it.
    pub(super) fn once(&self, authority: &Authority, actor: &Actor) -> Result<Option<Once>, Fault> {
        let once = |key: &String| authority.once(actor, key, &self.request);
        Ok(self.key.as_ref().map(once).transpose()?)
    }
}

async fn bytes(request: Request, desk: &Desk) -> Result<Bytes, Fault> {
    if !is_of_type(request.headers(), "application/json") {
        return Err(Fault::media_type());
    }
    let limit = desk.context.largest_body;
    let (parts, body) = request.into_parts();
    read_body(&parts.headers, body, limit).await.map_err(|unread| match unread {
        Unread::TooLarge => Fault::too_large(limit),
        Unread::Broken => Fault::body("the body broke off"),
    })
}

/// An object; a list of its members in their order is none.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Fault> {
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Err(Fault::body("an object is needed, not a list"));
    }
    read_json(bytes).map_err(|bad| Fault::body(bad.0))
}

/// A password or token in a body, which never prints. What is asked about may be of any length, unlike
/// [`crate::kit::Hidden`].
#[derive(Debug, Clone, ToSchema)]
#[schema(value_type = String, format = Password)]
pub(super) struct Hidden(Secret);

impl Hidden {
    /// The text, on its way to the core.
    pub(super) fn reveal(&self) -> &str {
        self.0.reveal()
    }
}

impl<'de> Deserialize<'de> for Hidden {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(Secret::from_text(String::deserialize(deserializer)?)))
    }
}

//! How this wire asks: credentials first, then the kind of the body, then its size while reading
//! (contract, section 7).

use authority::account::Login;
use authority::journal::Once;
use authority::token::Surface;
use authority::{Actor, Authority, Door};
use axum::body::{Body as Raw, Bytes, HttpBody};
use axum::extract::{self, FromRequest, FromRequestParts, OptionalFromRequestParts, Request};
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::request::Parts;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Desk;
use super::fault::Fault;
use super::{ident, json};
use crate::kit::{Basic, Credentials, credentials, door, visit};

/// Who asks, by a bearer token or by e-mail address and password.
pub(super) struct Caller(pub(super) Actor);

/// Who asks, by a bearer token; nothing else is good here.
pub(super) struct Bearer(pub(super) Actor);

/// Where the request comes from.
pub(super) struct At(pub(super) Door);

impl FromRequestParts<Desk> for Caller {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Fault> {
        let Desk { context, .. } = desk;
        if let Credentials::Basic(Basic { username, password }) = credentials(&parts.headers) {
            let login = Login { login: &username, password: password.reveal(), code: None };
            let door = door(parts, &context.trusted);
            return Ok(Self(context.authority.authenticate_password(login, &door).await?));
        }
        let bearer = <Bearer as FromRequestParts<Desk>>::from_request_parts(parts, desk).await?;
        Ok(Self(bearer.0))
    }
}

impl FromRequestParts<Desk> for Bearer {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Fault> {
        let Credentials::Bearer(token) = credentials(&parts.headers) else {
            return Err(Fault::unauthenticated());
        };
        let visit = visit(parts, &desk.context.trusted, Surface::Thinkeo);
        Ok(Self(desk.context.authority.authenticate(token, &visit).await?))
    }
}

impl OptionalFromRequestParts<Desk> for Bearer {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Option<Self>, Fault> {
        if !parts.headers.contains_key(AUTHORIZATION) {
            return Ok(None);
        }
        <Self as FromRequestParts<Desk>>::from_request_parts(parts, desk).await.map(Some)
    }
}

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
        let extract::Path(path) = read.await.map_err(|_| Fault::invalid("path", ident::RULE))?;
        Ok(Self(path))
    }
}

/// A JSON object.
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Desk> for Body<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, desk: &Desk) -> Result<Self, Fault> {
        Ok(Self(json::read(&read_json(request, desk).await?)?))
    }
}

/// A JSON object that may be left out, whatever `Content-Type` says then.
pub(super) struct MaybeBody<T>(pub(super) T);

impl<T: DeserializeOwned + Default> FromRequest<Desk> for MaybeBody<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, desk: &Desk) -> Result<Self, Fault> {
        let bytes = read_json(request, desk).await?;
        if bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        Ok(Self(json::read(&bytes)?))
    }
}

/// The body of a call that takes none: no member may be in it.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

async fn read_json(request: Request, desk: &Desk) -> Result<Bytes, Fault> {
    let json = is_json(request.headers());
    if !json && !request.body().is_end_stream() {
        return Err(Fault::media_type("The body must be application/json."));
    }
    read(request.into_body(), desk.context.largest_body).await
}

/// Reads a body of at most `limit` bytes. One that says it is larger is not read at all.
pub(super) async fn read(body: Raw, limit: usize) -> Result<Bytes, Fault> {
    let too_large = || Fault::too_large(format!("The body has more than {limit} bytes."));
    if body.size_hint().lower() > u64::try_from(limit).unwrap_or(u64::MAX) {
        return Err(too_large());
    }
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
        Err(_) => Err(Fault::body("The body broke off.")),
    }
}

/// The media type of a request, without parameters, in lower case; none if there is not exactly
/// one.
pub(super) fn media_type(headers: &HeaderMap) -> Option<String> {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let value = values.next().filter(|_| values.next().is_none())?;
    let essence = value.to_str().ok()?.split(';').next()?.trim();
    Some(essence.to_ascii_lowercase())
}

fn is_json(headers: &HeaderMap) -> bool {
    let essence = media_type(headers).unwrap_or_default();
    let suffixed = essence.strip_prefix("application/").is_some_and(|sub| sub.ends_with("+json"));
    essence == "application/json" || suffixed
}

/// An idempotency key, and the request that it stands for.
pub(super) struct Attempt {
    key: Option<String>,
    request: String,
}

impl FromRequestParts<Desk> for Attempt {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &Desk) -> Result<Self, Fault> {
        let mut keys = parts.headers.get_all("idempotency-key").iter();
        let key = keys.next().map(|key| key.to_str().map(str::to_owned)).transpose();
        let one = key.ok().filter(|_| keys.next().is_none());
        let key = one.ok_or_else(|| Fault::invalid("Idempotency-Key", "one, in ASCII"))?;
        Ok(Self { key, request: format!("{} {}", parts.method, parts.uri) })
    }
}

impl Attempt {
    /// The key as the core keeps it.
    pub(super) fn once(&self, authority: &Authority, actor: &Actor) -> Result<Option<Once>, Fault> {
        let once = |key: &String| authority.once(actor, key, self.request.as_bytes());
        Ok(self.key.as_ref().map(once).transpose()?)
    }
}

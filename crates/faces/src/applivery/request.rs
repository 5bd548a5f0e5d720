//! How this wire asks: the bearer first, then the kind of the body, then its size while reading, then what is in
//! it. Members and keys that nobody knows are passed over, as its clients send many.

use authority::token::Surface;
use authority::{Actor, Door};
use axum::body::Bytes;
use axum::extract::{self, FromRequest, FromRequestParts, Request};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::Desk;
use super::fault::Fault;
use crate::kit::{Credentials, Unread, credentials, door, is_of_type, read_body, read_json, visit};

/// Who asks, by a bearer token; nothing else is good here.
pub(super) struct Bearer(pub(super) Actor);

impl FromRequestParts<Desk> for Bearer {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Fault> {
        let Some(token) = bearer(&parts.headers)? else {
            return Err(Fault::no_token());
        };
        let visit = visit(parts, &desk.context.trusted, Surface::Applivery);
        Ok(Self(desk.context.authority.authenticate(token, &visit).await?))
    }
}

/// The bearer of a request. Another scheme, and a scheme with nothing behind it, show none; a header that
/// can't be read is a bad one (contract, section 1.4).
pub(super) fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Fault> {
    match credentials(headers) {
        Credentials::Bearer(token) if !token.trim().is_empty() => Ok(Some(token)),
        Credentials::None | Credentials::Basic(_) | Credentials::Bearer(_) => Ok(None),
        Credentials::Unreadable if names_no_bearer(headers) => Ok(None),
        Credentials::Unreadable => Err(Fault::bad_token()),
    }
}

/// Whether the one header there is names another scheme, or a scheme and nothing else.
fn names_no_bearer(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return false };
    let Ok(value) = value.to_str() else { return false };
    let (scheme, rest) = value.split_once(' ').unwrap_or((value, ""));
    !scheme.eq_ignore_ascii_case("bearer") || rest.trim().is_empty()
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
        // What is no text names nothing.
        let extract::Path(path) = read.await.map_err(|_| Fault::no_such_path())?;
        Ok(Self(path))
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

/// A JSON object that may be left out, whatever `Content-Type` says then.
pub(super) struct MaybeBody<T>(pub(super) T);

impl<T: DeserializeOwned + Default> FromRequest<Desk> for MaybeBody<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, desk: &Desk) -> Result<Self, Fault> {
        let bytes = bytes(request, desk).await?;
        Ok(Self(if bytes.is_empty() { T::default() } else { parse(&bytes)? }))
    }
}

async fn bytes(request: Request, desk: &Desk) -> Result<Bytes, Fault> {
    let limit = desk.context.largest_body;
    let (parts, body) = request.into_parts();
    let json = is_of_type(&parts.headers, "application/json");
    let bytes = read_body(&parts.headers, body, limit).await.map_err(|unread| match unread {
        Unread::TooLarge => Fault::too_large(limit),
        Unread::Broken => Fault::invalid("body", "it broke off"),
    })?;
    if json || bytes.is_empty() { Ok(bytes) } else { Err(Fault::media_type()) }
}

/// An object; a list in the order of its members is none.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Fault> {
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(Fault::invalid("body", "a JSON object"));
    }
    read_json(bytes).map_err(|bad| Fault::invalid("body", bad.0))
}

//! What Envoy tells of a request.
//!
//! **Invariant**: what a request needs comes from the route's configuration, never from a header; and
//! what is told in two ways, or can't be read, is a no.
//!
//! Source: Envoy, `envoy.service.auth.v3.AttributeContext`.

use std::collections::HashMap;
use std::net::IpAddr;

use authority::rules::{Form, Original};
use authority::token::Surface;
use axum::http::header::{AUTHORIZATION, USER_AGENT};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use envoy_types::pb::envoy::config::core::v3::HeaderValue as Told;
use envoy_types::pb::envoy::config::core::v3::address::Address;
use envoy_types::pb::envoy::service::auth::v3::attribute_context::HttpRequest;
use envoy_types::pb::envoy::service::auth::v3::{AttributeContext, CheckRequest};

use super::super::fault::Fault;
use super::super::request::{Own, Question};
use crate::kit::{Context, Peer, visit_by};

/// The headers that are looked at. Others, and Envoy's own `:path` and the like, are nothing to us.
const HEARD: [HeaderName; 3] =
    [AUTHORIZATION, USER_AGENT, HeaderName::from_static("x-forwarded-for")];

/// What a route's configuration may need by itself, as `X-Chancery-Require` and `-Audience` do.
const REQUIRE: &str = "require";
const AUDIENCE: &str = "audience";

/// A request, as Envoy describes it.
pub(super) struct Described<'a> {
    original: Original<'a>,
    headers: HeaderMap,
    needed: &'a HashMap<String, String>,
    source: Peer,
}

impl<'a> Described<'a> {
    /// Reads what `peer` asks.
    pub(super) fn read(asked: &'a CheckRequest, peer: Peer) -> Result<Self, Fault> {
        let attributes = asked.attributes.as_ref().ok_or(Fault::NotAllowed)?;
        let request = attributes.request.as_ref().and_then(|request| request.http.as_ref());
        let request = request.ok_or(Fault::NotAllowed)?;
        Ok(Self {
            original: original(request)?,
            headers: headers(request)?,
            needed: &attributes.context_extensions,
            source: source(attributes, peer)?,
        })
    }

    /// What is to be judged of it.
    pub(super) fn question(&self, context: &Context) -> Result<Question<'_>, Fault> {
        let Self { original, headers, needed, source } = self;
        let rules = context.authority.rules();
        let heard = rules.as_ref().is_some_and(|rules| rules.hears(Form::Grpc));
        Ok(Question {
            original: heard.then_some(*original),
            own: own(needed)?,
            visit: visit_by(headers, *source, &context.trusted, Surface::Grpc),
            headers,
            rules,
        })
    }
}

/// Method, host, and the whole target: Envoy leaves query and fragment of their own empty.
fn original(request: &HttpRequest) -> Result<Original<'_>, Fault> {
    let HttpRequest { method, host, path, query, fragment, .. } = request;
    let whole = [method, host, path].iter().all(|part| !part.is_empty());
    if !whole || !query.is_empty() || !fragment.is_empty() {
        return Err(Fault::NotAllowed);
    }
    Ok(Original { method, host, target: path })
}

/// Envoy tells headers in one of two ways: as a map of texts, or as a list of bytes.
fn headers(request: &HttpRequest) -> Result<HeaderMap, Fault> {
    let texts = &request.headers;
    let list = request.header_map.as_ref().map(|map| &*map.headers).unwrap_or_default();
    if !texts.is_empty() && !list.is_empty() {
        return Err(Fault::NotAllowed);
    }
    let mut heard = HeaderMap::with_capacity(HEARD.len());
    for (name, value) in texts {
        hear(&mut heard, name, || Ok(value.as_bytes()))?;
    }
    for told in list {
        hear(&mut heard, &told.key, || bytes(told))?;
    }
    Ok(heard)
}

fn hear<'a>(
    heard: &mut HeaderMap,
    name: &str,
    value: impl FnOnce() -> Result<&'a [u8], Fault>,
) -> Result<(), Fault> {
    if let Some(name) = HEARD.into_iter().find(|heard| name.eq_ignore_ascii_case(heard.as_str())) {
        let text = str::from_utf8(value()?).map_err(|_| Fault::NotAllowed)?;
        heard.append(name, HeaderValue::from_str(text).map_err(|_| Fault::NotAllowed)?);
    }
    Ok(())
}

fn bytes(told: &Told) -> Result<&[u8], Fault> {
    match (told.value.as_bytes(), &*told.raw_value) {
        (value, []) => Ok(value),
        ([], raw) => Ok(raw),
        _ => Err(Fault::NotAllowed),
    }
}

/// What the route's configuration needs by itself. A word that we don't know may be a need that
/// somebody misspelled.
fn own(needed: &HashMap<String, String>) -> Result<Own<'_>, Fault> {
    if needed.keys().any(|word| ![REQUIRE, AUDIENCE].contains(&word.as_str())) {
        return Err(Fault::NotAllowed);
    }
    let said = |word| needed.get(word).map(String::as_str);
    Own::of(said(REQUIRE), said(AUDIENCE))
}

/// Who is at the other end of Envoy's connection, and stands in the peer's place: if that is a proxy
/// of ours too, `X-Forwarded-For` is heard. Where it has no address, as a pipe, Envoy itself does.
fn source(attributes: &AttributeContext, peer: Peer) -> Result<Peer, Fault> {
    let address = attributes.source.as_ref().and_then(|source| source.address.as_ref());
    match address.and_then(|address| address.address.as_ref()) {
        Some(Address::SocketAddress(socket)) => {
            socket.address.parse::<IpAddr>().map(Peer).map_err(|_| Fault::NotAllowed)
        }
        Some(Address::Pipe(_) | Address::EnvoyInternalAddress(_)) | None => Ok(peer),
    }
}

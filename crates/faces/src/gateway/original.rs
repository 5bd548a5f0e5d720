//! Which request a gateway asks about, as it describes it over HTTP.
//!
//! **Invariant**: a request is described once and whole, in a form that the rules hear, by a trusted
//! peer; else it passes with no token whatever. Names with `_` for `-` are other names.

use authority::rules::{Form, Original, RuleSet};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Uri, header};

use super::CHECK;
use super::fault::Fault;
use super::request::single;

/// Headers that describe a request: its method, host and target.
const ORIGINAL: Names = [
    HeaderName::from_static("x-original-method"),
    HeaderName::from_static("x-original-host"),
    HeaderName::from_static("x-original-uri"),
];
const FORWARDED: Names = [
    HeaderName::from_static("x-forwarded-method"),
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-forwarded-uri"),
];
/// Of a method, a host and a target.
type Names = [HeaderName; 3];

/// The request that a trusted peer asks about by asking for `uri`.
pub(super) fn original<'a>(
    parts: &'a Parts,
    uri: &'a Uri,
    rules: &RuleSet,
) -> Result<Original<'a>, Fault> {
    let Parts { headers, method, .. } = parts;
    let told = |names: &Names, form| {
        rules.hears(form) && names.iter().any(|name| headers.contains_key(name))
    };
    match (told(&ORIGINAL, Form::Original), told(&FORWARDED, Form::Forwarded), below(uri)) {
        (true, false, None) => read(headers, &ORIGINAL),
        (false, true, None) => read(headers, &FORWARDED),
        (false, false, Some(target)) if rules.hears(Form::Path) => {
            Ok(Original { method: method.as_str(), host: host(parts, uri)?, target })
        }
        _ => Err(Fault::NotAllowed),
    }
}

fn read<'a>(headers: &'a HeaderMap, names: &Names) -> Result<Original<'a>, Fault> {
    let one = |name| single(headers, name)?.ok_or(Fault::NotAllowed);
    let [method, host, target] = names;
    Ok(Original { method: one(method)?, host: one(host)?, target: one(target)? })
}

/// What follows [`CHECK`] in an address, path and query, if anything does.
fn below(uri: &Uri) -> Option<&str> {
    let target = uri.path_and_query()?.as_str().strip_prefix(CHECK)?;
    target.starts_with('/').then_some(target)
}

/// The host of a request: of its address, of its `Host`, or of both if they are the same (RFC 9113,
/// section 8.3.1).
fn host<'a>(parts: &'a Parts, uri: &'a Uri) -> Result<&'a str, Fault> {
    let named = single(&parts.headers, &header::HOST)?;
    let authority = uri.authority().map(axum::http::uri::Authority::as_str);
    match (named, authority) {
        (Some(named), Some(authority)) if named != authority => Err(Fault::NotAllowed),
        (named, authority) => authority.or(named).ok_or(Fault::NotAllowed),
    }
}

//! How a yes names whom it is about: headers, of at most 4 KiB together.
//!
//! **Invariant**: no byte that somebody chose reaches a header unless it is a letter, a digit or
//! one of `-._~%*`; scopes have spaces between them.

use std::io::Write;
use std::iter;
use std::sync::LazyLock;

use authority::Known;
use authority::token::Holder;
use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, HeaderName};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use uuid::Uuid;

use super::fault::NO_STORE;

/// The longest name, in bytes as it is sent; a longer one is cut. With 32 scopes of 96 bytes all
/// headers stay below 4 KiB.
const LONGEST_NAME: usize = 384;

/// What most yeses need, in bytes.
const USUAL_LENGTH: usize = 256;

/// Headers that differ from token to token.
const VALUES: usize = 6;

/// In the order in which [`lay_out`] writes their values.
const NAMES: [HeaderName; VALUES] = [
    HeaderName::from_static("x-chancery-token"),
    HeaderName::from_static("x-chancery-holder-id"),
    HeaderName::from_static("x-chancery-holder-name"),
    HeaderName::from_static("x-chancery-organization"),
    HeaderName::from_static("x-chancery-scopes"),
    HeaderName::from_static("x-chancery-expires"),
];
const HOLDER: HeaderName = HeaderName::from_static("x-chancery-holder");

/// The headers of a yes, without values: [`CACHE_CONTROL`], [`HOLDER`], then [`NAMES`]. It is copied
/// for each yes, as that hashes no name again; a map gives its values in the order in which they came.
static FORM: LazyLock<HeaderMap> = LazyLock::new(|| {
    let mut form = HeaderMap::with_capacity(VALUES + 2);
    form.insert(CACHE_CONTROL, NO_STORE);
    form.insert(HOLDER, NOTHING);
    form.extend(NAMES.map(|name| (name, NOTHING)));
    form
});
const NOTHING: HeaderValue = HeaderValue::from_static("");

/// The answer for a good token.
pub(super) fn yes(known: &Known) -> Response {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = StatusCode::NO_CONTENT;
    *answer.headers_mut() = headers(known);
    answer
}

/// The headers of a yes that have a value. All values lie in one piece of memory, which they share.
fn headers(known: &Known) -> HeaderMap {
    let mut bytes = Vec::with_capacity(USUAL_LENGTH);
    let ends = lay_out(&mut bytes, known);
    let bytes = Bytes::from(bytes);
    let mut headers = FORM.clone();
    let mut values = headers.values_mut().skip(1);
    if let Some(holder) = values.next() {
        *holder = kind(known.token.holder);
    }
    let mut start = 0;
    let mut complete = true;
    for (value, end) in values.zip(ends) {
        if start < end {
            *value = HeaderValue::from_maybe_shared(bytes.slice(start..end)).unwrap_or(NOTHING);
        }
        complete &= !value.is_empty();
        start = end;
    }
    if !complete {
        drop_empty(&mut headers);
    }
    headers
}

/// Each header that names somebody, with its value, if it has one.
pub(super) fn identity(
    known: Option<&Known>,
) -> impl Iterator<Item = (HeaderName, Option<HeaderValue>)> {
    let mut said = known.map(headers).unwrap_or_default();
    iter::once(HOLDER).chain(NAMES).map(move |name| {
        let value = said.remove(&name);
        (name, value)
    })
}

/// The answer where no token is needed: it names nobody.
pub(super) fn anybody() -> Response {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = StatusCode::NO_CONTENT;
    answer.headers_mut().insert(CACHE_CONTROL, NO_STORE);
    answer
}

/// Takes out what there is nothing to say of.
fn drop_empty(headers: &mut HeaderMap) {
    for name in &NAMES {
        if headers.get(name).is_some_and(HeaderValue::is_empty) {
            headers.remove(name);
        }
    }
}

/// Writes the values of [`NAMES`], one after the other, and says where each ends. One that there is
/// none of is empty.
fn lay_out(out: &mut Vec<u8>, known: &Known) -> [usize; VALUES] {
    let token = &known.token;
    let (_, holder) = token.holder.parts();
    let mut ends = [0; VALUES];
    let [id, holder_id, name, organization, scopes, expires] = &mut ends;
    *id = uuid(out, token.id.uuid());
    *holder_id = uuid(out, holder);
    *name = escaped(out, &known.holder.name);
    *organization = token.organization.map_or(out.len(), |found| uuid(out, found.uuid()));
    for (place, scope) in token.scopes.iter().enumerate() {
        out.extend_from_slice(if place == 0 { b"" } else { b" " });
        out.extend_from_slice(scope.as_str().as_bytes());
    }
    *scopes = out.len();
    *expires = token.expires_at.map_or(out.len(), |end| integer(out, end.as_second()));
    ends
}

fn uuid(out: &mut Vec<u8>, uuid: Uuid) -> usize {
    let mut text = Uuid::encode_buffer();
    out.extend_from_slice(uuid.hyphenated().encode_lower(&mut text).as_bytes());
    out.len()
}

fn integer(out: &mut Vec<u8>, integer: i64) -> usize {
    let _ = write!(out, "{integer}");
    out.len()
}

/// Percent-encoded UTF-8: everything but RFC 3986's unreserved characters.
fn escaped(out: &mut Vec<u8>, text: &str) -> usize {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let limit = out.len() + LONGEST_NAME;
    let digit = |half: u8| HEX.get(usize::from(half)).copied().unwrap_or(b'0');
    for symbol in text.chars() {
        let mut bytes = [0; 4];
        let bytes = symbol.encode_utf8(&mut bytes).as_bytes();
        if out.len() + 3 * bytes.len() > limit {
            break;
        }
        for byte in bytes {
            match byte {
                b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' | b'~' => {
                    out.push(*byte);
                }
                _ => out.extend_from_slice(&[b'%', digit(byte >> 4), digit(byte & 15)]),
            }
        }
    }
    out.len()
}

const fn kind(holder: Holder) -> HeaderValue {
    match holder {
        Holder::User(_) => HeaderValue::from_static("user"),
        Holder::Application(_) => HeaderValue::from_static("application"),
        Holder::ServiceAccount(_) => HeaderValue::from_static("service_account"),
    }
}

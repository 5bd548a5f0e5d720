//! How a yes names whom it is about: headers, of at most 4 KiB together.
//!
//! **Invariant**: no byte that somebody chose reaches a header unless it is a letter, a digit or
//! one of `-._~%*`; scopes have spaces between them.

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

/// In the order in which [`write()`] writes their values.
const NAMES: [HeaderName; VALUES] = [
    HeaderName::from_static("x-chancery-token"),
    HeaderName::from_static("x-chancery-holder-id"),
    HeaderName::from_static("x-chancery-holder-name"),
    HeaderName::from_static("x-chancery-organization"),
    HeaderName::from_static("x-chancery-scopes"),
    HeaderName::from_static("x-chancery-expires"),
];
const HOLDER: HeaderName = HeaderName::from_static("x-chancery-holder");

/// The answer for a good token. All values lie in one piece of memory, which the headers share.
pub(super) fn yes(known: &Known) -> Response {
    let mut bytes = Vec::with_capacity(USUAL_LENGTH);
    let ends = write(&mut bytes, known);
    let bytes = Bytes::from(bytes);
    let mut headers = HeaderMap::with_capacity(VALUES + 2);
    headers.insert(CACHE_CONTROL, NO_STORE);
    headers.insert(HOLDER, kind(known.token.holder));
    let mut start = 0;
    for (name, end) in NAMES.into_iter().zip(ends) {
        let value = HeaderValue::from_maybe_shared(bytes.slice(start..end));
        if let Some(value) = value.ok().filter(|value| !value.is_empty()) {
            headers.insert(name, value);
        }
        start = end;
    }
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = StatusCode::NO_CONTENT;
    *answer.headers_mut() = headers;
    answer
}

/// Writes the values of [`NAMES`], one after the other, and says where each ends. One that there is
/// none of is empty.
fn write(out: &mut Vec<u8>, known: &Known) -> [usize; VALUES] {
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
    out.extend_from_slice(integer.to_string().as_bytes());
    out.len()
}

/// Percent-encoded UTF-8: everything but RFC 3986's unreserved characters.
fn escaped(out: &mut Vec<u8>, text: &str) -> usize {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let limit = out.len() + LONGEST_NAME;
    for symbol in text.chars() {
        if symbol.is_ascii_alphanumeric() || "-._~".contains(symbol) {
            out.push(symbol as u8);
        } else {
            for byte in symbol.encode_utf8(&mut [0; 4]).bytes() {
                let digit = |half: u8| HEX.get(usize::from(half)).copied().unwrap_or(b'0');
                out.extend_from_slice(&[b'%', digit(byte >> 4), digit(byte & 15)]);
            }
        }
        if out.len() + 12 > limit {
            break;
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

//! How a yes names whom it is about: headers, of at most 4 KiB together.
//!
//! **Invariant**: no byte that somebody chose reaches a header unless it is a letter, a digit or
//! one of `-._~%*`; scopes have spaces between them.

use std::io::Write;
use std::sync::LazyLock;

use authority::Known;
use authority::rules::{Telling, Told};
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

/// So much may a yes tell.
const VALUES: usize = Told::ALL.len();

/// What a yes may tell, in the order of [`Told::ALL`], in which [`lay_out`] writes the values.
const NAMES: [HeaderName; VALUES] = [
    HeaderName::from_static("x-chancery-token"),
    HeaderName::from_static("x-chancery-holder"),
    HeaderName::from_static("x-chancery-holder-id"),
    HeaderName::from_static("x-chancery-holder-name"),
    HeaderName::from_static("x-chancery-organization"),
    HeaderName::from_static("x-chancery-scopes"),
    HeaderName::from_static("x-chancery-expires"),
];

/// The headers of a yes that tells all, without values: [`CACHE_CONTROL`], then [`NAMES`]. It is copied
/// for each such yes, as that hashes no name again; a map gives its values in the order in which they
/// came.
static FORM: LazyLock<HeaderMap> = LazyLock::new(|| {
    let mut form = HeaderMap::with_capacity(VALUES + 1);
    form.insert(CACHE_CONTROL, NO_STORE);
    form.extend(NAMES.map(|name| (name, NOTHING)));
    form
});
const NOTHING: HeaderValue = HeaderValue::from_static("");

/// The answer for a good token.
pub(super) fn yes(known: &Known, telling: Telling) -> Response {
    if telling == Telling::NOTHING {
        return bare();
    }
    answer(headers(known, telling))
}

/// The answer that names nobody: where no token is needed, or nobody wants to know.
pub(super) fn bare() -> Response {
    answer(HeaderMap::from_iter([(CACHE_CONTROL, NO_STORE)]))
}

fn answer(headers: HeaderMap) -> Response {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = StatusCode::NO_CONTENT;
    *answer.headers_mut() = headers;
    answer
}

/// The headers of a yes: those that are told and have a value.
fn headers(known: &Known, telling: Telling) -> HeaderMap {
    let values = Values::of(known, telling);
    if values.are_all_there() {
        let mut headers = FORM.clone();
        for (place, value) in headers.values_mut().skip(1).zip(values.each()) {
            *place = value;
        }
        return headers;
    }
    let mut headers = HeaderMap::with_capacity(VALUES + 1);
    headers.insert(CACHE_CONTROL, NO_STORE);
    headers.extend(NAMES.into_iter().zip(values.each()).filter(|(_, value)| !value.is_empty()));
    headers
}

/// Each header that names somebody, with its value, if it is told and has one.
pub(super) fn identity(
    known: Option<(&Known, Telling)>,
) -> impl Iterator<Item = (HeaderName, Option<HeaderValue>)> {
    let values = known.map(|(known, telling)| Values::of(known, telling)).unwrap_or_default();
    let told: Vec<_> = values.each().map(|value| Some(value).filter(|v| !v.is_empty())).collect();
    NAMES.into_iter().zip(told)
}

/// The values of [`NAMES`], which share one piece of memory, and where in it each ends. One that is not
/// told, or that there is none of, is empty.
#[derive(Default)]
struct Values {
    bytes: Bytes,
    ends: [usize; VALUES],
}

impl Values {
    fn of(known: &Known, telling: Telling) -> Self {
        let mut bytes = Vec::with_capacity(USUAL_LENGTH);
        let ends = lay_out(&mut bytes, known, telling);
        Self { bytes: bytes.into(), ends }
    }

    fn are_all_there(&self) -> bool {
        let mut start = 0;
        self.ends.iter().all(|end| std::mem::replace(&mut start, *end) < *end)
    }

    fn each(&self) -> impl Iterator<Item = HeaderValue> {
        let mut start = 0;
        self.ends.iter().map(move |end| {
            let value = self.bytes.slice(std::mem::replace(&mut start, *end)..*end);
            HeaderValue::from_maybe_shared(value).unwrap_or(NOTHING)
        })
    }
}

/// Writes the values of [`NAMES`], one after the other, and says where each ends.
fn lay_out(out: &mut Vec<u8>, known: &Known, telling: Telling) -> [usize; VALUES] {
    Told::ALL.map(|told| {
        if telling.includes(told) {
            write_value(out, known, told);
        }
        out.len()
    })
}

/// Writes one value, if there is one.
fn write_value(out: &mut Vec<u8>, known: &Known, told: Told) {
    let token = &known.token;
    match told {
        Told::Token => uuid(out, token.id.uuid()),
        Told::Holder => out.extend_from_slice(token.holder.parts().0.as_bytes()),
        Told::HolderId => uuid(out, token.holder.parts().1),
        Told::HolderName => escaped(out, &known.holder.name),
        Told::Organization => {
            if let Some(organization) = token.organization {
                uuid(out, organization.uuid());
            }
        }
        Told::Scopes => {
            for (place, scope) in token.scopes.iter().enumerate() {
                out.extend_from_slice(if place == 0 { b"" } else { b" " });
                out.extend_from_slice(scope.as_str().as_bytes());
            }
        }
        Told::Expires => {
            if let Some(end) = token.expires_at {
                let _ = write!(out, "{}", end.as_second());
            }
        }
    }
}

fn uuid(out: &mut Vec<u8>, uuid: Uuid) {
    let mut text = Uuid::encode_buffer();
    out.extend_from_slice(uuid.hyphenated().encode_lower(&mut text).as_bytes());
}

/// Percent-encoded UTF-8: everything but RFC 3986's unreserved characters.
fn escaped(out: &mut Vec<u8>, text: &str) {
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
}

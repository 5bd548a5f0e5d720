//! How this wire says no: a status, and `{"error", "message"}` (contract, section 7).
//!
//! **Invariant**: a message is a fixed text, or one of the core's with the core's own words in it.
//! It never repeats what was sent, but for a scope or a name that was asked for.

use std::collections::BTreeMap;

use authority::{Error, Refusal, Shape, Unavailable};
use axum::Json;
use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::openapi::{RefOr, Response as Told};
use utoipa::{IntoResponses, ToSchema};

use crate::kit::told;

/// What a 401 asks for.
const CHALLENGE: &str = r#"Basic realm="Chancery", Bearer"#;

/// What the core calls things in its sentences, and what this wire calls them.
const WORDS: [(&str, &str); 4] = [
    ("an organization", "a team"),
    (" organization", " team"),
    (" application", " app"),
    (" owner", " administrator"),
];

/// What the core calls values, and what this wire calls them.
const FIELDS: [(&str, &str); 4] =
    [("label", "name"), ("first_name", "firstName"), ("last_name", "lastName"), ("uses", "once")];

/// A no, or no answer.
#[derive(Debug)]
pub(super) struct Fault {
    status: StatusCode,
    code: &'static str,
    message: String,
    wait: Option<u64>,
}

/// A fault as clients read it.
#[derive(Serialize, ToSchema)]
#[schema(as = Fault)]
pub(super) struct FaultBody {
    /// A stable word for programs, in snake case.
    error: &'static str,
    /// A sentence for people.
    message: String,
}

impl Fault {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), wait: None }
    }

    /// No credentials, or none that are good here.
    pub(super) fn unauthenticated() -> Self {
        Refusal::Unauthenticated.into()
    }

    /// A value in the query, path or body that can't be read.
    pub(super) fn invalid(field: &'static str, rule: impl Into<String>) -> Self {
        Refusal::invalid(field, rule).into()
    }

    /// A body that can't be read.
    pub(super) fn body(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_body", message)
    }

    /// More than is read.
    pub(super) fn too_large(message: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message)
    }

    /// A body of another kind than is read here.
    pub(super) fn media_type(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", message)
    }

    /// No such path.
    pub(super) fn no_such_path() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "There is no such path.")
    }

    /// No such method on this path; the router adds `Allow`.
    pub(super) fn no_such_method() -> Self {
        let message = "This path takes other methods.";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message)
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        let status = match refusal.shape() {
            _ if refusal == Refusal::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Shape::Unauthenticated => StatusCode::UNAUTHORIZED,
            Shape::Forbidden => StatusCode::FORBIDDEN,
            Shape::Missing => StatusCode::NOT_FOUND,
            Shape::Invalid => StatusCode::BAD_REQUEST,
            Shape::Conflict => StatusCode::CONFLICT,
            Shape::Throttled => StatusCode::TOO_MANY_REQUESTS,
        };
        let fault = Self::new(status, refusal.code(), sentence(&refusal));
        Self { wait: refusal.wait_seconds(), ..fault }
    }
}

impl From<Unavailable> for Fault {
    fn from(why: Unavailable) -> Self {
        tracing::warn!(%why, "a request was not answered");
        let message = "The answer could not be reached; asking again may help.";
        let fault = Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", message);
        Self { wait: Some(1), ..fault }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => refusal.into(),
            Error::Unavailable(unavailable) => unavailable.into(),
        }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let Self { status, code, message, wait } = self;
        let mut response = (status, Json(FaultBody { error: code, message })).into_response();
        let headers = response.headers_mut();
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(CHALLENGE));
        }
        if let Some(wait) = wait {
            headers.insert(RETRY_AFTER, HeaderValue::from(wait));
        }
        response
    }
}

/// The core's words as a sentence, with what it speaks of called as on this wire.
fn sentence(refusal: &Refusal) -> String {
    if let Refusal::Invalid { field, rule } = refusal {
        let ours = FIELDS.iter().find(|(core, _)| core == field).map_or(*field, |(_, ours)| ours);
        return format!("`{ours}`: {rule}.");
    }
    let said = refusal.to_string();
    let said = WORDS.iter().fold(said, |said, (core, ours)| said.replace(core, ours));
    let mut letters = said.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).chain(['.']).collect()
}

/// What somebody without credentials may be told.
pub(super) struct Strangers;
/// What somebody who reads may be told.
pub(super) struct Readers;
/// What somebody who changes something may be told.
pub(super) struct Writers;

impl IntoResponses for Strangers {
    fn responses() -> BTreeMap<String, RefOr<Told>> {
        told::<FaultBody>("application/json", &[400, 401, 403, 409, 413, 415, 429, 503])
    }
}

impl IntoResponses for Readers {
    fn responses() -> BTreeMap<String, RefOr<Told>> {
        told::<FaultBody>("application/json", &[400, 401, 403, 404, 413, 415, 429, 503])
    }
}

impl IntoResponses for Writers {
    fn responses() -> BTreeMap<String, RefOr<Told>> {
        told::<FaultBody>("application/json", &[400, 401, 403, 404, 409, 413, 415, 422, 429, 503])
    }
}

//! How this wire says no: problem details (RFC 9457), with the core's stable word as `code`.

use std::collections::BTreeMap;

use authority::{Error, Refusal, Shape, Unavailable};
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::openapi::{RefOr, Response as Told};
use utoipa::{IntoResponses, ToSchema};
use uuid::Uuid;

use crate::kit::told;

/// What a 401 asks for.
const CHALLENGE: &str = r#"Bearer realm="Chancery", Basic realm="Chancery""#;

/// A no, or no answer.
#[derive(Debug)]
pub(super) struct Fault {
    status: StatusCode,
    code: &'static str,
    detail: String,
    id: Option<Uuid>,
    wait: Option<u64>,
}

/// A problem as clients read it.
#[derive(Serialize, ToSchema)]
pub(super) struct Problem {
    /// `urn:chancery:problem:` and the code.
    r#type: String,
    /// The status in words.
    title: &'static str,
    /// The status.
    status: u16,
    /// A stable word for programs, in snake case.
    code: &'static str,
    /// A sentence for people.
    detail: String,
    /// What was created by the same request before.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Uuid>,
}

impl Fault {
    fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), id: None, wait: None }
    }

    /// A value in the query, path or a header that can't be read.
    pub(super) fn invalid(field: &'static str, rule: impl Into<String>) -> Self {
        Refusal::invalid(field, rule).into()
    }

    /// A body that can't be read.
    pub(super) fn body(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_body", detail)
    }

    /// More than is read.
    pub(super) fn too_large(limit: usize) -> Self {
        let detail = format!("the body has more than {limit} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
    }

    /// A body that is not JSON.
    pub(super) fn media_type() -> Self {
        let detail = "the body must be application/json";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail)
    }

    /// No such path.
    pub(super) fn no_such_path() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "there is no such path")
    }

    /// No such method on this path; the router adds `Allow`.
    pub(super) fn no_such_method() -> Self {
        let detail = "this path takes other methods";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
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
        let fault = Self::new(status, refusal.code(), refusal.to_string());
        if let Refusal::Replayed { id } = refusal {
            return Self { id: Some(id), ..fault };
        }
        Self { wait: refusal.wait_seconds(), ..fault }
    }
}

impl From<Unavailable> for Fault {
    fn from(why: Unavailable) -> Self {
        tracing::warn!(%why, "a request was not answered");
        let detail = "the answer could not be reached; asking again may help";
        let fault = Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail);
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
        let Self { status, code, detail, id, wait } = self;
        let title = status.canonical_reason().unwrap_or_default();
        let r#type = format!("urn:chancery:problem:{code}");
        let problem = Problem { r#type, title, status: status.as_u16(), code, detail, id };
        let mut response = (status, axum::Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(CHALLENGE));
        }
        if let Some(wait) = wait {
            headers.insert(RETRY_AFTER, HeaderValue::from(wait));
        }
        response
    }
}

/// What somebody who reads may be told.
pub(super) struct Readers;
/// What somebody who changes something may be told.
pub(super) struct Writers;

impl IntoResponses for Readers {
    fn responses() -> BTreeMap<String, RefOr<Told>> {
        told::<Problem>("application/problem+json", &[400, 401, 403, 404, 429, 503])
    }
}

impl IntoResponses for Writers {
    fn responses() -> BTreeMap<String, RefOr<Told>> {
        told::<Problem>(
            "application/problem+json",
            &[400, 401, 403, 404, 409, 413, 415, 422, 429, 503],
        )
    }
}

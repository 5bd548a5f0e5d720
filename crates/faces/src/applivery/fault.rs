//! How this wire says no: `{"status": false, "error": {"code", "message", "data"?}}` (contract, sections 1.2 and
//! 1.5). Status, `status` and `code` always agree, since each of its clients looks at another one.
//!
//! Codes 3001, 4002, 4004, 4014 and 5003 are Applivery's; the others are ours.

use std::collections::BTreeMap;

use authority::permission::Permission;
use authority::{Error, Refusal, Shape, Unavailable};
use axum::Json;
use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::openapi::{RefOr, Response as Told};
use utoipa::{IntoResponses, ToSchema};

use crate::kit::told;

/// What a 401 asks for.
const CHALLENGE: &str = r#"Bearer realm="Chancery""#;

/// What the core calls values, and what this wire calls them.
const FIELDS: [(&str, &str); 6] = [
    ("membership", "email"),
    ("label", "description"),
    ("name", "description"),
    ("first_name", "firstName"),
    ("last_name", "lastName"),
    ("organization", "organizationId"),
];

/// A no, or no answer.
#[derive(Debug)]
pub(super) struct Fault {
    status: StatusCode,
    code: u16,
    message: &'static str,
    data: Option<Value>,
    wait: Option<u64>,
}

/// A fault as clients read it.
#[derive(Serialize, ToSchema)]
#[schema(as = Fault)]
pub(super) struct FaultBody {
    /// Always false.
    status: bool,
    #[schema(inline)]
    error: FaultDetail,
}

/// What is wrong.
#[derive(Serialize, ToSchema)]
#[schema(as = FaultDetail)]
struct FaultDetail {
    /// A stable number for programs.
    code: u16,
    /// A sentence for people.
    message: &'static str,
    /// More about it: an object, or for values that can't be taken a list of objects.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, value_type = Value)]
    data: Option<Value>,
}

impl Fault {
    const fn new(status: StatusCode, code: u16, message: &'static str) -> Self {
        Self { status, code, message, data: None, wait: None }
    }

    fn with(self, data: Value) -> Self {
        Self { data: Some(data), ..self }
    }

    /// No bearer is shown.
    pub(super) const fn no_token() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, 4002, "No auth token")
    }

    /// A bearer is shown that is not good here.
    pub(super) const fn bad_token() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, 4004, "Invalid Token")
    }

    /// A login with a wrong address or password.
    pub(super) const fn bad_credentials() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, 4001, "Invalid credentials")
    }

    /// A value that can't be taken.
    pub(super) fn invalid(field: &str, rule: impl Into<String>) -> Self {
        let data = json!([{ "field": field, "message": rule.into() }]);
        Self::new(StatusCode::BAD_REQUEST, 5001, "Validation error").with(data)
    }

    /// More than is read.
    pub(super) fn too_large(limit: usize) -> Self {
        let data = json!({ "limit": limit });
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, 413, "Payload too large").with(data)
    }

    /// A body of another kind than is read here.
    pub(super) const fn media_type() -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, 415, "The body must be application/json")
    }

    /// No such path, or none that is served here.
    pub(super) const fn no_such_path() -> Self {
        Self::new(StatusCode::NOT_FOUND, 404, "Not served here")
    }

    /// No such method on this path; the router adds `Allow`.
    pub(super) const fn no_such_method() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, 405, "Method not allowed")
    }

    /// As the core said it of a login.
    pub(super) fn of_login(error: Error) -> Self {
        match error {
            Error::Refused(Refusal::Unauthenticated) => Self::bad_credentials(),
            Error::Refused(_) | Error::Unavailable(_) => error.into(),
        }
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

impl From<Unavailable> for Fault {
    fn from(unavailable: Unavailable) -> Self {
        tracing::warn!(%unavailable, "no answer");
        let wait = Some(1);
        let busy = Self::new(StatusCode::SERVICE_UNAVAILABLE, 503, "Service unavailable");
        Self { wait, ..busy }
    }
}

impl From<Refusal> for Fault {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a refusal without a code of its own here is told by its shape"
    )]
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotPermitted(permission) => {
                forbidden().with(json!({ "permission": permission_name(&permission) }))
            }
            Refusal::CodeNeeded => Self::of_login_code(4014, "Required two factor code"),
            Refusal::CodeWrong => Self::of_login_code(4015, "Invalid two factor code"),
            Refusal::Invalid { field, rule } => Self::invalid(field_name(field), rule),
            Refusal::Taken(field) => {
                let field = field_name(field);
                let taken = Self::new(StatusCode::CONFLICT, 5002, "Already exists");
                taken.with(json!({ "field": field }))
            }
            Refusal::TooManyTokens(most) => {
                let data = json!({ "limit": most, "num": most, "itemName": "tokens" });
                Self::new(StatusCode::FORBIDDEN, 5003, "Limit Exceeded").with(data)
            }
            other => Self::of_shape(&other),
        }
    }
}

impl Fault {
    const fn of_login_code(code: u16, message: &'static str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, code, message)
    }

    fn of_shape(refusal: &Refusal) -> Self {
        let reason = || json!({ "reason": refusal.to_string() });
        match refusal.shape() {
            Shape::Unauthenticated => Self::bad_token(),
            Shape::Forbidden => forbidden().with(reason()),
            Shape::Missing => Self::new(StatusCode::NOT_FOUND, 3001, "Entity not found"),
            Shape::Invalid => Self::invalid("", refusal.to_string()),
            Shape::Conflict => {
                Self::new(StatusCode::CONFLICT, 409, "Not as things stand").with(reason())
            }
            Shape::Throttled => Self { wait: refusal.wait_seconds(), ..too_many() },
        }
    }
}

const fn forbidden() -> Fault {
    Fault::new(StatusCode::FORBIDDEN, 4003, "Forbidden")
}

const fn too_many() -> Fault {
    Fault::new(StatusCode::TOO_MANY_REQUESTS, 429, "Too many requests")
}

fn field_name(field: &'static str) -> &'static str {
    FIELDS.iter().find(|(ours, _)| *ours == field).map_or(field, |(_, theirs)| theirs)
}

/// What this wire calls a permission, where it has a name for it.
fn permission_name(permission: &Permission) -> &str {
    match permission.as_str() {
        "authority.application.get" => "mad.application.management.list",
        "authority.member.list" => "base.people.organizationCollaborator.list",
        own => own,
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let Self { status, code, message, data, wait } = self;
        let body = FaultBody { status: false, error: FaultDetail { code, message, data } };
        let mut answer = (status, Json(body)).into_response();
        if status == StatusCode::UNAUTHORIZED {
            answer.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(CHALLENGE));
        }
        if let Some(wait) = wait {
            answer.headers_mut().insert(RETRY_AFTER, wait.into());
        }
        answer
    }
}

/// Faults of routes that take no bearer.
pub(super) struct Strangers;

/// Faults of routes that look.
pub(super) struct Readers;

/// Faults of routes that change something.
pub(super) struct Writers;

impl IntoResponses for Strangers {
    fn responses() -> BTreeMap<String, RefOr<Told>> {
        told::<FaultBody>("application/json", &[400, 401, 403, 409, 413, 415, 429, 503])
    }
}

impl IntoResponses for Readers {
    fn responses() -> BTreeMap<String, RefOr<Told>> {
        told::<FaultBody>("application/json", &[400, 401, 403, 404, 413, 429, 503])
    }
}

impl IntoResponses for Writers {
    fn responses() -> BTreeMap<String, RefOr<Told>> {
        told::<FaultBody>("application/json", &[400, 401, 403, 404, 409, 413, 415, 429, 503])
    }
}

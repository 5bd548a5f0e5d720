//! How AWX says no: `{"detail": …}`, or messages per field (contract section 1).

use authority::{Error, Refusal, Shape};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::reply::json_body;

/// What somebody without a good credential is told, whatever is wrong.
pub(super) const NOT_SIGNED_IN: &str = "Authentication credentials were not provided. To establish \
    a login session, visit /api/login/.";
/// What somebody is told whose name and password are good, and not enough: no place of AWX's takes a
/// code.
pub(super) const CODE_NEEDED: &str = "A code of the second factor is needed, which can't be given \
    here. Use a token.";
/// What somebody is told who may not.
pub(super) const NOT_ALLOWED: &str = "You do not have permission to perform this action.";

/// What a user is told whose account somebody else keeps.
pub(super) const EXTERNAL: &str = "(access_denied) OAuth2 Tokens cannot be created by users \
    associated with an external authentication provider (enterprise)";

/// A no, or no answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Fault {
    /// Nobody asks, or not with a good credential.
    NotSignedIn,
    /// Name and password are good, and a code is needed.
    CodeNeeded,
    /// Something else, with its status and the text of `detail`.
    Detail(StatusCode, String),
    /// Messages per field; `__all__` is across fields.
    Fields(Map<String, Value>),
    /// Any body.
    Body(StatusCode, Value),
    /// Too often; try again after so many seconds.
    TooOften(u64),
    /// Nobody can tell now.
    NoAnswer,
}

impl Fault {
    pub(super) fn bad(detail: impl Into<String>) -> Self {
        Self::Detail(StatusCode::BAD_REQUEST, detail.into())
    }

    pub(super) fn forbidden() -> Self {
        Self::Detail(StatusCode::FORBIDDEN, NOT_ALLOWED.to_owned())
    }

    /// The caller may not, in these words.
    pub(super) fn may_not(detail: &str) -> Self {
        Self::Detail(StatusCode::FORBIDDEN, detail.to_owned())
    }

    /// There is no object of this model, as far as the caller may know.
    pub(super) fn missing(model: &str) -> Self {
        Self::Detail(StatusCode::NOT_FOUND, format!("No {model} matches the given query."))
    }

    /// Whether there is no such object.
    pub(super) fn is_missing(&self) -> bool {
        matches!(self, Self::Detail(StatusCode::NOT_FOUND, _))
    }

    /// Whether the caller may not.
    pub(super) fn is_forbidden(&self) -> bool {
        matches!(self, Self::Detail(StatusCode::FORBIDDEN, _))
    }

    /// Whether asking again later may help.
    pub(super) fn is_for_later(&self) -> bool {
        matches!(self, Self::NoAnswer | Self::TooOften(_))
    }

    /// A list that can't be added to so: `{"msg": …}`.
    pub(super) fn msg(text: &str) -> Self {
        Self::Body(StatusCode::BAD_REQUEST, json!({ "msg": text }))
    }

    /// One message for one field.
    pub(super) fn field(name: &str, message: impl Into<String>) -> Self {
        let messages = json!([message.into()]);
        Self::Fields(Map::from_iter([(name.to_owned(), messages)]))
    }

    /// As the core said it, for a thing of this model. The core's names of values are AWX's here.
    pub(super) fn of(error: Error, model: &str) -> Self {
        match error {
            Error::Unavailable(why) => {
                tracing::warn!(%why, "no answer");
                Self::NoAnswer
            }
            Error::Refused(refusal) => Self::of_refusal(&refusal, model),
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a refusal without words of its own here is told by its shape"
    )]
    fn of_refusal(refusal: &Refusal, model: &str) -> Self {
        match refusal {
            Refusal::CodeNeeded => Self::CodeNeeded,
            Refusal::ExternalAccount => Self::may_not(EXTERNAL),
            Refusal::PasswordRefused(why) => Self::field("password", password_words(why)),
            Refusal::Taken(field) => Self::taken(field, model),
            Refusal::Invalid { field: "email", .. } => {
                Self::field("email", "Enter a valid email address.")
            }
            Refusal::Invalid { field: "redirect_uris", rule } => {
                Self::field("__all__", rule.clone())
            }
            Refusal::Invalid { field, rule } => Self::field(awx_name(field), rule.clone()),
            other => Self::of_shape(other, model),
        }
    }

    fn of_shape(refusal: &Refusal, model: &str) -> Self {
        match refusal.shape() {
            Shape::Unauthenticated => Self::NotSignedIn,
            Shape::Forbidden => Self::forbidden(),
            Shape::Missing => Self::missing(model),
            Shape::Throttled => Self::TooOften(refusal.wait_seconds().unwrap_or(1)),
            Shape::Invalid => Self::bad(refusal.to_string()),
            Shape::Conflict => Self::Detail(StatusCode::CONFLICT, refusal.to_string()),
        }
    }

    fn taken(field: &str, model: &str) -> Self {
        match (field, model) {
            ("username", _) => Self::field(field, "A user with that username already exists."),
            ("name", "Organization") => {
                Self::field(field, "Organization with this Name already exists.")
            }
            ("name", "Team") => {
                Self::field("__all__", "Team with this Organization and Name already exists.")
            }
            ("name", _) => Self::field(
                "__all__",
                "Application with this Name and Organization already exists.",
            ),
            (field, _) => Self::field(field, format!("A user with that {field} already exists.")),
        }
    }
}

/// The name of one of the core's values on this face.
fn awx_name(field: &'static str) -> &'static str {
    match field {
        "label" => "description",
        "scopes" => "scope",
        "life" => "OAUTH2_PROVIDER",
        other => other,
    }
}

/// Why a password can't be taken, in AWX's words where it has any.
fn password_words(why: &str) -> String {
    let short = why.strip_prefix("needs at least ").and_then(|rest| rest.split(' ').next());
    match short.filter(|count| count.bytes().all(|b| b.is_ascii_digit())) {
        Some(count) => format!("Password must be at least {count} characters long."),
        None => format!("Password {why}."),
    }
}

/// The challenge of every 401.
const CHALLENGE: HeaderValue =
    HeaderValue::from_static("Bearer realm=api authorization_url=/api/o/authorize/");

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        match self {
            Self::NotSignedIn => unauthorized(NOT_SIGNED_IN),
            Self::CodeNeeded => unauthorized(CODE_NEEDED),
            Self::Detail(status, detail) => json_body(status, &json!({ "detail": detail })),
            Self::Fields(fields) => json_body(StatusCode::BAD_REQUEST, &Value::Object(fields)),
            Self::Body(status, body) => json_body(status, &body),
            Self::TooOften(wait) => {
                let detail =
                    format!("Request was throttled. Expected available in {wait} seconds.");
                let body = json!({ "detail": detail });
                let mut answer = json_body(StatusCode::TOO_MANY_REQUESTS, &body);
                answer.headers_mut().insert(header::RETRY_AFTER, wait.into());
                answer
            }
            Self::NoAnswer => {
                let body = json!({ "detail": "Service temporarily unavailable, try again later." });
                let mut answer = json_body(StatusCode::SERVICE_UNAVAILABLE, &body);
                answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
                answer
            }
        }
    }
}

fn unauthorized(detail: &str) -> Response {
    let mut answer = json_body(StatusCode::UNAUTHORIZED, &json!({ "detail": detail }));
    answer.headers_mut().insert(header::WWW_AUTHENTICATE, CHALLENGE);
    answer
}

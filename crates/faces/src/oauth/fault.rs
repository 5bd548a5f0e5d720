//! How OAuth says no (RFC 6749, section 5.2; RFC 6750, section 3.1).

use authority::{Error, Refusal, Shape};
use axum::Json;
use axum::http::header::{HeaderName, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::kit::Unread;

/// A no, or no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The form can't be read, or lacks something.
    BadRequest,
    /// Nobody says who asks.
    NoClient,
    /// A client's id and secret are not good.
    BadClient,
    /// The bearer token of whoever asks is not good.
    BadToken,
    /// Whoever asks may not.
    NotAllowed,
    /// There is nothing here.
    NoSuchPath,
    /// There is, but not for this method.
    NotThisMethod,
    /// The form is too long.
    TooLarge,
    /// The body is not said to be a form.
    NoForm,
    /// Too many attempts.
    TooOften,
    /// Nobody can tell now.
    NoAnswer,
}

/// An error as RFC 6749 shows it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OauthError {
    /// A code.
    error: &'static str,
    /// The same for people.
    error_description: &'static str,
}

impl Fault {
    const fn parts(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::BadRequest => {
                (StatusCode::BAD_REQUEST, "invalid_request", "the form needs one `token`")
            }
            Self::NoClient | Self::BadClient => {
                (StatusCode::UNAUTHORIZED, "invalid_client", "the client is not known")
            }
            Self::BadToken => {
                (StatusCode::UNAUTHORIZED, "invalid_token", "the bearer token is not good")
            }
            Self::NotAllowed => {
                (StatusCode::FORBIDDEN, "insufficient_scope", "this takes more permission")
            }
            Self::NoSuchPath => (StatusCode::NOT_FOUND, "not_found", "there is nothing here"),
            Self::NotThisMethod => {
                (StatusCode::METHOD_NOT_ALLOWED, "invalid_request", "not by this method")
            }
            Self::TooLarge => {
                (StatusCode::PAYLOAD_TOO_LARGE, "invalid_request", "the form is too long")
            }
            Self::NoForm => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "invalid_request",
                "send application/x-www-form-urlencoded",
            ),
            Self::TooOften => {
                (StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable", "not so often")
            }
            Self::NoAnswer => {
                (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", "try again")
            }
        }
    }

    const fn header(self) -> Option<(HeaderName, HeaderValue)> {
        let challenge = match self {
            Self::BadClient => "Basic realm=\"Chancery\"",
            Self::NoClient => "Bearer realm=\"Chancery\"",
            Self::BadToken => "Bearer realm=\"Chancery\", error=\"invalid_token\"",
            Self::NotAllowed => "Bearer realm=\"Chancery\", error=\"insufficient_scope\"",
            Self::NoAnswer | Self::TooOften => {
                return Some((RETRY_AFTER, HeaderValue::from_static("1")));
            }
            Self::BadRequest
            | Self::NoSuchPath
            | Self::NotThisMethod
            | Self::TooLarge
            | Self::NoForm => return None,
        };
        Some((WWW_AUTHENTICATE, HeaderValue::from_static(challenge)))
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let (status, error, error_description) = self.parts();
        let mut answer = (status, Json(OauthError { error, error_description })).into_response();
        answer.headers_mut().extend(self.header());
        answer
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        match refusal.shape() {
            Shape::Unauthenticated => Self::BadToken,
            Shape::Forbidden => Self::NotAllowed,
            Shape::Missing | Shape::Invalid | Shape::Conflict => Self::BadRequest,
            Shape::Throttled => Self::TooOften,
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => refusal.into(),
            Error::Unavailable(unavailable) => {
                tracing::warn!(%unavailable, "no answer");
                Self::NoAnswer
            }
        }
    }
}

impl From<Unread> for Fault {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::TooLarge => Self::TooLarge,
            Unread::Broken => Self::BadRequest,
        }
    }
}

/// Old caches know only this word (RFC 6749, section 5.1).
pub(super) async fn private(mut answer: Response) -> Response {
    answer.headers_mut().insert(PRAGMA, HeaderValue::from_static("no-cache"));
    answer
}

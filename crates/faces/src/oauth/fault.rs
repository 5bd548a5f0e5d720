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
    /// A token is not given, or not ended.
    Grant(NoGrant),
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
    /// Too often; try again after so many seconds.
    TooOften(u64),
    /// Nobody can tell now.
    NoAnswer,
}

/// Why a token is not given, or not ended. All are 400.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoGrant {
    /// Something of the form is not as it must be: what.
    Unclear(&'static str),
    /// There is no such way to obtain a token.
    NoSuchWay,
    /// The client may not obtain tokens in this way.
    NotThisWay,
    /// The subject's token, or the actor's, is not good, or not for this.
    Subject,
    /// More is asked for than there is to give, or what is no scope.
    Scope,
    /// The token can't be for whom it is asked for.
    Target,
    /// The token can't be revoked by itself.
    NotKept,
}

impl NoGrant {
    const fn parts(self) -> (&'static str, &'static str) {
        match self {
            Self::Unclear(what) => ("invalid_request", what),
            Self::NoSuchWay => {
                ("unsupported_grant_type", "tokens are not obtained in this way here")
            }
            Self::NotThisWay => {
                ("unauthorized_client", "the client may not obtain tokens in this way")
            }
            Self::Subject => {
                ("invalid_request", "the subject's token, or the actor's, is not good for this")
            }
            Self::Scope => ("invalid_scope", "this is no scope, or beyond what the credential may"),
            Self::Target => ("invalid_target", "the token can't be for this audience or resource"),
            Self::NotKept => (
                "unsupported_token_type",
                "an exchanged token ends soon, or with what it was made of",
            ),
        }
    }
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
            Self::Grant(no) => {
                let (error, error_description) = no.parts();
                (StatusCode::BAD_REQUEST, error, error_description)
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
            Self::TooOften(_) => {
                (StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable", "not so often")
            }
            Self::NoAnswer => {
                (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", "try again")
            }
        }
    }

    fn header(self) -> Option<(HeaderName, HeaderValue)> {
        let challenge = match self {
            Self::BadClient => "Basic realm=\"Chancery\"",
            Self::NoClient => "Bearer realm=\"Chancery\"",
            Self::BadToken => "Bearer realm=\"Chancery\", error=\"invalid_token\"",
            Self::NotAllowed => "Bearer realm=\"Chancery\", error=\"insufficient_scope\"",
            Self::NoAnswer => return Some((RETRY_AFTER, HeaderValue::from_static("1"))),
            Self::TooOften(wait) => return Some((RETRY_AFTER, HeaderValue::from(wait))),
            Self::BadRequest
            | Self::Grant(_)
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
            _ if refusal == Refusal::NotKept => NoGrant::NotKept.into(),
            Shape::Unauthenticated => Self::BadToken,
            Shape::Forbidden => Self::NotAllowed,
            Shape::Missing | Shape::Invalid | Shape::Conflict => Self::BadRequest,
            Shape::Throttled => Self::TooOften(refusal.wait_seconds().unwrap_or(1)),
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

impl Fault {
    /// As the token endpoint says no (RFC 6749, section 5.2; RFC 8693, section 2.2.2; RFC 8707,
    /// section 2).
    pub(super) fn of_grant(error: Error) -> Self {
        let Error::Refused(refusal) = error else { return error.into() };
        let no = match (refusal.code(), &refusal) {
            (_, Refusal::Invalid { field: "audience", .. }) => NoGrant::Target,
            (_, Refusal::Invalid { field: "scope", .. }) | ("scope_beyond", _) => NoGrant::Scope,
            ("grant_not_allowed" | "not_permitted" | "not_a_member", _) => NoGrant::NotThisWay,
            ("unauthenticated", _) => return Self::BadClient,
            ("grant_refused" | "cannot_breed", _) => NoGrant::Subject,
            _ => return refusal.into(),
        };
        no.into()
    }
}

impl From<NoGrant> for Fault {
    fn from(no: NoGrant) -> Self {
        Self::Grant(no)
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

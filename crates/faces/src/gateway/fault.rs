//! How a gateway is told no. Nothing here depends on why a token is not good.

use std::time::Duration;

use authority::Unavailable;
use authority::error::whole_seconds;
use authority::token::Reason;
use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, HeaderName, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

/// A no, or no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// No token was shown.
    NoToken,
    /// The token is not good.
    BadToken,
    /// The token is good, but not for this.
    NotAllowed,
    /// The token is good, but not so often: with this status, and not for so long.
    TooOften(StatusCode, Duration),
    /// Nobody can tell now.
    NoAnswer,
}

/// RFC 6750, section 3.
const NO_TOKEN: HeaderValue = HeaderValue::from_static("Bearer realm=\"Chancery\"");
const BAD_TOKEN: HeaderValue =
    HeaderValue::from_static("Bearer realm=\"Chancery\", error=\"invalid_token\"");
const NOT_ALLOWED: HeaderValue =
    HeaderValue::from_static("Bearer realm=\"Chancery\", error=\"insufficient_scope\"");
const SOON: HeaderValue = HeaderValue::from_static("1");
pub(super) const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

impl Fault {
    /// Its status, and the header that goes with it.
    pub(super) fn parts(self) -> (StatusCode, HeaderName, HeaderValue) {
        match self {
            Self::NoToken => (StatusCode::UNAUTHORIZED, WWW_AUTHENTICATE, NO_TOKEN),
            Self::BadToken => (StatusCode::UNAUTHORIZED, WWW_AUTHENTICATE, BAD_TOKEN),
            Self::NotAllowed => (StatusCode::FORBIDDEN, WWW_AUTHENTICATE, NOT_ALLOWED),
            Self::TooOften(status, wait) => {
                (status, RETRY_AFTER, HeaderValue::from(whole_seconds(wait)))
            }
            Self::NoAnswer => (StatusCode::SERVICE_UNAVAILABLE, RETRY_AFTER, SOON),
        }
    }
}

impl From<Reason> for Fault {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::Scope | Reason::Kind | Reason::Rate => Self::NotAllowed,
            Reason::Malformed
            | Reason::Unknown
            | Reason::NotYet
            | Reason::Expired
            | Reason::Revoked
            | Reason::Spent
            | Reason::Disabled
            | Reason::HolderDisabled
            | Reason::Address
            | Reason::Audience => Self::BadToken,
        }
    }
}

impl From<Unavailable> for Fault {
    fn from(unavailable: Unavailable) -> Self {
        // Metrics count it, and the node's own work warns of the outage once.
        tracing::debug!(%unavailable, "a check has no answer");
        Self::NoAnswer
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let (status, name, value) = self.parts();
        let mut answer = Response::new(Body::empty());
        *answer.status_mut() = status;
        let headers = answer.headers_mut();
        headers.reserve(2);
        headers.insert(CACHE_CONTROL, NO_STORE);
        headers.insert(name, value);
        answer
    }
}

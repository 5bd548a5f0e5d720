//! What every answer carries.

use axum::http::HeaderValue;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, Entry, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::Response;

/// Headers for an answer that no browser or cache should take for anything else. One that the
/// answer has already stays as it is.
const USUAL: [(axum::http::HeaderName, HeaderValue); 4] = [
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    ),
];

/// Adds what every answer carries. For [`axum::middleware::map_response`].
pub async fn guarded(mut answer: Response) -> Response {
    for (name, value) in USUAL {
        if let Entry::Vacant(place) = answer.headers_mut().entry(name) {
            place.insert(value);
        }
    }
    answer
}

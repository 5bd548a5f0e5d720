//! Answers that are given before a large body was read.

use axum::extract::{Request, State};
use axum::http::header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};
use axum::http::{HeaderMap, HeaderValue, Version};
use axum::middleware::Next;
use axum::response::Response;

use super::Desk;

/// Ends the connection with an answer to a request whose large body was not read: an uploader then stops, and
/// reads why (contract, section 1.4).
pub(super) async fn refused_early(
    State(desk): State<Desk>,
    request: Request,
    next: Next,
) -> Response {
    let large = is_large(request.headers(), desk.context.largest_body);
    // Later versions end a stream, and not the connection.
    let alone = request.version() <= Version::HTTP_11;
    let mut answer = next.run(request).await;
    if large && alone && !answer.status().is_success() {
        answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    answer
}

/// Whether a body is larger than is read, or does not say.
fn is_large(headers: &HeaderMap, limit: usize) -> bool {
    let said = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    let length = said.and_then(|length| length.parse::<usize>().ok());
    headers.contains_key(TRANSFER_ENCODING) || length.is_some_and(|length| length > limit)
}

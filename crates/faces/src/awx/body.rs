//! What a request brings: what it accepts, its query, its body (contract section 1).

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use serde_json::{Map, Value};

use super::Shared;
use super::asked::accepts;
use super::fault::Fault;
use super::python::json_fault;
use crate::kit::{Unread, is_of_type, read_body, sound_json};

/// The most parameters of a query.
const MOST_PARAMETERS: usize = 128;

/// Whether the request can be answered at all, and its query.
pub(super) fn negotiate(parts: &Parts) -> Result<Vec<(String, String)>, Fault> {
    let query = parts.uri.query().unwrap_or_default();
    let query: Vec<(String, String)> = serde_urlencoded::from_str(query)
        .map_err(|_| Fault::bad("The query string can't be read."))?;
    if query.len() > MOST_PARAMETERS || query.iter().any(|(_, value)| value.contains('\0')) {
        return Err(Fault::bad("The query string can't be read."));
    }
    // A token has no place in an address (contract section 12).
    if query.iter().any(|(name, _)| name == "access_token") {
        return Err(Fault::NotSignedIn);
    }
    let format = query.iter().rev().find(|(name, _)| name == "format");
    let asked = format.is_none_or(|(_, format)| format == "json");
    // Pages for people are the console's: JSON is all there is, for those who take text/html too.
    if asked && (accepts(parts, "application/json") || accepts(parts, "text/html")) {
        return Ok(query);
    }
    let detail = "Could not satisfy the request Accept header.".to_owned();
    Err(Fault::Detail(StatusCode::NOT_ACCEPTABLE, detail))
}

/// The members of the body, which is looked at before anybody is asked who they are.
pub(super) async fn read(
    shared: &Shared,
    parts: &Parts,
    body: Body,
) -> Result<Map<String, Value>, Fault> {
    if ![Method::POST, Method::PUT, Method::PATCH].contains(&parts.method) {
        return Ok(Map::new());
    }
    let bytes = read_body(&parts.headers, body, shared.context.largest_body).await;
    let bytes = bytes.map_err(|unread| match unread {
        Unread::TooLarge => {
            Fault::Detail(StatusCode::PAYLOAD_TOO_LARGE, "The body is too large.".to_owned())
        }
        Unread::Broken => Fault::bad("The body ended early."),
    })?;
    if bytes.is_empty() {
        return Ok(Map::new());
    }
    if !is_of_type(&parts.headers, "application/json") {
        let detail = "You did not use correct Content-Type in your HTTP request. If you are using \
                      our REST API, the Content-Type must be application/json";
        return Err(Fault::Detail(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail.to_owned()));
    }
    let Value::Object(members) = object(&bytes)? else {
        return Err(Fault::bad("JSON parse error - not a JSON object"));
    };
    Ok(members)
}

fn object(bytes: &[u8]) -> Result<Value, Fault> {
    let broken = |why: String| {
        Fault::bad(format!("JSON parse error - {why}\nPossible cause: trailing comma."))
    };
    let parsed: Value = serde_json::from_slice(bytes).map_err(|_| broken(json_fault(bytes)))?;
    match sound_json(bytes) {
        // A null character is refused by the field that it is in.
        Err(fault) if !fault.to_string().starts_with("null character") => {
            Err(broken("a member is there twice, or nested too deep".to_owned()))
        }
        Ok(()) | Err(_) => Ok(parsed),
    }
}

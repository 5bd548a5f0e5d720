//! What every answer of a view carries (contract section 1, response headers).

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::Value;

use super::Shared;
use super::fault::Fault;
use super::view::View;

/// The version whose API this is.
pub(super) const VERSION: &str = "24.6.1";
/// The name that this node is known by on this face.
pub(super) const NODE: &str = "chancery";

/// A good answer.
#[derive(Default)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) body: Option<Value>,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
}

impl Reply {
    pub(super) fn ok(body: Value) -> Self {
        Self { status: StatusCode::OK, body: Some(body), headers: Vec::new() }
    }

    /// Something was made; where it is, is in its `url`.
    pub(super) fn created(body: Value) -> Self {
        let url = body.get("url").and_then(Value::as_str).map(HeaderValue::from_str);
        let location = url.and_then(Result::ok).map(|url| (header::LOCATION, url));
        let headers = location.into_iter().collect();
        Self { status: StatusCode::CREATED, body: Some(body), headers }
    }

    pub(super) fn nothing() -> Self {
        Self { status: StatusCode::NO_CONTENT, ..Self::default() }
    }

    /// Says in each URL the format that was asked for by name, as AWX does.
    #[must_use]
    pub(super) fn in_format(mut self, parts: &Parts) -> Self {
        let named = parts
            .uri
            .query()
            .is_some_and(|query| query.split('&').any(|pair| pair == "format=json"));
        if let Some(body) = self.body.as_mut().filter(|_| named) {
            in_format(body, false);
        }
        self
    }

    #[must_use]
    pub(super) fn with(mut self, name: HeaderName, value: &'static str) -> Self {
        self.headers.push((name, HeaderValue::from_static(value)));
        self
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let mut answer = match &self.body {
            Some(body) => json_body(self.status, body),
            None => self.status.into_response(),
        };
        answer.headers_mut().extend(self.headers);
        answer
    }
}

/// Adds the format to the URLs of objects: their `url`, and all that is `related`.
fn in_format(value: &mut Value, related: bool) {
    match value {
        Value::String(url) if related && url.starts_with("/api/") => url.push_str("?format=json"),
        Value::Array(all) => all.iter_mut().for_each(|one| in_format(one, related)),
        Value::Object(members) => {
            for (name, one) in members {
                in_format(one, related || name == "url" || name == "related");
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Compact JSON, with nothing escaped that need not be.
pub(super) fn json_body(status: StatusCode, body: &Value) -> Response {
    let json = [(header::CONTENT_TYPE, "application/json")];
    (status, json, body.to_string()).into_response()
}

/// A time as AWX writes it: microseconds, unless there are none.
pub(super) fn time(at: Timestamp) -> Value {
    let format = if at.subsec_nanosecond() / 1_000 == 0 { "%FT%TZ" } else { "%FT%T.%6fZ" };
    Value::String(at.strftime(format).to_string())
}

/// A time that may be missing.
pub(super) fn maybe_time(at: Option<Timestamp>) -> Value {
    at.map_or(Value::Null, time)
}

/// Says in an answer what each answer of this view says.
pub(super) fn dress(
    answer: Result<Reply, Fault>,
    view: &View,
    (shared, asked, began): (&Shared, &HeaderMap, Timestamp),
    signed_in: bool,
) -> Response {
    let mut answer = answer.map_or_else(Fault::into_response, Reply::into_response);
    let spent = shared.context.authority.now().duration_since(began).as_secs_f64();
    let spent = format!("{spent:.3}s");
    let request = request_id(asked).unwrap_or_else(|| shared.context.authority.form_nonce());
    let known_as = |name: &'static str| HeaderName::from_static(name);
    let mut said = vec![
        (header::ALLOW, view.allowed()),
        (header::VARY, "Accept, Accept-Language, origin, Cookie".to_owned()),
        (known_as("x-api-product-name"), "AWX".to_owned()),
        (known_as("x-api-node"), NODE.to_owned()),
        (known_as("x-api-time"), spent.clone()),
        (known_as("x-api-total-time"), spent),
        (known_as("x-api-request-id"), request),
        (header::ACCESS_CONTROL_EXPOSE_HEADERS, "X-API-Request-Id".to_owned()),
        (header::CONTENT_LANGUAGE, "en".to_owned()),
    ];
    if signed_in {
        said.push((known_as("x-api-product-version"), VERSION.to_owned()));
    }
    for (name, value) in said {
        if let Ok(value) = HeaderValue::from_str(&value) {
            answer.headers_mut().insert(name, value);
        }
    }
    answer
}

/// The caller's own id of its request, if that is 32 hexadecimal digits.
fn request_id(asked: &HeaderMap) -> Option<String> {
    let told = asked.get("x-api-request-id").and_then(|value| value.to_str().ok());
    let fits = |id: &&str| id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit());
    told.filter(fits).map(str::to_owned)
}

/// The methods of a view as a header has them.
pub(super) fn methods(methods: &[Method]) -> String {
    let names: Vec<&str> = methods.iter().map(Method::as_str).collect();
    names.join(", ")
}

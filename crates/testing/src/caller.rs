//! Somebody who drives a router, and writes down what was said.

use std::fmt::Write;
use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

/// Headers that say the same in every answer; a transcript leaves them out.
const USUAL: [&str; 5] = [
    "content-length",
    "cache-control",
    "x-content-type-options",
    "referrer-policy",
    "content-security-policy",
];

/// Somebody who drives a router.
#[derive(Clone)]
pub struct Caller {
    router: Router,
    headers: HeaderMap,
    from: SocketAddr,
}

/// What was answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, if it is text.
    pub body: String,
}

impl Answer {
    /// The body as JSON; `null` if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }

    /// A header's value, empty if there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Status and body, and the headers that are not in every answer. Signed tokens differ in
    /// each run and secrets are nobody's business, so both are cut short.
    pub fn transcript(&self) -> String {
        let mut text = format!("{}\n", self.status);
        for (name, value) in &self.headers {
            if !USUAL.contains(&name.as_str()) {
                let _ = writeln!(text, "{name}: {}", value.to_str().unwrap_or("…"));
            }
        }
        let body = match serde_json::from_str::<Value>(&self.body) {
            Ok(json) => serde_json::to_string_pretty(&json).unwrap_or_default(),
            Err(_) => self.body.clone(),
        };
        if !body.is_empty() {
            let _ = write!(text, "\n{body}\n");
        }
        cut_secrets(&text)
    }
}

impl Caller {
    /// Somebody at a documentation address (RFC 5737), without credentials.
    pub fn new(router: Router) -> Self {
        Self { router, headers: HeaderMap::new(), from: ([192, 0, 2, 1], 40_000).into() }
    }

    /// The same, from this address.
    #[must_use]
    pub fn from(mut self, address: [u8; 4]) -> Self {
        self.from = (address, 40_000).into();
        self
    }

    /// The same, with a header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(name, value.parse().expect("a header value"));
        self
    }

    /// The same, with a header once more.
    #[must_use]
    pub fn again(mut self, name: &'static str, value: &str) -> Self {
        self.headers.append(name, value.parse().expect("a header value"));
        self
    }

    /// The same, with a bearer token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.with(AUTHORIZATION.as_str(), &format!("Bearer {token}"))
    }

    /// The same, with a user name and password.
    #[must_use]
    pub fn basic(self, username: &str, password: &str) -> Self {
        let encoded = STANDARD.encode(format!("{username}:{password}"));
        self.with(AUTHORIZATION.as_str(), &format!("Basic {encoded}"))
    }

    /// Asks without a body.
    pub async fn asks(&self, method: Method, path: &str) -> Answer {
        self.sends(method, path, None, Vec::new()).await
    }

    /// Gets.
    pub async fn gets(&self, path: &str) -> Answer {
        self.asks(Method::GET, path).await
    }

    /// Asks with a JSON body.
    pub async fn tells(&self, method: Method, path: &str, body: &Value) -> Answer {
        let bytes = serde_json::to_vec(body).expect("JSON");
        self.sends(method, path, Some("application/json"), bytes).await
    }

    /// Posts a JSON body.
    pub async fn posts(&self, path: &str, body: &Value) -> Answer {
        self.tells(Method::POST, path, body).await
    }

    /// Posts a form.
    pub async fn fills(&self, path: &str, form: &str) -> Answer {
        let kind = Some("application/x-www-form-urlencoded");
        self.sends(Method::POST, path, kind, form.as_bytes().to_vec()).await
    }

    /// Asks with any body.
    pub async fn sends(
        &self,
        method: Method,
        path: &str,
        media_type: Option<&str>,
        body: Vec<u8>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(media_type) = media_type {
            request = request.header(CONTENT_TYPE, media_type);
        }
        let mut request = request.body(Body::from(body)).expect("a request");
        request.headers_mut().extend(self.headers.clone());
        request.extensions_mut().insert(ConnectInfo(self.from));
        let answer = self.router.clone().oneshot(request).await;
        let answer = answer.unwrap_or_else(|never| match never {});
        let (parts, body) = answer.into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        let body = String::from_utf8_lossy(&body).into_owned();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// A whole exchange without a body, written down.
    pub async fn exchange(&self, method: Method, path: &str) -> String {
        let answer = self.asks(method.clone(), path).await;
        format!("{method} {path}\n{}", answer.transcript())
    }

    /// A whole exchange with a JSON body, written down.
    pub async fn says(&self, method: Method, path: &str, body: &Value) -> String {
        let answer = self.tells(method.clone(), path, body).await;
        format!("{method} {path}\n{}", answer.transcript())
    }
}

/// Leaves of each secret its prefix and five more characters. What looks like the beginning of a
/// secret in the middle of one is part of it.
fn cut_secrets(text: &str) -> String {
    let of_secret = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    let mut cut = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (word, after) = rest.split_at(rest.find(|c| !of_secret(c)).unwrap_or(rest.len()));
        let (gap, next) = after.split_at(after.find(of_secret).unwrap_or(after.len()));
        cut.push_str(&cut_secret(word));
        cut.push_str(gap);
        rest = next;
    }
    cut
}

fn cut_secret(word: &str) -> String {
    let is_secret = word.starts_with("tk") && word.len() > 42 && word.chars().nth(4) == Some('_');
    let shown = if word.starts_with("tkat_") { 5 } else { 10 };
    match word.get(..shown) {
        Some(head) if is_secret => format!("{head}…"),
        Some(_) | None => word.to_owned(),
    }
}

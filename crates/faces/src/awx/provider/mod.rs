//! The OAuth 2 provider, `/api/o/` (contract section 4): three endpoints that are no views.
//!
//! Read `token.rs`, `revoke.rs`, then `authorize.rs` (what a browser sees).

mod authorize;
mod revoke;
mod token;

use authority::Error;
use authority::grant::ShownClient;
use authority::scope::Scopes;
use authority::token::Surface;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::Shared;
use super::asked::Asked;
use super::fault::Fault;
use super::reply::Reply;
use super::view::Doing;
use crate::kit::{Credentials, credentials, form_fields, is_of_type, read_body, visit};

pub(super) use authorize::authorize;

/// `GET /api/o/`
pub(super) fn root(_: &Asked) -> Doing<'_> {
    Box::pin(async {
        Ok(Reply::ok(serde_json::json!({
            "authorize": "/api/o/authorize/",
            "token": "/api/o/token/",
            "revoke_token": "/api/o/revoke_token/",
        })))
    })
}

/// `POST /api/o/token/`
pub(super) async fn token(State(shared): State<Shared>, request: Request) -> Response {
    match posted(&shared, request).await {
        Ok(form) => token::answer(&shared, form).await.unwrap_or_else(No::into_response),
        Err(answer) => answer,
    }
}

/// `POST /api/o/revoke_token/`
pub(super) async fn revoke(State(shared): State<Shared>, request: Request) -> Response {
    match posted(&shared, request).await {
        Ok(form) => revoke::answer(&shared, form).await.unwrap_or_else(No::into_response),
        Err(answer) => answer,
    }
}

/// What a client sent.
struct Form {
    parts: Parts,
    /// None if the body is no form: then it has no fields.
    fields: Option<Vec<(String, String)>>,
}

impl Form {
    fn get(&self, name: &str) -> Option<&str> {
        let fields = self.fields.as_deref().unwrap_or_default();
        let field = fields.iter().find(|(known, _)| known == name);
        field.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }
}

/// How the provider says no (RFC 6749, section 5.2).
enum No {
    /// The client is not known.
    Client,
    /// An error, and its description if it has one.
    Error(&'static str, Option<&'static str>),
    /// A status and a text.
    Text(StatusCode, String),
    /// Too often, or nobody can tell now.
    Later(Fault),
}

impl No {
    const fn error(error: &'static str) -> Self {
        Self::Error(error, None)
    }

    /// An outage, or too many attempts; anything else is this error.
    fn of(error: Error, otherwise: &'static str) -> Self {
        let fault = Fault::of(error, "");
        if fault.is_for_later() { Self::Later(fault) } else { Self::error(otherwise) }
    }
}

impl IntoResponse for No {
    fn into_response(self) -> Response {
        match self {
            Self::Client => {
                let mut answer =
                    spaced(StatusCode::UNAUTHORIZED, &[("error", "invalid_client".into())]);
                let challenge = HeaderValue::from_static("Bearer error=\"invalid_client\"");
                answer.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
                answer
            }
            Self::Error(error, description) => {
                let mut members = vec![("error", Value::from(error))];
                members.extend(description.map(|text| ("error_description", text.into())));
                spaced(StatusCode::BAD_REQUEST, &members)
            }
            Self::Text(status, text) => {
                let html = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
                (status, html, text).into_response()
            }
            Self::Later(fault) => fault.into_response(),
        }
    }
}

async fn posted(shared: &Shared, request: Request) -> Result<Form, Response> {
    let (parts, body) = request.into_parts();
    if parts.method == Method::POST {
        return form(shared, parts, body).await.map_err(No::into_response);
    }
    let describes = parts.method == Method::OPTIONS;
    let status = if describes { StatusCode::OK } else { StatusCode::METHOD_NOT_ALLOWED };
    Err((status, [(header::ALLOW, "POST, OPTIONS")]).into_response())
}

async fn form(shared: &Shared, parts: Parts, body: Body) -> Result<Form, No> {
    let invalid = || No::error("invalid_request");
    // Grants and secrets have no place in an address.
    let query = parts.uri.query().unwrap_or_default();
    if !query.is_empty() {
        return Err(invalid());
    }
    let bytes = read_body(&parts.headers, body, shared.context.largest_body).await;
    let bytes = bytes.map_err(|_| invalid())?;
    if !is_of_type(&parts.headers, "application/x-www-form-urlencoded") {
        return Ok(Form { parts, fields: None });
    }
    let fields = same_once(&bytes).ok_or_else(invalid)?;
    Ok(Form { parts, fields: Some(fields) })
}

/// The fields of a form. One that is there twice with the same value is there once (record 330); with
/// another it makes no form (RFC 6749, section 3.2).
fn same_once(bytes: &[u8]) -> Option<Vec<(String, String)>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut seen: Vec<&str> = Vec::new();
    for pair in text.split('&').take(256) {
        if !seen.contains(&pair) {
            seen.push(pair);
        }
    }
    form_fields(seen.join("&").as_bytes())
}

/// The client that sent a form: by Basic, or by its fields (RFC 6749, section 2.3.1).
async fn client(shared: &Shared, form: &Form) -> Result<ShownClient, No> {
    let (id, secret) = match credentials(&form.parts.headers) {
        Credentials::Basic(basic) => {
            let of = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
            (of(&basic.username), Some(of(basic.password.reveal())))
        }
        Credentials::None => {
            let id = form.get("client_id").ok_or(No::Client)?;
            (id.to_owned(), form.get("client_secret").map(str::to_owned))
        }
        Credentials::Bearer(_) | Credentials::Unreadable => return Err(No::Client),
    };
    let visit = visit(&form.parts, &shared.context.trusted, Surface::Awx);
    let shown = shared.context.authority.authenticate_oauth((&id, secret.as_deref()), &visit).await;
    shown
        .map_err(|error| Fault::of(error, ""))
        .map_err(|fault| if fault.is_for_later() { No::Later(fault) } else { No::Client })
}

/// Scopes as a client asks for them: words of AWX's, each at most once. None if they are not.
fn scopes(text: &str) -> Option<Scopes> {
    super::scope::parse(text)
}

/// JSON as this part of AWX writes it, with blanks after colons and commas.
fn spaced(status: StatusCode, members: &[(&str, Value)]) -> Response {
    let members: Vec<String> =
        members.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect();
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
        (header::PRAGMA, "no-cache"),
    ];
    (status, headers, format!("{{{}}}", members.join(", "))).into_response()
}

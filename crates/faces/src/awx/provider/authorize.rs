//! `/api/o/authorize/`: a user is asked whether an application may act for them.

use authority::grant::{Asked, Considered, NoCode};
use authority::{Actor, Error};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::scopes;
use crate::awx::Shared;
use crate::awx::fault::Fault;
use crate::awx::page;
use crate::awx::session::{Cookies, away, refreshed, seal_for, sealed, set_cookie};
use crate::kit::{form_fields, read_body};

/// The fields of a request, which go to the form and back.
const NAMES: [&str; 9] = [
    "redirect_uri",
    "scope",
    "nonce",
    "client_id",
    "state",
    "response_type",
    "code_challenge",
    "code_challenge_method",
    "claims",
];

/// What is quoted of a path in a query: all but these and letters and digits.
const QUOTED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

type Fields = Vec<(String, String)>;

/// `GET` and `POST /api/o/authorize/`
pub(in crate::awx) async fn authorize(State(shared): State<Shared>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    if ![Method::GET, Method::HEAD, Method::POST].contains(&parts.method) {
        let allow = [(header::ALLOW, "GET, POST, HEAD, OPTIONS")];
        return (StatusCode::METHOD_NOT_ALLOWED, allow).into_response();
    }
    let Some(session) = Cookies::of(&parts.headers).session else {
        return to_login(&parts);
    };
    let actor = shared.context.authority.authenticate_browser(&session).await;
    let actor = match actor.map_err(|error| Fault::of(error, "")) {
        Ok(actor) => actor,
        Err(Fault::NotSignedIn) => return to_login(&parts),
        Err(fault) => return fault.into_response(),
    };
    let outcome = if parts.method == Method::POST {
        let bytes = read_body(&parts.headers, body, shared.context.largest_body).await;
        let fields = bytes.ok().and_then(|bytes| form_fields(&bytes));
        decided(&shared, &parts, (&actor, &session), fields.unwrap_or_default()).await
    } else {
        ask(&shared, &parts, (&actor, &session)).await
    };
    let answer = outcome.unwrap_or_else(|error| Fault::of(error, "").into_response());
    refreshed(answer, &shared, Some(&session))
}

fn to_login(parts: &Parts) -> Response {
    let asked = parts.extensions.get::<axum::extract::OriginalUri>().map(|uri| &uri.0);
    let asked = asked.unwrap_or(&parts.uri).path_and_query();
    let next = asked.map(PathAndQuery::as_str).unwrap_or_default();
    away(&format!("/api/login/?next={}", utf8_percent_encode(next, QUOTED)))
}

fn get<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    let found = fields.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
}

async fn consider(shared: &Shared, fields: &Fields) -> Result<Result<Considered, NoCode>, Error> {
    let wished = scopes(get(fields, "scope").unwrap_or("read write"));
    let asked = Asked {
        response_type: get(fields, "response_type"),
        client_id: get(fields, "client_id"),
        redirect_uri: get(fields, "redirect_uri"),
        scopes: wished.as_ref(),
        challenge: get(fields, "code_challenge"),
        method: get(fields, "code_challenge_method"),
    };
    shared.context.authority.consider(asked).await
}

async fn ask(
    shared: &Shared,
    parts: &Parts,
    (actor, session): (&Actor, &str),
) -> Result<Response, Error> {
    let fields = form_fields(parts.uri.query().unwrap_or_default().as_bytes());
    let Some(fields) = fields else { return Ok(page::astray("request")) };
    let considered = match consider(shared, &fields).await? {
        Ok(considered) => considered,
        Err(no) => return Ok(back(no, &fields)),
    };
    if considered.skips_consent() {
        return allowed(shared, actor, (&considered, &fields)).await;
    }
    let (seal, cookie) = seal_for(shared, parts, session);
    let mut hidden = vec![("csrfmiddlewaretoken", seal.as_str())];
    hidden.extend(NAMES.map(|name| (name, get(&fields, name).unwrap_or_default())));
    let scopes = considered.scopes().to_string();
    let asking = (considered.application().name.as_str(), scopes.as_str());
    let mut answer = page::question(asking, &hidden, considered.redirect_uri());
    set_cookie(&mut answer, &cookie);
    Ok(answer)
}

async fn decided(
    shared: &Shared,
    parts: &Parts,
    (actor, session): (&Actor, &str),
    fields: Fields,
) -> Result<Response, Error> {
    let header = parts.headers.get("x-csrftoken").and_then(|value| value.to_str().ok());
    let told = header.or_else(|| get(&fields, "csrfmiddlewaretoken"));
    if let Err(why) = sealed(shared, parts, (session, told)) {
        return Ok(page::refused(why));
    }
    let considered = match consider(shared, &fields).await? {
        Ok(considered) => considered,
        Err(no) => return Ok(back(no, &fields)),
    };
    if get(&fields, "allow").is_none() {
        let no = NoCode::Back(considered.redirect_uri().to_owned(), "access_denied");
        return Ok(back(no, &fields));
    }
    allowed(shared, actor, (&considered, &fields)).await
}

async fn allowed(
    shared: &Shared,
    actor: &Actor,
    (considered, fields): (&Considered, &Fields),
) -> Result<Response, Error> {
    let code = shared.context.authority.authorize(actor, considered).await?;
    Ok(away(&with(considered.redirect_uri(), ("code", code.reveal()), fields)))
}

fn back(no: NoCode, fields: &Fields) -> Response {
    match no {
        NoCode::Unknown(what) => page::astray(what),
        NoCode::Back(uri, error) => away(&with(&uri, ("error", error), fields)),
    }
}

/// A redirect address with an answer, and the state that its client gave.
fn with(uri: &str, (name, value): (&str, &str), fields: &Fields) -> String {
    let sign = if uri.contains('?') { '&' } else { '?' };
    let mut all = vec![(name, value)];
    all.extend(get(fields, "state").map(|state| ("state", state)));
    let query = serde_urlencoded::to_string(all).unwrap_or_default();
    format!("{uri}{sign}{query}")
}

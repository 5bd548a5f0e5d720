//! Logging in and out with a browser: cookies, and seals against forged requests (contract section 5).

use authority::account::Login;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::Shared;
use super::asked::accepts;
use super::fault::{CODE_NEEDED, Fault};
use crate::kit::{door, form_fields, is_of_type, read_body};

/// The name of the cookie that carries a session.
pub(super) const SESSION: &str = "awx_sessionid";
/// The name of the cookie that carries a seal.
const SEAL: &str = "csrftoken";

/// The cookies that this face knows.
#[derive(Default)]
pub(super) struct Cookies {
    pub(super) session: Option<String>,
    pub(super) seal: Option<String>,
}

impl Cookies {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let mut cookies = Self::default();
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        for (name, value) in
            lines.flat_map(|line| line.split(';')).filter_map(|c| c.split_once('='))
        {
            let value = value.trim().trim_matches('"').to_owned();
            match name.trim() {
                SESSION if !value.is_empty() => cookies.session = Some(value),
                SEAL if !value.is_empty() => cookies.seal = Some(value),
                _ => {}
            }
        }
        cookies
    }
}

/// Whether a request that changes something, by a cookie, comes from one of our own pages or from a
/// program that reads its cookies: it repeats the seal.
pub(super) fn header_seal(
    shared: &Shared,
    parts: &Parts,
    session: &str,
) -> Result<(), &'static str> {
    let told = parts.headers.get("x-csrftoken").and_then(|value| value.to_str().ok());
    sealed(shared, parts, (session, told))
}

/// Whether a seal that was told is ours, belongs to this session, and is the cookie's.
pub(super) fn sealed(
    shared: &Shared,
    parts: &Parts,
    (session, told): (&str, Option<&str>),
) -> Result<(), &'static str> {
    let Some(cookie) = Cookies::of(&parts.headers).seal else {
        return Err("CSRF cookie not set.");
    };
    let told = told.ok_or("CSRF token missing.")?;
    if told != cookie || !shared.context.authority.form_is_ours(session, told) {
        return Err("CSRF token from the 'X-Csrftoken' HTTP header incorrect.");
    }
    if foreign(shared, parts) { Err("Referer checking failed.") } else { Ok(()) }
}

/// Whether a browser says that a request comes from a page of another host, or, where the public
/// address is one of TLS, from one that anybody on the way could have made. Our own pages tell no
/// origin: `null`.
fn foreign(shared: &Shared, parts: &Parts) -> bool {
    let issuer = &shared.context.authority.policy().issuer;
    let secure = issuer.starts_with("https://");
    let told = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let host = told(header::HOST.as_str());
    let ours = |origin: &str| {
        let (scheme, rest) = origin.split_once("://").unwrap_or_default();
        let named = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let here = issuer.split_once("://").is_some_and(|(_, own)| own == named);
        (Some(named) == host || here) && (scheme == "https" || !secure)
    };
    let origin = told("origin").is_some_and(|origin| origin != "null" && !ours(origin));
    let site =
        told("sec-fetch-site").is_some_and(|site| ["cross-site", "same-site"].contains(&site));
    origin || site || (secure && told("referer").is_some_and(|referer| !ours(referer)))
}

/// `; Secure`, where the public address is one of TLS.
fn secure(shared: &Shared) -> &'static str {
    if shared.context.authority.policy().issuer.starts_with("https://") { "; Secure" } else { "" }
}

/// Gives a browser its session's cookie anew, so that it lives as long as the session.
pub(super) fn refreshed(mut answer: Response, shared: &Shared, session: Option<&str>) -> Response {
    let Some(session) = session else { return answer };
    let seconds = shared.context.authority.policy().grants.browser_idle.as_secs();
    let cookie = format!(
        "{SESSION}={session}; HttpOnly; Max-Age={seconds}; Path=/; SameSite=Lax{}",
        secure(shared)
    );
    let timeout = HeaderName::from_static("session-timeout");
    answer.headers_mut().insert(timeout, seconds.into());
    set_cookie(&mut answer, &cookie);
    answer
}

pub(super) fn set_cookie(answer: &mut Response, cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        answer.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// A seal for this session, or for a browser that has none yet, as a cookie.
pub(super) fn seal_cookie(shared: &Shared, session: &str) -> (String, String) {
    let authority = &shared.context.authority;
    let seal = authority.form_seal(session, &authority.form_nonce());
    let cookie = cookie_of(shared, &seal);
    (seal, cookie)
}

/// The seal that a browser has, if it is good for this session, else a new one; and its cookie.
pub(super) fn seal_for(shared: &Shared, parts: &Parts, session: &str) -> (String, String) {
    let has = Cookies::of(&parts.headers).seal;
    match has.filter(|seal| shared.context.authority.form_is_ours(session, seal)) {
        Some(seal) => {
            let cookie = cookie_of(shared, &seal);
            (seal, cookie)
        }
        None => seal_cookie(shared, session),
    }
}

fn cookie_of(shared: &Shared, seal: &str) -> String {
    format!("{SEAL}={seal}; Path=/; SameSite=Lax{}", secure(shared))
}

/// `GET` and `POST /api/login/`
pub(super) async fn login(State(shared): State<Shared>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let outcome = match parts.method {
        Method::GET | Method::HEAD => Ok(show(&shared, &parts)),
        Method::POST => log_in(&shared, &parts, body).await,
        _ => Ok(not_so()),
    };
    outcome.unwrap_or_else(IntoResponse::into_response)
}

/// Another method than a browser's.
fn not_so() -> Response {
    (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD, POST")]).into_response()
}

fn show(shared: &Shared, parts: &Parts) -> Response {
    if !accepts(parts, "text/html") {
        return (StatusCode::NOT_ACCEPTABLE, "None").into_response();
    }
    let query: Vec<(String, String)> =
        serde_urlencoded::from_str(parts.uri.query().unwrap_or_default()).unwrap_or_default();
    let next = query.iter().find(|(name, _)| name == "next").map(|(_, value)| value.as_str());
    form(shared, parts, next.unwrap_or("/api/"), None)
}

fn form(shared: &Shared, parts: &Parts, next: &str, complaint: Option<&str>) -> Response {
    let (seal, cookie) = seal_for(shared, parts, "");
    let mut answer = super::page::login(&seal, local(next), complaint);
    set_cookie(&mut answer, &cookie);
    answer
}

/// Where to go after logging in: a path of ours, and nowhere else.
fn local(next: &str) -> &str {
    let plain = |c: char| c.is_ascii_graphic() && c != '\\' && c != '"';
    let here = next.starts_with('/') && !next.starts_with("//") && next.chars().all(plain);
    if here { next } else { "/api/" }
}

async fn log_in(shared: &Shared, parts: &Parts, body: Body) -> Result<Response, Fault> {
    let bytes = read_body(&parts.headers, body, shared.context.largest_body).await;
    let is_form = is_of_type(&parts.headers, "application/x-www-form-urlencoded");
    let fields = bytes.ok().filter(|_| is_form).and_then(|bytes| form_fields(&bytes));
    let fields = fields.ok_or_else(|| Fault::bad("A form is needed."))?;
    let of = |name: &str| {
        let field = fields.iter().find(|(known, _)| known == name);
        field.map(|(_, value)| value.as_str())
    };
    let header = parts.headers.get("x-csrftoken").and_then(|value| value.to_str().ok());
    let told = header.or(of("csrfmiddlewaretoken"));
    // A browser may still have the cookie of a session that is over.
    let cookies = Cookies::of(&parts.headers);
    let session = cookies.session.unwrap_or_default();
    let seal = sealed(shared, parts, ("", told)).or_else(|why| {
        if session.is_empty() { Err(why) } else { sealed(shared, parts, (&session, told)) }
    });
    if let Err(why) = seal {
        return Ok(super::page::refused(why));
    }
    let login = Login {
        login: of("username").unwrap_or_default(),
        password: of("password").unwrap_or_default(),
        code: None,
    };
    let next = of("next").unwrap_or("/api/");
    let door = door(parts, &shared.context.trusted);
    let opened = shared.context.authority.open_browser(login, &door).await;
    match opened.map_err(|error| Fault::of(error, "")) {
        Ok(secret) => {
            let closed = shared.context.authority.close_browser(&session).await;
            closed.map_err(|error| Fault::of(error, ""))?;
            Ok(welcome(shared, secret.reveal(), local(next)))
        }
        Err(Fault::NotSignedIn) => {
            let wrong = "The user name and password don't fit.";
            Ok(form(shared, parts, next, Some(wrong)))
        }
        Err(Fault::CodeNeeded) => Ok(form(shared, parts, next, Some(CODE_NEEDED))),
        Err(fault) => Err(fault),
    }
}

fn welcome(shared: &Shared, session: &str, next: &str) -> Response {
    let mut answer = away(next);
    let named = HeaderName::from_static("x-api-session-cookie-name");
    answer.headers_mut().insert(named, HeaderValue::from_static(SESSION));
    set_cookie(&mut answer, &format!("userLoggedIn=true; Path=/; SameSite=Lax{}", secure(shared)));
    set_cookie(&mut answer, &seal_cookie(shared, session).1);
    refreshed(answer, shared, Some(session))
}

/// `GET /api/logout/`
pub(super) async fn logout(State(shared): State<Shared>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    if ![Method::GET, Method::HEAD, Method::POST].contains(&parts.method) {
        return not_so();
    }
    if let Some(session) = Cookies::of(&parts.headers).session {
        let closed = shared.context.authority.close_browser(&session).await;
        if let Err(error) = closed {
            return Fault::of(error, "").into_response();
        }
    }
    let mut answer = away("/api/");
    let secure = secure(&shared);
    set_cookie(&mut answer, &format!("userLoggedIn=false; Path=/{secure}"));
    set_cookie(&mut answer, &format!("{SESSION}=\"\"; Max-Age=0; Path=/; SameSite=Lax{secure}"));
    answer
}

/// A redirect to somewhere that was checked.
pub(super) fn away(to: &str) -> Response {
    let mut answer = (StatusCode::FOUND, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], "")
        .into_response();
    if let Ok(to) = HeaderValue::from_str(to) {
        answer.headers_mut().insert(header::LOCATION, to);
    }
    answer
}

//! What clients ask a server, and what its answers tell: logins and tokens over `/v0`, checks over
//! `/check`.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{Method, Request, StatusCode};
use hyper::body::Bytes;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::history::{Answer, Outcome};
use crate::wire::{Ask, Lost, Reply};

/// A pair of a session's tokens.
#[derive(Clone)]
pub struct Pair {
    /// The session.
    pub session: String,
    /// The user.
    pub user: String,
    /// The refresh token's generation.
    pub generation: i64,
    /// The access token.
    pub access: String,
    /// The refresh token.
    pub refresh: String,
}

/// What an answer tells.
pub struct Told<T> {
    /// Whether it was done.
    pub outcome: Outcome,
    /// The public part.
    pub answer: Answer,
    /// What was given, if it was done.
    pub given: Option<T>,
}

/// A secret that was just given, with its public id.
#[derive(Clone)]
pub struct Given {
    /// The token.
    pub id: String,
    /// Its secret.
    pub secret: String,
}

/// A request with a JSON body.
pub(crate) fn request(
    method: Method,
    path: &str,
    bearer: Option<&str>,
    body: Option<&Value>,
) -> Ask {
    let mut request = Request::builder().method(method).uri(path).header(HOST, "trials.test");
    if let Some(bearer) = bearer {
        request = request.header(AUTHORIZATION, format!("Bearer {bearer}"));
    }
    let body = body.map_or_else(Bytes::new, |body| {
        request = std::mem::take(&mut request).header(CONTENT_TYPE, "application/json");
        Bytes::from(body.to_string())
    });
    #[expect(clippy::expect_used, reason = "all parts of it are ours")]
    request.body(body.into()).expect("a request made of plain ASCII")
}

/// `POST /v0/auth/register`
pub fn register(email: &str, password: &str) -> Ask {
    let body = json!({ "email": email, "password": password });
    request(Method::POST, "/v0/auth/register", None, Some(&body))
}

/// `PUT /v0/auth/confirm`
pub fn confirm(link: &str) -> Ask {
    request(Method::PUT, "/v0/auth/confirm", None, Some(&json!({ "token": link })))
}

/// `POST /v0/auth/login`
pub fn log_in(email: &str, password: &str) -> Ask {
    let body = json!({ "email": email, "password": password });
    request(Method::POST, "/v0/auth/login", None, Some(&body))
}

/// `POST /v0/auth/refresh`
pub fn refresh(refresh: &str) -> Ask {
    let body = json!({ "refreshToken": refresh });
    request(Method::POST, "/v0/auth/refresh", None, Some(&body))
}

/// `POST /v0/auth/logout`
pub fn log_out(access: &str) -> Ask {
    request(Method::POST, "/v0/auth/logout", Some(access), None)
}

/// A token as it is asked for.
pub struct NewToken<'a> {
    /// Its name, and the key under which it is made once at most.
    pub label: &'a str,
    /// Whether it is good for one use only.
    pub once: bool,
    /// For what it is good.
    pub scope: &'a str,
    /// Microseconds since 1970 at which it ends.
    pub expires: Option<i64>,
}

/// `POST /v0/tokens`
pub fn issue(bearer: &str, new: &NewToken<'_>) -> Ask {
    let NewToken { label, once, scope, expires } = new;
    let mut path = format!("/v0/tokens?name={label}&once={once}&scopes={scope}");
    if let Some(end) = expires.and_then(|end| Timestamp::from_microsecond(end).ok()) {
        path = format!("{path}&expiration={end}");
    }
    let mut ask = request(Method::POST, &path, Some(bearer), None);
    if let Ok(key) = label.parse() {
        ask.headers_mut().insert("idempotency-key", key);
    }
    ask
}

/// `POST /authority/v1/tokens`, as somebody with a password: good in each of their organizations,
/// and for all that they may.
pub fn issue_personal(user: &str, password: &str, label: &str) -> Ask {
    let body = json!({ "label": label });
    let mut ask = request(Method::POST, "/authority/v1/tokens", None, Some(&body));
    let basic = STANDARD.encode(format!("{user}:{password}"));
    if let Ok(basic) = format!("Basic {basic}").parse() {
        ask.headers_mut().insert(AUTHORIZATION, basic);
    }
    ask
}

/// `DELETE /v0/tokens/{id}`
pub fn revoke(bearer: &str, id: &str) -> Ask {
    request(Method::DELETE, &format!("/v0/tokens/{id}"), Some(bearer), None)
}

/// `GET /check`
pub fn check(secret: &str) -> Ask {
    request(Method::GET, "/check", Some(secret), None)
}

/// `GET /authority/v1/journal`
pub fn journal(bearer: &str, cursor: Option<&str>) -> Ask {
    let place = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
    let path = format!("/authority/v1/journal?limit=200{place}");
    request(Method::GET, &path, Some(bearer), None)
}

/// `GET /health/ready`
pub fn ready() -> Ask {
    request(Method::GET, "/health/ready", None, None)
}

/// Which secret: 8 bytes of its SHA-256, in hexadecimal.
pub fn fingerprint(secret: &str) -> String {
    let hash = digest(&SHA256, secret.as_bytes());
    let head = hash.as_ref().first_chunk().copied().unwrap_or_default();
    format!("{:016x}", u64::from_be_bytes(head))
}

fn judge(reply: Result<&Reply, Lost>) -> (Outcome, Answer) {
    let Ok(reply) = reply else { return (Outcome::Unknown, Answer::default()) };
    let outcome = match reply.status {
        status if status.is_success() => Outcome::Ok,
        status if status.is_client_error() => Outcome::Refused,
        _ => Outcome::Unknown,
    };
    (outcome, Answer { status: Some(reply.status.as_u16()), ..Answer::default() })
}

/// Reads an answer that gives nothing.
pub fn plain(reply: Result<&Reply, Lost>) -> Told<()> {
    let (outcome, answer) = judge(reply);
    Told { outcome, answer, given: (outcome == Outcome::Ok).then_some(()) }
}

/// Reads the answer to a check: the headers name the holder.
pub fn checked(reply: Result<&Reply, Lost>) -> Told<()> {
    let (outcome, answer) = judge(reply);
    let Ok(reply) = reply else { return Told { outcome, answer, given: None } };
    let header = |name: &str| {
        let value = reply.headers.get(format!("x-chancery-{name}"))?;
        Some(value.to_str().ok()?.to_owned())
    };
    let seconds = header("expires").and_then(|text| text.parse::<i64>().ok());
    let answer = Answer {
        token: header("token"),
        subject: header("holder-id"),
        organization: header("organization"),
        scope: header("scopes"),
        expires: seconds.map(|seconds| seconds.saturating_mul(1_000_000)),
        ..answer
    };
    Told { outcome, answer, given: None }
}

/// Whether the same wish was fulfilled before.
fn is_replay(reply: &Reply) -> bool {
    let said = serde_json::from_slice::<Value>(&reply.body).ok();
    reply.status == StatusCode::CONFLICT
        && said.is_some_and(|said| said.get("error") == Some(&json!("replayed")))
}

/// Reads a new token. If the same wish was fulfilled before it is done, and its secret is lost.
pub fn issued(reply: Result<&Reply, Lost>) -> Told<Given> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Created {
        #[serde(alias = "secret")]
        token: String,
        id: String,
        #[serde(alias = "organization")]
        team_id: Option<String>,
        #[serde(alias = "expires_at")]
        expiration: Option<String>,
    }
    let (mut outcome, mut answer) = judge(reply);
    let mut given = None;
    if let Ok(reply) = reply
        && outcome == Outcome::Ok
    {
        let Ok(created) = serde_json::from_slice::<Created>(&reply.body) else {
            return Told { outcome: Outcome::Unknown, answer, given: None };
        };
        answer.organization = created.team_id;
        answer.expires =
            created.expiration.and_then(|end| end.parse().ok()).map(Timestamp::as_microsecond);
        answer.secret = Some(fingerprint(&created.token));
        given = Some(Given { id: created.id, secret: created.token });
    } else if reply.is_ok_and(is_replay) {
        outcome = Outcome::Ok;
    }
    Told { outcome, answer, given }
}

/// Reads a pair of tokens, and what the access token claims.
pub fn paired(reply: Result<&Reply, Lost>) -> Told<Pair> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Given {
        access_token: String,
        refresh_token: String,
    }
    let (outcome, mut answer) = judge(reply);
    let Some(reply) = reply.ok().filter(|_| outcome == Outcome::Ok) else {
        return Told { outcome, answer, given: None };
    };
    let read = serde_json::from_slice::<Given>(&reply.body).ok();
    let Some((given, claims)) = read.and_then(|given| {
        let claims = claims(&given.access_token)?;
        Some((given, claims))
    }) else {
        return Told { outcome: Outcome::Unknown, answer, given: None };
    };
    answer.subject = Some(claims.sub.clone());
    answer.organization = claims.team;
    answer.scope = Some(claims.scope);
    answer.expires = micros(claims.exp);
    answer.generation = Some(claims.generation);
    answer.secret = Some(fingerprint(&given.refresh_token));
    let pair = Pair {
        session: claims.sid,
        user: claims.sub,
        generation: claims.generation,
        access: given.access_token,
        refresh: given.refresh_token,
    };
    Told { outcome, answer, given: Some(pair) }
}

#[derive(Deserialize)]
struct Claims {
    sid: String,
    sub: String,
    team: Option<String>,
    scope: String,
    generation: i64,
    exp: f64,
}

/// What an access token claims; its signature is the server's own business.
fn claims(access: &str) -> Option<Claims> {
    let payload = access.split('.').nth(1)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}

#[expect(clippy::cast_possible_truncation, reason = "a time of this century in microseconds")]
fn micros(seconds: f64) -> Option<i64> {
    seconds.is_finite().then_some((seconds * 1_000_000.0) as i64)
}

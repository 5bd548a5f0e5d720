//! `GET /check`

use authority::token::{Rate, Reason, Verdict};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use super::CHECK;
use super::fault::Fault;
use super::request::Question;
use super::yes::yes;
use crate::kit::{Context, Peer};

/// May the bearer of this token pass?
#[utoipa::path(
    get, path = "", operation_id = "check",
    description = "Answers every method and every path below it in the same way; a yes below it is 200. No body.",
    security(("bearer" = []), ("basic" = [])),
    params(("X-Chancery-Require" = Option<String>, Header,
        description = "The permissions that are needed, such as `a.b.get AND (c.d.get OR e.f.get)`; only from a \
            trusted peer.")),
    responses(
        (status = 204, description = "Yes; the headers say who it is."),
        (status = 401, description = "There is no token, or it is not good."),
        (status = 403, description = "The token is good, but not for this."),
        (status = 503, description = "Nobody can tell now.")))]
pub(super) async fn check(State(context): State<Context>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    match answer(&context, &parts).await {
        Ok(mut yes) => {
            *yes.status_mut() = word(parts.uri.path());
            yes
        }
        Err(fault) => fault.into_response(),
    }
}

/// How a yes to a path is said. Envoy, which puts the path that it asks about below `/check`, takes
/// nothing but 200 for one. A router that is nested there sees `/check` itself as `/`.
///
/// Source: Envoy, `envoy.extensions.filters.http.ext_authz.v3.HttpService`.
fn word(path: &str) -> StatusCode {
    if matches!(path, CHECK | "/") { StatusCode::NO_CONTENT } else { StatusCode::OK }
}

async fn answer(context: &Context, parts: &Parts) -> Result<Response, Fault> {
    let question = Question::read(parts, Peer::of(parts), &context.trusted)?;
    let verdict = context.authority.verify(question.token(), &question.asked()).await?;
    say(context, verdict)
}

/// The same, if memory knows.
pub(super) fn warm(context: &Context, parts: &Parts, peer: Peer) -> Option<Response> {
    let question = match Question::read(parts, peer, &context.trusted) {
        Ok(question) => question,
        Err(fault) => return Some(fault.into_response()),
    };
    let verdict = context.authority.verify_warm(question.token(), &question.asked())?;
    Some(say(context, verdict).unwrap_or_else(Fault::into_response))
}

fn say(context: &Context, verdict: Verdict) -> Result<Response, Fault> {
    match verdict {
        Verdict::Bad(Reason::Rate, Some(known)) => {
            let wait = known.token.limits.rate.map(Rate::interval).unwrap_or_default();
            Err(Fault::TooOften(context.too_often, wait))
        }
        Verdict::Good(known) => Ok(yes(&known)),
        Verdict::Bad(reason, _) => Err(reason.into()),
    }
}

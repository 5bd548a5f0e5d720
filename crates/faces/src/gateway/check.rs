//! `GET /check`

use std::sync::Arc;

use authority::Known;
use authority::rules::Telling;
use authority::token::{Rate, Reason, Surface, Verdict};
use axum::extract::{OriginalUri, Request, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use super::CHECK;
use super::fault::Fault;
use super::original::original;
use super::request::{Own, Question};
use super::yes::{bare, yes};
use crate::kit::{Checked, Context, Peer, visit_by};

/// May the bearer of this token pass?
#[utoipa::path(
    get, path = "", operation_id = "check",
    description = "Answers every method and every path below it in the same way; a yes below it is 200. No body.",
    security(("bearer" = []), ("basic" = [])),
    params(("X-Chancery-Require" = Option<String>, Header,
        description = "The permissions that are needed, such as `a.b.get AND (c.d.get OR e.f.get)`; only from a \
            trusted peer."),
        ("X-Chancery-Audience" = Option<String>, Header, description = "For whom the token must be made; only from a \
            trusted peer."),
        ("X-Original-URI" = Option<String>, Header, description = "With `-Method` and `-Host`, or the same as \
            `X-Forwarded-…`: the request that is asked about, where rules say what it needs; only from a trusted peer.")),
    responses(
        (status = 204, description = "Yes; the headers say who it is."),
        (status = 200, description = "The same, below `/check`."),
        (status = 401, description = "There is no token, or it is not good."),
        (status = 403, description = "The token is good, but not for this."),
        (status = 429, description = "The token is good, but not so often; only if `check_rate_status` says so."),
        (status = 503, description = "Nobody can tell now.")))]
pub(super) async fn check(State(context): State<Context>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let mut answer = said(address(&parts), answer(&context, &parts).await);
    let status = answer.status();
    answer.extensions_mut().insert(Checked(status));
    answer
}

async fn answer(context: &Context, parts: &Parts) -> Result<Answer, Fault> {
    let question = read(context, parts, Peer::of(parts))?;
    judge(context, &question).await
}

/// The same, if memory knows.
pub(super) fn warm(context: &Context, parts: &Parts, peer: Peer) -> Option<Response> {
    let answer = match read(context, parts, peer) {
        Ok(question) => judge_warm(context, &question).transpose()?,
        Err(fault) => Err(fault),
    };
    Some(said(&parts.uri, answer))
}

/// Whom a request passes for.
pub(super) enum Answer {
    /// The bearer of this token, of whom so much is told.
    Bearer(Arc<Known>, Telling),
    /// Anybody: nobody looked at the token.
    Anybody,
}

/// Judges the token that a question is about: from memory, if that can say.
pub(super) async fn judge(context: &Context, question: &Question<'_>) -> Result<Answer, Fault> {
    let Some(needs) = question.needs()? else { return Ok(Answer::Anybody) };
    let token = question.token()?;
    let verdict = context.authority.verify(token.text(), &needs).await?;
    say(context, verdict, question.tells())
}

/// The same from memory; `None` if memory can't say.
fn judge_warm(context: &Context, question: &Question<'_>) -> Result<Option<Answer>, Fault> {
    let Some(needs) = question.needs()? else { return Ok(Some(Answer::Anybody)) };
    let token = question.token()?;
    let verdict = context.authority.verify_warm(token.text(), &needs);
    verdict.map(|verdict| say(context, verdict, question.tells())).transpose()
}

fn say(context: &Context, verdict: Verdict, telling: Telling) -> Result<Answer, Fault> {
    match verdict {
        Verdict::Good(known) => Ok(Answer::Bearer(known, telling)),
        Verdict::Bad(Reason::Rate, Some(known)) => {
            let wait = known.token.limits.rate.map(Rate::interval).unwrap_or_default();
            Err(Fault::TooOften(context.too_often, wait))
        }
        Verdict::Bad(reason, _) => Err(reason.into()),
    }
}

/// What a peer asks over HTTP.
fn read<'a>(context: &Context, parts: &'a Parts, peer: Peer) -> Result<Question<'a>, Fault> {
    let Context { authority, trusted, .. } = context;
    let believed = trusted.include(peer.0);
    let (rules, headers) = (authority.rules(), &parts.headers);
    let uri = address(parts);
    let described = rules.as_ref().filter(|_| believed);
    let original = described.map(|rules| original(parts, uri, rules)).transpose()?;
    let own = Own::read(headers, believed)?;
    let visit = visit_by(headers, peer, trusted, Surface::Check);
    Ok(Question { rules, original, own, headers, visit })
}

/// What was asked for, whole: a router that is nested sees the rest only.
fn address(parts: &Parts) -> &Uri {
    parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |whole| &whole.0)
}

/// An answer over HTTP. Envoy, which puts the path that it asks about below `/check`, takes nothing but 200
/// for a yes.
///
/// Source: Envoy, `envoy.extensions.filters.http.ext_authz.v3.HttpService`.
fn said(uri: &Uri, answer: Result<Answer, Fault>) -> Response {
    let mut yes = match answer {
        Ok(Answer::Bearer(known, telling)) => yes(&known, telling),
        Ok(Answer::Anybody) => bare(),
        Err(fault) => return fault.into_response(),
    };
    if uri.path() != CHECK {
        *yes.status_mut() = StatusCode::OK;
    }
    yes
}

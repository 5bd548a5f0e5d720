//! Verification of one token or many, for services that ask over HTTP.

use authority::demand::Demand;
use authority::token::Verdict;
use authority::{Actor, Authority};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::fault::{Fault, Writers};
use super::request::{Body, Caller, Hidden};
use super::token::ShownHolder;

/// Tokens in one request, at most.
const MOST: usize = 100;

/// What is asked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    /// 1 to 100 tokens.
    #[schema(min_items = 1, max_items = 100)]
    tokens: Vec<Asked>,
}

/// One token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// The token, as presented.
    token: Hidden,
    /// What it must be good for: a permission, or several with `AND`, `OR` and parentheses.
    permission: Option<String>,
}

/// What is answered, in the order of the question.
#[derive(Serialize, ToSchema)]
pub(super) struct Answers {
    results: Vec<Answered>,
}

/// Whether one token is good for what was asked.
#[derive(Serialize, ToSchema)]
pub(super) struct Answered {
    /// Whether it is.
    valid: bool,
    /// Why not: `expired`, `revoked`, `spent`, `disabled`, `holder_disabled`, `audience`, `scope`, `unknown` or
    /// `malformed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    /// Its identity.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    holder: Option<ShownHolder>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organization: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scopes: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
}

impl From<Verdict> for Answered {
    fn from(verdict: Verdict) -> Self {
        let (valid, reason, known) = match verdict {
            Verdict::Good(known) => (true, None, Some(known)),
            Verdict::Bad(reason, known) => (false, Some(reason.as_str()), known),
        };
        let token = known.as_ref().map(|known| &known.token);
        Self {
            valid,
            reason,
            id: token.map(|token| token.id.uuid()),
            holder: token.map(|token| token.holder.into()),
            organization: token.and_then(|token| token.organization).map(authority::id::Id::uuid),
            scopes: token.map(|token| token.scopes.iter().map(ToString::to_string).collect()),
            expires_at: token.and_then(|token| token.expires_at).map(|end| end.to_string()),
        }
    }
}

/// `POST /authority/v1/verify`: as a check would. Needs `authority.token.introspect`.
#[utoipa::path(
    post, path = "/verify", operation_id = "verify_verify",
    tag = "Tokens", security(("bearer" = []), ("basic" = [])),
    request_body = Question,
    responses((status = 200, description = "The answers", body = Answers), Writers),
)]
pub(super) async fn verify(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Body(Question { tokens }): Body<Question>,
) -> Result<Json<Answers>, Fault> {
    if !(1..=MOST).contains(&tokens.len()) {
        return Err(Fault::invalid("tokens", "1 to 100"));
    }
    let demands = tokens.iter().map(demand).collect::<Result<Vec<_>, _>>()?;
    let mut results = Vec::with_capacity(tokens.len());
    for (asked, demand) in tokens.iter().zip(demands) {
        results.push(answer(&authority, &actor, asked, demand.as_ref()).await?);
    }
    Ok(Json(Answers { results }))
}

async fn answer(
    authority: &Authority,
    actor: &Actor,
    asked: &Asked,
    demand: Option<&Demand>,
) -> Result<Answered, Fault> {
    Ok(authority.verify_for(actor, asked.token.reveal(), demand).await?.into())
}

fn demand(asked: &Asked) -> Result<Option<Demand>, Fault> {
    Ok(asked.permission.as_deref().map(Demand::parse).transpose()?)
}

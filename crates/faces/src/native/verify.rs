//! Verification of one token or many, for services that ask over HTTP.

use authority::demand::Demand;
use authority::token::Verdict;
use authority::{Authority, Keeping};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::fault::{Fault, Writers};
use super::feed::milliseconds;
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
    /// Where the feed stood before the first look-up: what is forgotten since is not to be kept.
    cursor: String,
    results: Vec<Answered>,
}

/// Whether one token is good for what was asked.
#[derive(Serialize, ToSchema)]
pub(super) struct Answered {
    /// Whether it is.
    valid: bool,
    /// Why not: `expired`, `revoked`, `spent`, `disabled`, `holder_disabled`, `scope`, `unknown` or
    /// `malformed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    /// Its identity.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Uuid>,
    /// Two letters, as in the token's text.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    holder: Option<ShownHolder>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organization: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scopes: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    /// For how many milliseconds the answer may be kept by who follows the feed. Without it, not at
    /// all: each check must be asked for, as of tokens whose uses are counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    keep_ms: Option<u64>,
    /// Slots of the feed: what is kept is dropped when one of them is forgotten.
    #[serde(skip_serializing_if = "Option::is_none")]
    slots: Option<Vec<u16>>,
}

impl Answered {
    fn new(verdict: &Verdict, keeping: Option<Keeping>) -> Self {
        let (valid, reason, known) = match verdict {
            Verdict::Good(known) => (true, None, Some(known)),
            Verdict::Bad(reason, known) => (false, Some(reason.as_str()), known.as_ref()),
        };
        let token = known.map(|known| &known.token);
        Self {
            valid,
            reason,
            id: token.map(|token| token.id.uuid()),
            kind: token.map(|token| token.kind.code()),
            holder: token.map(|token| token.holder.into()),
            organization: token.and_then(|token| token.organization).map(authority::id::Id::uuid),
            scopes: token.map(|token| token.scopes.iter().map(ToString::to_string).collect()),
            expires_at: token.and_then(|token| token.expires_at).map(|end| end.to_string()),
            keep_ms: keeping.as_ref().map(|keeping| milliseconds(keeping.time)),
            slots: keeping.map(|keeping| keeping.slots),
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
    let mut asker = authority.asker(&actor).await?;
    let mut results = Vec::with_capacity(tokens.len());
    for (asked, demand) in tokens.iter().zip(demands) {
        let text = asked.token.reveal();
        let verdict = authority.verify_for(&mut asker, text, demand.as_ref()).await?;
        results.push(Answered::new(&verdict, authority.keeping(&asker, &verdict)));
    }
    Ok(Json(Answers { cursor: asker.cursor().to_string(), results }))
}

fn demand(asked: &Asked) -> Result<Option<Demand>, Fault> {
    Ok(asked.permission.as_deref().map(Demand::parse).transpose()?)
}

//! Verification of one token or many, for services that ask over HTTP.

use std::net::IpAddr;

use authority::demand::Demand;
use authority::scope::{Scope, Scopes};
use authority::token::{Asked as Question, Surface, Verdict, Visit};
use authority::{Authority, Keeping};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};
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
pub(super) struct Questions {
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
    /// For whom it must be made, if for anybody in particular.
    audience: Option<String>,
    /// The address from which it was shown, which a token that is bound to networks needs.
    #[schema(value_type = Option<String>, examples("192.0.2.7"))]
    address: Option<IpAddr>,
    /// What showed it, such as a `User-Agent`.
    agent: Option<String>,
}

/// What is answered, in the order of the question.
#[derive(Serialize, ToSchema)]
pub(super) struct Answers<'a> {
    /// Where the feed stood before the first look-up: what is forgotten since is not to be kept.
    cursor: String,
    results: Vec<Answered<'a>>,
}

/// Whether one token is good for what was asked.
#[derive(Serialize, ToSchema)]
pub(super) struct Answered<'a> {
    /// Whether it is.
    valid: bool,
    /// Why not: `not_yet`, `expired`, `revoked`, `spent`, `disabled`, `holder_disabled`, `address`,
    /// `audience`, `scope`, `rate`, `unknown` or `malformed`.
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
    #[schema(value_type = Option<Vec<String>>)]
    scopes: Option<Words<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Spelled>,
    /// For how many milliseconds the answer may be kept by who follows the feed. Without it, not at
    /// all: each check must be asked for, as of tokens whose uses are counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    keep_ms: Option<u64>,
    /// Slots of the feed: what is kept is dropped when one of them is forgotten.
    #[serde(skip_serializing_if = "Option::is_none")]
    slots: Option<&'a [u16]>,
}

/// Scopes, written without being copied: an answer may have a hundred times 32.
struct Words<'a>(&'a Scopes);

impl Serialize for Words<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Scope::as_str))
    }
}

/// A moment, written without being copied.
struct Spelled(Timestamp);

impl Serialize for Spelled {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'a> Answered<'a> {
    fn new(verdict: &'a Verdict, keeping: Option<&'a Keeping>) -> Self {
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
            scopes: token.map(|token| Words(&token.scopes)),
            expires_at: token.and_then(|token| token.expires_at).map(Spelled),
            keep_ms: keeping.map(|keeping| milliseconds(keeping.time)),
            slots: keeping.map(|keeping| keeping.slots.as_slice()),
        }
    }
}

/// `POST /authority/v1/verify`: as a check would. Needs `authority.token.introspect`.
#[utoipa::path(
    post, path = "/verify", operation_id = "verify_verify",
    tag = "Tokens", security(("bearer" = []), ("basic" = [])),
    request_body = Questions,
    responses((status = 200, description = "The answers", body = Answers), Writers),
)]
pub(super) async fn verify(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Body(Questions { tokens }): Body<Questions>,
) -> Result<Response, Fault> {
    if !(1..=MOST).contains(&tokens.len()) {
        return Err(Fault::invalid("tokens", "1 to 100"));
    }
    let demands = tokens.iter().map(demand).collect::<Result<Vec<_>, _>>()?;
    let mut asker = authority.asker(&actor).await?;
    let mut verdicts = Vec::with_capacity(tokens.len());
    for (asked, demand) in tokens.iter().zip(demands) {
        let asking = asked.asking(demand.as_ref());
        let verdict = authority.verify_for(&mut asker, asked.token.reveal(), &asking).await?;
        let keeping = authority.keeping(&asker, &verdict);
        verdicts.push((verdict, keeping));
    }
    let results =
        verdicts.iter().map(|(verdict, keeping)| Answered::new(verdict, keeping.as_ref()));
    let results = results.collect();
    Ok(Json(Answers { cursor: asker.cursor().to_string(), results }).into_response())
}

impl Asked {
    fn asking<'a>(&'a self, demand: Option<&'a Demand>) -> Question<'a> {
        let Self { audience, address, agent, .. } = self;
        let visit = Visit { surface: Surface::Verify, source: *address, agent: agent.as_deref() };
        Question { audience: audience.as_deref(), ..Question::of(visit).demanding(demand) }
    }
}

fn demand(asked: &Asked) -> Result<Option<Demand>, Fault> {
    Ok(asked.permission.as_deref().map(Demand::parse).transpose()?)
}

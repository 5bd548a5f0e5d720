//! What the authority is asked and what it answers (`POST /authority/v1/verify`, `GET
//! /authority/v1/feed`). Members that are not known here are passed over.

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use uuid::Uuid;

use crate::need::Need;
use crate::verdict::{Caller, Holder, Known, Reason, Unavailable, Verdict};

/// A future of an answer.
pub(crate) type Answering<'a, T> =
    Pin<Box<dyn Future<Output = Result<T, Unavailable>> + Send + 'a>>;

/// A token that somebody shows.
#[derive(Clone, Copy)]
pub(crate) struct Shown<'a> {
    pub(crate) token: &'a str,
    /// What it is shown for.
    pub(crate) need: &'a Need,
    /// From where, if that is known.
    pub(crate) address: Option<IpAddr>,
}

/// Who is asked.
pub(crate) trait Authority: Send + Sync + 'static {
    /// Whether a token is good for what it is shown for.
    fn verify<'a>(&'a self, shown: Shown<'a>) -> Answering<'a, Answers>;

    /// What was forgotten after a cursor; the answer may wait for so long.
    fn poll<'a>(&'a self, after: Option<&'a Cursor>, wait: Duration) -> Answering<'a, Told>;
}

/// How far a node was followed: `<node instance>.<ticket>`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Cursor {
    /// One run of one node.
    pub(crate) instance: Arc<str>,
    /// The number of its latest forgetting.
    pub(crate) ticket: u64,
}

impl TryFrom<String> for Cursor {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let parts = text.rsplit_once('.').filter(|(instance, _)| {
            (1..=64).contains(&instance.len())
                && instance.bytes().all(|b| b.is_ascii_alphanumeric())
        });
        let (instance, ticket) = parts.ok_or("no cursor")?;
        let ticket = ticket.parse().map_err(|_| "no ticket")?;
        Ok(Self { instance: instance.into(), ticket })
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.instance, self.ticket)
    }
}

/// What a poll of the feed was answered.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Told {
    pub(crate) cursor: Cursor,
    pub(crate) all: bool,
    pub(crate) slots: Vec<u16>,
    pub(crate) waited_ms: u64,
    pub(crate) age_ms: u64,
}

/// What is asked about one token.
#[derive(Serialize)]
pub(crate) struct Question<'a> {
    tokens: [Asked<'a>; 1],
}

#[derive(Serialize)]
struct Asked<'a> {
    token: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    permission: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    audience: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<IpAddr>,
}

impl<'a> Question<'a> {
    pub(crate) fn new(Shown { token, need, address }: Shown<'a>) -> Self {
        let (permission, audience) = need.parts();
        Self { tokens: [Asked { token, permission, audience, address }] }
    }
}

/// What was answered about it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Answers {
    pub(crate) cursor: Cursor,
    results: (Answered,),
}

/// What was answered about one token.
#[derive(Debug, Clone, Deserialize)]
struct Answered {
    valid: bool,
    reason: Option<String>,
    id: Option<Uuid>,
    kind: Option<String>,
    holder: Option<Holder>,
    organization: Option<Uuid>,
    scopes: Option<Vec<String>>,
    keep_ms: Option<u64>,
    slots: Option<Vec<u16>>,
}

/// What a verdict depends on. Nodes name at most 11, of the token and of whoever asks.
pub(crate) type Slots = SmallVec<[u16; 12]>;

/// How a verdict may be kept.
#[derive(Debug, Clone)]
pub(crate) struct Keeping {
    pub(crate) time: Duration,
    /// What it depends on; empty if it depends on nothing that the feed tells.
    pub(crate) slots: Slots,
}

impl Answers {
    /// The verdict; a yes must say whose the token is.
    pub(crate) fn verdict(&self) -> Result<Verdict, Unavailable> {
        let (answered,) = &self.results;
        let Answered { valid, reason, id, kind, holder, organization, scopes, .. } = answered;
        if !valid {
            let word = reason.as_deref().ok_or_else(|| Unavailable::no_answer("a no, not why"))?;
            return Ok(Verdict::Bad(Reason::new(word)));
        }
        let whose = id.zip(kind.as_deref()).zip(holder.clone());
        let ((id, kind), holder) =
            whose.ok_or_else(|| Unavailable::no_answer("a yes, not to whom"))?;
        let scopes = scopes.clone().unwrap_or_default().into();
        let known = Known { id, kind: kind.into(), holder, organization: *organization, scopes };
        Ok(Verdict::Good(Caller(Arc::new(known))))
    }

    /// How it may be kept; none if not at all. Slot 0 stands for everything and is asked anyway.
    pub(crate) fn keeping(&self) -> Option<Keeping> {
        let (answered,) = &self.results;
        let slots = answered.slots.as_ref()?.iter().copied().filter(|slot| *slot != 0).collect();
        Some(Keeping { time: Duration::from_millis(answered.keep_ms?), slots })
    }
}

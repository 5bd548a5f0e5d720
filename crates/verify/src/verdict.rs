//! What is found out about a token.

use std::sync::Arc;

use uuid::Uuid;

/// Whether a token is good for what was needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is, and whose it is.
    Good(Caller),
    /// It is not, and why. Not for whoever showed it.
    Bad(Reason),
}

/// Whose a good token is. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller(pub(crate) Arc<Known>);

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) id: Uuid,
    pub(crate) kind: Box<str>,
    pub(crate) holder: Holder,
    pub(crate) organization: Option<Uuid>,
    pub(crate) scopes: Box<[String]>,
}

impl Caller {
    /// The token's identity, safe to log.
    pub fn id(&self) -> Uuid {
        self.0.id
    }

    /// The token's kind: two letters, as in its text.
    pub fn kind(&self) -> &str {
        &self.0.kind
    }

    /// Who holds the token.
    pub fn holder(&self) -> &Holder {
        &self.0.holder
    }

    /// The organization that the token is bound to, if it is.
    pub fn organization(&self) -> Option<Uuid> {
        self.0.organization
    }

    /// The token's ceilings. What it permits is for the authority to judge: ask with a
    /// [`Need`](crate::Need).
    pub fn scopes(&self) -> &[String] {
        &self.0.scopes
    }
}

/// Who holds a token.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Holder {
    /// `user`, `application` or `service_account`.
    pub kind: String,
    /// Its identity.
    pub id: Uuid,
}

/// Why a token is not good: the authority's own stable word, such as `expired`, `revoked` or `scope`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(Arc<str>);

impl Reason {
    /// What does not look like a bearer token at all.
    pub(crate) const MALFORMED: &str = "malformed";

    pub(crate) fn new(word: &str) -> Self {
        Self(word.into())
    }

    /// The word.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// No answer, which is not a no: it says nothing about the token. Answer 503.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// The lease is over, and this verifier was told to close then.
    #[error("nothing was heard of the authority in time")]
    PastLease,
    /// The authority could not be asked, or did not answer as it should.
    #[error("the authority gave no answer: {0}")]
    NoAnswer(Arc<str>),
}

impl Unavailable {
    pub(crate) fn no_answer(why: &str) -> Self {
        Self::NoAnswer(why.into())
    }
}

//! The claims of what is signed: access tokens (RFC 9068) and introspections (RFC 9701). What the
//! core serialises, it serialises here.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::audience::Audiences;

/// What an access token says (RFC 9068, section 2.2), and what it stands on: a session, or a token
/// that is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct AccessClaims {
    pub(crate) iss: String,
    pub(crate) sub: Uuid,
    pub(crate) aud: Aud,
    /// Seconds, with a fraction as Thinkeo's have (contract thinkeo 1.2).
    pub(crate) exp: f64,
    pub(crate) iat: f64,
    pub(crate) nbf: f64,
    pub(crate) jti: Uuid,
    pub(crate) client_id: String,
    pub(crate) scope: String,
    /// The organization that it is bound to: of a session, the one it has entered.
    pub(crate) team: Option<Uuid>,
    /// Whether somebody logged in for it. Else it was exchanged for another token.
    pub(crate) session: bool,
    /// The session that it stands on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sid: Option<Uuid>,
    /// Which generation of the session it was issued with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) generation: Option<i64>,
    /// The kept token that it stands on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) parent: Option<Uuid>,
    /// Who acts for its holder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) act: Option<Act>,
}

/// One audience, or several (RFC 7519, section 4.1.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Aud {
    One(String),
    Several(Vec<String>),
}

impl From<&Audiences> for Aud {
    fn from(audiences: &Audiences) -> Self {
        let mut all: Vec<String> = audiences.iter().map(str::to_owned).collect();
        if all.len() > 1 { Self::Several(all) } else { Self::One(all.pop().unwrap_or_default()) }
    }
}

impl Aud {
    /// The audiences that they were made of.
    pub(crate) fn read(&self) -> Option<Audiences> {
        match self {
            Self::One(one) => Some(Audiences::only(one)),
            Self::Several(all) => Audiences::signed(all),
        }
    }
}

/// Somebody who acts, and who did before (RFC 8693, section 4.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Act {
    sub: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    act: Option<Box<Act>>,
}

impl Act {
    /// Of those who act, the present one first.
    pub(crate) fn of(actors: &[Uuid]) -> Option<Self> {
        let nest = |act: Option<Self>, sub: &Uuid| Some(Self { sub: *sub, act: act.map(Box::new) });
        actors.iter().rev().fold(None, nest)
    }

    /// The reverse of [`Act::of`].
    pub(crate) fn read(act: Option<&Self>) -> Vec<Uuid> {
        std::iter::successors(act, |act| act.act.as_deref()).map(|act| act.sub).collect()
    }
}

/// What an introspection says that is signed (RFC 9701, section 5). It has neither a subject nor an
/// end of its own, so that nobody takes it for a token.
#[derive(Serialize)]
pub(crate) struct IntrospectionClaims<'a, T> {
    pub(crate) iss: &'a str,
    /// Who asked.
    pub(crate) aud: Uuid,
    /// Seconds since 1970.
    pub(crate) iat: i64,
    pub(crate) token_introspection: &'a T,
}

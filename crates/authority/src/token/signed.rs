//! Tokens that are signed and not kept: what they say, and what they stand on.
//!
//! **Invariant**: a signed token is never good where what it stands on is not, nor for more.

use jiff::Timestamp;
use uuid::Uuid;

use super::{Holder, Standing, Token};
use crate::account::store::SessionStanding;
use crate::audience::Audiences;
use crate::claims::{AccessClaims, Act};
use crate::id::{Id, SessionId, TokenId};
use crate::scope::Scopes;
use crate::secret::Kind;

/// What a signed token says beyond what a kept one does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    pub(crate) root: Root,
    /// Whether it was made of another token; else it is a login's own.
    pub exchanged: bool,
    /// For whom it is good.
    pub audiences: Audiences,
    /// Through which client it was obtained (RFC 9068, section 2.2).
    pub client: String,
    /// Who acts for its holder, the present one first (RFC 8693, section 4.1).
    pub actors: Vec<Uuid>,
}

/// What a signed token stands and falls with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Root {
    /// A kept token.
    Token(TokenId),
    /// A login, in one of its generations.
    Session { session: SessionId, generation: i64 },
}

impl Root {
    /// The kept token, if it is one.
    pub(crate) const fn token(self) -> Option<TokenId> {
        match self {
            Self::Token(id) => Some(id),
            Self::Session { .. } => None,
        }
    }

    /// The session and its generation, if it is one.
    pub(crate) const fn session(self) -> Option<(SessionId, i64)> {
        match self {
            Self::Token(_) => None,
            Self::Session { session, generation } => Some((session, generation)),
        }
    }
}

impl Signed {
    /// What these claims say; none if they don't say just one thing that they stand on. A login's
    /// own token is for the issuer and for nobody else.
    pub(super) fn read(claims: &AccessClaims) -> Option<Self> {
        let session = claims.sid.zip(claims.generation);
        let session =
            session.map(|(id, generation)| Root::Session { session: id.into(), generation });
        let token = claims.parent.map(|id| Root::Token(id.into()));
        let audiences = claims.aud.read()?;
        let exchanged = !claims.session;
        let own = token.is_none() && audiences == Audiences::only(&claims.iss);
        if session.is_some() == token.is_some() || !(exchanged || own) {
            return None;
        }
        let client = claims.client_id.clone();
        let actors = Act::read(claims.act.as_ref());
        Some(Self { root: session.or(token)?, exchanged, audiences, client, actors })
    }
}

impl Token {
    /// The kept token that it is, or that it stands on.
    pub(crate) fn kept(&self) -> Option<TokenId> {
        let root = || self.signed.as_ref().and_then(|signed| signed.root.token());
        if self.kind == Kind::Access { root() } else { Some(self.id) }
    }

    /// Whether it is good for this audience: a token that states audiences for each of them, one
    /// that states none for all.
    pub fn is_for(&self, audience: &str) -> bool {
        self.signed.as_ref().is_none_or(|signed| signed.audiences.include(audience))
    }

    /// Whether it was made of another token, and is not kept.
    pub(crate) fn is_exchanged(&self) -> bool {
        self.signed.as_ref().is_some_and(|signed| signed.exchanged)
    }
}

/// What a login's tokens of a generation stand on, as one of the tokens; none if it is no login, or had no
/// such generation.
pub(crate) fn login(found: SessionStanding, generation: i64) -> Option<Standing> {
    let SessionStanding { session, holder, organization } = found;
    let dead = session.ended_at.or((generation < session.floor).then_some(session.refreshed_at));
    let (id, person) = (session.id.uuid().into(), Holder::User(session.user));
    let life = (session.created_at, Some(session.expires_at));
    let token = Token {
        organization: session.organization,
        revoked_at: dead,
        session: Some(session.id),
        born: session.born,
        // As an access token, it is not kept by itself, and bounds nothing that is made with it.
        ..Token::begun(id, Kind::Access, person, Scopes::all(), life)
    };
    let login = session.application.is_none() && generation <= session.generation;
    let standing = Standing { token, secret_until: None, holder, organization, application: None };
    login.then_some(standing)
}

/// A signed token as one of the tokens: all that it stands on is, but for fewer scopes and no longer.
/// None if it is another's.
pub(super) fn below(root: Standing, claims: &AccessClaims, signed: Signed) -> Option<Standing> {
    let kept = root.token;
    let (_, holder) = kept.holder.parts();
    let same = holder == claims.sub && kept.organization.map(Id::uuid) == claims.team;
    let (issued_at, end) = (time(claims.iat)?, time(claims.exp)?);
    let token = Token {
        id: claims.jti.into(),
        number: 0,
        kind: Kind::Access,
        label: String::new(),
        scopes: Scopes::parse(&claims.scope).ok()?.within(&kept.scopes),
        created_at: issued_at,
        created_by: None,
        modified_at: issued_at,
        expires_at: Some(kept.expires_at.map_or(end, |kept| kept.min(end))),
        parent: signed.root.token(),
        last_used_at: None,
        signed: Some(Box::new(signed)),
        ..kept
    };
    same.then_some(Standing { token, secret_until: None, ..root })
}

/// Seconds since 1970, with a fraction, as a moment.
fn time(seconds: f64) -> Option<Timestamp> {
    let span = jiff::SignedDuration::try_from_secs_f64(seconds).ok()?;
    Timestamp::from_duration(span).ok()
}

//! What a gateway asks: about which token, and what it must be good for.
//!
//! **Invariant**: nothing that says what is needed is heard from anybody but a trusted peer, and what
//! can't be read of it is a no.

use std::sync::Arc;

use authority::demand::Demand;
use authority::rules::{InForce, Original, Requirement, Ruling, Telling};
use authority::secret::Secret;
use authority::token::{Asked, Visit};
use axum::http::{HeaderMap, HeaderName};

use super::fault::Fault;
use crate::kit::{Credentials, credentials};

/// Says which permissions the request needs.
const REQUIRE: HeaderName = HeaderName::from_static("x-chancery-require");
/// Says for whom the token must be made.
const AUDIENCE: HeaderName = HeaderName::from_static("x-chancery-audience");

/// A request, as a gateway tells of it.
pub(super) struct Question<'a> {
    /// The rules that hold now.
    pub(super) rules: Option<Arc<InForce>>,
    /// The request that it is about, as far as it is described. Rules need it.
    pub(super) original: Option<Original<'a>>,
    /// What the gateway needs by itself.
    pub(super) own: Own<'a>,
    /// Where the token is.
    pub(super) headers: &'a HeaderMap,
    /// Where it comes from.
    pub(super) visit: Visit<'a>,
}

/// What a gateway needs by itself, whatever rules say.
#[derive(Default)]
pub(super) struct Own<'a> {
    demand: Option<Demand>,
    audience: Option<&'a str>,
}

/// A token, as it was shown.
pub(super) enum Shown<'a> {
    Bearer(&'a str),
    /// As the password of a user whose name doesn't matter: so do package registries send it.
    Password(Secret),
}

impl Shown<'_> {
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Bearer(token) => token,
            Self::Password(password) => password.reveal(),
        }
    }
}

impl<'a> Own<'a> {
    /// Reads what a peer that may say so needs. A demand that can't be read is one that nobody
    /// fulfils.
    pub(super) fn read(headers: &'a HeaderMap, trusted: bool) -> Result<Self, Fault> {
        let (demand, audience) = (single(headers, &REQUIRE)?, single(headers, &AUDIENCE)?);
        if (demand.is_some() || audience.is_some()) && !trusted {
            return Err(Fault::NotAllowed);
        }
        Self::of(demand, audience)
    }

    /// What these words ask for, which a peer says that may.
    pub(super) fn of(demand: Option<&str>, audience: Option<&'a str>) -> Result<Self, Fault> {
        let demand = demand.map(Demand::parse).transpose().map_err(|_| Fault::NotAllowed)?;
        Ok(Self { demand, audience })
    }

    const fn is_nothing(&self) -> bool {
        self.demand.is_none() && self.audience.is_none()
    }

    /// The same, as the core is asked.
    fn asked<'b>(&'b self, visit: Visit<'b>) -> Asked<'b> {
        let Self { demand, audience } = self;
        Asked { audience: *audience, ..Asked::of(visit).demanding(demand.as_ref()) }
    }
}

/// What rules need beside what the gateway needs by itself. The audience is theirs alone: another would
/// not be needed besides, but in its place.
fn both<'a>(ruled: &'a Requirement, own: Asked<'a>) -> Result<Asked<'a>, Fault> {
    let [demand, _] = own.demands;
    let audience = ruled.audience.as_deref();
    if own.audience.is_some() && own.audience != audience {
        return Err(Fault::NotAllowed);
    }
    Ok(Asked { demands: [ruled.demand.as_ref(), demand], audience, kinds: &ruled.kinds, ..own })
}

impl Question<'_> {
    /// What the token must be good for; `None` if the request passes without one.
    pub(super) fn needs(&self) -> Result<Option<Asked<'_>>, Fault> {
        let Self { rules, original, own, visit, .. } = self;
        let asked = own.asked(*visit);
        let Some(rules) = rules else {
            return Ok(Some(asked));
        };
        let original = original.as_ref().ok_or(Fault::NotAllowed)?;
        match rules.decide(original) {
            Ruling::Public { .. } if own.is_nothing() => Ok(None),
            Ruling::Public { .. } => Ok(Some(asked)),
            Ruling::Needs { needs, .. } => both(needs, asked).map(Some),
            Ruling::Refused(refused) => {
                tracing::debug!(why = refused.code(), "a request is refused by the rules");
                Err(Fault::NotAllowed)
            }
        }
    }

    /// What a yes tells.
    pub(super) fn tells(&self) -> Telling {
        self.rules.as_ref().map_or(Telling::ALL, |rules| rules.tells())
    }

    /// The token.
    pub(super) fn token(&self) -> Result<Shown<'_>, Fault> {
        match credentials(self.headers) {
            Credentials::Bearer(token) => Ok(Shown::Bearer(token)),
            Credentials::Basic(basic) => Ok(Shown::Password(basic.password)),
            Credentials::None | Credentials::Unreadable => Err(Fault::NoToken),
        }
    }
}

/// The one value of a header.
pub(super) fn single<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> Result<Option<&'a str>, Fault> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| Fault::NotAllowed),
        (Some(_), Some(_)) => Err(Fault::NotAllowed),
    }
}

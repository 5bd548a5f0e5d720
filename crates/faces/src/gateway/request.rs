//! What a gateway asks.

use authority::demand::Demand;
use authority::secret::Secret;
use authority::token::{Asked, Surface, Visit};
use axum::http::HeaderMap;
use axum::http::request::Parts;

use super::fault::Fault;
use crate::kit::{Credentials, Peer, TrustedPeers, credentials, visit_by};

/// Says what the request needs.
pub(super) const REQUIRE: &str = "x-chancery-require";

/// A token, and what it must be good for.
pub(super) struct Question<'a> {
    token: Shown<'a>,
    demand: Option<Demand>,
    visit: Visit<'a>,
}

enum Shown<'a> {
    Bearer(&'a str),
    /// As the password of a user whose name doesn't matter: so do package registries send it.
    Password(Secret),
}

impl<'a> Question<'a> {
    /// Reads the question. No other header and no query is looked at.
    pub(super) fn read(
        parts: &'a Parts,
        peer: Peer,
        trusted: &TrustedPeers,
    ) -> Result<Self, Fault> {
        let demand = requirement(parts, peer, trusted)?;
        let token = match credentials(&parts.headers) {
            Credentials::Bearer(token) => Shown::Bearer(token),
            Credentials::Basic(basic) => Shown::Password(basic.password),
            Credentials::None | Credentials::Unreadable => return Err(Fault::NoToken),
        };
        Ok(Self { token, demand, visit: visit_by(&parts.headers, peer, trusted, Surface::Check) })
    }

    /// What the token must be good for.
    pub(super) fn asked(&self) -> Asked<'_> {
        Asked::of(self.visit).demanding(self.demand.as_ref())
    }

    pub(super) fn token(&self) -> &str {
        match &self.token {
            Shown::Bearer(token) => token,
            Shown::Password(password) => password.reveal(),
        }
    }
}

/// What the gateway demands. Whoever is no trusted gateway demands nothing, and a demand that can't
/// be read is one that nobody fulfils.
fn requirement(
    parts: &Parts,
    Peer(peer): Peer,
    trusted: &TrustedPeers,
) -> Result<Option<Demand>, Fault> {
    let Some(demand) = single(&parts.headers)? else {
        return Ok(None);
    };
    let heard = trusted.include(peer).then_some(demand).ok_or(Fault::NotAllowed)?;
    Demand::parse(heard).map(Some).map_err(|_| Fault::NotAllowed)
}

fn single(headers: &HeaderMap) -> Result<Option<&str>, Fault> {
    let mut values = headers.get_all(REQUIRE).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| Fault::NotAllowed),
        (Some(_), Some(_)) => Err(Fault::NotAllowed),
    }
}

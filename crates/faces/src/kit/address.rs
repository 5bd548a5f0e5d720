//! Where a request comes from.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use authority::Door;
use authority::token::{Surface, Visit};
use axum::extract::ConnectInfo;
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderName};
use ipnet::IpNet;

/// Who came through which proxies.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The networks whose peers are proxies of ours: their word about the client is taken.
#[derive(Debug, Clone)]
pub struct TrustedPeers(Vec<IpNet>);

impl TrustedPeers {
    /// These networks.
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    /// Whether a peer is one of them.
    pub fn include(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

impl Default for TrustedPeers {
    /// Loopback, IPv4 and IPv6.
    fn default() -> Self {
        let networks = ["127.0.0.0/8", "::1/128"].into_iter().filter_map(|net| net.parse().ok());
        Self(networks.collect())
    }
}

/// The address at the other end of the connection. Without one, as where a test drives the router,
/// it is a documentation address that nobody trusts (RFC 5737).
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

impl Peer {
    /// The peer of a request.
    pub fn of(parts: &Parts) -> Self {
        Self::within(&parts.extensions)
    }

    /// The same, where only a request's extensions are at hand.
    pub fn within(extensions: &Extensions) -> Self {
        let info = extensions.get::<ConnectInfo<SocketAddr>>();
        Self(info.map_or(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), |info| info.0.ip()))
    }
}

/// Where a request comes from: [`client`].
pub fn door(parts: &Parts, trusted: &TrustedPeers) -> Door {
    Door { source: client(&parts.headers, Peer::of(parts), trusted) }
}

/// A request in which a token is shown: where it comes from, and by which agent.
pub fn visit<'a>(parts: &'a Parts, trusted: &TrustedPeers, surface: Surface) -> Visit<'a> {
    visit_by(&parts.headers, Peer::of(parts), trusted, surface)
}

/// As [`visit`], where the peer is known otherwise.
pub fn visit_by<'a>(
    headers: &'a HeaderMap,
    peer: Peer,
    trusted: &TrustedPeers,
    surface: Surface,
) -> Visit<'a> {
    let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
    Visit { surface, source: Some(client(headers, peer, trusted)), agent }
}

/// The client: the last address in `X-Forwarded-For` that is not a proxy of ours, if the peer is
/// one; else the peer.
fn client(headers: &HeaderMap, Peer(peer): Peer, trusted: &TrustedPeers) -> IpAddr {
    if !trusted.include(peer) {
        return peer;
    }
    let told = headers.get_all(FORWARDED_FOR).iter().rev();
    let told = told.filter_map(|value| value.to_str().ok());
    let hops = told.flat_map(|value| value.rsplit(',')).map(|hop| hop.trim().parse::<IpAddr>());
    for hop in hops {
        match hop {
            Ok(address) if trusted.include(address) => {}
            Ok(address) => return address,
            Err(_) => break,
        }
    }
    peer
}

//! What is asked about a token, and in which request.

use std::net::IpAddr;

use crate::demand::Demand;
use crate::secret::Kind;

/// What a token must be good for, and the request that it came with.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The permissions that are needed, by rules and by whoever asks: all of both. None means any good
    /// token.
    pub demands: [Option<&'a Demand>; 2],
    /// For whom it must be made, by the name of an audience.
    pub audience: Option<&'a str>,
    /// It must be one of these kinds; none means any.
    pub kinds: &'a [Kind],
    /// The request.
    pub visit: Visit<'a>,
}

impl<'a> Asked<'a> {
    /// Whether a token is good at all.
    pub const fn of(visit: Visit<'a>) -> Self {
        Self { demands: [None; 2], audience: None, kinds: &[], visit }
    }

    /// Whether it meets a demand.
    #[must_use]
    pub const fn demanding(self, demand: Option<&'a Demand>) -> Self {
        Self { demands: [demand, None], ..self }
    }
}

/// A request in which a token was shown, as far as it is known.
#[derive(Debug, Clone, Copy)]
pub struct Visit<'a> {
    /// Through what it came.
    pub surface: Surface,
    /// The client's address, told by nobody but a trusted peer.
    pub source: Option<IpAddr>,
    /// What the client calls itself.
    pub agent: Option<&'a str>,
}

impl Visit<'_> {
    /// A request of which nothing else is known.
    pub const fn through(surface: Surface) -> Self {
        Self { surface, source: None, agent: None }
    }
}

/// The ways on which tokens are shown to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Surface {
    /// A gateway's check over HTTP.
    Check,
    /// A gateway's check over gRPC.
    Grpc,
    /// Verification for a service that asks.
    Verify,
    /// Introspection.
    Introspection,
    /// Another endpoint of the OAuth face.
    Oauth,
    /// The native API.
    Native,
    /// Thinkeo's.
    Thinkeo,
    /// Applivery's.
    Applivery,
    /// AWX's.
    Awx,
}

impl Surface {
    /// Every surface.
    pub const ALL: [Self; 9] = [
        Self::Check,
        Self::Grpc,
        Self::Verify,
        Self::Introspection,
        Self::Oauth,
        Self::Native,
        Self::Thinkeo,
        Self::Applivery,
        Self::Awx,
    ];

    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Grpc => "grpc",
            Self::Verify => "verify",
            Self::Introspection => "introspection",
            Self::Oauth => "oauth",
            Self::Native => "native",
            Self::Thinkeo => "thinkeo",
            Self::Applivery => "applivery",
            Self::Awx => "awx",
        }
    }

    /// The reverse of [`Surface::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|surface| surface.as_str() == word)
    }
}

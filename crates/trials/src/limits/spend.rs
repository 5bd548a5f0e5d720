//! A use-once token that 200 show at the same moment, on several surfaces: one is told yes.

use std::io;
use std::sync::Arc;

use http::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::{Court, Token, answer, grpc, held, introspect, json_of, verify};
use crate::api;
use crate::server::Site;
use crate::wire::{Ask, Reply, Wire};

/// Who shows the token in one round.
const CHECKS: usize = 200;
/// Who introspects it beside.
const INTROSPECTIONS: usize = 8;

/// A way to show a token, or to look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Surface {
    Check,
    Grpc,
    Verify,
    Native,
    Awx,
    /// Takes no use.
    Introspection,
}

/// Somebody who shows tokens in one way, on a connection for that.
type Shower = (Surface, Wire);

/// The ways that take a use.
const SURFACES: [Surface; 5] =
    [Surface::Check, Surface::Grpc, Surface::Verify, Surface::Native, Surface::Awx];

impl Surface {
    /// How the one at this place shows it.
    fn at(place: usize) -> Self {
        let taking = SURFACES.get(place % SURFACES.len()).filter(|_| place < CHECKS);
        taking.copied().unwrap_or(Self::Introspection)
    }

    fn shower(self, site: &Site) -> Shower {
        let grpc = site.grpc.filter(|_| self == Self::Grpc);
        (self, grpc.map_or_else(|| Wire::new(site.address), Wire::of_grpc))
    }

    fn ask(self, superuser: &str, secret: &str) -> io::Result<Ask> {
        let act = |path| api::request(Method::GET, path, Some(secret), None);
        Ok(match self {
            Self::Check => api::check(secret),
            Self::Grpc => grpc::check(secret)?,
            Self::Verify => verify(superuser, secret),
            Self::Native => act("/authority/v1/tokens"),
            Self::Awx => act("/api/v2/me/"),
            Self::Introspection => introspect(superuser, secret)?,
        })
    }

    /// Whether it was a yes: 204 or 200, over gRPC `OK`, or where somebody asks about a token, what the body says.
    fn says_yes(self, reply: &Reply) -> io::Result<bool> {
        let place = match self {
            Self::Verify => "/results/0/valid",
            Self::Introspection => "/active",
            Self::Grpc => return grpc::says_yes(reply),
            Self::Check | Self::Native | Self::Awx => {
                let no = reply.status == StatusCode::UNAUTHORIZED;
                let known = no || reply.status.is_success();
                held(known, || format!("{self:?} is answered with {}", reply.status))?;
                return Ok(!no);
            }
        };
        let told = json_of(reply)?;
        let yes = told.pointer(place).and_then(Value::as_bool);
        yes.ok_or_else(|| io::Error::other(format!("{self:?} says neither yes nor no")))
    }
}

/// Shows `rounds` tokens, one after the other.
///
/// # Errors
///
/// If one is told yes not exactly once, or anything is answered with neither yes nor no.
pub async fn run(court: &mut Court, rounds: u32) -> io::Result<String> {
    let began = court.clock.now();
    let shower = |place| Surface::at(place).shower(&court.site);
    let mut showers: Vec<Shower> = (0..CHECKS + INTROSPECTIONS).map(shower).collect();
    let mut winners = [0_u32; SURFACES.len()];
    for round in 1..=rounds {
        let token = court.issue(&json!({ "label": "once", "uses": 1 })).await?;
        let (back, yeses) = show(showers, &court.superuser.secret, &token).await?;
        showers = back;
        let [winner] = yeses.as_slice() else {
            return Err(io::Error::other(format!("round {round}: yes from {yeses:?}")));
        };
        for (wins, surface) in winners.iter_mut().zip(SURFACES) {
            *wins += u32::from(surface == *winner);
        }
        let after = introspect(&court.superuser.secret, &token.secret)?;
        let after = answer(&mut court.wire, after).await?;
        let live = Surface::Introspection.says_yes(&after)?;
        held(!live, || format!("round {round}: a spent token is active"))?;
    }
    let took = court.clock.now().saturating_sub(began) / 1_000;
    Ok(format!(
        "{rounds} use-once tokens, each shown by {CHECKS} at once and introspected by \
         {INTROSPECTIONS}: one yes each, in {took} ms; by surface {SURFACES:?}: {winners:?}"
    ))
}

/// All show the token when all are connected. Tells who was told yes by a surface that takes a use.
async fn show(
    showers: Vec<Shower>,
    superuser: &str,
    token: &Token,
) -> io::Result<(Vec<Shower>, Vec<Surface>)> {
    let barrier = Arc::new(Barrier::new(showers.len()));
    let mut shown = JoinSet::new();
    for (surface, mut wire) in showers {
        let ask = surface.ask(superuser, &token.secret)?;
        let barrier = Arc::clone(&barrier);
        shown.spawn(async move {
            let connected = wire.connect().await;
            barrier.wait().await;
            connected?;
            let reply = wire.ask(ask).await.map_err(io::Error::other)?;
            let yes = surface.says_yes(&reply)? && surface != Surface::Introspection;
            Ok::<_, io::Error>(((surface, wire), yes.then_some(surface)))
        });
    }
    let all: io::Result<Vec<_>> = shown.join_all().await.into_iter().collect();
    let (showers, yeses): (Vec<_>, Vec<_>) = all?.into_iter().unzip();
    Ok((showers, yeses.into_iter().flatten().collect()))
}

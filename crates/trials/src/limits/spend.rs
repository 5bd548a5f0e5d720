//! A use-once token that 200 show at the same moment, on several surfaces: one is told yes.

use std::io;
use std::sync::Arc;

use http::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::{Court, Token, answer, held, introspect, json_of, verify};
use crate::api;
use crate::wire::{Ask, Reply, Wire};

/// Who shows the token in one round.
const CHECKS: usize = 200;
/// Who introspects it beside.
const INTROSPECTIONS: usize = 8;

/// A way to show a token, or to look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Surface {
    Check,
    Verify,
    Native,
    Awx,
    /// Takes no use.
    Introspection,
}

/// The ways that take a use. The gateway's gRPC has a listener of its own and is tried there.
const SURFACES: [Surface; 4] = [Surface::Check, Surface::Verify, Surface::Native, Surface::Awx];

impl Surface {
    fn ask(self, superuser: &str, secret: &str) -> io::Result<Ask> {
        let act = |path| api::request(Method::GET, path, Some(secret), None);
        Ok(match self {
            Self::Check => api::check(secret),
            Self::Verify => verify(superuser, secret),
            Self::Native => act("/authority/v1/tokens"),
            Self::Awx => act("/api/v2/me/"),
            Self::Introspection => introspect(superuser, secret)?,
        })
    }

    /// Whether it was a yes: 204 or 200, or where somebody asks about a token, what the body says.
    fn says_yes(self, reply: &Reply) -> io::Result<bool> {
        let place = match self {
            Self::Verify => "/results/0/valid",
            Self::Introspection => "/active",
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
    let address = court.site.address;
    let mut wires: Vec<Wire> = (0..CHECKS + INTROSPECTIONS).map(|_| Wire::new(address)).collect();
    let mut winners = [0_u32; SURFACES.len()];
    for round in 1..=rounds {
        let token = court.issue(&json!({ "label": "once", "uses": 1 })).await?;
        let (back, yeses) = show(wires, &court.superuser.secret, &token).await?;
        wires = back;
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
    wires: Vec<Wire>,
    superuser: &str,
    token: &Token,
) -> io::Result<(Vec<Wire>, Vec<Surface>)> {
    let barrier = Arc::new(Barrier::new(wires.len()));
    let mut shown = JoinSet::new();
    for (place, mut wire) in wires.into_iter().enumerate() {
        let surface = match place.checked_sub(CHECKS) {
            Some(_) => Surface::Introspection,
            None => SURFACES.get(place % SURFACES.len()).copied().unwrap_or(Surface::Check),
        };
        let ask = surface.ask(superuser, &token.secret)?;
        let barrier = Arc::clone(&barrier);
        shown.spawn(async move {
            let connected = wire.connect().await;
            barrier.wait().await;
            connected?;
            let reply = wire.ask(ask).await.map_err(io::Error::other)?;
            let yes = surface.says_yes(&reply)? && surface != Surface::Introspection;
            Ok::<_, io::Error>((wire, yes.then_some(surface)))
        });
    }
    let all: io::Result<Vec<_>> = shown.join_all().await.into_iter().collect();
    let (wires, yeses): (Vec<_>, Vec<_>) = all?.into_iter().unzip();
    Ok((wires, yeses.into_iter().flatten().collect()))
}

//! The counts of uses: exact after a flush and after an end, short by at most a flush after a kill.

use std::io;
use std::time::Duration;

use super::{Count, Court, Token, answer, held};
use crate::api;
use crate::clock::pause;
use crate::history::Moment;

/// Uses are written down so often, in µs, and this is how long that may take on a busy machine.
const FLUSH: Moment = 2_000_000;
const SLACK: Moment = 1_000_000;
/// How long the load before the kill lasts, in µs: more than one flush.
const LOAD: Moment = 5_000_000;

/// Compares what was counted with what was `sent`, by two tokens; ends the server well, then kills it.
///
/// # Errors
///
/// If a use is missing that must be there, or there is one that never was.
pub async fn run(
    mut court: Court,
    limited: (Token, Count),
    (neighbour, mut sent): (Token, Count),
) -> io::Result<String> {
    pause(Duration::from_micros(FLUSH + SLACK)).await;
    compare(&mut court, &limited.0, limited.1, "after a flush").await?;
    compare(&mut court, &neighbour, sent, "after a flush").await?;

    // Used once more, and not flushed by the clock: the end must do it.
    check(&mut court, &neighbour).await?;
    sent.good += 1;
    let mut court = court.again(true).await?;
    compare(&mut court, &limited.0, limited.1, "after an end").await?;
    compare(&mut court, &neighbour, sent, "after an end").await?;

    let (began, mut times) = (court.clock.now(), Vec::new());
    while court.clock.now().saturating_sub(began) < LOAD {
        check(&mut court, &neighbour).await?;
        times.push(court.clock.now());
    }
    let killed = court.clock.now();
    let mut court = court.again(false).await?;
    let flushed = times.iter().filter(|at| **at + FLUSH + SLACK < killed).count();
    let least = sent.good + u64::try_from(flushed).unwrap_or_default();
    let most = sent.good + u64::try_from(times.len()).unwrap_or_default();
    let counted = court.counted(&neighbour).await?;
    held((least..=most).contains(&counted.good) && counted.refused == 0, || {
        format!("after a kill {counted:?} are counted, not {least} to {most}")
    })?;
    court.close().await?;
    Ok(format!(
        "usage: {} and {} yes, {} no, exact after a flush and after an end; after a kill {} of {most}, \
         of which {least} are older than a flush",
        limited.1.good, sent.good, limited.1.refused, counted.good,
    ))
}

async fn compare(court: &mut Court, token: &Token, sent: Count, when: &str) -> io::Result<()> {
    let counted = court.counted(token).await?;
    held(counted == sent, || format!("{when} {counted:?} are counted, and {sent:?} were sent"))
}

async fn check(court: &mut Court, token: &Token) -> io::Result<()> {
    let reply = answer(&mut court.wire, api::check(&token.secret)).await?;
    held(reply.status.is_success(), || format!("a check is answered with {}", reply.status))
}

impl Court {
    /// Ends the server, well or not, and starts it again on the same data.
    async fn again(mut self, well: bool) -> io::Result<Self> {
        if well {
            let ended = self.server.stop().await?;
            held(ended, || "the server did not end well".to_owned())?;
        } else {
            self.server.kill(&self.clock).await?;
        }
        (self.server, _) = self.site.start(&self.clock).await?;
        Ok(self)
    }
}

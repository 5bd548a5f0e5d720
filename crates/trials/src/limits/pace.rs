//! A token of 100 requests a minute beside one without a limit.
//!
//! By the generic cell rate algorithm, 100 are admitted at once and one more for each share of the
//! minute since the first. When a request was judged lies between its beginning and its answer, so the
//! measured times bound the count from both sides, and exactly.

use std::io;
use std::time::Duration;

use serde_json::json;

use super::{Count, Court, Token, held};
use crate::api;
use crate::clock::{Stopwatch, pause};
use crate::history::Moment;
use crate::wire::Wire;

/// Requests in a window, and the window in seconds.
const RATE: (u64, u64) = (100, 60);
/// After which time one more is admitted, in µs.
const SHARE: u64 = RATE.1 * 1_000_000 / RATE.0;
/// How long each load lasts, in µs.
const LOAD: Moment = 4_000_000;
/// Between two requests of the limited token: many in each share.
const BREATH: Duration = Duration::from_millis(4);

/// What became of it.
pub struct Paced {
    /// A line about it.
    pub told: String,
    /// The limited token, and its answers.
    pub limited: (Token, Count),
    /// The other, and its answers.
    pub neighbour: (Token, Count),
}

/// Loads the neighbour alone, then both.
///
/// # Errors
///
/// If the limited token is admitted more or less often than its rate says, or is refused with another
/// status, or the neighbour is refused.
pub async fn run(court: &mut Court, refusal: &str) -> io::Result<Paced> {
    let rate = json!({ "requests": RATE.0, "seconds": RATE.1 });
    let limited = court.issue(&json!({ "label": "limited", "rate": rate })).await?;
    let neighbour = court.issue(&json!({ "label": "neighbour" })).await?;
    let (clock, address) = (court.clock, court.site.address);
    let load = |token: &Token, breath| {
        let load = Load { wire: Wire::new(address), clock, token: token.clone(), breath };
        tokio::spawn(load.run())
    };
    let alone = load(&neighbour, None).await.map_err(io::Error::other)??;
    let (beside, slow) = (load(&neighbour, None), load(&limited, Some(BREATH)));
    let beside = beside.await.map_err(io::Error::other)??;
    let slow = slow.await.map_err(io::Error::other)??;

    let admitted = |time: Moment| RATE.0 + time / SHARE;
    let least = admitted(slow.last.0.saturating_sub(slow.first.1));
    let most = admitted(slow.last.1.saturating_sub(slow.first.0));
    let Count { good, refused } = slow.count;
    held((least..=most).contains(&good) && refused > 0, || {
        format!("{good} of a limited token are admitted, {refused} refused: not {least} to {most}")
    })?;
    held(slow.refusals.iter().all(|status| status == refusal), || {
        format!("refused with {:?} and not {refusal}", slow.refusals)
    })?;
    held(alone.count.refused + beside.count.refused == 0, || "the neighbour is refused".into())?;
    let ratio = beside.count.good * 100 / alone.count.good.max(1);
    let told = format!(
        "a token of {} in {} s: {good} admitted (by its rate {least} to {most}), {refused} refused with \
         {refusal}; its neighbour: {} alone, {} beside it, {ratio} %",
        RATE.0, RATE.1, alone.count.good, beside.count.good,
    );
    let both = Count { good: alone.count.good + beside.count.good, refused: 0 };
    Ok(Paced { told, limited: (limited, slow.count), neighbour: (neighbour, both) })
}

/// One client that checks one token, again and again.
struct Load {
    wire: Wire,
    clock: Stopwatch,
    token: Token,
    breath: Option<Duration>,
}

/// What it was told.
struct Answers {
    count: Count,
    /// Beginning and end of the first.
    first: (Moment, Moment),
    /// Beginning and end of the last.
    last: (Moment, Moment),
    /// With which statuses it was refused.
    refusals: Vec<String>,
}

impl Load {
    async fn run(mut self) -> io::Result<Answers> {
        let began = self.clock.now();
        let mut count = Count::default();
        let (mut first, mut last) = (None, (began, began));
        let mut refusals: Vec<String> = Vec::new();
        while self.clock.now().saturating_sub(began) < LOAD {
            self.wire.connect().await?;
            let asked = self.clock.now();
            let reply = self.wire.ask(api::check(&self.token.secret)).await;
            let status = reply.map_err(io::Error::other)?.status;
            last = (asked, self.clock.now());
            first = first.or(Some(last));
            if status.is_success() {
                count.good += 1;
            } else {
                count.refused += 1;
                let status = status.as_str();
                if !refusals.iter().any(|known| known == status) {
                    refusals.push(status.to_owned());
                }
            }
            if let Some(breath) = self.breath {
                pause(breath).await;
            }
        }
        Ok(Answers { count, first: first.unwrap_or(last), last, refusals })
    }
}

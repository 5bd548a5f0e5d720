//! Who uses what: uses are gathered in memory and written down in batches, never on the way of a
//! check.
//!
//! **Invariant**: a use that was noted is written down once, or lost with the process: by a kill, at
//! most those since the last flush. Where the database gave no clear answer it may be written down twice.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};

use ipnet::IpNet;
use jiff::Timestamp;
use parking_lot::Mutex;

use super::asked::{Surface, Visit};
use crate::actor::Actor;
use crate::authority::Authority;
use crate::error::{Error, Unavailable};
use crate::id::TokenId;
use crate::policy::days;
use crate::verdicts::Known;

/// Tokens whose uses are all written down at each flush. Where more are busy, each is written down once
/// a minute, else a million busy tokens would be a million writes every few seconds.
const FEW: usize = 2_048;
/// How long uses wait to be written down where many tokens are busy, in µs.
const PATIENCE: i64 = 60_000_000;
/// What is kept of an agent's name, in characters.
const LONGEST_AGENT: usize = 120;
/// µs in a day.
const DAY: i64 = 86_400_000_000;

/// The last use of a token that was told yes, as far as written down: of those between two flushes, the
/// first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastUse {
    /// When.
    pub at: Timestamp,
    /// From which network: /24 of IPv4, /48 of IPv6. None if nobody said.
    pub network: Option<IpNet>,
    /// By which agent: the first 120 characters of what it calls itself, with `?` for what is not ASCII.
    pub agent: Option<Box<str>>,
    /// Through which surface.
    pub surface: Surface,
}

/// What one token was used for on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayOfUse {
    /// Days since 1970-01-01, UTC.
    pub day: i32,
    /// Requests that were told yes.
    pub good: u64,
    /// Requests that were told no.
    pub refused: u64,
}

/// Who used a token, and how often.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Usage {
    /// The last use.
    pub last: Option<LastUse>,
    /// Days on which it was used, the latest first.
    pub days: Vec<DayOfUse>,
}

/// Uses of one token, on their way to a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uses {
    /// The token.
    pub token: TokenId,
    /// So many more on this day.
    pub count: DayOfUse,
    /// The first of them that was told yes.
    pub last: Option<LastUse>,
}

/// Uses of a remembered token that are not written down yet.
#[derive(Debug)]
pub(crate) struct Tally {
    good: AtomicU32,
    refused: AtomicU32,
    /// When the last was, in µs since 1970.
    at: AtomicI64,
    /// When uses were written down last, in µs since 1970.
    written_at: AtomicI64,
    /// Whether it waits to be written down.
    listed: AtomicBool,
    /// The first yes since the last flush.
    sight: Mutex<Option<Box<LastUse>>>,
}

impl Tally {
    pub(crate) fn since(last: Option<Timestamp>) -> Self {
        Self {
            good: AtomicU32::new(0),
            refused: AtomicU32::new(0),
            at: AtomicI64::new(0),
            written_at: AtomicI64::new(last.map_or(i64::MIN, Timestamp::as_microsecond)),
            listed: AtomicBool::new(false),
            sight: Mutex::new(None),
        }
    }

    /// Notes a use. Says whether it is to be listed, of which one caller is told.
    pub(crate) fn note(&self, now: Timestamp, visit: &Visit<'_>, good: bool) -> bool {
        self.at.store(now.as_microsecond(), Ordering::Relaxed);
        let counter = if good { &self.good } else { &self.refused };
        // Counted first and listed then, while `take` unlists first and counts then.
        let before = counter.fetch_add(1, Ordering::SeqCst);
        if good && before == 0 {
            *self.sight.lock() = Some(Box::new(seen(now, visit)));
        }
        !self.listed.load(Ordering::SeqCst) && !self.listed.swap(true, Ordering::SeqCst)
    }

    fn is_due(&self, now: Timestamp) -> bool {
        let waited = now.as_microsecond().saturating_sub(self.written_at.load(Ordering::Relaxed));
        waited >= PATIENCE
    }

    /// Takes what was gathered, to be written down at `now`.
    fn take(&self, token: TokenId, now: Timestamp) -> Option<Uses> {
        self.listed.store(false, Ordering::SeqCst);
        let (good, refused) =
            (self.good.swap(0, Ordering::SeqCst), self.refused.swap(0, Ordering::SeqCst));
        // One may be counted before a flush and seen after it.
        let last = self.sight.lock().take().map(|sight| *sight);
        if (good, refused) == (0, 0) && last.is_none() {
            return None;
        }
        self.written_at.store(now.as_microsecond(), Ordering::Relaxed);
        let at = self.at.load(Ordering::Relaxed);
        let day = i32::try_from(at.div_euclid(DAY)).unwrap_or(i32::MAX);
        let count = DayOfUse { day, good: good.into(), refused: refused.into() };
        Some(Uses { token, count, last })
    }
}

fn seen(at: Timestamp, visit: &Visit<'_>) -> LastUse {
    let plain = |symbol: char| if matches!(symbol, ' '..='~') { symbol } else { '?' };
    let agent = visit.agent.map(|agent| agent.chars().take(LONGEST_AGENT).map(plain).collect());
    let agent = agent.map(String::into_boxed_str);
    LastUse { at, network: visit.source.and_then(network), agent, surface: visit.surface }
}

/// The network around an address: enough to tell places apart, and no more.
fn network(address: IpAddr) -> Option<IpNet> {
    let address = address.to_canonical();
    let length = if address.is_ipv4() { 24 } else { 48 };
    IpNet::new(address, length).ok().map(|network| network.trunc())
}

impl Authority {
    /// When a token was last used, from where, by what, and how often on each of the last days, 1 to
    /// 90. Whoever may see the token may see it. What was used in the last seconds may be missing.
    pub async fn usage(&self, actor: &Actor, id: TokenId, last: u16) -> Result<Usage, Error> {
        let token = self.token(actor, id).await?.token;
        let since = self.now() - days(i64::from(last.clamp(1, 90)) - 1);
        Ok(self.shared.store.usage(token.id, day_of(since)).await?)
    }

    /// Notes a use of a token by a request.
    pub(crate) fn note_use(&self, known: &Arc<Known>, visit: &Visit<'_>, good: bool) {
        if known.tally.note(self.now(), visit, good) {
            self.shared.used.lock().push(Arc::clone(known));
        }
    }

    /// Writes down who used what. Called every few seconds.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] if the database does not answer; what was not written down then waits on.
    pub async fn flush_uses(&self) -> Result<(), Unavailable> {
        // What memory has dropped gets no more, and would fill the list.
        let dropped = |known: &Arc<Known>| Arc::strong_count(known) == 1;
        self.flush(|many, known, now| !many || dropped(known) || known.tally.is_due(now)).await
    }

    /// As [`Authority::flush_uses`], and leaves nothing waiting: for a node that stops.
    pub async fn flush_all_uses(&self) -> Result<(), Unavailable> {
        self.flush(|_, _, _| true).await
    }

    async fn flush(
        &self,
        due: impl Fn(bool, &Arc<Known>, Timestamp) -> bool,
    ) -> Result<(), Unavailable> {
        let (now, listed) = (self.now(), std::mem::take(&mut *self.shared.used.lock()));
        let many = listed.len() > FEW;
        let (due, waiting): (Vec<_>, Vec<_>) =
            listed.into_iter().partition(|known| due(many, known, now));
        self.shared.used.lock().extend(waiting);
        let mut uses = gathered(&due, now).into_iter();
        loop {
            let batch: Vec<Uses> = uses.by_ref().take(self.shared.store.most_uses()).collect();
            if batch.is_empty() {
                return Ok(());
            }
            if let Err(error) = self.shared.store.note_uses(&batch).await {
                self.put_back(&due, batch.into_iter().chain(uses));
                return Err(Unavailable(error.to_string()));
            }
        }
    }

    /// What could not be written down waits on.
    fn put_back(&self, noted: &[Arc<Known>], uses: impl Iterator<Item = Uses>) {
        let of: HashMap<TokenId, &Arc<Known>> =
            noted.iter().filter_map(|known| Some((known.token.kept()?, known))).collect();
        for Uses { token, count, last } in uses {
            let Some(known) = of.get(&token) else { continue };
            let Tally { good, refused, listed, sight, .. } = &known.tally;
            good.fetch_add(u32::try_from(count.good).unwrap_or(u32::MAX), Ordering::SeqCst);
            refused.fetch_add(u32::try_from(count.refused).unwrap_or(u32::MAX), Ordering::SeqCst);
            if let Some(last) = last {
                sight.lock().get_or_insert(Box::new(last));
            }
            if !listed.swap(true, Ordering::SeqCst) {
                self.shared.used.lock().push(Arc::clone(known));
            }
        }
    }
}

/// What is to be written down, once for each token, in the order of their ids.
fn gathered(due: &[Arc<Known>], now: Timestamp) -> Vec<Uses> {
    let mut of: HashMap<(TokenId, i32), Uses> = HashMap::with_capacity(due.len());
    for known in due {
        let taken = known.token.kept().and_then(|id| known.tally.take(id, now));
        let Some(uses) = taken else { continue };
        let key = (uses.token, uses.count.day);
        let Some(sum) = of.get_mut(&key) else {
            of.insert(key, uses);
            continue;
        };
        sum.count.good += uses.count.good;
        sum.count.refused += uses.count.refused;
        let at = |last: &Option<LastUse>| last.as_ref().map(|last| last.at);
        if at(&uses.last) > at(&sum.last) {
            sum.last = uses.last;
        }
    }
    let mut uses: Vec<Uses> = of.into_values().collect();
    uses.sort_unstable_by_key(|uses| (uses.token.uuid(), uses.count.day));
    uses
}

/// The day of a moment, in days since 1970-01-01, UTC.
pub(crate) fn day_of(at: Timestamp) -> i32 {
    i32::try_from(at.as_microsecond().div_euclid(DAY)).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_yes_that_was_counted_before_a_flush_and_seen_after_it_is_written_down() {
        let (tally, token) = (Tally::since(None), TokenId::from(uuid::Uuid::nil()));
        let visit = Visit::through(Surface::Check);
        let at = Timestamp::UNIX_EPOCH;
        assert!(tally.note(at, &visit, true));
        // As if the flush had come between the two.
        tally.good.store(0, Ordering::SeqCst);
        let uses = tally.take(token, at).unwrap();
        assert_eq!((uses.count.good, uses.last), (0, Some(seen(at, &visit))));
        assert_eq!(tally.take(token, at), None);
    }
}

//! The feed: what this node forgot, in order, for services that remember too.
//!
//! A service that keeps verdicts follows the same three rules as a node (`verdicts`), a step
//! further out. Its **lease** is measured from when the node last read the journal, its **ticket**
//! is a [`FeedCursor`] taken before the look-up, and what it forgets by are the node's own slots,
//! which name nobody.
//!
//! **Invariant**: waiting here holds nothing up: who forgets waits for who follows only while slots are
//! copied.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use parking_lot::Mutex;
use tokio::sync::{Notify, Semaphore};

use crate::actor::Actor;
use crate::authority::Authority;
use crate::error::{Error, Unavailable};
use crate::token::ask::Asker;
use crate::token::{Limits, Shown, Verdict};

/// Forgettings that are told one by one. Who is further behind forgets everything.
const LATEST: usize = 1 << 14;
/// The longest time for which a verdict is left to others: so true is a token's last use, which
/// is noted where it is asked about.
const LONGEST: Duration = Duration::from_secs(600);

/// How far somebody has followed the forgettings of one node, from its start to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedCursor {
    instance: u64,
    ticket: u64,
}

impl FeedCursor {
    /// Reads `<node instance>.<ticket>`; `None` if it is not spelled so.
    pub fn parse(text: &str) -> Option<Self> {
        let (instance, ticket) = text.split_once('.')?;
        let plain = |text: &str, digit: fn(&u8) -> bool| text.as_bytes().iter().all(digit);
        let spelled = instance.len() == 16
            && plain(instance, u8::is_ascii_hexdigit)
            && plain(ticket, u8::is_ascii_digit);
        let instance = u64::from_str_radix(instance, 16).ok().filter(|_| spelled)?;
        Some(Self { instance, ticket: ticket.parse().ok()? })
    }
}

impl fmt::Display for FeedCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}.{}", self.instance, self.ticket)
    }
}

/// A poll whose waiting is over.
#[derive(Debug)]
pub struct Awaited {
    after: Option<FeedCursor>,
    /// Of the asker's password, where it showed that and waited.
    password: Option<i64>,
    /// When it was asked, in boot time.
    began: Duration,
}

/// What was forgotten, and as of when.
#[derive(Debug)]
pub struct Forgettings {
    /// Where to go on.
    pub cursor: FeedCursor,
    /// The slots that were forgotten, in ascending order. None: everything is to be forgotten.
    pub slots: Option<Vec<u16>>,
    /// How long the poll had waited when `age` was taken.
    pub waited: Duration,
    /// How long ago the node's last successful read of the journal began.
    pub age: Duration,
}

/// How a verdict may be kept by who asked.
#[derive(Debug, PartialEq, Eq)]
pub struct Keeping {
    /// At most so long, from when it was asked for.
    pub time: Duration,
    /// Until one of these is forgotten, in ascending order. Slot 0 is in each.
    pub slots: Vec<u16>,
}

impl Authority {
    /// Waits until something is forgotten after `after`, or until `enough`. At once over: a poll
    /// that follows nothing yet, or another node; one for which there is no place; all when the
    /// feed is closed.
    ///
    /// # Errors
    ///
    /// As for introspection, whose permission it needs.
    pub async fn await_forgettings(
        &self,
        actor: &Actor,
        after: Option<FeedCursor>,
        enough: impl Future<Output = ()>,
    ) -> Result<Awaited, Error> {
        let began = self.shared.clock.boot();
        self.may_introspect(actor).await?;
        let ours = after.filter(|after| after.instance == self.instance());
        let mut password = None;
        if let Some(FeedCursor { ticket, .. }) = ours {
            password = self.password_of(actor).await?;
            tokio::select! {
                () = self.shared.verdicts.trail().moves_past(ticket) => {}
                () = enough => {}
            }
        }
        Ok(Awaited { after: ours, password, began })
    }

    /// What was forgotten after a cursor, for the actor that waited, by what it showed: who was revoked
    /// meanwhile learns nothing.
    ///
    /// # Errors
    ///
    /// As for introspection; [`Refusal::Unauthenticated`](crate::Refusal::Unauthenticated) if what the
    /// actor showed is not good any more; [`Unavailable`] if this node's own lease is over.
    pub async fn forgettings(
        &self,
        actor: &Actor,
        shown: Shown<'_>,
        poll: Awaited,
    ) -> Result<Forgettings, Error> {
        let Awaited { after, password, began } = poll;
        if after.is_some() {
            let actor = self.recheck(actor, shown, password).await?;
            self.may_introspect(&actor).await?;
        }
        let now = self.shared.clock.boot();
        // The age first: what was read of the journal by then is on the trail.
        let age = self.shared.verdicts.age(now);
        let age = age.ok_or_else(|| Unavailable("the journal was not read in time".to_owned()))?;
        let (ticket, slots) = self.shared.verdicts.trail().since(after.map(|after| after.ticket));
        let cursor = FeedCursor { instance: self.instance(), ticket };
        Ok(Forgettings { cursor, slots, waited: now.saturating_sub(began), age })
    }

    /// Ends all polls, and lets none wait any more: the node stops.
    pub fn close_feed(&self) {
        self.shared.verdicts.trail().close();
    }

    /// Where the feed stands before a look-up.
    pub(crate) fn feed_cursor(&self) -> FeedCursor {
        let ticket = self.shared.verdicts.trail().ticket();
        FeedCursor { instance: self.instance(), ticket }
    }

    /// How what was just answered to `asker` may be kept. `None`: not at all, for it rests on more
    /// than what is forgotten tells.
    pub fn keeping(&self, asker: &Asker<'_>, verdict: &Verdict) -> Option<Keeping> {
        let own = asker.slots()?;
        let (Verdict::Good(known) | Verdict::Bad(_, Some(known))) = verdict else {
            // A token that is made since is good at the latest one lease after that.
            return Some(Keeping { time: self.shared.policy.memory.lease, slots: vec![0] });
        };
        let Limits { not_before, networks, rate } = &known.token.limits;
        if known.token.uses_left.is_some() || rate.is_some() || !networks.are_any() {
            return None;
        }
        let now = self.now();
        let ends = [known.token.expires_at, known.secret_until, *not_before].into_iter().flatten();
        let left = |end: Timestamp| Duration::try_from(end.duration_since(now)).ok();
        let time = ends.filter(|end| *end > now).filter_map(left).fold(LONGEST, Duration::min);
        let mut slots = Vec::with_capacity(1 + 2 * own.len());
        slots.push(0);
        slots.extend(own.iter().chain(known.slots()));
        slots.sort_unstable();
        slots.dedup();
        Some(Keeping { time, slots })
    }

    /// This node from its start to its end; drawn when it is first asked for.
    fn instance(&self) -> u64 {
        *self.shared.verdicts.trail().instance.get_or_init(|| {
            let mut drawn = [0; 8];
            self.shared.entropy.fill(&mut drawn);
            u64::from_be_bytes(drawn)
        })
    }
}

/// The latest forgettings of a node, numbered.
pub(crate) struct Trail {
    latest: Mutex<VecDeque<u16>>,
    ticket: AtomicU64,
    moved: Notify,
    places: Semaphore,
    instance: OnceLock<u64>,
}

impl Trail {
    /// A trail on which so many may wait.
    pub(crate) fn new(places: usize) -> Self {
        Self {
            latest: Mutex::new(VecDeque::with_capacity(LATEST)),
            ticket: AtomicU64::new(1),
            moved: Notify::new(),
            places: Semaphore::new(places.min(Semaphore::MAX_PERMITS)),
            instance: OnceLock::new(),
        }
    }

    /// The number of the last forgetting.
    pub(crate) fn ticket(&self) -> u64 {
        self.ticket.load(Ordering::Acquire)
    }

    /// Numbers forgettings, and lets `mark` write each down before anybody sees its number: who
    /// takes a ticket knows that all up to it are marked.
    pub(crate) fn add(&self, slots: impl Iterator<Item = u16>, mark: impl Fn(u16, u64)) {
        let before = self.ticket();
        {
            let mut latest = self.latest.lock();
            for slot in slots {
                let ticket = self.ticket.load(Ordering::Relaxed) + 1;
                mark(slot, ticket);
                if latest.len() == LATEST {
                    latest.pop_front();
                }
                latest.push_back(slot);
                self.ticket.store(ticket, Ordering::Release);
            }
        }
        if self.ticket() != before {
            self.moved.notify_waiters();
        }
    }

    /// The number of the last forgetting, and the slots that were forgotten after `ticket`; none if
    /// that is not known any more.
    fn since(&self, ticket: Option<u64>) -> (u64, Option<Vec<u16>>) {
        let latest = self.latest.lock();
        let now = self.ticket.load(Ordering::Relaxed);
        let missed = ticket.and_then(|ticket| now.checked_sub(ticket));
        let missed = missed.and_then(|missed| usize::try_from(missed).ok());
        let known = missed.and_then(|missed| latest.len().checked_sub(missed));
        let slots = known.map(|known| latest.iter().skip(known).copied().collect());
        drop(latest);
        (now, slots.map(in_order))
    }

    async fn moves_past(&self, ticket: u64) {
        let Ok(_place) = self.places.try_acquire() else {
            return;
        };
        loop {
            let moved = self.moved.notified();
            if self.ticket() != ticket || self.places.is_closed() {
                return;
            }
            moved.await;
        }
    }

    fn close(&self) {
        self.places.close();
        self.moved.notify_waiters();
    }
}

fn in_order(mut slots: Vec<u16>) -> Vec<u16> {
    slots.sort_unstable();
    slots.dedup();
    slots
}

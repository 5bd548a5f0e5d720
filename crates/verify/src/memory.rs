//! What a verifier remembers, and how it forgets in time.
//!
//! Three rules, those of a node of the authority, a step further out. **Lease**: memory speaks at *t*
//! only if the node that it follows had read its journal at some moment after *t* − S, and all that was
//! revoked by then is forgotten here. **Ticket**: what was asked before a forgetting is not kept after
//! it. **Instance**: what one node answered is kept only while that node is followed, from its start
//! to its end; whoever follows another one has forgotten everything.
//!
//! **Invariant**: this file asks no clock and waits for nothing; it is told what time it is.

use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use quick_cache::UnitWeighter;
use quick_cache::sync::{Cache, DefaultLifecycle};

use crate::need::Key;
use crate::verdict::Verdict;
use crate::wire::{Answers, Cursor, Keeping, Slots, Told};

/// Counters that a node forgets by: 2¹⁶ of them, 512 KiB.
const SLOTS: usize = 1 << 16;
/// The slot that everything depends on.
const EVERYTHING: u16 = 0;

/// A verdict as it was answered. It lies in the cache itself, in one piece: among many tokens looking it up
/// costs what waiting for memory does.
#[derive(Clone)]
struct Kept {
    verdict: Verdict,
    asked: u64,
    slots: Slots,
    until: Duration,
}

/// Where memory stood when a question was asked.
#[derive(Debug, Clone)]
pub(crate) struct Ticket {
    /// Answers of the feed that were obeyed by then.
    number: u64,
    /// How far the node was followed by then.
    cursor: Option<Cursor>,
    at: Duration,
}

/// What memory says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Recollection {
    /// This.
    Known(Verdict),
    /// Nothing of this question.
    Silent,
    /// Nothing at all: the lease is over.
    PastLease,
}

/// What a verifier remembers.
pub(crate) struct Memory {
    good: Verdicts,
    bad: Verdicts,
    forgotten: Box<[AtomicU64]>,
    fresh_until: AtomicU64,
    followed: Mutex<Followed>,
    lease: Duration,
}

type Verdicts = Cache<Key, Kept, UnitWeighter, KeyHash>;

#[derive(Default)]
struct Followed {
    /// Answers that were obeyed. Each is the number of its forgettings.
    number: u64,
    cursor: Option<Cursor>,
}

impl Memory {
    /// Room for so many yeses and so many noes.
    pub(crate) fn new(lease: Duration, good: usize, bad: usize) -> Self {
        Self {
            good: cache(good),
            bad: cache(bad),
            forgotten: (0..SLOTS).map(|_| AtomicU64::new(0)).collect(),
            fresh_until: AtomicU64::new(0),
            followed: Mutex::default(),
            lease,
        }
    }

    /// What memory says at `now`.
    pub(crate) fn recall(&self, key: &Key, now: Duration) -> Recollection {
        if nanos(now) >= self.fresh_until.load(Ordering::Acquire) {
            return Recollection::PastLease;
        }
        let good = || self.good.get(key).filter(|kept| self.holds(kept, now));
        let bad = || self.bad.get(key).filter(|kept| self.holds(kept, now));
        match good().or_else(bad) {
            Some(kept) => Recollection::Known(kept.verdict),
            None => Recollection::Silent,
        }
    }

    /// Where memory stands before a question is asked at `now`.
    pub(crate) fn ticket(&self, now: Duration) -> Ticket {
        let followed = self.followed.lock();
        Ticket { number: followed.number, cursor: followed.cursor.clone(), at: now }
    }

    /// Keeps what was answered, as long as it may be kept.
    pub(crate) fn keep(&self, key: Key, ticket: &Ticket, answers: &Answers, verdict: &Verdict) {
        let Some(Keeping { time, slots }) = answers.keeping() else {
            return;
        };
        if !ticket.cursor.as_ref().is_some_and(|followed| is_behind(followed, &answers.cursor)) {
            return;
        }
        // What depends on nothing that is told, such as an unknown token, is asked again in time.
        let time = if slots.is_empty() { time.min(self.lease) } else { time };
        let until = ticket.at.saturating_add(time);
        let kept = Kept { verdict: verdict.clone(), asked: ticket.number, slots, until };
        match verdict {
            Verdict::Good(_) => self.good.insert(key, kept),
            Verdict::Bad(_) => self.bad.insert(key, kept),
        }
    }

    /// How far the node is followed.
    pub(crate) fn cursor(&self) -> Option<Cursor> {
        self.followed.lock().cursor.clone()
    }

    /// Obeys an answer of the feed to a poll that was sent at `sent` and follows `after`: forgets, and
    /// only then renews the lease. An answer to a poll of a node that is followed no more says nothing.
    pub(crate) fn obey(&self, after: Option<&Cursor>, told: &Told, sent: Duration, now: Duration) {
        let Told { cursor, all, slots, waited_ms, age_ms } = told;
        let mut followed = self.followed.lock();
        let instance = |cursor: &Cursor| Arc::clone(&cursor.instance);
        if after.map(instance) != followed.cursor.as_ref().map(instance) {
            return;
        }
        let same = followed.cursor.as_ref().filter(|last| last.instance == cursor.instance);
        let number = followed.number + 1;
        let another = same.is_none();
        if *all || another {
            self.forget(EVERYTHING, number);
        }
        for slot in slots {
            self.forget(*slot, number);
        }
        let further = same.is_none_or(|last| last.ticket <= cursor.ticket);
        followed.cursor = if further { Some(cursor.clone()) } else { followed.cursor.take() };
        followed.number = number;
        // As of when the node knew: it had waited for so long after the poll was sent, at least, and
        // was of this age then. No clock but ours is read for it.
        let told_at = (sent + Duration::from_millis(*waited_ms)).min(now);
        let until = (told_at + self.lease).saturating_sub(Duration::from_millis(*age_ms));
        if another {
            // It may know less than the one before, and what it answers is kept from now on.
            self.fresh_until.store(nanos(until), Ordering::Release);
        } else {
            self.fresh_until.fetch_max(nanos(until), Ordering::AcqRel);
        }
    }

    fn forget(&self, slot: u16, number: u64) {
        if let Some(at) = self.forgotten.get(usize::from(slot)) {
            at.fetch_max(number, Ordering::AcqRel);
        }
    }

    /// Whether nothing that a verdict depends on was forgotten since it was asked for.
    fn holds(&self, kept: &Kept, now: Duration) -> bool {
        let fresh = |slot: &u16| {
            let at = self.forgotten.get(usize::from(*slot));
            at.is_some_and(|at| at.load(Ordering::Acquire) <= kept.asked)
        };
        now < kept.until && fresh(&EVERYTHING) && kept.slots.iter().all(fresh)
    }
}

/// Whether an answer under `answered` knows of all that was forgotten up to `followed`.
fn is_behind(followed: &Cursor, answered: &Cursor) -> bool {
    followed.instance == answered.instance && followed.ticket <= answered.ticket
}

fn cache(most: usize) -> Verdicts {
    let weight = u64::try_from(most).unwrap_or(u64::MAX);
    // The estimate only sizes the shards: an idle service should not pay for a full memory.
    let (hash, cycle) = (KeyHash::default(), DefaultLifecycle::default());
    Cache::with(most.min(1 << 16), weight, UnitWeighter, hash, cycle)
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// A key is evenly spread already: its first bytes are its hash.
#[derive(Default, Clone)]
struct FirstBytes(u64);

type KeyHash = BuildHasherDefault<FirstBytes>;

impl Hasher for FirstBytes {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk::<8>() {
            self.0 = u64::from_le_bytes(*first);
        }
    }

    // A slice's length comes before its bytes and says nothing.
    fn write_usize(&mut self, _: usize) {}
}

//! What a node remembers, and how it forgets in time.
//!
//! Three rules. **Lease**: memory speaks only while a read of the journal that *began* less than S
//! ago has succeeded. **Ticket**: what was read before a forgetting is not kept after it. **Key**:
//! the keyed digest of the whole presented secret, and nothing else; what is asked for is judged
//! afresh each time.
//!
//! Forgetting is one counter: each thing that can be forgotten (a token, a user, an organization…)
//! hashes to a slot, and forgetting it writes the next ticket there. What was loaded under an
//! earlier ticket is then no longer spoken of. Two things that share a slot only cost a read.
//!
//! **Invariant**: no file but this one knows how memory is stored.

use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use quick_cache::UnitWeighter;
use quick_cache::sync::{Cache, DefaultLifecycle};

use crate::clock::Clock;
use crate::feed::Trail;
use crate::journal::Subject;
use crate::policy::MemoryPolicy;
use crate::secret::Digest;
use crate::token::rate::{Limiter, Limiters};
use crate::token::usage::Tally;
use crate::token::{Holder, Standing};

/// Slots for things that can be forgotten: 2¹⁶ counters, 512 KiB.
const SLOTS: usize = 1 << 16;
/// The slot of [`Subject::Everything`].
const EVERYTHING: u16 = 0;

/// A token's standing as it was when it was read, in memory.
pub struct Known {
    standing: Standing,
    loaded: Ticket,
    slots: [u16; 5],
    /// What was used of its rate, if it has one.
    limiter: Option<Arc<Limiter>>,
    pub(crate) tally: Tally,
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.standing.fmt(f)
    }
}

impl Deref for Known {
    type Target = Standing;

    fn deref(&self) -> &Standing {
        &self.standing
    }
}

impl Known {
    fn loaded(standing: Standing, loaded: Ticket, limiter: Option<Arc<Limiter>>) -> Self {
        let slots = slots_of(&standing);
        let tally = Tally::since(standing.token.last_used_at);
        Self { standing, loaded, slots, limiter, tally }
    }

    /// Takes one request of its rate, if it has one and some is left.
    pub(crate) fn admit(&self) -> bool {
        self.limiter.as_ref().is_none_or(|limiter| limiter.admit())
    }

    /// The slots of all that it depends on.
    pub(crate) fn slots(&self) -> &[u16; 5] {
        &self.slots
    }
}

/// Proof of when a read began: of the forgettings up to then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ticket(u64);

/// What memory says of a secret.
#[derive(Debug)]
pub(crate) enum Recollection {
    /// It is this token.
    Known(Arc<Known>),
    /// There is no such token.
    Unknown,
    /// Memory can't say: ask the database.
    Silent,
}

/// What a node remembers.
pub(crate) struct Verdicts {
    known: Cache<Digest, Arc<Known>, UnitWeighter, DigestHash>,
    unknown: Cache<Digest, Duration, UnitWeighter, DigestHash>,
    forgotten: Box<[AtomicU64]>,
    trail: Trail,
    fresh_until: AtomicU64,
    lease: Duration,
    limiters: Limiters,
}

impl Verdicts {
    pub(crate) fn new(policy: &MemoryPolicy, clock: Arc<dyn Clock>) -> Self {
        let MemoryPolicy { lease, known, unknown, polls } = *policy;
        Self {
            known: cache(known),
            unknown: cache(unknown),
            forgotten: (0..SLOTS).map(|_| AtomicU64::new(0)).collect(),
            trail: Trail::new(polls),
            fresh_until: AtomicU64::new(0),
            lease,
            limiters: Limiters::new(clock),
        }
    }

    /// What memory says at `boot` time of the secret with this digest.
    pub(crate) fn recall(&self, digest: &Digest, boot: Duration) -> Recollection {
        if nanos(boot) >= self.fresh_until.load(Ordering::Acquire) {
            return Recollection::Silent;
        }
        if let Some(known) = self.known.get(digest) {
            return if self.holds(&known) {
                Recollection::Known(known)
            } else {
                Recollection::Silent
            };
        }
        match self.unknown.get(digest) {
            Some(until) if boot < until => Recollection::Unknown,
            Some(_) | None => Recollection::Silent,
        }
    }

    /// Where memory stands before a read begins.
    pub(crate) fn ticket(&self) -> Ticket {
        Ticket(self.trail.ticket())
    }

    /// Keeps what was read, unless it was forgotten since `ticket`.
    pub(crate) fn keep(&self, digest: Digest, standing: Standing, ticket: Ticket) -> Arc<Known> {
        let known = self.known(standing, ticket);
        if self.holds(&known) {
            self.known.insert(digest, Arc::clone(&known));
        }
        known
    }

    /// A standing that is not kept in memory.
    pub(crate) fn passing(&self, standing: Standing) -> Arc<Known> {
        self.known(standing, Ticket(0))
    }

    fn known(&self, standing: Standing, ticket: Ticket) -> Arc<Known> {
        let token = &standing.token;
        let counted = token.kept().unwrap_or(token.id);
        let limiter = token.limits.rate.map(|rate| self.limiters.of(counted, rate));
        Arc::new(Known::loaded(standing, ticket, limiter))
    }

    /// Keeps that a read which began at `boot` found nothing. A token that is made since is
    /// good at the latest one lease after that.
    pub(crate) fn keep_unknown(&self, digest: Digest, boot: Duration) {
        self.unknown.insert(digest, boot + self.lease);
    }

    /// Forgets what was read of these before now.
    pub(crate) fn forget(&self, subjects: &[Subject]) {
        self.trail.add(subjects.iter().map(slot_of), |slot, ticket| {
            if let Some(at) = self.forgotten.get(usize::from(slot)) {
                at.fetch_max(ticket, Ordering::AcqRel);
            }
        });
    }

    /// A read of the journal that began at `began` has succeeded, and what it named is forgotten.
    pub(crate) fn renew(&self, began: Duration) {
        self.fresh_until.fetch_max(nanos(began + self.lease), Ordering::AcqRel);
    }

    /// How long memory may speak from `boot` on.
    pub(crate) fn lease_left(&self, boot: Duration) -> Duration {
        let until = Duration::from_nanos(self.fresh_until.load(Ordering::Acquire));
        until.saturating_sub(boot)
    }

    /// How long ago at `boot` the last successful read of the journal began; none if the lease is
    /// over.
    pub(crate) fn age(&self, boot: Duration) -> Option<Duration> {
        Some(self.lease.saturating_sub(self.lease_left(boot))).filter(|age| *age < self.lease)
    }

    /// What was forgotten, in order.
    pub(crate) fn trail(&self) -> &Trail {
        &self.trail
    }

    /// How many tokens are remembered.
    pub(crate) fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether nothing that a standing depends on was forgotten since it was read: at once, where
    /// nothing at all was forgotten since.
    pub(crate) fn holds(&self, known: &Known) -> bool {
        let fresh = |slot: &u16| {
            let at = self.forgotten.get(usize::from(*slot));
            at.is_some_and(|at| at.load(Ordering::Acquire) <= known.loaded.0)
        };
        known.loaded == self.ticket() || (fresh(&EVERYTHING) && known.slots.iter().all(fresh))
    }
}

fn cache<V: Clone>(most: usize) -> Cache<Digest, V, UnitWeighter, DigestHash> {
    let weight = u64::try_from(most).unwrap_or(u64::MAX);
    // The estimate only sizes the shards: an idle node should not pay for a full memory.
    Cache::with(
        most.min(1 << 16),
        weight,
        UnitWeighter,
        DigestHash::default(),
        DefaultLifecycle::default(),
    )
}

/// The slots of all that a standing depends on; one that it lacks is the first again.
fn slots_of(standing: &Standing) -> [u16; 5] {
    let token = &standing.token;
    let holder = match token.holder {
        Holder::User(id) => Subject::User(id),
        Holder::Application(id) => Subject::Application(id),
        Holder::ServiceAccount(id) => Subject::ServiceAccount(id),
    };
    // A token that is not kept hangs on the kept one that it was made of.
    let own = slot_of(&Subject::Token(token.kept().unwrap_or(token.id)));
    // A token is bound to an organization or made through an application of one, never both.
    let organization = token.organization.or(standing.application.map(|now| now.organization));
    let slot = |subject: Option<Subject>| subject.map_or(own, |subject| slot_of(&subject));
    [
        own,
        slot_of(&holder),
        slot(organization.map(Subject::Organization)),
        slot(token.session.map(Subject::Session)),
        slot(token.application.map(Subject::Application)),
    ]
}

/// A thing's slot. The last bytes of a UUIDv7 are random, so they need no hashing; the kind is
/// mixed in so that nothing rests on ids being distinct across kinds.
fn slot_of(subject: &Subject) -> u16 {
    let (uuid, kind) = match subject {
        Subject::Token(id) => (id.uuid(), 1),
        Subject::Session(id) => (id.uuid(), 2),
        Subject::User(id) => (id.uuid(), 3),
        Subject::Organization(id) => (id.uuid(), 4),
        Subject::Application(id) => (id.uuid(), 5),
        Subject::ServiceAccount(id) => (id.uuid(), 6),
        Subject::Everything => return EVERYTHING,
    };
    let [.., high, low] = *uuid.as_bytes();
    let slot = u16::from_be_bytes([high, low]) ^ (kind << 8);
    slot.max(1)
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// A digest is already evenly spread, under a key nobody knows: its first bytes are its hash.
#[derive(Default, Clone)]
struct FirstBytes(u64);

type DigestHash = BuildHasherDefault<FirstBytes>;

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

//! Everyone who is connected, and since when they keep us waiting.
//!
//! Time here is counted in ticks of half a second, in one number that the roster moves on and each
//! connection reads. So a connection notes "now" with one load and one store, and the roster finds
//! whoever is overdue by looking at all of them once a tick, some 100 µs for 10,000. A process that was
//! stopped for a minute counts one tick, so it does not drop those who waited for it.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering::Relaxed},
    },
    task::Waker,
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{MissedTickBehavior, interval},
};

use super::{Limits, Tally};

const TICK: Duration = Duration::from_millis(500);

/// Everyone who is connected.
pub(super) struct Roster {
    ticks: Arc<AtomicU32>,
    limits: Limits,
    tally: Tally,
    seats: Mutex<Seats>,
    left: Notify,
}

#[derive(Default)]
struct Seats {
    taken: HashMap<u64, Arc<Pulse>>,
    by_source: HashMap<IpAddr, usize>,
    last: u64,
}

/// One connection's place. Dropping it makes room.
pub(super) struct Seat {
    pub(super) pulse: Arc<Pulse>,
    roster: Arc<Roster>,
    number: u64,
    source: IpAddr,
}

impl Roster {
    pub(super) fn new(limits: Limits, tally: Tally) -> Arc<Self> {
        Arc::new(Self {
            ticks: Arc::new(AtomicU32::new(1)),
            limits,
            tally,
            seats: Mutex::default(),
            left: Notify::new(),
        })
    }

    /// A place for a connection from there, if there is room.
    pub(super) fn seat(self: &Arc<Self>, peer: IpAddr) -> Option<Seat> {
        let source = source(peer);
        let pulse = Arc::new(Pulse::new(Arc::clone(&self.ticks)));
        let mut seats = self.seats();
        let from_there = seats.by_source.get(&source).copied().unwrap_or(0);
        if seats.taken.len() >= self.limits.connections || from_there >= self.limits.per_source {
            self.tally.refused.increment(1);
            return None;
        }
        seats.by_source.insert(source, from_there + 1);
        seats.last += 1;
        let number = seats.last;
        seats.taken.insert(number, Arc::clone(&pulse));
        self.tally.open.increment(1.0);
        Some(Seat { pulse, roster: Arc::clone(self), number, source })
    }

    /// Moves time on, for ever, and drops whoever is overdue.
    pub(super) async fn keep_time(&self) {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks.tick().await;
        loop {
            ticks.tick().await;
            let now = self.ticks.fetch_add(1, Relaxed) + 1;
            for pulse in self.seats().taken.values() {
                if pulse.is_overdue(now, &self.limits) && pulse.order(Order::Leave) {
                    self.tally.overdue.increment(1);
                }
            }
        }
    }

    /// Asks everyone to finish what they are at and go.
    pub(super) fn ask_all_to_finish(&self) {
        for pulse in self.seats().taken.values() {
            pulse.order(Order::Finish);
        }
    }

    /// Sends everyone away; how many those were.
    pub(super) fn drop_all(&self) -> usize {
        let seats = self.seats();
        for pulse in seats.taken.values() {
            pulse.order(Order::Leave);
        }
        seats.taken.len()
    }

    /// Waits until nobody is connected.
    pub(super) async fn empty(&self) {
        loop {
            let left = self.left.notified();
            if self.seats().taken.is_empty() {
                return;
            }
            left.await;
        }
    }

    fn seats(&self) -> std::sync::MutexGuard<'_, Seats> {
        // Nothing under this lock can panic half-way.
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut seats = self.roster.seats();
        seats.taken.remove(&self.number);
        if let Some(count) = seats.by_source.get_mut(&self.source) {
            *count -= 1;
            if *count == 0 {
                seats.by_source.remove(&self.source);
            }
        }
        self.roster.tally.open.decrement(1.0);
        if seats.taken.is_empty() {
            self.roster.left.notify_waiters();
        }
    }
}

/// Whom a connection counts for: an IPv4 address, or the IPv6 network that one customer gets.
fn source(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => {
            let network = address.to_bits() & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from_bits(network))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// What a connection is told to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Order {
    Serve,
    /// Answer what is under way, then close.
    Finish,
    /// Close now.
    Leave,
}

/// What one connection waits for, and since which tick. Zero stands for "it does not".
pub(super) struct Pulse {
    ticks: Arc<AtomicU32>,
    /// HTTP/2, where bytes come that are no request.
    multiplexed: AtomicBool,
    /// Requests whose answers have not wholly left.
    under_way: AtomicU32,
    head_since: AtomicU32,
    idle_since: AtomicU32,
    write_since: AtomicU32,
    /// Answers that leave as HTTP/2 streams, and when one of them last moved: a peer that opens no
    /// window for them takes every byte off the socket and yet keeps us waiting.
    streaming: AtomicU32,
    streamed: AtomicU32,
    order: AtomicU8,
    waker: Mutex<Option<Waker>>,
}

impl Pulse {
    fn new(ticks: Arc<AtomicU32>) -> Self {
        let now = ticks.load(Relaxed);
        Self {
            ticks,
            multiplexed: AtomicBool::new(false),
            under_way: AtomicU32::new(0),
            head_since: AtomicU32::new(now),
            idle_since: AtomicU32::new(now),
            write_since: AtomicU32::new(0),
            streaming: AtomicU32::new(0),
            streamed: AtomicU32::new(0),
            order: AtomicU8::new(Order::Serve as u8),
            waker: Mutex::default(),
        }
    }

    fn now(&self) -> u32 {
        self.ticks.load(Relaxed)
    }

    /// Bytes came. Between requests they are the beginning of the next one.
    pub(super) fn heard(&self) {
        if self.head_since.load(Relaxed) == 0
            && self.under_way.load(Relaxed) == 0
            && !self.multiplexed.load(Relaxed)
        {
            self.head_since.store(self.now(), Relaxed);
        }
    }

    /// The peer speaks HTTP/2: from here on, bytes are not a request's.
    pub(super) fn multiplexes(&self) {
        self.multiplexed.store(true, Relaxed);
        self.head_since.store(0, Relaxed);
    }

    /// The headers of a request are complete.
    pub(super) fn asked(&self) {
        self.under_way.fetch_add(1, Relaxed);
        self.head_since.store(0, Relaxed);
    }

    /// An answer has left, or will never.
    pub(super) fn answered(&self) {
        self.idle_since.store(self.now(), Relaxed);
        self.under_way.fetch_sub(1, Relaxed);
    }

    /// The peer takes no bytes.
    pub(super) fn write_waits(&self) {
        if self.write_since.load(Relaxed) == 0 {
            self.write_since.store(self.now(), Relaxed);
        }
    }

    /// The peer took bytes.
    pub(super) fn write_went_on(&self) {
        if self.write_since.load(Relaxed) != 0 {
            self.write_since.store(0, Relaxed);
        }
    }

    /// An answer begins to leave; whether it is one of several streams.
    pub(super) fn stream_begins(&self) -> bool {
        let streams = self.multiplexed.load(Relaxed);
        if streams {
            self.stream_moves();
            self.streaming.fetch_add(1, Relaxed);
        }
        streams
    }

    /// The peer opened its window for a piece of an answer.
    pub(super) fn stream_moves(&self) {
        self.streamed.store(self.now(), Relaxed);
    }

    /// An answer that was one of several streams is through.
    pub(super) fn stream_ends(&self) {
        self.streaming.fetch_sub(1, Relaxed);
    }

    fn is_overdue(&self, now: u32, limits: &Limits) -> bool {
        let past = |since: u32, limit: Duration| {
            since != 0 && TICK.saturating_mul(now.wrapping_sub(since)) > limit
        };
        let stuck = self.streaming.load(Relaxed) > 0
            && past(self.streamed.load(Relaxed), limits.body_deadline);
        if stuck || past(self.write_since.load(Relaxed), limits.body_deadline) {
            return true;
        }
        if self.under_way.load(Relaxed) > 0 {
            return false;
        }
        let head_since = self.head_since.load(Relaxed);
        past(head_since, limits.header_deadline)
            || head_since == 0 && past(self.idle_since.load(Relaxed), limits.idle_deadline)
    }

    /// Gives an order, and wakes the connection to read it; whether it is a new and stronger one.
    fn order(&self, order: Order) -> bool {
        let before = self.order.fetch_max(order as u8, Relaxed);
        if before >= order as u8 {
            return false;
        }
        // The lock orders this before whatever the connection reads after it left its waker.
        if let Some(waker) = &*self.waker.lock().unwrap_or_else(PoisonError::into_inner) {
            waker.wake_by_ref();
        }
        true
    }

    /// The order that stands.
    pub(super) fn ordered(&self) -> Order {
        match self.order.load(Relaxed) {
            0 => Order::Serve,
            1 => Order::Finish,
            _ => Order::Leave,
        }
    }

    /// Leaves word whom to wake. Orders must be read after this.
    pub(super) fn wake_with(&self, waker: &Waker) {
        *self.waker.lock().unwrap_or_else(PoisonError::into_inner) = Some(waker.clone());
    }
}

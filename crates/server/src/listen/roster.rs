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
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{MissedTickBehavior, interval},
};

use super::{
    Limits, Tally,
    pulse::{Order, Pulse},
};

pub(super) const TICK: Duration = Duration::from_millis(500);

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_an_address_or_what_one_customer_gets() {
        let source_of = |peer: &str| source(peer.parse().unwrap()).to_string();
        assert_eq!(source_of("192.0.2.7"), "192.0.2.7");
        assert_eq!(source_of("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(source_of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
    }
}

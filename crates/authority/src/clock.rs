//! Time, as it is given to the core.
//!
//! **Invariant**: no other file of this crate asks the machine what time it is.

use std::time::Duration;

use jiff::Timestamp;
use rustix::time::{ClockId, clock_gettime};

/// Where the core gets its time from.
pub trait Clock: Send + Sync {
    /// Wall time, UTC, in whole microseconds: what a database keeps is what was given.
    fn now(&self) -> Timestamp;

    /// Time since the machine started, suspension included. Leases are measured with it, so that
    /// neither a step of the wall clock nor a sleeping machine lengthens one.
    fn boot(&self) -> Duration;
}

/// The machine's own clocks.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let spec = clock_gettime(ClockId::Realtime);
        let micros = spec.tv_sec.saturating_mul(1_000_000).saturating_add(spec.tv_nsec / 1_000);
        Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX)
    }

    fn boot(&self) -> Duration {
        let spec = clock_gettime(ClockId::Boottime);
        let seconds = u64::try_from(spec.tv_sec).unwrap_or(0);
        let nanos = u32::try_from(spec.tv_nsec).unwrap_or(0);
        Duration::new(seconds, nanos)
    }
}

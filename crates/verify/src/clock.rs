//! Time since the machine started, suspension included: a machine that sleeps, or a wall clock that
//! is set, lengthens no lease.
//!
//! **Invariant**: no other file of this crate asks what time it is but to pace its polls.

use std::time::Duration;

#[cfg(any(test, not(any(target_os = "linux", target_os = "android"))))]
use tokio::time::Instant;

/// Where leases get their time from.
#[derive(Debug, Clone)]
pub(crate) enum Clock {
    /// The machine's.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    Boot,
    /// The runtime's, where the machine has none that goes on in its sleep, and in tests, which
    /// turn it.
    #[cfg(any(test, not(any(target_os = "linux", target_os = "android"))))]
    Runtime(Instant),
}

impl Clock {
    /// The best that this machine has.
    pub(crate) fn of_machine() -> Self {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let clock = Self::Boot;
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        let clock = Self::Runtime(Instant::now());
        clock
    }

    /// Time since some moment in the past.
    pub(crate) fn now(&self) -> Duration {
        match self {
            #[cfg(any(target_os = "linux", target_os = "android"))]
            Self::Boot => {
                let spec = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
                let seconds = u64::try_from(spec.tv_sec).unwrap_or(0);
                Duration::new(seconds, u32::try_from(spec.tv_nsec).unwrap_or(0))
            }
            #[cfg(any(test, not(any(target_os = "linux", target_os = "android"))))]
            Self::Runtime(start) => start.elapsed(),
        }
    }
}

//! The one clock of a run. A real server is measured here, so time is real.

use std::time::{Duration, Instant};

use crate::history::Moment;

/// Measures from when it was started.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch {
    zero: Instant,
    wall_at_zero: i64,
}

impl Stopwatch {
    /// Starts.
    #[expect(clippy::disallowed_methods, reason = "a real server is measured")]
    pub fn start() -> Self {
        let wall = jiff::Timestamp::now();
        Self { zero: Instant::now(), wall_at_zero: wall.as_microsecond() }
    }

    /// Microseconds since the start.
    pub fn now(&self) -> Moment {
        Moment::try_from(self.zero.elapsed().as_micros()).unwrap_or(Moment::MAX)
    }

    /// Microseconds since 1970 at the start.
    pub fn wall_at_zero(&self) -> i64 {
        self.wall_at_zero
    }

    /// Microseconds since 1970, as far as this clock knows.
    pub fn wall(&self) -> i64 {
        self.wall_at_zero.saturating_add_unsigned(self.now())
    }
}

/// Waits.
#[expect(clippy::disallowed_methods, reason = "a real server is waited for")]
pub async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}

//! How logins went, counted for operators.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Error, Refusal};

/// What a login ends in.
pub const LOGIN_OUTCOMES: [&str; 4] = ["good", "wrong", "paused", "unavailable"];

/// Logins since this node started, by outcome.
#[derive(Debug, Default)]
pub(crate) struct LoginTally([AtomicU64; LOGIN_OUTCOMES.len()]);

impl LoginTally {
    /// Counts one.
    pub(crate) fn count<T>(&self, outcome: &Result<T, Error>) {
        let place = match outcome {
            Ok(_) => 0,
            Err(Error::Refused(Refusal::TooManyAttempts { .. })) => 2,
            Err(Error::Refused(_)) => 1,
            Err(Error::Unavailable(_)) => 3,
        };
        if let Some(count) = self.0.get(place) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// What was counted, in the order of [`LOGIN_OUTCOMES`].
    pub(crate) fn read(&self) -> [u64; LOGIN_OUTCOMES.len()] {
        self.0.each_ref().map(|count| count.load(Ordering::Relaxed))
    }
}

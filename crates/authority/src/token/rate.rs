//! Counting requests of tokens whose rate is limited: the generic cell rate algorithm.
//!
//! **Invariant**: what a token has used of its rate outlives the forgetting of its standing.

use std::collections::HashMap;
use std::sync::Arc;

use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use parking_lot::Mutex;

use super::limits::Rate;
use crate::clock::Clock;
use crate::id::TokenId;

/// Limiters that are kept before those that nobody needs are looked for.
const ROOM: usize = 1_024;

/// The boot-time clock, as the limiter reads it.
#[derive(Clone)]
struct Boot(Arc<dyn Clock>);

impl governor::clock::Clock for Boot {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        self.0.boot().into()
    }
}

/// How much one token has used of its rate, on this node.
pub(crate) struct Limiter {
    rate: Rate,
    cells: RateLimiter<NotKeyed, InMemoryState, Boot, NoOpMiddleware<Nanos>>,
}

impl Limiter {
    fn new(rate: Rate, clock: Boot) -> Self {
        let nothing = Quota::per_second(rate.requests());
        let quota = Quota::with_period(rate.interval()).unwrap_or(nothing);
        let cells = RateLimiter::direct_with_clock(quota.allow_burst(rate.requests()), clock);
        Self { rate, cells }
    }

    /// Takes one request, if one is left.
    pub(crate) fn admit(&self) -> bool {
        self.cells.check().is_ok()
    }

    /// Whether nothing of the rate is used, so that a new limiter is as good. Uses it up.
    fn is_full(&self) -> bool {
        matches!(self.cells.check_n(self.rate.requests()), Ok(Ok(())))
    }
}

/// The limiters of all tokens that need one.
pub(crate) struct Limiters {
    clock: Boot,
    kept: Mutex<Kept>,
}

struct Kept {
    of: HashMap<TokenId, Arc<Limiter>>,
    /// How many there may be before the idle ones go.
    room: usize,
}

impl Limiters {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock: Boot(clock), kept: Mutex::new(Kept { of: HashMap::new(), room: ROOM }) }
    }

    /// A token's limiter: the one that it had before, unless its rate has changed.
    pub(crate) fn of(&self, token: TokenId, rate: Rate) -> Arc<Limiter> {
        let mut kept = self.kept.lock();
        if kept.of.len() >= kept.room {
            kept.tidy();
        }
        let new = || Arc::new(Limiter::new(rate, self.clock.clone()));
        let limiter = kept.of.entry(token).or_insert_with(new);
        if limiter.rate != rate {
            *limiter = new();
        }
        Arc::clone(limiter)
    }
}

impl Kept {
    /// Drops those that no remembered token has and of which nothing is used.
    fn tidy(&mut self) {
        self.of.retain(|_, limiter| Arc::strong_count(limiter) > 1 || !limiter.is_full());
        self.room = ROOM.max(self.of.len() * 2);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;

    /// A clock whose boot time is moved by hand.
    #[derive(Default)]
    struct Hand(Mutex<Duration>);

    impl Clock for Hand {
        fn now(&self) -> Timestamp {
            Timestamp::UNIX_EPOCH
        }

        fn boot(&self) -> Duration {
            *self.0.lock()
        }
    }

    fn token(number: u128) -> TokenId {
        Uuid::from_u128(number).into()
    }

    fn admitted(limiter: &Limiter, asked: usize) -> usize {
        (0..asked).filter(|_| limiter.admit()).count()
    }

    #[test]
    fn a_rate_is_given_at_once_and_then_evenly() {
        let clock = Arc::new(Hand::default());
        let limiters = Limiters::new(clock.clone());
        let limiter = limiters.of(token(1), Rate::new(100, 60).unwrap());

        assert_eq!(admitted(&limiter, 150), 100);
        *clock.0.lock() += Duration::from_millis(599);
        assert_eq!(admitted(&limiter, 9), 0);
        *clock.0.lock() += Duration::from_millis(1);
        assert_eq!(admitted(&limiter, 9), 1);
        *clock.0.lock() += Duration::from_secs(3_600);
        assert_eq!(admitted(&limiter, 150), 100);
    }

    #[test]
    fn what_was_used_outlives_a_forgetting_and_ends_with_another_rate() {
        let limiters = Limiters::new(Arc::new(Hand::default()));
        let rate = Rate::new(3, 60).unwrap();
        assert_eq!(admitted(&limiters.of(token(1), rate), 2), 2);
        assert_eq!(admitted(&limiters.of(token(1), rate), 9), 1);
        assert_eq!(admitted(&limiters.of(token(2), rate), 9), 3);
        assert_eq!(admitted(&limiters.of(token(1), Rate::new(4, 60).unwrap()), 9), 4);
    }

    #[test]
    fn only_limiters_that_nobody_needs_are_dropped() {
        let limiters = Limiters::new(Arc::new(Hand::default()));
        let rate = Rate::new(2, 60).unwrap();
        let held = limiters.of(token(0), rate);
        limiters.of(token(1), rate).admit();
        for number in 2..5_000 {
            limiters.of(token(number), rate);
        }

        let kept = limiters.kept.lock();
        assert!(kept.of.len() <= ROOM, "{}", kept.of.len());
        assert!(Arc::ptr_eq(kept.of.get(&token(0)).unwrap(), &held));
        assert!(kept.of.contains_key(&token(1)), "of it something is used");
    }
}

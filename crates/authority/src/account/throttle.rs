//! How logins are slowed, so that guessing is hopeless and nobody is locked out by a stranger.
//!
//! Three counts. An **account**'s grows with wrong passwords from sources it doesn't know. A
//! **pair**'s (account and source) grows with wrong passwords from one source, known or not. A
//! **source**'s grows with wrong passwords for any account. A source from which the account has
//! logged in before is exempt from the account's count, so strangers can't shut its owner out.
//!
//! A right password clears the account's and the pair's counts and leaves the source's: whoever
//! owns one account can't wash an address clean with it.
//!
//! **Invariant**: the rules here are pure. Attempts made during a pause are refused before the
//! password is looked at and are not counted, so a pause never grows by knocking on it.

use std::net::IpAddr;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::store::Throttle;

/// After this time without a failure, a count begins anew.
pub(crate) const FORGOTTEN_AFTER: SignedDuration = SignedDuration::from_hours(24);
/// For how long a source that logged in is known.
pub(crate) const KNOWN_FOR: SignedDuration = SignedDuration::from_hours(24 * 90);
/// Failures in a row after which an account is open to unknown sources only by a mailed link, or
/// after a day without a failure (NIST SP 800-63B-4, section 3.2.2; decision 5).
pub(crate) const CEILING: u32 = 100;

/// Failures that cost nothing, and the longest pause, for each kind of count.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Count {
    /// Wrong passwords for one account from sources it doesn't know.
    Account,
    /// Wrong passwords for one account from one source.
    Pair,
    /// Wrong passwords from one address.
    Source,
    /// Wrong passwords from one network.
    Network,
}

impl Count {
    const fn free(self) -> u32 {
        match self {
            Self::Account | Self::Pair => 5,
            Self::Source => 20,
            Self::Network => 200,
        }
    }

    /// The pause after so many failures: none for the free ones, then 1 s, doubling up to 15 min.
    fn pause(self, failures: u32) -> SignedDuration {
        if matches!(self, Self::Account) && failures >= CEILING {
            return FORGOTTEN_AFTER;
        }
        match failures.checked_sub(self.free()) {
            None => SignedDuration::ZERO,
            Some(beyond) => SignedDuration::from_secs((1 << beyond.min(10)).min(900)),
        }
    }

    /// How long from `now` nothing is tried.
    pub(crate) fn wait(self, throttle: Throttle, now: Timestamp) -> Option<Duration> {
        let last = throttle.last_at?;
        if now.duration_since(last) >= FORGOTTEN_AFTER {
            return None;
        }
        let left = self.pause(throttle.failures) - now.duration_since(last);
        let left = Duration::try_from(left).ok()?;
        (!left.is_zero()).then_some(left)
    }
}

/// An address as a source: IPv4 whole, IPv6 by its /64, since whoever has one address of a /64
/// has all of them.
pub(crate) fn source(address: IpAddr) -> String {
    cut(address, 32, 64)
}

/// The network around a source: /24 and /48.
pub(crate) fn network(address: IpAddr) -> String {
    cut(address, 24, 48)
}

fn cut(address: IpAddr, v4: u32, v6: u32) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32 - v4).unwrap_or(0);
            format!("4:{:08x}/{v4}", address.to_bits() & mask)
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128 - v6).unwrap_or(0);
            format!("6:{:032x}/{v6}", address.to_bits() & mask)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn failed(failures: u32) -> Throttle {
        Throttle { failures, last_at: Some(Timestamp::UNIX_EPOCH) }
    }

    #[test]
    fn the_first_five_wrong_passwords_cost_no_pause_and_the_next_ones_double_it() {
        let wait = |failures| Count::Account.wait(failed(failures), Timestamp::UNIX_EPOCH);
        assert_eq!(wait(4), None);
        let seconds: Vec<_> = (5..9).map(|n| wait(n).unwrap().as_secs()).collect();
        assert_eq!(seconds, [1, 2, 4, 8]);
        assert_eq!(wait(99).unwrap().as_secs(), 900);
    }

    #[test]
    fn an_account_at_the_ceiling_waits_for_a_day_or_a_mailed_link() {
        let wait = Count::Account.wait(failed(CEILING), Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(wait, Duration::from_secs(24 * 3600));
    }

    #[test]
    fn addresses_of_one_ipv6_subnet_are_one_source_and_mapped_ipv4_is_ipv4() {
        let text = |address: &str| source(address.parse().unwrap());
        assert_eq!(text("2001:db8::1"), text("2001:db8::ffff:1"));
        assert_ne!(text("2001:db8::1"), text("2001:db8:0:1::1"));
        assert_eq!(text("::ffff:10.0.0.1"), text("10.0.0.1"));
    }

    proptest! {
        #[test]
        fn a_pause_never_shrinks_with_more_failures(few in 0_u32..300, more in 0_u32..300) {
            for count in [Count::Account, Count::Pair, Count::Source, Count::Network] {
                prop_assert!(count.pause(few) <= count.pause(few + more));
            }
        }
    }
}

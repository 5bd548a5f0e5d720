//! What bounds a token's use beside its life and its count of uses.

use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use ipnet::IpNet;
use jiff::Timestamp;

use crate::error::Refusal;

/// The most networks that one token may be bound to.
pub const MOST_NETWORKS: usize = 32;
/// The longest window of a rate, in seconds: one day.
pub const LONGEST_WINDOW: u32 = 86_400;
/// The most requests in one window.
pub const MOST_REQUESTS: u32 = 1_000_000;

/// What bounds a token's use. By default nothing does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Limits {
    /// Before this moment it is no good yet.
    pub not_before: Option<Timestamp>,
    /// Where it may be shown from.
    pub networks: Networks,
    /// How often it may be used.
    pub rate: Option<Rate>,
}

/// Networks that a token may be shown from; none means any. At most [`MOST_NETWORKS`], IPv4 and IPv6.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Networks(Box<[IpNet]>);

impl Networks {
    /// These networks. Bits behind a prefix are dropped, and one that is there twice is kept once.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] if they are too many.
    pub fn new(networks: impl IntoIterator<Item = IpNet>) -> Result<Self, Refusal> {
        let mut networks: Vec<IpNet> = networks.into_iter().map(canonical).collect();
        networks.sort_unstable();
        networks.dedup();
        if networks.len() > MOST_NETWORKS {
            return Err(Refusal::invalid("networks", format!("at most {MOST_NETWORKS}")));
        }
        Ok(Self(networks.into()))
    }

    /// Networks such as `192.0.2.0/24` or `2001:db8::/32`, and single addresses, with spaces between.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] if a word is neither, or they are too many.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let read = text.split_ascii_whitespace().map(read).collect::<Option<Vec<_>>>();
        let rule = "networks such as 192.0.2.0/24 or 2001:db8::/32, or single addresses";
        Self::new(read.ok_or_else(|| Refusal::invalid("networks", rule))?)
    }

    /// Whether any address will do.
    pub fn are_any(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a token may be shown from this address. One whose address nobody knows may not, where
    /// it matters. An IPv4 address in an IPv6 one is the IPv4 address.
    pub fn admit(&self, source: Option<IpAddr>) -> bool {
        let inside = |source: IpAddr| self.0.iter().any(|net| net.contains(&source.to_canonical()));
        self.are_any() || source.is_some_and(inside)
    }

    /// Whether whoever these admit, `others` admit too.
    pub fn are_within(&self, others: &Self) -> bool {
        let inside = |net: &IpNet| others.0.iter().any(|other| other.contains(net));
        others.are_any() || (!self.are_any() && self.0.iter().all(inside))
    }

    /// Each network.
    pub fn iter(&self) -> impl Iterator<Item = &IpNet> {
        self.0.iter()
    }
}

impl fmt::Display for Networks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, network) in self.0.iter().enumerate() {
            f.write_str(if place == 0 { "" } else { " " })?;
            write!(f, "{network}")?;
        }
        Ok(())
    }
}

fn read(word: &str) -> Option<IpNet> {
    word.parse().ok().or_else(|| word.parse::<IpAddr>().ok().map(IpNet::from))
}

/// A network without bits behind its prefix. IPv4 networks written as IPv6 are IPv4 ones.
fn canonical(network: IpNet) -> IpNet {
    let network = network.trunc();
    let mapped = |v6: ipnet::Ipv6Net| {
        let length = v6.prefix_len().checked_sub(96)?;
        IpNet::new(v6.addr().to_ipv4_mapped()?.into(), length).ok()
    };
    match network {
        IpNet::V6(v6) => mapped(v6).unwrap_or(network),
        IpNet::V4(_) => network,
    }
}

/// So many requests in a window, by the generic cell rate algorithm: all of them at once if nothing
/// came before, and one more each time a fair share of the window has passed. Each node counts by
/// itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    requests: NonZeroU32,
    seconds: NonZeroU32,
}

impl Rate {
    /// 1 to [`MOST_REQUESTS`] requests in 1 to [`LONGEST_WINDOW`] seconds.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] for anything else.
    pub fn new(requests: u32, seconds: u32) -> Result<Self, Refusal> {
        let fits = requests <= MOST_REQUESTS && seconds <= LONGEST_WINDOW;
        let read = NonZeroU32::new(requests).zip(NonZeroU32::new(seconds)).filter(|_| fits);
        let rule = || format!("1 to {MOST_REQUESTS} requests in 1 to {LONGEST_WINDOW} seconds");
        let (requests, seconds) = read.ok_or_else(|| Refusal::invalid("rate", rule()))?;
        Ok(Self { requests, seconds })
    }

    /// Requests in one window.
    pub const fn requests(self) -> NonZeroU32 {
        self.requests
    }

    /// The window, in seconds.
    pub const fn seconds(self) -> NonZeroU32 {
        self.seconds
    }

    /// After how long one more request is admitted at the latest.
    pub fn interval(self) -> Duration {
        Duration::from_secs(self.seconds.get().into()) / self.requests.get()
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.requests, self.seconds)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn networks(text: &str) -> Networks {
        Networks::parse(text).unwrap()
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn networks_admit_what_lies_in_one_of_them() {
        let bound = networks("192.0.2.0/24 2001:db8::/32 198.51.100.7");
        for inside in ["192.0.2.255", "::ffff:192.0.2.1", "2001:db8:1::1", "198.51.100.7"] {
            assert!(bound.admit(Some(address(inside))), "{inside}");
        }
        for outside in ["192.0.3.0", "2001:db9::", "198.51.100.8", "::192.0.2.1"] {
            assert!(!bound.admit(Some(address(outside))), "{outside}");
        }
    }

    #[test]
    fn an_address_that_nobody_knows_is_admitted_only_where_it_does_not_matter() {
        assert!(Networks::default().admit(None));
        assert!(!networks("0.0.0.0/0 ::/0").admit(None));
    }

    #[test]
    fn networks_are_written_in_one_way() {
        assert_eq!(networks("192.0.2.9/24  192.0.2.0/24").to_string(), "192.0.2.0/24");
        assert_eq!(networks("::ffff:192.0.2.0/120").to_string(), "192.0.2.0/24");
        assert_eq!(networks("2001:DB8::1").to_string(), "2001:db8::1/128");
        for bad in ["192.0.2.0/33", "192.0.2", "example.com", "192.0.2.0/24,10.0.0.0/8", "1.2.3.4/"]
        {
            assert!(Networks::parse(bad).is_err(), "{bad}");
        }
        let many =
            |count: u32| Networks::new((0..count).map(|n| IpAddr::from(n.to_be_bytes()).into()));
        assert!(many(32).is_ok());
        assert!(many(33).is_err());
    }

    #[test]
    fn a_rate_has_bounds() {
        for (requests, seconds) in [(1, 1), (MOST_REQUESTS, LONGEST_WINDOW)] {
            assert!(Rate::new(requests, seconds).is_ok());
        }
        for (requests, seconds) in [(0, 1), (1, 0), (MOST_REQUESTS + 1, 1), (1, LONGEST_WINDOW + 1)]
        {
            assert!(Rate::new(requests, seconds).is_err());
        }
        assert_eq!(Rate::new(100, 60).unwrap().interval(), Duration::from_millis(600));
    }

    fn some_networks() -> impl Strategy<Value = Networks> {
        let network = (any::<[u8; 2]>(), 8_u8..=16).prop_map(|([a, b], length)| {
            IpNet::new(IpAddr::from([a & 3, b, 0, 0]), length).unwrap()
        });
        proptest::collection::vec(network, 0..4).prop_map(|nets| Networks::new(nets).unwrap())
    }

    proptest! {
        #[test]
        fn networks_within_others_admit_nobody_whom_the_others_do_not(
            inner in some_networks(),
            outer in some_networks(),
            source in any::<[u8; 2]>(),
        ) {
            let source = Some(IpAddr::from([source[0] & 3, source[1], 0, 1]));
            if inner.are_within(&outer) && inner.admit(source) {
                prop_assert!(outer.admit(source));
            }
            prop_assert!(inner.are_within(&inner));
        }

        #[test]
        fn networks_that_are_written_and_read_again_are_the_same(networks in some_networks()) {
            prop_assert_eq!(Networks::parse(&networks.to_string()).unwrap(), networks);
        }
    }
}

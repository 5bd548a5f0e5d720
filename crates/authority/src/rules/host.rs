//! Hosts: one form of each, and patterns of them.

use std::borrow::Cow;
use std::fmt;
use std::net::Ipv6Addr;

use super::Ambiguity;

/// The longest name, in bytes (RFC 1035, section 2.3.4, as text without the last dot).
const LONGEST_NAME: usize = 253;
/// The longest label, in bytes.
const LONGEST_LABEL: usize = 63;

/// The host in lower case, without port and without one trailing dot. An IPv6 address is in brackets, as
/// RFC 5952 writes it.
pub(super) fn normal(host: &str) -> Result<Cow<'_, str>, Ambiguity> {
    if let Some(literal) = host.strip_prefix('[') {
        let (address, port) = literal.split_once(']').ok_or(Ambiguity::Host)?;
        let address: Ipv6Addr = address.parse().map_err(|_| Ambiguity::Host)?;
        let port = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
        return if port { Ok(Cow::Owned(format!("[{address}]"))) } else { Err(Ambiguity::Host) };
    }
    let (name, port) = host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port)));
    let name = name.strip_suffix('.').unwrap_or(name);
    if !is_name(name) || !port.is_none_or(is_port) {
        return Err(Ambiguity::Host);
    }
    let folded = name.bytes().any(|b| b.is_ascii_uppercase());
    Ok(if folded { Cow::Owned(name.to_ascii_lowercase()) } else { Cow::Borrowed(name) })
}

fn is_name(name: &str) -> bool {
    let label = |label: &str| {
        (1..=LONGEST_LABEL).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    name.len() <= LONGEST_NAME && name.split('.').all(label)
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit()) && text.parse::<u16>().is_ok()
}

/// A host, or `*.` and a name: everything with one or more labels before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPattern(Box<str>);

impl HostPattern {
    /// Reads a pattern, which is written in the form in which hosts are compared.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let name = text.strip_prefix("*.").unwrap_or(text);
        let prefix = if name.len() < text.len() { "*." } else { "" };
        match normal(name) {
            _ if text == "*" => Err("for any host, leave `hosts` out".to_owned()),
            Ok(normal) if !prefix.is_empty() && normal.starts_with('[') => {
                Err(format!("`{text}` is a pattern of an address"))
            }
            Ok(normal) if normal == name => Ok(Self(text.into())),
            Ok(normal) => Err(format!("`{text}` is compared as `{prefix}{normal}`: write that")),
            Err(_) => {
                let text = text.escape_debug();
                Err(format!("`{text}` is no host such as api.example.com or *.example.com"))
            }
        }
    }

    /// Whether it fits a host in its normal form.
    pub(super) fn fits(&self, host: &str) -> bool {
        match self.0.strip_prefix('*') {
            // A normal host has no empty label: what ends in `.example.com` has one more.
            Some(suffix) => host.ends_with(suffix),
            None => *self.0 == *host,
        }
    }

    /// Whether every host that the other fits is one that this fits.
    pub(super) fn covers(&self, other: &Self) -> bool {
        self.fits(other.0.strip_prefix('*').unwrap_or(&other.0))
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_host_has_one_form() {
        for (host, form) in [
            ("api.example.com", "api.example.com"),
            ("API.Example.com:8443", "api.example.com"),
            ("api.example.com.", "api.example.com"),
            ("api.example.com.:443", "api.example.com"),
            ("localhost", "localhost"),
            ("my_service-1", "my_service-1"),
            ("192.0.2.1:80", "192.0.2.1"),
            ("[2001:DB8:0:0::1]:443", "[2001:db8::1]"),
            ("[::1]", "[::1]"),
        ] {
            assert_eq!(normal(host).unwrap(), form, "{host}");
        }
        assert!(matches!(normal("api.example.com:443"), Ok(Cow::Borrowed(_))), "no copy is made");
    }

    #[test]
    fn a_host_that_can_be_read_in_two_ways_is_refused() {
        for host in [
            "",
            ".",
            ":80",
            "user@api.example.com",
            "api.example.com@evil.example",
            "api.example.com..",
            ".api.example.com",
            "api..example.com",
            "api.example.com:",
            "api.example.com:+80",
            "api.example.com:65536",
            "api.example.com:80:80",
            "api.example.com/",
            "api.example.com, evil.example",
            "api.example.com evil.example",
            "api%2eexample.com",
            "*.example.com",
            "bücher.example",
            "a\u{0}b",
            "::1",
            "[::1",
            "[::1]x",
            "[::1]:",
            "[fe80::1%25eth0]",
            "[192.0.2.1]",
        ] {
            assert_eq!(normal(host), Err(Ambiguity::Host), "{host:?}");
        }
        assert!(normal(&"a".repeat(LONGEST_LABEL)).is_ok());
        assert!(normal(&"a".repeat(LONGEST_LABEL + 1)).is_err());
        assert!(normal(&format!("{}com", "a.".repeat(125))).is_ok());
        assert!(normal(&format!("{}com", "a.".repeat(126))).is_err());
    }

    #[test]
    fn a_star_stands_for_one_or_more_labels_and_never_for_none_or_half_of_one() {
        let star = HostPattern::read("*.example.org").unwrap();
        assert!(star.fits("a.example.org") && star.fits("a.b.example.org"));
        assert!(!star.fits("example.org") && !star.fits("an-example.org"));
        assert!(!star.fits("a.example.org.evil.example"));
    }

    #[test]
    fn a_pattern_is_written_as_hosts_are_compared() {
        for (text, told) in [
            ("API.example.com", "`api.example.com`"),
            ("*.example.com:80", "`*.example.com`"),
            ("[::0]", "`[::]`"),
            ("*", "leave `hosts` out"),
            ("*.*.example.com", "no host"),
            ("a.*.example.com", "no host"),
            ("*.", "no host"),
            ("*.[::1]", "pattern of an address"),
            ("https://api.example.com", "no host"),
        ] {
            let fault = HostPattern::read(text).unwrap_err();
            assert!(fault.contains(told), "{text}: {fault}");
        }
    }

    proptest! {
        #[test]
        fn a_normal_host_is_its_own_form(host in "[aA.-]{1,8}(:[0-9]{0,3})?|\\[[0-9a-f:]{2,6}\\]") {
            if let Ok(form) = normal(&host) {
                prop_assert_eq!(&normal(&form).unwrap(), &form);
            }
        }

        #[test]
        fn what_is_covered_is_fitted(
            wide in "(\\*\\.)?[ab](\\.[ab]){0,2}",
            narrow in "(\\*\\.)?[ab](\\.[ab]){0,2}",
            host in "[ab](\\.[ab]){0,4}",
        ) {
            let read = |text: &str| HostPattern::read(text).unwrap();
            let (wide, narrow) = (read(&wide), read(&narrow));
            if wide.covers(&narrow) && narrow.fits(&host) {
                prop_assert!(wide.fits(&host), "{} {} {}", wide, narrow, host);
            }
        }
    }
}

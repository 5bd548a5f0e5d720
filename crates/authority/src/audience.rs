//! For whom a token is good (RFC 7519, section 4.1.3; RFC 8707).
//!
//! **Invariant**: audiences are compared as text, byte for byte: no prefix, case or slash is
//! forgiven.

use crate::error::Refusal;

/// The most audiences that one token states.
pub const MOST_AUDIENCES: usize = 4;
/// The longest audience, in bytes.
pub const LONGEST_AUDIENCE: usize = 255;

/// For whom a token is good: 1 to [`MOST_AUDIENCES`], none of them twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audiences(Box<[Box<str>]>);

impl Audiences {
    /// Services by name (RFC 8693, section 2.1, `audience`) and by address (RFC 8707, section 2,
    /// `resource`); none if none is named.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] of `audience` if one is longer than [`LONGEST_AUDIENCE`] or has anything
    /// but visible ASCII, a quote or a backslash in it; if an address is not absolute, or has a
    /// user or a fragment; or if there are more than [`MOST_AUDIENCES`].
    pub fn named(names: &[String], addresses: &[String]) -> Result<Option<Self>, Refusal> {
        if !addresses.iter().all(|address| is_absolute(address)) {
            let rule = "an absolute address, without user and fragment";
            return Err(Refusal::invalid("audience", rule));
        }
        let mut kept: Vec<Box<str>> = Vec::new();
        for audience in names.iter().chain(addresses) {
            if !is_plain(audience) {
                let rule = format!("1 to {LONGEST_AUDIENCE} visible characters of ASCII");
                return Err(Refusal::invalid("audience", rule));
            }
            if !kept.iter().any(|known| **known == **audience) {
                kept.push(audience.as_str().into());
            }
        }
        if kept.len() > MOST_AUDIENCES {
            return Err(Refusal::invalid("audience", format!("at most {MOST_AUDIENCES}")));
        }
        Ok((!kept.is_empty()).then(|| Self(kept.into())))
    }

    /// These, which we signed; none if there are none.
    pub(crate) fn signed(audiences: &[String]) -> Option<Self> {
        let all: Box<[Box<str>]> = audiences.iter().map(|one| one.as_str().into()).collect();
        (!all.is_empty()).then_some(Self(all))
    }

    /// This one only.
    pub(crate) fn only(audience: &str) -> Self {
        Self(Box::new([audience.into()]))
    }

    /// Whether a token of these is good for one who is called so.
    pub fn include(&self, audience: &str) -> bool {
        self.0.iter().any(|known| **known == *audience)
    }

    /// The first of these that is not one of `others`.
    pub(crate) fn first_beyond(&self, others: &Self) -> Option<&str> {
        self.iter().find(|audience| !others.include(audience))
    }

    /// Each audience.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|audience| &**audience)
    }
}

fn is_plain(audience: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_graphic() && !b"\"\\".contains(&byte);
    (1..=LONGEST_AUDIENCE).contains(&audience.len()) && audience.bytes().all(fits)
}

/// RFC 3986, section 4.3: a scheme and more, without a fragment; and without a user, who might have a
/// password.
fn is_absolute(address: &str) -> bool {
    let Some((scheme, rest)) = address.split_once(':') else { return false };
    let host = rest.strip_prefix("//").and_then(|rest| rest.split(['/', '?']).next());
    let of_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(of_scheme)
        && !rest.is_empty()
        && !rest.contains('#')
        && !host.is_some_and(|host| host.contains('@'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(names: &[&str], addresses: &[&str]) -> Result<Option<Audiences>, Refusal> {
        let owned = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
        Audiences::named(&owned(names), &owned(addresses))
    }

    #[test]
    fn an_audience_is_a_short_visible_word_and_an_address_is_absolute() {
        for good in ["shop", "https://shop.test/api", "urn:shop", "a@b", "x?y#z"] {
            assert!(named(&[good], &[]).is_ok(), "{good}");
        }
        let long = "a".repeat(LONGEST_AUDIENCE + 1);
        for bad in ["", "a b", "a\n", "ä", "a\"b", "a\\b", &long] {
            assert!(named(&[bad], &[]).is_err(), "{bad}");
        }
        for good in ["https://shop.test", "https://shop.test/a?b=c", "urn:shop"] {
            assert!(named(&[], &[good]).is_ok(), "{good}");
        }
        for bad in [
            "shop",
            "/api",
            "//shop.test",
            "https:",
            "1a:b",
            "https://shop.test/#a",
            "a b:c",
            "https://a:b@c/",
        ] {
            assert!(named(&[], &[bad]).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_same_audience_twice_is_one_and_there_are_at_most_four() {
        let told = named(&["urn:a", "b"], &["urn:a"]).unwrap().unwrap();
        assert_eq!(told.iter().collect::<Vec<_>>(), ["urn:a", "b"]);
        assert!(named(&["a", "b", "c", "d"], &["urn:e"]).is_err());
        assert_eq!(named(&[], &[]), Ok(None));
    }

    #[test]
    fn a094_nothing_but_the_very_same_text_is_the_same_audience() {
        let told = named(&["https://us.test"], &[]).unwrap().unwrap();
        assert!(told.include("https://us.test"));
        for other in
            ["https://us.test/", "https://US.test", "https://us.test.evil", "https://us.tes", ""]
        {
            assert!(!told.include(other), "{other}");
        }
    }
}

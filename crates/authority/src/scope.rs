//! Scopes: ceilings over what a holder may do.
//!
//! **Invariant**: a scope gives nothing. What a token may do is what its scopes cover *and* its
//! holder may do now.

use std::fmt;

use crate::permission::{LONGEST_PERMISSION, Permission, is_dotted};

/// The most scopes that one token carries.
pub const MOST_SCOPES: usize = 32;

/// One ceiling: `*` or `write` (everything), `read` (every permission that only looks), `shop.*` (an
/// area or a branch of it), or one permission.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scope {
    text: Box<str>,
    reach: Reach,
}

/// How far a scope reaches, as its text says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Reach {
    Everything,
    Reading,
    Branch,
    One,
}

impl Scope {
    /// Reads one scope; `None` if it is not spelled as one.
    pub fn parse(text: &str) -> Option<Self> {
        let reach = match text {
            "*" | "write" => Reach::Everything,
            "read" => Reach::Reading,
            _ if text.strip_suffix(".*").is_some_and(|stem| is_dotted(stem, 1)) => Reach::Branch,
            _ if is_dotted(text, 2) => Reach::One,
            _ => return None,
        };
        (text.len() <= LONGEST_PERMISSION).then(|| Self { text: text.into(), reach })
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What the permissions of a branch begin with: `shop.`
    fn stem(&self) -> &str {
        self.text.trim_end_matches('*')
    }

    fn covers(&self, permission: &Permission) -> bool {
        match self.reach {
            Reach::Everything => true,
            Reach::Reading => permission.reads(),
            Reach::Branch => permission.as_str().starts_with(self.stem()),
            Reach::One => *self.text == *permission.as_str(),
        }
    }

    /// Whether everything that `other` covers is covered by this one.
    fn contains(&self, other: &Self) -> bool {
        match (self.reach, other.reach) {
            (Reach::Everything, _) | (Reach::Reading, Reach::Reading) => true,
            (Reach::Reading, Reach::One) => {
                Permission::parse(&other.text).is_some_and(|other| other.reads())
            }
            (Reach::Branch, Reach::Branch | Reach::One) => other.text.starts_with(self.stem()),
            (Reach::One, Reach::One) => self.text == other.text,
            (Reach::Reading | Reach::Branch | Reach::One, _) => false,
        }
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The ceilings of one token, as they were given, without repetition, at most [`MOST_SCOPES`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Scopes(Box<[Scope]>);

impl Scopes {
    /// No ceiling: all that the holder may do.
    pub fn all() -> Self {
        Self(Box::new([Scope { text: "*".into(), reach: Reach::Everything }]))
    }

    /// Only looking.
    pub fn read() -> Self {
        Self(Box::new([Scope { text: "read".into(), reach: Reach::Reading }]))
    }

    /// No ceiling, as OAuth 2 clients of AWX spell it.
    pub fn write() -> Self {
        Self(Box::new([Scope { text: "write".into(), reach: Reach::Everything }]))
    }

    /// Nothing at all.
    pub fn none() -> Self {
        Self(Box::new([]))
    }

    /// These scopes; `None` if there are more than [`MOST_SCOPES`].
    pub fn new(scopes: impl IntoIterator<Item = Scope>) -> Option<Self> {
        let mut kept: Vec<Scope> = Vec::new();
        for scope in scopes {
            if !kept.contains(&scope) {
                kept.push(scope);
            }
            if kept.len() > MOST_SCOPES {
                return None;
            }
        }
        Some(Self(kept.into()))
    }

    /// Reads scopes with white space between (RFC 6749, section 3.3).
    ///
    /// # Errors
    ///
    /// The first word that is not a scope, or the text itself if there are too many.
    pub fn parse(text: &str) -> Result<Self, String> {
        let word = |word: &str| Scope::parse(word).ok_or_else(|| word.to_owned());
        let scopes: Vec<Scope> =
            text.split_ascii_whitespace().map(word).collect::<Result<_, _>>()?;
        Self::new(scopes).ok_or_else(|| "more than 32 scopes".to_owned())
    }

    /// Whether any of them covers a permission.
    pub fn cover(&self, permission: &Permission) -> bool {
        self.0.iter().any(|scope| scope.covers(permission))
    }

    /// The first of these that `ceiling` doesn't contain.
    pub fn first_beyond<'a>(&'a self, ceiling: &Self) -> Option<&'a Scope> {
        self.0.iter().find(|scope| !ceiling.0.iter().any(|above| above.contains(scope)))
    }

    /// These, held below a ceiling: what of them it contains, and what of it they contain. Where two
    /// only overlap, as `read` and `shop.*` do, what they share is lost; nothing is ever won.
    pub(crate) fn within(&self, ceiling: &Self) -> Self {
        let held = |scope: &Scope| -> Vec<Scope> {
            if ceiling.0.iter().any(|above| above.contains(scope)) {
                return vec![scope.clone()];
            }
            ceiling.0.iter().filter(|below| scope.contains(below)).cloned().collect()
        };
        Self::new(self.0.iter().flat_map(held)).unwrap_or_else(Self::none)
    }

    /// Each scope.
    pub fn iter(&self) -> impl Iterator<Item = &Scope> {
        self.0.iter()
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, scope) in self.0.iter().enumerate() {
            let gap = if place == 0 { "" } else { " " };
            write!(f, "{gap}{scope}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scopes(text: &str) -> Scopes {
        Scopes::parse(text).unwrap()
    }

    proptest! {
        #[test]
        fn what_a_contained_set_covers_its_container_covers(
            inner in "(\\*|read|[ab](\\.[ab]){0,2}\\.(\\*|get|put)|[ab]\\.\\*)( (read|[ab]\\.[ab]\\.get)){0,2}",
            outer in "(\\*|read|[ab](\\.[ab]){0,2}\\.(\\*|get|put)|[ab]\\.\\*)( (read|[ab]\\.[ab]\\.get)){0,2}",
            asked in "[ab](\\.[ab]){1,3}\\.(get|put)",
        ) {
            let (inner, outer) = (scopes(&inner), scopes(&outer));
            let asked = Permission::parse(&asked).unwrap();
            if inner.first_beyond(&outer).is_none() && inner.cover(&asked) {
                prop_assert!(outer.cover(&asked));
            }
            let within = inner.within(&outer);
            prop_assert!(!within.cover(&asked) || (inner.cover(&asked) && outer.cover(&asked)));
            prop_assert!(within.first_beyond(&inner).is_none());
            prop_assert!(within.first_beyond(&outer).is_none());
            prop_assert!(inner.first_beyond(&outer).is_some() || within == inner);
        }
    }

    #[test]
    fn a_read_scope_covers_no_change_and_contains_no_branch() {
        assert!(!Scopes::read().cover(&Permission::TOKEN_CREATE));
        assert!(scopes("shop.*").first_beyond(&Scopes::read()).is_some());
        assert!(scopes("shop.order.list").first_beyond(&Scopes::read()).is_none());
    }

    #[test]
    fn words_that_are_not_scopes_are_named() {
        for word in ["admin", "READ", "a..b", "*.*", ".a", "read,write", "a.b\u{0}"] {
            assert_eq!(Scopes::parse(word), Err(word.to_owned()));
        }
    }
}

//! Patterns of paths.

use std::fmt;

use super::path;

/// What ends a pattern that fits everything below, and what stands there itself.
const BELOW: &str = "/**";

/// A path, of which `*` is any one segment that is not empty, and `/**` at its end everything below
/// and the path itself: `/files/**` fits `/files`, `/files/` and `/files/a/b`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathPattern(Box<str>);

/// One part of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Segment<'a> {
    /// This one. The last may be empty.
    Named(&'a str),
    /// Any but the empty one.
    Any,
}

impl PathPattern {
    /// Reads a pattern, which is written in the form in which paths are compared: decoded.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        if !text.starts_with('/') {
            return Err(format!("`{}` does not begin with /", text.escape_debug()));
        }
        if text.chars().any(|letter| letter.is_control() || "?#{}".contains(letter)) {
            let rule = "has none of ? # { } and no control character";
            return Err(format!("`{}` is no path: it {rule}", text.escape_debug()));
        }
        let ambiguous = |why| format!("`{text}` fits no request: {why}");
        if text.contains('%') {
            let form = path::decode(text).and_then(|form| path::sound(&form).map(|()| form));
            let form = form.map_err(ambiguous)?;
            return Err(format!("`{text}` is compared as `{form}`: write that"));
        }
        path::sound(text).map_err(ambiguous)?;
        let pattern = Self(text.into());
        let star = |segment| matches!(segment, Segment::Named(name) if name.contains('*'));
        if pattern.segments().any(star) {
            return Err(format!("`{text}`: * is a whole segment, and ** the last one"));
        }
        Ok(pattern)
    }

    /// Whether it ends in `/**`.
    pub(super) fn goes_below(&self) -> bool {
        self.0.ends_with(BELOW)
    }

    /// The segments, without a `**`.
    pub(super) fn segments(&self) -> impl Iterator<Item = Segment<'_>> {
        let path = self.0.strip_suffix(BELOW).unwrap_or(&self.0);
        let segment = |text| if text == "*" { Segment::Any } else { Segment::Named(text) };
        // Before the first slash there is nothing.
        path.split('/').skip(1).map(segment)
    }

    /// Whether every path that the other fits is one that this fits.
    pub(super) fn covers(&self, other: &Self) -> bool {
        let mut others = other.segments();
        let begins = self.segments().all(|mine| others.next().is_some_and(|it| mine.covers(it)));
        begins && (self.goes_below() || !other.goes_below() && others.next().is_none())
    }
}

impl Segment<'_> {
    fn covers(self, other: Segment<'_>) -> bool {
        match (self, other) {
            (Self::Any, Segment::Named(name)) => !name.is_empty(),
            (Self::Any, Segment::Any) => true,
            (Self::Named(_), _) => self == other,
        }
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_written_as_paths_are_compared() {
        for (text, told) in [
            ("health", "does not begin with /"),
            ("/%68ealth", "`/health`"),
            ("/caf%C3%A9", "`/café`"),
            ("/a%2Fb", "escaped /"),
            ("/a%2", "broken escape"),
            ("/a/../b", ". or .."),
            ("/a/%2e%2e", ". or .."),
            ("//a", "empty segment"),
            ("/a//**", "empty segment"),
            ("/a;b", "has a ;"),
            ("/a\\b", "has a \\"),
            ("/a?b", "? # { }"),
            ("/a#b", "? # { }"),
            ("/orders/{id}", "? # { }"),
            ("/a\nb", "/a\\nb"),
            ("/a*", "a whole segment"),
            ("/**/a", "a whole segment"),
            ("/***", "a whole segment"),
            ("/a**", "a whole segment"),
        ] {
            let fault = PathPattern::read(text).unwrap_err();
            assert!(fault.contains(told), "{text}: {fault}");
        }
        for text in ["/", "/*", "/**", "/a/*/b/", "/café/a b", "/*/**", "/v1/x:run"] {
            assert_eq!(PathPattern::read(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_pattern_covers_what_it_fits_wholly() {
        let covers = |wide: &str, narrow: &str| {
            PathPattern::read(wide).unwrap().covers(&PathPattern::read(narrow).unwrap())
        };
        for (wide, narrow) in [
            ("/**", "/"),
            ("/**", "/**"),
            ("/a/**", "/a"),
            ("/a/**", "/a/"),
            ("/a/**", "/a/*/**"),
            ("/*/**", "/a/**"),
            ("/*", "/a"),
            ("/a/*", "/a/*"),
        ] {
            assert!(covers(wide, narrow), "{wide} {narrow}");
        }
        for (wide, narrow) in [
            ("/*", "/"),
            ("/a/*", "/a/"),
            ("/a/*", "/a/**"),
            ("/a/**", "/**"),
            ("/*/**", "/**"),
            ("/a", "/a/"),
            ("/a", "/a/**"),
            ("/a/", "/a"),
            ("/a/*", "/*/a"),
            ("/a/*/**", "/a/**"),
            ("/a/**", "/ab"),
        ] {
            assert!(!covers(wide, narrow), "{wide} {narrow}");
        }
    }
}

//! Paths: one form of each, and no form of what is ambiguous.
//!
//! Nothing is repaired: `/a/../b` is not `/b`, it is refused, for the service behind may read it otherwise
//! (attack book A157). Letters are not folded: `/Health` is another path than `/health`, and `/health/`
//! than both.

use std::borrow::Cow;

use super::Ambiguity;

/// The longest target, in bytes.
pub const LONGEST_TARGET: usize = 8_192;

/// The path of a target, decoded.
pub(super) fn normal(target: &str) -> Result<Cow<'_, str>, Ambiguity> {
    if target.len() > LONGEST_TARGET {
        return Err(Ambiguity::Long);
    }
    if !target.starts_with('/') {
        return Err(Ambiguity::NotAPath);
    }
    if !target.bytes().all(|b| b.is_ascii_graphic() && b != b'#') {
        return Err(Ambiguity::Character);
    }
    let path = target.split_once('?').map_or(target, |(path, _)| path);
    let path = if path.contains('%') { Cow::Owned(decode(path)?) } else { Cow::Borrowed(path) };
    sound(&path)?;
    Ok(path)
}

/// Decodes all escapes, once.
pub(super) fn decode(path: &str) -> Result<String, Ambiguity> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        let escaped = byte == b'%';
        bytes.push(if escaped { escape(rest.next(), rest.next())? } else { byte });
    }
    let text = String::from_utf8(bytes).map_err(|_| Ambiguity::NotText)?;
    if text.chars().any(char::is_control) { Err(Ambiguity::Control) } else { Ok(text) }
}

/// The byte that two hexadecimal digits stand for.
fn escape(high: Option<u8>, low: Option<u8>) -> Result<u8, Ambiguity> {
    let digit = |digit: Option<u8>| char::from(digit?).to_digit(16);
    let value = digit(high).zip(digit(low)).map(|(high, low)| high << 4 | low);
    let byte = value.and_then(|value| u8::try_from(value).ok()).ok_or(Ambiguity::BrokenEscape)?;
    let separates = b"/\\;?#%".contains(&byte);
    if separates { Err(Ambiguity::EscapedSeparator) } else { Ok(byte) }
}

/// Whether a decoded path means the same to everybody.
pub(super) fn sound(path: &str) -> Result<(), Ambiguity> {
    if path.contains('\\') {
        return Err(Ambiguity::Backslash);
    }
    if path.contains(';') {
        return Err(Ambiguity::Semicolon);
    }
    if path.as_bytes().windows(2).any(|pair| pair == b"//") {
        return Err(Ambiguity::EmptySegment);
    }
    let dots = path.split('/').any(|segment| matches!(segment, "." | ".."));
    if dots { Err(Ambiguity::DotSegment) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_plain_path_is_itself_and_is_not_copied() {
        for path in ["/", "/health", "/a/b-c_d.e~f/", "/a:b@c!$&'()*+,=", "/...", "/.a/..b"] {
            assert!(matches!(normal(path), Ok(Cow::Borrowed(same)) if same == path), "{path}");
        }
    }

    #[test]
    fn a_query_is_no_part_of_the_path() {
        assert_eq!(normal("/health?/admin").unwrap(), "/health");
        assert_eq!(normal("/health?a=//..;\\%00%zz?").unwrap(), "/health");
        assert_eq!(normal("/?").unwrap(), "/");
    }

    #[test]
    fn an_escape_of_what_is_otherwise_fine_is_decoded() {
        assert_eq!(normal("/%68ealth").unwrap(), "/health");
        assert_eq!(normal("/%48%65%61lth").unwrap(), "/Health");
        assert_eq!(normal("/caf%C3%a9/a%20b").unwrap(), "/café/a b");
        assert_eq!(normal("/%2e%2E%2e").unwrap(), "/...");
    }

    #[test]
    fn a157_what_can_be_read_in_two_ways_is_refused() {
        for (target, why) in [
            ("/health/../admin", Ambiguity::DotSegment),
            ("/health/./admin", Ambiguity::DotSegment),
            ("/..", Ambiguity::DotSegment),
            ("/%2e%2e/admin", Ambiguity::DotSegment),
            ("/.%2E/admin", Ambiguity::DotSegment),
            ("/a/%2e", Ambiguity::DotSegment),
            ("/health%2f..%2fadmin", Ambiguity::EscapedSeparator),
            ("/health%2Fadmin", Ambiguity::EscapedSeparator),
            ("/health%5cadmin", Ambiguity::EscapedSeparator),
            ("/health%3badmin", Ambiguity::EscapedSeparator),
            ("/health%3fadmin", Ambiguity::EscapedSeparator),
            ("/health%23admin", Ambiguity::EscapedSeparator),
            ("/%252e%252e/admin", Ambiguity::EscapedSeparator),
            ("/health;/admin", Ambiguity::Semicolon),
            ("/health#/admin", Ambiguity::Character),
            ("/health?#", Ambiguity::Character),
            ("/health admin", Ambiguity::Character),
            ("/health\u{9}", Ambiguity::Character),
            ("/caf\u{e9}", Ambiguity::Character),
            ("//health", Ambiguity::EmptySegment),
            ("/health//", Ambiguity::EmptySegment),
            ("/health\\..\\admin", Ambiguity::Backslash),
            ("/health%", Ambiguity::BrokenEscape),
            ("/health%6", Ambiguity::BrokenEscape),
            ("/health%6g", Ambiguity::BrokenEscape),
            ("/health%+6", Ambiguity::BrokenEscape),
            ("/health%u002e", Ambiguity::BrokenEscape),
            ("/health%00", Ambiguity::Control),
            ("/health%0d%0a", Ambiguity::Control),
            ("/health%7f", Ambiguity::Control),
            ("/health%C2%85", Ambiguity::Control),
            ("/health%c0%ae", Ambiguity::NotText),
            ("/health%ff", Ambiguity::NotText),
            ("http://api.example.com/health", Ambiguity::NotAPath),
            ("api.example.com:443", Ambiguity::NotAPath),
            ("*", Ambiguity::NotAPath),
            ("", Ambiguity::NotAPath),
            ("?", Ambiguity::NotAPath),
        ] {
            assert_eq!(normal(target), Err(why), "{target}");
        }
    }

    #[test]
    fn a_target_has_a_longest() {
        let long = |bytes: usize| format!("/{}", "a".repeat(bytes - 1));
        assert!(normal(&long(LONGEST_TARGET)).is_ok());
        assert_eq!(normal(&long(LONGEST_TARGET + 1)), Err(Ambiguity::Long));
    }

    /// Targets of the characters that matter, most of them ambiguous.
    fn target() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            "[a-c/.?*;\\\\]",
            "%[0-9a-fA-F]{2}",
            Just("%2e".to_owned()),
            Just("%2f".to_owned()),
            Just("%c3%a9".to_owned()),
            Just("/".to_owned()),
        ];
        proptest::collection::vec(piece, 0..12).prop_map(|pieces| format!("/{}", pieces.concat()))
    }

    proptest! {
        #[test]
        fn what_is_normal_is_spelled_in_any_way_and_stays_what_it_is(target in target()) {
            if let Ok(path) = normal(&target) {
                let escaped: String = path.bytes().map(|byte| match byte {
                    b'/' => "/".to_owned(),
                    byte => format!("%{byte:02x}"),
                }).collect();
                let again = normal(&escaped).unwrap();
                prop_assert_eq!(&again, &path);
                if path.is_ascii() && !path.contains(' ') {
                    let again = normal(&path).unwrap();
                    prop_assert_eq!(&again, &path);
                }
            }
        }

        #[test]
        fn what_has_a_dot_segment_after_any_number_of_decodings_is_never_taken(target in target()) {
            let path = target.split('?').next().unwrap();
            let mut decoded = path.as_bytes().to_vec();
            for _ in 0..4 {
                let text = String::from_utf8_lossy(&decoded).replace('\\', "/");
                if text.split('/').any(|segment| matches!(segment, "." | "..")) {
                    prop_assert!(normal(&target).is_err(), "{}", target);
                }
                decoded = percent_encoding::percent_decode(&decoded).collect();
            }
        }

        #[test]
        fn any_text_is_taken_or_refused(target in "\\PC{0,40}|.{0,40}") {
            let _ = normal(&target);
        }
    }
}

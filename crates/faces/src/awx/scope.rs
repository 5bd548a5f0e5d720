//! AWX's scopes, `read` and `write`, and the core's.

use authority::scope::Scopes;

/// What a token is told whose scopes are none.
pub(super) const WRONG: &str =
    "Must be a simple space-separated string with allowed scopes ['read', 'write'].";

/// Scopes of AWX's: `read`, `write` or both, each once, in any order.
pub(super) fn parse(text: &str) -> Option<Scopes> {
    let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    let known = words.iter().all(|word| ["read", "write"].contains(word));
    let once = match words.as_slice() {
        [first, second] => first != second,
        one_or_more => one_or_more.len() == 1,
    };
    Scopes::parse(text).ok().filter(|_| known && once)
}

/// Scopes as AWX spells them. Those of tokens that were made elsewhere are shown as they are, but
/// for the one without a ceiling.
pub(super) fn spelled(scopes: &Scopes) -> String {
    let words: Vec<&str> = scopes
        .iter()
        .map(|scope| if scope.as_str() == "*" { "write" } else { scope.as_str() })
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a024_scopes_are_read_and_write_each_once_and_nothing_else() {
        for good in ["read", "write", "read write", "write read", "read  write"] {
            assert!(parse(good).is_some(), "{good}");
        }
        for bad in [
            "",
            " ",
            "admin",
            "*",
            "read write admin",
            "read,write",
            "READ",
            "read\0write",
            "read read",
            "read\twrite",
            "-1",
            "4294967296",
            "3072.5",
        ] {
            assert!(parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn scopes_are_spelled_in_the_order_in_which_they_were_given() {
        for text in ["read", "write", "read write", "write read"] {
            assert_eq!(spelled(&parse(text).unwrap()), text);
        }
        assert_eq!(spelled(&Scopes::all()), "write");
    }
}

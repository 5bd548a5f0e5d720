//! Slugs: short names by which addresses call organizations and applications.
//!
//! A slug has 3 to 64 letters of ASCII, digits and hyphens. Case does not matter: it is kept in lower case.
//!
//! **Invariant**: no slug looks like an id on any face, so that a name never stands for what an id
//! means (attack book A044).

use crate::entropy::Entropy;
use crate::error::Refusal;

/// The fewest characters.
pub const SHORTEST: usize = 3;
/// The most characters.
pub const LONGEST: usize = 64;
/// As much of a name as goes into a slug, which leaves room for telling two apart.
const TAKEN_OF_NAME: usize = 48;
/// Words that stand for something else in addresses.
const RESERVED: [&str; 9] =
    ["admin", "all", "current", "me", "new", "null", "self", "undefined", "none"];

/// What an address calls a thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// Its number, and the second since 1970 in which it was made: both must fit.
    Numbered {
        /// The number.
        number: crate::id::Number,
        /// The second.
        second: i64,
    },
    /// Its slug, as the address spells it.
    Slugged(String),
}

/// A slug as it is kept; `None` if the text is none.
pub fn read(text: &str) -> Option<String> {
    let fits = (SHORTEST..=LONGEST).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let slug = text.to_ascii_lowercase();
    let free = !RESERVED.contains(&slug.as_str()) && !looks_like_an_id(&slug);
    (fits && free).then_some(slug)
}

/// 24 hexadecimal digits, or a UUID.
fn looks_like_an_id(slug: &str) -> bool {
    let hex = slug.len() == 24 && slug.bytes().all(|b| b.is_ascii_hexdigit());
    hex || uuid::Uuid::try_parse(slug).is_ok()
}

/// A slug that somebody chose.
///
/// # Errors
///
/// [`Refusal::Invalid`] if it is none.
pub(crate) fn chosen(text: &str) -> Result<String, Refusal> {
    let rule = "3 to 64 letters, digits and hyphens, no word that means something else, no id";
    read(text).ok_or_else(|| Refusal::invalid("slug", rule))
}

/// A slug made of a name: its letters and digits, with hyphens for what is between.
pub(crate) fn made_of(name: &str, what: &str) -> String {
    let mut slug = String::new();
    for letter in name.chars().take(TAKEN_OF_NAME) {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    read(slug).unwrap_or_else(|| what.replace(' ', "-"))
}

/// The same with six random digits behind, where the slug itself is another's.
pub(crate) fn another(slug: &str, entropy: &dyn Entropy) -> String {
    let mut random = [0; 3];
    entropy.fill(&mut random);
    let [a, b, c] = random;
    format!("{slug}-{a:02x}{b:02x}{c:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_ascii_and_its_case_does_not_matter() {
        assert_eq!(read("Acme-Ltd-2"), Some("acme-ltd-2".to_owned()));
        for bad in ["", "ac", "ac me", "acme_", "..", "%2e%2e", "ａｃｍｅ", "аcme", "a/b", "acme\\"]
        {
            assert_eq!(read(bad), None, "{bad}");
        }
        assert_eq!(read(&"a".repeat(65)), None);
    }

    #[test]
    fn what_looks_like_an_id_or_means_something_else_is_no_slug() {
        for bad in [
            "5f0c9a1b2c3d4e5f60718293",
            "5F0C9A1B2C3D4E5F60718293",
            "67e55044-10b1-426f-9247-bb680e5fe0c8",
            "67e5504410b1426f9247bb680e5fe0c8",
            "current",
            "Admin",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
        assert!(read("5f0c9a1b2c3d4e5f6071829z").is_some());
    }

    #[test]
    fn a_slug_is_made_of_what_a_name_has_of_ascii() {
        assert_eq!(made_of("Acme, Ltd. (Test)", "organization"), "acme-ltd-test");
        assert_eq!(made_of("日本", "organization"), "organization");
        assert_eq!(made_of("me", "application"), "application");
        assert!(made_of(&"a b ".repeat(100), "organization").len() <= TAKEN_OF_NAME);
    }
}

//! Recovery codes: what gets somebody in who lost the phone.

use zeroize::Zeroizing;

use crate::entropy::Entropy;
use crate::secret::Secret;

/// Codes that are given out at once.
pub(super) const COUNT: usize = 10;
/// Symbols in a code: 5 random bits each, 50 in all.
const SYMBOLS: usize = 10;
/// Crockford's base32, in lower case: no `i`, `l`, `o`, `u`.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A new code: `xxxxx-xxxxx`.
pub(super) fn make(entropy: &dyn Entropy) -> Secret {
    let mut random = Zeroizing::new([0_u8; SYMBOLS]);
    entropy.fill(&mut *random);
    // 256 is a multiple of 32, so that each symbol is as likely as any other.
    let symbols = random.iter().filter_map(|byte| ALPHABET.get(usize::from(byte % 32)));
    let mut text = String::with_capacity(SYMBOLS + 1);
    for (place, symbol) in symbols.enumerate() {
        if place == SYMBOLS / 2 {
            text.push('-');
        }
        text.push(char::from(*symbol));
    }
    Secret::from_text(text)
}

/// The one spelling of a code: ten symbols in lower case, without hyphens or white space around
/// them. None for what can't be a code.
pub(super) fn canonical(code: &str) -> Option<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::with_capacity(SYMBOLS));
    for symbol in code.trim().chars().filter(|symbol| *symbol != '-') {
        let symbol = symbol.to_ascii_lowercase();
        let known = u8::try_from(symbol).is_ok_and(|byte| ALPHABET.contains(&byte));
        if !known || text.len() == SYMBOLS {
            return None;
        }
        text.push(symbol);
    }
    (text.len() == SYMBOLS).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SystemEntropy;

    #[test]
    fn a_code_is_two_times_five_symbols_that_are_not_mixed_up() {
        let made = make(&SystemEntropy);
        let (left, right) = made.reveal().split_once('-').unwrap();
        assert_eq!((left.len(), right.len()), (5, 5));
        assert!(left.bytes().chain(right.bytes()).all(|symbol| ALPHABET.contains(&symbol)));
        assert_ne!(made.reveal(), make(&SystemEntropy).reveal());
        assert_eq!(format!("{made:?}"), "…");
    }

    #[test]
    fn a_code_is_read_without_regard_to_case_hyphen_or_space_around_it() {
        for spelling in ["3kx9z-0ab7q", " 3KX9Z-0AB7Q\n", "3kx9z0ab7q", "3-k-x9z0AB7q"] {
            assert_eq!(canonical(spelling).unwrap().as_str(), "3kx9z0ab7q", "{spelling}");
        }
    }

    #[test]
    fn what_can_be_no_code_is_not_looked_up() {
        let long = "a".repeat(1_000_000);
        for odd in ["", "-", "123456", "3kx9z-0ab7", "3kx9z-0ab7qq", "3kx9z 0ab7q", "3kx9u-0ab7q"] {
            assert!(canonical(odd).is_none(), "{odd}");
        }
        assert!(canonical(&long).is_none());
    }
}

//! What a token must be good for, and under which key its verdict is remembered.

use std::borrow::Cow;

/// What a token must be good for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Need {
    permission: Option<Cow<'static, str>>,
    audience: Option<Cow<'static, str>>,
}

impl Need {
    /// Nothing but that the token is good.
    pub const fn anything() -> Self {
        Self { permission: None, audience: None }
    }

    /// A permission such as `library.book.read`, or several with `AND`, `OR` and parentheses.
    pub fn permission(query: impl Into<Cow<'static, str>>) -> Self {
        Self { permission: Some(query.into()), audience: None }
    }

    /// The same, by a token that was made for this audience, or for nobody in particular. Without it, by
    /// one for the authority itself, or for nobody in particular.
    #[must_use]
    pub fn audience(self, audience: impl Into<Cow<'static, str>>) -> Self {
        Self { audience: Some(audience.into()), ..self }
    }

    pub(crate) fn parts(&self) -> (Option<&str>, Option<&str>) {
        (self.permission.as_deref(), self.audience.as_deref())
    }
}

/// The keyed digest of a token and a need: what is remembered is found by it, and neither can be
/// read off it.
pub(crate) type Key = [u8; 32];

/// Makes keys, under a secret of this process.
///
/// BLAKE3, keyed: about as fast here as `SipHash` of 128 bits, but one-way even for somebody who reads
/// this process's memory, secret and all.
pub(crate) struct Keyer([u8; 32]);

/// Tokens and needs up to so many bytes are digested in one piece.
const USUAL: usize = 256;

impl Keyer {
    pub(crate) fn new() -> Result<Self, getrandom::Error> {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret)?;
        Ok(Self(secret))
    }

    /// No two questions have the same bytes: each part but the last says how long it is.
    pub(crate) fn key(&self, token: &str, need: &Need) -> Key {
        let (permission, audience) = need.parts();
        let (head, tail) = (length(Some(token)), length(permission));
        let texts = [token, permission.unwrap_or_default(), audience.unwrap_or_default()];
        let [token, permission, audience] = texts.map(str::as_bytes);
        let asked = [u8::from(need.audience.is_some())];
        let parts: [&[u8]; 6] = [&head, token, &tail, permission, &asked, audience];
        let mut room = [0; USUAL];
        let mut used = 0;
        for part in parts {
            let Some(place) = room.get_mut(used..used + part.len()) else {
                let mut long = blake3::Hasher::new_keyed(&self.0);
                for part in parts {
                    long.update(part);
                }
                return *long.finalize().as_bytes();
            };
            place.copy_from_slice(part);
            used += part.len();
        }
        let whole = room.get(..used).unwrap_or_default();
        *blake3::keyed_hash(&self.0, whole).as_bytes()
    }
}

/// How long a text is, told apart from none.
fn length(text: Option<&str>) -> [u8; 8] {
    text.map_or(u64::MAX, |text| u64::try_from(text.len()).unwrap_or(u64::MAX)).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_that_differ_have_keys_that_differ() {
        let keyer = Keyer::new().unwrap();
        let long = "x".repeat(USUAL);
        let (any, ab) = (Need::anything(), Need::permission("a.b"));
        let questions = [
            ("", any.clone()),
            ("t", any.clone()),
            ("t", Need::permission("")),
            ("t", ab.clone()),
            ("ta.b", any.clone()),
            ("t", any.clone().audience("")),
            ("t", any.clone().audience("a.b")),
            ("t", ab.clone().audience("c")),
            ("t", Need::permission("a.bc")),
            (&long, any),
            (&long, ab),
        ];
        let keys: std::collections::HashSet<_> =
            questions.iter().map(|(token, need)| keyer.key(token, need)).collect();
        assert_eq!(keys.len(), questions.len());
        assert_eq!(keyer.key("t", &questions[3].1), keyer.key("t", &Need::permission("a.b")));
    }

    #[test]
    fn each_process_has_keys_of_its_own() {
        let key = || Keyer::new().unwrap().key("t", &Need::anything());
        assert_ne!(key(), key());
    }

    #[test]
    fn what_fits_and_what_does_not_is_digested_alike() {
        let keyer = Keyer::new().unwrap();
        let token = "x".repeat(300);
        let need = Need::permission("a.b");
        let mut whole = blake3::Hasher::new_keyed(&keyer.0);
        whole.update(&300_u64.to_le_bytes()).update(token.as_bytes());
        whole.update(&3_u64.to_le_bytes()).update(b"a.b").update(&[0]);
        assert_eq!(keyer.key(&token, &need), *whole.finalize().as_bytes());
    }
}

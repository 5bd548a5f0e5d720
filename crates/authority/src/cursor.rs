//! Cursors, which only those may hand back who were given them, and idempotency keys.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::actor::Actor;
use crate::authority::Authority;
use crate::error::Refusal;
use crate::journal::Once;

/// Bytes of a cursor's mark: 128 bits.
const MARK: usize = 16;
/// The longest idempotency key, in bytes.
const LONGEST_KEY: usize = 255;

impl Authority {
    /// Seals a place in a list as a cursor that only this actor can hand back, for this list only.
    pub fn seal_cursor(&self, actor: &Actor, list: &str, place: &str) -> String {
        let mark = self.cursor_mark(actor, list, place);
        URL_SAFE_NO_PAD.encode([mark.as_slice(), place.as_bytes()].concat())
    }

    /// The place in a sealed cursor.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] if it was changed, or given to another, or for another list.
    pub fn open_cursor(&self, actor: &Actor, list: &str, cursor: &str) -> Result<String, Refusal> {
        let bad = || Refusal::invalid("cursor", "one that this list gave to this caller");
        let short = Some(cursor).filter(|cursor| cursor.len() <= 512).ok_or_else(bad)?;
        let bytes = URL_SAFE_NO_PAD.decode(short).map_err(|_| bad())?;
        let (mark, place) = bytes.split_at_checked(MARK).ok_or_else(bad)?;
        let place = std::str::from_utf8(place).map_err(|_| bad())?;
        let expected = self.cursor_mark(actor, list, place);
        let same: bool = subtle::ConstantTimeEq::ct_eq(expected.as_slice(), mark).into();
        if same { Ok(place.to_owned()) } else { Err(bad()) }
    }

    fn cursor_mark(&self, actor: &Actor, list: &str, place: &str) -> [u8; MARK] {
        let (kind, id) = actor.holder().parts();
        let tenant = actor.organization().map(|id| id.to_string()).unwrap_or_default();
        let text = format!("{kind} {id} {tenant} {list} {place}");
        let mut mark = [0; MARK];
        let digest = self.shared.keys.cursor_digest(&text);
        mark.copy_from_slice(digest.as_bytes().first_chunk::<MARK>().unwrap_or(&[0; MARK]));
        mark
    }

    /// An idempotency key as it is kept: nobody else's key is ever the same, and another request
    /// under the same key is seen.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] if the key is empty or longer than 255 bytes.
    pub fn once(&self, actor: &Actor, key: &str, request: &[u8]) -> Result<Once, Refusal> {
        if key.is_empty() || key.len() > LONGEST_KEY {
            return Err(Refusal::invalid("Idempotency-Key", "1 to 255 characters"));
        }
        let (kind, id) = actor.holder().parts();
        let keys = &self.shared.keys;
        let key = keys.once_digest("key", format!("{kind} {id} {key}").as_bytes());
        // Keyed, for the request may hold a password.
        let fingerprint = keys.once_digest("request", request);
        Ok(Once { key: *key.as_bytes(), fingerprint: *fingerprint.as_bytes() })
    }
}

//! Wrapping: how a database keeps a secret that must be read again, where others are only compared.
//!
//! **Invariant**: what is wrapped opens under the key that it was wrapped under, for the owner that it
//! was wrapped for, and not otherwise: a row that is copied to another owner opens for nobody.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::error::Unspecified;
use zeroize::Zeroizing;

use crate::entropy::Entropy;

/// A key that wraps, of one purpose.
pub(crate) struct Wrapping(LessSafeKey);

impl Wrapping {
    /// Wraps under a key of 32 secret bytes.
    pub(crate) fn under(key: &[u8; 32]) -> Result<Self, Unspecified> {
        Ok(Self(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key)?)))
    }

    /// A secret under AES-256-GCM, behind its nonce of 96 random bits. The owner is bound as additional
    /// data.
    pub(crate) fn wrap(
        &self,
        entropy: &dyn Entropy,
        owner: &[u8],
        secret: &[u8],
    ) -> Result<Vec<u8>, Unspecified> {
        let mut nonce = [0; NONCE_LEN];
        entropy.fill(&mut nonce);
        // With room for the tag, so that no copy of the secret is left where it was before.
        let mut sealed = Vec::with_capacity(secret.len() + AES_256_GCM.tag_len());
        sealed.extend_from_slice(secret);
        let unique = Nonce::assume_unique_for_key(nonce);
        self.0.seal_in_place_append_tag(unique, Aad::from(owner), &mut sealed)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// What was wrapped for this owner; none if it was not, or under another key.
    pub(crate) fn open(&self, owner: &[u8], wrapped: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, sealed) = wrapped.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut sealed = Zeroizing::new(sealed.to_vec());
        let length = self.0.open_in_place(nonce, Aad::from(owner), &mut sealed).ok()?.len();
        sealed.truncate(length);
        Some(sealed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SystemEntropy;

    #[test]
    fn what_is_wrapped_opens_for_its_owner_under_its_key_and_not_otherwise() {
        let (ours, other) =
            (Wrapping::under(&[1; 32]).unwrap(), Wrapping::under(&[2; 32]).unwrap());
        let wrapped = ours.wrap(&SystemEntropy, b"ada", b"a secret").unwrap();
        assert!(!wrapped.windows(8).any(|part| part == b"a secret"));
        assert_eq!(ours.open(b"ada", &wrapped).unwrap().as_slice(), b"a secret");
        assert!(ours.open(b"bob", &wrapped).is_none());
        assert!(other.open(b"ada", &wrapped).is_none());
        for place in 0..wrapped.len() {
            let mut bent = wrapped.clone();
            bent[place] ^= 1;
            assert!(ours.open(b"ada", &bent).is_none(), "byte {place}");
            assert!(ours.open(b"ada", &wrapped[..place]).is_none(), "cut at {place}");
        }
    }
}

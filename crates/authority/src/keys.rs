//! Keys: one root key, and everything that is derived from it or wrapped under it.
//!
//! The root key lives outside the database, in a file that all nodes share. From it come, by
//! HKDF-SHA-256, the peppers that key secrets' digests, the keys that wrap signing keys and second
//! factors, the key that signs journal heads and the key that authenticates cursors.
//!
//! **Invariant**: no database holds a key in the clear, so a copy of one authenticates nothing.

use std::sync::Arc;

use aws_lc_rs::hkdf::{self, HKDF_SHA256};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use parking_lot::RwLock;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::claims::{AccessClaims, IntrospectionClaims};
use crate::entropy::Entropy;
use crate::error::Unavailable;
use crate::id::UserId;
use crate::secret::{Digest, Pepper, Presented, sha256};
use crate::store::SigningKey;
use crate::wrapping::Wrapping;

/// For how long verifiers may cache the published keys: the `max-age` of the JWKS.
pub const JWKS_MAX_AGE: SignedDuration = SignedDuration::from_secs(300);
/// How much earlier than a cache's end a key is published, and how much later it is removed.
const MARGIN: SignedDuration = SignedDuration::from_secs(60);
/// `typ` of an access token (RFC 9068, section 2.1).
const ACCESS_TYPE: &str = "at+jwt";
/// `typ` of an introspection (RFC 9701, section 5).
const INTROSPECTION_TYPE: &str = "token-introspection+jwt";

/// The root key, and which peppers are derived from it.
pub struct RootKey {
    bytes: Zeroizing<[u8; 32]>,
    peppers: Vec<i16>,
}

impl RootKey {
    /// A root key of 32 secret bytes. `peppers` are the versions of the pepper that are good, the
    /// last being the one that new secrets are digested under; none means version 1.
    pub fn new(bytes: [u8; 32], peppers: &[i16]) -> Self {
        let peppers = if peppers.is_empty() { vec![1] } else { peppers.to_vec() };
        Self { bytes: Zeroizing::new(bytes), peppers }
    }

    fn derive(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        let info = [purpose.as_bytes()];
        let derived = hkdf::Salt::new(HKDF_SHA256, b"chancery")
            .extract(&*self.bytes)
            .expand(&info, HKDF_SHA256)
            .and_then(|okm| okm.fill(&mut *key));
        debug_assert!(derived.is_ok(), "32 bytes are within HKDF's bound");
        key
    }
}

/// All keys of a node.
pub(crate) struct Keys {
    peppers: Vec<Pepper>,
    wrapping: Wrapping,
    factors: Wrapping,
    heads: Ed25519KeyPair,
    cursors: Pepper,
    blinds: Pepper,
    ring: RwLock<Arc<Ring>>,
}

impl Keys {
    pub(crate) fn derive(root: &RootKey) -> Result<Self, Unavailable> {
        let pepper =
            |version: &i16| Pepper::new(*version, &root.derive(&format!("pepper {version}")));
        let mut peppers: Vec<Pepper> = root.peppers.iter().map(pepper).collect();
        peppers.reverse();
        let broken = |_| Unavailable("the root key can't be used".to_owned());
        let wrapping = |purpose| Wrapping::under(&root.derive(purpose)).map_err(broken);
        let heads = Ed25519KeyPair::from_seed_unchecked(&*root.derive("journal heads 1"));
        Ok(Self {
            peppers,
            wrapping: wrapping("signing key wrap 1")?,
            factors: wrapping("second factor wrap 1")?,
            heads: heads.map_err(|_| Unavailable("the root key can't be used".to_owned()))?,
            cursors: Pepper::new(1, &root.derive("cursors 1")),
            blinds: Pepper::new(1, &root.derive("blinds 1")),
            ring: RwLock::new(Arc::new(Ring::default())),
        })
    }

    /// The pepper that new secrets are digested under.
    #[expect(clippy::indexing_slicing, reason = "a root key has at least one pepper")]
    pub(crate) fn pepper(&self) -> &Pepper {
        &self.peppers[0]
    }

    /// The pepper of a version, if it is still good.
    pub(crate) fn pepper_of(&self, version: i16) -> Option<&Pepper> {
        self.peppers.iter().find(|pepper| pepper.version == version)
    }

    /// A keyed name for an address or a login, which no new pepper changes.
    pub(crate) fn blind(&self, domain: &str, text: &str) -> Digest {
        self.blinds.blind(domain, text.as_bytes())
    }

    /// A presented secret's digests under every pepper that is good, the newest first.
    pub(crate) fn digests(&self, presented: Presented<'_>) -> Vec<Digest> {
        self.peppers.iter().map(|pepper| pepper.digest(presented)).collect()
    }

    /// What proves that a cursor is ours.
    pub(crate) fn cursor_digest(&self, text: &str) -> Digest {
        self.cursors.blind("cursor", text.as_bytes())
    }

    /// What is kept of an idempotency key, or of the request that it came with.
    pub(crate) fn once_digest(&self, what: &str, bytes: &[u8]) -> Digest {
        self.cursors.blind(what, bytes)
    }

    /// Ed25519 over a journal head.
    pub(crate) fn sign_head(&self, message: &[u8]) -> Vec<u8> {
        self.heads.sign(message).as_ref().to_vec()
    }

    /// Whether this installation signed a journal head.
    pub(crate) fn head_is_ours(&self, message: &[u8], signature: &[u8]) -> bool {
        let key = UnparsedPublicKey::new(
            &aws_lc_rs::signature::ED25519,
            self.heads.public_key().as_ref(),
        );
        key.verify(message, signature).is_ok()
    }

    /// Makes a signing key that signs from `signs_from` on.
    pub(crate) fn make_signing_key(
        &self,
        entropy: &dyn Entropy,
        now: Timestamp,
        signs_from: Timestamp,
    ) -> Result<SigningKey, Unavailable> {
        let broken = |_| Unavailable("no signing key could be made".to_owned());
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(broken)?;
        let pkcs8 = pair.to_pkcs8v1().map_err(broken)?;
        let public = pair.public_key().as_ref().to_vec();
        let kid = thumbprint(&public).ok_or_else(|| Unavailable("an odd public key".to_owned()))?;
        let wrapped = self.wrapping.wrap(entropy, kid.as_bytes(), pkcs8.as_ref());
        let wrapped = wrapped.map_err(broken)?;
        let algorithm = "ES256".to_owned();
        Ok(SigningKey { kid, algorithm, public, wrapped, created_at: now, signs_from })
    }

    /// Takes the database's signing keys into use.
    pub(crate) fn take_ring(&self, keys: &[SigningKey]) -> Result<(), Unavailable> {
        let open = |key: &SigningKey| {
            let broken = || Unavailable(format!("signing key {} can't be opened", key.kid));
            self.open(key).ok_or_else(broken)
        };
        let keys = keys.iter().map(open).collect::<Result<_, _>>()?;
        *self.ring.write() = Arc::new(Ring { keys });
        Ok(())
    }

    /// The signing keys now.
    pub(crate) fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.ring.read())
    }

    /// The secret of a user's second factor, as a database keeps it.
    pub(crate) fn wrap_factor(
        &self,
        entropy: &dyn Entropy,
        user: UserId,
        secret: &[u8],
    ) -> Result<Vec<u8>, Unavailable> {
        let broken = |_| Unavailable("a second factor can't be wrapped".to_owned());
        self.factors.wrap(entropy, user.uuid().as_bytes(), secret).map_err(broken)
    }

    /// The reverse of [`Keys::wrap_factor`].
    pub(crate) fn open_factor(
        &self,
        user: UserId,
        wrapped: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Unavailable> {
        let broken = || Unavailable("a second factor can't be opened".to_owned());
        self.factors.open(user.uuid().as_bytes(), wrapped).ok_or_else(broken)
    }

    fn open(&self, key: &SigningKey) -> Option<RingKey> {
        let pkcs8 = self.wrapping.open(key.kid.as_bytes(), &key.wrapped)?;
        let (x, y) = coordinates(&key.public)?;
        Some(RingKey {
            kid: key.kid.clone(),
            signs_from: key.signs_from,
            signing: EncodingKey::from_ec_der(&pkcs8),
            checking: DecodingKey::from_ec_components(&x, &y).ok()?,
            x,
            y,
        })
    }
}

/// The signing keys that are published, oldest first.
#[derive(Default)]
pub(crate) struct Ring {
    keys: Vec<RingKey>,
}

struct RingKey {
    kid: String,
    signs_from: Timestamp,
    signing: EncodingKey,
    checking: DecodingKey,
    x: String,
    y: String,
}

/// A public signing key as RFC 7517 shows it. All are of `kty` EC, `crv` P-256, `alg` ES256.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// RFC 7638 thumbprint.
    pub kid: String,
    /// Base64url of the point's first coordinate.
    pub x: String,
    /// Base64url of the second.
    pub y: String,
}

impl Ring {
    /// What anybody may see.
    pub(crate) fn public(&self) -> Vec<PublicKey> {
        let show =
            |key: &RingKey| PublicKey { kid: key.kid.clone(), x: key.x.clone(), y: key.y.clone() };
        self.keys.iter().map(show).collect()
    }

    /// Signs an access token.
    pub(crate) fn sign(
        &self,
        claims: &AccessClaims,
        now: Timestamp,
    ) -> Result<String, Unavailable> {
        self.sign_as(ACCESS_TYPE, claims, now)
    }

    /// Signs an introspection, which is never read as an access token.
    pub(crate) fn sign_introspection(
        &self,
        claims: &IntrospectionClaims<'_, impl Serialize>,
        now: Timestamp,
    ) -> Result<String, Unavailable> {
        self.sign_as(INTROSPECTION_TYPE, claims, now)
    }

    /// Signs with the newest key whose time has come.
    fn sign_as(
        &self,
        typ: &str,
        claims: &impl Serialize,
        now: Timestamp,
    ) -> Result<String, Unavailable> {
        let signs = |key: &&RingKey| key.signs_from <= now;
        let none = || Unavailable("there is no signing key yet".to_owned());
        let key = self.keys.iter().rev().find(signs).ok_or_else(none)?;
        let mut header = Header::new(Algorithm::ES256);
        header.typ = Some(typ.to_owned());
        header.kid = Some(key.kid.clone());
        jsonwebtoken::encode(&header, claims, &key.signing)
            .map_err(|_| Unavailable(format!("{typ} could not be signed")))
    }

    /// Reads a JWS that one of these keys signed as an access token. Algorithm and key come from
    /// our own record, never from the header alone, and every claim must be there. Times and
    /// audiences are judged elsewhere, by the clock that was given and by who asks.
    pub(crate) fn read(&self, jws: &str, issuer: &str) -> Option<AccessClaims> {
        let header = jsonwebtoken::decode_header(jws).ok()?;
        let typed = header.typ.as_deref() == Some(ACCESS_TYPE);
        if header.alg != Algorithm::ES256 || !typed || header.crit.is_some() {
            return None;
        }
        let kid = header.kid?;
        let key = self.keys.iter().find(|key| key.kid == kid)?;
        let mut rules = Validation::new(Algorithm::ES256);
        rules.set_required_spec_claims(&["exp", "nbf", "aud", "iss", "sub"]);
        rules.set_issuer(&[issuer]);
        rules.validate_aud = false;
        rules.validate_exp = false;
        let data = jsonwebtoken::decode::<AccessClaims>(jws, &key.checking, &rules).ok()?;
        Some(data.claims)
    }

    /// When the newest key was set to sign, and its id.
    pub(crate) fn newest(&self) -> Option<(&str, Timestamp)> {
        self.keys.last().map(|key| (key.kid.as_str(), key.signs_from))
    }

    /// The keys that nothing alive was signed with any more: each whose successor has signed for
    /// longer than an access token lives.
    pub(crate) fn outlived(&self, now: Timestamp, access_life: SignedDuration) -> Vec<String> {
        let pairs = self.keys.iter().zip(self.keys.iter().skip(1));
        let over = |next: &RingKey| next.signs_from + access_life + MARGIN <= now;
        pairs.filter(|(_, next)| over(next)).map(|(key, _)| key.kid.clone()).collect()
    }
}

/// When a key that is published now may begin to sign: after every cache has seen it.
pub(crate) fn first_signing(now: Timestamp) -> Timestamp {
    now + JWKS_MAX_AGE + MARGIN
}

/// Base64url coordinates of an uncompressed P-256 point.
fn coordinates(point: &[u8]) -> Option<(String, String)> {
    let (tag, rest) = point.split_first()?;
    let (x, y) = rest.split_at_checked(32)?;
    (*tag == 4 && y.len() == 32).then(|| (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y)))
}

/// RFC 7638: base64url of SHA-256 over the required members in lexicographic order.
fn thumbprint(point: &[u8]) -> Option<String> {
    let (x, y) = coordinates(point)?;
    let members = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
    Some(URL_SAFE_NO_PAD.encode(sha256(members.as_bytes())))
}

#[cfg(test)]
mod tests;

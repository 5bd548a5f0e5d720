//! Secrets: their text, their checksum, and the keyed digest that stands for them at rest.
//!
//! **Invariant**: a [`Secret`] has no `Display`, its `Debug` prints `…`, and only
//! [`Secret::reveal`] opens it. A [`Digest`] can't be turned back.

use std::fmt::{self, Write as _};

use aws_lc_rs::{digest, hmac};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::entropy::Entropy;

/// Random characters in a token: 43 of base62 carry 256 bits.
pub const BODY: usize = 43;
/// Characters of the checksum: base62 of a CRC-32, at fixed width.
pub const CHECKSUM: usize = 6;
/// The longest presented secret that is looked at, in bytes. Access tokens are the longest.
pub const LONGEST_PRESENTED: usize = 4096;

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// What a secret is for. It is part of the text and bound into the digest, so that a secret of
/// one kind is never good as another (attack book A005).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// An API key bound to an organization.
    ApiKey,
    /// A personal token: all organizations of its user.
    Personal,
    /// An application integration token.
    Integration,
    /// A service account's bearer token.
    ServiceAccount,
    /// An access token: a signed JWS of a session or of a kept token, not kept in a database.
    Access,
    /// A refresh token.
    Refresh,
    /// The secret of an OAuth 2 client.
    ClientSecret,
    /// An authorization code.
    AuthorizationCode,
    /// A console session.
    Console,
    /// The secret part of a mailed link.
    Mailed,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::ApiKey,
        Self::Personal,
        Self::Integration,
        Self::ServiceAccount,
        Self::Access,
        Self::Refresh,
        Self::ClientSecret,
        Self::AuthorizationCode,
        Self::Console,
        Self::Mailed,
    ];

    /// The two letters of this kind in a token's text, and in a database.
    pub const fn code(self) -> &'static str {
        match self {
            Self::ApiKey => "ak",
            Self::Personal => "pt",
            Self::Integration => "it",
            Self::ServiceAccount => "st",
            Self::Access => "at",
            Self::Refresh => "rt",
            Self::ClientSecret => "cs",
            Self::AuthorizationCode => "ac",
            Self::Console => "ss",
            Self::Mailed => "mt",
        }
    }

    /// The kind with these two letters.
    pub fn of(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The word for this kind where people write it, such as in the gateway's rules.
    pub const fn word(self) -> &'static str {
        match self {
            Self::ApiKey => "api_key",
            Self::Personal => "personal",
            Self::Integration => "integration",
            Self::ServiceAccount => "service_account",
            Self::Access => "access",
            Self::Refresh => "refresh",
            Self::ClientSecret => "client_secret",
            Self::AuthorizationCode => "authorization_code",
            Self::Console => "console",
            Self::Mailed => "mailed",
        }
    }

    /// Whether it may be presented as a bearer token of an API. The others have one place each.
    pub const fn bears(self) -> bool {
        matches!(
            self,
            Self::ApiKey | Self::Personal | Self::Integration | Self::ServiceAccount | Self::Access
        )
    }
}

/// The letters that every secret of this installation begins with: `tk` unless configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brand(Box<str>);

impl Brand {
    /// A brand of 2 to 8 lower-case letters; `None` for anything else.
    pub fn new(letters: &str) -> Option<Self> {
        let fits = (2..=8).contains(&letters.len());
        (fits && letters.bytes().all(|b| b.is_ascii_lowercase())).then(|| Self(letters.into()))
    }

    /// The letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What secrets of this kind begin with, such as `tkak_`.
    pub fn prefix(&self, kind: Kind) -> String {
        format!("{}{}_", self.0, kind.code())
    }
}

impl Default for Brand {
    fn default() -> Self {
        Self("tk".into())
    }
}

/// A secret in the clear. It is on its way out to its one holder, or on its way in to be digested.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes over a text that is secret from now on.
    pub fn from_text(text: String) -> Self {
        Self(SecretString::from(text))
    }

    /// A new secret: `<brand><kind>_<43 base62><6 base62 of CRC-32>`, 256 bits of entropy.
    pub fn generate(brand: &Brand, kind: Kind, entropy: &dyn Entropy) -> Self {
        let mut text = Zeroizing::new(brand.prefix(kind));
        push_random_symbols(&mut text, entropy);
        let sum = crc32fast::hash(text.as_bytes());
        text.push_str(&checksum(sum));
        Self::from_text(text.to_string())
    }

    /// The text. Whoever calls this hands the secret to its holder, and to nobody else.
    pub fn reveal(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// Appends [`BODY`] symbols without bias: of a byte's 256 values, the 8 that don't divide by 62
/// are refused.
fn push_random_symbols(text: &mut String, entropy: &dyn Entropy) {
    let end = text.len() + BODY;
    let mut bytes = Zeroizing::new([0_u8; 64]);
    while text.len() < end {
        entropy.fill(&mut *bytes);
        let fair = bytes.iter().filter(|byte| **byte < 248);
        let symbols = fair.filter_map(|byte| BASE62.get(usize::from(byte % 62)));
        let missing = end - text.len();
        text.extend(symbols.take(missing).map(|symbol| char::from(*symbol)));
    }
}

/// Six symbols for a CRC-32, most significant first, padded with `0`.
fn checksum(mut sum: u32) -> String {
    let mut symbols = [b'0'; CHECKSUM];
    for place in symbols.iter_mut().rev() {
        *place =
            usize::try_from(sum % 62).ok().and_then(|i| BASE62.get(i)).copied().unwrap_or(b'0');
        sum /= 62;
    }
    String::from_utf8_lossy(&symbols).into_owned()
}

/// A text that looks like one of our secrets: brand, kind, length, alphabet and checksum fit.
/// Whether it *is* one, only its digest tells.
#[derive(Clone, Copy)]
pub struct Presented<'a> {
    /// What it claims to be for.
    pub kind: Kind,
    text: &'a str,
}

impl<'a> Presented<'a> {
    /// Looks at a presented text, without a look-up and without allocating. An access token is
    /// judged by its prefix and alphabet only; its signature is checked where it is read.
    pub fn read(brand: &Brand, text: &'a str) -> Option<Self> {
        if text.len() > LONGEST_PRESENTED {
            return None;
        }
        let rest = text.strip_prefix(brand.as_str())?;
        let (code, rest) = (rest.get(..2)?, rest.get(2..)?);
        let kind = Kind::of(code)?;
        let body = rest.strip_prefix('_')?;
        let fits = if kind == Kind::Access {
            body.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        } else {
            body.len() == BODY + CHECKSUM && sums_up(text, body)
        };
        fits.then_some(Self { kind, text })
    }

    /// The presented text. As secret as a [`Secret`].
    pub fn reveal(&self) -> &'a str {
        self.text
    }
}

impl fmt::Debug for Presented<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}…", self.kind.code())
    }
}

fn sums_up(text: &str, body: &str) -> bool {
    // All of them are looked at, for that takes fewer instructions than stopping early.
    if !body.bytes().fold(true, |fits, byte| fits & byte.is_ascii_alphanumeric()) {
        return false;
    }
    let Some((head, tail)) = text.split_at_checked(text.len().saturating_sub(CHECKSUM)) else {
        return false;
    };
    let mut sum = crc32fast::hash(head.as_bytes());
    tail.bytes().rev().all(|given| {
        let symbol = usize::try_from(sum % 62).ok().and_then(|i| BASE62.get(i)).copied();
        sum /= 62;
        symbol == Some(given)
    })
}

/// What stands for a secret at rest and in memory: HMAC-SHA-256 under the pepper, kind bound in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest([u8; 32]);

impl Digest {
    /// A digest as a database gives it back.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The digest as a database keeps it.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether both are the same, in a time that doesn't tell where they differ.
    pub fn is(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl From<hmac::Tag> for Digest {
    fn from(tag: hmac::Tag) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(tag.as_ref());
        Self(bytes)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(…)")
    }
}

/// The key under which secrets are digested. It is derived from the root key and never in a
/// database, so that a row planted there authenticates nothing (attack book A187).
pub struct Pepper {
    /// Which pepper a digest was made under.
    pub version: i16,
    key: hmac::Key,
}

impl Pepper {
    /// A pepper of 32 secret bytes.
    pub fn new(version: i16, bytes: &[u8; 32]) -> Self {
        Self { version, key: hmac::Key::new(hmac::HMAC_SHA256, bytes) }
    }

    /// The digest of a presented secret: HMAC-SHA-256(pepper, text). The kind is bound in, for it
    /// is part of the text; so, a token of the usual length fits one block of SHA-256.
    pub fn digest(&self, presented: Presented<'_>) -> Digest {
        self.of(presented.text)
    }

    /// The digest of a secret that was just made.
    pub fn digest_of(&self, secret: &Secret) -> Digest {
        self.of(secret.reveal())
    }

    /// A keyed name for something that is not a secret but should not be readable in a database,
    /// such as the address of somebody who failed to log in. No secret has the byte between domain
    /// and text in it.
    pub fn blind(&self, domain: &str, text: &[u8]) -> Digest {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(domain.as_bytes());
        context.update(&[1]);
        context.update(text);
        Digest::from(context.sign())
    }

    fn of(&self, text: &str) -> Digest {
        Digest::from(hmac::sign(&self.key, text.as_bytes()))
    }
}

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pepper({}, …)", self.version)
    }
}

/// SHA-256 of public bytes: journal entries, request fingerprints, rule sets.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    hash
}

/// Public bytes in hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

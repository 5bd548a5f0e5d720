//! What an installation decides for itself.

use std::time::Duration;

use jiff::SignedDuration;

use crate::secret::Brand;

/// What an installation decides for itself. Everything has a good default.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// What every secret begins with.
    pub brand: Brand,
    /// The public address, without a slash at its end: issuer of access tokens, and where mailed
    /// links lead. No header of a request ever changes it.
    pub issuer: String,
    /// How long an access token lives: 120 s; at most 10 min.
    pub access_life: SignedDuration,
    /// Lives of tokens.
    pub tokens: TokenPolicy,
    /// Lives of sessions.
    pub sessions: SessionPolicy,
    /// Passwords and how logins are slowed.
    pub logins: LoginPolicy,
    /// What OAuth 2 clients obtain, unless settings say otherwise.
    pub grants: GrantPolicy,
    /// What a node remembers.
    pub memory: MemoryPolicy,
}

/// Lives of tokens.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenPolicy {
    /// The life of a token that asks for none: 365 days.
    pub default_life: SignedDuration,
    /// The longest life: 366 days. None allows any, "never" included.
    pub longest_life: Option<SignedDuration>,
    /// The life of integration tokens and service accounts' first tokens, which are made to live until they are
    /// revoked, as Applivery's do. None: they do.
    pub integration_life: Option<SignedDuration>,
    /// Live tokens that one holder may have: 1,000. None allows any number.
    pub most_per_holder: Option<u32>,
    /// How long a revoked or expired token is kept as a tombstone: 90 days.
    pub retention: SignedDuration,
}

/// Lives of sessions.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionPolicy {
    /// Without a refresh for so long, a session is over: 24 h.
    pub idle: SignedDuration,
    /// The absolute end of a session: 7 days.
    pub life: SignedDuration,
    /// As `idle`, where the user asked to be remembered: 30 days.
    pub remembered_idle: SignedDuration,
    /// As `life`, where the user asked to be remembered: 180 days.
    pub remembered_life: SignedDuration,
    /// For how long a refresh whose answer was lost may be repeated: 30 s.
    pub lost_answer: SignedDuration,
}

/// What OAuth 2 clients obtain. Superusers change most of it while running: [`Settings`].
///
/// [`Settings`]: crate::settings::Settings
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a decision of its own")]
pub struct GrantPolicy {
    /// Life of a person's token that is made without a life of its own choosing: 366 days. Never
    /// more than [`TokenPolicy::longest_life`].
    pub access_life: SignedDuration,
    /// Life of an authorization code: 600 s.
    pub code_life: SignedDuration,
    /// Without a refresh for so long, a grant is over: 2,628,000 s.
    pub refresh_life: SignedDuration,
    /// Whether clients that were made for it may send users' passwords (RFC 9700, section 2.4,
    /// advises against it).
    pub passwords: bool,
    /// Whether public clients may ask for codes without a challenge (RFC 9700, section 2.1.1,
    /// forbids it).
    pub without_challenge: bool,
    /// Whether users whose account somebody else keeps may make tokens.
    pub external_users: bool,
    /// Whether faces that allow it take a user's name and password with each request.
    pub basic: bool,
    /// Without a request for so long, a browser session is over: 1,800 s.
    pub browser_idle: SignedDuration,
}

impl Default for GrantPolicy {
    fn default() -> Self {
        Self {
            access_life: days(366),
            code_life: SignedDuration::from_secs(600),
            refresh_life: SignedDuration::from_secs(2_628_000),
            passwords: true,
            without_challenge: false,
            external_users: false,
            basic: true,
            browser_idle: SignedDuration::from_secs(1_800),
        }
    }
}

/// Passwords and how logins are slowed.
#[derive(Debug, Clone, PartialEq)]
pub struct LoginPolicy {
    /// Characters in the shortest password: 15; 8 is the floor.
    pub shortest_password: usize,
    /// Whether strangers may register.
    pub registration: bool,
    /// Passwords hashed at the same time; each takes its memory and a core for some 20 ms.
    pub hashing: usize,
    /// What one hash costs.
    pub cost: HashingCost,
    /// Logins that may wait for that.
    pub queue: usize,
    /// How long a mailed link is good: 1 h for resetting a password, 24 times that for confirming.
    pub link_life: SignedDuration,
}

/// What hashing a password costs: parameters of Argon2id. A login renews a hash of other ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashingCost {
    /// Memory, in KiB: 19 MiB, which with two passes is the floor of OWASP's advice.
    pub memory_kib: u32,
    /// Passes over it: 2.
    pub passes: u32,
}

impl Default for HashingCost {
    fn default() -> Self {
        Self { memory_kib: 19_456, passes: 2 }
    }
}

/// What a node remembers.
#[derive(Debug, Clone, PartialEq)]
pub struct MemoryPolicy {
    /// How long a node may answer from memory after it last asked for changes: 500 ms.
    ///
    /// It leaves half of the promised second for a slow answer on its way to the caller.
    pub lease: Duration,
    /// Tokens that are remembered: 1,000,000.
    pub known: usize,
    /// Secrets remembered as unknown: 100,000.
    pub unknown: usize,
    /// Polls of the feed that may wait at once: 1,024. More are answered without waiting.
    pub polls: usize,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            brand: Brand::default(),
            issuer: "http://127.0.0.1:8700".to_owned(),
            access_life: SignedDuration::from_secs(120),
            tokens: TokenPolicy {
                default_life: days(365),
                longest_life: Some(days(366)),
                integration_life: None,
                most_per_holder: Some(1_000),
                retention: days(90),
            },
            sessions: SessionPolicy {
                idle: days(1),
                life: days(7),
                remembered_idle: days(30),
                remembered_life: days(180),
                lost_answer: SignedDuration::from_secs(30),
            },
            logins: LoginPolicy {
                shortest_password: 15,
                registration: true,
                hashing: 1,
                cost: HashingCost::default(),
                queue: 64,
                link_life: SignedDuration::from_hours(1),
            },
            grants: GrantPolicy::default(),
            memory: MemoryPolicy {
                lease: Duration::from_millis(500),
                known: 1_000_000,
                unknown: 100_000,
                polls: 1_024,
            },
        }
    }
}

/// So many days of 24 h.
pub const fn days(count: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * count)
}

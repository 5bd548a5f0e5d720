//! The roll: every change of state is one entry, numbered and hash-chained in its lane.
//!
//! Read [`Draft`], what the core writes; then [`Entry`], what a lane's one writer makes of it; then
//! [`Head`], what is signed over all lanes.
//!
//! **Invariant**: no entry holds a secret. Details are an allow-list of plain words.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use uuid::Uuid;

use crate::id::{
    ApplicationId, EntryId, Number, OrganizationId, ServiceAccountId, SessionId, TokenId, UserId,
};
use crate::secret::sha256;

/// A change of state as the core describes it, before a writer gives it its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// Identity of the entry to be.
    pub id: EntryId,
    /// When the core decided it.
    pub at: Timestamp,
    /// Who did it.
    pub by: By,
    /// What was done, such as `token.revoke`.
    pub action: String,
    /// What it was done to.
    pub target: Target,
    /// In whose organization, if in one.
    pub organization: Option<OrganizationId>,
    /// Allow-listed particulars.
    pub detail: Detail,
    /// What verifiers must forget.
    pub forget: Vec<Subject>,
    /// The idempotency key under which a creation is done at most once. It is kept in the same
    /// fact and is not part of the entry.
    pub once: Option<Once>,
}

/// Actions by which somebody can do less than before, or may.
const TAKING_AWAY: [&str; 15] = [
    "application.archive",
    "key.retire",
    "member.remove",
    "member.role",
    "organization.delete",
    "organization.end_tokens",
    "organization.suspend",
    "service_account.update",
    "session.end",
    "token.revoke",
    "token.update",
    "user.delete",
    "user.disable",
    "user.password",
    "user.update",
];

impl Draft {
    /// Whether somebody can do less after it: such facts may use the last of a disk.
    pub fn takes_away(&self) -> bool {
        !self.forget.is_empty() && TAKING_AWAY.contains(&self.action.as_str())
    }
}

/// Who did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct By {
    /// The holder of the credential.
    pub who: Who,
    /// The token that was shown, if it was one that is kept.
    pub token: Option<TokenId>,
}

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Who {
    /// Chancery itself: the first start, clean-up.
    System,
    /// Somebody who showed no credential: registering, asking for a mailed link.
    Stranger,
    /// A person.
    User(UserId),
    /// An application, as an OAuth 2 client or by its own token.
    Application(ApplicationId),
    /// A service account.
    ServiceAccount(ServiceAccountId),
}

impl Who {
    /// The kind's name in a database, and the id if there is one.
    pub const fn parts(self) -> (&'static str, Option<Uuid>) {
        match self {
            Self::System => ("system", None),
            Self::Stranger => ("stranger", None),
            Self::User(id) => ("user", Some(id.uuid())),
            Self::Application(id) => ("application", Some(id.uuid())),
            Self::ServiceAccount(id) => ("service_account", Some(id.uuid())),
        }
    }

    /// The reverse of [`Who::parts`].
    pub fn of(kind: &str, id: Option<Uuid>) -> Option<Self> {
        match (kind, id) {
            ("system", None) => Some(Self::System),
            ("stranger", None) => Some(Self::Stranger),
            ("user", Some(id)) => Some(Self::User(id.into())),
            ("application", Some(id)) => Some(Self::Application(id.into())),
            ("service_account", Some(id)) => Some(Self::ServiceAccount(id.into())),
            _ => None,
        }
    }
}

/// What something was done to: the kind's name, such as `token`, and the id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// `token`, `user`, `organization`, `group`, `application`, `service_account`, `session`,
    /// `key` or `installation`.
    pub kind: String,
    /// Its identity.
    pub id: Uuid,
}

/// Particulars of an entry: short plain words under short plain names.
pub type Detail = BTreeMap<String, String>;

/// What a node may remember and must forget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// One token.
    Token(TokenId),
    /// One login and its access tokens.
    Session(SessionId),
    /// All that a user holds.
    User(UserId),
    /// All that is bound to an organization.
    Organization(OrganizationId),
    /// All that an application holds.
    Application(ApplicationId),
    /// All that a service account holds.
    ServiceAccount(ServiceAccountId),
    /// The signing keys, and everything.
    Everything,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(id) => write!(f, "token:{id}"),
            Self::Session(id) => write!(f, "session:{id}"),
            Self::User(id) => write!(f, "user:{id}"),
            Self::Organization(id) => write!(f, "organization:{id}"),
            Self::Application(id) => write!(f, "application:{id}"),
            Self::ServiceAccount(id) => write!(f, "service_account:{id}"),
            Self::Everything => f.write_str("everything"),
        }
    }
}

impl FromStr for Subject {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if text == "everything" {
            return Ok(Self::Everything);
        }
        let (kind, id) = text.split_once(':').ok_or(())?;
        let id = Uuid::parse_str(id).map_err(drop)?;
        match kind {
            "token" => Ok(Self::Token(id.into())),
            "session" => Ok(Self::Session(id.into())),
            "user" => Ok(Self::User(id.into())),
            "organization" => Ok(Self::Organization(id.into())),
            "application" => Ok(Self::Application(id.into())),
            "service_account" => Ok(Self::ServiceAccount(id.into())),
            _ => Err(()),
        }
    }
}

/// An idempotency key: whose, which, and for what request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Once {
    /// SHA-256 over the caller's identity and its key.
    pub key: [u8; 32],
    /// SHA-256 over the request.
    pub fingerprint: [u8; 32],
}

/// Which lane of the journal. Lanes begin at 1.
pub type Lane = i32;
/// The place of an entry in its lane. The first is 1 and there are no gaps.
pub type Sequence = i64;
/// Hash of the entry before the first.
pub const GENESIS: [u8; 32] = [0; 32];

/// An entry in its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its lane.
    pub lane: Lane,
    /// Its place in the lane.
    pub sequence: Sequence,
    /// What it says. Its `once` is not kept and reads as `None`.
    pub draft: Draft,
    /// Hash of the entry before it in its lane; [`GENESIS`] before the first.
    pub previous: [u8; 32],
    /// SHA-256 over all of the above, in the encoding of [`Entry::hash_of`].
    pub hash: [u8; 32],
}

impl Draft {
    /// Gives a draft its place: the one after (`sequence` − 1, `previous`) of a lane.
    pub fn seal(mut self, lane: Lane, sequence: Sequence, previous: [u8; 32]) -> Entry {
        self.once = None;
        let hash = Entry::hash_of(lane, sequence, &self, &previous);
        Entry { lane, sequence, draft: self, previous, hash }
    }
}

/// Lanes that [`Entry::number`] can tell apart.
pub const LANES: i64 = 1_000;

impl Entry {
    /// A small number, never given twice: the place and, in the last three digits, the lane.
    pub fn number(&self) -> Number {
        self.sequence * LANES + i64::from(self.lane)
    }

    /// SHA-256 over a domain tag and every field, each with its length before it, so that no two
    /// different entries have the same bytes.
    pub fn hash_of(lane: Lane, sequence: Sequence, draft: &Draft, previous: &[u8; 32]) -> [u8; 32] {
        let mut bytes = Canonical::new("chancery journal entry 1");
        bytes.put(&lane.to_be_bytes());
        bytes.put(&sequence.to_be_bytes());
        bytes.put(draft.id.uuid().as_bytes());
        bytes.put(&draft.at.as_microsecond().to_be_bytes());
        let (who, id) = draft.by.who.parts();
        bytes.put(who.as_bytes());
        bytes.put_id(id);
        bytes.put_id(draft.by.token.map(TokenId::uuid));
        bytes.put(draft.action.as_bytes());
        bytes.put(draft.target.kind.as_bytes());
        bytes.put(draft.target.id.as_bytes());
        bytes.put_id(draft.organization.map(OrganizationId::uuid));
        for (name, word) in &draft.detail {
            bytes.put(name.as_bytes());
            bytes.put(word.as_bytes());
        }
        bytes.put(b"forget");
        for subject in &draft.forget {
            bytes.put(subject.to_string().as_bytes());
        }
        bytes.put(previous);
        sha256(&bytes.0)
    }

    /// Whether the entry is as it was sealed, and follows `previous`.
    pub fn follows(&self, previous: &[u8; 32]) -> bool {
        self.previous == *previous
            && self.hash == Self::hash_of(self.lane, self.sequence, &self.draft, previous)
    }
}

/// Bytes in which every part has its length before it.
struct Canonical(Vec<u8>);

impl Canonical {
    fn new(domain: &str) -> Self {
        let mut bytes = Self(Vec::with_capacity(256));
        bytes.put(domain.as_bytes());
        bytes
    }

    fn put(&mut self, part: &[u8]) {
        let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(part);
    }

    fn put_id(&mut self, id: Option<Uuid>) {
        self.put(id.as_ref().map_or(&[], |id| id.as_bytes().as_slice()));
    }
}

/// How far each lane has been read: the last sequence seen. A lane that is absent is unread.
pub type Cursors = BTreeMap<Lane, Sequence>;

/// The end of a lane: its last sequence and that entry's hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneEnd {
    /// The lane.
    pub lane: Lane,
    /// Its last sequence, 0 if it is empty.
    pub sequence: Sequence,
    /// The hash of its last entry, [`GENESIS`] if it is empty.
    pub hash: [u8; 32],
}

/// The ends of all lanes at one moment, signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// When it was signed.
    pub at: Timestamp,
    /// The ends, by lane.
    pub ends: Vec<LaneEnd>,
    /// Ed25519 over [`Head::message`].
    pub signature: Vec<u8>,
}

impl Head {
    /// What is signed: a domain tag, the time and the ends.
    pub fn message(at: Timestamp, ends: &[LaneEnd]) -> Vec<u8> {
        let mut bytes = Canonical::new("chancery journal head 1");
        bytes.put(&at.as_microsecond().to_be_bytes());
        for end in ends {
            bytes.put(&end.lane.to_be_bytes());
            bytes.put(&end.sequence.to_be_bytes());
            bytes.put(&end.hash);
        }
        bytes.0
    }
}

/// Where a page of the journal, newest first, goes on: strictly before this entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Before {
    /// Time of the last entry shown.
    pub at: Timestamp,
    /// Its lane.
    pub lane: Lane,
    /// Its place.
    pub sequence: Sequence,
}

/// Which entries are asked for. Each given value must fit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EntryFilter {
    /// Of this organization.
    pub organization: Option<OrganizationId>,
    /// About this thing.
    pub target: Option<Uuid>,
    /// Done by this user, application or service account.
    pub by: Option<Uuid>,
    /// With exactly this action.
    pub action: Option<String>,
}

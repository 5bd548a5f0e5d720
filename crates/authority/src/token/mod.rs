//! Tokens: one type for all kinds, and one function that judges it.
//!
//! Read [`Token`], then `standing.rs`: [`Standing`] (a token with all that its goodness depends on)
//! and [`Standing::verdict`]. One file per thing done to a token, `terms.rs` for what may be issued;
//! `store.rs` says what is asked of a database.
//!
//! **Invariant**: whether a token is good is decided in `standing.rs` and nowhere else, but for its rate and
//! its uses, which `verify.rs` takes.

pub(crate) mod ask;
mod asked;
mod exchange;
mod introspect;
pub(crate) mod issue;
mod limits;
mod manage;
pub(crate) mod rate;
mod reach;
mod recheck;
mod signed;
mod standing;
pub mod store;
pub(crate) mod terms;
pub(crate) mod usage;
mod verify;

pub use ask::Asker;
pub use asked::{Asked, Surface, Visit};
pub use exchange::{Exchange, Exchanged, Narrowing};
pub use issue::{Issued, Wish};
pub use limits::{LONGEST_WINDOW, Limits, MOST_NETWORKS, MOST_REQUESTS, Networks, Rate};
pub use manage::LONGEST_OVERLAP;
pub use recheck::Shown;
pub use signed::Signed;
pub(crate) use signed::login;
pub use standing::{ApplicationNow, HolderNow, OrganizationNow, Standing};
pub use usage::{DayOfUse, LastUse, Usage, Uses};
pub use verify::Verdict;

use jiff::Timestamp;

use crate::id::{
    ApplicationId, Number, OrganizationId, ServiceAccountId, SessionId, TokenId, UserId,
};
use crate::journal::Who;
use crate::scope::Scopes;
use crate::secret::Kind;

/// Longest label, in characters.
pub const LONGEST_LABEL: usize = 1_000;

/// Who holds a token: whose permissions it carries, below its scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Holder {
    /// A person.
    User(UserId),
    /// An application, as editor of its organization.
    Application(ApplicationId),
    /// A service account, with the role it was given.
    ServiceAccount(ServiceAccountId),
}

impl Holder {
    /// The kind's name in a database, and the id.
    pub const fn parts(self) -> (&'static str, uuid::Uuid) {
        match self {
            Self::User(id) => ("user", id.uuid()),
            Self::Application(id) => ("application", id.uuid()),
            Self::ServiceAccount(id) => ("service_account", id.uuid()),
        }
    }

    /// The reverse of [`Holder::parts`].
    pub fn of(kind: &str, id: uuid::Uuid) -> Option<Self> {
        match kind {
            "user" => Some(Self::User(id.into())),
            "application" => Some(Self::Application(id.into())),
            "service_account" => Some(Self::ServiceAccount(id.into())),
            _ => None,
        }
    }

    /// The holder as somebody who acts.
    pub const fn who(self) -> Who {
        match self {
            Self::User(id) => Who::User(id),
            Self::Application(id) => Who::Application(id),
            Self::ServiceAccount(id) => Who::ServiceAccount(id),
        }
    }
}

/// A token as it is kept: everything but its secret.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    /// Its identity, safe to show and to log.
    pub id: TokenId,
    /// Its small number; 0 until the database gave one.
    pub number: Number,
    /// What it is for.
    pub kind: Kind,
    /// Whose permissions it carries.
    pub holder: Holder,
    /// The organization it is bound to; none means each one of its user's.
    pub organization: Option<OrganizationId>,
    /// The OAuth 2 client that a person's token was made through, and may be shared with.
    pub application: Option<ApplicationId>,
    /// What its owner calls it.
    pub label: String,
    /// Its ceilings.
    pub scopes: Scopes,
    /// When it was issued.
    pub created_at: Timestamp,
    /// Who issued it, if that is somebody other than its holder.
    pub created_by: Option<UserId>,
    /// When it was last changed.
    pub modified_at: Timestamp,
    /// From when on it is no good.
    pub expires_at: Option<Timestamp>,
    /// How many more times it may be used; none means any number.
    pub uses_left: Option<u32>,
    /// What else bounds its use.
    pub limits: Limits,
    /// Switched off, but not for ever.
    pub disabled: bool,
    /// Since when it is dead for ever.
    pub revoked_at: Option<Timestamp>,
    /// The token it was made with; of a signed one, the kept token that it stands on.
    pub parent: Option<TokenId>,
    /// The login it belongs to.
    pub session: Option<SessionId>,
    /// The epochs of its holder and organization when it was issued. Raising an epoch kills all
    /// that was born before.
    pub born: Born,
    /// When it was last used, as far as flushed.
    pub last_used_at: Option<Timestamp>,
    /// What it says beyond that, if it is signed and not kept.
    pub signed: Option<Box<Signed>>,
}

impl Token {
    /// A token as it is made: from `at` on, bound by nothing but its scopes and its end, and in no
    /// organization.
    pub fn begun(
        id: TokenId,
        kind: Kind,
        holder: Holder,
        scopes: Scopes,
        (at, expires_at): (Timestamp, Option<Timestamp>),
    ) -> Self {
        Self {
            id,
            number: 0,
            kind,
            holder,
            organization: None,
            application: None,
            label: String::new(),
            scopes,
            created_at: at,
            created_by: None,
            modified_at: at,
            expires_at,
            uses_left: None,
            limits: Limits::default(),
            disabled: false,
            revoked_at: None,
            parent: None,
            session: None,
            born: Born::default(),
            last_used_at: None,
            signed: None,
        }
    }
}

/// Epochs under which something was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Born {
    /// The holder's.
    pub holder: i64,
    /// The organization's; 0 without one.
    pub organization: i64,
}

/// Why a token is not good. Told to those entitled to it and to counters, never to strangers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// It doesn't look like one of ours.
    Malformed,
    /// It looks like one, but there is none such.
    Unknown,
    /// Its time has not come.
    NotYet,
    /// Its time is over.
    Expired,
    /// It was revoked, or its session or epoch ended.
    Revoked,
    /// Its uses are used up.
    Spent,
    /// It is switched off.
    Disabled,
    /// Its holder or organization is disabled, suspended or gone, or no member any more.
    HolderDisabled,
    /// It is shown from where it may not be.
    Address,
    /// It is for others than who asks.
    Audience,
    /// It is good, but of a kind that is not wanted.
    Kind,
    /// It is good, but not for what was asked.
    Scope,
    /// It is good, but not so often.
    Rate,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 13] = [
        Self::Malformed,
        Self::Unknown,
        Self::NotYet,
        Self::Expired,
        Self::Revoked,
        Self::Spent,
        Self::Disabled,
        Self::HolderDisabled,
        Self::Address,
        Self::Audience,
        Self::Kind,
        Self::Scope,
        Self::Rate,
    ];

    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Unknown => "unknown",
            Self::NotYet => "not_yet",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Spent => "spent",
            Self::Disabled => "disabled",
            Self::HolderDisabled => "holder_disabled",
            Self::Address => "address",
            Self::Audience => "audience",
            Self::Kind => "kind",
            Self::Scope => "scope",
            Self::Rate => "rate",
        }
    }
}

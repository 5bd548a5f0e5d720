//! People: their accounts, how they log in, and the sessions that a login opens.
//!
//! **Invariant**: a password is compared in `login.rs` and nowhere else, whatever door it came
//! through, so that every door shares one throttle and none passes a second factor by.

mod browser;
pub(crate) mod hashing;
mod links;
mod login;
pub(crate) mod manage;
pub(crate) mod password;
pub(crate) mod recover;
pub mod second_factor;
pub(crate) mod session;
pub mod store;
pub(crate) mod tally;
pub(crate) mod throttle;

pub use hashing::LONGEST_PASSWORD;
pub use login::Login;
pub use manage::NewUser;
pub use password::SHORTEST_EVER;
pub use recover::Registration;
pub use second_factor::{Enrolment, SecondFactor};
pub use session::Opened;
pub use tally::LOGIN_OUTCOMES;

use std::fmt;

use jiff::Timestamp;
use unicode_normalization::UnicodeNormalization;

use crate::id::{ApplicationId, Number, OrganizationId, SessionId, UserId};
use crate::permission::Marks;
use crate::token::Born;

/// A person who can log in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Identity.
    pub id: UserId,
    /// Small number; 0 until the database gave one.
    pub number: Number,
    /// Name to log in with, as the user spells it. Unique by its [`canonical`] form.
    pub username: String,
    /// Address, as the user spells it. Unique by its [`canonical`] form. May log in.
    pub email: Option<String>,
    /// Given name; may be empty.
    pub first_name: String,
    /// Family name; may be empty.
    pub last_name: String,
    /// BCP 47 tag such as `en`; may be empty.
    pub language: String,
    /// Installation-wide marks.
    pub marks: Marks,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub modified_at: Timestamp,
    /// Since when the address is known to be the user's.
    pub confirmed_at: Option<Timestamp>,
    /// Since when the user is switched off.
    pub disabled_at: Option<Timestamp>,
    /// When the user last logged in.
    pub last_login_at: Option<Timestamp>,
    /// Who keeps the account, if somebody outside does, such as `ldap`.
    pub provider: Option<String>,
    /// The organization of the installation's own whose administrator made the account, or "Default" if
    /// a superuser did. None of those who registered or were invited.
    pub home: Option<OrganizationId>,
    /// Raised to kill all that the user holds.
    pub epoch: i64,
}

/// A password as it is kept: an Argon2id PHC string. It prints as `…`.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// A PHC string, as made by the hasher or given back by a database.
    pub fn from_phc(text: String) -> Self {
        Self(text)
    }

    /// The PHC string, for the hasher and the database.
    pub fn phc(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// A user's password, and how many there were before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Password {
    /// What is kept of it.
    pub hash: PasswordHash,
    /// Raised by each new password, and not by a new hash of the same one.
    pub generation: i64,
}

/// The one spelling under which a user name or address is looked up: without white space around
/// it, compatibility forms composed (NFKC), lower case.
///
/// All doors that take a login share it, so that no spelling has a throttle of its own (attack
/// book A139).
pub fn canonical(login: &str) -> String {
    login.trim().nfkc().collect::<String>().to_lowercase().nfkc().collect()
}

/// A login: the family of one refresh token and its access tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Identity; the family's.
    pub id: SessionId,
    /// Small number; 0 until the database gave one.
    pub number: Number,
    /// Who logged in.
    pub user: UserId,
    /// The OAuth 2 client that it was granted to. None is a login, whose access tokens are signed; a
    /// grant's one access token is kept and listed.
    pub application: Option<ApplicationId>,
    /// The organization it has entered.
    pub organization: Option<OrganizationId>,
    /// How many refresh tokens it has had; the first is 1 and only the last is good.
    pub generation: i64,
    /// Access tokens of an earlier generation than this are dead.
    pub floor: i64,
    /// Whether the access token of the present generation has been used.
    pub used: bool,
    /// Whether the present generation replaced one whose answer was lost. It is not replaced so
    /// again.
    pub replaced: bool,
    /// Whether the user asked to be remembered.
    pub remembered: bool,
    /// When the user logged in.
    pub created_at: Timestamp,
    /// When the present generation began.
    pub refreshed_at: Timestamp,
    /// When it ends if nothing happens. Of a login nothing moves it, a grant's refresh does.
    pub expires_at: Timestamp,
    /// Since when it is over.
    pub ended_at: Option<Timestamp>,
    /// Epochs of its user and organization when they were entered.
    pub born: Born,
}

impl Session {
    /// A session as it begins: at `at`, of no application and in no organization.
    pub(crate) fn begun(id: SessionId, user: UserId, born: Born, (at, expires_at): Span) -> Self {
        Self {
            id,
            number: 0,
            user,
            application: None,
            organization: None,
            generation: 1,
            floor: 1,
            used: false,
            replaced: false,
            remembered: false,
            created_at: at,
            refreshed_at: at,
            expires_at,
            ended_at: None,
            born,
        }
    }
}

/// From when to when.
type Span = (Timestamp, Timestamp);

/// A mail to one user. It holds a secret link, and so prints only where it goes.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// The one address.
    pub to: String,
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letter").field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// Takes letters to the post.
pub trait Outbox: Send + Sync {
    /// Takes a letter and returns at once, so that whether one is sent can't be seen in the time
    /// of an answer. A letter may be lost; its user can ask for another.
    fn post(&self, letter: Letter);
}

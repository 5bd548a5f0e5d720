//! What is asked of a database about people and their sessions.

use async_trait::async_trait;
use jiff::Timestamp;

use super::{Password, PasswordHash, Session, User};
use crate::error::StoreError;
use crate::id::{Number, OrganizationId, SessionId, UserId};
use crate::journal::Draft;
use crate::secret::Digest;
use crate::token::store::{Change, Page};
use crate::token::{HolderNow, OrganizationNow};

/// Keeps accounts. Each method is one atomic fact with its entry, as in
/// [`TokenStore`](crate::token::store::TokenStore).
#[async_trait]
pub trait AccountStore: Send + Sync {
    /// Keeps a new user, unless the canonical user name or address belongs to another.
    /// A user name that equals another's address counts as taken, and the reverse.
    async fn create_user(
        &self,
        user: &User,
        password: Option<&PasswordHash>,
        note: Draft,
    ) -> Result<Creation, StoreError>;

    /// A user who is not deleted.
    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError>;

    /// A user by its number.
    async fn user_numbered(&self, number: Number) -> Result<Option<User>, StoreError>;

    /// The user with this canonical user name or address, and the password if there is one.
    async fn user_by_login(
        &self,
        canonical: &str,
    ) -> Result<Option<(User, Option<Password>)>, StoreError>;

    /// The password of a user.
    async fn password(&self, id: UserId) -> Result<Option<Password>, StoreError>;

    /// Users in the order of their numbers; only members of `organization` if given.
    async fn users(
        &self,
        organization: Option<OrganizationId>,
        page: Page,
    ) -> Result<Vec<User>, StoreError>;

    /// Changes what a user is called. `Taken` as for [`AccountStore::create_user`].
    async fn update_user(
        &self,
        id: UserId,
        change: &UserChange,
        note: Draft,
    ) -> Result<UserUpdate, StoreError>;

    /// Sets a password, and ends the user's logins but `keep`; grants to applications live on. With `revoke_tokens` the epoch
    /// is raised too, which kills everything else the user holds (and `keep` as well).
    async fn set_password(
        &self,
        id: UserId,
        password: &PasswordHash,
        ending: PasswordEnds,
        note: Draft,
    ) -> Result<Change, StoreError>;

    /// Replaces a password's hash by one of the same password with newer parameters, if it is
    /// still of that generation. No entry.
    async fn rehash_password(&self, id: UserId, password: &Password) -> Result<(), StoreError>;

    /// Marks a user's address as confirmed; one confirmed before keeps its date and enrols
    /// nothing.
    async fn confirm_user(&self, id: UserId, note: Draft) -> Result<Change, StoreError>;

    /// Switches a user off, or on again. Off raises the epoch and ends all sessions, so that
    /// switching on revives nothing. `Missing` if it is so already, `LastSuperuser` if nobody would be
    /// left who can act as one.
    async fn set_user_disabled(
        &self,
        id: UserId,
        disabled: bool,
        note: Draft,
    ) -> Result<Removal, StoreError>;

    /// Deletes a user: raises the epoch, ends sessions, takes it out of organizations and groups,
    /// frees its name and address. Its number and id stay used. `LastOwner` if an organization
    /// would lose its last owner, `LastSuperuser` if the installation would lose its last one.
    async fn delete_user(&self, id: UserId, note: Draft) -> Result<Removal, StoreError>;

    /// How often each of these keys failed, in the same order; a key never seen is all zero.
    async fn throttles(&self, keys: &[Digest]) -> Result<Vec<Throttle>, StoreError>;

    /// Counts one more failure for each key. A count whose last failure was before `forgotten`
    /// begins anew. No entry: counts are not facts.
    async fn count_failures(
        &self,
        keys: &[Digest],
        at: Timestamp,
        forgotten: Timestamp,
    ) -> Result<(), StoreError>;

    /// Forgets the failures of these keys. No entry.
    async fn clear_failures(&self, keys: &[Digest]) -> Result<(), StoreError>;

    /// Whether a user has logged in from this source before, since `since`.
    async fn knows_source(
        &self,
        user: UserId,
        source: Digest,
        since: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Notes that a user logged in from a source: the 16 latest are kept. No entry.
    async fn note_source(
        &self,
        user: UserId,
        source: Digest,
        at: Timestamp,
    ) -> Result<(), StoreError>;

    /// Drops at most `most` throttles whose last failure was before `forgotten`, and as many sources
    /// that were seen last before `unknown`. Gives how many.
    async fn purge_throttles(
        &self,
        (forgotten, unknown): (Timestamp, Timestamp),
        most: u32,
    ) -> Result<u64, StoreError>;
}

/// Keeps sessions. Each method is one atomic fact with its entry.
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// Keeps a new login and the digest of its first refresh token, unless the user is disabled
    /// or of another epoch, or the organization is (`session.born`), or the user is no member of
    /// it (a superuser need not be), or the user's password is not of generation `password` if
    /// that is given: who showed an earlier one doesn't get in any more. Notes the login date on
    /// the user.
    async fn open_session(
        &self,
        session: &Session,
        refresh: Digest,
        password: Option<i64>,
        note: Draft,
    ) -> Result<Change, StoreError>;

    /// The session that ever had a refresh token of one of these digests, and which generation that
    /// was.
    async fn session_by_refresh(
        &self,
        refresh: &[Digest],
    ) -> Result<Option<(Session, i64)>, StoreError>;

    /// A session and the state of its user and organization.
    async fn session_standing(&self, id: SessionId) -> Result<Option<SessionStanding>, StoreError>;

    /// The sessions of a user that are not over at `now`, newest first, at most 100.
    async fn sessions_of(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError>;

    /// The organization of the user's latest session that had one.
    async fn last_organization(&self, user: UserId) -> Result<Option<OrganizationId>, StoreError>;

    /// Moves a session on to its next generation, in one conditional statement: only if it is
    /// still of generation `turn.from`, not ended, and its user and organization are as good as
    /// [`SessionStore::open_session`] asks; with `turn.only_unused`, also only if `used` and
    /// `replaced` are false. Of any number of callers at once, one wins.
    async fn turn_session(&self, turn: &Turn, note: Draft) -> Result<Change, StoreError>;

    /// Moves the date of a session's last use up to `at`, if it is not over. No entry.
    async fn touch_session(&self, id: SessionId, at: Timestamp) -> Result<(), StoreError>;

    /// Ends a session at `note.at`, and revokes the access token of a grant. One that ended before
    /// keeps its date.
    async fn end_session(&self, id: SessionId, note: Draft) -> Result<Change, StoreError>;

    /// Ends all sessions of a user but `keep`.
    async fn end_sessions_of(
        &self,
        user: UserId,
        keep: Option<SessionId>,
        note: Draft,
    ) -> Result<Change, StoreError>;

    /// Notes that the access token of this generation has been used, if it is still the present
    /// one. No entry. The implementation keeps the order of this and later turns on this node.
    async fn note_session_used(&self, id: SessionId, generation: i64) -> Result<(), StoreError>;

    /// Deletes at most `most` sessions that ended, or whose end came, before `before`.
    async fn purge_sessions(&self, before: Timestamp, most: u32) -> Result<u64, StoreError>;
}

/// What became of a new account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Creation {
    /// Kept, under this number.
    Done(Number),
    /// `username`, `email` or another unique name belongs to another.
    Taken(&'static str),
    /// What it should belong to is gone.
    Missing,
}

/// What became of a change of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserUpdate {
    /// It is done.
    Done,
    /// There is no such user.
    Missing,
    /// The name or address belongs to another.
    Taken(&'static str),
    /// It is the last superuser who can act, and stays one.
    LastSuperuser,
}

/// What became of a removal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// It is done.
    Done,
    /// There is nothing to remove.
    Missing,
    /// It is the last owner, who stays.
    LastOwner,
    /// It is the last superuser who can act, who stays.
    LastSuperuser,
    /// It is not as it was seen any more.
    Changed,
}

/// What may be changed of a user; what is `None` stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UserChange {
    /// New user name.
    pub username: Option<String>,
    /// New address. It counts as unconfirmed.
    pub email: Option<String>,
    /// New given name.
    pub first_name: Option<String>,
    /// New family name.
    pub last_name: Option<String>,
    /// New language.
    pub language: Option<String>,
    /// Whether the user is a superuser from now on.
    pub superuser: Option<bool>,
    /// Whether the user is a system auditor from now on.
    pub system_auditor: Option<bool>,
    /// Who keeps the account from now on; none is Chancery itself.
    pub provider: Option<Option<String>>,
}

/// What a new password puts an end to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordEnds {
    /// The session that lives on, if its user changed the password from it.
    pub keep: Option<SessionId>,
    /// Whether tokens end too.
    pub tokens: bool,
}

/// How often a key failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Throttle {
    /// Failures in a row.
    pub failures: u32,
    /// When the last was.
    pub last_at: Option<Timestamp>,
}

/// A step of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// Which session.
    pub session: SessionId,
    /// The generation it must have. It becomes one more.
    pub from: i64,
    /// Digest of the next refresh token.
    pub refresh: Digest,
    /// The organization it is in from now on.
    pub organization: Option<OrganizationId>,
    /// The epochs of its user and organization, which must be the present ones.
    pub born: crate::token::Born,
    /// The floor from now on.
    pub floor: i64,
    /// When the session ends if nothing happens, from now on.
    pub expires_at: Timestamp,
    /// Whether this replaces a generation whose answer was lost.
    pub only_unused: bool,
    /// When.
    pub at: Timestamp,
}

/// A session and all that its goodness depends on.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionStanding {
    /// The session.
    pub session: Session,
    /// Its user now; the role is the one in the session's organization.
    pub holder: HolderNow,
    /// Its organization now.
    pub organization: Option<OrganizationNow>,
}

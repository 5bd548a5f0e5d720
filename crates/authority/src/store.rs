//! What is asked of a database as a whole, and about the journal, the keys and the installation.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

use crate::account::second_factor::store::SecondFactorStore;
use crate::account::store::{AccountStore, SessionStore};
use crate::account::{PasswordHash, User};
use crate::application::store::ApplicationStore;
use crate::application::{Application, ServiceAccount};
use crate::error::StoreError;
use crate::grant::store::GrantStore;
use crate::id::OrganizationId;
use crate::journal::{Before, Cursors, Draft, Entry, EntryFilter, Head, Lane, LaneEnd, Sequence};
use crate::organization::store::OrganizationStore;
use crate::organization::{Group, Organization};
use crate::search::{Found, Search};
use crate::secret::Digest;
use crate::token::Token;
use crate::token::store::{Change, TokenStore, UsageStore};

/// A database: everything that the core asks of one.
pub trait Store:
    TokenStore
    + UsageStore
    + AccountStore
    + SessionStore
    + SecondFactorStore
    + GrantStore
    + OrganizationStore
    + ApplicationStore
    + SearchStore
    + JournalStore
    + InstallationStore
{
}

impl<T> Store for T where
    T: TokenStore
        + UsageStore
        + AccountStore
        + SessionStore
        + SecondFactorStore
        + GrantStore
        + OrganizationStore
        + ApplicationStore
        + SearchStore
        + JournalStore
        + InstallationStore
{
}

/// Searches. A search was [checked](Search::check) before it comes here.
#[async_trait]
pub trait SearchStore: Send + Sync {
    /// Users that fit.
    async fn find_users(&self, search: &Search) -> Result<Found<User>, StoreError>;

    /// Organizations that fit.
    async fn find_organizations(&self, search: &Search) -> Result<Found<Organization>, StoreError>;

    /// Groups that fit.
    async fn find_groups(&self, search: &Search) -> Result<Found<Group>, StoreError>;

    /// OAuth 2 clients, or applications of any sort, that fit.
    async fn find_clients(&self, search: &Search) -> Result<Found<Application>, StoreError>;

    /// Service accounts that fit.
    async fn find_service_accounts(
        &self,
        search: &Search,
    ) -> Result<Found<ServiceAccount>, StoreError>;

    /// Tokens that fit: people's, or those of applications.
    async fn find_tokens(&self, search: &Search) -> Result<Found<Token>, StoreError>;

    /// Entries that fit.
    async fn find_entries(&self, search: &Search) -> Result<Found<Entry>, StoreError>;
}

/// Reads the journal. It is written by every other fact.
#[async_trait]
pub trait JournalStore: Send + Sync {
    /// Entries after the cursors, in each lane in the order of its sequence, at most `most` in
    /// all. A lane never shows an entry before the one below it.
    async fn entries_after(&self, cursors: &Cursors, most: u32) -> Result<Vec<Entry>, StoreError>;

    /// Entries of one lane from `first` on, for verifying.
    async fn lane_entries(
        &self,
        lane: Lane,
        first: Sequence,
        most: u32,
    ) -> Result<Vec<Entry>, StoreError>;

    /// Entries that fit, newest first.
    async fn entries(
        &self,
        filter: &EntryFilter,
        before: Option<Before>,
        most: u32,
    ) -> Result<Vec<Entry>, StoreError>;

    /// Keeps an entry about what changed nothing, such as an attempt that was refused.
    async fn enter(&self, note: Draft) -> Result<(), StoreError>;

    /// The ends of all lanes, ascending, as of one moment.
    async fn lane_ends(&self) -> Result<Vec<LaneEnd>, StoreError>;

    /// Keeps a signed head. Not an entry itself.
    async fn keep_head(&self, head: &Head) -> Result<(), StoreError>;

    /// The signed heads after this moment, oldest first.
    async fn heads(&self, after: Timestamp, most: u32) -> Result<Vec<Head>, StoreError>;
}

/// Keeps what there is one of, and the signing keys.
#[async_trait]
pub trait InstallationStore: Send + Sync {
    /// Whether the database answers.
    async fn ping(&self) -> Result<(), StoreError>;

    /// The installation, if the database has been set up.
    async fn installation(&self) -> Result<Option<Installation>, StoreError>;

    /// Sets up an empty database: installation, first user (number 1, superuser, confirmed),
    /// first organization (number 1) owned by that user. Of two who try at once, one wins and the
    /// other gets `Missing`.
    async fn found(&self, founding: &Founding, note: Draft) -> Result<Change, StoreError>;

    /// Moves the high-water mark of the wall clock up to `at`; never down. No entry. Gives the
    /// mark as it is then.
    async fn raise_clock_mark(&self, at: Timestamp) -> Result<Timestamp, StoreError>;

    /// The signing keys, oldest first.
    async fn signing_keys(&self) -> Result<Vec<SigningKey>, StoreError>;

    /// Keeps a new signing key. `Missing` if the newest key is not `newest` any more: somebody else
    /// rotated.
    async fn add_signing_key(
        &self,
        key: &SigningKey,
        newest: Option<&str>,
        note: Draft,
    ) -> Result<Change, StoreError>;

    /// Deletes a signing key.
    async fn drop_signing_key(&self, kid: &str, note: Draft) -> Result<Change, StoreError>;

    /// What was set while running and has a name that begins so, by name. What is not there is as
    /// configured.
    async fn settings(&self, begins: &str) -> Result<BTreeMap<String, String>, StoreError>;

    /// Sets these, or takes them back to what is configured.
    async fn change_settings(
        &self,
        changes: &BTreeMap<String, Option<String>>,
        note: Draft,
    ) -> Result<(), StoreError>;

    /// Forgets at most `most` idempotency keys that were used before `before`. Gives how many.
    async fn purge_once(&self, before: Timestamp, most: u32) -> Result<u64, StoreError>;
}

/// What an empty database is set up with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Founding {
    /// What there is one of.
    pub installation: Installation,
    /// The first user.
    pub user: User,
    /// The first user's password.
    pub password: PasswordHash,
    /// The first organization.
    pub organization: Organization,
}

/// What there is one of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// Its identity.
    pub id: Uuid,
    /// The keyed digest of its identity: a node whose pepper gives another must not serve.
    pub check: Digest,
    /// The version of that pepper.
    pub pepper: i16,
    /// The first organization.
    pub organization: OrganizationId,
    /// When it was set up.
    pub created_at: Timestamp,
}

/// A signing key as it is kept: public, and wrapped under the root key.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// RFC 7638 thumbprint of the public key.
    pub kid: String,
    /// `ES256`.
    pub algorithm: String,
    /// The public key: an uncompressed point.
    pub public: Vec<u8>,
    /// PKCS #8 under AES-256-GCM.
    pub wrapped: Vec<u8>,
    /// When it was made, and published.
    pub created_at: Timestamp,
    /// From when on it signs. The newest key whose time has come is the one that signs.
    pub signs_from: Timestamp,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

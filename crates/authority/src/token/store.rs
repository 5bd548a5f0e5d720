//! What is asked of a database about tokens.

use async_trait::async_trait;
use jiff::Timestamp;

use super::{Holder, Standing, Token, Usage, Uses};
use crate::error::StoreError;
use crate::id::{Number, OrganizationId, TokenId};
use crate::journal::Draft;
use crate::scope::Scopes;
use crate::secret::{Digest, Kind};

/// What a database keeps of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptSecret {
    /// The keyed digest.
    pub digest: Digest,
    /// The version of the pepper that keyed it.
    pub pepper: i16,
}

/// Keeps tokens.
///
/// Each method is one atomic fact: it happens whole or not at all, with its journal entry, and it
/// is the implementation's duty to see to that. A method that finds nothing to change enrols
/// nothing.
#[async_trait]
pub trait TokenStore: Send + Sync {
    /// Keeps a new token, unless its holder has `most` live ones (not revoked, not expired at
    /// `note.at`), or its holder, its organization or its holder's place there is gone, disabled
    /// or suspended. `token.born` is what the caller saw: it must still be the present epochs. A
    /// token that was made through an application is kept by [`GrantStore::open_grant`].
    ///
    /// [`GrantStore::open_grant`]: crate::grant::store::GrantStore::open_grant
    async fn insert_token(
        &self,
        token: &Token,
        secret: KeptSecret,
        most: Option<u32>,
        note: Draft,
    ) -> Result<Insertion, StoreError>;

    /// The standing of the token that has any of these digests as its present or previous secret.
    async fn standing(&self, digests: &[Digest]) -> Result<Option<Standing>, StoreError>;

    /// A token by its identity, dead or alive, with its holder's and organization's state.
    async fn token_standing(&self, id: TokenId) -> Result<Option<Standing>, StoreError>;

    /// Tokens in the order of their numbers, ascending.
    async fn tokens(&self, filter: &TokenFilter, page: Page) -> Result<Vec<Token>, StoreError>;

    /// Changes what may be changed of a token that is not revoked.
    async fn update_token(
        &self,
        id: TokenId,
        change: &TokenChange,
        note: Draft,
    ) -> Result<Change, StoreError>;

    /// Marks a token revoked at `note.at`, and ends its session if it has one. A token revoked before
    /// keeps its first date.
    async fn revoke_token(&self, id: TokenId, note: Draft) -> Result<Revocation, StoreError>;

    /// Gives a token that is not revoked a new secret. Its present secret lives on until
    /// `overlap_ends` and the one before it ends now.
    async fn rotate_token(
        &self,
        id: TokenId,
        secret: KeptSecret,
        overlap_ends: Timestamp,
        note: Draft,
    ) -> Result<Change, StoreError>;

    /// Takes one use of a token that has uses left, is not revoked, not disabled and not expired
    /// at `note.at`.
    async fn spend_token(&self, id: TokenId, note: Draft) -> Result<Spending, StoreError>;

    /// Deletes at most `most` tombstones: tokens that were revoked or expired before `before`.
    /// Gives how many. The journal keeps what happened to them.
    async fn purge_tokens(&self, before: Timestamp, most: u32) -> Result<u64, StoreError>;
}

/// Keeps who uses what. Nothing here is a fact: no entry is written.
#[async_trait]
pub trait UsageStore: Send + Sync {
    /// The most uses that are noted in one go, so that facts need not wait long behind them.
    fn most_uses(&self) -> usize;

    /// Adds up uses, all of them or none, and notes the last of each token. An older use is not the
    /// last, and those of tokens that are gone are dropped. Each token and day is there once.
    async fn note_uses(&self, uses: &[Uses]) -> Result<(), StoreError>;

    /// The last use of a token, and its uses from this day on, the latest first.
    async fn usage(&self, id: TokenId, since: i32) -> Result<Usage, StoreError>;

    /// Forgets at most `most` counts of days before this one. Gives how many.
    async fn purge_usage(&self, before: i32, most: u32) -> Result<u64, StoreError>;
}

/// What became of a new token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Insertion {
    /// Kept, under this number.
    Done(Number),
    /// The holder has as many as it may.
    TooMany,
    /// The holder or organization is gone, disabled, suspended, or of another epoch.
    HolderGone,
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It is done.
    Done,
    /// There is nothing (any more) that could be changed so.
    Missing,
}

/// What a revocation did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revocation {
    /// Dead from now on.
    Done,
    /// Dead before; the first date stays.
    AlreadyDone,
    /// There is no such token.
    Missing,
}

/// What a use of a counted token did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spending {
    /// One use was taken; so many are left.
    Done(u32),
    /// There was none to take.
    Spent,
}

/// Which tokens are asked for. Each given value must fit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TokenFilter {
    /// Held by this one.
    pub holder: Option<Holder>,
    /// Bound to this organization.
    pub organization: Option<OrganizationId>,
    /// Of one of these kinds; empty means any.
    pub kinds: Vec<Kind>,
    /// Only those that are neither revoked, nor expired at this moment, nor spent.
    pub live_at: Option<Timestamp>,
}

/// A page of things in the order of their numbers, ascending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Only numbers greater than this one; 0 for the first page.
    pub after: Number,
    /// At most so many.
    pub limit: u32,
}

impl Page {
    /// The first `limit`.
    pub const fn first(limit: u32) -> Self {
        Self { after: 0, limit }
    }
}

/// What may be changed of a token; what is `None` stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TokenChange {
    /// A new label.
    pub label: Option<String>,
    /// Switched off or on.
    pub disabled: Option<bool>,
    /// New ceilings.
    pub scopes: Option<Scopes>,
}

//! What is asked of a database about second factors.

use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::error::StoreError;
use crate::id::UserId;
use crate::journal::Draft;
use crate::secret::Digest;
use crate::token::store::Change;

/// Keeps second factors and recovery codes. Each method that takes a note is one atomic fact with its
/// entry, as in [`TokenStore`](crate::token::store::TokenStore).
#[async_trait]
pub trait SecondFactorStore: Send + Sync {
    /// The second factor of a user who is not deleted, whether it waits for its confirmation or is
    /// active.
    async fn second_factor(&self, user: UserId) -> Result<Option<KeptFactor>, StoreError>;

    /// Keeps a new second factor that waits for its confirmation since `note.at`, in the place of one
    /// that waits too. `Missing` if one is active, or there is no such user.
    async fn enrol_second_factor(
        &self,
        user: UserId,
        wrapped: &[u8],
        note: Draft,
    ) -> Result<Change, StoreError>;

    /// Makes a second factor active at `note.at`, in one conditional statement: only if it is the one
    /// that was seen, waits, and has not waited for too long. Its recovery codes come with it. Of any
    /// number of callers at once, one wins.
    async fn confirm_second_factor(
        &self,
        user: UserId,
        confirmation: &Confirmation,
        note: Draft,
    ) -> Result<Change, StoreError>;

    /// Uses up the code of a step, in one conditional statement: only if the second factor is the one
    /// that was seen, is active, and no code of this step or a later one was used up before. Gives
    /// whether it was. Of any number of callers at once, one wins. No entry.
    async fn use_code(&self, user: UserId, wrapped: &[u8], step: i64) -> Result<bool, StoreError>;

    /// Uses up a recovery code, in one conditional statement. `Missing` if the user has no such one, or
    /// not any more. Of any number of callers at once, one wins.
    async fn use_recovery_code(
        &self,
        user: UserId,
        code: Digest,
        note: Draft,
    ) -> Result<Change, StoreError>;

    /// Replaces all recovery codes of a second factor that was seen. `Missing` if it is not active any
    /// more.
    async fn renew_recovery_codes(
        &self,
        user: UserId,
        renewal: (&[u8], &[Digest]),
        note: Draft,
    ) -> Result<Change, StoreError>;

    /// Takes a user's second factor away, with its recovery codes: the one that was seen, if that is
    /// given. `Missing` if it is not active.
    async fn remove_second_factor(
        &self,
        user: UserId,
        seen: Option<&[u8]>,
        note: Draft,
    ) -> Result<Change, StoreError>;
}

/// A second factor as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct KeptFactor {
    /// The secret under AES-256-GCM. Each has a nonce of its own, so this stands for it too.
    pub wrapped: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when it is active; one without waits for its confirmation.
    pub confirmed_at: Option<Timestamp>,
    /// The step whose code was used up last, counted in 30 s from 1970; 0 if none was.
    pub last_step: i64,
    /// How many recovery codes are left.
    pub recovery_codes: u32,
}

impl fmt::Debug for KeptFactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeptFactor")
            .field("confirmed_at", &self.confirmed_at)
            .field("recovery_codes", &self.recovery_codes)
            .finish_non_exhaustive()
    }
}

/// What a second factor becomes active by.
#[derive(Clone)]
pub struct Confirmation {
    /// The second factor that was seen, by its wrapped secret.
    pub wrapped: Vec<u8>,
    /// The step of the code that was shown. It is used up.
    pub step: i64,
    /// One that was made before this has waited for too long.
    pub made_since: Timestamp,
    /// Digests of its recovery codes.
    pub codes: Vec<Digest>,
}

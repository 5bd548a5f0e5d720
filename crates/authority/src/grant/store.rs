//! What is asked of a database about grants and authorization codes.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::account::Session;
use crate::account::store::Turn;
use crate::error::StoreError;
use crate::id::{ApplicationId, CodeId, SessionId, TokenId, UserId};
use crate::journal::Draft;
use crate::scope::Scopes;
use crate::secret::Digest;
use crate::token::Token;
use crate::token::store::{Change, Insertion, KeptSecret};

/// Keeps grants. Each method is one atomic fact with its entry.
#[async_trait]
pub trait GrantStore: Send + Sync {
    /// Keeps a new grant: a session of an application, its refresh token and its access token, in
    /// one fact. Refused as in [`open_session`] and [`insert_token`], and if the
    /// application is gone or its ground is: a password that was changed since, a code that was
    /// redeemed or has expired. A code is redeemed by it. Notes no login date.
    ///
    /// [`open_session`]: crate::account::store::SessionStore::open_session
    /// [`insert_token`]: crate::token::store::TokenStore::insert_token
    async fn open_grant(
        &self,
        pair: &Pair,
        ground: Ground,
        most: Option<u32>,
        note: Draft,
    ) -> Result<Insertion, StoreError>;

    /// Moves a grant on to its next generation, as [`turn_session`]: its access tokens
    /// are revoked at `note.at` and `token` is kept in their place, if the application is not gone.
    ///
    /// [`turn_session`]: crate::account::store::SessionStore::turn_session
    async fn turn_grant(
        &self,
        turn: &Turn,
        token: &Token,
        secret: KeptSecret,
        note: Draft,
    ) -> Result<Insertion, StoreError>;

    /// The access token of a grant that is not revoked.
    async fn token_of_grant(&self, id: SessionId) -> Result<Option<Token>, StoreError>;

    /// Notes that this access token of a grant has been used, if it is the present one. No entry.
    async fn note_grant_used(&self, id: SessionId, token: TokenId) -> Result<(), StoreError>;

    /// Keeps an authorization code, unless its user or its application is gone.
    async fn keep_code(
        &self,
        code: &Code,
        digest: Digest,
        note: Draft,
    ) -> Result<Change, StoreError>;

    /// The authorization code that has one of these digests, redeemed or not.
    async fn code(&self, digests: &[Digest]) -> Result<Option<Code>, StoreError>;

    /// Deletes at most `most` authorization codes that expired before `before`.
    async fn purge_codes(&self, before: Timestamp, most: u32) -> Result<u64, StoreError>;
}

/// A grant as it is kept: a session of an application with its two tokens.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// The session; `session.application` is set.
    pub session: Session,
    /// Digest of its refresh token.
    pub refresh: Digest,
    /// Its access token; `token.session` and `token.application` are set.
    pub token: Token,
    /// What is kept of the access token's secret.
    pub secret: KeptSecret,
}

/// What a grant rests on, which must still hold when it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// A credential of the user's that was shown.
    Credential,
    /// A password of this generation.
    Password(i64),
    /// An authorization code that is not redeemed.
    Code(CodeId),
}

/// An authorization code as it is kept (RFC 6749, section 4.1.2).
#[derive(Clone, PartialEq, Eq)]
pub struct Code {
    /// Identity.
    pub id: CodeId,
    /// Who allowed it.
    pub user: UserId,
    /// Which client it was given to.
    pub application: ApplicationId,
    /// The ceilings that were allowed.
    pub scopes: Scopes,
    /// Where it was sent; the client must say so again.
    pub redirect_uri: String,
    /// SHA-256 of the verifier that the client must show, or the verifier itself if `plain`, as the
    /// client sent it (RFC 7636, section 4.2).
    pub challenge: Option<String>,
    /// Whether the challenge is the verifier itself.
    pub plain: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it is no good.
    pub expires_at: Timestamp,
    /// The grant that was made of it.
    pub session: Option<SessionId>,
    /// The epoch of its user when it was made.
    pub born: i64,
}

impl std::fmt::Debug for Code {
    /// Without the challenge, which may be the verifier itself.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { id, user, application, .. } = self;
        let mut shown = f.debug_struct("Code");
        shown.field("id", id).field("user", user).field("application", application);
        shown.finish_non_exhaustive()
    }
}

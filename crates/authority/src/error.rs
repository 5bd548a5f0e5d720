//! How the core says no, and how it says that it can't tell.

use std::time::Duration;

use uuid::Uuid;

use crate::permission::Permission;

/// Why a call did nothing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The rules say no. Asking again changes nothing.
    #[error(transparent)]
    Refused(#[from] Refusal),

    /// The answer could not be reached. Asking again may help.
    ///
    /// Never fold this into a refusal: a database outage is not an unknown token.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// No answer, which is not a no. The text is for the log and holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no answer: {0}")]
pub struct Unavailable(pub String);

/// What a database could not do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The database did not answer, or not in time, or could not keep what it was given. A fact
    /// that ends so may or may not have happened.
    #[error("storage does not answer: {0}")]
    Unreachable(String),

    /// The same creation, by its idempotency key, happened before. Nothing happened now.
    #[error("this was done before")]
    Replayed(Prior),
}

/// What an idempotency key was used for before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prior {
    /// SHA-256 of the earlier request.
    pub fingerprint: [u8; 32],
    /// What it created.
    pub target: Uuid,
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unreachable(why) => Self::Unavailable(Unavailable(why)),
            StoreError::Replayed(prior) => Self::Refused(Refusal::Replayed { id: prior.target }),
        }
    }
}

/// The shapes that a no can have. Each face has one answer for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// The caller did not show a good credential.
    Unauthenticated,
    /// The caller is known and may not.
    Forbidden,
    /// There is no such thing, or none that the caller may know of.
    Missing,
    /// What was asked for makes no sense.
    Invalid,
    /// It makes sense, but not as things stand.
    Conflict,
    /// Not so often.
    Throttled,
}

/// A no that the rules decided. A new variant does not compile until [`Refusal::shape`] says
/// which shape it has; a face names a variant only if its wire has a code for it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No credential, or none that is good. Says no more, on purpose.
    #[error("credentials are missing or not good")]
    Unauthenticated,
    /// The password is right, and the user has a second factor of which no code came.
    #[error("a code of the second factor is needed")]
    CodeNeeded,
    /// The password is right, and the code is not good, or not any more.
    #[error("the code of the second factor is not good")]
    CodeWrong,
    /// Too many wrong passwords for this account or from this address; the pause is stated.
    #[error("too many attempts; try again in {} seconds", whole_seconds(*wait))]
    TooManyAttempts {
        /// Until when nothing is tried.
        wait: Duration,
    },
    /// The holder or the scopes don't give the permission.
    #[error("permission `{0}` is not held")]
    NotPermitted(Permission),
    /// The caller belongs to no such organization.
    #[error("the organization is not one of the caller's")]
    NotAMember,
    /// A scope was asked for that the caller's own credential doesn't contain.
    #[error("scope `{0}` goes beyond the caller's own")]
    ScopeBeyond(String),
    /// A token was asked to live longer than policy allows.
    #[error("a life beyond {0} is not allowed")]
    LifeBeyond(jiff::Timestamp),
    /// A token was asked to live longer than the one that asks.
    #[error("a life beyond {0}, the end of the caller's own credential, is not allowed")]
    LifeBeyondOwn(jiff::Timestamp),
    /// A token was asked to be good in networks where the one that asks is not.
    #[error("networks beyond those of the caller's own credential are not allowed")]
    NetworkBeyond,
    /// The credential is good, but not so often: its rate is limited.
    #[error("not so often; try again in {} seconds", whole_seconds(*wait))]
    TooOften {
        /// After how long one more request is admitted at the latest.
        wait: Duration,
    },
    /// Tokens that are spent by use or whose rate is limited make no tokens, and neither do those that
    /// were granted to an application.
    #[error("this credential can't make tokens")]
    CannotBreed,
    /// Nothing of this name or id, as far as the caller may know.
    #[error("there is no such {0}")]
    Missing(&'static str),
    /// A token that is not kept can't be revoked by itself.
    #[error("the token is not kept; it ends soon, or with what it was made of")]
    NotKept,
    /// A value is out of its bounds: which, and what they are.
    #[error("{field}: {rule}")]
    Invalid {
        /// The name of the value, in the core's words.
        field: &'static str,
        /// What holds for good values.
        rule: String,
    },
    /// A password is too short, too long, or on the block list: why.
    #[error("the password {0}")]
    PasswordRefused(String),
    /// The old password, given to change it, is wrong.
    #[error("the present password is not this one")]
    PasswordWrong,
    /// A mailed link, invitation or other single-use secret that is unknown, used or too old.
    #[error("the link is not good any more")]
    LinkSpent,
    /// A grant that an OAuth 2 client shows is unknown, another client's, used, over, or not what it
    /// was given for. Says no more, on purpose.
    #[error("the grant is not good")]
    GrantRefused,
    /// A refresh token of the client's own that was not used in time.
    #[error("the refresh token has expired")]
    RefreshExpired,
    /// An OAuth 2 client that may not obtain tokens in this way.
    #[error("the client may not obtain tokens in this way")]
    GrantNotAllowed,
    /// An authorization code that was asked for with a challenge is shown without its verifier.
    #[error("the code needs its verifier")]
    VerifierMissing,
    /// Somebody else keeps the user's account, and settings say that such users make no tokens.
    #[error("users of an external provider make no tokens")]
    ExternalAccount,
    /// The name or address belongs to somebody else.
    #[error("{0} is taken")]
    Taken(&'static str),
    /// The last owner of an organization can be neither removed nor demoted.
    #[error("an organization keeps at least one owner")]
    LastOwner,
    /// The last superuser who can act can be neither demoted, disabled nor deleted.
    #[error("an installation keeps at least one superuser")]
    LastSuperuser,
    /// The holder has as many live tokens as policy allows.
    #[error("no more than {0} live tokens for one holder")]
    TooManyTokens(u32),
    /// The thing is in a state in which this can't be done: which.
    #[error("{0}")]
    Conflict(&'static str),
    /// The same idempotency key made this before.
    #[error("this was created before, as {id}")]
    Replayed {
        /// What was created then.
        id: Uuid,
    },
    /// The idempotency key was used for another request.
    #[error("this idempotency key was used for another request")]
    KeyReused,
}

impl Refusal {
    /// Which shape this no has.
    pub const fn shape(&self) -> Shape {
        match self {
            Self::Unauthenticated | Self::CodeNeeded | Self::CodeWrong => Shape::Unauthenticated,
            Self::TooManyAttempts { .. } | Self::TooOften { .. } => Shape::Throttled,
            Self::NotPermitted(_)
            | Self::NotAMember
            | Self::ScopeBeyond(_)
            | Self::LifeBeyondOwn(_)
            | Self::NetworkBeyond
            | Self::CannotBreed
            | Self::ExternalAccount
            | Self::RefreshExpired
            | Self::PasswordWrong => Shape::Forbidden,
            Self::Missing(_) => Shape::Missing,
            Self::Invalid { .. }
            | Self::LifeBeyond(_)
            | Self::PasswordRefused(_)
            | Self::LinkSpent
            | Self::NotKept
            | Self::GrantRefused
            | Self::GrantNotAllowed
            | Self::VerifierMissing
            | Self::KeyReused => Shape::Invalid,
            Self::Taken(_)
            | Self::LastOwner
            | Self::LastSuperuser
            | Self::TooManyTokens(_)
            | Self::Conflict(_)
            | Self::Replayed { .. } => Shape::Conflict,
        }
    }

    /// After how many seconds it may be tried again, where it is too often.
    pub fn wait_seconds(&self) -> Option<u64> {
        if let Self::TooManyAttempts { wait } | Self::TooOften { wait } = self {
            return Some(whole_seconds(*wait));
        }
        None
    }

    /// A stable word for programs, the same on every face that shows one.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated => "unauthenticated",
            Self::CodeNeeded => "code_needed",
            Self::CodeWrong => "code_wrong",
            Self::TooManyAttempts { .. } => "too_many_attempts",
            Self::NotPermitted(_) => "not_permitted",
            Self::NotAMember => "not_a_member",
            Self::ScopeBeyond(_) => "scope_beyond",
            Self::LifeBeyond(_) | Self::LifeBeyondOwn(_) => "life_beyond",
            Self::NetworkBeyond => "network_beyond",
            Self::TooOften { .. } => "too_often",
            Self::CannotBreed => "cannot_breed",
            Self::Missing(_) => "not_found",
            Self::Invalid { .. } => "invalid",
            Self::PasswordRefused(_) => "password_refused",
            Self::PasswordWrong => "password_wrong",
            Self::LinkSpent => "link_spent",
            Self::NotKept => "not_kept",
            Self::GrantRefused => "grant_refused",
            Self::RefreshExpired => "refresh_expired",
            Self::GrantNotAllowed => "grant_not_allowed",
            Self::VerifierMissing => "verifier_missing",
            Self::ExternalAccount => "external_account",
            Self::Taken(_) => "taken",
            Self::LastOwner => "last_owner",
            Self::LastSuperuser => "last_superuser",
            Self::TooManyTokens(_) => "too_many_tokens",
            Self::Conflict(_) => "conflict",
            Self::Replayed { .. } => "replayed",
            Self::KeyReused => "key_reused",
        }
    }

    /// A value out of its bounds.
    pub fn invalid(field: &'static str, rule: impl Into<String>) -> Self {
        Self::Invalid { field, rule: rule.into() }
    }
}

/// A wait in seconds, at least 1. It is rounded up: who comes back earlier is refused again.
pub fn whole_seconds(wait: Duration) -> u64 {
    let begun = u64::from(wait.subsec_nanos() > 0);
    wait.as_secs().saturating_add(begun).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_told_to_come_back_too_early() {
        for (millis, seconds) in [(0, 1), (1, 1), (1_000, 1), (1_001, 2), (1_900, 2), (30_000, 30)]
        {
            let refusal = Refusal::TooOften { wait: Duration::from_millis(millis) };
            assert_eq!(refusal.wait_seconds(), Some(seconds), "{millis}");
            assert_eq!(
                refusal.to_string(),
                format!("not so often; try again in {seconds} seconds")
            );
        }
        assert_eq!(Refusal::Unauthenticated.wait_seconds(), None);
    }
}

//! What goes wrong between here and the server, and whether trying again may help.

use authority::error::StoreError;
use tokio_postgres::error::SqlState;

use crate::text::Unreadable;

/// Why a statement gave no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// The server refused it, or the connection broke.
    #[error("{}", said(.0))]
    Database(#[from] tokio_postgres::Error),
    /// The answer can't be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// The server did not answer in time.
    #[error("no answer within {0} ms")]
    Late(u128),
    /// Anything else: what.
    #[error("{0}")]
    Other(String),
}

impl Failure {
    /// How often the same fact may be tried in a transaction of its own: it may well succeed if it
    /// met another one. A unique key counts, because the fact sees the other's row the next time.
    /// Whoever holds a lock for long would hold up all that waits for the writer.
    pub(super) fn tries(&self) -> u32 {
        let collisions = [
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::UNIQUE_VIOLATION,
        ];
        match self.code() {
            Some(code) if collisions.contains(code) => 5,
            Some(code) if *code == SqlState::LOCK_NOT_AVAILABLE => 2,
            _ => 1,
        }
    }

    /// Whether it only says that an earlier statement of the transaction failed.
    pub(super) fn is_echo(&self) -> bool {
        self.code() == Some(&SqlState::IN_FAILED_SQL_TRANSACTION)
    }

    /// Whether another entry stands where one was to be written: this lane's end is another.
    pub(super) fn is_misplaced(&self) -> bool {
        let Self::Database(error) = self else { return false };
        error.as_db_error().is_some_and(|refusal| refusal.constraint() == Some("journal_pkey"))
    }

    /// Whether the connection is no good any more: it broke, or the server is closing it.
    pub(super) fn is_broken(&self) -> bool {
        let closing =
            [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN, SqlState::CANNOT_CONNECT_NOW];
        let Self::Database(error) = self else { return false };
        error.is_closed()
            || std::error::Error::source(error)
                .is_some_and(<dyn std::error::Error>::is::<std::io::Error>)
            || self.code().is_some_and(|code| closing.contains(code))
    }

    /// Whether the server itself answered: the statement then did nothing.
    pub(super) fn is_refusal(&self) -> bool {
        self.code().is_some()
    }

    fn code(&self) -> Option<&SqlState> {
        match self {
            Self::Database(error) => error.code(),
            Self::Unreadable(_) | Self::Late(_) | Self::Other(_) => None,
        }
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        Self::Unreachable(failure.to_string())
    }
}

impl From<deadpool_postgres::PoolError> for Failure {
    fn from(error: deadpool_postgres::PoolError) -> Self {
        Self::Other(format!("no connection: {error}"))
    }
}

/// The server's message and code, or what broke. A detail may name values and is left out.
fn said(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(refusal) => format!("{} ({})", refusal.message(), refusal.code().code()),
        None => match std::error::Error::source(error) {
            Some(cause) => format!("{error}: {cause}"),
            None => error.to_string(),
        },
    }
}

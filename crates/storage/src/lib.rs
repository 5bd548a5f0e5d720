//! Two databases that keep what the core asks: SQLite, one file and one node; PostgreSQL, many
//! nodes.
//!
//! Read [`text`], what both spell alike; then [`sqlite`] and [`postgres`], mirror images file by
//! file. Both are held to one suite, `tests/facts`.
//!
//! **Invariant**: no rule lives here. A method is one atomic fact that the core named; whether it
//! may happen is decided by the statement that makes it happen.

pub mod postgres;
mod search;
pub mod sqlite;
mod text;

use std::sync::atomic::{AtomicBool, AtomicU64};

/// What a writer has done since its database was opened.
#[derive(Debug, Default)]
pub struct Stats {
    /// Transactions that were committed.
    pub batches: AtomicU64,
    /// Facts and other writes that were answered, whatever they did.
    pub facts: AtomicU64,
    /// Facts and other writes that could not be kept.
    pub failures: AtomicU64,
    /// Whether the disk failed under a commit. Nothing is written any more then; a server should
    /// stop.
    pub broken: AtomicBool,
}

//! Two databases that keep what the core asks: SQLite, one file and one node; PostgreSQL, many
//! nodes.
//!
//! Read [`text`], what both spell alike; then [`sqlite`] and [`postgres`], mirror images file by
//! file. Both are held to one suite, `tests/facts`.
//!
//! **Invariant**: no rule lives here. A method is one atomic fact that the core named; whether it
//! may happen is decided by the statement that makes it happen.

pub mod postgres;
pub mod sqlite;
mod text;

pub use self::sqlite::Stats;

//! PostgreSQL: one database, many nodes.
//!
//! Read [`Postgres`]; then how a change is made: `writer.rs`, the task that every change goes
//! through, `fact.rs`, what it is given, `desk.rs`, a batch as one transaction, `line.rs` and
//! `session.rs`, how statements travel, and `statement.rs`, what most facts are; then `readers.rs`; then the facts, a file for each kind
//! of thing. `connect.rs` and `tls.rs` say how a connection is made, `row.rs` how a row is read,
//! `schema.rs` what is in the database.
//!
//! **Invariant**: one connection of each node writes, and it fills one lane of the journal. No
//! fact commits by itself.

mod accounts;
mod applications;
mod clients;
mod codes;
mod connect;
mod desk;
mod examine;
mod fact;
mod failure;
mod grants;
mod groups;
mod installation;
mod issue;
mod journal;
mod line;
mod memberships;
mod once;
mod organizations;
mod readers;
mod roster;
mod row;
mod schema;
mod searches;
mod second_factors;
mod service_accounts;
mod session;
mod sessions;
mod standing;
mod stands;
mod statement;
mod superusers;
mod tenants;
mod throttles;
mod tls;
mod tokens;
mod turns;
mod usage;
mod users;
mod writer;

use std::sync::Arc;
use std::time::Duration;

use authority::error::StoreError;
use authority::journal::{Draft, Lane};

use self::connect::Connector;
use self::desk::Desk;
pub use self::examine::Examination;
use self::fact::Told;
use self::failure::Failure;
use self::readers::Readers;
use self::session::Session;
use self::writer::Writer;
pub use crate::Stats;

/// Connections for following the journal.
const MOST_FOLLOWERS: usize = 2;

/// A PostgreSQL database, as one node uses it.
///
/// Dropping it closes its connections and frees its lane.
pub struct Postgres {
    readers: Readers,
    /// Those who follow the journal. They have connections of their own: a node that waits behind
    /// slow readers can't renew its lease.
    followers: Readers,
    writer: Writer,
    stats: Arc<Stats>,
    lane: Lane,
}

/// How the database is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// The most connections that read. Two more follow the journal, and one writes.
    pub readers: usize,
    /// How long a caller waits for an answer before it gets
    /// [`Unreachable`](StoreError::Unreachable).
    pub patience: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { readers: 8, patience: Duration::from_secs(2) }
    }
}

/// Why a database can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It was written by a newer version.
    #[error("the database has schema {found}; this version knows schemas up to {known}")]
    NewerSchema {
        /// The schema of the database.
        found: i64,
        /// The newest that is known here.
        known: i64,
    },
    /// The server is too old.
    #[error("PostgreSQL {0} serves; 14 or newer is needed")]
    OldServer(i32),
    /// The database can't hold every text.
    #[error("the database is encoded in {0}; UTF8 is needed")]
    Encoding(String),
    /// The URL, or a file that it names, is not as it should be.
    #[error("the database URL can't be used: {0}")]
    Url(String),
    /// PostgreSQL says no, or nothing.
    #[error("the database can't be opened: {0}")]
    Database(String),
}

impl From<Failure> for OpenError {
    fn from(failure: Failure) -> Self {
        Self::Database(failure.to_string())
    }
}

impl Postgres {
    /// Opens a database. An older schema is brought up to date, one migration after the other.
    /// The writer is a task of the runtime that this is called on.
    ///
    /// `url` is `postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=MODE&sslrootcert=FILE`,
    /// percent-encoded. With the mode `disable` nothing is encrypted; with `prefer`, the default,
    /// all is if the server can, whoever it is; with `require` the server must be vouched for, by
    /// name, by the authorities in `FILE` or else by public ones.
    ///
    /// # Errors
    ///
    /// See [`OpenError`]. Nothing has been changed then, except that migrations before the one
    /// that failed are kept.
    pub async fn open(url: &str, options: Options) -> Result<Self, OpenError> {
        let connector = Connector::new(url)?;
        let mut client = connector.plain().await?;
        schema::check_fitness(&client).await?;
        schema::migrate(&mut client).await?;
        drop(client);
        let readers = Readers::new(&connector, options.readers, options.patience)?;
        let followers = Readers::new(&connector, MOST_FOLLOWERS, options.patience)?;
        let desk = Desk::open(&connector).await?;
        let (lane, stats) = (desk.lane(), Arc::new(Stats::default()));
        let writer = Writer::start(connector, desk, options.patience, Arc::clone(&stats));
        Ok(Self { readers, followers, writer, stats, lane })
    }

    /// What the writer has done so far.
    pub fn stats(&self) -> Arc<Stats> {
        Arc::clone(&self.stats)
    }

    /// The lane that the writer took when it was opened. It may take another after a
    /// reconnection.
    pub fn first_lane(&self) -> Lane {
        self.lane
    }

    /// Tells one fact, with its entry if it did something.
    async fn tell<T, F, Fut>(&self, note: Draft, fact: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Fn(Session) -> Fut + Send + 'static,
        Fut: Future<Output = Result<Told<T>, Failure>> + Send + 'static,
    {
        self.writer.tell(Some(note), false, fact).await
    }

    /// Tells one fact of several statements that must not mingle with those of other facts: in a
    /// transaction of its own.
    async fn tell_alone<T, F, Fut>(&self, note: Draft, fact: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Fn(Session) -> Fut + Send + 'static,
        Fut: Future<Output = Result<Told<T>, Failure>> + Send + 'static,
    {
        self.writer.tell(Some(note), true, fact).await
    }

    /// Writes what is not a fact: no entry.
    async fn tell_quietly<T, F, Fut>(&self, change: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Fn(Session) -> Fut + Send + 'static,
        Fut: Future<Output = Result<Told<T>, Failure>> + Send + 'static,
    {
        self.writer.tell(None, false, change).await
    }
}

//! SQLite: one file, one node.
//!
//! Read [`Sqlite`], then `writer.rs`, through which every change goes, and `readers.rs`; then the
//! facts, a file for each kind of thing. `row.rs` says how a row is read, `schema.rs` what is in
//! the file, `file.rs` what lies beside it.
//!
//! **Invariant**: one connection writes, on one thread, and it alone begins, commits and
//! checkpoints. No fact commits by itself.

mod accounts;
mod applications;
mod clients;
mod codes;
mod file;
mod grants;
mod groups;
mod installation;
mod issue;
mod journal;
mod memberships;
mod order;
mod organizations;
mod quotas;
mod readers;
mod roster;
mod row;
mod schema;
mod searches;
mod second_factors;
mod service_accounts;
mod sessions;
mod standing;
mod stands;
mod tenants;
mod throttles;
mod tokens;
mod turns;
mod usage;
mod users;
mod writer;

use std::io;
use std::path::Path;
use std::sync::Arc;

use authority::error::StoreError;
use authority::journal::Draft;
use rusqlite::{Connection, OpenFlags};

use self::file::{Beside, Lock, Reserve};
use self::order::Told;
use self::quotas::Quotas;
use self::readers::Readers;
use self::row::Failure;
use self::writer::{Writer, WriterHandle};
pub use crate::Stats;

/// The oldest SQLite that is used: those before can corrupt a WAL that is reset while it is read.
const OLDEST_LIBRARY: i32 = 3_051_003;

/// The embedded database.
///
/// Its methods may be called from any runtime. Dropping it lets the queued facts happen, closes
/// the file and gives up its lock.
#[derive(Debug)]
pub struct Sqlite {
    // In the order of closing: the last connection to close is the writer's, which checkpoints.
    readers: Readers,
    writer: WriterHandle,
    quotas: Arc<Quotas>,
    /// None where another process may have it.
    _lock: Option<Lock>,
}

/// How the database is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Threads that read, each with a connection.
    pub readers: usize,
    /// Facts, and as many reads, that may wait. More wait outside, for at most 2 s.
    pub queue: usize,
    /// The most pages of 4 KiB that the file may have. What takes something away may go 16 MiB
    /// beyond.
    pub most_pages: Option<u32>,
    /// Whether to set aside 16 MiB beside the file, so that tokens can be revoked when the disk
    /// is full.
    pub reserve: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { readers: 4, queue: 4096, most_pages: None, reserve: true }
    }
}

/// Why a database can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it open. It is the only one that may.
    #[error("the database is in use by another process")]
    InUse,
    /// It was written by a newer version.
    #[error("the database has schema {found}; this version knows schemas up to {known}")]
    NewerSchema {
        /// The schema of the file.
        found: i64,
        /// The newest that is known here.
        known: i64,
    },
    /// It was written by an older version, and is only looked at now.
    #[error("the database has schema {0}; start the server once to bring it up to date")]
    OlderSchema(i64),
    /// The file is some other program's.
    #[error("the file is not a database of Chancery's")]
    Foreign,
    /// The linked SQLite has a bug that corrupts.
    #[error("SQLite {0} is linked; 3.51.3 or newer is needed")]
    OldLibrary(&'static str),
    /// What a check after an unclean stop found.
    #[error("the database is damaged: {0}")]
    Damaged(String),
    /// The file system says no.
    #[error("the database file can't be used: {0}")]
    File(#[from] io::Error),
    /// SQLite says no.
    #[error("the database can't be opened: {0}")]
    Database(#[from] rusqlite::Error),
}

impl Sqlite {
    /// Opens a database, or makes it, mode 0600. An older schema is brought up to date, one
    /// migration after the other.
    ///
    /// It blocks: for milliseconds, or for as long as migrations take.
    ///
    /// # Errors
    ///
    /// See [`OpenError`]. Nothing has been changed then, except that migrations before the one
    /// that failed are kept.
    pub fn open(path: &Path, options: Options) -> Result<Self, OpenError> {
        if rusqlite::version_number() < OLDEST_LIBRARY {
            return Err(OpenError::OldLibrary(rusqlite::version()));
        }
        let beside = Beside::of(path);
        let lock = Lock::take(&beside)?;
        file::make_private(path)?;
        let unclean = beside.was_left_unclean();
        let mut connection =
            Connection::open_with_flags(path, flags(OpenFlags::SQLITE_OPEN_READ_WRITE))?;
        schema::settle(&connection)?;
        schema::migrate(&mut connection)?;
        if unclean {
            schema::check_if_quick(&connection)?;
        }
        let reserve = Reserve::new(&beside, options);
        let quotas = Arc::default();
        let writer = Writer::new(connection, reserve, Arc::clone(&quotas))?.start(options.queue)?;
        let readers = Readers::start(options, || reader(path))?;
        Ok(Self { readers, writer, quotas, _lock: Some(lock) })
    }

    /// Opens a database to look at it, whether somebody else has it open or not. Nothing can be
    /// written, and nothing is brought up to date.
    ///
    /// # Errors
    ///
    /// See [`OpenError`].
    pub fn open_beside(path: &Path, options: Options) -> Result<Self, OpenError> {
        let reader = || reader(path);
        schema::expect(&reader()?)?;
        let readers = Readers::start(options, reader)?;
        Ok(Self { readers, writer: WriterHandle::none(), quotas: Arc::default(), _lock: None })
    }

    /// What the writer has done so far.
    pub fn stats(&self) -> Arc<Stats> {
        self.writer.stats()
    }

    /// Tells one fact, with its entry if it did something.
    async fn tell<T: Send + 'static>(
        &self,
        note: Draft,
        fact: impl Fn(&Connection, &Draft) -> Result<Told<T>, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.writer.tell(note, fact).await
    }

    /// Writes what is not a fact: no entry.
    async fn write<T: Send + 'static>(
        &self,
        change: impl Fn(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.writer.write(change).await
    }

    /// Reads. More than one statement is not one moment.
    async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.readers.read(query).await
    }
}

fn reader(path: &Path) -> Result<Connection, OpenError> {
    let connection = Connection::open_with_flags(path, flags(OpenFlags::SQLITE_OPEN_READ_ONLY))?;
    schema::settle_reader(&connection)?;
    Ok(connection)
}

fn flags(mode: OpenFlags) -> OpenFlags {
    mode | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_EXRESCODE
}

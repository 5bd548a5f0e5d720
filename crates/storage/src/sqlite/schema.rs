//! What is in the file, and how a connection to it is set.

use std::cmp::Ordering;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, TransactionBehavior};

use super::{OpenError, searches};

/// Each schema after the other; the first is number 1.
const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/sqlite/0001_first.sql"),
    include_str!("../../migrations/sqlite/0002_clients.sql"),
    include_str!("../../migrations/sqlite/0003_slugs.sql"),
    include_str!("../../migrations/sqlite/0004_second_factors.sql"),
    include_str!("../../migrations/sqlite/0005_limits_and_usage.sql"),
];

/// `chcy`: says in the file's header whose it is.
const APPLICATION: i64 = 0x6368_6379;

/// Pages of the write-ahead log after which the writer moves them into the file: 32 MiB.
const CHECKPOINT_PAGES: u32 = 8192;

/// Up to this size a check takes less than half a second: 64 MiB.
const QUICKLY_CHECKED: i64 = 64 << 20;

const SETTINGS: &str = "
    PRAGMA busy_timeout = 2000;
    PRAGMA mmap_size = 0;
    PRAGMA temp_store = MEMORY;
    PRAGMA trusted_schema = OFF;
    PRAGMA foreign_keys = ON;";

/// Sets the one connection that writes.
pub(super) fn settle(connection: &Connection) -> Result<(), OpenError> {
    settle_both(connection)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA secure_delete = ON;
         PRAGMA cache_size = -65536;",
    )?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    Ok(())
}

/// Sets a connection that reads and searches, and never checkpoints.
pub(super) fn settle_reader(connection: &Connection) -> Result<(), OpenError> {
    settle_both(connection)?;
    connection.execute_batch(
        "PRAGMA query_only = ON;
         PRAGMA wal_autocheckpoint = 0;
         PRAGMA cache_size = -8192;",
    )?;
    searches::add_functions(connection)?;
    Ok(())
}

fn settle_both(connection: &Connection) -> Result<(), OpenError> {
    connection.execute_batch(SETTINGS)?;
    // The stable query planner: without it a statement that might use a partial index is compiled
    // anew whenever a value is bound to it, which takes ten times as long as running it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(256);
    Ok(())
}

/// Whether the schema is the one that is known here, and the file ours.
pub(super) fn expect(connection: &Connection) -> Result<(), OpenError> {
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    let found = pragma(connection, "user_version")?;
    if pragma(connection, "application_id")? != APPLICATION {
        return Err(OpenError::Foreign);
    }
    match found.cmp(&known) {
        Ordering::Less => Err(OpenError::OlderSchema(found)),
        Ordering::Equal => Ok(()),
        Ordering::Greater => Err(OpenError::NewerSchema { found, known }),
    }
}

/// Brings the schema up to date, each step in a transaction of its own.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), OpenError> {
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    let found = pragma(connection, "user_version")?;
    if found > known {
        return Err(OpenError::NewerSchema { found, known });
    }
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let whose = pragma(connection, "application_id")?;
    if whose != APPLICATION && (whose != 0 || found != 0 || tables != 0) {
        return Err(OpenError::Foreign);
    }
    for (version, migration) in (1_i64..).zip(MIGRATIONS) {
        if version > found {
            let step = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            step.execute_batch(migration)?;
            step.pragma_update(None, "application_id", APPLICATION)?;
            step.pragma_update(None, "user_version", version)?;
            step.commit()?;
        }
    }
    Ok(())
}

/// Looks through a small file for damage, after a stop that was not clean.
///
/// A large one is not looked through: it would hold up the start by seconds, and a stop that is
/// not clean damages nothing by itself, as the write-ahead log is replayed.
pub(super) fn check_if_quick(connection: &Connection) -> Result<(), OpenError> {
    let size = pragma(connection, "page_count")?.saturating_mul(pragma(connection, "page_size")?);
    if size > QUICKLY_CHECKED {
        return Ok(());
    }
    let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if found == "ok" { Ok(()) } else { Err(OpenError::Damaged(found)) }
}

/// Moves what the write-ahead log holds into the file, as far as no reader is in the way.
pub(super) fn checkpoint(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
}

/// Sets the most pages that the file may have.
pub(super) fn limit_pages(connection: &Connection, most: u32) -> Result<(), rusqlite::Error> {
    // The statement gives a row: the limit as it is now.
    connection.pragma_update_and_check(None, "max_page_count", most, |_| Ok(()))
}

fn pragma(connection: &Connection, name: &str) -> Result<i64, rusqlite::Error> {
    connection.pragma_query_value(None, name, |row| row.get(0))
}

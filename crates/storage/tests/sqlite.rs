//! The facts on SQLite, and what is true of SQLite alone.

#![expect(clippy::unwrap_used, reason = "a database that can't be opened has failed")]

mod facts;

use std::ops::Deref;
use std::path::PathBuf;

use storage::sqlite::{Options, Sqlite};
use tempfile::TempDir;

/// A database in a directory that goes with it.
struct Kept {
    // Closed before its directory goes.
    store: Sqlite,
    directory: TempDir,
}

impl Deref for Kept {
    type Target = Sqlite;

    fn deref(&self) -> &Sqlite {
        &self.store
    }
}

const OPTIONS: Options = Options { readers: 2, queue: 64, most_pages: None, reserve: false };

fn path(directory: &TempDir) -> PathBuf {
    directory.path().join("chancery.db")
}

/// A database with nothing in it.
async fn empty_store() -> Kept {
    let directory = TempDir::new().unwrap();
    Kept { store: Sqlite::open(&path(&directory), OPTIONS).unwrap(), directory }
}

/// The same database, closed and opened again.
async fn reopen(kept: Kept) -> Kept {
    let Kept { store, directory } = kept;
    drop(store);
    Kept { store: Sqlite::open(&path(&directory), OPTIONS).unwrap(), directory }
}

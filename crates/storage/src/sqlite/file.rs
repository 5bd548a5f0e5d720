//! What lies beside the database: the lock that keeps others out, and the reserve for a full disk.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::FallocateFlags;

use super::{OpenError, Options};

/// Bytes set aside: room for some thousand revocations.
const RESERVE: u64 = 16 << 20;
/// As many in pages.
const RESERVE_PAGES: u32 = 4096;
/// The most pages SQLite can count.
const ANY_PAGES: u32 = 4_294_967_294;

/// Names of the files beside a database.
#[derive(Debug)]
pub(super) struct Beside {
    lock: PathBuf,
    reserve: PathBuf,
    log: PathBuf,
}

impl Beside {
    pub(super) fn of(path: &Path) -> Self {
        let with = |ending: &str| {
            let mut name = OsString::from(path);
            name.push(ending);
            PathBuf::from(name)
        };
        Self { lock: with("-lock"), reserve: with("-reserve"), log: with("-wal") }
    }

    /// Whether the write-ahead log still holds something: a clean stop leaves none.
    pub(super) fn was_left_unclean(&self) -> bool {
        fs::metadata(&self.log).is_ok_and(|log| log.len() > 0)
    }
}

/// Makes the file if there is none, for its owner only.
pub(super) fn make_private(path: &Path) -> io::Result<()> {
    private(path).map(drop)
}

fn private(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

/// Held for as long as the database is open. It dies with the process.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    pub(super) fn take(beside: &Beside) -> Result<Self, OpenError> {
        let file = private(&beside.lock)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }
}

/// Room that only those facts may use that take something away.
///
/// It is a file beside the database, which is deleted to make room on a full disk, and the
/// pages between the number that the owner allowed and the number that SQLite is told.
#[derive(Debug)]
pub(super) struct Reserve {
    path: PathBuf,
    wanted: bool,
    held: bool,
    /// Whether the disk has no room for it: then only what takes something away may use the rest.
    short: bool,
    most_pages: u32,
}

impl Reserve {
    pub(super) fn new(beside: &Beside, options: Options) -> Self {
        let mut reserve = Self {
            path: beside.reserve.clone(),
            wanted: options.reserve,
            held: false,
            short: false,
            most_pages: options.most_pages.unwrap_or(ANY_PAGES),
        };
        reserve.renew();
        reserve
    }

    /// Sets the room aside again, if it was used. A file system that can't do so is left alone.
    pub(super) fn renew(&mut self) {
        if !self.wanted || self.held {
            return;
        }
        let made = private(&self.path).and_then(|file| {
            rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, RESERVE)?;
            Ok(())
        });
        self.held = made.is_ok();
        let short = made.as_ref().is_err_and(|error| {
            matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
        });
        if let Err(error) = made {
            if short != self.short || !short {
                tracing::warn!(%error, "no room is set aside for revoking on a full disk");
            }
            // It may have been made in part; nothing depends on its going.
            let _ = fs::remove_file(&self.path);
        } else if self.short {
            tracing::info!("the disk has room again");
        }
        self.short = short;
    }

    /// Whether what is left of the disk is kept for taking away.
    pub(super) fn is_short(&self) -> bool {
        self.short
    }

    /// Gives the room away.
    pub(super) fn spend(&mut self) {
        if self.held {
            tracing::warn!("the disk is full: the reserve is used to take something away");
            self.held = fs::remove_file(&self.path).is_err();
            self.short = !self.held;
        }
    }

    /// Pages that any fact may use.
    pub(super) fn ordinary_pages(&self) -> u32 {
        self.most_pages
    }

    /// Pages that a fact may use that takes something away.
    pub(super) fn all_pages(&self) -> u32 {
        self.most_pages.saturating_add(RESERVE_PAGES).min(ANY_PAGES)
    }
}

//! The file with the gateway's rules: read at the start, and again when it has changed.
//!
//! **Invariant**: a file that can't be read, or has a fault, replaces nothing.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use authority::Authority;
use authority::rules::{Fault, LONGEST_TEXT, RuleSet};
use parking_lot::Mutex;

/// Why a file gives no rules.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// It can't be read.
    #[error("rules ({0}): {1}")]
    File(PathBuf, io::Error),
    /// It can be read, and these are wrong with it.
    #[error("rules ({}): {}", .0.display(), told(.1).join("; "))]
    Faults(PathBuf, Vec<Fault>),
}

impl RulesError {
    /// All that is wrong, a line each.
    pub fn lines(&self) -> Vec<String> {
        match self {
            Self::File(..) => vec![self.to_string()],
            Self::Faults(path, faults) => {
                let path = path.display();
                told(faults).iter().map(|fault| format!("rules ({path}): {fault}")).collect()
            }
        }
    }
}

fn told(faults: &[Fault]) -> Vec<String> {
    faults.iter().map(ToString::to_string).collect()
}

/// Reads rules from a file.
///
/// # Errors
///
/// [`RulesError`] with all that is wrong.
pub fn read(path: &Path) -> Result<RuleSet, RulesError> {
    let mut text = String::new();
    let most = u64::try_from(LONGEST_TEXT).unwrap_or(u64::MAX);
    // One byte more, so that a file that is too long is told to be.
    let read = File::open(path).and_then(|file| file.take(most + 1).read_to_string(&mut text));
    read.map_err(|error| RulesError::File(path.to_owned(), error))?;
    RuleSet::parse(&text).map_err(|faults| RulesError::Faults(path.to_owned(), faults))
}

/// By what a change of a file is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    /// When anything about it was last changed, its mode too: seconds since 1970, and nanoseconds.
    changed: (i64, i64),
    length: u64,
    inode: u64,
}

impl Stamp {
    /// The file's; `None` if there is none.
    fn of(path: &Path) -> Option<Self> {
        let found = fs::metadata(path).ok()?;
        Some(Self {
            modified: found.modified().ok(),
            changed: (found.ctime(), found.ctime_nsec()),
            length: found.len(),
            inode: found.ino(),
        })
    }
}

/// A file with rules, and what was seen of it.
#[derive(Debug)]
pub(crate) struct RulesFile {
    path: PathBuf,
    /// Reading the file and taking what was read is one step, so that nothing older comes later.
    seen: Mutex<Seen>,
}

/// Stamps of a file.
#[derive(Debug)]
struct Seen {
    /// When it was last looked at.
    last: Option<Stamp>,
    /// When it was last read. `None`: it could not be, and is tried again.
    read: Option<Stamp>,
}

impl RulesFile {
    /// Reads a file for the first time.
    pub(crate) fn open(path: &Path) -> Result<(Self, RuleSet), RulesError> {
        // What changes after this is read again.
        let stamp = Stamp::of(path);
        let set = read(path)?;
        let seen = Mutex::new(Seen { last: stamp, read: stamp });
        Ok((Self { path: path.to_owned(), seen }, set))
    }

    /// Has the authority take what is in it.
    fn take(&self, authority: &Authority) {
        if let Err(error) = self.renew(&mut self.seen.lock(), authority) {
            tell(&error);
        }
    }

    /// The same, if it has changed since it was read, and not any more since it was last looked at:
    /// somebody may be writing it. One that can't be read is told of once.
    fn take_if_changed(&self, authority: &Authority) {
        let mut seen = self.seen.lock();
        let stamp = Stamp::of(&self.path);
        let settled = std::mem::replace(&mut seen.last, stamp) == stamp;
        let tried = seen.read.is_none();
        if !settled || (stamp == seen.read && !tried) {
            return;
        }
        match self.renew(&mut seen, authority) {
            Err(RulesError::File(..)) if tried => {}
            Err(error) => tell(&error),
            Ok(()) => {}
        }
    }

    fn renew(&self, seen: &mut Seen, authority: &Authority) -> Result<(), RulesError> {
        let stamp = Stamp::of(&self.path);
        let found = read(&self.path);
        seen.read = if matches!(found, Err(RulesError::File(..))) { None } else { stamp };
        let set = found.inspect_err(|_| authority.doubt_rules())?;
        tracing::info!(rules = set.rules().len(), "the rules of the file are taken");
        authority.set_rules(set);
        Ok(())
    }
}

fn tell(error: &RulesError) {
    tracing::warn!(%error, "the rules of the file are not taken; those before hold");
}

/// Brings what holds up to what is written.
#[derive(Clone)]
pub struct Reload {
    authority: Authority,
    file: Option<Arc<RulesFile>>,
}

impl Reload {
    pub(crate) fn new(authority: &Authority, file: Option<RulesFile>) -> Self {
        Self { authority: authority.clone(), file: file.map(Arc::new) }
    }

    /// Reads the rules again: of the file, or of the database if there is none.
    pub async fn now(&self) {
        if self.file.is_some() {
            return self.has(RulesFile::take).await;
        }
        match self.authority.load_rules().await {
            Ok(()) => tracing::info!("the rules of the database are read"),
            Err(error) => tracing::warn!(%error, "the rules of the database are not taken"),
        }
    }

    /// Reads the file again if it has changed.
    pub(crate) async fn if_changed(&self) {
        self.has(RulesFile::take_if_changed).await;
    }

    /// Has this done with the file, where a file system that hangs holds nobody else up.
    async fn has(&self, done: fn(&RulesFile, &Authority)) {
        let Some(file) = self.file.clone() else { return };
        let authority = self.authority.clone();
        // A panic in there was told.
        let _ = tokio::task::spawn_blocking(move || done(&file, &authority)).await;
    }
}

#[cfg(test)]
mod tests;

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
    length: u64,
    inode: u64,
}

impl Stamp {
    /// The file's; `None` if there is none.
    fn of(path: &Path) -> Option<Self> {
        let found = fs::metadata(path).ok()?;
        Some(Self { modified: found.modified().ok(), length: found.len(), inode: found.ino() })
    }
}

/// A file with rules, and what was seen of it.
#[derive(Debug)]
pub(crate) struct RulesFile {
    path: PathBuf,
    seen: Mutex<Seen>,
}

/// Stamps of a file.
#[derive(Debug)]
struct Seen {
    /// When it was last looked at.
    last: Option<Stamp>,
    /// When it was last read.
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

    /// Whether it has changed since it was read, and not any more since it was last looked at: somebody
    /// may be writing it.
    fn has_changed(&self) -> bool {
        let stamp = Stamp::of(&self.path);
        let mut seen = self.seen.lock();
        let settled = std::mem::replace(&mut seen.last, stamp) == stamp;
        settled && stamp != seen.read
    }

    fn read(&self) -> Result<RuleSet, RulesError> {
        let mut seen = self.seen.lock();
        seen.read = Stamp::of(&self.path);
        read(&self.path)
    }
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
        let Some(file) = &self.file else {
            match self.authority.load_rules().await {
                Ok(()) => tracing::info!("the rules of the database are read"),
                Err(error) => tracing::warn!(%error, "the rules of the database are not taken"),
            }
            return;
        };
        self.take(file).await;
    }

    /// Reads the file again if it has changed.
    pub(crate) async fn if_changed(&self) {
        if let Some(file) = self.file.as_ref().filter(|file| file.has_changed()) {
            self.take(file).await;
        }
    }

    async fn take(&self, file: &Arc<RulesFile>) {
        let (authority, file) = (self.authority.clone(), Arc::clone(file));
        let taken = tokio::task::spawn_blocking(move || match file.read() {
            Ok(set) => {
                tracing::info!(rules = set.rules().len(), "the rules of the file are taken");
                authority.set_rules(set);
            }
            Err(error) => {
                tracing::warn!(%error, "the rules of the file are not taken; those before hold");
                authority.doubt_rules();
            }
        });
        // A panic in there was told.
        let _ = taken.await;
    }
}

#[cfg(test)]
mod tests {
    use testing::World;

    use super::*;

    const ONE: &str = "described_by = [\"path\"]\n[[rule]]\npaths = [\"/a\"]\npublic = true\n";

    struct Scene {
        world: World,
        reload: Reload,
        path: PathBuf,
        _folder: tempfile::TempDir,
    }

    impl Scene {
        /// A node whose file has one rule.
        async fn new() -> Self {
            let world = World::new().await;
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("rules.toml");
            fs::write(&path, ONE).unwrap();
            let (file, set) = RulesFile::open(&path).unwrap();
            world.authority.set_rules(set);
            let reload = Reload::new(&world.authority, Some(file));
            Self { world, reload, path, _folder: folder }
        }

        /// How many rules hold, and whether they are stale.
        fn holds(&self) -> (usize, bool) {
            let authority = &self.world.authority;
            (authority.rules().unwrap().rules().len(), authority.rules_are_stale())
        }

        async fn looks(&self, times: usize) {
            for _ in 0..times {
                self.reload.if_changed().await;
            }
        }
    }

    fn two() -> String {
        ONE.replace("[[rule]]", "[[rule]]\npaths = [\"/b\"]\ntoken = \"any\"\n[[rule]]")
    }

    #[tokio::test]
    async fn a_file_that_has_changed_is_taken_once_it_stays_as_it_is() {
        let scene = Scene::new().await;
        fs::write(&scene.path, two()).unwrap();
        scene.looks(1).await;
        assert_eq!(scene.holds(), (1, false), "somebody may still be writing");
        scene.looks(1).await;
        assert_eq!(scene.holds(), (2, false));
    }

    #[tokio::test]
    async fn a_file_that_stays_is_not_read_again() {
        let scene = Scene::new().await;
        let since = scene.world.authority.rules().unwrap();
        scene.looks(3).await;
        assert!(Arc::ptr_eq(&since, &scene.world.authority.rules().unwrap()));
    }

    #[tokio::test]
    async fn a_file_with_a_fault_leaves_what_holds_until_it_is_mended() {
        let scene = Scene::new().await;
        fs::write(&scene.path, two().replace("any", "some")).unwrap();
        scene.looks(2).await;
        assert_eq!(scene.holds(), (1, true));
        fs::write(&scene.path, two()).unwrap();
        scene.looks(2).await;
        assert_eq!(scene.holds(), (2, false));
    }

    #[tokio::test]
    async fn a_file_that_goes_away_leaves_what_holds_until_it_is_back() {
        let scene = Scene::new().await;
        fs::remove_file(&scene.path).unwrap();
        scene.looks(2).await;
        assert_eq!(scene.holds(), (1, true));
        fs::write(&scene.path, two()).unwrap();
        scene.looks(2).await;
        assert_eq!(scene.holds(), (2, false));
    }

    #[tokio::test]
    async fn a_file_of_the_same_length_and_time_that_was_put_in_its_place_is_another() {
        let scene = Scene::new().await;
        let modified = fs::metadata(&scene.path).unwrap().modified().unwrap();
        let other = scene.path.with_extension("new");
        fs::write(&other, ONE.replace("/a", "/b")).unwrap();
        File::options().write(true).open(&other).unwrap().set_modified(modified).unwrap();
        fs::rename(&other, &scene.path).unwrap();
        scene.looks(2).await;
        assert_eq!(scene.world.authority.rules().unwrap().text(), ONE.replace("/a", "/b"));
    }

    #[tokio::test]
    async fn whoever_asks_for_it_has_the_file_taken_at_once() {
        let scene = Scene::new().await;
        fs::write(&scene.path, two()).unwrap();
        scene.reload.now().await;
        assert_eq!(scene.holds(), (2, false));
    }

    #[tokio::test]
    async fn a_node_without_a_file_reads_the_database_again() {
        let world = World::new().await;
        let reload = Reload::new(&world.authority, None);
        let root = world.root().await;
        world.authority.change_rules(&root, ONE).await.unwrap();
        let held = world.authority.rules().unwrap();
        reload.if_changed().await;
        reload.now().await;
        assert!(Arc::ptr_eq(&held, &world.authority.rules().unwrap()), "it has not changed");
    }

    #[test]
    fn what_is_wrong_with_a_file_is_told_with_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rules.toml");
        let told = |path: &Path| read(path).unwrap_err().lines();
        assert!(told(&path)[0].contains("rules.toml): No such file"));
        fs::write(&path, "rule = 7\ncolour = 1").unwrap();
        assert_eq!(told(&path).len(), 3);
        assert!(told(&path)[0].contains("`colour` is unknown"));
        fs::write(&path, format!("#{}", "a".repeat(LONGEST_TEXT))).unwrap();
        assert!(told(&path)[0].contains("longer than 1048576 bytes"));
        fs::write(&path, [0xff, 0xfe]).unwrap();
        assert!(told(&path)[0].contains("UTF-8"));
    }
}

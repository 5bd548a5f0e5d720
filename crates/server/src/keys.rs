//! The key file, and the folder that it lies in: who may read them, and how they are made.
//!
//! **Invariant**: a key file is never overwritten. What a group or the world may read is refused.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use authority::RootKey;
use authority::entropy::Entropy;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use zeroize::Zeroizing;

/// Bits of a mode that give something to the group or to the world.
const OTHERS: u32 = 0o077;

/// Why keys can't be used. No message holds a part of one.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Others may read it.
    #[error("{0} may be read by others; say: chmod {1} {0}")]
    Open(PathBuf, &'static str),
    /// It belongs to somebody else, who can then change it.
    #[error("{0} belongs to another user")]
    Foreign(PathBuf),
    /// It is no folder, or no plain file.
    #[error("{0} is not a {1}")]
    Kind(PathBuf, &'static str),
    /// It isn't one of ours.
    #[error("{0} is not a key file: {1}")]
    Form(PathBuf, &'static str),
    /// It has appeared since it was looked for.
    #[error("{0} was made by another process just now; start again")]
    Raced(PathBuf),
    /// The file system says no.
    #[error("{0}: {1}")]
    File(PathBuf, io::Error),
}

/// What a key file says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    root: String,
    #[serde(default)]
    peppers: Vec<i16>,
}

/// The root key, and where it is kept or is to be.
pub struct KeyRing {
    path: PathBuf,
    root: Zeroizing<[u8; 32]>,
    peppers: Vec<i16>,
    /// Whether it was made just now and is in no file yet.
    fresh: bool,
}

impl KeyRing {
    /// Reads the key file; if there is none, makes a key that is not kept yet.
    pub fn read_or_make(path: &Path, entropy: &dyn Entropy) -> Result<Self, KeyError> {
        match Self::read(path) {
            Err(KeyError::File(_, error)) if error.kind() == io::ErrorKind::NotFound => {
                let mut root = Zeroizing::new([0; 32]);
                entropy.fill(&mut *root);
                Ok(Self { path: path.to_owned(), root, peppers: vec![1], fresh: true })
            }
            read => read,
        }
    }

    /// Reads the key file.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let form = |why| KeyError::Form(path.to_owned(), why);
        let text = read_private(path)?;
        let file: KeyFile = toml::from_str(&text).map_err(|_| form("it can't be read as TOML"))?;
        let text = Zeroizing::new(file.root);
        let bytes = STANDARD.decode(text.trim()).map(Zeroizing::new);
        let bytes = bytes.map_err(|_| form("`root` is not base64"))?;
        let root: [u8; 32] =
            bytes.as_slice().try_into().map_err(|_| form("`root` is not 32 bytes"))?;
        let root = Zeroizing::new(root);
        if is_sample(&root) {
            return Err(form("`root` is not random"));
        }
        if file.peppers.iter().any(|version| *version < 1) {
            return Err(form("`peppers` are numbered from 1"));
        }
        Ok(Self { path: path.to_owned(), root, peppers: file.peppers, fresh: false })
    }

    /// The key as the core takes it.
    pub fn root(&self) -> RootKey {
        RootKey::new(*self.root, &self.peppers)
    }

    /// Whether it is in no file yet.
    pub fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// Writes a fresh key to its file, whole or not at all, and to disk before it is used.
    pub fn keep(&mut self) -> Result<(), KeyError> {
        if !self.fresh {
            return Ok(());
        }
        let text = Zeroizing::new(format!(
            "# Chancery's keys. Whoever has this file and the database can make any token; without \
             it the\n# database is worth nothing. Keep a copy, apart from the database's.\n\
             root = \"{}\"\npeppers = [1]\n",
            Zeroizing::new(STANDARD.encode(self.root.as_slice())).as_str()
        ));
        write_new(&self.path, text.as_bytes())?;
        self.fresh = false;
        Ok(())
    }
}

/// Keys that people make up: fewer than a dozen different bytes in 32 are no dice's.
fn is_sample(root: &[u8; 32]) -> bool {
    let mut bytes = Zeroizing::new(*root);
    bytes.sort_unstable();
    bytes.chunk_by(|one, other| one == other).count() < 12
}

/// Makes the data folder, mode 0700, or looks whether it is fit.
pub fn settle_folder(path: &Path) -> Result<(), KeyError> {
    let failed = |error| KeyError::File(path.to_owned(), error);
    if !path.exists() {
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed)?;
    }
    check_folder(path)
}

/// Whether a data folder is its owner's only.
pub fn check_folder(path: &Path) -> Result<(), KeyError> {
    let found = fs::metadata(path).map_err(|error| KeyError::File(path.to_owned(), error))?;
    if !found.is_dir() {
        return Err(KeyError::Kind(path.to_owned(), "folder"));
    }
    check_owner(path, &found, "700")
}

fn check_owner(path: &Path, found: &fs::Metadata, fit: &'static str) -> Result<(), KeyError> {
    let ours = rustix::process::geteuid().as_raw();
    if found.uid() != ours && ours != 0 {
        return Err(KeyError::Foreign(path.to_owned()));
    }
    if found.mode() & OTHERS != 0 {
        return Err(KeyError::Open(path.to_owned(), fit));
    }
    Ok(())
}

/// Reads a file that nobody else may read. What is checked is what is read.
pub fn read_private(path: &Path) -> Result<Zeroizing<String>, KeyError> {
    let failed = |error| KeyError::File(path.to_owned(), error);
    let mut file = fs::File::open(path).map_err(failed)?;
    let found = file.metadata().map_err(failed)?;
    if !found.is_file() {
        return Err(KeyError::Kind(path.to_owned(), "file"));
    }
    check_owner(path, &found, "600")?;
    let mut text = Zeroizing::new(String::with_capacity(4096));
    file.read_to_string(&mut text).map_err(failed)?;
    Ok(text)
}

/// Writes a file, mode 0600, that may not be there yet. It is there whole or not at all.
fn write_new(path: &Path, bytes: &[u8]) -> Result<(), KeyError> {
    let beside = lay_beside(path, bytes)?;
    let linked = fs::hard_link(&beside, path);
    // The name beside is ours alone; one that is left over is replaced next time.
    let _ = fs::remove_file(&beside);
    let raced = |error: &io::Error| error.kind() == io::ErrorKind::AlreadyExists;
    linked.map_err(|error| {
        if raced(&error) {
            KeyError::Raced(path.to_owned())
        } else {
            KeyError::File(path.to_owned(), error)
        }
    })?;
    sync_folder(path)
}

/// Writes a file, mode 0600, in the place of the one that may be there.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), KeyError> {
    let beside = lay_beside(path, bytes)?;
    fs::rename(&beside, path).map_err(|error| KeyError::File(path.to_owned(), error))?;
    sync_folder(path)
}

fn lay_beside(path: &Path, bytes: &[u8]) -> Result<PathBuf, KeyError> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.new", std::process::id()));
    let beside = PathBuf::from(beside);
    let written = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&beside)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
    written.map_err(|error| KeyError::File(beside.clone(), error))?;
    Ok(beside)
}

fn sync_folder(path: &Path) -> Result<(), KeyError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let synced = fs::File::open(folder.unwrap_or(Path::new("."))).and_then(|f| f.sync_all());
    synced.map_err(|error| KeyError::File(path.to_owned(), error))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use authority::entropy::SystemEntropy;

    use super::*;

    fn kept(folder: &Path) -> PathBuf {
        let path = folder.join("keys.toml");
        KeyRing::read_or_make(&path, &SystemEntropy).unwrap().keep().unwrap();
        path
    }

    #[test]
    fn a_key_is_made_once_and_then_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = kept(folder.path());
        let text = fs::read_to_string(&path).unwrap();
        let again = KeyRing::read_or_make(&path, &SystemEntropy).unwrap();

        assert!(!again.is_fresh());
        assert!(text.contains(&STANDARD.encode(*again.root)), "it is the key of the file");
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_key_that_another_process_kept_first_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.toml");
        let mut late = KeyRing::read_or_make(&path, &SystemEntropy).unwrap();
        let first = fs::read_to_string(kept(folder.path())).unwrap();

        assert!(matches!(late.keep(), Err(KeyError::Raced(_))));
        assert_eq!(fs::read_to_string(&path).unwrap(), first);
    }

    #[test]
    fn a_key_file_that_others_may_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = kept(folder.path());
        for mode in [0o640, 0o604, 0o660, 0o644] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert!(matches!(KeyRing::read(&path), Err(KeyError::Open(..))), "{mode:o}");
        }
    }

    #[test]
    fn a_data_folder_that_others_may_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        assert!(matches!(settle_folder(folder.path()), Err(KeyError::Open(..))));
    }

    #[test]
    fn keys_that_somebody_made_up_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.toml");
        for root in [[0; 32], [7; 32], *b"secretsecretsecretsecretsecretse"] {
            let text = format!("root = \"{}\"\npeppers = [1]\n", STANDARD.encode(root));
            write_private(&path, text.as_bytes()).unwrap();
            assert!(matches!(KeyRing::read(&path), Err(KeyError::Form(..))));
        }
    }

    #[test]
    fn what_is_wrong_with_a_key_file_is_told_without_its_words() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.toml");
        for text in ["root = \"canary-canary", "root = \"canary-canary\"", "canary-canary"] {
            write_private(&path, text.as_bytes()).unwrap();
            let error = KeyRing::read(&path).err().unwrap().to_string();
            assert!(!error.contains("canary"), "{error}");
        }
    }
}

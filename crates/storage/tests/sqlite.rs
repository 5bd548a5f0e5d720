//! The facts on SQLite, and what is true of SQLite alone.

#![expect(clippy::unwrap_used, reason = "a database that can't be opened has failed")]

mod facts;

use std::ops::Deref;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use authority::account::User;
use authority::error::StoreError;
use authority::id::kind::Token;
use authority::journal::{Cursors, GENESIS, Subject};
use authority::token::Holder;
use authority::token::store::{Insertion, Revocation, TokenFilter};
use storage::sqlite::{OpenError, Options, Sqlite};
use tempfile::TempDir;

use self::facts::given::{self, *};

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

#[tokio::test]
async fn a_closed_database_opens_again_with_everything_in_it() {
    let kept = empty_store().await;
    let alice = a_user(&*kept, 1).await;
    let shop = an_organization(&*kept, 1, alice.id).await;
    let token = given::kept(&*kept, 1, bound(1, Holder::User(alice.id), shop.id)).await;
    let session = opened(&*kept, 1, session(1, alice.id)).await;
    let was = kept.entries_after(&Cursors::new(), 100).await.unwrap();

    let kept = reopen(kept).await;

    assert_eq!(
        kept.user(alice.id).await,
        Ok(Some(alice).map(|alice| User { last_login_at: Some(NOON), ..alice }))
    );
    assert_eq!(kept.standing(&[digest(1)]).await.unwrap().unwrap().token, token);
    assert_eq!(kept.session_by_refresh(&[digest(1)]).await, Ok(Some((session, 1))));
    let is = kept.entries_after(&Cursors::new(), 100).await.unwrap();
    assert_eq!(is, was);
    let mut previous = GENESIS;
    for entry in &is {
        assert!(entry.follows(&previous));
        previous = entry.hash;
    }
}

#[tokio::test]
async fn what_was_answered_survives_a_stop_without_warning() {
    let kept = empty_store().await;
    let alice = a_user(&*kept, 1).await;
    let left = TempDir::new().unwrap();
    for ending in ["", "-wal"] {
        let name = format!("chancery.db{ending}");
        std::fs::copy(kept.directory.path().join(&name), left.path().join(&name)).unwrap();
    }
    let found = Sqlite::open(&path(&left), OPTIONS).unwrap();
    assert_eq!(found.user(alice.id).await, Ok(Some(alice)));
}

#[tokio::test]
async fn a_second_opener_is_refused() {
    let kept = empty_store().await;
    let second = Sqlite::open(&path(&kept.directory), OPTIONS);
    assert!(matches!(second, Err(OpenError::InUse)));
}

#[tokio::test]
async fn whoever_opens_beside_sees_what_is_kept_and_keeps_nothing() {
    let kept = empty_store().await;
    let beside = Sqlite::open_beside(&path(&kept.directory), OPTIONS).unwrap();
    let alice = a_user(&*kept, 1).await;
    assert_eq!(beside.user(alice.id).await, Ok(Some(alice)));
    let written = beside.raise_clock_mark(NOON).await;
    assert!(matches!(written, Err(StoreError::Unreachable(_))), "{written:?}");
    let nothing = TempDir::new().unwrap();
    assert!(Sqlite::open_beside(&path(&nothing), OPTIONS).is_err());
    assert!(!path(&nothing).exists(), "looking makes nothing");
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_left_alone() {
    let Kept { store, directory } = empty_store().await;
    drop(store);
    let set = |version: i64| {
        let file = rusqlite::Connection::open(path(&directory)).unwrap();
        file.pragma_update(None, "user_version", version).unwrap();
    };
    set(1000);
    let refused = Sqlite::open(&path(&directory), OPTIONS);
    assert!(matches!(refused, Err(OpenError::NewerSchema { found: 1000, .. })), "{refused:?}");
    set(1);
    assert!(Sqlite::open(&path(&directory), OPTIONS).is_ok());
}

#[test]
fn a_file_of_another_program_is_refused_and_left_alone() {
    let directory = TempDir::new().unwrap();
    let file = rusqlite::Connection::open(path(&directory)).unwrap();
    file.execute_batch("CREATE TABLE notes (text TEXT)").unwrap();
    drop(file);
    assert!(matches!(Sqlite::open(&path(&directory), OPTIONS), Err(OpenError::Foreign)));
    std::fs::write(path(&directory), vec![b'x'; 8192]).unwrap();
    assert!(matches!(Sqlite::open(&path(&directory), OPTIONS), Err(OpenError::Database(_))));
}

#[tokio::test]
async fn only_the_owner_may_read_the_files() {
    let directory = TempDir::new().unwrap();
    let options = Options { reserve: true, ..OPTIONS };
    let store = Sqlite::open(&path(&directory), options).unwrap();
    a_user(&store, 1).await;
    let mut names = Vec::new();
    for file in std::fs::read_dir(directory.path()).unwrap() {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", file.path().display());
        names.push(file.file_name().into_string().unwrap());
    }
    names.sort();
    let all = ["", "-lock", "-reserve", "-shm", "-wal"].map(|end| format!("chancery.db{end}"));
    assert_eq!(names, all);
}

#[tokio::test]
async fn a_full_disk_refuses_what_is_new_whole_and_still_lets_tokens_be_revoked() {
    let directory = TempDir::new().unwrap();
    let options = Options { most_pages: Some(120), ..OPTIONS };
    let store = Sqlite::open(&path(&directory), options).unwrap();
    let holder = Holder::User(a_user(&store, 1).await.id);
    let issue = async |n| {
        let new = token(n, holder);
        store.insert_token(&new, secret(n), None, note("token.issue", new.id)).await
    };
    let mut issued = 0;
    while let Ok(Insertion::Done(_)) = issue(issued).await {
        issued += 1;
    }
    let full = issue(issued).await;
    assert!(matches!(&full, Err(StoreError::Unreachable(why)) if why.contains("full")), "{full:?}");
    assert!(issued > 10);
    let live = TokenFilter { live_at: Some(NOON), ..TokenFilter::default() };
    let all = Page::first(10_000);
    assert_eq!(u64::try_from(store.tokens(&live, all).await.unwrap().len()).unwrap(), issued);
    assert_eq!(u64::try_from(entries(&store).await).unwrap(), issued + 1);

    for n in 0..issued {
        let note = note("token.revoke", id::<Token>(n)).forgetting(Subject::Token(id(n)));
        assert_eq!(store.revoke_token(id(n), note).await, Ok(Revocation::Done), "{n} of {issued}");
    }
    assert_eq!(store.tokens(&live, all).await, Ok(vec![]));
    assert_eq!(u64::try_from(entries(&store).await).unwrap(), 2 * issued + 1);

    assert_eq!(store.purge_tokens(after(1), u32::MAX).await, Ok(issued));
    assert!(matches!(issue(issued).await, Ok(Insertion::Done(_))), "there is room again");
    assert!(matches!(store.stats().failures.load(Ordering::Relaxed), 2..));
}

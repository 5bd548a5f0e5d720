//! The facts on SQLite, and what is true of SQLite alone.

#![expect(clippy::unwrap_used, reason = "a database that can't be opened has failed")]

mod facts;

use std::collections::BTreeMap;
use std::ops::Deref;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use authority::account::User;
use authority::error::StoreError;
use authority::id::kind::Token;
use authority::journal::{Cursors, GENESIS, Subject};
use authority::organization::Seat;
use authority::permission::Role;
use authority::token::Holder;
use authority::token::store::{Insertion, Revocation, TokenFilter};
use rusqlite::types::Value;
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
    let was = rusqlite::Connection::open(path(&directory)).unwrap();
    let version = was.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    drop(was);
    set(1000);
    let refused = Sqlite::open(&path(&directory), OPTIONS);
    assert!(matches!(refused, Err(OpenError::NewerSchema { found: 1000, .. })), "{refused:?}");
    set(version);
    assert!(Sqlite::open(&path(&directory), OPTIONS).is_ok());
}

/// What `0001_first.sql` could hold: Ada, with address, login, seat, group, token and session; two
/// organizations, of which the first is the installation's own; an application.
const FIRST: &str = "
    INSERT INTO users (id, username, email, first_name, last_name, language, superuser,
        system_auditor, created_at, modified_at)
    VALUES (?1, 'ada', 'ada@example.org', 'Ada', 'Lovelace', 'en', 1, 0, ?3, ?3);
    INSERT INTO logins (canonical, user_id) VALUES ('ada', ?1);
    INSERT INTO organizations (id, name, created_at, modified_at) VALUES (?1, 'Default', ?3, ?3);
    INSERT INTO organizations (id, name, created_at, modified_at) VALUES (?2, 'Default', ?3, ?3);
    INSERT INTO memberships (user_id, organization_id, role, created_at)
    VALUES (?1, ?1, 'owner', ?3);
    INSERT INTO groups (id, organization_id, name, created_at) VALUES (?1, ?1, 'Team', ?3);
    INSERT INTO group_users (group_id, user_id) VALUES (?1, ?1);
    INSERT INTO applications (id, organization_id, name, name_folded, description, created_at,
        modified_at)
    VALUES (?1, ?1, 'Till', 'till', 'Sells things', ?3, ?3);
    INSERT INTO tokens (id, kind, holder_kind, holder_id, label, scopes, created_at, modified_at,
        disabled, session_id, born_holder, born_organization, digest, pepper)
    VALUES (?1, 'pt', 'user', ?1, 'laptop', 'read', ?3, ?3, 0, NULL, 0, 0, ?4, 1);
    INSERT INTO sessions (id, user_id, organization_id, generation, floor, used, replaced,
        remembered, created_at, refreshed_at, expires_at, born_holder, born_organization)
    VALUES (?1, ?1, ?1, 1, 1, 0, 0, 0, ?3, ?3, ?3, 0, 0)";

/// Makes a file as the first version left it.
fn write_first(path: &Path) {
    let file = rusqlite::Connection::open(path).unwrap();
    file.execute_batch(include_str!("../migrations/sqlite/0001_first.sql")).unwrap();
    let (one, two) = (id::<Token>(1).uuid(), id::<Token>(2).uuid());
    let (at, digest) = (NOON.as_microsecond(), digest(1));
    for statement in FIRST.split(';') {
        let mut statement = file.prepare(statement).unwrap();
        for (place, value) in [
            (1, Value::Blob(one.as_bytes().to_vec())),
            (2, Value::Blob(two.as_bytes().to_vec())),
            (3, Value::Integer(at)),
            (4, Value::Blob(digest.as_bytes().to_vec())),
        ] {
            if place <= statement.parameter_count() {
                statement.raw_bind_parameter(place, value).unwrap();
            }
        }
        statement.raw_execute().unwrap();
    }
    file.pragma_update(None, "application_id", 0x6368_6379).unwrap();
    file.pragma_update(None, "user_version", 1).unwrap();
}

#[tokio::test]
async fn what_the_first_version_kept_is_read_and_used() {
    let directory = TempDir::new().unwrap();
    write_first(&path(&directory));
    let beside = Sqlite::open_beside(&path(&directory), OPTIONS);
    assert!(matches!(beside, Err(OpenError::OlderSchema(1))), "{beside:?}");
    let store = Sqlite::open(&path(&directory), OPTIONS).unwrap();

    let ada = store.user_by_login("ada").await.unwrap().unwrap().0;
    assert_eq!((&*ada.first_name, ada.provider), ("Ada", None));
    let all = store.organizations(None, Page::first(9)).await.unwrap();
    assert_eq!(all.iter().map(|one| one.tenant).collect::<Vec<_>>(), [false, true]);
    assert_eq!((&*all[0].description, all[0].created_by, all[0].modified_at), ("", None, NOON));
    let seat = store.membership(ada.id, all[0].id).await.unwrap().unwrap().seat();
    assert_eq!(seat, Seat::of(Role::Owner));
    let team = store.groups(all[0].id, Page::first(9)).await.unwrap().remove(0);
    assert_eq!((&*team.description, team.modified_at, team.modified_by), ("", NOON, None));
    assert_eq!(store.group_users(team.id, Page::first(9)).await.unwrap().len(), 1);
    let till = store.application_numbered(1).await.unwrap().unwrap();
    assert_eq!((&*till.name, till.client), ("Till", None));
    let standing = store.standing(&[digest(1)]).await.unwrap().unwrap();
    assert_eq!((standing.is_good(NOON), standing.application), (Ok(()), None));
    let login = store.session_standing(id(1)).await.unwrap().unwrap().session;
    assert_eq!((login.user, login.application), (ada.id, None));
    assert_eq!(store.settings("").await, Ok(BTreeMap::new()));

    let gone = store.delete_organization(all[0].id, note("organization.delete", all[0].id)).await;
    assert_eq!(gone, Ok(Change::Done));
    assert_eq!(store.organizations(None, Page::first(9)).await.unwrap(), all[1..]);
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

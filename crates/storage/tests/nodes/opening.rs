//! Which databases are opened, and which are refused.

use authority::organization::Seat;
use authority::permission::Role;
use authority::token::Token;
use storage::postgres::{OpenError, Options, Postgres};

use crate::facts::given::*;
use crate::{Database, admin, connect, empty_store};

async fn refused(url: &str) -> OpenError {
    let Err(error) = Postgres::open(url, Options::default()).await else { panic!("it opened") };
    error
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused() {
    let kept = empty_store().await;
    kept.database.run("INSERT INTO migrations (number) VALUES (1000)").await;
    let error = refused(&kept.database.url()).await;
    assert!(matches!(error, OpenError::NewerSchema { found: 1000, .. }), "{error}");
}

#[tokio::test]
async fn a_server_that_takes_no_writes_is_refused() {
    let database = Database::new().await;
    let alter = async |how: &str| {
        let sql = format!("ALTER DATABASE {} {how}", database.name);
        admin().await.batch_execute(&sql).await.unwrap();
    };
    alter("SET default_transaction_read_only = on").await;
    let error = refused(&database.url()).await;
    alter("RESET ALL").await;
    assert!(matches!(error, OpenError::Database(_)), "{error}");
}

#[tokio::test]
async fn a_database_that_is_not_there_or_a_url_that_is_none_is_refused() {
    let kept = empty_store().await;
    let url = kept.database.url();
    let nowhere = url.replace(&kept.database.name, "there_is_no_such_database");
    assert!(matches!(refused(&nowhere).await, OpenError::Database(_)));
    assert!(matches!(refused("postgres://a:b@[").await, OpenError::Url(_)));
    assert!(matches!(refused(&format!("{url}&sslmode=maybe")).await, OpenError::Url(_)));
    assert_eq!(kept.ping().await, Ok(()));
}

/// What `0001_first.sql` could hold: Ada, with address, login, seat, group, token and session; two
/// organizations, of which the first is the installation's own; an application. `ONE`, `TWO` and
/// `AT` are values.
const FIRST: &str = "
    INSERT INTO users (id, username, email, first_name, last_name, language, superuser,
        system_auditor, created_at, modified_at)
    VALUES (ONE, 'ada', 'ada@example.org', 'Ada', 'Lovelace', 'en', TRUE, FALSE, AT, AT);
    INSERT INTO logins (canonical, user_id) VALUES ('ada', ONE);
    INSERT INTO organizations (id, name, created_at, modified_at) VALUES (ONE, 'Default', AT, AT);
    INSERT INTO organizations (id, name, created_at, modified_at) VALUES (TWO, 'Default', AT, AT);
    INSERT INTO memberships (user_id, organization_id, role, created_at)
    VALUES (ONE, ONE, 'owner', AT);
    INSERT INTO groups (id, organization_id, name, created_at) VALUES (ONE, ONE, 'Team', AT);
    INSERT INTO group_users (group_id, user_id) VALUES (ONE, ONE);
    INSERT INTO applications (id, organization_id, name, name_folded, description, created_at,
        modified_at)
    VALUES (ONE, ONE, 'Till', 'till', 'Sells things', AT, AT);
    INSERT INTO tokens (id, kind, holder_kind, holder_id, label, scopes, created_at, modified_at,
        disabled, session_id, born_holder, born_organization, digest, pepper)
    VALUES (ONE, 'pt', 'user', ONE, 'laptop', 'read', AT, AT, FALSE, NULL, 0, 0, '', 1);
    INSERT INTO sessions (id, user_id, organization_id, generation, floor, used, replaced,
        remembered, created_at, refreshed_at, expires_at, born_holder, born_organization)
    VALUES (ONE, ONE, ONE, 1, 1, FALSE, FALSE, FALSE, AT, AT, AT, 0, 0);
    CREATE TABLE migrations (number BIGINT PRIMARY KEY);
    INSERT INTO migrations (number) VALUES (1)";

/// A database as the first version left it.
async fn first() -> Database {
    let database = Database::new().await;
    database.run(include_str!("../../migrations/postgres/0001_first.sql")).await;
    let sql = FIRST
        .replace("ONE", &format!("'{}'", id::<Token>(1).uuid()))
        .replace("TWO", &format!("'{}'", id::<Token>(2).uuid()))
        .replace("AT,", &format!("{},", NOON.as_microsecond()))
        .replace("AT)", &format!("{})", NOON.as_microsecond()));
    let client = connect(&database.url()).await;
    client.batch_execute(&sql).await.unwrap();
    let digest = digest(1).as_bytes().to_vec();
    client.execute("UPDATE tokens SET digest = $1", &[&digest]).await.unwrap();
    database
}

#[tokio::test]
async fn what_the_first_version_kept_is_read_and_used() {
    let database = first().await;
    let store = database.open().await;
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
    assert_eq!(store.settings("").await.unwrap().len(), 0);

    let gone = store.delete_organization(all[0].id, note("organization.delete", all[0].id)).await;
    assert_eq!(gone, Ok(Change::Done));
    assert_eq!(store.organizations(None, Page::first(9)).await.unwrap(), all[1..]);
}

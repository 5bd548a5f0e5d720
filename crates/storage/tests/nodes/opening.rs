//! Which databases are opened, and which are refused.

use authority::store::InstallationStore;
use storage::postgres::{OpenError, Options, Postgres};

use crate::{Database, admin, empty_store};

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

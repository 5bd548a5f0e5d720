//! The facts on PostgreSQL, and what is true of PostgreSQL alone.
//!
//! `CHANCERY_TEST_POSTGRES` is the URL of a server where databases may be created. Each store gets
//! one of its own. As many as are used at once are left behind when all is done.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a database that can't be opened has failed"
)]

mod facts;
mod nodes;

use std::ops::Deref;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use storage::postgres::{Options, Postgres};
use tokio_postgres::{Client, NoTls};

/// A store, and the database that it has for itself.
struct Kept {
    // Closed before its database is another's.
    store: Postgres,
    database: Database,
}

impl Deref for Kept {
    type Target = Postgres;

    fn deref(&self) -> &Postgres {
        &self.store
    }
}

/// A database that nobody else uses meanwhile.
struct Database {
    name: String,
}

/// Databases that nobody uses any more. To clean one is faster than to make one.
static LEFT: Mutex<Vec<String>> = Mutex::new(Vec::new());

impl Database {
    /// One with nothing in it.
    async fn new() -> Self {
        static DATABASES: AtomicU64 = AtomicU64::new(0);
        let left = LEFT.lock().unwrap().pop();
        if let Some(name) = left {
            let database = Self { name };
            database.is_left().await;
            database.run("DROP SCHEMA public CASCADE; CREATE SCHEMA public").await;
            return database;
        }
        let n = DATABASES.fetch_add(1, Ordering::Relaxed);
        let name = format!("chancery_test_{}_{n}", std::process::id());
        admin().await.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
        Self { name }
    }

    fn url(&self) -> String {
        let server = server();
        let (base, query) = server.split_once('?').unwrap_or((&server, ""));
        let base = base.rsplit_once('/').map_or(base, |(base, _)| base);
        format!("{base}/{}?{query}", self.name)
    }

    async fn open(&self) -> Postgres {
        Postgres::open(&self.url(), Options::default()).await.unwrap()
    }

    async fn run(&self, sql: &str) {
        connect(&self.url()).await.batch_execute(sql).await.unwrap();
    }

    /// Ends every connection to it.
    async fn kill_connections(&self) {
        let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1";
        admin().await.execute(sql, &[&self.name]).await.unwrap();
    }

    /// Waits until so many nodes are connected.
    async fn has_writers(&self, many: i64) {
        self.has(many, "application_name = 'chancery writer'").await;
    }

    /// Waits until so many connections wait for a lock.
    async fn has_waiting(&self, many: i64) {
        self.has(many, "wait_event_type = 'Lock'").await;
    }

    /// Waits until the server has noticed that everybody has left.
    async fn is_left(&self) {
        self.has(0, "TRUE").await;
    }

    /// Waits until so many connections are so.
    async fn has(&self, many: i64, how: &str) {
        let client = admin().await;
        let sql = format!("SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND {how}");
        while client.query_one(&sql, &[&self.name]).await.unwrap().get::<_, i64>(0) != many {
            tokio::task::yield_now().await;
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            LEFT.lock().unwrap().push(std::mem::take(&mut self.name));
        }
    }
}

fn server() -> String {
    std::env::var("CHANCERY_TEST_POSTGRES")
        .unwrap_or_else(|_| panic!("CHANCERY_TEST_POSTGRES is to be the URL of a server"))
}

/// A connection to the server itself.
async fn admin() -> Client {
    connect(&server()).await
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// A database with nothing in it.
async fn empty_store() -> Kept {
    let database = Database::new().await;
    Kept { store: database.open().await, database }
}

/// The same database, closed and opened again.
async fn reopen(kept: Kept) -> Kept {
    let Kept { store, database } = kept;
    drop(store);
    database.is_left().await;
    Kept { store: database.open().await, database }
}

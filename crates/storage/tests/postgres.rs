//! The facts on PostgreSQL, and what is true of PostgreSQL alone.
//!
//! `CHANCERY_TEST_POSTGRES` is the URL of a server where databases may be created. Each store gets
//! one of its own, which goes with it.

#![expect(clippy::unwrap_used, reason = "a database that can't be opened has failed")]

mod facts;

use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering};

use storage::postgres::{Options, Postgres};
use tokio_postgres::{Client, NoTls};

/// A store in a database that goes with it.
struct Kept {
    // Closed before its database goes.
    store: Postgres,
    database: Database,
}

impl Deref for Kept {
    type Target = Postgres;

    fn deref(&self) -> &Postgres {
        &self.store
    }
}

/// A database that is dropped with this.
struct Database {
    name: String,
}

impl Database {
    /// A new one, with nothing in it.
    async fn new() -> Self {
        static DATABASES: AtomicU64 = AtomicU64::new(0);
        let n = DATABASES.fetch_add(1, Ordering::Relaxed);
        let name = format!("chancery_test_{}_{n}", std::process::id());
        run(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        run(&format!("CREATE DATABASE {name}")).await;
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

    /// Waits until the server has noticed that everybody has left.
    async fn is_left(&self) {
        let client = admin().await;
        let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = $1";
        while client.query_one(sql, &[&self.name]).await.unwrap().get::<_, i64>(0) > 0 {
            tokio::task::yield_now().await;
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        std::thread::spawn(move || runtime().block_on(run(&sql))).join().unwrap();
    }
}

fn server() -> String {
    std::env::var("CHANCERY_TEST_POSTGRES").expect("CHANCERY_TEST_POSTGRES is the URL of a server")
}

/// A connection to the server itself.
async fn admin() -> Client {
    let (client, connection) = tokio_postgres::connect(&server(), NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn run(sql: &str) {
    admin().await.batch_execute(sql).await.unwrap();
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

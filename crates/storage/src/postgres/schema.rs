//! What is in the database, and that a server is fit to hold it.
//!
//! **Invariant**: of any number of nodes that start at once, one migrates and the others wait.

use deadpool_postgres::ClientWrapper;

use super::OpenError;
use super::failure::Failure;

/// Each schema after the other; the first is number 1.
const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/postgres/0001_first.sql"),
    include_str!("../../migrations/postgres/0002_clients.sql"),
    include_str!("../../migrations/postgres/0003_slugs.sql"),
    include_str!("../../migrations/postgres/0004_second_factors.sql"),
    include_str!("../../migrations/postgres/0005_limits_and_usage.sql"),
];

/// The oldest server that is good enough.
const OLDEST_SERVER: i32 = 140_000;

/// Key of the lock that one migrates under. It ends with the transaction. Spells `schema`.
const LOCK: &str = "
    SELECT pg_advisory_xact_lock(x'736368656d61'::BIGINT)";

const FITNESS: &str = "
    SELECT current_setting('server_version_num')::INTEGER, current_setting('server_encoding')";

const VERSION_TABLE: &str = "
    CREATE TABLE IF NOT EXISTS migrations (
        number BIGINT PRIMARY KEY
    )";

const VERSION: &str = "
    SELECT COALESCE(max(number), 0)
    FROM migrations";

const NOTE_VERSION: &str = "
    INSERT INTO migrations (number)
    VALUES ($1)";

/// Refuses a server that is too old, or that can't hold every text.
pub(super) async fn check_fitness(client: &ClientWrapper) -> Result<(), OpenError> {
    let row = client.query_one(FITNESS, &[]).await.map_err(Failure::from)?;
    let (version, encoding): (i32, String) = (row.get(0), row.get(1));
    if version < OLDEST_SERVER {
        return Err(OpenError::OldServer(version / 10_000));
    }
    if encoding != "UTF8" {
        return Err(OpenError::Encoding(encoding));
    }
    Ok(())
}

/// Brings the schema up to date, each step in a transaction of its own.
pub(super) async fn migrate(client: &mut ClientWrapper) -> Result<(), OpenError> {
    while step(client).await? {}
    Ok(())
}

/// Takes the next step. Gives whether there may be another.
async fn step(client: &mut ClientWrapper) -> Result<bool, OpenError> {
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    let found = attempt(client).await.map_err(OpenError::from)?;
    if found > known {
        return Err(OpenError::NewerSchema { found, known });
    }
    Ok(found < known)
}

/// Runs the migration after the last that was run, if it is known here. Gives the schema found.
async fn attempt(client: &mut ClientWrapper) -> Result<i64, Failure> {
    let transaction = client.transaction().await?;
    transaction.batch_execute(LOCK).await?;
    transaction.batch_execute(VERSION_TABLE).await?;
    let found: i64 = transaction.query_one(VERSION, &[]).await?.try_get(0)?;
    if let Some(migration) = usize::try_from(found).ok().and_then(|next| MIGRATIONS.get(next)) {
        transaction.batch_execute(migration).await?;
        transaction.execute(NOTE_VERSION, &[&(found + 1)]).await?;
    }
    transaction.commit().await?;
    Ok(found)
}

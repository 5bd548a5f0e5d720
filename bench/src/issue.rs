//! Durable issues per second, beside a bare loop of single-row inserts on the same database.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::Outcome;
use crate::house::House;

pub(crate) async fn run(postgres: Option<&str>, seconds: u64) -> Outcome {
    let time = Duration::from_secs(seconds);
    match postgres {
        Some(url) => bare_postgres(url, time).await?,
        None => bare_sqlite(time)?,
    }
    let house = Arc::new(House::new(postgres).await?);
    for clients in [1, 8, 64, 256] {
        let rate = issues(&house, clients, time).await?;
        println!("issues, {clients} waiting clients: {rate:.0}/s");
    }
    Ok(())
}

async fn issues(house: &Arc<House>, clients: usize, time: Duration) -> Outcome<f64> {
    let holders = house.holders(64_000).await?;
    let count = Arc::new(AtomicU64::new(0));
    let began = Instant::now();
    let mut tasks = JoinSet::new();
    for client in 0..clients {
        let (house, count) = (Arc::clone(house), Arc::clone(&count));
        let holder = *holders.get(client % holders.len()).ok_or("no holder")?;
        tasks.spawn(async move {
            while began.elapsed() < time {
                house.issue(holder).await?;
                count.fetch_add(1, Ordering::Relaxed);
            }
            Outcome::Ok(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    let count = u32::try_from(count.load(Ordering::Relaxed))?;
    Ok(f64::from(count) / began.elapsed().as_secs_f64())
}

/// One row, one commit, again and again: WAL, `synchronous=FULL`.
fn bare_sqlite(time: Duration) -> Outcome {
    let directory = TempDir::new()?;
    let database = Connection::open(directory.path().join("bare.db"))?;
    database.pragma_update(None, "journal_mode", "WAL")?;
    database.pragma_update(None, "synchronous", "FULL")?;
    database.execute_batch("CREATE TABLE bare (number INTEGER PRIMARY KEY, digest BLOB UNIQUE)")?;
    let mut insert = database.prepare("INSERT INTO bare (digest) VALUES (randomblob(32))")?;
    let (began, mut count) = (Instant::now(), 0_u32);
    while began.elapsed() < time {
        insert.execute([])?;
        count += 1;
    }
    println!("bare inserts, one a commit: {:.0}/s", f64::from(count) / time.as_secs_f64());
    Ok(())
}

async fn bare_postgres(url: &str, time: Duration) -> Outcome {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
    tokio::spawn(connection);
    let table = "DROP TABLE IF EXISTS bare;
        CREATE TABLE bare (number BIGSERIAL PRIMARY KEY, digest TEXT UNIQUE)";
    client.batch_execute(table).await?;
    let text = "INSERT INTO bare (digest) VALUES (md5(random()::text || clock_timestamp()))";
    let insert = client.prepare(text).await?;
    let (began, mut count) = (Instant::now(), 0_u32);
    while began.elapsed() < time {
        client.execute(&insert, &[]).await?;
        count += 1;
    }
    client.batch_execute("DROP TABLE bare").await?;
    println!("bare inserts, one a commit: {:.0}/s", f64::from(count) / time.as_secs_f64());
    Ok(())
}

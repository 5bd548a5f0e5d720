//! How many tokens a second PostgreSQL keeps, durably and with their journal entries, and how
//! long a cold look-up takes. Next to it, what the server does for bare single-row inserts.
//!
//! `cargo run --release -p storage --example postgres_speed -- postgres://…/EMPTY_DATABASE`

#![expect(clippy::print_stdout, reason = "it measures for whoever reads along")]
#![expect(clippy::unwrap_used, reason = "a measure that can't be taken has failed")]
#![expect(clippy::disallowed_methods, reason = "it measures real time")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use authority::account::User;
use authority::account::store::AccountStore;
use authority::id::{Id, UserId};
use authority::journal::{By, Detail, Draft, Target, Who};
use authority::permission::Marks;
use authority::scope::Scopes;
use authority::secret::{Digest, Kind};
use authority::token::store::{KeptSecret, TokenStore};
use authority::token::{Holder, Token};
use jiff::Timestamp;
use storage::postgres::{Options, Postgres};
use tokio_postgres::NoTls;
use uuid::Uuid;

/// How long each measure takes.
const LONG: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() {
    let url = std::env::args().nth(1).unwrap();
    for connections in [1, 8, 64] {
        let rate = bare(&url, connections).await;
        println!("bare inserts, {connections:>3} connections: {rate:>6.0}/s");
    }
    let store = Arc::new(Postgres::open(&url, Options::default()).await.unwrap());
    let user = user();
    store.create_user(&user, None, note(user.id.uuid())).await.unwrap();
    for quota in [None, Some(100_000)] {
        for tasks in [1, 8, 64, 256] {
            // A quota is counted for one holder at a time, so each task has one of its own.
            let mut holders = Vec::new();
            for task in 0..tasks {
                let own = quota.is_some();
                holders.push(if own { own_user(&store, task).await } else { user.id });
            }
            let stats = store.stats();
            let batches = stats.batches.load(Ordering::Relaxed);
            let rate = issue(&store, holders, quota).await;
            let batches = stats.batches.load(Ordering::Relaxed) - batches;
            let size = rate * LONG.as_secs_f64() / f64::from(u32::try_from(batches).unwrap());
            let counted = if quota.is_some() { "counted" } else { "" };
            println!("insert_token, {tasks:>3} tasks: {rate:>6.0}/s, {size:.1} a batch {counted}");
        }
    }
    look_up(&store).await;
}

static TOKENS: AtomicU64 = AtomicU64::new(1);

async fn issue(store: &Arc<Postgres>, holders: Vec<UserId>, quota: Option<u32>) -> f64 {
    let until = Instant::now() + LONG;
    let mut running = tokio::task::JoinSet::new();
    for holder in holders {
        let store = Arc::clone(store);
        running.spawn(async move {
            let mut made = 0_u32;
            while Instant::now() < until {
                let n = TOKENS.fetch_add(1, Ordering::Relaxed);
                let new = token(n, holder);
                let secret = KeptSecret { digest: digest(n), pepper: 1 };
                let note = note(new.id.uuid());
                store.insert_token(&new, secret, quota, note).await.unwrap();
                made += 1;
            }
            made
        });
    }
    f64::from(running.join_all().await.iter().sum::<u32>()) / LONG.as_secs_f64()
}

async fn own_user(store: &Postgres, task: u64) -> UserId {
    let id = Uuid::from_u128((7 << 64) + u128::from(task)).into();
    let new = User { id, username: format!("user{task}"), ..user() };
    store.create_user(&new, None, note(id.uuid())).await.unwrap();
    id
}

async fn look_up(store: &Postgres) {
    let known = TOKENS.load(Ordering::Relaxed);
    let mut took = Vec::new();
    for n in 0..5_000 {
        let started = Instant::now();
        store.standing(&[digest(n * 7919 % known)]).await.unwrap();
        took.push(started.elapsed());
    }
    took.sort_unstable();
    let at = |share: usize| took.get(took.len() * share / 100).copied().unwrap_or_default();
    println!("standing, one at a time: p50 {:?}, p99 {:?}", at(50), at(99));
}

async fn bare(url: &str, connections: u64) -> f64 {
    let until = Instant::now() + LONG;
    let mut running = tokio::task::JoinSet::new();
    for task in 0..connections {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
        tokio::spawn(connection);
        if task == 0 {
            let create = "CREATE TABLE IF NOT EXISTS bare (
                number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                id UUID UNIQUE, label TEXT, digest BYTEA UNIQUE)";
            client.batch_execute(create).await.unwrap();
        }
        running.spawn(async move {
            let sql = "INSERT INTO bare (id, label, digest) VALUES ($1, $2, $3)";
            let insert = client.prepare(sql).await.unwrap();
            let mut made = 0_u32;
            while Instant::now() < until {
                let n = TOKENS.fetch_add(1, Ordering::Relaxed);
                let (id, digest) = (Uuid::from_u128(n.into()), digest(n));
                let values: [&(dyn tokio_postgres::types::ToSql + Sync); 3] =
                    [&id, &"a label", &digest.as_bytes().as_slice()];
                client.execute(&insert, &values).await.unwrap();
                made += 1;
            }
            made
        });
    }
    f64::from(running.join_all().await.iter().sum::<u32>()) / LONG.as_secs_f64()
}

/// The n-th digest: all over the index, as real ones are.
fn digest(n: u64) -> Digest {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    Digest::from_bytes(bytes)
}

fn note(target: Uuid) -> Draft {
    Draft {
        id: Id::from(target),
        at: Timestamp::UNIX_EPOCH,
        by: By { who: Who::System, token: None },
        action: "token.issue".to_owned(),
        target: Target { kind: "token".to_owned(), id: target },
        organization: None,
        detail: Detail::from([("label".to_owned(), "a label".to_owned())]),
        forget: Vec::new(),
        once: None,
    }
}

fn user() -> User {
    User {
        id: Uuid::from_u128(1 << 64).into(),
        number: 0,
        username: "ada".to_owned(),
        email: None,
        first_name: String::new(),
        last_name: String::new(),
        language: String::new(),
        marks: Marks::default(),
        created_at: Timestamp::UNIX_EPOCH,
        modified_at: Timestamp::UNIX_EPOCH,
        confirmed_at: None,
        disabled_at: None,
        last_login_at: None,
        provider: None,
        home: None,
        epoch: 0,
    }
}

fn token(n: u64, holder: UserId) -> Token {
    let id = Uuid::from_u128((2 << 64) + u128::from(n)).into();
    let life = (Timestamp::UNIX_EPOCH, Some(Timestamp::MAX));
    Token {
        label: "a label".to_owned(),
        ..Token::begun(id, Kind::Personal, Holder::User(holder), Scopes::read(), life)
    }
}

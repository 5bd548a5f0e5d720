//! The writer's own connection, and the statements that it knows.
//!
//! Statements go out in the order in which they are asked for, without waiting for answers, so
//! that a batch of facts travels in one round trip.
//!
//! **Invariant**: nothing is written on a session outside a transaction that was begun `READ
//! WRITE`. The session's default is read-only, so a lost `BEGIN` can't turn facts loose without
//! their journal entries.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use deadpool_postgres::ClientWrapper;
use futures_util::TryStreamExt;
use parking_lot::Mutex;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Row, Statement};

use super::failure::Failure;
use super::row::Fields;

/// Values for the `$1`, `$2`, … of a statement.
pub(super) type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

/// What a statement gave.
#[derive(Default)]
pub(super) struct Answer {
    /// Its rows.
    pub(super) rows: Vec<Row>,
    /// How many rows it touched, or gave.
    pub(super) touched: u64,
}

impl Answer {
    /// The first row.
    pub(super) fn first(&self) -> Option<Fields<'_>> {
        self.rows.first().map(Fields::of)
    }
}

/// The writer's connection. Clones are the same connection.
#[derive(Clone)]
pub(super) struct Session {
    shared: Arc<Shared>,
}

struct Shared {
    client: ClientWrapper,
    statements: Mutex<HashMap<&'static str, Statement>>,
    /// A statement was new, and what follows it must wait for it.
    held_up: AtomicBool,
    /// Warnings that the server gave so far.
    warnings: Arc<AtomicU64>,
}

impl Session {
    /// A session on a connection whose task counts warnings.
    pub(super) fn new(client: ClientWrapper, warnings: Arc<AtomicU64>) -> Self {
        let shared = Shared {
            client,
            statements: Mutex::default(),
            held_up: AtomicBool::new(false),
            warnings,
        };
        Self { shared: Arc::new(shared) }
    }

    /// Sends a statement. One that the session knows is sent when this is first polled.
    pub(super) async fn ask(
        &self,
        sql: &'static str,
        params: Params<'_>,
    ) -> Result<Answer, Failure> {
        let statement = match self.known(sql) {
            Some(statement) => statement,
            None => self.learn(sql).await?,
        };
        let values = params.iter().copied();
        let mut stream = pin!(self.shared.client.query_raw(&statement, values).await?);
        let mut rows = Vec::new();
        while let Some(row) = stream.try_next().await? {
            rows.push(row);
        }
        Ok(Answer { rows, touched: stream.rows_affected().unwrap_or(0) })
    }

    /// Makes a statement known.
    pub(super) async fn prepare(&self, sql: &'static str) -> Result<(), Failure> {
        if self.known(sql).is_none() {
            self.learn(sql).await?;
        }
        Ok(())
    }

    /// Runs plain statements that take no values and whose rows don't matter.
    pub(super) async fn run(&self, sql: &'static str) -> Result<(), Failure> {
        Ok(self.shared.client.batch_execute(sql).await?)
    }

    /// Whether a statement was new since this was last asked.
    pub(super) fn was_held_up(&self) -> bool {
        self.shared.held_up.swap(false, Ordering::Relaxed)
    }

    /// How many warnings the server has given.
    pub(super) fn warnings(&self) -> u64 {
        self.shared.warnings.load(Ordering::Acquire)
    }

    /// Whether the connection is known to be gone.
    pub(super) fn is_closed(&self) -> bool {
        self.shared.client.is_closed()
    }

    fn known(&self, sql: &'static str) -> Option<Statement> {
        self.shared.statements.lock().get(sql).cloned()
    }

    async fn learn(&self, sql: &'static str) -> Result<Statement, Failure> {
        self.shared.held_up.store(true, Ordering::Relaxed);
        let statement = self.shared.client.prepare(sql).await?;
        self.shared.statements.lock().insert(sql, statement.clone());
        Ok(statement)
    }
}

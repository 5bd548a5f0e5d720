//! The writer's own connection, and the statements that it knows.
//!
//! Statements go out in the order in which they are asked for, without waiting for answers, so
//! that a batch of facts travels in one round trip.
//!
//! **Invariant**: nothing is written on a session outside a transaction that was begun `READ
//! WRITE`. The session's default is read-only, so a lost `BEGIN` can't turn facts loose without
//! their journal entries.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use deadpool_postgres::ClientWrapper;
use futures_util::future::try_join;
use parking_lot::Mutex;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Row, Statement};

use super::failure::Failure;

/// Values for the `$1`, `$2`, … of a statement.
pub(super) type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

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

    /// The rows that a statement gives.
    pub(super) async fn rows(
        &self,
        sql: &'static str,
        params: Params<'_>,
    ) -> Result<Vec<Row>, Failure> {
        let statement = self.statement(sql).await?;
        Ok(self.shared.client.query(&statement, params).await?)
    }

    /// The one row that a statement gives, if it gives one.
    pub(super) async fn row(
        &self,
        sql: &'static str,
        params: Params<'_>,
    ) -> Result<Option<Row>, Failure> {
        Ok(self.rows(sql, params).await?.into_iter().next())
    }

    /// How many rows a statement touched.
    pub(super) async fn execute(
        &self,
        sql: &'static str,
        params: Params<'_>,
    ) -> Result<u64, Failure> {
        let statement = self.statement(sql).await?;
        Ok(self.shared.client.execute(&statement, params).await?)
    }

    /// Takes locks with one statement, and sends the one that decides right behind it. The second
    /// sees all that was committed before the locks were given; that is why they are two.
    pub(super) async fn row_behind(
        &self,
        lock: (&'static str, Params<'_>),
        then: (&'static str, Params<'_>),
    ) -> Result<Option<Row>, Failure> {
        let first = self.statement(lock.0).await?;
        let second = self.statement(then.0).await?;
        let Shared { client, .. } = &*self.shared;
        let answers = try_join(client.query(&first, lock.1), client.query(&second, then.1)).await;
        Ok(answers?.1.into_iter().next())
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

    async fn statement(&self, sql: &'static str) -> Result<Statement, Failure> {
        let known = self.shared.statements.lock().get(sql).cloned();
        if let Some(statement) = known {
            return Ok(statement);
        }
        self.shared.held_up.store(true, Ordering::Relaxed);
        let statement = self.shared.client.prepare(sql).await?;
        self.shared.statements.lock().insert(sql, statement.clone());
        Ok(statement)
    }
}

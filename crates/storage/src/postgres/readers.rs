//! The readers: pools of connections for everything that only looks.
//!
//! **Invariant**: nothing is written here. Each session is read-only.

use std::time::Duration;

use authority::error::StoreError;
use deadpool_postgres::{
    Hook, HookError, Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime,
};
use tokio::time::timeout;
use tokio_postgres::Row;

use super::OpenError;
use super::connect::{Connector, READER_SETTINGS};
use super::failure::Failure;
use super::session::Params;

/// How long a read waits for a connection.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// Connections to read with.
pub(super) struct Readers {
    pool: Pool,
    patience: Duration,
}

/// What is asked, and whether it will be asked again.
#[derive(Clone, Copy)]
struct Asking<'a> {
    sql: &'a str,
    params: Params<'a>,
    again: bool,
}

impl Readers {
    /// A pool of at most `most` connections, none of which is made yet. A read takes at most
    /// `patience`.
    pub(super) fn new(
        connector: &Connector,
        most: usize,
        patience: Duration,
    ) -> Result<Self, OpenError> {
        let (config, tls) = connector.reading();
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let set_up = Hook::async_fn(|client: &mut deadpool_postgres::ClientWrapper, _| {
            Box::pin(async {
                client.batch_execute(READER_SETTINGS).await.map_err(HookError::Backend)
            })
        });
        let pool = Pool::builder(Manager::from_config(config, tls, recycling))
            .max_size(most)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(LONGEST_WAIT))
            .create_timeout(Some(LONGEST_WAIT))
            .recycle_timeout(Some(LONGEST_WAIT))
            .post_create(set_up)
            .build()
            .map_err(|error| OpenError::Url(error.to_string()))?;
        Ok(Self { pool, patience })
    }

    /// The rows that a statement gives, which is kept prepared: it must be one of few.
    pub(super) async fn rows(&self, sql: &str, params: Params<'_>) -> Result<Vec<Row>, StoreError> {
        self.answer(Asking { sql, params, again: true }).await
    }

    /// The rows that a statement gives which may never be asked again.
    pub(super) async fn rows_once(
        &self,
        sql: &str,
        params: Params<'_>,
    ) -> Result<Vec<Row>, StoreError> {
        self.answer(Asking { sql, params, again: false }).await
    }

    /// A connection that turns out broken is thrown away, and the statement is asked once more on
    /// another.
    async fn answer(&self, asking: Asking<'_>) -> Result<Vec<Row>, StoreError> {
        let mut borrowed = None;
        let answer = timeout(self.patience, async {
            match self.ask(&mut borrowed, asking).await {
                Err(failure) if failure.is_broken() => {
                    self.forget();
                    self.ask(&mut borrowed, asking).await
                }
                answer => answer,
            }
        });
        if let Ok(answer) = answer.await {
            return Ok(answer?);
        }
        // Whoever borrowed it next would wait for the same answer.
        drop(borrowed.map(Object::take));
        Err(Failure::Late(self.patience.as_millis()).into())
    }

    async fn ask(
        &self,
        borrowed: &mut Option<Object>,
        Asking { sql, params, again }: Asking<'_>,
    ) -> Result<Vec<Row>, Failure> {
        let client = borrowed.insert(self.pool.get().await?);
        let statement =
            if again { client.prepare_cached(sql).await? } else { client.prepare(sql).await? };
        Ok(client.query(&statement, params).await?)
    }

    /// Drops every connection that is not borrowed: where one broke, others may have.
    fn forget(&self) {
        self.pool.retain(|_, _| false);
    }
}

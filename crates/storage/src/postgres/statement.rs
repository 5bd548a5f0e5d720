//! A statement with its values, ready to be sent, and sent again: most facts are one.

use std::sync::Arc;

use authority::error::StoreError;
use authority::journal::Draft;
use authority::token::store::Change;
use futures_util::future::try_join_all;
use tokio_postgres::types::ToSql;

use super::Postgres;
use super::fact::Told;
use super::failure::Failure;
use super::session::{Answer, Session};

/// Values for the `$1`, `$2`, … of a statement.
pub(super) type Values = Vec<Box<dyn ToSql + Sync + Send>>;

/// [`Values`] of several types.
macro_rules! values {
    ($($value:expr),* $(,)?) => {
        vec![$(Box::new($value) as Box<dyn tokio_postgres::types::ToSql + Sync + Send>),*]
    };
}
pub(super) use values;

/// One statement, and those that go before it.
pub(super) struct Statement {
    before: Vec<(&'static str, Values)>,
    last: (&'static str, Values),
}

impl Statement {
    pub(super) fn new(sql: &'static str, values: Values) -> Self {
        Self { before: Vec::new(), last: (sql, values) }
    }

    /// Puts another right before it, in the same round trip: one that takes locks. This one then
    /// sees all that was committed before the locks were given; that is why they are two.
    pub(super) fn behind(mut self, sql: &'static str, values: Values) -> Self {
        self.before.push((sql, values));
        self
    }

    /// Sends all without waiting between. Gives the answer to the last.
    pub(super) async fn ask(&self, session: &Session) -> Result<Answer, Failure> {
        let all = || self.before.iter().chain([&self.last]);
        for (sql, _) in all() {
            session.prepare(sql).await?;
        }
        let sent =
            all().map(|(sql, values)| async move { session.ask(sql, &references(values)).await });
        Ok(try_join_all(sent).await?.pop().unwrap_or_default())
    }
}

impl Postgres {
    /// Tells a fact that is one statement. `read` makes of its answer what happened.
    pub(super) async fn say<T: Send + 'static>(
        &self,
        note: Draft,
        statement: Statement,
        read: fn(&Answer) -> Result<Told<T>, Failure>,
    ) -> Result<T, StoreError> {
        let statement = Arc::new(statement);
        self.tell(note, move |session| {
            let statement = Arc::clone(&statement);
            async move { read(&statement.ask(&session).await?) }
        })
        .await
    }

    /// Tells a fact that is one statement and has happened if that touched a row.
    pub(super) async fn change(
        &self,
        note: Draft,
        statement: Statement,
    ) -> Result<Change, StoreError> {
        let read = |answer: &Answer| Ok(Told::by(answer.touched, Change::Done, Change::Missing));
        self.say(note, statement, read).await
    }

    /// Writes what is not a fact. Gives how many rows were touched.
    pub(super) async fn write(&self, statement: Statement) -> Result<u64, StoreError> {
        let read = |answer: &Answer| Ok(answer.touched);
        self.write_and_read(statement, read).await
    }

    /// Writes what is not a fact. `read` makes something of the answer.
    pub(super) async fn write_and_read<T: Send + 'static>(
        &self,
        statement: Statement,
        read: fn(&Answer) -> Result<T, Failure>,
    ) -> Result<T, StoreError> {
        let statement = Arc::new(statement);
        self.tell_quietly(move |session| {
            let statement = Arc::clone(&statement);
            async move { read(&statement.ask(&session).await?).map(Told::nothing) }
        })
        .await
    }
}

/// Values as the protocol wants them.
pub(super) fn references(values: &Values) -> Vec<&(dyn ToSql + Sync)> {
    values.iter().map(|value| &**value as &(dyn ToSql + Sync)).collect()
}

/// Of two who hold the same thing, the second waits for the first's commit.
pub(super) const HOLD_USER: &str = "
    SELECT
    FROM users
    WHERE id = $1
    FOR NO KEY UPDATE";

pub(super) const HOLD_ORGANIZATION: &str = "
    SELECT
    FROM organizations
    WHERE id = $1
    FOR NO KEY UPDATE";

pub(super) const HOLD_APPLICATION: &str = "
    SELECT
    FROM applications
    WHERE id = $1
    FOR NO KEY UPDATE";

pub(super) const HOLD_SESSION: &str = "
    SELECT
    FROM sessions
    WHERE id = $1
    FOR NO KEY UPDATE";

pub(super) const HOLD_SERVICE_ACCOUNT: &str = "
    SELECT
    FROM service_accounts
    WHERE id = $1
    FOR NO KEY UPDATE";

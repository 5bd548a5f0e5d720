//! The one writer: it gathers the facts that wait, tells them in one transaction, commits once,
//! and only then answers.
//!
//! Read [`WriterHandle`], which callers hold; then [`Writer`], the thread. What it is
//! given is in `order.rs`.
//!
//! **Invariant**: nobody hears of a fact before its commit has succeeded, and the end of the lane
//! moves only then.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::slice;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use authority::error::StoreError;
use authority::journal::{Draft, LaneEnd};
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::file::Reserve;
use super::order::{Fact, Order, Reply, Told, Uncounted};
use super::quotas::Quotas;
use super::row::{Failure, run};
use super::{OpenError, journal, schema};
use crate::Stats;

/// The most facts in one transaction.
const MOST_TOGETHER: usize = 1024;
/// How long a fact may wait for room in the queue.
const WAIT_FOR_ROOM: Duration = Duration::from_secs(2);
/// How long a fact may wait for its answer.
const WAIT_FOR_ANSWER: Duration = Duration::from_secs(10);

/// The callers' end of the queue.
#[derive(Debug)]
pub(super) struct WriterHandle {
    queue: Option<mpsc::Sender<Box<dyn Order>>>,
    thread: Option<JoinHandle<()>>,
    stats: Arc<Stats>,
}

impl WriterHandle {
    /// Nobody's: what is handed to it is refused.
    pub(super) fn none() -> Self {
        Self { queue: None, thread: None, stats: Arc::default() }
    }

    pub(super) fn stats(&self) -> Arc<Stats> {
        Arc::clone(&self.stats)
    }

    /// Whether facts can still be kept.
    pub(super) fn is_well(&self) -> Result<(), StoreError> {
        let broken = self.stats.broken.load(Ordering::Relaxed);
        let why = || StoreError::Unreachable("the disk has failed; restart to recover".to_owned());
        if broken { Err(why()) } else { Ok(()) }
    }

    pub(super) async fn tell<T: Send + 'static>(
        &self,
        note: Draft,
        fact: impl Fn(&Connection, &Draft) -> Result<Told<T>, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.order(|reply| Box::new(Fact::new(fact, note, reply))).await
    }

    pub(super) async fn write<T: Send + 'static>(
        &self,
        change: impl Fn(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.order(|reply| Box::new(Uncounted::new(change, reply))).await
    }

    async fn order<T: Send + 'static>(
        &self,
        order: impl FnOnce(Reply<T>) -> Box<dyn Order>,
    ) -> Result<T, StoreError> {
        let unreachable = |why: &str| StoreError::Unreachable(why.to_owned());
        let queue = self.queue.as_ref().ok_or_else(|| unreachable("the database is closed"))?;
        let room = timeout(WAIT_FOR_ROOM, queue.reserve())
            .await
            .map_err(|_| unreachable("too many facts are waiting"))?
            .map_err(|_| unreachable("the writer has stopped"))?;
        let (reply, answer) = oneshot::channel();
        room.send(order(reply));
        timeout(WAIT_FOR_ANSWER, answer)
            .await
            .map_err(|_| unreachable("the disk is too slow"))?
            .unwrap_or_else(|_| Err(unreachable("the writer has stopped")))
    }
}

impl Drop for WriterHandle {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // What it panicked of, if it did, has been told on its way.
            let _ = thread.join();
        }
    }
}

/// The thread that owns the only connection that writes.
pub(super) struct Writer {
    connection: Connection,
    reserve: Reserve,
    quotas: Arc<Quotas>,
    end: LaneEnd,
    broken: Option<String>,
    stats: Arc<Stats>,
}

impl Writer {
    pub(super) fn new(
        connection: Connection,
        reserve: Reserve,
        quotas: Arc<Quotas>,
    ) -> Result<Self, OpenError> {
        schema::limit_pages(&connection, reserve.ordinary_pages())?;
        let end = journal::lane_end(&connection)
            .map_err(|failure| OpenError::Damaged(failure.to_string()))?;
        Ok(Self { connection, reserve, quotas, end, broken: None, stats: Arc::default() })
    }

    pub(super) fn start(self, queue: usize) -> Result<WriterHandle, OpenError> {
        let (sender, receiver) = mpsc::channel(queue.max(1));
        let stats = Arc::clone(&self.stats);
        let thread = thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || self.serve(receiver))?;
        Ok(WriterHandle { queue: Some(sender), thread: Some(thread), stats })
    }

    fn serve(mut self, mut queue: mpsc::Receiver<Box<dyn Order>>) {
        let mut batch = Vec::with_capacity(MOST_TOGETHER);
        while queue.blocking_recv_many(&mut batch, MOST_TOGETHER) > 0 {
            self.settle(&mut batch);
        }
    }

    /// Tells all that wait together; if that fails, each alone.
    fn settle(&mut self, batch: &mut Vec<Box<dyn Order>>) {
        if self.reserve.is_short() {
            self.reserve.renew();
        }
        if batch.len() > 1 && !self.reserve.is_short() && self.attempt(batch).is_ok() {
            for order in batch.drain(..) {
                self.answer(order, Ok(()));
            }
            self.reserve.renew();
            return;
        }
        for mut order in batch.drain(..) {
            let outcome = self.attempt_alone(&mut order);
            self.answer(order, outcome);
        }
    }

    fn attempt_alone(&mut self, order: &mut Box<dyn Order>) -> Result<(), Failure> {
        if self.reserve.is_short() && !order.takes_away() {
            return Err(Failure::Short);
        }
        let mut outcome = self.attempt(slice::from_mut(order));
        if is_full(&outcome) {
            // What the log holds is moved into the file, and the log begins anew. If the disk is
            // too full even for that, the next attempt fails as this one did.
            if let Err(error) = schema::checkpoint(&self.connection) {
                tracing::warn!(%error, "the write-ahead log can't be moved into the file");
            }
            outcome = self.attempt(slice::from_mut(order));
        }
        if is_full(&outcome) && order.takes_away() {
            return self.attempt_at_all_cost(order);
        }
        if outcome.is_ok() {
            self.reserve.renew();
        }
        outcome
    }

    /// With the room that is set aside.
    fn attempt_at_all_cost(&mut self, order: &mut Box<dyn Order>) -> Result<(), Failure> {
        self.reserve.spend();
        schema::limit_pages(&self.connection, self.reserve.all_pages())?;
        let outcome = self.attempt(slice::from_mut(order));
        schema::limit_pages(&self.connection, self.reserve.ordinary_pages())?;
        outcome
    }

    /// One transaction: all of these facts, or none.
    fn attempt(&mut self, orders: &mut [Box<dyn Order>]) -> Result<(), Failure> {
        if let Some(why) = &self.broken {
            return Err(Failure::Broken(why.clone()));
        }
        let mut end = self.end;
        let outcome = self.transact(orders, &mut end);
        match &outcome {
            Ok(()) => {
                self.end = end;
                self.stats.batches.fetch_add(1, Ordering::Relaxed);
            }
            Err(failure) => self.roll_back(failure),
        }
        outcome
    }

    fn transact(&self, orders: &mut [Box<dyn Order>], end: &mut LaneEnd) -> Result<(), Failure> {
        let db = &self.connection;
        run(db, "BEGIN IMMEDIATE", [])?;
        let mut tell = || orders.iter_mut().try_for_each(|order| order.tell(db, end));
        catch_unwind(AssertUnwindSafe(&mut tell)).unwrap_or(Err(Failure::Panicked))?;
        run(db, "COMMIT", [])?;
        Ok(())
    }

    /// After a failure of the disk itself, or if the transaction can't be left, nothing is
    /// written any more: what the disk holds is known only after a new start.
    fn roll_back(&mut self, failure: &Failure) {
        self.quotas.forget();
        let left = self.connection.is_autocommit() || run(&self.connection, "ROLLBACK", []).is_ok();
        if failure.is_fatal() || !left {
            tracing::error!(%failure, "the database has failed and is not written any more");
            self.stats.broken.store(true, Ordering::Relaxed);
            self.broken = Some(failure.to_string());
        }
    }

    fn answer(&self, order: Box<dyn Order>, outcome: Result<(), Failure>) {
        self.stats.facts.fetch_add(1, Ordering::Relaxed);
        if let Err(failure) = &outcome {
            self.stats.failures.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(%failure, "a fact could not be kept");
        }
        order.answer(outcome);
    }
}

fn is_full(outcome: &Result<(), Failure>) -> bool {
    outcome.as_ref().is_err_and(Failure::is_full)
}

#[cfg(test)]
mod tests {
    use authority::error::StoreError;
    use authority::store::InstallationStore;
    use rusqlite::ffi;
    use tempfile::TempDir;

    use super::super::row::Failure;
    use super::super::{Options, Sqlite};

    fn open(directory: &TempDir) -> Sqlite {
        Sqlite::open(&directory.path().join("chancery.db"), Options::default()).unwrap()
    }

    fn is_unreachable<T>(outcome: &Result<T, StoreError>) -> bool {
        matches!(outcome, Err(StoreError::Unreachable(_)))
    }

    #[tokio::test]
    async fn a_fact_that_panics_leaves_the_writer_well() {
        let directory = TempDir::new().unwrap();
        let store = open(&directory);
        assert!(is_unreachable(&store.write::<()>(|_| panic!("on purpose")).await));
        assert_eq!(store.write(|_| Ok(7)).await, Ok(7));
        assert!(is_unreachable(&store.read::<()>(|_| panic!("on purpose")).await));
        assert_eq!(store.read(|_| Ok(7)).await, Ok(7));
        assert_eq!(store.ping().await, Ok(()));
    }

    #[tokio::test]
    async fn nothing_is_written_after_the_disk_has_failed() {
        let directory = TempDir::new().unwrap();
        let store = open(&directory);
        let failing = |_: &rusqlite::Connection| -> Result<(), Failure> {
            let failure = ffi::Error::new(ffi::SQLITE_IOERR_FSYNC);
            Err(Failure::Database(rusqlite::Error::SqliteFailure(failure, None)))
        };
        assert!(is_unreachable(&store.write(failing).await));
        assert!(is_unreachable(&store.write(|_| Ok(7)).await));
        assert!(is_unreachable(&store.ping().await));
        assert_eq!(store.read(|_| Ok(7)).await, Ok(7));
        drop(store);
        assert_eq!(open(&directory).ping().await, Ok(()));
    }
}

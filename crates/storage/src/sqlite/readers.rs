//! The readers: some threads, each with a connection that can't write.
//!
//! A statement sees all that was committed before it began. One that nobody waits for any more is
//! stopped, so that no search keeps a reader from the others.

use std::collections::VecDeque;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use authority::error::StoreError;
use parking_lot::{Condvar, Mutex};
use rusqlite::Connection;
use tokio::sync::{Semaphore, oneshot};
use tokio::time::timeout;

use super::row::Failure;
use super::{OpenError, Options};

/// How long a read may wait, for its turn and for its answer together.
const DEADLINE: Duration = Duration::from_secs(2);

/// Steps of a statement between two looks at whether somebody waits for it.
const STEPS: i32 = 10_000;

type Query = Box<dyn FnOnce(&Connection) + Send>;

/// A query, and whether its caller has gone away.
type Waiter = (Query, Arc<AtomicBool>);

/// A caller, who goes away by dropping it.
struct Caller(Arc<AtomicBool>);

impl Drop for Caller {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The callers' end of the readers.
#[derive(Debug)]
pub(super) struct Readers {
    desk: Arc<Desk>,
    places: Semaphore,
    threads: Vec<JoinHandle<()>>,
}

impl Readers {
    pub(super) fn start(
        options: Options,
        connect: impl Fn() -> Result<Connection, OpenError>,
    ) -> Result<Self, OpenError> {
        let places = Semaphore::new(options.queue.max(1));
        let mut readers = Self { desk: Arc::default(), places, threads: Vec::new() };
        for _ in 0..options.readers.max(1) {
            let (mut connection, desk) = (connect()?, Arc::clone(&readers.desk));
            let thread = thread::Builder::new().name("sqlite-reader".to_owned());
            readers.threads.push(thread.spawn(move || desk.serve(&mut connection))?);
        }
        Ok(readers)
    }

    pub(super) async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        let unreachable = |why: &str| StoreError::Unreachable(why.to_owned());
        let read = async {
            let _place =
                self.places.acquire().await.map_err(|_| unreachable("the database is closed"))?;
            let (reply, answer) = oneshot::channel();
            let caller = Caller(Arc::default());
            let query = move |connection: &Connection| {
                if reply.is_closed() {
                    return;
                }
                let outcome = catch_unwind(AssertUnwindSafe(|| query(connection)));
                // A caller that has gone away needs no answer.
                let _ = reply.send(outcome.unwrap_or(Err(Failure::Panicked)));
            };
            self.desk.put((Box::new(query), Arc::clone(&caller.0)));
            let outcome = answer.await.map_err(|_| unreachable("the readers have stopped"))?;
            Ok(outcome?)
        };
        timeout(DEADLINE, read).await.map_err(|_| unreachable("the database is too slow"))?
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.desk.close();
        for thread in self.threads.drain(..) {
            // What it panicked of, if it did, has been told on its way.
            let _ = thread.join();
        }
    }
}

/// Where queries wait for a reader.
#[derive(Default)]
struct Desk {
    waiting: Mutex<Waiting>,
    bell: Condvar,
}

#[derive(Default)]
struct Waiting {
    queries: VecDeque<Waiter>,
    closed: bool,
}

impl Desk {
    fn put(&self, waiter: Waiter) {
        self.waiting.lock().queries.push_back(waiter);
        self.bell.notify_one();
    }

    fn close(&self) {
        self.waiting.lock().closed = true;
        self.bell.notify_all();
    }

    fn serve(&self, connection: &mut Connection) {
        while let Some((query, gone)) = self.take() {
            let is_gone = move || gone.load(Ordering::Relaxed);
            if let Err(error) = connection.progress_handler(STEPS, Some(is_gone)) {
                tracing::warn!(%error, "a query can't be stopped");
            }
            query(connection);
        }
    }

    fn take(&self) -> Option<Waiter> {
        let mut waiting = self.waiting.lock();
        loop {
            match waiting.queries.pop_front() {
                Some(query) => return Some(query),
                None if waiting.closed => return None,
                None => self.bell.wait(&mut waiting),
            }
        }
    }
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Desk")
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tempfile::TempDir;
    use tokio::time::timeout;

    use super::super::row::first;
    use super::super::{Options, Sqlite};

    const ENDLESS: &str = "
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
        SELECT count(*) FROM n";

    #[tokio::test]
    async fn a_query_that_nobody_waits_for_any_more_is_stopped() {
        let directory = TempDir::new().unwrap();
        let options = Options { readers: 1, ..Options::default() };
        let store = Sqlite::open(&directory.path().join("chancery.db"), options).unwrap();
        let endless = store.read(|db| first::<i64>(db, ENDLESS, []));
        assert!(timeout(Duration::from_millis(50), endless).await.is_err());
        assert_eq!(store.read(|_| Ok(7)).await, Ok(7), "the one reader is free");
    }
}

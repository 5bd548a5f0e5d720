//! The readers: some threads, each with a connection that can't write.
//!
//! A statement sees all that was committed before it began.

use std::collections::VecDeque;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
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

type Query = Box<dyn FnOnce(&Connection) + Send>;

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
            let (connection, desk) = (connect()?, Arc::clone(&readers.desk));
            let thread = thread::Builder::new().name("sqlite-reader".to_owned());
            readers.threads.push(thread.spawn(move || desk.serve(&connection))?);
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
            self.desk.put(Box::new(move |connection| {
                if reply.is_closed() {
                    return;
                }
                let outcome = catch_unwind(AssertUnwindSafe(|| query(connection)));
                // A caller that has gone away needs no answer.
                let _ = reply.send(outcome.unwrap_or(Err(Failure::Panicked)));
            }));
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
    queries: VecDeque<Query>,
    closed: bool,
}

impl Desk {
    fn put(&self, query: Query) {
        self.waiting.lock().queries.push_back(query);
        self.bell.notify_one();
    }

    fn close(&self) {
        self.waiting.lock().closed = true;
        self.bell.notify_all();
    }

    fn serve(&self, connection: &Connection) {
        while let Some(query) = self.take() {
            query(connection);
        }
    }

    fn take(&self) -> Option<Query> {
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

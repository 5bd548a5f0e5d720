//! The one writer of this node: a task that takes the facts that wait, runs them together, and
//! tells their callers only after the commit.
//!
//! A batch that the server undid is run again fact by fact. One whose connection broke before its
//! commit was asked for is run again on the next connection, for those who still wait. One whose
//! commit gave no clear answer is never run again.
//!
//! **Invariant**: nobody is told of a success that is not durable, and no fact is begun after its
//! caller gave up.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use authority::error::StoreError;
use authority::journal::Draft;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::connect::Connector;
use super::desk::{Desk, Setback};
use super::fact::{Fact, Told};
use super::failure::Failure;
use super::session::Session;
use crate::Stats;

/// The most facts in one transaction.
const MOST_FACTS: usize = 1_024;
/// How many facts may wait.
const LONGEST_QUEUE: usize = 4 * MOST_FACTS;
/// The first pause before connecting again; each is twice the one before.
const SHORTEST_PAUSE: Duration = Duration::from_millis(20);
/// The longest pause before connecting again.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Hands facts to the writer. When it is dropped, the writer stops and its lane is free.
pub(super) struct Writer {
    queue: mpsc::Sender<Fact>,
    patience: Duration,
    _stop: oneshot::Sender<()>,
}

impl Writer {
    /// Starts a writer at its desk.
    pub(super) fn start(
        connector: Connector,
        desk: Desk,
        patience: Duration,
        stats: Arc<Stats>,
    ) -> Self {
        let (queue, facts) = mpsc::channel(LONGEST_QUEUE);
        let (stop, stopped) = oneshot::channel();
        let scribe = Scribe { connector, desk: Some(desk), facts, stopped, stats };
        tokio::spawn(scribe.write());
        Self { queue, patience, _stop: stop }
    }

    /// Hands over a fact and waits for its outcome, as long as patience lasts.
    pub(super) async fn tell<T, F, Fut>(
        &self,
        note: Option<Draft>,
        alone: bool,
        work: F,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Fn(Session) -> Fut + Send + 'static,
        Fut: Future<Output = Result<Told<T>, Failure>> + Send + 'static,
    {
        let (fact, told) = Fact::new(note, alone, work);
        let gone = || StoreError::Unreachable("the writer has stopped".to_owned());
        let outcome = async {
            self.queue.send(fact).await.map_err(|_| gone())?;
            told.await.unwrap_or_else(|_| Err(gone()))
        };
        let late = |_| Err(Failure::Late(self.patience.as_millis()).into());
        timeout(self.patience, outcome).await.unwrap_or_else(late)
    }
}

/// The writer's task.
struct Scribe {
    connector: Connector,
    /// None while there is no connection.
    desk: Option<Desk>,
    facts: mpsc::Receiver<Fact>,
    stopped: oneshot::Receiver<()>,
    stats: Arc<Stats>,
}

impl Scribe {
    /// Writes until the store is dropped.
    async fn write(mut self) {
        let mut waiting = Vec::new();
        loop {
            waiting.retain(Fact::is_wanted);
            if waiting.is_empty() && self.facts.recv_many(&mut waiting, MOST_FACTS).await == 0 {
                return;
            }
            if let Err(why) = self.settle(&mut waiting).await {
                tracing::warn!(%why, "the writer's connection is lost");
                // Closed first, so that the lane is free.
                self.desk = None;
                self.desk = self.reopen().await;
                if self.desk.is_none() {
                    return;
                }
            }
        }
    }

    /// Settles all that wait, in their order. What is left when the connection is lost can be
    /// settled on the next one.
    async fn settle(&mut self, waiting: &mut Vec<Fact>) -> Result<(), Failure> {
        while !waiting.is_empty() {
            let rest = waiting.split_off(together(waiting));
            let mut batch = std::mem::replace(waiting, rest);
            batch.retain(Fact::is_wanted);
            if let Err(failure) = self.settle_batch(&mut batch).await {
                batch.append(waiting);
                *waiting = batch;
                return Err(failure);
            }
        }
        Ok(())
    }

    /// Settles facts in one transaction or, if the server undoes that, in one for each.
    async fn settle_batch(&mut self, batch: &mut Vec<Fact>) -> Result<(), Failure> {
        match self.transact(batch).await {
            Ok(()) => Ok(()),
            Err(Setback::Undone(failure)) => {
                tracing::debug!(facts = batch.len(), %failure, "a batch was undone");
                while !batch.is_empty() {
                    let rest = batch.split_off(1);
                    let mut one = std::mem::replace(batch, rest);
                    if let Err(failure) = self.settle_one(&mut one).await {
                        one.append(batch);
                        *batch = one;
                        return Err(failure);
                    }
                }
                Ok(())
            }
            Err(Setback::Lost(failure)) => Err(failure),
            Err(Setback::Unknown(failure)) => Err(self.give_up(batch, failure)),
        }
    }

    /// Settles one fact in a transaction of its own, again if it meets another one.
    async fn settle_one(&mut self, one: &mut Vec<Fact>) -> Result<(), Failure> {
        for attempt in 1.. {
            one.retain(Fact::is_wanted);
            match self.transact(one).await {
                Ok(()) => break,
                Err(Setback::Undone(failure)) if attempt < failure.tries() => {}
                Err(Setback::Undone(failure)) => drop(self.give_up(one, failure)),
                Err(Setback::Lost(failure)) => return Err(failure),
                Err(Setback::Unknown(failure)) => return Err(self.give_up(one, failure)),
            }
        }
        Ok(())
    }

    /// Runs facts in one transaction and tells their callers once it is kept.
    async fn transact(&mut self, facts: &mut Vec<Fact>) -> Result<(), Setback> {
        if facts.is_empty() {
            return Ok(());
        }
        let Some(desk) = &mut self.desk else {
            return Err(Setback::Lost(Failure::Other("there is no connection".to_owned())));
        };
        let result = desk.transact(facts).await;
        if result.is_ok() {
            self.stats.batches.fetch_add(1, Ordering::Relaxed);
            self.stats.facts.fetch_add(facts.len() as u64, Ordering::Relaxed);
            facts.drain(..).for_each(Fact::kept);
        }
        result
    }

    /// Tells all that nobody knows, or that it can't be done.
    fn give_up(&self, facts: &mut Vec<Fact>, failure: Failure) -> Failure {
        tracing::warn!(facts = facts.len(), %failure, "facts could not be kept");
        self.stats.facts.fetch_add(facts.len() as u64, Ordering::Relaxed);
        self.stats.failures.fetch_add(facts.len() as u64, Ordering::Relaxed);
        let why = failure.to_string();
        facts.drain(..).for_each(|fact| fact.failed(&why));
        failure
    }

    /// Connects again, with growing pauses, until the store is dropped.
    async fn reopen(&mut self) -> Option<Desk> {
        let mut pause = SHORTEST_PAUSE;
        loop {
            match Desk::open(&self.connector).await {
                Ok(desk) => return Some(desk),
                Err(why) => tracing::warn!(%why, "the writer can't connect"),
            }
            if timeout(pause, &mut self.stopped).await.is_ok() {
                return None;
            }
            pause = LONGEST_PAUSE.min(2 * pause);
        }
    }
}

/// How many of the first facts may share a transaction: one alone, or those up to the next that
/// must be alone or has the same idempotency key as an earlier one.
fn together(waiting: &[Fact]) -> usize {
    if waiting.first().is_some_and(|fact| fact.alone) {
        return 1;
    }
    let mut keys = std::collections::HashSet::new();
    let mut fits =
        |fact: &&Fact| !fact.alone && fact.once().is_none_or(|once| keys.insert(once.key));
    waiting.iter().take_while(|fact| fits(fact)).count()
}

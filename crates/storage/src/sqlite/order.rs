//! A fact on its way through the writer, with its entry and its idempotency key.

use authority::error::{Prior, StoreError};
use authority::journal::{Draft, LaneEnd};
use rusqlite::{Connection, params};
use tokio::sync::oneshot;

use super::journal;
use super::row::{Failure, Fields, at, one, run};

/// What a fact did.
pub(super) struct Told<T> {
    answer: T,
    enrol: bool,
}

impl<T> Told<T> {
    /// Something, which is enrolled.
    pub(super) fn done(answer: T) -> Self {
        Self { answer, enrol: true }
    }

    /// Nothing.
    pub(super) fn nothing(answer: T) -> Self {
        Self { answer, enrol: false }
    }

    /// One answer if rows were changed, another if none was.
    pub(super) fn by(rows: usize, done: T, nothing: T) -> Self {
        if rows > 0 { Self::done(done) } else { Self::nothing(nothing) }
    }
}

pub(super) type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

/// A fact on its way through the writer.
pub(super) trait Order: Send {
    /// Tells the fact and gives its entry the next place. It may be called again after a
    /// roll-back.
    fn tell(&mut self, db: &Connection, end: &mut LaneEnd) -> Result<(), Failure>;

    /// Whether it must get through on a full disk: what makes verifiers forget takes something
    /// away.
    fn takes_away(&self) -> bool;

    /// Answers what it told, now that it is kept, or why it could not be.
    fn answer(self: Box<Self>, outcome: Result<(), Failure>);
}

impl std::fmt::Debug for dyn Order {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Order")
    }
}

/// A fact with its entry.
pub(super) struct Fact<T, F> {
    tell: F,
    note: Draft,
    told: Option<Result<T, StoreError>>,
    reply: Reply<T>,
}

impl<T, F> Fact<T, F> {
    pub(super) fn new(tell: F, note: Draft, reply: Reply<T>) -> Self {
        Self { tell, note, told: None, reply }
    }
}

impl<T, F> Order for Fact<T, F>
where
    T: Send,
    F: Fn(&Connection, &Draft) -> Result<Told<T>, Failure> + Send,
{
    fn tell(&mut self, db: &Connection, end: &mut LaneEnd) -> Result<(), Failure> {
        if let Some(prior) = prior(db, &self.note)? {
            self.told = Some(Err(StoreError::Replayed(prior)));
            return Ok(());
        }
        let Told { answer, enrol } = (self.tell)(db, &self.note)?;
        if enrol {
            keep_key(db, &self.note)?;
            *end = journal::enrol(db, &self.note, end)?;
        }
        self.told = Some(Ok(answer));
        Ok(())
    }

    fn takes_away(&self) -> bool {
        self.note.takes_away()
    }

    fn answer(self: Box<Self>, outcome: Result<(), Failure>) {
        answer(self.reply, self.told, outcome);
    }
}

/// A write without an entry.
pub(super) struct Uncounted<T, F> {
    change: F,
    told: Option<T>,
    reply: Reply<T>,
}

impl<T, F> Uncounted<T, F> {
    pub(super) fn new(change: F, reply: Reply<T>) -> Self {
        Self { change, told: None, reply }
    }
}

impl<T, F> Order for Uncounted<T, F>
where
    T: Send,
    F: Fn(&Connection) -> Result<T, Failure> + Send,
{
    fn tell(&mut self, db: &Connection, _: &mut LaneEnd) -> Result<(), Failure> {
        self.told = Some((self.change)(db)?);
        Ok(())
    }

    fn takes_away(&self) -> bool {
        false
    }

    fn answer(self: Box<Self>, outcome: Result<(), Failure>) {
        answer(self.reply, self.told.map(Ok), outcome);
    }
}

fn answer<T>(reply: Reply<T>, told: Option<Result<T, StoreError>>, outcome: Result<(), Failure>) {
    let untold = || Err(StoreError::Unreachable("the fact was not told".to_owned()));
    let answer = match outcome {
        Ok(()) => told.unwrap_or_else(untold),
        Err(failure) => Err(failure.into()),
    };
    // A caller that has gone away hears nothing; the fact has happened.
    let _ = reply.send(answer);
}

const PRIOR: &str = "
    SELECT fingerprint, target_id
    FROM once
    WHERE key = ?1";

/// What the fact's idempotency key was used for before.
fn prior(db: &Connection, note: &Draft) -> Result<Option<Prior>, Failure> {
    let Some(once) = &note.once else { return Ok(None) };
    let read = |row: &mut Fields<'_>| Ok(Prior { fingerprint: row.value()?, target: row.uuid()? });
    one(db, PRIOR, params![once.key], read)
}

const KEEP_KEY: &str = "
    INSERT INTO once (key, fingerprint, target_id, used_at)
    VALUES (?1, ?2, ?3, ?4)";

fn keep_key(db: &Connection, note: &Draft) -> Result<(), Failure> {
    let Some(once) = &note.once else { return Ok(()) };
    let target = note.target.id.into_bytes();
    run(db, KEEP_KEY, params![once.key, once.fingerprint, target, at(note.at)]).map(drop)
}

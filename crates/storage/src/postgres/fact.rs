//! A fact on its way to the writer: something that can be run, and run again if its transaction
//! did not happen, and somebody who waits for its outcome.

use authority::error::{Prior, StoreError};
use authority::journal::{Draft, Once};
use futures_util::future::BoxFuture;
use tokio::sync::oneshot;

use super::failure::Failure;
use super::session::Session;

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
    pub(super) fn by(rows: u64, done: T, nothing: T) -> Self {
        if rows > 0 { Self::done(done) } else { Self::nothing(nothing) }
    }
}

/// A fact that waits for the writer.
pub(super) struct Fact {
    /// Its entry to be; none for what is not a fact in the journal's eyes.
    pub(super) note: Option<Draft>,
    /// Whether it needs a transaction of its own.
    pub(super) alone: bool,
    /// What its idempotency key was used for before: it isn't run then.
    pub(super) prior: Option<Prior>,
    work: Box<dyn Work>,
}

impl Fact {
    /// A fact, and where its answer will come from.
    pub(super) fn new<T, F, Fut>(
        note: Option<Draft>,
        alone: bool,
        work: F,
    ) -> (Self, oneshot::Receiver<Result<T, StoreError>>)
    where
        T: Send + 'static,
        F: Fn(Session) -> Fut + Send + 'static,
        Fut: Future<Output = Result<Told<T>, Failure>> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let work = Box::new(Pending { work, told: None, reply });
        (Self { note, alone, prior: None, work }, answer)
    }

    /// Its idempotency key, if it has one.
    pub(super) fn once(&self) -> Option<&Once> {
        self.note.as_ref()?.once.as_ref()
    }

    /// Whether its caller still waits. If not, it must not be begun.
    pub(super) fn is_wanted(&self) -> bool {
        self.work.is_wanted()
    }

    /// Runs it in the transaction that is open. Nothing of it counts before the commit.
    pub(super) fn run(&mut self, session: &Session) -> BoxFuture<'_, Result<(), Failure>> {
        self.work.run(session.clone())
    }

    /// Whether its last run changed something.
    pub(super) fn changed(&self) -> bool {
        self.prior.is_none() && self.work.changed()
    }

    /// Tells its caller that what it did is kept.
    pub(super) fn kept(self) {
        match self.prior {
            Some(prior) => self.work.answer(Err(StoreError::Replayed(prior))),
            None => self.work.answer(Ok(())),
        }
    }

    /// Tells its caller that nobody knows, or that it did not happen.
    pub(super) fn failed(self, why: &str) {
        self.work.answer(Err(StoreError::Unreachable(why.to_owned())));
    }
}

/// A fact without the type of its outcome.
trait Work: Send {
    fn is_wanted(&self) -> bool;
    fn run(&mut self, session: Session) -> BoxFuture<'_, Result<(), Failure>>;
    fn changed(&self) -> bool;
    fn answer(self: Box<Self>, end: Result<(), StoreError>);
}

struct Pending<T, F> {
    work: F,
    told: Option<Told<T>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F, Fut> Work for Pending<T, F>
where
    T: Send + 'static,
    F: Fn(Session) -> Fut + Send,
    Fut: Future<Output = Result<Told<T>, Failure>> + Send + 'static,
{
    fn is_wanted(&self) -> bool {
        !self.reply.is_closed()
    }

    fn run(&mut self, session: Session) -> BoxFuture<'_, Result<(), Failure>> {
        self.told = None;
        let running = (self.work)(session);
        Box::pin(async move {
            self.told = Some(running.await?);
            Ok(())
        })
    }

    fn changed(&self) -> bool {
        self.told.as_ref().is_some_and(|told| told.enrol)
    }

    fn answer(self: Box<Self>, end: Result<(), StoreError>) {
        let untold = || StoreError::Unreachable("the fact was not run".to_owned());
        let Self { told, reply, .. } = *self;
        let answer = end.and_then(|()| told.map(|told| told.answer).ok_or_else(untold));
        // A caller that gave up meanwhile hears nothing.
        drop(reply.send(answer));
    }
}

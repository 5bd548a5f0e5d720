//! Statements that are sent in order, without waiting for answers between.

use futures_util::future::{BoxFuture, FutureExt, MaybeDone, join_all, maybe_done};
use futures_util::poll;

use super::failure::Failure;
use super::session::Session;

/// Statements on their way.
pub(super) struct Line<'a> {
    session: &'a Session,
    sent: Vec<MaybeDone<BoxFuture<'a, Result<(), Failure>>>>,
}

impl<'a> Line<'a> {
    /// An empty line.
    pub(super) fn on(session: &'a Session) -> Self {
        Self { session, sent: Vec::new() }
    }

    /// Sends one more. It waits only where a statement is new to the session and has to be
    /// prepared, so that the order stays.
    pub(super) async fn send(
        &mut self,
        work: impl Future<Output = Result<(), Failure>> + Send + 'a,
    ) {
        let mut sent = maybe_done(work.boxed());
        // The first poll sends it.
        let waits = poll!(&mut sent).is_pending();
        if self.session.was_held_up() && waits {
            (&mut sent).await;
        }
        self.sent.push(sent);
    }

    /// Whether any is known to have failed by now.
    pub(super) fn has_failed(&self) -> bool {
        self.sent.iter().any(|sent| matches!(sent, MaybeDone::Done(Err(_))))
    }

    /// Waits for all; of what failed, the first that is not just an echo of another failure.
    pub(super) async fn answers(mut self) -> Result<(), Failure> {
        join_all(self.sent.iter_mut()).await;
        let mut failed: Option<Failure> = None;
        for sent in self.sent {
            let MaybeDone::Done(Err(failure)) = sent else { continue };
            if failed.as_ref().is_none_or(Failure::is_echo) {
                failed = Some(failure);
            }
        }
        failed.map_or(Ok(()), Err)
    }
}

//! Letters on their way out: a queue that never keeps its caller waiting, and the task that empties it.
//!
//! [`open`] gives both ends. What carries a letter, a folder or an SMTP server, is in `carrier`; how a
//! letter becomes a message that nobody can smuggle a header into is in `message`.
//!
//! **Invariant**: the text of a letter holds a secret link, so no line here logs it, nor what a server
//! said about it.

mod carrier;
mod message;

use std::{sync::Arc, time::Duration};

use authority::account::{Letter, Outbox};
use metrics::Counter;
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
    time::timeout,
};

pub use carrier::SettingError;
use carrier::{Carrier, Failure};

/// How many letters may wait. One more is dropped, and counted.
pub const QUEUE: usize = 1_024;

/// The pauses between the attempts to deliver one letter.
const PAUSES: [Duration; 3] =
    [Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(25)];

/// How many letters are on their way at once, so that one slow mailbox delays few others.
const AT_ONCE: usize = 8;

/// How long a stopping process goes on delivering what waits.
const LAST_ROUND: Duration = Duration::from_secs(8);

/// What became of letters.
#[derive(Clone)]
pub struct Tally {
    /// Taken by the carrier.
    pub sent: Counter,
    /// Given up after the last attempt, or refused for good.
    pub failed: Counter,
    /// Never tried, because the queue was full or no carrier is set.
    pub dropped: Counter,
}

impl Default for Tally {
    fn default() -> Self {
        Self { sent: Counter::noop(), failed: Counter::noop(), dropped: Counter::noop() }
    }
}

/// Opens the post: `file:DIR`, `smtp://…`, `smtps://…`, or `none`.
///
/// Letters come from `sender`, an address with or without a name: `Chancery <chancery@example.org>`.
///
/// # Errors
///
/// [`SettingError`] if either can't be read, or the folder can't be made.
pub fn open(setting: &str, sender: &str, tally: Tally) -> Result<(Post, Courier), SettingError> {
    let carrier = Arc::new(Carrier::from_setting(setting, sender)?);
    let (queue, waiting) = mpsc::channel(QUEUE);
    let post = Post { queue, tally: tally.clone() };
    Ok((post, Courier { carrier, waiting, tally }))
}

/// Where letters are handed in.
#[derive(Clone)]
pub struct Post {
    queue: mpsc::Sender<Letter>,
    tally: Tally,
}

impl Outbox for Post {
    /// Never waits: where the queue is full or the post has closed, the letter is dropped.
    fn post(&self, letter: Letter) {
        if self.queue.try_send(letter).is_err() {
            self.tally.dropped.increment(1);
            tracing::error!("a letter was dropped: the mail queue is full");
        }
    }
}

/// Delivers what is handed in. Does nothing until [`Courier::run`] is awaited.
pub struct Courier {
    carrier: Arc<Carrier>,
    waiting: mpsc::Receiver<Letter>,
    tally: Tally,
}

impl Courier {
    /// Delivers letters until `stop`, and then for a few seconds more those that still wait.
    pub async fn run(mut self, stop: impl Future<Output = ()>) {
        let (stopping, hurry) = watch::channel(false);
        let mut under_way = JoinSet::new();
        tokio::pin!(stop);
        loop {
            tokio::select! {
                biased;
                () = &mut stop => break,
                Some(_) = under_way.join_next() => {}
                letter = self.waiting.recv(), if under_way.len() < AT_ONCE => match letter {
                    Some(letter) => self.send_off(letter, &hurry, &mut under_way),
                    None => break,
                },
            }
        }
        self.waiting.close();
        stopping.send_replace(true);
        if timeout(LAST_ROUND, self.last_round(&hurry, &mut under_way)).await.is_err() {
            let left = self.waiting.len() + under_way.len();
            tracing::error!(letters = left, "stopped before all letters were delivered");
        }
    }

    async fn last_round(&mut self, hurry: &watch::Receiver<bool>, under_way: &mut JoinSet<()>) {
        while let Some(letter) = self.waiting.recv().await {
            if under_way.len() >= AT_ONCE {
                under_way.join_next().await;
            }
            self.send_off(letter, hurry, under_way);
        }
        while under_way.join_next().await.is_some() {}
    }

    fn send_off(&self, letter: Letter, hurry: &watch::Receiver<bool>, under_way: &mut JoinSet<()>) {
        let (carrier, tally, hurry) =
            (Arc::clone(&self.carrier), self.tally.clone(), hurry.clone());
        under_way.spawn(async move { deliver(&carrier, &letter, &tally, hurry).await });
    }
}

/// Tries until the letter is taken, refused for good, or the pauses are used up.
async fn deliver(
    carrier: &Carrier,
    letter: &Letter,
    tally: &Tally,
    mut hurry: watch::Receiver<bool>,
) {
    let mut pauses = PAUSES.iter();
    loop {
        let failure = match carrier.carry(letter).await {
            Ok(()) => return tally.sent.increment(1),
            Err(Failure::Nowhere) => {
                tracing::warn!("a letter was dropped: no mail is set up (CHANCERY_MAIL)");
                return tally.dropped.increment(1);
            }
            Err(failure) => failure,
        };
        let pause = pauses.next().filter(|_| failure.may_pass());
        let Some(pause) = pause else {
            tracing::error!(%failure, "a letter could not be delivered");
            return tally.failed.increment(1);
        };
        tracing::warn!(%failure, again_in = ?pause, "a letter could not be delivered yet");
        // A stopping process does not wait: the remaining attempts follow at once.
        let _ = timeout(*pause, hurry.wait_for(|stopping| *stopping)).await;
    }
}

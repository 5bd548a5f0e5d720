//! The one task of a verifier: it polls the feed, forgets what it is told, and renews the lease.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};

use crate::clock::Clock;
use crate::memory::Memory;
use crate::verdict::Unavailable;
use crate::wire::Authority;

/// The shortest time from poll to poll: of a storm of revocations many are told at once.
const SHORTEST_ROUND: Duration = Duration::from_millis(10);
/// The longest time from a poll that failed to the next.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Follows one authority.
pub(crate) struct Follow {
    pub(crate) authority: Arc<dyn Authority>,
    pub(crate) memory: Arc<Memory>,
    pub(crate) clock: Clock,
    pub(crate) lease: Duration,
    /// Told of each poll that was obeyed.
    pub(crate) heard: watch::Sender<()>,
}

/// The task, which ends with this.
pub(crate) struct Following(JoinHandle<()>);

impl Drop for Following {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Follow {
    pub(crate) fn start(self) -> Following {
        Following(tokio::spawn(self.run()))
    }

    async fn run(self) {
        let wait = self.wait();
        let mut failed = 0_u32;
        loop {
            let began = Instant::now();
            let round = match self.poll(wait).await {
                Ok(news) => {
                    if failed > 0 {
                        tracing::info!("the authority answers again");
                    }
                    failed = 0;
                    if news { SHORTEST_ROUND } else { wait }
                }
                Err(why) => {
                    if failed == 0 {
                        tracing::warn!(%why, "the authority can't be followed for now");
                    }
                    failed = failed.saturating_add(1);
                    LONGEST_PAUSE.min(wait.saturating_mul(1 << failed.min(8)) / 2)
                }
            };
            sleep_until(began + round).await;
        }
    }

    /// How long a poll may wait: well below the lease, of which the node's own age, and the way to it
    /// and back, take their parts too.
    fn wait(&self) -> Duration {
        self.lease * 3 / 10
    }

    /// Polls once. Says whether there was something to forget.
    async fn poll(&self, wait: Duration) -> Result<bool, Unavailable> {
        let Self { authority, memory, clock, lease, heard } = self;
        let after = memory.cursor();
        let sent = clock.now();
        // What comes later than that renews nothing.
        let told = timeout(wait + *lease, authority.poll(after.as_ref(), wait)).await;
        let told = told.map_err(|_| Unavailable::no_answer("it did not answer in time"))??;
        memory.obey(after.as_ref(), &told, sent, clock.now());
        heard.send_replace(());
        Ok(told.all || !told.slots.is_empty())
    }
}

//! What a node does by itself, now and then: it follows the journal, writes down uses, signs heads,
//! tidies up. And the pause of a node that stops.
//!
//! **Invariant**: a job that fails is tried again at its next turn; it never ends the process, and
//! it says so once, not at every turn.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use authority::Authority;
use authority::journal::Head;
use storage::Stats;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::head;
use crate::rules::Reload;
use crate::telemetry::Telemetry;

/// Entries after which a head is signed at once.
const MANY: usize = 1_000;
/// The longest time for which entries stay without a signed head.
const UNSIGNED: Duration = Duration::from_secs(10);

/// What is done, and in which pace.
#[derive(Debug, Clone, Copy)]
enum Job {
    /// Reads the journal, forgets what it names, and renews the lease.
    Follow,
    /// Writes down when tokens were last used.
    Flush,
    /// Signs the ends of all lanes, where something has changed.
    Sign,
    /// Deletes what is too old, and rotates keys that have come of age.
    Tidy,
    /// Reads the file with the gateway's rules again, where it has changed.
    Rules,
}

impl Job {
    const ALL: [Self; 5] = [Self::Follow, Self::Flush, Self::Sign, Self::Tidy, Self::Rules];

    const fn pace(self) -> Duration {
        match self {
            Self::Follow => Duration::from_millis(100),
            Self::Flush | Self::Rules => Duration::from_secs(2),
            Self::Sign => Duration::from_secs(1),
            Self::Tidy => Duration::from_secs(60),
        }
    }
}

/// One node's chores.
#[derive(Clone)]
pub(crate) struct Upkeep(Arc<Node>);

struct Node {
    authority: Authority,
    telemetry: Arc<Telemetry>,
    stats: Arc<Stats>,
    reload: Reload,
    /// Entries since the last signed head. A node that starts can't know and assumes one.
    unsigned: AtomicUsize,
    /// Seconds, by the runtime's clock, at which the last head was signed.
    signed: AtomicU64,
    began: Instant,
    /// Told when nothing can be written any more.
    broken: Notify,
}

/// Starts all jobs. They end when `ending` says so.
pub(crate) fn start(upkeep: &Upkeep, ending: &watch::Receiver<bool>) -> JoinSet<()> {
    let run = |job: Job| upkeep.clone().run(job, ending.clone());
    Job::ALL.into_iter().map(run).collect()
}

/// Waits, as a stopping node may be told to.
#[expect(clippy::disallowed_methods, reason = "a stopping node may be told to linger")]
pub(crate) async fn pause(time: Duration) {
    if !time.is_zero() {
        tokio::time::sleep(time).await;
    }
}

impl Upkeep {
    pub(crate) fn new(
        authority: Authority,
        telemetry: Arc<Telemetry>,
        stats: Arc<Stats>,
        reload: Reload,
    ) -> Self {
        let (unsigned, signed) = (AtomicUsize::new(1), AtomicU64::new(0));
        let (began, broken) = (Instant::now(), Notify::new());
        Self(Arc::new(Node {
            authority,
            telemetry,
            stats,
            reload,
            unsigned,
            signed,
            began,
            broken,
        }))
    }

    /// Waits until the disk has failed under a commit. What was written last is then unknown, and
    /// only a new start finds out.
    pub(crate) async fn broken(&self) {
        self.0.broken.notified().await;
    }

    /// The last chores of a node that stops. What fails here is told and lost: uses of the last
    /// seconds, and a head that the next start signs.
    pub(crate) async fn finish(self) {
        self.0.unsigned.fetch_add(MANY, Ordering::Relaxed);
        if let Err(error) = self.0.authority.flush_all_uses().await {
            tracing::warn!(%error, "uses are not written down");
        }
        if let Err(error) = self.act(Job::Sign).await {
            tracing::warn!(%error, "no head is signed");
        }
    }

    async fn run(self, job: Job, mut ending: watch::Receiver<bool>) {
        let mut ticks = interval(job.pace());
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut failing = false;
        loop {
            tokio::select! {
                biased;
                _ = ending.wait_for(|end| *end) => return,
                _ = ticks.tick() => {}
            }
            let done = self.act(job).await;
            match &done {
                Ok(()) if failing => tracing::info!(?job, "done again"),
                Err(error) if !failing => tracing::warn!(?job, %error, "can't be done for now"),
                Ok(()) | Err(_) => {}
            }
            failing = done.is_err();
        }
    }

    async fn act(&self, job: Job) -> Result<(), authority::Error> {
        let Node { authority, telemetry, stats, unsigned, broken, .. } = &*self.0;
        match job {
            Job::Follow => {
                let count = authority.follow().await;
                let age = authority.policy().memory.lease.saturating_sub(authority.lease_left());
                telemetry.lease_age.set(age.as_secs_f64());
                let count = count?;
                unsigned.fetch_add(count, Ordering::Relaxed);
                telemetry.journal_entries.increment(u64::try_from(count).unwrap_or(0));
            }
            Job::Flush => {
                telemetry.writer.tell(stats);
                telemetry.logins.tell(&authority.logins());
                if stats.broken.load(Ordering::Relaxed) {
                    broken.notify_one();
                }
                let remembered = u32::try_from(authority.remembered()).unwrap_or(u32::MAX);
                telemetry.remembered.set(f64::from(remembered));
                authority.flush_uses().await?;
            }
            Job::Sign => drop(self.sign().await?),
            Job::Tidy => authority.tidy().await?,
            Job::Rules => {
                self.0.reload.if_changed().await;
                telemetry.rules.tell(authority);
            }
        }
        Ok(())
    }

    /// Signs a head if many entries came, or some and it is time. It leaves the database by the
    /// log, so that a database that was cut can be found out.
    async fn sign(&self) -> Result<Option<Head>, authority::Unavailable> {
        let Node { authority, unsigned, signed, began, .. } = &*self.0;
        let now = began.elapsed().as_secs();
        let waited = now.saturating_sub(signed.load(Ordering::Relaxed));
        let count = unsigned.load(Ordering::Relaxed);
        let due = count >= MANY || (count > 0 && waited >= UNSIGNED.as_secs());
        if !due {
            return Ok(None);
        }
        let head = authority.sign_head().await?;
        unsigned.fetch_sub(count, Ordering::Relaxed);
        signed.store(now, Ordering::Relaxed);
        tracing::info!(head = head::text(&head), "journal");
        Ok(Some(head))
    }
}

#[cfg(test)]
mod tests {
    use testing::World;

    use super::*;

    fn upkeep(world: &World) -> Upkeep {
        let telemetry = Arc::new(Telemetry::new(&[], &[]));
        let reload = Reload::new(&world.authority, None);
        Upkeep::new(world.authority.clone(), telemetry, Arc::default(), reload)
    }

    #[tokio::test]
    async fn a_head_is_signed_after_many_entries_and_then_not_again() {
        let world = World::new().await;
        let upkeep = upkeep(&world);
        assert_eq!(upkeep.sign().await.unwrap(), None, "it is not time yet");

        upkeep.0.unsigned.fetch_add(MANY, Ordering::Relaxed);

        let head = upkeep.sign().await.unwrap().unwrap();
        assert_eq!(world.authority.verify_journal(&[head]).await.unwrap(), []);
        assert_eq!(upkeep.sign().await.unwrap(), None, "nothing has changed");
    }

    #[tokio::test]
    async fn a_head_that_could_not_be_kept_is_signed_later() {
        let world = World::new().await;
        let upkeep = upkeep(&world);
        upkeep.0.unsigned.fetch_add(MANY, Ordering::Relaxed);

        world.break_storage();
        assert!(upkeep.act(Job::Sign).await.is_err());
        assert!(upkeep.act(Job::Follow).await.is_err());
        world.mend_storage();

        upkeep.act(Job::Follow).await.unwrap();
        assert!(upkeep.sign().await.unwrap().is_some());
    }

    #[tokio::test]
    async fn how_many_rules_hold_and_whether_they_are_stale_is_told() {
        let world = World::new().await;
        let upkeep = upkeep(&world);
        let told = async || {
            upkeep.act(Job::Rules).await.unwrap();
            let text = upkeep.0.telemetry.render();
            let told = |name: &str| text.lines().any(|line| line == name);
            (told("chancery_rules 1"), told("chancery_rules_stale 1"))
        };
        assert_eq!(told().await, (false, false));
        let text = "described_by = [\"path\"]\n[[rule]]\npaths = [\"/a\"]\npublic = true";
        world.authority.change_rules(&world.root().await, text).await.unwrap();
        assert_eq!(told().await, (true, false));
        world.authority.doubt_rules();
        assert_eq!(told().await, (true, true));
    }

    #[tokio::test]
    async fn a_disk_that_failed_under_a_commit_ends_the_server() {
        let world = World::new().await;
        let upkeep = upkeep(&world);
        upkeep.act(Job::Flush).await.unwrap();
        let soon = Duration::from_millis(1);
        assert!(tokio::time::timeout(soon, upkeep.broken()).await.is_err());

        upkeep.0.stats.broken.store(true, Ordering::Relaxed);

        upkeep.act(Job::Flush).await.unwrap();
        upkeep.broken().await;
    }
}

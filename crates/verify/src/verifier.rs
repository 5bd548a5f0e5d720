//! Who is asked about a token: memory while its lease lasts, else the authority.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

use crate::builder::Builder;
use crate::client::is_bearer;
use crate::clock::Clock;
use crate::flight::{Flights, Follower, Leader, Part};
use crate::follow::{Follow, Following};
use crate::memory::{Memory, Recollection};
use crate::need::{Key, Keyer, Need};
use crate::verdict::{Reason, Unavailable, Verdict};
use crate::wire::{Authority, Shown};

/// Checks tokens. Cheap to clone; all clones are one, and when the last is dropped, the task that
/// follows the authority ends.
#[derive(Clone)]
pub struct Verifier {
    shared: Arc<Shared>,
}

/// What is answered when nothing was heard of the authority for longer than the lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PastLease {
    /// [`Unavailable`], at once.
    #[default]
    Close,
    /// What the authority says, asked for each check.
    Ask,
}

/// What a verifier is told.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) lease: Duration,
    pub(crate) past_lease: PastLease,
    pub(crate) good: usize,
    pub(crate) bad: usize,
    pub(crate) time_out: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            lease: Duration::from_millis(500),
            past_lease: PastLease::Close,
            good: 100_000,
            bad: 10_000,
            time_out: Duration::from_secs(1),
        }
    }
}

struct Shared {
    authority: Arc<dyn Authority>,
    memory: Arc<Memory>,
    flights: Flights,
    keyer: Keyer,
    clock: Clock,
    past_lease: PastLease,
    time_out: Duration,
    heard: watch::Receiver<()>,
    _following: Following,
}

impl Verifier {
    /// Begins to put one together. `base` is where the authority is, such as
    /// `https://tokens.example.org`; `credential` is a token of the service's own that holds
    /// `authority.token.introspect`.
    pub fn builder(base: &str, credential: &str) -> Builder {
        Builder::new(base, credential)
    }

    pub(crate) fn start(
        authority: Arc<dyn Authority>,
        settings: &Settings,
        clock: Clock,
    ) -> Result<Self, getrandom::Error> {
        let Settings { lease, past_lease, good, bad, time_out } = *settings;
        let keyer = Keyer::new()?;
        let memory = Arc::new(Memory::new(lease, good, bad));
        let (told, heard) = watch::channel(());
        let follow = Follow {
            authority: Arc::clone(&authority),
            memory: Arc::clone(&memory),
            clock: clock.clone(),
            lease,
            heard: told,
        };
        let (flights, following) = (Flights::default(), follow.start());
        let shared = Shared {
            authority,
            memory,
            flights,
            keyer,
            clock,
            past_lease,
            time_out,
            heard,
            _following: following,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Whether a token is good for a need: from memory, else the authority says.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] if nobody can tell. That is no no: answer 503.
    pub async fn check(&self, token: &str, need: &Need) -> Result<Verdict, Unavailable> {
        self.check_from(token, need, None).await
    }

    /// As [`Verifier::check`], of a token that was shown from this address: one that is bound to
    /// networks is good only if it lies in them. Such a token is never remembered.
    ///
    /// # Errors
    ///
    /// As [`Verifier::check`].
    pub async fn check_from(
        &self,
        token: &str,
        need: &Need,
        address: Option<IpAddr>,
    ) -> Result<Verdict, Unavailable> {
        let key = self.shared.keyer.key(token, need);
        let shown = Shown { token, need, address };
        match self.shared.recall(&key) {
            Recollection::Known(verdict) => Ok(verdict),
            Recollection::Silent => self.shared.ask(key, shown).await,
            Recollection::PastLease => match self.shared.past_lease {
                PastLease::Close => Err(Unavailable::PastLease),
                PastLease::Ask => self.shared.ask(key, shown).await,
            },
        }
    }

    /// As [`Verifier::check`], but only from memory: `None` if memory can't say. Allocates nothing.
    pub fn check_warm(&self, token: &str, need: &Need) -> Option<Verdict> {
        match self.shared.recall(&self.shared.keyer.key(token, need)) {
            Recollection::Known(verdict) => Some(verdict),
            Recollection::Silent | Recollection::PastLease => None,
        }
    }

    /// Waits until memory may speak: a service that closes past the lease is not ready before.
    pub async fn ready(&self) {
        let mut heard = self.shared.heard.clone();
        while !self.is_ready() {
            if heard.changed().await.is_err() {
                return;
            }
        }
    }

    /// Whether memory may speak, for a service's own health.
    pub fn is_ready(&self) -> bool {
        // What lies under a key that nobody has doesn't matter.
        self.shared.recall(&Key::default()) != Recollection::PastLease
    }
}

impl Shared {
    fn recall(&self, key: &Key) -> Recollection {
        self.memory.recall(key, self.clock.now())
    }

    async fn ask(&self, key: Key, shown: Shown<'_>) -> Result<Verdict, Unavailable> {
        if !is_bearer(shown.token) {
            return Ok(Verdict::Bad(Reason::new(Reason::MALFORMED)));
        }
        match self.flights.join(key) {
            Part::Ask(leader) => self.lead(leader, key, shown).await,
            Part::Wait(follower) => {
                let found = timeout(self.time_out, self.follow(follower, key, shown)).await;
                found.unwrap_or_else(|_| Err(late()))
            }
        }
    }

    /// Asks for all who wait for it.
    async fn lead(
        &self,
        leader: Leader<'_>,
        key: Key,
        shown: Shown<'_>,
    ) -> Result<Verdict, Unavailable> {
        let outcome = self.ask_now(key, shown).await;
        leader.land(outcome.as_ref().map(drop).map_err(Clone::clone));
        outcome
    }

    /// Waits for what somebody else asked, and looks at what it brought. Of those whom a leader left
    /// alone, one leads on.
    async fn follow(
        &self,
        mut follower: Follower,
        key: Key,
        shown: Shown<'_>,
    ) -> Result<Verdict, Unavailable> {
        loop {
            if let Some(landing) = follower.wait().await {
                landing?;
                return match self.recall(&key) {
                    Recollection::Known(verdict) => Ok(verdict),
                    Recollection::Silent | Recollection::PastLease => {
                        self.ask_now(key, shown).await
                    }
                };
            }
            match self.flights.join(key) {
                Part::Ask(leader) => return self.lead(leader, key, shown).await,
                Part::Wait(another) => follower = another,
            }
        }
    }

    async fn ask_now(&self, key: Key, shown: Shown<'_>) -> Result<Verdict, Unavailable> {
        let ticket = self.memory.ticket(self.clock.now());
        let answers = timeout(self.time_out, self.authority.verify(shown)).await;
        let answers = answers.map_err(|_| late())??;
        let verdict = answers.verdict()?;
        self.memory.keep(key, &ticket, &answers, &verdict);
        Ok(verdict)
    }
}

fn late() -> Unavailable {
    Unavailable::no_answer("it did not answer in time")
}

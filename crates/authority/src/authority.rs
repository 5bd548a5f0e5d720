//! The authority itself: what it is made of, how it opens, and how a fact is enrolled.

use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use parking_lot::Mutex;
use uuid::Uuid;

use crate::account::Outbox;
use crate::account::hashing::Hasher;
use crate::account::tally::LoginTally;
use crate::actor::Actor;
use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::error::{Error, Refusal, StoreError, Unavailable};
use crate::id::{EntryId, Id, OrganizationId};
use crate::journal::{By, Cursors, Detail, Draft, Once, Subject, Target, Who};
use crate::keys::{Keys, RootKey};
use crate::policy::Policy;
use crate::rules::Rules;
use crate::store::Store;
use crate::verdicts::{Known, Verdicts};

/// Who may hold which token, and is this one good now. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Authority {
    pub(crate) shared: Arc<Shared>,
}

/// What an authority is made of.
pub struct Parts {
    /// Where facts are kept.
    pub store: Arc<dyn Store>,
    /// Where time comes from.
    pub clock: Arc<dyn Clock>,
    /// Where randomness comes from.
    pub entropy: Arc<dyn Entropy>,
    /// Where letters go.
    pub outbox: Arc<dyn Outbox>,
    /// The root key.
    pub root: RootKey,
    /// What this installation decides.
    pub policy: Policy,
}

pub(crate) struct Shared {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) outbox: Arc<dyn Outbox>,
    pub(crate) keys: Keys,
    pub(crate) policy: Policy,
    pub(crate) verdicts: Verdicts,
    pub(crate) hasher: Hasher,
    pub(crate) logins: LoginTally,
    pub(crate) rules: Rules,
    pub(crate) cursors: Mutex<Cursors>,
    pub(crate) used: Mutex<Vec<Arc<Known>>>,
    clock_mark: AtomicI64,
}

impl Authority {
    /// Opens an authority on a database, which may be empty.
    ///
    /// # Errors
    ///
    /// [`OpenError::ForeignKeys`] if the root key is not the one that the database was set up
    /// with; nothing is served then.
    pub async fn open(parts: Parts) -> Result<Self, OpenError> {
        let Parts { store, clock, entropy, outbox, root, policy } = parts;
        let keys = Keys::derive(&root)?;
        let verdicts = Verdicts::new(&policy.memory, Arc::clone(&clock));
        let hasher = Hasher::new(&policy.logins, &*entropy)?;
        let ends = store.lane_ends().await?;
        let cursors = ends.iter().map(|end| (end.lane, end.sequence)).collect();
        let shared = Shared {
            store,
            clock,
            entropy,
            outbox,
            keys,
            policy,
            verdicts,
            hasher,
            logins: LoginTally::default(),
            rules: Rules::default(),
            cursors: Mutex::new(cursors),
            used: Mutex::new(Vec::new()),
            clock_mark: AtomicI64::new(i64::MIN),
        };
        let authority = Self { shared: Arc::new(shared) };
        keys_fit(&*authority.shared.store, &authority.shared.keys).await?;
        authority.raise_clock_mark().await?;
        authority.load_signing_keys().await?;
        Ok(authority)
    }

    /// What this installation decides.
    pub fn policy(&self) -> &Policy {
        &self.shared.policy
    }

    /// Wall time, never before a moment that was seen before, on this node or another: what has
    /// expired stays so when a clock is set back.
    pub fn now(&self) -> Timestamp {
        let mark = self.shared.clock_mark.load(Ordering::Relaxed);
        let now = self.shared.clock.now();
        if now.as_microsecond() >= mark {
            return now;
        }
        Timestamp::from_microsecond(mark).unwrap_or(now)
    }

    /// Raises the mark below which no clock falls back. Called now and then.
    pub(crate) async fn raise_clock_mark(&self) -> Result<(), StoreError> {
        let mark = self.shared.store.raise_clock_mark(self.shared.clock.now()).await?;
        self.shared.clock_mark.fetch_max(mark.as_microsecond(), Ordering::Relaxed);
        Ok(())
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), Unavailable> {
        self.shared.store.ping().await.map_err(|error| Unavailable(error.to_string()))
    }

    pub(crate) fn mint<K>(&self) -> Id<K> {
        Id::mint(&*self.shared.clock, &*self.shared.entropy)
    }

    /// Begins the entry of something that `actor` does.
    pub(crate) fn note(&self, actor: &Actor, action: &str, target: (&str, Uuid)) -> Draft {
        self.note_by(actor.by(), action, target)
    }

    pub(crate) fn note_by(&self, by: By, action: &str, target: (&str, Uuid)) -> Draft {
        let (kind, id) = target;
        Draft {
            id: self.mint::<crate::id::kind::Entry>() as EntryId,
            at: self.now(),
            by,
            action: action.to_owned(),
            target: Target { kind: kind.to_owned(), id },
            organization: None,
            detail: Detail::new(),
            forget: Vec::new(),
            once: None,
        }
    }

    /// As [`Authority::enrol`], for a creation that may have an idempotency key.
    pub(crate) async fn enrol_once<T>(
        &self,
        once: Option<&Once>,
        forget: &[Subject],
        fact: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, Error> {
        let outcome = fact.await;
        self.shared.verdicts.forget(forget);
        match outcome {
            Err(StoreError::Replayed(prior))
                if once.is_some_and(|once| once.fingerprint != prior.fingerprint) =>
            {
                Err(Refusal::KeyReused.into())
            }
            other => Ok(other?),
        }
    }

    /// Waits for a fact and then forgets what it touched, before anybody is told. Where the
    /// outcome is unknown it is forgotten too: memory never outlives a doubt.
    pub(crate) async fn enrol<T>(
        &self,
        forget: &[Subject],
        fact: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, Error> {
        self.enrol_once(None, forget, fact).await
    }
}

/// Whether a database was set up with these keys, or not at all yet.
pub(crate) async fn keys_fit(store: &dyn Store, keys: &Keys) -> Result<(), OpenError> {
    let Some(installation) = store.installation().await? else {
        return Ok(());
    };
    let pepper = keys.pepper_of(installation.pepper);
    let ours = pepper.map(|p| p.blind("installation", installation.id.to_string().as_bytes()));
    if ours.is_some_and(|ours| ours.is(&installation.check)) {
        return Ok(());
    }
    Err(OpenError::ForeignKeys)
}

/// Chancery itself, where nobody else acts.
pub(crate) const SYSTEM: By = By { who: Who::System, token: None };
/// Somebody who showed no credential.
pub(crate) const STRANGER: By = By { who: Who::Stranger, token: None };

impl Draft {
    pub(crate) fn of(mut self, organization: impl Into<Option<OrganizationId>>) -> Self {
        self.organization = organization.into();
        self
    }

    pub(crate) fn saying(mut self, name: &str, word: impl Into<String>) -> Self {
        self.detail.insert(name.to_owned(), word.into());
        self
    }

    pub(crate) fn forgetting(mut self, subject: Subject) -> Self {
        self.forget.push(subject);
        self
    }

    pub(crate) fn once(mut self, once: Option<Once>) -> Self {
        self.once = once;
        self
    }
}

/// Why an authority can't open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The root key is not the one that this database was set up with.
    #[error("the key file does not belong to this database")]
    ForeignKeys,
    /// The database does not answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl From<StoreError> for OpenError {
    fn from(error: StoreError) -> Self {
        Self::Unavailable(Unavailable(error.to_string()))
    }
}

/// Where a request comes from, as a face knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Door {
    /// The client's address; a trusted proxy may have told it.
    pub source: IpAddr,
}

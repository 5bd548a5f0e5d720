//! Which rules hold now: those of this node's file, else those that a superuser put into the database.
//!
//! **Invariant**: rules are replaced by rules in one step. A text that can't be read replaces nothing.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;
use parking_lot::RwLock;

use super::RuleSet;
use crate::actor::{Actor, Place};
use crate::authority::Authority;
use crate::error::{Error, Refusal, Unavailable};
use crate::journal::Entry;
use crate::permission::Permission;
use crate::secret::{hex, sha256};

/// The setting that holds the text.
const SETTING: &str = "gateway.rules";
/// What the journal calls a change of it.
const CHANGED: &str = "installation.rules";

/// Where rules come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A file of this node's.
    File,
    /// The database: all nodes that have no file.
    Database,
}

/// The rules that hold now.
#[derive(Debug)]
pub struct InForce {
    set: RuleSet,
    /// Where they come from.
    pub source: Source,
    /// SHA-256 of their text, in hexadecimal digits.
    pub sha256: String,
    /// From when on they have held on this node.
    pub since: Timestamp,
}

impl Deref for InForce {
    type Target = RuleSet;

    fn deref(&self) -> &RuleSet {
        &self.set
    }
}

/// What a node knows of rules.
#[derive(Default)]
pub(crate) struct Rules {
    held: RwLock<Option<Arc<InForce>>>,
    stale: AtomicBool,
    /// Reading the database and taking what was read is one step, so that nothing older comes later.
    turn: tokio::sync::Mutex<()>,
}

impl Authority {
    /// The rules that hold now; `None`: there are none, and the gateway's callers say what is needed.
    pub fn rules(&self) -> Option<Arc<InForce>> {
        self.shared.rules.held.read().clone()
    }

    /// Whether newer rules are written than hold, because those can't be read.
    pub fn rules_are_stale(&self) -> bool {
        self.shared.rules.stale.load(Ordering::Relaxed)
    }

    /// Takes the rules of this node's file. From now on the database's don't count here.
    pub fn set_rules(&self, set: RuleSet) {
        self.hold(Some((set, Source::File)));
    }

    /// This node's file, or what the database has, can't be read: what holds goes on, as stale.
    pub fn doubt_rules(&self) {
        self.shared.rules.stale.store(true, Ordering::Relaxed);
    }

    /// Takes the rules that are in the database, or that there are none, unless this node has a file.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] if they can't be read, which a newer version may have written. What held
    /// goes on, as stale.
    pub async fn load_rules(&self) -> Result<(), Error> {
        self.take_rules(None).await
    }

    /// The same, where what is there may be a set that was read already.
    async fn take_rules(&self, ready: Option<RuleSet>) -> Result<(), Error> {
        let _turn = self.shared.rules.turn.lock().await;
        if self.has_rules_of_a_file() {
            return Ok(());
        }
        let text = self.shared.store.settings(SETTING).await?.remove(SETTING);
        let held = self.rules();
        if held.as_ref().map(|held| held.text()) != text.as_deref() {
            let set = match (text, ready) {
                (Some(text), Some(ready)) if text == ready.text() => Some(ready),
                (Some(text), _) => Some(read(text).await.inspect_err(|_| self.doubt_rules())?),
                (None, _) => None,
            };
            self.hold(set.map(|set| (set, Source::Database)));
        }
        self.shared.rules.stale.store(false, Ordering::Relaxed);
        Ok(())
    }

    /// The same, where one of these entries says that they were changed.
    pub(crate) async fn follow_rules(&self, entries: &[Entry]) -> Result<(), Unavailable> {
        if !entries.iter().any(|entry| entry.draft.action == CHANGED) {
            return Ok(());
        }
        match self.load_rules().await {
            Ok(()) => Ok(()),
            Err(Error::Unavailable(why)) => Err(why),
            Err(Error::Refused(why)) => {
                tracing::warn!(%why, "the rules in the database are not taken");
                Ok(())
            }
        }
    }

    /// The rules that hold now, for those who see the whole installation.
    pub async fn show_rules(&self, actor: &Actor) -> Result<Option<Arc<InForce>>, Error> {
        self.allow(actor, &Permission::INSTALLATION_READ, Place::Installation).await?;
        Ok(self.rules())
    }

    /// Puts rules into the database, in place of all that are there: a superuser's. They hold here when
    /// this returns, and on other nodes that have no file within the lease. Gives what holds.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] with all that is wrong with them; [`Refusal::Conflict`] on a node that has a
    /// file.
    pub async fn change_rules(
        &self,
        actor: &Actor,
        text: &str,
    ) -> Result<Option<Arc<InForce>>, Error> {
        self.allow(actor, &Permission::INSTALLATION_UPDATE, Place::Installation).await?;
        if self.has_rules_of_a_file() {
            return Err(Refusal::Conflict("the rules are in a file here: change that").into());
        }
        let set = read(text.to_owned()).await?;
        self.put_rules(actor, Some(set)).await
    }

    /// Takes the rules out of the database: a superuser's. Those of a file go on. Gives what holds.
    pub async fn drop_rules(&self, actor: &Actor) -> Result<Option<Arc<InForce>>, Error> {
        self.allow(actor, &Permission::INSTALLATION_UPDATE, Place::Installation).await?;
        self.put_rules(actor, None).await
    }

    async fn put_rules(
        &self,
        actor: &Actor,
        set: Option<RuleSet>,
    ) -> Result<Option<Arc<InForce>>, Error> {
        let id = self.installation_id().await?;
        let note = self.note(actor, CHANGED, ("installation", id));
        let text = set.as_ref().map(RuleSet::text);
        let note = note.saying("sha256", text.map_or_else(|| "none".to_owned(), digest));
        let change = BTreeMap::from([(SETTING.to_owned(), text.map(str::to_owned))]);
        self.enrol(&[], self.shared.store.change_settings(&change, note)).await?;
        self.take_rules(set).await?;
        Ok(self.rules())
    }

    fn has_rules_of_a_file(&self) -> bool {
        self.rules().is_some_and(|held| held.source == Source::File)
    }

    fn hold(&self, set: Option<(RuleSet, Source)>) {
        let since = self.now();
        let held = set.map(|(set, source)| {
            Arc::new(InForce { sha256: digest(set.text()), set, source, since })
        });
        *self.shared.rules.held.write() = held;
        self.shared.rules.stale.store(false, Ordering::Relaxed);
    }
}

/// Reads a text off the threads that answer requests, for a long one takes a while.
async fn read(text: String) -> Result<RuleSet, Error> {
    let read = tokio::task::spawn_blocking(move || RuleSet::parse(&text)).await;
    let read = read.map_err(|_| Unavailable("reading rules was broken off".to_owned()))?;
    Ok(read.map_err(|faults| {
        let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
        Refusal::invalid("rules", told.join("; "))
    })?)
}

fn digest(text: &str) -> String {
    hex(&sha256(text.as_bytes()))
}

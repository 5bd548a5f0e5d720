//! What a node does by itself: following the journal, signing heads, rotating keys, flushing
//! uses, tidying up. And setting up an empty database.
//!
//! **Invariant**: memory's lease is renewed in [`Authority::follow`] and nowhere else, from before
//! the read that renews it.

use jiff::Timestamp;
use uuid::Uuid;

use crate::account::User;
use crate::account::password;
use crate::account::throttle::{FORGOTTEN_AFTER, KNOWN_FOR};
use crate::actor::{Actor, Place};
use crate::authority::{Authority, SYSTEM};
use crate::error::{Error, Refusal, StoreError, Unavailable};
use crate::id::OrganizationId;
use crate::journal::{Before, By, Cursors, Entry, EntryFilter, Head, Subject};
use crate::keys::{PublicKey, first_signing};
use crate::permission::{Marks, Permission};
use crate::store::{Founding, Installation};
use crate::token::store::Change;
use crate::token::usage;

/// Entries that are read, or things that are deleted, at a time.
const BATCH: u32 = 1_000;
/// The most batches that one round of tidying deletes.
const BATCHES_A_MINUTE: usize = 200;
/// How old a signing key may grow: 90 days.
const KEY_LIFE: jiff::SignedDuration = jiff::SignedDuration::from_hours(24 * 90);

/// The first administrator of an empty database.
#[derive(Clone)]
pub struct FirstAdministrator<'a> {
    /// Name to log in with.
    pub username: &'a str,
    /// Address; may log in too.
    pub email: Option<&'a str>,
    /// Password.
    pub password: &'a str,
}

impl Authority {
    /// Sets up an empty database: installation, signing key, first administrator (a superuser,
    /// number 1) and the organization "Default" (number 1) that it owns. `None` if the database
    /// is set up already, by whoever was first.
    pub async fn found(&self, first: FirstAdministrator<'_>) -> Result<Option<User>, Error> {
        if self.shared.store.installation().await?.is_some() {
            return Ok(None);
        }
        let now = self.now();
        let user = self.new_user(first.username, first.email)?;
        let marks = Marks { superuser: true, system_auditor: false };
        let user = User { marks, confirmed_at: Some(now), ..user };
        let shortest = self.shared.policy.logins.shortest_password;
        password::judge(first.password, &user, shortest)?;
        let hash = self.shared.hasher.hash(first.password, &*self.shared.entropy).await?;
        let organization = self.new_organization("Default", None, false);
        let id: Uuid = self.mint::<crate::id::kind::Entry>().uuid();
        let pepper = self.shared.keys.pepper();
        let installation = Installation {
            id,
            check: pepper.blind("installation", id.to_string().as_bytes()),
            pepper: pepper.version,
            organization: organization.id,
            created_at: now,
        };
        let note = self.note_by(SYSTEM, "installation.found", ("installation", id));
        let user = User { number: 1, ..user };
        let founding = Founding { installation, user: user.clone(), password: hash, organization };
        let fact = self.shared.store.found(&founding, note);
        let founded = self.enrol(&[], fact).await? == Change::Done;
        self.add_signing_key(None).await?;
        Ok(founded.then_some(user))
    }

    /// Whether the database has been set up.
    pub async fn is_founded(&self) -> Result<bool, Unavailable> {
        let found = self.shared.store.installation().await;
        Ok(found.map_err(|error| Unavailable(error.to_string()))?.is_some())
    }

    /// The identity of this installation.
    pub async fn installation_id(&self) -> Result<Uuid, Unavailable> {
        let found = self.shared.store.installation().await;
        let found = found.map_err(|error| Unavailable(error.to_string()))?;
        let missing = || Unavailable("the database has not been set up".to_owned());
        Ok(found.ok_or_else(missing)?.id)
    }

    /// Reads what is new in the journal, forgets what it names, and renews memory's lease from
    /// before the read. Gives how many entries there were.
    pub async fn follow(&self) -> Result<usize, Unavailable> {
        let began = self.shared.clock.boot();
        let mut cursors: Cursors = self.shared.cursors.lock().clone();
        let mut count = 0;
        loop {
            let read = self.shared.store.entries_after(&cursors, BATCH).await;
            let entries = read.map_err(|error| Unavailable(error.to_string()))?;
            for entry in &entries {
                self.shared.verdicts.forget(&entry.draft.forget);
                cursors.insert(entry.lane, entry.sequence);
            }
            count += entries.len();
            if entries.iter().any(|entry| entry.draft.forget.contains(&Subject::Everything)) {
                let loaded = self.load_signing_keys().await;
                loaded.map_err(|error| Unavailable(error.to_string()))?;
            }
            self.follow_rules(&entries).await?;
            if entries.len() < BATCH as usize {
                break;
            }
        }
        *self.shared.cursors.lock() = cursors;
        self.shared.verdicts.renew(began);
        Ok(count)
    }

    /// How long memory may speak from now on.
    pub fn lease_left(&self) -> std::time::Duration {
        self.shared.verdicts.lease_left(self.shared.clock.boot())
    }

    /// How many tokens are in memory.
    pub fn remembered(&self) -> usize {
        self.shared.verdicts.len()
    }

    /// Deletes what has outlived its retention, a bounded amount at a time, rotates signing keys
    /// that have come of age, and raises the clock's mark. Called every minute.
    pub async fn tidy(&self) -> Result<(), Error> {
        self.raise_clock_mark().await?;
        self.renew_keys().await?;
        Ok(self.purge().await?)
    }

    /// Deletes batch after batch, until little is left or it is enough for a minute.
    async fn purge(&self) -> Result<(), StoreError> {
        let (now, store) = (self.now(), &self.shared.store);
        let before = now - self.shared.policy.tokens.retention;
        let day = now - crate::policy::days(1);
        let counts = (now - FORGOTTEN_AFTER, now - KNOWN_FOR);
        for _ in 0..BATCHES_A_MINUTE {
            let gone = [
                store.purge_tokens(before, BATCH).await?,
                store.purge_sessions(before, BATCH).await?,
                store.purge_codes(day, BATCH).await?,
                store.purge_once(day, BATCH).await?,
                store.purge_usage(usage::day_of(before), BATCH).await?,
                store.purge_throttles(counts, BATCH).await?,
            ];
            if gone.iter().all(|gone| *gone < u64::from(BATCH)) {
                break;
            }
        }
        Ok(())
    }

    async fn renew_keys(&self) -> Result<(), Error> {
        let now = self.now();
        let ring = self.shared.keys.ring();
        if ring.newest().is_some_and(|(_, from)| now.duration_since(from) > KEY_LIFE) {
            self.add_signing_key(Some(first_signing(now))).await?;
        }
        for kid in ring.outlived(now, self.shared.policy.access_life) {
            self.drop_key(SYSTEM, &kid).await?;
        }
        Ok(())
    }

    pub(crate) async fn load_signing_keys(&self) -> Result<(), Unavailable> {
        let keys = self.shared.store.signing_keys().await;
        let keys = keys.map_err(|error| Unavailable(error.to_string()))?;
        self.shared.keys.take_ring(&keys)
    }

    /// Publishes a new signing key now; it signs after every cache of the published keys has seen
    /// it. The present key goes on until then, and is dropped when its last token has expired.
    pub async fn rotate_signing_key(&self, actor: &Actor) -> Result<(), Error> {
        let place = Place::Installation;
        self.allow(actor, &Permission::INSTALLATION_UPDATE, place).await?;
        self.add_signing_key(Some(first_signing(self.now()))).await.map(drop)
    }

    /// Replaces the signing keys at once, for one that leaked: every access token is dead, and
    /// sessions get new ones by refreshing. Services that keep the published keys refuse the new
    /// tokens until they look again, for at most [`JWKS_MAX_AGE`](crate::JWKS_MAX_AGE).
    pub async fn replace_signing_keys(&self, actor: &Actor) -> Result<(), Error> {
        let place = Place::Installation;
        self.allow(actor, &Permission::INSTALLATION_UPDATE, place).await?;
        if self.add_signing_key(Some(self.now())).await? == Change::Missing {
            return Err(Refusal::Conflict("somebody else put a key there; try again").into());
        }
        let ring = self.shared.keys.ring();
        let newest = ring.newest().map(|(kid, _)| kid.to_owned());
        for key in ring.public() {
            if newest.as_deref() != Some(&key.kid) {
                self.drop_key(actor.by(), &key.kid).await?;
            }
        }
        Ok(())
    }

    async fn drop_key(&self, by: By, kid: &str) -> Result<(), Error> {
        let note = self
            .note_by(by, "key.retire", ("key", Uuid::nil()))
            .saying("kid", kid)
            .forgetting(Subject::Everything);
        let fact = self.shared.store.drop_signing_key(kid, note);
        self.enrol(&[Subject::Everything], fact).await?;
        Ok(self.load_signing_keys().await?)
    }

    async fn add_signing_key(&self, signs_from: Option<Timestamp>) -> Result<Change, Error> {
        let now = self.now();
        self.load_signing_keys().await?;
        let ring = self.shared.keys.ring();
        let newest = ring.newest().map(|(kid, _)| kid.to_owned());
        if newest.is_some() && signs_from.is_none() {
            return Ok(Change::Missing);
        }
        let from = signs_from.unwrap_or(now);
        let key = self.shared.keys.make_signing_key(&*self.shared.entropy, now, from)?;
        let note = self
            .note_by(SYSTEM, "key.create", ("key", Uuid::nil()))
            .saying("kid", key.kid.clone())
            .saying("signs_from", from.to_string())
            .forgetting(Subject::Everything);
        let fact = self.shared.store.add_signing_key(&key, newest.as_deref(), note);
        let change = self.enrol(&[Subject::Everything], fact).await?;
        self.load_signing_keys().await?;
        Ok(change)
    }

    /// The public keys that verify access tokens.
    pub fn public_keys(&self) -> Vec<PublicKey> {
        self.shared.keys.ring().public()
    }

    /// Entries of the journal, newest first: of an organization for those who read it there, of
    /// all for those who see the whole installation.
    pub async fn journal(
        &self,
        actor: &Actor,
        organization: Option<OrganizationId>,
        filter: EntryFilter,
        (before, most): (Option<Before>, u32),
    ) -> Result<Vec<Entry>, Error> {
        let filter = EntryFilter { organization, ..filter };
        if let Some(id) = organization {
            let read = &Permission::JOURNAL_READ;
            self.allow_on(actor, read, Place::In(id), "organization").await?;
        } else {
            let read = &Permission::INSTALLATION_READ;
            self.allow(actor, read, Place::Installation).await?;
        }
        Ok(self.shared.store.entries(&filter, before, most).await?)
    }

    /// Signs the ends of all lanes and keeps that. Called every 10 s or 1,000 entries.
    pub async fn sign_head(&self) -> Result<Head, Unavailable> {
        let broken = |error: crate::error::StoreError| Unavailable(error.to_string());
        let ends = self.shared.store.lane_ends().await.map_err(broken)?;
        let at = self.now();
        let signature = self.shared.keys.sign_head(&Head::message(at, &ends));
        let head = Head { at, ends, signature };
        self.shared.store.keep_head(&head).await.map_err(broken)?;
        Ok(head)
    }
}

//! Logging in: one throttle, one comparison, for every door that takes a password. Where there is a
//! second factor, a code is asked for after it: who doesn't know the password learns nothing of that.

use jiff::Timestamp;
use uuid::Uuid;

use super::hashing::{LONGEST_PASSWORD, Turn};
use super::session::Opened;
use super::throttle::{Count, FORGOTTEN_AFTER, KNOWN_FOR, network, source};
use super::{Password, User, canonical};
use crate::actor::Actor;
use crate::authority::{Authority, Door};
use crate::error::{Error, Refusal};
use crate::id::{OrganizationId, UserId};
use crate::secret::Digest;

/// The longest user name or address that is looked up, in bytes.
const LONGEST_LOGIN: usize = 320;

/// Somebody who wants in.
#[derive(Clone)]
pub struct Login<'a> {
    /// User name or address, in any spelling.
    pub login: &'a str,
    /// The password, byte for byte.
    pub password: &'a str,
    /// A code of the second factor, or a recovery code. None is asked for where there is no second
    /// factor.
    pub code: Option<&'a str>,
}

/// What a password is compared for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// Somebody wants in.
    Entry,
    /// Somebody is in already, and gives it again.
    Again,
}

/// The counts that an attempt falls under.
struct Counts {
    pair: Digest,
    account: Digest,
    source: Digest,
    network: Digest,
    /// Whether the account has been logged in to from here.
    known: bool,
}

impl Counts {
    fn all(&self) -> Vec<(Count, Digest)> {
        let mut all = vec![
            (Count::Pair, self.pair),
            (Count::Source, self.source),
            (Count::Network, self.network),
        ];
        if !self.known {
            all.push((Count::Account, self.account));
        }
        all
    }
}

impl Authority {
    /// Logs in and opens a session.
    ///
    /// # Errors
    ///
    /// [`Refusal::Unauthenticated`] for a wrong password, and just so for a name that nobody has,
    /// a user who is disabled or has not confirmed the address. [`Refusal::CodeNeeded`] and
    /// [`Refusal::CodeWrong`] for a right one, where there is a second factor.
    /// [`Refusal::TooManyAttempts`] during a pause, whatever the password.
    /// [`Refusal::NotAMember`] if the user may not enter `organization`.
    pub async fn log_in(
        &self,
        login: Login<'_>,
        organization: Option<OrganizationId>,
        remember: bool,
        door: &Door,
    ) -> Result<Opened, Error> {
        let (user, generation) = self.check_password(login, door).await?;
        self.open_session(&user, Some(generation), organization, remember).await
    }

    /// Logs in and opens a session that enters no organization, and so reaches each of its user's.
    ///
    /// # Errors
    ///
    /// As [`Authority::log_in`].
    pub async fn log_in_anywhere(&self, login: Login<'_>, door: &Door) -> Result<Opened, Error> {
        let (user, generation) = self.check_password(login, door).await?;
        self.open_session_in(&user, Some(generation), None, false).await
    }

    /// Makes an actor of a user name and password. It is bound to no organization.
    pub async fn authenticate_password(
        &self,
        login: Login<'_>,
        door: &Door,
    ) -> Result<Actor, Error> {
        Ok(Actor::by_password(&self.check_password(login, door).await?.0))
    }

    /// Logins by password since this node started, in the order of [`LOGIN_OUTCOMES`].
    ///
    /// [`LOGIN_OUTCOMES`]: super::LOGIN_OUTCOMES
    pub fn logins(&self) -> [u64; super::LOGIN_OUTCOMES.len()] {
        self.shared.logins.read()
    }

    /// Finds the user whose password this is, and the password's generation. A code of the second
    /// factor is used up, if there is one.
    pub(crate) async fn check_password(
        &self,
        login: Login<'_>,
        door: &Door,
    ) -> Result<(User, i64), Error> {
        let outcome = self.compare_password(login, Purpose::Entry, door).await;
        self.shared.logins.count(&outcome);
        outcome
    }

    /// Compares a password that a logged-in user gives again, under the same throttle, and asks for no
    /// code. Without one, a right password washes nothing clean: it could be used to guess codes.
    pub(crate) async fn recheck_password(
        &self,
        user: &User,
        password: &str,
        door: &Door,
    ) -> Result<(), Error> {
        let login = Login { login: &user.username, password, code: None };
        let outcome = self.compare_password(login, Purpose::Again, door).await;
        self.shared.logins.count(&outcome);
        match outcome {
            Err(Error::Refused(Refusal::Unauthenticated)) => Err(Refusal::PasswordWrong.into()),
            other => other.map(drop),
        }
    }

    async fn compare_password(
        &self,
        Login { login, password, code }: Login<'_>,
        purpose: Purpose,
        door: &Door,
    ) -> Result<(User, i64), Error> {
        let fits = login.len() <= LONGEST_LOGIN && password.len() <= LONGEST_PASSWORD;
        if !fits || login.contains('\0') || login.is_empty() || password.is_empty() {
            return Err(Refusal::Unauthenticated.into());
        }
        let canonical = canonical(login);
        let found = self.shared.store.user_by_login(&canonical).await?;
        let subject = found.as_ref().map_or(canonical, |(user, _)| user.id.to_string());
        let (user, kept) = found.map_or((None, None), |(user, kept)| (Some(user), kept));
        let turn = self.shared.hasher.turn().await?;
        let counts = self.counts(&subject, user.as_ref(), door).await?;
        self.refuse_in_pause(&counts).await?;
        let hash = kept.as_ref().map(|kept| &kept.hash);
        let (right, turn) = self.shared.hasher.compare(turn, password, hash).await?;
        let enters = user.filter(|user| user.disabled_at.is_none() && user.confirmed_at.is_some());
        let Some((user, kept)) = enters.zip(kept).filter(|_| right) else {
            return Err(self.count_failure(&counts, turn, Refusal::Unauthenticated).await?.into());
        };
        if purpose == Purpose::Entry {
            match self.pass_second_factor(&user, code).await {
                Err(Error::Refused(wrong @ Refusal::CodeWrong)) => {
                    return Err(self.count_failure(&counts, turn, wrong).await?.into());
                }
                other => other?,
            }
        }
        turn.end();
        if purpose == Purpose::Entry {
            self.welcome(&user, &counts, door).await?;
        }
        if self.shared.hasher.is_outdated(&kept.hash) {
            self.rehash(&user, password, kept.generation).await?;
        }
        Ok((user, kept.generation))
    }

    async fn counts(
        &self,
        subject: &str,
        user: Option<&User>,
        door: &Door,
    ) -> Result<Counts, Error> {
        let blind = |domain: &str, text: &str| self.shared.keys.blind(domain, text);
        let here = source(door.source);
        // Asked of nobody too, so that a name that nobody has takes as long.
        let somebody = user.map_or(UserId::from(Uuid::nil()), |user| user.id);
        let key = blind("known source", &here);
        let known = self.shared.store.knows_source(somebody, key, self.now() - KNOWN_FOR).await?;
        Ok(Counts {
            pair: blind("throttle pair", &format!("{subject} {here}")),
            account: blind("throttle account", subject),
            source: blind("throttle source", &here),
            network: blind("throttle network", &network(door.source)),
            known,
        })
    }

    async fn refuse_in_pause(&self, counts: &Counts) -> Result<(), Error> {
        let all = counts.all();
        let keys: Vec<Digest> = all.iter().map(|(_, key)| *key).collect();
        let throttles = self.shared.store.throttles(&keys).await?;
        let now: Timestamp = self.now();
        let waits = all
            .iter()
            .zip(throttles)
            .filter_map(|((count, _), throttle)| count.wait(throttle, now));
        match waits.max() {
            Some(wait) => Err(Refusal::TooManyAttempts { wait }.into()),
            None => Ok(()),
        }
    }

    /// Counts a wrong password, or a wrong code, before the next in the queue is compared.
    async fn count_failure(
        &self,
        counts: &Counts,
        turn: Turn,
        refusal: Refusal,
    ) -> Result<Refusal, Error> {
        let keys: Vec<Digest> = counts.all().into_iter().map(|(_, key)| key).collect();
        let now = self.now();
        self.shared.store.count_failures(&keys, now, now - FORGOTTEN_AFTER).await?;
        turn.end();
        Ok(refusal)
    }

    async fn welcome(&self, user: &User, counts: &Counts, door: &Door) -> Result<(), Error> {
        let store = &self.shared.store;
        store.clear_failures(&[counts.pair, counts.account]).await?;
        if !counts.known {
            let key = self.shared.keys.blind("known source", &source(door.source));
            store.note_source(user.id, key, self.now()).await?;
        }
        Ok(())
    }

    async fn rehash(&self, user: &User, password: &str, generation: i64) -> Result<(), Error> {
        let hash = self.shared.hasher.hash(password, &*self.shared.entropy).await?;
        Ok(self.shared.store.rehash_password(user.id, &Password { hash, generation }).await?)
    }

    /// Refuses one address that too many letters were asked for, and a source, or its network, that
    /// asked for too many, if it is a stranger's; and counts this one.
    pub(crate) async fn count_request(
        &self,
        what: &str,
        address: &str,
        door: Option<&Door>,
    ) -> Result<(), Error> {
        let blind =
            |whose: &str| self.shared.keys.blind("throttle request", &format!("{what} {whose}"));
        let mut counts = vec![(Count::Pair, blind(&canonical(address)))];
        if let Some(Door { source: from }) = door {
            counts.push((Count::Source, blind(&source(*from))));
            counts.push((Count::Network, blind(&network(*from))));
        }
        let keys: Vec<Digest> = counts.iter().map(|(_, key)| *key).collect();
        let throttles = self.shared.store.throttles(&keys).await?;
        let now = self.now();
        let seen = counts.iter().zip(throttles);
        let waits = seen.filter_map(|((count, _), throttle)| count.wait(throttle, now));
        if let Some(wait) = waits.max() {
            return Err(Refusal::TooManyAttempts { wait }.into());
        }
        Ok(self.shared.store.count_failures(&keys, now, now - FORGOTTEN_AFTER).await?)
    }

    /// Forgets the failures of an account whose owner has proved to read its mail.
    pub(crate) async fn clear_account(&self, user: &User) -> Result<(), Error> {
        let subject = user.id.to_string();
        let key = self.shared.keys.blind("throttle account", &subject);
        Ok(self.shared.store.clear_failures(&[key]).await?)
    }
}

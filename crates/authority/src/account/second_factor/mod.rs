//! The second factor: codes that a phone makes, and recovery codes for when it is lost.
//!
//! Read this first (switching it on and off), then `check.rs` (asking for a code), `totp.rs` and
//! `recovery.rs` (what codes are: pure), and `store.rs` (what is asked of a database).
//!
//! **Invariant**: where a second factor is active, no password is good without a code, by whatever door;
//! and each code is good once.

mod check;
mod recovery;
pub mod store;
mod totp;

use jiff::{SignedDuration, Timestamp};
use zeroize::Zeroizing;

use self::store::{Confirmation, KeptFactor};
use super::{Login, User};
use crate::actor::{Actor, Place};
use crate::authority::{Authority, Door};
use crate::error::{Error, Refusal};
use crate::id::UserId;
use crate::journal::Draft;
use crate::permission::Permission;
use crate::secret::{Digest, Secret};
use crate::token::store::Change;
use crate::token::terms::later;

/// For how long a new second factor waits for its confirmation.
const WAITS_FOR: SignedDuration = SignedDuration::from_hours(1);

/// Where there is nothing to change.
const NONE: Refusal = Refusal::Conflict("there is no second factor");

/// What somebody sees of the own second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecondFactor {
    /// Since when codes are asked for; none if they are not.
    pub active_since: Option<Timestamp>,
    /// Recovery codes that were not used yet.
    pub recovery_codes_left: u32,
}

/// A new second factor, shown once. It counts from its confirmation on.
#[derive(Debug, Clone)]
pub struct Enrolment {
    /// The secret, to be typed into an app: 32 symbols of base32 (RFC 4648, section 6).
    pub secret: Secret,
    /// The same to be scanned: an `otpauth://totp/…` URI.
    pub uri: Secret,
}

impl Authority {
    /// What the actor's own second factor is like.
    pub async fn second_factor(&self, actor: &Actor) -> Result<SecondFactor, Error> {
        self.allow(actor, &Permission::SELF_READ, Place::Oneself).await?;
        let kept = self.shared.store.second_factor(Self::person(actor)?).await?;
        let active = kept.filter(|kept| kept.confirmed_at.is_some());
        Ok(SecondFactor {
            active_since: active.as_ref().and_then(|kept| kept.confirmed_at),
            recovery_codes_left: active.map_or(0, |kept| kept.recovery_codes),
        })
    }

    /// Makes a second factor for the actor, who gives the password again. It waits for an hour for its
    /// confirmation, and takes the place of one that waits.
    ///
    /// # Errors
    ///
    /// [`Refusal::PasswordWrong`], under the throttle of logins; [`Refusal::Conflict`] if one is active.
    pub async fn enrol_second_factor(
        &self,
        actor: &Actor,
        password: &str,
        door: &Door,
    ) -> Result<Enrolment, Error> {
        let user = self.oneself(actor).await?;
        self.recheck_password(&user, password, door).await?;
        let mut secret = Zeroizing::new([0; totp::LENGTH]);
        self.shared.entropy.fill(&mut *secret);
        let wrapped = self.shared.keys.wrap_factor(&*self.shared.entropy, user.id, &*secret)?;
        let note = self.factor_note(actor, "second_factor.enrol", user.id);
        let fact = self.shared.store.enrol_second_factor(user.id, &wrapped, note);
        if self.enrol(&[], fact).await? == Change::Missing {
            return Err(Refusal::Conflict("a second factor is active already").into());
        }
        let secret = totp::spelled(&*secret);
        let uri = totp::uri(&secret, &user.username);
        Ok(Enrolment { secret, uri })
    }

    /// Makes the actor's second factor active by one of its codes, which is used up. Gives the recovery
    /// codes, which are shown once.
    ///
    /// # Errors
    ///
    /// [`Refusal::Conflict`] if none waits, or it has waited for more than an hour. [`Refusal::Invalid`]
    /// for a wrong code; five attempts cost nothing, then each doubles a pause
    /// ([`Refusal::TooManyAttempts`]).
    pub async fn confirm_second_factor(
        &self,
        actor: &Actor,
        code: &str,
    ) -> Result<Vec<Secret>, Error> {
        const NONE_WAITS: Refusal =
            Refusal::Conflict("no second factor waits for its confirmation");
        let user = self.oneself(actor).await?;
        // A few at a time, as passwords are compared, so that few guesses are under way uncounted.
        let turn = self.shared.hasher.turn().await?;
        let made_since = later(self.now(), -WAITS_FOR);
        let waits =
            |kept: &KeptFactor| kept.confirmed_at.is_none() && kept.created_at >= made_since;
        let kept = self.shared.store.second_factor(user.id).await?.filter(waits);
        let KeptFactor { wrapped, .. } = kept.ok_or(NONE_WAITS)?;
        self.count_request("second factor", &user.id.to_string(), None).await?;
        turn.end();
        let secret = self.shared.keys.open_factor(user.id, &wrapped)?;
        let step = totp::step(&secret, code.trim(), self.now()).ok_or_else(wrong_code)?;
        let (shown, codes) = self.make_recovery_codes(user.id);
        let confirmation = Confirmation { wrapped, step, made_since, codes };
        let note = self.factor_note(actor, "second_factor.confirm", user.id);
        let fact = self.shared.store.confirm_second_factor(user.id, &confirmation, note);
        if self.enrol(&[], fact).await? == Change::Missing {
            return Err(NONE_WAITS.into());
        }
        self.post_about_factor(&user, "A second factor was switched on for");
        Ok(shown)
    }

    /// Replaces the actor's recovery codes, for the password and a code. They are shown once.
    ///
    /// # Errors
    ///
    /// As [`Authority::remove_second_factor`].
    pub async fn renew_recovery_codes(
        &self,
        actor: &Actor,
        shown: (&str, &str),
        door: &Door,
    ) -> Result<Vec<Secret>, Error> {
        let user = self.oneself(actor).await?;
        let seen = self.recheck_both(&user, shown, door).await?;
        let (shown, codes) = self.make_recovery_codes(user.id);
        let note = self.factor_note(actor, "second_factor.recovery_codes", user.id);
        let fact = self.shared.store.renew_recovery_codes(user.id, (&seen, &codes), note);
        if self.enrol(&[], fact).await? == Change::Missing {
            return Err(NONE.into());
        }
        self.post_about_factor(&user, "New recovery codes were made for");
        Ok(shown)
    }

    /// Switches the actor's second factor off, for the password and a code (or a recovery code), which is
    /// used up.
    ///
    /// # Errors
    ///
    /// [`Refusal::PasswordWrong`], or [`Refusal::Invalid`] for a wrong code, both under the throttle of
    /// logins. [`Refusal::Conflict`] if none is active.
    pub async fn remove_second_factor(
        &self,
        actor: &Actor,
        shown: (&str, &str),
        door: &Door,
    ) -> Result<(), Error> {
        let user = self.oneself(actor).await?;
        let seen = self.recheck_both(&user, shown, door).await?;
        let note = self.factor_note(actor, "second_factor.remove", user.id);
        self.drop_factor(&user, Some(&seen), note).await
    }

    /// Takes the second factor away from somebody who lost phone and recovery codes. Superusers only, and
    /// not from themselves.
    pub async fn reset_second_factor(&self, actor: &Actor, id: UserId) -> Result<(), Error> {
        self.allow(actor, &Permission::INSTALLATION_UPDATE, Place::Installation).await?;
        if actor.user() == Some(id) {
            let own = "nobody resets the own second factor; switch it off with a code";
            return Err(Refusal::Conflict(own).into());
        }
        let user = self.shared.store.user(id).await?.ok_or(Refusal::Missing("user"))?;
        let note = self.factor_note(actor, "second_factor.reset", id);
        self.drop_factor(&user, None, note).await
    }

    async fn drop_factor(
        &self,
        user: &User,
        seen: Option<&[u8]>,
        note: Draft,
    ) -> Result<(), Error> {
        let fact = self.shared.store.remove_second_factor(user.id, seen, note);
        if self.enrol(&[], fact).await? == Change::Missing {
            return Err(NONE.into());
        }
        self.post_about_factor(user, "The second factor was switched off for");
        Ok(())
    }

    /// The actor, who may change itself.
    async fn oneself(&self, actor: &Actor) -> Result<User, Error> {
        self.allow(actor, &Permission::SELF_UPDATE, Place::Oneself).await?;
        let user = self.shared.store.user(Self::person(actor)?).await?;
        Ok(user.ok_or(Refusal::Missing("user"))?)
    }

    /// Compares password and code that a logged-in user gives again, as a login does. Gives the second
    /// factor that was active all the while, if it still is: by its wrapped secret.
    async fn recheck_both(
        &self,
        user: &User,
        (password, code): (&str, &str),
        door: &Door,
    ) -> Result<Vec<u8>, Error> {
        let kept = self.shared.store.second_factor(user.id).await?;
        let active = kept.filter(|kept| kept.confirmed_at.is_some()).ok_or(NONE)?;
        let login = Login { login: &user.username, password, code: Some(code) };
        match self.check_password(login, door).await {
            Err(Error::Refused(Refusal::Unauthenticated)) => Err(Refusal::PasswordWrong.into()),
            Err(Error::Refused(Refusal::CodeNeeded | Refusal::CodeWrong)) => {
                Err(wrong_code().into())
            }
            other => other.map(|_| active.wrapped),
        }
    }

    /// New recovery codes, and what is kept of them.
    fn make_recovery_codes(&self, user: UserId) -> (Vec<Secret>, Vec<Digest>) {
        let make = |_| recovery::make(&*self.shared.entropy);
        let shown: Vec<Secret> = (0..recovery::COUNT).map(make).collect();
        let canonical = shown.iter().filter_map(|code| recovery::canonical(code.reveal()));
        let kept = canonical.map(|code| self.recovery_digest(user, &code)).collect();
        (shown, kept)
    }

    fn factor_note(&self, actor: &Actor, action: &str, user: UserId) -> Draft {
        self.note(actor, action, ("user", user.uuid()))
    }

    fn post_about_factor(&self, user: &User, what: &str) {
        let text = format!(
            "{what} {}. Not by you, and not as agreed? Then set a new password at once, and ask an \
             administrator.\n",
            user.username
        );
        self.post(user, "Your second factor was changed", text);
    }
}

/// What somebody is told who is logged in already.
fn wrong_code() -> Refusal {
    Refusal::invalid("code", "a code of the second factor that is good now and was not used before")
}

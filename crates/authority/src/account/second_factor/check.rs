//! Asking for a code, where a password is not enough.

use super::store::KeptFactor;
use super::{recovery, totp};
use crate::account::User;
use crate::authority::Authority;
use crate::error::{Error, Refusal};
use crate::id::UserId;
use crate::journal::{By, Who};
use crate::secret::Digest;
use crate::token::store::Change;

impl Authority {
    /// Uses up a code of somebody whose password was right, if there is a second factor that is active.
    ///
    /// # Errors
    ///
    /// [`Refusal::CodeNeeded`] if no code came; [`Refusal::CodeWrong`] for one that is not good, or was
    /// used up before, which the caller counts as a failure.
    pub(in crate::account) async fn pass_second_factor(
        &self,
        user: &User,
        code: Option<&str>,
    ) -> Result<(), Error> {
        let kept = self.shared.store.second_factor(user.id).await?;
        let Some(kept) = kept.filter(|kept| kept.confirmed_at.is_some()) else {
            return Ok(());
        };
        let code = code.map(str::trim).filter(|code| !code.is_empty());
        let code = code.ok_or(Refusal::CodeNeeded)?;
        let passes = match recovery::canonical(code) {
            Some(canonical) => self.use_recovery_code(user.id, &canonical).await?,
            None => self.use_code(user.id, &kept, code).await?,
        };
        if passes { Ok(()) } else { Err(Refusal::CodeWrong.into()) }
    }

    async fn use_code(&self, user: UserId, kept: &KeptFactor, code: &str) -> Result<bool, Error> {
        let secret = self.shared.keys.open_factor(user, &kept.wrapped)?;
        match totp::step(&secret, code, self.now()) {
            Some(step) => Ok(self.shared.store.use_code(user, &kept.wrapped, step).await?),
            None => Ok(false),
        }
    }

    async fn use_recovery_code(&self, user: UserId, canonical: &str) -> Result<bool, Error> {
        let by = By { who: Who::User(user), token: None };
        let note = self.note_by(by, "second_factor.recover", ("user", user.uuid()));
        let code = self.recovery_digest(user, canonical);
        let fact = self.shared.store.use_recovery_code(user, code, note);
        Ok(self.enrol(&[], fact).await? == Change::Done)
    }

    /// What is kept of a recovery code in its one spelling.
    pub(super) fn recovery_digest(&self, user: UserId, canonical: &str) -> Digest {
        self.shared.keys.blind("recovery code", &format!("{user} {canonical}"))
    }
}

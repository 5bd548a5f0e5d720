//! Links that are mailed: tokens of one use, bound to what was true when they were mailed.

use std::sync::Arc;

use jiff::SignedDuration;

use super::User;
use crate::authority::{Authority, STRANGER};
use crate::error::{Error, Refusal};
use crate::permission::Permission;
use crate::scope::{Scope, Scopes};
use crate::secret::{Kind, Presented};
use crate::token::store::Insertion;
use crate::token::terms::later;
use crate::token::{Born, Holder, Token};
use crate::verdicts::Known;

/// What a link that confirms an address may do.
pub(super) const CONFIRM: &str = "mail.confirm";
/// What a link that sets a password may do.
pub(super) const RESET: &str = "mail.reset";

impl Authority {
    /// Makes a link for a letter: gives its secret.
    pub(super) async fn mailed_link(
        &self,
        user: &User,
        may: &str,
        life: SignedDuration,
    ) -> Result<String, Error> {
        let now = self.now();
        let scope = Scope::parse(may).and_then(|scope| Scopes::new([scope]));
        let (holder, scopes) = (Holder::User(user.id), scope.unwrap_or(Scopes::none()));
        let life = (now, Some(later(now, life)));
        let token = Token {
            label: self.link_label(user, may).await?,
            uses_left: Some(1),
            born: Born { holder: user.epoch, organization: 0 },
            ..Token::begun(self.mint(), Kind::Mailed, holder, scopes, life)
        };
        let (secret, kept) = self.make_secret(Kind::Mailed);
        let note = self
            .note_by(STRANGER, "link.mail", ("user", user.id.uuid()))
            .saying("may", may.to_owned());
        let fact = self.shared.store.insert_token(&token, kept, None, note);
        match self.enrol(&[], fact).await? {
            Insertion::Done(_) => Ok(secret.reveal().to_owned()),
            Insertion::TooMany | Insertion::HolderGone => Err(Refusal::Missing("user").into()),
        }
    }

    /// What a link is bound to besides its user: what it may do, the password that there was and the
    /// address that it was sent to. One that was mailed before either changed is no good any more.
    async fn link_label(&self, user: &User, may: &str) -> Result<String, Error> {
        let password = self.shared.store.password(user.id).await?;
        let generation = password.map_or(0, |password| password.generation);
        Ok(format!("{may} {generation} {}", user.email.as_deref().unwrap_or_default()))
    }

    /// Whose a link is, if it is good for this.
    pub(super) async fn peek_link(&self, link: &str, may: &str) -> Result<User, Error> {
        Ok(self.find_link(link, may).await?.0)
    }

    /// Whose a link is; it is used up by this.
    pub(super) async fn follow_link(&self, link: &str, may: &str) -> Result<User, Error> {
        let (user, known) = self.find_link(link, may).await?;
        self.spend(&known).await?.ok_or(Refusal::LinkSpent)?;
        Ok(user)
    }

    async fn find_link(&self, link: &str, may: &str) -> Result<(User, Arc<Known>), Error> {
        let brand = &self.shared.policy.brand;
        let presented = Presented::read(brand, link).filter(|p| p.kind == Kind::Mailed);
        let presented = presented.ok_or(Refusal::LinkSpent)?;
        let known = self.look_up(presented).await?.ok_or(Refusal::LinkSpent)?;
        let permission = Permission::parse(may).ok_or(Refusal::LinkSpent)?;
        let good = known.is_good(self.now()).is_ok() && known.token.scopes.cover(&permission);
        let Holder::User(user) = known.token.holder else {
            return Err(Refusal::LinkSpent.into());
        };
        let user = self.shared.store.user(user).await?.filter(|_| good);
        let user = user.ok_or(Refusal::LinkSpent)?;
        let over = may == CONFIRM && user.confirmed_at.is_some();
        let bound = known.token.label == self.link_label(&user, may).await?;
        if bound && !over { Ok((user, known)) } else { Err(Refusal::LinkSpent.into()) }
    }
}

//! Judging an actor again, after it has waited.
//!
//! **Invariant**: nothing is taken here: one request gives one of a rate and one use, however long it is.

use super::{Asked, Reason, Standing, Verdict, Visit};
use crate::actor::Actor;
use crate::authority::Authority;
use crate::error::{Error, Refusal};
use crate::verdicts::Known;

/// What an actor showed.
#[derive(Clone, Copy)]
pub enum Shown<'a> {
    /// This token, in this request.
    Token(&'a str, Visit<'a>),
    /// A user name and password.
    Password,
}

impl Authority {
    /// The generation of the password that an actor showed; none if it showed none.
    pub(crate) async fn password_of(&self, actor: &Actor) -> Result<Option<i64>, Error> {
        if !actor.showed_password() {
            return Ok(None);
        }
        let password = self.shared.store.password(Self::person(actor)?).await?;
        Ok(password.map(|password| password.generation))
    }

    /// An actor as it is now, by the same credential. `password` is what [`Authority::password_of`] said
    /// before.
    ///
    /// # Errors
    ///
    /// [`Refusal::Unauthenticated`] if it would not be one any more, or did not show this.
    pub(crate) async fn recheck(
        &self,
        actor: &Actor,
        shown: Shown<'_>,
        password: Option<i64>,
    ) -> Result<Actor, Error> {
        match shown {
            Shown::Password if actor.showed_password() => {
                let same = self.password_of(actor).await? == password;
                let user = self.shared.store.user(Self::person(actor)?).await?;
                let user = user.filter(|user| same && user.disabled_at.is_none());
                Ok(Actor::by_password(&user.ok_or(Refusal::Unauthenticated)?))
            }
            Shown::Token(text, visit) => {
                let audience = Some(&*self.shared.policy.issuer);
                let asked = Asked { audience, ..Asked::of(visit) };
                match self.inspect(text, &asked).await? {
                    Verdict::Good(known) => Ok(actor.again(known)?),
                    Verdict::Bad(Reason::Spent, Some(known))
                        if actor.gave_a_use() && self.is_good_but_for_uses(&known, &asked) =>
                    {
                        Ok(actor.again(known)?)
                    }
                    Verdict::Bad(..) => Err(Refusal::Unauthenticated.into()),
                }
            }
            Shown::Password => Err(Refusal::Unauthenticated.into()),
        }
    }

    fn is_good_but_for_uses(&self, known: &Known, asked: &Asked<'_>) -> bool {
        let mut standing = Standing::clone(known);
        standing.token.uses_left = None;
        standing.verdict(self.now(), asked).is_ok()
    }
}

//! What others are told of a token: introspection and revocation by its secret.

use std::sync::Arc;

use serde::Serialize;
use uuid::Uuid;

use super::ask::Asker;
use super::{Asked, Holder, Reason, Token, Verdict};
use crate::actor::{Actor, Place};
use crate::authority::Authority;
use crate::claims::IntrospectionClaims;
use crate::error::{Error, Refusal, Unavailable};
use crate::id::OrganizationId;
use crate::journal::Subject;
use crate::permission::Permission;
use crate::secret::{Kind, Presented};
use crate::verdicts::Known;

impl Authority {
    /// What a token is, for somebody who may ask: an OAuth 2 client about the tokens of its
    /// organization, or a holder of `authority.token.introspect` where the token belongs. Takes nothing
    /// of it. `None` says: not good, or nothing that the caller may know of. A token that is bound to
    /// networks is good only if the visit's source, which the caller tells, lies in them.
    ///
    /// Source: RFC 7662, section 2.2.
    pub async fn introspect(
        &self,
        actor: &Actor,
        text: &str,
        asked: &Asked<'_>,
    ) -> Result<Option<Arc<Known>>, Error> {
        self.may_introspect(actor).await?;
        // Whoever asks judges for whom it is.
        let verdict = self.inspect_any(text, asked).await?;
        let (Verdict::Good(known) | Verdict::Bad(_, Some(known))) = &verdict else {
            return Ok(None);
        };
        if !self.may_be_told(actor, &known.token).await? {
            return Ok(None);
        }
        match self.noted(verdict, &asked.visit) {
            Verdict::Good(known) => Ok(Some(known)),
            Verdict::Bad(..) => Ok(None),
        }
    }

    /// Signs what an actor was told, for that actor.
    ///
    /// Source: RFC 9701, section 5.
    pub fn sign_introspection(
        &self,
        actor: &Actor,
        told: &impl Serialize,
    ) -> Result<String, Unavailable> {
        let now = self.now();
        let claims = IntrospectionClaims {
            iss: &self.shared.policy.issuer,
            aud: actor.holder().parts().1,
            iat: now.as_second(),
            token_introspection: told,
        };
        self.shared.keys.ring().sign_introspection(&claims, now)
    }

    /// Whether an actor may ask, and be told of this token.
    pub(super) async fn may_know(&self, actor: &Actor, token: &Token) -> Result<bool, Error> {
        self.may_introspect(actor).await?;
        self.may_be_told(actor, token).await
    }

    /// Verifies a token for somebody who may ask about it, as a check would: one that is limited gives a
    /// request and a use if the answer is yes. One that the caller may not know of is unknown.
    pub async fn verify_for(
        &self,
        by: &mut Asker<'_>,
        text: &str,
        asked: &Asked<'_>,
    ) -> Result<Verdict, Error> {
        let verdict = self.inspect(text, asked).await?;
        let (Verdict::Good(known) | Verdict::Bad(_, Some(known))) = &verdict else {
            return Ok(verdict);
        };
        if !self.is_told(by, &known.token).await? {
            return Ok(Verdict::Bad(Reason::Unknown, None));
        }
        Ok(self.take(verdict, &asked.visit).await?)
    }

    /// Whether an actor may ask at all.
    pub(crate) async fn may_introspect(&self, actor: &Actor) -> Result<(), Error> {
        let permission = Permission::TOKEN_INTROSPECT;
        if actor.is_client() {
            return Ok(());
        }
        if let Some(bound) = actor.organization() {
            self.allow(actor, &permission, Place::In(bound)).await?;
            return Ok(());
        }
        if actor.marks().hold(&permission) {
            return self.allow(actor, &permission, Place::Installation).await.map(drop);
        }
        let places = self.shared.store.memberships_of(Self::person(actor)?).await?;
        for place in places.iter().filter(|place| place.role.holds(&permission)) {
            if self.allows(actor, &permission, Place::In(place.organization)).await? {
                return Ok(());
            }
        }
        Err(Refusal::NotPermitted(permission).into())
    }

    /// Whether an actor who may ask may be told of this token.
    pub(super) async fn may_be_told(&self, actor: &Actor, token: &Token) -> Result<bool, Error> {
        let permission = Permission::TOKEN_INTROSPECT;
        if Self::is_self(actor, token.holder.who()) || actor.marks().hold(&permission) {
            return Ok(actor.organization().is_none() || self.within(actor, token).await?);
        }
        if !self.within(actor, token).await? {
            return Ok(false);
        }
        let Some(organization) = token.organization.or(actor.organization()) else {
            return Ok(false);
        };
        let role = self.role_in(actor, organization).await?;
        Ok(actor.is_client() || role.is_some_and(|role| role.holds(&permission)))
    }

    /// Whether a token reaches into the organization that the actor is bound to. One that is bound
    /// to none reaches wherever its holder is a member.
    async fn within(&self, actor: &Actor, token: &Token) -> Result<bool, Error> {
        let Some(bound) = actor.organization() else {
            return Ok(true);
        };
        match (token.organization, token.holder) {
            (Some(organization), _) => Ok(organization == bound),
            (None, Holder::User(user)) => {
                Ok(self.shared.store.membership(user, bound).await?.is_some())
            }
            (None, Holder::Application(_) | Holder::ServiceAccount(_)) => Ok(false),
        }
    }

    /// Revokes what is presented: a token, or the session of an access or refresh token, whole.
    /// What is unknown, dead, or not the caller's to revoke is left as it is, and nobody is told
    /// the difference.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotPermitted`] if the caller's credential may revoke nothing at all, whatever is
    /// presented. [`Refusal::NotKept`] if what is presented was exchanged for another token and the
    /// caller could revoke that one: what is not kept ends soon, and with what it was made of.
    ///
    /// Source: RFC 7009, section 2.
    pub async fn revoke_presented(&self, actor: &Actor, text: &str) -> Result<(), Error> {
        let (own, others) = (Permission::SELF_UPDATE, Permission::TOKEN_REVOKE);
        if !actor.scopes().cover(&own) && !actor.scopes().cover(&others) {
            return Err(Refusal::NotPermitted(own).into());
        }
        let Some(presented) = Presented::read(&self.shared.policy.brand, text) else {
            return Ok(());
        };
        if presented.kind == Kind::Refresh {
            return self.revoke_refresh(actor, presented).await;
        }
        let Some(known) = self.look_up(presented).await? else {
            return Ok(());
        };
        if !self.may_revoke(actor, &known.token).await? {
            let token = &known.token;
            let target =
                token.session.map_or(("token", token.id.uuid()), |id| ("session", id.uuid()));
            return self.note_attempt(actor, target, token.organization).await;
        }
        if known.token.is_exchanged() {
            return Err(Refusal::NotKept.into());
        }
        match known.token.session {
            Some(session) => self.end_session_by(actor, session).await,
            None => self.revoke_found(actor, &known.token).await,
        }
    }

    async fn revoke_refresh(&self, actor: &Actor, presented: Presented<'_>) -> Result<(), Error> {
        let digests = self.shared.keys.digests(presented);
        let Some((session, _)) = self.shared.store.session_by_refresh(&digests).await? else {
            return Ok(());
        };
        let own = Permission::SELF_UPDATE;
        let reach = actor.organization().is_none() || actor.organization() == session.organization;
        if actor.user() != Some(session.user) || !reach {
            let target = ("session", session.id.uuid());
            return self.note_attempt(actor, target, session.organization).await;
        }
        self.allow(actor, &own, Place::Oneself).await?;
        self.end_session_by(actor, session.id).await
    }

    /// Enters that somebody showed another's secret to end it: they should not have it (attack book
    /// A042).
    async fn note_attempt(
        &self,
        actor: &Actor,
        target: (&str, Uuid),
        organization: Option<OrganizationId>,
    ) -> Result<(), Error> {
        let note = self.note(actor, "token.revoke_refused", target).of(organization);
        self.enrol(&[], self.shared.store.enter(note)).await
    }

    async fn may_revoke(&self, actor: &Actor, token: &Token) -> Result<bool, Error> {
        let (own, others) = (Permission::SELF_UPDATE, Permission::TOKEN_REVOKE);
        let bound = actor.organization();
        if Self::is_self(actor, token.holder.who()) {
            let reach = bound.is_none() || bound == token.organization;
            if !reach || self.allows(actor, &own, Place::Oneself).await? {
                return Ok(reach);
            }
        }
        let Some(organization) = token.organization else {
            return Ok(false);
        };
        self.allows(actor, &others, Place::In(organization)).await
    }

    /// As [`Authority::allow`], where a no is an answer and no answer is none.
    async fn allows(
        &self,
        actor: &Actor,
        permission: &Permission,
        place: Place,
    ) -> Result<bool, Error> {
        match self.allow(actor, permission, place).await {
            Ok(_) => Ok(true),
            Err(Error::Refused(_)) => Ok(false),
            Err(unavailable) => Err(unavailable),
        }
    }

    /// Ends a session, and forgets its access tokens.
    pub(crate) async fn end_session_by(
        &self,
        actor: &Actor,
        session: crate::id::SessionId,
    ) -> Result<(), Error> {
        let forget = Subject::Session(session);
        let note = self
            .note(actor, "session.end", ("session", session.uuid()))
            .of(actor.organization())
            .forgetting(forget);
        let fact = self.shared.store.end_session(session, note);
        self.enrol(&[forget], fact).await?;
        Ok(())
    }
}

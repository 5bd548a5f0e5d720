//! Who acts: made here from a credential that was checked, and by nobody else.
//!
//! **Invariant**: an [`Actor`] can't be made outside this crate, and every right it uses is asked
//! for in [`Authority::allow`]. That is the one choke point for authorization.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;

use crate::account::User;
use crate::authority::Authority;
use crate::error::{Error, Refusal};
use crate::id::{OrganizationId, SessionId, TokenId, UserId};
use crate::journal::{By, Who};
use crate::permission::{Marks, Permission, Role};
use crate::scope::Scopes;
use crate::secret::Kind;
use crate::token::{Holder, Networks, Token};
use crate::verdicts::Known;

/// Somebody who showed a good credential. It always carries the credential's scopes and tenant.
#[derive(Debug, Clone)]
pub struct Actor {
    holder: Holder,
    marks: Marks,
    scopes: Scopes,
    credential: Credential,
}

/// What somebody showed.
#[derive(Debug, Clone)]
enum Credential {
    /// User name and password: bound to nothing.
    Password,
    /// A token, kept or signed.
    Token {
        known: Arc<Known>,
        /// Whether a counted token has given a use for this request already.
        spent: Arc<AtomicBool>,
    },
}

/// Where a permission is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// For oneself: one's account, sessions and tokens.
    Oneself,
    /// In an organization.
    In(OrganizationId),
    /// In the whole installation. Credentials that are bound to an organization hold nothing here.
    Installation,
}

impl Actor {
    pub(crate) fn by_password(user: &User) -> Self {
        Self {
            holder: Holder::User(user.id),
            marks: user.marks,
            scopes: Scopes::all(),
            credential: Credential::Password,
        }
    }

    pub(crate) fn by_token(known: Arc<Known>) -> Self {
        Self {
            holder: known.token.holder,
            marks: known.holder.marks,
            scopes: known.token.scopes.clone(),
            credential: Credential::Token { known, spent: Arc::default() },
        }
    }

    /// The same by the same token, as it is now.
    ///
    /// # Errors
    ///
    /// [`Refusal::Unauthenticated`] if that is another's.
    pub(crate) fn again(&self, now: Arc<Known>) -> Result<Self, Refusal> {
        let Credential::Token { known, spent } = &self.credential else {
            return Err(Refusal::Unauthenticated);
        };
        if known.token.id != now.token.id {
            return Err(Refusal::Unauthenticated);
        }
        let credential = Credential::Token { known: Arc::clone(&now), spent: Arc::clone(spent) };
        Ok(Self { credential, ..Self::by_token(now) })
    }

    /// Whether its counted token has given a use for this request already.
    pub(crate) fn gave_a_use(&self) -> bool {
        match &self.credential {
            Credential::Password => false,
            Credential::Token { spent, .. } => spent.load(Ordering::Acquire),
        }
    }

    pub(crate) fn known(&self) -> Option<&Known> {
        match &self.credential {
            Credential::Password => None,
            Credential::Token { known, .. } => Some(known),
        }
    }

    /// Who it is.
    pub fn holder(&self) -> Holder {
        self.holder
    }

    /// The person it is, if it is one.
    pub fn user(&self) -> Option<UserId> {
        match self.holder {
            Holder::User(id) => Some(id),
            Holder::Application(_) | Holder::ServiceAccount(_) => None,
        }
    }

    /// The organization that its credential is bound to; none means each one of its user's.
    pub fn organization(&self) -> Option<OrganizationId> {
        self.known().and_then(|known| known.token.organization)
    }

    /// The session it acts in, if by an access token.
    pub fn session(&self) -> Option<SessionId> {
        self.known().and_then(|known| known.token.session)
    }

    /// The ceilings of its credential.
    pub fn scopes(&self) -> &Scopes {
        &self.scopes
    }

    /// Its marks.
    pub fn marks(&self) -> Marks {
        self.marks
    }

    /// Whether it is an OAuth 2 client that showed its secret.
    pub fn is_client(&self) -> bool {
        self.known().is_some_and(|known| known.token.kind == Kind::ClientSecret)
    }

    /// Whether it showed its name and password, just now.
    pub fn showed_password(&self) -> bool {
        matches!(self.credential, Credential::Password)
    }

    /// The kept token that it showed. Access tokens are not kept.
    pub fn token(&self) -> Option<TokenId> {
        let kept = |known: &&Known| known.token.kind != Kind::Access;
        self.known().filter(kept).map(|known| known.token.id)
    }

    /// When its credential ends, if that is a kept token: nothing it makes may live longer. A
    /// session is somebody present, and bounds nothing.
    pub(crate) fn ends(&self) -> Option<Timestamp> {
        self.token().and_then(|_| self.known()).and_then(|known| known.token.expires_at)
    }

    /// Where its credential may be shown from: nothing that it makes may be shown from elsewhere.
    pub(crate) fn networks(&self) -> Networks {
        self.known().map(|known| known.token.limits.networks.clone()).unwrap_or_default()
    }

    /// Whether its credential makes no others that are kept: one that is used up by use or whose rate is
    /// limited, which others would multiply; one that a person granted to an application, which ends with
    /// the grant and must not leave others behind; and one that was exchanged for another, which is short.
    pub(crate) fn is_barren(&self) -> bool {
        let barren = |token: &Token| {
            let Token { uses_left, limits, application, .. } = token;
            let limited = uses_left.is_some() || limits.rate.is_some();
            limited || application.is_some() || token.is_exchanged()
        };
        self.known().is_some_and(|known| barren(&known.token))
    }

    /// Who acts, and with which kept token, or with one made of it.
    pub(crate) fn by(&self) -> By {
        By { who: self.holder.who(), token: self.known().and_then(|known| known.token.kept()) }
    }

    fn own_role(&self) -> Option<Role> {
        self.known().and_then(|known| known.holder.role)
    }
}

impl Authority {
    /// The one place where it is decided whether somebody may: the credential's scopes cover the
    /// permission, and the holder has it there now. A counted token gives one use for its first
    /// yes in a request.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotAMember`] if the actor has no place in the organization,
    /// [`Refusal::NotPermitted`] if it has one that doesn't hold the permission, or its scopes
    /// don't cover it.
    pub async fn allow(
        &self,
        actor: &Actor,
        permission: &Permission,
        place: Place,
    ) -> Result<Role, Error> {
        let role = match place {
            Place::Oneself => Some(Role::Unassigned),
            Place::Installation => actor.organization().is_none().then_some(Role::Unassigned),
            Place::In(organization) => self.role_in(actor, organization).await?,
        };
        let role = role.ok_or(Refusal::NotAMember)?;
        let held = role.holds(permission) || actor.marks.hold(permission);
        if !held || !actor.scopes.cover(permission) {
            return Err(Refusal::NotPermitted(permission.clone()).into());
        }
        self.take_use(actor).await?;
        Ok(if actor.marks.superuser { Role::Owner } else { role })
    }

    /// As [`Authority::allow`], where the actor must not learn whether `what` exists: having no
    /// place in its organization is the same as its not being there.
    pub(crate) async fn allow_on(
        &self,
        actor: &Actor,
        permission: &Permission,
        place: Place,
        what: &'static str,
    ) -> Result<Role, Error> {
        let outcome = self.allow(actor, permission, place).await;
        match outcome {
            Err(Error::Refused(Refusal::NotAMember)) => Err(Refusal::Missing(what).into()),
            other => other,
        }
    }

    /// What an actor is in an organization now; none if it has no place there.
    pub(crate) async fn role_in(
        &self,
        actor: &Actor,
        organization: OrganizationId,
    ) -> Result<Option<Role>, Error> {
        let beyond = || actor.marks.superuser || actor.marks.system_auditor;
        if let Some(bound) = actor.organization() {
            let here = bound == organization;
            let role = actor.own_role().or_else(|| beyond().then_some(Role::Unassigned));
            return Ok(role.filter(|_| here));
        }
        let store = &self.shared.store;
        let Some(found) = store.organization(organization).await? else {
            return Ok(None);
        };
        let member = match actor.holder {
            Holder::User(user) => store.membership(user, organization).await?,
            Holder::Application(_) | Holder::ServiceAccount(_) => None,
        };
        let role = member.map(|member| member.role).filter(|_| found.suspended_at.is_none());
        Ok(role.or_else(|| beyond().then_some(Role::Unassigned)))
    }

    /// The organization that an actor means where it names none: the one that its credential is
    /// bound to; else as a login without one would choose.
    ///
    /// # Errors
    ///
    /// [`Refusal::Missing`] if there is none.
    pub async fn default_organization(&self, actor: &Actor) -> Result<OrganizationId, Error> {
        if let Some(bound) = actor.organization() {
            return Ok(bound);
        }
        let user = self.shared.store.user(Self::person(actor)?).await?;
        let user = user.ok_or(Refusal::Unauthenticated)?;
        let entered = self.organization_to_enter(&user, None).await?;
        Ok(entered.ok_or(Refusal::Missing("organization"))?)
    }

    async fn take_use(&self, actor: &Actor) -> Result<(), Error> {
        let Credential::Token { known, spent } = &actor.credential else {
            return Ok(());
        };
        if known.token.uses_left.is_none() || spent.swap(true, Ordering::AcqRel) {
            return Ok(());
        }
        if self.spend(known).await?.is_none() {
            return Err(Refusal::Unauthenticated.into());
        }
        Ok(())
    }

    /// The person who acts.
    pub(crate) fn person(actor: &Actor) -> Result<UserId, Refusal> {
        actor.user().ok_or(Refusal::NotPermitted(Permission::SELF_READ))
    }

    /// Whether an actor is this one.
    pub(crate) fn is_self(actor: &Actor, who: Who) -> bool {
        actor.holder.who() == who
    }
}

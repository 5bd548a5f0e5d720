//! Who may show, change and revoke which kept token.

use super::manage::LISTED;
use super::{Holder, Standing, Token};
use crate::actor::{Actor, Place};
use crate::application::Application;
use crate::authority::Authority;
use crate::error::{Error, Refusal};
use crate::id::{OrganizationId, TokenId};
use crate::permission::{Permission, Role};

impl Authority {
    /// The application that a token was made through.
    pub(crate) async fn application_through(
        &self,
        token: &Token,
    ) -> Result<Option<Application>, Error> {
        match token.application {
            Some(id) => Ok(self.shared.store.application(id).await?),
            None => Ok(None),
        }
    }

    /// A token that the actor may change: its own, or one of an organization where it may. A
    /// holder's own tokens need no more than the right to change oneself.
    pub(super) async fn token_to_change(
        &self,
        actor: &Actor,
        id: TokenId,
        permission: &Permission,
    ) -> Result<Token, Error> {
        let standing = self.token_for(actor, id, (&Permission::SELF_UPDATE, permission)).await?;
        Ok(standing.token)
    }

    /// Finds a token for somebody who has `own` if it is theirs, or `others` where it belongs.
    pub(super) async fn token_for(
        &self,
        actor: &Actor,
        id: TokenId,
        (own, others): (&Permission, &Permission),
    ) -> Result<Standing, Error> {
        let missing = Refusal::Missing("token");
        let found = self.shared.store.token_standing(id).await?;
        let found = found.filter(|found| LISTED.contains(&found.token.kind));
        let Some(standing) = found else {
            return Err(missing.into());
        };
        let token = &standing.token;
        let bound = actor.organization();
        let in_reach = bound.is_none() || bound == token.organization;
        if Self::is_self(actor, token.holder.who()) && in_reach {
            let Err(refused) = self.allow(actor, own, Place::Oneself).await else {
                return Ok(standing);
            };
            // A credential that may not act for its holder may still act for the organization.
            let narrow = matches!(refused, Error::Refused(Refusal::NotPermitted(_)));
            if !narrow || token.organization.is_none() {
                return Err(refused);
            }
        }
        if let Some(application) = self.application_through(token).await? {
            let others =
                if others.reads() { &Permission::GRANT_READ } else { &Permission::GRANT_UPDATE };
            let place = Place::In(application.organization);
            let outcome = self.allow_on(actor, others, place, "token").await;
            return match outcome {
                // A member who may see nothing of it is told of nothing.
                Err(Error::Refused(Refusal::NotPermitted(_)))
                    if !self.sees_grants(actor, application.organization).await? =>
                {
                    Err(missing.into())
                }
                other => other.map(|_| standing),
            };
        }
        let place = token.organization.map_or(Place::Installation, Place::In);
        if place == Place::Installation && !actor.marks().hold(others) {
            let sees = actor.marks().hold(&Permission::TOKEN_READ);
            let refusal = Refusal::NotPermitted(others.clone());
            return Err(if sees { refusal } else { missing }.into());
        }
        let role = self.allow_on(actor, others, place, "token").await?;
        self.not_above(role, token, others).await?;
        Ok(standing)
    }

    async fn sees_grants(
        &self,
        actor: &Actor,
        organization: OrganizationId,
    ) -> Result<bool, Error> {
        let role = self.role_in(actor, organization).await?.unwrap_or(Role::Unassigned);
        let read = &Permission::GRANT_READ;
        Ok(role.holds(read) || actor.marks().hold(read))
    }

    /// Nobody changes the tokens of those above them.
    async fn not_above(
        &self,
        role: Role,
        token: &Token,
        permission: &Permission,
    ) -> Result<(), Error> {
        let Some(organization) = token.organization.filter(|_| !permission.reads()) else {
            return Ok(());
        };
        let store = &self.shared.store;
        let theirs = match token.holder {
            Holder::User(user) => {
                store.membership(user, organization).await?.map(|member| member.role)
            }
            Holder::ServiceAccount(id) => {
                store.service_account(id).await?.map(|account| account.role)
            }
            Holder::Application(_) => None,
        };
        if theirs.is_some_and(|theirs| theirs > role) {
            return Err(Refusal::NotPermitted(permission.clone()).into());
        }
        Ok(())
    }
}

/// Whoever rotates a token holds its secret afterwards: so nobody rotates another person's, and
/// no token one that is wider, lives longer or is good in more networks than itself.
pub(super) fn may_hand_over(actor: &Actor, token: &Token) -> Result<(), Refusal> {
    if matches!(token.holder, Holder::User(user) if actor.user() != Some(user)) {
        return Err(Refusal::NotPermitted(Permission::TOKEN_UPDATE));
    }
    if let Some(scope) = token.scopes.first_beyond(actor.scopes()) {
        return Err(Refusal::ScopeBeyond(scope.to_string()));
    }
    if !token.limits.networks.are_within(&actor.networks()) {
        return Err(Refusal::NetworkBeyond);
    }
    match actor.ends() {
        Some(end) if token.expires_at.is_none_or(|life| life > end) => {
            Err(Refusal::LifeBeyondOwn(end))
        }
        Some(_) | None => Ok(()),
    }
}

//! Showing, listing, changing, rotating and revoking tokens that are kept.

use jiff::SignedDuration;

use super::issue::{Issued, check_label, later};
use super::store::{Change, Page, Revocation, TokenChange, TokenFilter};
use super::{Holder, Standing, Token};
use crate::actor::{Actor, Place};
use crate::authority::Authority;
use crate::error::{Error, Refusal};
use crate::id::{OrganizationId, TokenId};
use crate::journal::Subject;
use crate::permission::Permission;
use crate::secret::Kind;

/// The longest overlap in which a rotated secret lives on: 30 days.
pub const LONGEST_OVERLAP: SignedDuration = SignedDuration::from_hours(720);

/// Kinds that are listed: mailed links and what belongs to sessions are not.
const LISTED: [Kind; 5] =
    [Kind::ApiKey, Kind::Personal, Kind::Integration, Kind::ServiceAccount, Kind::ClientSecret];

impl Authority {
    /// A token that the actor may see: its own, or one of an organization whose tokens it reads.
    pub async fn token(&self, actor: &Actor, id: TokenId) -> Result<Standing, Error> {
        let own = Permission::SELF_READ;
        self.token_for(actor, id, (&own, &Permission::TOKEN_READ)).await
    }

    /// The tokens of an organization, dead ones too, in the order of their numbers.
    pub async fn tokens_in(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        page: Page,
    ) -> Result<Vec<Token>, Error> {
        let organization = Some(organization);
        self.tokens(actor, TokenFilter { organization, ..TokenFilter::default() }, page).await
    }

    /// The tokens of an organization that are neither revoked, expired nor spent.
    pub async fn live_tokens_in(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        page: Page,
    ) -> Result<Vec<Token>, Error> {
        let (organization, live_at) = (Some(organization), Some(self.now()));
        let filter = TokenFilter { organization, live_at, ..TokenFilter::default() };
        self.tokens(actor, filter, page).await
    }

    /// The actor's own tokens, dead ones too; of its organization only if it is bound to one.
    pub async fn own_tokens(&self, actor: &Actor, page: Page) -> Result<Vec<Token>, Error> {
        self.tokens(actor, TokenFilter::default(), page).await
    }

    /// Those of an organization's tokens that fit; without an organization, of the actor's own. Of
    /// every kind that is listed, whatever the filter says of kinds.
    pub async fn tokens(
        &self,
        actor: &Actor,
        filter: TokenFilter,
        page: Page,
    ) -> Result<Vec<Token>, Error> {
        let filter = if let Some(organization) = filter.organization {
            let place = Place::In(organization);
            self.allow_on(actor, &Permission::TOKEN_READ, place, "organization").await?;
            filter
        } else {
            self.allow(actor, &Permission::SELF_READ, Place::Oneself).await?;
            let (holder, organization) = (Some(actor.holder()), actor.organization());
            if filter.holder.is_some() && filter.holder != holder {
                return Err(Refusal::invalid("holder", "needs an organization").into());
            }
            TokenFilter { holder, organization, ..filter }
        };
        let filter = TokenFilter { kinds: LISTED.to_vec(), ..filter };
        Ok(self.shared.store.tokens(&filter, page).await?)
    }

    /// Changes a token's label, or switches it off or on.
    pub async fn update_token(
        &self,
        actor: &Actor,
        id: TokenId,
        change: TokenChange,
    ) -> Result<Token, Error> {
        if let Some(label) = &change.label {
            check_label(label)?;
        }
        let token = self.token_to_change(actor, id, &Permission::TOKEN_UPDATE).await?;
        let forget = Subject::Token(id);
        let mut note = self
            .note(actor, "token.update", ("token", id.uuid()))
            .of(token.organization)
            .forgetting(forget);
        if let Some(label) = &change.label {
            note = note.saying("label", label.clone());
        }
        if let Some(disabled) = change.disabled {
            note = note.saying("disabled", disabled.to_string());
        }
        let fact = self.shared.store.update_token(id, &change, note);
        done(self.enrol(&[forget], fact).await?)?;
        Ok(self.shared.store.token_standing(id).await?.ok_or(Refusal::Missing("token"))?.token)
    }

    /// Revokes a token, for ever and everywhere. Revoking twice is no error.
    pub async fn revoke(&self, actor: &Actor, id: TokenId) -> Result<(), Error> {
        let token = self.token_to_change(actor, id, &Permission::TOKEN_REVOKE).await?;
        self.revoke_found(actor, &token).await
    }

    pub(crate) async fn revoke_found(&self, actor: &Actor, token: &Token) -> Result<(), Error> {
        let forget = Subject::Token(token.id);
        let note = self
            .note(actor, "token.revoke", ("token", token.id.uuid()))
            .of(token.organization)
            .forgetting(forget);
        let fact = self.shared.store.revoke_token(token.id, note);
        match self.enrol(&[forget], fact).await? {
            Revocation::Done | Revocation::AlreadyDone => Ok(()),
            Revocation::Missing => Err(Refusal::Missing("token").into()),
        }
    }

    /// Gives a token a new secret. The present one lives on for `overlap`, which may be zero, and
    /// one that was rotated away before ends now.
    pub async fn rotate(
        &self,
        actor: &Actor,
        id: TokenId,
        overlap: SignedDuration,
    ) -> Result<Issued, Error> {
        if overlap.is_negative() || overlap > LONGEST_OVERLAP {
            return Err(Refusal::invalid("overlap", "0 s to 30 days").into());
        }
        if actor.is_counted() {
            return Err(Refusal::CannotBreed.into());
        }
        let token = self.token_to_change(actor, id, &Permission::TOKEN_UPDATE).await?;
        may_hand_over(actor, &token)?;
        let (secret, kept) = self.make_secret(token.kind);
        let forget = Subject::Token(id);
        let ends = later(self.now(), overlap);
        let note = self
            .note(actor, "token.rotate", ("token", id.uuid()))
            .of(token.organization)
            .saying("overlap_ends", ends.to_string())
            .forgetting(forget);
        let fact = self.shared.store.rotate_token(id, kept, ends, note);
        done(self.enrol(&[forget], fact).await?)?;
        Ok(Issued { token, secret })
    }

    /// A token that the actor may change: its own, or one of an organization where it may. A
    /// holder's own tokens need no more than the right to change oneself.
    async fn token_to_change(
        &self,
        actor: &Actor,
        id: TokenId,
        permission: &Permission,
    ) -> Result<Token, Error> {
        let standing = self.token_for(actor, id, (&Permission::SELF_UPDATE, permission)).await?;
        Ok(standing.token)
    }

    /// Finds a token for somebody who has `own` if it is theirs, or `others` where it belongs.
    async fn token_for(
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
        let place = token.organization.map_or(Place::Installation, Place::In);
        if place == Place::Installation && !actor.marks().hold(others) {
            return Err(missing.into());
        }
        let role = self.allow_on(actor, others, place, "token").await?;
        self.not_above(role, token, others).await?;
        Ok(standing)
    }

    /// Nobody changes the tokens of those above them.
    async fn not_above(
        &self,
        role: crate::permission::Role,
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
/// no token one that is wider or lives longer than itself.
fn may_hand_over(actor: &Actor, token: &Token) -> Result<(), Refusal> {
    if matches!(token.holder, Holder::User(user) if actor.user() != Some(user)) {
        return Err(Refusal::NotPermitted(Permission::TOKEN_UPDATE));
    }
    if let Some(scope) = token.scopes.first_beyond(actor.scopes()) {
        return Err(Refusal::ScopeBeyond(scope.to_string()));
    }
    match actor.ends() {
        Some(end) if token.expires_at.is_none_or(|life| life > end) => {
            Err(Refusal::LifeBeyondOwn(end))
        }
        Some(_) | None => Ok(()),
    }
}

pub(crate) fn done(change: Change) -> Result<(), Refusal> {
    match change {
        Change::Done => Ok(()),
        Change::Missing => Err(Refusal::Missing("token")),
    }
}

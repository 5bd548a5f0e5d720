//! Showing, listing, changing, rotating and revoking tokens that are kept.

use jiff::SignedDuration;

use super::issue::Issued;
use super::reach::may_hand_over;
use super::store::{Change, Page, Revocation, TokenChange, TokenFilter};
use super::terms::{check_label, later};
use super::{Standing, Token};
use crate::actor::{Actor, Place};
use crate::authority::Authority;
use crate::error::{Error, Refusal};
use crate::id::{OrganizationId, TokenId};
use crate::journal::{Draft, Subject};
use crate::permission::Permission;
use crate::secret::Kind;

/// The longest overlap in which a rotated secret lives on: 30 days.
pub const LONGEST_OVERLAP: SignedDuration = SignedDuration::from_hours(720);

/// Kinds that are listed: mailed links and what belongs to sessions are not.
pub(super) const LISTED: [Kind; 5] =
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
        check_label(change.label.as_deref().unwrap_or_default())?;
        let token = self.token_to_change(actor, id, &Permission::TOKEN_UPDATE).await?;
        self.change_found(actor, token, change).await
    }

    /// Changes a token that the actor may change.
    pub(crate) async fn change_found(
        &self,
        actor: &Actor,
        token: Token,
        change: TokenChange,
    ) -> Result<Token, Error> {
        check_label(change.label.as_deref().unwrap_or_default())?;
        let id = token.id;
        let forget = Subject::Token(id);
        let change = real_change(&token, change);
        if token.revoked_at.is_some() {
            return Err(Refusal::Missing("token").into());
        }
        if change == TokenChange::default() {
            return Ok(token);
        }
        may_rescope(actor, &token, &change)?;
        let mut note = self
            .note(actor, "token.update", ("token", id.uuid()))
            .of(token.organization)
            .forgetting(forget);
        if let Some(application) = self.application_through(&token).await? {
            note = note.of(application.organization);
        }
        let note = saying_change(note, &token, &change);
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
        let mut note = self
            .note(actor, "token.revoke", ("token", token.id.uuid()))
            .of(token.organization)
            .forgetting(forget)
            .saying("number", token.number.to_string())
            .saying("label", token.label.clone())
            .saying("scopes", token.scopes.to_string());
        if let Some(application) = self.application_through(token).await? {
            note = note.of(application.organization).saying("application", application.name);
        }
        let fact = self.shared.store.revoke_token(token.id, note);
        match self.enrol(&[forget], fact).await? {
            Revocation::Done => Ok(()),
            Revocation::AlreadyDone => self.end_what_came_after(actor, token).await,
            Revocation::Missing => Err(Refusal::Missing("token").into()),
        }
    }

    /// A grant may have been refreshed just before its token was revoked: it ends all the same.
    async fn end_what_came_after(&self, actor: &Actor, token: &Token) -> Result<(), Error> {
        match token.session {
            Some(session) => self.end_session_by(actor, session).await,
            None => Ok(()),
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
        check_overlap(overlap)?;
        if actor.is_barren() {
            return Err(Refusal::CannotBreed.into());
        }
        let token = self.token_to_change(actor, id, &Permission::TOKEN_UPDATE).await?;
        self.rotate_found(actor, token, overlap).await
    }

    /// Rotates a token that the actor may change.
    pub(crate) async fn rotate_found(
        &self,
        actor: &Actor,
        token: Token,
        overlap: SignedDuration,
    ) -> Result<Issued, Error> {
        check_overlap(overlap)?;
        if actor.is_barren() {
            return Err(Refusal::CannotBreed.into());
        }
        let id = token.id;
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
}

fn check_overlap(overlap: SignedDuration) -> Result<(), Refusal> {
    if overlap.is_negative() || overlap > LONGEST_OVERLAP {
        return Err(Refusal::invalid("overlap", "0 s to 30 days"));
    }
    Ok(())
}

/// A token is widened by its own holder only, and not if somebody else has it too: an application.
fn may_rescope(actor: &Actor, token: &Token, change: &TokenChange) -> Result<(), Refusal> {
    let Some(scopes) = &change.scopes else { return Ok(()) };
    let own = actor.holder() == token.holder && token.application.is_none();
    let beyond = scopes.first_beyond(actor.scopes());
    match beyond.or_else(|| scopes.first_beyond(&token.scopes).filter(|_| !own)) {
        Some(scope) => Err(Refusal::ScopeBeyond(scope.to_string())),
        None => Ok(()),
    }
}

/// What of a change is one.
fn real_change(token: &Token, change: TokenChange) -> TokenChange {
    TokenChange {
        label: change.label.filter(|label| *label != token.label),
        disabled: change.disabled.filter(|disabled| *disabled != token.disabled),
        scopes: change.scopes.filter(|scopes| *scopes != token.scopes),
    }
}

/// Says what was before, and what is now.
fn saying_change(mut note: Draft, token: &Token, change: &TokenChange) -> Draft {
    if let Some(label) = &change.label {
        note = note.saying("label_before", token.label.clone()).saying("label", label.clone());
    }
    if let Some(disabled) = change.disabled {
        note = note.saying("disabled", disabled.to_string());
    }
    if let Some(scopes) = &change.scopes {
        let before = token.scopes.to_string();
        note = note.saying("scopes_before", before).saying("scopes", scopes.to_string());
    }
    note
}

pub(crate) fn done(change: Change) -> Result<(), Refusal> {
    match change {
        Change::Done => Ok(()),
        Change::Missing => Err(Refusal::Missing("token")),
    }
}

//! Issuing tokens.

use jiff::Timestamp;

use super::store::{Insertion, KeptSecret};
use super::terms::grant;
use super::{Born, Holder, Limits, Token};
use crate::actor::{Actor, Place};
use crate::authority::Authority;
use crate::error::{Error, Refusal};
use crate::grant::may_hold;
use crate::id::{ApplicationId, OrganizationId, UserId};
use crate::journal::{Draft, Once};
use crate::permission::Permission;
use crate::scope::Scopes;
use crate::secret::{Kind, Secret};

/// A token as somebody wishes it. What is `None` is chosen by policy.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Wish {
    /// Who shall hold it; oneself if not said. Nobody may hold tokens for another person.
    pub holder: Option<Holder>,
    /// The organization to bind it to. For a person: none makes a personal token, good in each of
    /// its organizations. For others it is theirs.
    pub organization: Option<OrganizationId>,
    /// Whether it is an OAuth 2 client's secret; the holder must be an application.
    pub client_secret: bool,
    /// What to call it: at most [`LONGEST_LABEL`](super::LONGEST_LABEL) characters. A label is made if none is
    /// given.
    pub label: Option<String>,
    /// Its ceilings; those of the caller's own credential if none are given.
    pub scopes: Option<Scopes>,
    /// From when on it is no good.
    pub expires_at: Option<Timestamp>,
    /// After how many uses it is no good: at least 1.
    pub uses: Option<u32>,
    /// What else bounds its use. Without networks, it has those of the caller's own credential.
    pub limits: Limits,
    /// Whether it lives until it is revoked, as far as policy allows, where no end is asked for.
    pub until_revoked: bool,
    /// The idempotency key.
    pub once: Option<Once>,
}

/// A token that was just made, with its secret: shown now and never again.
#[derive(Debug, Clone)]
pub struct Issued {
    /// The token.
    pub token: Token,
    /// Its secret.
    pub secret: Secret,
}

/// For whom a token is made, as found.
pub(crate) struct Bearer {
    pub(super) holder: Holder,
    pub(super) organization: Option<OrganizationId>,
    pub(super) application: Option<ApplicationId>,
    pub(super) kind: Kind,
    pub(super) born: Born,
}

impl Bearer {
    pub(crate) fn bound(
        holder: Holder,
        organization: OrganizationId,
        kind: Kind,
        born: Born,
    ) -> Self {
        Self { holder, organization: Some(organization), application: None, kind, born }
    }
}

impl Authority {
    /// Issues a token.
    ///
    /// # Errors
    ///
    /// A [`Refusal`] if the wish breaks a rule; nothing is stored then. [`Error::Unavailable`] if
    /// storage fails: the token may or may not be stored, and its secret is lost either way.
    pub async fn issue(&self, actor: &Actor, wish: Wish) -> Result<Issued, Error> {
        let bearer = self.bearer_of(actor, &wish).await?;
        let once = wish.once.clone();
        let token =
            grant(actor, &bearer, wish, &self.shared.policy.tokens, (self.mint(), self.now()))?;
        let secret = self.keep(actor, &token, once).await?;
        Ok(Issued { token: Token { number: secret.1, ..token }, secret: secret.0 })
    }

    pub(crate) async fn keep(
        &self,
        actor: &Actor,
        token: &Token,
        once: Option<Once>,
    ) -> Result<(Secret, i64), Error> {
        let note = self
            .note(actor, "token.issue", ("token", token.id.uuid()))
            .of(token.organization)
            .saying("kind", token.kind.code())
            .saying("label", token.label.clone())
            .saying("scopes", token.scopes.to_string())
            .once(once.clone());
        let note = saying_limits(note, &token.limits);
        let most = self.shared.policy.tokens.most_per_holder;
        let (secret, kept) = self.make_secret(token.kind);
        let insertion = self.shared.store.insert_token(token, kept, most, note);
        match self.enrol_once(once.as_ref(), &[], insertion).await? {
            Insertion::Done(number) => Ok((secret, number)),
            Insertion::TooMany => Err(Refusal::TooManyTokens(most.unwrap_or(u32::MAX)).into()),
            Insertion::HolderGone => Err(Refusal::Missing("holder").into()),
        }
    }

    pub(crate) fn make_secret(&self, kind: Kind) -> (Secret, KeptSecret) {
        let secret = Secret::generate(&self.shared.policy.brand, kind, &*self.shared.entropy);
        let pepper = self.shared.keys.pepper();
        let digest = pepper.digest_of(&secret);
        (secret, KeptSecret { digest, pepper: pepper.version })
    }

    /// Finds for whom the token shall be, and whether the actor may make one for them.
    async fn bearer_of(&self, actor: &Actor, wish: &Wish) -> Result<Bearer, Error> {
        if actor.is_barren() {
            return Err(Refusal::CannotBreed.into());
        }
        let holder = wish.holder.unwrap_or(actor.holder());
        match holder {
            Holder::User(user) => self.person_bearer(actor, user, wish).await,
            Holder::ServiceAccount(id) => {
                let missing = Refusal::Missing("service account");
                let account = self.shared.store.service_account(id).await?.ok_or(missing)?;
                let place = Place::In(account.organization);
                let create = &Permission::TOKEN_CREATE;
                let role = self.allow_on(actor, create, place, "service account").await?;
                if !role.commands(account.role) && role != account.role {
                    return Err(Refusal::NotPermitted(Permission::TOKEN_CREATE).into());
                }
                let born = self.born(account.epoch, account.organization).await?;
                Ok(Bearer::bound(holder, account.organization, Kind::ServiceAccount, born))
            }
            Holder::Application(id) => {
                let missing = Refusal::Missing("application");
                let application = self.shared.store.application(id).await?.ok_or(missing)?;
                let place = Place::In(application.organization);
                let create = &Permission::TOKEN_CREATE;
                self.allow_on(actor, create, place, "application").await?;
                let born = self.born(application.epoch, application.organization).await?;
                let kind = if wish.client_secret { Kind::ClientSecret } else { Kind::Integration };
                Ok(Bearer::bound(holder, application.organization, kind, born))
            }
        }
    }

    async fn person_bearer(
        &self,
        actor: &Actor,
        user: UserId,
        wish: &Wish,
    ) -> Result<Bearer, Error> {
        if actor.user() != Some(user) {
            return Err(Refusal::NotPermitted(Permission::TOKEN_CREATE).into());
        }
        let missing = Refusal::Missing("user");
        let holder = Holder::User(user);
        let user = self.shared.store.user(user).await?.ok_or(missing)?;
        if user.provider.is_some() {
            may_hold(&user, &self.settings_now().await?)?;
        }
        let epoch = user.epoch;
        let Some(organization) = wish.organization else {
            if actor.organization().is_some() {
                return Err(Refusal::NotAMember.into());
            }
            self.allow(actor, &Permission::SELF_UPDATE, Place::Oneself).await?;
            let born = Born { holder: epoch, organization: 0 };
            return Ok(Bearer {
                holder,
                organization: None,
                application: None,
                kind: Kind::Personal,
                born,
            });
        };
        self.allow(actor, &Permission::TOKEN_CREATE, Place::In(organization)).await?;
        let born = self.born(epoch, organization).await?;
        Ok(Bearer::bound(holder, organization, Kind::ApiKey, born))
    }

    pub(crate) async fn born(
        &self,
        holder: i64,
        organization: OrganizationId,
    ) -> Result<Born, Error> {
        let found = self.shared.store.organization(organization).await?;
        let found = found.ok_or(Refusal::Missing("organization"))?;
        Ok(Born { holder, organization: found.epoch })
    }
}

/// Says in an entry what bounds a token's use.
pub(crate) fn saying_limits(mut note: Draft, limits: &Limits) -> Draft {
    let Limits { not_before, networks, rate } = limits;
    if let Some(begin) = not_before {
        note = note.saying("not_before", begin.to_string());
    }
    if !networks.are_any() {
        note = note.saying("networks", networks.to_string());
    }
    if let Some(rate) = rate {
        note = note.saying("rate", rate.to_string());
    }
    note
}

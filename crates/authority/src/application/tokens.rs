//! Tokens of one application, as those do who manage the application: under permissions of their own, which
//! carry Applivery's names (contract applivery, section 2).
//!
//! They live until they are revoked, as far as policy allows ([`TokenPolicy::integration_life`]).
//!
//! [`TokenPolicy::integration_life`]: crate::TokenPolicy::integration_life

use jiff::SignedDuration;

use super::Application;
use crate::actor::{Actor, Place};
use crate::authority::Authority;
use crate::error::{Error, Refusal};
use crate::id::OrganizationId;
use crate::permission::Permission;
use crate::scope::Scopes;
use crate::search::{Column, Condition, Found, Path, Search, Test, Thing, Value};
use crate::secret::Kind;
use crate::slug::{self, Named};
use crate::token::issue::Bearer;
use crate::token::store::TokenChange;
use crate::token::terms::grant;
use crate::token::{Holder, Issued, Token, Wish};

/// An application as an address names it: in which organization, and which one there.
type Address<'a> = (OrganizationId, &'a Named);

impl Authority {
    /// Issues a token of an application. Without scopes: all that the caller's own credential may.
    ///
    /// # Errors
    ///
    /// [`Refusal::ScopeBeyond`] if the scopes go beyond the caller's own credential; nothing is narrowed
    /// silently.
    pub async fn create_integration(
        &self,
        actor: &Actor,
        at: Address<'_>,
        (label, scopes): (Option<String>, Option<Scopes>),
    ) -> Result<(Application, Issued), Error> {
        let application =
            self.application_managed(actor, at, &Permission::INTEGRATION_CREATE).await?;
        if actor.is_barren() {
            return Err(Refusal::CannotBreed.into());
        }
        let born = self.born(application.epoch, application.organization).await?;
        let holder = Holder::Application(application.id);
        let bearer = Bearer::bound(holder, application.organization, Kind::Integration, born);
        let wish = Wish { label, scopes, until_revoked: true, ..Wish::default() };
        let made = (self.mint(), self.now());
        let token = grant(actor, &bearer, wish, &self.shared.policy.tokens, made)?;
        let (secret, number) = self.keep(actor, &token, None).await?;
        Ok((application, Issued { token: Token { number, ..token }, secret }))
    }

    /// Those tokens of an application that fit and are good.
    pub async fn find_integrations(
        &self,
        actor: &Actor,
        at: Address<'_>,
        search: Search,
    ) -> Result<(Application, Found<Token>), Error> {
        let application =
            self.application_managed(actor, at, &Permission::INTEGRATION_LIST).await?;
        search.check()?;
        let found = self.good_integrations(&application, search).await?;
        Ok((application, found))
    }

    /// A token of an application.
    pub async fn integration(
        &self,
        actor: &Actor,
        at: Address<'_>,
        named: &Named,
    ) -> Result<(Application, Token), Error> {
        self.integration_for(actor, at, (named, &Permission::INTEGRATION_READ)).await
    }

    /// Relabels a token of an application, or narrows what it may. Nobody widens one: its secret is
    /// with somebody else.
    pub async fn update_integration(
        &self,
        actor: &Actor,
        at: Address<'_>,
        (named, change): (&Named, TokenChange),
    ) -> Result<(Application, Token), Error> {
        let asked = (named, &Permission::INTEGRATION_UPDATE);
        let (application, token) = self.integration_for(actor, at, asked).await?;
        Ok((application, self.change_found(actor, token, change).await?))
    }

    /// Gives a token of an application a new secret; the present one lives on for `overlap`.
    pub async fn rotate_integration(
        &self,
        actor: &Actor,
        at: Address<'_>,
        (named, overlap): (&Named, SignedDuration),
    ) -> Result<(Application, Issued), Error> {
        let asked = (named, &Permission::INTEGRATION_UPDATE);
        let (application, token) = self.integration_for(actor, at, asked).await?;
        Ok((application, self.rotate_found(actor, token, overlap).await?))
    }

    /// Revokes a token of an application, for ever and everywhere.
    pub async fn revoke_integration(
        &self,
        actor: &Actor,
        at: Address<'_>,
        named: &Named,
    ) -> Result<(), Error> {
        let asked = (named, &Permission::INTEGRATION_REVOKE);
        let (_, token) = self.integration_for(actor, at, asked).await?;
        self.revoke_found(actor, &token).await
    }

    /// The application that shows its own token, if the token is for this.
    ///
    /// # Errors
    ///
    /// [`Refusal::Unauthenticated`] for a credential that is no application's,
    /// [`Refusal::NotPermitted`] for one that is not for this.
    pub async fn own_application(
        &self,
        actor: &Actor,
        permission: &Permission,
    ) -> Result<Application, Error> {
        let Holder::Application(id) = actor.holder() else {
            return Err(Refusal::Unauthenticated.into());
        };
        let found = self.shared.store.application(id).await?;
        let application = found.ok_or(Refusal::Unauthenticated)?;
        self.allow(actor, permission, Place::In(application.organization)).await?;
        Ok(application)
    }

    /// The application at an address, for somebody who has the permission in its organization. An
    /// application manages no tokens, its own neither.
    async fn application_managed(
        &self,
        actor: &Actor,
        (organization, named): Address<'_>,
        permission: &Permission,
    ) -> Result<Application, Error> {
        let place = Place::In(organization);
        self.allow_on(actor, permission, place, "organization").await?;
        if matches!(actor.holder(), Holder::Application(_)) {
            return Err(Refusal::NotPermitted(permission.clone()).into());
        }
        self.application_called(organization, named).await
    }

    /// An application that is not archived.
    pub(crate) async fn application_called(
        &self,
        organization: OrganizationId,
        named: &Named,
    ) -> Result<Application, Error> {
        let store = &self.shared.store;
        let found = match named {
            Named::Numbered { number, second } => {
                let found = store.application_numbered(*number).await?;
                found.filter(|found| found.created_at.as_second() == *second)
            }
            Named::Slugged(text) => match slug::read(text) {
                Some(slug) => store.application_slugged(organization, &slug).await?,
                None => None,
            },
        };
        let here =
            |found: &Application| found.organization == organization && found.archived_at.is_none();
        Ok(found.filter(here).ok_or(Refusal::Missing("application"))?)
    }

    async fn integration_for(
        &self,
        actor: &Actor,
        at: Address<'_>,
        (named, permission): (&Named, &Permission),
    ) -> Result<(Application, Token), Error> {
        let application = self.application_managed(actor, at, permission).await?;
        let Named::Numbered { number, second } = *named else {
            return Err(Refusal::Missing("token").into());
        };
        let one = Search::numbered(Thing::Integration, number);
        let found = self.good_integrations(&application, one).await?.items.into_iter().next();
        let found = found.filter(|token| token.created_at.as_second() == second);
        Ok((application, found.ok_or(Refusal::Missing("token"))?))
    }

    /// Those tokens of an application that fit and are neither revoked, spent, ended nor expired.
    async fn good_integrations(
        &self,
        application: &Application,
        search: Search,
    ) -> Result<Found<Token>, Error> {
        let own = Value::Id(application.id.uuid());
        let own = Search::is(Thing::Integration, &[], Column::HolderId, own);
        let expiry = |test: Test| {
            let path = Path::across(Thing::Integration, &[], Column::ExpiresAt);
            path.map_or(Condition::never(), |path| Condition::Test(path, test))
        };
        let to_come = Test::Above(Value::Time(self.now()));
        let good = Condition::Any(vec![expiry(Test::Absent), expiry(to_come)]);
        Ok(self.shared.store.find_tokens(&search.within(own).within(good)).await?)
    }
}

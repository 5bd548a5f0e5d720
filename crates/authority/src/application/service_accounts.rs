//! Service accounts, as those who manage them do.

use super::ServiceAccount;
use super::manage::LONGEST_NAME;
use super::store::ServiceAccountChange;
use crate::account::manage::{changed, created};
use crate::actor::{Actor, Place};
use crate::authority::Authority;
use crate::error::{Error, Refusal};
use crate::id::{OrganizationId, ServiceAccountId};
use crate::journal::{Once, Subject};
use crate::permission::{Permission, Role};
use crate::search::{Column, Found, Search, Thing, Value};
use crate::secret::Kind;
use crate::slug::Named;
use crate::token::issue::Bearer;
use crate::token::store::Page;
use crate::token::terms::{check_command, check_name, grant};
use crate::token::{Holder, Issued, Wish};

impl Authority {
    /// Makes a service account, with a role that the actor may give.
    pub async fn create_service_account(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        (name, role): (&str, Role),
        once: Option<Once>,
    ) -> Result<ServiceAccount, Error> {
        let account = self.new_service_account(actor, organization, (name, role)).await?;
        let note = self
            .note(actor, "service_account.create", ("service_account", account.id.uuid()))
            .of(organization)
            .saying("name", name)
            .saying("role", role.as_str())
            .once(once.clone());
        let fact = self.shared.store.create_service_account(&account, None, note);
        let number = created(self.enrol_once(once.as_ref(), &[], fact).await?, "organization")?;
        Ok(ServiceAccount { number, ..account })
    }

    /// Makes a service account and its first token, which lives until it is revoked, in one fact. Without
    /// a name it gets one.
    pub async fn create_service_account_with_token(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        (name, role): (Option<&str>, Role),
    ) -> Result<(ServiceAccount, Issued), Error> {
        if actor.is_barren() {
            return Err(Refusal::CannotBreed.into());
        }
        let made_up = format!("service account {}", self.form_nonce());
        let name = name.unwrap_or(&made_up);
        let account = self.new_service_account(actor, organization, (name, role)).await?;
        self.allow(actor, &Permission::TOKEN_CREATE, Place::In(organization)).await?;
        let born = self.born(account.epoch, organization).await?;
        let holder = Holder::ServiceAccount(account.id);
        let bearer = Bearer::bound(holder, organization, Kind::ServiceAccount, born);
        let wish = Wish { until_revoked: true, ..Wish::default() };
        let made = (self.mint(), account.created_at);
        let token = grant(actor, &bearer, wish, &self.shared.policy.tokens, made)?;
        let (secret, kept) = self.make_secret(Kind::ServiceAccount);
        let note = self
            .note(actor, "service_account.create", ("service_account", account.id.uuid()))
            .of(organization)
            .saying("name", name)
            .saying("role", role.as_str())
            .saying("token", token.id.to_string());
        let fact = self.shared.store.create_service_account(&account, Some((&token, kept)), note);
        let number = created(self.enrol(&[], fact).await?, "organization")?;
        Ok((ServiceAccount { number, ..account }, Issued { token, secret }))
    }

    async fn new_service_account(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        (name, role): (&str, Role),
    ) -> Result<ServiceAccount, Error> {
        check_name("name", name, LONGEST_NAME)?;
        let (place, update) = (Place::In(organization), &Permission::SERVICE_ACCOUNT_UPDATE);
        let mine = self.allow_on(actor, update, place, "organization").await?;
        check_command(mine, role)?;
        let now = self.now();
        Ok(ServiceAccount {
            id: self.mint(),
            number: 0,
            organization,
            name: name.to_owned(),
            role,
            created_at: now,
            modified_at: now,
            disabled_at: None,
            epoch: 0,
        })
    }

    /// The service accounts of an organization.
    pub async fn service_accounts(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        page: Page,
    ) -> Result<Vec<ServiceAccount>, Error> {
        let (place, read) = (Place::In(organization), &Permission::SERVICE_ACCOUNT_READ);
        self.allow_on(actor, read, place, "organization").await?;
        Ok(self.shared.store.service_accounts(organization, page).await?)
    }

    /// Those service accounts of an organization that fit.
    pub async fn find_service_accounts(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        search: Search,
    ) -> Result<Found<ServiceAccount>, Error> {
        let (place, read) = (Place::In(organization), &Permission::SERVICE_ACCOUNT_READ);
        self.allow_on(actor, read, place, "organization").await?;
        search.check()?;
        let here = Value::Id(organization.uuid());
        let own = Search::is(Thing::ServiceAccount, &[], Column::OrganizationId, here);
        Ok(self.shared.store.find_service_accounts(&search.within(own)).await?)
    }

    /// The service account of an organization that an address names.
    pub async fn service_account_named(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        named: &Named,
    ) -> Result<ServiceAccount, Error> {
        let (place, read) = (Place::In(organization), &Permission::SERVICE_ACCOUNT_READ);
        self.allow_on(actor, read, place, "organization").await?;
        let Named::Numbered { number, second } = *named else {
            return Err(Refusal::Missing("service account").into());
        };
        let found = self.shared.store.service_account_numbered(number).await?;
        let fits = |found: &ServiceAccount| {
            found.organization == organization && found.created_at.as_second() == second
        };
        Ok(found.filter(fits).ok_or(Refusal::Missing("service account"))?)
    }

    /// Changes a service account's role, or switches it off or on.
    pub async fn update_service_account(
        &self,
        actor: &Actor,
        id: ServiceAccountId,
        change: ServiceAccountChange,
    ) -> Result<ServiceAccount, Error> {
        let (account, mine) = self.service_account_to_change(actor, id).await?;
        check_command(mine, change.role.unwrap_or(account.role))?;
        let forget = Subject::ServiceAccount(id);
        let note = self
            .note(actor, "service_account.update", ("service_account", id.uuid()))
            .of(account.organization)
            .forgetting(forget);
        let fact = self.shared.store.update_service_account(id, change, note);
        changed(self.enrol(&[forget], fact).await?, "service account")?;
        let found = self.shared.store.service_account(id).await?;
        Ok(found.ok_or(Refusal::Missing("service account"))?)
    }

    /// Deletes a service account for ever, with all that it holds. Another may take its name.
    pub async fn delete_service_account(
        &self,
        actor: &Actor,
        id: ServiceAccountId,
    ) -> Result<(), Error> {
        let (account, _) = self.service_account_to_change(actor, id).await?;
        let forget = Subject::ServiceAccount(id);
        let note = self
            .note(actor, "service_account.delete", ("service_account", id.uuid()))
            .of(account.organization)
            .saying("name", account.name)
            .forgetting(forget);
        let fact = self.shared.store.delete_service_account(id, note);
        Ok(changed(self.enrol(&[forget], fact).await?, "service account")?)
    }

    /// A service account that the actor may change, and what the actor is there.
    async fn service_account_to_change(
        &self,
        actor: &Actor,
        id: ServiceAccountId,
    ) -> Result<(ServiceAccount, Role), Error> {
        let missing = Refusal::Missing("service account");
        let account = self.shared.store.service_account(id).await?.ok_or(missing)?;
        let (place, update) =
            (Place::In(account.organization), &Permission::SERVICE_ACCOUNT_UPDATE);
        let mine = self.allow_on(actor, update, place, "service account").await?;
        check_command(mine, account.role)?;
        Ok((account, mine))
    }
}

//! Facts about organizations. How they, places in them and groups are kept is in `tenants.rs`,
//! `memberships.rs` and `groups.rs`.

use async_trait::async_trait;
use authority::account::User;
use authority::account::store::{Creation, Removal};
use authority::application::Application;
use authority::error::StoreError;
use authority::id::{ApplicationId, GroupId, Number, OrganizationId, UserId};
use authority::journal::Draft;
use authority::organization::store::{Naming, OrganizationStore};
use authority::organization::{Group, Membership, Organization, Seat};
use authority::token::store::{Change, Page};
use uuid::Uuid;

use super::statement::{Statement, values};
use super::{Postgres, applications, groups, memberships, roster, tenants, users};
use crate::text::micros;

#[async_trait]
impl OrganizationStore for Postgres {
    async fn create_organization(
        &self,
        organization: &Organization,
        owner: Option<UserId>,
        note: Draft,
    ) -> Result<Creation, StoreError> {
        self.say(note, tenants::create(organization, owner), groups::slugged).await
    }

    async fn organization(&self, id: OrganizationId) -> Result<Option<Organization>, StoreError> {
        self.one(tenants::BY_ID, &[&id.uuid()], tenants::read).await
    }

    async fn organization_numbered(
        &self,
        number: Number,
    ) -> Result<Option<Organization>, StoreError> {
        self.one(tenants::BY_NUMBER, &[&number], tenants::read).await
    }

    async fn organization_slugged(&self, slug: &str) -> Result<Option<Organization>, StoreError> {
        self.one(tenants::BY_SLUG, &[&slug], tenants::read).await
    }

    async fn organizations(
        &self,
        member: Option<UserId>,
        page: Page,
    ) -> Result<Vec<Organization>, StoreError> {
        tenants::list(self, member, page).await
    }

    async fn update_organization(
        &self,
        id: OrganizationId,
        change: &Naming,
        note: Draft,
    ) -> Result<Creation, StoreError> {
        let statement = tenants::update(id, change, note.at);
        self.say(note, statement, groups::slugged).await
    }

    async fn delete_organization(
        &self,
        id: OrganizationId,
        note: Draft,
    ) -> Result<Change, StoreError> {
        let statement = tenants::delete(id, note.at);
        self.change(note, statement).await
    }

    async fn set_organization_suspended(
        &self,
        id: OrganizationId,
        suspended: bool,
        note: Draft,
    ) -> Result<Change, StoreError> {
        let values = values![id.uuid(), suspended, micros(note.at)];
        self.change(note, Statement::new(tenants::SET_SUSPENDED, values)).await
    }

    async fn raise_organization_epoch(
        &self,
        id: OrganizationId,
        note: Draft,
    ) -> Result<Change, StoreError> {
        let values = values![id.uuid(), micros(note.at)];
        self.change(note, Statement::new(tenants::RAISE_EPOCH, values)).await
    }

    async fn membership(
        &self,
        user: UserId,
        organization: OrganizationId,
    ) -> Result<Option<Membership>, StoreError> {
        let place = (user.uuid(), organization.uuid());
        self.one(memberships::ONE, &[&place.0, &place.1], memberships::read).await
    }

    async fn memberships_of(&self, user: UserId) -> Result<Vec<Membership>, StoreError> {
        self.all(memberships::OF_USER, &[&user.uuid()], memberships::read).await
    }

    async fn members(
        &self,
        organization: OrganizationId,
        page: Page,
    ) -> Result<Vec<(User, Membership)>, StoreError> {
        let of = organization.uuid();
        self.page(memberships::MEMBERS, of, page, memberships::read_with_user).await
    }

    async fn places_of(
        &self,
        organization: OrganizationId,
        users: &[UserId],
    ) -> Result<Vec<(Membership, Vec<String>)>, StoreError> {
        let users: Vec<Uuid> = users.iter().map(|user| user.uuid()).collect();
        self.all(roster::PLACES, &[&organization.uuid(), &users], roster::read).await
    }

    async fn set_member_groups(
        &self,
        user: UserId,
        organization: OrganizationId,
        groups: &[Group],
        note: Draft,
    ) -> Result<Change, StoreError> {
        self.change(note, roster::set_groups((user, organization), groups)).await
    }

    async fn add_member(
        &self,
        membership: &Membership,
        note: Draft,
    ) -> Result<Creation, StoreError> {
        self.say(note, memberships::add(membership), memberships::added).await
    }

    async fn set_seat(
        &self,
        user: UserId,
        organization: OrganizationId,
        (seen, seat): (Seat, Seat),
        note: Draft,
    ) -> Result<Removal, StoreError> {
        let statement = memberships::set_seat((user, organization), (seen, seat), note.at);
        self.say(note, statement, memberships::ended).await
    }

    async fn remove_member(
        &self,
        user: UserId,
        organization: OrganizationId,
        seen: Seat,
        note: Draft,
    ) -> Result<Removal, StoreError> {
        let statement = memberships::remove((user, organization), seen, note.at);
        self.say(note, statement, memberships::ended).await
    }

    async fn create_group(&self, group: &Group, note: Draft) -> Result<Creation, StoreError> {
        self.say(note, groups::create(group), groups::named).await
    }

    async fn group(&self, id: GroupId) -> Result<Option<Group>, StoreError> {
        self.one(groups::BY_ID, &[&id.uuid()], groups::read).await
    }

    async fn groups(
        &self,
        organization: OrganizationId,
        page: Page,
    ) -> Result<Vec<Group>, StoreError> {
        self.page(groups::OF_ORGANIZATION, organization.uuid(), page, groups::read).await
    }

    async fn update_group(
        &self,
        id: GroupId,
        change: &Naming,
        note: Draft,
    ) -> Result<Creation, StoreError> {
        let statement = groups::update(id, change, note.at);
        self.say(note, statement, groups::named).await
    }

    async fn delete_group(&self, id: GroupId, note: Draft) -> Result<Change, StoreError> {
        self.change(note, Statement::new(groups::DELETE, values![id.uuid()])).await
    }

    async fn add_to_group(
        &self,
        id: GroupId,
        users: &[UserId],
        note: Draft,
    ) -> Result<Change, StoreError> {
        let users: Vec<_> = users.iter().map(|user| user.uuid()).collect();
        self.change(note, Statement::new(groups::ADD_USERS, values![id.uuid(), users])).await
    }

    async fn remove_from_group(
        &self,
        id: GroupId,
        user: UserId,
        note: Draft,
    ) -> Result<Change, StoreError> {
        let values = values![id.uuid(), user.uuid()];
        self.change(note, Statement::new(groups::REMOVE_USER, values)).await
    }

    async fn group_users(&self, id: GroupId, page: Page) -> Result<Vec<User>, StoreError> {
        self.page(groups::USERS, id.uuid(), page, users::read).await
    }

    async fn share_with_group(
        &self,
        id: GroupId,
        applications: &[ApplicationId],
        note: Draft,
    ) -> Result<Change, StoreError> {
        let applications: Vec<_> = applications.iter().map(|one| one.uuid()).collect();
        self.change(note, Statement::new(groups::SHARE, values![id.uuid(), applications])).await
    }

    async fn unshare_with_group(
        &self,
        id: GroupId,
        application: ApplicationId,
        note: Draft,
    ) -> Result<Change, StoreError> {
        let values = values![id.uuid(), application.uuid()];
        self.change(note, Statement::new(groups::UNSHARE, values)).await
    }

    async fn group_applications(
        &self,
        id: GroupId,
        page: Page,
    ) -> Result<Vec<Application>, StoreError> {
        self.page(groups::APPLICATIONS, id.uuid(), page, applications::read).await
    }
}

//! Facts about organizations and who is a member. Those about groups are in `groups.rs`.

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
use rusqlite::params;

use super::order::Told;
use super::row::{at, key, run};
use super::{Sqlite, groups, memberships, roster, tenants};

#[async_trait]
impl OrganizationStore for Sqlite {
    async fn create_organization(
        &self,
        organization: &Organization,
        owner: Option<UserId>,
        note: Draft,
    ) -> Result<Creation, StoreError> {
        let organization = organization.clone();
        self.tell(note, move |db, _| tenants::create(db, &organization, owner)).await
    }

    async fn organization(&self, id: OrganizationId) -> Result<Option<Organization>, StoreError> {
        self.read(move |db| tenants::organization(db, id)).await
    }

    async fn organization_numbered(
        &self,
        number: Number,
    ) -> Result<Option<Organization>, StoreError> {
        self.read(move |db| tenants::numbered(db, number)).await
    }

    async fn organization_slugged(&self, slug: &str) -> Result<Option<Organization>, StoreError> {
        let slug = slug.to_owned();
        self.read(move |db| tenants::slugged(db, &slug)).await
    }

    async fn organizations(
        &self,
        member: Option<UserId>,
        page: Page,
    ) -> Result<Vec<Organization>, StoreError> {
        self.read(move |db| tenants::list(db, member, page)).await
    }

    async fn update_organization(
        &self,
        id: OrganizationId,
        change: &Naming,
        note: Draft,
    ) -> Result<Creation, StoreError> {
        let change = change.clone();
        self.tell(note, move |db, note| tenants::update(db, id, &change, note)).await
    }

    async fn delete_organization(
        &self,
        id: OrganizationId,
        note: Draft,
    ) -> Result<Change, StoreError> {
        self.tell(note, move |db, note| tenants::delete(db, id, note)).await
    }

    async fn set_organization_suspended(
        &self,
        id: OrganizationId,
        suspended: bool,
        note: Draft,
    ) -> Result<Change, StoreError> {
        self.tell(note, move |db, note| {
            let rows = run(db, tenants::SET_SUSPENDED, params![key(id), suspended, at(note.at)])?;
            Ok(Told::by(rows, Change::Done, Change::Missing))
        })
        .await
    }

    async fn raise_organization_epoch(
        &self,
        id: OrganizationId,
        note: Draft,
    ) -> Result<Change, StoreError> {
        self.tell(note, move |db, note| {
            let rows = run(db, tenants::RAISE_EPOCH, params![key(id), at(note.at)])?;
            Ok(Told::by(rows, Change::Done, Change::Missing))
        })
        .await
    }

    async fn membership(
        &self,
        user: UserId,
        organization: OrganizationId,
    ) -> Result<Option<Membership>, StoreError> {
        self.read(move |db| memberships::one_of(db, user, organization)).await
    }

    async fn memberships_of(&self, user: UserId) -> Result<Vec<Membership>, StoreError> {
        self.read(move |db| memberships::of_user(db, user)).await
    }

    async fn members(
        &self,
        organization: OrganizationId,
        page: Page,
    ) -> Result<Vec<(User, Membership)>, StoreError> {
        self.read(move |db| memberships::members(db, organization, page)).await
    }

    async fn places_of(
        &self,
        organization: OrganizationId,
        users: &[UserId],
    ) -> Result<Vec<(Membership, Vec<String>)>, StoreError> {
        let users = users.to_vec();
        self.read(move |db| roster::places(db, organization, &users)).await
    }

    async fn set_member_groups(
        &self,
        user: UserId,
        organization: OrganizationId,
        groups: &[Group],
        note: Draft,
    ) -> Result<Change, StoreError> {
        let groups = groups.to_vec();
        self.tell(note, move |db, _| roster::set_groups(db, (user, organization), &groups)).await
    }

    async fn add_member(
        &self,
        membership: &Membership,
        note: Draft,
    ) -> Result<Creation, StoreError> {
        let membership = membership.clone();
        self.tell(note, move |db, _| memberships::add(db, &membership)).await
    }

    async fn set_seat(
        &self,
        user: UserId,
        organization: OrganizationId,
        (seen, seat): (Seat, Seat),
        note: Draft,
    ) -> Result<Removal, StoreError> {
        let place = (user, organization);
        self.tell(note, move |db, note| memberships::set_seat(db, place, (seen, seat), note)).await
    }

    async fn remove_member(
        &self,
        user: UserId,
        organization: OrganizationId,
        seen: Seat,
        note: Draft,
    ) -> Result<Removal, StoreError> {
        self.tell(note, move |db, note| memberships::remove(db, (user, organization), seen, note))
            .await
    }

    async fn create_group(&self, group: &Group, note: Draft) -> Result<Creation, StoreError> {
        let group = group.clone();
        self.tell(note, move |db, _| groups::create(db, &group)).await
    }

    async fn group(&self, id: GroupId) -> Result<Option<Group>, StoreError> {
        self.read(move |db| groups::group(db, id)).await
    }

    async fn groups(
        &self,
        organization: OrganizationId,
        page: Page,
    ) -> Result<Vec<Group>, StoreError> {
        self.read(move |db| groups::list(db, organization, page)).await
    }

    async fn update_group(
        &self,
        id: GroupId,
        change: &Naming,
        note: Draft,
    ) -> Result<Creation, StoreError> {
        let change = change.clone();
        self.tell(note, move |db, note| groups::update(db, id, &change, note)).await
    }

    async fn delete_group(&self, id: GroupId, note: Draft) -> Result<Change, StoreError> {
        self.tell(note, move |db, _| groups::delete(db, id)).await
    }

    async fn add_to_group(
        &self,
        id: GroupId,
        users: &[UserId],
        note: Draft,
    ) -> Result<Change, StoreError> {
        let users = users.to_vec();
        self.tell(note, move |db, _| groups::add_users(db, id, &users)).await
    }

    async fn remove_from_group(
        &self,
        id: GroupId,
        user: UserId,
        note: Draft,
    ) -> Result<Change, StoreError> {
        self.tell(note, move |db, _| groups::remove_user(db, id, user)).await
    }

    async fn group_users(&self, id: GroupId, page: Page) -> Result<Vec<User>, StoreError> {
        self.read(move |db| groups::users(db, id, page)).await
    }

    async fn share_with_group(
        &self,
        id: GroupId,
        applications: &[ApplicationId],
        note: Draft,
    ) -> Result<Change, StoreError> {
        let applications = applications.to_vec();
        self.tell(note, move |db, _| groups::share(db, id, &applications)).await
    }

    async fn unshare_with_group(
        &self,
        id: GroupId,
        application: ApplicationId,
        note: Draft,
    ) -> Result<Change, StoreError> {
        self.tell(note, move |db, _| groups::unshare(db, id, application)).await
    }

    async fn group_applications(
        &self,
        id: GroupId,
        page: Page,
    ) -> Result<Vec<Application>, StoreError> {
        self.read(move |db| groups::applications(db, id, page)).await
    }
}

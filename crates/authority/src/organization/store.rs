//! What is asked of a database about organizations.

use async_trait::async_trait;

use super::{Group, Membership, Organization, Seat};
use crate::account::User;
use crate::account::store::{Creation, Removal};
use crate::application::Application;
use crate::error::StoreError;
use crate::id::{ApplicationId, GroupId, Number, OrganizationId, UserId};
use crate::journal::Draft;
use crate::token::store::{Change, Page};

/// Keeps organizations. Each method is one atomic fact with its entry, as in
/// [`TokenStore`](crate::token::store::TokenStore).
#[async_trait]
pub trait OrganizationStore: Send + Sync {
    /// Keeps a new organization with its first owner, if one is given. `Missing` if there is no such
    /// user; `Taken` if it is no tenant and another such one has its name, or another has its slug.
    async fn create_organization(
        &self,
        organization: &Organization,
        owner: Option<UserId>,
        note: Draft,
    ) -> Result<Creation, StoreError>;

    /// An organization that is not deleted.
    async fn organization(&self, id: OrganizationId) -> Result<Option<Organization>, StoreError>;

    /// An organization by its number.
    async fn organization_numbered(
        &self,
        number: Number,
    ) -> Result<Option<Organization>, StoreError>;

    /// An organization by its slug, which is in lower case.
    async fn organization_slugged(&self, slug: &str) -> Result<Option<Organization>, StoreError>;

    /// Organizations in the order of their numbers; only those that `member` belongs to if given.
    async fn organizations(
        &self,
        member: Option<UserId>,
        page: Page,
    ) -> Result<Vec<Organization>, StoreError>;

    /// Changes an organization. `Taken` as for [`OrganizationStore::create_organization`].
    async fn update_organization(
        &self,
        id: OrganizationId,
        change: &Naming,
        note: Draft,
    ) -> Result<Creation, StoreError>;

    /// Deletes an organization: raises its epoch, archives its applications, disables its service
    /// accounts, deletes its groups and memberships, ends the sessions that entered it. Its number
    /// and id stay used, its name is free.
    async fn delete_organization(
        &self,
        id: OrganizationId,
        note: Draft,
    ) -> Result<Change, StoreError>;

    /// Suspends an organization, or resumes it. `Missing` if it is so already.
    async fn set_organization_suspended(
        &self,
        id: OrganizationId,
        suspended: bool,
        note: Draft,
    ) -> Result<Change, StoreError>;

    /// Raises an organization's epoch: every token and session bound to it is dead, in one
    /// statement however many there are.
    async fn raise_organization_epoch(
        &self,
        id: OrganizationId,
        note: Draft,
    ) -> Result<Change, StoreError>;

    /// The place of a user in an organization.
    async fn membership(
        &self,
        user: UserId,
        organization: OrganizationId,
    ) -> Result<Option<Membership>, StoreError>;

    /// The places of a user, oldest first.
    async fn memberships_of(&self, user: UserId) -> Result<Vec<Membership>, StoreError>;

    /// Members with their places, in the order of the users' numbers.
    async fn members(
        &self,
        organization: OrganizationId,
        page: Page,
    ) -> Result<Vec<(User, Membership)>, StoreError>;

    /// The places of these users in an organization, each with the names of the user's groups there, in
    /// alphabetic order. Of those who have no place there is nothing.
    async fn places_of(
        &self,
        organization: OrganizationId,
        users: &[UserId],
    ) -> Result<Vec<(Membership, Vec<String>)>, StoreError>;

    /// Puts a member into the groups of these names, and no others, of the organization that they name.
    /// Groups that are not there yet are made as they are given. `Missing` if the user has no place there.
    async fn set_member_groups(
        &self,
        user: UserId,
        organization: OrganizationId,
        groups: &[Group],
        note: Draft,
    ) -> Result<Change, StoreError>;

    /// Gives a user a place. `Taken` if there is one already, `Missing` if there is no such user
    /// or organization.
    async fn add_member(
        &self,
        membership: &Membership,
        note: Draft,
    ) -> Result<Creation, StoreError>;

    /// Changes a member's seat if it is still `seen`, in one conditional statement: the last owner
    /// stays owner, however many try at once.
    async fn set_seat(
        &self,
        user: UserId,
        organization: OrganizationId,
        (seen, seat): (Seat, Seat),
        note: Draft,
    ) -> Result<Removal, StoreError>;

    /// Takes a member out of an organization and its groups, revokes the member's tokens that are
    /// bound to it and ends the sessions that entered it, so that adding the member again revives
    /// nothing. Only if the member's seat is still `seen`. The last owner stays.
    async fn remove_member(
        &self,
        user: UserId,
        organization: OrganizationId,
        seen: Seat,
        note: Draft,
    ) -> Result<Removal, StoreError>;

    /// Keeps a new group. `Taken` if its name is used in its organization.
    async fn create_group(&self, group: &Group, note: Draft) -> Result<Creation, StoreError>;

    /// A group.
    async fn group(&self, id: GroupId) -> Result<Option<Group>, StoreError>;

    /// The groups of an organization, in the order of their numbers.
    async fn groups(
        &self,
        organization: OrganizationId,
        page: Page,
    ) -> Result<Vec<Group>, StoreError>;

    /// Changes a group. `Taken` if its new name is used in its organization.
    async fn update_group(
        &self,
        id: GroupId,
        change: &Naming,
        note: Draft,
    ) -> Result<Creation, StoreError>;

    /// Deletes a group; nobody loses a membership.
    async fn delete_group(&self, id: GroupId, note: Draft) -> Result<Change, StoreError>;

    /// Puts members into a group. Those who are in it already, or are no members of its
    /// organization, are left out; `Missing` if nobody was put in.
    async fn add_to_group(
        &self,
        id: GroupId,
        users: &[UserId],
        note: Draft,
    ) -> Result<Change, StoreError>;

    /// Takes a user out of a group.
    async fn remove_from_group(
        &self,
        id: GroupId,
        user: UserId,
        note: Draft,
    ) -> Result<Change, StoreError>;

    /// Users in a group, in the order of their numbers.
    async fn group_users(&self, id: GroupId, page: Page) -> Result<Vec<User>, StoreError>;

    /// Shares applications with a group; as [`OrganizationStore::add_to_group`].
    async fn share_with_group(
        &self,
        id: GroupId,
        applications: &[ApplicationId],
        note: Draft,
    ) -> Result<Change, StoreError>;

    /// Ends the sharing of an application with a group.
    async fn unshare_with_group(
        &self,
        id: GroupId,
        application: ApplicationId,
        note: Draft,
    ) -> Result<Change, StoreError>;

    /// Applications shared with a group, in the order of their numbers.
    async fn group_applications(
        &self,
        id: GroupId,
        page: Page,
    ) -> Result<Vec<Application>, StoreError>;
}

/// What may be changed of an organization or a group; what is `None` stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Naming {
    /// New name.
    pub name: Option<String>,
    /// New slug of an organization; groups have none.
    pub slug: Option<String>,
    /// New description.
    pub description: Option<String>,
    /// Who changes it.
    pub by: Option<UserId>,
}

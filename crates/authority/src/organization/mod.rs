//! Tenants: organizations, who is a member of them as what, and groups of members.
//!
//! **Invariant**: an organization always has at least one owner.

mod groups;
pub(crate) mod manage;
mod members;
mod roster;
pub mod store;

pub use manage::LONGEST_NAME;
pub use members::Invited;
pub use roster::Collaborator;

use jiff::Timestamp;

use crate::id::{GroupId, Number, OrganizationId, UserId};
use crate::permission::{Permission, Role};

/// A tenant. It owns everything below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// Identity.
    pub id: OrganizationId,
    /// Small number; 0 until the database gave one.
    pub number: Number,
    /// What people call it. Among those of the installation itself it is unique, else not.
    pub name: String,
    /// Its short name in addresses ([`slug`](crate::slug)), its alone; empty if it has none.
    pub slug: String,
    /// What it is for; may be empty.
    pub description: String,
    /// Whether somebody founded it for themselves. Those that are no tenants were made by a superuser
    /// and belong to the installation: they need no owner, and those who administer them see each
    /// user of the installation.
    pub tenant: bool,
    /// When it was founded.
    pub created_at: Timestamp,
    /// By which user.
    pub created_by: Option<UserId>,
    /// When it was last changed.
    pub modified_at: Timestamp,
    /// By which user.
    pub modified_by: Option<UserId>,
    /// Since when nothing of it is good.
    pub suspended_at: Option<Timestamp>,
    /// Raised to kill every token and session that is bound to it.
    pub epoch: i64,
}

impl Organization {
    /// What somebody must hold in it to delete it.
    pub(crate) const fn deleting(&self) -> &'static Permission {
        const OWNERS: &Permission = &Permission::ORGANIZATION_DELETE;
        const ADMINS: &Permission = &Permission::ORGANIZATION_UPDATE;
        if self.tenant { OWNERS } else { ADMINS }
    }
}

/// A user's place in an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// Whose.
    pub user: UserId,
    /// Where.
    pub organization: OrganizationId,
    /// As what.
    pub role: Role,
    /// Whether the user has the role without being one of the members: those don't see it.
    pub apart: bool,
    /// Since when.
    pub created_at: Timestamp,
    /// When the role was last changed.
    pub modified_at: Timestamp,
}

impl Membership {
    /// What kind of place it is.
    pub const fn seat(&self) -> Seat {
        Seat { role: self.role, apart: self.apart }
    }
}

/// What kind of place somebody has in an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seat {
    /// As what.
    pub role: Role,
    /// As [`Membership::apart`].
    pub apart: bool,
}

impl Seat {
    /// A member with a role.
    pub const fn of(role: Role) -> Self {
        Self { role, apart: false }
    }
}

/// Some users of an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Identity.
    pub id: GroupId,
    /// Small number; 0 until the database gave one.
    pub number: Number,
    /// Where.
    pub organization: OrganizationId,
    /// What people call it; unique in its organization.
    pub name: String,
    /// What it is for; may be empty.
    pub description: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// By which user.
    pub created_by: Option<UserId>,
    /// When it was last changed.
    pub modified_at: Timestamp,
    /// By which user.
    pub modified_by: Option<UserId>,
}

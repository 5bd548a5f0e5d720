//! Tenants: organizations, who is a member of them as what, and groups of members.
//!
//! **Invariant**: an organization always has at least one owner.

mod groups;
pub(crate) mod manage;
mod members;
pub mod store;

pub use manage::LONGEST_NAME;

use jiff::Timestamp;

use crate::id::{GroupId, Number, OrganizationId, UserId};
use crate::permission::Role;

/// A tenant. It owns everything below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// Identity.
    pub id: OrganizationId,
    /// Small number; 0 until the database gave one.
    pub number: Number,
    /// What people call it; not unique.
    pub name: String,
    /// When it was founded.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub modified_at: Timestamp,
    /// Since when nothing of it is good.
    pub suspended_at: Option<Timestamp>,
    /// Raised to kill every token and session that is bound to it.
    pub epoch: i64,
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
    /// Since when.
    pub created_at: Timestamp,
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
    /// When it was made.
    pub created_at: Timestamp,
}

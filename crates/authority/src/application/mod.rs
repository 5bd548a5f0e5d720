//! Applications, which hold or use tokens and may be OAuth 2 clients, and service accounts.

mod manage;
pub mod store;

pub use manage::LONGEST_DESCRIPTION;

use jiff::Timestamp;

use crate::id::{ApplicationId, Number, OrganizationId, ServiceAccountId, UserId};
use crate::permission::Role;

/// Something in an organization that holds or uses tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// Identity; the `client_id` if it is a client.
    pub id: ApplicationId,
    /// Small number; 0 until the database gave one.
    pub number: Number,
    /// Where.
    pub organization: OrganizationId,
    /// What people call it; not unique.
    pub name: String,
    /// What it is for; may be empty.
    pub description: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub modified_at: Timestamp,
    /// Since when it is put away. Its tokens are no good then.
    pub archived_at: Option<Timestamp>,
    /// Raised to kill all that it holds.
    pub epoch: i64,
}

/// A version of an application, as a plain record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Of which application.
    pub application: ApplicationId,
    /// 1 for the first; no gaps.
    pub version: i64,
    /// What its maker calls it; may be empty.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: Option<UserId>,
}

/// A picture for an application, already checked and encoded anew by the face that took it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Icon {
    /// `image/png`; nothing else is kept.
    pub media_type: String,
    /// The picture.
    pub bytes: Vec<u8>,
}

/// A non-human identity with a role and tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceAccount {
    /// Identity.
    pub id: ServiceAccountId,
    /// Small number; 0 until the database gave one.
    pub number: Number,
    /// Where.
    pub organization: OrganizationId,
    /// What people call it; unique in its organization.
    pub name: String,
    /// What it may do there.
    pub role: Role,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when it is switched off.
    pub disabled_at: Option<Timestamp>,
    /// Raised to kill all that it holds.
    pub epoch: i64,
}

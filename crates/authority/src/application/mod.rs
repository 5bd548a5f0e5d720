//! Applications, which hold or use tokens and may be OAuth 2 clients, and service accounts.

pub(crate) mod clients;
pub(crate) mod manage;
mod service_accounts;
pub mod store;
mod tokens;

pub use clients::NewClient;
pub use manage::LONGEST_DESCRIPTION;
pub(crate) use manage::check_description;

use jiff::Timestamp;

use crate::id::{ApplicationId, Number, OrganizationId, ServiceAccountId, UserId};
use crate::permission::Role;

/// Something in an organization that holds or uses tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// Identity; the `client_id` if it is an OAuth 2 client.
    pub id: ApplicationId,
    /// Small number; 0 until the database gave one.
    pub number: Number,
    /// Where.
    pub organization: OrganizationId,
    /// What people call it. Among the OAuth 2 clients of its organization it is unique, else not.
    pub name: String,
    /// Its short name in addresses ([`slug`](crate::slug)), its alone in its organization; empty if
    /// it has none.
    pub slug: String,
    /// What it is for; may be empty.
    pub description: String,
    /// How it obtains tokens of people, if it is an OAuth 2 client.
    pub client: Option<Client>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub modified_at: Timestamp,
    /// Since when it is put away. Its tokens are no good then.
    pub archived_at: Option<Timestamp>,
    /// Raised to kill all that it holds.
    pub epoch: i64,
}

/// How an application obtains tokens of people (RFC 6749, section 2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Whether it can keep a secret, and must show it.
    pub confidential: bool,
    /// The one way in which it obtains tokens. Refreshing them is part of each.
    pub grant: Grant,
    /// Where authorization codes may be sent: `http` and `https` addresses, compared as text.
    pub redirect_uris: Vec<String>,
    /// Whether people are not asked before it gets a code.
    pub skips_consent: bool,
}

/// How a client obtains tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    /// With the user's name and password (RFC 6749, section 4.3; deprecated by RFC 9700).
    Password,
    /// With an authorization code (RFC 6749, section 4.1).
    Code,
}

impl Grant {
    /// The name in a database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Code => "authorization-code",
        }
    }

    /// The grant of this name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Password, Self::Code].into_iter().find(|grant| grant.as_str() == name)
    }
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
    /// When it was last changed.
    pub modified_at: Timestamp,
    /// Since when it is switched off.
    pub disabled_at: Option<Timestamp>,
    /// Raised to kill all that it holds.
    pub epoch: i64,
}

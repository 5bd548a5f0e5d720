//! What there is to search, and what of it can be asked for: things, their columns, and links between
//! them.

use super::MOST_LINKS;

/// What can be searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Thing {
    /// People who are not deleted.
    User,
    /// Organizations that are not deleted.
    Organization,
    /// Groups.
    Group,
    /// OAuth 2 clients that are not archived.
    Client,
    /// Tokens of people that are bound to no organization, and neither revoked nor ended by an epoch
    /// or an application; expired ones too.
    Token,
    /// Applications that are not archived, OAuth 2 clients too.
    Application,
    /// Service accounts that are not deleted.
    ServiceAccount,
    /// Integration tokens of applications that are neither revoked, spent nor ended by an epoch; expired
    /// ones too.
    Integration,
    /// Entries of the journal.
    Entry,
}

/// A column of a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Column {
    /// Of each thing but an entry: its identity.
    Id,
    /// Of each thing: its small number. Of an entry: [`Entry::number`](crate::journal::Entry::number).
    Number,
    /// Of a user.
    Username,
    /// Of a user.
    FirstName,
    /// Of a user.
    LastName,
    /// Of a user.
    Email,
    /// Of a user.
    Superuser,
    /// Of a user.
    SystemAuditor,
    /// Of a user.
    LastLoginAt,
    /// Of an organization, a group, a client, an application, a service account.
    Name,
    /// Of an organization, a group, a client.
    Description,
    /// Of an organization: whether somebody founded it for themselves.
    Tenant,
    /// Of a client: `confidential` or `public`.
    ClientType,
    /// Of a client: [`Grant::as_str`](crate::application::Grant::as_str).
    GrantType,
    /// Of a client: with spaces between.
    RedirectUris,
    /// Of a client.
    SkipsConsent,
    /// Of a token.
    Label,
    /// Of a token: with spaces between.
    Scopes,
    /// Of a token.
    ExpiresAt,
    /// Of a token, as far as flushed.
    LastUsedAt,
    /// Of each thing but an entry.
    CreatedAt,
    /// Of each thing but an entry.
    ModifiedAt,
    /// Of an entry.
    At,
    /// Of an entry.
    Action,
    /// Of an entry.
    TargetKind,
    /// Of an entry.
    TargetId,
    /// Of an entry, an application, a service account and an integration token.
    OrganizationId,
    /// Of an integration token: whose.
    HolderId,
    /// Of an application.
    Slug,
    /// Of a service account: [`Role::as_str`](crate::permission::Role::as_str).
    Role,
}

/// What is in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// Text.
    Text,
    /// An integer.
    Integer,
    /// Yes or no.
    Boolean,
    /// A moment.
    Time,
    /// A UUID.
    Id,
}

impl Column {
    /// What is in it.
    pub const fn sort(self) -> Sort {
        match self {
            Self::Id | Self::TargetId | Self::OrganizationId | Self::HolderId => Sort::Id,
            Self::Number => Sort::Integer,
            Self::Superuser | Self::SystemAuditor | Self::SkipsConsent | Self::Tenant => {
                Sort::Boolean
            }
            Self::LastLoginAt
            | Self::ExpiresAt
            | Self::LastUsedAt
            | Self::CreatedAt
            | Self::ModifiedAt
            | Self::At => Sort::Time,
            Self::Username
            | Self::FirstName
            | Self::LastName
            | Self::Email
            | Self::Name
            | Self::Description
            | Self::ClientType
            | Self::GrantType
            | Self::RedirectUris
            | Self::Label
            | Self::Scopes
            | Self::Slug
            | Self::Role
            | Self::Action
            | Self::TargetKind => Sort::Text,
        }
    }
}

/// A way from one thing to another that belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Link {
    /// From a token: whose it is. From an entry: who did it, if a user.
    User,
    /// From a token: the client it was made through.
    Client,
    /// From a group or a client: where it is.
    Organization,
    /// From an organization or a group: who made it.
    CreatedBy,
    /// From an organization or a group: who changed it last.
    ModifiedBy,
}

impl Thing {
    /// Where a link leads from here.
    pub const fn across(self, link: Link) -> Option<Self> {
        match (self, link) {
            (Self::Token | Self::Entry, Link::User)
            | (Self::Organization | Self::Group, Link::CreatedBy | Link::ModifiedBy) => {
                Some(Self::User)
            }
            (Self::Token, Link::Client) => Some(Self::Client),
            (Self::Group | Self::Client, Link::Organization) => Some(Self::Organization),
            _ => None,
        }
    }

    /// Whether it has a column.
    pub fn has(self, column: Column) -> bool {
        let shared = [Column::Id, Column::Number, Column::CreatedAt, Column::ModifiedAt];
        let own = self.own_columns();
        own.contains(&column) || (self != Self::Entry && shared.contains(&column))
    }

    /// What it has besides an identity, a number and the dates of its making and last change, which all but
    /// entries have.
    const fn own_columns(self) -> &'static [Column] {
        use Column as C;
        match self {
            Self::Entry => {
                &[C::Number, C::At, C::Action, C::TargetKind, C::TargetId, C::OrganizationId]
            }
            Self::User => &[
                C::Username,
                C::FirstName,
                C::LastName,
                C::Email,
                C::Superuser,
                C::SystemAuditor,
                C::LastLoginAt,
            ],
            Self::Organization => &[C::Name, C::Description, C::Tenant],
            Self::Group => &[C::Name, C::Description],
            Self::Client => &[
                C::Name,
                C::Description,
                C::ClientType,
                C::GrantType,
                C::RedirectUris,
                C::SkipsConsent,
            ],
            Self::Application => &[C::OrganizationId, C::Name, C::Slug, C::Description],
            Self::ServiceAccount => &[C::OrganizationId, C::Name, C::Role],
            Self::Token => &[C::Label, C::Scopes, C::ExpiresAt, C::LastUsedAt],
            Self::Integration => {
                &[C::OrganizationId, C::HolderId, C::Label, C::Scopes, C::ExpiresAt, C::LastUsedAt]
            }
        }
    }
}

/// A column of a thing, or of one that it is linked to. Made only where the vocabulary has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    from: Thing,
    links: Vec<Link>,
    column: Column,
}

impl Path {
    /// A column across at most [`MOST_LINKS`] links; `None` if there is no such way.
    pub fn across(from: Thing, links: &[Link], column: Column) -> Option<Self> {
        let end = links.iter().try_fold(from, |thing, link| thing.across(*link))?;
        let known = links.len() <= MOST_LINKS && end.has(column);
        known.then(|| Self { from, links: links.to_vec(), column })
    }

    /// The thing it begins at.
    pub fn from(&self) -> Thing {
        self.from
    }

    /// The links to go across, in this order.
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// Whether what it leads to is told with each thing that it begins at: what that itself is linked to is
    /// told by name, whoever may see more of it; what lies behind that is not.
    pub(crate) fn is_told(&self) -> bool {
        use Column as C;
        let told = matches!(
            self.column,
            C::Id
                | C::Number
                | C::Username
                | C::FirstName
                | C::LastName
                | C::Name
                | C::Description
                | C::Tenant
        );
        match self.links.len() {
            0 => true,
            1 => told,
            _ => false,
        }
    }

    /// The column at its end.
    pub fn column(&self) -> Column {
        self.column
    }
}

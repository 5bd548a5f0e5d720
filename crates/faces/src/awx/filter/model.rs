//! What can be asked of each model, and how this wire calls it.
//!
//! **Invariant**: a name that is not here is no field, and a secret is here only to be refused.

use authority::search::{Column, Link, Thing};

/// What a list is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::awx) enum Model {
    /// People.
    User,
    /// Organizations.
    Organization,
    /// Groups.
    Team,
    /// OAuth 2 clients.
    Application,
    /// Tokens.
    Token,
    /// Entries of the journal.
    Activity,
}

/// What a name of a model stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// A column of its own.
    Column(Column),
    /// Another thing, which is compared by its number.
    Relation(Link, Model),
    /// Something that the caller of this folder knows how to compare.
    Special,
    /// Something that is never compared nor sorted by.
    Secret,
}

impl Model {
    /// Its name in refusals.
    pub(in crate::awx) const fn name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Organization => "Organization",
            Self::Team => "Team",
            Self::Application => "OAuth2Application",
            Self::Token => "OAuth2AccessToken",
            Self::Activity => "ActivityStream",
        }
    }

    /// Its name in the field `type`.
    pub(in crate::awx) const fn type_name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Organization => "organization",
            Self::Team => "team",
            Self::Application => "o_auth2_application",
            Self::Token => "o_auth2_access_token",
            Self::Activity => "activity_stream",
        }
    }

    /// What the core calls it.
    pub(in crate::awx) const fn thing(self) -> Thing {
        match self {
            Self::User => Thing::User,
            Self::Organization => Thing::Organization,
            Self::Team => Thing::Group,
            Self::Application => Thing::Client,
            Self::Token => Thing::Token,
            Self::Activity => Thing::Entry,
        }
    }

    /// What a name stands for.
    pub(super) fn knows(self, name: &str) -> Option<Known> {
        if matches!(name, "id" | "pk") {
            return Some(Known::Column(Column::Number));
        }
        match self {
            Self::User => of_user(name),
            Self::Organization => of_organization(name),
            Self::Team => of_team(name),
            Self::Application => of_application(name),
            Self::Token => of_token(name),
            Self::Activity => of_activity(name),
        }
    }

    /// The columns that `search` looks in.
    pub(super) const fn searched(self) -> &'static [Column] {
        match self {
            Self::User => &[Column::Username, Column::FirstName, Column::LastName, Column::Email],
            Self::Organization | Self::Team | Self::Application => {
                &[Column::Name, Column::Description]
            }
            Self::Token => &[Column::Label],
            Self::Activity => &[],
        }
    }

    /// What it is sorted by where nothing is asked, and where a relation to it is sorted by. By
    /// number comes last of itself.
    pub(super) const fn order(self) -> &'static [(&'static [Link], Column)] {
        match self {
            Self::User => &[(&[], Column::Username)],
            // First the installation's own: a name means them, whoever else has it too.
            Self::Organization => &[(&[], Column::Tenant), (&[], Column::Name)],
            Self::Team | Self::Application => &[
                (&[Link::Organization], Column::Tenant),
                (&[Link::Organization], Column::Name),
                (&[], Column::Name),
            ],
            Self::Token | Self::Activity => &[],
        }
    }
}

fn of_user(name: &str) -> Option<Known> {
    Some(match name {
        "username" => Known::Column(Column::Username),
        "first_name" => Known::Column(Column::FirstName),
        "last_name" => Known::Column(Column::LastName),
        "email" => Known::Column(Column::Email),
        "is_superuser" => Known::Column(Column::Superuser),
        "created" | "date_joined" => Known::Column(Column::CreatedAt),
        "modified" => Known::Column(Column::ModifiedAt),
        "last_login" => Known::Column(Column::LastLoginAt),
        "password" => Known::Secret,
        _ => return None,
    })
}

fn of_organization(name: &str) -> Option<Known> {
    Some(match name {
        "name" => Known::Column(Column::Name),
        "description" => Known::Column(Column::Description),
        "created" => Known::Column(Column::CreatedAt),
        "modified" => Known::Column(Column::ModifiedAt),
        "created_by" => Known::Relation(Link::CreatedBy, Model::User),
        "modified_by" => Known::Relation(Link::ModifiedBy, Model::User),
        _ => return None,
    })
}

fn of_team(name: &str) -> Option<Known> {
    match name {
        "organization" => Some(Known::Relation(Link::Organization, Model::Organization)),
        _ => of_organization(name),
    }
}

fn of_application(name: &str) -> Option<Known> {
    Some(match name {
        "name" => Known::Column(Column::Name),
        "description" => Known::Column(Column::Description),
        "created" => Known::Column(Column::CreatedAt),
        "modified" => Known::Column(Column::ModifiedAt),
        "client_type" => Known::Column(Column::ClientType),
        "authorization_grant_type" => Known::Column(Column::GrantType),
        "redirect_uris" => Known::Column(Column::RedirectUris),
        "skip_authorization" => Known::Column(Column::SkipsConsent),
        "organization" => Known::Relation(Link::Organization, Model::Organization),
        "client_id" | "client_secret" => Known::Secret,
        _ => return None,
    })
}

fn of_token(name: &str) -> Option<Known> {
    Some(match name {
        "description" => Known::Column(Column::Label),
        "scope" => Known::Column(Column::Scopes),
        "created" => Known::Column(Column::CreatedAt),
        "modified" => Known::Column(Column::ModifiedAt),
        "expires" => Known::Column(Column::ExpiresAt),
        "last_used" => Known::Column(Column::LastUsedAt),
        "user" => Known::Relation(Link::User, Model::User),
        "application" => Known::Relation(Link::Client, Model::Application),
        "token" | "refresh_token" => Known::Secret,
        _ => return None,
    })
}

fn of_activity(name: &str) -> Option<Known> {
    Some(match name {
        "timestamp" => Known::Column(Column::At),
        "actor" => Known::Relation(Link::User, Model::User),
        "operation" | "object1" => Known::Special,
        _ => return None,
    })
}

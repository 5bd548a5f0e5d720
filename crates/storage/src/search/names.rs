//! What things, columns and links are called in the tables, and what makes a row one of its things.

use authority::search::{Column, Link, Seats, Thing};

/// Whether a row `m` of a table exists.
pub(super) fn exists(table: &str, condition: &str, seats: Seats) -> String {
    let seat = match seats {
        Seats::Any => "",
        Seats::Member => " AND NOT m.apart",
        Seats::Admin => " AND m.role IN ('admin', 'owner')",
        Seats::Auditor => " AND m.role = 'auditor'",
    };
    format!("EXISTS (SELECT 1 FROM {table} m WHERE {condition}{seat})")
}

pub(super) const fn table(thing: Thing) -> &'static str {
    match thing {
        Thing::User => "users",
        Thing::Organization => "organizations",
        Thing::Group => "groups",
        Thing::Client | Thing::Application => "applications",
        Thing::Token | Thing::Integration => "tokens",
        Thing::ServiceAccount => "service_accounts",
        Thing::Entry => "journal",
    }
}

/// What makes a row one of its things.
pub(super) fn own(thing: Thing, alias: &str) -> String {
    match thing {
        Thing::User | Thing::Organization | Thing::ServiceAccount => {
            format!("{alias}.deleted_at IS NULL")
        }
        Thing::Application => format!("{alias}.archived_at IS NULL"),
        Thing::Integration => format!(
            "{alias}.kind = 'it'
            AND {alias}.holder_kind = 'application'
            AND {alias}.revoked_at IS NULL
            AND coalesce({alias}.uses_left, 1) > 0
            AND EXISTS (
                SELECT 1
                FROM applications h
                JOIN organizations o ON o.id = h.organization_id
                WHERE h.id = {alias}.holder_id
                    AND h.epoch = {alias}.born_holder
                    AND o.epoch = {alias}.born_organization)"
        ),
        Thing::Client => format!("{alias}.client_type IS NOT NULL AND {alias}.archived_at IS NULL"),
        Thing::Group | Thing::Entry => "TRUE".to_owned(),
        Thing::Token => format!(
            "{alias}.kind = 'pt'
            AND {alias}.holder_kind = 'user'
            AND {alias}.organization_id IS NULL
            AND {alias}.revoked_at IS NULL
            AND EXISTS (
                SELECT 1
                FROM users h
                WHERE h.id = {alias}.holder_id
                    AND h.epoch = {alias}.born_holder
                    AND h.deleted_at IS NULL)
            AND ({alias}.application_id IS NULL OR EXISTS (
                SELECT 1
                FROM applications a
                JOIN organizations o ON o.id = a.organization_id
                WHERE a.id = {alias}.application_id
                    AND a.archived_at IS NULL
                    AND o.deleted_at IS NULL))"
        ),
    }
}

pub(super) const fn link_column(thing: Thing, link: Link) -> &'static str {
    match (thing, link) {
        (Thing::Entry, Link::User) => "by_id",
        (_, Link::User) => "holder_id",
        (_, Link::Client) => "application_id",
        (_, Link::Organization) => "organization_id",
        (_, Link::CreatedBy) => "created_by",
        (_, Link::ModifiedBy) => "modified_by",
    }
}

pub(super) const fn column_name(column: Column) -> &'static str {
    match column {
        Column::Id => "id",
        Column::Number => "number",
        Column::Username => "username",
        Column::FirstName => "first_name",
        Column::LastName => "last_name",
        Column::Email => "email",
        Column::Superuser => "superuser",
        Column::SystemAuditor => "system_auditor",
        Column::LastLoginAt => "last_login_at",
        Column::Name => "name",
        Column::Description => "description",
        Column::Tenant => "tenant",
        Column::ClientType => "client_type",
        Column::GrantType => "grant_type",
        Column::RedirectUris => "redirect_uris",
        Column::SkipsConsent => "skips_consent",
        Column::Label => "label",
        Column::Scopes => "scopes",
        Column::ExpiresAt => "expires_at",
        Column::LastUsedAt => "last_used_at",
        Column::CreatedAt => "created_at",
        Column::ModifiedAt => "modified_at",
        Column::At => "at",
        Column::Action => "action",
        Column::TargetKind => "target_kind",
        Column::TargetId => "target_id",
        Column::OrganizationId => "organization_id",
        Column::HolderId => "holder_id",
        Column::Slug => "slug",
        Column::Role => "role",
    }
}

//! How an application, which may be an OAuth 2 client, is made and changed.

use authority::application::Application;
use authority::application::store::ApplicationChange;
use authority::id::ApplicationId;
use authority::token::Token;
use authority::token::store::KeptSecret;
use jiff::Timestamp;

use super::issue::{self, keep_token};
use super::statement::{HOLD_APPLICATION, Statement, Values, values};
use crate::text::{self, micros};

/// Gives a row if there is the organization, and in it the number of what was made, and whether it
/// is the slug alone that is taken if nothing was made. The organization is held, so that it isn't
/// deleted meanwhile. Two who give one name at once collide on the index of clients, and the second
/// makes nothing; two who give one slug fail on the other index, and the second is tried again.
const CREATE: &str = "
    WITH home AS (
        SELECT id
        FROM organizations
        WHERE id = $2 AND deleted_at IS NULL
        FOR SHARE
    ),
    made AS (
        INSERT INTO applications (id, organization_id, name, name_folded, description, created_at,
            modified_at, archived_at, epoch, client_type, grant_type, redirect_uris, skips_consent,
            slug)
        SELECT $1, home.id, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14
        FROM home
        WHERE NOT EXISTS (
            SELECT
            FROM applications a
            WHERE a.organization_id = $2
                AND a.slug = $14
                AND a.slug <> ''
                AND a.archived_at IS NULL)
        ON CONFLICT (organization_id, name) WHERE client_type IS NOT NULL AND archived_at IS NULL
        DO NOTHING
        RETURNING number
    )
    SELECT (SELECT number FROM made),
        EXISTS (
            SELECT
            FROM applications a
            WHERE a.organization_id = $2
                AND a.slug = $14
                AND a.slug <> ''
                AND a.archived_at IS NULL)
        AND ($10 IS NULL OR NOT EXISTS (
            SELECT
            FROM applications a
            WHERE a.organization_id = $2
                AND a.name = $3
                AND a.client_type IS NOT NULL
                AND a.archived_at IS NULL))
    FROM home";

/// Keeps the secret of an application that was just made. Gives what [`CREATE`] gave.
const KEEP_SECRET: &str = concat!(
    "
    WITH kept AS (",
    keep_token!(
        "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
            $20, $21, $22, $23, $24, $25, $26",
        "applications a
        WHERE a.id = $27"
    ),
    "
    )
    SELECT a.number, NOT EXISTS (
            SELECT
            FROM applications other
            WHERE other.organization_id = $28
                AND other.name = $29
                AND other.client_type IS NOT NULL
                AND other.archived_at IS NULL)
    FROM organizations o
    LEFT JOIN applications a ON a.id = $27
    WHERE o.id = $28 AND o.deleted_at IS NULL"
);

pub(super) fn create(application: &Application, secret: Option<(&Token, KeptSecret)>) -> Statement {
    let Some((token, secret)) = secret else { return Statement::new(CREATE, row(application)) };
    let mut values = issue::row(token, secret);
    let Application { id, organization, name, .. } = application;
    values.extend(values![id.uuid(), organization.uuid(), name.clone()]);
    Statement::new(KEEP_SECRET, values).behind(CREATE, row(application))
}

fn row(application: &Application) -> Values {
    let (kind, grant, redirect_uris) = match application.client.as_ref().map(text::of_client) {
        Some((kind, grant, redirect_uris)) => (Some(kind), Some(grant), redirect_uris),
        None => (None, None, String::new()),
    };
    let skips_consent = application.client.as_ref().is_some_and(|client| client.skips_consent);
    values![
        application.id.uuid(),
        application.organization.uuid(),
        application.name.clone(),
        text::folded(&application.name),
        application.description.clone(),
        micros(application.created_at),
        micros(application.modified_at),
        application.archived_at.map(micros),
        application.epoch,
        kind,
        grant,
        redirect_uris,
        skips_consent,
        application.slug.clone(),
    ]
}

/// Two who give one name or slug at once collide on the indexes. Gives what [`CREATE`] gives.
const UPDATE: &str = "
    WITH changed AS (
        UPDATE applications
        SET name = COALESCE($2, name),
            name_folded = COALESCE($3, name_folded),
            description = COALESCE($4, description),
            redirect_uris = COALESCE($5, redirect_uris),
            skips_consent = COALESCE($6, skips_consent),
            modified_at = $7,
            slug = COALESCE($8, slug)
        WHERE id = $1
            AND archived_at IS NULL
            AND (client_type IS NULL OR NOT EXISTS (
                SELECT
                FROM applications other
                WHERE other.organization_id = applications.organization_id
                    AND other.name = $2
                    AND other.client_type IS NOT NULL
                    AND other.archived_at IS NULL
                    AND other.id <> $1))
            AND NOT EXISTS (
                SELECT
                FROM applications other
                WHERE other.organization_id = applications.organization_id
                    AND other.slug = $8
                    AND other.slug <> ''
                    AND other.archived_at IS NULL
                    AND other.id <> $1)
        RETURNING number
    )
    SELECT (SELECT number FROM changed), client_type IS NULL OR NOT EXISTS (
            SELECT
            FROM applications other
            WHERE other.organization_id = applications.organization_id
                AND other.name = $2
                AND other.client_type IS NOT NULL
                AND other.archived_at IS NULL
                AND other.id <> $1)
    FROM applications
    WHERE id = $1 AND archived_at IS NULL";

pub(super) fn update(id: ApplicationId, change: &ApplicationChange, at: Timestamp) -> Statement {
    let ApplicationChange { name, slug, description, redirect_uris, skips_consent } =
        change.clone();
    let folded = name.as_deref().map(text::folded);
    let redirect_uris = redirect_uris.as_deref().map(text::of_redirect_uris);
    let at = micros(at);
    let values =
        values![id.uuid(), name, folded, description, redirect_uris, skips_consent, at, slug];
    Statement::new(UPDATE, values).behind(HOLD_APPLICATION, values![id.uuid()])
}

//! How a token is read, alone and with all that its goodness depends on.

use authority::token::{Limits, Standing, Token};

use super::failure::Failure;
use super::row::Fields;
use crate::text;

macro_rules! token_columns {
    () => {
        "t.number, t.id, t.kind, t.holder_kind, t.holder_id, t.organization_id, t.label, t.scopes,
        t.created_at, t.created_by, t.modified_at, t.expires_at, t.uses_left, t.disabled,
        t.revoked_at, t.parent, t.session_id, t.born_holder, t.born_organization, t.last_used_at,
        t.application_id, t.not_before_at, t.networks, t.rate_requests, t.rate_seconds"
    };
}
pub(super) use token_columns;

pub(super) fn token(row: &mut Fields<'_>) -> Result<Token, Failure> {
    Ok(Token {
        number: row.value()?,
        id: row.id()?,
        kind: row.spelled(text::kind)?,
        holder: text::holder(row.value()?, row.value()?)?,
        organization: row.maybe_id()?,
        label: row.value()?,
        scopes: row.spelled(text::scopes)?,
        created_at: row.time()?,
        created_by: row.maybe_id()?,
        modified_at: row.time()?,
        expires_at: row.maybe_time()?,
        uses_left: row.maybe_count()?,
        disabled: row.value()?,
        revoked_at: row.maybe_time()?,
        parent: row.maybe_id()?,
        session: row.maybe_id()?,
        born: row.born()?,
        last_used_at: row.maybe_time()?,
        application: row.maybe_id()?,
        limits: limits(row)?,
        signed: None,
    })
}

fn limits(row: &mut Fields<'_>) -> Result<Limits, Failure> {
    Ok(Limits {
        not_before: row.maybe_time()?,
        networks: row.spelled(text::networks)?,
        rate: text::rate(row.maybe_count()?, row.maybe_count()?)?,
    })
}

/// A token, and its holder, its organization and its application now; `$found` gives the token's
/// number, and when the secret that was shown ends.
macro_rules! standing_of {
    ($found:literal) => {
        concat!(
            "
    SELECT ",
            token_columns!(),
            ",
        found.ends_at,
        COALESCE(u.username, a.name, s.name, ''),
        CASE t.holder_kind
            WHEN 'user' THEN u.id IS NULL OR COALESCE(u.disabled_at, u.deleted_at) IS NOT NULL
            WHEN 'application' THEN a.id IS NULL OR a.archived_at IS NOT NULL
            ELSE s.id IS NULL OR s.disabled_at IS NOT NULL
        END,
        COALESCE(u.epoch, a.epoch, s.epoch, -1),
        CASE
            WHEN t.holder_kind = 'user' THEN m.role
            WHEN a.organization_id = t.organization_id THEN 'editor'
            WHEN s.organization_id = t.organization_id THEN s.role
        END,
        COALESCE(u.superuser, FALSE), COALESCE(u.system_auditor, FALSE),
        o.epoch, COALESCE(o.suspended_at, o.deleted_at) IS NOT NULL,
        c.organization_id, COALESCE(c.archived_at, co.suspended_at, co.deleted_at) IS NOT NULL
    FROM (",
            $found,
            ") AS found
    JOIN tokens t ON t.number = found.number
    LEFT JOIN users u ON t.holder_kind = 'user' AND u.id = t.holder_id
    LEFT JOIN applications a ON t.holder_kind = 'application' AND a.id = t.holder_id
    LEFT JOIN service_accounts s ON t.holder_kind = 'service_account' AND s.id = t.holder_id
    LEFT JOIN organizations o ON o.id = t.organization_id
    LEFT JOIN memberships m ON m.user_id = u.id AND m.organization_id = t.organization_id
    LEFT JOIN applications c ON c.id = t.application_id
    LEFT JOIN organizations co ON co.id = c.organization_id"
        )
    };
}

pub(super) const BY_DIGEST: &str = standing_of!(
    "
        SELECT number, NULL::BIGINT AS ends_at
        FROM tokens
        WHERE digest = ANY($1)
        UNION ALL
        SELECT number, previous_ends_at
        FROM tokens
        WHERE previous_digest = ANY($1)
        LIMIT 1"
);

pub(super) const BY_ID: &str = standing_of!(
    "
        SELECT number, NULL::BIGINT AS ends_at
        FROM tokens
        WHERE id = $1"
);

pub(super) fn standing(row: &mut Fields<'_>) -> Result<Standing, Failure> {
    Ok(Standing {
        token: token(row)?,
        secret_until: row.maybe_time()?,
        holder: row.holder_now()?,
        organization: row.organization_now()?,
        application: row.application_now()?,
    })
}

pub(super) const OF_GRANT: &str = concat!(
    "
    SELECT ",
    token_columns!(),
    "
    FROM tokens t
    WHERE t.session_id = $1 AND t.revoked_at IS NULL
    ORDER BY t.number DESC
    LIMIT 1"
);

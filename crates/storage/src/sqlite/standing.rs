//! How a token is read, alone and with all that its goodness depends on.

use authority::id::{SessionId, TokenId};
use authority::secret::{Digest, Kind};
use authority::token::store::{Page, TokenFilter};
use authority::token::{Holder, Limits, Standing, Token};
use rusqlite::{Connection, params};

use super::row::{Asked, Failure, Fields, at, key, one};
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
        holder: holder(row)?,
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

fn holder(row: &mut Fields<'_>) -> Result<Holder, Failure> {
    let kind: String = row.value()?;
    Ok(text::holder(&kind, row.uuid()?)?)
}

/// A token, its holder, its organization and its application now; `$until` is when the secret that was shown
/// ends, and `$which` finds the token.
macro_rules! standing_where {
    ($until:literal, $which:literal) => {
        concat!(
            "SELECT ",
            token_columns!(),
            ", ",
            $until,
            ",
        coalesce(u.username, a.name, s.name, ''),
        CASE t.holder_kind
            WHEN 'user' THEN u.id IS NULL OR coalesce(u.disabled_at, u.deleted_at) IS NOT NULL
            WHEN 'application' THEN a.id IS NULL OR a.archived_at IS NOT NULL
            ELSE s.id IS NULL OR s.disabled_at IS NOT NULL
        END,
        coalesce(u.epoch, a.epoch, s.epoch, -1),
        CASE t.holder_kind
            WHEN 'user' THEN m.role
            WHEN 'application' THEN iif(a.organization_id = t.organization_id, 'editor', NULL)
            ELSE iif(s.organization_id = t.organization_id, s.role, NULL)
        END,
        coalesce(u.superuser, 0), coalesce(u.system_auditor, 0),
        o.epoch, coalesce(o.suspended_at, o.deleted_at) IS NOT NULL,
        c.organization_id, coalesce(c.archived_at, co.suspended_at, co.deleted_at) IS NOT NULL
    FROM tokens t
    LEFT JOIN users u ON t.holder_kind = 'user' AND u.id = t.holder_id
    LEFT JOIN applications a ON t.holder_kind = 'application' AND a.id = t.holder_id
    LEFT JOIN service_accounts s ON t.holder_kind = 'service_account' AND s.id = t.holder_id
    LEFT JOIN organizations o ON o.id = t.organization_id
    LEFT JOIN memberships m
        ON t.holder_kind = 'user' AND m.user_id = t.holder_id AND m.organization_id = t.organization_id
    LEFT JOIN applications c ON c.id = t.application_id
    LEFT JOIN organizations co ON co.id = c.organization_id
    WHERE ",
            $which
        )
    };
}

const STANDING: &str = standing_where!(
    "iif(t.digest = ?1, NULL, t.previous_ends_at)",
    "t.digest = ?1 OR t.previous_digest = ?1"
);
const TOKEN_STANDING: &str = standing_where!("NULL", "t.id = ?1");

fn standing(row: &mut Fields<'_>) -> Result<Standing, Failure> {
    Ok(Standing {
        token: token(row)?,
        secret_until: row.maybe_time()?,
        holder: row.holder_now()?,
        organization: row.organization_now()?,
        application: row.application_now()?,
    })
}

/// The standing of the token that has any of these secrets.
pub(super) fn of_secret(db: &Connection, digests: &[Digest]) -> Result<Option<Standing>, Failure> {
    let of = |digest: &Digest| one(db, STANDING, params![digest.as_bytes()], standing).transpose();
    digests.iter().find_map(of).transpose()
}

pub(super) fn of_token(db: &Connection, id: TokenId) -> Result<Option<Standing>, Failure> {
    one(db, TOKEN_STANDING, params![key(id)], standing)
}

const TOKENS: &str = concat!("SELECT ", token_columns!(), " FROM tokens t WHERE t.number > ?");

const LIVE: &str = "t.revoked_at IS NULL
        AND t.uses_left IS NOT 0
        AND coalesce(t.expires_at > ?, 1)
        AND t.born_holder = CASE t.holder_kind
            WHEN 'user' THEN (SELECT h.epoch FROM users h WHERE h.id = t.holder_id)
            WHEN 'application' THEN (SELECT h.epoch FROM applications h WHERE h.id = t.holder_id)
            ELSE (SELECT h.epoch FROM service_accounts h WHERE h.id = t.holder_id)
        END
        AND (t.organization_id IS NULL OR t.born_organization =
            (SELECT o.epoch FROM organizations o WHERE o.id = t.organization_id))";

const OF_GRANT: &str = concat!(
    "SELECT ",
    token_columns!(),
    "
    FROM tokens t
    WHERE t.session_id = ?1 AND t.revoked_at IS NULL
    ORDER BY t.number DESC
    LIMIT 1"
);

/// The access token of a grant.
pub(super) fn of_grant(db: &Connection, id: SessionId) -> Result<Option<Token>, Failure> {
    one(db, OF_GRANT, params![key(id)], token)
}

pub(super) fn tokens(
    db: &Connection,
    filter: &TokenFilter,
    page: Page,
) -> Result<Vec<Token>, Failure> {
    let holder = filter.holder.map(Holder::parts);
    let kinds: Vec<&str> = filter.kinds.iter().copied().map(Kind::code).collect();
    let kinds = (!kinds.is_empty()).then(|| kinds.join(" "));
    Asked::new(TOKENS, page.after)
        .and("t.holder_id = ?", holder.map(|(_, id)| id.into_bytes()))
        .and("t.holder_kind = ?", holder.map(|(kind, _)| kind))
        .and("t.organization_id = ?", filter.organization.map(key))
        .and("instr(?, t.kind) > 0", kinds)
        .and(LIVE, filter.live_at.map(at))
        .ending("ORDER BY t.number LIMIT ?", page.limit)
        .all(db, token)
}

//! How a token is kept: only if its holder may hold it.

use authority::id::Number;
use authority::token::store::KeptSecret;
use authority::token::{Born, Holder, Token};
use rusqlite::{Connection, params};

use super::row::{Failure, at, holds, key, run};
use super::stands::user_stands;

const USER_STANDS: &str = concat!("SELECT ", user_stands!("?1"));

const APPLICATION_STANDS: &str = "
    SELECT EXISTS (
        SELECT 1
        FROM applications a
        LEFT JOIN organizations o ON o.id = ?2
        WHERE a.id = ?1
            AND a.archived_at IS NULL
            AND a.epoch = ?3
            AND (?2 IS NULL
                OR (o.id = a.organization_id
                    AND o.suspended_at IS NULL
                    AND o.deleted_at IS NULL
                    AND o.epoch = ?4)))";

const SERVICE_ACCOUNT_STANDS: &str = "
    SELECT EXISTS (
        SELECT 1
        FROM service_accounts s
        LEFT JOIN organizations o ON o.id = ?2
        WHERE s.id = ?1
            AND s.disabled_at IS NULL
            AND s.epoch = ?3
            AND (?2 IS NULL
                OR (o.id = s.organization_id
                    AND o.suspended_at IS NULL
                    AND o.deleted_at IS NULL
                    AND o.epoch = ?4)))";

/// Whether the holder, its organization and its place there are as the caller saw them.
pub(super) fn may_hold(db: &Connection, token: &Token) -> Result<bool, Failure> {
    let stands = match token.holder {
        Holder::User(_) => USER_STANDS,
        Holder::Application(_) => APPLICATION_STANDS,
        Holder::ServiceAccount(_) => SERVICE_ACCOUNT_STANDS,
    };
    let (_, holder) = token.holder.parts();
    let Born { holder: epoch, organization: its_epoch } = token.born;
    let organization = token.organization.map(key);
    holds(db, stands, params![holder.into_bytes(), organization, epoch, its_epoch])
}

const INSERT: &str = "
    INSERT INTO tokens (id, kind, holder_kind, holder_id, organization_id, label, scopes,
        created_at, created_by, modified_at, expires_at, uses_left, disabled, revoked_at, parent,
        session_id, born_holder, born_organization, last_used_at, digest, pepper,
        application_id, not_before_at, networks, rate_requests, rate_seconds)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,
        ?20, ?21, ?22, ?23, ?24, ?25, ?26)";

/// Keeps a token. Gives its number.
pub(super) fn insert(
    db: &Connection,
    token: &Token,
    secret: KeptSecret,
) -> Result<Number, Failure> {
    let (holder_kind, holder_id) = token.holder.parts();
    let values = params![
        key(token.id),
        token.kind.code(),
        holder_kind,
        holder_id.into_bytes(),
        token.organization.map(key),
        token.label,
        token.scopes.to_string(),
        at(token.created_at),
        token.created_by.map(key),
        at(token.modified_at),
        token.expires_at.map(at),
        token.uses_left,
        token.disabled,
        token.revoked_at.map(at),
        token.parent.map(key),
        token.session.map(key),
        token.born.holder,
        token.born.organization,
        token.last_used_at.map(at),
        secret.digest.as_bytes(),
        secret.pepper,
        token.application.map(key),
        token.limits.not_before.map(at),
        token.limits.networks.to_string(),
        token.limits.rate.map(|rate| rate.requests().get()),
        token.limits.rate.map(|rate| rate.seconds().get()),
    ];
    run(db, INSERT, values)?;
    Ok(db.last_insert_rowid())
}

//! How a token is kept: only if its holder may hold it, and not too many.

use authority::id::Id;
use authority::token::store::{Insertion, KeptSecret};
use authority::token::{Holder, Token};
use jiff::Timestamp;

use super::fact::Told;
use super::failure::Failure;
use super::session::Answer;
use super::stands::user_stands;
use super::statement::{
    HOLD_APPLICATION, HOLD_SERVICE_ACCOUNT, HOLD_USER, Statement, Values, values,
};
use crate::text::{Unreadable, micros};

/// Inserts the [`row`] of a token, whose places are `$row`, for each row of `$from`.
macro_rules! keep_token {
    ($row:literal, $from:literal) => {
        concat!(
            "
        INSERT INTO tokens (id, kind, holder_kind, holder_id, organization_id, label, scopes,
            created_at, created_by, modified_at, expires_at, uses_left, disabled, revoked_at,
            parent, session_id, born_holder, born_organization, last_used_at, digest, pepper,
            application_id, not_before_at, networks, rate_requests, rate_seconds)
        SELECT ",
            $row,
            "
        FROM ",
            $from
        )
    };
}
pub(super) use keep_token;

/// The row of a token.
pub(super) fn row(token: &Token, secret: KeptSecret) -> Values {
    let (holder_kind, holder_id) = token.holder.parts();
    values![
        token.id.uuid(),
        token.kind.code(),
        holder_kind,
        holder_id,
        token.organization.map(Id::uuid),
        token.label.clone(),
        token.scopes.to_string(),
        micros(token.created_at),
        token.created_by.map(Id::uuid),
        micros(token.modified_at),
        token.expires_at.map(micros),
        token.uses_left.map(i64::from),
        token.disabled,
        token.revoked_at.map(micros),
        token.parent.map(Id::uuid),
        token.session.map(Id::uuid),
        token.born.holder,
        token.born.organization,
        token.last_used_at.map(micros),
        secret.digest.as_bytes().to_vec(),
        secret.pepper,
        token.application.map(Id::uuid),
        token.limits.not_before.map(micros),
        token.limits.networks.to_string(),
        token.limits.rate.map(|rate| i64::from(rate.requests().get())),
        token.limits.rate.map(|rate| i64::from(rate.seconds().get())),
    ]
}

/// Gives a row if a holder has fewer than `$most` live tokens, or there is no such limit.
macro_rules! room {
    ($holder:literal, $most:literal, $now:literal) => {
        concat!(
            "
        SELECT
        WHERE ",
            $most,
            "::BIGINT IS NULL OR ",
            $most,
            " > (
            SELECT count(*)
            FROM (
                SELECT
                FROM tokens
                WHERE holder_id = ",
            $holder,
            "
                    AND revoked_at IS NULL
                    AND (expires_at IS NULL OR expires_at > ",
            $now,
            ")
                LIMIT ",
            $most,
            "
            ) AS alive
        )"
        )
    };
}
pub(super) use room;

/// Inserts a token if `$place` gives a row: its holder, its organization and the holder's place
/// there are as they were seen. Gives its number, and whether there was the place.
macro_rules! insert_where {
    ($($place:expr),*) => {
        concat!(
            "
    WITH place AS (",
            $($place,)*
            "),
    room AS (",
            room!("$4", "$27", "$28"),
            "),
    made AS (",
            keep_token!(
                "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
            $19, $20, $21, $22, $23, $24, $25, $26",
                "place, room"
            ),
            "
        RETURNING number
    )
    SELECT (SELECT number FROM made), EXISTS (SELECT FROM place)"
        )
    };
}

const INSERT_FOR_USER: &str = insert_where!(
    "
        SELECT
        FROM users u
        WHERE ",
    user_stands!("$4", "$5", "$17", "$18")
);

const INSERT_FOR_APPLICATION: &str = insert_where!(
    "
        SELECT
        FROM applications a
        LEFT JOIN organizations o ON o.id = $5
        WHERE a.id = $4
            AND a.archived_at IS NULL
            AND a.epoch = $17
            AND ($5::UUID IS NULL
                OR (o.id = a.organization_id
                    AND o.suspended_at IS NULL
                    AND o.deleted_at IS NULL
                    AND o.epoch = $18))"
);

const INSERT_FOR_SERVICE_ACCOUNT: &str = insert_where!(
    "
        SELECT
        FROM service_accounts s
        LEFT JOIN organizations o ON o.id = $5
        WHERE s.id = $4
            AND s.disabled_at IS NULL
            AND s.epoch = $17
            AND ($5::UUID IS NULL
                OR (o.id = s.organization_id
                    AND o.suspended_at IS NULL
                    AND o.deleted_at IS NULL
                    AND o.epoch = $18))"
);

pub(super) fn insert(
    token: &Token,
    secret: KeptSecret,
    most: Option<u32>,
    now: Timestamp,
) -> Statement {
    let (_, holder) = token.holder.parts();
    let (hold, insert) = match token.holder {
        Holder::User(_) => (HOLD_USER, INSERT_FOR_USER),
        Holder::Application(_) => (HOLD_APPLICATION, INSERT_FOR_APPLICATION),
        Holder::ServiceAccount(_) => (HOLD_SERVICE_ACCOUNT, INSERT_FOR_SERVICE_ACCOUNT),
    };
    let mut values = row(token, secret);
    values.extend(values![most.map(i64::from), micros(now)]);
    let statement = Statement::new(insert, values);
    if most.is_some() { statement.behind(hold, values![holder]) } else { statement }
}

/// The number of what was made or, if nothing was, whether that is for want of room.
pub(super) fn inserted(answer: &Answer) -> Result<Told<Insertion>, Failure> {
    let mut row = answer.first().ok_or(Unreadable("answer"))?;
    Ok(match (row.value()?, row.value()?) {
        (Some(number), _) => Told::done(Insertion::Done(number)),
        (None, true) => Told::nothing(Insertion::TooMany),
        (None, false) => Told::nothing(Insertion::HolderGone),
    })
}

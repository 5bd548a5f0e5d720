//! Who has which place in an organization.

use authority::account::User;
use authority::account::store::{Creation, Removal};
use authority::id::{OrganizationId, UserId};
use authority::organization::{Membership, Seat};
use jiff::Timestamp;

use super::fact::Told;
use super::failure::Failure;
use super::row::Fields;
use super::session::Answer;
use super::statement::{Statement, values};
use super::users::{self, user_columns};
use crate::text::{self, Unreadable, micros};

macro_rules! membership_columns {
    () => {
        "m.user_id, m.organization_id, m.role, m.apart, m.created_at, m.modified_at"
    };
}
pub(super) use membership_columns;

pub(super) fn read(row: &mut Fields<'_>) -> Result<Membership, Failure> {
    Ok(Membership {
        user: row.id()?,
        organization: row.id()?,
        role: row.spelled(text::role)?,
        apart: row.value()?,
        created_at: row.time()?,
        modified_at: row.time()?,
    })
}

pub(super) fn read_with_user(row: &mut Fields<'_>) -> Result<(User, Membership), Failure> {
    Ok((users::read(row)?, read(row)?))
}

pub(super) const ONE: &str = concat!(
    "
    SELECT ",
    membership_columns!(),
    "
    FROM memberships m
    WHERE m.user_id = $1 AND m.organization_id = $2"
);

pub(super) const OF_USER: &str = concat!(
    "
    SELECT ",
    membership_columns!(),
    "
    FROM memberships m
    JOIN organizations o ON o.id = m.organization_id
    WHERE m.user_id = $1
    ORDER BY m.created_at, o.number"
);

pub(super) const MEMBERS: &str = concat!(
    "
    SELECT ",
    user_columns!(),
    ", ",
    membership_columns!(),
    "
    FROM memberships m
    JOIN users u ON u.id = m.user_id
    WHERE m.organization_id = $1 AND u.number > $2
    ORDER BY u.number
    LIMIT $3"
);

/// The user and the organization are held, so that neither is deleted meanwhile.
const ADD: &str = "
    WITH place AS (
        SELECT u.number
        FROM users u
        JOIN organizations o ON o.id = $2
        WHERE u.id = $1 AND u.deleted_at IS NULL AND o.deleted_at IS NULL
        FOR SHARE OF u, o
    ),
    made AS (
        INSERT INTO memberships (user_id, organization_id, role, apart, created_at, modified_at)
        SELECT $1, $2, $3, $4, $5, $6
        FROM place
        ON CONFLICT DO NOTHING
        RETURNING user_id
    )
    SELECT place.number, EXISTS (SELECT FROM made)
    FROM place";

pub(super) fn add(place: &Membership) -> Statement {
    let values = values![
        place.user.uuid(),
        place.organization.uuid(),
        place.role.as_str(),
        place.apart,
        micros(place.created_at),
        micros(place.modified_at),
    ];
    Statement::new(ADD, values)
}

pub(super) fn added(answer: &Answer) -> Result<Told<Creation>, Failure> {
    let Some(mut row) = answer.first() else { return Ok(Told::nothing(Creation::Missing)) };
    let (number, made) = (row.value()?, row.value()?);
    let taken = Told::nothing(Creation::Taken("membership"));
    Ok(if made { Told::done(Creation::Done(number)) } else { taken })
}

/// Whoever changes who owns an organization, or ends a place, waits for others who do: of all
/// that is decided behind this, the last owner is seen as such, and what was made under the place
/// is seen.
const HOLD_PLACE: &str = "
    SELECT
    FROM organizations o
    JOIN memberships m ON m.organization_id = o.id
    WHERE o.id = $2 AND m.user_id = $1
    FOR NO KEY UPDATE OF o
    FOR UPDATE OF m";

/// Said of a place: it is not an owner's, or another owner is there.
macro_rules! dispensable {
    () => {
        "(role <> 'owner'
                OR EXISTS (
                    SELECT
                    FROM memberships other
                    WHERE other.organization_id = $2
                        AND other.role = 'owner'
                        AND other.user_id <> $1))"
    };
}

const SET_SEAT: &str = concat!(
    "
    WITH changed AS (
        UPDATE memberships
        SET role = $3, apart = $6, modified_at = $7
        WHERE user_id = $1
            AND organization_id = $2
            AND role = $4
            AND apart = $5
            AND ($3 = 'owner' OR ",
    dispensable!(),
    ")
        RETURNING user_id
    )
    SELECT
        EXISTS (SELECT FROM changed),
        EXISTS (SELECT FROM memberships WHERE user_id = $1 AND organization_id = $2),
        EXISTS (
            SELECT
            FROM memberships
            WHERE user_id = $1 AND organization_id = $2 AND role = $4 AND apart = $5
        )"
);

/// A place: whose, and where.
type Spot = (UserId, OrganizationId);

pub(super) fn set_seat(
    (user, place): Spot,
    (seen, seat): (Seat, Seat),
    at: Timestamp,
) -> Statement {
    let (role, seen_role) = (seat.role.as_str(), seen.role.as_str());
    let (user, place) = (user.uuid(), place.uuid());
    let values = values![user, place, role, seen_role, seen.apart, seat.apart, micros(at)];
    Statement::new(SET_SEAT, values).behind(HOLD_PLACE, values![user, place])
}

/// Whether it was done, whether there was a place, and whether it was as it was seen.
pub(super) fn ended(answer: &Answer) -> Result<Told<Removal>, Failure> {
    let mut row = answer.first().ok_or(Unreadable("answer"))?;
    Ok(match (row.value()?, row.value()?, row.value()?) {
        (true, _, _) => Told::done(Removal::Done),
        (false, false, _) => Told::nothing(Removal::Missing),
        (false, true, true) => Told::nothing(Removal::LastOwner),
        (false, true, false) => Told::nothing(Removal::Changed),
    })
}

const REMOVE: &str = concat!(
    "
    WITH gone AS (
        DELETE FROM memberships
        WHERE user_id = $1
            AND organization_id = $2
            AND role = $4
            AND apart = $5
            AND ",
    dispensable!(),
    "
        RETURNING user_id, organization_id
    ),
    left_groups AS (
        DELETE FROM group_users
        USING gone, groups
        WHERE group_users.user_id = gone.user_id
            AND groups.organization_id = gone.organization_id
            AND group_users.group_id = groups.id
    ),
    revoked AS (
        UPDATE tokens
        SET revoked_at = $3
        FROM gone
        WHERE tokens.holder_id = gone.user_id
            AND tokens.holder_kind = 'user'
            AND tokens.organization_id = gone.organization_id
            AND tokens.revoked_at IS NULL
    ),
    ended AS (
        UPDATE sessions
        SET ended_at = $3
        FROM gone
        WHERE sessions.user_id = gone.user_id
            AND sessions.organization_id = gone.organization_id
            AND sessions.ended_at IS NULL
    )
    SELECT
        EXISTS (SELECT FROM gone),
        EXISTS (SELECT FROM memberships WHERE user_id = $1 AND organization_id = $2),
        EXISTS (
            SELECT
            FROM memberships
            WHERE user_id = $1 AND organization_id = $2 AND role = $4 AND apart = $5
        )"
);

pub(super) fn remove((user, place): Spot, seen: Seat, at: Timestamp) -> Statement {
    let values = values![user.uuid(), place.uuid(), micros(at), seen.role.as_str(), seen.apart];
    Statement::new(REMOVE, values).behind(HOLD_PLACE, values![user.uuid(), place.uuid()])
}

//! Who has which place in an organization.

use authority::account::User;
use authority::account::store::{Creation, Removal};
use authority::id::{OrganizationId, UserId};
use authority::journal::Draft;
use authority::organization::{Membership, Seat};
use authority::token::store::Page;
use rusqlite::{Connection, params};

use super::order::Told;
use super::row::{Failure, Fields, all, at, first, holds, key, one, page, run};
use super::users::{self, user_columns};
use crate::text;

macro_rules! membership_columns {
    () => {
        "m.user_id, m.organization_id, m.role, m.apart, m.created_at, m.modified_at"
    };
}

fn read(row: &mut Fields<'_>) -> Result<Membership, Failure> {
    Ok(Membership {
        user: row.id()?,
        organization: row.id()?,
        role: row.spelled(text::role)?,
        apart: row.value()?,
        created_at: row.time()?,
        modified_at: row.time()?,
    })
}

const ONE: &str = concat!(
    "SELECT ",
    membership_columns!(),
    "
    FROM memberships m
    WHERE m.user_id = ?1 AND m.organization_id = ?2"
);

pub(super) fn one_of(
    db: &Connection,
    user: UserId,
    organization: OrganizationId,
) -> Result<Option<Membership>, Failure> {
    one(db, ONE, params![key(user), key(organization)], read)
}

const OF_USER: &str = concat!(
    "SELECT ",
    membership_columns!(),
    "
    FROM memberships m
    JOIN organizations o ON o.id = m.organization_id
    WHERE m.user_id = ?1
    ORDER BY m.created_at, o.number"
);

pub(super) fn of_user(db: &Connection, user: UserId) -> Result<Vec<Membership>, Failure> {
    all(db, OF_USER, params![key(user)], read)
}

const MEMBERS: &str = concat!(
    "SELECT ",
    user_columns!(),
    ", ",
    membership_columns!(),
    "
    FROM memberships m
    JOIN users u ON u.id = m.user_id
    WHERE m.organization_id = ?1 AND u.number > ?2
    ORDER BY u.number
    LIMIT ?3"
);

pub(super) fn members(
    db: &Connection,
    organization: OrganizationId,
    of: Page,
) -> Result<Vec<(User, Membership)>, Failure> {
    page(db, MEMBERS, (key(organization), of), |row| Ok((users::read(row)?, read(row)?)))
}

const INSERT: &str = "
    INSERT INTO memberships (user_id, organization_id, role, apart, created_at, modified_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

/// Keeps a place where there is none, for a user and in an organization that exist.
pub(super) fn insert(db: &Connection, place: &Membership) -> Result<(), Failure> {
    let values = params![
        key(place.user),
        key(place.organization),
        place.role.as_str(),
        place.apart,
        at(place.created_at),
        at(place.modified_at),
    ];
    run(db, INSERT, values).map(drop)
}

const BOTH_EXIST: &str = "
    SELECT u.number
    FROM users u
    JOIN organizations o ON o.id = ?2 AND o.deleted_at IS NULL
    WHERE u.id = ?1 AND u.deleted_at IS NULL";

pub(super) const EXISTS: &str = "
    SELECT EXISTS (SELECT 1 FROM memberships WHERE user_id = ?1 AND organization_id = ?2)";

pub(super) fn add(db: &Connection, place: &Membership) -> Result<Told<Creation>, Failure> {
    let both = (key(place.user), key(place.organization));
    let Some(number) = first(db, BOTH_EXIST, both)? else {
        return Ok(Told::nothing(Creation::Missing));
    };
    if holds(db, EXISTS, both)? {
        return Ok(Told::nothing(Creation::Taken("membership")));
    }
    insert(db, place)?;
    Ok(Told::done(Creation::Done(number)))
}

/// Said of a place: it is not an owner's, or another owner is there.
macro_rules! dispensable {
    () => {
        "(role <> 'owner'
            OR EXISTS (
                SELECT 1
                FROM memberships other
                WHERE other.organization_id = ?2
                    AND other.role = 'owner'
                    AND other.user_id <> ?1))"
    };
}

const SET_SEAT: &str = concat!(
    "UPDATE memberships
    SET role = ?3, apart = ?4, modified_at = ?7
    WHERE user_id = ?1
        AND organization_id = ?2
        AND role = ?5
        AND apart = ?6
        AND (?3 = 'owner' OR ",
    dispensable!(),
    ")"
);

pub(super) fn set_seat(
    db: &Connection,
    (user, organization): (UserId, OrganizationId),
    (seen, seat): (Seat, Seat),
    note: &Draft,
) -> Result<Told<Removal>, Failure> {
    let place = (key(user), key(organization));
    let values = params![
        place.0,
        place.1,
        seat.role.as_str(),
        seat.apart,
        seen.role.as_str(),
        seen.apart,
        at(note.at),
    ];
    if run(db, SET_SEAT, values)? == 0 {
        return refused(db, place, seen);
    }
    Ok(Told::done(Removal::Done))
}

const REMOVE: &str = concat!(
    "DELETE FROM memberships
    WHERE user_id = ?1
        AND organization_id = ?2
        AND role = ?3
        AND apart = ?4
        AND ",
    dispensable!()
);

pub(super) const LEAVE_GROUPS: &str = "
    DELETE FROM group_users
    WHERE user_id = ?1
        AND group_id IN (SELECT id FROM groups WHERE organization_id = ?2)";

const REVOKE_TOKENS: &str = "
    UPDATE tokens
    SET revoked_at = ?3
    WHERE holder_id = ?1
        AND holder_kind = 'user'
        AND organization_id = ?2
        AND revoked_at IS NULL";

const END_SESSIONS: &str = "
    UPDATE sessions
    SET ended_at = ?3
    WHERE user_id = ?1
        AND organization_id = ?2
        AND ended_at IS NULL";

pub(super) fn remove(
    db: &Connection,
    (user, organization): (UserId, OrganizationId),
    seen: Seat,
    note: &Draft,
) -> Result<Told<Removal>, Failure> {
    let place = (key(user), key(organization));
    if run(db, REMOVE, params![place.0, place.1, seen.role.as_str(), seen.apart])? == 0 {
        return refused(db, place, seen);
    }
    run(db, LEAVE_GROUPS, place)?;
    for end in [REVOKE_TOKENS, END_SESSIONS] {
        run(db, end, params![place.0, place.1, at(note.at)])?;
    }
    Ok(Told::done(Removal::Done))
}

/// Why a place stayed as it is.
fn refused(
    db: &Connection,
    place: ([u8; 16], [u8; 16]),
    seen: Seat,
) -> Result<Told<Removal>, Failure> {
    let now = one(db, ONE, place, read)?.map(|place| place.seat());
    Ok(Told::nothing(match now {
        None => Removal::Missing,
        Some(now) if now == seen => Removal::LastOwner,
        Some(_) => Removal::Changed,
    }))
}

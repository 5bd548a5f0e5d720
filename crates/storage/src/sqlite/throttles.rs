//! Counts of failures, and the sources from which users have logged in.

use authority::account::store::Throttle;
use authority::id::UserId;
use authority::secret::Digest;
use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::row::{Failure, Fields, at, holds, key, one, run};
use crate::text;

/// Sources that are kept of one user.
const MOST_SOURCES: u32 = 16;

const THROTTLE: &str = "
    SELECT failures, last_at
    FROM throttles
    WHERE key = ?1";

pub(super) fn throttles(db: &Connection, keys: &[Digest]) -> Result<Vec<Throttle>, Failure> {
    let read = |row: &mut Fields<'_>| {
        Ok(Throttle { failures: text::count(row.value()?)?, last_at: row.maybe_time()? })
    };
    let throttle = |key: &Digest| one(db, THROTTLE, params![key.as_bytes()], read);
    keys.iter().map(|key| Ok(throttle(key)?.unwrap_or_default())).collect()
}

const COUNT_FAILURE: &str = "
    INSERT INTO throttles (key, failures, last_at)
    VALUES (?1, 1, ?2)
    ON CONFLICT (key) DO UPDATE
    SET failures = iif(last_at < ?3, 1, min(failures + 1, 4294967295)),
        last_at = max(last_at, ?2)";

pub(super) fn count_failures(
    db: &Connection,
    keys: &[Digest],
    now: Timestamp,
    forgotten: Timestamp,
) -> Result<(), Failure> {
    keys.iter().try_for_each(|key| {
        run(db, COUNT_FAILURE, params![key.as_bytes(), at(now), at(forgotten)]).map(drop)
    })
}

const CLEAR_FAILURES: &str = "DELETE FROM throttles WHERE key = ?1";

pub(super) fn clear_failures(db: &Connection, keys: &[Digest]) -> Result<(), Failure> {
    keys.iter().try_for_each(|key| run(db, CLEAR_FAILURES, params![key.as_bytes()]).map(drop))
}

const KNOWS_SOURCE: &str = "
    SELECT EXISTS (
        SELECT 1
        FROM known_sources
        WHERE user_id = ?1 AND source = ?2 AND seen_at >= ?3)";

pub(super) fn knows_source(
    db: &Connection,
    user: UserId,
    source: Digest,
    since: Timestamp,
) -> Result<bool, Failure> {
    holds(db, KNOWS_SOURCE, params![key(user), source.as_bytes(), at(since)])
}

const NOTE_SOURCE: &str = "
    INSERT INTO known_sources (user_id, source, seen_at)
    VALUES (?1, ?2, ?3)
    ON CONFLICT (user_id, source) DO UPDATE
    SET seen_at = max(seen_at, ?3)";

const FORGET_OLD_SOURCES: &str = "
    DELETE FROM known_sources
    WHERE user_id = ?1
        AND source IN (
            SELECT source
            FROM known_sources
            WHERE user_id = ?1
            ORDER BY seen_at DESC
            LIMIT -1 OFFSET ?2)";

pub(super) fn note_source(
    db: &Connection,
    user: UserId,
    source: Digest,
    seen: Timestamp,
) -> Result<(), Failure> {
    run(db, NOTE_SOURCE, params![key(user), source.as_bytes(), at(seen)])?;
    run(db, FORGET_OLD_SOURCES, params![key(user), MOST_SOURCES]).map(drop)
}

const PURGE_THROTTLES: &str = "
    DELETE FROM throttles
    WHERE key IN (SELECT key FROM throttles WHERE last_at < ?1 LIMIT ?2)";

const PURGE_SOURCES: &str = "
    DELETE FROM known_sources
    WHERE (user_id, source) IN
        (SELECT user_id, source FROM known_sources WHERE seen_at < ?1 LIMIT ?2)";

pub(super) fn purge(
    db: &Connection,
    (forgotten, unknown): (Timestamp, Timestamp),
    most: u32,
) -> Result<u64, Failure> {
    let throttles = run(db, PURGE_THROTTLES, params![at(forgotten), most])?;
    let sources = run(db, PURGE_SOURCES, params![at(unknown), most])?;
    Ok((throttles + sources) as u64)
}

//! Counts of failures, and the sources from which users have logged in.

use authority::account::store::Throttle;
use authority::error::StoreError;
use authority::id::UserId;
use authority::secret::Digest;
use jiff::Timestamp;

use super::Postgres;
use super::failure::Failure;
use super::row::{Fields, only};
use super::statement::{Statement, values};
use crate::text::{self, micros};

/// Sources that are kept of one user.
const MOST_SOURCES: i64 = 16;

const THROTTLES: &str = "
    SELECT COALESCE(t.failures, 0), t.last_at
    FROM unnest($1::BYTEA[]) WITH ORDINALITY AS asked (key, place)
    LEFT JOIN throttles t ON t.key = asked.key
    ORDER BY asked.place";

pub(super) async fn throttles(db: &Postgres, keys: &[Digest]) -> Result<Vec<Throttle>, StoreError> {
    db.all(THROTTLES, &[&bytes(keys)], throttle).await
}

fn throttle(row: &mut Fields<'_>) -> Result<Throttle, Failure> {
    Ok(Throttle { failures: text::count(row.value()?)?, last_at: row.maybe_time()? })
}

/// In the order of the keys, so that two nodes don't wait for each other.
const COUNT_FAILURES: &str = "
    INSERT INTO throttles (key, failures, last_at)
    SELECT DISTINCT key, 1, $2::BIGINT
    FROM unnest($1::BYTEA[]) AS key
    ORDER BY key
    ON CONFLICT (key) DO UPDATE
    SET failures = CASE
            WHEN throttles.last_at < $3 THEN 1
            ELSE LEAST(throttles.failures + 1, 4294967295)
        END,
        last_at = GREATEST(throttles.last_at, $2)";

pub(super) fn count_failures(keys: &[Digest], at: Timestamp, forgotten: Timestamp) -> Statement {
    Statement::new(COUNT_FAILURES, values![bytes(keys), micros(at), micros(forgotten)])
}

const CLEAR_FAILURES: &str = "
    DELETE FROM throttles
    WHERE key = ANY($1)";

pub(super) fn clear_failures(keys: &[Digest]) -> Statement {
    Statement::new(CLEAR_FAILURES, values![bytes(keys)])
}

const KNOWS_SOURCE: &str = "
    SELECT EXISTS (
        SELECT
        FROM known_sources
        WHERE user_id = $1 AND source = $2 AND seen_at >= $3)";

pub(super) async fn knows_source(
    db: &Postgres,
    user: UserId,
    source: Digest,
    since: Timestamp,
) -> Result<bool, StoreError> {
    let source = source.as_bytes().as_slice();
    let (user, since) = (user.uuid(), micros(since));
    let knows = db.one(KNOWS_SOURCE, &[&user, &source, &since], only).await?;
    Ok(knows.unwrap_or(false))
}

const NOTE_SOURCE: &str = "
    INSERT INTO known_sources (user_id, source, seen_at)
    VALUES ($1, $2, $3)
    ON CONFLICT (user_id, source) DO UPDATE
    SET seen_at = GREATEST(known_sources.seen_at, $3)";

const FORGET_OLD_SOURCES: &str = "
    DELETE FROM known_sources
    WHERE user_id = $1
        AND source IN (
            SELECT source
            FROM known_sources
            WHERE user_id = $1
            ORDER BY seen_at DESC
            OFFSET $2)";

pub(super) fn note_source(user: UserId, source: Digest, at: Timestamp) -> Statement {
    let noted = values![user.uuid(), source.as_bytes().to_vec(), micros(at)];
    Statement::new(FORGET_OLD_SOURCES, values![user.uuid(), MOST_SOURCES])
        .behind(NOTE_SOURCE, noted)
}

const PURGE_THROTTLES: &str = "
    DELETE FROM throttles
    WHERE key IN (SELECT key FROM throttles WHERE last_at < $1 LIMIT $2)";

const PURGE_SOURCES: &str = "
    DELETE FROM known_sources
    WHERE (user_id, source) IN
        (SELECT user_id, source FROM known_sources WHERE seen_at < $1 LIMIT $2)";

pub(super) async fn purge(
    db: &Postgres,
    (forgotten, unknown): (Timestamp, Timestamp),
    most: u32,
) -> Result<u64, StoreError> {
    let most = i64::from(most);
    let purge = |sql, before| db.write(Statement::new(sql, values![micros(before), most]));
    Ok(purge(PURGE_THROTTLES, forgotten).await? + purge(PURGE_SOURCES, unknown).await?)
}

fn bytes(keys: &[Digest]) -> Vec<Vec<u8>> {
    keys.iter().map(|key| key.as_bytes().to_vec()).collect()
}

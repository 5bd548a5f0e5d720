//! How many tokens a holder may have, without counting them each time.

use std::collections::HashMap;
use std::fmt;

use authority::token::Holder;
use jiff::Timestamp;
use parking_lot::Mutex;
use rusqlite::{Connection, params};

use super::row::{Failure, at, first};

/// Holders that are remembered. When there are more, all are forgotten, and counted anew.
const MOST_HOLDERS: usize = 100_000;

/// For each holder, a number that is never below that of its live tokens.
///
/// Every issue adds to it. Tokens die without being taken off; when the number seems to be
/// reached, they are counted. After a roll-back, all is forgotten: what was counted may have been
/// undone.
#[derive(Default)]
pub(super) struct Quotas(Mutex<HashMap<Holder, u32>>);

impl Quotas {
    /// Whether a holder may have one more, if `most` is the most that may live at `now`.
    pub(super) fn admit(
        &self,
        db: &Connection,
        holder: Holder,
        (most, now): (Option<u32>, Timestamp),
    ) -> Result<bool, Failure> {
        let mut bounds = self.0.lock();
        let Some(most) = most else {
            bounds.entry(holder).and_modify(|bound| *bound = bound.saturating_add(1));
            return Ok(true);
        };
        let bound = match bounds.get(&holder) {
            Some(bound) if *bound < most => *bound,
            Some(_) | None => alive(db, holder, now)?,
        };
        let admitted = bound < most;
        if bounds.len() >= MOST_HOLDERS {
            bounds.clear();
        }
        bounds.insert(holder, if admitted { bound.saturating_add(1) } else { bound });
        Ok(admitted)
    }

    pub(super) fn forget(&self) {
        self.0.lock().clear();
    }
}

impl fmt::Debug for Quotas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Quotas")
    }
}

const ALIVE: &str = "
    SELECT count(*)
    FROM tokens
    WHERE holder_id = ?1
        AND revoked_at IS NULL
        AND (expires_at IS NULL OR expires_at > ?2)";

fn alive(db: &Connection, holder: Holder, now: Timestamp) -> Result<u32, Failure> {
    let (_, id) = holder.parts();
    Ok(first(db, ALIVE, params![id.into_bytes(), at(now)])?.unwrap_or(0))
}

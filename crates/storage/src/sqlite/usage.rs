//! Who uses what. Nothing here is a fact: no entry is written.

use async_trait::async_trait;
use authority::error::StoreError;
use authority::id::TokenId;
use authority::token::store::UsageStore;
use authority::token::{DayOfUse, LastUse, Usage, Uses};
use rusqlite::{Connection, params};

use super::Sqlite;
use super::row::{Failure, Fields, all, at, key, one, run};
use crate::text;

#[async_trait]
impl UsageStore for Sqlite {
    fn most_uses(&self) -> usize {
        128
    }

    async fn note_uses(&self, uses: &[Uses]) -> Result<(), StoreError> {
        let uses = uses.to_vec();
        self.write(move |db| uses.iter().try_for_each(|uses| note(db, uses))).await
    }

    async fn usage(&self, id: TokenId, since: i32) -> Result<Usage, StoreError> {
        self.read(move |db| {
            Ok(Usage {
                last: one(db, LAST, params![key(id)], last)?.flatten(),
                days: all(db, DAYS, params![key(id), since], day)?,
            })
        })
        .await
    }

    async fn purge_usage(&self, before: i32, most: u32) -> Result<u64, StoreError> {
        self.write(move |db| Ok(run(db, PURGE, params![before, most])? as u64)).await
    }
}

fn note(db: &Connection, Uses { token, count, last }: &Uses) -> Result<(), Failure> {
    let DayOfUse { day, good, refused } = *count;
    run(db, COUNT, params![key(*token), day, text::bounded(good), text::bounded(refused)])?;
    if let Some(LastUse { at: used, network, agent, surface }) = last {
        let network = network.map(|network| network.to_string());
        let values = params![key(*token), at(*used), network, agent, surface.as_str()];
        run(db, NOTE_LAST, values)?;
    }
    Ok(())
}

const COUNT: &str = "
    INSERT INTO token_days (token_id, day, good, refused)
    SELECT id, ?2, ?3, ?4
    FROM tokens
    WHERE id = ?1
    ON CONFLICT DO UPDATE SET good = good + excluded.good, refused = refused + excluded.refused";

const NOTE_LAST: &str = "
    UPDATE tokens
    SET last_used_at = ?2,
        last_used_network = ?3,
        last_used_agent = ?4,
        last_used_surface = ?5
    WHERE id = ?1 AND (last_used_at IS NULL OR last_used_at < ?2)";

const LAST: &str = "
    SELECT last_used_at, last_used_network, last_used_agent, last_used_surface
    FROM tokens
    WHERE id = ?1";

/// A use that was noted before surfaces were has none, and says nothing.
fn last(row: &mut Fields<'_>) -> Result<Option<LastUse>, Failure> {
    let (at, network) = (row.maybe_time()?, row.maybe_spelled(text::network)?);
    let agent = row.value::<Option<String>>()?.map(String::into_boxed_str);
    let surface = row.maybe_spelled(text::surface)?;
    Ok(at.zip(surface).map(|(at, surface)| LastUse { at, network, agent, surface }))
}

const DAYS: &str = "
    SELECT day, good, refused
    FROM token_days
    WHERE token_id = ?1 AND day >= ?2
    ORDER BY day DESC";

fn day(row: &mut Fields<'_>) -> Result<DayOfUse, Failure> {
    let (day, good, refused): (i32, i64, i64) = (row.value()?, row.value()?, row.value()?);
    Ok(DayOfUse { day, good: good.unsigned_abs(), refused: refused.unsigned_abs() })
}

const PURGE: &str = "
    DELETE FROM token_days
    WHERE (token_id, day) IN (SELECT token_id, day FROM token_days WHERE day < ?1 LIMIT ?2)";

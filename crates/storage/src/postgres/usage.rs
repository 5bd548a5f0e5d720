//! Who uses what. Nothing here is a fact: no entry is written.

use async_trait::async_trait;
use authority::error::StoreError;
use authority::id::TokenId;
use authority::token::store::UsageStore;
use authority::token::{DayOfUse, LastUse, Usage, Uses};
use uuid::Uuid;

use super::Postgres;
use super::failure::Failure;
use super::row::Fields;
use super::statement::{Statement, values};
use crate::text::{self, micros};

#[async_trait]
impl UsageStore for Postgres {
    fn most_uses(&self) -> usize {
        1_000
    }

    async fn note_uses(&self, uses: &[Uses]) -> Result<(), StoreError> {
        self.write(note(uses)).await?;
        Ok(())
    }

    async fn usage(&self, id: TokenId, since: i32) -> Result<Usage, StoreError> {
        Ok(Usage {
            last: self.one(LAST, &[&id.uuid()], last).await?.flatten(),
            days: self.all(DAYS, &[&id.uuid(), &since], day).await?,
        })
    }

    async fn purge_usage(&self, before: i32, most: u32) -> Result<u64, StoreError> {
        self.write(Statement::new(PURGE, values![before, i64::from(most)])).await
    }
}

fn note(uses: &[Uses]) -> Statement {
    let ids: Vec<Uuid> = uses.iter().map(|uses| uses.token.uuid()).collect();
    let days: Vec<i32> = uses.iter().map(|uses| uses.count.day).collect();
    let good: Vec<i64> = uses.iter().map(|uses| text::bounded(uses.count.good)).collect();
    let refused: Vec<i64> = uses.iter().map(|uses| text::bounded(uses.count.refused)).collect();
    let last = || uses.iter().map(|uses| uses.last.as_ref());
    let times: Vec<Option<i64>> = last().map(|last| last.map(|last| micros(last.at))).collect();
    let network = |last: Option<&LastUse>| last?.network.map(|network| network.to_string());
    let networks: Vec<Option<String>> = last().map(network).collect();
    let agent = |last: Option<&LastUse>| last?.agent.as_deref().map(str::to_owned);
    let agents: Vec<Option<String>> = last().map(agent).collect();
    let surface = |last: Option<&LastUse>| Some(last?.surface.as_str().to_owned());
    let surfaces: Vec<Option<String>> = last().map(surface).collect();
    Statement::new(NOTE, values![ids, days, good, refused, times, networks, agents, surfaces])
}

/// In the order of the ids, so that two nodes don't wait for each other.
const NOTE: &str = "
    WITH used AS (
        SELECT *
        FROM unnest($1::UUID[], $2::INTEGER[], $3::BIGINT[], $4::BIGINT[], $5::BIGINT[],
            $6::TEXT[], $7::TEXT[], $8::TEXT[])
            AS used (id, day, good, refused, at, network, agent, surface)
    ),
    held AS (
        SELECT tokens.id, tokens.last_used_at
        FROM tokens
        WHERE tokens.id IN (SELECT id FROM used)
        ORDER BY tokens.id
        FOR NO KEY UPDATE
    ),
    later AS (
        SELECT DISTINCT ON (used.id) used.*
        FROM used
        JOIN held ON held.id = used.id
        WHERE used.at IS NOT NULL AND (held.last_used_at IS NULL OR held.last_used_at < used.at)
        ORDER BY used.id, used.at DESC
    ),
    counted AS (
        INSERT INTO token_days (token_id, day, good, refused)
        SELECT used.id, used.day, used.good, used.refused
        FROM used
        JOIN held ON held.id = used.id
        ON CONFLICT (token_id, day) DO UPDATE
        SET good = token_days.good + excluded.good,
            refused = token_days.refused + excluded.refused
    )
    UPDATE tokens
    SET last_used_at = later.at,
        last_used_network = later.network,
        last_used_agent = later.agent,
        last_used_surface = later.surface
    FROM later
    WHERE tokens.id = later.id";

const LAST: &str = "
    SELECT last_used_at, last_used_network, last_used_agent, last_used_surface
    FROM tokens
    WHERE id = $1";

/// A use that was noted before surfaces were has none, and says nothing.
fn last(row: &mut Fields<'_>) -> Result<Option<LastUse>, Failure> {
    let (at, network) = (row.maybe_time()?, row.maybe_spelled(text::network)?);
    let agent = row.value::<Option<&str>>()?.map(Box::from);
    let surface = row.maybe_spelled(text::surface)?;
    Ok(at.zip(surface).map(|(at, surface)| LastUse { at, network, agent, surface }))
}

const DAYS: &str = "
    SELECT day, good, refused
    FROM token_days
    WHERE token_id = $1 AND day >= $2
    ORDER BY day DESC";

fn day(row: &mut Fields<'_>) -> Result<DayOfUse, Failure> {
    let (day, good, refused): (i32, i64, i64) = (row.value()?, row.value()?, row.value()?);
    Ok(DayOfUse { day, good: good.unsigned_abs(), refused: refused.unsigned_abs() })
}

const PURGE: &str = "
    DELETE FROM token_days
    WHERE (token_id, day) IN (
        SELECT token_id, day
        FROM token_days
        WHERE day < $1
        LIMIT $2
        FOR UPDATE SKIP LOCKED
    )";

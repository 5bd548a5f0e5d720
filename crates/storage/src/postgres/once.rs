//! Idempotency keys: a creation under one is done at most once, on whichever node.
//!
//! A key is claimed before its fact is run. Of two nodes that claim one at once, the second waits
//! for the first's commit and then finds what was created.

use authority::error::Prior;
use authority::journal::Draft;
use tokio_postgres::Row;
use uuid::Uuid;

use super::fact::Fact;
use super::failure::Failure;
use super::row::Fields;
use super::session::Session;
use crate::text;

/// In the order of the keys, so that two nodes don't wait for each other.
const CLAIM: &str = "
    INSERT INTO once (key, fingerprint, target_id, used_at)
    SELECT key, fingerprint, target_id, used_at
    FROM unnest($1::BYTEA[], $2::BYTEA[], $3::UUID[], $4::BIGINT[])
        AS claimed (key, fingerprint, target_id, used_at)
    ORDER BY key
    ON CONFLICT DO NOTHING
    RETURNING key";

const PRIORS: &str = "
    SELECT key, fingerprint, target_id
    FROM once
    WHERE key = ANY($1::BYTEA[])";

const RELEASE: &str = "
    DELETE FROM once
    WHERE key = ANY($1::BYTEA[])";

/// Claims the keys of all facts that have one. Those whose key was used before get their prior.
pub(super) async fn claim(session: &Session, facts: &mut [Fact]) -> Result<(), Failure> {
    for fact in facts.iter_mut() {
        fact.prior = None;
    }
    let claims: Vec<&Draft> =
        facts.iter().filter(|f| f.once().is_some()).filter_map(|f| f.note.as_ref()).collect();
    if claims.is_empty() {
        return Ok(());
    }
    let onces = || claims.iter().filter_map(|note| note.once.as_ref());
    let keys: Vec<&[u8]> = onces().map(|once| once.key.as_slice()).collect();
    let fingerprints: Vec<&[u8]> = onces().map(|once| once.fingerprint.as_slice()).collect();
    let targets: Vec<Uuid> = claims.iter().map(|note| note.target.id).collect();
    let times: Vec<i64> = claims.iter().map(|note| text::micros(note.at)).collect();
    let claimed = session.ask(CLAIM, &[&keys, &fingerprints, &targets, &times]).await?.rows;
    if claimed.len() == keys.len() {
        return Ok(());
    }
    let claimed = claimed
        .iter()
        .map(|row| Fields::of(row).value())
        .collect::<Result<Vec<&[u8]>, Failure>>()?;
    let used: Vec<Vec<u8>> =
        keys.into_iter().filter(|key| !claimed.contains(key)).map(<[u8]>::to_vec).collect();
    let priors = session.ask(PRIORS, &[&used]).await?.rows;
    if priors.len() < used.len() {
        return Err(Failure::Other("an idempotency key was forgotten just now".to_owned()));
    }
    priors.iter().try_for_each(|row| replay(facts, row))
}

/// The keys of facts that changed nothing.
pub(super) fn idle(facts: &[Fact]) -> Vec<[u8; 32]> {
    let idle = facts.iter().filter(|fact| fact.prior.is_none() && !fact.changed());
    idle.filter_map(Fact::once).map(|once| once.key).collect()
}

/// Gives up keys.
pub(super) async fn release(session: &Session, keys: &[[u8; 32]]) -> Result<(), Failure> {
    if keys.is_empty() {
        return Ok(());
    }
    let keys: Vec<&[u8]> = keys.iter().map(<[u8; 32]>::as_slice).collect();
    session.ask(RELEASE, &[&keys]).await.map(drop)
}

fn replay(facts: &mut [Fact], row: &Row) -> Result<(), Failure> {
    let mut row = Fields::of(row);
    let key: &[u8] = row.value()?;
    let prior = Prior { fingerprint: row.bytes32()?, target: row.value()? };
    let same = |fact: &&mut Fact| fact.once().is_some_and(|once| once.key == key);
    facts.iter_mut().filter(same).for_each(|fact| fact.prior = Some(prior));
    Ok(())
}

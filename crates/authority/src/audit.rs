//! Auditing: reads the whole journal and says what is wrong with it. It needs a database and the
//! root key, and nothing that serves.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::authority::{Authority, OpenError, keys_fit};
use crate::error::{StoreError, Unavailable};
use crate::journal::{GENESIS, Head, Lane, LaneEnd, Sequence};
use crate::keys::{Keys, RootKey};
use crate::store::Store;

/// Entries, or heads, that are read at a time.
const BATCH: u32 = 1_000;

/// What was found wrong with the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flaw {
    /// This entry of a lane is missing, changed or moved.
    Entry(i32, i64),
    /// A signed head names an end that the journal doesn't have: it was cut or rolled back.
    Head(Timestamp),
    /// A head's signature is not ours.
    Signature(Timestamp),
}

/// Somebody who looks through the journal. It may go on growing meanwhile.
pub struct Audit {
    store: Arc<dyn Store>,
    keys: Keys,
}

impl Audit {
    /// An audit of this database, of which nothing is changed.
    ///
    /// # Errors
    ///
    /// [`OpenError::ForeignKeys`] if the root key is not the one that it was set up with.
    pub async fn open(store: Arc<dyn Store>, root: &RootKey) -> Result<Self, OpenError> {
        let keys = Keys::derive(root)?;
        keys_fit(&*store, &keys).await?;
        Ok(Self { store, keys })
    }

    /// What is wrong with the journal: nothing, if the list is empty. `exported` are signed heads
    /// that were kept outside the database; they show whether it was cut.
    pub async fn flaws(&self, exported: &[Head]) -> Result<Vec<Flaw>, Unavailable> {
        let outcome = look_through(&*self.store, &self.keys, exported).await;
        outcome.map_err(|error| unavailable(&error))
    }
}

impl Authority {
    /// As [`Audit::flaws`], of this authority's own database.
    pub async fn verify_journal(&self, exported: &[Head]) -> Result<Vec<Flaw>, Unavailable> {
        let outcome = look_through(&*self.shared.store, &self.shared.keys, exported).await;
        outcome.map_err(|error| unavailable(&error))
    }
}

fn unavailable(error: &StoreError) -> Unavailable {
    Unavailable(error.to_string())
}

/// What heads say of one place in a lane: its hash, and when they said so.
type Named = HashMap<(Lane, Sequence), Vec<([u8; 32], Timestamp)>>;

async fn look_through(
    store: &dyn Store,
    keys: &Keys,
    exported: &[Head],
) -> Result<Vec<Flaw>, StoreError> {
    let mut flaws = Vec::new();
    let mut named = Named::new();
    let mut hear = |heads: &[Head]| {
        for head in heads {
            if !keys.head_is_ours(&Head::message(head.at, &head.ends), &head.signature) {
                flaws.push(Flaw::Signature(head.at));
            }
            for end in head.ends.iter().filter(|end| end.sequence > 0) {
                named.entry((end.lane, end.sequence)).or_default().push((end.hash, head.at));
            }
        }
    };
    hear(exported);
    let mut after = Timestamp::MIN;
    loop {
        let heads = store.heads(after, BATCH).await?;
        let Some(last) = heads.last() else { break };
        after = last.at;
        hear(&heads);
    }
    let ends = store.lane_ends().await?;
    for end in &ends {
        look_through_lane(store, end, &named, &mut flaws).await?;
    }
    let reaches = |(lane, sequence): &(Lane, Sequence)| {
        ends.iter().any(|end| end.lane == *lane && end.sequence >= *sequence)
    };
    let beyond = named.iter().filter(|(place, _)| !reaches(place)).flat_map(|(_, said)| said);
    let mut cut: Vec<Timestamp> = beyond.map(|(_, at)| *at).collect();
    cut.sort_unstable();
    cut.dedup();
    flaws.extend(cut.into_iter().map(Flaw::Head));
    Ok(flaws)
}

async fn look_through_lane(
    store: &dyn Store,
    end: &LaneEnd,
    named: &Named,
    flaws: &mut Vec<Flaw>,
) -> Result<(), StoreError> {
    let (mut previous, mut next) = (GENESIS, 1);
    while next <= end.sequence {
        let entries = store.lane_entries(end.lane, next, BATCH).await?;
        if entries.is_empty() {
            flaws.push(Flaw::Entry(end.lane, next));
            break;
        }
        for entry in entries {
            if entry.sequence != next || !entry.follows(&previous) {
                flaws.push(Flaw::Entry(end.lane, next));
                return Ok(());
            }
            let said = named.get(&(end.lane, next)).into_iter().flatten();
            let other = said.filter(|(hash, _)| *hash != entry.hash);
            flaws.extend(other.map(|(_, at)| Flaw::Head(*at)));
            (previous, next) = (entry.hash, next + 1);
        }
    }
    Ok(())
}

//! The journal: one lane, whose sequence is the key of its table.

use async_trait::async_trait;
use authority::error::StoreError;
use authority::journal::{
    Before, By, Cursors, Draft, Entry, EntryFilter, GENESIS, Head, Lane, LaneEnd, Sequence, Target,
};
use authority::store::JournalStore;
use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::Sqlite;
use super::order::Told;
use super::row::{Asked, Failure, Fields, all, at, key, one, run};
use crate::text;

/// The one lane.
const LANE: Lane = 1;

#[async_trait]
impl JournalStore for Sqlite {
    async fn entries_after(&self, cursors: &Cursors, most: u32) -> Result<Vec<Entry>, StoreError> {
        let after = cursors.get(&LANE).copied().unwrap_or(0);
        self.read(move |db| entries_from(db, after.saturating_add(1), most)).await
    }

    async fn lane_entries(
        &self,
        lane: Lane,
        first: Sequence,
        most: u32,
    ) -> Result<Vec<Entry>, StoreError> {
        if lane != LANE {
            return Ok(Vec::new());
        }
        self.read(move |db| entries_from(db, first, most)).await
    }

    async fn entries(
        &self,
        filter: &EntryFilter,
        before: Option<Before>,
        most: u32,
    ) -> Result<Vec<Entry>, StoreError> {
        let filter = filter.clone();
        self.read(move |db| entries(db, filter, before, most)).await
    }

    async fn enter(&self, note: Draft) -> Result<(), StoreError> {
        self.tell(note, |_, _| Ok(Told::done(()))).await
    }

    async fn lane_ends(&self) -> Result<Vec<LaneEnd>, StoreError> {
        self.read(|db| Ok(vec![lane_end(db)?])).await
    }

    async fn keep_head(&self, head: &Head) -> Result<(), StoreError> {
        let head = head.clone();
        self.write(move |db| keep_head(db, &head)).await
    }

    async fn heads(&self, after: Timestamp, most: u32) -> Result<Vec<Head>, StoreError> {
        self.read(move |db| all(db, HEADS, params![at(after), most], head)).await
    }
}

const ENROL: &str = "
    INSERT INTO journal (sequence, id, at, by_kind, by_id, by_token, action, target_kind,
        target_id, organization_id, detail, forget, previous, hash)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";

/// Gives an entry the place after `end`, and says where the lane ends then.
pub(super) fn enrol(db: &Connection, note: &Draft, end: &LaneEnd) -> Result<LaneEnd, Failure> {
    let sequence = end.sequence.saturating_add(1);
    let hash = Entry::hash_of(LANE, sequence, note, &end.hash);
    let (by_kind, by_id) = note.by.who.parts();
    run(
        db,
        ENROL,
        params![
            sequence,
            key(note.id),
            at(note.at),
            by_kind,
            by_id.map(uuid::Uuid::into_bytes),
            note.by.token.map(key),
            note.action,
            note.target.kind,
            note.target.id.into_bytes(),
            note.organization.map(key),
            text::of_detail(&note.detail),
            text::of_forget(&note.forget),
            end.hash,
            hash,
        ],
    )?;
    Ok(LaneEnd { lane: LANE, sequence, hash })
}

const LANE_END: &str = "
    SELECT sequence, hash
    FROM journal
    ORDER BY sequence DESC
    LIMIT 1";

pub(super) fn lane_end(db: &Connection) -> Result<LaneEnd, Failure> {
    let empty = LaneEnd { lane: LANE, sequence: 0, hash: GENESIS };
    let read = |row: &mut Fields<'_>| {
        Ok(LaneEnd { lane: LANE, sequence: row.value()?, hash: row.hash()? })
    };
    Ok(one(db, LANE_END, [], read)?.unwrap_or(empty))
}

macro_rules! entry_columns {
    () => {
        "sequence, id, at, by_kind, by_id, by_token, action, target_kind, target_id,
        organization_id, detail, forget, previous, hash"
    };
}
pub(super) use entry_columns;

pub(super) fn entry(row: &mut Fields<'_>) -> Result<Entry, Failure> {
    Ok(Entry {
        lane: LANE,
        sequence: row.value()?,
        draft: Draft {
            id: row.id()?,
            at: row.time()?,
            by: by(row)?,
            action: row.value()?,
            target: Target { kind: row.value()?, id: row.uuid()? },
            organization: row.maybe_id()?,
            detail: row.spelled(text::detail)?,
            forget: row.spelled(text::forget)?,
            once: None,
        },
        previous: row.hash()?,
        hash: row.hash()?,
    })
}

fn by(row: &mut Fields<'_>) -> Result<By, Failure> {
    let kind: String = row.value()?;
    Ok(By { who: text::who(&kind, row.maybe_uuid()?)?, token: row.maybe_id()? })
}

const ENTRIES_FROM: &str = concat!(
    "SELECT ",
    entry_columns!(),
    "
    FROM journal
    WHERE sequence >= ?1
    ORDER BY sequence
    LIMIT ?2"
);

fn entries_from(db: &Connection, first: Sequence, most: u32) -> Result<Vec<Entry>, Failure> {
    all(db, ENTRIES_FROM, params![first, most], entry)
}

const ENTRIES: &str = concat!(
    "SELECT ",
    entry_columns!(),
    "
    FROM journal
    WHERE sequence < ?"
);

/// In one lane, newest first is highest first, whatever the clock did.
fn entries(
    db: &Connection,
    filter: EntryFilter,
    before: Option<Before>,
    most: u32,
) -> Result<Vec<Entry>, Failure> {
    Asked::new(ENTRIES, before.map_or(Sequence::MAX, |before| before.sequence))
        .and("organization_id = ?", filter.organization.map(key))
        .and("target_id = ?", filter.target.map(uuid::Uuid::into_bytes))
        .and("by_id = ?", filter.by.map(uuid::Uuid::into_bytes))
        .and("action = ?", filter.action)
        .ending("ORDER BY sequence DESC LIMIT ?", most)
        .all(db, entry)
}

const KEEP_HEAD: &str = "
    INSERT INTO heads (at, ends, signature)
    VALUES (?1, ?2, ?3)";

fn keep_head(db: &Connection, head: &Head) -> Result<(), Failure> {
    let ends = text::of_ends(&head.ends);
    run(db, KEEP_HEAD, params![at(head.at), ends, head.signature]).map(drop)
}

const HEADS: &str = "
    SELECT at, ends, signature
    FROM heads
    WHERE at > ?1
    ORDER BY at, number
    LIMIT ?2";

fn head(row: &mut Fields<'_>) -> Result<Head, Failure> {
    Ok(Head { at: row.time()?, ends: row.spelled(text::ends)?, signature: row.value()? })
}

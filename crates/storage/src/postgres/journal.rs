//! The journal: lanes, each filled by one writer.

use async_trait::async_trait;
use authority::error::StoreError;
use authority::id::Id;
use authority::journal::{
    Before, By, Cursors, Draft, Entry, EntryFilter, Head, Lane, LaneEnd, Sequence, Target,
};
use authority::store::JournalStore;
use jiff::Timestamp;
use uuid::Uuid;

use super::Postgres;
use super::fact::Told;
use super::failure::Failure;
use super::row::{Asked, Fields, read_all};
use super::session::{Params, Session};
use super::statement::{Statement, values};
use crate::text::{self, micros};

#[async_trait]
impl JournalStore for Postgres {
    async fn entries_after(&self, cursors: &Cursors, most: u32) -> Result<Vec<Entry>, StoreError> {
        let (lanes, after): (Vec<Lane>, Vec<Sequence>) = cursors.iter().unzip();
        let asked: Params<'_> = &[&lanes, &after, &i64::from(most)];
        let rows = self.followers.rows(ENTRIES_AFTER, asked).await?;
        Ok(read_all(&rows, entry)?)
    }

    async fn lane_entries(
        &self,
        lane: Lane,
        first: Sequence,
        most: u32,
    ) -> Result<Vec<Entry>, StoreError> {
        self.all(LANE_ENTRIES, &[&lane, &first, &i64::from(most)], entry).await
    }

    async fn entries(
        &self,
        filter: &EntryFilter,
        before: Option<Before>,
        most: u32,
    ) -> Result<Vec<Entry>, StoreError> {
        let EntryFilter { organization, target, by, action } = filter.clone();
        let start = Before { at: Timestamp::MAX, lane: Lane::MAX, sequence: Sequence::MAX };
        let Before { at, lane, sequence } = before.unwrap_or(start);
        Asked::new(ENTRIES, micros(at))
            .with(lane)
            .with(sequence)
            .and("e.organization_id = ?", organization.map(Id::uuid))
            .and("e.target_id = ?", target)
            .and("e.by_id = ?", by)
            .and("e.action = ?", action)
            .ending("ORDER BY e.at DESC, e.lane DESC, e.sequence DESC LIMIT ?", most)
            .all(self, entry)
            .await
    }

    async fn enter(&self, note: Draft) -> Result<(), StoreError> {
        self.say(note, Statement::new("SELECT", values![]), |_| Ok(Told::done(()))).await
    }

    async fn lane_ends(&self) -> Result<Vec<LaneEnd>, StoreError> {
        self.all(LANE_ENDS, &[], lane_end).await
    }

    async fn keep_head(&self, head: &Head) -> Result<(), StoreError> {
        let Head { at, ends, signature } = head;
        let values = values![micros(*at), text::of_ends(ends), signature.clone()];
        self.write(Statement::new(KEEP_HEAD, values)).await.map(drop)
    }

    async fn heads(&self, after: Timestamp, most: u32) -> Result<Vec<Head>, StoreError> {
        self.all(HEADS, &[&micros(after), &i64::from(most)], head).await
    }
}

const ENROL: &str = "
    INSERT INTO journal (lane, sequence, id, at, by_kind, by_id, by_token, action, target_kind,
        target_id, organization_id, detail, forget, previous, hash)
    SELECT $1, *
    FROM unnest($2::BIGINT[], $3::UUID[], $4::BIGINT[], $5::TEXT[], $6::UUID[], $7::UUID[],
        $8::TEXT[], $9::TEXT[], $10::UUID[], $11::UUID[], $12::TEXT[], $13::TEXT[], $14::BYTEA[],
        $15::BYTEA[])";

/// Writes entries that have their places, in one statement.
pub(super) async fn enrol(session: &Session, entries: &[Entry]) -> Result<(), Failure> {
    let Some(Entry { lane, .. }) = entries.first() else { return Ok(()) };
    let who = |entry: &Entry| entry.draft.by.who.parts();
    let written = session
        .ask(
            ENROL,
            &[
                lane,
                &column(entries, |entry| entry.sequence),
                &column(entries, |entry| entry.draft.id.uuid()),
                &column(entries, |entry| micros(entry.draft.at)),
                &column(entries, |entry| who(entry).0),
                &column(entries, |entry| who(entry).1),
                &column(entries, |entry| entry.draft.by.token.map(Id::uuid)),
                &column(entries, |entry| entry.draft.action.as_str()),
                &column(entries, |entry| entry.draft.target.kind.as_str()),
                &column(entries, |entry| entry.draft.target.id),
                &column(entries, |entry| entry.draft.organization.map(Id::uuid)),
                &column(entries, |entry| text::of_detail(&entry.draft.detail)),
                &column(entries, |entry| text::of_forget(&entry.draft.forget)),
                &column(entries, |entry| entry.previous.as_slice()),
                &column(entries, |entry| entry.hash.as_slice()),
            ],
        )
        .await?;
    if written.touched != entries.len() as u64 {
        return Err(Failure::Other("entries are missing".to_owned()));
    }
    Ok(())
}

fn column<'a, T>(entries: &'a [Entry], of: impl Fn(&'a Entry) -> T) -> Vec<T> {
    entries.iter().map(of).collect()
}

macro_rules! entry_columns {
    () => {
        "e.lane, e.sequence, e.id, e.at, e.by_kind, e.by_id, e.by_token, e.action, e.target_kind,
        e.target_id, e.organization_id, e.detail, e.forget, e.previous, e.hash"
    };
}
pub(super) use entry_columns;

pub(super) fn entry(row: &mut Fields<'_>) -> Result<Entry, Failure> {
    Ok(Entry {
        lane: row.value()?,
        sequence: row.value()?,
        draft: Draft {
            id: row.id()?,
            at: row.time()?,
            by: by(row)?,
            action: row.value()?,
            target: Target { kind: row.value()?, id: row.value()? },
            organization: row.maybe_id()?,
            detail: row.spelled(text::detail)?,
            forget: row.spelled(text::forget)?,
            once: None,
        },
        previous: row.bytes32()?,
        hash: row.bytes32()?,
    })
}

fn by(row: &mut Fields<'_>) -> Result<By, Failure> {
    let (kind, id): (&str, Option<Uuid>) = (row.value()?, row.value()?);
    Ok(By { who: text::who(kind, id)?, token: row.maybe_id()? })
}

/// Lanes are read evenly, so that a busy one does not hide the others. One statement sees one
/// moment, and a lane's entries are committed in their order: none is seen before the one below.
const ENTRIES_AFTER: &str = concat!(
    "
    SELECT ",
    entry_columns!(),
    "
    FROM lanes l
    LEFT JOIN unnest($1::INTEGER[], $2::BIGINT[]) AS cursor (lane, after) ON cursor.lane = l.lane
    CROSS JOIN LATERAL (
        SELECT *
        FROM journal
        WHERE journal.lane = l.lane AND journal.sequence > COALESCE(cursor.after, 0)
        ORDER BY journal.sequence
        LIMIT $3
    ) AS e
    ORDER BY e.sequence - COALESCE(cursor.after, 0), e.lane
    LIMIT $3"
);

const LANE_ENTRIES: &str = concat!(
    "
    SELECT ",
    entry_columns!(),
    "
    FROM journal e
    WHERE e.lane = $1 AND e.sequence >= $2
    ORDER BY e.sequence
    LIMIT $3"
);

const ENTRIES: &str = concat!(
    "
    SELECT ",
    entry_columns!(),
    "
    FROM journal e
    WHERE (e.at, e.lane, e.sequence) < ($1, $2, $3)"
);

const LANE_ENDS: &str = r"
    SELECT l.lane, COALESCE(e.sequence, 0), COALESCE(e.hash, decode(repeat('00', 32), 'hex'))
    FROM lanes l
    LEFT JOIN LATERAL (
        SELECT sequence, hash
        FROM journal
        WHERE journal.lane = l.lane
        ORDER BY journal.sequence DESC
        LIMIT 1
    ) AS e ON TRUE
    ORDER BY l.lane";

fn lane_end(row: &mut Fields<'_>) -> Result<LaneEnd, Failure> {
    Ok(LaneEnd { lane: row.value()?, sequence: row.value()?, hash: row.bytes32()? })
}

const KEEP_HEAD: &str = "
    INSERT INTO heads (at, ends, signature)
    VALUES ($1, $2, $3)";

const HEADS: &str = "
    SELECT at, ends, signature
    FROM heads
    WHERE at > $1
    ORDER BY at, number
    LIMIT $2";

fn head(row: &mut Fields<'_>) -> Result<Head, Failure> {
    Ok(Head { at: row.time()?, ends: row.spelled(text::ends)?, signature: row.value()? })
}

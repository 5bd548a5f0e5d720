//! A writer's desk: its session, the lane that it holds, and how a batch of facts becomes one
//! transaction there.
//!
//! **Invariant**: the lane's end moves only after a commit that is known to have happened.

use std::time::Duration;

use authority::journal::{Draft, Entry, GENESIS, Lane, LaneEnd};
use futures_util::future::join;
use tokio::time::timeout;

use super::connect::Connector;
use super::fact::Fact;
use super::failure::Failure;
use super::line::Line;
use super::session::{Answer, Session};
use super::{journal, once};

/// How long a batch may take up to its commit, and the commit after it, before the connection is
/// given up. The server's own limits on statements and locks are shorter.
const LONGEST: Duration = Duration::from_secs(4);

/// Keys of the advisory locks of lanes: this, and the lane. Spells `lane`.
const LANE_LOCKS: i32 = 0x6c61_6e65;

/// A lane is free if nobody holds its lock. The lock dies with the connection.
const TAKE_LANE: &str = "
    SELECT pg_try_advisory_lock($1, $2)";

const ENROL_LANE: &str = "
    INSERT INTO lanes (lane)
    VALUES ($1)
    ON CONFLICT DO NOTHING";

const LANE_END: &str = "
    SELECT sequence, hash
    FROM journal
    WHERE lane = $1
    ORDER BY sequence DESC
    LIMIT 1";

/// The writer's session and its lane's end.
pub(super) struct Desk {
    session: Session,
    end: LaneEnd,
}

/// Why a transaction did not happen, or may not have.
pub(super) enum Setback {
    /// The server undid it. The connection is good.
    Undone(Failure),
    /// The connection is no good any more, and nothing was asked to be committed on it.
    Lost(Failure),
    /// The commit was asked for and no clear answer came.
    Unknown(Failure),
}

impl Desk {
    /// Connects, takes the first lane that nobody holds and reads its end.
    pub(super) async fn open(connector: &Connector) -> Result<Self, Failure> {
        let session = connector.session().await?;
        let end = timeout(LONGEST, take_lane(&session)).await.map_err(|_| late())??;
        Ok(Self { session, end })
    }

    /// Which lane it fills.
    pub(super) fn lane(&self) -> Lane {
        self.end.lane
    }

    /// Runs facts in one transaction, with their entries. On success they can be told.
    pub(super) async fn transact(&mut self, facts: &mut [Fact]) -> Result<(), Setback> {
        let warnings = self.session.warnings();
        match timeout(LONGEST, self.work(facts)).await {
            Ok(Ok(())) => {}
            Ok(Err(failure)) => return Err(self.undo(failure).await),
            Err(_) => return Err(Setback::Lost(late())),
        }
        let (idle, entries) = (once::idle(facts), self.seal(facts));
        match timeout(LONGEST, self.commit(&idle, &entries)).await {
            Ok(result) => result?,
            Err(_) => return Err(Setback::Unknown(late())),
        }
        if self.session.warnings() != warnings {
            let why = "the server warned at the commit: it may be kept on one server only";
            return Err(Setback::Unknown(Failure::Other(why.to_owned())));
        }
        if let Some(Entry { lane, sequence, hash, .. }) = entries.last() {
            self.end = LaneEnd { lane: *lane, sequence: *sequence, hash: *hash };
        }
        Ok(())
    }

    /// Sends `BEGIN` and every fact without waiting between, then waits for all.
    async fn work(&self, facts: &mut [Fact]) -> Result<(), Failure> {
        let session = &self.session;
        let mut line = Line::on(session);
        line.send(session.run("BEGIN READ WRITE")).await;
        once::claim(session, facts).await?;
        for fact in facts.iter_mut().filter(|fact| fact.prior.is_none()) {
            line.send(fact.run(session)).await;
        }
        line.answers().await
    }

    /// Gives every fact that changed something its place in the lane.
    fn seal(&self, facts: &[Fact]) -> Vec<Entry> {
        let LaneEnd { lane, mut sequence, hash: mut previous } = self.end;
        let enrolled = facts.iter().filter(|fact| fact.changed());
        let drafts = enrolled.filter_map(|fact| fact.note.clone());
        let place = |draft: Draft| {
            sequence += 1;
            let entry = draft.seal(lane, sequence, previous);
            previous = entry.hash;
            entry
        };
        drafts.map(place).collect()
    }

    /// Gives up idle keys, writes the entries and commits, in one round trip.
    async fn commit(&self, idle: &[[u8; 32]], entries: &[Entry]) -> Result<(), Setback> {
        let session = &self.session;
        let mut line = Line::on(session);
        line.send(once::release(session, idle)).await;
        line.send(journal::enrol(session, entries)).await;
        if line.has_failed() {
            // No entry, no change.
            let failure = line.answers().await.err().unwrap_or_else(late);
            return Err(self.undo(failure).await);
        }
        match join(line.answers(), session.run("COMMIT")).await {
            (Ok(()), Ok(())) => Ok(()),
            (Err(failure), Ok(())) if failure.is_misplaced() => Err(Setback::Lost(failure)),
            // The server refused a statement before the commit, so it undid all.
            (Err(failure), Ok(())) if failure.is_refusal() => Err(Setback::Undone(failure)),
            (Err(failure), _) | (Ok(()), Err(failure)) => Err(Setback::Unknown(failure)),
        }
    }

    /// Undoes what failed before its commit.
    async fn undo(&self, failure: Failure) -> Setback {
        let undone = timeout(LONGEST, self.session.run("ROLLBACK")).await;
        match undone {
            Ok(Ok(())) if !self.session.is_closed() => Setback::Undone(failure),
            _ => Setback::Lost(failure),
        }
    }
}

async fn take_lane(session: &Session) -> Result<LaneEnd, Failure> {
    let mut lane: Lane = 1;
    while !holds(&session.ask(TAKE_LANE, &[&LANE_LOCKS, &lane]).await?)? {
        lane += 1;
    }
    session.run("BEGIN READ WRITE").await?;
    session.ask(ENROL_LANE, &[&lane]).await?;
    session.run("COMMIT").await?;
    let empty = LaneEnd { lane, sequence: 0, hash: GENESIS };
    let end = session.ask(LANE_END, &[&lane]).await?;
    end.first().map_or(Ok(empty), |mut row| {
        Ok(LaneEnd { lane, sequence: row.value()?, hash: row.bytes32()? })
    })
}

fn holds(answer: &Answer) -> Result<bool, Failure> {
    answer.first().map_or(Ok(false), |mut row| row.value())
}

fn late() -> Failure {
    Failure::Late(LONGEST.as_millis())
}

//! The checker: reads a history, says which promises were broken.
//!
//! Read [`Promise`], then [`judge`]; then `tokens` and `sessions` (what the answers say), and `roll`
//! (what the journal says about the answers).
//!
//! **Invariant**: it reads the history only. Every judgement is made at the end, when all that is
//! known of a key is known, so it is linear in the length of the history.

mod roll;
mod sessions;
mod tokens;

use std::collections::HashSet;
use std::fmt;
use std::io;

use crate::history::{Did, Line, Moment, Operation, Outcome, Victim};
use crate::model::Span;
use roll::Roll;
use sessions::Sessions;
use tokens::Tokens;

/// What is promised, and can be found broken. The numbers are those of the fault book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Promise {
    /// I1: a token that was answered is good until somebody ends it.
    LostIssue,
    /// I2: a revocation that was answered is never forgotten.
    ForgottenRevoke,
    /// I3: what was denied is never good again.
    Resurrected,
    /// I4: a use-once token is accepted once.
    UsedTwice,
    /// I5: a refresh token has one live successor at most.
    TwoSuccessors,
    /// I5: nothing of a family lives on after the reuse of an old refresh token.
    LiveAfterReuse,
    /// I6: nobody is somebody else.
    SomebodyElse,
    /// I7: a change that was answered has an entry.
    MissingEntry,
    /// I7: a change has one entry only.
    DuplicatedEntry,
    /// I7: what was refused has no entry.
    EntryForRefused,
    /// I7: nothing is entered that nobody asked for.
    EntryFromNowhere,
    /// I7: the journal is whole: no gap, no fork, nothing rewritten.
    BrokenJournal,
    /// I8: neither scope nor life ever grows.
    Grown,
}

impl Promise {
    /// Its number and its short name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LostIssue => "I1 lost issue",
            Self::ForgottenRevoke => "I2 forgotten revoke",
            Self::Resurrected => "I3 resurrection",
            Self::UsedTwice => "I4 use-once accepted twice",
            Self::TwoSuccessors => "I5 two live successors",
            Self::LiveAfterReuse => "I5 live after reuse",
            Self::SomebodyElse => "I6 somebody else",
            Self::MissingEntry => "I7 missing journal entry",
            Self::DuplicatedEntry => "I7 duplicated journal entry",
            Self::EntryForRefused => "I7 journal entry for a refused change",
            Self::EntryFromNowhere => "I7 journal entry that nobody asked for",
            Self::BrokenJournal => "I7 broken journal",
            Self::Grown => "I8 scope or life has grown",
        }
    }
}

/// A broken promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub promise: Promise,
    /// Of which token, session, label or lane.
    pub key: String,
    /// How it shows.
    pub said: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.promise.name(), self.key, self.said)
    }
}

/// What there was to judge.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    /// Operations in all.
    pub operations: u64,
    /// Answered with yes.
    pub acknowledged: u64,
    /// Of those, the ones that changed something.
    pub changes: u64,
    /// Answered with no.
    pub refused: u64,
    /// Not answered.
    pub unknown: u64,
    /// Spends of use-once tokens that were tried.
    pub spends: u64,
    /// Refresh tokens that were shown.
    pub refreshes: u64,
    /// Entries of the journal.
    pub entries: u64,
    /// Kills of the server.
    pub kills: u64,
    /// Kills of the database under it.
    pub database_kills: u64,
    /// Operations under way at a kill.
    pub in_flight: u64,
    /// Microseconds from each start of the server to its first answer.
    pub starts: Vec<u64>,
    /// Microseconds from each kill of the database to the server's next readiness.
    pub gaps: Vec<u64>,
}

/// A history, judged.
#[derive(Debug, Clone, Default)]
pub struct Judgement {
    /// What there was.
    pub tally: Tally,
    /// What is wrong.
    pub violations: Vec<Violation>,
}

#[derive(Default)]
struct Checker {
    wall_at_zero: i64,
    tally: Tally,
    tokens: Tokens,
    sessions: Sessions,
    roll: Roll,
    secrets: HashSet<String>,
    found: Vec<Violation>,
}

/// Judges a history.
///
/// # Errors
///
/// If it can't be read. An unreadable history is not judged at all.
pub fn judge(lines: impl IntoIterator<Item = io::Result<Line>>) -> io::Result<Judgement> {
    let mut checker = Checker::default();
    for line in lines {
        checker.hear(line?);
    }
    Ok(checker.conclude())
}

impl Checker {
    fn hear(&mut self, line: Line) {
        match line {
            Line::Run(run) => self.wall_at_zero = run.wall_at_zero,
            Line::Operation(operation) => self.hear_operation(operation),
            Line::Kill(kill) => {
                self.tally.in_flight += kill.in_flight;
                match kill.what {
                    Victim::Server => self.tally.kills += 1,
                    Victim::Database => self.tally.database_kills += 1,
                }
            }
            Line::Start(start) => match start.what {
                Victim::Server => self.tally.starts.push(start.took),
                Victim::Database => self.tally.gaps.push(start.took),
            },
            Line::Journal(journal) => self.roll.hear_judgement(&journal),
            Line::Entry(entry) => {
                self.tally.entries += 1;
                self.roll.hear(entry);
            }
        }
    }

    fn hear_operation(&mut self, operation: Operation) {
        self.count(&operation);
        if let Some(secret) = &operation.answer.secret
            && !self.secrets.insert(secret.clone())
        {
            let said = "its secret was given to somebody before".to_owned();
            let key = operation.key.clone().unwrap_or_default();
            self.found.push(Violation { promise: Promise::SomebodyElse, key, said });
        }
        match operation.did {
            Did::Issue { .. } | Did::Check { .. } | Did::Revoke => self.tokens.hear(operation),
            Did::CheckAccess { .. } | Did::LogIn { .. } | Did::Refresh { .. } | Did::LogOut => {
                self.sessions.hear(operation);
            }
        }
    }

    fn count(&mut self, operation: &Operation) {
        let tally = &mut self.tally;
        tally.operations += 1;
        let (changes, counted) = match operation.did {
            Did::Check { once } => (once, once.then_some(&mut tally.spends)),
            Did::Refresh { .. } => (true, Some(&mut tally.refreshes)),
            Did::CheckAccess { .. } => (false, None),
            Did::Issue { .. } | Did::Revoke | Did::LogIn { .. } | Did::LogOut => (true, None),
        };
        if let Some(counted) = counted {
            *counted += 1;
        }
        match operation.outcome {
            Outcome::Ok => {
                tally.acknowledged += 1;
                tally.changes += u64::from(changes);
            }
            Outcome::Refused => tally.refused += 1,
            Outcome::Unknown => tally.unknown += 1,
        }
    }

    fn conclude(self) -> Judgement {
        let Self { wall_at_zero, tally, tokens, sessions, roll, found: mut violations, .. } = self;
        let wall = Wall(wall_at_zero);
        let (tokens, broken) = tokens.conclude(wall);
        violations.extend(broken);
        let (sessions, broken) = sessions.conclude(wall);
        violations.extend(broken);
        violations.extend(roll.conclude(&tokens, &sessions));
        violations.sort_by(|a, b| (a.promise, &a.key).cmp(&(b.promise, &b.key)));
        Judgement { tally, violations }
    }
}

/// The wall clock, as the run's own clock sees it.
#[derive(Debug, Clone, Copy)]
struct Wall(i64);

/// How far the run's clock and the server's may be apart: one is slewed, the other is not.
const SLACK: Moment = 250_000;

impl Wall {
    /// Before this moment a thing that ends at `expires` has surely not ended; after the second,
    /// it surely has.
    fn ends(self, expires: i64) -> Span {
        let moment = Moment::try_from(expires.saturating_sub(self.0)).unwrap_or(0);
        Span { from: moment.saturating_sub(SLACK), to: moment.saturating_add(SLACK) }
    }
}

fn span(operation: &Operation) -> Span {
    Span { from: operation.invoked, to: operation.completed }
}

/// How many changes the answers allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Changes {
    /// Answered with yes.
    acknowledged: usize,
    /// Not answered.
    unknown: usize,
    /// Answered with no.
    refused: usize,
}

impl Changes {
    fn count(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Ok => self.acknowledged += 1,
            Outcome::Refused => self.refused += 1,
            Outcome::Unknown => self.unknown += 1,
        }
    }

    /// Of a change that can be made once only, and is acknowledged again without being made.
    fn once(self) -> Self {
        let acknowledged = self.acknowledged.min(1);
        let unknown = self.unknown.min(1 - acknowledged);
        Self { acknowledged, unknown, ..self }
    }
}

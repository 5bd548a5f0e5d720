//! The history: one JSON line for each operation, kill, start and journal entry.
//!
//! All times are microseconds of one monotonic clock since the run began. Operations stand in the
//! order in which they ended.
//!
//! **Invariant**: no line holds a secret. Where it matters which secret was meant, there is a short
//! prefix of its SHA-256.

use std::io::{self, BufRead, Write};

use serde::{Deserialize, Serialize};

/// Microseconds since the run began.
pub type Moment = u64;

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub enum Line {
    /// The first line.
    Run(Run),
    /// Something that a client did.
    Operation(Operation),
    /// Something was killed.
    Kill(Kill),
    /// Something was started and answers.
    Start(Start),
    /// The server's own judgement of its journal.
    Journal(Journal),
    /// An entry of the journal.
    Entry(Entry),
}

/// What a run is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// From which every random choice follows.
    pub seed: u64,
    /// `sqlite` or `postgres`.
    pub database: String,
    /// Microseconds since 1970 when the run's clock was zero.
    pub wall_at_zero: i64,
}

/// Something that a client did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Operation {
    /// Which client. A client does one thing after another.
    pub process: u32,
    /// Public id of the token or session; none where only a lost answer would have told it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub key: Option<String>,
    /// What was asked.
    #[serde(rename = "operation")]
    pub did: Did,
    /// Before the request was written.
    pub invoked: Moment,
    /// After the answer was read, or given up.
    pub completed: Moment,
    /// What became of it.
    pub outcome: Outcome,
    /// What was answered.
    #[serde(skip_serializing_if = "Answer::is_empty", default)]
    pub answer: Answer,
}

/// What was asked, with its arguments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Did {
    /// A new token. No two operations of a run have the same label.
    Issue {
        /// By which the journal knows it too.
        label: String,
        /// Whether it is good for one use only.
        once: bool,
        /// Who shall hold it.
        holder: String,
        /// For what it shall be good.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        scope: Option<String>,
        /// Microseconds since 1970 at which it shall end, if that was asked.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        expires: Option<i64>,
    },
    /// Is this token good? The key is the token's.
    Check {
        /// Whether it is good for one use only, so that a yes takes it.
        once: bool,
    },
    /// Is this access token good? The key is its session's.
    CheckAccess {
        /// The refresh token's generation that it came with.
        generation: i64,
    },
    /// The end of a token.
    Revoke,
    /// A new session.
    LogIn {
        /// Who.
        user: String,
        /// Whether by a mailed link, which is spent by it, and not by a password.
        #[serde(skip_serializing_if = "std::ops::Not::not", default)]
        link: bool,
    },
    /// The next refresh token of a session, for an earlier one.
    Refresh {
        /// Generation of the one that was shown.
        shown: i64,
    },
    /// The end of a session.
    LogOut,
}

/// What became of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Yes: it was done, or the token is good.
    Ok,
    /// No: nothing was done, or the token is not good.
    Refused,
    /// Nobody can say: no answer, or one that says that there is none (5xx).
    Unknown,
}

/// What was answered, as far as the promises speak of it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Answer {
    /// The HTTP status.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub status: Option<u16>,
    /// The token's id, as a check tells it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub token: Option<String>,
    /// Whose it is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub subject: Option<String>,
    /// In which organization it is good.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub organization: Option<String>,
    /// For what it is good.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub scope: Option<String>,
    /// Microseconds since 1970 at which it ends.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires: Option<i64>,
    /// The new refresh token's generation.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub generation: Option<i64>,
    /// Which secret was given: 8 bytes of its SHA-256.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub secret: Option<String>,
}

impl Answer {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Something was killed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kill {
    /// When the signal was sent.
    pub at: Moment,
    /// What.
    pub what: Victim,
    /// Operations that had begun and not ended.
    pub in_flight: u64,
}

/// What can be killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Victim {
    /// The server.
    Server,
    /// The database that it uses.
    Database,
}

/// Something was started and answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// When it answered.
    pub at: Moment,
    /// What.
    pub what: Victim,
    /// Microseconds from its start to its first answer; of a database, from its kill to the first
    /// moment at which the server was ready again.
    pub took: u64,
}

/// The server's own judgement of its journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Journal {
    /// When it was asked.
    pub at: Moment,
    /// Whether it found the journal whole.
    pub verified: bool,
    /// What it said otherwise.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub said: String,
}

/// An entry of the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its identity.
    pub id: String,
    /// Its lane.
    pub lane: i32,
    /// Its place in the lane.
    pub sequence: i64,
    /// What was done.
    pub action: String,
    /// What it was done to.
    pub target: String,
    /// The label of a new token.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub label: Option<String>,
    /// The generation that a refresh made.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub generation: Option<i64>,
    /// Hash of the entry before it in its lane.
    pub previous: String,
    /// Its own hash.
    pub hash: String,
}

/// Writes one line.
pub fn write(line: &Line, to: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer(&mut *to, line)?;
    to.write_all(b"\n")
}

/// Reads a history, line by line.
///
/// # Errors
///
/// What can't be read, with the number of its line. A last line that was cut off is one of those:
/// a history is judged whole or not at all.
pub fn read(from: impl BufRead) -> impl Iterator<Item = io::Result<Line>> {
    from.lines().enumerate().map(|(index, text)| {
        serde_json::from_str(&text?).map_err(|error| {
            let said = format!("line {}: {error}", index.saturating_add(1));
            io::Error::new(io::ErrorKind::InvalidData, said)
        })
    })
}

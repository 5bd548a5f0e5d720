//! Histories made by hand: each call is one line, and time passes between them.

use trials::checker::{Judgement, Promise, judge};
use trials::history::{Answer, Did, Entry, Line, Operation, Outcome, Run};

/// Wall time at the beginning, in microseconds since 1970.
pub(crate) const NOON: i64 = 1_767_268_800_000_000;

/// A history that is being made up.
pub(crate) struct Story {
    pub(crate) lines: Vec<Line>,
    pub(crate) now: u64,
    sequence: i64,
}

impl Story {
    pub(crate) fn new() -> Self {
        let run = Run { seed: 1, database: "none".to_owned(), wall_at_zero: NOON };
        Self { lines: vec![Line::Run(run)], now: 0, sequence: 0 }
    }

    /// Time passes.
    pub(crate) fn pass(&mut self, millis: u64) -> &mut Self {
        self.now += millis * 1_000;
        self
    }

    /// Something that begins now and ends a millisecond later.
    pub(crate) fn does(&mut self, key: &str, did: Did, outcome: Outcome) -> &mut Self {
        self.answers(key, did, outcome, Answer::default())
    }

    pub(crate) fn answers(
        &mut self,
        key: &str,
        did: Did,
        outcome: Outcome,
        answer: Answer,
    ) -> &mut Self {
        let key = (!key.is_empty()).then(|| key.to_owned());
        let (invoked, completed) = (self.now, self.now + 1_000);
        self.now += 2_000;
        let process = 1;
        let operation = Operation { process, key, did, invoked, completed, outcome, answer };
        self.lines.push(Line::Operation(operation));
        self
    }

    pub(crate) fn issue(&mut self, token: &str, once: bool, outcome: Outcome) -> &mut Self {
        let label = format!("label of {token}");
        let did =
            Did::Issue { label, once, holder: "alice".to_owned(), scope: None, expires: None };
        let key = if outcome == Outcome::Ok { token } else { "" };
        self.answers(key, did, outcome, Answer::default())
    }

    pub(crate) fn check(&mut self, token: &str, once: bool, outcome: Outcome) -> &mut Self {
        self.does(token, Did::Check { once }, outcome)
    }

    pub(crate) fn revoke(&mut self, token: &str, outcome: Outcome) -> &mut Self {
        self.does(token, Did::Revoke, outcome)
    }

    pub(crate) fn log_in(&mut self, session: &str) -> &mut Self {
        let did = Did::LogIn { user: "alice".to_owned(), link: false };
        let expires = Some(NOON + 120_000_000);
        let answer = Answer { generation: Some(1), expires, ..Answer::default() };
        self.answers(session, did, Outcome::Ok, answer)
    }

    pub(crate) fn refresh(&mut self, session: &str, shown: i64, made: i64) -> &mut Self {
        let expires = Some(NOON + 120_000_000);
        let answer = Answer { generation: Some(made), expires, ..Answer::default() };
        self.answers(session, Did::Refresh { shown }, Outcome::Ok, answer)
    }

    pub(crate) fn no_refresh(&mut self, session: &str, shown: i64, outcome: Outcome) -> &mut Self {
        self.does(session, Did::Refresh { shown }, outcome)
    }

    pub(crate) fn access(&mut self, session: &str, generation: i64, outcome: Outcome) -> &mut Self {
        self.does(session, Did::CheckAccess { generation }, outcome)
    }

    /// The journal's next entry.
    pub(crate) fn entry(&mut self, action: &str, target: &str) -> &mut Self {
        self.enter(action, target, None)
    }

    pub(crate) fn entry_of(&mut self, target: &str, generation: i64) -> &mut Self {
        self.enter("session.refresh", target, Some(generation))
    }

    fn enter(&mut self, action: &str, target: &str, generation: Option<i64>) -> &mut Self {
        self.sequence += 1;
        let sequence = self.sequence;
        self.lines.push(Line::Entry(Entry {
            id: format!("entry {sequence}"),
            lane: 1,
            sequence,
            action: action.to_owned(),
            target: target.to_owned(),
            label: (action == "token.issue").then(|| format!("label of {target}")),
            generation,
            previous: format!("hash {}", sequence - 1),
            hash: format!("hash {sequence}"),
        }));
        self
    }

    /// The last entry, to be spoilt.
    pub(crate) fn last_entry(&mut self) -> &mut Entry {
        match self.lines.last_mut() {
            Some(Line::Entry(entry)) => entry,
            other => panic!("{other:?} is no entry"),
        }
    }

    pub(crate) fn judged(&self) -> Judgement {
        judge(self.lines.iter().cloned().map(Ok)).unwrap()
    }

    /// Which promises were broken, each once.
    pub(crate) fn broken(&self) -> Vec<Promise> {
        let mut broken: Vec<_> = self.judged().violations.iter().map(|v| v.promise).collect();
        broken.dedup();
        broken
    }
}

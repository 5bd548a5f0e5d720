//! One session, as its operations tell: what was shown, what was made of it, and what that ended.

use std::collections::BTreeMap;

use super::super::SLACK;
use crate::history::{Answer, Moment, Outcome};
use crate::model::{Register, Span};

#[derive(Default)]
pub(super) struct Session {
    pub(super) login: Option<Answer>,
    pub(super) refreshes: Vec<Refresh>,
    pub(super) logouts: Vec<(Span, Outcome)>,
    pub(super) access: BTreeMap<i64, Access>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Refresh {
    pub(super) span: Span,
    pub(super) shown: i64,
    pub(super) outcome: Outcome,
    /// Meaningful if accepted.
    pub(super) made: i64,
}

/// The access token of a generation.
#[derive(Default)]
pub(super) struct Access {
    pub(super) register: Register,
    /// The end of the first check that found it good.
    pub(super) used: Option<Moment>,
    pub(super) expires: Option<i64>,
    pub(super) seen: Vec<Answer>,
}

/// What ends a family or a part of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    LoggedOut,
    Reuse,
    Replaced,
}

/// How long showing the predecessor of the current token is only refused, and what two clocks may
/// be apart.
const UNDER_WAY: Moment = 1_000_000 + SLACK;

impl Session {
    /// Whether another refresh may have made a successor of what this one shows, before its end.
    pub(super) fn may_be_stale(&self, refresh: &Refresh) -> bool {
        self.refreshes.iter().any(|other| {
            !std::ptr::eq(other, refresh)
                && other.may_have_made(refresh.shown + 1)
                && (refresh.outcome == Outcome::Unknown || other.span.from < refresh.span.to)
        })
    }

    /// Whether it may have been taken for a reuse.
    pub(super) fn may_end(&self, refresh: &Refresh) -> bool {
        refresh.outcome != Outcome::Ok && self.may_be_stale(refresh)
    }

    /// Whether it must have been taken for a reuse.
    pub(super) fn surely_ends(&self, refresh: &Refresh) -> bool {
        let Refresh { shown, span, outcome, .. } = *refresh;
        let accepted = self.refreshes.iter().filter(|other| other.outcome == Outcome::Ok);
        outcome == Outcome::Refused
            && accepted.filter(|other| other.span.to < span.from).any(|other| {
                let used = self.used(other.made).is_some_and(|used| used < span.from);
                let late = other.span.to + UNDER_WAY < span.from;
                other.made >= shown + 2
                    || (other.made == shown + 1 && late && (used || other.replaces()))
            })
    }

    pub(super) fn used(&self, generation: i64) -> Option<Moment> {
        self.access.get(&generation).and_then(|access| access.used)
    }

    /// What surely ended the family.
    pub(super) fn ends(&self) -> Vec<(Span, Cause)> {
        let logouts = self.logouts.iter().filter(|(_, outcome)| *outcome == Outcome::Ok);
        let reuses = self.refreshes.iter().filter(|refresh| self.surely_ends(refresh));
        logouts
            .map(|(span, _)| (*span, Cause::LoggedOut))
            .chain(reuses.map(|refresh| (refresh.span, Cause::Reuse)))
            .collect()
    }

    /// When what may have ended the family began.
    pub(super) fn may_ends(&self) -> Vec<Moment> {
        let logouts = self.logouts.iter().filter(|(_, outcome)| *outcome == Outcome::Unknown);
        let reuses = self.refreshes.iter().filter(|refresh| self.may_end(refresh));
        logouts.map(|(span, _)| span.from).chain(reuses.map(|r| r.span.from)).collect()
    }
}

impl Refresh {
    /// Whether it took the place of a refresh whose answer was lost.
    pub(super) fn replaces(&self) -> bool {
        self.outcome == Outcome::Ok && self.made == self.shown + 2
    }

    /// Whether the session may have reached this generation by it.
    pub(super) fn may_have_made(&self, generation: i64) -> bool {
        match self.outcome {
            Outcome::Ok => self.made >= generation,
            Outcome::Refused => false,
            Outcome::Unknown => self.shown + 2 >= generation,
        }
    }
}

impl Access {
    pub(super) fn hear(&mut self, span: Span, outcome: Outcome, answer: Answer) {
        match outcome {
            Outcome::Ok => {
                self.register.found_live(span);
                self.used = Some(self.used.map_or(span.to, |used| used.min(span.to)));
                if !self.seen.contains(&answer) {
                    self.seen.push(answer);
                }
            }
            Outcome::Refused => self.register.found_over(span),
            Outcome::Unknown => {}
        }
    }
}

//! What is true of one token, whatever happens: it is absent, then live, then over.
//!
//! A register with one way to go needs no search. Whatever is known of the moment at which it went
//! from live to over is kept in four numbers: it must lie
//!
//! * after the beginning of the last operation that found it live,
//! * before the end of the first operation that found it over,
//! * before the end of the first operation that surely ended it,
//! * after the beginning of the first operation that may have ended it.
//!
//! A history of the register is linearizable if and only if there is such a moment, so each broken
//! pair of these is a broken promise, and each broken promise breaks one of the pairs.
//!
//! **Invariant**: nothing here depends on the order in which operations are told.

use std::fmt;

use crate::history::Moment;

/// What a token can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Not issued.
    Absent,
    /// Good.
    Live,
    /// Used as often as it may be.
    Consumed,
    /// Ended by somebody.
    Revoked,
    /// Its time is over.
    Expired,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Absent => "absent",
            Self::Live => "live",
            Self::Consumed => "consumed",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        })
    }
}

/// From the beginning of an operation to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Before it, nothing of the operation can have happened.
    pub from: Moment,
    /// After it, all of it has.
    pub to: Moment,
}

/// What is known of one token.
#[derive(Debug, Clone, Default)]
pub struct Register {
    live: Option<Span>,
    over: Option<Span>,
    ended: Option<(Moment, State)>,
    may_end: Option<Moment>,
}

/// How a register can break its promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breach {
    /// Found over, though nothing can have ended it.
    Lost(Span),
    /// Found live, though it had surely been ended so.
    Forgotten(State, Span),
    /// Found live, though it had been found over.
    Resurrected(Span),
}

impl Register {
    /// An operation found it live.
    pub fn found_live(&mut self, span: Span) {
        if self.live.is_none_or(|known| span.from > known.from) {
            self.live = Some(span);
        }
    }

    /// An operation found it over.
    pub fn found_over(&mut self, span: Span) {
        if self.over.is_none_or(|known| span.to < known.to) {
            self.over = Some(span);
        }
    }

    /// Something ended it within the span.
    pub fn ended(&mut self, span: Span, as_what: State) {
        self.may_end(span.from);
        if self.ended.is_none_or(|(known, _)| span.to < known) {
            self.ended = Some((span.to, as_what));
        }
    }

    /// Something that began then may have ended it, at any time since.
    pub fn may_end(&mut self, from: Moment) {
        if self.may_end.is_none_or(|known| from < known) {
            self.may_end = Some(from);
        }
    }

    /// The first operation that found it over.
    pub fn first_over(&self) -> Option<Span> {
        self.over
    }

    /// Whether anything may have ended it.
    pub fn can_end(&self) -> bool {
        self.may_end.is_some()
    }

    /// Which promises were broken.
    pub fn breaches(&self) -> Vec<Breach> {
        let mut breaches = Vec::new();
        if let Some(over) = self.over.filter(|over| self.may_end.is_none_or(|end| over.to < end)) {
            breaches.push(Breach::Lost(over));
        }
        let Some(live) = self.live else { return breaches };
        if let Some((_, state)) = self.ended.filter(|(end, _)| live.from > *end) {
            breaches.push(Breach::Forgotten(state, live));
        }
        if self.over.is_some_and(|over| live.from > over.to) {
            breaches.push(Breach::Resurrected(live));
        }
        breaches
    }
}

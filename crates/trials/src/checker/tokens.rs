//! What the answers say about tokens.

use std::collections::HashMap;

use super::{Changes, Promise, Violation, Wall, span};
use crate::history::{Answer, Did, Operation, Outcome};
use crate::model::{Breach, Register, Span, State};

/// All tokens of a history.
#[derive(Default)]
pub(super) struct Tokens {
    kept: HashMap<String, Token>,
    /// By label: what became of each wish for a token. One without an answer may be repeated
    /// under its idempotency key; that is one wish still.
    wishes: HashMap<String, (Changes, Option<String>)>,
}

/// What the journal is held against.
pub(super) struct Asked {
    /// By label.
    pub(super) issues: HashMap<String, (Changes, Option<String>)>,
    /// By token.
    pub(super) revokes: HashMap<String, Changes>,
    /// By token.
    pub(super) spends: HashMap<String, Changes>,
}

#[derive(Default)]
struct Token {
    register: Register,
    issued: Option<Issued>,
    accepted: Vec<Span>,
    spends: Changes,
    revokes: Changes,
    /// Each different answer that a check gave.
    seen: Vec<Answer>,
}

struct Issued {
    once: bool,
    /// The end that was asked for.
    asked: Option<i64>,
    /// What was answered, and what was asked and acknowledged.
    answer: Answer,
}

impl Tokens {
    pub(super) fn hear(&mut self, operation: Operation) {
        if let Did::Issue { label, .. } = &operation.did {
            let (changes, token) = self.wishes.entry(label.clone()).or_default();
            changes.count(operation.outcome);
            token.clone_from(&operation.key);
        }
        let Some(key) = operation.key.clone() else { return };
        self.kept.entry(key).or_default().hear(operation);
    }

    pub(super) fn conclude(self, wall: Wall) -> (Asked, Vec<Violation>) {
        let wishes = self.wishes.into_iter();
        let issues = wishes.map(|(label, (changes, token))| (label, (changes.once(), token)));
        let mut asked =
            Asked { issues: issues.collect(), revokes: HashMap::new(), spends: HashMap::new() };
        let mut violations = Vec::new();
        for (key, token) in self.kept {
            violations.extend(token.judge(&key, wall));
            let once = token.issued.as_ref().is_some_and(|issued| issued.once);
            let spends = if once { token.spends.once() } else { token.spends };
            asked.spends.insert(key.clone(), spends);
            asked.revokes.insert(key, token.revokes.once());
        }
        (asked, violations)
    }
}

impl Token {
    fn hear(&mut self, operation: Operation) {
        let span = span(&operation);
        match (operation.did, operation.outcome) {
            (Did::Issue { once, holder, scope, expires, .. }, Outcome::Ok) => {
                let answer = Answer { subject: Some(holder), scope, ..operation.answer };
                self.issued = Some(Issued { once, asked: expires, answer });
            }
            (Did::Revoke, outcome) => self.hear_revoke(span, outcome),
            (Did::Check { once }, outcome) => {
                self.hear_check(span, outcome, once);
                if outcome == Outcome::Ok && !self.seen.contains(&operation.answer) {
                    self.seen.push(operation.answer);
                }
            }
            _ => {}
        }
    }

    fn hear_revoke(&mut self, span: Span, outcome: Outcome) {
        self.revokes.count(outcome);
        match outcome {
            Outcome::Ok => self.register.ended(span, State::Revoked),
            Outcome::Unknown => self.register.may_end(span.from),
            Outcome::Refused => {}
        }
    }

    fn hear_check(&mut self, span: Span, outcome: Outcome, once: bool) {
        if once {
            self.spends.count(outcome);
        }
        match outcome {
            Outcome::Ok => {
                self.register.found_live(span);
                if once {
                    self.register.ended(span, State::Consumed);
                    self.accepted.push(span);
                }
            }
            Outcome::Refused => self.register.found_over(span),
            Outcome::Unknown if once => self.register.may_end(span.from),
            Outcome::Unknown => {}
        }
    }

    fn judge(&self, key: &str, wall: Wall) -> Vec<Violation> {
        let mut found = Found { key, violations: Vec::new() };
        if let Some(issued) = &self.issued {
            self.judge_identity(issued, &mut found);
            self.judge_life(issued, wall, &mut found);
        } else if !self.seen.is_empty() {
            found.say(Promise::SomebodyElse, "accepted, though it was never issued".to_owned());
        }
        if self.accepted.len() > 1 {
            let times: Vec<_> = self.accepted.iter().map(|at| at.to.to_string()).collect();
            found.say(Promise::UsedTwice, format!("accepted at {} µs", times.join(" and ")));
        }
        found.violations
    }

    fn judge_life(&self, issued: &Issued, wall: Wall, found: &mut Found<'_>) {
        let mut register = self.register.clone();
        if let Some(expires) = issued.answer.expires {
            register.ended(wall.ends(expires), State::Expired);
        }
        for breach in register.breaches() {
            let (promise, said) = match breach {
                Breach::Lost(at) => (Promise::LostIssue, said("denied with no cause", at)),
                Breach::Forgotten(State::Consumed, _) if self.accepted.len() > 1 => continue,
                Breach::Forgotten(State::Consumed, at) => {
                    (Promise::UsedTwice, said("accepted though it was consumed before", at))
                }
                Breach::Forgotten(state, at) => (
                    Promise::ForgottenRevoke,
                    said(&format!("accepted though it was {state} before"), at),
                ),
                Breach::Resurrected(at) => {
                    (Promise::Resurrected, said("accepted though it was denied before", at))
                }
            };
            found.say(promise, said);
        }
    }

    fn judge_identity(&self, issued: &Issued, found: &mut Found<'_>) {
        if let (Some(asked), Some(given)) = (issued.asked, issued.answer.expires)
            && given > asked
        {
            found.say(Promise::Grown, format!("ends at {given}, asked was {asked}"));
        }
        let token = Some(found.key.to_owned());
        let expected = Answer { token, ..issued.answer.clone() };
        for seen in &self.seen {
            differences(&expected, seen, found);
        }
    }
}

/// Says in what an accepted check differs from what was issued.
pub(super) fn differences(issued: &Answer, seen: &Answer, found: &mut Found<'_>) {
    let mut differ = |promise, what: &str, issued: &Option<String>, seen: &Option<String>| {
        if let (Some(issued), Some(seen)) = (issued, seen)
            && issued != seen
        {
            found.say(promise, format!("its {what} was {issued}, a check says {seen}"));
        }
    };
    differ(Promise::SomebodyElse, "id", &issued.token, &seen.token);
    differ(Promise::SomebodyElse, "holder", &issued.subject, &seen.subject);
    differ(Promise::SomebodyElse, "organization", &issued.organization, &seen.organization);
    differ(Promise::Grown, "scope", &issued.scope, &seen.scope);
    if let (Some(issued), Some(seen)) = (issued.expires, seen.expires)
        && seen > issued
    {
        found.say(Promise::Grown, format!("was to end at {issued}, a check says {seen}"));
    }
}

pub(super) fn said(what: &str, at: Span) -> String {
    format!("{what}, between {} and {} µs", at.from, at.to)
}

/// What is found wrong about one key.
pub(super) struct Found<'a> {
    pub(super) key: &'a str,
    pub(super) violations: Vec<Violation>,
}

impl Found<'_> {
    pub(super) fn say(&mut self, promise: Promise, said: String) {
        self.violations.push(Violation { promise, key: self.key.to_owned(), said });
    }
}

//! What the answers say about sessions: one family of refresh tokens each.
//!
//! A refresh that shows generation *s* and is accepted makes *s* + 1, or, if the answer with *s* + 1
//! was lost and nothing of it was ever used, *s* + 2; all that came before *s* + 2 is over then.
//! Showing a generation that is neither the current one nor that exception ends the family. Within
//! a second of the refresh that made a successor, showing its predecessor is only refused.

mod family;

use std::collections::HashMap;

use super::tokens::{Found, differences, said};
use super::{Changes, Promise, Violation, Wall, span};
use crate::history::{Answer, Did, Moment, Operation, Outcome};
use crate::model::{Breach, Register, Span, State};
use family::{Access, Cause, Refresh, Session};

/// All sessions of a history.
#[derive(Default)]
pub(super) struct Sessions {
    kept: HashMap<String, Session>,
    logins: Changes,
    links: Changes,
}

/// What the journal is held against.
pub(super) struct Asked {
    /// All logins of the history.
    pub(super) logins: Changes,
    /// Those of them that spent a mailed link.
    pub(super) links: Changes,
    /// By session.
    pub(super) sessions: HashMap<String, AskedOfOne>,
}

/// What the journal is held against, for one session.
#[derive(Default)]
pub(super) struct AskedOfOne {
    /// Whether its login was acknowledged.
    pub(super) opened: bool,
    /// Generations whose making was acknowledged.
    pub(super) made: Vec<i64>,
    /// Generations that were shown, and no answer came.
    pub(super) unknown: Vec<i64>,
    /// The end.
    pub(super) ended: Changes,
}

impl Sessions {
    pub(super) fn hear(&mut self, operation: Operation) {
        if let Did::LogIn { link, .. } = operation.did {
            self.logins.count(operation.outcome);
            if link {
                self.links.count(operation.outcome);
            }
        }
        let Some(key) = operation.key.clone() else { return };
        self.kept.entry(key).or_default().hear(operation);
    }

    pub(super) fn conclude(self, wall: Wall) -> (Asked, Vec<Violation>) {
        let (mut sessions, mut violations) = (HashMap::new(), Vec::new());
        for (key, session) in self.kept {
            let mut found = Found { key: &key, violations: Vec::new() };
            session.judge(wall, &mut found);
            violations.append(&mut found.violations);
            sessions.insert(key, session.asked());
        }
        (Asked { logins: self.logins, links: self.links, sessions }, violations)
    }
}

impl Session {
    fn hear(&mut self, operation: Operation) {
        let (span, outcome, answer) = (span(&operation), operation.outcome, operation.answer);
        match operation.did {
            Did::LogIn { .. } if outcome == Outcome::Ok => {
                self.access.entry(1).or_default().expires = answer.expires;
                self.login = Some(answer);
            }
            Did::Refresh { shown } => {
                let made = answer.generation.unwrap_or_default();
                if outcome == Outcome::Ok {
                    self.access.entry(made).or_default().expires = answer.expires;
                }
                self.refreshes.push(Refresh { span, shown, outcome, made });
            }
            Did::LogOut => self.logouts.push((span, outcome)),
            Did::CheckAccess { generation } => {
                self.access.entry(generation).or_default().hear(span, outcome, answer);
            }
            Did::LogIn { .. } | Did::Issue { .. } | Did::Check { .. } | Did::Revoke => {}
        }
    }

    fn asked(&self) -> AskedOfOne {
        let shown = |outcome| self.refreshes.iter().filter(move |r| r.outcome == outcome);
        let mut ended = Changes::default();
        self.logouts.iter().for_each(|(_, outcome)| ended.count(*outcome));
        ended.acknowledged += self.refreshes.iter().filter(|r| self.surely_ends(r)).count();
        ended.unknown += self.refreshes.iter().filter(|r| self.may_end(r)).count();
        AskedOfOne {
            opened: self.login.is_some(),
            made: shown(Outcome::Ok).map(|r| r.made).collect(),
            unknown: shown(Outcome::Unknown).map(|r| r.shown).collect(),
            ended: ended.once(),
        }
    }

    fn judge(&self, wall: Wall, found: &mut Found<'_>) {
        if self.login.is_none() {
            found.say(Promise::SomebodyElse, "used, though nobody has logged in so".to_owned());
        }
        let (ends, may_ends) = (self.ends(), self.may_ends());
        let mut family = Register::default();
        for (span, _) in &ends {
            family.ended(*span, State::Revoked);
        }
        for from in &may_ends {
            family.may_end(*from);
        }
        for refresh in &self.refreshes {
            match refresh.outcome {
                Outcome::Ok => {
                    family.found_live(refresh.span);
                    self.judge_accepted(refresh, found);
                }
                Outcome::Refused if !self.may_be_stale(refresh) => family.found_over(refresh.span),
                Outcome::Refused | Outcome::Unknown => {}
            }
        }
        if family.can_end() {
            let denied = self.access.iter().filter_map(|each| self.denied_with_family(each, wall));
            denied.for_each(|span| family.found_over(span));
        }
        tell(&family, &ends, "refresh token", found);
        for (generation, access) in &self.access {
            self.judge_access((*generation, access), (&ends, &may_ends), wall, found);
        }
    }

    /// When an access token was denied for no other cause than that its family had ended.
    fn denied_with_family(
        &self,
        (generation, access): (&i64, &Access),
        wall: Wall,
    ) -> Option<Span> {
        let replaced = |refresh: &Refresh| match refresh.outcome {
            Outcome::Ok => refresh.replaces() && refresh.made > *generation,
            Outcome::Refused => false,
            Outcome::Unknown => refresh.shown + 2 > *generation,
        };
        let end = wall.ends(access.expires?).from;
        let over = access.register.first_over().filter(|over| over.to < end)?;
        (!self.refreshes.iter().any(replaced)).then_some(over)
    }

    fn judge_access(
        &self,
        (generation, access): (i64, &Access),
        (ends, may_ends): (&[(Span, Cause)], &[Moment]),
        wall: Wall,
        found: &mut Found<'_>,
    ) {
        let mut register = access.register.clone();
        let mut causes = ends.to_vec();
        for refresh in &self.refreshes {
            if refresh.made > generation && refresh.replaces() {
                causes.push((refresh.span, Cause::Replaced));
            }
            let unknown = refresh.outcome == Outcome::Unknown;
            if unknown && refresh.shown + 2 > generation && self.may_be_stale(refresh) {
                register.may_end(refresh.span.from);
            }
        }
        for (span, _) in &causes {
            register.ended(*span, State::Revoked);
        }
        for from in may_ends {
            register.may_end(*from);
        }
        if let Some(expires) = access.expires {
            register.ended(wall.ends(expires), State::Expired);
        } else if access.used.is_some() {
            found.say(Promise::SomebodyElse, format!("generation {generation} was never given"));
        }
        tell(&register, &causes, &format!("access token of generation {generation}"), found);
        for seen in &access.seen {
            let Some(login) = &self.login else { continue };
            let login = Answer { token: None, expires: access.expires, ..login.clone() };
            differences(&login, seen, found);
        }
    }

    /// Whether an accepted refresh may have been accepted.
    fn judge_accepted(&self, refresh: &Refresh, found: &mut Found<'_>) {
        let Refresh { shown, made, span, .. } = *refresh;
        let mut wrong = |what: String| found.say(Promise::TwoSuccessors, said(&what, span));
        if made != shown + 1 && made != shown + 2 {
            wrong(format!("generation {shown} was followed by {made}"));
        }
        let others = || self.refreshes.iter().filter(|other| !std::ptr::eq(*other, refresh));
        for other in others().filter(|other| other.outcome == Outcome::Ok) {
            if other.made == made && other.span.to <= span.to {
                wrong(format!("generation {made} was given twice"));
            }
            let lost_answer = shown + 1 == other.made && !other.replaces() && refresh.replaces();
            if other.span.to < span.from && shown < other.made && !lost_answer {
                wrong(format!("generation {shown} was accepted after {} was made", other.made));
            }
        }
        if refresh.replaces() {
            if self.used(shown + 1).is_some_and(|used| used < span.from) {
                wrong(format!("generation {} was in use and was replaced", shown + 1));
            }
            let explains = |other: &Refresh| {
                other.shown == shown && other.may_have_made(shown + 1) && other.span.from < span.to
            };
            if !others().any(explains) {
                wrong(format!("generation {} is nobody's", shown + 1));
            }
        }
    }
}

/// Says what is wrong with a register of the family.
fn tell(register: &Register, ends: &[(Span, Cause)], what: &str, found: &mut Found<'_>) {
    for breach in register.breaches() {
        let (promise, text, at) = match breach {
            Breach::Lost(at) => (Promise::LostIssue, "denied with no cause".to_owned(), at),
            Breach::Resurrected(at) => {
                (Promise::Resurrected, "accepted though it was denied before".to_owned(), at)
            }
            Breach::Forgotten(state, at) => {
                let before = |cause| ends.iter().any(|(end, c)| *c == cause && end.to < at.from);
                let promise = if before(Cause::LoggedOut) || state != State::Revoked {
                    Promise::ForgottenRevoke
                } else if before(Cause::Reuse) {
                    Promise::LiveAfterReuse
                } else {
                    Promise::TwoSuccessors
                };
                (promise, format!("accepted though it was {state} before"), at)
            }
        };
        found.say(promise, said(&format!("{what} {text}"), at));
    }
}

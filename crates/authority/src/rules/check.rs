//! What is wrong with a rule set.

use std::fmt;

use super::{HostPattern, PathPattern, Rule};

/// The most faults that are told at once.
const MOST_FAULTS: usize = 100;
/// The most comparisons that are made to find rules which never decide: some 50 ms.
const MOST_COMPARISONS: usize = 1_000_000;

/// One thing that is wrong with a rule set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The rule, counted from 1; `None`: it is about the whole.
    pub rule: Option<usize>,
    /// The field, if it is about one.
    pub field: Option<&'static str>,
    /// What is wrong.
    pub wrong: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, field, wrong } = self;
        match (rule, field) {
            (Some(rule), Some(field)) => write!(f, "rule {rule}, {field}: {wrong}"),
            (Some(rule), None) => write!(f, "rule {rule}: {wrong}"),
            (None, Some(field)) => write!(f, "{field}: {wrong}"),
            (None, None) => f.write_str(wrong),
        }
    }
}

/// Faults as they are found; those beyond [`MOST_FAULTS`] are left out.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    pub(super) fn add(
        &mut self,
        rule: Option<usize>,
        field: Option<&'static str>,
        wrong: impl Into<String>,
    ) {
        if self.0.len() < MOST_FAULTS {
            self.0.push(Fault { rule, field, wrong: wrong.into() });
        }
    }

    pub(super) fn are_none(&self) -> bool {
        self.0.is_empty()
    }

    /// What was made, if nothing is wrong with it.
    pub(super) fn none_or<T>(self, made: Option<T>) -> Result<T, Vec<Fault>> {
        made.filter(|_| self.0.is_empty()).ok_or(self.0)
    }
}

/// Tells the rules that decide nothing, because one earlier rule fits all that they fit. It may miss one
/// that several earlier rules cover together, or that comes after very many comparisons, and never tells
/// one that decides something.
pub(super) fn unreachable(rules: &[Rule], faults: &mut Faults) {
    let mut left = MOST_COMPARISONS;
    for (place, rule) in rules.iter().enumerate() {
        let earlier = rules.iter().take(place).position(|earlier| earlier.covers(rule, &mut left));
        if let Some(earlier) = earlier.map(|place| place + 1) {
            faults.add(
                Some(place + 1),
                None,
                format!("never decides: rule {earlier} fits all of it"),
            );
        }
    }
}

impl Rule {
    /// Whether every request that the other fits is one that this fits. No, if no comparisons are left.
    fn covers(&self, other: &Self, left: &mut usize) -> bool {
        covers(&self.methods, &other.methods, left, |mine, theirs| mine == theirs)
            && covers(&self.hosts, &other.hosts, left, HostPattern::covers)
            && covers(&self.paths, &other.paths, left, PathPattern::covers)
    }
}

/// Whether each of theirs is within one of mine, where none means any.
fn covers<T>(mine: &[T], theirs: &[T], left: &mut usize, within: impl Fn(&T, &T) -> bool) -> bool {
    let mut within = |mine: &T, theirs: &T| {
        *left = left.saturating_sub(1);
        *left > 0 && within(mine, theirs)
    };
    let covered = |theirs: &T| mine.iter().any(|mine| within(mine, theirs));
    mine.is_empty() || !theirs.is_empty() && theirs.iter().all(covered)
}

//! Finds the first rule that fits a path, in a time that hardly depends on how many rules there are.

use std::collections::BTreeMap;

use super::pattern::{PathPattern, Segment};

/// Patterns by their segments. A rule is known by its place.
///
/// Looking up visits at most every branch once, and mostly one or two for each segment.
#[derive(Debug, Default)]
pub(super) struct Tree {
    named: BTreeMap<Box<str>, Self>,
    any: Option<Box<Self>>,
    /// Rules with a pattern that ends here, ascending.
    here: Vec<usize>,
    /// Rules with a pattern that ends here with `**`, ascending.
    below: Vec<usize>,
}

impl Tree {
    /// Adds a pattern of the rule at this place. Rules come in their order.
    pub(super) fn plant(&mut self, pattern: &PathPattern, rule: usize) {
        let mut branch = self;
        for segment in pattern.segments() {
            branch = match segment {
                Segment::Named(name) => branch.named.entry(name.into()).or_default(),
                Segment::Any => branch.any.get_or_insert_default(),
            };
        }
        let ends = if pattern.goes_below() { &mut branch.below } else { &mut branch.here };
        ends.push(rule);
    }

    /// The first rule with a pattern for this path that also fits otherwise.
    pub(super) fn first(&self, path: &str, fits: &impl Fn(usize) -> bool) -> Option<usize> {
        let mut search = Search { fits, first: None };
        search.walk(self, path.strip_prefix('/'));
        search.first
    }
}

struct Search<'a, F> {
    fits: &'a F,
    first: Option<usize>,
}

impl<F: Fn(usize) -> bool> Search<'_, F> {
    /// Goes on with what is left of the path; `None` behind its end.
    fn walk(&mut self, tree: &Tree, rest: Option<&str>) {
        self.meet(&tree.below);
        let Some(rest) = rest else {
            return self.meet(&tree.here);
        };
        let (segment, rest) =
            rest.split_once('/').map_or((rest, None), |(segment, rest)| (segment, Some(rest)));
        if let Some(named) = tree.named.get(segment) {
            self.walk(named, rest);
        }
        if let Some(any) = tree.any.as_deref().filter(|_| !segment.is_empty()) {
            self.walk(any, rest);
        }
    }

    fn meet(&mut self, rules: &[usize]) {
        let earlier = |rule: &&usize| self.first.is_none_or(|first| **rule < first);
        let found = rules.iter().take_while(earlier).find(|rule| (self.fits)(**rule));
        self.first = found.copied().or(self.first);
    }
}

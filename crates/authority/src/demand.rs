//! Demands: what a request needs, as permissions with `AND`, `OR` and parentheses between them.
//!
//! `shop.order.list`, `a.b.get AND c.d.get`, `a.b.get AND (c.d.get OR e.f.get)`. `AND` binds more tightly than
//! `OR`; both words are read in any case, and are no permissions, which have a dot.
//!
//! **Invariant**: a demand is bounded, so that judging one takes a bounded time.

use std::fmt;

use crate::error::Refusal;
use crate::permission::Permission;

/// The longest demand, in bytes.
pub const LONGEST_DEMAND: usize = 1_024;
/// The most permissions in one demand.
pub const MOST_PERMISSIONS: usize = 32;
/// How deep parentheses may be in each other.
pub const DEEPEST_DEMAND: usize = 8;

/// What a request needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Demand {
    /// One permission.
    One(Permission),
    /// All of these; at least two.
    All(Vec<Self>),
    /// One of these; at least two.
    Any(Vec<Self>),
}

impl From<Permission> for Demand {
    fn from(permission: Permission) -> Self {
        Self::One(permission)
    }
}

impl Demand {
    /// Reads a demand.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] with what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        if text.len() > LONGEST_DEMAND {
            return Err(wrong(format!("at most {LONGEST_DEMAND} bytes")));
        }
        // By far the most are one permission.
        if let Some(permission) = Permission::parse(text) {
            return Ok(Self::One(permission));
        }
        let mut reader = Reader { rest: text, permissions: 0, depth: 0 };
        let demand = reader.any()?;
        match reader.next() {
            None => Ok(demand),
            Some(Word::Other(word)) => Err(wrong(format!("AND or OR before {word:?}"))),
            Some(_) => Err(wrong("a ) without its (".to_owned())),
        }
    }

    /// Whether somebody meets it who holds what `holds` says.
    pub fn is_met(&self, holds: &impl Fn(&Permission) -> bool) -> bool {
        match self {
            Self::One(permission) => holds(permission),
            Self::All(all) => all.iter().all(|one| one.is_met(holds)),
            Self::Any(any) => any.iter().any(|one| one.is_met(holds)),
        }
    }
}

impl fmt::Display for Demand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (several, between) = match self {
            Self::One(permission) => return write!(f, "{permission}"),
            Self::All(all) => (all, " AND "),
            Self::Any(any) => (any, " OR "),
        };
        for (place, one) in several.iter().enumerate() {
            f.write_str(if place == 0 { "" } else { between })?;
            match one {
                Self::One(permission) => write!(f, "{permission}")?,
                Self::All(_) | Self::Any(_) => write!(f, "({one})")?,
            }
        }
        Ok(())
    }
}

fn wrong(rule: String) -> Refusal {
    Refusal::Invalid { field: "permission", rule }
}

/// What a demand is made of.
enum Word<'a> {
    Open,
    Close,
    And,
    Or,
    Other(&'a str),
}

/// Reads from left to right.
struct Reader<'a> {
    rest: &'a str,
    permissions: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    /// The next word, which is taken.
    fn next(&mut self) -> Option<Word<'a>> {
        self.rest = self.rest.trim_ascii_start();
        let first = self.rest.chars().next()?;
        let end = match first {
            '(' | ')' => 1,
            _ => self.rest.find([' ', '\t', '(', ')']).unwrap_or(self.rest.len()),
        };
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some(match word {
            "(" => Word::Open,
            ")" => Word::Close,
            _ if word.eq_ignore_ascii_case("and") => Word::And,
            _ if word.eq_ignore_ascii_case("or") => Word::Or,
            _ => Word::Other(word),
        })
    }

    /// Takes the next word if it is this one.
    fn takes(&mut self, wanted: impl Fn(&Word<'_>) -> bool) -> bool {
        let before = self.rest;
        let taken = self.next().is_some_and(|word| wanted(&word));
        if !taken {
            self.rest = before;
        }
        taken
    }

    fn any(&mut self) -> Result<Demand, Refusal> {
        let mut any = vec![self.all()?];
        while self.takes(|word| matches!(word, Word::Or)) {
            any.push(self.all()?);
        }
        Ok(joined(any, Demand::Any))
    }

    fn all(&mut self) -> Result<Demand, Refusal> {
        let mut all = vec![self.one()?];
        while self.takes(|word| matches!(word, Word::And)) {
            all.push(self.one()?);
        }
        Ok(joined(all, Demand::All))
    }

    fn one(&mut self) -> Result<Demand, Refusal> {
        match self.next() {
            Some(Word::Other(word)) => self.permission(word),
            Some(Word::Open) => self.inside(),
            Some(Word::And | Word::Or | Word::Close) | None => {
                Err(wrong("a permission is missing".to_owned()))
            }
        }
    }

    fn permission(&mut self, word: &str) -> Result<Demand, Refusal> {
        self.permissions += 1;
        if self.permissions > MOST_PERMISSIONS {
            return Err(wrong(format!("at most {MOST_PERMISSIONS} permissions")));
        }
        let rule = || wrong(format!("{word:?} is no permission such as shop.order.create"));
        Permission::parse(word).map(Demand::One).ok_or_else(rule)
    }

    fn inside(&mut self) -> Result<Demand, Refusal> {
        self.depth += 1;
        if self.depth > DEEPEST_DEMAND {
            return Err(wrong(format!("at most {DEEPEST_DEMAND} ( in each other")));
        }
        let demand = self.any()?;
        self.depth -= 1;
        if self.takes(|word| matches!(word, Word::Close)) {
            return Ok(demand);
        }
        Err(wrong("a ( without its )".to_owned()))
    }
}

fn joined(mut several: Vec<Demand>, join: impl FnOnce(Vec<Demand>) -> Demand) -> Demand {
    match (several.len(), several.pop()) {
        (1, Some(only)) => only,
        (_, Some(last)) => {
            several.push(last);
            join(several)
        }
        (_, None) => join(several),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Demand {
        Demand::parse(text).unwrap()
    }

    fn meets(held: &[&str], text: &str) -> bool {
        read(text).is_met(&|permission| held.contains(&permission.as_str()))
    }

    #[test]
    fn and_binds_more_tightly_than_or_and_parentheses_more_than_both() {
        assert!(meets(&["a.a"], "a.a OR b.b AND c.c"));
        assert!(!meets(&["a.a"], "(a.a OR b.b) AND c.c"));
        assert!(meets(&["b.b", "c.c"], "a.a or b.b and c.c"));
        assert!(meets(&["b.b", "c.c"], "(a.a OR b.b)AND c.c"));
        assert!(!meets(&[], "a.a"));
    }

    #[test]
    fn what_makes_no_sense_is_no_demand() {
        for text in [
            "",
            " ",
            "a",
            "a.a b.b",
            "a.a AND",
            "AND a.a",
            "a.a OR OR b.b",
            "(a.a",
            "a.a)",
            "()",
            "a.a AND ()",
            "a.a & b.b",
            "NOT a.a",
            "a.a,b.b",
            "a.a\nAND b.b",
            "A.A",
            "*",
            "a.a\0",
        ] {
            assert!(Demand::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_demand_has_bounds() {
        let many = |count: usize| vec!["a.a"; count].join(" OR ");
        assert!(Demand::parse(&many(MOST_PERMISSIONS)).is_ok());
        assert!(Demand::parse(&many(MOST_PERMISSIONS + 1)).is_err());
        let deep = |depth: usize| format!("{}a.a{}", "(".repeat(depth), ")".repeat(depth));
        assert!(Demand::parse(&deep(DEEPEST_DEMAND)).is_ok());
        assert!(Demand::parse(&deep(DEEPEST_DEMAND + 1)).is_err());
        assert!(Demand::parse(&"(".repeat(LONGEST_DEMAND)).is_err());
        assert!(Demand::parse(&format!("a.a{}", " ".repeat(LONGEST_DEMAND))).is_err());
    }

    fn demand() -> impl Strategy<Value = Demand> {
        let one = "[a-c]\\.[a-c]".prop_map(|text| Demand::One(Permission::parse(&text).unwrap()));
        one.prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 2..4).prop_map(Demand::All),
                proptest::collection::vec(inner, 2..4).prop_map(Demand::Any),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_demand_that_is_written_and_read_again_asks_the_same(
            demand in demand(),
            held in proptest::collection::hash_set("[a-c]\\.[a-c]", 0..9),
        ) {
            let again = Demand::parse(&demand.to_string());
            let holds = |permission: &Permission| held.contains(permission.as_str());
            // Only its bounds may be against it.
            if let Ok(again) = again {
                prop_assert_eq!(again.is_met(&holds), demand.is_met(&holds));
            } else {
                prop_assert!(demand.to_string().matches('.').count() > MOST_PERMISSIONS
                    || demand.to_string().len() > LONGEST_DEMAND);
            }
        }

        #[test]
        fn whoever_holds_more_meets_no_less(
            demand in demand(),
            few in proptest::collection::hash_set("[a-c]\\.[a-c]", 0..5),
            more in proptest::collection::hash_set("[a-c]\\.[a-c]", 0..5),
        ) {
            let meets = |extra: bool| {
                demand.is_met(&|permission: &Permission| {
                    let word = permission.as_str();
                    few.contains(word) || (extra && more.contains(word))
                })
            };
            prop_assert!(!meets(false) || meets(true));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[a-c.() ANDORandor]{0,60}") {
            let _ = Demand::parse(&text);
        }
    }
}

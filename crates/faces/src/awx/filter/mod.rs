//! Query strings as searches: which things a list keeps, and in which order.
//!
//! Read [`compile`]; then `model.rs` (what there is to ask for), `field.rs` (from a name to a
//! column), `lookup.rs` (how it is compared) and `value.rs` (with what). `terms.rs` is for
//! `search`, `order.rs` for `order_by`, `page.rs` for which part of a list is shown.
//!
//! **Invariant**: a name becomes a column only through the vocabulary in `model.rs`, which has no
//! secret in it (attack book A047); and what comes out keeps the core's bounds.

mod field;
mod lookup;
mod model;
mod moment;
mod order;
mod page;
#[cfg(test)]
mod properties;
mod refused;
mod terms;
#[cfg(test)]
mod tests;
mod value;

use authority::search::Condition;

use self::field::Field;
pub(super) use self::field::Special;
use self::lookup::Lookup;
pub(super) use self::model::Model;
pub(super) use self::order::Order;
pub(super) use self::page::Wanted;
pub(super) use self::refused::Refused;
use self::terms::Terms;

/// The names that are no fields.
const RESERVED: [&str; 12] = [
    "page",
    "page_size",
    "format",
    "order",
    "order_by",
    "search",
    "type",
    "host_filter",
    "count_disabled",
    "no_truncate",
    "limit",
    "validate",
];

/// The most conditions in one query.
const MOST_CONDITIONS: usize = 40;
/// The most tests of columns that they may need. The core adds its own.
const MOST_TESTS: usize = 48;
/// The most regular expressions in one query.
const MOST_PATTERNS: usize = 4;

/// What a query asks for.
#[derive(Debug)]
pub(super) struct Narrowed {
    /// What must hold of each thing.
    pub(super) condition: Condition,
    /// What to sort by: as asked, and then in the model's own order.
    pub(super) order: Order,
}

/// Reads a decoded query, the reserved names too, with somebody who knows how to compare `operation` and
/// `object1` of the journal.
///
/// # Errors
///
/// 400 for what is not understood or too much, 403 for a secret.
pub(super) fn compile(
    model: Model,
    query: &[(String, String)],
    special: Special<'_>,
) -> Result<Narrowed, Refused> {
    let mut sieve =
        Sieve { model, special, all: vec![], any: vec![], terms: Terms::default(), patterns: 0 };
    let asked = query.iter().filter(|(key, _)| !RESERVED.contains(&key.as_str()));
    for (count, (key, value)) in asked.enumerate() {
        if count == MOST_CONDITIONS {
            return Err(Refused::saying(format!("At most {MOST_CONDITIONS} filters.")));
        }
        sieve.take(key, value)?;
    }
    let last = |names: &[&str]| {
        let named = query.iter().rev().find(|(key, _)| names.contains(&key.as_str()));
        named.map(|(_, value)| value.as_str())
    };
    if let Some(text) = last(&["search"]) {
        sieve.terms.add_own(model, text)?;
    }
    let condition = sieve.condition()?;
    let order = order::read(model, last(&["order_by", "order"]))?;
    let types = last(&["type"]).filter(|types| !types.is_empty());
    let other = types.is_some_and(|types| !types.split(',').any(|name| name == model.type_name()));
    let condition = if other { Condition::never() } else { condition };
    Ok(Narrowed { condition, order })
}

/// The conditions of a query so far.
struct Sieve<'a> {
    model: Model,
    special: Special<'a>,
    all: Vec<Condition>,
    any: Vec<Condition>,
    terms: Terms,
    patterns: usize,
}

impl Sieve<'_> {
    fn take(&mut self, key: &str, value: &str) -> Result<(), Refused> {
        if !key.is_ascii() {
            let detail = format!("'{key}' is not an allowed field name. Must be ascii encodable.");
            return Err(Refused::saying(detail));
        }
        let (key, value) = as_integer(key, value)?;
        if key == "role_level" {
            return Err(Refused::saying(
                "Cannot apply role_level filter to this list because its model does not use roles \
                 for access control.",
            ));
        }
        if let Some(path) = key.strip_suffix("__search") {
            return self.terms.add_related(self.model, path, &value);
        }
        let (key, alternative) = match key.strip_prefix("or__") {
            Some(key) => (key, true),
            None => (key.strip_prefix("chain__").unwrap_or(key), false),
        };
        let negated = key.strip_prefix("not__");
        let condition = self.compare(negated.unwrap_or(key), &value)?;
        let condition = match negated {
            Some(_) => Condition::Not(Box::new(condition)),
            None => condition,
        };
        let group = if alternative { &mut self.any } else { &mut self.all };
        group.push(condition);
        Ok(())
    }

    fn compare(&mut self, key: &str, value: &str) -> Result<Condition, Refused> {
        let (path, asked) = Lookup::split(key);
        let field = Field::find(self.model, path)?;
        self.patterns += usize::from(asked.is_pattern());
        if self.patterns > MOST_PATTERNS {
            return Err(Refused::saying(format!("At most {MOST_PATTERNS} regular expressions.")));
        }
        asked.of(&field, value, self.special)
    }

    fn condition(self) -> Result<Condition, Refused> {
        let Self { mut all, any, terms, .. } = self;
        all.push(terms.condition());
        if !any.is_empty() {
            all.push(Condition::Any(any));
        }
        let condition = Condition::All(all);
        if tests(&condition) > MOST_TESTS {
            return Err(Refused::saying("Fewer filters or search terms, please."));
        }
        Ok(condition)
    }
}

/// The suffix `__int` makes an integer of the value first.
fn as_integer<'a>(key: &'a str, value: &str) -> Result<(&'a str, String), Refused> {
    let Some(key) = key.strip_suffix("__int") else {
        return Ok((key, value.to_owned()));
    };
    value::bounded(value)?;
    let bad = || Refused::saying(format!("invalid literal for int() with base 10: '{value}'"));
    Ok((key, value::integer(value).ok_or_else(bad)?.to_string()))
}

/// How many tests of columns a condition has.
fn tests(condition: &Condition) -> usize {
    match condition {
        Condition::All(several) | Condition::Any(several) => several.iter().map(tests).sum(),
        Condition::Not(one) => tests(one),
        Condition::Test(..) => 1,
        Condition::Seated(..)
        | Condition::InGroup(_)
        | Condition::Seats(..)
        | Condition::Holds(_) => 0,
    }
}

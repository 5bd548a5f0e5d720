//! A small, bounded question over what is kept: conditions, order, a stretch of the answer, a count.
//!
//! Read [`Search`], then [`Condition`] (`condition.rs`), then [`Path`] (`vocabulary.rs`). A face makes a search of what its callers send;
//! the core adds what the caller may see ([`crate::directory`]); a database compiles it, with every
//! value bound and every name taken from the enumerations here.
//!
//! **Invariant**: no secret has a [`Column`], so none can be asked for, compared or sorted by (attack
//! book A047).

mod condition;
mod pattern;
mod vocabulary;

pub use condition::{Condition, Part, Seats, Test, Value, Where};
pub use pattern::pattern;
pub use vocabulary::{Column, Link, Path, Sort, Thing};

use crate::error::Refusal;

/// The most tests in one search.
pub const MOST_TESTS: usize = 64;
/// The most things in one [`Test::In`].
pub const MOST_VALUES: usize = 500;
/// The most columns to sort by.
pub const MOST_ORDERS: usize = 8;
/// The most links in one path.
pub const MOST_LINKS: usize = 2;
/// The longest text to compare with, in bytes.
pub const LONGEST_TEXT: usize = 1_024;
/// How deep conditions may be in each other.
pub const DEEPEST: usize = 16;
/// The most things in one answer.
pub const LONGEST_ANSWER: u32 = 1_000;

/// A question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// Over what.
    pub thing: Thing,
    /// What must hold.
    pub condition: Condition,
    /// What to sort by, the first first; `true` sorts downwards. Last comes the number, upwards.
    pub order: Vec<(Path, bool)>,
    /// How many to leave out at the beginning.
    pub offset: u64,
    /// At most so many, of [`LONGEST_ANSWER`] at most.
    pub limit: u32,
    /// Whether to count all that fit.
    pub count: bool,
}

impl Search {
    /// All of a thing that meet a condition, from the first on, counted.
    pub fn over(thing: Thing, condition: Condition) -> Self {
        Self { thing, condition, order: Vec::new(), offset: 0, limit: LONGEST_ANSWER, count: true }
    }

    /// The one with this number.
    pub fn numbered(thing: Thing, number: i64) -> Self {
        Self::one(thing, Column::Number, Value::Integer(number))
    }

    /// One whose column is this; none is found of a thing that lacks the column.
    pub fn one(thing: Thing, column: Column, value: Value) -> Self {
        let condition = Self::is(thing, &[], column, value);
        Self { limit: 1, count: false, ..Self::over(thing, condition) }
    }

    /// The condition that a column is this; never met where there is no such column.
    pub fn is(thing: Thing, links: &[Link], column: Column, value: Value) -> Condition {
        Path::across(thing, links, column)
            .map_or(Condition::never(), |path| Condition::Test(path, Test::Is(value)))
    }

    /// Narrows what is found.
    #[must_use]
    pub fn within(mut self, condition: Condition) -> Self {
        let own = std::mem::replace(&mut self.condition, Condition::always());
        self.condition = Condition::All(vec![own, condition]);
        self
    }

    /// Whether it asks for a column, to compare or to sort by.
    pub fn asks_for(&self, column: Column) -> bool {
        let of = |path: &Path| path.column() == column;
        self.condition.any_path(&of) || self.order.iter().any(|(path, _)| of(path))
    }

    /// Whether it asks only for what is told with the things it is over.
    pub(crate) fn is_told(&self) -> bool {
        let untold = |path: &Path| !path.is_told();
        !self.condition.any_path(&untold) && !self.order.iter().any(|(path, _)| untold(path))
    }

    /// Whether it keeps its bounds.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] if not.
    pub fn check(&self) -> Result<(), Refusal> {
        let mut tests = 0;
        self.condition.check(&mut tests, 0)?;
        let of = |path: &Path| path.from() == self.thing;
        let fits = tests <= MOST_TESTS
            && self.order.len() <= MOST_ORDERS
            && self.order.iter().all(|(path, _)| of(path))
            && self.limit <= LONGEST_ANSWER;
        if fits { Ok(()) } else { Err(Refusal::invalid("search", "fewer conditions")) }
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<T> {
    /// What fits, in the order asked for.
    pub items: Vec<T>,
    /// How many fit in all, if that was asked for.
    pub count: Option<u64>,
}

impl<T> Found<T> {
    /// The same, each made into something else.
    pub fn map<U>(self, each: impl FnMut(T) -> U) -> Found<U> {
        Found { items: self.items.into_iter().map(each).collect(), count: self.count }
    }
}

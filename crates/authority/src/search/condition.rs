//! What must hold of each thing found.

use jiff::Timestamp;
use uuid::Uuid;

use super::{DEEPEST, LONGEST_TEXT, MOST_VALUES, Path, Sort, pattern};
use crate::error::Refusal;
use crate::id::{GroupId, OrganizationId, UserId};

/// What a column is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Text.
    Text(String),
    /// An integer.
    Integer(i64),
    /// Yes or no.
    Boolean(bool),
    /// A moment.
    Time(Timestamp),
    /// A UUID.
    Id(Uuid),
}

/// How a column is compared: with a value of the column's own [`Sort`], or as text if it is a text or a
/// number. What is not there fits [`Test::Absent`] and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// It is this.
    Is(Value),
    /// It is one of these; at most [`MOST_VALUES`].
    In(Vec<Value>),
    /// It is less than this.
    Below(Value),
    /// It is this or less.
    AtMost(Value),
    /// It is more than this.
    Above(Value),
    /// It is this or more.
    AtLeast(Value),
    /// It is not there.
    Absent,
    /// Its text, which of numbers is decimal, has this in it.
    Text(Part),
}

/// Where a text must be in another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Where.
    pub place: Where,
    /// Whether letters are the same in both cases.
    pub folded: bool,
    /// The text, or the pattern.
    pub text: String,
}

/// Where in a text another is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where {
    /// It is all of it.
    Whole,
    /// Anywhere.
    Inside,
    /// At its beginning.
    Start,
    /// At its end.
    End,
    /// It is a regular expression that fits somewhere.
    Pattern,
}

/// What must hold of each thing found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// All of these; nothing asks nothing.
    All(Vec<Self>),
    /// One of these; nothing is never met.
    Any(Vec<Self>),
    /// Not this. What can't be told of something absent is no.
    Not(Box<Self>),
    /// A test of one column.
    Test(Path, Test),
    /// A user has a seat of this kind in one of these organizations.
    Seated(Seats, Vec<OrganizationId>),
    /// A user is in this group.
    InGroup(GroupId),
    /// An organization has a seat of this kind for this user.
    Seats(Seats, UserId),
    /// A group has this user in it.
    Holds(UserId),
}

/// Kinds of seats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Seats {
    /// Any.
    Any,
    /// Of those who are members, and not apart.
    Member,
    /// Of admins and owners.
    Admin,
    /// Of auditors.
    Auditor,
}

impl Condition {
    /// Asks nothing.
    pub const fn always() -> Self {
        Self::All(Vec::new())
    }

    /// Is never met.
    pub const fn never() -> Self {
        Self::Any(Vec::new())
    }

    /// This and that.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let Self::All(mut all) = self else {
            return Self::All(vec![self, other]);
        };
        all.push(other);
        Self::All(all)
    }

    pub(super) fn any_path(&self, of: &impl Fn(&Path) -> bool) -> bool {
        match self {
            Self::All(several) | Self::Any(several) => several.iter().any(|one| one.any_path(of)),
            Self::Not(one) => one.any_path(of),
            Self::Test(path, _) => of(path),
            Self::Seated(..) | Self::InGroup(_) | Self::Seats(..) | Self::Holds(_) => false,
        }
    }

    pub(super) fn check(&self, tests: &mut usize, depth: usize) -> Result<(), Refusal> {
        if depth > DEEPEST {
            return Err(Refusal::invalid("search", "conditions less deep in each other"));
        }
        match self {
            Self::All(several) | Self::Any(several) => {
                several.iter().try_for_each(|one| one.check(tests, depth + 1))
            }
            Self::Not(one) => one.check(tests, depth + 1),
            Self::Test(path, test) => {
                *tests += 1;
                test.check(path.column().sort())
            }
            Self::Seated(..) | Self::InGroup(_) | Self::Seats(..) | Self::Holds(_) => Ok(()),
        }
    }
}

impl Value {
    const fn sort(&self) -> Sort {
        match self {
            Self::Text(_) => Sort::Text,
            Self::Integer(_) => Sort::Integer,
            Self::Boolean(_) => Sort::Boolean,
            Self::Time(_) => Sort::Time,
            Self::Id(_) => Sort::Id,
        }
    }
}

impl Test {
    fn check(&self, sort: Sort) -> Result<(), Refusal> {
        let fitting = |value: &Value| !matches!(value, Value::Text(text) if too_long(text));
        let good = |value: &Value| value.sort() == sort && fitting(value);
        let fits = match self {
            Self::Is(value)
            | Self::Below(value)
            | Self::AtMost(value)
            | Self::Above(value)
            | Self::AtLeast(value) => good(value),
            Self::In(values) => values.len() <= MOST_VALUES && values.iter().all(good),
            Self::Absent => true,
            Self::Text(part) => {
                let fits = !too_long(&part.text) && matches!(sort, Sort::Text | Sort::Integer);
                if fits && part.place == Where::Pattern {
                    pattern(&part.text, part.folded)?;
                }
                fits
            }
        };
        if fits { Ok(()) } else { Err(Refusal::invalid("search", "shorter values, and fewer")) }
    }
}

fn too_long(text: &str) -> bool {
    text.len() > LONGEST_TEXT || text.contains('\0')
}

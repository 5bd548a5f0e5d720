//! How a field is compared: `<field>__<lookup>=<value>`.

use authority::search::{
    Column, Condition, MOST_VALUES, Part, Path, Sort, Test, Value, Where, pattern,
};

use super::field::{End, Field, Special};
use super::refused::Refused;
use super::value::{boolean, bounded, of_column, of_relation};

/// A way of comparing.
#[derive(Clone, Copy)]
pub(super) enum Lookup {
    /// It is this, or absent.
    Exact,
    /// It is one of these.
    In,
    /// Whether it is absent.
    IsNull,
    /// It is on this side of it.
    Compare(fn(Value) -> Test),
    /// Its text has this in it; `true` if letters are the same in both cases.
    Text(Where, bool),
}

impl Lookup {
    /// The one of this name.
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "exact" => Self::Exact,
            "in" => Self::In,
            "isnull" => Self::IsNull,
            "gt" => Self::Compare(Test::Above),
            "gte" => Self::Compare(Test::AtLeast),
            "lt" => Self::Compare(Test::Below),
            "lte" => Self::Compare(Test::AtMost),
            "iexact" => Self::Text(Where::Whole, true),
            "contains" => Self::Text(Where::Inside, false),
            "icontains" => Self::Text(Where::Inside, true),
            "startswith" => Self::Text(Where::Start, false),
            "istartswith" => Self::Text(Where::Start, true),
            "endswith" => Self::Text(Where::End, false),
            "iendswith" => Self::Text(Where::End, true),
            "regex" => Self::Text(Where::Pattern, false),
            "iregex" => Self::Text(Where::Pattern, true),
            _ => return None,
        })
    }

    /// The path of a key, and how what it leads to is compared.
    pub(super) fn split(key: &str) -> (&str, Asked<'_>) {
        let exact = Asked { lookup: Self::Exact, name: "exact" };
        let Some((path, name)) = key.rsplit_once("__") else {
            return (key, exact);
        };
        Self::named(name).map_or((key, exact), |lookup| (path, Asked { lookup, name }))
    }
}

/// A way of comparing, and what it is called.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    lookup: Lookup,
    name: &'a str,
}

impl Asked<'_> {
    /// Whether it takes the time that regular expressions take.
    pub(super) fn is_pattern(self) -> bool {
        matches!(self.lookup, Lookup::Text(Where::Pattern, _))
    }

    /// That a field is so compared with a text.
    pub(super) fn of(
        self,
        field: &Field<'_>,
        text: &str,
        special: Special<'_>,
    ) -> Result<Condition, Refused> {
        let items = self.items(text)?;
        let (column, relation) = match field.end {
            End::Special => return self.of_special(field.name, &items, special),
            End::Column(column) => (column, false),
            End::Relation(_) => (Column::Number, true),
        };
        self.of_side(Side { name: field.name, path: field.path(&[], column)?, relation }, &items)
    }

    /// The texts to compare with: one, but for `in`.
    fn items(self, text: &str) -> Result<Vec<&str>, Refused> {
        let items: Vec<&str> = match self.lookup {
            Lookup::In if text.is_empty() => {
                return Err(Refused::saying("cannot provide empty value for __in"));
            }
            Lookup::In => text.split(',').take(MOST_VALUES + 1).collect(),
            Lookup::Exact | Lookup::IsNull | Lookup::Compare(_) | Lookup::Text(..) => vec![text],
        };
        if items.len() > MOST_VALUES {
            return Err(Refused::saying(format!("At most {MOST_VALUES} values for __in.")));
        }
        items.iter().try_for_each(|item| bounded(item))?;
        Ok(items)
    }

    fn of_special(
        self,
        name: &str,
        items: &[&str],
        special: Special<'_>,
    ) -> Result<Condition, Refused> {
        let one = |item: &&str| special(name, item);
        let first = items.first().copied().unwrap_or_default();
        match self.lookup {
            Lookup::Exact | Lookup::In => Ok(Condition::Any(items.iter().map(one).collect())),
            Lookup::IsNull if boolean(first)? => Ok(Condition::never()),
            Lookup::IsNull => Ok(Condition::always()),
            Lookup::Compare(_) | Lookup::Text(..) => {
                let detail = format!("{name} cannot be filtered by {}", self.name);
                Err(Refused::saying(detail))
            }
        }
    }

    fn of_side(self, side: Side<'_>, items: &[&str]) -> Result<Condition, Refused> {
        let first = items.first().copied().unwrap_or_default();
        let null = || Refused::saying("Cannot use None as a query value");
        let test = match self.lookup {
            Lookup::Exact => side.read(first)?.map_or(Test::Absent, Test::Is),
            Lookup::Compare(against) => side.read(first)?.map(against).ok_or_else(null)?,
            Lookup::Text(place, folded) => self.part(&side, place, folded, first)?,
            Lookup::In => {
                let values: Result<Vec<_>, _> = items.iter().map(|item| side.read(item)).collect();
                Test::In(values?.into_iter().flatten().collect())
            }
            Lookup::IsNull if boolean(first)? => Test::Absent,
            Lookup::IsNull => {
                return Ok(Condition::Not(Box::new(Condition::Test(side.path, Test::Absent))));
            }
        };
        Ok(Condition::Test(side.path, test))
    }

    fn part(
        self,
        side: &Side<'_>,
        place: Where,
        folded: bool,
        text: &str,
    ) -> Result<Test, Refused> {
        let mut part = Part { place, folded, text: text.to_owned() };
        match place {
            Where::Whole => {}
            Where::Pattern => {
                pattern(text, folded).map_err(|refusal| Refused::pattern(&refusal))?;
            }
            Where::Inside | Where::Start | Where::End => {
                if let Some(Value::Integer(number)) = side.read(text)? {
                    part.text = number.to_string();
                }
            }
        }
        match (place, side.relation, side.path.column().sort()) {
            (_, false, Sort::Text) => Ok(Test::Text(part)),
            (Where::Whole, ..) => Err(Refused::lookup(side.name, "case-insensitive search")),
            (_, true, _) => {
                Err(Refused::saying(format!("Related Field got invalid lookup: {}", self.name)))
            }
            (_, false, Sort::Integer) => Ok(Test::Text(part)),
            (_, false, Sort::Boolean | Sort::Time | Sort::Id) => {
                Err(Refused::lookup(side.name, self.name))
            }
        }
    }
}

/// What is compared with a text.
struct Side<'a> {
    name: &'a str,
    path: Path,
    /// Whether it is the number of something else.
    relation: bool,
}

impl Side<'_> {
    fn read(&self, text: &str) -> Result<Option<Value>, Refused> {
        if self.relation {
            return of_relation(self.name, text);
        }
        of_column(self.path.column().sort(), text)
    }
}

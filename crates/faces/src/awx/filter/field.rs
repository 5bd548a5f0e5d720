//! From the name of a field, across relations, to what is compared.

use authority::search::{Column, Condition, Link, MOST_LINKS, Path};

use super::model::{Known, Model};
use super::refused::Refused;

/// Compares a field that only the caller of this folder knows: its name and what it shall be.
/// Nothing is what no entry has.
pub(in crate::awx) type Special<'a> = &'a dyn Fn(&str, &str) -> Condition;

/// What a path such as `user__username` leads to.
pub(super) struct Field<'a> {
    from: Model,
    links: Vec<Link>,
    /// The last of its names.
    pub(super) name: &'a str,
    /// What is there.
    pub(super) end: End,
}

/// What is at the end of a path.
#[derive(Clone, Copy)]
pub(super) enum End {
    /// A column.
    Column(Column),
    /// A thing of this model.
    Relation(Model),
    /// What the caller compares.
    Special,
}

impl<'a> Field<'a> {
    /// A thing of a model itself.
    pub(super) fn itself(model: Model) -> Self {
        Self { from: model, links: Vec::new(), name: "", end: End::Relation(model) }
    }

    /// Follows the names of a path from a model on.
    pub(super) fn find(from: Model, path: &'a str) -> Result<Self, Refused> {
        if path.is_empty() {
            return Err(Refused::saying("Query string field name not provided."));
        }
        let mut field = Self::itself(from);
        let mut names = path.split("__");
        while let Some(name) = names.next() {
            let End::Relation(here) = field.end else {
                return Err(Refused::saying(format!("No related model for field {name}.")));
            };
            field.end = match here.knows(name) {
                Some(Known::Secret) => return Err(Refused::secret(name)),
                Some(Known::Column(column)) => End::Column(column),
                Some(Known::Special) => End::Special,
                Some(Known::Relation(link, next)) if field.links.len() < MOST_LINKS => {
                    field.links.push(link);
                    End::Relation(next)
                }
                Some(Known::Relation(..)) | None => {
                    let way: Vec<&str> = path.split("__").take(field.links.len()).collect();
                    return Err(astray(here, name, &way, names));
                }
            };
            field.name = name;
        }
        Ok(field)
    }

    /// A column at its end, or at the end of more links. None has more than the core allows.
    pub(super) fn path(&self, more: &[Link], column: Column) -> Result<Path, Refused> {
        let links: Vec<Link> = self.links.iter().chain(more).copied().collect();
        let bad = || Refused::field(self.from, self.name);
        Path::across(self.from.thing(), &links, column).ok_or_else(bad)
    }
}

/// A path goes on to where there is no way from here, be it back to where it came from.
fn astray<'a>(
    here: Model,
    name: &str,
    way: &[&str],
    mut rest: impl Iterator<Item = &'a str>,
) -> Refused {
    match rest.find(|name| way.contains(name)) {
        Some(again) => {
            Refused::saying(format!("Loops not allowed in filters, detected on field {again}."))
        }
        None => Refused::field(here, name),
    }
}

//! Words to look for: `search=a b` in the columns of a model, `<relation>__search=a` in those of
//! another.

use authority::search::{Condition, Part, Test, Where};

use super::field::{End, Field};
use super::model::Model;
use super::refused::Refused;
use super::value::bounded;

/// The most terms in one query.
pub(super) const MOST_TERMS: usize = 10;

/// The terms of a query.
#[derive(Default)]
pub(super) struct Terms {
    /// What each term of `search` asks.
    own: Vec<Condition>,
    /// What each term of a relation asks.
    related: Vec<Condition>,
    /// Whether all of those of relations must be met, and not one.
    all_related: bool,
}

impl Terms {
    /// Adds what `search` says: words, or phrases in quotes, with spaces or commas between.
    pub(super) fn add_own(&mut self, model: Model, text: &str) -> Result<(), Refused> {
        bounded(text)?;
        let terms = split(text);
        if model.searched().is_empty() && !terms.is_empty() {
            return Err(Refused::saying(format!("{} is not searchable", model.type_name())));
        }
        let field = Field::itself(model);
        for term in terms {
            self.own.push(contains(&field, model, term)?);
            self.is_bounded()?;
        }
        Ok(())
    }

    /// Adds what `<path>__search` says. A comma anywhere means that all of them must be met.
    pub(super) fn add_related(
        &mut self,
        from: Model,
        path: &str,
        text: &str,
    ) -> Result<(), Refused> {
        bounded(text)?;
        let field = Field::find(from, path)?;
        let End::Relation(model) = field.end else {
            return Err(Refused::saying(format!("{path} is not searchable")));
        };
        self.all_related |= text.contains(',');
        for term in text.split(',') {
            self.related.push(contains(&field, model, term)?);
            self.is_bounded()?;
        }
        Ok(())
    }

    fn is_bounded(&self) -> Result<(), Refused> {
        if self.own.len() + self.related.len() > MOST_TERMS {
            return Err(Refused::saying(format!("At most {MOST_TERMS} search terms.")));
        }
        Ok(())
    }

    /// All of what was added.
    pub(super) fn condition(self) -> Condition {
        let Self { own, related, all_related } = self;
        let own = Condition::All(own);
        match related.is_empty() {
            true => own,
            false if all_related => own.and(Condition::All(related)),
            false => own.and(Condition::Any(related)),
        }
    }
}

/// That one of the columns of a model, at the end of a path, has a term in it.
fn contains(field: &Field<'_>, model: Model, term: &str) -> Result<Condition, Refused> {
    let column = |column: &_| {
        let part = Part { place: Where::Inside, folded: true, text: term.to_owned() };
        Ok(Condition::Test(field.path(&[], *column)?, Test::Text(part)))
    };
    Ok(Condition::Any(model.searched().iter().map(column).collect::<Result<_, _>>()?))
}

/// The terms of a text.
fn split(text: &str) -> Vec<&str> {
    let mut terms = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let quoted = matches!(first, '"' | '\'').then(|| phrase(rest, first)).flatten();
        let (term, after) = quoted.unwrap_or_else(|| {
            rest.split_once(|sign: char| sign.is_whitespace() || sign == ',').unwrap_or((rest, ""))
        });
        if !term.is_empty() {
            terms.push(term);
        }
        rest = after.trim_start();
    }
    terms
}

/// What stands between a quote at the beginning and one at the end of a word; and what follows.
fn phrase(text: &str, quote: char) -> Option<(&str, &str)> {
    let (term, after) = text.strip_prefix(quote)?.split_once(quote)?;
    let ends =
        after.is_empty() || after.starts_with(|sign: char| sign.is_whitespace() || sign == ',');
    ends.then_some((term, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_words_and_phrases_in_quotes() {
        assert_eq!(split("by touched"), ["by", "touched"]);
        assert_eq!(split(" touched,,zzz , "), ["touched", "zzz"]);
        assert_eq!(split("\"by touched\",it's 'o"), ["by touched", "it's", "'o"]);
        assert_eq!(split("  "), [""; 0]);
    }
}

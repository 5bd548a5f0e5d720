//! The fields of one kind of object, and what can be searched in it.

use serde_json::{Map, Value};

use super::field::{CREATED, Field, MODIFIED, RELATED, SUMMARY_FIELDS, URL, id_of, type_of};

/// Names are AWX's: they are what clients compare, show and look up.
pub(super) struct Table {
    /// What one is called in texts.
    pub(super) noun: &'static str,
    /// The type of an object, and its title: one pair.
    pub(super) kind: &'static [(&'static str, &'static str)],
    /// What its number is labelled.
    pub(super) id: &'static str,
    /// Whether one can filter by when it was created and by when it was changed, if it says so at all.
    pub(super) times: Option<(bool, bool)>,
    /// What else it has.
    pub(super) own: &'static [Field],
    /// The columns of `search=`.
    pub(super) search: &'static [&'static str],
    /// What can be searched across, without the `__search` at the end.
    pub(super) related: &'static [&'static str],
    /// The roles on it.
    pub(super) roles: &'static [&'static str],
}

impl Table {
    fn fields(&self) -> impl Iterator<Item = Field> {
        let frame = [id_of(self.id), type_of(self.kind), URL, RELATED, SUMMARY_FIELDS];
        let times = self.times.map(|(created, modified)| {
            let open =
                |field: Field, filterable| if filterable { field } else { field.unfiltered() };
            [open(CREATED, created), open(MODIFIED, modified)]
        });
        frame.into_iter().chain(times.into_iter().flatten()).chain(self.own.iter().copied())
    }

    pub(super) fn read(&self) -> Map<String, Value> {
        self.fields().map(|field| (field.name.to_owned(), field.read(self.noun))).collect()
    }

    /// What can be sent to create one, or to change one.
    pub(super) fn write(&self, creates: bool) -> Map<String, Value> {
        let said = |field: Field| Some((field.name.to_owned(), field.write(self.noun, creates)?));
        self.fields().filter_map(said).collect()
    }
}

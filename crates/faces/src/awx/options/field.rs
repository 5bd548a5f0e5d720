//! What OPTIONS says of one field: a small language of constants, and how it is put on the wire.

use serde_json::{Map, Value, json};

/// When a caller may send it.
#[derive(Clone, Copy, PartialEq)]
enum Input {
    Never,
    Creating,
    Always,
}

/// What it is when it isn't sent.
#[derive(Clone, Copy)]
enum Preset {
    Text(&'static str),
    Flag(bool),
    Number(i64),
}

/// What it means. AWX adds the common texts, with the noun of the table, after the limits.
#[derive(Clone, Copy)]
enum Help {
    None,
    Own(&'static str),
    Common(&'static str),
}

/// One field. Without further words: filterable and read-only.
#[derive(Clone, Copy)]
pub(super) struct Field {
    pub(super) name: &'static str,
    kind: &'static str,
    label: &'static str,
    help: Help,
    filterable: Option<bool>,
    input: Input,
    required: bool,
    preset: Option<Preset>,
    max_length: Option<u16>,
    range: Option<(i64, i64)>,
    choices: &'static [(&'static str, &'static str)],
}

/// What every object has.
pub(super) const URL: Field = string("url", "Url").common("URL for this {}.").unfiltered();
pub(super) const RELATED: Field = field("object", "related", "Related")
    .common("Data structure with URLs of related resources.")
    .unfiltered();
pub(super) const SUMMARY_FIELDS: Field = field("object", "summary_fields", "Summary fields")
    .common(
        "Data structure with name/description for related resources.  The output for some objects \
         may be limited for performance reasons.",
    )
    .unfiltered();
pub(super) const CREATED: Field =
    field("datetime", "created", "Created").common("Timestamp when this {} was created.");
pub(super) const MODIFIED: Field =
    field("datetime", "modified", "Modified").common("Timestamp when this {} was last modified.");
/// What many have.
pub(super) const NAME: Field = string("name", "Name").common("Name of this {}.").required();
pub(super) const DESCRIPTION: Field =
    string("description", "Description").common("Optional description of this {}.").or_text("");

/// Its label is all that differs.
pub(super) const fn id_of(label: &'static str) -> Field {
    field("integer", "id", label).common("Database ID for this {}.")
}

/// The name of the type is its only choice.
pub(super) const fn type_of(choices: &'static [(&'static str, &'static str)]) -> Field {
    let mut this = choice("type", "Type", choices).common("Data type for this {}.");
    this.filterable = None;
    this
}

pub(super) const fn string(name: &'static str, label: &'static str) -> Field {
    field("string", name, label)
}

/// A reference. `awxkit` takes a name for it, too, and looks that up under the name of the field.
pub(super) const fn id(name: &'static str, label: &'static str) -> Field {
    field("id", name, label)
}

pub(super) const fn choice(
    name: &'static str,
    label: &'static str,
    choices: &'static [(&'static str, &'static str)],
) -> Field {
    let mut this = field("choice", name, label);
    this.choices = choices;
    this
}

pub(super) const fn field(kind: &'static str, name: &'static str, label: &'static str) -> Field {
    Field {
        name,
        kind,
        label,
        help: Help::None,
        filterable: Some(true),
        input: Input::Never,
        required: false,
        preset: None,
        max_length: None,
        range: None,
        choices: &[],
    }
}

impl Field {
    pub(super) const fn help(mut self, text: &'static str) -> Self {
        self.help = Help::Own(text);
        self
    }

    const fn common(mut self, text: &'static str) -> Self {
        self.help = Help::Common(text);
        self
    }

    pub(super) const fn unfiltered(mut self) -> Self {
        self.filterable = Some(false);
        self
    }

    pub(super) const fn optional(mut self) -> Self {
        self.input = Input::Always;
        self
    }

    pub(super) const fn required(mut self) -> Self {
        self.required = true;
        self.optional()
    }

    /// It can't be changed afterwards.
    pub(super) const fn creating(mut self) -> Self {
        self.input = Input::Creating;
        self
    }

    pub(super) const fn or_text(mut self, text: &'static str) -> Self {
        self.preset = Some(Preset::Text(text));
        self.optional()
    }

    pub(super) const fn or_flag(mut self, flag: bool) -> Self {
        self.preset = Some(Preset::Flag(flag));
        self.optional()
    }

    pub(super) const fn or_number(mut self, number: i64) -> Self {
        self.preset = Some(Preset::Number(number));
        self.optional()
    }

    /// In characters.
    pub(super) const fn up_to(mut self, most: u16) -> Self {
        self.max_length = Some(most);
        self
    }

    pub(super) const fn between(mut self, least: i64, most: i64) -> Self {
        self.range = Some((least, most));
        self
    }

    /// For `actions.GET`.
    pub(super) fn read(&self, noun: &str) -> Value {
        self.say(noun, false)
    }

    /// For `actions.POST`, or for `actions.PUT` if nothing is created; none if it can't be sent.
    pub(super) fn write(&self, noun: &str, creates: bool) -> Option<Value> {
        let open = match self.input {
            Input::Never => false,
            Input::Creating => creates,
            Input::Always => true,
        };
        open.then(|| self.say(noun, true))
    }

    fn say(&self, noun: &str, writing: bool) -> Value {
        let mut said = Map::new();
        let mut say = |key: &str, value: Value| drop(said.insert(key.to_owned(), value));
        say("type", self.kind.into());
        if writing {
            say("required", self.required.into());
        }
        say("hidden", false.into());
        say("label", self.label.into());
        if let Help::Own(text) = self.help {
            say("help_text", text.into());
        }
        if let Some(most) = self.max_length.filter(|_| writing) {
            say("max_length", most.into());
        }
        if let Some((least, most)) = self.range {
            say("min_value", least.into());
            say("max_value", most.into());
        }
        if let Help::Common(text) = self.help {
            say("help_text", text.replace("{}", noun).into());
        }
        if let Some(filterable) = self.filterable {
            say("filterable", filterable.into());
        }
        if let Some(preset) = self.preset.filter(|_| writing) {
            say("default", preset.value());
        }
        if !self.choices.is_empty() {
            say("choices", json!(self.choices));
        }
        Value::Object(said)
    }
}

impl Preset {
    fn value(self) -> Value {
        match self {
            Self::Text(text) => text.into(),
            Self::Flag(flag) => flag.into(),
            Self::Number(number) => number.into(),
        }
    }
}

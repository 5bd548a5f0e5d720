//! Values in a body, each read as AWX's serializers read it, with their messages.

use serde_json::{Map, Value, json};

use super::fault::Fault;

/// Reads members of a body and gathers what is wrong with them.
pub(super) struct Fields<'a> {
    body: &'a Map<String, Value>,
    /// Whether what is missing may stay as it is.
    partial: bool,
    wrong: Map<String, Value>,
}

/// What holds of a text.
#[derive(Clone, Copy)]
pub(super) struct Text {
    /// Whether it must be there.
    pub(super) required: bool,
    /// Whether it may be empty.
    pub(super) blank: bool,
    /// Whether `null` is the same as empty.
    pub(super) null: bool,
    /// Its most characters.
    pub(super) most: usize,
}

/// A text that may be missing, empty or `null`.
pub(super) const OPTIONAL: Text = Text { required: false, blank: true, null: true, most: 1_000 };

impl<'a> Fields<'a> {
    pub(super) fn new(body: &'a Map<String, Value>, partial: bool) -> Self {
        Self { body, partial, wrong: Map::new() }
    }

    /// Says what is wrong with a member.
    pub(super) fn refuse(&mut self, name: &str, message: impl Into<String>) {
        let messages = self.wrong.entry(name).or_insert_with(|| json!([]));
        if let Value::Array(messages) = messages {
            messages.push(Value::String(message.into()));
        }
    }

    /// Whether nothing is wrong.
    ///
    /// # Errors
    ///
    /// All that is wrong.
    pub(super) fn done(self) -> Result<(), Fault> {
        if self.wrong.is_empty() { Ok(()) } else { Err(Fault::Fields(self.wrong)) }
    }

    fn present(&mut self, name: &str, required: bool) -> Option<&'a Value> {
        let value = self.body.get(name);
        if value.is_none() && required && !self.partial {
            self.refuse(name, "This field is required.");
        }
        value
    }

    /// A text, trimmed; numbers are texts too.
    pub(super) fn text(&mut self, name: &str, rule: Text) -> Option<String> {
        let text = match self.present(name, rule.required)? {
            Value::Null if rule.null => return Some(String::new()),
            Value::Null => return self.refused(name, "This field may not be null."),
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                return self.refused(name, "Not a valid string.");
            }
        };
        if text.contains('\0') {
            return self.refused(name, "Null characters are not allowed.");
        }
        if text.is_empty() && !rule.blank {
            return self.refused(name, "This field may not be blank.");
        }
        if text.chars().count() > rule.most {
            let most = rule.most;
            let message = format!("Ensure this field has no more than {most} characters.");
            return self.refused(name, &message);
        }
        Some(text)
    }

    /// Yes or no.
    pub(super) fn boolean(&mut self, name: &str) -> Option<bool> {
        let yes = ["t", "y", "yes", "true", "on", "1"];
        let no = ["f", "n", "no", "false", "off", "0"];
        let word = match self.present(name, false)? {
            Value::Bool(flag) => return Some(*flag),
            Value::Null => return self.refused(name, "This field may not be null."),
            Value::String(text) => text.to_lowercase(),
            Value::Number(number) => number.to_string(),
            Value::Array(_) | Value::Object(_) => {
                return self.refused(name, "Must be a valid boolean.");
            }
        };
        match word.as_str() {
            word if yes.contains(&word) => Some(true),
            word if no.contains(&word) => Some(false),
            _ => self.refused(name, "Must be a valid boolean."),
        }
    }

    /// One of several words.
    pub(super) fn choice(
        &mut self,
        name: &str,
        choices: &[&'static str],
        required: bool,
    ) -> Option<&'static str> {
        let value = match self.present(name, required)? {
            Value::Null => return self.refused(name, "This field may not be null."),
            Value::String(text) => text.clone(),
            other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                other.to_string()
            }
        };
        let found = choices.iter().find(|choice| **choice == value);
        if found.is_none() {
            self.refuse(name, format!("\"{value}\" is not a valid choice."));
        }
        found.copied()
    }

    /// The number of another object, which must be there.
    pub(super) fn reference(&mut self, name: &str) -> Option<i64> {
        let value = self.present(name, true)?;
        if value.is_null() {
            return self.refused(name, "This field may not be null.");
        }
        match reference(value) {
            Ok(number) => Some(number),
            Err(kind) => {
                let message = format!("Incorrect type. Expected pk value, received {kind}.");
                self.refused(name, &message)
            }
        }
    }

    /// Says that there is no object of this number.
    pub(super) fn no_such(&mut self, name: &str, number: i64) {
        self.refuse(name, format!("Invalid pk \"{number}\" - object does not exist."));
    }

    fn refused<T>(&mut self, name: &str, message: &str) -> Option<T> {
        self.refuse(name, message);
        None
    }
}

/// A number that stands for an object; else the name of what was sent, as Python calls it.
pub(super) fn reference(value: &Value) -> Result<i64, &'static str> {
    match value {
        Value::Number(number) => number.as_i64().ok_or("float"),
        Value::String(text) => text.trim().parse().map_err(|_| "str"),
        Value::Bool(_) => Err("bool"),
        Value::Array(_) => Err("list"),
        Value::Object(_) => Err("OrderedDict"),
        Value::Null => Err("NoneType"),
    }
}

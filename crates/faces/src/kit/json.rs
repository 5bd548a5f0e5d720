//! JSON, read strictly.

use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;

/// How deep JSON may be nested.
pub const DEEPEST: usize = 32;

/// Why JSON was not read. The text is for the caller and repeats none of its values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadJson(pub String);

/// Reads JSON, as [`sound_json`] and `T` want it.
pub fn read_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, BadJson> {
    sound_json(bytes).map_err(|error| describe(&error))?;
    serde_json::from_slice(bytes).map_err(|error| describe(&error))
}

/// Whether bytes are JSON in which no object has a member twice, no text has a null character, and
/// nothing is nested deeper than [`DEEPEST`]. The error may repeat what was sent.
pub fn sound_json(bytes: &[u8]) -> Result<(), serde_json::Error> {
    let mut strict = serde_json::Deserializer::from_slice(bytes);
    Strict { depth: 0 }.deserialize(&mut strict).and_then(|()| strict.end())
}

/// What is wrong, and where. Serde repeats a value of the wrong type, which may be a secret: that
/// message is not passed on.
fn describe(error: &serde_json::Error) -> BadJson {
    let place = format!("line {} column {}", error.line(), error.column());
    let text = error.to_string();
    let harmless = [
        "unknown field",
        "missing field",
        "duplicate",
        "nested",
        "null character",
        "unknown variant",
    ];
    BadJson(match error.classify() {
        Category::Io | Category::Syntax | Category::Eof => format!("no JSON, at {place}"),
        Category::Data if harmless.iter().any(|start| text.starts_with(start)) => text,
        Category::Data => format!("a value of the wrong type, at {place}"),
    })
}

/// Looks at any JSON value and keeps nothing of it.
#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
}

impl Strict {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth == DEEPEST {
            return Err(E::custom(format!("nested deeper than {DEEPEST}")));
        }
        Ok(Self { depth: self.depth + 1 })
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        if text.contains('\0') { Err(E::custom("null character in a text")) } else { Ok(()) }
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        while items.next_element_seed(inner)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        let mut names = HashSet::new();
        while let Some(name) = members.next_key::<String>()? {
            self.visit_str::<A::Error>(&name)?;
            if !names.insert(name) {
                return Err(serde::de::Error::custom("duplicate member"));
            }
            members.next_value_seed(inner)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::Value;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Wish {
        label: String,
    }

    fn refusal(json: &str) -> String {
        read_json::<Wish>(json.as_bytes()).unwrap_err().0
    }

    #[test]
    fn a_member_that_is_there_twice_is_refused_wherever_it_is() {
        assert_eq!(refusal(r#"{"label":"a","label":"b"}"#), "duplicate member at line 1 column 20");
        assert!(read_json::<Value>(br#"{"a":[{"b":1,"b":2}]}"#).is_err());
    }

    #[test]
    fn a_null_character_in_a_text_or_a_name_is_refused() {
        assert_eq!(
            refusal(r#"{"label":"a\u0000"}"#),
            "null character in a text at line 1 column 18"
        );
        assert!(read_json::<Value>(br#"{"a\u0000":1}"#).is_err());
    }

    #[test]
    fn nesting_beyond_32_is_refused() {
        let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        assert!(read_json::<Value>(nested(32).as_bytes()).is_ok());
        assert!(read_json::<Value>(nested(33).as_bytes()).is_err());
        assert!(read_json::<Value>("[".repeat(100_000).as_bytes()).is_err());
    }

    #[test]
    fn a_refusal_names_unknown_members_and_repeats_no_value() {
        let unknown = refusal(r#"{"label":"a","owner":"b"}"#);
        assert!(unknown.starts_with("unknown field `owner`"), "{unknown}");
        assert!(!refusal(r#"{"label":4815162342}"#).contains("4815162342"));
        assert!(refusal("{").starts_with("no JSON"));
        assert!(refusal(r#"{"label":"a"} {"#).starts_with("no JSON"));
        assert!(refusal(r#"{"label":1e999999}"#).starts_with("no JSON"));
    }
}

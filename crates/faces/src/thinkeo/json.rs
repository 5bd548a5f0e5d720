//! JSON as it is read here: strictly. One object, no member twice, no null character in a text, no
//! deeper than 128. Members that nobody knows are passed over.

use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeOwned, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};

use super::fault::Fault;

/// Reads a body.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Fault> {
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(Fault::body("The body is not a JSON object."));
    }
    let _: Sound = serde_json::from_slice(bytes).map_err(|error| fault(&error))?;
    serde_json::from_slice(bytes).map_err(|error| fault(&error))
}

/// What is wrong with a body, without any of what was in it: it may have been a password.
fn fault(error: &serde_json::Error) -> Fault {
    let text = error.to_string();
    let said = match text.rsplit_once(", expected ") {
        _ if text.starts_with("unknown field") => "it has a member that is not taken here".into(),
        Some((_, rest)) => format!("expected {rest}"),
        None => text,
    };
    Fault::body(format!("The body can't be read: {said}."))
}

/// Any JSON in which no object names a member twice and no text has a null character.
struct Sound;

impl<'de> Deserialize<'de> for Sound {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Look)
    }
}

struct Look;

impl<'de> Visitor<'de> for Look {
    type Value = Sound;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Sound, E> {
        Ok(Sound)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Sound, E> {
        Ok(Sound)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Sound, E> {
        Ok(Sound)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Sound, E> {
        Ok(Sound)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Sound, E> {
        Ok(Sound)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Sound, E> {
        if text.contains('\0') {
            return Err(E::custom("a text has a null character"));
        }
        Ok(Sound)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Sound, A::Error> {
        while seq.next_element::<Sound>()?.is_some() {}
        Ok(Sound)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Sound, A::Error> {
        let mut names = HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            self::Look.visit_str::<A::Error>(&name)?;
            let _: Sound = map.next_value()?;
            if !names.insert(name) {
                return Err(de::Error::custom("a member occurs twice"));
            }
        }
        Ok(Sound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Person {
        name: String,
    }

    fn name_in(body: &str) -> Option<String> {
        read::<Person>(body.as_bytes()).ok().map(|person| person.name)
    }

    #[test]
    fn members_that_nobody_knows_are_passed_over() {
        assert_eq!(name_in(r#" {"name": "a", "age": [1, {"x": null}]}"#).unwrap(), "a");
    }

    #[test]
    fn what_is_not_sound_is_refused() {
        for body in [
            "",
            "null",
            r#""a""#,
            r#"["a"]"#,
            r#"{"name": "a", "name": "a"}"#,
            r#"{"name": "a", "x": {"y": 1, "y": 2}}"#,
            r#"{"name": "a", "x": 1, "x": 2}"#,
            r#"{"name": ["a"]}"#,
            r#"{"name": {"a": 1}}"#,
            r#"{"name": 1}"#,
            r#"{"name": null}"#,
            r#"{"name": "\u0000"}"#,
            r#"{"name": "a", "x\u0000": 1}"#,
            r#"{"name": "\ud800"}"#,
            r#"{"name": "a"} x"#,
            r#"{"name": "a""#,
            "\u{feff}{\"name\": \"a\"}",
        ] {
            assert_eq!(name_in(body), None, "{body}");
        }
        assert_eq!(read::<Person>(b"{\"name\": \"\xff\"}").ok(), None);
        let deep = format!(r#"{{"name": "a", "x": {}{}}}"#, "[".repeat(9_000), "]".repeat(9_000));
        assert_eq!(name_in(&deep), None);
    }

    #[test]
    fn a_fault_repeats_nothing_of_the_body() {
        for body in [r#"{"name": ["canary, expected canary"]}"#, r#"{"canary": 1, "canary": 1}"#] {
            let fault = read::<Person>(body.as_bytes()).unwrap_err();
            assert!(!format!("{fault:?}").contains("canary"), "{fault:?}");
        }
        let fault = read::<crate::thinkeo::request::Nothing>(br#"{"canary": 1}"#).err().unwrap();
        assert!(!format!("{fault:?}").contains("canary"), "{fault:?}");
    }
}

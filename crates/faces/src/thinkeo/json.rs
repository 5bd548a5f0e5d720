//! JSON as it is read here: one object, strictly. Members that nobody knows are passed over.

use serde::de::DeserializeOwned;

use super::fault::Fault;
use crate::kit::sound_json;

/// Reads a body.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Fault> {
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(Fault::body("The body is not a JSON object."));
    }
    sound_json(bytes).map_err(|error| fault(&error))?;
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

#[cfg(test)]
mod tests {
    use serde::Deserialize;

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

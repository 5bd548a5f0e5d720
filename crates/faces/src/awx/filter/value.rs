//! Values as queries spell them.

use authority::search::{LONGEST_TEXT, Sort, Value};

use super::moment;
use super::refused::Refused;

/// What a column is compared with. Nothing stands for what is not there: `none` or `null`, of
/// moments alone, since in no other column anything can be absent.
pub(super) fn of_column(sort: Sort, text: &str) -> Result<Option<Value>, Refused> {
    match sort {
        Sort::Text | Sort::Id => Ok(Some(Value::Text(text.to_owned()))),
        Sort::Integer => {
            let bad = || Refused::value(text, "must be an integer.");
            integer(text).map(|number| Some(Value::Integer(number))).ok_or_else(bad)
        }
        Sort::Boolean => Ok(Some(Value::Boolean(boolean(text)?))),
        Sort::Time if is_null(text) => Ok(None),
        Sort::Time => Ok(Some(Value::Time(moment::read(text)?))),
    }
}

/// What a relation is compared with: the number of the other, or nothing.
pub(super) fn of_relation(name: &str, text: &str) -> Result<Option<Value>, Refused> {
    if is_null(text) {
        return Ok(None);
    }
    let bad = || Refused::saying(format!("Invalid {name} id: {text}"));
    integer(text).map(|number| Some(Value::Integer(number))).ok_or_else(bad)
}

fn is_null(text: &str) -> bool {
    ["none", "null"].iter().any(|null| text.eq_ignore_ascii_case(null))
}

/// Reads an integer of any length. One that no number of ours reaches is the farthest we have.
pub(super) fn integer(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let farthest = if text.starts_with('-') { i64::MIN } else { i64::MAX };
    Some(text.parse().unwrap_or(farthest))
}

/// Reads yes or no.
pub(super) fn boolean(text: &str) -> Result<bool, Refused> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(Refused::saying(format!("Unable to convert \"{text}\" to boolean"))),
    }
}

/// Refuses what no column is compared with: a long text, or one with a null character.
pub(super) fn bounded(text: &str) -> Result<(), Refused> {
    if text.contains('\0') {
        return Err(Refused::saying("Null characters are not allowed."));
    }
    if text.len() > LONGEST_TEXT {
        let detail = format!("Ensure each value has no more than {LONGEST_TEXT} characters.");
        return Err(Refused::saying(detail));
    }
    Ok(())
}

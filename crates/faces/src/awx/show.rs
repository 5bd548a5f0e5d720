//! What objects look like that are shown beside others, and what many of them have.

use authority::account::User;
use authority::application::Application;
use authority::directory::May;
use authority::organization::Organization;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// What is encoded in a part of a named URL.
const ENCODED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'#')
    .add(b'%')
    .add(b'&')
    .add(b'/')
    .add(b':')
    .add(b';')
    .add(b'=')
    .add(b'?')
    .add(b'@')
    .add(b'[')
    .add(b']');

/// What stands for a secret.
pub(super) const MASK: &str = "************";

/// The URL of an object.
pub(super) fn url(resource: &str, number: i64) -> String {
    format!("/api/v2/{resource}/{number}/")
}

/// A part of a named URL.
pub(super) fn url_part(name: &str) -> String {
    utf8_percent_encode(name, ENCODED).to_string().replace('+', "[+]")
}

pub(super) fn person(user: &User) -> Value {
    json!({
        "id": user.number,
        "username": user.username,
        "first_name": user.first_name,
        "last_name": user.last_name,
    })
}

pub(super) fn place(organization: &Organization) -> Value {
    json!({
        "id": organization.number,
        "name": organization.name,
        "description": organization.description,
    })
}

pub(super) fn brief_client(application: &Application) -> Value {
    json!({ "id": application.number, "name": application.name })
}

pub(super) fn capabilities(may: May) -> Value {
    json!({ "edit": may.edit, "delete": may.delete })
}

/// Who an object is elsewhere.
pub(super) fn resource(id: Uuid, kind: &str) -> Value {
    json!({ "ansible_id": id.to_string(), "resource_type": kind })
}

/// Members in order, without those that are none.
pub(super) fn members<const N: usize>(all: [(&str, Option<Value>); N]) -> Map<String, Value> {
    let there = all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    there.collect()
}

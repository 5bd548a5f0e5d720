use serde_json::Value;

use super::{About, Fields, body};

/// The complete answers among the records (contract section 1), without their description.
fn recorded(n: u64) -> Value {
    let all: Vec<Value> = serde_json::from_str(include_str!("recorded.json")).unwrap();
    all.into_iter().find(|record| record["n"] == n).unwrap()["body"].clone()
}

fn on_list(name: &'static str, fields: Fields, writes: Option<&'static str>) -> Value {
    body(&About { name, fields, list: true }, writes)
}

fn on_detail(name: &'static str, fields: Fields, writes: Option<&'static str>) -> Value {
    body(&About { name, fields, list: false }, writes)
}

fn names(of: &Value) -> Vec<&str> {
    of.as_object().unwrap().keys().map(String::as_str).collect()
}

/// Asserts that an answer is as recorded, to the order of the keys. Only the actions may change places,
/// and of the relations and roles some may be missing, because AWX has more of them than we.
fn assert_as_recorded(ours: &Value, n: u64) {
    let theirs = recorded(n);
    let keys: Vec<&str> = names(ours).into_iter().filter(|key| *key != "description").collect();
    assert_eq!(keys, names(&theirs), "[{n}]");
    for key in keys {
        let (ours, theirs) = (&ours[key], &theirs[key]);
        match key {
            "actions" => {
                assert_eq!(
                    ours.as_object().unwrap().len(),
                    theirs.as_object().unwrap().len(),
                    "[{n}]"
                );
                for (method, fields) in ours.as_object().unwrap() {
                    assert_eq!(fields.to_string(), theirs[method].to_string(), "[{n}] {method}");
                }
            }
            "related_search_fields" => {
                let theirs = theirs.as_array().unwrap();
                assert!(ours.as_array().unwrap().iter().all(|name| theirs.contains(name)), "[{n}]");
            }
            _ => assert_eq!(ours, theirs, "[{n}] {key}"),
        }
    }
}

#[test]
fn a_list_of_tokens_is_described_as_recorded() {
    assert_as_recorded(&on_list("OAuth2 Tokens", Fields::Token, None), 128);
}

#[test]
fn a_token_is_described_as_recorded() {
    assert_as_recorded(&on_detail("OAuth Token Detail", Fields::Token, Some("PUT")), 254);
}

#[test]
fn personal_tokens_are_described_as_recorded() {
    let name = "OAuth2 Personal Access Tokens";
    assert_as_recorded(&on_list(name, Fields::PersonalToken, Some("POST")), 258);
}

#[test]
fn users_are_described_as_recorded() {
    assert_as_recorded(&on_list("User List", Fields::User, None), 261);
}

#[test]
fn teams_are_described_as_recorded() {
    assert_as_recorded(&on_list("Team List", Fields::Team, Some("POST")), 266);
}

#[test]
fn each_list_takes_what_its_objects_are_made_of() {
    let taken = |fields| {
        let body = on_list("", fields, Some("POST"));
        let post = body["actions"]["POST"].as_object().unwrap();
        let mark = |required: bool| if required { "!" } else { "" };
        let said = post.iter().map(|(name, field)| {
            format!("{name}{}", mark(field["required"].as_bool().unwrap_or(false)))
        });
        said.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(taken(Fields::Token), "description application scope");
    assert_eq!(taken(Fields::PersonalToken), "description scope");
    assert_eq!(taken(Fields::AuthorizedToken), "description application! scope");
    assert_eq!(
        taken(Fields::User),
        "username! first_name last_name email is_superuser is_system_auditor password"
    );
    assert_eq!(taken(Fields::Organization), "name! description max_hosts default_environment");
    assert_eq!(taken(Fields::Team), "name! description organization!");
    assert_eq!(
        taken(Fields::Application),
        "name! description client_type! redirect_uris authorization_grant_type! skip_authorization \
         organization!"
    );
    assert_eq!(taken(Fields::Role), "id disassociate");
}

#[test]
fn what_is_settled_when_a_thing_is_created_cannot_be_put() {
    let application = on_detail("", Fields::Application, Some("PUT"));
    assert!(!names(&application["actions"]["PUT"]).contains(&"authorization_grant_type"));
    let token = on_detail("", Fields::Token, Some("PUT"));
    assert_eq!(names(&token["actions"]["PUT"]), ["description", "scope"]);
}

#[test]
fn the_text_for_reading_has_nothing_for_writing_and_the_other_way_round() {
    let all =
        [Fields::User, Fields::Organization, Fields::Team, Fields::Application, Fields::Token];
    for fields in all {
        let body = on_list("", fields, Some("POST"));
        for (name, field) in body["actions"]["GET"].as_object().unwrap() {
            for word in ["required", "read_only", "default", "min_length", "max_length"] {
                assert!(field.get(word).is_none(), "{name} {word}");
            }
        }
        for (name, mut field) in body["actions"]["POST"].as_object().unwrap().clone() {
            for word in ["required", "default", "max_length"] {
                field.as_object_mut().unwrap().shift_remove(word);
            }
            assert_eq!(field, body["actions"]["GET"][&name], "{name}");
        }
    }
}

#[test]
fn a_view_without_objects_has_only_actions() {
    let words = ["name", "description", "renders", "parses", "actions"];
    assert_eq!(names(&on_detail("Ping", Fields::Ping, None)), words);
    assert_eq!(names(&on_list("Projects", Fields::Plain, None)), words);
    let settings = on_detail("Setting Detail", Fields::Settings, Some("PUT"));
    assert_eq!(names(&settings), words);
    assert_eq!(names(&settings["actions"]["GET"]), names(&settings["actions"]["PUT"]));
}

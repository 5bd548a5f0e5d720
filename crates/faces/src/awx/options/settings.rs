//! The settings that we have of AWX's category `authentication`. AWX describes them otherwise than objects.

use serde_json::{Map, Value, json};

struct Setting {
    name: &'static str,
    kind: &'static str,
    label: &'static str,
    help: &'static str,
    required: bool,
}

const ALL: &[Setting] = &[
    Setting {
        name: "AUTH_BASIC_ENABLED",
        kind: "boolean",
        label: "Enable HTTP Basic Auth",
        help: "Enable HTTP Basic Auth for the API Browser.",
        required: true,
    },
    Setting {
        name: "OAUTH2_PROVIDER",
        kind: "nested object",
        label: "OAuth 2 Timeout Settings",
        help: "Dictionary for customizing OAuth 2 timeouts, available items are \
            `ACCESS_TOKEN_EXPIRE_SECONDS`, `AUTHORIZATION_CODE_EXPIRE_SECONDS` and \
            `REFRESH_TOKEN_EXPIRE_SECONDS`.",
        required: false,
    },
    Setting {
        name: "ALLOW_OAUTH2_FOR_EXTERNAL_USERS",
        kind: "boolean",
        label: "Allow External Users to Create OAuth2 Tokens",
        help: "Whether users of an external provider may create tokens. Existing tokens stay when \
            this is switched off.",
        required: false,
    },
];

pub(super) fn read() -> Map<String, Value> {
    ALL.iter().map(|setting| (setting.name.to_owned(), setting.say(false))).collect()
}

pub(super) fn write() -> Map<String, Value> {
    ALL.iter().map(|setting| (setting.name.to_owned(), setting.say(true))).collect()
}

impl Setting {
    fn say(&self, writing: bool) -> Value {
        let mut said = Map::new();
        let mut say = |key: &str, value: Value| drop(said.insert(key.to_owned(), value));
        say("type", self.kind.into());
        if writing {
            say("required", self.required.into());
        }
        say("hidden", false.into());
        say("label", self.label.into());
        say("help_text", self.help.into());
        say("category", "Authentication".into());
        say("category_slug", "authentication".into());
        if !writing {
            say("defined_in_file", false.into());
        }
        if self.kind == "nested object" {
            say("unit", "seconds".into());
            say("child", json!({"type": "integer", "hidden": false, "min_value": 1}));
        }
        Value::Object(said)
    }
}

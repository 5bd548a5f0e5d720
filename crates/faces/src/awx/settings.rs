//! Settings (contract sections 10 and 12): the few that are a token authority's.

use authority::settings::{Settings, SettingsChange};
use serde_json::{Map, Value, json};

use super::asked::Asked;
use super::fault::Fault;
use super::fields::Fields;
use super::reply::Reply;
use super::view::Doing;

const LIVES: &str = "OAUTH2_PROVIDER";
const ACCESS: &str = "ACCESS_TOKEN_EXPIRE_SECONDS";
const CODE: &str = "AUTHORIZATION_CODE_EXPIRE_SECONDS";
const REFRESH: &str = "REFRESH_TOKEN_EXPIRE_SECONDS";
const EXTERNAL: &str = "ALLOW_OAUTH2_FOR_EXTERNAL_USERS";
const BASIC: &str = "AUTH_BASIC_ENABLED";

fn shown(settings: &Settings) -> Value {
    json!({
        LIVES: {
            ACCESS: settings.access_seconds,
            CODE: settings.code_seconds,
            REFRESH: settings.refresh_seconds,
        },
        EXTERNAL: settings.external_users,
        BASIC: settings.basic,
    })
}

fn refused(error: authority::Error) -> Fault {
    Fault::of(error, "Setting")
}

/// `GET /api/v2/settings/`
pub(super) fn list(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        asked.authority.settings(asked.actor()?).await.map_err(refused)?;
        Ok(Reply::ok(json!({
            "count": 1,
            "next": null,
            "previous": null,
            "results": [{
                "url": "/api/v2/settings/authentication/",
                "slug": "authentication",
                "name": "Authentication",
            }],
        })))
    })
}

/// `GET /api/v2/settings/authentication/`
pub(super) fn show(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        let settings = asked.authority.settings(asked.actor()?).await.map_err(refused)?;
        Ok(Reply::ok(shown(&settings)))
    })
}

/// `PATCH` and `PUT /api/v2/settings/authentication/`
pub(super) fn update(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        let actor = asked.actor()?;
        asked.authority.settings(actor).await.map_err(refused)?;
        let mut fields = Fields::new(&asked.body, true);
        let change = SettingsChange {
            external_users: fields.boolean(EXTERNAL),
            basic: fields.boolean(BASIC),
            ..lives(&mut fields, asked)
        };
        fields.done()?;
        let settings = asked.authority.change_settings(actor, change).await.map_err(refused)?;
        Ok(Reply::ok(shown(&settings)))
    })
}

/// The lives of a body: whole seconds, 1 or more.
fn lives(fields: &mut Fields<'_>, asked: &Asked) -> SettingsChange {
    let Some(told) = asked.body.get(LIVES) else {
        return SettingsChange::default();
    };
    let Value::Object(told) = told else {
        fields.refuse(LIVES, "Expected a dictionary of items.");
        return SettingsChange::default();
    };
    let known = [ACCESS, CODE, REFRESH];
    let odd: Vec<&str> =
        told.keys().map(String::as_str).filter(|name| !known.contains(name)).collect();
    if !odd.is_empty() {
        fields.refuse(LIVES, format!("Invalid key names: {}", odd.join(", ")));
    }
    let mut life = |name: &str| seconds(fields, told, name);
    SettingsChange {
        access_seconds: life(ACCESS),
        code_seconds: life(CODE),
        refresh_seconds: life(REFRESH),
        ..SettingsChange::default()
    }
}

fn seconds(fields: &mut Fields<'_>, told: &Map<String, Value>, name: &str) -> Option<i64> {
    let value = told.get(name)?;
    let whole = value.as_i64().or_else(|| value.as_str().and_then(|text| text.parse().ok()));
    match whole {
        Some(seconds) if seconds >= 1 => return Some(seconds),
        Some(_) => fields.refuse(LIVES, "Ensure this value is greater than or equal to 1."),
        None => fields.refuse(LIVES, "A valid integer is required."),
    }
    None
}

/// `DELETE /api/v2/settings/authentication/`: back to what is configured.
pub(super) fn reset(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        asked.authority.reset_settings(asked.actor()?).await.map_err(refused)?;
        Ok(Reply::nothing())
    })
}

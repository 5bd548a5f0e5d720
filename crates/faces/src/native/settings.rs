//! What superusers decide while the installation runs.

use authority::Authority;
use authority::settings::{Settings, SettingsChange};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::fault::{Fault, Readers, Writers};
use super::request::{Body, Caller};

/// Settings.
#[derive(Serialize, ToSchema)]
pub(super) struct ShownSettings {
    /// Seconds that a person's token lives that asks for no life of its own.
    access_seconds: i64,
    /// Seconds that an authorization code lives.
    code_seconds: i64,
    /// Seconds without a refresh after which a grant is over.
    refresh_seconds: i64,
    /// Whether users may make tokens whose account somebody else keeps.
    external_users: bool,
    /// Whether AWX's face takes a user's name and password with each request.
    basic: bool,
}

impl From<Settings> for ShownSettings {
    fn from(settings: Settings) -> Self {
        let Settings { access_seconds, code_seconds, refresh_seconds, external_users, basic } =
            settings;
        Self { access_seconds, code_seconds, refresh_seconds, external_users, basic }
    }
}

/// What to change of them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangedSettings {
    access_seconds: Option<i64>,
    code_seconds: Option<i64>,
    refresh_seconds: Option<i64>,
    external_users: Option<bool>,
    basic: Option<bool>,
}

/// `GET /authority/v1/settings`
#[utoipa::path(
    get, path = "/settings", operation_id = "settings_show",
    tag = "Installation", security(("bearer" = []), ("basic" = [])),
    responses((status = 200, description = "What holds now", body = ShownSettings), Readers),
)]
pub(super) async fn show(
    State(authority): State<Authority>,
    Caller(actor): Caller,
) -> Result<Json<ShownSettings>, Fault> {
    Ok(Json(authority.settings(&actor).await?.into()))
}

/// `PATCH /authority/v1/settings`
#[utoipa::path(
    patch, path = "/settings", operation_id = "settings_update",
    tag = "Installation", security(("bearer" = []), ("basic" = [])),
    request_body = ChangedSettings,
    responses((status = 200, description = "What holds now", body = ShownSettings), Writers),
)]
pub(super) async fn update(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Body(changed): Body<ChangedSettings>,
) -> Result<Json<ShownSettings>, Fault> {
    let ChangedSettings { access_seconds, code_seconds, refresh_seconds, external_users, basic } =
        changed;
    let change =
        SettingsChange { access_seconds, code_seconds, refresh_seconds, external_users, basic };
    Ok(Json(authority.change_settings(&actor, change).await?.into()))
}

/// `DELETE /authority/v1/settings`: all as configured.
#[utoipa::path(
    delete, path = "/settings", operation_id = "settings_reset",
    tag = "Installation", security(("bearer" = []), ("basic" = [])),
    responses((status = 200, description = "What holds now", body = ShownSettings), Writers),
)]
pub(super) async fn reset(
    State(authority): State<Authority>,
    Caller(actor): Caller,
) -> Result<Json<ShownSettings>, Fault> {
    Ok(Json(authority.reset_settings(&actor).await?.into()))
}

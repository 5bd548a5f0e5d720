//! The caller's own account and sessions.

use authority::Authority;
use authority::account::Session;
use authority::account::store::UserChange;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::fault::{Fault, Readers, Writers};
use super::listing::{Listed, ending};
use super::request::{At, Body, Caller, Hidden, Path};
use super::users::ShownUser;

/// What to change of oneself.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangedSelf {
    first_name: Option<String>,
    last_name: Option<String>,
    language: Option<String>,
}

/// A new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangedPassword {
    /// The present one.
    old: Hidden,
    /// The new one.
    new: Hidden,
    /// Whether all one's tokens end too. Other sessions end in any case.
    #[serde(default)]
    end_tokens: bool,
}

/// A login.
#[derive(Serialize, ToSchema)]
pub(super) struct ShownSession {
    id: Uuid,
    number: i64,
    organization: Option<Uuid>,
    /// Whether this request was made in it.
    current: bool,
    remembered: bool,
    created_at: String,
    refreshed_at: String,
    expires_at: String,
}

/// `GET /authority/v1/me`
#[utoipa::path(
    get, path = "/me", operation_id = "oneself_show",
    tag = "Oneself", security(("bearer" = []), ("basic" = [])),
    responses((status = 200, description = "The caller", body = ShownUser), Readers),
)]
pub(super) async fn show(
    State(authority): State<Authority>,
    Caller(actor): Caller,
) -> Result<Json<ShownUser>, Fault> {
    Ok(Json(authority.me(&actor).await?.into()))
}

/// `PATCH /authority/v1/me`
#[utoipa::path(
    patch, path = "/me", operation_id = "oneself_update",
    tag = "Oneself", security(("bearer" = []), ("basic" = [])),
    request_body = ChangedSelf,
    responses((status = 200, description = "The caller", body = ShownUser), Writers),
)]
pub(super) async fn update(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Body(ChangedSelf { first_name, last_name, language }): Body<ChangedSelf>,
) -> Result<Json<ShownUser>, Fault> {
    let change = UserChange { first_name, last_name, language, ..UserChange::default() };
    Ok(Json(authority.update_me(&actor, change).await?.into()))
}

/// `PUT /authority/v1/me/password`
#[utoipa::path(
    put, path = "/me/password", operation_id = "oneself_set_password",
    tag = "Oneself", security(("bearer" = []), ("basic" = [])),
    request_body = ChangedPassword,
    responses((status = 204, description = "It is set"), Writers),
)]
pub(super) async fn set_password(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    At(door): At,
    Body(ChangedPassword { old, new, end_tokens }): Body<ChangedPassword>,
) -> Result<StatusCode, Fault> {
    let passwords = (old.reveal(), new.reveal());
    authority.change_password(&actor, passwords, end_tokens, &door).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /authority/v1/me/sessions`: at most 100, newest first.
#[utoipa::path(
    get, path = "/me/sessions", operation_id = "oneself_sessions",
    tag = "Oneself", security(("bearer" = []), ("basic" = [])),
    responses((status = 200, description = "The sessions", body = Listed<ShownSession>), Readers),
)]
pub(super) async fn sessions(
    State(authority): State<Authority>,
    Caller(actor): Caller,
) -> Result<Json<Listed<ShownSession>>, Fault> {
    let sessions = authority.sessions(&actor).await?;
    let show = |session: Session| ShownSession {
        id: session.id.uuid(),
        number: session.number,
        organization: session.organization.map(authority::id::Id::uuid),
        current: actor.session() == Some(session.id),
        remembered: session.remembered,
        created_at: session.created_at.to_string(),
        refreshed_at: session.refreshed_at.to_string(),
        expires_at: session.expires_at.to_string(),
    };
    Ok(ending(sessions.into_iter().map(show).collect(), None))
}

/// `DELETE /authority/v1/me/sessions/{id}`
#[utoipa::path(
    delete, path = "/me/sessions/{id}", operation_id = "oneself_end_session",
    tag = "Oneself",
    security(("bearer" = []), ("basic" = [])), params(("id" = Uuid, Path)),
    responses((status = 204, description = "It is over"), Writers),
)]
pub(super) async fn end_session(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Fault> {
    authority.end_session(&actor, id.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}

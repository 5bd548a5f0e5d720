//! Users, as administrators of the installation see them.

use authority::Authority;
use authority::account::store::UserChange;
use authority::account::{NewUser, User};
use authority::permission::Marks;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::fault::{Fault, Readers, Writers};
use super::listing::{Listed, Paging, listed};
use super::request::{Body, Caller, Hidden, New, Path, Query};

/// A user.
#[derive(Serialize, ToSchema)]
pub(super) struct ShownUser {
    id: Uuid,
    number: i64,
    username: String,
    email: Option<String>,
    first_name: String,
    last_name: String,
    language: String,
    superuser: bool,
    system_auditor: bool,
    created_at: String,
    modified_at: String,
    confirmed_at: Option<String>,
    disabled_at: Option<String>,
    last_login_at: Option<String>,
    provider: Option<String>,
}

impl From<User> for ShownUser {
    fn from(user: User) -> Self {
        Self {
            id: user.id.uuid(),
            number: user.number,
            username: user.username,
            email: user.email,
            first_name: user.first_name,
            last_name: user.last_name,
            language: user.language,
            superuser: user.marks.superuser,
            system_auditor: user.marks.system_auditor,
            created_at: user.created_at.to_string(),
            modified_at: user.modified_at.to_string(),
            confirmed_at: user.confirmed_at.map(|time| time.to_string()),
            disabled_at: user.disabled_at.map(|time| time.to_string()),
            last_login_at: user.last_login_at.map(|time| time.to_string()),
            provider: user.provider,
        }
    }
}

/// A user as one is wished.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WishedUser {
    /// Name to log in with: 1 to 150 characters.
    username: String,
    /// Address. Without a password, a link to set one is mailed there.
    email: Option<String>,
    /// Password.
    password: Option<Hidden>,
    #[serde(default)]
    first_name: String,
    #[serde(default)]
    last_name: String,
    /// Holds every permission everywhere.
    #[serde(default)]
    superuser: bool,
    /// Holds every reading permission everywhere.
    #[serde(default)]
    system_auditor: bool,
}

impl WishedUser {
    fn wish(&self) -> NewUser {
        let Self { superuser, system_auditor, .. } = *self;
        NewUser {
            username: self.username.clone(),
            email: self.email.clone(),
            password: self.password.as_ref().map(|password| password.reveal().to_owned()),
            first_name: self.first_name.clone(),
            last_name: self.last_name.clone(),
            marks: Marks { superuser, system_auditor },
            once: None,
        }
    }
}

/// What to change of a user.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangedUser {
    username: Option<String>,
    email: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    language: Option<String>,
    /// Who keeps the account, such as `ldap`; `null` says that Chancery does.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    provider: Provider,
}

/// Who keeps an account: `null` is something else than not being there.
#[derive(Default)]
enum Provider {
    #[default]
    Unsaid,
    Said(Option<String>),
}

impl<'de> Deserialize<'de> for Provider {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        Option::deserialize(json).map(Self::Said)
    }
}

impl From<ChangedUser> for UserChange {
    fn from(changed: ChangedUser) -> Self {
        let ChangedUser { username, email, first_name, last_name, language, provider } = changed;
        let provider = match provider {
            Provider::Unsaid => None,
            Provider::Said(provider) => Some(provider),
        };
        Self { username, email, first_name, last_name, language, provider, ..Self::default() }
    }
}

/// `GET /authority/v1/users`
#[utoipa::path(
    get, path = "/users", operation_id = "users_list",
    tag = "Users", security(("bearer" = []), ("basic" = [])),
    params(Paging),
    responses((status = 200, description = "A page", body = Listed<ShownUser>), Readers),
)]
pub(super) async fn list(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Query(paging): Query<Paging>,
) -> Result<Json<Listed<ShownUser>>, Fault> {
    let page = paging.page(&authority, &actor, "users")?;
    let users = authority.users(&actor, page).await?;
    let show = |user: User| (user.number, user.into());
    Ok(listed(&authority, &actor, ("users", page), users, show))
}

/// `POST /authority/v1/users`
#[utoipa::path(
    post, path = "/users", operation_id = "users_create",
    tag = "Users", security(("bearer" = []), ("basic" = [])),
    params(("Idempotency-Key" = Option<String>, Header, max_length = 255)),
    request_body = WishedUser,
    responses((status = 201, description = "The user", body = ShownUser), Writers),
)]
pub(super) async fn create(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    new: New<WishedUser>,
) -> Result<(StatusCode, Json<ShownUser>), Fault> {
    let wish = NewUser { once: new.once(&authority, &actor)?, ..new.wish.wish() };
    let user = authority.create_user(&actor, wish).await?;
    Ok((StatusCode::CREATED, Json(user.into())))
}

/// `GET /authority/v1/users/{id}`
#[utoipa::path(
    get, path = "/users/{id}", operation_id = "users_show",
    tag = "Users", security(("bearer" = []), ("basic" = [])),
    params(("id" = Uuid, Path)),
    responses((status = 200, description = "The user", body = ShownUser), Readers),
)]
pub(super) async fn show(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Path(id): Path<Uuid>,
) -> Result<Json<ShownUser>, Fault> {
    Ok(Json(authority.user(&actor, id.into()).await?.into()))
}

/// `PATCH /authority/v1/users/{id}`
#[utoipa::path(
    patch, path = "/users/{id}", operation_id = "users_update",
    tag = "Users", security(("bearer" = []), ("basic" = [])),
    params(("id" = Uuid, Path)), request_body = ChangedUser,
    responses((status = 200, description = "The user", body = ShownUser), Writers),
)]
pub(super) async fn update(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Path(id): Path<Uuid>,
    Body(changed): Body<ChangedUser>,
) -> Result<Json<ShownUser>, Fault> {
    Ok(Json(authority.update_user(&actor, id.into(), changed.into()).await?.into()))
}

/// `DELETE /authority/v1/users/{id}`
#[utoipa::path(
    delete, path = "/users/{id}", operation_id = "users_delete",
    tag = "Users", security(("bearer" = []), ("basic" = [])),
    params(("id" = Uuid, Path)),
    responses((status = 204, description = "Gone for ever"), Writers),
)]
pub(super) async fn delete(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Fault> {
    authority.delete_user(&actor, id.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /authority/v1/users/{id}/disable`: everything it holds is dead, for ever.
#[utoipa::path(
    post, path = "/users/{id}/disable", operation_id = "users_disable",
    tag = "Users", security(("bearer" = []), ("basic" = [])),
    params(("id" = Uuid, Path)),
    responses((status = 200, description = "The user", body = ShownUser), Writers),
)]
pub(super) async fn disable(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Path(id): Path<Uuid>,
) -> Result<Json<ShownUser>, Fault> {
    Ok(Json(authority.set_user_disabled(&actor, id.into(), true).await?.into()))
}

/// `POST /authority/v1/users/{id}/enable`: may log in again; nothing is revived.
#[utoipa::path(
    post, path = "/users/{id}/enable", operation_id = "users_enable",
    tag = "Users", security(("bearer" = []), ("basic" = [])),
    params(("id" = Uuid, Path)),
    responses((status = 200, description = "The user", body = ShownUser), Writers),
)]
pub(super) async fn enable(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Path(id): Path<Uuid>,
) -> Result<Json<ShownUser>, Fault> {
    Ok(Json(authority.set_user_disabled(&actor, id.into(), false).await?.into()))
}

//! Users of a team, and users as they see themselves.

use authority::Authority;
use authority::account::User;
use authority::account::store::UserChange;
use authority::organization::Membership;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::fault::{Fault, Readers, Writers};
use super::ident::Ident;
use super::listing::Listing;
use super::moment::Moment;
use super::query::{Query, Window};
use super::request::{Body, Caller, Path};
use super::roles::RoleWord;

/// A user of a team.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Member {
    id: Ident,
    email: Option<String>,
    first_name: String,
    last_name: String,
    role: RoleWord,
}

impl From<(User, Membership)> for Member {
    fn from((user, membership): (User, Membership)) -> Self {
        let User { id, email, first_name, last_name, .. } = user;
        Self { id: id.into(), email, first_name, last_name, role: RoleWord(membership.role) }
    }
}

/// Somebody to invite.
#[derive(Deserialize, ToSchema)]
pub(super) struct Invitation {
    email: String,
    #[serde(default)]
    role: RoleWord,
}

/// A user's new role.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewRole {
    role: RoleWord,
}

/// `GET /v0/teams/users`
#[utoipa::path(
    get, path = "/teams/users", tag = "Teams", security(("bearer" = []), ("basic" = [])),
    params(Window),
    responses((status = 200, description = "The users", body = [Member]), Readers),
)]
pub(super) async fn list(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Query(window): Query<Window>,
) -> Result<Listing<Member>, Fault> {
    let team = authority.default_organization(&actor).await?;
    let (page, frame) = window.open(&authority, &actor, "team users")?;
    let members = authority.members(&actor, team, page).await?;
    Ok(frame.show(members, |(user, _)| user.number))
}

/// `POST /v0/teams/users`
///
/// Whoever has no account yet gets one, and a letter with a link to set a password.
#[utoipa::path(
    post, path = "/teams/users", tag = "Teams", security(("bearer" = []), ("basic" = [])),
    request_body = Invitation,
    responses((status = 200, description = "The user", body = Member), Writers),
)]
pub(super) async fn invite(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Body(invitation): Body<Invitation>,
) -> Result<Json<Member>, Fault> {
    let team = authority.default_organization(&actor).await?;
    let Invitation { email, role: RoleWord(role) } = invitation;
    Ok(Json(authority.invite(&actor, team, (email.as_str().into(), role)).await?.into()))
}

/// `PUT /v0/teams/users/{user_id}`
#[utoipa::path(
    put, path = "/teams/users/{user_id}", tag = "Teams",
    security(("bearer" = []), ("basic" = [])),
    params(("user_id" = String, Path, format = Uuid)), request_body = NewRole,
    responses((status = 200, description = "The role holds, for the user's tokens too"), Writers),
)]
pub(super) async fn set_role(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Path(user): Path<Ident>,
    Body(new): Body<NewRole>,
) -> Result<(), Fault> {
    let team = authority.default_organization(&actor).await?;
    Ok(authority.set_role(&actor, team, (user.into(), new.role.0)).await?)
}

/// `DELETE /v0/teams/users/{user_id}`
#[utoipa::path(
    delete, path = "/teams/users/{user_id}", tag = "Teams",
    security(("bearer" = []), ("basic" = [])),
    params(("user_id" = String, Path, format = Uuid)),
    responses((status = 200, description = "The user is out, with all tokens for it"), Writers),
)]
pub(super) async fn remove(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Path(user): Path<Ident>,
) -> Result<(), Fault> {
    let team = authority.default_organization(&actor).await?;
    Ok(authority.remove_member(&actor, team, user.into()).await?)
}

/// A user as it sees itself.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Me {
    id: Ident,
    email: Option<String>,
    first_name: String,
    last_name: String,
    language: String,
    created_at: Moment,
}

impl From<User> for Me {
    fn from(user: User) -> Self {
        let User { id, email, first_name, last_name, language, created_at, .. } = user;
        let created_at = Moment(created_at);
        Self { id: id.into(), email, first_name, last_name, language, created_at }
    }
}

/// What users change of themselves; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct MyChange {
    first_name: Option<String>,
    last_name: Option<String>,
    language: Option<String>,
}

impl From<MyChange> for UserChange {
    fn from(change: MyChange) -> Self {
        let MyChange { first_name, last_name, language } = change;
        Self { first_name, last_name, language, ..Self::default() }
    }
}

/// `GET /v0/users/me`
///
/// With a permanent token: the user who made it.
#[utoipa::path(
    get, path = "/users/me", tag = "Users", security(("bearer" = []), ("basic" = [])),
    responses((status = 200, description = "The caller", body = Me), Readers),
)]
pub(super) async fn me(
    State(authority): State<Authority>,
    Caller(actor): Caller,
) -> Result<Json<Me>, Fault> {
    Ok(Json(authority.me(&actor).await?.into()))
}

/// `PUT /v0/users/me`
#[utoipa::path(
    put, path = "/users/me", tag = "Users", security(("bearer" = []), ("basic" = [])),
    request_body = MyChange,
    responses((status = 200, description = "The caller", body = Me), Writers),
)]
pub(super) async fn update_me(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Body(change): Body<MyChange>,
) -> Result<Json<Me>, Fault> {
    Ok(Json(authority.update_me(&actor, change.into()).await?.into()))
}

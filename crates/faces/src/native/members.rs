//! Who belongs to an organization, as what.

use authority::Authority;
use authority::account::User;
use authority::organization::Membership;
use authority::permission::Role;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::fault::{Fault, Readers, Writers};
use super::listing::{Listed, Paging, listed};
use super::request::{Body, Caller, Path, Query};

/// A member.
#[derive(Serialize, ToSchema)]
pub(super) struct Member {
    /// The user.
    user: Uuid,
    /// The user's number.
    number: i64,
    username: String,
    email: Option<String>,
    /// `owner`, `admin`, `editor`, `viewer`, `auditor` or `unassigned`.
    role: &'static str,
    created_at: String,
}

impl From<(User, Membership)> for Member {
    fn from((user, membership): (User, Membership)) -> Self {
        Self {
            user: user.id.uuid(),
            number: user.number,
            username: user.username,
            email: user.email,
            role: membership.role.as_str(),
            created_at: membership.created_at.to_string(),
        }
    }
}

/// Somebody to give a place to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewMember {
    /// A user there is; or `email`.
    user: Option<Uuid>,
    /// An address; whoever has no account yet is invited.
    email: Option<String>,
    role: String,
}

/// Another role.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewRole {
    role: String,
}

pub(super) fn read_role(name: &str) -> Result<Role, Fault> {
    let rule = "owner, admin, editor, viewer, auditor or unassigned";
    Role::parse(name).ok_or_else(|| Fault::invalid("role", rule))
}

/// `GET /authority/v1/organizations/{id}/members`
#[utoipa::path(
    get, path = "/organizations/{id}/members", operation_id = "members_list",
    tag = "Members",
    security(("bearer" = []), ("basic" = [])), params(("id" = Uuid, Path), Paging),
    responses((status = 200, description = "A page", body = Listed<Member>), Readers),
)]
pub(super) async fn list(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Path(id): Path<Uuid>,
    Query(paging): Query<Paging>,
) -> Result<Json<Listed<Member>>, Fault> {
    let name = format!("members {id}");
    let page = paging.page(&authority, &actor, &name)?;
    let members = authority.members(&actor, id.into(), page).await?;
    let show = |member: (User, Membership)| (member.0.number, member.into());
    Ok(listed(&authority, &actor, (&name, page), members, show))
}

/// `POST /authority/v1/organizations/{id}/members`
#[utoipa::path(
    post, path = "/organizations/{id}/members", operation_id = "members_add",
    tag = "Members",
    security(("bearer" = []), ("basic" = [])), params(("id" = Uuid, Path)),
    request_body = NewMember,
    responses((status = 204, description = "A member now"), Writers),
)]
pub(super) async fn add(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Path(id): Path<Uuid>,
    Body(NewMember { user, email, role }): Body<NewMember>,
) -> Result<StatusCode, Fault> {
    let role = read_role(&role)?;
    match (user, email) {
        (Some(user), None) => authority.add_member(&actor, id.into(), (user.into(), role)).await?,
        (None, Some(email)) => {
            authority.invite(&actor, id.into(), (email.as_str().into(), role)).await?;
        }
        _ => return Err(Fault::invalid("user", "either `user` or `email`")),
    }
    Ok(StatusCode::NO_CONTENT)
}

/// `PATCH /authority/v1/organizations/{id}/members/{user}`
#[utoipa::path(
    patch, path = "/organizations/{id}/members/{user}", operation_id = "members_set_role",
    tag = "Members",
    security(("bearer" = []), ("basic" = [])),
    params(("id" = Uuid, Path), ("user" = Uuid, Path)), request_body = NewRole,
    responses((status = 204, description = "It is so now"), Writers),
)]
pub(super) async fn set_role(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Path((id, user)): Path<(Uuid, Uuid)>,
    Body(NewRole { role }): Body<NewRole>,
) -> Result<StatusCode, Fault> {
    let role = read_role(&role)?;
    authority.set_role(&actor, id.into(), (user.into(), role)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /authority/v1/organizations/{id}/members/{user}`
#[utoipa::path(
    delete, path = "/organizations/{id}/members/{user}", operation_id = "members_remove",
    tag = "Members",
    security(("bearer" = []), ("basic" = [])),
    params(("id" = Uuid, Path), ("user" = Uuid, Path)),
    responses((status = 204, description = "No member any more"), Writers),
)]
pub(super) async fn remove(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Path((id, user)): Path<(Uuid, Uuid)>,
) -> Result<StatusCode, Fault> {
    authority.remove_member(&actor, id.into(), user.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}

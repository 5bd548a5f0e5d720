//! Groups of a team: some of its users, and the apps that are shared with them.

use authority::Authority;
use authority::account::User;
use authority::application::Application;
use authority::id::ApplicationId;
use authority::organization::Group;
use authority::organization::store::Naming;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::fault::{Fault, Readers, Writers};
use super::ident::Ident;
use super::listing::Listing;
use super::query::{Query, Window};
use super::request::{Body, Caller, Path};

/// A group.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Group)]
pub(super) struct ShownGroup {
    id: Ident,
    name: String,
    team_id: Ident,
}

impl From<Group> for ShownGroup {
    fn from(group: Group) -> Self {
        Self { id: group.id.into(), name: group.name, team_id: group.organization.into() }
    }
}

/// What a group is called: a name that no other group of the team has.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewGroup {
    #[schema(min_length = 1, max_length = 200)]
    name: String,
}

/// `GET /v0/teams/groups`
#[utoipa::path(
    get, path = "/teams/groups", tag = "Teams", security(("bearer" = []), ("basic" = [])),
    params(Window),
    responses((status = 200, description = "The groups", body = [ShownGroup]), Readers),
)]
pub(super) async fn list(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Query(window): Query<Window>,
) -> Result<Listing<ShownGroup>, Fault> {
    let team = authority.default_organization(&actor).await?;
    let (page, frame) = window.open(&authority, &actor, "groups")?;
    let groups = authority.groups(&actor, team, page).await?;
    Ok(frame.show(groups, |group| group.number))
}

/// `POST /v0/teams/groups`
#[utoipa::path(
    post, path = "/teams/groups", tag = "Teams", security(("bearer" = []), ("basic" = [])),
    request_body = NewGroup,
    responses((status = 200, description = "The group", body = ShownGroup), Writers),
)]
pub(super) async fn create(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Body(new): Body<NewGroup>,
) -> Result<Json<ShownGroup>, Fault> {
    let team = authority.default_organization(&actor).await?;
    Ok(Json(authority.create_group(&actor, team, (&new.name, "")).await?.into()))
}

/// `PUT /v0/teams/groups/{group_id}`
#[utoipa::path(
    put, path = "/teams/groups/{group_id}", tag = "Teams",
    security(("bearer" = []), ("basic" = [])),
    params(("group_id" = String, Path, format = Uuid)), request_body = NewGroup,
    responses((status = 200, description = "The group", body = ShownGroup), Writers),
)]
pub(super) async fn rename(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Path(group): Path<Ident>,
    Body(new): Body<NewGroup>,
) -> Result<Json<ShownGroup>, Fault> {
    let change = Naming { name: Some(new.name), ..Naming::default() };
    Ok(Json(authority.update_group(&actor, group.into(), change).await?.into()))
}

/// `DELETE /v0/teams/groups/{group_id}`
#[utoipa::path(
    delete, path = "/teams/groups/{group_id}", tag = "Teams",
    security(("bearer" = []), ("basic" = [])),
    params(("group_id" = String, Path, format = Uuid)),
    responses((status = 200, description = "The group is gone; its users stay"), Writers),
)]
pub(super) async fn delete(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Path(group): Path<Ident>,
) -> Result<(), Fault> {
    Ok(authority.delete_group(&actor, group.into()).await?)
}

/// An app in a group.
#[derive(Serialize, ToSchema)]
pub(super) struct SharedApp {
    id: Ident,
    name: String,
}

impl From<Application> for SharedApp {
    fn from(app: Application) -> Self {
        Self { id: app.id.into(), name: app.name }
    }
}

/// Apps to share: one or some.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Sharing {
    app_id: Option<Ident>,
    app_ids: Option<Vec<Ident>>,
}

impl Sharing {
    fn apps(self) -> Result<Vec<ApplicationId>, Fault> {
        let apps = match (self.app_id, self.app_ids) {
            (Some(app), None) => vec![app],
            (None, Some(apps)) if !apps.is_empty() => apps,
            (None, _) | (Some(_), Some(_)) => {
                return Err(Fault::body("The body has either `appId` or some `appIds`."));
            }
        };
        Ok(apps.into_iter().map(Into::into).collect())
    }
}

/// `GET /v0/teams/groups/{group_id}/apps`
#[utoipa::path(
    get, path = "/teams/groups/{group_id}/apps", tag = "Teams",
    security(("bearer" = []), ("basic" = [])),
    params(("group_id" = String, Path, format = Uuid), Window),
    responses((status = 200, description = "The apps shared with it", body = [SharedApp]), Readers),
)]
pub(super) async fn apps(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Path(group): Path<Ident>,
    Query(window): Query<Window>,
) -> Result<Listing<SharedApp>, Fault> {
    let (page, frame) = window.open(&authority, &actor, "group apps")?;
    let apps = authority.group_applications(&actor, group.into(), page).await?;
    Ok(frame.show(apps, |app| app.number))
}

/// `POST /v0/teams/groups/{group_id}/apps`
#[utoipa::path(
    post, path = "/teams/groups/{group_id}/apps", tag = "Teams",
    security(("bearer" = []), ("basic" = [])),
    params(("group_id" = String, Path, format = Uuid)), request_body = Sharing,
    responses((status = 200, description = "They are shared with it"), Writers),
)]
pub(super) async fn share(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Path(group): Path<Ident>,
    Body(sharing): Body<Sharing>,
) -> Result<(), Fault> {
    Ok(authority.share_with_group(&actor, group.into(), &sharing.apps()?).await?)
}

/// `DELETE /v0/teams/groups/{group_id}/apps/{app_id}`
#[utoipa::path(
    delete, path = "/teams/groups/{group_id}/apps/{app_id}", tag = "Teams",
    security(("bearer" = []), ("basic" = [])),
    params(("group_id" = String, Path, format = Uuid), ("app_id" = String, Path, format = Uuid)),
    responses((status = 200, description = "It is not shared with it any more"), Writers),
)]
pub(super) async fn unshare(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Path((group, app)): Path<(Ident, Ident)>,
) -> Result<(), Fault> {
    Ok(authority.unshare_with_group(&actor, group.into(), app.into()).await?)
}

/// A user in a group.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct GroupUser {
    id: Ident,
    email: Option<String>,
    first_name: String,
    last_name: String,
}

impl From<User> for GroupUser {
    fn from(user: User) -> Self {
        let User { id, email, first_name, last_name, .. } = user;
        Self { id: id.into(), email, first_name, last_name }
    }
}

/// A user of the team to put into a group.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Joining {
    user_id: Ident,
}

/// `GET /v0/teams/groups/{group_id}/users`
#[utoipa::path(
    get, path = "/teams/groups/{group_id}/users", tag = "Teams",
    security(("bearer" = []), ("basic" = [])),
    params(("group_id" = String, Path, format = Uuid), Window),
    responses((status = 200, description = "The users in it", body = [GroupUser]), Readers),
)]
pub(super) async fn users(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Path(group): Path<Ident>,
    Query(window): Query<Window>,
) -> Result<Listing<GroupUser>, Fault> {
    let (page, frame) = window.open(&authority, &actor, "group users")?;
    let users = authority.group_users(&actor, group.into(), page).await?;
    Ok(frame.show(users, |user| user.number))
}

/// `POST /v0/teams/groups/{group_id}/users`
#[utoipa::path(
    post, path = "/teams/groups/{group_id}/users", tag = "Teams",
    security(("bearer" = []), ("basic" = [])),
    params(("group_id" = String, Path, format = Uuid)), request_body = Joining,
    responses((status = 200, description = "The user is in it"), Writers),
)]
pub(super) async fn add_user(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Path(group): Path<Ident>,
    Body(joining): Body<Joining>,
) -> Result<(), Fault> {
    Ok(authority.add_to_group(&actor, group.into(), joining.user_id.into()).await?)
}

/// `DELETE /v0/teams/groups/{group_id}/users/{user_id}`
#[utoipa::path(
    delete, path = "/teams/groups/{group_id}/users/{user_id}", tag = "Teams",
    security(("bearer" = []), ("basic" = [])),
    params(("group_id" = String, Path, format = Uuid), ("user_id" = String, Path, format = Uuid)),
    responses((status = 200, description = "The user is not in it any more"), Writers),
)]
pub(super) async fn remove_user(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Path((group, user)): Path<(Ident, Ident)>,
) -> Result<(), Fault> {
    Ok(authority.remove_from_group(&actor, group.into(), user.into()).await?)
}

//! Apps, as a register: what they are called, their versions and their icons.

use authority::application::store::{ApplicationChange, ApplicationFilter};
use authority::application::{Application, Version};
use authority::{Authority, Refusal};
use axum::Json;
use axum::extract::State;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::fault::{Fault, Readers, Writers};
use super::icon::{Picture, ShownIcon};
use super::ident::Ident;
use super::listing::Listing;
use super::moment::Moment;
use super::query::{Query, Window};
use super::request::{Bearer, Body, MaybeBody, Path};

/// An app.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct App {
    id: Ident,
    name: String,
    team_id: Ident,
    description: String,
    created_at: Moment,
    /// Since when it is put away.
    archived_at: Option<Moment>,
}

impl From<Application> for App {
    fn from(app: Application) -> Self {
        Self {
            id: app.id.into(),
            name: app.name,
            team_id: app.organization.into(),
            description: app.description,
            created_at: Moment(app.created_at),
            archived_at: app.archived_at.map(Moment),
        }
    }
}

/// What an app is called.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewApp {
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    #[serde(default)]
    #[schema(max_length = 1000)]
    description: String,
}

/// `POST /v0/apps`
#[utoipa::path(
    post, path = "/apps", tag = "Apps", security(("bearer" = [])), request_body = NewApp,
    responses((status = 200, description = "The app", body = App), Writers),
)]
pub(super) async fn create(
    State(authority): State<Authority>,
    Bearer(actor): Bearer,
    Body(new): Body<NewApp>,
) -> Result<Json<App>, Fault> {
    let team = authority.default_organization(&actor).await?;
    let words = (new.name.as_str(), new.description.as_str(), None);
    Ok(Json(authority.create_application(&actor, team, words, None).await?.into()))
}

/// Which apps are asked for. Each given value must fit.
#[derive(Default, Deserialize, ToSchema)]
pub(super) struct Asked {
    /// With these words in the name.
    name: Option<String>,
    /// Archived ones too.
    #[serde(default)]
    archived: bool,
}

impl From<Asked> for ApplicationFilter {
    fn from(Asked { name, archived }: Asked) -> Self {
        Self { name_contains: name, archived, ..Self::default() }
    }
}

/// `POST /v0/apps/query`
#[utoipa::path(
    post, path = "/apps/query", tag = "Apps", security(("bearer" = [])), params(Window),
    request_body = Option<Asked>,
    responses((status = 200, description = "The apps that fit", body = [App]), Readers),
)]
pub(super) async fn query(
    State(authority): State<Authority>,
    Bearer(actor): Bearer,
    Query(window): Query<Window>,
    MaybeBody(asked): MaybeBody<Asked>,
) -> Result<Listing<App>, Fault> {
    let team = authority.default_organization(&actor).await?;
    let (page, frame) = window.open(&authority, &actor, "apps")?;
    let apps = authority.applications(&actor, team, asked.into(), page).await?;
    Ok(frame.show(apps, |app| app.number))
}

/// `GET /v0/apps/{app_id}`
#[utoipa::path(
    get, path = "/apps/{app_id}", tag = "Apps", security(("bearer" = [])),
    params(("app_id" = String, Path, format = Uuid)),
    responses((status = 200, description = "The app", body = App), Readers),
)]
pub(super) async fn show(
    State(authority): State<Authority>,
    Bearer(actor): Bearer,
    Path(app): Path<Ident>,
) -> Result<Json<App>, Fault> {
    Ok(Json(authority.application(&actor, app.into()).await?.into()))
}

/// What is changed of an app; what is absent stays.
#[derive(Deserialize, ToSchema)]
pub(super) struct AppChange {
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    #[schema(max_length = 1000)]
    description: Option<String>,
}

/// `PUT /v0/apps/{app_id}`
#[utoipa::path(
    put, path = "/apps/{app_id}", tag = "Apps", security(("bearer" = [])),
    params(("app_id" = String, Path, format = Uuid)), request_body = AppChange,
    responses((status = 200, description = "The app", body = App), Writers),
)]
pub(super) async fn update(
    State(authority): State<Authority>,
    Bearer(actor): Bearer,
    Path(app): Path<Ident>,
    Body(AppChange { name, description }): Body<AppChange>,
) -> Result<Json<App>, Fault> {
    let change = ApplicationChange { name, description, ..ApplicationChange::default() };
    Ok(Json(authority.update_application(&actor, app.into(), change).await?.into()))
}

/// `POST /v0/apps/{app_id}/archive`
#[utoipa::path(
    post, path = "/apps/{app_id}/archive", tag = "Apps", security(("bearer" = [])),
    params(("app_id" = String, Path, format = Uuid)),
    responses((status = 200, description = "It is put away; its own tokens are dead"), Writers),
)]
pub(super) async fn archive(
    State(authority): State<Authority>,
    Bearer(actor): Bearer,
    Path(app): Path<Ident>,
    MaybeBody(_): MaybeBody<IgnoredAny>,
) -> Result<(), Fault> {
    Ok(authority.archive_application(&actor, app.into()).await?)
}

/// `GET /v0/apps/{app_id}/icon`
#[utoipa::path(
    get, path = "/apps/{app_id}/icon", tag = "Apps", security(("bearer" = [])),
    params(("app_id" = String, Path, format = Uuid)),
    responses((status = 200, description = "The icon", content_type = "image/png"), Readers),
)]
pub(super) async fn icon(
    State(authority): State<Authority>,
    Bearer(actor): Bearer,
    Path(app): Path<Ident>,
) -> Result<ShownIcon, Fault> {
    let icon = authority.icon(&actor, app.into()).await?;
    Ok(ShownIcon(icon.ok_or(Refusal::Missing("icon"))?))
}

/// `PUT /v0/apps/{app_id}/icon`
///
/// The body is the picture: PNG, JPEG, WebP or GIF, at most 1 MiB and 1024 × 1024. It is kept as
/// a PNG.
#[utoipa::path(
    put, path = "/apps/{app_id}/icon", tag = "Apps", security(("bearer" = [])),
    params(("app_id" = String, Path, format = Uuid)),
    request_body(content = [u8], content_type = "image/png"),
    responses((status = 200, description = "The icon is kept"), Writers),
)]
pub(super) async fn set_icon(
    State(authority): State<Authority>,
    Bearer(actor): Bearer,
    Path(app): Path<Ident>,
    Picture(icon): Picture,
) -> Result<(), Fault> {
    Ok(authority.set_icon(&actor, app.into(), &icon).await?)
}

/// A version of an app.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Version)]
pub(super) struct ShownVersion {
    /// 1 for the first.
    version: i64,
    name: String,
    created_at: Moment,
    created_by: Option<Ident>,
}

impl From<Version> for ShownVersion {
    fn from(version: Version) -> Self {
        Self {
            version: version.version,
            name: version.name,
            created_at: Moment(version.created_at),
            created_by: version.created_by.map(Ident::from),
        }
    }
}

/// What a version is called; it may have no name.
#[derive(Default, Deserialize, ToSchema)]
pub(super) struct NewVersion {
    #[serde(default)]
    #[schema(max_length = 200)]
    name: String,
}

/// `GET /v0/apps/{app_id}/versions`
#[utoipa::path(
    get, path = "/apps/{app_id}/versions", tag = "Apps", security(("bearer" = [])),
    params(("app_id" = String, Path, format = Uuid), Window),
    responses((status = 200, description = "The versions", body = [ShownVersion]), Readers),
)]
pub(super) async fn versions(
    State(authority): State<Authority>,
    Bearer(actor): Bearer,
    Path(app): Path<Ident>,
    Query(window): Query<Window>,
) -> Result<Listing<ShownVersion>, Fault> {
    let (page, frame) = window.open(&authority, &actor, "versions")?;
    let versions = authority.versions(&actor, app.into(), page).await?;
    Ok(frame.show(versions, |version| version.version))
}

/// `POST /v0/apps/{app_id}/versions`
#[utoipa::path(
    post, path = "/apps/{app_id}/versions", tag = "Apps", security(("bearer" = [])),
    params(("app_id" = String, Path, format = Uuid)), request_body = Option<NewVersion>,
    responses((status = 200, description = "The version", body = ShownVersion), Writers),
)]
pub(super) async fn add_version(
    State(authority): State<Authority>,
    Bearer(actor): Bearer,
    Path(app): Path<Ident>,
    MaybeBody(new): MaybeBody<NewVersion>,
) -> Result<Json<ShownVersion>, Fault> {
    Ok(Json(authority.add_version(&actor, app.into(), &new.name).await?.into()))
}

/// `GET /v0/apps/{app_id}/versions/{version}`
#[utoipa::path(
    get, path = "/apps/{app_id}/versions/{version}", tag = "Apps", security(("bearer" = [])),
    params(("app_id" = String, Path, format = Uuid), ("version" = i64, Path, minimum = 1)),
    responses((status = 200, description = "The version", body = ShownVersion), Readers),
)]
pub(super) async fn version(
    State(authority): State<Authority>,
    Bearer(actor): Bearer,
    Path((app, version)): Path<(Ident, i64)>,
) -> Result<Json<ShownVersion>, Fault> {
    Ok(Json(authority.version(&actor, app.into(), version).await?.into()))
}

//! Applications, and their secrets as OAuth 2 clients.

use authority::Authority;
use authority::application::store::{ApplicationChange, ApplicationFilter};
use authority::application::{Application, Client};
use authority::token::{Holder, Wish};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::fault::{Fault, Readers, Writers};
use super::listing::{Listed, Paging, listed};
use super::request::{Body, Caller, New, Path, Query};
use super::token::CreatedToken;

/// An application.
#[derive(Serialize, ToSchema)]
pub(super) struct ShownApplication {
    /// Its identity; the `client_id` if it is a client.
    id: Uuid,
    number: i64,
    organization: Uuid,
    name: String,
    /// Its short name in addresses, its alone in its organization.
    slug: String,
    description: String,
    /// How it obtains tokens of people, if it is an OAuth 2 client.
    client: Option<ShownClient>,
    created_at: String,
    modified_at: String,
    archived_at: Option<String>,
}

/// An OAuth 2 client.
#[derive(Serialize, ToSchema)]
pub(super) struct ShownClient {
    /// Whether it has a secret, and must show it.
    confidential: bool,
    /// `password` or `authorization-code`.
    grant: &'static str,
    redirect_uris: Vec<String>,
    /// Whether people are not asked before it gets a code.
    skips_consent: bool,
}

impl From<Client> for ShownClient {
    fn from(client: Client) -> Self {
        Self {
            confidential: client.confidential,
            grant: client.grant.as_str(),
            redirect_uris: client.redirect_uris,
            skips_consent: client.skips_consent,
        }
    }
}

impl From<Application> for ShownApplication {
    fn from(application: Application) -> Self {
        Self {
            id: application.id.uuid(),
            number: application.number,
            organization: application.organization.uuid(),
            name: application.name,
            slug: application.slug,
            description: application.description,
            client: application.client.map(ShownClient::from),
            created_at: application.created_at.to_string(),
            modified_at: application.modified_at.to_string(),
            archived_at: application.archived_at.map(|time| time.to_string()),
        }
    }
}

/// An application as one is wished.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewApplication {
    organization: Uuid,
    name: String,
    #[serde(default)]
    description: String,
    /// 3 to 64 letters, digits and hyphens; made of the name if not said.
    slug: Option<String>,
}

/// What to change of an application.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangedApplication {
    name: Option<String>,
    description: Option<String>,
    /// 3 to 64 letters, digits and hyphens.
    slug: Option<String>,
}

/// A secret as one is wished.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewSecret {
    /// What to call it.
    label: Option<String>,
}

/// Which applications are asked for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    /// Things on the page: 1 to 200, 50 if not said.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// In this organization.
    organization: Uuid,
    /// With these words in the name.
    name: Option<String>,
    /// Archived ones too.
    #[serde(default)]
    archived: bool,
}

/// `GET /authority/v1/applications`
#[utoipa::path(
    get, path = "/applications", operation_id = "applications_list",
    tag = "Applications", security(("bearer" = []), ("basic" = [])),
    params(Which),
    responses((status = 200, description = "A page", body = Listed<ShownApplication>), Readers),
)]
pub(super) async fn list(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Query(Which { limit, cursor, organization, name, archived }): Query<Which>,
) -> Result<Json<Listed<ShownApplication>>, Fault> {
    let list = format!("applications {organization} {archived} {name:?}");
    let page = Paging::new(limit, cursor).page(&authority, &actor, &list)?;
    let filter =
        ApplicationFilter { name_contains: name, archived, ..ApplicationFilter::default() };
    let found = authority.applications(&actor, organization.into(), filter, page).await?;
    let show = |application: Application| (application.number, application.into());
    Ok(listed(&authority, &actor, (&list, page), found, show))
}

/// `POST /authority/v1/applications`
#[utoipa::path(
    post, path = "/applications", operation_id = "applications_create",
    tag = "Applications", security(("bearer" = []), ("basic" = [])),
    params(("Idempotency-Key" = Option<String>, Header, max_length = 255)),
    request_body = NewApplication,
    responses((status = 201, description = "The application", body = ShownApplication), Writers),
)]
pub(super) async fn create(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    new: New<NewApplication>,
) -> Result<(StatusCode, Json<ShownApplication>), Fault> {
    let once = new.once(&authority, &actor)?;
    let NewApplication { organization, name, description, slug } = &new.wish;
    let wish = (name.as_str(), description.as_str(), slug.as_deref());
    let made = authority.create_application(&actor, (*organization).into(), wish, once).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

/// `GET /authority/v1/applications/{id}`
#[utoipa::path(
    get, path = "/applications/{id}", operation_id = "applications_show",
    tag = "Applications",
    security(("bearer" = []), ("basic" = [])), params(("id" = Uuid, Path)),
    responses((status = 200, description = "The application", body = ShownApplication), Readers),
)]
pub(super) async fn show(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Path(id): Path<Uuid>,
) -> Result<Json<ShownApplication>, Fault> {
    Ok(Json(authority.application(&actor, id.into()).await?.into()))
}

/// `PATCH /authority/v1/applications/{id}`
#[utoipa::path(
    patch, path = "/applications/{id}", operation_id = "applications_update",
    tag = "Applications",
    security(("bearer" = []), ("basic" = [])), params(("id" = Uuid, Path)),
    request_body = ChangedApplication,
    responses((status = 200, description = "The application", body = ShownApplication), Writers),
)]
pub(super) async fn update(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Path(id): Path<Uuid>,
    Body(ChangedApplication { name, description, slug }): Body<ChangedApplication>,
) -> Result<Json<ShownApplication>, Fault> {
    let change = ApplicationChange { name, slug, description, ..ApplicationChange::default() };
    Ok(Json(authority.update_application(&actor, id.into(), change).await?.into()))
}

/// `POST /authority/v1/applications/{id}/archive`: all that it holds is dead from then on.
#[utoipa::path(
    post, path = "/applications/{id}/archive", operation_id = "applications_archive",
    tag = "Applications",
    security(("bearer" = []), ("basic" = [])), params(("id" = Uuid, Path)),
    responses((status = 204, description = "Put away"), Writers),
)]
pub(super) async fn archive(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Fault> {
    authority.archive_application(&actor, id.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /authority/v1/applications/{id}/secrets`: a secret to be an OAuth 2 client with.
#[utoipa::path(
    post, path = "/applications/{id}/secrets", operation_id = "applications_issue_secret",
    tag = "Applications",
    security(("bearer" = []), ("basic" = [])),
    params(
        ("id" = Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, max_length = 255),
    ),
    request_body = NewSecret,
    responses((status = 201, description = "The secret", body = CreatedToken), Writers),
)]
pub(super) async fn issue_secret(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Path(id): Path<Uuid>,
    new: New<NewSecret>,
) -> Result<(StatusCode, Json<CreatedToken>), Fault> {
    let wish = Wish {
        holder: Some(Holder::Application(id.into())),
        client_secret: true,
        label: new.wish.label.clone(),
        once: new.once(&authority, &actor)?,
        ..Wish::default()
    };
    Ok((StatusCode::CREATED, Json(authority.issue(&actor, wish).await?.into())))
}

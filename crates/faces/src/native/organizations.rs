//! Organizations.

use authority::Authority;
use authority::organization::Organization;
use authority::organization::store::Naming;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::fault::{Fault, Readers, Writers};
use super::listing::{Listed, Paging, listed};
use super::request::{Body, Caller, New, Path, Query};

/// An organization.
#[derive(Serialize, ToSchema)]
pub(super) struct ShownOrganization {
    id: Uuid,
    number: i64,
    name: String,
    /// Its short name in addresses; it stands for no id on this face.
    slug: String,
    description: String,
    /// Whether somebody founded it for themselves; else it is the installation's own.
    tenant: bool,
    created_at: String,
    modified_at: String,
    suspended_at: Option<String>,
}

impl From<Organization> for ShownOrganization {
    fn from(organization: Organization) -> Self {
        Self {
            id: organization.id.uuid(),
            number: organization.number,
            name: organization.name,
            slug: organization.slug,
            description: organization.description,
            tenant: organization.tenant,
            created_at: organization.created_at.to_string(),
            modified_at: organization.modified_at.to_string(),
            suspended_at: organization.suspended_at.map(|time| time.to_string()),
        }
    }
}

/// An organization as one is wished.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewOrganization {
    /// 1 to 200 characters.
    name: String,
    /// 3 to 64 letters, digits and hyphens; made of the name if not said.
    slug: Option<String>,
}

/// What to change of an organization.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangedOrganization {
    /// 1 to 200 characters.
    name: Option<String>,
    /// 3 to 64 letters, digits and hyphens.
    slug: Option<String>,
    /// At most 1,000 characters.
    description: Option<String>,
}

/// Which organizations are asked for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    /// Things on the page: 1 to 200, 50 if not said.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// All of the installation, for those who may see it; else the caller's own.
    #[serde(default)]
    all: bool,
}

/// `GET /authority/v1/organizations`
#[utoipa::path(
    get, path = "/organizations", operation_id = "organizations_list",
    tag = "Organizations", security(("bearer" = []), ("basic" = [])),
    params(Which),
    responses((status = 200, description = "A page", body = Listed<ShownOrganization>), Readers),
)]
pub(super) async fn list(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Query(Which { limit, cursor, all }): Query<Which>,
) -> Result<Json<Listed<ShownOrganization>>, Fault> {
    let list = format!("organizations {all}");
    let page = Paging::new(limit, cursor).page(&authority, &actor, &list)?;
    let organizations = if all {
        authority.all_organizations(&actor, page).await?
    } else {
        authority.organizations(&actor, page).await?
    };
    let show = |organization: Organization| (organization.number, organization.into());
    Ok(listed(&authority, &actor, (&list, page), organizations, show))
}

/// `POST /authority/v1/organizations`: the caller owns it.
#[utoipa::path(
    post, path = "/organizations", operation_id = "organizations_create",
    tag = "Organizations",
    security(("bearer" = []), ("basic" = [])),
    params(("Idempotency-Key" = Option<String>, Header, max_length = 255)),
    request_body = NewOrganization,
    responses((status = 201, description = "The organization", body = ShownOrganization), Writers),
)]
pub(super) async fn create(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    new: New<NewOrganization>,
) -> Result<(StatusCode, Json<ShownOrganization>), Fault> {
    let once = new.once(&authority, &actor)?;
    let NewOrganization { name, slug } = &new.wish;
    let wish = (name.as_str(), slug.as_deref());
    let organization = authority.create_organization(&actor, wish, once).await?;
    Ok((StatusCode::CREATED, Json(organization.into())))
}

/// `GET /authority/v1/organizations/{id}`
#[utoipa::path(
    get, path = "/organizations/{id}", operation_id = "organizations_show",
    tag = "Organizations",
    security(("bearer" = []), ("basic" = [])), params(("id" = Uuid, Path)),
    responses((status = 200, description = "The organization", body = ShownOrganization), Readers),
)]
pub(super) async fn show(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Path(id): Path<Uuid>,
) -> Result<Json<ShownOrganization>, Fault> {
    Ok(Json(authority.organization(&actor, id.into()).await?.into()))
}

/// `PATCH /authority/v1/organizations/{id}`
#[utoipa::path(
    patch, path = "/organizations/{id}", operation_id = "organizations_update",
    tag = "Organizations",
    security(("bearer" = []), ("basic" = [])), params(("id" = Uuid, Path)),
    request_body = ChangedOrganization,
    responses((status = 200, description = "The organization", body = ShownOrganization), Writers),
)]
pub(super) async fn update(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Path(id): Path<Uuid>,
    Body(ChangedOrganization { name, slug, description }): Body<ChangedOrganization>,
) -> Result<Json<ShownOrganization>, Fault> {
    let change = Naming { name, slug, description, by: None };
    Ok(Json(authority.update_organization(&actor, id.into(), change).await?.into()))
}

/// `DELETE /authority/v1/organizations/{id}`: with all that is in it, for ever.
#[utoipa::path(
    delete, path = "/organizations/{id}", operation_id = "organizations_delete",
    tag = "Organizations",
    security(("bearer" = []), ("basic" = [])), params(("id" = Uuid, Path)),
    responses((status = 204, description = "Deleted"), Writers),
)]
pub(super) async fn delete(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Fault> {
    authority.delete_organization(&actor, id.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /authority/v1/organizations/{id}/suspend`: nothing of it is good until it is resumed.
#[utoipa::path(
    post, path = "/organizations/{id}/suspend", operation_id = "organizations_suspend",
    tag = "Organizations",
    security(("bearer" = []), ("basic" = [])), params(("id" = Uuid, Path)),
    responses((status = 204, description = "Suspended"), Writers),
)]
pub(super) async fn suspend(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Fault> {
    authority.set_organization_suspended(&actor, id.into(), true).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /authority/v1/organizations/{id}/resume`
#[utoipa::path(
    post, path = "/organizations/{id}/resume", operation_id = "organizations_resume",
    tag = "Organizations",
    security(("bearer" = []), ("basic" = [])), params(("id" = Uuid, Path)),
    responses((status = 204, description = "Resumed"), Writers),
)]
pub(super) async fn resume(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Fault> {
    authority.set_organization_suspended(&actor, id.into(), false).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /authority/v1/organizations/{id}/end-tokens`: all that is bound to it is dead, for ever.
#[utoipa::path(
    post, path = "/organizations/{id}/end-tokens", operation_id = "organizations_end_tokens",
    tag = "Organizations",
    security(("bearer" = []), ("basic" = [])), params(("id" = Uuid, Path)),
    responses((status = 204, description = "All are dead"), Writers),
)]
pub(super) async fn end_tokens(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Fault> {
    authority.end_organization_tokens(&actor, id.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}

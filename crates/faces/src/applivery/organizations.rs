//! Organizations, as clients look one up to test a bearer, or to turn a slug into an id.

use authority::Authority;
use authority::organization::Organization;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::envelope::Data;
use super::fault::{Fault, Readers};
use super::ident::{Ident, Segment};
use super::moment::Moment;
use super::request::{Bearer, Path};

/// An organization. Clients read its id under either name.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AppliveryOrganization)]
pub(super) struct ShownOrganization {
    id: Ident,
    #[serde(rename = "_id")]
    same_id: Ident,
    name: String,
    slug: String,
    description: String,
    updated_at: Moment,
    created_at: Moment,
}

impl From<Organization> for ShownOrganization {
    fn from(organization: Organization) -> Self {
        let id = Ident::of(organization.created_at, organization.number);
        Self {
            id,
            same_id: id,
            name: organization.name,
            slug: organization.slug,
            description: organization.description,
            updated_at: Moment(organization.modified_at),
            created_at: Moment(organization.created_at),
        }
    }
}

/// `GET /v1/organizations/{organizationId}`
#[utoipa::path(
    get, path = "/organizations/{organizationId}", tag = "Organizations",
    operation_id = "applivery_organizations_show", security(("bearer" = [])),
    params(("organizationId" = String, Path)),
    responses(
        (status = 200, description = "The organization", body = Data<ShownOrganization>), Readers,
    ),
)]
pub(super) async fn show(
    State(authority): State<Authority>,
    Bearer(actor): Bearer,
    Path((organization,)): Path<(Segment,)>,
) -> Result<Data<ShownOrganization>, Fault> {
    Ok(Data::of(authority.organization_named(&actor, &organization.0).await?))
}

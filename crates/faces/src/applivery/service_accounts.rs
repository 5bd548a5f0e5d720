//! Service accounts (contract, section 3).

use authority::Authority;
use authority::application::ServiceAccount;
use authority::application::store::ServiceAccountChange;
use authority::organization::Organization;
use authority::search::{Column, Thing};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::envelope::{Data, Nothing};
use super::fault::{Fault, Readers, Writers};
use super::ident::{Ident, Segment};
use super::listing::{Listed, Wanted};
use super::moment::Moment;
use super::request::{Bearer, Body, Path};
use super::roles;

/// What a list of service accounts may be sorted by.
const SORTS: [(&str, Column); 5] = [
    ("createdAt", Column::CreatedAt),
    ("updatedAt", Column::ModifiedAt),
    ("role", Column::Role),
    ("description", Column::Name),
    ("id", Column::Number),
];

/// A service account as one is wished.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewServiceAccount {
    /// `admin`, `editor`, `viewer` or `unassigned`.
    role: String,
    /// Its name, which no other of the organization has; one is made if none is said.
    description: Option<String>,
}

/// What to change of a service account.
#[derive(Deserialize, ToSchema)]
pub(super) struct ChangedServiceAccount {
    /// `admin`, `editor`, `viewer` or `unassigned`.
    role: String,
}

/// A service account. Its bearer is shown when it is made, and never again.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AppliveryServiceAccount)]
pub(super) struct ShownServiceAccount {
    id: Ident,
    organization: Ident,
    /// Its identity, spelled as an address. It gets no mail.
    email: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 128)]
    bearer: Option<String>,
    role: &'static str,
    description: String,
    updated_at: Moment,
    created_at: Moment,
}

impl ShownServiceAccount {
    fn of(account: ServiceAccount, place: &Organization) -> Self {
        let id = Ident::of(account.created_at, account.number);
        let organization = Ident::of(place.created_at, place.number);
        Self {
            id,
            organization,
            email: format!("{id}@{organization}.iam.applivery.io"),
            bearer: None,
            role: roles::name(account.role),
            description: account.name,
            updated_at: Moment(account.modified_at),
            created_at: Moment(account.created_at),
        }
    }
}

/// `GET /v1/organizations/{organizationId}/service-accounts`
#[utoipa::path(
    get, path = "/organizations/{organizationId}/service-accounts", tag = "Service accounts",
    operation_id = "applivery_service_accounts_list", security(("bearer" = [])),
    params(("organizationId" = String, Path), Wanted),
    responses(
        (status = 200, description = "A page", body = Data<Listed<ShownServiceAccount>>), Readers,
    ),
)]
pub(super) async fn list(
    State(authority): State<Authority>,
    Bearer(actor): Bearer,
    Path((organization,)): Path<(Segment,)>,
    wanted: Wanted,
) -> Result<Data<Listed<ShownServiceAccount>>, Fault> {
    let search = wanted.search(Thing::ServiceAccount, &SORTS)?;
    let place = authority.organization_at(&actor, &organization.0).await?;
    let found = authority.find_service_accounts(&actor, place.id, search).await?;
    Ok(wanted.answer(found, |account| ShownServiceAccount::of(account, &place)).lean())
}

/// `POST /v1/organizations/{organizationId}/service-accounts`
#[utoipa::path(
    post, path = "/organizations/{organizationId}/service-accounts", tag = "Service accounts",
    operation_id = "applivery_service_accounts_create", security(("bearer" = [])),
    params(("organizationId" = String, Path)), request_body = NewServiceAccount,
    responses(
        (status = 200, description = "It, with its bearer", body = Data<ShownServiceAccount>),
        Writers,
    ),
)]
pub(super) async fn create(
    State(authority): State<Authority>,
    Bearer(actor): Bearer,
    Path((organization,)): Path<(Segment,)>,
    Body(NewServiceAccount { role, description }): Body<NewServiceAccount>,
) -> Result<Data<ShownServiceAccount>, Fault> {
    let wish = (description.as_deref(), roles::read_of_robot(&role)?);
    let place = authority.organization_at(&actor, &organization.0).await?;
    let made = authority.create_service_account_with_token(&actor, place.id, wish).await?;
    let (account, issued) = made;
    let bearer = Some(issued.secret.reveal().to_owned());
    Ok(Data::of(ShownServiceAccount { bearer, ..ShownServiceAccount::of(account, &place) }))
}

/// `GET /v1/organizations/{organizationId}/service-accounts/{serviceAccountId}`
#[utoipa::path(
    get, path = "/organizations/{organizationId}/service-accounts/{serviceAccountId}",
    tag = "Service accounts", operation_id = "applivery_service_accounts_show",
    security(("bearer" = [])),
    params(("organizationId" = String, Path), ("serviceAccountId" = String, Path)),
    responses((status = 200, description = "It", body = Data<ShownServiceAccount>), Readers),
)]
pub(super) async fn show(
    State(authority): State<Authority>,
    Bearer(actor): Bearer,
    Path((organization, account)): Path<(Segment, Segment)>,
) -> Result<Data<ShownServiceAccount>, Fault> {
    let place = authority.organization_at(&actor, &organization.0).await?;
    let account = authority.service_account_named(&actor, place.id, &account.0).await?;
    Ok(Data::of(ShownServiceAccount::of(account, &place)))
}

/// `PUT /v1/organizations/{organizationId}/service-accounts/{serviceAccountId}`
#[utoipa::path(
    put, path = "/organizations/{organizationId}/service-accounts/{serviceAccountId}",
    tag = "Service accounts", operation_id = "applivery_service_accounts_update",
    security(("bearer" = [])),
    params(("organizationId" = String, Path), ("serviceAccountId" = String, Path)),
    request_body = ChangedServiceAccount,
    responses((status = 200, description = "It", body = Data<ShownServiceAccount>), Writers),
)]
pub(super) async fn update(
    State(authority): State<Authority>,
    Bearer(actor): Bearer,
    Path((organization, account)): Path<(Segment, Segment)>,
    Body(ChangedServiceAccount { role }): Body<ChangedServiceAccount>,
) -> Result<Data<ShownServiceAccount>, Fault> {
    let role = Some(roles::read_of_robot(&role)?);
    let change = ServiceAccountChange { role, ..ServiceAccountChange::default() };
    let place = authority.organization_at(&actor, &organization.0).await?;
    let account = authority.service_account_named(&actor, place.id, &account.0).await?;
    let account = authority.update_service_account(&actor, account.id, change).await?;
    Ok(Data::of(ShownServiceAccount::of(account, &place)))
}

/// `DELETE /v1/organizations/{organizationId}/service-accounts/{serviceAccountId}`: its bearer is dead at once,
/// everywhere and for ever.
#[utoipa::path(
    delete, path = "/organizations/{organizationId}/service-accounts/{serviceAccountId}",
    tag = "Service accounts", operation_id = "applivery_service_accounts_delete",
    security(("bearer" = [])),
    params(("organizationId" = String, Path), ("serviceAccountId" = String, Path)),
    responses((status = 200, description = "It is gone", body = Data<Nothing>), Writers),
)]
pub(super) async fn delete(
    State(authority): State<Authority>,
    Bearer(actor): Bearer,
    Path((organization, account)): Path<(Segment, Segment)>,
) -> Result<Data<Nothing>, Fault> {
    let place = authority.organization_at(&actor, &organization.0).await?;
    let account = authority.service_account_named(&actor, place.id, &account.0).await?;
    authority.delete_service_account(&actor, account.id).await?;
    Ok(Data::of(Nothing {}))
}

//! Service accounts.

use authority::Authority;
use authority::application::ServiceAccount;
use authority::application::store::ServiceAccountChange;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::fault::{Fault, Readers, Writers};
use super::listing::{Listed, Paging, listed};
use super::members::read_role;
use super::request::{Body, Caller, New, Path, Query};

/// A service account.
#[derive(Serialize, ToSchema)]
pub(super) struct ShownServiceAccount {
    id: Uuid,
    number: i64,
    organization: Uuid,
    name: String,
    role: &'static str,
    created_at: String,
    modified_at: String,
    disabled_at: Option<String>,
}

impl From<ServiceAccount> for ShownServiceAccount {
    fn from(account: ServiceAccount) -> Self {
        Self {
            id: account.id.uuid(),
            number: account.number,
            organization: account.organization.uuid(),
            name: account.name,
            role: account.role.as_str(),
            created_at: account.created_at.to_string(),
            modified_at: account.modified_at.to_string(),
            disabled_at: account.disabled_at.map(|time| time.to_string()),
        }
    }
}

/// A service account as one is wished.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewServiceAccount {
    organization: Uuid,
    name: String,
    role: String,
}

/// What to change of a service account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangedServiceAccount {
    role: Option<String>,
    /// Switched off, which kills what it holds, or on again, which revives nothing.
    disabled: Option<bool>,
}

/// Which service accounts are asked for.
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
}

/// `GET /authority/v1/service-accounts`
#[utoipa::path(
    get, path = "/service-accounts", operation_id = "service_accounts_list",
    tag = "Service accounts",
    security(("bearer" = []), ("basic" = [])), params(Which),
    responses((status = 200, description = "A page", body = Listed<ShownServiceAccount>), Readers),
)]
pub(super) async fn list(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Query(Which { limit, cursor, organization }): Query<Which>,
) -> Result<Json<Listed<ShownServiceAccount>>, Fault> {
    let list = format!("service accounts {organization}");
    let page = Paging::new(limit, cursor).page(&authority, &actor, &list)?;
    let accounts = authority.service_accounts(&actor, organization.into(), page).await?;
    let show = |account: ServiceAccount| (account.number, account.into());
    Ok(listed(&authority, &actor, (&list, page), accounts, show))
}

/// `POST /authority/v1/service-accounts`
#[utoipa::path(
    post, path = "/service-accounts", operation_id = "service_accounts_create",
    tag = "Service accounts",
    security(("bearer" = []), ("basic" = [])),
    params(("Idempotency-Key" = Option<String>, Header, max_length = 255)),
    request_body = NewServiceAccount,
    responses((status = 201, description = "The account", body = ShownServiceAccount), Writers),
)]
pub(super) async fn create(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    new: New<NewServiceAccount>,
) -> Result<(StatusCode, Json<ShownServiceAccount>), Fault> {
    let once = new.once(&authority, &actor)?;
    let NewServiceAccount { organization, name, role } = &new.wish;
    let wish = (name.as_str(), read_role(role)?);
    let made = authority.create_service_account(&actor, (*organization).into(), wish, once).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

/// `PATCH /authority/v1/service-accounts/{id}`
#[utoipa::path(
    patch, path = "/service-accounts/{id}", operation_id = "service_accounts_update",
    tag = "Service accounts",
    security(("bearer" = []), ("basic" = [])), params(("id" = Uuid, Path)),
    request_body = ChangedServiceAccount,
    responses((status = 200, description = "The account", body = ShownServiceAccount), Writers),
)]
pub(super) async fn update(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Path(id): Path<Uuid>,
    Body(ChangedServiceAccount { role, disabled }): Body<ChangedServiceAccount>,
) -> Result<Json<ShownServiceAccount>, Fault> {
    let role = role.as_deref().map(read_role).transpose()?;
    let change = ServiceAccountChange { role, disabled };
    Ok(Json(authority.update_service_account(&actor, id.into(), change).await?.into()))
}

/// `DELETE /authority/v1/service-accounts/{id}`: with all that it holds, for ever.
#[utoipa::path(
    delete, path = "/service-accounts/{id}", operation_id = "service_accounts_delete",
    tag = "Service accounts",
    security(("bearer" = []), ("basic" = [])), params(("id" = Uuid, Path)),
    responses((status = 204, description = "It is gone"), Writers),
)]
pub(super) async fn delete(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Fault> {
    authority.delete_service_account(&actor, id.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}

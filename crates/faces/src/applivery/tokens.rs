//! Application integration tokens (contract, section 2).

use authority::Authority;
use authority::application::Application;
use authority::organization::Organization;
use authority::search::{Column, Thing};
use authority::token::Token;
use authority::token::store::TokenChange;
use axum::extract::State;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::envelope::{Data, Nothing};
use super::fault::{Fault, Readers, Writers};
use super::ident::{Ident, Segment};
use super::listing::{Listed, Wanted};
use super::moment::Moment;
use super::request::{Bearer, MaybeBody, Path};
use super::scopes;

/// What a list of tokens may be sorted by.
const SORTS: [(&str, Column); 4] = [
    ("createdAt", Column::CreatedAt),
    ("updatedAt", Column::ModifiedAt),
    ("description", Column::Label),
    ("id", Column::Number),
];

/// A token as it is wished, or what to change of one.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default)]
pub(super) struct NewToken {
    /// At most 1,000 characters.
    #[schema(max_length = 1000)]
    description: Option<String>,
    /// `sdk` and `integrationApi`; both if none is said.
    scopes: Option<Vec<String>>,
}

/// How a token is rotated.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default)]
pub(super) struct Rotation {
    /// For how many seconds the present bearer lives on: 0 if not said, at most 30 days.
    #[schema(minimum = 0, maximum = 2_592_000)]
    overlap: u32,
}

/// A token. Its bearer is shown when it is made or rotated, and never again.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ApplicationToken)]
pub(super) struct ShownToken {
    id: Ident,
    organization: Ident,
    application: Ident,
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 128)]
    bearer: Option<String>,
    scopes: Vec<&'static str>,
    updated_at: Moment,
    created_at: Moment,
}

impl ShownToken {
    fn of(token: Token, (organization, application): (&Organization, &Application)) -> Self {
        Self {
            id: Ident::of(token.created_at, token.number),
            organization: Ident::of(organization.created_at, organization.number),
            application: Ident::of(application.created_at, application.number),
            description: token.label,
            bearer: None,
            scopes: scopes::names(&token.scopes),
            updated_at: Moment(token.modified_at),
            created_at: Moment(token.created_at),
        }
    }

    fn showing(self, bearer: &str) -> Self {
        Self { bearer: Some(bearer.to_owned()), ..self }
    }
}

/// `POST /v1/organizations/{organizationId}/apps/{applicationId}/tokens`
#[utoipa::path(
    post, path = "/organizations/{organizationId}/apps/{applicationId}/tokens", tag = "Tokens",
    operation_id = "applivery_tokens_create", security(("bearer" = [])),
    params(("organizationId" = String, Path), ("applicationId" = String, Path)),
    request_body = Option<NewToken>,
    responses((status = 200, description = "The token", body = Data<ShownToken>), Writers),
)]
pub(super) async fn create(
    State(authority): State<Authority>,
    Bearer(actor): Bearer,
    Path((organization, application)): Path<(Segment, Segment)>,
    MaybeBody(NewToken { description, scopes }): MaybeBody<NewToken>,
) -> Result<Data<ShownToken>, Fault> {
    let wish = (description, Some(scopes::read(scopes.as_deref())?));
    let place = authority.organization_at(&actor, &organization.0).await?;
    let at = (place.id, &application.0);
    let (application, issued) = authority.create_integration(&actor, at, wish).await?;
    let shown = ShownToken::of(issued.token, (&place, &application));
    Ok(Data::of(shown.showing(issued.secret.reveal())))
}

/// `GET /v1/organizations/{organizationId}/apps/{applicationId}/tokens`
#[utoipa::path(
    get, path = "/organizations/{organizationId}/apps/{applicationId}/tokens", tag = "Tokens",
    operation_id = "applivery_tokens_list", security(("bearer" = [])),
    params(("organizationId" = String, Path), ("applicationId" = String, Path), Wanted),
    responses((status = 200, description = "A page", body = Data<Listed<ShownToken>>), Readers),
)]
pub(super) async fn list(
    State(authority): State<Authority>,
    Bearer(actor): Bearer,
    Path((organization, application)): Path<(Segment, Segment)>,
    wanted: Wanted,
) -> Result<Data<Listed<ShownToken>>, Fault> {
    let search = wanted.search(Thing::Integration, &SORTS)?;
    let place = authority.organization_at(&actor, &organization.0).await?;
    let at = (place.id, &application.0);
    let (application, found) = authority.find_integrations(&actor, at, search).await?;
    Ok(wanted.answer(found, |token| ShownToken::of(token, (&place, &application))))
}

/// `GET /v1/organizations/{organizationId}/apps/{applicationId}/tokens/{tokenId}`
#[utoipa::path(
    get, path = "/organizations/{organizationId}/apps/{applicationId}/tokens/{tokenId}",
    tag = "Tokens", operation_id = "applivery_tokens_show", security(("bearer" = [])),
    params(
        ("organizationId" = String, Path), ("applicationId" = String, Path),
        ("tokenId" = String, Path),
    ),
    responses((status = 200, description = "The token", body = Data<ShownToken>), Readers),
)]
pub(super) async fn show(
    State(authority): State<Authority>,
    Bearer(actor): Bearer,
    Path((organization, application, token)): Path<(Segment, Segment, Segment)>,
) -> Result<Data<ShownToken>, Fault> {
    let place = authority.organization_at(&actor, &organization.0).await?;
    let at = (place.id, &application.0);
    let (application, token) = authority.integration(&actor, at, &token.0).await?;
    Ok(Data::of(ShownToken::of(token, (&place, &application))))
}

/// `PUT /v1/organizations/{organizationId}/apps/{applicationId}/tokens/{tokenId}`: what is given changes. A token
/// is narrowed and never widened.
#[utoipa::path(
    put, path = "/organizations/{organizationId}/apps/{applicationId}/tokens/{tokenId}",
    tag = "Tokens", operation_id = "applivery_tokens_update", security(("bearer" = [])),
    params(
        ("organizationId" = String, Path), ("applicationId" = String, Path),
        ("tokenId" = String, Path),
    ),
    request_body = Option<NewToken>,
    responses((status = 200, description = "The token", body = Data<ShownToken>), Writers),
)]
pub(super) async fn update(
    State(authority): State<Authority>,
    Bearer(actor): Bearer,
    Path((organization, application, token)): Path<(Segment, Segment, Segment)>,
    MaybeBody(NewToken { description, scopes }): MaybeBody<NewToken>,
) -> Result<Data<ShownToken>, Fault> {
    let scopes = scopes.map(|names| scopes::read(Some(&names))).transpose()?;
    let change = TokenChange { label: description, scopes, ..TokenChange::default() };
    let place = authority.organization_at(&actor, &organization.0).await?;
    let at = (place.id, &application.0);
    let changed = authority.update_integration(&actor, at, (&token.0, change)).await?;
    let (application, token) = changed;
    Ok(Data::of(ShownToken::of(token, (&place, &application))))
}

/// `DELETE /v1/organizations/{organizationId}/apps/{applicationId}/tokens/{tokenId}`: it is dead at once, everywhere and
/// for ever.
#[utoipa::path(
    delete, path = "/organizations/{organizationId}/apps/{applicationId}/tokens/{tokenId}",
    tag = "Tokens", operation_id = "applivery_tokens_delete", security(("bearer" = [])),
    params(
        ("organizationId" = String, Path), ("applicationId" = String, Path),
        ("tokenId" = String, Path),
    ),
    responses((status = 200, description = "It is dead", body = Data<Nothing>), Writers),
)]
pub(super) async fn delete(
    State(authority): State<Authority>,
    Bearer(actor): Bearer,
    Path((organization, application, token)): Path<(Segment, Segment, Segment)>,
) -> Result<Data<Nothing>, Fault> {
    let place = authority.organization_at(&actor, &organization.0).await?;
    authority.revoke_integration(&actor, (place.id, &application.0), &token.0).await?;
    Ok(Data::of(Nothing {}))
}

/// `POST /v1/organizations/{organizationId}/apps/{applicationId}/tokens/{tokenId}/rotate`: a new bearer for the same
/// token. Ours.
#[utoipa::path(
    post, path = "/organizations/{organizationId}/apps/{applicationId}/tokens/{tokenId}/rotate",
    tag = "Tokens", operation_id = "applivery_tokens_rotate", security(("bearer" = [])),
    params(
        ("organizationId" = String, Path), ("applicationId" = String, Path),
        ("tokenId" = String, Path),
    ),
    request_body = Option<Rotation>,
    responses((status = 200, description = "The token", body = Data<ShownToken>), Writers),
)]
pub(super) async fn rotate(
    State(authority): State<Authority>,
    Bearer(actor): Bearer,
    Path((organization, application, token)): Path<(Segment, Segment, Segment)>,
    MaybeBody(Rotation { overlap }): MaybeBody<Rotation>,
) -> Result<Data<ShownToken>, Fault> {
    let overlap = SignedDuration::from_secs(overlap.into());
    let place = authority.organization_at(&actor, &organization.0).await?;
    let at = (place.id, &application.0);
    let rotated = authority.rotate_integration(&actor, at, (&token.0, overlap)).await?;
    let (application, issued) = rotated;
    let shown = ShownToken::of(issued.token, (&place, &application));
    Ok(Data::of(shown.showing(issued.secret.reveal())))
}

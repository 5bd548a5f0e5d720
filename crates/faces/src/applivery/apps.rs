//! Apps, as far as clients of the token API look for them.

use authority::Authority;
use authority::application::Application;
use authority::organization::Organization;
use authority::search::{Column, Condition, Part, Path as Way, Test, Thing, Where};
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::envelope::Data;
use super::fault::{Fault, Readers};
use super::ident::{Ident, Segment};
use super::listing::{Listed, Wanted};
use super::moment::Moment;
use super::request::{Bearer, Path};

/// What a list of apps may be sorted by.
const SORTS: [(&str, Column); 5] = [
    ("createdAt", Column::CreatedAt),
    ("updatedAt", Column::ModifiedAt),
    ("name", Column::Name),
    ("slug", Column::Slug),
    ("id", Column::Number),
];

/// An app.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = App)]
pub(super) struct ShownApp {
    id: Ident,
    organization: Ident,
    name: String,
    slug: String,
    description: String,
    updated_at: Moment,
    created_at: Moment,
}

impl ShownApp {
    fn of(application: Application, place: &Organization) -> Self {
        Self {
            id: Ident::of(application.created_at, application.number),
            organization: Ident::of(place.created_at, place.number),
            name: application.name,
            slug: application.slug,
            description: application.description,
            updated_at: Moment(application.modified_at),
            created_at: Moment(application.created_at),
        }
    }
}

/// `GET /v1/organizations/{organizationId}/apps`
#[utoipa::path(
    get, path = "/organizations/{organizationId}/apps", tag = "Organizations",
    operation_id = "applivery_apps_list", security(("bearer" = [])),
    params(("organizationId" = String, Path), Wanted),
    responses((status = 200, description = "A page", body = Data<Listed<ShownApp>>), Readers),
)]
pub(super) async fn list(
    State(authority): State<Authority>,
    Bearer(actor): Bearer,
    Path((organization,)): Path<(Segment,)>,
    wanted: Wanted,
) -> Result<Data<Listed<ShownApp>>, Fault> {
    let search = wanted.search(Thing::Application, &SORTS)?;
    let search = search.within(wanted.name().map_or(Condition::always(), named));
    let place = authority.organization_at(&actor, &organization.0).await?;
    let found = authority.find_applications(&actor, place.id, search).await?;
    Ok(wanted.answer(found, |application| ShownApp::of(application, &place)))
}

/// These words are in the name, whatever their case.
fn named(words: &str) -> Condition {
    let part = Part { place: Where::Inside, folded: true, text: words.to_owned() };
    Way::across(Thing::Application, &[], Column::Name)
        .map_or(Condition::never(), |way| Condition::Test(way, Test::Text(part)))
}

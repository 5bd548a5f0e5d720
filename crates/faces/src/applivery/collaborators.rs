//! Collaborators: members of an organization. Their tags are the groups that they are in.

use authority::Authority;
use authority::account::User;
use authority::application::Application;
use authority::organization::{Collaborator, Invited, Organization};
use authority::permission::Role;
use authority::search::{Column, Thing};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::envelope::Data;
use super::fault::{Fault, Readers, Writers};
use super::ident::{Ident, Segment};
use super::listing::{Listed, Wanted};
use super::moment::Moment;
use super::request::{Bearer, Body, Path};
use super::roles;

/// What a list of collaborators may be sorted by. The dates are their accounts'.
const SORTS: [(&str, Column); 6] = [
    ("createdAt", Column::CreatedAt),
    ("updatedAt", Column::ModifiedAt),
    ("email", Column::Email),
    ("firstName", Column::FirstName),
    ("lastName", Column::LastName),
    ("id", Column::Number),
];

/// What a list of groups may be sorted by.
const GROUP_SORTS: [(&str, Column); 2] =
    [("createdAt", Column::CreatedAt), ("value", Column::Name)];

/// A person.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AppliveryPerson)]
struct ShownPerson {
    id: Ident,
    email: Option<String>,
    first_name: String,
    last_name: String,
    /// Always null: no pictures are kept.
    picture: Option<String>,
    role: &'static str,
    /// Whether somebody else keeps the account.
    sso_user: bool,
}

impl ShownPerson {
    fn of(user: User, role: &'static str) -> Self {
        Self {
            id: Ident::of(user.created_at, user.number),
            email: user.email,
            first_name: user.first_name,
            last_name: user.last_name,
            picture: None,
            role,
            sso_user: user.provider.is_some(),
        }
    }
}

/// An app, in short.
#[derive(Serialize, ToSchema)]
#[schema(as = AppInShort)]
struct ShortApp {
    #[serde(rename = "_id")]
    id: Ident,
    description: String,
    name: String,
    slug: String,
}

impl From<Application> for ShortApp {
    fn from(application: Application) -> Self {
        Self {
            id: Ident::of(application.created_at, application.number),
            description: application.description,
            name: application.name,
            slug: application.slug,
        }
    }
}

/// A collaborator.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Collaborator)]
pub(super) struct ShownCollaborator {
    id: Ident,
    organization: Ident,
    /// Of the list by apps only.
    #[serde(skip_serializing_if = "Option::is_none")]
    application: Option<ShortApp>,
    role: &'static str,
    tags: Vec<String>,
    user: ShownPerson,
    updated_at: Moment,
    created_at: Moment,
}

impl ShownCollaborator {
    fn of(Collaborator { user, place, groups }: Collaborator, organization: &Organization) -> Self {
        let role = roles::name(place.role);
        Self {
            id: Ident::of(place.created_at, user.number),
            organization: Ident::of(organization.created_at, organization.number),
            application: None,
            role,
            tags: groups,
            user: ShownPerson::of(user, role),
            updated_at: Moment(place.modified_at),
            created_at: Moment(place.created_at),
        }
    }
}

/// `GET /v1/organizations/{organizationId}/collaborators`
#[utoipa::path(
    get, path = "/organizations/{organizationId}/collaborators", tag = "Organizations",
    operation_id = "applivery_collaborators_list", security(("bearer" = [])),
    params(("organizationId" = String, Path), Wanted),
    responses(
        (status = 200, description = "A page", body = Data<Listed<ShownCollaborator>>), Readers,
    ),
)]
pub(super) async fn list(
    State(authority): State<Authority>,
    Bearer(actor): Bearer,
    Path((organization,)): Path<(Segment,)>,
    wanted: Wanted,
) -> Result<Data<Listed<ShownCollaborator>>, Fault> {
    let search = wanted.search(Thing::User, &SORTS)?;
    let place = authority.organization_at(&actor, &organization.0).await?;
    let found = authority.find_collaborators(&actor, place.id, search).await?;
    Ok(wanted.answer(found, |one| ShownCollaborator::of(one, &place)))
}

/// A tag that is in use.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AppliveryGroup)]
pub(super) struct ShownGroup {
    id: Ident,
    value: String,
}

/// `GET /v1/organizations/{organizationId}/collaborators/groups`
#[utoipa::path(
    get, path = "/organizations/{organizationId}/collaborators/groups", tag = "Organizations",
    operation_id = "applivery_groups_list", security(("bearer" = [])),
    params(("organizationId" = String, Path), Wanted),
    responses((status = 200, description = "A page", body = Data<Listed<ShownGroup>>), Readers),
)]
pub(super) async fn groups(
    State(authority): State<Authority>,
    Bearer(actor): Bearer,
    Path((organization,)): Path<(Segment,)>,
    wanted: Wanted,
) -> Result<Data<Listed<ShownGroup>>, Fault> {
    let search = wanted.search(Thing::Group, &GROUP_SORTS)?;
    let place = authority.organization_at(&actor, &organization.0).await?;
    let found = authority.find_groups_in(&actor, place.id, search).await?;
    Ok(wanted.answer(found, |group| {
        let id = Ident::of(group.created_at, group.number);
        ShownGroup { id, value: group.name }
    }))
}

/// `GET /v1/organizations/{organizationId}/collaborators/apps`: each collaborator with each app, since a role counts in
/// all of an organization's apps.
#[utoipa::path(
    get, path = "/organizations/{organizationId}/collaborators/apps", tag = "Organizations",
    operation_id = "applivery_collaborators_by_app", security(("bearer" = [])),
    params(("organizationId" = String, Path), Wanted),
    responses(
        (status = 200, description = "A page", body = Data<Listed<ShownCollaborator>>), Readers,
    ),
)]
pub(super) async fn apps(
    State(authority): State<Authority>,
    Bearer(actor): Bearer,
    Path((organization,)): Path<(Segment,)>,
    wanted: Wanted,
) -> Result<Data<Listed<ShownCollaborator>>, Fault> {
    let place = authority.organization_at(&actor, &organization.0).await?;
    let stretch = (wanted.offset(), wanted.limit());
    let found = authority.collaborators_by_application(&actor, place.id, stretch).await?;
    Ok(wanted.answer(found, |(one, application)| ShownCollaborator {
        application: Some(application.into()),
        ..ShownCollaborator::of(one, &place)
    }))
}

/// What to change of a collaborator.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default)]
pub(super) struct ChangedCollaborator {
    /// The groups to be in, and no others; groups that are not there yet are made.
    tags: Option<Vec<String>>,
    role: Option<String>,
}

/// `PUT /v1/organizations/{organizationId}/collaborators/{collaboratorId}`
#[utoipa::path(
    put, path = "/organizations/{organizationId}/collaborators/{collaboratorId}",
    tag = "Organizations", operation_id = "applivery_collaborators_update",
    security(("bearer" = [])),
    params(("organizationId" = String, Path), ("collaboratorId" = String, Path)),
    request_body = ChangedCollaborator,
    responses((status = 200, description = "It", body = Data<ShownCollaborator>), Writers),
)]
pub(super) async fn update(
    State(authority): State<Authority>,
    Bearer(actor): Bearer,
    Path((organization, collaborator)): Path<(Segment, Segment)>,
    Body(ChangedCollaborator { tags, role }): Body<ChangedCollaborator>,
) -> Result<Data<ShownCollaborator>, Fault> {
    let role = role.as_deref().map(roles::read).transpose()?;
    let place = authority.organization_at(&actor, &organization.0).await?;
    let at = (place.id, &collaborator.0);
    let now = authority.collaborator(&actor, place.id, &collaborator.0).await?.place.role;
    // What is sent back as it was shown means what it was.
    let same = |role: &Role| roles::name(*role) == roles::name(now);
    let role = role.map(|role| if same(&role) { now } else { role });
    let changed = authority.change_collaborator(&actor, at, (role, tags.as_deref())).await?;
    Ok(Data::of(ShownCollaborator::of(changed, &place)))
}

/// Somebody who is invited.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewCollaborator {
    email: String,
    /// Of whoever has no account yet.
    #[serde(default)]
    first_name: Option<String>,
    #[serde(default)]
    last_name: Option<String>,
    #[serde(default)]
    tags: Option<Vec<String>>,
}

/// `POST /v1/organizations/{organizationId}/oem/users`: invites somebody, without a role yet.
#[utoipa::path(
    post, path = "/organizations/{organizationId}/oem/users", tag = "Organizations",
    operation_id = "applivery_collaborators_invite", security(("bearer" = [])),
    params(("organizationId" = String, Path)), request_body = NewCollaborator,
    responses((status = 200, description = "It", body = Data<ShownCollaborator>), Writers),
)]
pub(super) async fn invite(
    State(authority): State<Authority>,
    Bearer(actor): Bearer,
    Path((organization,)): Path<(Segment,)>,
    Body(new): Body<NewCollaborator>,
) -> Result<Data<ShownCollaborator>, Fault> {
    let invited = Invited {
        email: &new.email,
        first_name: new.first_name.as_deref().unwrap_or_default(),
        last_name: new.last_name.as_deref().unwrap_or_default(),
    };
    let tags = new.tags.unwrap_or_default();
    let place = authority.organization_at(&actor, &organization.0).await?;
    let made = authority.invite_collaborator(&actor, place.id, (invited, &tags)).await?;
    Ok(Data::of(ShownCollaborator::of(made, &place)))
}

//! Logging in and staying in (contract, section 4).

use authority::account::{Login, Opened, User};
use authority::organization::Organization;
use authority::permission::Permission;
use authority::token::store::Page;
use authority::token::{Surface, Visit};
use authority::{Actor, Authority, Error, Place, Refusal};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::envelope::Data;
use super::fault::{Fault, Strangers};
use super::ident::Ident;
use super::moment::Moment;
use super::request::{At, Body};
use super::roles;
use crate::kit::Hidden;

/// The most organizations that are told with a login.
const MOST_ORGANIZATIONS: u32 = 200;

/// Somebody who logs in.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewLogin {
    /// `traditional`: by address and password.
    provider: String,
    payload: Payload,
}

/// What is shown.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Payload {
    /// The address of the account; its user name is taken too.
    email: String,
    password: Hidden,
    /// A code of the second factor, or a recovery code.
    #[serde(default)]
    two_factor_code: Option<Hidden>,
}

/// A token, and when it ends.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AppliveryTimedToken)]
struct Timed {
    token: String,
    expire_at: Moment,
}

/// The tokens of a session.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AppliveryTokens)]
pub(super) struct Pair {
    access_token: Timed,
    /// Good once, for the next pair.
    refresh_token: Timed,
}

impl From<Opened> for Pair {
    fn from(opened: Opened) -> Self {
        let Opened { access, access_expires_at, refresh, refresh_expires_at, .. } = opened;
        let timed = |token: &str, end| Timed { token: token.to_owned(), expire_at: Moment(end) };
        Self {
            access_token: timed(access.reveal(), access_expires_at),
            refresh_token: timed(refresh.reveal(), refresh_expires_at),
        }
    }
}

/// An organization of the user's.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = AppliveryOrganizationInShort)]
struct ShortOrganization {
    id: Ident,
    #[serde(rename = "_id")]
    same_id: Ident,
    name: String,
    slug: String,
}

impl From<&Organization> for ShortOrganization {
    fn from(organization: &Organization) -> Self {
        let id = Ident::of(organization.created_at, organization.number);
        let (name, slug) = (organization.name.clone(), organization.slug.clone());
        Self { id, same_id: id, name, slug }
    }
}

/// Who logged in.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "the wire has them")]
#[schema(as = AppliveryUser)]
struct ShownUser {
    id: Ident,
    email: Option<String>,
    first_name: String,
    last_name: String,
    full_name: String,
    /// Always null: no pictures are kept.
    picture: Option<String>,
    /// In the organization that is looked at first.
    role: &'static str,
    platform_roles: Vec<String>,
    newsletter: bool,
    has_password: bool,
    #[serde(rename = "has2FAActive")]
    has_second_factor: bool,
    sso_user: bool,
    /// The organization to look at first: the one last entered, else the one the user has been in for
    /// longest. The session reaches all of them.
    organization_id: Option<Ident>,
    organizations: Vec<ShortOrganization>,
    organization_info: Option<ShortOrganization>,
    language: String,
    verification_status: &'static str,
    activity_trace: Vec<String>,
    intercom_user_hash: Option<String>,
}

/// A session that was just opened.
#[derive(Serialize, ToSchema)]
#[schema(as = AppliveryLogin)]
pub(super) struct LoggedIn {
    #[serde(flatten)]
    tokens: Pair,
    user: ShownUser,
}

/// `POST /v1/auth/login`
#[utoipa::path(
    post, path = "/auth/login", tag = "Auth", operation_id = "applivery_log_in", security(()),
    request_body = NewLogin,
    responses((status = 200, description = "The tokens and the user", body = Data<LoggedIn>), Strangers),
)]
pub(super) async fn log_in(
    State(authority): State<Authority>,
    At(door): At,
    Body(NewLogin { provider, payload }): Body<NewLogin>,
) -> Result<Data<LoggedIn>, Fault> {
    if provider != "traditional" {
        return Err(Fault::invalid("provider", "traditional"));
    }
    let code = payload.two_factor_code.as_ref().map(Hidden::reveal);
    let login = Login { login: &payload.email, password: payload.password.reveal(), code };
    let opened = authority.log_in_anywhere(login, &door).await.map_err(Fault::of_login)?;
    let actor = authority.authenticate(opened.access.reveal(), &VISIT).await?;
    let user = told(&authority, &actor).await?;
    Ok(Data::of(LoggedIn { tokens: opened.into(), user }))
}

/// The login itself, looking at what it opened.
const VISIT: Visit<'_> = Visit::through(Surface::Applivery);

/// What is told of who logged in.
async fn told(authority: &Authority, actor: &Actor) -> Result<ShownUser, Fault> {
    let user = authority.me(actor).await?;
    let second_factor = authority.second_factor(actor).await?.active_since.is_some();
    let all = authority.organizations(actor, Page::first(MOST_ORGANIZATIONS)).await?;
    let first = match authority.default_organization(actor).await {
        Err(Error::Refused(Refusal::Missing(_))) => None,
        other => Some(other?),
    };
    let first = all.iter().find(|one| Some(one.id) == first);
    let role = match first {
        Some(first) => {
            let place = Place::In(first.id);
            roles::name(authority.allow(actor, &Permission::SELF_READ, place).await?)
        }
        None => "unassigned",
    };
    let first = first.map(ShortOrganization::from);
    let organizations = all.iter().map(ShortOrganization::from).collect();
    let shown = ShownUser::of(user, role, first, organizations);
    Ok(ShownUser { has_second_factor: second_factor, ..shown })
}

impl ShownUser {
    fn of(
        user: User,
        role: &'static str,
        first: Option<ShortOrganization>,
        organizations: Vec<ShortOrganization>,
    ) -> Self {
        let full_name = format!("{} {}", user.first_name, user.last_name).trim().to_owned();
        Self {
            id: Ident::of(user.created_at, user.number),
            email: user.email,
            first_name: user.first_name,
            last_name: user.last_name,
            full_name,
            picture: None,
            role,
            platform_roles: Vec::new(),
            newsletter: false,
            has_password: true,
            has_second_factor: false,
            sso_user: user.provider.is_some(),
            organization_id: first.as_ref().map(|first| first.id),
            organizations,
            organization_info: first,
            language: user.language,
            verification_status: "verified",
            activity_trace: Vec::new(),
            intercom_user_hash: None,
        }
    }
}

/// What is exchanged for the next pair.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Refreshing {
    /// The access token before; it is not looked at.
    #[serde(default)]
    #[expect(dead_code, reason = "clients send it, and it tells nothing")]
    last_access_token: Option<Hidden>,
    refresh_token: Hidden,
}

/// `POST /v1/auth/refresh`: each refresh token is good once. Showing an earlier one ends the session.
#[utoipa::path(
    post, path = "/auth/refresh", tag = "Auth", operation_id = "applivery_refresh", security(()),
    request_body = Refreshing,
    responses((status = 200, description = "The next tokens", body = Data<Pair>), Strangers),
)]
pub(super) async fn refresh(
    State(authority): State<Authority>,
    Body(shown): Body<Refreshing>,
) -> Result<Data<Pair>, Fault> {
    Ok(Data::of(authority.refresh(shown.refresh_token.reveal(), None).await?))
}

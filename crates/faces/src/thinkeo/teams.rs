//! Teams, their bills and their logs.

use std::collections::BTreeMap;

use authority::Authority;
use authority::journal::EntryFilter;
use authority::organization::Organization;
use authority::organization::store::Naming;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::fault::{Fault, Readers, Writers};
use super::ident::Ident;
use super::listing::Listing;
use super::logs::{Backwards, LogEntry};
use super::moment::Moment;
use super::query::{Query, Window};
use super::request::{Body, Caller};

/// A team.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Team {
    id: Ident,
    name: String,
    /// Always null: nothing is sold here.
    stripe_customer_id: Option<String>,
    /// Always null.
    #[schema(value_type = Option<Object>)]
    ai_config: Option<BTreeMap<String, String>>,
}

impl From<Organization> for Team {
    fn from(team: Organization) -> Self {
        let Organization { id, name, .. } = team;
        Self { id: id.into(), name, stripe_customer_id: None, ai_config: None }
    }
}

/// What a team is called.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewTeam {
    #[schema(min_length = 1, max_length = 200)]
    name: String,
}

/// `GET /v0/teams`
///
/// The teams that the caller can reach; with a permanent token, the one it is for.
#[utoipa::path(
    get, path = "/teams", tag = "Teams", security(("bearer" = []), ("basic" = [])),
    params(Window),
    responses((status = 200, description = "The teams", body = [Team]), Readers),
)]
pub(super) async fn list(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Query(window): Query<Window>,
) -> Result<Listing<Team>, Fault> {
    let (page, frame) = window.open(&authority, &actor, "teams")?;
    let teams = authority.organizations(&actor, page).await?;
    Ok(frame.show(teams, |team| team.number))
}

/// `POST /v0/teams`
///
/// Whoever founds a team is its administrator.
#[utoipa::path(
    post, path = "/teams", tag = "Teams", security(("bearer" = []), ("basic" = [])),
    request_body = NewTeam,
    responses((status = 200, description = "The team", body = Team), Writers),
)]
pub(super) async fn create(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Body(new): Body<NewTeam>,
) -> Result<Json<Team>, Fault> {
    Ok(Json(authority.create_organization(&actor, (&new.name, None), None).await?.into()))
}

/// `PUT /v0/teams`
#[utoipa::path(
    put, path = "/teams", tag = "Teams", security(("bearer" = []), ("basic" = [])),
    request_body = NewTeam,
    responses((status = 200, description = "The current team", body = Team), Writers),
)]
pub(super) async fn update(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Body(new): Body<NewTeam>,
) -> Result<Json<Team>, Fault> {
    let team = authority.default_organization(&actor).await?;
    let change = Naming { name: Some(new.name), ..Naming::default() };
    Ok(Json(authority.update_organization(&actor, team, change).await?.into()))
}

/// `GET /v0/teams/current`
#[utoipa::path(
    get, path = "/teams/current", tag = "Teams", security(("bearer" = []), ("basic" = [])),
    responses((status = 200, description = "The current team", body = Team), Readers),
)]
pub(super) async fn current(
    State(authority): State<Authority>,
    Caller(actor): Caller,
) -> Result<Json<Team>, Fault> {
    let team = authority.default_organization(&actor).await?;
    Ok(Json(authority.organization(&actor, team).await?.into()))
}

/// What a team owes: nothing, since nothing is sold here.
#[derive(Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Billing {
    credits: i64,
    credits_ceiling: Option<i64>,
    customer_metadata: BTreeMap<String, String>,
    period_start: Option<Moment>,
    period_end: Option<Moment>,
    state: BillingState,
    stripe_customer_id: String,
    subscription: Option<String>,
}

/// Whether a team may go on.
#[derive(Default, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum BillingState {
    /// It may.
    #[default]
    Can,
}

/// `GET /v0/teams/billing`
#[utoipa::path(
    get, path = "/teams/billing", tag = "Teams", security(("bearer" = []), ("basic" = [])),
    responses((status = 200, description = "Always the same", body = Billing), Readers),
)]
pub(super) async fn billing(
    State(authority): State<Authority>,
    Caller(actor): Caller,
) -> Result<Json<Billing>, Fault> {
    let team = authority.default_organization(&actor).await?;
    authority.organization(&actor, team).await?;
    Ok(Json(Billing::default()))
}

/// `GET /v0/teams/billing/report`
#[utoipa::path(
    get, path = "/teams/billing/report", tag = "Teams",
    security(("bearer" = []), ("basic" = [])),
    responses((status = 200, description = "Always empty", body = [Object]), Readers),
)]
pub(super) async fn billing_report(
    State(authority): State<Authority>,
    Caller(actor): Caller,
) -> Result<Json<[(); 0]>, Fault> {
    let team = authority.default_organization(&actor).await?;
    authority.organization(&actor, team).await?;
    Ok(Json([]))
}

/// `GET /v0/teams/logs`
///
/// What happened in the team, newest first.
#[utoipa::path(
    get, path = "/teams/logs", tag = "Teams", security(("bearer" = []), ("basic" = [])),
    params(Backwards),
    responses((status = 200, description = "The entries", body = [LogEntry]), Readers),
)]
pub(super) async fn logs(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Query(asked): Query<Backwards>,
) -> Result<Listing<LogEntry>, Fault> {
    let team = authority.default_organization(&actor).await?;
    let (window, frame) = asked.open(&authority, &actor)?;
    let filter = EntryFilter::default();
    let entries = authority.journal(&actor, Some(team), filter, window).await?;
    Ok(frame.show_by("before", entries, LogEntry::place))
}

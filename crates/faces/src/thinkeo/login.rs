//! Logging in, staying in, logging out.

use authority::Authority;
use authority::account::{Login, Opened};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::fault::{Fault, Strangers, Writers};
use super::ident::Ident;
use super::request::{At, Bearer, Body, MaybeBody};
use crate::kit::Hidden;

/// Somebody who logs in.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewLogin {
    /// The address of the account; its user name is taken too.
    email: String,
    password: Hidden,
    /// Whether the refresh token shall live longer.
    #[serde(default)]
    remember_me: bool,
    /// The team to enter. Without one: the one that was entered last, else the first.
    team_id: Option<Ident>,
}

/// A session's two tokens.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Pair {
    /// Good for two minutes.
    access_token: String,
    /// Good once, for the next pair.
    refresh_token: String,
}

impl From<Opened> for Pair {
    fn from(Opened { access, refresh, .. }: Opened) -> Self {
        let (access_token, refresh_token) = (access.reveal().into(), refresh.reveal().into());
        Self { access_token, refresh_token }
    }
}

/// `POST /v0/auth/login`
#[utoipa::path(
    post, path = "/auth/login", tag = "Auth", security(()), request_body = NewLogin,
    responses((status = 200, description = "The session's tokens", body = Pair), Strangers),
)]
pub(super) async fn log_in(
    State(authority): State<Authority>,
    At(door): At,
    Body(new): Body<NewLogin>,
) -> Result<Json<Pair>, Fault> {
    let login = Login { login: &new.email, password: new.password.reveal(), code: None };
    let team = new.team_id.map(Into::into);
    Ok(Json(authority.log_in(login, team, new.remember_me, &door).await?.into()))
}

/// What is exchanged for the next pair.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Refreshing {
    refresh_token: Hidden,
    /// The team to enter; without one the session stays where it is.
    team_id: Option<Ident>,
}

/// `POST /v0/auth/refresh`
///
/// Each refresh token is good once. Showing an earlier one ends the session.
#[utoipa::path(
    post, path = "/auth/refresh", tag = "Auth", security(()), request_body = Refreshing,
    responses((status = 200, description = "The next tokens", body = Pair), Strangers),
)]
pub(super) async fn refresh(
    State(authority): State<Authority>,
    Body(shown): Body<Refreshing>,
) -> Result<Json<Pair>, Fault> {
    let team = shown.team_id.map(Into::into);
    Ok(Json(authority.refresh(shown.refresh_token.reveal(), team).await?.into()))
}

/// What else ends with the session.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Leaving {
    /// The refresh token of the same user's session.
    refresh_token: Option<Hidden>,
}

/// `POST /v0/auth/logout`
#[utoipa::path(
    post, path = "/auth/logout", tag = "Auth", security(("bearer" = [])),
    request_body = Option<Leaving>,
    responses((status = 200, description = "The session is over"), Writers),
)]
pub(super) async fn log_out(
    State(authority): State<Authority>,
    Bearer(actor): Bearer,
    MaybeBody(leaving): MaybeBody<Leaving>,
) -> Result<(), Fault> {
    Ok(authority.log_out(&actor, leaving.refresh_token.as_ref().map(Hidden::reveal)).await?)
}

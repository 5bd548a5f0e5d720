//! `POST /api/o/token/`: tokens for a password, a refresh token or a code.

use authority::account::Login;
use authority::grant::{Granted, ShownClient};
use authority::scope::Scopes;
use authority::{Error, Refusal};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;

use super::{Form, No, client, scopes, spaced};
use crate::awx::Shared;
use crate::awx::fault::CODE_NEEDED;
use crate::kit::door;

/// What a client may ask for; the last two nobody gets.
const GRANTS: [&str; 5] =
    ["password", "refresh_token", "authorization_code", "client_credentials", "implicit"];

pub(super) async fn answer(shared: &Shared, form: Form) -> Result<Response, No> {
    if form.fields.is_none() {
        return Err(No::error("unsupported_grant_type"));
    }
    let grant = form.get("grant_type").filter(|grant| GRANTS.contains(grant));
    let grant = grant.ok_or(No::error("unsupported_grant_type"))?;
    let client = client(shared, &form).await?;
    let granted = match grant {
        "password" => by_password(shared, &client, &form).await?,
        "refresh_token" => by_refresh(shared, &client, &form).await?,
        "authorization_code" => by_code(shared, &client, &form).await?,
        _ => return Err(No::error("unauthorized_client")),
    };
    Ok(pair(&granted, shared.context.authority.now()))
}

async fn by_password(shared: &Shared, client: &ShownClient, form: &Form) -> Result<Granted, No> {
    let missing = |what| No::Error("invalid_request", Some(what));
    let username = form.get("username");
    let username = username.ok_or(missing("Request is missing username parameter."))?;
    let password = form.get("password");
    let password = password.ok_or(missing("Request is missing password parameter."))?;
    let scopes = wished(form)?.or_else(|| scopes("read write"));
    let scopes = scopes.ok_or(No::error("invalid_scope"))?;
    let login = Login { login: username, password, code: None };
    let door = door(&form.parts, &shared.context.trusted);
    let granted = shared.context.authority.grant_by_password(client, login, scopes, &door).await;
    granted.map_err(|error| match error {
        Error::Refused(Refusal::Unauthenticated) => {
            No::Error("invalid_grant", Some("Invalid credentials given."))
        }
        Error::Refused(Refusal::CodeNeeded) => No::Error("invalid_grant", Some(CODE_NEEDED)),
        other @ (Error::Refused(_) | Error::Unavailable(_)) => refused(other),
    })
}

async fn by_refresh(shared: &Shared, client: &ShownClient, form: &Form) -> Result<Granted, No> {
    let missing = No::Error("invalid_request", Some("Missing refresh token parameter."));
    let refresh = form.get("refresh_token").ok_or(missing)?;
    let scopes = wished(form)?;
    let granted = shared.context.authority.refresh_grant(client, refresh, scopes).await;
    granted.map_err(refused)
}

async fn by_code(shared: &Shared, client: &ShownClient, form: &Form) -> Result<Granted, No> {
    let missing = No::Error("invalid_request", Some("Missing code parameter."));
    let code = form.get("code").ok_or(missing)?;
    let (redirect_uri, verifier) = (form.get("redirect_uri"), form.get("code_verifier"));
    let granted = shared.context.authority.redeem(client, code, redirect_uri, verifier).await;
    granted.map_err(refused)
}

/// The scopes that are asked for, if any are.
fn wished(form: &Form) -> Result<Option<Scopes>, No> {
    match form.get("scope") {
        Some(text) => scopes(text).map(Some).ok_or(No::error("invalid_scope")),
        None => Ok(None),
    }
}

fn refused(error: Error) -> No {
    match error {
        Error::Refused(Refusal::RefreshExpired) => {
            No::Text(StatusCode::FORBIDDEN, "The refresh token has expired.".to_owned())
        }
        Error::Refused(Refusal::ExternalAccount) => {
            No::Text(StatusCode::FORBIDDEN, crate::awx::fault::EXTERNAL.to_owned())
        }
        Error::Refused(Refusal::GrantNotAllowed) => No::error("unauthorized_client"),
        Error::Refused(Refusal::ScopeBeyond(_)) => No::error("invalid_scope"),
        Error::Refused(Refusal::VerifierMissing) => {
            No::Error("invalid_request", Some("Code verifier required."))
        }
        other @ (Error::Refused(_) | Error::Unavailable(_)) => No::of(other, "invalid_grant"),
    }
}

fn pair(granted: &Granted, now: Timestamp) -> Response {
    let life = granted.token.expires_at.map(|end| end.duration_since(now).as_secs());
    let life = life.unwrap_or(authority::settings::LONGEST_LIFE).max(1);
    let refresh = granted.refresh.as_ref().map(authority::secret::Secret::reveal);
    spaced(
        StatusCode::OK,
        &[
            ("access_token", granted.access.reveal().into()),
            ("expires_in", life.into()),
            ("token_type", "Bearer".into()),
            ("scope", crate::awx::scope::spelled(&granted.token.scopes).into()),
            ("refresh_token", refresh.into()),
        ],
    )
}

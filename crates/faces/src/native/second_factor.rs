//! The caller's own second factor, and taking it away from somebody who lost the phone.

use authority::Authority;
use authority::account::{Enrolment, SecondFactor};
use authority::secret::Secret;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::fault::{Fault, Readers, Writers};
use super::request::{At, Body, Caller, Hidden, Path};

/// What one's second factor is like.
#[derive(Serialize, ToSchema)]
pub(super) struct ShownFactor {
    /// Since when codes are asked for; `null` if they are not.
    active_since: Option<String>,
    /// Recovery codes that were not used yet.
    recovery_codes_left: u32,
}

impl From<SecondFactor> for ShownFactor {
    fn from(factor: SecondFactor) -> Self {
        let SecondFactor { active_since, recovery_codes_left } = factor;
        Self { active_since: active_since.map(|time| time.to_string()), recovery_codes_left }
    }
}

/// A new second factor as one is wished.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WishedFactor {
    /// The present password.
    password: Hidden,
}

/// A new second factor, shown once. It counts once it is confirmed, within an hour.
#[derive(Serialize, ToSchema)]
pub(super) struct ShownEnrolment {
    /// The secret, to be typed into an app: base32.
    secret: String,
    /// The same to be scanned: `otpauth://totp/…`.
    uri: String,
}

impl From<Enrolment> for ShownEnrolment {
    fn from(enrolment: Enrolment) -> Self {
        let Enrolment { secret, uri } = enrolment;
        Self { secret: secret.reveal().to_owned(), uri: uri.reveal().to_owned() }
    }
}

/// What confirms a new second factor.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ShownCode {
    /// A code of it.
    code: Hidden,
}

/// What is asked for before a second factor is changed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ShownBoth {
    /// The present password.
    password: Hidden,
    /// A code, or a recovery code. It is used up.
    code: Hidden,
}

impl ShownBoth {
    fn reveal(&self) -> (&str, &str) {
        (self.password.reveal(), self.code.reveal())
    }
}

/// Recovery codes, shown once. Each is good once.
#[derive(Serialize, ToSchema)]
pub(super) struct RecoveryCodes {
    recovery_codes: Vec<String>,
}

impl From<Vec<Secret>> for RecoveryCodes {
    fn from(codes: Vec<Secret>) -> Self {
        Self { recovery_codes: codes.iter().map(|code| code.reveal().to_owned()).collect() }
    }
}

/// `GET /authority/v1/me/second-factor`
#[utoipa::path(
    get, path = "/me/second-factor", operation_id = "second_factor_show",
    tag = "Oneself", security(("bearer" = []), ("basic" = [])),
    responses((status = 200, description = "What it is like", body = ShownFactor), Readers),
)]
pub(super) async fn show(
    State(authority): State<Authority>,
    Caller(actor): Caller,
) -> Result<Json<ShownFactor>, Fault> {
    Ok(Json(authority.second_factor(&actor).await?.into()))
}

/// `POST /authority/v1/me/second-factor`: it takes the place of one that is not confirmed yet.
#[utoipa::path(
    post, path = "/me/second-factor", operation_id = "second_factor_enrol",
    tag = "Oneself", security(("bearer" = []), ("basic" = [])),
    request_body = WishedFactor,
    responses((status = 200, description = "Its secret", body = ShownEnrolment), Writers),
)]
pub(super) async fn enrol(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    At(door): At,
    Body(wish): Body<WishedFactor>,
) -> Result<Json<ShownEnrolment>, Fault> {
    let enrolment = authority.enrol_second_factor(&actor, wish.password.reveal(), &door).await?;
    Ok(Json(enrolment.into()))
}

/// `POST /authority/v1/me/second-factor/confirm`: codes are asked for from now on.
#[utoipa::path(
    post, path = "/me/second-factor/confirm", operation_id = "second_factor_confirm",
    tag = "Oneself", security(("bearer" = []), ("basic" = [])),
    request_body = ShownCode,
    responses((status = 200, description = "Recovery codes", body = RecoveryCodes), Writers),
)]
pub(super) async fn confirm(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Body(shown): Body<ShownCode>,
) -> Result<Json<RecoveryCodes>, Fault> {
    Ok(Json(authority.confirm_second_factor(&actor, shown.code.reveal()).await?.into()))
}

/// `POST /authority/v1/me/second-factor/recovery-codes`: those before are no good any more.
#[utoipa::path(
    post, path = "/me/second-factor/recovery-codes", operation_id = "second_factor_recovery_codes",
    tag = "Oneself", security(("bearer" = []), ("basic" = [])),
    request_body = ShownBoth,
    responses((status = 200, description = "New recovery codes", body = RecoveryCodes), Writers),
)]
pub(super) async fn renew(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    At(door): At,
    Body(shown): Body<ShownBoth>,
) -> Result<Json<RecoveryCodes>, Fault> {
    Ok(Json(authority.renew_recovery_codes(&actor, shown.reveal(), &door).await?.into()))
}

/// `POST /authority/v1/me/second-factor/remove`: the password alone is good again.
#[utoipa::path(
    post, path = "/me/second-factor/remove", operation_id = "second_factor_remove",
    tag = "Oneself", security(("bearer" = []), ("basic" = [])),
    request_body = ShownBoth,
    responses((status = 204, description = "It is off"), Writers),
)]
pub(super) async fn remove(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    At(door): At,
    Body(shown): Body<ShownBoth>,
) -> Result<StatusCode, Fault> {
    authority.remove_second_factor(&actor, shown.reveal(), &door).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /authority/v1/users/{id}/second-factor/reset`: for somebody who lost phone and recovery codes.
#[utoipa::path(
    post, path = "/users/{id}/second-factor/reset", operation_id = "users_reset_second_factor",
    tag = "Users", security(("bearer" = []), ("basic" = [])),
    params(("id" = Uuid, Path)),
    responses((status = 204, description = "It is off"), Writers),
)]
pub(super) async fn reset(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Fault> {
    authority.reset_second_factor(&actor, id.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}

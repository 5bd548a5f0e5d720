//! Registering, confirming an address, and setting passwords.

use authority::account::Registration;
use authority::{Actor, Authority, Refusal};
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use super::fault::{Fault, Strangers};
use super::login::Pair;
use super::request::{At, Bearer, Body};
use crate::kit::Hidden;

/// Somebody who wants an account.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewAccount {
    email: String,
    password: Hidden,
    first_name: Option<String>,
    last_name: Option<String>,
}

/// `POST /v0/auth/register`
///
/// A letter with a token for `PUT /v0/auth/confirm` goes out. The answer is the same for an
/// address that has an account.
#[utoipa::path(
    post, path = "/auth/register", tag = "Auth", security(()), request_body = NewAccount,
    responses((status = 200, description = "A letter is on its way"), Strangers),
)]
pub(super) async fn register(
    State(authority): State<Authority>,
    At(door): At,
    Body(new): Body<NewAccount>,
) -> Result<(), Fault> {
    let NewAccount { email, password, first_name, last_name } = &new;
    let password = password.reveal();
    let (first_name, last_name) = (first_name.as_deref(), last_name.as_deref());
    let registration = Registration {
        email,
        password,
        first_name: first_name.unwrap_or_default(),
        last_name: last_name.unwrap_or_default(),
    };
    Ok(authority.register(registration, &door).await?)
}

/// The token of a mailed link.
#[derive(Deserialize, ToSchema)]
pub(super) struct Link {
    token: Hidden,
}

/// `PUT /v0/auth/confirm`
#[utoipa::path(
    put, path = "/auth/confirm", tag = "Auth", security(()), request_body = Link,
    responses((status = 200, description = "The first session's tokens", body = Pair), Strangers),
)]
pub(super) async fn confirm(
    State(authority): State<Authority>,
    Body(link): Body<Link>,
) -> Result<Json<Pair>, Fault> {
    Ok(Json(authority.confirm(link.token.reveal()).await?.into()))
}

/// An address.
#[derive(Deserialize, ToSchema)]
pub(super) struct Address {
    email: String,
}

/// `POST /v0/auth/forgot-password`
///
/// The answer is the same for an address that has no account.
#[utoipa::path(
    post, path = "/auth/forgot-password", tag = "Auth", security(()), request_body = Address,
    responses((status = 200, description = "A letter is on its way, if it can be"), Strangers),
)]
pub(super) async fn forgot_password(
    State(authority): State<Authority>,
    At(door): At,
    Body(address): Body<Address>,
) -> Result<(), Fault> {
    Ok(authority.forgot_password(&address.email, &door).await?)
}

/// A new password, and either the old one or the token of a mailed link.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PasswordChange {
    new_password: Hidden,
    /// The present password, with a bearer token.
    old_password: Option<Hidden>,
    /// The token of a mailed link, without any other credential.
    token: Option<Hidden>,
    /// Whether all tokens of the user end too, and not only the other sessions.
    #[serde(default)]
    revoke_tokens: bool,
}

/// By what somebody may set a password.
enum Proof<'a> {
    Link(&'a str),
    Old(&'a str),
}

impl PasswordChange {
    fn proof(&self) -> Result<Proof<'_>, Fault> {
        match (&self.token, &self.old_password) {
            (Some(link), None) => Ok(Proof::Link(link.reveal())),
            (None, Some(old)) => Ok(Proof::Old(old.reveal())),
            (None, None) | (Some(_), Some(_)) => {
                Err(Fault::body("The body has either `oldPassword` or `token`."))
            }
        }
    }
}

/// `PUT /v0/auth/password`
///
/// The user's other sessions end.
#[utoipa::path(
    put, path = "/auth/password", tag = "Auth", security((), ("bearer" = [])),
    request_body = PasswordChange,
    responses((status = 200, description = "The new password holds"), Strangers),
)]
pub(super) async fn set_password(
    State(authority): State<Authority>,
    At(door): At,
    bearer: Option<Bearer>,
    Body(new): Body<PasswordChange>,
) -> Result<(), Fault> {
    let (word, ends) = (new.new_password.reveal(), new.revoke_tokens);
    match new.proof()? {
        Proof::Link(link) => Ok(authority.reset_password(link, word, ends).await?),
        Proof::Old(old) => {
            let actor = present(bearer.as_ref())?;
            Ok(authority.change_password(actor, (old, word), ends, &door).await?)
        }
    }
}

fn present(bearer: Option<&Bearer>) -> Result<&Actor, Fault> {
    Ok(&bearer.ok_or(Refusal::Unauthenticated)?.0)
}

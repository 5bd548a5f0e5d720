//! Who asks.

use authority::account::Login;
use authority::token::Surface;
use authority::{Actor, Error, Refusal};
use axum::http::request::Parts;

use super::{Context, Credentials, credentials, door, visit};

/// Makes an actor of a request's credentials: a bearer token, or a user name and password.
///
/// # Errors
///
/// [`Refusal::Unauthenticated`] if there are none, or none that are good.
pub async fn caller(context: &Context, parts: &Parts, surface: Surface) -> Result<Actor, Error> {
    let authority = &context.authority;
    match credentials(&parts.headers) {
        Credentials::Bearer(token) => {
            authority.authenticate(token, &visit(parts, &context.trusted, surface)).await
        }
        Credentials::Basic(basic) => {
            let login =
                Login { login: &basic.username, password: basic.password.reveal(), code: None };
            authority.authenticate_password(login, &door(parts, &context.trusted)).await
        }
        Credentials::None | Credentials::Unreadable => Err(Refusal::Unauthenticated.into()),
    }
}

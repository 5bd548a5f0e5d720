//! `POST /oauth/revoke` (RFC 7009)

use authority::Authority;
use axum::extract::State;

use super::fault::{Fault, OauthError};
use super::request::{Asked, Form};

/// Make this token no good, for ever.
///
/// Every kind of token can be revoked, so `unsupported_token_type` is never answered.
#[utoipa::path(
    post, path = "/revoke", operation_id = "revoke",
    description = "200 too where the token is unknown, dead, or not the caller's to revoke.",
    security(("bearer" = []), ("basic" = [])),
    request_body(content = Form, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "If it was the caller's to revoke, it is dead now."),
        (status = 400, body = OauthError), (status = 401, body = OauthError),
        (status = 403, body = OauthError), (status = 413, body = OauthError),
        (status = 415, body = OauthError), (status = 429, body = OauthError),
        (status = 503, body = OauthError)))]
pub(super) async fn revoke(
    State(authority): State<Authority>,
    Asked { actor, form }: Asked,
) -> Result<(), Fault> {
    Ok(authority.revoke_presented(&actor, form.token.reveal()).await?)
}

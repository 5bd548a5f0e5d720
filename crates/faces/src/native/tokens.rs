//! Tokens of every kind that is kept.

use authority::Authority;
use authority::token::store::TokenChange;
use authority::token::{Token, Wish};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::SignedDuration;
use uuid::Uuid;

use super::fault::{Fault, Readers, Writers};
use super::limits::{ShownUsage, WhichDays};
use super::listing::{Listed, Paging, listed};
use super::request::{Body, Caller, New, Path, Query};
use super::token::{ChangedToken, CreatedToken, NewToken, Rotation, ShownToken, WhichTokens};

/// `GET /authority/v1/tokens`: one's own, or an organization's.
#[utoipa::path(
    get, path = "/tokens", operation_id = "tokens_list",
    tag = "Tokens", security(("bearer" = []), ("basic" = [])),
    params(WhichTokens),
    responses((status = 200, description = "A page", body = Listed<ShownToken>), Readers),
)]
pub(super) async fn list(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Query(which): Query<WhichTokens>,
) -> Result<Json<Listed<ShownToken>>, Fault> {
    let (filter, list) = which.filter(authority.now())?;
    let page = Paging::new(which.limit, which.cursor).page(&authority, &actor, &list)?;
    let tokens = authority.tokens(&actor, filter, page).await?;
    let show = |token: Token| (token.number, token.into());
    Ok(listed(&authority, &actor, (&list, page), tokens, show))
}

/// `POST /authority/v1/tokens`
#[utoipa::path(
    post, path = "/tokens", operation_id = "tokens_issue",
    tag = "Tokens", security(("bearer" = []), ("basic" = [])),
    params(("Idempotency-Key" = Option<String>, Header, max_length = 255)),
    request_body = NewToken,
    responses((status = 201, description = "The token, with its secret", body = CreatedToken), Writers),
)]
pub(super) async fn issue(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    new: New<NewToken>,
) -> Result<(StatusCode, Json<CreatedToken>), Fault> {
    let wish = Wish { once: new.once(&authority, &actor)?, ..new.wish.wish()? };
    let issued = authority.issue(&actor, wish).await?;
    Ok((StatusCode::CREATED, Json(issued.into())))
}

/// `GET /authority/v1/tokens/{id}`
#[utoipa::path(
    get, path = "/tokens/{id}", operation_id = "tokens_show",
    tag = "Tokens", security(("bearer" = []), ("basic" = [])),
    params(("id" = Uuid, Path)),
    responses((status = 200, description = "The token", body = ShownToken), Readers),
)]
pub(super) async fn show(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Path(id): Path<Uuid>,
) -> Result<Json<ShownToken>, Fault> {
    Ok(Json(authority.token(&actor, id.into()).await?.token.into()))
}

/// `GET /authority/v1/tokens/{id}/usage`: who used it, and how often.
#[utoipa::path(
    get, path = "/tokens/{id}/usage", operation_id = "tokens_usage",
    tag = "Tokens", security(("bearer" = []), ("basic" = [])),
    params(("id" = Uuid, Path), WhichDays),
    responses((status = 200, description = "Its use", body = ShownUsage), Readers),
)]
pub(super) async fn usage(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Path(id): Path<Uuid>,
    Query(WhichDays { days }): Query<WhichDays>,
) -> Result<Json<ShownUsage>, Fault> {
    let days = days.unwrap_or(30);
    if !(1..=90).contains(&days) {
        return Err(Fault::invalid("days", "1 to 90"));
    }
    Ok(Json(authority.usage(&actor, id.into(), days).await?.into()))
}

/// `PATCH /authority/v1/tokens/{id}`
#[utoipa::path(
    patch, path = "/tokens/{id}", operation_id = "tokens_update",
    tag = "Tokens", security(("bearer" = []), ("basic" = [])),
    params(("id" = Uuid, Path)), request_body = ChangedToken,
    responses((status = 200, description = "The token", body = ShownToken), Writers),
)]
pub(super) async fn update(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Path(id): Path<Uuid>,
    Body(ChangedToken { label, disabled }): Body<ChangedToken>,
) -> Result<Json<ShownToken>, Fault> {
    let change = TokenChange { label, disabled, scopes: None };
    Ok(Json(authority.update_token(&actor, id.into(), change).await?.into()))
}

/// `DELETE /authority/v1/tokens/{id}`: revokes it.
#[utoipa::path(
    delete, path = "/tokens/{id}", operation_id = "tokens_delete",
    tag = "Tokens", security(("bearer" = []), ("basic" = [])),
    params(("id" = Uuid, Path)),
    responses((status = 204, description = "It is dead, everywhere"), Writers),
)]
pub(super) async fn delete(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Fault> {
    authority.revoke(&actor, id.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /authority/v1/tokens/{id}/revoke`
#[utoipa::path(
    post, path = "/tokens/{id}/revoke", operation_id = "tokens_revoke",
    tag = "Tokens", security(("bearer" = []), ("basic" = [])),
    params(("id" = Uuid, Path)),
    responses((status = 204, description = "It is dead, everywhere"), Writers),
)]
pub(super) async fn revoke(
    state: State<Authority>,
    caller: Caller,
    path: Path<Uuid>,
) -> Result<StatusCode, Fault> {
    delete(state, caller, path).await
}

/// `POST /authority/v1/tokens/{id}/rotate`
#[utoipa::path(
    post, path = "/tokens/{id}/rotate", operation_id = "tokens_rotate",
    tag = "Tokens", security(("bearer" = []), ("basic" = [])),
    params(("id" = Uuid, Path)), request_body = Rotation,
    responses((status = 200, description = "The token, with its new secret", body = CreatedToken), Writers),
)]
pub(super) async fn rotate(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Path(id): Path<Uuid>,
    Body(Rotation { overlap_seconds }): Body<Rotation>,
) -> Result<Json<CreatedToken>, Fault> {
    let overlap = SignedDuration::from_secs(overlap_seconds);
    Ok(Json(authority.rotate(&actor, id.into(), overlap).await?.into()))
}

//! Tokens of every kind that is kept.

use authority::scope::{Scope, Scopes};
use authority::token::store::TokenChange;
use authority::token::{Holder, Issued, Token, Wish};
use authority::Authority;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::fault::{Fault, Readers, Writers};
use super::listing::{Listed, Paging, listed};
use super::request::{Body, Caller, New, Path, Query};

/// Who holds a token.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ShownHolder {
    /// `user`, `application` or `service_account`.
    kind: String,
    /// Its identity.
    id: Uuid,
}

impl From<Holder> for ShownHolder {
    fn from(holder: Holder) -> Self {
        let (kind, id) = holder.parts();
        Self { kind: kind.to_owned(), id }
    }
}

/// A token as it is wished.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewToken {
    /// Who shall hold it; the caller if not said.
    holder: Option<ShownHolder>,
    /// The organization to bind it to. Without one, a person's token is good in each of theirs.
    organization: Option<Uuid>,
    /// What to call it: 1 to 200 characters.
    label: Option<String>,
    /// Its ceilings; those of the caller's credential if not said.
    scopes: Option<Vec<String>>,
    /// From when on it is no good, RFC 3339.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    /// After how many uses it is no good.
    #[schema(minimum = 1)]
    uses: Option<u32>,
}

impl NewToken {
    fn wish(&self) -> Result<Wish, Fault> {
        let unknown = || Fault::invalid("holder", "user, application or service_account");
        let holder = self.holder.as_ref();
        let holder = holder.map(|who| Holder::of(&who.kind, who.id).ok_or_else(unknown));
        Ok(Wish {
            holder: holder.transpose()?,
            organization: self.organization.map(Into::into),
            label: self.label.clone(),
            scopes: self.scopes.as_deref().map(read_scopes).transpose()?,
            expires_at: self.expires_at.as_deref().map(read_time).transpose()?,
            uses: self.uses,
            ..Wish::default()
        })
    }
}

fn read_time(text: &str) -> Result<Timestamp, Fault> {
    let rule = "an RFC 3339 time with its zone, such as 2030-01-01T00:00:00Z";
    text.parse().map_err(|_| Fault::invalid("expires_at", rule))
}

fn read_scopes(words: &[String]) -> Result<Scopes, Fault> {
    let unknown = |word: &str| Fault::invalid("scopes", format!("`{word}` is not a scope"));
    let scope = |word: &String| Scope::parse(word).ok_or_else(|| unknown(word));
    if words.len() > authority::scope::MOST_SCOPES {
        return Err(Fault::invalid("scopes", "at most 32"));
    }
    let scopes = words.iter().map(scope).collect::<Result<Vec<_>, _>>()?;
    if scopes.is_empty() {
        return Err(Fault::invalid("scopes", "at least one, or leave it out"));
    }
    Scopes::new(scopes).ok_or_else(|| Fault::invalid("scopes", "at most 32"))
}

/// A token without its secret.
#[derive(Serialize, ToSchema)]
pub(super) struct ShownToken {
    id: Uuid,
    number: i64,
    /// Two letters, as in the token's text.
    kind: &'static str,
    holder: ShownHolder,
    organization: Option<Uuid>,
    label: String,
    scopes: Vec<String>,
    created_at: String,
    created_by: Option<Uuid>,
    modified_at: String,
    expires_at: Option<String>,
    uses_left: Option<u32>,
    disabled: bool,
    revoked_at: Option<String>,
    parent: Option<Uuid>,
    last_used_at: Option<String>,
}

impl From<Token> for ShownToken {
    fn from(token: Token) -> Self {
        let text = |time: Option<Timestamp>| time.map(|time| time.to_string());
        Self {
            id: token.id.uuid(),
            number: token.number,
            kind: token.kind.code(),
            holder: token.holder.into(),
            organization: token.organization.map(authority::id::Id::uuid),
            label: token.label,
            scopes: token.scopes.iter().map(ToString::to_string).collect(),
            created_at: token.created_at.to_string(),
            created_by: token.created_by.map(authority::id::Id::uuid),
            modified_at: token.modified_at.to_string(),
            expires_at: text(token.expires_at),
            uses_left: token.uses_left,
            disabled: token.disabled,
            revoked_at: text(token.revoked_at),
            parent: token.parent.map(authority::id::Id::uuid),
            last_used_at: text(token.last_used_at),
        }
    }
}

/// A token with its secret.
#[derive(Serialize, ToSchema)]
pub(super) struct CreatedToken {
    /// The secret: shown now and never again.
    secret: String,
    #[serde(flatten)]
    shown: ShownToken,
}

impl From<Issued> for CreatedToken {
    fn from(Issued { token, secret }: Issued) -> Self {
        Self { secret: secret.reveal().to_owned(), shown: token.into() }
    }
}

/// What to change of a token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangedToken {
    /// A new label.
    label: Option<String>,
    /// Switched off, or on again.
    disabled: Option<bool>,
}

/// How to rotate a token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Rotation {
    /// For how many seconds the present secret lives on: 0 to 2,592,000.
    #[schema(minimum = 0, maximum = 2_592_000)]
    overlap_seconds: i64,
}

/// `GET /authority/v1/tokens`: one's own, or an organization's.
#[utoipa::path(
    get, path = "/tokens", tag = "Tokens", security(("bearer" = []), ("basic" = [])),
    params(Paging),
    responses((status = 200, description = "A page", body = Listed<ShownToken>), Readers),
)]
pub(super) async fn list(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Query(paging): Query<Paging>,
) -> Result<Json<Listed<ShownToken>>, Fault> {
    let page = paging.page(&authority, &actor, "tokens")?;
    let tokens = match paging.organization {
        Some(organization) => authority.tokens_in(&actor, organization.into(), page).await?,
        None => authority.own_tokens(&actor, page).await?,
    };
    let show = |token: Token| (token.number, token.into());
    Ok(listed(&authority, &actor, ("tokens", page), tokens, show))
}

/// `POST /authority/v1/tokens`
#[utoipa::path(
    post, path = "/tokens", tag = "Tokens", security(("bearer" = []), ("basic" = [])),
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
    get, path = "/tokens/{id}", tag = "Tokens", security(("bearer" = []), ("basic" = [])),
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

/// `PATCH /authority/v1/tokens/{id}`
#[utoipa::path(
    patch, path = "/tokens/{id}", tag = "Tokens", security(("bearer" = []), ("basic" = [])),
    params(("id" = Uuid, Path)), request_body = ChangedToken,
    responses((status = 200, description = "The token", body = ShownToken), Writers),
)]
pub(super) async fn update(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Path(id): Path<Uuid>,
    Body(ChangedToken { label, disabled }): Body<ChangedToken>,
) -> Result<Json<ShownToken>, Fault> {
    let change = TokenChange { label, disabled };
    Ok(Json(authority.update_token(&actor, id.into(), change).await?.into()))
}

/// `DELETE /authority/v1/tokens/{id}`: revokes it.
#[utoipa::path(
    delete, path = "/tokens/{id}", tag = "Tokens", security(("bearer" = []), ("basic" = [])),
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
    post, path = "/tokens/{id}/revoke", tag = "Tokens", security(("bearer" = []), ("basic" = [])),
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
    post, path = "/tokens/{id}/rotate", tag = "Tokens", security(("bearer" = []), ("basic" = [])),
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

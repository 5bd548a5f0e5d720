//! Permanent tokens of a team.

use authority::id::OrganizationId;
use authority::journal::Once;
use authority::scope::Scopes;
use authority::token::{Issued, Token, Wish};
use authority::{Actor, Authority};
use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::fault::{Fault, Readers, Writers};
use super::ident::{self, Ident};
use super::listing::Listing;
use super::moment::{self, Moment};
use super::query::{FromPairs, Pairs, Query, Window};
use super::request::{Attempt, Caller, MaybeBody, Nothing, Path};
use super::scopes;

/// What a token shall be. An empty value is an absent one.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct NewToken {
    /// What to call it; a name is made if none is given.
    name: Option<String>,
    /// From when on it is no good, RFC 3339; in a year if not said.
    #[param(value_type = Option<String>, format = DateTime)]
    expiration: Option<Timestamp>,
    /// Whether its first use is its last.
    #[param(value_type = Option<bool>)]
    once: bool,
    /// The team it is for; `teamId` is taken too. Without one, or with nothing: the caller's.
    #[param(value_type = Option<String>, pattern = "^([0-9A-Fa-f-]{36})?$")]
    team: Option<OrganizationId>,
    /// What it may do, at most what the caller may: a decimal mask, names with commas, or the key
    /// repeated. Everything that the caller may if not said.
    #[param(value_type = Option<String>)]
    scopes: Option<Scopes>,
}

impl FromPairs for NewToken {
    fn from_pairs(pairs: &Pairs) -> Result<Self, Fault> {
        let moment = "an RFC 3339 time with its zone; `+` is written %2B in a query";
        let once = pairs.read_as(&["once"], "true or false", |text| text.parse().ok())?;
        Ok(Self {
            name: pairs.one(&["name"])?.map(str::to_owned),
            expiration: pairs.read_as(&["expiration"], moment, moment::read)?,
            once: once.unwrap_or_default(),
            team: pairs.read_as(&["team", "teamId"], ident::RULE, ident::read)?.map(Into::into),
            scopes: scopes::read(&pairs.each("scopes"))?,
        })
    }
}

impl NewToken {
    fn wish(self, team: OrganizationId, once: Option<Once>) -> Wish {
        Wish {
            organization: Some(team),
            label: self.name,
            scopes: self.scopes,
            expires_at: self.expiration,
            uses: self.once.then_some(1),
            once,
            ..Wish::default()
        }
    }
}

/// A token without its secret.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ShownToken {
    id: Ident,
    team_id: Option<Ident>,
    name: String,
    #[schema(required, value_type = String, format = DateTime)]
    expiration: Option<Moment>,
    created_at: Moment,
}

/// A token that was just made.
#[derive(Serialize, ToSchema)]
pub(super) struct CreatedToken {
    /// The secret: shown now and never again.
    token: String,
    #[serde(flatten)]
    shown: ShownToken,
}

impl From<Token> for ShownToken {
    fn from(token: Token) -> Self {
        Self {
            id: token.id.into(),
            team_id: token.organization.map(Ident::from),
            name: token.label,
            expiration: token.expires_at.map(Moment),
            created_at: Moment(token.created_at),
        }
    }
}

impl From<Issued> for CreatedToken {
    fn from(Issued { token, secret }: Issued) -> Self {
        Self { token: secret.reveal().to_owned(), shown: token.into() }
    }
}

/// `POST /v0/tokens`
///
/// An `Idempotency-Key` makes sure that a repeated request makes no second token.
#[utoipa::path(
    post, path = "/tokens", tag = "Tokens", security(("bearer" = []), ("basic" = [])),
    params(NewToken, ("Idempotency-Key" = Option<String>, Header, max_length = 255)),
    responses((status = 200, description = "The token", body = CreatedToken), Writers),
)]
pub(super) async fn create(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    attempt: Attempt,
    Query(new): Query<NewToken>,
    _: MaybeBody<Nothing>,
) -> Result<Json<CreatedToken>, Fault> {
    let team = team_or_default(&authority, &actor, new.team).await?;
    let once = attempt.once(&authority, &actor)?;
    Ok(Json(authority.issue(&actor, new.wish(team, once)).await?.into()))
}

async fn team_or_default(
    authority: &Authority,
    actor: &Actor,
    team: Option<OrganizationId>,
) -> Result<OrganizationId, Fault> {
    match team {
        Some(team) => Ok(team),
        None => Ok(authority.default_organization(actor).await?),
    }
}

/// `GET /v0/tokens`
///
/// The team's tokens that are still good. Secrets are not shown again.
#[utoipa::path(
    get, path = "/tokens", tag = "Tokens", security(("bearer" = []), ("basic" = [])),
    params(Window),
    responses((status = 200, description = "The tokens", body = [ShownToken]), Readers),
)]
pub(super) async fn list(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Query(window): Query<Window>,
) -> Result<Listing<ShownToken>, Fault> {
    let team = authority.default_organization(&actor).await?;
    let (page, frame) = window.open(&authority, &actor, "tokens")?;
    let tokens = authority.live_tokens_in(&actor, team, page).await?;
    Ok(frame.show(tokens, |token| token.number))
}

/// `DELETE /v0/tokens/{token_id}`
#[utoipa::path(
    delete, path = "/tokens/{token_id}", tag = "Tokens",
    security(("bearer" = []), ("basic" = [])),
    params(("token_id" = String, Path, format = Uuid)),
    responses((status = 200, description = "The token is dead, everywhere and for ever"), Writers),
)]
pub(super) async fn revoke(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Path(token): Path<Ident>,
) -> Result<(), Fault> {
    Ok(authority.revoke(&actor, token.into()).await?)
}

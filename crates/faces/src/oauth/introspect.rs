//! `POST /oauth/introspect` (RFC 7662), and as a signed JWT (RFC 9701)

use authority::demand::Demand;
use authority::id::OrganizationId;
use authority::token::{Asked as Question, Holder, Signed, Surface, Visit};
use authority::{Actor, Authority, Known};
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_TYPE, HeaderName, VARY};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::fault::{Fault, OauthError};
use super::request::{Asked, Form};

/// What a token is good for.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum Introspection {
    /// It is good.
    Active(Box<Told>),
    /// It is not, or not for the caller to know.
    Inactive(Untold),
}

/// Nothing more is said.
#[derive(Serialize, ToSchema)]
pub(super) struct Untold {
    /// `false`
    active: bool,
}

/// A good token.
#[derive(Serialize, ToSchema)]
pub(super) struct Told {
    /// `true`
    active: bool,
    /// Its ceilings, with spaces between.
    scope: String,
    /// The application that holds it, if one does; of a signed token, the client that obtained it.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    /// The user who holds it, if one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    /// `Bearer`
    token_type: &'static str,
    /// From when on it is no good, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
    /// When it was issued.
    iat: i64,
    /// Its holder.
    sub: Uuid,
    /// For whom it is, if it says so. Who asks must be one of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<Aud>,
    /// Who acts for its holder, if somebody does (RFC 8693, section 4.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    act: Option<Act>,
    /// This authority.
    iss: String,
    /// The token's id.
    jti: Uuid,
    /// The organization that it is bound to.
    #[serde(skip_serializing_if = "Option::is_none")]
    organization: Option<Uuid>,
    /// What the holder is: `user`, `application` or `service_account`.
    kind: &'static str,
    /// Whether it is good for the permission that was asked about, if one was.
    #[serde(skip_serializing_if = "Option::is_none")]
    permitted: Option<bool>,
}

/// One audience, or several.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum Aud {
    /// One.
    One(String),
    /// Several.
    Several(Vec<String>),
}

/// Somebody who acts, and who did before.
#[derive(Serialize, ToSchema)]
pub(super) struct Act {
    sub: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion)]
    act: Option<Box<Act>>,
}

impl Aud {
    fn of(signed: &Signed) -> Self {
        let mut all: Vec<String> = signed.audiences.iter().map(str::to_owned).collect();
        if all.len() > 1 { Self::Several(all) } else { Self::One(all.pop().unwrap_or_default()) }
    }
}

impl Act {
    fn of(signed: &Signed) -> Option<Self> {
        let nest = |act: Option<Self>, sub: &Uuid| Some(Self { sub: *sub, act: act.map(Box::new) });
        signed.actors.iter().rev().fold(None, nest)
    }
}

impl Introspection {
    fn of(known: Option<&Known>, demand: Option<&Demand>, issuer: &str) -> Self {
        match known {
            Some(known) => Self::Active(Box::new(Told {
                permitted: demand.map(|demand| known.meets(demand)),
                ..Told::of(known, issuer)
            })),
            None => Self::Inactive(Untold { active: false }),
        }
    }
}

impl Told {
    fn of(known: &Known, issuer: &str) -> Self {
        let token = &known.token;
        let (kind, sub) = token.holder.parts();
        let (client_id, username) = match token.holder {
            Holder::User(_) => (None, Some(known.holder.name.to_string())),
            Holder::Application(id) => (Some(id.to_string()), None),
            Holder::ServiceAccount(_) => (None, None),
        };
        let signed = token.signed.as_deref();
        Self {
            active: true,
            scope: token.scopes.to_string(),
            client_id: signed.map(|signed| signed.client.clone()).or(client_id),
            username,
            token_type: "Bearer",
            exp: token.expires_at.map(Timestamp::as_second),
            iat: token.created_at.as_second(),
            sub,
            aud: signed.map(Aud::of),
            act: signed.and_then(Act::of),
            iss: issuer.to_owned(),
            jti: token.id.uuid(),
            organization: token.organization.map(OrganizationId::uuid),
            kind,
            permitted: None,
        }
    }
}

/// What is this token good for?
#[utoipa::path(
    post, path = "/introspect", operation_id = "introspect",
    description = "Never takes a use of a token whose uses are counted. For whom the token is, who asks must judge by \
        `aud`.",
    security(("bearer" = []), ("basic" = [])),
    request_body(content = Form, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, content(
            (Introspection = "application/json"),
            (String = "application/token-introspection+jwt"))),
        (status = 400, body = OauthError), (status = 401, body = OauthError),
        (status = 403, body = OauthError), (status = 413, body = OauthError),
        (status = 415, body = OauthError), (status = 429, body = OauthError),
        (status = 503, body = OauthError)))]
pub(super) async fn introspect(
    State(authority): State<Authority>,
    headers: HeaderMap,
    Asked { actor, form }: Asked,
) -> Result<Response, Fault> {
    let demand = form.permission.as_deref().map(Demand::parse).transpose()?;
    let source = form.address.as_deref().map(str::parse).transpose();
    let source = source.map_err(|_| Fault::BadRequest)?;
    let visit = Visit { source, ..Visit::through(Surface::Introspection) };
    let known = authority.introspect(&actor, form.token.reveal(), &Question::of(visit)).await?;
    let issuer = &authority.policy().issuer;
    let told = Introspection::of(known.as_deref(), demand.as_ref(), issuer);
    said(&authority, &actor, &told, wants_jwt(&headers))
}

/// The media type of a signed answer (RFC 9701, section 4).
const SIGNED: &str = "application/token-introspection+jwt";
const BY_ACCEPT: [(HeaderName, &str); 1] = [(VARY, "Accept")];

fn said(
    authority: &Authority,
    actor: &Actor,
    told: &Introspection,
    signed: bool,
) -> Result<Response, Fault> {
    if !signed {
        return Ok((BY_ACCEPT, Json(told)).into_response());
    }
    let jws = authority.sign_introspection(actor, told).map_err(authority::Error::from)?;
    Ok((BY_ACCEPT, [(CONTENT_TYPE, SIGNED)], jws).into_response())
}

/// Whether a JWT is asked for by name, and JSON is not wanted more. All else is answered with JSON
/// (RFC 9110, section 12.5.1).
fn wants_jwt(headers: &HeaderMap) -> bool {
    let values = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let ranges: Vec<(String, f32)> =
        values.flat_map(|value| value.split(',')).filter_map(range).collect();
    let weight = |name: &str| ranges.iter().find(|(range, _)| range == name).map(|(_, q)| *q);
    let json = ["application/json", "application/*", "*/*"].into_iter().find_map(weight);
    weight(SIGNED).is_some_and(|jwt| jwt > 0.0 && jwt >= json.unwrap_or(0.0))
}

/// A media range and its weight: 0 to 1.
fn range(text: &str) -> Option<(String, f32)> {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next()?.to_ascii_lowercase();
    let weight = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
    Some((name, weight.map_or(Some(1.0), |weight| weight.parse().ok())?))
}

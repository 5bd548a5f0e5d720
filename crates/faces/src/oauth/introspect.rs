//! `POST /oauth/introspect` (RFC 7662)

use authority::demand::Demand;
use authority::id::OrganizationId;
use authority::token::{Asked as Question, Holder, Surface, Visit};
use authority::{Authority, Known};
use axum::Json;
use axum::extract::State;
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
    /// The application that holds it, if one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<Uuid>,
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
    /// For whom it is, if it says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<String>,
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
            Holder::Application(id) => (Some(id.uuid()), None),
            Holder::ServiceAccount(_) => (None, None),
        };
        Self {
            active: true,
            scope: token.scopes.to_string(),
            client_id,
            username,
            token_type: "Bearer",
            exp: token.expires_at.map(Timestamp::as_second),
            iat: token.created_at.as_second(),
            sub,
            aud: token.session.map(|_| issuer.to_owned()),
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
    description = "Never takes a use of a token whose uses are counted.",
    security(("bearer" = []), ("basic" = [])),
    request_body(content = Form, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, body = Introspection),
        (status = 400, body = OauthError), (status = 401, body = OauthError),
        (status = 403, body = OauthError), (status = 413, body = OauthError),
        (status = 415, body = OauthError), (status = 429, body = OauthError),
        (status = 503, body = OauthError)))]
pub(super) async fn introspect(
    State(authority): State<Authority>,
    Asked { actor, form }: Asked,
) -> Result<Json<Introspection>, Fault> {
    let demand = form.permission.as_deref().map(Demand::parse).transpose()?;
    let source = form.address.as_deref().map(str::parse).transpose();
    let source = source.map_err(|_| Fault::BadRequest)?;
    let visit = Visit { source, ..Visit::through(Surface::Introspection) };
    let known = authority.introspect(&actor, &form.token, &Question::of(visit)).await?;
    let issuer = &authority.policy().issuer;
    Ok(Json(Introspection::of(known.as_deref(), demand.as_ref(), issuer)))
}

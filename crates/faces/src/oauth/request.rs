//! Who asks, and with what form.

use authority::Actor;
use authority::secret::Secret;
use authority::token::Surface;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::request::Parts;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Shared;
use super::fault::Fault;
use crate::kit::{Context, Credentials, credentials, form_fields, is_of_type, read_body, visit};

/// The form of introspection and revocation.
#[derive(ToSchema)]
pub(super) struct Form {
    /// The token that it is about.
    #[schema(value_type = String)]
    pub(super) token: Secret,
    /// What it might be. A hint, which is not needed here.
    #[schema(rename = "token_type_hint", required = false)]
    _hint: Option<String>,
    /// What it might be good for: a permission, or several with `AND`, `OR` and parentheses. Ours; only of
    /// introspection.
    #[schema(required = false)]
    pub(super) permission: Option<String>,
    /// The address from which it was shown, which a token that is bound to networks needs. Ours; only of
    /// introspection.
    #[schema(required = false)]
    pub(super) address: Option<String>,
    /// The id of an application or service account, where no `Authorization` is sent.
    client_id: Option<String>,
    /// The application's secret, or a token of the service account.
    #[schema(value_type = Option<String>)]
    client_secret: Option<Secret>,
}

impl Form {
    /// A form that has a token.
    fn read(bytes: &[u8]) -> Option<Self> {
        let mut fields = form_fields(bytes)?;
        let mut take = |name: &str| {
            let place = fields.iter().position(|(known, _)| known == name)?;
            Some(fields.swap_remove(place).1)
        };
        Some(Self {
            token: Secret::from_text(take("token")?),
            _hint: take("token_type_hint"),
            permission: take("permission"),
            address: take("address"),
            client_id: take("client_id"),
            client_secret: take("client_secret").map(Secret::from_text),
        })
    }
}

/// A form, and the actor who sent it.
pub(super) struct Asked {
    pub(super) actor: Actor,
    pub(super) form: Form,
}

impl FromRequest<Shared> for Asked {
    type Rejection = Fault;

    async fn from_request(request: Request, shared: &Shared) -> Result<Self, Fault> {
        let context = &shared.context;
        let (parts, body) = request.into_parts();
        let bytes = read_body(&parts.headers, body, context.largest_body).await?;
        let form = read_form(&parts, &bytes);
        let actor = asking(context, &parts, form.as_ref().ok()).await?;
        let form = form?;
        let twice = form.client_secret.is_some() && !actor_is_by_form(&parts);
        if twice { Err(Fault::BadRequest) } else { Ok(Self { actor, form }) }
    }
}

fn read_form(parts: &Parts, bytes: &Bytes) -> Result<Form, Fault> {
    if !is_form(parts) {
        return Err(Fault::NoForm);
    }
    Form::read(bytes).ok_or(Fault::BadRequest)
}

pub(super) fn is_form(parts: &Parts) -> bool {
    is_of_type(&parts.headers, "application/x-www-form-urlencoded")
}

fn actor_is_by_form(parts: &Parts) -> bool {
    matches!(credentials(&parts.headers), Credentials::None)
}

/// Who asks: the bearer of a token, or a client by its id and secret, in a header or in the form
/// (RFC 6749, section 2.3.1).
async fn asking(context: &Context, parts: &Parts, form: Option<&Form>) -> Result<Actor, Fault> {
    match credentials(&parts.headers) {
        Credentials::Bearer(token) => {
            let visit = visit(parts, &context.trusted, Surface::Oauth);
            Ok(context.authority.authenticate(token, &visit).await?)
        }
        Credentials::Basic(basic) => {
            client(context, parts, &basic.username, basic.password.reveal()).await
        }
        Credentials::Unreadable => Err(Fault::NoClient),
        Credentials::None => {
            let form = form.ok_or(Fault::NoClient)?;
            let id = form.client_id.as_deref().ok_or(Fault::NoClient)?;
            let secret = form.client_secret.as_ref().ok_or(Fault::NoClient)?;
            client(context, parts, id, secret.reveal()).await
        }
    }
}

/// A client by its id and secret: an application, or a service account, whose tokens are its secrets.
pub(super) async fn client(
    context: &Context,
    parts: &Parts,
    id: &str,
    secret: &str,
) -> Result<Actor, Fault> {
    let id = Uuid::try_parse(id).map_err(|_| Fault::BadClient)?;
    let visit = visit(parts, &context.trusted, Surface::Oauth);
    let found = context.authority.authenticate_client(id, secret, &visit).await;
    found.map_err(|error| {
        let fault = Fault::from(error);
        if fault == Fault::BadToken { Fault::BadClient } else { fault }
    })
}

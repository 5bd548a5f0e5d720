//! `POST /oauth/token`: short tokens for clients (RFC 6749, section 4.4), and for other tokens (RFC
//! 8693).

use std::net::IpAddr;

use authority::audience::Audiences;
use authority::scope::Scopes;
use authority::secret::{Kind, Secret};
use authority::token::{Exchange, Exchanged, Narrowing, Surface, Visit};
use authority::{Actor, Authority, Error, Refusal};
use axum::Json;
use axum::extract::{FromRequest, Request, State};
use axum::http::request::Parts;
use serde::Serialize;
use utoipa::ToSchema;

use super::Shared;
use super::fault::{Fault, NoGrant, OauthError};
use super::request::{client, is_form};
use crate::kit::{Context, Credentials, credentials, form_fields_but, read_body, visit};

const CLIENT_CREDENTIALS: &str = "client_credentials";
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
/// The ways to obtain a token.
pub(super) const GRANTS: [&str; 2] = [CLIENT_CREDENTIALS, EXCHANGE];

/// RFC 8693, section 3.
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

/// The form of the token endpoint. A field without a value is as one that is not there.
#[derive(Default, ToSchema)]
pub(super) struct TokenForm {
    /// `client_credentials` or `urn:ietf:params:oauth:grant-type:token-exchange`.
    #[schema(required = true)]
    grant_type: Option<String>,
    /// The ceilings of the new token, with spaces between: at most those of what it is made of, and as
    /// many if none are named.
    scope: Option<String>,
    /// Services that the new token is for, by name; this authority if none is named. At most 4, with
    /// `resource`.
    #[schema(required = false)]
    audience: Vec<String>,
    /// Services that it is for, by absolute URI without a fragment.
    #[schema(required = false)]
    resource: Vec<String>,
    /// The token to exchange: any that is a bearer token here.
    #[schema(value_type = Option<String>)]
    subject_token: Option<Secret>,
    /// `urn:ietf:params:oauth:token-type:access_token`, or `…:jwt` for one that is signed.
    subject_token_type: Option<String>,
    /// A token of whoever shall act for the subject.
    #[schema(value_type = Option<String>)]
    actor_token: Option<Secret>,
    /// As `subject_token_type`; where `actor_token` is, and only there.
    actor_token_type: Option<String>,
    /// `urn:ietf:params:oauth:token-type:access_token`, or nothing.
    requested_token_type: Option<String>,
    /// The id of an application or service account, where no `Authorization` is sent.
    client_id: Option<String>,
    /// The application's secret, or a token of the service account.
    #[schema(value_type = Option<String>)]
    client_secret: Option<Secret>,
}

/// A token (RFC 6749, section 5.1; RFC 8693, section 2.2.1).
#[derive(Serialize, ToSchema)]
pub(super) struct Granted {
    access_token: String,
    /// `urn:ietf:params:oauth:token-type:access_token`, of an exchange.
    #[serde(skip_serializing_if = "Option::is_none")]
    issued_token_type: Option<&'static str>,
    /// `Bearer`
    token_type: &'static str,
    /// For how many seconds it is good.
    expires_in: i64,
    /// Its ceilings.
    #[serde(skip_serializing_if = "String::is_empty")]
    scope: String,
}

impl Granted {
    fn of(exchanged: &Exchanged, issued_token_type: Option<&'static str>) -> Self {
        Self {
            access_token: exchanged.access.reveal().to_owned(),
            issued_token_type,
            token_type: "Bearer",
            expires_in: exchanged.life.as_secs(),
            scope: exchanged.scopes.to_string(),
        }
    }
}

/// A form, and the client that sent it, if it says which one.
pub(super) struct Wished {
    client: Option<Actor>,
    form: TokenForm,
    source: Option<IpAddr>,
    agent: Option<String>,
}

impl Wished {
    /// The request.
    fn visit(&self) -> Visit<'_> {
        let agent = self.agent.as_deref();
        Visit { surface: Surface::Oauth, source: self.source, agent }
    }
}

impl FromRequest<Shared> for Wished {
    type Rejection = Fault;

    async fn from_request(request: Request, shared: &Shared) -> Result<Self, Fault> {
        let context = &shared.context;
        let (parts, body) = request.into_parts();
        let bytes = read_body(&parts.headers, body, context.largest_body).await?;
        if parts.uri.query().is_some() {
            return Err(NoGrant::Unclear("nothing is asked for in an address").into());
        }
        if !is_form(&parts) {
            return Err(Fault::NoForm);
        }
        let form = TokenForm::read(&bytes).ok_or(NoGrant::Unclear("this form can't be read"))?;
        let client = by(context, &parts, &form).await?;
        let Visit { source, agent, .. } = visit(&parts, &context.trusted, Surface::Oauth);
        Ok(Self { client, form, source, agent: agent.map(str::to_owned) })
    }
}

/// The client, by Basic or by its form, but not by both (RFC 6749, section 2.3). Who names a client and
/// shows no secret is nobody (`none`; RFC 6749, section 3.2.1): the name is not believed.
async fn by(context: &Context, parts: &Parts, form: &TokenForm) -> Result<Option<Actor>, Fault> {
    let secret = form.client_secret.as_ref().map(Secret::reveal);
    let id = form.client_id.as_deref();
    match (credentials(&parts.headers), id, secret) {
        (Credentials::None, _, None) => Ok(None),
        (Credentials::None, Some(id), Some(secret)) => {
            client(context, parts, id, secret).await.map(Some)
        }
        (Credentials::Basic(basic), id, None) if id.is_none_or(|id| id == basic.username) => {
            client(context, parts, &basic.username, basic.password.reveal()).await.map(Some)
        }
        (Credentials::Basic(_), ..) => {
            Err(NoGrant::Unclear("the client says twice who it is").into())
        }
        (Credentials::None | Credentials::Bearer(_) | Credentials::Unreadable, ..) => {
            Err(Fault::BadClient)
        }
    }
}

impl TokenForm {
    fn read(bytes: &[u8]) -> Option<Self> {
        let mut form = Self::default();
        for (name, value) in form_fields_but(bytes, &["audience", "resource"])? {
            match name.as_str() {
                _ if value.is_empty() => {}
                "audience" => form.audience.push(value),
                "resource" => form.resource.push(value),
                "grant_type" => form.grant_type = Some(value),
                "scope" => form.scope = Some(value),
                "subject_token" => form.subject_token = Some(Secret::from_text(value)),
                "subject_token_type" => form.subject_token_type = Some(value),
                "actor_token" => form.actor_token = Some(Secret::from_text(value)),
                "actor_token_type" => form.actor_token_type = Some(value),
                "requested_token_type" => form.requested_token_type = Some(value),
                "client_id" => form.client_id = Some(value),
                "client_secret" => form.client_secret = Some(Secret::from_text(value)),
                _ => {}
            }
        }
        Some(form)
    }

    fn narrowing(&self) -> Result<Narrowing, Fault> {
        let scopes = self.scope.as_deref().map(Scopes::parse).transpose();
        let scopes = scopes.map_err(|_| NoGrant::Scope)?;
        let audiences = Audiences::named(&self.audience, &self.resource);
        let audiences = audiences.map_err(|refusal| Fault::of_grant(refusal.into()))?;
        Ok(Narrowing { scopes, audiences })
    }
}

/// A short access token, for a client or for another token.
///
/// A client is an application by its secret, or a service account by one of its tokens. Whoever shows a
/// token may exchange it, and needs to be no client.
#[utoipa::path(
    post, path = "/token", operation_id = "token",
    security((), ("basic" = [])),
    request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, body = Granted),
        (status = 400, body = OauthError), (status = 401, body = OauthError),
        (status = 413, body = OauthError), (status = 415, body = OauthError),
        (status = 429, body = OauthError), (status = 503, body = OauthError)))]
pub(super) async fn token(
    State(authority): State<Authority>,
    wished: Wished,
) -> Result<Json<Granted>, Fault> {
    let grant = wished.form.grant_type.as_deref();
    let granted = match grant.ok_or(NoGrant::Unclear("the form needs a `grant_type`"))? {
        CLIENT_CREDENTIALS => obtained(&authority, &wished).await?,
        EXCHANGE => exchanged(&authority, &wished).await?,
        _ => return Err(NoGrant::NoSuchWay.into()),
    };
    Ok(Json(granted))
}

async fn obtained(
    authority: &Authority,
    Wished { client, form, .. }: &Wished,
) -> Result<Granted, Fault> {
    let client = client.as_ref().ok_or(Fault::BadClient)?;
    let obtained = authority.obtain(client, &form.narrowing()?).await;
    Ok(Granted::of(&obtained.map_err(Fault::of_grant)?, None))
}

async fn exchanged(authority: &Authority, wished: &Wished) -> Result<Granted, Fault> {
    let (Wished { client, form, .. }, visit) = (wished, wished.visit());
    let subject = (form.subject_token.as_ref(), form.subject_token_type.as_deref());
    let missing = NoGrant::Unclear("the form needs a `subject_token` and its type");
    let subject = shown(authority, subject)?.ok_or(missing)?;
    let actor = (form.actor_token.as_ref(), form.actor_token_type.as_deref());
    let actor = shown(authority, actor)?;
    if form.requested_token_type.as_deref().is_some_and(|wished| wished != ACCESS_TOKEN) {
        return Err(NoGrant::Unclear("only access tokens are given").into());
    }
    let narrowing = form.narrowing()?;
    // A form that is refused takes nothing of the actor's token.
    let actor = match actor {
        Some(token) => Some(authority.authenticate(token, &visit).await.map_err(bad_actor)?),
        None => None,
    };
    let (client, actor) = (client.as_ref(), actor.as_ref());
    let exchange = Exchange { subject, client, actor, narrowing: &narrowing, visit };
    let exchanged = authority.exchange(exchange).await.map_err(Fault::of_grant)?;
    Ok(Granted::of(&exchanged, Some(ACCESS_TOKEN)))
}

/// A token that is shown with its type, or not at all. All of ours are access tokens; one kind is a JWT
/// too.
fn shown<'a>(
    authority: &Authority,
    (token, of_type): (Option<&'a Secret>, Option<&str>),
) -> Result<Option<&'a str>, Fault> {
    let signed = authority.policy().brand.prefix(Kind::Access);
    match (token.map(Secret::reveal), of_type) {
        (None, None) => Ok(None),
        (Some(token), Some(ACCESS_TOKEN)) => Ok(Some(token)),
        (Some(token), Some(JWT)) if token.starts_with(&signed) => Ok(Some(token)),
        (Some(_), Some(_)) => Err(NoGrant::Unclear("tokens of this type are not exchanged").into()),
        (Some(_), None) | (None, Some(_)) => {
            Err(NoGrant::Unclear("a token comes with its type").into())
        }
    }
}

fn bad_actor(error: Error) -> Fault {
    if matches!(error, Error::Refused(Refusal::Unauthenticated)) {
        return NoGrant::Subject.into();
    }
    Fault::of_grant(error)
}

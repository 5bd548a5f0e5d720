//! What anybody may know: `/.well-known/jwks.json`, `/.well-known/oauth-authorization-server`,
//! `/.well-known/oauth-protected-resource`

use authority::{Authority, JWKS_MAX_AGE, PublicKey};
use axum::Json;
use axum::extract::State;
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, HeaderName};
use serde::Serialize;
use utoipa::ToSchema;

use super::token::GRANTS;

type Public<T> = ([(HeaderName, String); 2], Json<T>);

/// For everybody, and for as long as a key's rotation allows for.
fn public<T>(told: T) -> Public<T> {
    let cache = format!("public, max-age={}", JWKS_MAX_AGE.as_secs());
    let headers = [(CACHE_CONTROL, cache), (ACCESS_CONTROL_ALLOW_ORIGIN, "*".to_owned())];
    (headers, Json(told))
}

/// The keys that verify access tokens (RFC 7517).
#[derive(Serialize, ToSchema)]
pub(super) struct Keys {
    keys: Vec<Key>,
}

/// A public key.
#[derive(Serialize, ToSchema)]
pub(super) struct Key {
    kty: &'static str,
    #[serde(rename = "use")]
    purpose: &'static str,
    alg: &'static str,
    kid: String,
    crv: &'static str,
    x: String,
    y: String,
}

impl From<PublicKey> for Key {
    fn from(PublicKey { kid, x, y }: PublicKey) -> Self {
        Self { kty: "EC", purpose: "sig", alg: "ES256", kid, crv: "P-256", x, y }
    }
}

/// The public keys.
#[utoipa::path(get, path = "/.well-known/jwks.json", operation_id = "jwks",
    responses((status = 200, body = Keys)))]
pub(super) async fn keys(State(authority): State<Authority>) -> Public<Keys> {
    public(Keys { keys: authority.public_keys().into_iter().map(Key::from).collect() })
}

/// What is served here, and where (RFC 8414, section 2).
#[derive(Serialize, ToSchema)]
pub(super) struct Metadata {
    issuer: String,
    jwks_uri: String,
    scopes_supported: &'static [&'static str],
    token_endpoint: String,
    token_endpoint_auth_methods_supported: &'static [&'static str],
    introspection_endpoint: String,
    introspection_endpoint_auth_methods_supported: &'static [&'static str],
    /// RFC 9701, section 7.
    introspection_signing_alg_values_supported: &'static [&'static str],
    revocation_endpoint: String,
    revocation_endpoint_auth_methods_supported: &'static [&'static str],
    response_types_supported: [&'static str; 0],
    grant_types_supported: [&'static str; 2],
    /// RFC 9728, section 4.
    protected_resources: [String; 1],
}

/// How a client may say who it is. Bearer tokens are good for introspection and revocation too.
const CLIENTS: &[&str] = &["client_secret_basic", "client_secret_post"];
/// As [`CLIENTS`]; and who exchanges a token needs to be no client.
const CLIENTS_OR_NONE: &[&str] = &["client_secret_basic", "client_secret_post", "none"];
/// Every area, branch and permission is a scope; these stand for many.
const SCOPES: &[&str] = &["read", "write", "*"];

impl Metadata {
    fn of(issuer: &str) -> Self {
        Self {
            issuer: issuer.to_owned(),
            jwks_uri: keys_of(issuer),
            scopes_supported: SCOPES,
            token_endpoint: format!("{issuer}/oauth/token"),
            token_endpoint_auth_methods_supported: CLIENTS_OR_NONE,
            introspection_endpoint: format!("{issuer}/oauth/introspect"),
            introspection_endpoint_auth_methods_supported: CLIENTS,
            introspection_signing_alg_values_supported: &["ES256"],
            revocation_endpoint: format!("{issuer}/oauth/revoke"),
            revocation_endpoint_auth_methods_supported: CLIENTS,
            response_types_supported: [],
            grant_types_supported: GRANTS,
            protected_resources: [issuer.to_owned()],
        }
    }
}

fn keys_of(issuer: &str) -> String {
    format!("{issuer}/.well-known/jwks.json")
}

/// What is served here.
#[utoipa::path(get, path = "/.well-known/oauth-authorization-server", operation_id = "metadata",
    responses((status = 200, body = Metadata)))]
pub(super) async fn metadata(State(authority): State<Authority>) -> Public<Metadata> {
    public(Metadata::of(&authority.policy().issuer))
}

/// This authority's own APIs, as a resource that its tokens open (RFC 9728, section 2).
#[derive(Serialize, ToSchema)]
pub(super) struct Resource {
    #[serde(rename = "resource")]
    issuer: String,
    authorization_servers: [String; 1],
    jwks_uri: String,
    scopes_supported: &'static [&'static str],
    bearer_methods_supported: [&'static str; 1],
    #[serde(rename = "resource_name")]
    name: &'static str,
}

impl Resource {
    fn of(issuer: &str) -> Self {
        Self {
            issuer: issuer.to_owned(),
            authorization_servers: [issuer.to_owned()],
            jwks_uri: keys_of(issuer),
            scopes_supported: SCOPES,
            bearer_methods_supported: ["header"],
            name: "Chancery",
        }
    }
}

/// Which resource this is, and who gives tokens for it.
#[utoipa::path(get, path = "/.well-known/oauth-protected-resource", operation_id = "resource",
    responses((status = 200, body = Resource)))]
pub(super) async fn resource(State(authority): State<Authority>) -> Public<Resource> {
    public(Resource::of(&authority.policy().issuer))
}

//! OAuth 2.0's face: tokens for clients (RFC 6749, section 4.4) and for other tokens (RFC 8693),
//! introspection (RFC 7662 and 9701), revocation (RFC 7009), published keys (RFC 7517) and metadata
//! (RFC 8414 and 9728).
//!
//! Read `request.rs` (who asks, and with what form), then `token.rs`, `introspect.rs`, `revoke.rs`,
//! `published.rs`, and `fault.rs` (how it says no).
//!
//! **Invariant**: no address in an answer comes from a request: all are made of the policy's issuer.

mod fault;
mod introspect;
mod published;
mod request;
mod revoke;
mod token;

#[cfg(test)]
mod tests;

use authority::Authority;
use axum::Router;
use axum::extract::{FromRef, State};
use axum::middleware::map_response;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::fault::Fault;
use crate::kit::{self, Context, Face, Served};

#[derive(OpenApi)]
#[openapi(info(
    title = "Chancery: the OAuth 2.0 face",
    description = "Exchange of tokens, introspection, revocation, published keys and metadata."
))]
struct About;

/// What the handlers share.
#[derive(Clone)]
struct Shared {
    context: Context,
    document: Served,
}

impl FromRef<Shared> for Authority {
    fn from_ref(shared: &Shared) -> Self {
        shared.context.authority.clone()
    }
}

/// The face.
pub fn face(context: &Context) -> Face {
    let (asked, asked_paths) = OpenApiRouter::new()
        .routes(routes!(token::token))
        .routes(routes!(introspect::introspect))
        .routes(routes!(revoke::revoke))
        .routes(routes!(show))
        .split_for_parts();
    let (known, known_paths) = OpenApiRouter::new()
        .routes(routes!(published::keys))
        .routes(routes!(published::metadata))
        .routes(routes!(published::resource))
        .split_for_parts();
    let mut document = kit::document(About::openapi(), "/oauth", asked_paths);
    document.merge(known_paths);
    let shared = Shared { context: context.clone(), document: Served::new(&document) };
    let asked = asked
        .fallback(async || Fault::NoSuchPath)
        .method_not_allowed_fallback(async || Fault::NotThisMethod)
        .layer(map_response(fault::private))
        .layer(map_response(kit::described(&context.authority.policy().issuer)));
    let known = known.method_not_allowed_fallback(async || Fault::NotThisMethod);
    Face {
        name: "oauth",
        mount: "/",
        router: Router::new()
            .nest("/oauth", asked)
            .merge(known)
            .layer(map_response(kit::guarded))
            .with_state(shared),
        document,
        warm: None,
        grpc: None,
    }
}

/// This face's OpenAPI document.
#[utoipa::path(get, path = "/openapi.json", operation_id = "oauth_document",
    responses((status = 200, description = "OpenAPI 3.1")))]
async fn show(State(shared): State<Shared>) -> Served {
    shared.document
}

//! The gateway's face: may this request pass? For nginx `auth_request`, Caddy and Traefik
//! `forward_auth`, `HAProxy`, and Envoy `ext_authz`, over HTTP and over gRPC.
//!
//! Read `request.rs` (what is asked), `original.rs` (about which request), `check.rs` (the answer), `fault.rs` (how it says no);
//! then `grpc.rs` (the same over gRPC).
//!
//! **Invariant**: over HTTP there is no answer but 204 (below `/check` 200), 401, 403, 503 and, if configured, 429, whatever the method
//! and whatever follows in the path: Envoy puts the path of the request it asks about there.

mod check;
mod fault;
mod grpc;
mod original;
mod request;
mod yes;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::request::Parts;
use axum::routing::any;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::kit::{self, Context, Face, Served};

/// The path that is asked.
const CHECK: &str = "/check";

#[derive(OpenApi)]
#[openapi(info(
    title = "Chancery: the gateway's face",
    description = "May this request pass? Asked by gateways, for each request that they forward."
))]
struct About;

/// The face.
///
/// Its document is not served under `/check`: a gateway that appends the path of a request to
/// `/check` would take an answer to `/check/openapi.json` for a yes.
pub fn face(context: &Context) -> Face {
    let (checks, paths) = OpenApiRouter::new().routes(routes!(check::check)).split_for_parts();
    let checks = checks.fallback(check::check).method_not_allowed_fallback(check::check);
    let (papers, own) = OpenApiRouter::new().routes(routes!(show)).split_for_parts();
    let mut document = kit::document(About::openapi(), CHECK, paths);
    document.merge(own);
    let papers = papers.layer(axum::middleware::map_response(kit::guarded));
    let asked = context.clone();
    Face {
        name: "gateway",
        mount: "/",
        router: Router::new()
            .nest(CHECK, checks.with_state(context.clone()))
            .route("/check/", any(check::check).with_state(context.clone()))
            .merge(papers.with_state(Served::new(&document))),
        document,
        warm: Some((CHECK, Arc::new(move |parts: &Parts, peer| check::warm(&asked, parts, peer)))),
        grpc: Some(grpc::router(context)),
    }
}

/// This face's OpenAPI document.
#[utoipa::path(get, path = "/check.openapi.json", operation_id = "gateway_document",
    responses((status = 200, description = "OpenAPI 3.1")))]
async fn show(State(document): State<Served>) -> Served {
    document
}

//! Applivery's API, version 1: tokens of applications, service accounts, collaborators, and the login that
//! leads to them.
//!
//! Read [`every_route`] (what there is), `request.rs` (how it asks), `envelope.rs` and `fault.rs` (how it
//! answers and says no), `listing.rs` (pages), then a file per resource. How this wire spells things is in
//! `ident.rs`, `moment.rs`, `roles.rs` and `scopes.rs`. `docs/faces/applivery.md` says what differs from the
//! original.
//!
//! **Invariant**: no rule lives here: every decision about permission, time or state is the core's.

mod apps;
mod collaborators;
mod envelope;
mod fault;
mod ident;
mod integrations;
mod listing;
mod login;
mod moment;
mod organizations;
mod request;
mod roles;
mod scopes;
mod service_accounts;
#[cfg(test)]
mod tests;
mod tokens;
mod upload;

use std::future::ready;

use authority::Authority;
use axum::extract::{FromRef, State};
use axum::middleware::{from_fn_with_state, map_response};
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::fault::Fault;
use crate::kit::{Context, Face, Served, document, guarded, with_and_without_slash};

const MOUNT: &str = "/v1";

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Applivery API, as Chancery speaks it",
        version = "1",
        description = "Login, tokens of applications, service accounts, collaborators.",
        license(name = "Apache-2.0"),
    ),
    tags(
        (name = "Auth", description = "Logging in and staying in"),
        (name = "Tokens", description = "Application integration tokens"),
        (name = "Service accounts", description = "Identities that are no people"),
        (name = "Organizations", description = "An organization, its collaborators and apps"),
        (name = "Integrations", description = "What an application token opens here"),
        (name = "Docs", description = "This document"),
    ),
)]
struct About;

/// What the handlers of this face work with.
#[derive(Clone)]
struct Desk {
    context: Context,
    document: Served,
}

impl FromRef<Desk> for Authority {
    fn from_ref(desk: &Desk) -> Self {
        desk.context.authority.clone()
    }
}

/// The face.
pub fn face(context: &Context) -> Face {
    let (router, paths) = every_route().split_for_parts();
    let document = document(About::openapi(), MOUNT, paths);
    let desk = Desk { context: context.clone(), document: Served::new(&document) };
    let router = router
        .method_not_allowed_fallback(|| ready(Fault::no_such_method()))
        .fallback(|| ready(Fault::no_such_path()))
        .layer(from_fn_with_state(desk.clone(), upload::refused_early))
        .layer(map_response(guarded))
        .with_state(desk);
    Face { name: "applivery", mount: MOUNT, router, document, warm: None, grpc: None }
}

/// Every route, each with and without a slash at its end: a redirect would lose the bearer in some
/// clients (contract, section 1.2).
fn every_route() -> OpenApiRouter<Desk> {
    let all = [
        routes!(login::log_in),
        routes!(login::refresh),
        routes!(organizations::show),
        routes!(apps::list),
        routes!(tokens::list, tokens::create),
        routes!(tokens::show, tokens::update, tokens::delete),
        routes!(tokens::rotate),
        routes!(service_accounts::list, service_accounts::create),
        routes!(service_accounts::show, service_accounts::update, service_accounts::delete),
        routes!(collaborators::list),
        routes!(collaborators::groups),
        routes!(collaborators::apps),
        routes!(collaborators::update),
        routes!(collaborators::invite),
        routes!(integrations::app),
        routes!(own_document),
    ];
    let router = all.into_iter().fold(OpenApiRouter::new(), with_and_without_slash);
    router.route("/integrations/{*rest}", axum::routing::any(integrations::elsewhere))
}

/// `GET /v1/openapi.json`
#[utoipa::path(
    get, path = "/openapi.json", operation_id = "applivery_document", tag = "Docs", security(()),
    responses((status = 200, description = "This document", content_type = "application/json")),
)]
async fn own_document(State(desk): State<Desk>) -> Served {
    desk.document
}

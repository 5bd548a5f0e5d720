//! The native API: all that the core can, in its own words.
//!
//! Read [`routes()`] (what there is), `request.rs` (how it asks), `fault.rs` (how it says no:
//! RFC 9457), `listing.rs` (pages and cursors), then a file per resource.
//!
//! **Invariant**: no rule lives here: every decision about permission, time or state is the core's.

mod applications;
mod fault;
mod feed;
mod journal;
mod limits;
mod listing;
mod members;
mod oneself;
mod organizations;
mod request;
mod rules;
mod second_factor;
mod service_accounts;
mod settings;
#[cfg(test)]
mod tests;
mod token;
mod tokens;
mod users;
mod verify;

use std::future::ready;

use authority::Authority;
use axum::extract::{FromRef, State};
use axum::middleware::map_response;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::fault::Fault;
use crate::kit::{Context, Face, Served, described, document, guarded};

const MOUNT: &str = "/authority/v1";

#[derive(utoipa::OpenApi)]
#[openapi(info(
    title = "Chancery",
    version = "1",
    description = "Tokens, users, organizations, applications, service accounts, the gateway's rules, the journal, the feed.",
    license(name = "Apache-2.0"),
))]
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
    let (router, paths) = routes().split_for_parts();
    let document = document(About::openapi(), MOUNT, paths);
    let desk = Desk { context: context.clone(), document: Served::new(&document) };
    let router = router
        .method_not_allowed_fallback(|| ready(Fault::no_such_method()))
        .fallback(|| ready(Fault::no_such_path()))
        .layer(map_response(described(&context.authority.policy().issuer)))
        .layer(map_response(guarded))
        .with_state(desk);
    Face { name: "native", mount: MOUNT, router, document, warm: None, grpc: None }
}

fn routes() -> OpenApiRouter<Desk> {
    OpenApiRouter::new()
        .routes(routes!(tokens::list, tokens::issue))
        .routes(routes!(tokens::show, tokens::update, tokens::delete))
        .routes(routes!(tokens::usage))
        .routes(routes!(tokens::revoke))
        .routes(routes!(tokens::rotate))
        .routes(routes!(verify::verify))
        .routes(routes!(feed::poll))
        .routes(routes!(users::list, users::create))
        .routes(routes!(users::show, users::update, users::delete))
        .routes(routes!(users::disable))
        .routes(routes!(users::enable))
        .routes(routes!(oneself::show, oneself::update))
        .routes(routes!(oneself::set_password))
        .routes(routes!(oneself::sessions))
        .routes(routes!(oneself::end_session))
        .routes(routes!(second_factor::show, second_factor::enrol))
        .routes(routes!(second_factor::confirm))
        .routes(routes!(second_factor::renew))
        .routes(routes!(second_factor::remove))
        .routes(routes!(second_factor::reset))
        .routes(routes!(organizations::list, organizations::create))
        .routes(routes!(organizations::show, organizations::update, organizations::delete))
        .routes(routes!(organizations::suspend))
        .routes(routes!(organizations::resume))
        .routes(routes!(organizations::end_tokens))
        .routes(routes!(members::list, members::add))
        .routes(routes!(members::set_role, members::remove))
        .routes(routes!(applications::list, applications::create))
        .routes(routes!(applications::show, applications::update))
        .routes(routes!(applications::archive))
        .routes(routes!(applications::issue_secret))
        .routes(routes!(service_accounts::list, service_accounts::create))
        .routes(routes!(service_accounts::update, service_accounts::delete))
        .routes(routes!(settings::show, settings::update, settings::reset))
        .routes(routes!(rules::show, rules::replace, rules::reset))
        .routes(routes!(rules::test))
        .routes(routes!(journal::list))
        .routes(routes!(journal::rotate_key))
        .routes(routes!(journal::replace_keys))
        .routes(routes!(own_document))
}

/// `GET /authority/v1/openapi.json`
#[utoipa::path(
    get, path = "/openapi.json", operation_id = "native_document",
    security(()),
    responses((status = 200, description = "This document", content_type = "application/json")),
)]
async fn own_document(State(desk): State<Desk>) -> Served {
    desk.document
}

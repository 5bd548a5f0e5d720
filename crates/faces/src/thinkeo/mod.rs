//! Thinkeo's API, version 0: login, permanent tokens, teams, users and the register of apps.
//!
//! Read [`every_route`] (what there is), `request.rs` and `query.rs` (how it asks), `fault.rs` (how it
//! says no), then a file per resource. How this wire spells things is in `ident.rs`, `moment.rs`,
//! `roles.rs` and `scopes.rs`. `docs/faces/thinkeo.md` says what differs from the original.
//!
//! **Invariant**: no rule lives here: every decision about permission, time or state is the core's.

mod apps;
mod document;
mod fault;
mod groups;
mod icon;
mod ident;
mod json;
mod listing;
mod login;
mod logs;
mod members;
mod moment;
mod query;
mod recovery;
mod request;
mod roles;
mod scopes;
mod teams;
#[cfg(test)]
mod tests;
mod tokens;

use std::future::ready;
use std::sync::Arc;

use authority::Authority;
use axum::extract::FromRef;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use tower::ServiceBuilder;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::fault::Fault;
use crate::kit::{Context, Face, with_and_without_slash};

const MOUNT: &str = "/v0";

/// What the handlers of this face work with.
#[derive(Clone)]
struct Desk {
    context: Context,
    document: Arc<str>,
}

impl FromRef<Desk> for Authority {
    fn from_ref(desk: &Desk) -> Self {
        desk.context.authority.clone()
    }
}

/// The face.
pub fn face(context: &Context) -> Face {
    let (router, paths) = every_route().split_for_parts();
    let document = document::of(MOUNT, paths);
    let text = document.to_json().unwrap_or_default();
    let desk = Desk { context: context.clone(), document: text.into() };
    let fixed =
        |name, value| SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value));
    let headers = ServiceBuilder::new()
        .layer(fixed(CACHE_CONTROL, "no-store"))
        .layer(fixed(X_CONTENT_TYPE_OPTIONS, "nosniff"));
    let router = router
        .method_not_allowed_fallback(|| ready(Fault::no_such_method()))
        .fallback(|| ready(Fault::no_such_path()))
        .layer(headers)
        .with_state(desk);
    Face { name: "thinkeo", mount: MOUNT, router, document, warm: None, grpc: None }
}

/// Every route, each with and without a slash at its end.
fn every_route() -> OpenApiRouter<Desk> {
    let all = [
        routes!(login::log_in),
        routes!(login::refresh),
        routes!(login::log_out),
        routes!(recovery::register),
        routes!(recovery::confirm),
        routes!(recovery::forgot_password),
        routes!(recovery::set_password),
        routes!(tokens::list, tokens::create),
        routes!(tokens::revoke),
        routes!(teams::list, teams::update, teams::create),
        routes!(teams::current),
        routes!(teams::billing),
        routes!(teams::billing_report),
        routes!(teams::logs),
        routes!(groups::list, groups::create),
        routes!(groups::rename, groups::delete),
        routes!(groups::apps, groups::share),
        routes!(groups::unshare),
        routes!(groups::users, groups::add_user),
        routes!(groups::remove_user),
        routes!(members::list, members::invite),
        routes!(members::set_role, members::remove),
        routes!(members::me, members::update_me),
        routes!(apps::create),
        routes!(apps::query),
        routes!(apps::show, apps::update),
        routes!(apps::archive),
        routes!(apps::icon, apps::set_icon),
        routes!(apps::versions, apps::add_version),
        routes!(apps::version),
        routes!(document::show),
    ];
    all.into_iter().fold(OpenApiRouter::new(), with_and_without_slash)
}

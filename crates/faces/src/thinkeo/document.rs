//! The OpenAPI document of this face.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, OpenApi};
use utoipa::{Modify, OpenApi as _};

use super::Desk;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Thinkeo API, as Chancery speaks it",
        version = "0",
        description = "Login, teams, permanent tokens and the register of apps.",
        license(name = "Apache-2.0"),
    ),
    modifiers(&Schemes),
    tags(
        (name = "Auth", description = "Logging in, staying in, getting back in"),
        (name = "Tokens", description = "Permanent tokens of a team"),
        (name = "Teams", description = "Teams, their users, groups, bills and logs"),
        (name = "Users", description = "The caller"),
        (name = "Apps", description = "The register of apps"),
        (name = "Docs", description = "This document"),
    ),
)]
struct Frame;

struct Schemes;

impl Modify for Schemes {
    fn modify(&self, document: &mut OpenApi) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer);
        let bearer = bearer.description(Some("An access token or a permanent token"));
        let basic = HttpBuilder::new().scheme(HttpAuthScheme::Basic);
        let basic = basic.description(Some("E-mail address and password"));
        let components = ComponentsBuilder::new()
            .security_scheme("bearer", SecurityScheme::Http(bearer.build()))
            .security_scheme("basic", SecurityScheme::Http(basic.build()));
        document.components = Some(components.build());
    }
}

/// The document, with the paths of `routes` as clients see them.
pub(super) fn of(mount: &str, routes: OpenApi) -> OpenApi {
    Frame::openapi().nest(mount, routes)
}

/// `GET /v0/docs/openapi.json`
#[utoipa::path(
    get, path = "/docs/openapi.json", tag = "Docs", security(()),
    responses((status = 200, description = "This document", content_type = "application/json")),
)]
pub(super) async fn show(State(desk): State<Desk>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], desk.document.as_ref().to_owned())
}

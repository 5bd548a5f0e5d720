//! OpenAPI documents.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use utoipa::PartialSchema;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, OpenApi, RefOr, Response as Told, ResponseBuilder};

/// The document of a face: its own words about itself, and its routes' under its mount.
pub fn document(about: OpenApi, mount: &str, routes: OpenApi) -> OpenApi {
    let mut document = about.nest(mount, routes);
    let components = document.components.get_or_insert_default();
    for (name, scheme) in [("bearer", HttpAuthScheme::Bearer), ("basic", HttpAuthScheme::Basic)] {
        let scheme = SecurityScheme::Http(HttpBuilder::new().scheme(scheme).build());
        components.add_security_scheme(name, scheme);
    }
    document
}

/// What a document says of answers with these statuses, whose bodies are of this media type and have `F`'s schema.
pub fn told<F: PartialSchema>(media_type: &str, statuses: &[u16]) -> BTreeMap<String, RefOr<Told>> {
    let one = |status: &u16| {
        let reason = StatusCode::from_u16(*status).ok().and_then(|code| code.canonical_reason());
        let response = ResponseBuilder::new()
            .description(reason.unwrap_or_default())
            .content(media_type, Content::new(Some(F::schema())));
        (status.to_string(), RefOr::T(response.build()))
    };
    statuses.iter().map(one).collect()
}

/// A document as it is served.
#[derive(Debug, Clone)]
pub struct Served(Bytes);

impl Served {
    /// Writes a document down.
    pub fn new(document: &OpenApi) -> Self {
        Self(document.to_json().map(Bytes::from).unwrap_or_default())
    }
}

impl IntoResponse for Served {
    fn into_response(self) -> Response {
        ([(CONTENT_TYPE, "application/json")], self.0).into_response()
    }
}

//! OpenAPI documents.

use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

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

//! Placeholder of the face.

use crate::kit::{Context, Face};

/// The face.
pub fn face(_context: &Context) -> Face {
    Face {
        name: "oauth",
        mount: "/oauth",
        router: axum::Router::new(),
        document: utoipa::openapi::OpenApi::default(),
        warm: None,
    }
}

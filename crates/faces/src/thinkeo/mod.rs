//! Placeholder of the face.

use crate::kit::{Context, Face};

/// The face.
pub fn face(_context: &Context) -> Face {
    Face {
        name: "thinkeo",
        mount: "/thinkeo",
        router: axum::Router::new(),
        document: utoipa::openapi::OpenApi::default(),
        warm: None,
    }
}

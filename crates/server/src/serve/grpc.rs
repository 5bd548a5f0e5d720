//! What is asked over gRPC, on a listener of its own.
//!
//! **Invariant**: nothing but gRPC is here: no face's other routes, and no HTTP/1.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::header::CONNECTION;
use axum::http::{StatusCode, Version};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use faces::kit::Face;

use super::front::Front;
use crate::telemetry::Telemetry;

/// Takes from faces what they answer over gRPC.
pub(super) fn front(faces: &mut [Face], telemetry: &Arc<Telemetry>) -> Front {
    let asked = faces.iter_mut().filter_map(Face::over_grpc).collect();
    Front::new(asked, telemetry, false, |router| router.layer(from_fn(http2)))
}

/// gRPC is HTTP/2's. Who speaks another is told so, and goes.
async fn http2(asked: Request, next: Next) -> Response {
    if asked.version() == Version::HTTP_2 {
        return next.run(asked).await;
    }
    (StatusCode::HTTP_VERSION_NOT_SUPPORTED, [(CONNECTION, "close")]).into_response()
}

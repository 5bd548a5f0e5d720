//! What faces share: credentials out of headers, the client's address, limits on bodies.
//!
//! **Invariant**: nothing here knows a wire format.

mod address;
mod answer;
mod body;
mod caller;
mod credentials;
mod document;
mod hidden;
mod json;
mod slashes;

use std::sync::Arc;

use authority::Authority;
use axum::Router;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use utoipa::openapi::OpenApi;

pub use address::{Peer, TrustedPeers, door, visit, visit_by};
pub use answer::{described, guarded};
pub use body::{Unread, form_fields, form_fields_but, is_of_type, read_body};
pub use caller::caller;
pub use credentials::{Basic, Credentials, credentials};
pub use document::{Served, document, told};
pub use hidden::Hidden;
pub use json::{BadJson, DEEPEST, read_json, sound_json};
pub use slashes::with_and_without_slash;

/// What every face is made with.
#[derive(Clone)]
pub struct Context {
    /// The core.
    pub authority: Authority,
    /// The peers whose word about the client's address is taken.
    pub trusted: Arc<TrustedPeers>,
    /// The largest request body that is read, in bytes, where a route doesn't say otherwise.
    pub largest_body: usize,
    /// What a gateway is answered about a token whose rate is used up: 429, or 403 for gateways that
    /// make an error of it.
    pub too_often: StatusCode,
}

impl Context {
    /// With the usual limits, and loopback trusted.
    pub fn of(authority: Authority) -> Self {
        let trusted = Arc::new(TrustedPeers::default());
        Self { authority, trusted, largest_body: LARGEST_BODY, too_often: StatusCode::FORBIDDEN }
    }
}

/// One API.
pub struct Face {
    /// Its folder's name.
    pub name: &'static str,
    /// The path that its routes stand under; `/` if they are absolute.
    pub mount: &'static str,
    /// Its routes.
    pub router: Router,
    /// Its OpenAPI document, with paths as a client sees them.
    pub document: OpenApi,
    /// A short cut past the router, for the one path that must be fast.
    pub warm: Option<(&'static str, Warm)>,
    /// What it answers over gRPC, on a listener of its own: routes that are absolute.
    pub grpc: Option<Router>,
}

impl Face {
    /// Takes out what it answers over gRPC, as a face of its own.
    pub fn over_grpc(&mut self) -> Option<Self> {
        let (router, document) = (self.grpc.take()?, OpenApi::default());
        Some(Self { name: "grpc", mount: "/", router, document, warm: None, grpc: None })
    }
}

/// What a check was answered, in HTTP's words: an answer that carries it is counted as a check's. The
/// status of one over gRPC says something else.
#[derive(Debug, Clone, Copy)]
pub struct Checked(pub StatusCode);

/// Answers a request of a peer from memory, or leaves it to the router.
pub type Warm = Arc<dyn Fn(&Parts, Peer) -> Option<Response> + Send + Sync>;

/// The largest body, in bytes: 64 KiB.
pub const LARGEST_BODY: usize = 64 * 1024;

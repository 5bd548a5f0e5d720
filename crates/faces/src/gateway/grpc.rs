//! The same over gRPC: Envoy's `envoy.service.auth.v3.Authorization`.
//!
//! Read `described.rs` for what Envoy tells of a request.
//!
//! **Invariant**: `OK` is said for an [`Answer`] and for nothing else; and what a client sent says
//! neither what is needed nor who it is.

mod described;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use envoy_types::pb::envoy::config::core::v3 as core;
use envoy_types::pb::envoy::config::core::v3::header_value_option::HeaderAppendAction;
use envoy_types::pb::envoy::service::auth::v3::authorization_server::{
    Authorization, AuthorizationServer, SERVICE_NAME,
};
use envoy_types::pb::envoy::service::auth::v3::check_response::HttpResponse;
use envoy_types::pb::envoy::service::auth::v3::{
    CheckRequest, CheckResponse, DeniedHttpResponse, OkHttpResponse,
};
use envoy_types::pb::envoy::r#type::v3::HttpStatus;
use envoy_types::pb::google::rpc;
use tonic::{Code, Status};

use super::check::{Answer, judge};
use super::fault::{Fault, NO_STORE};
use super::yes::identity;
use crate::kit::{Checked, Context, Peer};
use described::Described;

/// The longest description of a request that is read, in bytes. Envoy takes 60 KiB of headers and tells a
/// path twice, apart and as `:path`; what is longer is an error of the call, which `failure_mode_allow` lets pass.
const LONGEST: usize = 256 * 1024;

/// The service.
pub(super) fn router(context: &Context) -> Router {
    let service = AuthorizationServer::new(Gate(context.clone()));
    let service = service.max_decoding_message_size(LONGEST);
    Router::new()
        .route_service(&format!("/{SERVICE_NAME}/{{method}}"), service)
        .route_layer(from_fn_with_state(context.clone(), by_trusted_peers))
}

/// Whoever is no gateway of ours describes nothing: its request is not read.
async fn by_trusted_peers(State(context): State<Context>, asked: Request, next: Next) -> Response {
    if context.trusted.include(Peer::within(asked.extensions()).0) {
        return next.run(asked).await;
    }
    let mut answer = Status::permission_denied("only trusted_proxies may ask").into_http();
    answer.extensions_mut().insert(Checked(StatusCode::FORBIDDEN));
    answer
}

struct Gate(Context);

#[tonic::async_trait]
impl Authorization for Gate {
    async fn check(
        &self,
        asked: tonic::Request<CheckRequest>,
    ) -> Result<tonic::Response<CheckResponse>, Status> {
        let peer = Peer::within(asked.extensions());
        Ok(said(answer(&self.0, asked.get_ref(), peer).await))
    }
}

async fn answer(context: &Context, asked: &CheckRequest, peer: Peer) -> Result<Answer, Fault> {
    let described = Described::read(asked, peer)?;
    judge(context, &described.question(context)?).await
}

/// An answer, as Envoy takes it. What nobody can tell is a denial with 503 too, and no error of the
/// call: so Envoy says 503 and when to come again, whatever `status_on_error` is, and lets nobody
/// pass even with `failure_mode_allow`.
fn said(answer: Result<Answer, Fault>) -> tonic::Response<CheckResponse> {
    let (status, code, said) = match answer {
        Ok(Answer::Bearer(known, telling)) => {
            (StatusCode::OK, Code::Ok, passes(identity(Some((&known, telling)))))
        }
        Ok(Answer::Anybody) => (StatusCode::OK, Code::Ok, passes(identity(None))),
        Err(fault) => denied(fault),
    };
    let status_of_call = rpc::Status { code: code.into(), ..rpc::Status::default() };
    let mut answer = tonic::Response::new(CheckResponse {
        status: Some(status_of_call),
        http_response: Some(said),
        ..CheckResponse::default()
    });
    answer.extensions_mut().insert(Checked(status));
    answer
}

/// Sets each header that has a value, and removes the others, whatever the client sent in them.
fn passes(identity: impl Iterator<Item = (HeaderName, Option<HeaderValue>)>) -> HttpResponse {
    let mut ok = OkHttpResponse::default();
    for (name, value) in identity {
        match value {
            Some(value) => ok.headers.push(set(&name, &value)),
            None => ok.headers_to_remove.push(name.as_str().to_owned()),
        }
    }
    HttpResponse::OkResponse(ok)
}

fn denied(fault: Fault) -> (StatusCode, Code, HttpResponse) {
    let (status, name, value) = fault.parts();
    let code = match fault {
        Fault::NoToken | Fault::BadToken => Code::Unauthenticated,
        Fault::NotAllowed => Code::PermissionDenied,
        Fault::TooOften(..) => Code::ResourceExhausted,
        Fault::NoAnswer => Code::Unavailable,
    };
    let denied = DeniedHttpResponse {
        status: Some(HttpStatus { code: status.as_u16().into() }),
        headers: vec![set(&name, &value), set(&CACHE_CONTROL, &NO_STORE)],
        body: String::new(),
    };
    (status, code, HttpResponse::DeniedResponse(denied))
}

/// A header in the place of every other of its name.
fn set(name: &HeaderName, value: &HeaderValue) -> core::HeaderValueOption {
    let header = core::HeaderValue {
        key: name.as_str().to_owned(),
        // Ours are all of visible ASCII.
        value: value.to_str().unwrap_or_default().to_owned(),
        raw_value: Vec::new(),
    };
    core::HeaderValueOption {
        header: Some(header),
        append_action: HeaderAppendAction::OverwriteIfExistsOrAdd.into(),
        ..core::HeaderValueOption::default()
    }
}

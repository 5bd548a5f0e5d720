//! What operators and balancers ask: is it alive, is it ready, how is it doing.
//!
//! **Invariant**: on the main address nobody is answered but loopback and trusted proxies, and of
//! these only those who don't ask on behalf of somebody else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use authority::Authority;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use faces::kit::{Context, door};
use serde::Serialize;

use crate::telemetry::Telemetry;

/// Whether this node can answer, as it says itself.
pub(super) struct Health {
    context: Context,
    telemetry: Arc<Telemetry>,
    stopping: AtomicBool,
}

/// What is told about readiness.
#[derive(Serialize)]
struct Report {
    status: &'static str,
    lease_milliseconds: u64,
    rules: &'static str,
    version: &'static str,
}

const VERSION: &str = env!("CARGO_PKG_VERSION");

impl Health {
    pub(super) fn new(context: &Context, telemetry: &Arc<Telemetry>) -> Self {
        let (context, telemetry) = (context.clone(), Arc::clone(telemetry));
        Self { context, telemetry, stopping: AtomicBool::new(false) }
    }

    /// From now on the node is not ready.
    pub(super) fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
    }

    async fn status(&self) -> &'static str {
        if self.stopping.load(Ordering::Acquire) {
            return "stopping";
        }
        if self.context.authority.ping().await.is_err() {
            return "database does not answer";
        }
        if self.context.authority.lease_left().is_zero() { "no lease" } else { "ready" }
    }
}

/// Whether there are rules of the gateway, and whether they are those that are written.
fn rules(authority: &Authority) -> &'static str {
    match authority.rules() {
        _ if authority.rules_are_stale() => "stale",
        Some(_) => "current",
        None => "none",
    }
}

/// Health and metrics, for an address of their own.
pub(super) fn open(health: &Arc<Health>) -> Router {
    Router::new()
        .route("/health/live", get(live))
        .route("/health/ready", get(ready))
        .route("/metrics", get(metrics))
        .with_state(Arc::clone(health))
}

/// The same for the main address.
pub(super) fn guarded(health: &Arc<Health>) -> Router {
    open(health).layer(from_fn_with_state(Arc::clone(health), guard))
}

async fn guard(State(health): State<Arc<Health>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let source = door(&parts, &health.context.trusted).source;
    if source.is_loopback() || health.context.trusted.include(source) {
        return next.run(Request::from_parts(parts, body)).await;
    }
    let text =
        "asked from here, this is told at the operations address only (CHANCERY_OPERATIONS)\n";
    (StatusCode::FORBIDDEN, text).into_response()
}

async fn live() -> Response {
    Json(serde_json::json!({ "status": "live", "version": VERSION })).into_response()
}

async fn ready(State(health): State<Arc<Health>>) -> Response {
    let status = health.status().await;
    let left = health.context.authority.lease_left();
    let lease_milliseconds = u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
    let code = if status == "ready" { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let rules = rules(&health.context.authority);
    (code, Json(Report { status, lease_milliseconds, rules, version: VERSION })).into_response()
}

async fn metrics(State(health): State<Arc<Health>>) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/plain; version=0.0.4")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, health.telemetry.render()).into_response()
}

//! A library: whoever shows a token of Chancery's with the right permission reads and lends books.
//!
//! ```sh
//! CHANCERY=https://tokens.example.org CHANCERY_OWN_TOKEN=tkst_… LISTEN=127.0.0.1:8080 example-axum
//! ```
//!
//! A token is asked about once, then remembered; a revoked one is refused within half a second. When
//! Chancery falls silent, everything is refused (503) after that time: no answer is not a yes.

use std::env::var;
use std::error::Error;
use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::routing::get;
use axum::{Extension, Router};
use chancery_verify::{Caller, Need, PastLease, Verifier, VerifyLayer};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let verifier = Verifier::builder(&var("CHANCERY")?, &var("CHANCERY_OWN_TOKEN")?)
        .past_lease(PastLease::Close)
        .start()?;
    let listener = TcpListener::bind(var("LISTEN")?).await?;
    let library = library(verifier).into_make_service_with_connect_info::<SocketAddr>();
    Ok(axum::serve(listener, library).await?)
}

/// What is open to nobody without a token, and the service's own health.
fn library(verifier: Verifier) -> Router {
    Router::new()
        .route("/books", get(books).post(lend))
        .layer(VerifyLayer::by(verifier.clone(), needed).address(client))
        .route("/health", get(health).with_state(verifier))
}

fn needed(request: &Parts) -> Need {
    match request.method {
        Method::GET | Method::HEAD => Need::permission("library.book.read"),
        _ => Need::permission("library.book.lend"),
    }
}

/// Where a request comes from: behind a proxy, that would be what the proxy says.
fn client(request: &Parts) -> Option<IpAddr> {
    request.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip())
}

async fn books(Extension(caller): Extension<Caller>) -> String {
    format!("The Name of the Rose, for {} {}\n", caller.holder().kind, caller.holder().id)
}

async fn lend() -> &'static str {
    "lent\n"
}

async fn health(State(verifier): State<Verifier>) -> StatusCode {
    if verifier.is_ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}

//! Asked as Envoy asks over gRPC: the same answers as over HTTP.

mod answers;
mod described;
mod wire;

use std::net::SocketAddr;

use axum::Extension;
use axum::extract::ConnectInfo;
use envoy_types::pb::envoy::config::core::v3::address::Address as Place;
use envoy_types::pb::envoy::config::core::v3::{Address, HeaderValueOption, SocketAddress};
use envoy_types::pb::envoy::service::auth::v3::attribute_context::{HttpRequest, Peer, Request};
use envoy_types::pb::envoy::service::auth::v3::authorization_client::AuthorizationClient;
use envoy_types::pb::envoy::service::auth::v3::check_response::HttpResponse;
use envoy_types::pb::envoy::service::auth::v3::{AttributeContext, CheckRequest, CheckResponse};
use tonic::Status;

use super::Gate;

/// A request as Envoy tells of it, to be changed by a test.
struct Told {
    http: HttpRequest,
    attributes: AttributeContext,
}

/// `GET https://api.corp.test{path}` from 192.0.2.7.
fn told(path: &str) -> Told {
    let http = HttpRequest {
        method: "GET".to_owned(),
        host: "api.corp.test".to_owned(),
        path: path.to_owned(),
        ..HttpRequest::default()
    };
    Told { http, attributes: AttributeContext::default() }.source("192.0.2.7")
}

impl Told {
    fn bearer(self, token: &str) -> Self {
        self.with("authorization", &format!("Bearer {token}"))
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.http.headers.insert(name.to_owned(), value.to_owned());
        self
    }

    fn needing(mut self, word: &str, value: &str) -> Self {
        self.attributes.context_extensions.insert(word.to_owned(), value.to_owned());
        self
    }

    fn source(self, address: &str) -> Self {
        let socket = SocketAddress { address: address.to_owned(), ..SocketAddress::default() };
        self.from(Some(Place::SocketAddress(socket)))
    }

    fn from(mut self, place: Option<Place>) -> Self {
        let address = Some(Address { address: place });
        self.attributes.source = Some(Peer { address, ..Peer::default() });
        self
    }

    fn request(self) -> CheckRequest {
        let Self { http, mut attributes } = self;
        attributes.request = Some(Request { http: Some(http), ..Request::default() });
        CheckRequest { attributes: Some(attributes) }
    }
}

impl Gate {
    /// What a peer at this address is answered.
    async fn asked_by(&self, peer: [u8; 4], asked: CheckRequest) -> Result<CheckResponse, Status> {
        let from = ConnectInfo(SocketAddr::from((peer, 40_000)));
        let mut client = AuthorizationClient::new(self.grpc.clone().layer(Extension(from)));
        client.check(asked).await.map(tonic::Response::into_inner)
    }

    /// What Envoy is answered, at loopback.
    async fn envoy(&self, asked: Told) -> CheckResponse {
        self.asked_by([127, 0, 0, 1], asked.request()).await.unwrap()
    }

    /// What a client of Envoy's is answered; 200 if it passes.
    async fn passes(&self, asked: Told) -> u16 {
        status(&self.envoy(asked).await)
    }
}

/// The status that Envoy tells the client; 200 if it lets the request pass.
fn status(answer: &CheckResponse) -> u16 {
    let passes = answer.status.as_ref().is_some_and(|status| status.code == 0);
    match answer.http_response.as_ref().unwrap() {
        HttpResponse::OkResponse(_) => {
            assert!(passes);
            200
        }
        HttpResponse::DeniedResponse(denied) => {
            assert!(!passes);
            denied.status.as_ref().unwrap().code.try_into().unwrap()
        }
        HttpResponse::ErrorResponse(_) => panic!("older Envoys don't know it"),
    }
}

/// The headers of an answer, each of which replaces what was there; and those that it removes.
fn headers(answer: &CheckResponse) -> (Vec<(&str, &str)>, Vec<&str>) {
    let (set, removed) = match answer.http_response.as_ref().unwrap() {
        HttpResponse::OkResponse(ok) => (&ok.headers, &*ok.headers_to_remove),
        HttpResponse::DeniedResponse(no) | HttpResponse::ErrorResponse(no) => {
            (&no.headers, &[][..])
        }
    };
    let replaces = |option: &HeaderValueOption| option.append_action == 2;
    assert!(set.iter().all(replaces), "{set:?}");
    let set = set.iter().filter_map(|option| option.header.as_ref());
    let set = set.map(|header| (header.key.as_str(), header.value.as_str())).collect();
    (set, removed.iter().map(String::as_str).collect())
}

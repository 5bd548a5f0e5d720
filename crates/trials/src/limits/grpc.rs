//! A check over gRPC, as Envoy asks.

use std::io;

use envoy_types::pb::envoy::service::auth::v3::attribute_context::{HttpRequest, Request};
use envoy_types::pb::envoy::service::auth::v3::{AttributeContext, CheckRequest, CheckResponse};
use http::header::{CONTENT_TYPE, TE};
use prost::Message as _;

use super::held;
use crate::wire::{Ask, Reply};

/// What comes before each message: whether it is compressed, and its length.
const PREFIX: usize = 5;
/// gRPC's `UNAUTHENTICATED`.
const UNAUTHENTICATED: i32 = 16;

/// May the bearer of this token pass?
pub(super) fn check(secret: &str) -> io::Result<Ask> {
    let http = HttpRequest {
        method: "GET".to_owned(),
        host: "trials.test".to_owned(),
        path: "/".to_owned(),
        headers: [("authorization".to_owned(), format!("Bearer {secret}"))].into(),
        ..HttpRequest::default()
    };
    let request = Some(Request { http: Some(http), ..Request::default() });
    let attributes = Some(AttributeContext { request, ..AttributeContext::default() });
    let message = CheckRequest { attributes }.encode_to_vec();
    let length = u32::try_from(message.len()).map_err(io::Error::other)?.to_be_bytes();
    http::Request::post("http://trials.test/envoy.service.auth.v3.Authorization/Check")
        .header(CONTENT_TYPE, "application/grpc")
        .header(TE, "trailers")
        .body([&[0][..], &length, &message].concat().into())
        .map_err(io::Error::other)
}

/// Whether the answer is a yes.
pub(super) fn says_yes(reply: &Reply) -> io::Result<bool> {
    let message = reply.body.get(PREFIX..).unwrap_or_default();
    let answer = CheckResponse::decode(message).map_err(io::Error::other)?;
    let code = answer.status.map(|status| status.code);
    let known = matches!(code, Some(0 | UNAUTHENTICATED));
    held(known, || format!("gRPC is answered with {}, {code:?}", reply.status))?;
    Ok(code == Some(0))
}

//! Bytes that are no description of a request, or more than one.

use axum::body::Body;
use axum::http::Request as HttpMessage;
use prost::Message;
use tonic::Code;
use tower::ServiceExt;

use super::*;

/// A message as gRPC frames it.
fn framed(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    [&[0][..], &length, message].concat()
}

impl Gate {
    /// The gRPC status of an answer to these bytes, and what came with it.
    async fn sent(&self, path: &str, peer: [u8; 4], body: Vec<u8>) -> (Code, Vec<u8>) {
        let asked = HttpMessage::post(path).header("content-type", "application/grpc");
        let asked = asked.extension(ConnectInfo(SocketAddr::from((peer, 40_000))));
        let asked = asked.body(Body::from(body)).unwrap();
        let answer = self.grpc.clone().oneshot(asked).await.unwrap();
        let (parts, body) = answer.into_parts();
        let body = http_body_util::BodyExt::collect(body).await.unwrap();
        let trailers = body.trailers().cloned().unwrap_or_default();
        let status = Status::from_header_map(&parts.headers);
        let status = status.or_else(|| Status::from_header_map(&trailers));
        let code = status.map_or(Code::Unknown, |status| status.code());
        (code, body.to_bytes().to_vec())
    }
}

const CHECK: &str = "/envoy.service.auth.v3.Authorization/Check";
const LOOPBACK: [u8; 4] = [127, 0, 0, 1];

#[tokio::test]
async fn a165_members_that_nobody_knows_are_passed_over() {
    let gate = Gate::new().await;
    let mut bytes = told("/").bearer(&gate.key("*").await).request().encode_to_vec();
    // Members 1,000 and 1,001: a text and a number.
    bytes.extend([0xc2, 0x3e, 3, b'a', b'b', b'c', 0xc8, 0x3e, 7]);

    let (code, answer) = gate.sent(CHECK, LOOPBACK, framed(&bytes)).await;

    assert_eq!(code, Code::Ok);
    let answer = CheckResponse::decode(answer.get(5..).unwrap()).unwrap();
    assert_eq!(status(&answer), 200);
}

#[tokio::test]
async fn a165_what_cannot_be_read_is_an_error_and_no_yes() {
    let gate = Gate::new().await;
    let whole = framed(&told("/").bearer(&gate.key("*").await).request().encode_to_vec());
    let half = whole.get(..whole.len() / 2).unwrap().to_vec();
    let squeezed = [&[1], whole.get(1..).unwrap()].concat();
    let no_text = framed(b"\x0a\x08\x22\x06\x12\x04\x12\x02\xff\xfe");
    for body in [half, squeezed, no_text, framed(&[0xff; 64]), vec![], vec![7; 3]] {
        let (code, answer) = gate.sent(CHECK, LOOPBACK, body).await;
        assert!(code != Code::Ok && answer.is_empty(), "{code:?}");
    }
    for path in
        ["/envoy.service.auth.v3.Authorization/check", "/envoy.service.auth.v3.Authorization/X"]
    {
        let (code, _) = gate.sent(path, LOOPBACK, whole.clone()).await;
        assert_eq!(code, Code::Unimplemented);
    }
}

#[tokio::test]
async fn a165_ten_mebibytes_are_not_read() {
    let gate = Gate::new().await;
    let token = gate.key("*").await;
    let sized = |bytes: usize| {
        let mut asked = told("/").bearer(&token);
        asked.http.body = "x".repeat(bytes);
        asked.request()
    };
    let answer = gate.asked_by(LOOPBACK, sized(200 * 1024)).await.unwrap();
    assert_eq!(status(&answer), 200);
    for bytes in [256 * 1024, 10 * 1024 * 1024] {
        let refused = gate.asked_by(LOOPBACK, sized(bytes)).await.unwrap_err();
        assert_eq!(refused.code(), Code::OutOfRange, "{bytes}");
    }
}

/// Envoy takes 60 KiB of headers, the path among them, and tells the path twice.
#[tokio::test]
async fn a165_a_client_cannot_make_a_question_too_long_by_a_long_path() {
    let gate = Gate::ruled().await;
    let path = format!("/{}", "a".repeat(59 * 1024));
    let asked = told(&path).with(":path", &path);
    assert_eq!(gate.passes(asked).await, 403);
}

#[tokio::test]
async fn a155_what_an_untrusted_peer_sends_is_not_even_read() {
    let gate = Gate::new().await;
    let (code, _) = gate.sent(CHECK, [192, 0, 2, 1], vec![7; 3]).await;
    assert_eq!(code, Code::PermissionDenied);
}

//! Envoy's questions over gRPC, on a listener of their own.

use std::collections::HashMap;
use std::net::SocketAddr;

use envoy_types::pb::envoy::service::auth::v3::attribute_context::{HttpRequest, Request};
use envoy_types::pb::envoy::service::auth::v3::authorization_client::AuthorizationClient;
use envoy_types::pb::envoy::service::auth::v3::check_response::HttpResponse;
use envoy_types::pb::envoy::service::auth::v3::{AttributeContext, CheckRequest};
use reqwest::{Certificate, Client};
use rustix::process::Signal;
use tonic::body::Body;
use tonic::transport::Channel;
use tower::ServiceExt as _;

use super::support::{Process, Running, until};
use super::tls;

type Envoy = AuthorizationClient<Channel>;

/// An answer that is no answer.
const NEITHER: i32 = -1;
const CHECK: &str = "/envoy.service.auth.v3.Authorization/Check";

async fn listening() -> (Running, Envoy, String) {
    let server = Running::with(&[("grpc", "127.0.0.1:0")], |_| Vec::new()).await;
    let envoy = Envoy::connect(format!("http://{}", server.grpc.unwrap())).await.unwrap();
    let access = server.log_in().await;
    let (token, _) = server.issue(&access).await;
    (server, envoy, token)
}

fn told(token: &str) -> CheckRequest {
    let http = HttpRequest {
        method: "GET".to_owned(),
        host: "api.corp.test".to_owned(),
        path: "/".to_owned(),
        headers: HashMap::from([("authorization".to_owned(), format!("Bearer {token}"))]),
        ..HttpRequest::default()
    };
    let request = Some(Request { http: Some(http), ..Request::default() });
    CheckRequest { attributes: Some(AttributeContext { request, ..AttributeContext::default() }) }
}

/// What a client of Envoy's is answered; 200 if it passes, 0 if there is no answer.
async fn passes(mut envoy: Envoy, asked: CheckRequest) -> i32 {
    let Ok(answer) = envoy.check(asked).await else { return 0 };
    let answer = answer.into_inner();
    let good = answer.status.is_some_and(|status| status.code == 0);
    match answer.http_response {
        Some(HttpResponse::OkResponse(_)) if good => 200,
        Some(HttpResponse::DeniedResponse(no)) if !good => no.status.unwrap().code,
        _ => NEITHER,
    }
}

/// What is answered over HTTP/2 to a request without a body.
pub(crate) async fn asks(at: SocketAddr, path: &str) -> http::Response<Body> {
    let channel = Channel::from_shared(format!("http://{at}")).unwrap().connect().await.unwrap();
    let asked = http::Request::post(path).body(Body::empty()).unwrap();
    channel.oneshot(asked).await.unwrap()
}

#[tokio::test]
async fn envoy_is_answered_and_counted_as_other_gateways_are() {
    let (server, envoy, token) = listening().await;
    assert_eq!(passes(envoy.clone(), told(&token)).await, 200);
    assert_eq!(passes(envoy.clone(), told("x")).await, 401);
    assert_eq!(passes(envoy.clone(), CheckRequest::default()).await, 403);

    let metrics = server.get("/metrics").send().await.unwrap().text().await.unwrap();
    for line in [
        r#"chancery_requests_total{face="grpc",status="2xx"} 1"#,
        r#"chancery_requests_total{face="grpc",status="4xx"} 2"#,
        r#"chancery_checks_total{outcome="good"} 1"#,
        r#"chancery_checks_total{outcome="refused"} 1"#,
        r#"chancery_checks_total{outcome="forbidden"} 1"#,
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line} is not in\n{metrics}");
    }
    assert!(server.end().await, "a connection that is kept holds no stop up");
    assert_eq!(passes(envoy, told(&token)).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a165_a_thousand_questions_at_once_on_one_connection_are_all_answered() {
    let (server, envoy, token) = listening().await;
    let asked: Vec<_> = (0..1_000)
        .map(|number| {
            let good = number % 4 != 0;
            let asking = passes(envoy.clone(), told(if good { &token } else { "x" }));
            tokio::spawn(async move { asking.await == if good { 200 } else { 401 } })
        })
        .collect();
    for answer in asked {
        assert!(answer.await.unwrap());
    }
    let metrics = server.get("/metrics").send().await.unwrap().text().await.unwrap();
    assert!(metrics.contains(r#"chancery_checks_total{outcome="good"} 750"#), "{metrics}");
    assert!(server.end().await);
}

#[tokio::test]
async fn a165_a_question_of_ten_mebibytes_ends_alone() {
    let (server, mut envoy, token) = listening().await;
    let mut asked = told(&token);
    let http = asked.attributes.as_mut().and_then(|told| told.request.as_mut()?.http.as_mut());
    http.unwrap().body = "x".repeat(10 * 1024 * 1024);

    let refused = envoy.check(asked).await.unwrap_err();

    assert_eq!(refused.code(), tonic::Code::OutOfRange, "{refused}");
    assert_eq!(passes(envoy, told(&token)).await, 200);
    assert!(server.end().await);
}

#[tokio::test]
async fn a155_whoever_is_no_trusted_proxy_is_not_heard() {
    let settings = [("grpc", "127.0.0.1:0"), ("trusted_proxies", "192.0.2.0/24")];
    let settings = [&settings[..], &[("operations", "127.0.0.1:0")]].concat();
    let server = Running::with(&settings, |_| Vec::new()).await;
    let mut envoy = Envoy::connect(format!("http://{}", server.grpc.unwrap())).await.unwrap();
    let refused = envoy.check(told("x")).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::PermissionDenied);
    let metrics = server.client.get(format!("{}/metrics", server.operations)).send().await.unwrap();
    let metrics = metrics.text().await.unwrap();
    assert!(metrics.contains(r#"chancery_checks_total{outcome="forbidden"} 1"#), "{metrics}");
    assert!(server.end().await);
}

#[tokio::test]
async fn a162_nobody_passes_while_the_database_is_away() {
    let (server, envoy, token) = listening().await;
    assert_eq!(passes(envoy.clone(), told(&token)).await, 200);
    let file = server.folder.path().join("data/chancery.db");
    testing::break_file(&file);
    until("nobody can tell any more", async || {
        let told = passes(envoy.clone(), told(&token)).await;
        assert!([200, 503].contains(&told), "no answer is not a no: {told}");
        told == 503
    })
    .await;
    testing::mend_file(&file);
    until("it is back", async || passes(envoy.clone(), told(&token)).await == 200).await;
    assert!(server.end().await);
}

#[tokio::test]
async fn nothing_but_grpc_is_on_its_listener_and_it_is_on_no_other() {
    let (server, ..) = listening().await;
    let at = format!("http://{}", server.grpc.unwrap());
    let old = Client::builder().no_proxy().http1_only().build().unwrap();
    for path in [CHECK, "/check", "/metrics", "/"] {
        let refused = old.post(format!("{at}{path}")).body("x").send().await.unwrap();
        assert_eq!(refused.status(), 505, "{path}");
        assert_eq!(refused.headers()["connection"], "close");
    }
    for path in ["/check", "/metrics", "/health/live", "/authority/v1/me"] {
        assert_eq!(asks(server.grpc.unwrap(), path).await.status(), 404, "{path}");
    }
    let main = server.base.strip_prefix("http://").unwrap().parse().unwrap();
    assert_eq!(asks(main, CHECK).await.status(), 404);
    assert!(server.end().await);
}

#[tokio::test]
async fn with_a_certificate_grpc_is_spoken_over_tls_alone() {
    let folder = tempfile::tempdir().unwrap();
    let files = tls::files(folder.path());
    let [certificate, key] = files.each_ref().map(|(name, path)| (*name, path.as_str()));
    let settings = [certificate, key, ("CHANCERY_GRPC", "127.0.0.1:0")];
    let process = Process::start(folder.path(), &settings, &["serve", "--listen", "127.0.0.1:0"]);
    process.address().await;
    let log = std::fs::read_to_string(&process.log).unwrap();
    let said = log.split_whitespace().find_map(|word| word.strip_prefix("grpc="));
    let address: SocketAddr = said.unwrap().parse().unwrap();
    let ours = Certificate::from_pem(tls::CERTIFICATE).unwrap();
    let client = Client::builder().no_proxy().tls_certs_only([ours]).resolve("localhost", address);
    let client = client.http1_only().build().unwrap();

    let at = format!("localhost:{}{CHECK}", address.port());
    let answer = client.post(format!("https://{at}")).send().await.unwrap();
    assert_eq!(answer.status(), 505, "TLS is spoken, and then HTTP/2");
    assert!(client.post(format!("http://{at}")).send().await.is_err());
    assert!(process.end(Signal::TERM).await.success());
}

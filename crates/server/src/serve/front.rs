//! What every request passes: the short cut, the router, the net under a panic, the headers that
//! every answer has, the count and the log.
//!
//! **Invariant**: the log names the route that matched, never the URI, and no header's value.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, MatchedPath};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderValue, Method, Request, Response, StatusCode};
use axum::middleware::{Next, from_fn};
use faces::kit::{Checked, Face, Peer, Warm};
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Either};
use hyper::service::Service;
use tower::ServiceExt as _;

use crate::listen::Arriving;
use crate::telemetry::{Answers, Outcomes, Telemetry};

/// What comes out of a check, at the short cut, past it and over gRPC.
pub(super) const CHECKS: &[&str] = &["good", "refused", "forbidden", "unavailable"];

/// Headers of every answer that doesn't set them itself.
const HEADERS: [(HeaderName, HeaderValue); 4] = [
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// What all connections share.
#[derive(Clone)]
pub(super) struct Front(Arc<Shared>);

struct Shared {
    router: Router,
    warm: Vec<Short>,
    faces: Vec<(&'static str, Answers)>,
    other: Answers,
    checks: Outcomes,
    telemetry: Arc<Telemetry>,
    tls: bool,
}

/// A short cut: its path, the way, and who counts it.
struct Short {
    path: &'static str,
    warm: Warm,
    answers: Answers,
}

impl Short {
    /// Whether it leads to this path: its own, or one below.
    fn leads(&self, path: &str) -> bool {
        path.strip_prefix(self.path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// Through which face a request went, and by which route.
#[derive(Clone)]
struct Passed {
    face: usize,
    route: Option<MatchedPath>,
}

impl Front {
    /// Puts faces together. `frame` is given the router of all of them. Over `tls`, browsers are
    /// told to come back by TLS only.
    pub(super) fn new(
        faces: Vec<Face>,
        telemetry: &Arc<Telemetry>,
        tls: bool,
        frame: impl FnOnce(Router) -> Router,
    ) -> Self {
        let answers = |face: &Face| (face.name, telemetry.face(face.name));
        let counted: Vec<_> = faces.iter().map(answers).collect();
        let short = |(face, (_, answers)): (&Face, &(&str, Answers))| {
            let (path, warm) = face.warm.clone()?;
            Some(Short { path, warm, answers: answers.clone() })
        };
        let warm = faces.iter().zip(&counted).filter_map(short).collect();
        let faces: Vec<_> = faces.into_iter().enumerate().map(noted).collect();
        Self(Arc::new(Shared {
            router: frame(faces::router(&faces)),
            warm,
            faces: counted,
            other: telemetry.face("none"),
            checks: telemetry.checks.clone(),
            telemetry: Arc::clone(telemetry),
            tls,
        }))
    }

    /// The service of one connection.
    pub(super) fn seat(&self, peer: SocketAddr) -> Seat {
        Seat { shared: Arc::clone(&self.0), peer }
    }
}

/// Makes a face say of each answer that it is its own.
fn noted((index, face): (usize, Face)) -> Face {
    let note = move |route: Option<MatchedPath>, request: axum::extract::Request, next: Next| async move {
        let mut answer = next.run(request).await;
        answer.extensions_mut().insert(Passed { face: index, route });
        answer
    };
    Face { router: face.router.layer(from_fn(note)), ..face }
}

/// The service of one connection.
pub(super) struct Seat {
    shared: Arc<Shared>,
    peer: SocketAddr,
}

type Answer = Result<Response<Body>, Infallible>;

impl Service<Request<Arriving>> for Seat {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Either<Ready<Answer>, BoxFuture<'static, Answer>>;

    fn call(&self, request: Request<Arriving>) -> Self::Future {
        let (mut parts, body) = request.into_parts();
        let path = parts.uri.path();
        if let Some(short) = self.shared.warm.iter().find(|short| short.leads(path)) {
            // What the short cut can't answer, panics included, the router answers or fails at.
            let answer =
                catch_unwind(AssertUnwindSafe(|| (short.warm)(&parts, Peer(self.peer.ip()))));
            if let Ok(Some(answer)) = answer {
                self.shared.count_check(&short.answers, answer.status());
                return Either::Left(ready(Ok(answer)));
            }
        }
        parts.extensions.insert(ConnectInfo(self.peer));
        let request = Request::from_parts(parts, Body::new(body));
        Either::Right(Arc::clone(&self.shared).route(request).map(Ok).boxed())
    }
}

impl Shared {
    /// Goes through the router. A panic ends this request only.
    async fn route(self: Arc<Self>, request: Request<Body>) -> Response<Body> {
        let method = request.method().clone();
        let began = tokio::time::Instant::now();
        let answer = AssertUnwindSafe(self.router.clone().oneshot(request)).catch_unwind().await;
        let mut answer = match answer {
            Ok(Ok(answer)) => answer,
            Err(_) => {
                self.telemetry.panics.increment(1);
                panicked()
            }
        };
        self.note(&method, &answer, began);
        for (name, value) in HEADERS {
            answer.headers_mut().entry(name).or_insert(value);
        }
        if self.tls {
            let year = HeaderValue::from_static("max-age=31536000");
            answer.headers_mut().entry(STRICT_TRANSPORT_SECURITY).or_insert(year);
        }
        answer
    }

    /// Counts an answer and logs it.
    fn note(&self, method: &Method, answer: &Response<Body>, began: tokio::time::Instant) {
        let status = answer.status();
        let passed = answer.extensions().get::<Passed>();
        let face = passed.and_then(|passed| self.faces.get(passed.face));
        let route = passed.and_then(|passed| passed.route.as_ref()).map(MatchedPath::as_str);
        let checked = answer.extensions().get::<Checked>().map(|checked| checked.0);
        let answers = face.map_or(&self.other, |(_, answers)| answers);
        match checked {
            Some(status) => self.count_check(answers, status),
            None => answers.count(status),
        }
        tracing::debug!(
            target: "server::request",
            face = face.map(|(name, _)| name),
            method = known(method),
            route,
            status = status.as_u16(),
            microseconds = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX),
        );
    }

    fn count_check(&self, answers: &Answers, status: StatusCode) {
        answers.count(status);
        let words = [
            (204, "good"),
            (200, "good"),
            (401, "refused"),
            (403, "forbidden"),
            (429, "forbidden"),
        ];
        let word = words.iter().find(|(code, _)| *code == status.as_u16());
        self.checks.count(word.map_or("unavailable", |(_, word)| word));
    }
}

/// The name of a method, if it is one of the common ones: others are a client's words.
fn known(method: &Method) -> &'static str {
    let common = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    common.into_iter().find(|name| *name == method.as_str()).unwrap_or("other")
}

/// What is said of a request whose handler panicked: nothing.
fn panicked() -> Response<Body> {
    let text = r#"{"type":"about:blank","title":"Internal Server Error","status":500}"#;
    let mut answer = Response::new(Body::from(text));
    *answer.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    let problem = HeaderValue::from_static("application/problem+json");
    answer.headers_mut().insert(CONTENT_TYPE, problem);
    answer
}

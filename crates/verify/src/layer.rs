//! The check as a tower layer.
//!
//! **Invariant**: what reaches the service behind has been found good for its need a moment ago, and no
//! header of it names anybody.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::header::{AUTHORIZATION, RETRY_AFTER, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::need::Need;
use crate::verdict::{Caller, Unavailable, Verdict};
use crate::verifier::Verifier;

/// What every inbound header begins with that a gateway would name somebody in; a `_` is a `-` to some
/// who read them.
const IDENTITY: &str = "x-chancery-";

/// What a request needs, by its method, address and headers.
type Needs = Arc<dyn Fn(&Parts) -> Need + Send + Sync>;
/// Where a request comes from, if that is known.
type Addresses = Arc<dyn Fn(&Parts) -> Option<IpAddr> + Send + Sync>;

/// Lets only requests through that show a token which is good for what they need. Those have a
/// [`Caller`] among their extensions.
#[derive(Clone)]
pub struct VerifyLayer {
    verifier: Verifier,
    needs: Needs,
    addresses: Addresses,
}

impl VerifyLayer {
    /// Every request needs the same.
    pub fn new(verifier: Verifier, need: Need) -> Self {
        Self::by(verifier, move |_| need.clone())
    }

    /// Each request needs what this says of it.
    pub fn by(verifier: Verifier, needs: impl Fn(&Parts) -> Need + Send + Sync + 'static) -> Self {
        Self { verifier, needs: Arc::new(needs), addresses: Arc::new(|_| None) }
    }

    /// Each request comes from where this says; without it, from nowhere, and a token that is bound to
    /// networks is good for none. Take the connection's other end, or what a proxy of yours says of it;
    /// never what anybody may say.
    #[must_use]
    pub fn address(
        self,
        addresses: impl Fn(&Parts) -> Option<IpAddr> + Send + Sync + 'static,
    ) -> Self {
        Self { addresses: Arc::new(addresses), ..self }
    }
}

impl<S> Layer<S> for VerifyLayer {
    type Service = VerifyService<S>;

    fn layer(&self, inner: S) -> VerifyService<S> {
        VerifyService { inner, layer: self.clone() }
    }
}

/// A service behind a [`VerifyLayer`].
#[derive(Clone)]
pub struct VerifyService<S> {
    inner: S,
    layer: VerifyLayer,
}

impl<S, B, R> Service<Request<B>> for VerifyService<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
    R: Default + Send + 'static,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, R, S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut parts, body) = request.into_parts();
        strip(&mut parts.headers);
        let need = (self.layer.needs)(&parts);
        // The one that was ready is the one to call.
        let next = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, next);
        let token = match bearer(&parts.headers) {
            Ok(token) => token,
            Err(refusal) => return ResponseFuture::refused(&refusal),
        };
        if let Some(verdict) = self.layer.verifier.check_warm(token, &need) {
            return match judge(Ok(verdict), &need) {
                Ok(caller) => ResponseFuture::passed(inner.call(with(parts, body, caller))),
                Err(refusal) => ResponseFuture::refused(&refusal),
            };
        }
        let address = (self.layer.addresses)(&parts);
        let (token, verifier) = (token.to_owned(), self.layer.verifier.clone());
        ResponseFuture::asks(async move {
            let outcome = verifier.check_from(&token, &need, address).await;
            match judge(outcome, &need) {
                Ok(caller) => inner.call(with(parts, body, caller)).await,
                Err(refusal) => Ok(refusal.response()),
            }
        })
    }
}

pin_project! {
    /// The answer of a [`VerifyService`] in the making.
    pub struct ResponseFuture<F, R, E> {
        #[pin]
        way: Way<F, R, E>,
    }
}

pin_project! {
    #[project = WayProjection]
    enum Way<F, R, E> {
        Passed { #[pin] inner: F },
        Refused { response: Option<Response<R>> },
        Asks { asking: Pin<Box<dyn Future<Output = Result<Response<R>, E>> + Send>> },
    }
}

impl<F, R: Default, E> ResponseFuture<F, R, E> {
    fn passed(inner: F) -> Self {
        Self { way: Way::Passed { inner } }
    }

    fn refused(refusal: &Refusal) -> Self {
        Self { way: Way::Refused { response: Some(refusal.response()) } }
    }

    fn asks(asking: impl Future<Output = Result<Response<R>, E>> + Send + 'static) -> Self {
        Self { way: Way::Asks { asking: Box::pin(asking) } }
    }
}

impl<F, R, E> Future for ResponseFuture<F, R, E>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = Result<Response<R>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().way.project() {
            WayProjection::Passed { inner } => inner.poll(cx),
            WayProjection::Refused { response } => {
                response.take().map_or(Poll::Pending, |response| Poll::Ready(Ok(response)))
            }
            WayProjection::Asks { asking } => asking.as_mut().poll(cx),
        }
    }
}

/// Takes away what a client says about who it is.
fn strip(headers: &mut HeaderMap) {
    let fold = |byte: u8| if byte == b'_' { b'-' } else { byte };
    let begins = |name: &HeaderName| {
        name.as_str().bytes().map(fold).take(IDENTITY.len()).eq(IDENTITY.bytes())
    };
    let said: Vec<HeaderName> = headers.keys().filter(|name| begins(name)).cloned().collect();
    for name in said {
        headers.remove(name);
    }
}

/// The token of the one `Authorization: Bearer …`. The scheme's case does not matter.
///
/// Source: RFC 6750, sections 2.1 and 3.1; RFC 9110, section 11.1.
fn bearer(headers: &HeaderMap) -> Result<&str, Refusal> {
    let mut shown = headers.get_all(AUTHORIZATION).iter();
    let value = shown.next().ok_or(Refusal::NothingShown)?;
    if shown.next().is_some() {
        return Err(Refusal::ShownTwice);
    }
    let words = value.to_str().ok().and_then(|text| text.split_once(' '));
    let bearer = words.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    bearer.map(|(_, token)| token).ok_or(Refusal::NothingShown)
}

fn judge(outcome: Result<Verdict, Unavailable>, need: &Need) -> Result<Caller, Refusal> {
    match outcome {
        Ok(Verdict::Good(caller)) => Ok(caller),
        Ok(Verdict::Bad(reason)) => Err(match reason.as_str() {
            "scope" => Refusal::TooLittle(need.parts().0.and_then(spelled)),
            "rate" => Refusal::TooOften,
            _ => Refusal::BadToken,
        }),
        Err(_) => Err(Refusal::Unavailable),
    }
}

fn with<B>(mut parts: Parts, body: B, caller: Caller) -> Request<B> {
    parts.extensions.insert(caller);
    Request::from_parts(parts, body)
}

/// A single permission as the `scope` of a challenge; a query of several has no such spelling.
///
/// Source: RFC 6750, section 3; RFC 6749, appendix A.4.
fn spelled(permission: &str) -> Option<HeaderValue> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let single = !permission.is_empty() && permission.bytes().all(plain);
    let text = format!(r#"Bearer error="insufficient_scope", scope="{permission}""#);
    HeaderValue::from_str(&text).ok().filter(|_| single)
}

/// Why a request goes no further.
enum Refusal {
    NothingShown,
    ShownTwice,
    BadToken,
    TooLittle(Option<HeaderValue>),
    TooOften,
    Unavailable,
}

impl Refusal {
    /// Source: RFC 6750, section 3; RFC 6585, section 4; RFC 9110, section 15.6.4.
    fn response<R: Default>(&self) -> Response<R> {
        let fixed = HeaderValue::from_static;
        let (status, header) = match self {
            Self::NothingShown => (StatusCode::UNAUTHORIZED, (WWW_AUTHENTICATE, fixed("Bearer"))),
            Self::ShownTwice => {
                let challenge = fixed(r#"Bearer error="invalid_request""#);
                (StatusCode::BAD_REQUEST, (WWW_AUTHENTICATE, challenge))
            }
            Self::BadToken => {
                let challenge = fixed(r#"Bearer error="invalid_token""#);
                (StatusCode::UNAUTHORIZED, (WWW_AUTHENTICATE, challenge))
            }
            Self::TooLittle(challenge) => {
                let plain = || fixed(r#"Bearer error="insufficient_scope""#);
                let challenge = challenge.clone().unwrap_or_else(plain);
                (StatusCode::FORBIDDEN, (WWW_AUTHENTICATE, challenge))
            }
            Self::TooOften => (StatusCode::TOO_MANY_REQUESTS, (RETRY_AFTER, fixed("1"))),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, (RETRY_AFTER, fixed("1"))),
        };
        let mut response = Response::new(R::default());
        *response.status_mut() = status;
        response.headers_mut().extend([(Some(header.0), header.1)]);
        response
    }
}

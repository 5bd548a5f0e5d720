//! Requests on their way to the service, and its answers on their way back.

use std::{
    error::Error,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::extract::ConnectInfo;
use http::{Request, Response};
use hyper::{body::Incoming, service::Service};
use pin_project_lite::pin_project;

use super::{
    body::{Arriving, Leaving, UnderWay},
    pulse::Pulse,
};

/// Any error, as hyper takes it.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// A service whose requests are noted in the connection's pulse.
pub(super) struct Noted<S> {
    pub(super) inner: S,
    pub(super) pulse: Arc<Pulse>,
    pub(super) body_deadline: Duration,
}

impl<S, B> Service<Request<Incoming>> for Noted<S>
where
    S: Service<Request<Arriving>, Response = Response<B>>,
{
    type Response = Response<Leaving<B>>;
    type Error = S::Error;
    type Future = Answer<S::Future>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let under_way = Some(UnderWay::new(&self.pulse));
        let request = request.map(|body| Arriving::new(body, self.body_deadline, &self.pulse));
        Answer { inner: self.inner.call(request), under_way }
    }
}

pin_project! {
    /// An answer in the making.
    pub(super) struct Answer<F> {
        #[pin]
        inner: F,
        under_way: Option<UnderWay>,
    }
}

impl<F, B, E> Future for Answer<F>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = Result<Response<Leaving<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let answer = ready!(this.inner.poll(cx))?;
        let mut under_way = this.under_way.take();
        if let Some(under_way) = &mut under_way {
            under_way.leaves();
        }
        Poll::Ready(Ok(answer.map(|inner| Leaving { inner, under_way })))
    }
}

/// A tower service, such as axum's `Router`, that finds the peer's address in each request as
/// [`ConnectInfo`].
#[derive(Debug, Clone)]
pub struct Addressed<S> {
    inner: S,
    peer: SocketAddr,
}

impl<S> Addressed<S> {
    /// A service for a connection from `peer`. It must always be ready, as a router is.
    pub fn new(inner: S, peer: SocketAddr) -> Self {
        Self { inner, peer }
    }
}

impl<S, B> Service<Request<B>> for Addressed<S>
where
    S: tower::Service<Request<B>> + Clone,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = tower::util::Oneshot<S, Request<B>>;

    fn call(&self, mut request: Request<B>) -> Self::Future {
        request.extensions_mut().insert(ConnectInfo(self.peer));
        tower::ServiceExt::oneshot(self.inner.clone(), request)
    }
}

//! One connection, from the handshake to the last answer.

use std::{
    future::poll_fn,
    pin::pin,
    sync::Arc,
    task::{Poll, Waker},
    time::Duration,
};

use http::{Request, Response};
use hyper::service::Service;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsAcceptor;

use super::{
    Limits,
    body::Arriving,
    pulse::{Order, Pulse},
    roster::Seat,
    service::{BoxError, Noted},
    stream::Told,
};

/// The number of headers that hyper reads without allocating room for them.
pub(super) const FREE_HEADERS: usize = 100;

/// Streams at once on one HTTP/2 connection.
const STREAMS: u32 = 100;

/// Streams that a client may open and reset before we have looked at them.
const HASTY_RESETS: usize = 20;

/// What an HTTP/2 client may send ahead of being read: on one stream, and on a connection.
const STREAM_WINDOW: u32 = 64 * 1_024;
const CONNECTION_WINDOW: u32 = 256 * 1_024;

/// How often a silent HTTP/2 peer is asked whether it is there, and how long it may take to say so.
const PING: Duration = Duration::from_secs(20);

/// How connections are opened.
pub(super) struct Door {
    builder: Builder<TokioExecutor>,
    tls: Option<TlsAcceptor>,
    handshake_deadline: Duration,
    body_deadline: Duration,
    farewell: Duration,
}

impl Door {
    pub(super) fn new(limits: &Limits, tls: Option<TlsAcceptor>) -> Self {
        Self {
            builder: builder(limits),
            tls,
            handshake_deadline: limits.handshake_deadline,
            body_deadline: limits.body_deadline,
            farewell: limits.farewell,
        }
    }

    pub(super) fn is_plain(&self) -> bool {
        self.tls.is_none()
    }

    /// Serves a connection in a task of its own.
    pub(super) fn open<S, B>(self: &Arc<Self>, stream: TcpStream, seat: Seat, service: S)
    where
        S: Service<Request<Arriving>, Response = Response<B>> + Send + 'static,
        S::Future: Send + 'static,
        S::Error: Into<BoxError>,
        B: http_body::Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<BoxError>,
    {
        send_at_once(&stream);
        let door = Arc::clone(self);
        tokio::spawn(async move {
            let Some(tls) = &door.tls else {
                return door.serve(stream, &seat.pulse, service).await;
            };
            // A failed handshake is the peer's matter.
            if let Ok(Ok(stream)) = timeout(door.handshake_deadline, tls.accept(stream)).await {
                door.serve(stream, &seat.pulse, service).await;
            }
        });
    }

    async fn serve<T, S, B>(&self, stream: T, pulse: &Arc<Pulse>, inner: S)
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        S: Service<Request<Arriving>, Response = Response<B>> + Send + 'static,
        S::Future: Send + 'static,
        S::Error: Into<BoxError>,
        B: http_body::Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<BoxError>,
    {
        let stream = TokioIo::new(Told::new(stream, Arc::clone(pulse), self.farewell));
        let service = Noted { inner, pulse: Arc::clone(pulse), body_deadline: self.body_deadline };
        let mut connection = pin!(self.builder.serve_connection(stream, service));
        let mut known: Option<Waker> = None;
        let mut finishing = false;
        poll_fn(|cx| {
            if !known.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
                known = Some(cx.waker().clone());
                pulse.wake_with(cx.waker());
            }
            match pulse.ordered() {
                Order::Leave => return Poll::Ready(()),
                Order::Finish if !finishing => {
                    finishing = true;
                    connection.as_mut().graceful_shutdown();
                }
                Order::Finish | Order::Serve => {}
            }
            // What ends a connection early is the peer's matter; what it did is not lost by that.
            connection.as_mut().poll(cx).map(drop)
        })
        .await;
    }
}

/// Sends what is written at once: otherwise a client that pipelines waits for delayed acknowledgements.
fn send_at_once(stream: &TcpStream) {
    // A socket that can't be set is dead, which the first read tells.
    let _ = stream.set_nodelay(true);
}

/// Both protocols, within the limits. hyper's own header deadline is off: see `listen`.
fn builder(limits: &Limits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    let mut http1 = builder.http1();
    http1.timer(TokioTimer::new()).header_read_timeout(None).max_buf_size(limits.header_bytes);
    if limits.headers != FREE_HEADERS {
        http1.max_headers(limits.headers);
    }
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_pending_accept_reset_streams(HASTY_RESETS)
        .max_header_list_size(u32::try_from(limits.header_bytes).unwrap_or(u32::MAX))
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .keep_alive_interval(PING)
        .keep_alive_timeout(PING);
    builder
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn an_answer_is_sent_at_once() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();

        send_at_once(&stream);

        assert!(stream.nodelay().unwrap());
    }
}

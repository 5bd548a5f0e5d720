//! The sockets: accepts connections, speaks HTTP/1.1 and HTTP/2 on them, and drops those that waste
//! them.
//!
//! Read `roster` next, which knows every connection and looks at the `pulse` of each twice a second;
//! then `connection`, which serves one; then the three thin wrappers that tell the pulse what happens:
//! `stream` (bytes), `service` (requests) and `body` (what requests and answers carry).
//!
//! Why not `axum::serve`: it has no deadline at all, for hyper's own header deadline needs a timer that
//! nobody installs there. Nor is that deadline what we want: hyper 1.12 starts it when a connection
//! falls idle, so that 10 s for a slow header would also end every kept connection after 10 s, and it
//! allocates and arms a timer for each request. Here a request costs a few stores into the
//! connection's own memory, and no clock is read.
//!
//! **Invariant**: no connection waits for its peer without an end.

mod body;
mod connection;
mod pulse;
mod roster;
mod service;
mod stream;

use std::{
    io::{self, ErrorKind, Write as _},
    net::{Shutdown, SocketAddr},
    sync::Arc,
    time::Duration,
};

use http::{Request, Response};
use hyper::service::Service;
use metrics::{Counter, Gauge};
use rustls::ServerConfig;
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    time::{Instant, sleep_until, timeout},
};
use tokio_rustls::TlsAcceptor;

pub use body::{Arriving, Lost};
pub use service::{Addressed, BoxError};

use connection::Door;
use roster::Roster;

/// How many connections may wait to be accepted.
const BACKLOG: u32 = 4_096;

/// How long requests under way may take to finish after the stop.
const LAST_ANSWERS: Duration = Duration::from_secs(10);

/// How long to wait when the system has no file or memory left for a connection.
const BREATHER: Duration = Duration::from_millis(200);

/// What a client hears over plain HTTP when there is no room. Over TLS the connection is just closed:
/// a handshake costs more than a refusal may.
const NO_ROOM: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\n\
    retry-after: 1\r\ncontent-length: 0\r\n\r\n";

/// What one client may take. Deadlines hold to half a second.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Connections at once.
    pub connections: usize,
    /// Connections at once from one IPv4 address or one IPv6 /64 network. A gateway in front is one
    /// such source.
    pub per_source: usize,
    /// From the first byte of a request, or from the connection's beginning, to the end of the headers.
    pub header_deadline: Duration,
    /// From an answer to the next request. nginx keeps its side open for 60 s.
    pub idle_deadline: Duration,
    /// How long a body, or an answer on its way out, may make no progress.
    pub body_deadline: Duration,
    /// How long somebody who goes on sending after the answer is heard out; a fifth of it if nothing comes.
    pub farewell: Duration,
    /// For a TLS handshake.
    pub handshake_deadline: Duration,
    /// Bytes of request line and headers; at least 8,192.
    pub header_bytes: usize,
    /// Headers of one HTTP/1.1 request. Over HTTP/2 their bytes alone are limited.
    pub headers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            per_source: 5_000,
            header_deadline: Duration::from_secs(10),
            idle_deadline: Duration::from_secs(75),
            body_deadline: Duration::from_secs(30),
            farewell: Duration::from_secs(10),
            handshake_deadline: Duration::from_secs(5),
            header_bytes: 32 * 1_024,
            headers: connection::FREE_HEADERS,
        }
    }
}

/// What operators see of the connections.
#[derive(Clone)]
pub struct Tally {
    /// Connections now.
    pub open: Gauge,
    /// Connections turned away for lack of room.
    pub refused: Counter,
    /// Connections dropped at a deadline.
    pub overdue: Counter,
}

impl Default for Tally {
    fn default() -> Self {
        Self { open: Gauge::noop(), refused: Counter::noop(), overdue: Counter::noop() }
    }
}

/// A listening socket and how it treats those who come.
pub struct Listener {
    socket: TcpListener,
    tls: Option<TlsAcceptor>,
    limits: Limits,
    tally: Tally,
}

impl Listener {
    /// Listens on an address. Must be called within a runtime.
    ///
    /// # Errors
    ///
    /// As the system says: the address is taken, or is not ours.
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = match address {
            SocketAddr::V4(_) => TcpSocket::new_v4()?,
            SocketAddr::V6(_) => TcpSocket::new_v6()?,
        };
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        Ok(Self::new(socket.listen(BACKLOG)?))
    }

    /// Takes over a socket that listens already.
    pub fn new(socket: TcpListener) -> Self {
        Self { socket, tls: None, limits: Limits::default(), tally: Tally::default() }
    }

    /// Speaks TLS only. What ALPN offers is the configuration's: `h2` and `http/1.1` are served.
    #[must_use]
    pub fn with_tls(self, config: Arc<ServerConfig>) -> Self {
        Self { tls: Some(TlsAcceptor::from(config)), ..self }
    }

    /// Replaces the default limits.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Counts connections there.
    #[must_use]
    pub fn with_tally(self, tally: Tally) -> Self {
        Self { tally, ..self }
    }

    /// Where it listens.
    ///
    /// # Errors
    ///
    /// As the system says.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Serves until `stop`; then accepts nobody, lets requests under way finish for 10 s, and drops
    /// what is left. Returns how many connections had to be dropped.
    ///
    /// `serve` makes a service for each connection, given its peer. A service that wants the peer as
    /// axum's `ConnectInfo` in every request is wrapped in [`Addressed`]; one on the hot path keeps the
    /// peer itself, for that extension costs an allocation.
    pub async fn serve<F, S, B>(self, serve: F, stop: impl Future<Output = ()>) -> usize
    where
        F: Fn(SocketAddr) -> S,
        S: Service<Request<Arriving>, Response = Response<B>> + Send + 'static,
        S::Future: Send + 'static,
        S::Error: Into<BoxError>,
        B: http_body::Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<BoxError>,
    {
        let roster = Roster::new(self.limits.clone(), self.tally);
        let door = Arc::new(Door::new(&self.limits, self.tls));
        tokio::select! {
            never = accept(&self.socket, &roster, &door, serve) => match never {},
            () = roster.keep_time() => {}
            () = stop => {}
        }
        drop(self.socket);
        drain(&roster).await
    }
}

/// Lets everyone finish, then sends the rest away.
async fn drain(roster: &Roster) -> usize {
    roster.ask_all_to_finish();
    tokio::select! {
        () = roster.keep_time() => {}
        _ = timeout(LAST_ANSWERS, roster.empty()) => {}
    }
    let left = roster.drop_all();
    // Everyone goes at once, but for one whose handler blocks its thread.
    let _ = timeout(BREATHER, roster.empty()).await;
    left
}

/// Accepts connections for ever.
async fn accept<F, S, B>(
    socket: &TcpListener,
    roster: &Arc<Roster>,
    door: &Arc<Door>,
    serve: F,
) -> std::convert::Infallible
where
    F: Fn(SocketAddr) -> S,
    S: Service<Request<Arriving>, Response = Response<B>> + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Into<BoxError>,
    B: http_body::Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    loop {
        let (stream, peer) = match socket.accept().await {
            Ok(accepted) => accepted,
            Err(error) if is_the_peers(&error) => continue,
            Err(error) => {
                tracing::error!(%error, "no connection can be accepted");
                sleep_until(Instant::now() + BREATHER).await;
                continue;
            }
        };
        match roster.seat(peer.ip()) {
            Some(seat) => door.open(stream, seat, serve(peer)),
            None => refuse(stream, door.is_plain()),
        }
    }
}

/// Whether the peer went away before it was accepted, which is nothing to wait for.
fn is_the_peers(error: &io::Error) -> bool {
    use ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Says that there is no room, without waiting for anything. Nothing that fails here matters.
fn refuse(stream: TcpStream, plain: bool) {
    if !plain {
        return;
    }
    if let Ok(mut stream) = stream.into_std() {
        let _ = stream.write(NO_ROOM);
        let _ = stream.shutdown(Shutdown::Write);
    }
}

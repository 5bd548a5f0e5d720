//! One keep-alive connection over HTTP/1.1, or over HTTP/2 for gRPC.
//!
//! **Invariant**: a request is sent once. What is lost is said to be lost, and never tried again
//! here.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use http::{HeaderMap, Request, Response, StatusCode, Version};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// What is sent.
pub type Ask = Request<Full<Bytes>>;

/// What comes back.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its whole body.
    pub body: Bytes,
}

/// The connection broke, or no answer came in time: what was asked may have been done or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no answer")]
pub struct Lost;

/// After this time nobody waits any more.
const PATIENCE: Duration = Duration::from_secs(20);

/// A connection, as long as there is one.
#[derive(Debug)]
pub struct Wire {
    address: SocketAddr,
    version: Version,
    sender: Option<Sender>,
}

/// What asks on a connection.
#[derive(Debug)]
enum Sender {
    One(http1::SendRequest<Full<Bytes>>),
    Two(http2::SendRequest<Full<Bytes>>),
}

impl Sender {
    async fn open(stream: TcpStream, version: Version) -> hyper::Result<Self> {
        let stream = TokioIo::new(stream);
        if version == Version::HTTP_2 {
            let (sender, connection) = http2::handshake(TokioExecutor::new(), stream).await?;
            tokio::spawn(connection);
            return Ok(Self::Two(sender));
        }
        let (sender, connection) = http1::handshake(stream).await?;
        tokio::spawn(connection);
        Ok(Self::One(sender))
    }

    async fn ready(&mut self) -> hyper::Result<()> {
        match self {
            Self::One(sender) => sender.ready().await,
            Self::Two(sender) => sender.ready().await,
        }
    }

    async fn send(&mut self, ask: Ask) -> hyper::Result<Response<Incoming>> {
        match self {
            Self::One(sender) => sender.send_request(ask).await,
            Self::Two(sender) => sender.send_request(ask).await,
        }
    }
}

impl Wire {
    /// Not connected yet.
    pub fn new(address: SocketAddr) -> Self {
        Self { address, version: Version::HTTP_11, sender: None }
    }

    /// The same, over HTTP/2: what is asked names scheme and authority in its address.
    pub fn of_grpc(address: SocketAddr) -> Self {
        Self { address, version: Version::HTTP_2, sender: None }
    }

    /// Connects, unless there is a connection that can take a request. Nothing is asked.
    ///
    /// # Errors
    ///
    /// If nobody listens.
    pub async fn connect(&mut self) -> io::Result<()> {
        if let Some(sender) = &mut self.sender
            && sender.ready().await.is_ok()
        {
            return Ok(());
        }
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        self.sender = Some(Sender::open(stream, self.version).await.map_err(io::Error::other)?);
        Ok(())
    }

    /// Asks, and waits for the whole answer.
    ///
    /// # Errors
    ///
    /// [`Lost`] if it is not known what became of it. The connection is given up then.
    pub async fn ask(&mut self, ask: Ask) -> Result<Reply, Lost> {
        let mut sender = self.sender.take().ok_or(Lost)?;
        let answered = timeout(PATIENCE, async {
            let answer = sender.send(ask).await?;
            let (parts, body) = answer.into_parts();
            let body = body.collect().await?.to_bytes();
            Ok::<_, hyper::Error>(Reply { status: parts.status, headers: parts.headers, body })
        });
        let reply = answered.await.map_err(|_| Lost)?.map_err(|_| Lost)?;
        self.sender = Some(sender);
        Ok(reply)
    }
}

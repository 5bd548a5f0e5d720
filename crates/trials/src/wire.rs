//! One keep-alive connection over HTTP/1.1.
//!
//! **Invariant**: a request is sent once. What is lost is said to be lost, and never tried again
//! here.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
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
    sender: Option<SendRequest<Full<Bytes>>>,
}

impl Wire {
    /// Not connected yet.
    pub fn new(address: SocketAddr) -> Self {
        Self { address, sender: None }
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
        let (sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
        tokio::spawn(async move {
            let _ = connection.await;
        });
        self.sender = Some(sender);
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
            let answer = sender.send_request(ask).await?;
            let (parts, body) = answer.into_parts();
            let body = body.collect().await?.to_bytes();
            Ok::<_, hyper::Error>(Reply { status: parts.status, headers: parts.headers, body })
        });
        let reply = answered.await.map_err(|_| Lost)?.map_err(|_| Lost)?;
        self.sender = Some(sender);
        Ok(reply)
    }
}

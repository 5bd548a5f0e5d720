//! The accept loop, on real sockets of the loopback interface, in time that the tests turn.
//!
//! The clock is paused, so it jumps to the next deadline whenever nothing else is to be done.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail loudly")]

mod deadlines;
mod requests;
mod room;
mod secure;
mod stop;

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::{body::Bytes, service::service_fn};
use server::listen::{Arriving, Limits, Listener};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::{Notify, oneshot},
    task::JoinHandle,
    time::Instant,
};

/// How late a deadline may be: time is counted in half seconds.
const GRAIN: Duration = Duration::from_millis(1_100);

const HELLO: &str = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";

/// A running listener with a small service:
/// `/` answers `hello`, `/wait` waits to be released, `/read` reads the body, `/much` answers 64 MiB.
struct Running {
    address: SocketAddr,
    release: Arc<Notify>,
    stop: oneshot::Sender<()>,
    served: JoinHandle<usize>,
}

impl Running {
    fn start() -> Self {
        Self::with(|listener| listener)
    }

    fn with_limits(limits: Limits) -> Self {
        Self::with(|listener| listener.with_limits(limits))
    }

    fn with(dress: impl FnOnce(Listener) -> Listener) -> Self {
        let listener = dress(Listener::bind(([127, 0, 0, 1], 0).into()).unwrap());
        let address = listener.address().unwrap();
        let release = Arc::new(Notify::new());
        let (stop, stopped) = oneshot::channel();
        let held = Arc::clone(&release);
        let serve = move |_| {
            let held = Arc::clone(&held);
            service_fn(move |request| answer(request, Arc::clone(&held)))
        };
        let served = tokio::spawn(listener.serve(serve, async { drop(stopped.await) }));
        Self { address, release, stop, served }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn connect_and_say(&self, words: &str) -> TcpStream {
        let mut stream = self.connect().await;
        stream.write_all(words.as_bytes()).await.unwrap();
        stream
    }
}

async fn answer(
    request: Request<Arriving>,
    release: Arc<Notify>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path().to_owned();
    let (status, text) = match path.as_str() {
        "/wait" => {
            release.notified().await;
            (StatusCode::OK, Bytes::from("released"))
        }
        "/read" => match request.into_body().collect().await {
            Ok(body) => (StatusCode::OK, Bytes::from(format!("{} bytes", body.to_bytes().len()))),
            Err(lost) => (StatusCode::REQUEST_TIMEOUT, Bytes::from(lost.to_string())),
        },
        "/much" => (StatusCode::OK, Bytes::from(vec![b'x'; 64 << 20])),
        _ => (StatusCode::OK, Bytes::from("hello")),
    };
    let mut response = Response::new(Full::new(text));
    *response.status_mut() = status;
    Ok(response)
}

/// Reads one answer that ends with these words.
async fn hear(stream: &mut TcpStream, ending: &str) -> String {
    let mut heard = Vec::new();
    while !heard.ends_with(ending.as_bytes()) {
        let more = stream.read_buf(&mut heard).await.unwrap();
        assert_ne!(more, 0, "closed after {:?}", String::from_utf8_lossy(&heard));
    }
    String::from_utf8(heard).unwrap()
}

/// Reads until the connection is closed, by a good-bye or a reset.
async fn hear_out(stream: &mut TcpStream) -> String {
    let mut heard = Vec::new();
    while matches!(stream.read_buf(&mut heard).await, Ok(1..)) {}
    String::from_utf8(heard).unwrap()
}

/// Asserts that this long has passed, and hardly more.
#[track_caller]
fn assert_took(began: Instant, seconds: u64) {
    let (took, expected) = (began.elapsed(), Duration::from_secs(seconds));
    assert!(took >= expected && took < expected + GRAIN, "{took:?}");
}

/// Lets time pass while the sockets are served.
async fn pass(seconds: u64) {
    let mut ticks = tokio::time::interval(Duration::from_secs(1));
    for _ in 0..=seconds {
        ticks.tick().await;
    }
}

//! A socket that tells what happens on it.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};

use super::pulse::Pulse;

/// With what an HTTP/2 connection begins, and no HTTP/1.1 request does.
const PREFACE: &[u8] = b"PRI * HTTP/2.0";

/// Bytes that are read and dropped at a time.
const PIECE: usize = 16 << 10;

/// A socket, plain or TLS, that tells what happens on it.
pub(super) struct Told<T> {
    inner: T,
    pulse: Arc<Pulse>,
    silent_so_far: bool,
    /// How long a peer that is still sending is listened to after the last word to it.
    patience: Duration,
    farewell: Option<Farewell>,
}

/// The end of a conversation that the peer has not noticed yet.
struct Farewell {
    ends: Instant,
    timer: Pin<Box<Sleep>>,
}

impl<T> Told<T> {
    pub(super) fn new(inner: T, pulse: Arc<Pulse>, patience: Duration) -> Self {
        Self { inner, pulse, silent_so_far: true, patience, farewell: None }
    }

    #[cold]
    fn first_words(&mut self, bytes: &[u8]) {
        self.silent_so_far = false;
        // A preface in pieces is not recognised, and has the deadline of a header; nobody sends one.
        if bytes.starts_with(PREFACE) {
            self.pulse.multiplexes();
        }
    }

    /// The last word is said. Reads on and drops what comes, until the peer has read it and hangs up: to close a
    /// socket with bytes unread is to reset it, and a reset may overtake the answer (RFC 9112, section 9.6).
    fn listen_on(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>
    where
        T: AsyncRead + Unpin,
    {
        let Self { inner, patience, farewell, .. } = self;
        let (now, silence) = (Instant::now(), *patience / 5);
        let farewell = farewell.get_or_insert_with(|| {
            let timer = Box::pin(sleep_until(now + silence));
            Farewell { ends: now + *patience, timer }
        });
        let mut piece = [0; PIECE];
        loop {
            let mut dropped = ReadBuf::new(&mut piece);
            match Pin::new(&mut *inner).poll_read(cx, &mut dropped) {
                Poll::Ready(Ok(())) if !dropped.filled().is_empty() && now < farewell.ends => {
                    farewell.timer.as_mut().reset(farewell.ends.min(now + silence));
                }
                // It hung up, or has been told for long enough.
                Poll::Ready(_) => return Poll::Ready(Ok(())),
                Poll::Pending => return farewell.timer.as_mut().poll(cx).map(Ok),
            }
        }
    }

    fn writing<R>(&self, result: Poll<R>) -> Poll<R> {
        match result {
            Poll::Pending => self.pulse.write_waits(),
            Poll::Ready(_) => self.pulse.write_went_on(),
        }
        result
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Told<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(cx, buf))?;
        if let Some(bytes) = buf.filled().get(before..).filter(|bytes| !bytes.is_empty()) {
            if self.silent_so_far {
                self.first_words(bytes);
            }
            self.pulse.heard();
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Told<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.inner).poll_write(cx, buf);
        self.writing(result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let inner = Pin::new(&mut self.inner);
        // The system sends one piece faster than a list of one; most answers are one piece.
        let result = match bufs {
            [only] => inner.poll_write(cx, only),
            _ => inner.poll_write_vectored(cx, bufs),
        };
        self.writing(result)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.inner).poll_flush(cx);
        if result.is_pending() {
            self.pulse.write_waits();
        }
        result
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.farewell.is_none() {
            let result = Pin::new(&mut self.inner).poll_shutdown(cx);
            if result.is_pending() {
                self.pulse.write_waits();
            }
            ready!(result)?;
            if !self.pulse.may_be_sending() {
                return Poll::Ready(Ok(()));
            }
        }
        self.listen_on(cx)
    }
}

//! A socket that tells what happens on it.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::pulse::Pulse;

/// With what an HTTP/2 connection begins, and no HTTP/1.1 request does.
const PREFACE: &[u8] = b"PRI * HTTP/2.0";

/// A socket, plain or TLS, that tells what happens on it.
pub(super) struct Told<T> {
    inner: T,
    pulse: Arc<Pulse>,
    silent_so_far: bool,
}

impl<T> Told<T> {
    pub(super) fn new(inner: T, pulse: Arc<Pulse>) -> Self {
        Self { inner, pulse, silent_so_far: true }
    }

    #[cold]
    fn first_words(&mut self, bytes: &[u8]) {
        self.silent_so_far = false;
        // A preface in pieces is not recognised, and has the deadline of a header; nobody sends one.
        if bytes.starts_with(PREFACE) {
            self.pulse.multiplexes();
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

impl<T: AsyncWrite + Unpin> AsyncWrite for Told<T> {
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
        let result = Pin::new(&mut self.inner).poll_shutdown(cx);
        if result.is_pending() {
            self.pulse.write_waits();
        }
        result
    }
}

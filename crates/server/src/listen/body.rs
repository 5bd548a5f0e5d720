//! What requests and answers carry, watched on its way.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use http_body::{Body, Frame, SizeHint};
use hyper::body::{Bytes, Incoming};
use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep, sleep_until};

use super::pulse::Pulse;

/// Why the rest of a request's body will not come.
#[derive(Debug, thiserror::Error)]
pub enum Lost {
    /// The client sent nothing more for as long as is allowed.
    #[error("the body made no progress in time")]
    Stalled,
    /// The connection broke, or what came is no body.
    #[error("the body broke off")]
    Broken(#[from] hyper::Error),
}

/// Bytes a second that a body may count on: one that comes faster is let come for as long as it
/// takes.
const SLOWEST: u64 = 8 * 1_024;

/// The body of a request, which ends in [`Lost::Stalled`] where the client stops sending, or sends
/// slower than [`SLOWEST`] for longer than it may stop.
///
/// The timer is made when somebody first has to wait for the body, so that most requests have none.
pub struct Arriving {
    inner: Incoming,
    deadline: Duration,
    waiting: Option<Waiting>,
    /// Told if this is dropped before its end; none for a body that has nothing in it.
    pulse: Option<Arc<Pulse>>,
}

struct Waiting {
    timer: Pin<Box<Sleep>>,
    /// When somebody first waited.
    since: Instant,
    /// Bytes that came since then.
    came: u64,
    /// False after progress: the timer's time is then an old one.
    set: bool,
}

impl Arriving {
    pub(super) fn new(inner: Incoming, deadline: Duration, pulse: &Arc<Pulse>) -> Self {
        let pulse = (!inner.is_end_stream()).then(|| Arc::clone(pulse));
        Self { inner, deadline, waiting: None, pulse }
    }

    fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let deadline = self.deadline;
        let waiting = self.waiting.get_or_insert_with(|| {
            let since = Instant::now();
            let timer = Box::pin(sleep_until(since + deadline));
            Waiting { timer, since, came: 0, set: true }
        });
        if !waiting.set {
            let earned = Duration::from_secs(waiting.came / SLOWEST);
            let end = (waiting.since + deadline + earned).min(Instant::now() + deadline);
            waiting.timer.as_mut().reset(end);
            waiting.set = true;
        }
        waiting.timer.as_mut().poll(cx)
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        if let Some(pulse) = self.pulse.as_ref().filter(|_| !self.inner.is_end_stream()) {
            pulse.left_unread();
        }
    }
}

impl Body for Arriving {
    type Data = Bytes;
    type Error = Lost;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Lost>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.inner).poll_frame(cx) {
            if let Some(waiting) = &mut self.waiting {
                let data = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref());
                waiting.came += data.map_or(0, |data| data.len() as u64);
                waiting.set = false;
            }
            if frame.is_none() {
                self.pulse = None;
            }
            return Poll::Ready(frame.map(|frame| frame.map_err(Lost::Broken)));
        }
        ready!(self.poll_deadline(cx));
        Poll::Ready(Some(Err(Lost::Stalled)))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// Says that a request is under way for as long as it lives.
pub(super) struct UnderWay {
    pulse: Arc<Pulse>,
    streams: bool,
}

impl UnderWay {
    pub(super) fn new(pulse: &Arc<Pulse>) -> Self {
        pulse.asked();
        Self { pulse: Arc::clone(pulse), streams: false }
    }

    /// The answer is there and begins to leave.
    pub(super) fn leaves(&mut self) {
        self.streams = self.pulse.stream_begins();
    }

    fn moves(&self) {
        if self.streams {
            self.pulse.stream_moves();
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if self.streams {
            self.pulse.stream_ends();
        }
        self.pulse.answered();
    }
}

pin_project! {
    /// The body of an answer, with which the request ends.
    pub(super) struct Leaving<B> {
        #[pin]
        pub(super) inner: B,
        pub(super) under_way: Option<UnderWay>,
    }
}

impl<B: Body> Body for Leaving<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = self.project();
        if let Some(under_way) = this.under_way {
            under_way.moves();
        }
        this.inner.poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

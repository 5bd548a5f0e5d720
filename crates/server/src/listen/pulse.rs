//! What one connection waits for, noted by itself and read by the roster.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering::Relaxed},
    },
    task::Waker,
    time::Duration,
};

use super::{Limits, roster::TICK};

/// What a connection is told to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Order {
    Serve,
    /// Answer what is under way, then close.
    Finish,
    /// Close now.
    Leave,
}

/// What one connection waits for, and since which tick. Zero stands for "it does not".
pub(super) struct Pulse {
    ticks: Arc<AtomicU32>,
    /// HTTP/2, where bytes come that are no request.
    multiplexed: AtomicBool,
    /// Requests whose answers have not wholly left.
    under_way: AtomicU32,
    head_since: AtomicU32,
    idle_since: AtomicU32,
    write_since: AtomicU32,
    /// Answers that leave as HTTP/2 streams, and when one of them last moved: a peer that opens no
    /// window for them takes every byte off the socket and yet keeps us waiting.
    streaming: AtomicU32,
    streamed: AtomicU32,
    /// Whether a request's body was left unread, so that its sender may still be sending.
    unread: AtomicBool,
    order: AtomicU8,
    waker: Mutex<Option<Waker>>,
}

impl Pulse {
    pub(super) fn new(ticks: Arc<AtomicU32>) -> Self {
        let now = ticks.load(Relaxed);
        Self {
            ticks,
            multiplexed: AtomicBool::new(false),
            under_way: AtomicU32::new(0),
            head_since: AtomicU32::new(now),
            idle_since: AtomicU32::new(now),
            write_since: AtomicU32::new(0),
            streaming: AtomicU32::new(0),
            streamed: AtomicU32::new(0),
            unread: AtomicBool::new(false),
            order: AtomicU8::new(Order::Serve as u8),
            waker: Mutex::default(),
        }
    }

    fn now(&self) -> u32 {
        self.ticks.load(Relaxed)
    }

    /// Bytes came. Between requests they are the beginning of the next one.
    pub(super) fn heard(&self) {
        if self.head_since.load(Relaxed) == 0
            && self.under_way.load(Relaxed) == 0
            && !self.multiplexed.load(Relaxed)
        {
            self.head_since.store(self.now(), Relaxed);
        }
    }

    /// The peer speaks HTTP/2: from here on, bytes are not a request's.
    pub(super) fn multiplexes(&self) {
        self.multiplexed.store(true, Relaxed);
        self.head_since.store(0, Relaxed);
    }

    /// The headers of a request are complete.
    pub(super) fn asked(&self) {
        self.under_way.fetch_add(1, Relaxed);
        self.head_since.store(0, Relaxed);
    }

    /// An answer has left, or will never.
    pub(super) fn answered(&self) {
        self.idle_since.store(self.now(), Relaxed);
        self.under_way.fetch_sub(1, Relaxed);
    }

    /// The peer takes no bytes.
    pub(super) fn write_waits(&self) {
        if self.write_since.load(Relaxed) == 0 {
            self.write_since.store(self.now(), Relaxed);
        }
    }

    /// The peer took bytes.
    pub(super) fn write_went_on(&self) {
        if self.write_since.load(Relaxed) != 0 {
            self.write_since.store(0, Relaxed);
        }
    }

    /// The rest of a request's body is not asked for.
    pub(super) fn left_unread(&self) {
        self.unread.store(true, Relaxed);
    }

    /// Whether the peer may still be sending what nobody reads.
    pub(super) fn may_be_sending(&self) -> bool {
        self.unread.load(Relaxed)
    }

    /// An answer begins to leave; whether it is one of several streams.
    pub(super) fn stream_begins(&self) -> bool {
        let streams = self.multiplexed.load(Relaxed);
        if streams {
            self.stream_moves();
            self.streaming.fetch_add(1, Relaxed);
        }
        streams
    }

    /// The peer opened its window for a piece of an answer.
    pub(super) fn stream_moves(&self) {
        self.streamed.store(self.now(), Relaxed);
    }

    /// An answer that was one of several streams is through.
    pub(super) fn stream_ends(&self) {
        self.streaming.fetch_sub(1, Relaxed);
    }

    /// Whether the peer has kept us waiting for too long.
    pub(super) fn is_overdue(&self, now: u32, limits: &Limits) -> bool {
        let past = |since: u32, limit: Duration| {
            since != 0 && TICK.saturating_mul(now.wrapping_sub(since)) > limit
        };
        let stuck = self.streaming.load(Relaxed) > 0
            && past(self.streamed.load(Relaxed), limits.body_deadline);
        if stuck || past(self.write_since.load(Relaxed), limits.body_deadline) {
            return true;
        }
        if self.under_way.load(Relaxed) > 0 {
            return false;
        }
        let head_since = self.head_since.load(Relaxed);
        past(head_since, limits.header_deadline)
            || head_since == 0 && past(self.idle_since.load(Relaxed), limits.idle_deadline)
    }

    /// Gives an order, and wakes the connection to read it; whether it is a new and stronger one.
    pub(super) fn order(&self, order: Order) -> bool {
        let before = self.order.fetch_max(order as u8, Relaxed);
        if before >= order as u8 {
            return false;
        }
        // The lock orders this before whatever the connection reads after it left its waker.
        if let Some(waker) = &*self.waker.lock().unwrap_or_else(PoisonError::into_inner) {
            waker.wake_by_ref();
        }
        true
    }

    /// The order that stands.
    pub(super) fn ordered(&self) -> Order {
        match self.order.load(Relaxed) {
            0 => Order::Serve,
            1 => Order::Finish,
            _ => Order::Leave,
        }
    }

    /// Leaves word whom to wake. Orders must be read after this.
    pub(super) fn wake_with(&self, waker: &Waker) {
        *self.waker.lock().unwrap_or_else(PoisonError::into_inner) = Some(waker.clone());
    }
}

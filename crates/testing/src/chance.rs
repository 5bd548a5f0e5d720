//! Time, luck and mail, in a test's own hands.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use authority::account::{Letter, Outbox};
use authority::clock::Clock;
use authority::entropy::Entropy;
use jiff::Timestamp;
use parking_lot::Mutex;
use tokio::sync::Notify;

/// When every world begins: 2026-01-01T12:00:00Z.
pub const NOON: Timestamp = Timestamp::constant(1_767_268_800, 0);

/// A clock that moves when it is told to.
#[derive(Debug)]
pub struct HandClock {
    wall: AtomicI64,
    boot: AtomicU64,
}

impl Default for HandClock {
    fn default() -> Self {
        Self {
            wall: AtomicI64::new(NOON.as_microsecond()),
            boot: AtomicU64::new(3_600_000_000_000),
        }
    }
}

impl HandClock {
    /// Time passes.
    pub fn advance(&self, time: Duration) {
        let micros = i64::try_from(time.as_micros()).expect("a short time");
        let nanos = u64::try_from(time.as_nanos()).expect("a short time");
        self.wall.fetch_add(micros, Ordering::SeqCst);
        self.boot.fetch_add(nanos, Ordering::SeqCst);
    }

    /// Somebody sets the wall clock back.
    pub fn set_back(&self, time: Duration) {
        let micros = i64::try_from(time.as_micros()).expect("a short time");
        self.wall.fetch_sub(micros, Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.wall.load(Ordering::SeqCst)).expect("a time in range")
    }

    fn boot(&self) -> Duration {
        Duration::from_nanos(self.boot.load(Ordering::SeqCst))
    }
}

/// Dice that always fall the same way (SplitMix64), so that ids and secrets in tests are real and
/// the same in each run.
#[derive(Debug)]
pub struct LoadedDice(AtomicU64);

impl LoadedDice {
    /// Dice that fall as `seed` says.
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    fn roll(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut word = self.0.fetch_add(STEP, Ordering::SeqCst).wrapping_add(STEP);
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }
}

impl Entropy for LoadedDice {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let word = self.roll().to_le_bytes();
            chunk.copy_from_slice(word.get(..chunk.len()).expect("a chunk has 8 bytes at most"));
        }
    }
}

/// Catches letters.
#[derive(Debug, Default)]
pub struct Tray {
    letters: Mutex<VecDeque<Letter>>,
    arrived: Notify,
}

impl Tray {
    /// The next letter, waiting for it.
    pub async fn next(&self) -> Letter {
        loop {
            let arrived = self.arrived.notified();
            if let Some(letter) = self.letters.lock().pop_front() {
                return letter;
            }
            arrived.await;
        }
    }

    /// The link's secret in the next letter.
    pub async fn next_link(&self) -> String {
        let text = self.next().await.text;
        let (_, rest) = text.split_once("#token=").expect("the letter has a link");
        rest.split_whitespace().next().expect("the link has a secret").to_owned()
    }

    /// How many letters lie there.
    pub fn count(&self) -> usize {
        self.letters.lock().len()
    }
}

impl Outbox for Tray {
    fn post(&self, letter: Letter) {
        self.letters.lock().push_back(letter);
        self.arrived.notify_one();
    }
}

//! The rules, on a turned clock, with an authority that is played by hand.

mod layer;
mod model;
mod rules;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{Instant, advance};

use crate::clock::Clock;
use crate::need::Need;
use crate::verdict::{Unavailable, Verdict};
use crate::verifier::{PastLease, Settings, Verifier};
use crate::wire::{Answering, Answers, Authority, Cursor, Shown, Told};

/// An authority that answers as the test says.
#[derive(Default)]
pub(super) struct Played {
    state: Mutex<State>,
    moved: Notify,
    /// Told when a question has come, if questions are held back.
    pub(super) came: Notify,
    pub(super) go: Notify,
    pub(super) asked: AtomicUsize,
    pub(super) polled: AtomicUsize,
    /// From where tokens were shown that it was asked about.
    pub(super) addresses: Mutex<Vec<Option<IpAddr>>>,
}

pub(super) struct State {
    pub(super) instance: &'static str,
    pub(super) ticket: u64,
    pub(super) latest: Vec<u16>,
    /// Whether it answers at all.
    pub(super) down: bool,
    /// Whether answers to questions wait for `go`.
    pub(super) held: bool,
    /// Whether it polls without waiting.
    pub(super) hasty: bool,
    pub(super) age: u64,
    /// What it says of a token, but for what goes with every answer.
    pub(super) says: Value,
}

impl Default for State {
    fn default() -> Self {
        let says = yes();
        let (instance, latest) = ("a1", Vec::new());
        Self { instance, ticket: 1, latest, down: false, held: false, hasty: false, age: 0, says }
    }
}

/// A yes that may be kept until slot 7 is forgotten.
pub(super) fn yes() -> Value {
    json!({
        "valid": true,
        "id": "019b796d-d600-777d-b6d4-73eb9820713c",
        "kind": "ak",
        "holder": { "kind": "user", "id": "019b796d-d600-779e-8b10-2b6001db0df1" },
        "organization": "019b796d-d600-7033-a392-bc2eb86910d5",
        "scopes": ["read"],
        "keep_ms": 600_000,
        "slots": [0, 7],
    })
}

pub(super) fn no(reason: &str) -> Value {
    json!({ "valid": false, "reason": reason, "keep_ms": 600_000, "slots": [0, 7] })
}

impl Played {
    pub(super) fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let done = change(&mut self.state.lock());
        self.moved.notify_waiters();
        done
    }

    /// What the authority does when something is revoked: from now on it says no, and tells it.
    pub(super) fn revoke(&self, slot: u16) {
        self.with(|state| {
            state.ticket += 1;
            state.latest.push(slot);
            state.says = no("revoked");
        });
    }

    fn told(&self, after: Option<&Cursor>, waited: Duration) -> Result<Told, Unavailable> {
        self.with(|state| {
            if state.down {
                return Err(Unavailable::no_answer("it is down"));
            }
            let ours = after.filter(|after| *after.instance == *state.instance);
            let missed = ours.map(|after| usize::try_from(state.ticket - after.ticket).unwrap());
            let known = missed.and_then(|missed| state.latest.len().checked_sub(missed));
            Ok(Told {
                cursor: Cursor { instance: state.instance.into(), ticket: state.ticket },
                all: known.is_none(),
                slots: known.map(|known| state.latest[known..].to_vec()).unwrap_or_default(),
                waited_ms: u64::try_from(waited.as_millis()).unwrap(),
                age_ms: state.age,
            })
        })
    }

    fn answers(&self) -> Result<Answers, Unavailable> {
        let (down, cursor, result) = {
            let state = self.state.lock();
            (state.down, format!("{}.{}", state.instance, state.ticket), state.says.clone())
        };
        if down {
            return Err(Unavailable::no_answer("it is down"));
        }
        Ok(serde_json::from_value(json!({ "cursor": cursor, "results": [result] })).unwrap())
    }
}

impl Authority for Played {
    fn verify<'a>(&'a self, shown: Shown<'a>) -> Answering<'a, Answers> {
        Box::pin(async move {
            self.addresses.lock().push(shown.address);
            self.asked.fetch_add(1, Ordering::SeqCst);
            let answers = self.answers();
            if self.state.lock().held {
                self.came.notify_one();
                self.go.notified().await;
            }
            answers
        })
    }

    fn poll<'a>(&'a self, after: Option<&'a Cursor>, wait: Duration) -> Answering<'a, Told> {
        Box::pin(async move {
            self.polled.fetch_add(1, Ordering::SeqCst);
            let began = Instant::now();
            let over = tokio::time::sleep_until(began + wait);
            tokio::pin!(over);
            loop {
                let moved = self.moved.notified();
                let (hasty, news) = {
                    let State { hasty, down, ticket, instance, .. } = &*self.state.lock();
                    let here = after.filter(|after| *after.instance == **instance);
                    (*hasty || *down, here.is_none_or(|after| after.ticket != *ticket))
                };
                if hasty || news {
                    break;
                }
                tokio::select! {
                    () = moved => {}
                    () = &mut over => break,
                }
            }
            self.told(after, began.elapsed())
        })
    }
}

/// S of the tests.
pub(super) const LEASE: Duration = Duration::from_millis(500);

pub(super) fn settings() -> Settings {
    Settings::default()
}

pub(super) fn closing() -> (Arc<Played>, Verifier) {
    started(&settings())
}

pub(super) fn asking() -> (Arc<Played>, Verifier) {
    started(&Settings { past_lease: PastLease::Ask, ..settings() })
}

pub(super) fn started(settings: &Settings) -> (Arc<Played>, Verifier) {
    let played = Arc::new(Played::default());
    let clock = Clock::Runtime(Instant::now());
    let verifier = Verifier::start(Arc::clone(&played) as _, settings, clock).unwrap();
    (played, verifier)
}

pub(super) async fn check(verifier: &Verifier) -> Result<Verdict, Unavailable> {
    verifier.check("tkak_token", &Need::anything()).await
}

/// The same, beside what else is done.
pub(super) fn checking(verifier: &Verifier) -> JoinHandle<Result<Verdict, Unavailable>> {
    let verifier = verifier.clone();
    tokio::spawn(async move { check(&verifier).await })
}

pub(super) fn is_yes(outcome: &Result<Verdict, Unavailable>) -> bool {
    matches!(outcome, Ok(Verdict::Good(_)))
}

/// Lets what can go on go on.
pub(super) async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

/// Time passes, a millisecond after the other.
pub(super) async fn pass(milliseconds: u32) {
    for _ in 0..milliseconds {
        advance(Duration::from_millis(1)).await;
        settle().await;
    }
}

//! Many ask the same at once; one of them goes and asks, and the others look at what it brought.
//!
//! **Invariant**: only what is remembered is shared. A token whose uses are counted is asked about once
//! for each check.

use std::collections::HashMap;

use parking_lot::Mutex;
use tokio::sync::watch;

use crate::need::Key;
use crate::verdict::Unavailable;

/// Questions under way.
#[derive(Default)]
pub(crate) struct Flights(Mutex<HashMap<Key, watch::Receiver<Landing>>>);

/// How a question ended: not at all, or with an answer or none.
pub(crate) type Landing = Option<Result<(), Unavailable>>;

/// One's part in a question.
pub(crate) enum Part<'a> {
    /// One asks.
    Ask(Leader<'a>),
    /// Somebody asks already.
    Wait(Follower),
}

/// Who asks. Whatever becomes of it, those who wait are told.
pub(crate) struct Leader<'a> {
    flights: &'a Flights,
    key: Key,
    landing: watch::Sender<Landing>,
}

/// Who waits for what somebody else asked.
pub(crate) struct Follower(watch::Receiver<Landing>);

impl Flights {
    pub(crate) fn join(&self, key: Key) -> Part<'_> {
        let mut flights = self.0.lock();
        if let Some(flight) = flights.get(&key) {
            return Part::Wait(Follower(flight.clone()));
        }
        let (landing, flight) = watch::channel(None);
        flights.insert(key, flight);
        Part::Ask(Leader { flights: self, key, landing })
    }
}

impl Leader<'_> {
    pub(crate) fn land(self, outcome: Result<(), Unavailable>) {
        self.landing.send_replace(Some(outcome));
    }
}

impl Drop for Leader<'_> {
    fn drop(&mut self) {
        self.flights.0.lock().remove(&self.key);
    }
}

impl Follower {
    /// Waits until there is an answer, or none: then asking again at once would not help. `None` if
    /// who asked went away before.
    pub(crate) async fn wait(mut self) -> Landing {
        self.0.wait_for(Option::is_some).await.ok()?.clone()
    }
}

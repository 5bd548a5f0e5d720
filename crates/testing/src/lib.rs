//! A world in a box, for tests: the core on a real SQLite file, a clock that is moved by hand,
//! loaded dice, and a tray that catches letters.
//!
//! Read [`World`] (what there is), then [`Caller`] (who drives a router and writes down what was
//! said). Nothing here is in the binary.

#![expect(clippy::expect_used, reason = "a test that can't be set up has failed")]
#![expect(clippy::missing_panics_doc, reason = "whatever goes wrong here is a failed test")]

mod caller;
mod chance;
mod outage;
mod phone;
mod world;

pub use caller::{Answer, Caller};
pub use chance::{HandClock, LoadedDice, NOON, Tray};
pub use outage::{break_file, mend_file};
pub use phone::Phone;
pub use world::{PASSWORD, World, shape_of};

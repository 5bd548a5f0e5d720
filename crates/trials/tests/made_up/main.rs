//! The checker can fail: it is fed histories that must not be, and names what is wrong with each.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says so by panicking")]

mod journal;
mod sessions;
mod story;
mod tokens;

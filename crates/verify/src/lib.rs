#![doc = include_str!("../README.md")]
//!
//! # How the crate reads
//!
//! [`Verifier`] and its [`Builder`], then [`VerifyLayer`]; inside, `memory` (the rules), `follow` (the
//! task that renews the lease), `flight` (many questions, one asked), `wire` and `client` (how the
//! authority is asked).
//!
//! **Invariant**: nothing here is global, and no token is kept, printed or logged.

mod builder;
mod client;
mod clock;
mod flight;
mod follow;
mod layer;
mod memory;
mod need;
#[cfg(test)]
mod tests;
mod verdict;
mod verifier;
mod wire;

pub use builder::{BadSetting, Builder};
pub use layer::{ResponseFuture, VerifyLayer, VerifyService};
pub use need::Need;
pub use verdict::{Caller, Holder, Reason, Unavailable, Verdict};
pub use verifier::{PastLease, Verifier};

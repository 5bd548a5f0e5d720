//! What is true of several nodes on one PostgreSQL, and of a server that goes away.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a fact that can't begin, or gives no answer, has failed"
)]

mod alone;
mod grants;
mod lanes;
mod names;
mod opening;
mod outages;
mod races;

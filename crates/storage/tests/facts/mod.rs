//! Every fact, told once. Each database's test binary imports this and says what an
//! `empty_store()` is, and how to `reopen` one.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a fact that can't begin, or gives no answer, has failed"
)]

mod given;
mod holders;
mod journal;
mod once;
mod race;
mod refresh;
mod sessions;
mod tokens;
mod uses;

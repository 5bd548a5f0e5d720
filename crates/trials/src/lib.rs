//! Trials: a real server is killed at random moments under load, and what it answered is judged.
//!
//! Some clients issue, check, revoke, refresh and spend tokens over HTTP. Every operation becomes
//! one line of a [`history`]: what was asked, when, and what was answered. Now and then the server
//! (or its database) is killed without warning and started again on the same data; the entries of
//! its journal are then added to the history. When all is over, the [`checker`] reads the history
//! and nothing else, and says which promises were broken.
//!
//! Read [`history`] (the words), [`model`] (what is true of one token), [`checker`] (what is true of
//! all), then how histories come about: [`wire`] (one connection), [`api`] (what can be asked),
//! [`pool`] (what clients know), [`clients`], [`server`], [`roll`] (the journal), [`trial`] (the
//! whole).
//!
//! Beside it, [`limits`] holds a server to what it promises of limited tokens: a use-once token that
//! many show at the same moment, a token of so many requests a minute, and the counts of uses.
//!
//! # The model, plainly
//!
//! A token is a register that is first absent, then live, then over (consumed, revoked or expired),
//! and never anything again. A login is a family: one refresh token is current, each refresh makes
//! the next generation, and showing an old one ends the family, but for a lost answer. An operation
//! takes effect at one moment between its beginning and its answer. One without an answer (its
//! outcome is `unknown`) takes effect at one moment after its beginning, or never.
//!
//! **Invariant**: the checker has no clock, no network and no mercy: it can't ask the server what
//! happened, and what a history does not allow is a violation.

pub mod api;
pub mod checker;
pub mod clients;
pub mod clock;
pub mod dice;
pub mod figures;
pub mod history;
pub mod limits;
pub mod model;
pub mod people;
pub mod pool;
pub mod recorder;
pub mod roll;
pub mod server;
pub mod trial;
pub mod wire;

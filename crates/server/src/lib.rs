//! What the one binary, `chancery`, is made of besides its faces.
//!
//! Read `config` (what an operator decides) and `serve` (everything, put together); then `follow`
//! (what a node does by itself) and `cli` (commands). What is below stands alone: the keys
//! (`keys`), the file of the gateway's rules (`rules`), the sockets (`listen`), the post (`mail`), what
//! operators see (`telemetry`), and what the operating system is told about this process (`process`).
//!
//! **Invariant**: nothing here decides about a token.

pub mod cli;
pub mod config;
mod follow;
pub mod head;
pub mod keys;
pub mod listen;
pub mod mail;
pub mod process;
pub mod rules;
pub mod serve;
pub mod telemetry;

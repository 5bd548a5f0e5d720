//! What the one binary, `chancery`, is made of besides its faces.
//!
//! Each module stands alone: the sockets (`listen`), the post (`mail`), what operators see
//! (`telemetry`), and what the operating system is told about this process (`process`).
//!
//! **Invariant**: nothing here decides about a token.

pub mod listen;
pub mod mail;
pub mod process;
pub mod telemetry;

//! The whole server on a loopback port: the first minute, its end, and what goes wrong between.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "whatever goes wrong here is a failed test"
)]

mod canary;
mod commands;
mod first_minute;
mod grpc;
mod outage;
mod panic;
mod refusals;
mod rules;
mod stop;
mod support;
mod tls;

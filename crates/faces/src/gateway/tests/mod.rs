//! The gateway's face, asked as gateways ask.
mod bench;

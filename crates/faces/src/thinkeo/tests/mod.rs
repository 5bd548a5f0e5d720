//! The wire, exchange by exchange.

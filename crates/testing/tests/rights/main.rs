//! Who sees and changes what, held against rules that are written down a second time: small realms of
//! people, organizations, seats, clients and tokens are drawn, and everybody tries everything.
//!
//! Read `plan.rs` (what is drawn) and `realm.rs` (what is made of it), then one file per rule.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]
#![expect(clippy::indexing_slicing, reason = "what is drawn is in its bounds")]

mod people;
mod plan;
mod realm;
mod seats;
mod sight;
mod tokens;

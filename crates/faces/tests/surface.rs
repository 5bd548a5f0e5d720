//! Walks over every route of every face: none opens to a stranger, none ignores scope or tenant.
//!
//! The table of routes is in `surface/rows/`; a route that is missing there fails the walk. Cases
//! A022, A039 and A202 of the attack book.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that can't go on fails")]

#[path = "surface/awx/mod.rs"]
mod awx;
#[path = "surface/ground.rs"]
mod ground;
#[path = "surface/rows/mod.rs"]
mod rows;
#[path = "surface/walks.rs"]
mod walks;

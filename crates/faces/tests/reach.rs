//! What is ended is ended for every reader, at once: groups 4 and 5 of the attack book, across
//! faces.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that can't go on fails"
)]

#[path = "reach/applivery.rs"]
mod applivery;
#[path = "reach/awx.rs"]
mod awx;
#[path = "reach/causes.rs"]
mod causes;
#[path = "reach/city.rs"]
mod city;
#[path = "reach/races.rs"]
mod races;

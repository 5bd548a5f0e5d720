//! `chancery`, the one binary.

fn main() {}

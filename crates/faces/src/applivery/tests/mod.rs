//! The wire, exchange by exchange, and the attack book's cases by their numbers.

//! Everything that is printed.
//!
//! **Invariant**: no other file of this crate writes to standard output or standard error but the
//! log.

use std::io::{Write, stderr, stdout};

/// A line of the result.
pub(super) fn result(text: &str) {
    line(&mut stdout().lock(), text);
}

/// A line about what went wrong.
pub(super) fn problem(text: &str) {
    line(&mut stderr().lock(), &format!("chancery: {text}"));
}

/// Whoever stopped listening need not hear the rest.
fn line(to: &mut impl Write, text: &str) {
    let _ = writeln!(to, "{text}");
    let _ = to.flush();
}

//! `chancery`, the one binary.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// A check makes a dozen short-lived pieces of memory; the system's allocator is slower at that.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    server::cli::main()
}

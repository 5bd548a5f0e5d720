//! What the operating system is told about this process.

use std::io;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Keeps secrets out of core files: none is written, and no other process of the same user may read
/// this one's memory.
///
/// # Errors
///
/// As the system says. A process that can't be sealed should not hold keys.
pub fn seal() -> io::Result<()> {
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
    Ok(())
}

/// Raises the number of open files, and so of connections, to what the system allows; says how many
/// that is, if there is a limit.
///
/// # Errors
///
/// As the system says.
pub fn open_files() -> io::Result<Option<u64>> {
    let allowed = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: allowed, maximum: allowed })?;
    Ok(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_process_leaves_no_core_and_is_not_read() {
        seal().unwrap();

        assert_eq!(getrlimit(Resource::Core).maximum, Some(0));
        let dumpable = rustix::process::dumpable_behavior().unwrap();
        assert_eq!(dumpable, rustix::process::DumpableBehavior::NotDumpable);
    }

    #[test]
    fn as_many_files_may_be_open_as_the_system_allows() {
        let allowed = open_files().unwrap();
        assert_eq!(getrlimit(Resource::Nofile).current, allowed);
    }
}

//! Logs, to standard error, as text or as JSON; and panics that don't tell what they saw.

use std::{
    io::{IsTerminal as _, stderr},
    panic,
};

use tracing_subscriber::{
    EnvFilter, Layer as _, filter::Directive, fmt, layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

/// Libraries that would log what they carry, such as headers and the parameters of statements. However
/// much is asked for, they tell no more than that something is wrong.
const DISCREET: [&str; 8] = [
    "h2=warn",
    "hyper=warn",
    "hyper_util=warn",
    "lettre=warn",
    "postgres_types=warn",
    "reqwest=warn",
    "rustls=warn",
    "tokio_postgres=warn",
];

/// How a line of the log looks (`CHANCERY_LOG_FORMAT`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For machines: an object a line.
    Json,
}

/// Why nothing is logged.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The filter can't be read.
    #[error("what to log is said as `info`, or `info,storage=debug`")]
    Filter,
    /// Something in this process logs already.
    #[error("the log is open already")]
    Open,
}

/// Opens this process's log. The filter is `info`, or finer: `info,storage=debug` (`CHANCERY_LOG`).
///
/// # Errors
///
/// [`LogError`], and then nothing is logged.
pub fn log(filter: &str, format: Format) -> Result<(), LogError> {
    let lines = fmt::layer().with_writer(stderr).with_ansi(stderr().is_terminal());
    let lines = match format {
        Format::Text => lines.boxed(),
        Format::Json => lines.json().flatten_event(true).boxed(),
    };
    let log = tracing_subscriber::registry().with(filtering(filter)?).with(lines);
    log.try_init().map_err(|_| LogError::Open)
}

fn filtering(filter: &str) -> Result<EnvFilter, LogError> {
    let asked = EnvFilter::builder().parse(filter).map_err(|_| LogError::Filter)?;
    DISCREET.iter().try_fold(asked, |filter, directive| {
        let directive: Directive = directive.parse().map_err(|_| LogError::Filter)?;
        Ok(filter.add_directive(directive))
    })
}

/// Makes a panic log where it happened and nothing else: its message may hold a secret.
pub fn quiet_panics() {
    panic::set_hook(Box::new(|panic| {
        if let Some(at) = panic.location() {
            tracing::error!(file = at.file(), line = at.line(), "a panic");
        }
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_stay_discreet_whatever_is_asked_for() {
        let filter = filtering("trace,h2=trace").unwrap().to_string();

        assert!(filter.split(',').any(|directive| directive == "trace"), "{filter}");
        for directive in DISCREET {
            assert!(filter.split(',').any(|found| found == directive), "{directive}: {filter}");
        }
        assert!(!filter.contains("h2=trace"), "{filter}");
    }

    #[test]
    fn a_filter_that_makes_no_sense_is_refused() {
        assert!(filtering("storage=loud").is_err());
    }
}

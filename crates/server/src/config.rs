//! What an operator decides: defaults, then a TOML file, then `CHANCERY_…` in the environment, then
//! flags; the later wins.
//!
//! Read [`Config`] in `settings`, one line of which is one setting; then `layers`, which piles up
//! what was said where; then `spelled`, how a value is written; then `judge`, what may not be.
//!
//! **Invariant**: this is a function of texts. It opens no file, asks no environment, and prints
//! no value of a setting that may hold a secret.

mod judge;
mod layers;
mod policy;
mod settings;
mod spelled;

use std::fmt;

pub use layers::{Sources, notes};
pub use settings::{Config, SETTINGS, Setting};
pub use spelled::{Database, Networks, Open, RateStatus, Tls};

/// Something that keeps Chancery from starting, in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The setting, or the source that can't be read.
    pub setting: String,
    /// Where it was said.
    pub said: Option<String>,
    /// What holds for good values.
    pub rule: String,
}

impl Problem {
    fn new(setting: &str, rule: impl Into<String>) -> Self {
        Self { setting: setting.to_owned(), said: None, rule: rule.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { setting, said, rule } = self;
        match said {
            Some(said) => write!(f, "{setting} ({said}): {rule}"),
            None => write!(f, "{setting}: {rule}"),
        }
    }
}

impl Config {
    /// Reads all settings.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, a line each.
    pub fn read(sources: &Sources<'_>) -> Result<Self, Vec<Problem>> {
        let (mut told, mut problems) = layers::pile_up(sources);
        let config = Self::assemble(&mut told, &mut problems);
        problems.extend(told.rest());
        match config {
            Some(config) => {
                problems.extend(judge::judge(&config).into_iter().map(|found| told.place(found)));
                if problems.is_empty() { Ok(config) } else { Err(problems) }
            }
            None => Err(problems),
        }
    }
}

#[cfg(test)]
mod tests;

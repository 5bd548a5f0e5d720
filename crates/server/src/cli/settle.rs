//! Settings as the command line, the environment and the file give them.

use std::process::ExitCode;

use super::{Failed, Where, print};
use crate::config::{Config, Sources, notes};
use crate::keys::{KeyRing, check_folder};
use crate::rules;
use crate::serve::check_tls;

/// Reads all settings.
pub(super) fn config(at: &Where) -> Result<Config, Failed> {
    let environment = environment();
    let said = environment.iter().find(|(name, _)| name == "CHANCERY_CONFIG");
    let path = at.config.clone().or_else(|| said.map(|(_, path)| path.into()));
    let file = path.map(|path| {
        let unreadable = |error| Failed::settings(vec![format!("{}: {error}", path.display())]);
        std::fs::read_to_string(&path).map_err(unreadable)
    });
    let file = file.transpose()?;
    let flags = [
        ("data", &at.data),
        ("listen", &at.listen),
        ("database", &at.database),
        ("keys", &at.keys),
    ];
    let flags = flags.into_iter().filter_map(|(name, said)| Some((name, said.clone()?)));
    let flags: Vec<_> = flags.collect();
    let sources = Sources { file: file.as_deref(), environment: &environment, flags: &flags };
    Config::read(&sources)
        .map_err(|found| Failed::settings(found.iter().map(ToString::to_string).collect()))
}

/// What is not text is not for us.
fn environment() -> Vec<(String, String)> {
    let pairs = std::env::vars_os();
    pairs
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// Says what is wrong with the settings, and with the files that they name. Makes nothing.
pub(super) fn check(at: &Where) -> Result<ExitCode, Failed> {
    let config = config(at)?;
    for note in notes(&environment()) {
        print::problem(&note);
    }
    let mut found = Vec::new();
    if config.data.exists() {
        found.extend(check_folder(&config.data).err().map(|error| error.to_string()));
    }
    if config.key_file().exists() {
        found.extend(KeyRing::read(&config.key_file()).err().map(|error| error.to_string()));
    }
    if let Some(tls) = config.tls() {
        found.extend(check_tls(&tls).err().map(|error| error.to_string()));
    }
    if let Some(Err(error)) = config.rules.as_deref().map(rules::read) {
        found.extend(error.lines());
    }
    if !found.is_empty() {
        return Err(Failed::settings(found));
    }
    print::result("the settings are good");
    Ok(ExitCode::SUCCESS)
}

//! `doctor`: what could keep this installation from working, a line each.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use authority::clock::{Clock as _, SystemClock};
use serde_json::json;
use storage::postgres::Postgres;

use super::client::Api;
use super::{Failed, Format, Where, print, run, settle};
use crate::config::{Config, Database};
use crate::keys::{KeyRing, check_folder};
use crate::serve::{StartError, check_tls, open_authority};

/// Less room than this on a disk is a fault.
const TOO_LITTLE: u64 = 64 << 20;
/// Less than this is worth a word.
const LITTLE: u64 = 1 << 30;
/// Clocks that are further apart than this are a fault.
const APART: Duration = Duration::from_secs(5);

/// What was found about one thing.
struct Finding {
    about: &'static str,
    state: State,
    text: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Good,
    Note,
    Fault,
}

impl State {
    const fn word(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Note => "note",
            Self::Fault => "FAULT",
        }
    }
}

fn good(about: &'static str, text: impl Into<String>) -> Finding {
    Finding { about, state: State::Good, text: text.into() }
}

fn note(about: &'static str, text: impl Into<String>) -> Finding {
    Finding { about, state: State::Note, text: text.into() }
}

fn fault(about: &'static str, text: impl Into<String>) -> Finding {
    Finding { about, state: State::Fault, text: text.into() }
}

fn judged<T, E: ToString>(about: &'static str, text: &str, found: Result<T, E>) -> Finding {
    found.map_or_else(|error| fault(about, error.to_string()), |_| good(about, text))
}

/// Looks at everything.
pub(super) fn doctor(at: &Where) -> Result<ExitCode, Failed> {
    let config = settle::config(at)?;
    let findings = run::runtime()?.block_on(examine(&config, at));
    for Finding { about, state, text } in &findings {
        match at.format {
            Format::Text => print::result(&format!("{:<6} {about}: {text}", state.word())),
            Format::Json => {
                let state = state.word().to_lowercase();
                print::result(&json!({ "about": about, "state": state, "text": text }).to_string());
            }
        }
    }
    let faults = findings.iter().any(|finding| finding.state == State::Fault);
    Ok(if faults { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn examine(config: &Config, at: &Where) -> Vec<Finding> {
    let mut findings = vec![good("settings", "they can be read")];
    findings.extend(files(config));
    let health = Api::anonymous(config, at).health().await;
    findings.extend(database(config, health.is_ok()).await);
    findings.push(match health {
        Ok(health) => server(&health),
        Err(_) => note("server", "none answers here"),
    });
    findings
}

fn files(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !config.data.exists() {
        return vec![note("data", "there is no data folder yet; the first start makes it")];
    }
    let (data, keys) = (config.data.display().to_string(), config.key_file());
    findings.push(judged("data folder", &data, check_folder(&config.data)));
    findings.push(judged("key file", &keys.display().to_string(), KeyRing::read(&keys)));
    findings.push(room(&config.data));
    let tls = config.tls();
    findings.extend(tls.map(|tls| judged("tls", "certificate and key fit", check_tls(&tls))));
    findings
}

fn room(data: &Path) -> Finding {
    match rustix::fs::statvfs(data) {
        Err(error) => fault("disk", error.to_string()),
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            let text = format!("{} MiB are free", free >> 20);
            match free {
                ..TOO_LITTLE => fault("disk", text),
                TOO_LITTLE..LITTLE => note("disk", text),
                LITTLE.. => good("disk", text),
            }
        }
    }
}

async fn database(config: &Config, served: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Database::Postgres(url) = &config.database {
        findings.extend(postgres(url).await);
        if findings.iter().any(|finding| finding.state == State::Fault) {
            return findings;
        }
    } else if !config.database_file().exists() {
        return vec![note("database", "there is none yet; the first start makes it")];
    }
    match open_authority(config).await {
        Ok(authority) => {
            findings.push(good("database", "it opens, its schema is known and the keys fit"));
            let ahead = authority.now().duration_since(SystemClock.now());
            findings.push(clock("clock", ahead.unsigned_abs()));
        }
        Err(StartError::Sqlite(storage::sqlite::OpenError::InUse)) if served => {
            findings.push(good("database", "the server has it open"));
        }
        Err(error) => findings.push(fault("database", error.to_string())),
    }
    findings
}

async fn postgres(url: &str) -> Vec<Finding> {
    let found = match Postgres::examine(url).await {
        Ok(found) => found,
        Err(error) => return vec![fault("PostgreSQL", error.to_string())],
    };
    let off = |on: bool, name: &'static str| {
        let text = "it is off: a power cut may lose or corrupt everything";
        if on { good(name, "on") } else { fault(name, text) }
    };
    let standby = if found.synchronous_standby {
        good("synchronous_commit", "commits wait for a standby too")
    } else {
        note("synchronous_commit", "commits wait for this server's disk only, for no standby")
    };
    let apart = found.now.duration_since(SystemClock.now()).unsigned_abs();
    vec![
        good("PostgreSQL", format!("version {}", found.version)),
        off(found.fsync, "fsync"),
        off(found.full_page_writes, "full_page_writes"),
        standby,
        clock("clock of PostgreSQL", apart),
    ]
}

fn clock(about: &'static str, apart: Duration) -> Finding {
    let text = format!("{} ms apart from the database's", apart.as_millis());
    if apart > APART { fault(about, text) } else { good(about, text) }
}

fn server(health: &serde_json::Value) -> Finding {
    let text = |name: &str| health.get(name).map(ToString::to_string).unwrap_or_default();
    let said = format!(
        "{}, version {}, lease of {} ms left",
        text("status"),
        text("version"),
        text("lease_milliseconds")
    );
    let ready = health.get("status").is_some_and(|status| status == "ready");
    if ready { good("server", said.replace('"', "")) } else { fault("server", said) }
}

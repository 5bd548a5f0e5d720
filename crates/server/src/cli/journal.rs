//! `journal`: reads, checks and exports the roll.
//!
//! Checking and exporting read the database itself, whether a server has it open or not.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use authority::Flaw;
use authority::error::StoreError;
use authority::journal::{Entry, Head};
use authority::secret::hex;
use authority::store::Store;
use clap::Subcommand;
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::ask::{Wish, ask};
use super::{Failed, Format, Where, print, run, settle};
use crate::head;
use crate::serve::open_audit;

/// Entries that are read at a time.
const BATCH: u32 = 1_000;
/// What is shown of an entry, for people.
const COLUMNS: &[&str] = &["at", "action", "target", "by"];

/// What is done with the journal.
#[derive(Subcommand)]
pub(super) enum Journal {
    /// Show entries, newest first, as the running server tells them.
    List {
        /// Only those of this organization.
        #[arg(long, value_name = "ID")]
        organization: Option<Uuid>,
        /// How many.
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Check that no entry is missing, changed or moved, and that no signed head is contradicted.
    Verify {
        /// A file with signed heads that were kept outside the database, such as a log of the
        /// server. May be given more than once.
        #[arg(long, value_name = "FILE")]
        head: Vec<PathBuf>,
    },
    /// Write every entry and every signed head, a JSON object a line.
    Export,
}

pub(super) fn journal(at: &Where, command: &Journal) -> Result<ExitCode, Failed> {
    match command {
        Journal::List { organization, limit } => list(at, *organization, *limit),
        Journal::Verify { head } => verify(at, head),
        Journal::Export => export(at),
    }
}

fn list(at: &Where, organization: Option<Uuid>, limit: u32) -> Result<ExitCode, Failed> {
    let of = organization.map(|id| format!("&organization={id}")).unwrap_or_default();
    ask(at, Wish::first(format!("/journal?limit={limit}{of}"), COLUMNS))
}

fn verify(at: &Where, paths: &[PathBuf]) -> Result<ExitCode, Failed> {
    let config = settle::config(at)?;
    let heads = read_heads(paths)?;
    let flaws = run::runtime()?.block_on(async {
        let (audit, _) = open_audit(&config).await.map_err(Failed::new)?;
        audit.flaws(&heads).await.map_err(Failed::new)
    })?;
    Ok(tell(at.format, &flaws, heads.len()))
}

fn export(at: &Where) -> Result<ExitCode, Failed> {
    let config = settle::config(at)?;
    run::runtime()?.block_on(async {
        let (_, store) = open_audit(&config).await.map_err(Failed::new)?;
        write_out(&store).await.map_err(Failed::new)
    })?;
    Ok(ExitCode::SUCCESS)
}

fn read_heads(paths: &[PathBuf]) -> Result<Vec<Head>, Failed> {
    let mut heads = Vec::new();
    for path in paths {
        let text = fs::read_to_string(path);
        let text = text.map_err(|error| Failed::new(format!("{}: {error}", path.display())))?;
        let found = head::find(&text);
        if found.is_empty() {
            return Err(Failed::new(format!("{} holds no signed head", path.display())));
        }
        heads.extend(found);
    }
    Ok(heads)
}

fn tell(format: Format, flaws: &[Flaw], heads: usize) -> ExitCode {
    let lines: Vec<String> = flaws.iter().map(words).collect();
    match format {
        Format::Json => print::result(&json!({ "flaws": lines, "heads": heads }).to_string()),
        Format::Text => {
            for line in &lines {
                print::result(line);
            }
            if flaws.is_empty() {
                print::result(&format!("the journal is whole; {heads} heads from outside fit"));
            }
        }
    }
    if flaws.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn words(flaw: &Flaw) -> String {
    match flaw {
        Flaw::Entry(lane, sequence) => {
            format!("lane {lane}, entry {sequence}: missing, changed or moved")
        }
        Flaw::Head(at) => format!("head of {at}: the journal does not have what it names"),
        Flaw::Signature(at) => format!("head of {at}: the signature is not ours"),
    }
}

async fn write_out(store: &Arc<dyn Store>) -> Result<(), StoreError> {
    for end in store.lane_ends().await? {
        let mut next = 1;
        while next <= end.sequence {
            let entries = store.lane_entries(end.lane, next, BATCH).await?;
            let Some(last) = entries.last() else { break };
            next = last.sequence + 1;
            for entry in &entries {
                print::result(&shown(entry).to_string());
            }
        }
    }
    let mut after = Timestamp::MIN;
    loop {
        let heads = store.heads(after, BATCH).await?;
        let Some(last) = heads.last() else { return Ok(()) };
        after = last.at;
        for head in &heads {
            print::result(&json!({ "head": head::text(head) }).to_string());
        }
    }
}

fn shown(entry: &Entry) -> Value {
    let draft = &entry.draft;
    let (who, id) = draft.by.who.parts();
    json!({
        "lane": entry.lane,
        "sequence": entry.sequence,
        "id": draft.id.to_string(),
        "at": draft.at.to_string(),
        "by": { "kind": who, "id": id, "token": draft.by.token.map(|token| token.to_string()) },
        "action": draft.action,
        "target": { "kind": draft.target.kind, "id": draft.target.id },
        "organization": draft.organization.map(|id| id.to_string()),
        "detail": draft.detail,
        "forget": draft.forget.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "previous": hex(&entry.previous),
        "hash": hex(&entry.hash),
    })
}

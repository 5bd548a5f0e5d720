//! The journal, as the server tells it after each start: read over its native API from the newest
//! entry back to the last one known, with every hash worked out anew.

use std::collections::BTreeMap;
use std::io;

use authority::journal::{By, Draft, Entry, Target, Who};
use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use crate::api;
use crate::history::{self, Journal, Line};
use crate::recorder::Recorder;
use crate::server::Site;
use crate::wire::Wire;

/// How far the journal has been read.
pub struct Roll {
    token: String,
    read: BTreeMap<i32, i64>,
}

#[derive(Deserialize)]
struct Page {
    items: Vec<Shown>,
    next: Option<String>,
}

/// An entry as the native API shows it.
#[derive(Deserialize)]
struct Shown {
    id: Uuid,
    lane: i32,
    sequence: i64,
    at: String,
    by: Doer,
    action: String,
    target: Thing,
    organization: Option<Uuid>,
    detail: BTreeMap<String, String>,
    forget: Vec<String>,
    previous: String,
    hash: String,
}

#[derive(Deserialize)]
struct Doer {
    kind: String,
    id: Option<Uuid>,
    token: Option<Uuid>,
}

#[derive(Deserialize)]
struct Thing {
    kind: String,
    id: Uuid,
}

impl Roll {
    /// Nothing has been read. `token` is an administrator's.
    pub fn new(token: &str) -> Self {
        Self { token: token.to_owned(), read: BTreeMap::new() }
    }

    /// Adds what is new in the journal to the history, and whether its hashes are right.
    ///
    /// # Errors
    ///
    /// If it can't be read.
    pub async fn read(&mut self, site: &Site, recorder: &Recorder) -> io::Result<()> {
        let at = recorder.clock().now();
        let mut wire = Wire::new(site.address);
        let (mut fresh, mut cursor) = (Vec::new(), None);
        loop {
            let page = self.page(&mut wire, cursor.as_deref()).await?;
            let count = fresh.len();
            let known = |shown: &Shown| self.read.get(&shown.lane).copied().unwrap_or(0);
            fresh.extend(page.items.into_iter().filter(|shown| shown.sequence > known(shown)));
            cursor = page.next;
            // Entries of one lane may be a little out of the order of time, so a page on which
            // some are known is not yet the last.
            if cursor.is_none() || fresh.len() == count {
                break;
            }
        }
        fresh.sort_by_key(|shown| (shown.lane, shown.sequence));
        let wrong = fresh.iter().find(|shown| !shown.is_right());
        let said = wrong.map(|entry| format!("lane {}, entry {}", entry.lane, entry.sequence));
        let verified = said.is_none();
        recorder.note(&Line::Journal(Journal { at, verified, said: said.unwrap_or_default() }));
        for shown in fresh {
            self.read.insert(shown.lane, shown.sequence);
            recorder.note(&Line::Entry(shown.told()));
        }
        Ok(())
    }

    async fn page(&self, wire: &mut Wire, cursor: Option<&str>) -> io::Result<Page> {
        wire.connect().await?;
        let ask = api::journal(&self.token, cursor);
        let reply = wire.ask(ask).await.map_err(io::Error::other)?;
        if !reply.status.is_success() {
            let said = String::from_utf8_lossy(&reply.body).into_owned();
            return Err(io::Error::other(format!("the journal: {} {said}", reply.status)));
        }
        Ok(serde_json::from_slice(&reply.body)?)
    }
}

impl Shown {
    /// Whether its hash is that of what it says.
    fn is_right(&self) -> bool {
        let worked_out = || {
            let previous = unhex(&self.previous)?;
            let hash = Entry::hash_of(self.lane, self.sequence, &self.draft()?, &previous);
            Some(hash == unhex(&self.hash)?)
        };
        worked_out().unwrap_or(false)
    }

    fn draft(&self) -> Option<Draft> {
        let forget: Result<_, ()> = self.forget.iter().map(|subject| subject.parse()).collect();
        Some(Draft {
            id: self.id.into(),
            at: self.at.parse::<Timestamp>().ok()?,
            by: By {
                who: Who::of(&self.by.kind, self.by.id)?,
                token: self.by.token.map(Into::into),
            },
            action: self.action.clone(),
            target: Target { kind: self.target.kind.clone(), id: self.target.id },
            organization: self.organization.map(Into::into),
            detail: self.detail.clone(),
            forget: forget.ok()?,
            once: None,
        })
    }

    fn told(self) -> history::Entry {
        let mut detail = self.detail;
        let generation = detail.get("generation").and_then(|text| text.parse().ok());
        history::Entry {
            id: self.id.to_string(),
            lane: self.lane,
            sequence: self.sequence,
            target: self.target.id.to_string(),
            label: detail.remove("label").filter(|_| self.action == "token.issue"),
            generation: generation.filter(|_| self.action == "session.refresh"),
            action: self.action,
            previous: self.previous,
            hash: self.hash,
        }
    }
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    let halves = text.len().checked_div(2).filter(|_| text.len() == 2 * bytes.len())?;
    for (place, byte) in bytes.iter_mut().enumerate().take(halves) {
        *byte = u8::from_str_radix(text.get(2 * place..2 * place + 2)?, 16).ok()?;
    }
    Some(bytes)
}

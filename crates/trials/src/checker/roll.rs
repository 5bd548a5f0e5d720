//! What the journal says about the answers: each change that was acknowledged has one entry, one
//! without an answer has one or none, and nothing else has any.

use std::collections::{HashMap, HashSet};

use super::{Changes, Promise, Violation, sessions, tokens};
use crate::history::{Entry, Journal};

/// The journal of a history.
#[derive(Default)]
pub(super) struct Roll {
    ids: HashSet<String>,
    ends: HashMap<i32, (i64, String)>,
    /// By label: the tokens that were issued so.
    issues: HashMap<String, Vec<String>>,
    revokes: HashMap<String, usize>,
    spends: HashMap<String, usize>,
    opened: HashMap<String, usize>,
    /// By session: the generations that were made.
    made: HashMap<String, Vec<i64>>,
    ended: HashMap<String, usize>,
    found: Vec<Violation>,
}

impl Roll {
    pub(super) fn hear_judgement(&mut self, journal: &Journal) {
        if !journal.verified {
            let said = format!("the server says at {} µs: {}", journal.at, journal.said);
            self.say(Promise::BrokenJournal, "journal", said);
        }
    }

    pub(super) fn hear(&mut self, entry: Entry) {
        self.follow(&entry);
        let Entry { action, target, label, generation, .. } = entry;
        let tally =
            |counts: &mut HashMap<String, usize>| *counts.entry(target.clone()).or_default() += 1;
        match action.as_str() {
            "token.issue" => self.issues.entry(label.unwrap_or_default()).or_default().push(target),
            "token.revoke" => tally(&mut self.revokes),
            "token.spend" => tally(&mut self.spends),
            "session.open" => tally(&mut self.opened),
            "session.refresh" => {
                self.made.entry(target).or_default().push(generation.unwrap_or_default());
            }
            "session.end" => tally(&mut self.ended),
            _ => {}
        }
    }

    /// Each entry follows the one before it in its lane, and no entry is there twice.
    fn follow(&mut self, entry: &Entry) {
        let Entry { id, lane, sequence, previous, hash, .. } = entry;
        if !self.ids.insert(id.clone()) {
            self.say(Promise::DuplicatedEntry, id, "this entry is there twice".to_owned());
        }
        let before = self.ends.insert(*lane, (*sequence, hash.clone()));
        let (end, chain) = before.map_or((0, None), |(end, hash)| (end, Some(hash)));
        if *sequence != end.saturating_add(1) {
            let said = format!("entry {sequence} comes after entry {end}");
            self.say(Promise::BrokenJournal, &format!("lane {lane}"), said);
        } else if chain.is_some_and(|chain| chain != *previous) {
            let said = format!("entry {sequence} does not follow the one before it");
            self.say(Promise::BrokenJournal, &format!("lane {lane}"), said);
        }
    }

    fn say(&mut self, promise: Promise, key: &str, said: String) {
        self.found.push(Violation { promise, key: key.to_owned(), said });
    }

    pub(super) fn conclude(
        mut self,
        tokens: &tokens::Asked,
        sessions: &sessions::Asked,
    ) -> Vec<Violation> {
        self.hold_issues(tokens);
        let revokes = std::mem::take(&mut self.revokes);
        self.hold("token.revoke", &revokes, &tokens.revokes);
        let (spends, links) = std::mem::take(&mut self.spends)
            .into_iter()
            .partition(|(key, _)| tokens.spends.contains_key(key));
        self.hold("token.spend", &spends, &tokens.spends);
        self.hold_strangers("token.spend", &links, sessions.links);
        self.hold_logins(sessions);
        let asked = sessions.sessions.iter().map(|(key, asked)| (key.clone(), asked.ended));
        let ended = std::mem::take(&mut self.ended);
        self.hold("session.end", &ended, &asked.collect());
        self.hold_refreshes(sessions);
        self.found
    }

    fn hold(
        &mut self,
        action: &str,
        entries: &HashMap<String, usize>,
        asked: &HashMap<String, Changes>,
    ) {
        for (key, changes) in asked {
            let count = entries.get(key).copied().unwrap_or(0);
            self.balance(key, action, count, *changes);
        }
        for (key, count) in entries.iter().filter(|(key, _)| !asked.contains_key(*key)) {
            self.balance(key, action, *count, Changes::default());
        }
    }

    fn balance(&mut self, key: &str, action: &str, entries: usize, changes: Changes) {
        let Changes { acknowledged, unknown, refused } = changes;
        let most = acknowledged + unknown;
        let promise = if entries < acknowledged {
            Promise::MissingEntry
        } else if entries <= most {
            return;
        } else if most > 0 {
            Promise::DuplicatedEntry
        } else if refused > 0 {
            Promise::EntryForRefused
        } else {
            Promise::EntryFromNowhere
        };
        let said =
            format!("{entries} × {action} for {acknowledged} acknowledged, {unknown} unknown");
        self.say(promise, key, said);
    }

    fn hold_issues(&mut self, tokens: &tokens::Asked) {
        let entries = std::mem::take(&mut self.issues);
        let counts = entries.iter().map(|(label, tokens)| (label.clone(), tokens.len())).collect();
        let asked = tokens.issues.iter().map(|(label, (changes, _))| (label.clone(), *changes));
        self.hold("token.issue", &counts, &asked.collect());
        for (label, targets) in &entries {
            let Some((_, Some(token))) = tokens.issues.get(label) else { continue };
            if !targets.contains(token) {
                let said = format!("its entry names other tokens than {token}");
                self.say(Promise::SomebodyElse, label, said);
            }
        }
    }

    /// The session of a login without an answer is known to nobody, so those are only counted.
    fn hold_logins(&mut self, sessions: &sessions::Asked) {
        let mut opened = std::mem::take(&mut self.opened);
        for (key, asked) in sessions.sessions.iter().filter(|(_, asked)| asked.opened) {
            let changes = Changes { acknowledged: usize::from(asked.opened), ..Changes::default() };
            let count = opened.remove(key).unwrap_or(0);
            self.balance(key, "session.open", count, changes);
        }
        let others = Changes { acknowledged: 0, ..sessions.logins };
        self.hold_strangers("session.open", &opened, others);
    }

    /// Entries about what no answer has named can only be counted together.
    fn hold_strangers(&mut self, action: &str, entries: &HashMap<String, usize>, changes: Changes) {
        self.balance("what no answer named", action, entries.len(), changes);
        for (key, count) in entries.iter().filter(|(_, count)| **count > 1) {
            self.say(Promise::DuplicatedEntry, key, format!("{count} × {action}"));
        }
    }

    fn hold_refreshes(&mut self, sessions: &sessions::Asked) {
        let mut entries = std::mem::take(&mut self.made);
        let nothing = sessions::AskedOfOne::default();
        let keys: HashSet<String> =
            entries.keys().chain(sessions.sessions.keys()).cloned().collect();
        for key in keys {
            let asked = sessions.sessions.get(&key).unwrap_or(&nothing);
            let mut made = entries.remove(&key).unwrap_or_default();
            made.sort_unstable();
            let twins = made.iter().zip(made.iter().skip(1)).filter(|(a, b)| a == b);
            for (generation, _) in twins {
                let said = format!("session.refresh to generation {generation} twice");
                self.say(Promise::DuplicatedEntry, &key, said);
            }
            made.dedup();
            for generation in &asked.made {
                match made.binary_search(generation) {
                    Ok(place) => drop(made.remove(place)),
                    Err(_) => self.say(
                        Promise::MissingEntry,
                        &key,
                        format!("no session.refresh for acknowledged generation {generation}"),
                    ),
                }
            }
            self.hold_unanswered(&key, &made, asked);
        }
    }

    /// What is left after the acknowledged ones must each come of one refresh without an answer.
    fn hold_unanswered(&mut self, key: &str, left: &[i64], asked: &sessions::AskedOfOne) {
        let mut shown = asked.unknown.clone();
        shown.sort_unstable();
        for generation in left {
            let fits = |shown: &i64| (generation - 2..*generation).contains(shown);
            if let Some(place) = shown.iter().position(fits) {
                shown.remove(place);
                continue;
            }
            let said = format!("session.refresh to generation {generation}");
            self.say(Promise::EntryFromNowhere, key, said);
        }
    }
}

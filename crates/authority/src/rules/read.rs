//! A rule set as TOML says it.

use toml::{Table, Value};

use super::check::{Fault, Faults, unreachable};
use super::{Form, HostPattern, PathPattern, Requirement, Rule, Telling, Told, is_method};
use crate::audience::Audiences;
use crate::demand::Demand;
use crate::error::Refusal;
use crate::secret::Kind;

/// The longest text of a rule set, in bytes.
pub const LONGEST_TEXT: usize = 1 << 20;
/// The most rules in a set.
pub const MOST_RULES: usize = 1_000;
/// The most hosts, paths or methods of a rule.
pub const MOST_PATTERNS: usize = 64;
/// The longest host, path or method of a rule, in bytes.
pub const LONGEST_PATTERN: usize = 1_024;

const FIELDS: [&str; 4] = ["described_by", "otherwise", "tell", "rule"];
const RULE_FIELDS: [&str; 8] =
    ["hosts", "paths", "methods", "public", "token", "permission", "audience", "kinds"];

/// What a text says.
pub(super) struct Said {
    pub(super) described_by: Box<[Form]>,
    pub(super) otherwise: Option<Requirement>,
    pub(super) tell: Telling,
    pub(super) rules: Box<[Rule]>,
}

pub(super) fn read(text: &str) -> Result<Said, Vec<Fault>> {
    let mut faults = Faults::default();
    if text.len() > LONGEST_TEXT {
        faults.add(None, None, format!("longer than {LONGEST_TEXT} bytes"));
        return faults.none_or(None);
    }
    let table: Table = match text.parse() {
        Ok(table) => table,
        Err(error) => {
            faults.add(None, None, broken(text, &error));
            return faults.none_or(None);
        }
    };
    let mut whole = Reader { table: &table, rule: None, faults: &mut faults };
    whole.knows(&FIELDS);
    let described_by = whole.forms();
    let otherwise = whole.otherwise();
    let tell = whole.tell();
    let tables = whole.rules();
    let read = |(place, table)| Reader { table, rule: Some(place), faults: &mut faults }.rule();
    let rules: Box<[Rule]> = (1..).zip(tables).map(read).collect();
    if faults.are_none() {
        unreachable(&rules, &mut faults);
    }
    faults.none_or(Some(Said { described_by, otherwise, tell, rules }))
}

fn broken(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start));
    let line = before.map_or(1, |before| before.matches('\n').count() + 1);
    format!("line {line}: {}", error.message().replace('\n', ", "))
}

/// Reads one table. What it gives where it finds a fault is of no use, for then there is no set.
struct Reader<'t, 'f> {
    table: &'t Table,
    rule: Option<usize>,
    faults: &'f mut Faults,
}

impl<'t> Reader<'t, '_> {
    fn fault(&mut self, field: &'static str, wrong: impl Into<String>) {
        self.faults.add(self.rule, Some(field), wrong);
    }

    fn knows(&mut self, fields: &[&str]) {
        for other in self.table.keys().filter(|key| !fields.contains(&key.as_str())) {
            let (other, known) = (other.escape_debug(), fields.join(", "));
            let wrong = format!("`{other}` is unknown; known are {known}");
            self.faults.add(self.rule, None, wrong);
        }
    }

    fn word(&mut self, field: &'static str) -> Option<&'t str> {
        let value = self.table.get(field)?;
        if value.as_str().is_none() {
            self.fault(field, "a text is needed");
        }
        value.as_str()
    }

    /// The texts of a list, which is neither empty nor too long and says nothing twice.
    fn words(&mut self, field: &'static str) -> Vec<&'t str> {
        let Some(value) = self.table.get(field) else { return Vec::new() };
        let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
        let words: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
        if words.is_empty() || words.len() < list.len() {
            self.fault(field, "a list of texts is needed, with at least one");
        }
        if words.len() > MOST_PATTERNS {
            self.fault(field, format!("at most {MOST_PATTERNS}"));
            return Vec::new();
        }
        for (place, word) in words.iter().enumerate() {
            if words.iter().take(place).any(|earlier| earlier == word) {
                self.fault(field, format!("`{}` is there twice", word.escape_debug()));
            }
        }
        words
    }

    /// What the texts of a list say, each read alone.
    fn each<T>(
        &mut self,
        field: &'static str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Box<[T]> {
        let read = |word: &str| match word.len() {
            ..=LONGEST_PATTERN => read(word),
            _ => Err(format!("longer than {LONGEST_PATTERN} bytes")),
        };
        let read: Vec<_> = self.words(field).into_iter().map(read).collect();
        let good = |read: Result<T, String>| read.map_err(|wrong| self.fault(field, wrong)).ok();
        read.into_iter().filter_map(good).collect()
    }

    fn forms(&mut self) -> Box<[Form]> {
        let known = Form::ALL.map(Form::word).join(", ");
        if !self.table.contains_key("described_by") {
            self.fault("described_by", format!("one or more are needed of {known}"));
        }
        let form = |word: &str| {
            let none = || format!("`{}` is none of {known}", word.escape_debug());
            Form::of(word).ok_or_else(none)
        };
        self.each("described_by", form)
    }

    fn otherwise(&mut self) -> Option<Requirement> {
        match self.word("otherwise") {
            None | Some("refuse") => None,
            Some("any") => Some(Requirement::default()),
            Some(_) => {
                self.fault("otherwise", "`refuse`, or `any` for any good token");
                None
            }
        }
    }

    /// What a yes tells. A list that is there and empty says: nothing.
    fn tell(&mut self) -> Telling {
        let Some(list) = self.table.get("tell") else { return Telling::ALL };
        if list.as_array().is_some_and(Vec::is_empty) {
            return Telling::NOTHING;
        }
        let known = Told::ALL.map(Told::word).join(", ");
        let none = |word: &str| format!("`{}` is none of {known}", word.escape_debug());
        let told = self.each("tell", |word| Told::of(word).ok_or_else(|| none(word)));
        told.iter().copied().collect()
    }

    fn rules(&mut self) -> Vec<&'t Table> {
        let Some(value) = self.table.get("rule") else { return Vec::new() };
        let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
        let tables: Vec<&Table> = list.iter().filter_map(Value::as_table).collect();
        if !value.is_array() || tables.len() < list.len() {
            self.fault("rule", "each rule begins with [[rule]]");
        }
        if tables.len() > MOST_RULES {
            self.fault("rule", format!("at most {MOST_RULES} rules"));
            return Vec::new();
        }
        tables
    }

    fn rule(mut self) -> Rule {
        self.knows(&RULE_FIELDS);
        let hosts = self.each("hosts", HostPattern::read);
        let paths = self.each("paths", PathPattern::read);
        if !self.table.contains_key("paths") {
            self.fault("paths", "at least one is needed; for any, /**");
        }
        let methods = self.each("methods", |word| {
            let wrong = || format!("`{}` is no method such as GET", word.escape_debug());
            is_method(word).then(|| word.into()).ok_or_else(wrong)
        });
        let needs = self.needs();
        Rule { hosts, paths, methods, needs }
    }

    /// What the rule asks for: nothing, if it is public.
    fn needs(&mut self) -> Option<Requirement> {
        let public = self.public();
        let any = self.any_token();
        let demand = self.word("permission").and_then(|text| self.demand(text));
        let audience = self.word("audience").and_then(|text| self.audience(text));
        let kinds = self.each("kinds", kind);
        let says = |field: &str| self.table.contains_key(field);
        let asks = ["permission", "audience", "kinds"].into_iter().any(says);
        let requirement = Requirement { demand, audience, kinds };
        let wrong = match (public, any, asks) {
            (true, false, false) => return None,
            (false, true, false) | (false, false, true) => return Some(requirement),
            (true, _, _) => "`public` and what a token must be: say one",
            (false, true, true) => "`token = \"any\"` and what a token must be: say one",
            (false, false, false) => {
                "one is needed of `public = true`, `token = \"any\"`, `permission`, `audience`, `kinds`"
            }
        };
        self.faults.add(self.rule, None, wrong);
        None
    }

    fn public(&mut self) -> bool {
        let value = self.table.get("public");
        if value.is_some_and(|value| value.as_bool() != Some(true)) {
            self.fault("public", "say `true`, or leave it out");
        }
        value.is_some()
    }

    fn any_token(&mut self) -> bool {
        let word = self.word("token");
        if word.is_some_and(|word| word != "any") {
            self.fault("token", "say `any`, or leave it out");
        }
        self.table.contains_key("token")
    }

    fn demand(&mut self, text: &str) -> Option<Demand> {
        Demand::parse(text).map_err(|refusal| self.fault("permission", told(refusal))).ok()
    }

    /// What a token may state, and nothing else.
    fn audience(&mut self, text: &str) -> Option<Box<str>> {
        let named = Audiences::named(&[text.to_owned()], &[]);
        named.map(|_| text.into()).map_err(|refusal| self.fault("audience", told(refusal))).ok()
    }
}

/// The rule that a value breaks.
fn told(refusal: Refusal) -> String {
    if let Refusal::Invalid { rule, .. } = refusal { rule } else { refusal.to_string() }
}

fn kind(word: &str) -> Result<Kind, String> {
    let bearing = || Kind::ALL.into_iter().filter(|kind| kind.bears());
    let none = || {
        let known: Vec<_> = bearing().map(Kind::word).collect();
        format!("`{}` is none of {}", word.escape_debug(), known.join(", "))
    };
    bearing().find(|kind| kind.word() == word).ok_or_else(none)
}

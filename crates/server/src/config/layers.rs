//! What was said where, piled up.

use std::collections::BTreeMap;

use figment::providers::{Format as _, Toml};
use figment::value::{Dict, Map, Num, Value};
use figment::{Error, Figment, Metadata, Profile, Provider};

use super::spelled::Spelled;
use super::{Problem, SETTINGS};

/// What every name in the environment begins with.
const PREFIX: &str = "CHANCERY_";
/// Names in the environment that are ours and no settings.
const OTHERS: &[&str] = &["CONFIG", "TOKEN", "SERVER"];

/// Where settings are said.
#[derive(Clone, Copy, Default)]
pub struct Sources<'a> {
    /// The text of the configuration file.
    pub file: Option<&'a str>,
    /// The whole environment.
    pub environment: &'a [(String, String)],
    /// Settings given as flags, by name.
    pub flags: &'a [(&'static str, String)],
}

/// A layer: values by setting, and what to call where they were said.
struct Layer {
    name: &'static str,
    values: Dict,
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name)
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        Ok(Profile::Default.collect(self.values.clone()))
    }
}

/// The settings as texts, each with the place where it was said last.
pub(super) struct Told {
    texts: BTreeMap<String, Value>,
    figment: Figment,
}

/// Puts the layers on each other, and says what can't be read at all.
pub(super) fn pile_up(sources: &Sources<'_>) -> (Told, Vec<Problem>) {
    let mut problems = Vec::new();
    let defaults = SETTINGS.iter().map(|setting| (setting.name, setting.default.to_owned()));
    let home = data_home(sources.environment).map(|home| ("data", home));
    let file = sources.file.map_or_else(|| Ok(Dict::new()), from_toml).unwrap_or_else(|problem| {
        problems.push(problem);
        Dict::new()
    });
    let environment = SETTINGS.iter().filter_map(|setting| {
        let name = variable(setting.name);
        let said = sources.environment.iter().find(|(said, _)| *said == name);
        said.map(|(_, value)| (setting.name, value.clone()))
    });
    let figment = Figment::new()
        .merge(Layer { name: "default", values: texts(defaults.chain(home)) })
        .merge(Layer { name: "file", values: file })
        .merge(Layer { name: "environment", values: texts(environment) })
        .merge(Layer { name: "flag", values: texts(sources.flags.iter().cloned()) });
    let texts = figment.extract::<BTreeMap<String, Value>>().unwrap_or_else(|error| {
        problems.push(Problem::new("configuration", error.to_string()));
        BTreeMap::new()
    });
    (Told { texts, figment }, problems)
}

fn texts(said: impl Iterator<Item = (&'static str, String)>) -> Dict {
    said.map(|(name, text)| (name.to_owned(), Value::from(text))).collect()
}

/// The message of a TOML error quotes the line, which may hold a secret: only its place is told.
fn from_toml(text: &str) -> Result<Dict, Problem> {
    let unreadable = |at: String| Problem::new("the configuration file", format!("is no TOML{at}"));
    if let Err(error) = text.parse::<toml::Table>() {
        let before = error.span().and_then(|span| text.get(..span.start));
        let line = before.map(|before| format!(" at line {}", before.matches('\n').count() + 1));
        return Err(unreadable(line.unwrap_or_default()));
    }
    let mut profiles = Toml::string(text).data().map_err(|_| unreadable(String::new()))?;
    let said = profiles.remove(&Profile::Default).unwrap_or_default();
    Ok(said.into_iter().flat_map(|(name, value)| flat(name, value)).collect())
}

/// A table's settings: `awx.basic` is the same as `awx_basic`.
fn flat(name: String, value: Value) -> Vec<(String, Value)> {
    let Value::Dict(_, table) = value else {
        return vec![(name, value)];
    };
    table.into_iter().map(|(inner, value)| (format!("{name}_{inner}"), value)).collect()
}

/// The name of a setting in the environment.
fn variable(name: &str) -> String {
    format!("{PREFIX}{}", name.to_uppercase())
}

fn data_home(environment: &[(String, String)]) -> Option<String> {
    let find = |name: &str| {
        let found = environment.iter().find(|(said, value)| said == name && value.starts_with('/'));
        found.map(|(_, value)| value.trim_end_matches('/').to_owned())
    };
    let data = find("XDG_DATA_HOME").or_else(|| Some(format!("{}/.local/share", find("HOME")?)))?;
    Some(format!("{data}/chancery"))
}

/// Names in the environment that look like settings and are none: worth a word, but no reason not
/// to start, for orchestrators make such names themselves.
pub fn notes(environment: &[(String, String)]) -> Vec<String> {
    let known = |name: &str| {
        OTHERS.contains(&name) || SETTINGS.iter().any(|s| s.name.to_uppercase() == name)
    };
    let ours = environment.iter().filter_map(|(name, _)| name.strip_prefix(PREFIX));
    let strange = ours.filter(|name| !known(name) && !name.starts_with("TEST_"));
    strange.map(|name| format!("{PREFIX}{name} is no setting and is ignored")).collect()
}

impl Told {
    /// Takes the setting of this name and reads it; adds to the problems if it can't be read.
    pub(super) fn take<T: Spelled>(
        &mut self,
        name: &str,
        problems: &mut Vec<Problem>,
    ) -> Option<T> {
        let text = self.texts.remove(name).map(|value| text_of(&value));
        let read = match text.unwrap_or_else(|| Some(String::new())) {
            Some(text) => T::read(&text),
            None => Err("must be one value, not a table".to_owned()),
        };
        read.map_err(|rule| problems.push(self.place(Problem::new(name, rule)))).ok()
    }

    /// What was said in the file and is no setting.
    pub(super) fn rest(&self) -> Vec<Problem> {
        let unknown = |name: &String| self.place(Problem::new(name, "there is no such setting"));
        self.texts.keys().map(unknown).collect()
    }

    /// Adds to a problem where its setting was said.
    pub(super) fn place(&self, problem: Problem) -> Problem {
        let layer = self.figment.find_metadata(&problem.setting).map(|found| found.name.as_ref());
        let said = match layer {
            Some("environment") => Some(variable(&problem.setting)),
            Some("flag") => Some(format!("--{}", problem.setting)),
            Some("file") => Some("configuration file".to_owned()),
            Some(_) | None => None,
        };
        Problem { said, ..problem }
    }
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(_, text) => Some(text.clone()),
        Value::Char(_, letter) => Some(letter.to_string()),
        Value::Bool(_, flag) => Some(flag.to_string()),
        Value::Num(_, number) => Some(number_text(*number)),
        Value::Empty(..) => Some(String::new()),
        Value::Dict(..) => None,
        Value::Array(_, values) => {
            values.iter().map(text_of).collect::<Option<Vec<_>>>().map(|texts| texts.join(", "))
        }
    }
}

fn number_text(number: Num) -> String {
    match (number.to_u128(), number.to_i128(), number.to_f64()) {
        (Some(number), ..) => number.to_string(),
        (None, Some(number), _) => number.to_string(),
        (None, None, float) => float.unwrap_or(f64::NAN).to_string(),
    }
}

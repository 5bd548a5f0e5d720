//! `rules`: what a request to a service behind the gateway needs, and what is wrong with a file.
//!
//! With a file no server is needed; without, the running one says what its rules say.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use authority::rules::{Normal, Original, Refused, Requirement, Ruling};
use clap::Subcommand;
use serde_json::{Value, json};

use super::ask::fetch;
use super::{Failed, Format, Where, print};
use crate::rules;

/// The exit code where a request can be read in two ways.
const AMBIGUOUS: u8 = 2;

/// What is done with rules.
#[derive(Subcommand)]
pub(super) enum Rules {
    /// Say what a request needs and why. The exit code is 2 if it is refused as ambiguous.
    Test {
        /// Its method, such as `GET`.
        method: String,
        /// Its absolute URL, such as `https://api.example.com/orders/7`.
        url: String,
        /// The rules of this file, and not those of the running server.
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Say what is wrong with a file.
    Check {
        /// The file.
        file: PathBuf,
    },
}

pub(super) fn rules(at: &Where, command: &Rules) -> Result<ExitCode, Failed> {
    match command {
        Rules::Test { method, url, file: Some(file) } => {
            Ok(tell(at.format, &explain(method, url, file)?))
        }
        Rules::Test { method, url, file: None } => {
            let asked = json!({ "method": method, "url": url });
            Ok(tell(at.format, &fetch(at, "/rules/test", asked)?))
        }
        Rules::Check { file } => check(at.format, file),
    }
}

fn check(format: Format, file: &Path) -> Result<ExitCode, Failed> {
    let set = rules::read(file).map_err(|error| Failed::settings(error.lines()))?;
    let count = set.rules().len();
    match format {
        Format::Json => print::result(&json!({ "rules": count }).to_string()),
        Format::Text => print::result(&format!("the rules are good; there are {count}")),
    }
    Ok(ExitCode::SUCCESS)
}

/// What the rules of a file say, as the native API tells it.
fn explain(method: &str, url: &str, file: &Path) -> Result<Value, Failed> {
    let set = rules::read(file).map_err(|error| Failed::settings(error.lines()))?;
    let rule = "the URL must be absolute, such as https://api.example.com/orders/7";
    let original = Original::of_url(method, url).ok_or_else(|| Failed::new(rule))?;
    let compared = original.normal().ok();
    let compared = compared.map(
        |Normal { method, host, path }| json!({ "method": method, "host": host, "path": path }),
    );
    let (ruling, rule, needs, refused) = match set.decide(&original) {
        Ruling::Public { rule } => ("public", Some(rule), None, None),
        Ruling::Needs { rule, needs } => ("token", rule, Some(needs), None),
        Ruling::Refused(why) => ("refused", None, None, Some(why)),
    };
    Ok(json!({
        "ruling": ruling,
        "rule": rule,
        "needs": needs.map(requirement),
        "refused": refused.map(Refused::code),
        "ambiguous": matches!(refused, Some(Refused::Ambiguous(_))),
        "detail": refused.map(|why| why.to_string()),
        "compared": compared,
    }))
}

fn requirement(needs: &Requirement) -> Value {
    json!({
        "permission": needs.demand.as_ref().map(ToString::to_string),
        "audience": needs.audience,
        "kinds": needs.kinds.iter().map(|kind| kind.word()).collect::<Vec<_>>(),
    })
}

/// Tells what the native API answers.
fn tell(format: Format, answer: &Value) -> ExitCode {
    match format {
        Format::Json => print::result(&answer.to_string()),
        Format::Text => words(answer).iter().for_each(|line| print::result(line)),
    }
    let ambiguous = answer.get("ambiguous").is_some_and(|ambiguous| ambiguous == true);
    if ambiguous { ExitCode::from(AMBIGUOUS) } else { ExitCode::SUCCESS }
}

fn words(answer: &Value) -> Vec<String> {
    let text = |path: &str| answer.pointer(path).and_then(Value::as_str).map(plain);
    let [method, host, path] = ["method", "host", "path"]
        .map(|part| text(&format!("/compared/{part}")).unwrap_or_default());
    let compared = format!("it is compared as {method} {host} {path}");
    let why = match answer.get("rule").and_then(Value::as_u64) {
        Some(rule) => format!("rule {rule} is the first that fits"),
        None => "no rule fits".to_owned(),
    };
    match (text("/ruling").as_deref(), answer.pointer("/needs")) {
        (Some("public"), _) => vec!["it needs nothing: it is public".to_owned(), why, compared],
        (Some("token"), Some(needs)) => vec![needed(needs), why, compared],
        _ if answer.get("ambiguous").is_some_and(|ambiguous| ambiguous == true) => {
            let detail = text("/detail").unwrap_or_default();
            vec![format!("it is refused, whatever the rules say: {detail}")]
        }
        _ => vec!["it is refused".to_owned(), why, compared],
    }
}

fn needed(needs: &Value) -> String {
    let text = |name: &str| needs.get(name).and_then(Value::as_str);
    let kinds = needs.get("kinds").and_then(Value::as_array).into_iter().flatten();
    let kinds: Vec<&str> = kinds.filter_map(Value::as_str).collect();
    let kinds = (!kinds.is_empty()).then(|| format!("of the kind {}", kinds.join(" or ")));
    let parts = [
        text("permission").map(|permission| format!("with the permission {permission}")),
        text("audience").map(|audience| format!("for the audience {audience}")),
        kinds,
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() {
        "it needs any good token".to_owned()
    } else {
        format!("it needs a good token {}", parts.join(", "))
    }
}

/// Control characters of a path can't move a terminal's cursor.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

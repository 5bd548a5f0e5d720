//! What commands ask of a running server, and how its answers are shown.

use std::process::ExitCode;

use reqwest::Method;
use serde_json::Value;

use super::client::Api;
use super::{Failed, Format, Where, print, run, settle};

/// A request to the native API.
pub(super) struct Wish {
    method: Method,
    path: String,
    body: Option<Value>,
    shown: Shown,
}

/// What is shown of an answer, for people.
#[derive(Clone, Copy)]
enum Shown {
    /// All of it.
    Whole,
    /// Rows with these columns; of all pages, or of the first only.
    Rows(&'static [&'static str], bool),
    /// A line, once it is done.
    Done(&'static str),
}

impl Wish {
    /// Sees one thing.
    pub(super) fn see(path: String) -> Self {
        Self { method: Method::GET, path, body: None, shown: Shown::Whole }
    }

    /// Sees a list, by these columns.
    pub(super) fn list(path: String, columns: &'static [&'static str]) -> Self {
        Self { method: Method::GET, path, body: None, shown: Shown::Rows(columns, true) }
    }

    /// Sees the first page of a list.
    pub(super) fn first(path: String, columns: &'static [&'static str]) -> Self {
        Self { method: Method::GET, path, body: None, shown: Shown::Rows(columns, false) }
    }

    /// Does something of which there is nothing to show.
    pub(super) fn done(path: String, done: &'static str) -> Self {
        Self::act(Method::POST, path, None, done)
    }

    /// Makes something and shows it.
    pub(super) fn make(path: String, body: Value) -> Self {
        Self { method: Method::POST, path, body: Some(body), shown: Shown::Whole }
    }

    /// As [`Wish::done`], in other ways than by POST without a body.
    pub(super) fn act(
        method: Method,
        path: String,
        body: Option<Value>,
        done: &'static str,
    ) -> Self {
        Self { method, path, body, shown: Shown::Done(done) }
    }
}

/// Asks, and shows the answer.
pub(super) fn ask(at: &Where, wish: Wish) -> Result<ExitCode, Failed> {
    let config = settle::config(at)?;
    let api = Api::new(&config, at)?;
    run::runtime()?.block_on(async {
        match wish.shown {
            Shown::Rows(columns, all) => rows(&api, at.format, &wish.path, (columns, all)).await,
            Shown::Whole => {
                let answer = api.have(wish.method, &wish.path, wish.body).await?;
                show(at.format, &answer);
                Ok(())
            }
            Shown::Done(done) => {
                let answer = api.have(wish.method, &wish.path, wish.body).await?;
                match at.format {
                    Format::Json => print::result(&answer.to_string()),
                    Format::Text => print::result(done),
                }
                Ok(())
            }
        }
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Has something done, and gives the answer.
pub(super) fn fetch(at: &Where, path: &str, body: Value) -> Result<Value, Failed> {
    let api = Api::new(&settle::config(at)?, at)?;
    run::runtime()?.block_on(api.have(Method::POST, path, Some(body)))
}

/// Sees one thing, and gives it.
pub(super) fn see(at: &Where, path: &str) -> Result<Value, Failed> {
    let api = Api::new(&settle::config(at)?, at)?;
    run::runtime()?.block_on(api.get(path))
}

/// Obtains a short token for a good one, and gives the answer.
pub(super) fn exchange(at: &Where, fields: &[(&str, &str)]) -> Result<Value, Failed> {
    let api = Api::anonymous(&settle::config(at)?, at);
    run::runtime()?.block_on(api.exchange(fields))
}

/// Shows a list, page after page.
async fn rows(
    api: &Api,
    format: Format,
    path: &str,
    (columns, all): (&[&str], bool),
) -> Result<(), Failed> {
    let mut cursor: Option<String> = None;
    let mut head = Some(columns.join("\t")).filter(|_| format == Format::Text);
    loop {
        let sign = if path.contains('?') { '&' } else { '?' };
        let place = cursor.map(|cursor| format!("{sign}cursor={cursor}")).unwrap_or_default();
        let page = api.get(&format!("{path}{place}")).await?;
        if let Some(head) = head.take() {
            print::result(&head);
        }
        for item in page.get("items").and_then(Value::as_array).into_iter().flatten() {
            match format {
                Format::Json => print::result(&item.to_string()),
                Format::Text => row(item, columns),
            }
        }
        cursor = page.get("next").and_then(Value::as_str).map(str::to_owned);
        if cursor.is_none() || !all {
            return Ok(());
        }
    }
}

/// Shows things as rows, for people.
pub(super) fn table(items: &[Value], columns: &[&str]) {
    print::result(&columns.join("\t"));
    for item in items {
        row(item, columns);
    }
}

fn row(item: &Value, columns: &[&str]) {
    let cells = columns.iter().map(|column| cell(item.get(column)));
    print::result(&cells.collect::<Vec<_>>().join("\t"));
}

/// Shows one thing.
pub(super) fn show(format: Format, answer: &Value) {
    match (format, answer.as_object()) {
        (Format::Text, Some(fields)) => {
            let width = fields.keys().map(String::len).max().unwrap_or(0);
            for (name, value) in fields {
                print::result(&format!("{name:width$}  {}", cell(Some(value))));
            }
        }
        _ => print::result(&answer.to_string()),
    }
}

/// A value as people read it. Control characters of a name can't move a terminal's cursor.
fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "-".to_owned(),
        Some(Value::String(text)) => {
            text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
        }
        Some(Value::Array(values)) => {
            values.iter().map(|value| cell(Some(value))).collect::<Vec<_>>().join(" ")
        }
        Some(Value::Object(fields)) => {
            let told = fields.values().filter(|value| !value.is_null());
            told.map(|value| cell(Some(value))).collect::<Vec<_>>().join(" ")
        }
        Some(other) => other.to_string(),
    }
}

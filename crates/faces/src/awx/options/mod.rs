//! Answers to OPTIONS: from them `awxkit` makes the flags of the `awx` command (contract section 11).
//!
//! Read [`field`], then [`table`], then the tables in [`people`], [`oauth`] and [`settings`]. Names,
//! labels and their order are those of AWX 24.6.1; the description is ours.
//!
//! **Invariant**: nothing here knows who asks. That a caller could write comes in from outside.

mod field;
mod oauth;
mod people;
mod settings;
mod table;

#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};
use table::Table;

/// As many as a page can hold.
const MAX_PAGE_SIZE: u16 = 200;

/// What a view is about.
#[derive(Clone, Copy)]
pub(super) enum Fields {
    User,
    Organization,
    Team,
    Role,
    Application,
    Token,
    /// A token below a user, without an application.
    PersonalToken,
    /// A token below a user, with an application.
    AuthorizedToken,
    Activity,
    Settings,
    Config,
    Ping,
    /// Nothing that has fields.
    Plain,
}

/// A view, as OPTIONS describes it.
#[derive(Clone, Copy)]
pub(super) struct About {
    /// AWX's name of it.
    pub(super) name: &'static str,
    pub(super) fields: Fields,
    /// Whether it answers pages of objects.
    pub(super) list: bool,
}

/// The body of an answer to OPTIONS. `writes` is `POST` on a list and `PUT` on a detail view, where the
/// caller could do it.
pub(super) fn body(about: &About, writes: Option<&'static str>) -> Value {
    let mut body = Map::new();
    let mut say = |key: &str, value: Value| drop(body.insert(key.to_owned(), value));
    say("name", about.name.into());
    say("description", description(about, writes).into());
    say("renders", json!(["application/json", "text/html"]));
    say("parses", json!(["application/json"]));
    say("actions", actions(about.fields, writes));
    if let Some(table) = about.fields.table() {
        say("types", table.kind.iter().map(|(kind, _)| *kind).collect());
        let across = table.related.iter().map(|name| format!("{name}__search"));
        if about.list && !table.search.is_empty() {
            say("search_fields", json!(table.search));
        }
        if about.list && !table.related.is_empty() {
            say("related_search_fields", across.collect());
        }
        if !table.roles.is_empty() {
            say("object_roles", json!(table.roles));
        }
        if about.list {
            say("max_page_size", MAX_PAGE_SIZE.into());
        }
    }
    Value::Object(body)
}

fn actions(fields: Fields, writes: Option<&'static str>) -> Value {
    let mut actions = Map::from_iter([("GET".to_owned(), fields.read().into())]);
    if let Some(method) = writes {
        actions.insert(method.to_owned(), fields.write(method == "POST").into());
    }
    Value::Object(actions)
}

/// Markdown, as AWX has it there, but only what the rest doesn't say.
fn description(about: &About, writes: Option<&'static str>) -> String {
    let noun = about.fields.table().map_or("JSON", |table| table.noun);
    let reading = if about.list {
        format!(
            "`GET` answers a page of {noun} records. `page`, `page_size`, `order_by` and `search` choose \
             among them, and so does any field that is filterable."
        )
    } else {
        format!("`GET` answers one {noun} record.")
    };
    let writing = match writes {
        Some("POST") => "\n`POST` takes the fields listed under it.",
        Some(_) => "\n`PUT` takes all fields listed under it, `PATCH` some of them.",
        None => "",
    };
    format!("# {}\n\n{reading}{writing}", about.name)
}

impl Fields {
    /// None for what isn't a kind of object.
    fn table(self) -> Option<&'static Table> {
        match self {
            Self::User => Some(&people::USER),
            Self::Organization => Some(&people::ORGANIZATION),
            Self::Team => Some(&people::TEAM),
            Self::Role => Some(&people::ROLE),
            Self::Application => Some(&oauth::APPLICATION),
            Self::Token => Some(&oauth::TOKEN),
            Self::PersonalToken => Some(&oauth::PERSONAL_TOKEN),
            Self::AuthorizedToken => Some(&oauth::AUTHORIZED_TOKEN),
            Self::Activity => Some(&people::ACTIVITY),
            Self::Settings | Self::Config | Self::Ping | Self::Plain => None,
        }
    }

    fn read(self) -> Map<String, Value> {
        if matches!(self, Self::Settings) {
            return settings::read();
        }
        self.table().map(Table::read).unwrap_or_default()
    }

    fn write(self, creates: bool) -> Map<String, Value> {
        match (self, self.table()) {
            (Self::Settings, _) => settings::write(),
            (Self::Role, _) => people::give_or_take(),
            (_, table) => table.map(|table| table.write(creates)).unwrap_or_default(),
        }
    }
}

//! Searches as SQL: once, for both databases.
//!
//! A database gives its [`Dialect`] and the alias under which its own list of columns names the thing
//! that is searched. [`compile`] gives what comes after the columns (`FROM …`, with conditions, order and
//! stretch), the same for counting, and the values of all placeholders, in their order. Dynamic text is never
//! kept among prepared statements, since there is no end to it.
//!
//! **Invariant**: nothing from outside is part of the text: names come from enumerations, numbers of
//! rows are integers, all else is a placeholder.

use authority::journal::LANES;
use authority::search::{
    Column, Condition, Link, Part, Path, Search, Seats, Test, Thing, Value, Where,
};

mod names;

use names::{column_name, exists, link_column, own, table};

/// How a database spells what the two spell differently. Both have the functions `folded(text)` and
/// `matches(pattern, folded, text)` from us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Placeholders `?1`.
    Sqlite,
    /// Placeholders `$1`.
    Postgres,
}

/// A search that can be asked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Compiled {
    /// From `FROM` to the end.
    pub(crate) rows: String,
    /// `SELECT count(*) FROM …`, if the search counts. It has the same placeholders.
    pub(crate) count: Option<String>,
    /// What the placeholders stand for. A time is in microseconds since 1970.
    pub(crate) values: Vec<Value>,
}

/// Compiles a search whose thing is named `alias` in the columns that are asked for.
pub(crate) fn compile(search: &Search, dialect: Dialect, alias: &str) -> Compiled {
    let mut compiler = Compiler { dialect, values: Vec::new(), aliases: 0 };
    let table = table(search.thing);
    let own = own(search.thing, alias);
    let condition = compiler.condition(search.thing, alias, &search.condition);
    let from = format!("FROM {table} {alias} WHERE {own} AND {condition}");
    let mut order: Vec<String> = Vec::new();
    for (path, downwards) in &search.order {
        let value = compiler.value(alias, path);
        // As PostgreSQL does by itself: what is absent counts as greatest.
        let way = if *downwards { "DESC NULLS FIRST" } else { "ASC NULLS LAST" };
        let own = path.links().is_empty();
        let place = own && path.from() == Thing::Entry && path.column() == Column::Number;
        let columns = if place { compiler.place(alias) } else { vec![value] };
        order.extend(columns.iter().map(|column| format!("{column} {way}")));
    }
    order.extend(compiler.last(search.thing, alias));
    Compiled {
        rows: format!(
            "{from} ORDER BY {} LIMIT {} OFFSET {}",
            order.join(", "),
            search.limit,
            search.offset.min(u64::from(u32::MAX))
        ),
        count: search.count.then(|| format!("SELECT count(*) {from}")),
        values: compiler.values,
    }
}

struct Compiler {
    dialect: Dialect,
    values: Vec<Value>,
    aliases: usize,
}

impl Compiler {
    fn condition(&mut self, thing: Thing, alias: &str, condition: &Condition) -> String {
        match condition {
            Condition::All(all) => self.several(thing, alias, all, (" AND ", "TRUE")),
            Condition::Any(any) => self.several(thing, alias, any, (" OR ", "FALSE")),
            Condition::Not(one) => {
                format!("NOT coalesce({}, FALSE)", self.condition(thing, alias, one))
            }
            Condition::Test(path, test) => self.test(alias, path, test),
            Condition::Seated(seats, organizations) => {
                let organizations: Vec<Value> =
                    organizations.iter().map(|id| Value::Id(id.uuid())).collect();
                let among = self.among("m.organization_id", &organizations);
                exists("memberships", &format!("m.user_id = {alias}.id AND {among}"), *seats)
            }
            Condition::Seats(seats, user) => {
                let user = self.bind(Value::Id(user.uuid()));
                let own = format!("m.organization_id = {alias}.id AND m.user_id = {user}");
                exists("memberships", &own, *seats)
            }
            Condition::InGroup(group) => {
                let group = self.bind(Value::Id(group.uuid()));
                let own = format!("m.user_id = {alias}.id AND m.group_id = {group}");
                exists("group_users", &own, Seats::Any)
            }
            Condition::Holds(user) => {
                let user = self.bind(Value::Id(user.uuid()));
                let own = format!("m.group_id = {alias}.id AND m.user_id = {user}");
                exists("group_users", &own, Seats::Any)
            }
        }
    }

    fn several(
        &mut self,
        thing: Thing,
        alias: &str,
        several: &[Condition],
        (between, none): (&str, &str),
    ) -> String {
        if several.is_empty() {
            return none.to_owned();
        }
        let each: Vec<String> =
            several.iter().map(|one| self.condition(thing, alias, one)).collect();
        format!("({})", each.join(between))
    }

    /// Where an entry of the journal is: columns that an index has, unlike its number.
    fn place(&self, alias: &str) -> Vec<String> {
        match self.dialect {
            Dialect::Sqlite => vec![format!("{alias}.sequence")],
            Dialect::Postgres => vec![format!("{alias}.sequence"), format!("{alias}.lane")],
        }
    }

    /// What is sorted by where nothing else tells two apart.
    fn last(&self, thing: Thing, alias: &str) -> Vec<String> {
        if thing == Thing::Entry {
            return self.place(alias);
        }
        vec![self.column(thing, alias, Column::Number)]
    }

    fn test(&mut self, alias: &str, path: &Path, test: &Test) -> String {
        if let (Thing::Entry, [], Column::Number, Test::Is(Value::Integer(number))) =
            (path.from(), path.links(), path.column(), test)
        {
            return self.entry(alias, *number);
        }
        let column = self.value(alias, path);
        let mut compare = |sign: &str, value: &Value| {
            let value = self.bind(value.clone());
            format!("{column} {sign} {value}")
        };
        match test {
            Test::Is(value) => compare("=", value),
            Test::Below(value) => compare("<", value),
            Test::AtMost(value) => compare("<=", value),
            Test::Above(value) => compare(">", value),
            Test::AtLeast(value) => compare(">=", value),
            Test::In(values) => self.among(&column, values),
            Test::Absent => format!("{column} IS NULL"),
            Test::Text(part) => self.part(&column, part),
        }
    }

    /// That an entry has this number, asked in a way that an index answers.
    fn entry(&mut self, alias: &str, number: i64) -> String {
        let sequence = self.bind(Value::Integer(number / LANES));
        match self.dialect {
            Dialect::Sqlite if number % LANES == 1 => format!("{alias}.sequence = {sequence}"),
            Dialect::Sqlite => format!("({alias}.sequence = {sequence} AND FALSE)"),
            Dialect::Postgres => {
                format!("({alias}.sequence = {sequence} AND {alias}.lane = {})", number % LANES)
            }
        }
    }

    fn among(&mut self, column: &str, values: &[Value]) -> String {
        if values.is_empty() {
            return "FALSE".to_owned();
        }
        let values: Vec<String> = values.iter().map(|value| self.bind(value.clone())).collect();
        format!("{column} IN ({})", values.join(", "))
    }

    fn part(&mut self, column: &str, part: &Part) -> String {
        let text = format!("CAST({column} AS TEXT)");
        if part.place == Where::Pattern {
            return self.pattern(&text, part);
        }
        let wanted = if part.folded { part.text.to_lowercase() } else { part.text.clone() };
        let wanted = self.bind(Value::Text(wanted));
        let text = if part.folded { format!("folded({text})") } else { text };
        let inside = match self.dialect {
            Dialect::Sqlite => "instr",
            Dialect::Postgres => "strpos",
        };
        match part.place {
            Where::Whole => format!("{text} = {wanted}"),
            Where::Inside | Where::Pattern => format!("{inside}({text}, {wanted}) > 0"),
            Where::Start => format!("substr({text}, 1, length({wanted})) = {wanted}"),
            Where::End => format!(
                "(length({text}) >= length({wanted})
                AND substr({text}, length({text}) - length({wanted}) + 1) = {wanted})"
            ),
        }
    }

    fn pattern(&mut self, text: &str, part: &Part) -> String {
        let pattern = self.bind(Value::Text(part.text.clone()));
        format!("matches({pattern}, {}, {text})", if part.folded { "TRUE" } else { "FALSE" })
    }

    /// What stands at the end of a path.
    fn value(&mut self, alias: &str, path: &Path) -> String {
        self.across(path.from(), alias, path.links(), path.column())
    }

    fn across(&mut self, thing: Thing, alias: &str, links: &[Link], column: Column) -> String {
        let Some((link, rest)) = links.split_first() else {
            return self.column(thing, alias, column);
        };
        let Some(next) = thing.across(*link) else {
            return "NULL".to_owned();
        };
        if rest.is_empty() && column == Column::Id {
            // No two things have one id, and an index has it here.
            return format!("{alias}.{}", link_column(thing, *link));
        }
        self.aliases += 1;
        let there = format!("l{}", self.aliases);
        let value = self.across(next, &there, rest, column);
        let id = link_column(thing, *link);
        let person = if thing == Thing::Entry {
            format!("{alias}.by_kind = 'user' AND ")
        } else {
            String::new()
        };
        format!(
            "(SELECT {value} FROM {} {there} WHERE {person}{there}.id = {alias}.{id})",
            table(next)
        )
    }

    fn column(&self, thing: Thing, alias: &str, column: Column) -> String {
        match (thing, column) {
            (Thing::Entry, Column::Number) => {
                let lane = match self.dialect {
                    Dialect::Sqlite => "1".to_owned(),
                    Dialect::Postgres => format!("{alias}.lane"),
                };
                format!("({alias}.sequence * {LANES} + {lane})")
            }
            _ => format!("{alias}.{}", column_name(column)),
        }
    }

    fn bind(&mut self, value: Value) -> String {
        self.values.push(value);
        let sign = match self.dialect {
            Dialect::Sqlite => '?',
            Dialect::Postgres => '$',
        };
        format!("{sign}{}", self.values.len())
    }
}

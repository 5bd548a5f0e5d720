//! Outages, made from outside: by hiding a database's tables from its owner.

use std::path::Path;

use rusqlite::Connection;

const GONE: &str = "_gone";

/// Hides every table: each statement fails until [`mend_file`].
pub fn break_file(path: &Path) {
    rename_all(path, |table| (!table.ends_with(GONE)).then(|| format!("{table}{GONE}")));
}

/// Hides the journal alone: everything can be read, and nothing that is a fact can be kept.
pub(crate) fn break_journal(path: &Path) {
    rename_all(path, |table| (table == "journal").then(|| format!("{table}{GONE}")));
}

/// Shows the tables again.
pub fn mend_file(path: &Path) {
    rename_all(path, |table| table.strip_suffix(GONE).map(str::to_owned));
}

fn rename_all(path: &Path, new_name: impl Fn(&str) -> Option<String>) {
    let database = Connection::open(path).expect("the file opens");
    database.busy_timeout(std::time::Duration::from_secs(5)).expect("a time-out is set");
    database.pragma_update(None, "legacy_alter_table", true).expect("names are left alone");
    let tables: Vec<String> = database
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        .and_then(|mut query| query.query_map([], |row| row.get(0))?.collect())
        .expect("tables are listed");
    for table in tables {
        if let Some(name) = new_name(&table) {
            let rename = format!("ALTER TABLE \"{table}\" RENAME TO \"{name}\"");
            database.execute_batch(&rename).expect("a table is renamed");
        }
    }
}

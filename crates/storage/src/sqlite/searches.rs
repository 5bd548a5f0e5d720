//! Searches, and what SQLite lacks for them.

use async_trait::async_trait;
use authority::account::User;
use authority::application::{Application, ServiceAccount};
use authority::error::StoreError;
use authority::journal::Entry;
use authority::organization::{Group, Organization};
use authority::search::{Found, Search, Value, pattern};
use authority::store::SearchStore;
use authority::token::Token;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{ToSqlOutput, Value as Cell, ValueRef};
use rusqlite::{Connection, ToSql, params_from_iter};

use super::applications::application_columns;
use super::groups::group_columns;
use super::journal::entry_columns;
use super::row::{Failure, Fields, at};
use super::service_accounts::service_account_columns;
use super::standing::token_columns;
use super::tenants::organization_columns;
use super::users::user_columns;
use super::{Sqlite, applications, groups, journal, service_accounts, standing, tenants, users};
use crate::search::{Compiled, Dialect, compile};
use crate::text;

#[async_trait]
impl SearchStore for Sqlite {
    async fn find_users(&self, search: &Search) -> Result<Found<User>, StoreError> {
        self.find(search, (user_columns!(), "u"), users::read).await
    }

    async fn find_organizations(&self, search: &Search) -> Result<Found<Organization>, StoreError> {
        self.find(search, (organization_columns!(), "o"), tenants::read).await
    }

    async fn find_groups(&self, search: &Search) -> Result<Found<Group>, StoreError> {
        self.find(search, (group_columns!(), "g"), groups::read).await
    }

    async fn find_clients(&self, search: &Search) -> Result<Found<Application>, StoreError> {
        self.find(search, (application_columns!(), "a"), applications::read).await
    }

    async fn find_service_accounts(
        &self,
        search: &Search,
    ) -> Result<Found<ServiceAccount>, StoreError> {
        self.find(search, (service_account_columns!(), "s"), service_accounts::read).await
    }

    async fn find_tokens(&self, search: &Search) -> Result<Found<Token>, StoreError> {
        self.find(search, (token_columns!(), "t"), standing::token).await
    }

    async fn find_entries(&self, search: &Search) -> Result<Found<Entry>, StoreError> {
        self.find(search, (entry_columns!(), "j"), journal::entry).await
    }
}

impl Sqlite {
    async fn find<T: Send + 'static>(
        &self,
        search: &Search,
        (columns, alias): (&'static str, &str),
        read: fn(&mut Fields<'_>) -> Result<T, Failure>,
    ) -> Result<Found<T>, StoreError> {
        let compiled = compile(search, Dialect::Sqlite, alias);
        self.read(move |db| found(db, columns, &compiled, read)).await
    }
}

/// The statements are not kept prepared: there is no end to them.
fn found<T>(
    db: &Connection,
    columns: &str,
    Compiled { rows, count, values }: &Compiled,
    read: fn(&mut Fields<'_>) -> Result<T, Failure>,
) -> Result<Found<T>, Failure> {
    let values = || params_from_iter(values.iter().map(Bound));
    let mut statement = db.prepare(&format!("SELECT {columns} {rows}"))?;
    let items: Result<Vec<T>, Failure> =
        statement.query_and_then(values(), |row| read(&mut Fields::of(row)))?.collect();
    let count = match count {
        Some(count) => Some(db.prepare(count)?.query_row(values(), |row| row.get(0))?),
        None => None,
    };
    let count = count.map(text::whole).transpose()?;
    Ok(Found { items: items?, count })
}

/// What a placeholder stands for.
struct Bound<'a>(&'a Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.0 {
            Value::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Value::Integer(integer) => ToSqlOutput::Owned(Cell::Integer(*integer)),
            Value::Boolean(truth) => ToSqlOutput::Owned(Cell::Integer(i64::from(*truth))),
            Value::Time(moment) => ToSqlOutput::Owned(Cell::Integer(at(*moment))),
            Value::Id(id) => ToSqlOutput::Borrowed(ValueRef::Blob(id.as_bytes())),
        })
    }
}

/// Adds the functions that [`compile`] counts on.
pub(super) fn add_functions(connection: &Connection) -> Result<(), rusqlite::Error> {
    let flags = FunctionFlags::SQLITE_UTF8
        | FunctionFlags::SQLITE_DETERMINISTIC
        | FunctionFlags::SQLITE_DIRECTONLY;
    connection.create_scalar_function("folded", 1, flags, |context| {
        Ok(text_of(context, 0).map(text::folded))
    })?;
    connection.create_scalar_function("matches", 3, flags, matches)
}

/// `matches(pattern, folded, text)`. The pattern is made ready once for all rows.
fn matches(context: &Context<'_>) -> rusqlite::Result<Option<bool>> {
    let folded: bool = context.get(1)?;
    let expression = context.get_or_create_aux(0, |cell| -> Result<_, rusqlite::Error> {
        pattern(cell.as_str()?, folded)
            .map_err(|refusal| rusqlite::Error::UserFunctionError(Box::new(refusal)))
    })?;
    Ok(text_of(context, 2).map(|text| expression.is_match(text)))
}

/// Nothing is made of what is no text.
fn text_of<'a>(context: &'a Context<'_>, place: usize) -> Option<&'a str> {
    context.get_raw(place).as_str().ok()
}

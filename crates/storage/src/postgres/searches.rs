//! Searches, as `crate::search` compiles them.

use async_trait::async_trait;
use authority::account::User;
use authority::application::{Application, ServiceAccount};
use authority::error::StoreError;
use authority::journal::Entry;
use authority::organization::{Group, Organization};
use authority::search::{Found, Search, Value};
use authority::store::SearchStore;
use authority::token::Token;
use bytes::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use super::Postgres;
use super::applications::{self, application_columns};
use super::groups::{self, group_columns};
use super::journal::{self, entry_columns};
use super::row::{Read, only, read_all};
use super::service_accounts::{self, service_account_columns};
use super::standing::{self, token_columns};
use super::tenants::{self, organization_columns};
use super::users::{self, user_columns};
use crate::search::{Compiled, Dialect, compile};
use crate::text::{self, micros};

#[async_trait]
impl SearchStore for Postgres {
    async fn find_users(&self, search: &Search) -> Result<Found<User>, StoreError> {
        self.find(search, ("u", user_columns!()), users::read).await
    }

    async fn find_organizations(&self, search: &Search) -> Result<Found<Organization>, StoreError> {
        self.find(search, ("o", organization_columns!()), tenants::read).await
    }

    async fn find_groups(&self, search: &Search) -> Result<Found<Group>, StoreError> {
        self.find(search, ("g", group_columns!()), groups::read).await
    }

    async fn find_clients(&self, search: &Search) -> Result<Found<Application>, StoreError> {
        self.find(search, ("a", application_columns!()), applications::read).await
    }

    async fn find_service_accounts(
        &self,
        search: &Search,
    ) -> Result<Found<ServiceAccount>, StoreError> {
        self.find(search, ("s", service_account_columns!()), service_accounts::read).await
    }

    async fn find_tokens(&self, search: &Search) -> Result<Found<Token>, StoreError> {
        self.find(search, ("t", token_columns!()), standing::token).await
    }

    async fn find_entries(&self, search: &Search) -> Result<Found<Entry>, StoreError> {
        self.find(search, ("e", entry_columns!()), journal::entry).await
    }
}

impl Postgres {
    /// What a search finds whose thing has these columns under this alias.
    async fn find<T>(
        &self,
        search: &Search,
        (alias, columns): (&str, &str),
        read: Read<T>,
    ) -> Result<Found<T>, StoreError> {
        let Compiled { rows, count, values } = compile(search, Dialect::Postgres, alias);
        let values: Vec<Bound> = values.into_iter().map(Bound).collect();
        let params: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
        let rows = self.readers.rows_once(&format!("SELECT {columns} {rows}"), &params).await?;
        let items = read_all(&rows, read)?;
        let count = match count {
            Some(count) => Some(self.count(&count, &params).await?),
            None => None,
        };
        Ok(Found { items, count })
    }

    async fn count(&self, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Result<u64, StoreError> {
        let counts = read_all(&self.readers.rows_once(sql, params).await?, only::<i64>)?;
        Ok(text::whole(counts.first().copied().unwrap_or_default())?)
    }
}

/// A value that is compared with a column: with one of another type it is absent, and so never
/// fits.
#[derive(Debug)]
struct Bound(Value);

impl ToSql for Bound {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match &self.0 {
            Value::Text(text) if *ty == Type::TEXT => text.to_sql(ty, out),
            Value::Integer(number) if *ty == Type::INT8 => number.to_sql(ty, out),
            Value::Boolean(yes) if *ty == Type::BOOL => yes.to_sql(ty, out),
            Value::Time(at) if *ty == Type::INT8 => micros(*at).to_sql(ty, out),
            Value::Id(id) if *ty == Type::UUID => id.to_sql(ty, out),
            Value::Text(_)
            | Value::Integer(_)
            | Value::Boolean(_)
            | Value::Time(_)
            | Value::Id(_) => Ok(IsNull::Yes),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

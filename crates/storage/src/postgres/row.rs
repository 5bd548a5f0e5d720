//! How rows are asked for and read.

use authority::error::StoreError;
use authority::id::Id;
use authority::permission::Marks;
use authority::token::store::Page;
use authority::token::{ApplicationNow, Born, HolderNow, OrganizationNow};
use jiff::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, FromSqlOwned, ToSql};
use uuid::Uuid;

use super::Postgres;
use super::failure::Failure;
use super::session::Params;
use crate::text::{self, Unreadable};

/// The columns of a row, read from left to right, in the order in which a statement names them.
pub(super) struct Fields<'a> {
    row: &'a Row,
    next: usize,
}

impl<'a> Fields<'a> {
    pub(super) fn of(row: &'a Row) -> Self {
        Self { row, next: 0 }
    }

    pub(super) fn value<T: FromSql<'a>>(&mut self) -> Result<T, Failure> {
        let value = self.row.try_get(self.next)?;
        self.next += 1;
        Ok(value)
    }

    /// A text that is read by one of [`text`]'s functions.
    pub(super) fn spelled<T>(
        &mut self,
        read: impl FnOnce(&str) -> Result<T, Unreadable>,
    ) -> Result<T, Failure> {
        Ok(read(self.value()?)?)
    }

    pub(super) fn maybe_spelled<T>(
        &mut self,
        read: impl FnOnce(&str) -> Result<T, Unreadable>,
    ) -> Result<Option<T>, Failure> {
        Ok(self.value::<Option<&str>>()?.map(read).transpose()?)
    }

    pub(super) fn bytes32(&mut self) -> Result<[u8; 32], Failure> {
        Ok(text::bytes32(self.value()?)?)
    }

    pub(super) fn id<K>(&mut self) -> Result<Id<K>, Failure> {
        self.value().map(|id: Uuid| id.into())
    }

    pub(super) fn maybe_id<K>(&mut self) -> Result<Option<Id<K>>, Failure> {
        Ok(self.value::<Option<Uuid>>()?.map(Id::from))
    }

    pub(super) fn time(&mut self) -> Result<Timestamp, Failure> {
        Ok(text::timestamp(self.value()?)?)
    }

    pub(super) fn maybe_time(&mut self) -> Result<Option<Timestamp>, Failure> {
        Ok(self.value::<Option<i64>>()?.map(text::timestamp).transpose()?)
    }

    pub(super) fn maybe_count(&mut self) -> Result<Option<u32>, Failure> {
        Ok(self.value::<Option<i64>>()?.map(text::count).transpose()?)
    }

    pub(super) fn born(&mut self) -> Result<Born, Failure> {
        Ok(Born { holder: self.value()?, organization: self.value()? })
    }

    pub(super) fn marks(&mut self) -> Result<Marks, Failure> {
        Ok(Marks { superuser: self.value()?, system_auditor: self.value()? })
    }

    /// Name, disabled, epoch, role, marks.
    pub(super) fn holder_now(&mut self) -> Result<HolderNow, Failure> {
        Ok(HolderNow {
            name: self.value::<&str>()?.into(),
            disabled: self.value()?,
            epoch: self.value()?,
            role: self.maybe_spelled(text::role)?,
            marks: self.marks()?,
        })
    }

    /// Epoch, suspended; no epoch is no organization.
    pub(super) fn organization_now(&mut self) -> Result<Option<OrganizationNow>, Failure> {
        let epoch: Option<i64> = self.value()?;
        let suspended = self.value()?;
        Ok(epoch.map(|epoch| OrganizationNow { suspended, epoch }))
    }

    /// Whose it is, gone; no organization is no application.
    pub(super) fn application_now(&mut self) -> Result<Option<ApplicationNow>, Failure> {
        let organization = self.maybe_id()?;
        let gone = self.value()?;
        Ok(organization.map(|organization| ApplicationNow { organization, gone }))
    }
}

/// The one column of a row.
pub(super) fn only<T: FromSqlOwned>(row: &mut Fields<'_>) -> Result<T, Failure> {
    row.value()
}

/// How a row is read.
pub(super) type Read<T> = fn(&mut Fields<'_>) -> Result<T, Failure>;

/// What each row says.
pub(super) fn read_all<T>(rows: &[Row], read: Read<T>) -> Result<Vec<T>, Failure> {
    rows.iter().map(|row| read(&mut Fields::of(row))).collect()
}

impl Postgres {
    /// Every row of a statement.
    pub(super) async fn all<T>(
        &self,
        sql: &str,
        params: Params<'_>,
        read: Read<T>,
    ) -> Result<Vec<T>, StoreError> {
        Ok(read_all(&self.readers.rows(sql, params).await?, read)?)
    }

    /// A page of a plain list: `$1` is whose, `$2` after which number, `$3` how many at most.
    pub(super) async fn page<T>(
        &self,
        sql: &str,
        of: Uuid,
        page: Page,
        read: Read<T>,
    ) -> Result<Vec<T>, StoreError> {
        self.all(sql, &[&of, &page.after, &i64::from(page.limit)], read).await
    }

    /// The first row of a statement.
    pub(super) async fn one<T>(
        &self,
        sql: &str,
        params: Params<'_>,
        read: Read<T>,
    ) -> Result<Option<T>, StoreError> {
        let rows = self.readers.rows(sql, params).await?;
        Ok(rows.first().map(|row| read(&mut Fields::of(row))).transpose()?)
    }
}

/// A statement whose conditions depend on what is asked for.
pub(super) struct Asked {
    sql: String,
    values: Vec<Box<dyn ToSql + Sync + Send>>,
}

impl Asked {
    /// Begins with everything before the conditions, up to and with `WHERE` and the first one,
    /// which has a `$1` for its value.
    pub(super) fn new(sql: &str, value: impl ToSql + Sync + Send + 'static) -> Self {
        Self { sql: sql.to_owned(), values: vec![Box::new(value)] }
    }

    /// One more value for the beginning: `$2`, `$3`, …
    pub(super) fn with(mut self, value: impl ToSql + Sync + Send + 'static) -> Self {
        self.values.push(Box::new(value));
        self
    }

    /// One more condition, with a `?` for its value, if there is one.
    pub(super) fn and<T>(mut self, condition: &str, value: Option<T>) -> Self
    where
        T: ToSql + Sync + Send + 'static,
    {
        if let Some(value) = value {
            self.push(&format!("AND {condition}"), value);
        }
        self
    }

    /// How it ends, with a `?` for the most rows.
    pub(super) fn ending(mut self, order: &str, most: u32) -> Self {
        self.push(order, i64::from(most));
        self
    }

    /// The rows that are asked for.
    pub(super) async fn all<T>(
        self,
        postgres: &Postgres,
        read: Read<T>,
    ) -> Result<Vec<T>, StoreError> {
        let values: Vec<&(dyn ToSql + Sync)> = self.values.iter().map(|v| &**v as _).collect();
        postgres.all(&self.sql, &values, read).await
    }

    fn push(&mut self, words: &str, value: impl ToSql + Sync + Send + 'static) {
        self.values.push(Box::new(value));
        let place = format!("${}", self.values.len());
        self.sql.push_str("\n    ");
        self.sql.push_str(&words.replace('?', &place));
    }
}

//! How rows are asked for and read.

use authority::error::StoreError;
use authority::id::Id;
use authority::permission::Marks;
use authority::token::store::Page;
use authority::token::{ApplicationNow, Born, HolderNow, OrganizationNow};
use jiff::Timestamp;
use rusqlite::types::FromSql;
use rusqlite::{Connection, ErrorCode, Params, Row, ToSql};
use uuid::Uuid;

use crate::text::{self, Unreadable};

/// Why a statement gave no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// SQLite's reason. It names columns, never values.
    #[error("{0}")]
    Database(#[from] rusqlite::Error),
    #[error("{0}")]
    Unreadable(#[from] Unreadable),
    #[error("a fact panicked")]
    Panicked,
    #[error("the disk is full; what is left is kept for taking away")]
    Short,
    /// The disk failed under a commit, so that nobody knows what it holds.
    #[error("the disk failed before: {0}; restart to recover")]
    Broken(String),
}

impl Failure {
    fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Database(error) => error.sqlite_error_code(),
            Self::Unreadable(_) | Self::Panicked | Self::Short | Self::Broken(_) => None,
        }
    }

    /// Whether there is no room left.
    pub(super) fn is_full(&self) -> bool {
        self.code() == Some(ErrorCode::DiskFull)
    }

    /// Whether nothing can be believed from now on.
    pub(super) fn is_fatal(&self) -> bool {
        let fatal =
            [ErrorCode::SystemIoFailure, ErrorCode::DatabaseCorrupt, ErrorCode::NotADatabase];
        self.code().is_some_and(|code| fatal.contains(&code))
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        Self::Unreachable(failure.to_string())
    }
}

/// Runs a statement. Gives how many rows it changed.
pub(super) fn run(db: &Connection, sql: &str, values: impl Params) -> Result<usize, Failure> {
    Ok(db.prepare_cached(sql)?.execute(values)?)
}

/// The first row of a statement.
pub(super) fn one<T>(
    db: &Connection,
    sql: &str,
    values: impl Params,
    read: impl FnOnce(&mut Fields<'_>) -> Result<T, Failure>,
) -> Result<Option<T>, Failure> {
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(values)?;
    rows.next()?.map(|row| read(&mut Fields::of(row))).transpose()
}

/// The first column of the first row of a statement.
pub(super) fn first<T: FromSql>(
    db: &Connection,
    sql: &str,
    values: impl Params,
) -> Result<Option<T>, Failure> {
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(values)?;
    Ok(rows.next()?.map(|row| row.get(0)).transpose()?)
}

/// Every row of a statement.
pub(super) fn all<T>(
    db: &Connection,
    sql: &str,
    values: impl Params,
    read: impl Fn(&mut Fields<'_>) -> Result<T, Failure>,
) -> Result<Vec<T>, Failure> {
    let mut statement = db.prepare_cached(sql)?;
    statement.query_and_then(values, |row| read(&mut Fields::of(row)))?.collect()
}

/// Whether a statement, which begins with `SELECT EXISTS`, says yes.
pub(super) fn holds(db: &Connection, sql: &str, values: impl Params) -> Result<bool, Failure> {
    Ok(first(db, sql, values)? == Some(true))
}

/// An id as it is kept.
pub(super) fn key<K>(id: Id<K>) -> [u8; 16] {
    id.uuid().into_bytes()
}

/// A moment as it is kept.
pub(super) fn at(moment: Timestamp) -> i64 {
    text::micros(moment)
}

/// The columns of a row, read from left to right, in the order in which a statement names them.
pub(super) struct Fields<'a> {
    row: &'a Row<'a>,
    next: usize,
}

impl<'a> Fields<'a> {
    pub(super) fn of(row: &'a Row<'a>) -> Self {
        Self { row, next: 0 }
    }

    pub(super) fn value<T: FromSql>(&mut self) -> Result<T, Failure> {
        let value = self.row.get(self.next)?;
        self.next += 1;
        Ok(value)
    }

    /// A text that is read by one of [`text`]'s functions.
    pub(super) fn spelled<T>(
        &mut self,
        read: impl FnOnce(&str) -> Result<T, Unreadable>,
    ) -> Result<T, Failure> {
        let value = self.row.get_ref(self.next)?;
        self.next += 1;
        Ok(read(value.as_str().map_err(|_| Unreadable("text"))?)?)
    }

    pub(super) fn maybe_spelled<T>(
        &mut self,
        read: impl FnOnce(&str) -> Result<T, Unreadable>,
    ) -> Result<Option<T>, Failure> {
        let value = self.row.get_ref(self.next)?;
        self.next += 1;
        let text = value.as_str_or_null().map_err(|_| Unreadable("text"))?;
        Ok(text.map(read).transpose()?)
    }

    pub(super) fn uuid(&mut self) -> Result<Uuid, Failure> {
        self.value().map(Uuid::from_bytes)
    }

    pub(super) fn maybe_uuid(&mut self) -> Result<Option<Uuid>, Failure> {
        Ok(self.value::<Option<[u8; 16]>>()?.map(Uuid::from_bytes))
    }

    /// 32 bytes that are not a secret's.
    pub(super) fn hash(&mut self) -> Result<[u8; 32], Failure> {
        Ok(text::bytes32(&self.value::<Vec<u8>>()?)?)
    }

    pub(super) fn id<K>(&mut self) -> Result<Id<K>, Failure> {
        self.uuid().map(Id::from)
    }

    pub(super) fn maybe_id<K>(&mut self) -> Result<Option<Id<K>>, Failure> {
        Ok(self.maybe_uuid()?.map(Id::from))
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
            name: self.value()?,
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

    /// Whose, gone; nobody's is no application.
    pub(super) fn application_now(&mut self) -> Result<Option<ApplicationNow>, Failure> {
        let organization = self.maybe_id()?;
        let gone = self.value()?;
        Ok(organization.map(|organization| ApplicationNow { organization, gone }))
    }
}

/// A statement whose conditions depend on what is asked for.
pub(super) struct Asked {
    sql: String,
    values: Vec<Box<dyn ToSql>>,
}

impl Asked {
    /// Begins with everything before the conditions, up to and with `WHERE` and the first one.
    pub(super) fn new(sql: &str, value: impl ToSql + 'static) -> Self {
        Self { sql: sql.to_owned(), values: vec![Box::new(value)] }
    }

    /// One more condition, with a `?` for its value, if there is one.
    pub(super) fn and<T: ToSql + 'static>(mut self, condition: &str, value: Option<T>) -> Self {
        if let Some(value) = value {
            self.sql.push_str("\n    AND ");
            self.sql.push_str(condition);
            self.values.push(Box::new(value));
        }
        self
    }

    /// How it ends, with a `?` for the most rows.
    pub(super) fn ending(mut self, order: &str, most: u32) -> Self {
        self.sql.push_str("\n    ");
        self.sql.push_str(order);
        self.values.push(Box::new(most));
        self
    }

    pub(super) fn all<T>(
        self,
        db: &Connection,
        read: impl Fn(&mut Fields<'_>) -> Result<T, Failure>,
    ) -> Result<Vec<T>, Failure> {
        let values = rusqlite::params_from_iter(self.values.iter().map(AsRef::as_ref));
        all(db, &self.sql, values, read)
    }
}

/// A page of a plain list: `?1` is whose, `?2` after which number, `?3` how many at most.
pub(super) fn page<T>(
    db: &Connection,
    sql: &str,
    (of, page): ([u8; 16], Page),
    read: impl Fn(&mut Fields<'_>) -> Result<T, Failure>,
) -> Result<Vec<T>, Failure> {
    all(db, sql, rusqlite::params![of, page.after, page.limit], read)
}

/// Deletes at most `most` rows that ended before a moment, by one statement after the other: `?1`
/// is the moment, `?2` how many may still go.
pub(super) fn purge(
    db: &Connection,
    statements: [&str; 2],
    (before, most): (Timestamp, u32),
) -> Result<u64, Failure> {
    let mut gone = 0;
    for sql in statements {
        let rest = i64::from(most).saturating_sub(gone);
        gone += i64::try_from(run(db, sql, rusqlite::params![at(before), rest])?).unwrap_or(0);
    }
    Ok(gone.unsigned_abs())
}

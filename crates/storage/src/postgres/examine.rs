//! What a server is like, for those who operate one.

use jiff::Timestamp;

use super::connect::Connector;
use super::failure::Failure;
use super::{OpenError, Postgres};

const EXAMINE: &str = "
    SELECT
        current_setting('server_version'),
        (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::BIGINT,
        current_setting('fsync') = 'on',
        current_setting('full_page_writes') = 'on',
        current_setting('synchronous_standby_names') <> ''";

/// What a server says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examination {
    /// Its version.
    pub version: String,
    /// What its clock says.
    pub now: Timestamp,
    /// Whether it waits for the disk. Without, a power cut may lose or corrupt everything.
    pub fsync: bool,
    /// Whether it survives pages that were torn by a power cut.
    pub full_page_writes: bool,
    /// Whether a commit waits for a standby too.
    pub synchronous_standby: bool,
}

impl Postgres {
    /// Asks a server what it is like. Changes nothing.
    ///
    /// # Errors
    ///
    /// See [`OpenError`].
    pub async fn examine(url: &str) -> Result<Examination, OpenError> {
        let client = Connector::new(url)?.plain().await?;
        let row = client.query_one(EXAMINE, &[]).await.map_err(Failure::from)?;
        let micros: i64 = row.try_get(1).map_err(Failure::from)?;
        Ok(Examination {
            version: row.try_get(0).map_err(Failure::from)?,
            now: Timestamp::from_microsecond(micros).unwrap_or_default(),
            fsync: row.try_get(2).map_err(Failure::from)?,
            full_page_writes: row.try_get(3).map_err(Failure::from)?,
            synchronous_standby: row.try_get(4).map_err(Failure::from)?,
        })
    }
}

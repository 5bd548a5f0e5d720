//! How a connection is made: the URL, TLS, and what is set on each.
//!
//! The URL is `postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=…&sslrootcert=…`, percent-encoded.
//! `sslmode` is one of
//! - `disable`: never TLS;
//! - `prefer`, the default: TLS if the server has it, whoever it is, as `libpq` does. It protects
//!   from those who only listen. With `sslrootcert` the server is checked;
//! - `require`: TLS with a server that `sslrootcert`, or a public authority, vouches for by name.
//!   `verify-ca` and `verify-full` mean the same.
//!
//! **Invariant**: every connection is to a server that accepts writes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use deadpool_postgres::ClientWrapper;
use futures_util::future::poll_fn;
use tokio::time::timeout;
use tokio_postgres::config::TargetSessionAttrs;
use tokio_postgres::error::Severity;
use tokio_postgres::{AsyncMessage, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::OpenError;
use super::failure::Failure;
use super::session::Session;
use super::tls;

/// How long making a connection may take.
const LONGEST_CONNECT: Duration = Duration::from_secs(2);

/// What a writer's session is like. The server gives up what a vanished writer left open. A plan
/// is made once, and everything is found by a key: a plan from when a table was nearly empty must
/// not read all of it ever after.
const WRITER_SETTINGS: &str = "
    SET synchronous_commit = on;
    SET default_transaction_isolation = 'read committed';
    SET default_transaction_read_only = on;
    SET statement_timeout = '2s';
    SET lock_timeout = '250ms';
    SET idle_in_transaction_session_timeout = '5s';
    SET client_connection_check_interval = '1s';
    SET tcp_keepalives_idle = 5;
    SET tcp_keepalives_interval = 2;
    SET tcp_keepalives_count = 3;
    SET plan_cache_mode = force_generic_plan;
    SET enable_seqscan = off;
    SET jit = off";

/// What a reader's session is like.
pub(super) const READER_SETTINGS: &str = "
    SET default_transaction_read_only = on;
    SET statement_timeout = '2s';
    SET client_connection_check_interval = '1s';
    SET enable_seqscan = off;
    SET jit = off";

/// Makes connections.
#[derive(Clone)]
pub(super) struct Connector {
    config: Config,
    tls: MakeRustlsConnect,
}

impl Connector {
    /// Reads a URL. Nothing is connected yet.
    pub(super) fn new(url: &str) -> Result<Self, OpenError> {
        let (url, tls) = tls::read(url)?;
        let mut config: Config = url
            .parse()
            .map_err(|error: tokio_postgres::Error| OpenError::Url(error.to_string()))?;
        config
            .ssl_mode(tls.mode)
            .target_session_attrs(TargetSessionAttrs::ReadWrite)
            .connect_timeout(LONGEST_CONNECT)
            .tcp_user_timeout(Duration::from_secs(5))
            .keepalives(true)
            .keepalives_idle(Duration::from_secs(5))
            .keepalives_interval(Duration::from_secs(2))
            .keepalives_retries(3);
        Ok(Self { config, tls: tls.connect })
    }

    /// What the readers' pool connects with.
    pub(super) fn reading(&self) -> (Config, MakeRustlsConnect) {
        let mut config = self.config.clone();
        config.application_name("chancery reader");
        (config, self.tls.clone())
    }

    /// A connection for setting up, without limits on statements.
    pub(super) async fn plain(&self) -> Result<ClientWrapper, Failure> {
        let mut config = self.config.clone();
        config.application_name("chancery");
        Ok(self.client(&config).await?.0)
    }

    /// A connection for a writer.
    pub(super) async fn session(&self) -> Result<Session, Failure> {
        let mut config = self.config.clone();
        config.application_name("chancery writer");
        let (client, warnings) = self.client(&config).await?;
        let set = timeout(LONGEST_CONNECT, client.batch_execute(WRITER_SETTINGS)).await;
        set.map_err(|_| late())??;
        Ok(Session::new(client, warnings))
    }

    async fn client(&self, config: &Config) -> Result<(ClientWrapper, Arc<AtomicU64>), Failure> {
        let connected = timeout(LONGEST_CONNECT, config.connect(self.tls.clone())).await;
        let (client, mut connection) = connected.map_err(|_| late())??;
        let warnings = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&warnings);
        let task = tokio::spawn(async move {
            while let Some(Ok(message)) = poll_fn(|cx| connection.poll_message(cx)).await {
                if let AsyncMessage::Notice(notice) = message
                    && notice.parsed_severity() == Some(Severity::Warning)
                {
                    tracing::warn!(warning = notice.message(), "the database server warns");
                    counted.fetch_add(1, Ordering::Release);
                }
            }
        });
        Ok((ClientWrapper::new(client, task), warnings))
    }
}

fn late() -> Failure {
    Failure::Late(LONGEST_CONNECT.as_millis())
}

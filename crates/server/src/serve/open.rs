//! Opening: the folder, the keys, the database, the post, the authority; and setting up an empty
//! database.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use authority::account::Outbox;
use authority::clock::{Clock as _, SystemClock};
use authority::entropy::{Entropy, SystemEntropy};
use authority::rules::RuleSet;
use authority::secret::Secret;
use authority::store::Store;
use authority::{Audit, Authority, FirstAdministrator, OpenError, Parts};
use jiff::Timestamp;
use storage::Stats;
use storage::postgres::Postgres;
use storage::sqlite::Sqlite;

use crate::config::{Config, Database};
use crate::keys::{KeyError, KeyRing, settle_folder};
use crate::mail::{self, Courier};
use crate::rules::{Reload, RulesError, RulesFile};
use crate::telemetry::Telemetry;

/// No clock is right that stands before this was written: 1 November 2026.
const WRITTEN: Timestamp = Timestamp::constant(1_793_491_200, 0);
/// Letters of a password that is made: none that look alike.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// Why the server does not start. No message holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Keys or folder.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The database is there and its keys are not.
    #[error(
        "there is a database at {0} but no key file at {1}; bring it back from where you keep it"
    )]
    NoKeys(PathBuf, PathBuf),
    /// The database was set up with a key file that is not here.
    #[error("the database was set up with a key file; put a copy of it at {0}")]
    KeysElsewhere(PathBuf),
    /// There is no database to work on.
    #[error("there is no database at {0}")]
    NoDatabase(PathBuf),
    /// The clock stands before this program was written.
    #[error("the clock says {0}, which is before this program was written")]
    Clock(Timestamp),
    /// The embedded database.
    #[error(transparent)]
    Sqlite(#[from] storage::sqlite::OpenError),
    /// The other database.
    #[error(transparent)]
    Postgres(#[from] storage::postgres::OpenError),
    /// The core.
    #[error(transparent)]
    Authority(#[from] OpenError),
    /// The post.
    #[error("mail: {0}")]
    Mail(#[from] mail::SettingError),
    /// The first administrator can't be made.
    #[error("the first administrator can't be made: {0}")]
    Found(#[from] authority::Error),
    /// The file with the gateway's rules.
    #[error(transparent)]
    Rules(#[from] RulesError),
    /// The database's rules of the gateway.
    #[error("the rules in the database can't be taken: {0}")]
    KeptRules(authority::Error),
    /// Certificate or key.
    #[error("{0}: {1}")]
    Tls(PathBuf, String),
    /// The address.
    #[error("can't listen on {0}: {1}")]
    Listen(SocketAddr, io::Error),
}

/// The first administrator, made just now.
pub struct First {
    /// Name to log in with.
    pub username: String,
    /// The password, if it was made and not given: to be shown once.
    pub password: Option<Secret>,
}

/// What was opened.
pub(super) struct Opened {
    pub(super) authority: Authority,
    pub(super) stats: Arc<Stats>,
    pub(super) courier: Courier,
    pub(super) reload: Reload,
    pub(super) first: Option<First>,
}

/// Opens everything, and sets up an empty database.
pub(super) async fn open(config: &Config, telemetry: &Telemetry) -> Result<Opened, StartError> {
    let now = SystemClock.now();
    if now < WRITTEN {
        return Err(StartError::Clock(now));
    }
    let rules = config.rules.as_deref().map(RulesFile::open).transpose()?;
    settle_folder(&config.data)?;
    let mut keys = KeyRing::read_or_make(&config.key_file(), &SystemEntropy)?;
    if keys.is_fresh()
        && matches!(config.database, Database::Sqlite)
        && config.database_file().exists()
    {
        return Err(StartError::NoKeys(config.database_file(), config.key_file()));
    }
    let (post, courier) =
        mail::open(&config.post_office(), &config.mail_from, telemetry.mail.clone())?;
    let (store, stats) = open_store(config).await?;
    let authority = join(config, &keys, Arc::new(post), store).await;
    let authority = authority.map_err(|error| {
        let elsewhere = keys.is_fresh() && matches!(error, OpenError::ForeignKeys);
        if elsewhere { StartError::KeysElsewhere(config.key_file()) } else { error.into() }
    })?;
    // An authority that opened with a key made just now has found an empty database.
    keys.keep()?;
    let first = found(config, &authority).await?;
    let reload = take_rules(&authority, rules).await?;
    Ok(Opened { authority, stats, courier, reload, first })
}

/// Takes the rules of the file, else those of the database, before anybody is answered.
async fn take_rules(
    authority: &Authority,
    rules: Option<(RulesFile, RuleSet)>,
) -> Result<Reload, StartError> {
    let Some((file, set)) = rules else {
        authority.load_rules().await.map_err(StartError::KeptRules)?;
        return Ok(Reload::new(authority, None));
    };
    authority.set_rules(set);
    Ok(Reload::new(authority, Some(file)))
}

/// Opens authority and database alone, for work on a database that nobody serves.
pub async fn open_authority(config: &Config) -> Result<Authority, StartError> {
    let keys = KeyRing::read(&config.key_file())?;
    let (post, _) = mail::open("none", &config.mail_from, mail::Tally::default())?;
    need_file(config)?;
    let (store, _) = open_store(config).await?;
    Ok(join(config, &keys, Arc::new(post), store).await?)
}

/// Opens the database alone, to look at it while it is served or not; and the journal's auditor.
pub async fn open_audit(config: &Config) -> Result<(Audit, Arc<dyn Store>), StartError> {
    let keys = KeyRing::read(&config.key_file())?;
    need_file(config)?;
    let store = match &config.database {
        Database::Sqlite => {
            let options = storage::sqlite::Options::default();
            Arc::new(Sqlite::open_beside(&config.database_file(), options)?) as Arc<dyn Store>
        }
        Database::Postgres(_) => open_store(config).await?.0,
    };
    Ok((Audit::open(Arc::clone(&store), &keys.root()).await?, store))
}

fn need_file(config: &Config) -> Result<(), StartError> {
    if matches!(config.database, Database::Sqlite) && !config.database_file().exists() {
        return Err(StartError::NoDatabase(config.database_file()));
    }
    Ok(())
}

async fn join(
    config: &Config,
    keys: &KeyRing,
    outbox: Arc<dyn Outbox>,
    store: Arc<dyn Store>,
) -> Result<Authority, OpenError> {
    let parts = Parts {
        store,
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        outbox,
        root: keys.root(),
        policy: config.policy(),
    };
    Authority::open(parts).await
}

async fn open_store(config: &Config) -> Result<(Arc<dyn Store>, Arc<Stats>), StartError> {
    match &config.database {
        Database::Sqlite => {
            let path = config.database_file();
            let opening = tokio::task::spawn_blocking(move || {
                Sqlite::open(&path, storage::sqlite::Options::default())
            });
            let store = opening.await.map_err(io::Error::other);
            let store = store.map_err(storage::sqlite::OpenError::File)??;
            let stats = store.stats();
            Ok((Arc::new(store), stats))
        }
        Database::Postgres(url) => {
            let store = Postgres::open(url, storage::postgres::Options::default()).await?;
            let stats = store.stats();
            Ok((Arc::new(store), stats))
        }
    }
}

/// Sets up an empty database. Of several nodes that find it empty, one does.
async fn found(config: &Config, authority: &Authority) -> Result<Option<First>, StartError> {
    if authority.is_founded().await.map_err(authority::Error::from)? {
        return Ok(None);
    }
    let made = config.admin_password.is_none().then(|| make_password(&SystemEntropy));
    let Some(password) = made.as_ref().or(config.admin_password.as_ref()) else {
        return Ok(None);
    };
    let first = FirstAdministrator {
        username: &config.admin_username,
        email: config.admin_email.as_deref(),
        password: password.reveal(),
    };
    let user = authority.found(first).await?;
    Ok(user.map(|user| First { username: user.username, password: made }))
}

/// A password of 100 bits in groups that can be read out: `abcde-fghij-kmnpq-rstuv`.
fn make_password(entropy: &dyn Entropy) -> Secret {
    let mut dice = zeroize::Zeroizing::new([0; 20]);
    entropy.fill(&mut *dice);
    let letters = dice.iter().filter_map(|die| LETTERS.get(usize::from(*die % 32)));
    let letters: Vec<char> = letters.map(|letter| char::from(*letter)).collect();
    let groups: Vec<String> = letters.chunks(5).map(|group| group.iter().collect()).collect();
    Secret::from_text(groups.join("-"))
}

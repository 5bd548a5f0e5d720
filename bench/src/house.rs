//! A house to measure in: an authority on a real database, with many holders.

use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;

use authority::account::{Letter, Login, Outbox};
use authority::clock::SystemClock;
use authority::entropy::SystemEntropy;
use authority::permission::Role;
use authority::store::Store;
use authority::token::{Asked, Holder, Issued, Surface, Visit, Wish};
use authority::{Actor, Authority, Door, FirstAdministrator, Parts, Policy, RootKey};
use futures_util::future::try_join_all;
use storage::postgres::Postgres;
use storage::sqlite::Sqlite;
use tempfile::TempDir;

use crate::Outcome;

/// Whether a token is good at all.
pub(crate) const ANY: Asked<'static> = Asked::of(Visit::through(Surface::Check));

/// The administrator's password.
pub(crate) const PASSWORD: &str = "gray otter on a lamp post";
/// The root key of every measured house.
const ROOT: [u8; 32] = *b"chancery bench: one key for all.";
/// Tokens of one holder.
const PER_HOLDER: usize = 1_000;

/// Letters go nowhere.
struct Nowhere;

impl Outbox for Nowhere {
    fn post(&self, _: Letter) {}
}

/// An authority, its administrator and its holders.
pub(crate) struct House {
    pub(crate) authority: Authority,
    pub(crate) admin: Actor,
    _directory: Option<TempDir>,
}

/// Where everybody comes from.
pub(crate) fn door() -> Door {
    Door { source: [127, 0, 0, 1].into() }
}

impl House {
    /// A house on a new SQLite file, or on an empty PostgreSQL database.
    pub(crate) async fn new(postgres: Option<&str>) -> Outcome<Self> {
        if let Some(url) = postgres {
            let store = Postgres::open(url, storage::postgres::Options::default()).await?;
            return Self::on(Arc::new(store), None).await;
        }
        let directory = TempDir::new()?;
        let file = directory.path().join("chancery.db");
        let store = Sqlite::open(&file, storage::sqlite::Options::default())?;
        Self::on(Arc::new(store), Some(directory)).await
    }

    async fn on(store: Arc<dyn Store>, directory: Option<TempDir>) -> Outcome<Self> {
        let mut policy = Policy::default();
        policy.tokens.most_per_holder = None;
        let parts = Parts {
            store,
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            outbox: Arc::new(Nowhere),
            root: RootKey::new(ROOT, &[1]),
            policy,
        };
        let authority = Authority::open(parts).await?;
        let first = FirstAdministrator { username: "admin", email: None, password: PASSWORD };
        authority.found(first).await?;
        authority.follow().await?;
        let login = Login { login: "admin", password: PASSWORD, code: None };
        let admin = authority.authenticate_password(login, &door()).await?;
        Ok(Self { authority, admin, _directory: directory })
    }

    /// As many service accounts as hold so many tokens.
    pub(crate) async fn holders(&self, tokens: usize) -> Outcome<Vec<Holder>> {
        let page = authority::token::store::Page::first(1);
        let organizations = self.authority.all_organizations(&self.admin, page).await?;
        let organization = organizations.first().ok_or("no organization")?.id;
        let run = jiff::Timestamp::now().as_microsecond();
        let make = |number: usize| async move {
            let name = format!("holder {run} {number}");
            let wish = (name.as_str(), Role::Editor);
            self.authority.create_service_account(&self.admin, organization, wish, None).await
        };
        let accounts = try_join_all((0..tokens.div_ceil(PER_HOLDER)).map(make)).await?;
        Ok(accounts.into_iter().map(|account| Holder::ServiceAccount(account.id)).collect())
    }

    /// Issues one token.
    pub(crate) async fn issue(&self, holder: Holder) -> Outcome<Issued> {
        let wish =
            Wish { holder: Some(holder), label: Some("bench".to_owned()), ..Wish::default() };
        Ok(self.authority.issue(&self.admin, wish).await?)
    }

    /// Issues tokens, 256 at a time, and hands each secret on.
    pub(crate) async fn fill(&self, tokens: usize, mut take: impl FnMut(&str)) -> Outcome {
        let holders = self.holders(tokens).await?;
        let mut left = tokens;
        for holder in holders.iter().cycle() {
            let batch = left.min(256);
            for issued in try_join_all((0..batch).map(|_| self.issue(*holder))).await? {
                take(issued.secret.reveal());
            }
            left -= batch;
            if left == 0 {
                break;
            }
        }
        Ok(())
    }
}

/// Fills a data directory as the server keeps it.
pub(crate) async fn fill(data: &Path, tokens: usize, secrets: &Path) -> Outcome {
    std::fs::DirBuilder::new().mode(0o700).recursive(true).create(data)?;
    let private = |path: &Path| {
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
    };
    let root = "Y2hhbmNlcnkgYmVuY2g6IG9uZSBrZXkgZm9yIGFsbC4=";
    let keys = format!("root = \"{root}\"\npeppers = [1]\n");
    private(&data.join("keys.toml"))?.write_all(keys.as_bytes())?;
    let file = data.join("chancery.db");
    let store = Sqlite::open(&file, storage::sqlite::Options::default())?;
    let house = House::on(Arc::new(store), None).await?;
    let caller = house.authority.issue(&house.admin, Wish::default()).await?;
    let caller_file = std::path::PathBuf::from(format!("{}.caller", secrets.display()));
    private(&caller_file)?.write_all(caller.secret.reveal().as_bytes())?;
    let mut out = std::io::BufWriter::new(private(secrets)?);
    let mut failed = None;
    house.fill(tokens, |secret| failed = writeln!(out, "{secret}").err().or(failed.take())).await?;
    out.flush()?;
    println!("{tokens} tokens in {}", data.display());
    failed.map_or(Ok(()), |error| Err(error.into()))
}

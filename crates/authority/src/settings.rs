//! What superusers decide while running. It is kept in the database, so that all nodes agree at once.

use std::collections::BTreeMap;
use std::str::FromStr;

use jiff::SignedDuration;

use crate::actor::{Actor, Place};
use crate::authority::Authority;
use crate::error::{Error, Refusal};
use crate::permission::Permission;
use crate::policy::GrantPolicy;

/// The longest life that can be set, in seconds: a thousand years.
pub const LONGEST_LIFE: i64 = 31_536_000_000;

const ACCESS: &str = "grants.access_seconds";
const CODE: &str = "grants.code_seconds";
const REFRESH: &str = "grants.refresh_seconds";
const EXTERNAL: &str = "grants.external_users";
const BASIC: &str = "grants.basic";

/// What holds now. Lives are in seconds, 1 to [`LONGEST_LIFE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// [`GrantPolicy::access_life`].
    pub access_seconds: i64,
    /// [`GrantPolicy::code_life`].
    pub code_seconds: i64,
    /// [`GrantPolicy::refresh_life`].
    pub refresh_seconds: i64,
    /// [`GrantPolicy::external_users`].
    pub external_users: bool,
    /// [`GrantPolicy::basic`].
    pub basic: bool,
}

/// New settings; what is `None` stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SettingsChange {
    /// [`Settings::access_seconds`].
    pub access_seconds: Option<i64>,
    /// [`Settings::code_seconds`].
    pub code_seconds: Option<i64>,
    /// [`Settings::refresh_seconds`].
    pub refresh_seconds: Option<i64>,
    /// [`Settings::external_users`].
    pub external_users: Option<bool>,
    /// [`Settings::basic`].
    pub basic: Option<bool>,
}

impl Settings {
    fn of(policy: &GrantPolicy, set: &BTreeMap<String, String>) -> Self {
        Self {
            access_seconds: read(set, ACCESS).unwrap_or(policy.access_life.as_secs()),
            code_seconds: read(set, CODE).unwrap_or(policy.code_life.as_secs()),
            refresh_seconds: read(set, REFRESH).unwrap_or(policy.refresh_life.as_secs()),
            external_users: read(set, EXTERNAL).unwrap_or(policy.external_users),
            basic: read(set, BASIC).unwrap_or(policy.basic),
        }
    }

    pub(crate) fn access_life(&self) -> SignedDuration {
        SignedDuration::from_secs(self.access_seconds)
    }

    pub(crate) fn code_life(&self) -> SignedDuration {
        SignedDuration::from_secs(self.code_seconds)
    }

    pub(crate) fn refresh_life(&self) -> SignedDuration {
        SignedDuration::from_secs(self.refresh_seconds)
    }
}

fn read<T: FromStr>(set: &BTreeMap<String, String>, name: &str) -> Option<T> {
    set.get(name).and_then(|value| value.parse().ok())
}

impl SettingsChange {
    fn rows(&self) -> Result<BTreeMap<String, Option<String>>, Refusal> {
        let lives = [
            (ACCESS, self.access_seconds),
            (CODE, self.code_seconds),
            (REFRESH, self.refresh_seconds),
        ];
        let mut rows = BTreeMap::new();
        for (name, seconds) in lives {
            let Some(seconds) = seconds else { continue };
            if !(1..=LONGEST_LIFE).contains(&seconds) {
                return Err(Refusal::invalid("life", format!("1 to {LONGEST_LIFE} seconds")));
            }
            rows.insert(name.to_owned(), Some(seconds.to_string()));
        }
        for (name, flag) in [(EXTERNAL, self.external_users), (BASIC, self.basic)] {
            rows.extend(flag.map(|flag| (name.to_owned(), Some(flag.to_string()))));
        }
        Ok(rows)
    }
}

impl Authority {
    /// What holds now, for faces and for the core itself. It is read from the database each time.
    pub async fn settings_now(&self) -> Result<Settings, Error> {
        let set = self.shared.store.settings("grants.").await?;
        Ok(Settings::of(&self.shared.policy.grants, &set))
    }

    /// What holds now, for those who see the whole installation.
    pub async fn settings(&self, actor: &Actor) -> Result<Settings, Error> {
        self.allow(actor, &Permission::INSTALLATION_READ, Place::Installation).await?;
        self.settings_now().await
    }

    /// Changes settings, for all nodes at once: a superuser's.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] for a life out of its bounds.
    pub async fn change_settings(
        &self,
        actor: &Actor,
        change: SettingsChange,
    ) -> Result<Settings, Error> {
        let rows = change.rows()?;
        self.set(actor, rows).await
    }

    /// Takes all settings back to what is configured.
    pub async fn reset_settings(&self, actor: &Actor) -> Result<Settings, Error> {
        let names = [ACCESS, CODE, REFRESH, EXTERNAL, BASIC];
        self.set(actor, names.into_iter().map(|name| (name.to_owned(), None)).collect()).await
    }

    async fn set(
        &self,
        actor: &Actor,
        rows: BTreeMap<String, Option<String>>,
    ) -> Result<Settings, Error> {
        self.allow(actor, &Permission::INSTALLATION_UPDATE, Place::Installation).await?;
        if !rows.is_empty() {
            let installation = self.shared.store.installation().await?;
            let id = installation.ok_or(Refusal::Missing("installation"))?.id;
            let mut note = self.note(actor, "installation.settings", ("installation", id));
            for (name, value) in &rows {
                note = note.saying(name, value.as_deref().unwrap_or("as configured"));
            }
            self.enrol(&[], self.shared.store.change_settings(&rows, note)).await?;
        }
        self.settings_now().await
    }
}

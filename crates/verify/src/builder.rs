//! How a verifier is put together.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;

use crate::client::Client;
use crate::clock::Clock;
use crate::verifier::{PastLease, Settings, Verifier};
use crate::wire::Authority;

/// What a [`Verifier`] is made with.
#[must_use]
pub struct Builder {
    base: String,
    credential: String,
    plain: bool,
    settings: Settings,
}

/// Why a verifier can't be made.
#[derive(Debug, thiserror::Error)]
pub enum BadSetting {
    /// Not an address such as `https://tokens.example.org`.
    #[error("the authority's address must be http:// or https://, without user, ? or #")]
    Address,
    /// Tokens would travel in the clear.
    #[error(
        "the authority's address must begin with https:// off loopback, for tokens travel to it"
    )]
    Plain,
    /// This crate was built without what an `https://` address needs.
    #[error("the authority's address begins with https://, for which the feature `tls` is needed")]
    NoTls,
    /// The credential can't stand in a header.
    #[error("the credential must be a bearer token")]
    Credential,
    /// The lease is too short to be renewed in time, or too long to be called one.
    #[error("the lease must be 200 ms to 10 s")]
    Lease,
    /// No question could be answered in time.
    #[error("the time-out must be more than nothing")]
    TimeOut,
    /// The system gives no randomness, or no HTTP client can be made.
    #[error("{0}")]
    System(String),
}

impl Builder {
    pub(crate) fn new(base: &str, credential: &str) -> Self {
        let (base, credential) = (base.to_owned(), credential.to_owned());
        Self { base, credential, plain: false, settings: Settings::default() }
    }

    /// S: no remembered yes is given this long after a revocation was answered, or later. 500 ms;
    /// 200 ms to 10 s. The node's own reading of its journal, every 100 ms, takes its part of it.
    pub fn lease(mut self, lease: Duration) -> Self {
        self.settings.lease = lease;
        self
    }

    /// What is answered when the lease is over: [`PastLease::Close`], unless said.
    pub fn past_lease(mut self, past_lease: PastLease) -> Self {
        self.settings.past_lease = past_lease;
        self
    }

    /// How many yeses are remembered, of each token and need: 100,000, some 500 bytes each.
    pub fn remember(mut self, most: usize) -> Self {
        self.settings.good = most;
        self
    }

    /// How many noes are remembered: 10,000. Strangers fill this, and never what holds the yeses.
    pub fn remember_bad(mut self, most: usize) -> Self {
        self.settings.bad = most;
        self
    }

    /// How long an answer may take: 1 s. Then it is [`Unavailable`](crate::Unavailable).
    pub fn time_out(mut self, time_out: Duration) -> Self {
        self.settings.time_out = time_out;
        self
    }

    /// Allows an `http://` address off loopback, where something else keeps the wire private.
    pub fn allow_plain_http(mut self) -> Self {
        self.plain = true;
        self
    }

    /// Starts to follow the authority. It need not be there yet.
    ///
    /// # Errors
    ///
    /// The first setting that can't be.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime with time and I/O.
    pub fn start(self) -> Result<Verifier, BadSetting> {
        let Self { base, credential, plain, settings } = self;
        let base = address(&base, plain)?;
        settings.judge()?;
        let client = Client::new(&base, &credential)?;
        Self::start_on(Arc::new(client), &settings, Clock::of_machine())
    }

    pub(crate) fn start_on(
        authority: Arc<dyn Authority>,
        settings: &Settings,
        clock: Clock,
    ) -> Result<Verifier, BadSetting> {
        Verifier::start(authority, settings, clock)
            .map_err(|error| BadSetting::System(error.to_string()))
    }
}

impl Settings {
    fn judge(&self) -> Result<(), BadSetting> {
        let lease = Duration::from_millis(200)..=Duration::from_secs(10);
        if !lease.contains(&self.lease) {
            return Err(BadSetting::Lease);
        }
        if self.time_out.is_zero() {
            return Err(BadSetting::TimeOut);
        }
        Ok(())
    }
}

/// The address, without a slash at its end.
fn address(text: &str, plain: bool) -> Result<String, BadSetting> {
    let url = Url::parse(text).map_err(|_| BadSetting::Address)?;
    let bare = url.query().is_none() && url.fragment().is_none();
    let nobodys = url.username().is_empty() && url.password().is_none();
    let host = url.host_str().filter(|_| bare && nobodys).ok_or(BadSetting::Address)?;
    match url.scheme() {
        "https" if cfg!(feature = "tls") => {}
        "https" => return Err(BadSetting::NoTls),
        "http" if plain || is_loopback(host) => {}
        "http" => return Err(BadSetting::Plain),
        _ => return Err(BadSetting::Address),
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_over_which_tokens_would_travel_in_the_clear_is_refused() {
        for good in ["http://127.0.0.1:8700/", "http://[::1]:1", "http://localhost/x/"] {
            assert!(!address(good, false).unwrap().ends_with('/'), "{good}");
        }
        for plain in ["http://a.example", "http://10.0.0.1"] {
            assert!(matches!(address(plain, false), Err(BadSetting::Plain)), "{plain}");
            assert!(address(plain, true).is_ok());
        }
        for none in [
            "",
            "a.example",
            "ftp://a.example",
            "https://u@a.example",
            "https://:p@a.example",
            "https://a.example/?x",
            "https://a.example/#x",
        ] {
            assert!(matches!(address(none, true), Err(BadSetting::Address)), "{none}");
        }
    }

    #[test]
    fn an_https_address_is_refused_where_nobody_could_reach_it() {
        let read = address("https://a.example", false);
        assert_eq!(read.is_ok(), cfg!(feature = "tls"));
        assert_eq!(matches!(read, Err(BadSetting::NoTls)), !cfg!(feature = "tls"));
    }

    #[tokio::test]
    async fn settings_that_can_not_be_are_refused() {
        let of = |change: fn(Builder) -> Builder| {
            change(Builder::new("http://127.0.0.1:1", "tkst_own")).start()
        };
        assert!(of(|builder| builder).is_ok());
        let lease = |milliseconds| Duration::from_millis(milliseconds);
        for bad in [lease(199), lease(10_001), Duration::MAX] {
            let made = Builder::new("http://127.0.0.1:1", "tkst_own").lease(bad).start();
            assert!(matches!(made, Err(BadSetting::Lease)), "{bad:?}");
        }
        assert!(matches!(of(|b| b.time_out(Duration::ZERO)), Err(BadSetting::TimeOut)));
        for credential in ["", "two words", "line\nend", "ä"] {
            let made = Builder::new("http://127.0.0.1:1", credential).start();
            assert!(matches!(made, Err(BadSetting::Credential)), "{credential:?}");
        }
    }
}

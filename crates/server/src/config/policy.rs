//! What the settings mean to the rest of the house.

use std::path::PathBuf;
use std::thread::available_parallelism;
use std::time::Duration;

use authority::{
    GrantPolicy, HashingCost, LoginPolicy, MemoryPolicy, Policy, SessionPolicy, TokenPolicy,
};
use faces::kit::TrustedPeers;
use jiff::SignedDuration;

use super::{Config, Tls};
use crate::listen::Limits;

impl Config {
    /// What the core decides by.
    pub fn policy(&self) -> Policy {
        Policy {
            brand: self.brand.clone(),
            issuer: self.issuer(),
            access_life: signed(self.access_life),
            tokens: TokenPolicy {
                default_life: signed(self.token_default_life),
                longest_life: self.token_longest_life.0.map(signed),
                integration_life: self.integration_life.0.map(signed),
                most_per_holder: self.tokens_per_holder.0,
                retention: signed(self.token_retention),
            },
            sessions: SessionPolicy {
                idle: signed(self.session_idle),
                life: signed(self.session_life),
                remembered_idle: signed(self.session_remembered_idle),
                remembered_life: signed(self.session_remembered_life),
                lost_answer: signed(self.session_lost_answer),
            },
            logins: LoginPolicy {
                shortest_password: self.password_shortest,
                registration: self.registration,
                hashing: self.hashing_places(),
                cost: HashingCost { memory_kib: self.hashing_memory, passes: self.hashing_passes },
                queue: self.hashing_queue,
                link_life: signed(self.link_life),
            },
            grants: GrantPolicy {
                access_life: seconds(self.awx_access_token_seconds),
                code_life: seconds(self.awx_authorization_code_seconds),
                refresh_life: seconds(self.awx_refresh_token_seconds),
                passwords: self.awx_password_grant,
                without_challenge: self.awx_pkce_optional,
                ..GrantPolicy::default()
            },
            memory: MemoryPolicy {
                lease: self.lease,
                known: self.memory_known,
                unknown: self.memory_unknown,
                polls: self.feed_polls,
            },
        }
    }

    fn hashing_places(&self) -> usize {
        match self.hashing {
            0 => (available_parallelism().map_or(1, usize::from) / 2).max(1),
            places => places,
        }
    }

    /// The public address.
    pub fn issuer(&self) -> String {
        let scheme = if self.tls().is_some() { "https" } else { "http" };
        self.public_url.clone().unwrap_or_else(|| format!("{scheme}://{}", self.listen))
    }

    /// What one client may take.
    pub fn limits(&self) -> Limits {
        Limits {
            connections: self.connections,
            per_source: self.connections_per_source,
            header_deadline: self.header_deadline,
            idle_deadline: self.idle_deadline,
            body_deadline: self.body_deadline,
            handshake_deadline: self.handshake_deadline,
            header_bytes: self.header_bytes,
            ..Limits::default()
        }
    }

    /// The proxies whose word is taken.
    pub fn trusted(&self) -> TrustedPeers {
        TrustedPeers::new(self.trusted_proxies.0.clone())
    }

    /// Certificate and key, if TLS is spoken.
    pub fn tls(&self) -> Option<Tls> {
        let (certificate, key) = (self.tls_certificate.clone()?, self.tls_key.clone()?);
        Some(Tls { certificate, key })
    }

    /// The key file.
    pub fn key_file(&self) -> PathBuf {
        self.keys.clone().unwrap_or_else(|| self.data.join("keys.toml"))
    }

    /// The file of the embedded database.
    pub fn database_file(&self) -> PathBuf {
        self.data.join("chancery.db")
    }

    /// The file that `quickstart` leaves its token in.
    pub fn token_file(&self) -> PathBuf {
        self.data.join("admin-token")
    }

    /// Where letters go, as the post takes it.
    pub fn post_office(&self) -> String {
        match self.mail.as_str() {
            "" => format!("file:{}", self.data.join("mail").display()),
            said => said.to_owned(),
        }
    }
}

fn seconds(life: u64) -> SignedDuration {
    SignedDuration::from_secs(i64::try_from(life).unwrap_or(i64::MAX))
}

fn signed(life: Duration) -> SignedDuration {
    SignedDuration::try_from(life).unwrap_or(SignedDuration::MAX)
}

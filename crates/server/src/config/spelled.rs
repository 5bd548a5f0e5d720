//! How values are written.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use authority::secret::{Brand, Secret};
use axum::http::StatusCode;
use ipnet::IpNet;

use crate::telemetry::Format;

/// A value as it is written in a file, in the environment or in a flag.
///
/// The error is the rule that holds for good values; it never repeats the text, which may be a
/// secret in the wrong place.
pub(super) trait Spelled: Sized {
    /// Reads it.
    fn read(text: &str) -> Result<Self, String>;
}

/// A bound, or none, in so many letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open<T>(pub Option<T>);

/// Where facts are kept.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// In a file in the data folder.
    Sqlite,
    /// There; the URL may hold a password.
    Postgres(String),
}

/// A certificate and its key, each in a PEM file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// The certificate and its chain.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// Some networks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Networks(pub Vec<IpNet>);

/// What a gateway is answered about a token whose rate is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateStatus {
    /// 403
    Forbidden,
    /// 429
    TooManyRequests,
}

impl RateStatus {
    /// The same, as HTTP has it.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
        }
    }
}

/// What is written for "none".
fn is_none(text: &str) -> bool {
    text.is_empty() || text == "none"
}

impl<T: Spelled> Spelled for Option<T> {
    fn read(text: &str) -> Result<Self, String> {
        if is_none(text) { Ok(None) } else { T::read(text).map(Some) }
    }
}

impl<T: Spelled> Spelled for Open<T> {
    fn read(text: &str) -> Result<Self, String> {
        match text {
            "none" => Ok(Self(None)),
            _ => T::read(text).map(|value| Self(Some(value))),
        }
    }
}

impl Spelled for String {
    fn read(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }
}

impl Spelled for Secret {
    fn read(text: &str) -> Result<Self, String> {
        Ok(Self::from_text(text.to_owned()))
    }
}

impl Spelled for PathBuf {
    fn read(text: &str) -> Result<Self, String> {
        Ok(Self::from(text))
    }
}

impl Spelled for bool {
    fn read(text: &str) -> Result<Self, String> {
        match text {
            "true" | "yes" | "on" | "1" => Ok(true),
            "false" | "no" | "off" | "0" => Ok(false),
            _ => Err("must be true or false".to_owned()),
        }
    }
}

fn whole<T: FromStr>(text: &str) -> Result<T, String> {
    text.replace('_', "").parse().map_err(|_| "must be a whole number, such as 1000".to_owned())
}

impl Spelled for usize {
    fn read(text: &str) -> Result<Self, String> {
        whole(text)
    }
}

impl Spelled for u32 {
    fn read(text: &str) -> Result<Self, String> {
        whole(text)
    }
}

impl Spelled for u64 {
    fn read(text: &str) -> Result<Self, String> {
        whole(text)
    }
}

impl Spelled for SocketAddr {
    fn read(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "must be an address and a port, such as 127.0.0.1:8700".to_owned())
    }
}

impl Spelled for Duration {
    fn read(text: &str) -> Result<Self, String> {
        let rule = || "must be a number and one of ms, s, m, h, d, such as 500ms or 90d".to_owned();
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (count, unit) = text.split_at_checked(digits).ok_or_else(rule)?;
        let count: u64 = count.parse().map_err(|_| rule())?;
        let milliseconds = match unit.trim() {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return Err(rule()),
        };
        let longest = 100 * 366 * 86_400_000;
        let total = count.checked_mul(milliseconds).filter(|total| *total <= longest);
        total.map(Self::from_millis).ok_or_else(|| "must be at most 100 years".to_owned())
    }
}

impl Spelled for Networks {
    fn read(text: &str) -> Result<Self, String> {
        let rule = "must be networks such as 10.1.0.0/16, fd00::/64";
        let parts = text.split(',').map(str::trim).filter(|part| !is_none(part));
        let networks = parts.map(|part| {
            let alone = || part.parse::<IpAddr>().map(IpNet::from);
            part.parse::<IpNet>().or_else(|_| alone()).map_err(|_| rule.to_owned())
        });
        networks.collect::<Result<Vec<_>, _>>().map(Self)
    }
}

impl Spelled for Brand {
    fn read(text: &str) -> Result<Self, String> {
        Self::new(text).ok_or_else(|| "must be 2 to 8 lower-case letters".to_owned())
    }
}

impl Spelled for RateStatus {
    fn read(text: &str) -> Result<Self, String> {
        match text {
            "403" => Ok(Self::Forbidden),
            "429" => Ok(Self::TooManyRequests),
            _ => Err("must be 403 or 429".to_owned()),
        }
    }
}

impl Spelled for Format {
    fn read(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("must be text or json".to_owned()),
        }
    }
}

impl Spelled for Database {
    fn read(text: &str) -> Result<Self, String> {
        match text {
            "sqlite" => Ok(Self::Sqlite),
            _ if text.starts_with("postgres://") || text.starts_with("postgresql://") => {
                Ok(Self::Postgres(text.to_owned()))
            }
            _ => Err("must be sqlite or postgres://USER:PASSWORD@HOST:PORT/NAME".to_owned()),
        }
    }
}

//! What bounds a token's use, and who uses it, as this wire spells it.

use authority::token::{DayOfUse, LastUse, Limits, Networks, Rate, Usage};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::fault::Fault;

/// So many requests in a window. All of them at once if nothing came before, and one more each time a
/// fair share of the window has passed; each node counts by itself.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ShownRate {
    /// Requests in one window.
    #[schema(minimum = 1, maximum = 1_000_000)]
    requests: u32,
    /// The window.
    #[schema(minimum = 1, maximum = 86_400)]
    seconds: u32,
}

impl ShownRate {
    pub(super) fn read(&self) -> Result<Rate, Fault> {
        Ok(Rate::new(self.requests, self.seconds)?)
    }
}

/// Networks as they are wished.
pub(super) fn read_networks(words: &[String]) -> Result<Networks, Fault> {
    let rule = "at least one, each without spaces, or leave it out";
    if words.is_empty() || words.iter().any(|word| word.contains(char::is_whitespace)) {
        return Err(Fault::invalid("networks", rule));
    }
    Ok(Networks::parse(&words.join(" "))?)
}

/// Limits as they are.
#[derive(Serialize, ToSchema)]
pub(super) struct ShownLimits {
    /// Before this moment it is no good yet.
    not_before: Option<String>,
    /// Networks that it may be shown from; none means any.
    networks: Vec<String>,
    /// How often it may be used.
    rate: Option<ShownRate>,
}

impl From<Limits> for ShownLimits {
    fn from(Limits { not_before, networks, rate }: Limits) -> Self {
        let shown = |rate: Rate| ShownRate {
            requests: rate.requests().get(),
            seconds: rate.seconds().get(),
        };
        Self {
            not_before: not_before.map(|begin| begin.to_string()),
            networks: networks.iter().map(ToString::to_string).collect(),
            rate: rate.map(shown),
        }
    }
}

/// Which days are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct WhichDays {
    /// So many, with today: 1 to 90, 30 if not said.
    #[param(minimum = 1, maximum = 90)]
    pub(super) days: Option<u16>,
}

/// Who used a token, and how often. What was used in the last two seconds may be missing, and in the last
/// minute where thousands of tokens are busy.
#[derive(Serialize, ToSchema)]
pub(super) struct ShownUsage {
    /// The last request that was told yes, and of those that came close together the first.
    last: Option<ShownUse>,
    /// Days on which it was shown, UTC, the latest first.
    days: Vec<ShownDay>,
}

/// One use.
#[derive(Serialize, ToSchema)]
struct ShownUse {
    /// When.
    #[schema(format = DateTime)]
    at: String,
    /// From which network: /24 of IPv4, /48 of IPv6.
    network: Option<String>,
    /// What the client called itself, shortened.
    agent: Option<String>,
    /// Through which surface: `check`, `grpc`, `verify`, `introspection`, `oauth`, `native`, `thinkeo`,
    /// `applivery` or `awx`.
    surface: &'static str,
}

/// What a token was used for on one day.
#[derive(Serialize, ToSchema)]
struct ShownDay {
    /// The day, such as `2026-01-31`.
    #[schema(format = Date)]
    day: String,
    /// Requests that were told yes.
    good: u64,
    /// Requests that were told no.
    refused: u64,
}

impl From<Usage> for ShownUsage {
    fn from(Usage { last, days }: Usage) -> Self {
        let day = |DayOfUse { day, good, refused }: DayOfUse| {
            let at = Timestamp::UNIX_EPOCH
                .saturating_add(SignedDuration::from_hours(24 * i64::from(day)));
            let day = at.map(|at| at.strftime("%F").to_string()).unwrap_or_default();
            ShownDay { day, good, refused }
        };
        let last = last.map(|LastUse { at, network, agent, surface }| ShownUse {
            at: at.to_string(),
            network: network.map(|network| network.to_string()),
            agent: agent.map(String::from),
            surface: surface.as_str(),
        });
        Self { last, days: days.into_iter().map(day).collect() }
    }
}

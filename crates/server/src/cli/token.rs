//! `token`: the tokens of the running server.

use std::io::Read as _;
use std::process::ExitCode;

use authority::secret::Secret;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::ask::{self, Wish, fetch, see, show, table};
use super::{Failed, Format, Where};

/// The longest secret that is read, in bytes.
const LONGEST_INPUT: usize = 16 * 1024;

/// What is shown of a token in a list, for people.
const COLUMNS: &[&str] = &["id", "kind", "label", "scopes", "expires_at", "revoked_at"];

/// What is done with tokens.
#[derive(Subcommand)]
pub(super) enum Token {
    /// Make one. Its secret is shown once.
    Issue(NewToken),
    /// List them.
    List {
        /// Those of this organization; without one, one's own.
        #[arg(long, value_name = "ID")]
        organization: Option<Uuid>,
    },
    /// Show one, without its secret, and who uses it.
    Show {
        /// Its id.
        id: Uuid,
    },
    /// End one, everywhere and for ever.
    Revoke {
        /// Its id.
        id: Uuid,
    },
    /// Give one a new secret. It is shown once.
    Rotate {
        /// Its id.
        id: Uuid,
        /// For how many seconds the old secret is good beside the new one.
        #[arg(long, value_name = "SECONDS", default_value_t = 0)]
        overlap: u64,
    },
    /// Give a short token for the one on standard input. It is shown once, and ends with that one.
    Exchange {
        /// What the short one may do: scopes with spaces between; without any, as much as the other.
        #[arg(long)]
        scopes: Option<String>,
        /// A service that it is for, by name or address; may be repeated. Without any: this authority.
        #[arg(long, value_name = "SERVICE")]
        audience: Vec<String>,
    },
    /// Say whether the token on standard input is good, and for what.
    Verify {
        /// The permission that is needed, such as `shop.order.get`.
        #[arg(long, value_name = "PERMISSION")]
        permission: Option<String>,
    },
}

/// A token that is to be made. What is not said, policy says.
#[derive(Args)]
pub(super) struct NewToken {
    /// What to call it.
    #[arg(long)]
    label: Option<String>,
    /// The organization it is for; without one, each of one's own.
    #[arg(long, value_name = "ID")]
    organization: Option<Uuid>,
    /// The service account that shall hold it.
    #[arg(long, value_name = "ID", conflicts_with = "application")]
    service_account: Option<Uuid>,
    /// The application that shall hold it.
    #[arg(long, value_name = "ID")]
    application: Option<Uuid>,
    /// What it may do: scopes with spaces between; without any, what one may oneself.
    #[arg(long)]
    scopes: Option<String>,
    /// From when on it is no good, such as `2027-01-31T00:00:00Z`.
    #[arg(long, value_name = "TIME")]
    expires_at: Option<String>,
    /// After how many uses it is no good.
    #[arg(long)]
    uses: Option<u32>,
    /// Before this moment it is no good yet, such as `2027-01-31T00:00:00Z`.
    #[arg(long, value_name = "TIME")]
    not_before: Option<String>,
    /// A network that it may be shown from, such as `192.0.2.0/24`; may be said again.
    #[arg(long = "network", value_name = "NETWORK")]
    networks: Vec<String>,
    /// How often it may be used: requests in so many seconds, such as `100/60`.
    #[arg(long, value_name = "REQUESTS/SECONDS", value_parser = read_rate)]
    rate: Option<(u32, u32)>,
}

fn read_rate(text: &str) -> Result<(u32, u32), String> {
    let read = text
        .split_once('/')
        .and_then(|(requests, seconds)| requests.parse().ok().zip(seconds.parse().ok()));
    read.ok_or_else(|| "requests, a slash and seconds, such as 100/60".to_owned())
}

pub(super) fn token(at: &Where, command: &Token) -> Result<ExitCode, Failed> {
    let wish = match command {
        Token::Issue(new) => new.wish(),
        Token::List { organization } => {
            let of = organization.as_ref().map(|id| format!("?organization={id}"));
            Wish::list(format!("/tokens{}", of.unwrap_or_default()), COLUMNS)
        }
        Token::Show { id } => return shown(at, *id),
        Token::Revoke { id } => Wish::done(format!("/tokens/{id}/revoke"), "the token is dead"),
        Token::Rotate { id, overlap } => {
            Wish::make(format!("/tokens/{id}/rotate"), json!({ "overlap_seconds": overlap }))
        }
        Token::Exchange { scopes, audience } => {
            return exchange(at, scopes.as_deref(), audience);
        }
        Token::Verify { permission } => return verify(at, permission.as_deref()),
    };
    ask::ask(at, wish)
}

/// Exchanges a token for a short one.
fn exchange(at: &Where, scopes: Option<&str>, audience: &[String]) -> Result<ExitCode, Failed> {
    let subject = from_input()?;
    let mut fields = vec![
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
        ("subject_token", subject.reveal()),
    ];
    fields.extend(scopes.map(|scopes| ("scope", scopes)));
    fields.extend(audience.iter().map(|service| ("audience", service.as_str())));
    show(at.format, &ask::exchange(at, &fields)?);
    Ok(ExitCode::SUCCESS)
}

/// Shows a token, its last use, and on which days it was used how often.
fn shown(at: &Where, id: Uuid) -> Result<ExitCode, Failed> {
    let mut token = see(at, &format!("/tokens/{id}"))?;
    let usage = see(at, &format!("/tokens/{id}/usage"))?;
    let fields = token.as_object_mut().ok_or_else(|| Failed::new("the answer is no token"))?;
    if at.format == Format::Json {
        fields.insert("usage".to_owned(), usage);
        show(at.format, &token);
        return Ok(ExitCode::SUCCESS);
    }
    for (name, value) in usage.get("last").and_then(Value::as_object).into_iter().flatten() {
        fields.insert(format!("last_used_{name}"), value.clone());
    }
    show(at.format, &token);
    if let Some(days) = usage.get("days").and_then(Value::as_array).filter(|days| !days.is_empty())
    {
        table(days, &["day", "good", "refused"]);
    }
    Ok(ExitCode::SUCCESS)
}

/// Says whether a token is good; the exit code says it too.
fn verify(at: &Where, permission: Option<&str>) -> Result<ExitCode, Failed> {
    let asked = json!({ "token": from_input()?.reveal(), "permission": permission });
    let answer = fetch(at, "/verify", json!({ "tokens": [asked] }))?;
    let result = answer.pointer("/results/0").cloned().unwrap_or_default();
    show(at.format, &result);
    let valid = result.get("valid").is_some_and(|valid| valid == true);
    Ok(if valid { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl NewToken {
    fn wish(&self) -> Wish {
        let scopes = self
            .scopes
            .as_ref()
            .map(|scopes| scopes.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
        let holder = |kind: &str, id: Option<Uuid>| id.map(|id| json!({ "kind": kind, "id": id }));
        let account = holder("service_account", self.service_account);
        let body = json!({
            "label": self.label,
            "organization": self.organization,
            "holder": account.or_else(|| holder("application", self.application)),
            "scopes": scopes,
            "expires_at": self.expires_at,
            "uses": self.uses,
            "not_before": self.not_before,
            "networks": Some(&self.networks).filter(|networks| !networks.is_empty()),
            "rate": self.rate.map(|(requests, seconds)| json!({ "requests": requests, "seconds": seconds })),
        });
        Wish::make("/tokens".to_owned(), body)
    }
}

/// A secret, read where no other process sees it.
pub(super) fn from_input() -> Result<Secret, Failed> {
    // With room for all of it, so that no piece stays behind where it grows.
    let mut text = Zeroizing::new(String::with_capacity(2 * LONGEST_INPUT));
    let most = u64::try_from(LONGEST_INPUT).unwrap_or(u64::MAX);
    std::io::stdin().take(most).read_to_string(&mut text).map_err(Failed::new)?;
    match text.trim_end_matches(['\r', '\n']) {
        "" => Err(Failed::new("nothing came on standard input")),
        secret => Ok(Secret::from_text(secret.to_owned())),
    }
}

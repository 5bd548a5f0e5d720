//! A token as this wire spells it.

use std::borrow::Cow;

use authority::id::Id;
use authority::scope::{Scope, Scopes};
use authority::token::store::TokenFilter;
use authority::token::{Holder, Issued, Limits, Token, Wish};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::fault::Fault;
use super::limits::{ShownLimits, ShownRate, read_networks};

/// Who holds a token.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ShownHolder {
    /// `user`, `application` or `service_account`.
    #[schema(value_type = String)]
    kind: Cow<'static, str>,
    /// Its identity.
    id: Uuid,
}

impl ShownHolder {
    fn read(&self) -> Result<Holder, Fault> {
        let rule = "a user, application or service_account";
        Holder::of(&self.kind, self.id).ok_or_else(|| Fault::invalid("holder", rule))
    }
}

impl From<Holder> for ShownHolder {
    fn from(holder: Holder) -> Self {
        let (kind, id) = holder.parts();
        Self { kind: kind.into(), id }
    }
}

/// A token as it is wished.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewToken {
    /// Who shall hold it; the caller if not said.
    holder: Option<ShownHolder>,
    /// The organization to bind it to. Without one, a person's token is good in each of theirs.
    organization: Option<Uuid>,
    /// What to call it: at most 1,000 characters.
    label: Option<String>,
    /// Its ceilings; those of the caller's credential if not said.
    scopes: Option<Vec<String>>,
    /// From when on it is no good, RFC 3339.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    /// After how many uses it is no good.
    #[schema(minimum = 1)]
    uses: Option<u32>,
    /// Before this moment it is no good yet, RFC 3339.
    #[schema(format = DateTime)]
    not_before: Option<String>,
    /// Networks that it may be shown from, such as `192.0.2.0/24` or `2001:db8::/32`, and single
    /// addresses; those of the caller's credential if not said.
    #[schema(min_items = 1, max_items = 32)]
    networks: Option<Vec<String>>,
    /// How often it may be used.
    rate: Option<ShownRate>,
}

impl NewToken {
    fn limits(&self) -> Result<Limits, Fault> {
        let Self { not_before, networks, rate, .. } = self;
        Ok(Limits {
            not_before: not_before.as_deref().map(|at| read_time("not_before", at)).transpose()?,
            networks: networks.as_deref().map(read_networks).transpose()?.unwrap_or_default(),
            rate: rate.as_ref().map(ShownRate::read).transpose()?,
        })
    }

    pub(super) fn wish(&self) -> Result<Wish, Fault> {
        Ok(Wish {
            holder: self.holder.as_ref().map(ShownHolder::read).transpose()?,
            organization: self.organization.map(Into::into),
            label: self.label.clone(),
            scopes: self.scopes.as_deref().map(read_scopes).transpose()?,
            expires_at: self
                .expires_at
                .as_deref()
                .map(|at| read_time("expires_at", at))
                .transpose()?,
            uses: self.uses,
            limits: self.limits()?,
            ..Wish::default()
        })
    }
}

fn read_time(field: &'static str, text: &str) -> Result<Timestamp, Fault> {
    let rule = "an RFC 3339 time with its zone, such as 2030-01-01T00:00:00Z";
    text.parse().map_err(|_| Fault::invalid(field, rule))
}

fn read_scopes(words: &[String]) -> Result<Scopes, Fault> {
    let unknown = |word: &str| Fault::invalid("scopes", format!("`{word}` is not a scope"));
    let scope = |word: &String| Scope::parse(word).ok_or_else(|| unknown(word));
    if words.len() > authority::scope::MOST_SCOPES {
        return Err(Fault::invalid("scopes", "at most 32"));
    }
    let scopes = words.iter().map(scope).collect::<Result<Vec<_>, _>>()?;
    if scopes.is_empty() {
        return Err(Fault::invalid("scopes", "at least one, or leave it out"));
    }
    Scopes::new(scopes).ok_or_else(|| Fault::invalid("scopes", "at most 32"))
}

/// A token without its secret.
#[derive(Serialize, ToSchema)]
pub(super) struct ShownToken {
    id: Uuid,
    number: i64,
    /// Two letters, as in the token's text.
    kind: &'static str,
    holder: ShownHolder,
    organization: Option<Uuid>,
    /// The OAuth 2 client that a person's token was made through.
    application: Option<Uuid>,
    label: String,
    scopes: Vec<String>,
    created_at: String,
    created_by: Option<Uuid>,
    modified_at: String,
    expires_at: Option<String>,
    uses_left: Option<u32>,
    #[serde(flatten)]
    limits: ShownLimits,
    disabled: bool,
    revoked_at: Option<String>,
    parent: Option<Uuid>,
    last_used_at: Option<String>,
}

impl From<Token> for ShownToken {
    fn from(token: Token) -> Self {
        let text = |time: Option<Timestamp>| time.map(|time| time.to_string());
        Self {
            id: token.id.uuid(),
            number: token.number,
            kind: token.kind.code(),
            holder: token.holder.into(),
            organization: token.organization.map(Id::uuid),
            application: token.application.map(Id::uuid),
            label: token.label,
            scopes: token.scopes.iter().map(ToString::to_string).collect(),
            created_at: token.created_at.to_string(),
            created_by: token.created_by.map(Id::uuid),
            modified_at: token.modified_at.to_string(),
            expires_at: text(token.expires_at),
            uses_left: token.uses_left,
            limits: token.limits.into(),
            disabled: token.disabled,
            revoked_at: text(token.revoked_at),
            parent: token.parent.map(Id::uuid),
            last_used_at: text(token.last_used_at),
        }
    }
}

/// A token with its secret.
#[derive(Serialize, ToSchema)]
pub(super) struct CreatedToken {
    /// The secret: shown now and never again.
    secret: String,
    #[serde(flatten)]
    shown: ShownToken,
}

impl From<Issued> for CreatedToken {
    fn from(Issued { token, secret }: Issued) -> Self {
        Self { secret: secret.reveal().to_owned(), shown: token.into() }
    }
}

/// What to change of a token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangedToken {
    /// A new label.
    pub(super) label: Option<String>,
    /// Switched off, or on again.
    pub(super) disabled: Option<bool>,
}

/// How to rotate a token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Rotation {
    /// For how many seconds the present secret lives on: 0 to 2,592,000.
    #[schema(minimum = 0, maximum = 2_592_000)]
    pub(super) overlap_seconds: i64,
}

/// Which tokens are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct WhichTokens {
    /// Things on the page: 1 to 200, 50 if not said.
    pub(super) limit: Option<u32>,
    /// `next` of the page before.
    pub(super) cursor: Option<String>,
    /// Bound to this organization; without one, the caller's own.
    organization: Option<Uuid>,
    /// Held by this one, such as `service_account:` and its id.
    holder: Option<String>,
    /// Only those that are neither revoked, expired nor spent.
    #[serde(default)]
    live: bool,
}

impl WhichTokens {
    /// What is asked of the core, and the name of the list, by which its cursors are bound to it.
    pub(super) fn filter(&self, now: Timestamp) -> Result<(TokenFilter, String), Fault> {
        let Self { organization, holder, live, .. } = self;
        let filter = TokenFilter {
            organization: organization.map(Into::into),
            holder: holder.as_deref().map(read_holder).transpose()?,
            live_at: live.then_some(now),
            ..TokenFilter::default()
        };
        Ok((filter, format!("tokens {organization:?} {holder:?} {live}")))
    }
}

fn read_holder(text: &str) -> Result<Holder, Fault> {
    let rule = "user, application or service_account, a colon and an id";
    let read = text.split_once(':').and_then(|(kind, id)| Holder::of(kind, id.parse().ok()?));
    read.ok_or_else(|| Fault::invalid("holder", rule))
}

//! The terms on which tokens are issued.
//!
//! **Invariant**: no clock, no dice, no storage.

use jiff::Timestamp;

use super::issue::{Bearer, Wish};
use super::{Holder, LONGEST_LABEL, Limits, Token};
use crate::actor::Actor;
use crate::error::Refusal;
use crate::id::TokenId;
use crate::permission::{Permission, Role};
use crate::policy::TokenPolicy;
use crate::secret::Kind;

/// The rules of issuing, and nothing else: no clock, no dice, no storage.
pub(crate) fn grant(
    actor: &Actor,
    bearer: &Bearer,
    wish: Wish,
    policy: &TokenPolicy,
    (id, now): (TokenId, Timestamp),
) -> Result<Token, Refusal> {
    let label = wish.label.unwrap_or_else(|| default_label(bearer.kind, now));
    check_label(&label)?;
    let scopes = wish.scopes.unwrap_or_else(|| actor.scopes().clone());
    if let Some(scope) = scopes.first_beyond(actor.scopes()) {
        return Err(Refusal::ScopeBeyond(scope.to_string()));
    }
    if wish.organization.is_some_and(|wished| bearer.organization != Some(wished)) {
        return Err(Refusal::invalid("organization", "the holder's own"));
    }
    if wish.uses == Some(0) {
        return Err(Refusal::invalid("uses", "at least 1"));
    }
    let expires_at = if wish.until_revoked && wish.expires_at.is_none() {
        let end = policy.integration_life.map(|life| later(now, life));
        [end, actor.ends()].into_iter().flatten().min()
    } else {
        end_of_life(wish.expires_at, actor.ends(), policy, now)?
    };
    let limits = bounded(wish.limits, actor, expires_at)?;
    let created_by = actor.user().filter(|user| bearer.holder != Holder::User(*user));
    Ok(Token {
        organization: bearer.organization,
        application: bearer.application,
        label,
        created_by,
        uses_left: wish.uses,
        limits,
        parent: actor.token(),
        born: bearer.born,
        ..Token::begun(id, bearer.kind, bearer.holder, scopes, (now, expires_at))
    })
}

/// A token's limits: no wider than those of the credential that makes it.
fn bounded(
    limits: Limits,
    actor: &Actor,
    expires_at: Option<Timestamp>,
) -> Result<Limits, Refusal> {
    let Limits { not_before, networks, rate } = limits;
    if not_before.zip(expires_at).is_some_and(|(begin, end)| begin >= end) {
        return Err(Refusal::invalid("not_before", "must lie before the expiration"));
    }
    let own = actor.networks();
    let networks = if networks.are_any() { own.clone() } else { networks };
    if !networks.are_within(&own) {
        return Err(Refusal::NetworkBeyond);
    }
    Ok(Limits { not_before, networks, rate })
}

/// When a token ends: as asked, if that is to come and neither policy nor parent ends before;
/// else by default, cut to what both allow.
fn end_of_life(
    asked: Option<Timestamp>,
    parent: Option<Timestamp>,
    policy: &TokenPolicy,
    now: Timestamp,
) -> Result<Option<Timestamp>, Refusal> {
    let longest = policy.longest_life.map(|life| later(now, life));
    let bound = [longest, parent].into_iter().flatten().min();
    let Some(asked) = asked else {
        let default = later(now, policy.default_life);
        return Ok(Some(bound.map_or(default, |bound| bound.min(default))));
    };
    if asked <= now {
        return Err(Refusal::invalid("expiration", "must lie in the future"));
    }
    match (longest, parent) {
        (_, Some(own)) if asked > own => Err(Refusal::LifeBeyondOwn(own)),
        (Some(longest), _) if asked > longest => Err(Refusal::LifeBeyond(longest)),
        (Some(_) | None, _) => Ok(Some(asked)),
    }
}

pub(crate) fn later(now: Timestamp, life: jiff::SignedDuration) -> Timestamp {
    now.checked_add(life).unwrap_or(Timestamp::MAX)
}

fn default_label(kind: Kind, now: Timestamp) -> String {
    let what = match kind {
        Kind::Personal => "personal token",
        Kind::ServiceAccount => "service account token",
        Kind::Integration => "integration token",
        Kind::ClientSecret => "client secret",
        Kind::Mailed => "mailed link",
        Kind::ApiKey | Kind::Access | Kind::Refresh | Kind::AuthorizationCode | Kind::Console => {
            "token"
        }
    };
    format!("{what} of {}", now.strftime("%F"))
}

/// A label has at most 1,000 characters, none of them a control character but those that break lines.
pub(crate) fn check_label(label: &str) -> Result<(), Refusal> {
    let odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if label.chars().count() <= LONGEST_LABEL && !label.contains(odd) {
        return Ok(());
    }
    Err(Refusal::invalid(
        "label",
        format!("at most {LONGEST_LABEL} characters, no control characters"),
    ))
}

/// A name has 1 to `longest` characters, none of them a control character.
pub(crate) fn check_name(field: &'static str, name: &str, longest: usize) -> Result<(), Refusal> {
    let fits = (1..=longest).contains(&name.chars().count());
    if fits && !name.chars().any(char::is_control) {
        return Ok(());
    }
    Err(Refusal::invalid(field, format!("1 to {longest} characters, no control characters")))
}

/// A role above which nobody without it may act.
pub(crate) fn check_command(actor: Role, other: Role) -> Result<(), Refusal> {
    if actor.commands(other) {
        return Ok(());
    }
    Err(Refusal::NotPermitted(Permission::MEMBER_UPDATE))
}

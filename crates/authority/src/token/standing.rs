//! A token with all that its goodness depends on, and its judgement.

use jiff::Timestamp;

use super::{Asked, Born, Reason, Token};
use crate::demand::Demand;
use crate::id::OrganizationId;
use crate::permission::{Marks, Permission, Role};

/// What a holder is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HolderNow {
    /// User name, application name or service account name.
    pub name: Box<str>,
    /// Disabled, archived or deleted.
    pub disabled: bool,
    /// Its epoch.
    pub epoch: i64,
    /// Its role in the token's organization; none if it has no place there, or the token is bound
    /// to no organization.
    pub role: Option<Role>,
    /// Its marks; none unless a user.
    pub marks: Marks,
}

/// What an organization is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrganizationNow {
    /// Suspended: nothing of it is good.
    pub suspended: bool,
    /// Its epoch.
    pub epoch: i64,
}

/// What the application that a token was made through is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApplicationNow {
    /// Whose it is.
    pub organization: OrganizationId,
    /// Put away, or its organization is suspended or deleted: nothing made through it is good.
    pub gone: bool,
}

/// A token and all that its goodness depends on, as read in one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// The token.
    pub token: Token,
    /// When the *presented* secret ends, if it is one that was rotated away.
    pub secret_until: Option<Timestamp>,
    /// Its holder now.
    pub holder: HolderNow,
    /// Its organization now, if it is bound to one.
    pub organization: Option<OrganizationNow>,
    /// The application that it was made through, now, if it was made through one.
    pub application: Option<ApplicationNow>,
}

impl Standing {
    /// Judges: is this token good at this moment, and is it what is asked for? For whom it is, is judged
    /// if an audience is asked for.
    ///
    /// # Errors
    ///
    /// The first reason why not. [`Reason::Scope`] comes last, so that it is only said of a token
    /// that is good for something.
    pub fn verdict(&self, now: Timestamp, asked: &Asked<'_>) -> Result<(), Reason> {
        self.is_good(now)?;
        if !self.token.limits.networks.admit(asked.visit.source) {
            return Err(Reason::Address);
        }
        if asked.audience.is_some_and(|audience| !self.token.is_for(audience)) {
            return Err(Reason::Audience);
        }
        if !asked.kinds.is_empty() && !asked.kinds.contains(&self.token.kind) {
            return Err(Reason::Kind);
        }
        if asked.demands.iter().flatten().any(|demand| !self.meets(demand)) {
            return Err(Reason::Scope);
        }
        Ok(())
    }

    /// Whether it is good for anything at this moment, somewhere.
    ///
    /// # Errors
    ///
    /// The first reason why not.
    pub fn is_good(&self, now: Timestamp) -> Result<(), Reason> {
        let Self { token, secret_until, holder, organization, application } = self;
        let over = |end: &Option<Timestamp>| end.is_some_and(|end| now >= end);
        let gone = application.is_some_and(|application| application.gone);
        if token.revoked_at.is_some() || gone || !self.epochs_hold() {
            return Err(Reason::Revoked);
        }
        if over(&token.expires_at) || over(secret_until) {
            return Err(Reason::Expired);
        }
        if token.limits.not_before.is_some_and(|begin| now < begin) {
            return Err(Reason::NotYet);
        }
        if token.uses_left == Some(0) {
            return Err(Reason::Spent);
        }
        if token.disabled {
            return Err(Reason::Disabled);
        }
        let suspended = organization.is_some_and(|organization| organization.suspended);
        let placeless = organization.is_some() && holder.role.is_none() && !holder.marks.superuser;
        if holder.disabled || suspended || placeless {
            return Err(Reason::HolderDisabled);
        }
        Ok(())
    }

    /// Whether it permits what is demanded.
    pub fn meets(&self, demand: &Demand) -> bool {
        demand.is_met(&|permission: &Permission| self.permits(permission))
    }

    /// Scope ∩ what the holder may do now. A token that is bound to no organization is judged by
    /// its holder's marks only; what its user may do in each organization, the core asks there.
    pub fn permits(&self, permission: &Permission) -> bool {
        let role = self.holder.role.unwrap_or(Role::Unassigned);
        self.token.scopes.cover(permission)
            && (role.holds(permission) || self.holder.marks.hold(permission))
    }

    fn epochs_hold(&self) -> bool {
        let organization = self.organization.map_or(self.token.born.organization, |o| o.epoch);
        self.token.born == Born { holder: self.holder.epoch, organization }
    }
}

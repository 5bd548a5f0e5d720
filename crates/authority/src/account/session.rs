//! Sessions: opening, refreshing, entering an organization, logging out.
//!
//! A session is the family of one refresh token. Each refresh moves it one generation on, and only
//! the last refresh token is good. Showing an earlier one ends the session, for then two hold it,
//! except in two cases. Within a second of the refresh, the immediate predecessor is only refused:
//! several requests of one client were under way at once. And after that second, shortly, it may
//! be shown once more if nothing of its successors was used: the answer was lost on its way.

use jiff::{SignedDuration, Timestamp};

use super::store::Turn;
use super::{Session, User};
use crate::actor::{Actor, Place};
use crate::authority::{Authority, SYSTEM};
use crate::claims::{AccessClaims, Aud};
use crate::error::{Error, Refusal};
use crate::id::{OrganizationId, SessionId};
use crate::journal::{By, Subject, Who};
use crate::permission::Permission;
use crate::policy::SessionPolicy;
use crate::scope::Scopes;
use crate::secret::{Kind, Presented, Secret};
use crate::token::Born;
use crate::token::store::Change;
use crate::token::terms::later;

/// A session's new pair of tokens.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The session as it is now.
    pub session: Session,
    /// The access token.
    pub access: Secret,
    /// When the access token ends.
    pub access_expires_at: Timestamp,
    /// The refresh token.
    pub refresh: Secret,
    /// When the refresh token ends if it is not used.
    pub refresh_expires_at: Timestamp,
}

/// The client of those who obtain a token through none: this authority's own APIs.
pub(crate) const OWN_CLIENT: &str = "chancery";

/// How long after a refresh its predecessor is taken for a request that was under way then.
const UNDER_WAY: SignedDuration = SignedDuration::from_secs(1);

/// What a shown refresh token calls for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The next generation.
    Next,
    /// The next generation in place of one whose answer was lost.
    Replace,
    /// Nothing: it is over, or another request was first.
    Over,
    /// The end: two hold the same refresh token.
    Reuse,
}

/// What a refresh token of generation `shown` calls for: pure.
pub(crate) fn step(session: &Session, shown: i64, policy: &SessionPolicy, now: Timestamp) -> Step {
    let idle = idle(session, policy);
    if session.ended_at.is_some() {
        return Step::Over;
    }
    if shown == session.generation {
        let over = now >= session.expires_at || now >= later(session.refreshed_at, idle);
        return if over { Step::Over } else { Step::Next };
    }
    let since = now.duration_since(session.refreshed_at);
    let predecessor = shown + 1 == session.generation;
    if predecessor && since < UNDER_WAY {
        return Step::Over;
    }
    let lost = predecessor
        && !session.used
        && !session.replaced
        && since < policy.lost_answer
        && now < session.expires_at;
    if lost { Step::Replace } else { Step::Reuse }
}

/// Without a refresh for so long, a session is over.
fn idle(session: &Session, policy: &SessionPolicy) -> SignedDuration {
    if session.remembered { policy.remembered_idle } else { policy.idle }
}

impl Authority {
    /// Opens a session for a user who has just proved to be one: by a password of that generation,
    /// if one is given.
    pub(crate) async fn open_session(
        &self,
        user: &User,
        password: Option<i64>,
        organization: Option<OrganizationId>,
        remembered: bool,
    ) -> Result<Opened, Error> {
        let organization = self.organization_to_enter(user, organization).await?;
        self.open_session_in(user, password, organization, remembered).await
    }

    /// As [`Authority::open_session`], in just this organization; in none, it reaches each of its user's.
    pub(crate) async fn open_session_in(
        &self,
        user: &User,
        password: Option<i64>,
        organization: Option<OrganizationId>,
        remembered: bool,
    ) -> Result<Opened, Error> {
        let now = self.now();
        let policy = &self.shared.policy.sessions;
        let life = if remembered { policy.remembered_life } else { policy.life };
        let born = self.born_in(user.epoch, organization).await?;
        let begun = Session::begun(self.mint(), user.id, born, (now, later(now, life)));
        let session = Session { organization, remembered, ..begun };
        let (refresh, kept) = self.make_secret(Kind::Refresh);
        let by = By { who: Who::User(user.id), token: None };
        let note = self
            .note_by(by, "session.open", ("session", session.id.uuid()))
            .of(organization)
            .saying("remembered", remembered.to_string());
        let fact = self.shared.store.open_session(&session, kept.digest, password, note);
        match self.enrol(&[], fact).await? {
            Change::Done => self.pair(session, refresh),
            Change::Missing => Err(Refusal::Unauthenticated.into()),
        }
    }

    /// Exchanges a refresh token for the next pair, and enters another organization if asked to.
    ///
    /// # Errors
    ///
    /// [`Refusal::Unauthenticated`] if it is unknown, over or was used before; in the last case
    /// the session is ended. [`Refusal::NotAMember`] if the user may not enter `organization`;
    /// nothing is changed then.
    pub async fn refresh(
        &self,
        refresh: &str,
        organization: Option<OrganizationId>,
    ) -> Result<Opened, Error> {
        let brand = &self.shared.policy.brand;
        let presented = Presented::read(brand, refresh).filter(|p| p.kind == Kind::Refresh);
        let presented = presented.ok_or(Refusal::Unauthenticated)?;
        let digests = self.shared.keys.digests(presented);
        let found = self.shared.store.session_by_refresh(&digests).await?;
        // A grant is refreshed by its client, which shows who it is.
        let login = found.filter(|(session, _)| session.application.is_none());
        let (session, shown) = login.ok_or(Refusal::Unauthenticated)?;
        match step(&session, shown, &self.shared.policy.sessions, self.now()) {
            Step::Over => Err(Refusal::Unauthenticated.into()),
            Step::Reuse => self.end_for_reuse(&session).await,
            Step::Next => self.turn(session, organization, false).await,
            Step::Replace => self.turn(session, organization, true).await,
        }
    }

    async fn turn(
        &self,
        session: Session,
        organization: Option<OrganizationId>,
        replace: bool,
    ) -> Result<Opened, Error> {
        let user = self.shared.store.user(session.user).await?.ok_or(Refusal::Unauthenticated)?;
        let entered = match organization {
            Some(_) => self.organization_to_enter(&user, organization).await?,
            None => session.organization,
        };
        let moved = entered != session.organization;
        let generation = session.generation + 1;
        let floor = if moved || replace { generation } else { session.floor };
        let born = if moved { self.born_in(user.epoch, entered).await? } else { session.born };
        let (refresh, kept) = self.make_secret(Kind::Refresh);
        let turn = Turn {
            session: session.id,
            from: session.generation,
            refresh: kept.digest,
            organization: entered,
            born: Born { holder: session.born.holder, ..born },
            floor,
            expires_at: session.expires_at,
            only_unused: replace,
            at: self.now(),
        };
        let by = By { who: Who::User(session.user), token: None };
        let forget = Subject::Session(session.id);
        let mut note = self
            .note_by(by, "session.refresh", ("session", session.id.uuid()))
            .of(entered)
            .saying("generation", generation.to_string());
        if floor == generation {
            note = note.forgetting(forget);
        }
        let fact = self.shared.store.turn_session(&turn, note);
        if self.enrol(&[forget], fact).await? == Change::Missing {
            return Err(Refusal::Unauthenticated.into());
        }
        let session = Session {
            organization: turn.organization,
            generation,
            floor,
            used: false,
            replaced: replace,
            refreshed_at: turn.at,
            born: turn.born,
            ..session
        };
        self.pair(session, refresh)
    }

    async fn end_for_reuse(&self, session: &Session) -> Result<Opened, Error> {
        let forget = Subject::Session(session.id);
        let note = self
            .note_by(SYSTEM, "session.end", ("session", session.id.uuid()))
            .of(session.organization)
            .saying("because", "an earlier refresh token was shown again")
            .forgetting(forget);
        let fact = self.shared.store.end_session(session.id, note);
        self.enrol(&[forget], fact).await?;
        Err(Refusal::Unauthenticated.into())
    }

    /// Logs out: ends the session that the actor acts in, and the one of `refresh` if that is the
    /// same user's. Doing so twice is no error.
    pub async fn log_out(&self, actor: &Actor, refresh: Option<&str>) -> Result<(), Error> {
        self.allow(actor, &Permission::SELF_UPDATE, Place::Oneself).await?;
        if let Some(session) = actor.session() {
            self.end_session_by(actor, session).await?;
        }
        match refresh {
            Some(refresh) => self.revoke_presented(actor, refresh).await,
            None => Ok(()),
        }
    }

    /// The actor's own sessions that are not over, newest first.
    pub async fn sessions(&self, actor: &Actor) -> Result<Vec<Session>, Error> {
        self.allow(actor, &Permission::SELF_READ, Place::Oneself).await?;
        let user = Self::person(actor)?;
        Ok(self.shared.store.sessions_of(user, self.now()).await?)
    }

    /// Ends one of the actor's own sessions.
    pub async fn end_session(&self, actor: &Actor, id: SessionId) -> Result<(), Error> {
        self.allow(actor, &Permission::SELF_UPDATE, Place::Oneself).await?;
        let user = Self::person(actor)?;
        let found = self.shared.store.session_standing(id).await?;
        let own = found.filter(|found| found.session.user == user);
        own.ok_or(Refusal::Missing("session"))?;
        self.end_session_by(actor, id).await
    }

    /// The organization that a session enters: as asked if the user has a place there; else the
    /// one last entered, else the one the user has been in for longest, else none.
    pub(crate) async fn organization_to_enter(
        &self,
        user: &User,
        asked: Option<OrganizationId>,
    ) -> Result<Option<OrganizationId>, Error> {
        let store = &self.shared.store;
        if let Some(asked) = asked {
            let member = store.membership(user.id, asked).await?.is_some();
            let open = store.organization(asked).await?.is_some_and(|o| o.suspended_at.is_none());
            let enters = open && (member || user.marks.superuser);
            return if enters { Ok(Some(asked)) } else { Err(Refusal::NotAMember.into()) };
        }
        let places = store.memberships_of(user.id).await?;
        let last = store.last_organization(user.id).await?;
        let last = last.filter(|last| places.iter().any(|place| place.organization == *last));
        for place in last.into_iter().chain(places.iter().map(|place| place.organization)) {
            let found = store.organization(place).await?;
            if found.is_some_and(|found| found.suspended_at.is_none()) {
                return Ok(Some(place));
            }
        }
        Ok(None)
    }

    async fn born_in(
        &self,
        holder: i64,
        organization: Option<OrganizationId>,
    ) -> Result<Born, Error> {
        match organization {
            Some(organization) => self.born(holder, organization).await,
            None => Ok(Born { holder, organization: 0 }),
        }
    }

    fn pair(&self, session: Session, refresh: Secret) -> Result<Opened, Error> {
        let now = self.now();
        let expires_at = later(now, self.shared.policy.access_life).min(session.expires_at);
        let claims = AccessClaims {
            iss: self.shared.policy.issuer.clone(),
            sub: session.user.uuid(),
            aud: Aud::One(self.shared.policy.issuer.clone()),
            exp: expires_at.as_duration().as_secs_f64(),
            iat: now.as_duration().as_secs_f64(),
            nbf: 0.0,
            jti: self.mint::<crate::id::kind::Token>().uuid(),
            client_id: OWN_CLIENT.to_owned(),
            scope: Scopes::all().to_string(),
            team: session.organization.map(OrganizationId::uuid),
            session: true,
            sid: Some(session.id.uuid()),
            generation: Some(session.generation),
            parent: None,
            act: None,
        };
        let jws = self.shared.keys.ring().sign(&claims, now)?;
        let prefix = self.shared.policy.brand.prefix(Kind::Access);
        let access = Secret::from_text(prefix + &jws);
        let idle = idle(&session, &self.shared.policy.sessions);
        let refresh_expires_at = later(session.refreshed_at, idle).min(session.expires_at);
        Ok(Opened { session, access, access_expires_at: expires_at, refresh, refresh_expires_at })
    }
}

//! Browser sessions: a log-in that is carried by a cookie and lives as long as it is used.
//!
//! The cookie's secret never changes hands like a refresh token, so it is not rotated; it ends when it is not
//! used for a while, at the end of the session's life, when its user logs out or changes the password.

use jiff::SignedDuration;
use uuid::Uuid;

use super::store::SessionStanding;
use super::{Login, Session};
use crate::actor::Actor;
use crate::authority::{Authority, Door};
use crate::error::{Error, Refusal};
use crate::id::SessionId;
use crate::journal::{By, Who};
use crate::secret::{Kind, Presented, Secret};
use crate::token::store::Change;
use crate::token::terms::later;
use crate::token::{Born, Standing, login};

/// How exactly the date of a session's last use is kept.
const TOUCHED: SignedDuration = SignedDuration::from_secs(60);

impl Authority {
    /// Logs in for a browser. Gives the cookie's secret.
    ///
    /// # Errors
    ///
    /// As [`Authority::log_in`].
    pub async fn open_browser(&self, login: Login<'_>, door: &Door) -> Result<Secret, Error> {
        let (user, password) = self.check_password(login, door).await?;
        let now = self.now();
        let ends = later(now, self.shared.policy.sessions.life);
        let born = Born { holder: user.epoch, organization: 0 };
        let session = Session::begun(self.mint(), user.id, born, (now, ends));
        let (secret, kept) = self.make_secret(Kind::Console);
        let by = By { who: Who::User(user.id), token: None };
        let note = self
            .note_by(by, "session.open", ("session", session.id.uuid()))
            .saying("browser", "true");
        let fact = self.shared.store.open_session(&session, kept.digest, Some(password), note);
        match self.enrol(&[], fact).await? {
            Change::Done => Ok(secret),
            Change::Missing => Err(Refusal::Unauthenticated.into()),
        }
    }

    /// Makes an actor of a cookie's secret, and notes that the session is used.
    ///
    /// # Errors
    ///
    /// [`Refusal::Unauthenticated`] if it is unknown or over.
    pub async fn authenticate_browser(&self, cookie: &str) -> Result<Actor, Error> {
        let found = self.browser_session(cookie).await?.ok_or(Refusal::Unauthenticated)?;
        let (now, session) = (self.now(), &found.session);
        let idle = self.shared.policy.grants.browser_idle;
        let (id, refreshed_at) = (session.id, session.refreshed_at);
        let idled = now >= later(refreshed_at, idle);
        let known = self.shared.verdicts.passing(standing_of(found)?);
        if idled || known.is_good(now).is_err() {
            return Err(Refusal::Unauthenticated.into());
        }
        if now.duration_since(refreshed_at) >= TOUCHED {
            self.shared.store.touch_session(id, now).await?;
        }
        Ok(Actor::by_token(known))
    }

    /// Logs a browser out. One that is out already is no error.
    pub async fn close_browser(&self, cookie: &str) -> Result<(), Error> {
        let Some(found) = self.browser_session(cookie).await? else {
            return Ok(());
        };
        let session: SessionId = found.session.id;
        let actor = Actor::by_token(self.shared.verdicts.passing(standing_of(found)?));
        self.end_session_by(&actor, session).await
    }

    async fn browser_session(&self, cookie: &str) -> Result<Option<SessionStanding>, Error> {
        let brand = &self.shared.policy.brand;
        let presented = Presented::read(brand, cookie).filter(|p| p.kind == Kind::Console);
        let Some(presented) = presented else { return Ok(None) };
        let digests = self.shared.keys.digests(presented);
        match self.shared.store.session_by_refresh(&digests).await? {
            Some((session, _)) => Ok(self.shared.store.session_standing(session.id).await?),
            None => Ok(None),
        }
    }

    /// What a form must carry to show that it is one of ours, and belongs to this cookie (or to
    /// none). It is no secret of the user's, but nobody else can make it.
    pub fn form_seal(&self, cookie: &str, nonce: &str) -> String {
        let digest = self.shared.keys.blind("form", &format!("{nonce} {cookie}"));
        let mark = digest.as_bytes().first_chunk::<16>().copied().unwrap_or_default();
        format!("{nonce}{}", Uuid::from_bytes(mark).simple())
    }

    /// A new nonce for [`Authority::form_seal`]: 32 hexadecimal digits.
    pub fn form_nonce(&self) -> String {
        let mut random = [0; 16];
        self.shared.entropy.fill(&mut random);
        Uuid::from_bytes(random).simple().to_string()
    }

    /// Whether a seal is one of ours for this cookie.
    pub fn form_is_ours(&self, cookie: &str, seal: &str) -> bool {
        let Some(nonce) = seal.get(..32).filter(|_| seal.len() == 64) else {
            return false;
        };
        let ours = self.form_seal(cookie, nonce);
        subtle::ConstantTimeEq::ct_eq(ours.as_bytes(), seal.as_bytes()).into()
    }
}

/// What a browser session stands on: the login's present generation.
fn standing_of(found: SessionStanding) -> Result<Standing, Refusal> {
    let generation = found.session.generation;
    login(found, generation).ok_or(Refusal::Unauthenticated)
}

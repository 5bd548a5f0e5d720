//! Refreshing a grant (RFC 6749, section 6), and giving it back (RFC 7009).

use jiff::Timestamp;

use super::open::{earlier, may_hold};
use super::{Granted, ShownClient};
use crate::account::Session;
use crate::account::session::{Step, step};
use crate::account::store::Turn;
use crate::authority::Authority;
use crate::error::{Error, Refusal};
use crate::id::SessionId;
use crate::journal::{By, Subject, Who};
use crate::policy::SessionPolicy;
use crate::scope::Scopes;
use crate::secret::{Kind, Presented};
use crate::token::store::Insertion;
use crate::token::terms::later;
use crate::token::{Holder, Token};

impl Authority {
    /// Exchanges a client's refresh token for the next pair. The access token before is revoked.
    /// The scopes may be narrowed by `scopes`, never widened.
    ///
    /// # Errors
    ///
    /// [`Refusal::GrantRefused`] if the refresh token is unknown, over, another client's, or was
    /// used before; in the last case the grant is ended. [`Refusal::RefreshExpired`] if it was not
    /// used in time. [`Refusal::ScopeBeyond`] if more is asked for than was granted; nothing is
    /// changed then.
    pub async fn refresh_grant(
        &self,
        client: &ShownClient,
        refresh: &str,
        scopes: Option<Scopes>,
    ) -> Result<Granted, Error> {
        let found = self.grant_of_refresh(client, refresh).await?;
        let (session, shown) = found.ok_or(Refusal::GrantRefused)?;
        let settings = self.settings_now().await?;
        let policy =
            SessionPolicy { idle: settings.refresh_life(), ..self.shared.policy.sessions.clone() };
        let replace = match step(&session, shown, &policy, self.now()) {
            Step::Next => false,
            Step::Replace => true,
            Step::Over if session.ended_at.is_none() && shown == session.generation => {
                return Err(Refusal::RefreshExpired.into());
            }
            Step::Over => return Err(Refusal::GrantRefused.into()),
            Step::Reuse => return self.end_grant_for_reuse(client, session.id).await,
        };
        let user = self.shared.store.user(session.user).await?.ok_or(Refusal::GrantRefused)?;
        may_hold(&user, &settings)?;
        let before = self.shared.store.token_of_grant(session.id).await?;
        let before = before.ok_or(Refusal::GrantRefused)?;
        let scopes = narrowed(scopes, &before.scopes)?;
        let bound = self.bound_of(&before).await?;
        let next = Token {
            session: Some(session.id),
            application: Some(client.application.id),
            label: before.label,
            parent: before.parent,
            limits: before.limits,
            ..self.personal_token(&user, scopes, &settings, bound)
        };
        let end = earlier(later(next.created_at, settings.refresh_life()), bound);
        self.turn_grant(client, &session, (next, end), replace).await
    }

    /// The end of the token that a grant was opened with, if it was: no refresh leads beyond it. One that
    /// is not kept any more bounds it as it did before.
    async fn bound_of(&self, token: &Token) -> Result<Option<Timestamp>, Error> {
        let Some(parent) = token.parent else { return Ok(None) };
        let found = self.shared.store.token_standing(parent).await?;
        let bound = found.map_or(token.expires_at, |found| found.token.expires_at);
        if bound.is_some_and(|bound| bound <= self.now()) {
            return Err(Refusal::GrantRefused.into());
        }
        Ok(bound)
    }

    /// The grant of this client that a text is a refresh token of, and of which generation.
    async fn grant_of_refresh(
        &self,
        client: &ShownClient,
        text: &str,
    ) -> Result<Option<(Session, i64)>, Error> {
        let brand = &self.shared.policy.brand;
        let presented = Presented::read(brand, text).filter(|p| p.kind == Kind::Refresh);
        let Some(presented) = presented else { return Ok(None) };
        let digests = self.shared.keys.digests(presented);
        let found = self.shared.store.session_by_refresh(&digests).await?;
        Ok(found.filter(|(session, _)| session.application == Some(client.application.id)))
    }

    async fn turn_grant(
        &self,
        client: &ShownClient,
        session: &Session,
        (token, end): (Token, Timestamp),
        replace: bool,
    ) -> Result<Granted, Error> {
        let (access, secret) = self.make_secret(Kind::Personal);
        let (refresh, kept) = self.make_secret(Kind::Refresh);
        let generation = session.generation + 1;
        let turn = Turn {
            session: session.id,
            from: session.generation,
            refresh: kept.digest,
            organization: None,
            born: token.born,
            floor: generation,
            expires_at: end,
            only_unused: replace,
            at: token.created_at,
        };
        let by = By { who: Who::Application(client.application.id), token: None };
        let forget = Subject::Session(session.id);
        let note =
            self.grant_note(by, "token.refresh", (&token, &client.application)).forgetting(forget);
        let fact = self.shared.store.turn_grant(&turn, &token, secret, note);
        match self.enrol(&[forget], fact).await? {
            Insertion::Done(number) => Ok(Granted::new(Token { number, ..token }, access, refresh)),
            Insertion::TooMany | Insertion::HolderGone => Err(Refusal::GrantRefused.into()),
        }
    }

    async fn end_grant_for_reuse(
        &self,
        client: &ShownClient,
        session: SessionId,
    ) -> Result<Granted, Error> {
        self.end_grant(client, session, "an earlier refresh token was shown again").await?;
        Err(Refusal::GrantRefused.into())
    }

    /// Ends a grant: its access token and its refresh token are dead.
    pub(super) async fn end_grant(
        &self,
        client: &ShownClient,
        session: SessionId,
        because: &str,
    ) -> Result<(), Error> {
        let by = By { who: Who::Application(client.application.id), token: None };
        let forget = Subject::Session(session);
        let note = self
            .note_by(by, "session.end", ("session", session.uuid()))
            .of(client.application.organization)
            .saying("because", because)
            .forgetting(forget);
        self.enrol(&[forget], self.shared.store.end_session(session, note)).await?;
        Ok(())
    }

    /// Ends the grant that a client shows an access or refresh token of, if it is its own. What is
    /// another's, or nothing, is left as it is, and the client is not told the difference.
    ///
    /// Source: RFC 7009, section 2.1.
    pub async fn give_back(&self, client: &ShownClient, text: &str) -> Result<(), Error> {
        let because = "its client gave it back";
        if let Some((session, _)) = self.grant_of_refresh(client, text).await? {
            return self.end_grant(client, session.id, because).await;
        }
        let brand = &self.shared.policy.brand;
        let presented = Presented::read(brand, text).filter(|p| p.kind == Kind::Personal);
        let Some(presented) = presented else { return Ok(()) };
        let Some(known) = self.look_up(presented).await? else { return Ok(()) };
        let token = &known.token;
        let own = token.application == Some(client.application.id);
        let person = matches!(token.holder, Holder::User(_));
        match token.session.filter(|_| own && person) {
            Some(session) => self.end_grant(client, session, because).await,
            None => Ok(()),
        }
    }
}

/// The scopes that are asked for, if they are none but those that were granted.
fn narrowed(asked: Option<Scopes>, granted: &Scopes) -> Result<Scopes, Refusal> {
    let scopes = asked.unwrap_or_else(|| granted.clone());
    match scopes.first_beyond(granted) {
        Some(scope) => Err(Refusal::ScopeBeyond(scope.to_string())),
        None => Ok(scopes),
    }
}

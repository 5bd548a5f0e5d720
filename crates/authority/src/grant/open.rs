//! How a token of a person's comes to be: by its own hand, or through an application.

use jiff::Timestamp;

use super::store::{Ground, Pair};
use super::{Granted, ShownClient};
use crate::account::{Login, Session, User};
use crate::actor::{Actor, Place};
use crate::application::{Application, Grant};
use crate::authority::{Authority, Door};
use crate::error::{Error, Refusal};
use crate::id::ApplicationId;
use crate::journal::{By, Draft, Who};
use crate::permission::Permission;
use crate::scope::Scopes;
use crate::secret::{Kind, Secret};
use crate::settings::Settings;
use crate::token::issue::saying_limits;
use crate::token::store::Insertion;
use crate::token::terms::{check_label, later};
use crate::token::{Born, Holder, Limits, Token};

/// A token for oneself, as somebody wishes it. Its life is what settings say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonalWish {
    /// What to call it; may be empty.
    pub label: String,
    /// Its ceilings.
    pub scopes: Scopes,
    /// The application to make it through; a refresh token is made too then.
    pub application: Option<ApplicationId>,
}

impl Authority {
    /// Issues a token to the person who acts, good in each of its organizations.
    ///
    /// # Errors
    ///
    /// A [`Refusal`] if the wish breaks a rule: wider scopes than the caller's own, an application that
    /// it can't see, an account that somebody else keeps. Nothing is stored then.
    pub async fn issue_personal(
        &self,
        actor: &Actor,
        wish: PersonalWish,
    ) -> Result<Granted, Error> {
        check_label(&wish.label)?;
        if actor.is_barren() || actor.organization().is_some() {
            return Err(Refusal::CannotBreed.into());
        }
        self.allow(actor, &Permission::SELF_UPDATE, Place::Oneself).await?;
        if let Some(scope) = wish.scopes.first_beyond(actor.scopes()) {
            return Err(Refusal::ScopeBeyond(scope.to_string()).into());
        }
        let user = self.shared.store.user(Self::person(actor)?).await?;
        let user = user.ok_or(Refusal::Missing("user"))?;
        let settings = self.settings_now().await?;
        may_hold(&user, &settings)?;
        let application = match wish.application {
            Some(id) => Some(self.client_for(actor, id).await?),
            None => None,
        };
        let token = Token {
            parent: actor.token(),
            limits: Limits { networks: actor.networks(), ..Limits::default() },
            ..self.personal_token(&user, wish.scopes, &settings, actor.ends())
        };
        let token = Token { label: wish.label, ..token };
        match application {
            None => {
                let (secret, number) = self.keep(actor, &token, None).await?;
                Ok(Granted { token: Token { number, ..token }, access: secret, refresh: None })
            }
            Some(application) => {
                let parts = (token, application, Ground::Credential);
                self.open_grant(parts, actor.by(), (&settings, actor.ends())).await
            }
        }
    }

    /// An OAuth 2 client that the actor can see.
    async fn client_for(&self, actor: &Actor, id: ApplicationId) -> Result<Application, Error> {
        let application = self.application(actor, id).await?;
        let here = application.client.is_some() && application.archived_at.is_none();
        if here { Ok(application) } else { Err(Refusal::Missing("application").into()) }
    }

    /// Grants tokens to a client that sends a user's name and password (RFC 6749, section 4.3), under
    /// the throttle of every login.
    ///
    /// # Errors
    ///
    /// [`Refusal::GrantNotAllowed`] if the client was not made for it, or the installation allows it
    /// to none; nothing is compared then.
    pub async fn grant_by_password(
        &self,
        client: &ShownClient,
        login: Login<'_>,
        scopes: Scopes,
        door: &Door,
    ) -> Result<Granted, Error> {
        if client.client.grant != Grant::Password || !self.shared.policy.grants.passwords {
            return Err(Refusal::GrantNotAllowed.into());
        }
        let (user, generation) = self.check_password(login, door).await?;
        let ground = Ground::Password(generation);
        self.grant(client, (&user, scopes), ground).await
    }

    /// Grants a client tokens of a user.
    pub(super) async fn grant(
        &self,
        client: &ShownClient,
        (user, scopes): (&User, Scopes),
        ground: Ground,
    ) -> Result<Granted, Error> {
        let settings = self.settings_now().await?;
        may_hold(user, &settings)?;
        let token = self.personal_token(user, scopes, &settings, None);
        let by = By { who: Who::Application(client.application.id), token: None };
        let parts = (token, client.application.clone(), ground);
        self.open_grant(parts, by, (&settings, None)).await
    }

    async fn open_grant(
        &self,
        (token, application, ground): (Token, Application, Ground),
        by: By,
        (settings, bound): (&Settings, Option<Timestamp>),
    ) -> Result<Granted, Error> {
        let Holder::User(user) = token.holder else {
            return Err(Refusal::Missing("user").into());
        };
        let now = token.created_at;
        let ends = earlier(later(now, settings.refresh_life()), bound);
        let session = Session {
            application: Some(application.id),
            ..Session::begun(self.mint(), user, token.born, (now, ends))
        };
        let token = Token { session: Some(session.id), application: Some(application.id), ..token };
        let (access, secret) = self.make_secret(Kind::Personal);
        let (refresh, kept) = self.make_secret(Kind::Refresh);
        let note = self.grant_note(by, "token.issue", (&token, &application));
        let most = self.shared.policy.tokens.most_per_holder;
        let pair = Pair { session, refresh: kept.digest, token: token.clone(), secret };
        let fact = self.shared.store.open_grant(&pair, ground, most, note);
        let number = match self.enrol(&[], fact).await? {
            Insertion::Done(number) => number,
            Insertion::TooMany => {
                return Err(Refusal::TooManyTokens(most.unwrap_or(u32::MAX)).into());
            }
            Insertion::HolderGone => return Err(Refusal::GrantRefused.into()),
        };
        Ok(Granted { token: Token { number, ..token }, access, refresh: Some(refresh) })
    }

    pub(super) fn grant_note(
        &self,
        by: By,
        action: &str,
        (token, application): (&Token, &Application),
    ) -> Draft {
        let note = self
            .note_by(by, action, ("token", token.id.uuid()))
            .of(application.organization)
            .saying("kind", token.kind.code())
            .saying("label", token.label.clone())
            .saying("scopes", token.scopes.to_string())
            .saying("application", application.name.clone());
        saying_limits(note, &token.limits)
    }

    /// A token of a person's, as settings, policy and the credential that it is made with allow.
    pub(super) fn personal_token(
        &self,
        user: &User,
        scopes: Scopes,
        settings: &Settings,
        parent: Option<Timestamp>,
    ) -> Token {
        let now = self.now();
        let longest = self.shared.policy.tokens.longest_life;
        let life = settings.access_life();
        let life = longest.map_or(life, |longest| longest.min(life));
        let end = later(now, life);
        let life = (now, Some(earlier(end, parent)));
        Token {
            born: Born { holder: user.epoch, organization: 0 },
            ..Token::begun(self.mint(), Kind::Personal, Holder::User(user.id), scopes, life)
        }
    }
}

/// An end, or the bound if that comes before.
pub(super) fn earlier(end: Timestamp, bound: Option<Timestamp>) -> Timestamp {
    bound.map_or(end, |bound| bound.min(end))
}

/// Whether settings let somebody have tokens whose account somebody else keeps.
pub(crate) fn may_hold(user: &User, settings: &Settings) -> Result<(), Refusal> {
    if user.provider.is_some() && !settings.external_users {
        return Err(Refusal::ExternalAccount);
    }
    Ok(())
}

impl Granted {
    pub(super) fn new(token: Token, access: Secret, refresh: Secret) -> Self {
        Self { token, access, refresh: Some(refresh) }
    }
}

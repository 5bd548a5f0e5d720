//! Exchanging a token for a short one of fewer scopes and stated audience (RFC 8693), and obtaining
//! one as a client (RFC 6749, section 4.4).
//!
//! What is made is signed and not kept. It stands and falls with what it was made of: read
//! `signed.rs`.
//!
//! **Invariant**: nothing that is made here is wider, longer or less bound than its subject.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::signed::Root;
use super::terms::later;
use super::{Asked, Holder, Standing, Verdict, Visit};
use crate::account::session::OWN_CLIENT;
use crate::actor::Actor;
use crate::audience::Audiences;
use crate::authority::Authority;
use crate::claims::{AccessClaims, Act, Aud};
use crate::error::{Error, Refusal};
use crate::id::{Id, TokenId};
use crate::journal::{By, Draft};
use crate::policy::Policy;
use crate::scope::Scopes;
use crate::secret::{Kind, LONGEST_PRESENTED, Secret};
use crate::verdicts::Known;

/// The most who act one for the other.
const MOST_ACTORS: usize = 4;

/// What a short token shall be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Narrowing {
    /// Its ceilings; those of its subject if none are given.
    pub scopes: Option<Scopes>,
    /// For whom it is; if nobody is named, for whom its subject is, or for this authority.
    pub audiences: Option<Audiences>,
}

/// A wish to exchange a token (RFC 8693, section 2.1).
#[derive(Clone, Copy)]
pub struct Exchange<'a> {
    /// The token, as presented. Whoever shows it may exchange it.
    pub subject: &'a str,
    /// The client that asks, if it said who it is.
    pub client: Option<&'a Actor>,
    /// Who shall act for the subject's holder; the client, if nobody is named.
    pub actor: Option<&'a Actor>,
    /// What shall be made of it.
    pub narrowing: &'a Narrowing,
    /// The request that shows the subject.
    pub visit: Visit<'a>,
}

/// A short token that was just made. It is shown now and never again.
#[derive(Debug, Clone)]
pub struct Exchanged {
    /// Its identity.
    pub id: TokenId,
    /// Its ceilings.
    pub scopes: Scopes,
    /// For how long it is good.
    pub life: SignedDuration,
    /// The token.
    pub access: Secret,
}

/// A short token that nobody has yet, and what is entered when somebody gets it.
struct Made {
    exchanged: Exchanged,
    note: Draft,
}

/// Through whom a token is obtained.
struct Through {
    by: By,
    /// The `client_id`.
    client: String,
    /// Who acts, the present one first.
    actors: Vec<Uuid>,
}

impl Authority {
    /// Exchanges a good token for a short one.
    ///
    /// # Errors
    ///
    /// [`Refusal::GrantRefused`] if it is not good, whatever is wrong with it, or none that the client
    /// or the actor may be told of. [`Refusal::CannotBreed`] if its uses are counted, or too many act
    /// for its holder already. [`Refusal::ScopeBeyond`], and [`Refusal::Invalid`] of `scope` or
    /// `audience`, if what is asked for is more than the token is.
    pub async fn exchange(&self, exchange: Exchange<'_>) -> Result<Exchanged, Error> {
        let Exchange { subject, client, actor, narrowing, visit } = exchange;
        let verdict = self.inspect_any(subject, &Asked::of(visit)).await?;
        let Verdict::Good(known) = &verdict else {
            self.noted(verdict, &visit);
            return Err(Refusal::GrantRefused.into());
        };
        for asking in [client, actor].into_iter().flatten() {
            let own = asking.holder() == known.token.holder;
            if !own && !self.may_know(asking, &known.token).await? {
                return Err(Refusal::GrantRefused.into());
            }
        }
        // What is refused takes nothing: the rate comes last.
        let made = self.make(known, narrowing, through(known, client, actor))?;
        self.admitted(verdict, &visit)?;
        self.hand_out(made).await
    }

    /// Gives a client that showed its secret a short token of its own.
    ///
    /// # Errors
    ///
    /// [`Refusal::GrantNotAllowed`] to a client that obtains tokens of people, which has one way to
    /// obtain tokens, and this is another (attack book A115); and to one whose secret's uses are
    /// counted. Else as [`Authority::exchange`].
    pub async fn obtain(&self, client: &Actor, narrowing: &Narrowing) -> Result<Exchanged, Error> {
        let known = client.known().ok_or(Refusal::Unauthenticated)?;
        if known.token.uses_left.is_some() {
            return Err(Refusal::GrantNotAllowed.into());
        }
        if let Holder::Application(id) = client.holder() {
            let found = self.shared.store.application(id).await?;
            if found.ok_or(Refusal::Unauthenticated)?.client.is_some() {
                return Err(Refusal::GrantNotAllowed.into());
            }
        }
        let made = self.make(known, narrowing, through(known, Some(client), None))?;
        self.hand_out(made).await
    }

    fn make(
        &self,
        subject: &Known,
        narrowing: &Narrowing,
        through: Through,
    ) -> Result<Made, Error> {
        let Policy { brand, .. } = &self.shared.policy;
        let (id, now) = (self.mint(), self.now());
        let by = through.by;
        let narrowed = narrow(subject, narrowing, through, &self.shared.policy, (id, now))?;
        let jws = self.shared.keys.ring().sign(&narrowed.claims, now)?;
        let access = Secret::from_text(brand.prefix(Kind::Access) + &jws);
        if access.reveal().len() > LONGEST_PRESENTED {
            return Err(Refusal::invalid("scope", "fewer, or the token would be too long").into());
        }
        let mut note = self
            .note_by(by, "token.exchange", ("token", id.uuid()))
            .of(subject.token.organization)
            .saying("scopes", narrowed.scopes.to_string())
            .saying("audience", narrowed.audiences.iter().collect::<Vec<_>>().join(" "))
            .saying("client", narrowed.claims.client_id.clone())
            .saying("expires_at", narrowed.expires_at.to_string());
        if let Some(session) = narrowed.claims.sid {
            note = note.saying("session", session.to_string());
        }
        let life = narrowed.expires_at.duration_since(now);
        Ok(Made { exchanged: Exchanged { id, scopes: narrowed.scopes, life, access }, note })
    }

    async fn hand_out(&self, Made { exchanged, note }: Made) -> Result<Exchanged, Error> {
        self.enrol(&[], self.shared.store.enter(note)).await?;
        Ok(exchanged)
    }
}

/// Through whom a token is exchanged, and who acts then: somebody other than its holder.
fn through(known: &Known, client: Option<&Actor>, actor: Option<&Actor>) -> Through {
    let token = &known.token;
    let signed = token.signed.as_deref();
    let acting = actor.or(client);
    let by = acting.map_or(By { who: token.holder.who(), token: token.kept() }, Actor::by);
    let client = match (client.or(actor), signed) {
        (Some(client), _) => client_id(client.holder()),
        (None, Some(signed)) => signed.client.clone(),
        (None, None) => client_id(token.holder),
    };
    let mut actors = signed.map(|signed| signed.actors.clone()).unwrap_or_default();
    let other = acting.map(Actor::holder).filter(|acting| *acting != token.holder);
    if let Some((_, id)) = other.map(Holder::parts).filter(|(_, id)| actors.first() != Some(id)) {
        actors.insert(0, id);
    }
    Through { by, client, actors }
}

/// An application or a service account is a client by its id; a person comes through our own.
fn client_id(holder: Holder) -> String {
    match holder {
        Holder::User(_) => OWN_CLIENT.to_owned(),
        Holder::Application(_) | Holder::ServiceAccount(_) => holder.parts().1.to_string(),
    }
}

/// What a short token says.
struct Narrowed {
    claims: AccessClaims,
    scopes: Scopes,
    audiences: Audiences,
    expires_at: Timestamp,
}

/// The rules of exchanging, and nothing else: no clock, no dice, no storage.
fn narrow(
    subject: &Standing,
    narrowing: &Narrowing,
    through: Through,
    Policy { issuer, access_life, .. }: &Policy,
    (id, now): (TokenId, Timestamp),
) -> Result<Narrowed, Refusal> {
    let Standing { token, secret_until, .. } = subject;
    let signed = token.signed.as_deref();
    if token.uses_left.is_some() || through.actors.len() > MOST_ACTORS {
        return Err(Refusal::CannotBreed);
    }
    let scopes = narrowing.scopes.as_ref().unwrap_or(&token.scopes).clone();
    if let Some(scope) = scopes.first_beyond(&token.scopes) {
        return Err(Refusal::ScopeBeyond(scope.to_string()));
    }
    let bound = signed.filter(|signed| signed.exchanged).map(|signed| &signed.audiences);
    let audiences = narrowing.audiences.as_ref().or(bound).cloned();
    let audiences = audiences.unwrap_or_else(|| Audiences::only(issuer));
    if let Some(other) = bound.and_then(|bound| audiences.first_beyond(bound)) {
        let rule = format!("the token is for others than `{other}`");
        return Err(Refusal::invalid("audience", rule));
    }
    let ends = [token.expires_at, *secret_until].into_iter().flatten();
    let expires_at = ends.fold(later(now, *access_life), Timestamp::min);
    let root = signed.map_or(Root::Token(token.id), |signed| signed.root);
    let (session, generation) = root.session().unzip();
    let claims = AccessClaims {
        iss: issuer.clone(),
        sub: token.holder.parts().1,
        aud: Aud::from(&audiences),
        exp: expires_at.as_duration().as_secs_f64(),
        iat: now.as_duration().as_secs_f64(),
        nbf: now.as_duration().as_secs_f64(),
        jti: id.uuid(),
        client_id: through.client,
        scope: scopes.to_string(),
        team: token.organization.map(Id::uuid),
        session: false,
        sid: session.map(Id::uuid),
        generation,
        parent: root.token().map(Id::uuid),
        act: Act::of(&through.actors),
    };
    Ok(Narrowed { claims, scopes, audiences, expires_at })
}

#[cfg(test)]
mod tests;

//! Is this token good now, and for what? The hot path.
//!
//! Warm: format and checksum, one HMAC, one look-up in memory, one pure judgement. It touches no
//! database, writes nothing and locks nothing that others wait for.

use std::sync::Arc;

use uuid::Uuid;

use super::signed::{Root, Signed, below, login};
use super::store::Spending;
use super::{Asked, Rate, Reason, Standing, Visit};
use crate::actor::Actor;
use crate::authority::Authority;
use crate::error::{Error, Refusal, StoreError, Unavailable};
use crate::id::SessionId;
use crate::journal::{By, Subject};
use crate::policy::Policy;
use crate::secret::{Kind, Presented};
use crate::verdicts::{Known, Recollection};

/// What was found of a presented secret.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// It is good for what was asked. With its standing as of the moment it was read.
    Good(Arc<Known>),
    /// It is not: why, and what it is if it is anything. Not for strangers.
    Bad(Reason, Option<Arc<Known>>),
}

impl Authority {
    /// Judges a token, and takes one request of its rate and one of its uses if they are limited and
    /// the answer is yes.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] if memory may not speak and the database does not answer. That is no no.
    pub async fn verify(&self, text: &str, asked: &Asked<'_>) -> Result<Verdict, Unavailable> {
        if let Some(verdict) = self.verify_warm(text, asked) {
            return Ok(verdict);
        }
        let verdict = self.inspect(text, asked).await?;
        self.take(verdict, &asked.visit).await
    }

    /// As [`Authority::verify`], but only from memory: `None` if memory can't say.
    pub fn verify_warm(&self, text: &str, asked: &Asked<'_>) -> Option<Verdict> {
        let Some(presented) = self.bearer(text) else {
            return Some(Verdict::Bad(Reason::Malformed, None));
        };
        let digest = self.shared.keys.pepper().digest(presented);
        match self.shared.verdicts.recall(&digest, self.shared.clock.boot()) {
            Recollection::Known(known) => Some(self.admit(self.judge(known, asked), &asked.visit)),
            Recollection::Unknown => Some(Verdict::Bad(Reason::Unknown, None)),
            Recollection::Silent => None,
        }
    }

    /// Judges a token without taking anything of it.
    pub async fn inspect(&self, text: &str, asked: &Asked<'_>) -> Result<Verdict, Unavailable> {
        let audience = asked.audience.or(Some(&self.shared.policy.issuer));
        self.inspect_any(text, &Asked { audience, ..*asked }).await
    }

    /// As [`Authority::inspect`], for any audience if none is asked for.
    pub(super) async fn inspect_any(
        &self,
        text: &str,
        asked: &Asked<'_>,
    ) -> Result<Verdict, Unavailable> {
        let Some(presented) = self.bearer(text) else {
            return Ok(Verdict::Bad(Reason::Malformed, None));
        };
        let unknown = Verdict::Bad(Reason::Unknown, None);
        let found = self.look_up(presented).await?;
        Ok(found.map_or(unknown, |known| self.judge_any(known, asked)))
    }

    /// Turns a yes into what it is after a request of the token's rate and one of its uses are taken.
    pub(crate) async fn take(
        &self,
        verdict: Verdict,
        visit: &Visit<'_>,
    ) -> Result<Verdict, Unavailable> {
        let verdict = match paced(verdict) {
            Verdict::Good(known) if known.token.uses_left.is_some() => {
                match self.spend(&known).await {
                    Ok(Some(_)) => Verdict::Good(known),
                    Ok(None) => Verdict::Bad(Reason::Spent, Some(known)),
                    Err(Error::Unavailable(unavailable)) => return Err(unavailable),
                    Err(Error::Refused(refusal)) => return Err(Unavailable(refusal.to_string())),
                }
            }
            verdict @ (Verdict::Good(_) | Verdict::Bad(..)) => verdict,
        };
        Ok(self.noted(verdict, visit))
    }

    /// Turns a yes into what it is after one request of the token's rate is taken, and notes what was
    /// said.
    fn admit(&self, verdict: Verdict, visit: &Visit<'_>) -> Verdict {
        self.noted(paced(verdict), visit)
    }

    /// Counts a use, as what was said.
    pub(super) fn noted(&self, verdict: Verdict, visit: &Visit<'_>) -> Verdict {
        match &verdict {
            Verdict::Good(known) => self.note_use(known, visit, true),
            Verdict::Bad(_, Some(known)) => self.note_use(known, visit, false),
            Verdict::Bad(_, None) => {}
        }
        verdict
    }

    /// Makes an actor of a bearer token.
    ///
    /// # Errors
    ///
    /// [`Refusal::Unauthenticated`] whatever is wrong with it: a stranger is not told why.
    /// [`Refusal::TooOften`] if it is good, but its rate is used up.
    pub async fn authenticate(&self, text: &str, visit: &Visit<'_>) -> Result<Actor, Error> {
        let verdict = self.inspect(text, &Asked::of(*visit)).await?;
        Ok(Actor::by_token(self.admitted(verdict, visit)?))
    }

    /// A credential that is good, after one request of its rate is taken.
    pub(crate) fn admitted(
        &self,
        verdict: Verdict,
        visit: &Visit<'_>,
    ) -> Result<Arc<Known>, Refusal> {
        match self.admit(verdict, visit) {
            Verdict::Good(known) => Ok(known),
            Verdict::Bad(Reason::Rate, Some(known)) => {
                let wait = known.token.limits.rate.map(Rate::interval).unwrap_or_default();
                Err(Refusal::TooOften { wait })
            }
            Verdict::Bad(..) => Err(Refusal::Unauthenticated),
        }
    }

    /// As [`Authority::authenticate`], for what only a person does with a token of their own that is
    /// kept and bound to no organization: a session's is bound to where its user logged in, even if
    /// that is nowhere yet.
    pub async fn authenticate_person(&self, text: &str, visit: &Visit<'_>) -> Result<Actor, Error> {
        let actor = self.authenticate(text, visit).await?;
        let unbound = actor.token().is_some() && actor.organization().is_none();
        let person = actor.user().is_some() && unbound;
        if person { Ok(actor) } else { Err(Refusal::Unauthenticated.into()) }
    }

    /// Makes an actor of an OAuth 2 client's id and secret (RFC 6749, section 2.3.1): of an
    /// application and one of its secrets, or of a service account and one of its tokens.
    pub async fn authenticate_client(
        &self,
        id: Uuid,
        secret: &str,
        visit: &Visit<'_>,
    ) -> Result<Actor, Error> {
        let kinds = [Kind::ClientSecret, Kind::ServiceAccount];
        let known = self.own_secret((id, secret), &kinds, visit).await?;
        Ok(Actor::by_token(known))
    }

    /// A secret of ours that bears, by its looks.
    fn bearer<'a>(&self, text: &'a str) -> Option<Presented<'a>> {
        Presented::read(&self.shared.policy.brand, text).filter(|presented| presented.kind.bears())
    }

    /// Judges for this authority's own APIs, where nobody says for whom a token must be.
    pub(crate) fn judge(&self, known: Arc<Known>, asked: &Asked<'_>) -> Verdict {
        let audience = asked.audience.or(Some(&self.shared.policy.issuer));
        self.judge_any(known, &Asked { audience, ..*asked })
    }

    fn judge_any(&self, known: Arc<Known>, asked: &Asked<'_>) -> Verdict {
        match known.verdict(self.now(), asked) {
            Ok(()) => Verdict::Good(known),
            Err(reason) => Verdict::Bad(reason, Some(known)),
        }
    }

    /// A secret's standing: from memory within the lease, else from the database.
    pub(crate) async fn look_up(
        &self,
        presented: Presented<'_>,
    ) -> Result<Option<Arc<Known>>, Unavailable> {
        let digest = self.shared.keys.pepper().digest(presented);
        let boot = self.shared.clock.boot();
        match self.shared.verdicts.recall(&digest, boot) {
            Recollection::Known(known) => return Ok(Some(known)),
            Recollection::Unknown => return Ok(None),
            Recollection::Silent => {}
        }
        let ticket = self.shared.verdicts.ticket();
        let read = self.read_standing(presented).await;
        match read.map_err(|error| Unavailable(error.to_string()))? {
            Some(standing) if standing.token.uses_left.is_some() => {
                Ok(Some(self.shared.verdicts.passing(standing)))
            }
            Some(standing) => Ok(Some(self.shared.verdicts.keep(digest, standing, ticket))),
            None => {
                self.shared.verdicts.keep_unknown(digest, boot);
                Ok(None)
            }
        }
    }

    async fn read_standing(
        &self,
        presented: Presented<'_>,
    ) -> Result<Option<Standing>, StoreError> {
        if presented.kind == Kind::Access {
            return self.read_access(presented).await;
        }
        let found = self.shared.store.standing(&self.shared.keys.digests(presented)).await?;
        if let Some(Standing { token, .. }) = &found {
            // The first use of a grant's token shows that the answer which it came in arrived.
            let first = token.last_used_at.is_none() && token.revoked_at.is_none();
            if let Some(grant) = token.session.filter(|_| first) {
                // That it can't be noted is no reason not to answer.
                if let Err(error) = self.shared.store.note_grant_used(grant, token.id).await {
                    tracing::warn!(%error, "the first use of a grant's token was not noted");
                }
            }
        }
        Ok(found)
    }

    /// The standing of an access token: signature and claims first, then what it stands on.
    async fn read_access(&self, presented: Presented<'_>) -> Result<Option<Standing>, StoreError> {
        let Policy { brand, issuer, .. } = &self.shared.policy;
        let jws = presented.reveal().strip_prefix(brand.prefix(Kind::Access).as_str());
        let claims = jws.and_then(|jws| self.shared.keys.ring().read(jws, issuer));
        let read = claims.and_then(|claims| Signed::read(&claims).map(|signed| (claims, signed)));
        let Some((claims, signed)) = read else { return Ok(None) };
        let root = match signed.root {
            Root::Token(id) => self.shared.store.token_standing(id).await?,
            Root::Session { session, generation } => self.read_login(session, generation).await?,
        };
        Ok(root.and_then(|root| below(root, &claims, signed)))
    }

    async fn read_login(
        &self,
        session: SessionId,
        generation: i64,
    ) -> Result<Option<Standing>, StoreError> {
        let Some(found) = self.shared.store.session_standing(session).await? else {
            return Ok(None);
        };
        if found.session.generation == generation && !found.session.used {
            self.shared.store.note_session_used(session, generation).await?;
        }
        Ok(login(found, generation))
    }

    /// Takes one use of a counted token: what is left, or none if there was none to take.
    pub(crate) async fn spend(&self, known: &Known) -> Result<Option<u32>, Error> {
        let token = &known.token;
        let by = By { who: token.holder.who(), token: Some(token.id) };
        let forget = Subject::Token(token.id);
        let note = self
            .note_by(by, "token.spend", ("token", token.id.uuid()))
            .of(token.organization)
            .forgetting(forget);
        let spending = self.shared.store.spend_token(token.id, note);
        match self.enrol(&[forget], spending).await? {
            Spending::Done(left) => Ok(Some(left)),
            Spending::Spent => Ok(None),
        }
    }
}

/// Turns a yes into what it is after one request of the token's rate is taken.
fn paced(verdict: Verdict) -> Verdict {
    match verdict {
        Verdict::Good(known) if !known.admit() => Verdict::Bad(Reason::Rate, Some(known)),
        Verdict::Good(_) | Verdict::Bad(..) => verdict,
    }
}

//! What people grant to OAuth 2 clients: tokens that are made through an application, with a refresh
//! token beside them.
//!
//! A grant is a session of an application. Its one access token is kept and listed, since its user and
//! the application's administrators see and revoke it like any other. Read [`Granted`], then `open.rs` (how
//! a grant comes to be), `refresh.rs`, and `code.rs` (authorization codes).
//!
//! **Invariant**: a refresh token and a code are good for the client that they were given to and for
//! nobody else (RFC 6749, sections 4.1.3 and 6).

mod code;
mod open;
mod refresh;
pub mod store;

pub use code::{Asked, Considered, NoCode};
pub use open::PersonalWish;
pub(crate) use open::may_hold;

use std::sync::Arc;

use crate::application::{Application, Client};
use crate::authority::Authority;
use crate::error::{Error, Refusal};
use crate::id::ApplicationId;
use crate::secret::{Kind, Presented, Secret};
use crate::token::{self, Token, Visit};
use crate::verdicts::Known;

/// Tokens that were just made, with their secrets: shown now and never again.
#[derive(Debug, Clone)]
pub struct Granted {
    /// The access token.
    pub token: Token,
    /// Its secret.
    pub access: Secret,
    /// The refresh token, if it was made through an application.
    pub refresh: Option<Secret>,
}

/// An OAuth 2 client that has shown who it is. Made only by the core.
#[derive(Debug, Clone)]
pub struct ShownClient {
    application: Application,
    client: Client,
}

impl ShownClient {
    /// The application that it is.
    pub fn application(&self) -> &Application {
        &self.application
    }
}

impl Authority {
    /// Makes a client of an id, and a secret if it has one (RFC 6749, section 2.3.1). A public client
    /// has none, and its id alone proves nothing.
    ///
    /// # Errors
    ///
    /// [`Refusal::Unauthenticated`] whatever is wrong.
    pub async fn authenticate_oauth(
        &self,
        (id, secret): (&str, Option<&str>),
        visit: &Visit<'_>,
    ) -> Result<ShownClient, Error> {
        let found = self.client_of(id).await?.ok_or(Refusal::Unauthenticated)?;
        if found.client.confidential {
            let secret = secret.ok_or(Refusal::Unauthenticated)?;
            let shown = (found.application.id.uuid(), secret);
            self.own_secret(shown, &[Kind::ClientSecret], visit).await?;
        }
        Ok(found)
    }

    /// A client's own secret of one of these kinds, if that is what is shown, and is good.
    pub(crate) async fn own_secret(
        &self,
        (id, secret): (uuid::Uuid, &str),
        kinds: &[Kind],
        visit: &Visit<'_>,
    ) -> Result<Arc<Known>, Error> {
        let brand = &self.shared.policy.brand;
        let presented = Presented::read(brand, secret).filter(|p| kinds.contains(&p.kind));
        let presented = presented.ok_or(Refusal::Unauthenticated)?;
        let known = self.look_up(presented).await?.ok_or(Refusal::Unauthenticated)?;
        if known.token.holder.parts().1 != id {
            return Err(Refusal::Unauthenticated.into());
        }
        Ok(self.admitted(self.judge(known, &token::Asked::of(*visit)), visit)?)
    }

    /// The client with this id, spelled as it is shown, as long as it and its organization are there.
    async fn client_of(&self, text: &str) -> Result<Option<ShownClient>, Error> {
        let parsed = uuid::Uuid::parse_str(text).map(ApplicationId::from).ok();
        let Some(id) = parsed.filter(|id| id.to_string() == text) else { return Ok(None) };
        let store = &self.shared.store;
        let found = store.application(id).await?;
        let Some(application) = found.filter(|found| found.archived_at.is_none()) else {
            return Ok(None);
        };
        let organization = store.organization(application.organization).await?;
        let open = organization.is_some_and(|found| found.suspended_at.is_none());
        let client = application.client.clone().filter(|_| open);
        Ok(client.map(|client| ShownClient { application, client }))
    }
}

//! Whether a caller could write by a view: OPTIONS tells it so, and `awx` has commands accordingly.

use authority::permission::Permission;
use authority::{Error, Place};

use super::asked::Asked;
use super::fault::Fault;
use super::find;

/// Whether the caller could `POST` to a list, or `PUT` to an object.
pub(super) async fn could(asked: &Asked, path: &str) -> Result<bool, Fault> {
    if !asked.actor()?.scopes().cover(&Permission::SELF_UPDATE) {
        return Ok(false);
    }
    match path {
        "/v2/users/" | "/v2/organizations/" | "/v2/settings/authentication/" | "/v2/config/" => {
            superuser(asked).await
        }
        "/v2/teams/" | "/v2/applications/" => {
            let somewhere = asked.authority.administers_somewhere(asked.actor()?).await;
            somewhere.map_err(|error| Fault::of(error, ""))
        }
        below if below.starts_with("/v2/organizations/{id}/") => {
            there(find::organization_card(asked).await.map(|card| card.may.edit))
        }
        "/v2/teams/{id}/users/" => there(find::team_card(asked).await.map(|card| card.may.edit)),
        "/v2/tokens/{id}/" => there(find::token(asked).await.map(|card| card.may.edit)),
        "/v2/users/{id}/" => there(find::user_card(asked).await.map(|card| card.may.edit)),
        "/v2/organizations/{id}/" => {
            there(find::organization_card(asked).await.map(|card| card.may.edit))
        }
        "/v2/teams/{id}/" => there(find::team_card(asked).await.map(|card| card.may.edit)),
        "/v2/applications/{id}/" => there(find::client_card(asked).await.map(|card| card.may.edit)),
        _ => Ok(true),
    }
}

async fn superuser(asked: &Asked) -> Result<bool, Fault> {
    let update = &Permission::INSTALLATION_UPDATE;
    match asked.authority.allow(asked.actor()?, update, Place::Installation).await {
        Ok(_) => Ok(true),
        Err(Error::Refused(_)) => Ok(false),
        Err(error) => Err(Fault::of(error, "")),
    }
}

/// What can't be found can't be written.
fn there(found: Result<bool, Fault>) -> Result<bool, Fault> {
    match found {
        Err(Fault::NoAnswer) => Err(Fault::NoAnswer),
        Err(_) => Ok(false),
        may => may,
    }
}

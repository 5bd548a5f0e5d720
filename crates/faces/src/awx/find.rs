//! Finding the object that a path, a body or a query names.

use authority::account::User;
use authority::application::Application;
use authority::directory::{ClientCard, GroupCard, OrganizationCard, TokenCard, UserCard};
use authority::id::OrganizationId;
use authority::organization::Organization;
use authority::permission::Permission;
use authority::search::{Column, Condition, LONGEST_TEXT, Link, Search, Thing, Value};
use authority::{Error, Place, Refusal};

use super::asked::Asked;
use super::fault::Fault;
use super::fields::Fields;

/// The object that the path names: by its number, or its name (contract section 1, named URLs). Only
/// organizations of the installation's own have names that are one's alone.
pub(super) fn named(asked: &Asked, thing: Thing) -> Search {
    if let Some(number) = asked.number().filter(|number| *number > 0) {
        return Search::numbered(thing, number);
    }
    let object = asked.object();
    // What no name can be is not asked for.
    if object.len() > LONGEST_TEXT || object.contains('\0') {
        return nothing(thing);
    }
    let ours = |links: &[Link]| Search::is(thing, links, Column::Tenant, Value::Boolean(false));
    match thing {
        Thing::User => return Search::one(thing, Column::Username, Value::Text(plus(&object))),
        Thing::Organization => {
            let named = Search::one(thing, Column::Name, Value::Text(plus(&object)));
            return named.within(ours(&[]));
        }
        Thing::Token
        | Thing::Entry
        | Thing::Application
        | Thing::ServiceAccount
        | Thing::Integration => return nothing(thing),
        Thing::Group | Thing::Client => {}
    }
    let Some((name, organization)) = object.split_once("++") else {
        return nothing(thing);
    };
    let place = [Link::Organization];
    let organization = Value::Text(plus(organization));
    Search::one(thing, Column::Name, Value::Text(plus(name)))
        .within(Search::is(thing, &place, Column::Name, organization))
        .within(ours(&place))
}

/// What is never there.
fn nothing(thing: Thing) -> Search {
    Search { limit: 1, ..Search::over(thing, Condition::never()) }
}

/// A literal plus in a name is written `[+]`.
fn plus(text: &str) -> String {
    text.replace("[+]", "+")
}

/// The first of what was found; that there is none is a 404 of this model.
fn first<T>(found: Vec<T>, model: &str) -> Result<T, Fault> {
    found.into_iter().next().ok_or_else(|| Fault::missing(model))
}

pub(super) async fn user_card(asked: &Asked) -> Result<UserCard, Fault> {
    user_by(asked, named(asked, Thing::User)).await
}

pub(super) async fn user(asked: &Asked) -> Result<User, Fault> {
    Ok(user_card(asked).await?.user)
}

pub(super) async fn user_by(asked: &Asked, search: Search) -> Result<UserCard, Fault> {
    let found = asked.authority.find_users(asked.actor()?, search).await;
    first(found.map_err(|error| Fault::of(error, "User"))?.items, "User")
}

pub(super) async fn organization_card(asked: &Asked) -> Result<OrganizationCard, Fault> {
    organization_by(asked, named(asked, Thing::Organization)).await
}

pub(super) async fn organization(asked: &Asked) -> Result<Organization, Fault> {
    Ok(organization_card(asked).await?.organization)
}

pub(super) async fn organization_by(
    asked: &Asked,
    search: Search,
) -> Result<OrganizationCard, Fault> {
    let found = asked.authority.find_organizations(asked.actor()?, search).await;
    first(found.map_err(|error| Fault::of(error, "Organization"))?.items, "Organization")
}

pub(super) async fn team_card(asked: &Asked) -> Result<GroupCard, Fault> {
    team_by(asked, named(asked, Thing::Group)).await
}

pub(super) async fn team_by(asked: &Asked, search: Search) -> Result<GroupCard, Fault> {
    let found = asked.authority.find_groups(asked.actor()?, search).await;
    first(found.map_err(|error| Fault::of(error, "Team"))?.items, "Team")
}

pub(super) async fn client_card(asked: &Asked) -> Result<ClientCard, Fault> {
    client_by(asked, named(asked, Thing::Client)).await
}

pub(super) async fn client(asked: &Asked) -> Result<Application, Fault> {
    Ok(client_card(asked).await?.application)
}

pub(super) async fn client_by(asked: &Asked, search: Search) -> Result<ClientCard, Fault> {
    let found = asked.authority.find_clients(asked.actor()?, search).await;
    first(found.map_err(|error| Fault::of(error, "OAuth2Application"))?.items, "OAuth2Application")
}

pub(super) async fn token(asked: &Asked) -> Result<TokenCard, Fault> {
    let number = asked.number().unwrap_or_default();
    token_by(asked, Search::numbered(Thing::Token, number)).await
}

pub(super) async fn token_by(asked: &Asked, search: Search) -> Result<TokenCard, Fault> {
    let found = asked.authority.find_tokens(asked.actor()?, search).await;
    first(found.map_err(|error| Fault::of(error, "OAuth2AccessToken"))?.items, "OAuth2AccessToken")
}

/// The organization that a body names, for something new, if its caller may make it there. Of all but
/// superusers permission is asked before the value is judged.
pub(super) async fn place(
    asked: &Asked,
    fields: &mut Fields<'_>,
    number: Option<i64>,
    permission: &Permission,
) -> Result<Option<OrganizationId>, Fault> {
    let actor = asked.actor()?;
    let superuser = actor.marks().superuser;
    let Some(number) = number else {
        return if superuser { Ok(None) } else { Err(Fault::forbidden()) };
    };
    let search = Search::numbered(Thing::Organization, number);
    let id = match organization_by(asked, search).await {
        Ok(card) => card.organization.id,
        Err(fault) if fault.is_missing() && superuser => {
            fields.no_such("organization", number);
            return Ok(None);
        }
        Err(fault) if fault.is_missing() => return Err(Fault::forbidden()),
        Err(other) => return Err(other),
    };
    let allowed = asked.authority.allow(actor, permission, Place::In(id)).await;
    match allowed {
        Ok(_) => Ok(Some(id)),
        Err(Error::Refused(Refusal::NotAMember)) => Err(Fault::forbidden()),
        Err(error) => Err(Fault::of(error, "Organization")),
    }
}

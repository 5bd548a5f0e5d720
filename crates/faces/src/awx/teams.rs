//! Teams (contract section 7), which are the core's groups.

use authority::Place;
use authority::directory::GroupCard;
use authority::organization::store::Naming;
use authority::permission::Permission;
use authority::search::{Condition, Search, Seats, Thing};
use axum::http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::asked::Asked;
use super::fault::Fault;
use super::fields::Fields;
use super::filter::Model;
use super::find;
use super::listing::{Finding, Listing};
use super::organizations::{Attached, attached, inside, naming};
use super::reply::{Reply, time};
use super::roles::object_roles;
use super::show::{capabilities, members, person, place, resource, url, url_part};
use super::users;
use super::view::Doing;

const MODEL: &str = "Team";

pub(super) fn shown(card: &GroupCard, named: bool) -> Value {
    let GroupCard { group, organization, created_by, modified_by, may } = card;
    let own = url("teams", group.number);
    let below = |name: &str| Some(Value::from(format!("{own}{name}/")));
    let user_url = |user: &authority::account::User| Value::from(url("users", user.number));
    let by_name =
        organization.as_ref().filter(|there| named && !there.tenant).map(|organization| {
            let (name, place) = (url_part(&group.name), url_part(&organization.name));
            Value::from(format!("/api/v2/teams/{name}++{place}/"))
        });
    let organization_url =
        organization.as_ref().map(|one| Value::from(url("organizations", one.number)));
    json!({
        "id": group.number,
        "type": "team",
        "url": own,
        "related": members([
            ("named_url", by_name),
            ("created_by", created_by.as_ref().map(user_url)),
            ("modified_by", modified_by.as_ref().map(user_url)),
            ("users", below("users")),
            ("roles", below("roles")),
            ("activity_stream", below("activity_stream")),
            ("organization", organization_url),
        ]),
        "summary_fields": members([
            ("organization", organization.as_ref().map(place)),
            ("resource", Some(resource(group.id.uuid(), "shared.team"))),
            ("created_by", created_by.as_ref().map(person)),
            ("modified_by", modified_by.as_ref().map(person)),
            ("object_roles", Some(object_roles(Thing::Group, group.number))),
            ("user_capabilities", Some(capabilities(*may))),
        ]),
        "created": time(group.created_at),
        "modified": time(group.modified_at),
        "name": group.name,
        "description": group.description,
        "organization": organization.as_ref().map(|one| one.number),
    })
}

async fn listed(asked: &Asked, own: Condition) -> Result<Reply, Fault> {
    let listing = Listing::new(asked, Model::Team, own)?;
    let actor = asked.actor()?;
    let find =
        |search: Search| Box::pin(asked.authority.find_groups(actor, search)) as Finding<'_, _>;
    listing.answer(find, |card| shown(card, false)).await
}

/// `GET /api/v2/teams/`
pub(super) fn list(asked: &Asked) -> Doing<'_> {
    Box::pin(listed(asked, Condition::always()))
}

/// `GET /api/v2/users/{id}/teams/`
pub(super) fn list_of_user(asked: &Asked) -> Doing<'_> {
    Box::pin(async { listed(asked, Condition::Holds(find::user(asked).await?.id)).await })
}

/// `GET /api/v2/organizations/{id}/teams/`
pub(super) fn list_of_organization(asked: &Asked) -> Doing<'_> {
    Box::pin(async { listed(asked, inside(asked, Thing::Group).await?).await })
}

/// `GET /api/v2/teams/{id}/`
pub(super) fn show(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        let one = find::named(asked, Thing::Group);
        let one = Listing::narrowed(asked, Model::Team, one)?;
        let card = find::team_by(asked, one).await?;
        Ok(Reply::ok(shown(&card, true)))
    })
}

/// `POST /api/v2/teams/`
pub(super) fn create(asked: &Asked) -> Doing<'_> {
    Box::pin(make(asked, &asked.body))
}

/// `POST /api/v2/organizations/{id}/teams/`
pub(super) fn create_below_organization(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        let mut body = asked.body.clone();
        let number = find::organization(asked).await?.number;
        body.insert("organization".to_owned(), number.into());
        make(asked, &body).await
    })
}

async fn make(asked: &Asked, body: &Map<String, Value>) -> Result<Reply, Fault> {
    let mut fields = Fields::new(body, false);
    let Naming { name, description, .. } = naming(&mut fields);
    let organization = fields.reference("organization");
    let may = &Permission::GROUP_UPDATE;
    let place = find::place(asked, &mut fields, organization, may).await?;
    fields.done()?;
    let place = place.ok_or_else(Fault::forbidden)?;
    let name = name.unwrap_or_default();
    let described = (name.as_str(), description.as_deref().unwrap_or_default());
    let made = asked.authority.create_group(asked.actor()?, place, described).await;
    let made = made.map_err(|error| Fault::of(error, MODEL))?;
    let card = find::team_by(asked, Search::numbered(Thing::Group, made.number)).await?;
    Ok(Reply::created(shown(&card, true)))
}

/// `PATCH` and `PUT /api/v2/teams/{id}/`
pub(super) fn update(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        let card = find::team_card(asked).await?;
        let mut fields = Fields::new(&asked.body, asked.method == Method::PATCH);
        let change = naming(&mut fields);
        fields.done()?;
        let changed = asked.authority.update_group(asked.actor()?, card.group.id, change).await;
        let changed = changed.map_err(|error| Fault::of(error, MODEL))?;
        let card = find::team_by(asked, Search::numbered(Thing::Group, changed.number)).await?;
        Ok(Reply::ok(shown(&card, true)))
    })
}

/// `DELETE /api/v2/teams/{id}/`
pub(super) fn delete(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        let id = find::team_card(asked).await?.group.id;
        let deleted = asked.authority.delete_group(asked.actor()?, id).await;
        deleted.map_err(|error| Fault::of(error, MODEL))?;
        Ok(Reply::nothing())
    })
}

/// `GET /api/v2/teams/{id}/users/`
pub(super) fn members_of(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        let id = find::team_card(asked).await?.group.id;
        users::listed(asked, Condition::InGroup(id)).await
    })
}

/// `GET /api/v2/teams/{id}/roles/`: people have seats here, teams have none.
pub(super) fn roles_of(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        find::team_card(asked).await?;
        Ok(super::roles::page(&[]))
    })
}

/// `POST /api/v2/teams/{id}/users/`: a new user becomes a member of the team's organization too.
pub(super) fn seat_member(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        let group = find::team_card(asked).await?.group;
        let (reply, user, give) = match attached(asked).await? {
            Attached::Here(user) => (Reply::nothing(), user, true),
            Attached::Gone(user) => (Reply::nothing(), user, false),
            Attached::New => {
                // Asked before, so that no user comes to be who may then not get into the team.
                let update = &Permission::GROUP_UPDATE;
                let place = Place::In(group.organization);
                let may = asked.authority.allow(asked.actor()?, update, place).await;
                may.map_err(|error| Fault::of(error, MODEL))?;
                let made = users::create_in(asked, group.organization, Seats::Member).await?;
                (made.0, made.1.id, true)
            }
        };
        give_or_take(asked, group.id, user, give).await?;
        Ok(reply)
    })
}

/// Puts a user into a team, or takes one out of it.
pub(super) async fn give_or_take(
    asked: &Asked,
    group: authority::id::GroupId,
    user: authority::id::UserId,
    give: bool,
) -> Result<(), Fault> {
    let actor = asked.actor()?;
    if give {
        let added = asked.authority.add_to_group(actor, group, user).await;
        let stranger = "The user is no member of the team's organization.";
        return added
            .map_err(|error| Fault::of(error, "User"))
            .map_err(|fault| if fault.is_missing() { Fault::bad(stranger) } else { fault });
    }
    let removed = asked.authority.remove_from_group(actor, group, user).await;
    match removed.map_err(|error| Fault::of(error, "User")) {
        // One who is not in it need not be taken out.
        Ok(()) | Err(Fault::Detail(StatusCode::NOT_FOUND, _)) => Ok(()),
        Err(other) => Err(other),
    }
}

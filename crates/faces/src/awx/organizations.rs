//! Organizations (contract section 7), and who belongs to them.

use authority::directory::OrganizationCard;
use authority::organization::store::Naming;
use authority::permission::Permission;
use authority::search::{Column, Condition, Link, Search, Seats, Thing, Value as Sought};
use authority::{Error, Place};
use axum::http::Method;
use serde_json::{Value, json};

use super::asked::Asked;
use super::fault::Fault;
use super::fields::{Fields, OPTIONAL, Text};
use super::filter::Model;
use super::find;
use super::listing::{Finding, Listing};
use super::reply::{Reply, time};
use super::roles::object_roles;
use super::show::{capabilities, members, person, resource, url, url_part};
use super::users;
use super::view::Doing;

const MODEL: &str = "Organization";

/// What a name may be.
pub(super) const NAME: Text = Text { required: true, blank: false, null: false, most: 512 };

pub(super) fn shown(card: &OrganizationCard, named: bool) -> Value {
    let OrganizationCard { organization, created_by, modified_by, users, admins, groups, may } =
        card;
    let own = url("organizations", organization.number);
    let by_name = format!("/api/v2/organizations/{}/", url_part(&organization.name));
    let below = |name: &str| Some(Value::from(format!("{own}{name}/")));
    let user_url = |user: &authority::account::User| Value::from(url("users", user.number));
    json!({
        "id": organization.number,
        "type": "organization",
        "url": own,
        "related": members([
            ("named_url", Some(by_name.into()).filter(|_| named && !organization.tenant)),
            ("created_by", created_by.as_ref().map(user_url)),
            ("modified_by", modified_by.as_ref().map(user_url)),
            ("users", below("users")),
            ("admins", below("admins")),
            ("teams", below("teams")),
            ("applications", below("applications")),
            ("activity_stream", below("activity_stream")),
        ]),
        "summary_fields": members([
            ("resource", Some(resource(organization.id.uuid(), "shared.organization"))),
            ("created_by", created_by.as_ref().map(person)),
            ("modified_by", modified_by.as_ref().map(person)),
            ("object_roles", Some(object_roles(Thing::Organization, organization.number))),
            ("user_capabilities", Some(capabilities(*may))),
            ("related_field_counts", Some(counts(named, (*users, *admins, *groups)))),
        ]),
        "created": time(organization.created_at),
        "modified": time(organization.modified_at),
        "name": organization.name,
        "description": organization.description,
        "max_hosts": 0,
        "custom_virtualenv": null,
        "default_environment": null,
    })
}

/// How many of what there are, in the order of a list or of one organization.
fn counts(alone: bool, (users, admins, teams): (u64, u64, u64)) -> Value {
    if alone {
        json!({ "users": users, "admins": admins, "teams": teams })
    } else {
        json!({ "teams": teams, "users": users, "admins": admins })
    }
}

pub(super) async fn listed(asked: &Asked, own: Condition) -> Result<Reply, Fault> {
    let listing = Listing::new(asked, Model::Organization, own)?;
    let actor = asked.actor()?;
    let find = |search: Search| {
        Box::pin(asked.authority.find_organizations(actor, search)) as Finding<'_, _>
    };
    listing.answer(find, |card| shown(card, false)).await
}

/// `GET /api/v2/organizations/`
pub(super) fn list(asked: &Asked) -> Doing<'_> {
    Box::pin(listed(asked, Condition::always()))
}

/// `GET /api/v2/users/{id}/organizations/`
pub(super) fn list_of_user(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        let user = find::user(asked).await?;
        listed(asked, Condition::Seats(Seats::Member, user.id)).await
    })
}

/// `GET /api/v2/users/{id}/admin_of_organizations/`
pub(super) fn list_administered(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        let user = find::user(asked).await?;
        listed(asked, Condition::Seats(Seats::Admin, user.id)).await
    })
}

/// `GET /api/v2/organizations/{id}/`
pub(super) fn show(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        let one = find::named(asked, Thing::Organization);
        let one = Listing::narrowed(asked, Model::Organization, one)?;
        let card = find::organization_by(asked, one).await?;
        Ok(Reply::ok(shown(&card, true)))
    })
}

/// Name and description of a body.
pub(super) fn naming(fields: &mut Fields<'_>) -> Naming {
    let name = fields.text("name", NAME);
    let description = fields.text("description", OPTIONAL);
    Naming { name, description, ..Naming::default() }
}

/// `POST /api/v2/organizations/`
pub(super) fn create(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        let actor = asked.actor()?;
        let update = &Permission::INSTALLATION_UPDATE;
        let may = asked.authority.allow(actor, update, Place::Installation).await;
        may.map_err(|error| Fault::of(error, MODEL))?;
        let mut fields = Fields::new(&asked.body, false);
        let Naming { name, description, .. } = naming(&mut fields);
        fields.done()?;
        let name = name.unwrap_or_default();
        let described = (name.as_str(), description.as_deref().unwrap_or_default());
        let made = asked.authority.add_organization(actor, described).await;
        let made = made.map_err(|error| Fault::of(error, MODEL))?;
        let search = Search::numbered(Thing::Organization, made.number);
        let card = find::organization_by(asked, search).await?;
        let mut body = shown(&card, true);
        // A new one has its counts in the order of a list.
        if let Some(there) = body.pointer_mut("/summary_fields/related_field_counts") {
            *there = counts(false, (card.users, card.admins, card.groups));
        }
        Ok(Reply::created(body))
    })
}

/// `PATCH` and `PUT /api/v2/organizations/{id}/`
pub(super) fn update(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        let card = find::organization_card(asked).await?;
        let mut fields = Fields::new(&asked.body, asked.method == Method::PATCH);
        let change = naming(&mut fields);
        fields.done()?;
        let id = card.organization.id;
        let changed = asked.authority.update_organization(asked.actor()?, id, change).await;
        let changed = changed.map_err(|error| Fault::of(error, MODEL))?;
        let search = Search::numbered(Thing::Organization, changed.number);
        Ok(Reply::ok(shown(&find::organization_by(asked, search).await?, true)))
    })
}

/// `DELETE /api/v2/organizations/{id}/`
pub(super) fn delete(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        let id = find::organization(asked).await?.id;
        let deleted = asked.authority.delete_organization(asked.actor()?, id).await;
        deleted.map_err(|error| Fault::of(error, MODEL))?;
        Ok(Reply::nothing())
    })
}

async fn people(asked: &Asked, seats: Seats) -> Result<Reply, Fault> {
    let id = find::organization(asked).await?.id;
    users::listed(asked, Condition::Seated(seats, vec![id])).await
}

/// `GET /api/v2/organizations/{id}/users/`
pub(super) fn members_of(asked: &Asked) -> Doing<'_> {
    Box::pin(people(asked, Seats::Member))
}

/// `GET /api/v2/organizations/{id}/admins/`
pub(super) fn admins_of(asked: &Asked) -> Doing<'_> {
    Box::pin(people(asked, Seats::Admin))
}

/// `POST /api/v2/organizations/{id}/users/`
pub(super) fn seat_member(asked: &Asked) -> Doing<'_> {
    Box::pin(seat(asked, Seats::Member))
}

/// `POST /api/v2/organizations/{id}/admins/`
pub(super) fn seat_admin(asked: &Asked) -> Doing<'_> {
    Box::pin(seat(asked, Seats::Admin))
}

async fn seat(asked: &Asked, seats: Seats) -> Result<Reply, Fault> {
    let organization = find::organization(asked).await?.id;
    match attached(asked).await? {
        Attached::New => Ok(users::create_in(asked, organization, seats).await?.0),
        Attached::Here(user) => {
            give_or_take(asked, (organization, seats), user, true).await.map(|()| Reply::nothing())
        }
        Attached::Gone(user) => {
            give_or_take(asked, (organization, seats), user, false).await.map(|()| Reply::nothing())
        }
    }
}

pub(super) async fn give_or_take(
    asked: &Asked,
    (organization, seats): (authority::id::OrganizationId, Seats),
    user: authority::id::UserId,
    give: bool,
) -> Result<(), Fault> {
    let actor = asked.actor()?;
    let outcome: Result<(), Error> = if give {
        asked.authority.give_seat(actor, organization, (user, seats)).await
    } else {
        asked.authority.take_seat(actor, organization, (user, seats)).await
    };
    outcome.map_err(|error| Fault::of(error, "User"))
}

/// What a body asks of a list of users.
pub(super) enum Attached {
    /// To make one.
    New,
    /// To put this one into it.
    Here(authority::id::UserId),
    /// To take this one out of it.
    Gone(authority::id::UserId),
}

/// Reads `{"id": n}` and `{"id": n, "disassociate": true}`.
pub(super) async fn attached(asked: &Asked) -> Result<Attached, Fault> {
    let taken = asked.body.get("disassociate").is_some_and(truthy);
    let number = match asked.body.get("id") {
        None | Some(Value::Null) if taken => {
            return Err(Fault::msg("\"id\" is required to disassociate"));
        }
        None | Some(Value::Null) => return Ok(Attached::New),
        Some(id) => id.as_i64().ok_or_else(|| Fault::msg("\"id\" field must be an integer."))?,
    };
    let found = find::user_by(asked, Search::numbered(Thing::User, number)).await;
    let missing = || Fault::bad("User matching query does not exist.");
    let user = found.map_err(|fault| if fault.is_missing() { missing() } else { fault })?;
    let id = user.user.id;
    Ok(if taken { Attached::Gone(id) } else { Attached::Here(id) })
}

/// Whether Python would take a value for true.
pub(super) fn truthy(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false)) && *value != json!(0) && *value != json!("")
}

/// That something is in the organization which the path names.
pub(super) async fn inside(asked: &Asked, thing: Thing) -> Result<Condition, Fault> {
    let id = Sought::Id(find::organization(asked).await?.id.uuid());
    Ok(Search::is(thing, &[Link::Organization], Column::Id, id))
}

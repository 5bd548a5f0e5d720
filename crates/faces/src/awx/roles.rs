//! Roles (contract section 7): AWX gives each object its own; here they are names for seats.

use authority::id::{GroupId, OrganizationId};
use authority::search::{Condition, LONGEST_ANSWER, Search, Seats, Thing};
use axum::http::{HeaderName, StatusCode};
use serde_json::{Map, Value, json};

use super::asked::Asked;
use super::fault::Fault;
use super::filter::Wanted;
use super::find;
use super::organizations;
use super::reply::Reply;
use super::role::{OF_ORGANIZATION, OF_TEAM, Role, number, of_number};
use super::show::url;
use super::teams;
use super::users;
use super::view::Doing;

/// The roles of an object, as its summary has them.
pub(super) fn object_roles(thing: Thing, object: i64) -> Value {
    let roles: &[Role] = if thing == Thing::Group { &OF_TEAM } else { &OF_ORGANIZATION };
    let each = roles.iter().map(|role| {
        let mut shown = json!({
            "description": role.description,
            "name": role.name,
            "id": number(thing, object, role),
        });
        if let (true, Value::Object(members)) = (role.user_only, &mut shown) {
            members.insert("user_only".to_owned(), true.into());
        }
        (role.key.to_owned(), shown)
    });
    Value::Object(each.collect::<Map<String, Value>>())
}

/// A role of an object of this name.
fn shown((thing, object, role): (Thing, i64, &Role), name: &str, may: bool) -> Value {
    let own = url("roles", number(thing, object, role));
    let (kind, title, resource) = if thing == Thing::Group {
        ("team", "Team", "teams")
    } else {
        ("organization", "Organization", "organizations")
    };
    json!({
        "id": number(thing, object, role),
        "type": "role",
        "url": own,
        "related": {
            "users": format!("{own}users/"),
            "teams": format!("{own}teams/"),
            kind: url(resource, object),
        },
        "summary_fields": {
            "user_capabilities": { "unattach": may },
            "resource_name": name,
            "resource_type": kind,
            "resource_type_display_name": title,
            "resource_id": object,
        },
        "name": role.name,
        "description": role.description,
    })
}

/// The header of what AWX means to take away.
fn deprecated(reply: Reply) -> Reply {
    let warning =
        "299 awx \"This resource has been deprecated and will be removed in a future release.\"";
    reply.with(HeaderName::from_static("warning"), warning)
}

pub(super) fn page(roles: &[Value]) -> Reply {
    deprecated(Reply::ok(json!({
        "count": roles.len(),
        "next": null,
        "previous": null,
        "results": roles,
    })))
}

/// `GET /api/v2/users/{id}/roles/`
pub(super) fn list_of_user(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        let user = find::user(asked).await?;
        let actor = asked.actor()?;
        let mut roles = Vec::new();
        for role in &OF_ORGANIZATION {
            let Some(seats) = role.seats else { continue };
            let own = Search::over(Thing::Organization, Condition::Seats(seats, user.id));
            let found = asked.authority.find_organizations(actor, own).await;
            let found = found.map_err(|error| Fault::of(error, "Organization"))?;
            roles.extend(found.items.iter().map(|card| {
                let one = (Thing::Organization, card.organization.number, role);
                shown(one, &card.organization.name, card.may.edit)
            }));
        }
        let own = Search::over(Thing::Group, Condition::Holds(user.id));
        let found = asked.authority.find_groups(actor, own).await;
        let found = found.map_err(|error| Fault::of(error, "Team"))?;
        let member = OF_TEAM.iter().filter(|role| role.seats == Some(Seats::Member));
        roles.extend(member.flat_map(|role| {
            found.items.iter().map(move |card| {
                shown((Thing::Group, card.group.number, role), &card.group.name, card.may.edit)
            })
        }));
        Ok(page(&roles))
    })
}

/// `POST /api/v2/users/{id}/roles/`
pub(super) fn assign(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        let user = find::user(asked).await?;
        let id = asked.body.get("id").ok_or_else(|| Fault::msg("Role \"id\" field is missing."))?;
        let id = id.as_i64().ok_or_else(|| Fault::msg("\"id\" field must be an integer."))?;
        let give = !asked.body.get("disassociate").is_some_and(organizations::truthy);
        let (seats, place) = seat(asked, id).await?;
        match place {
            Object::Organization(organization) => {
                organizations::give_or_take(asked, (organization, seats), user.id, give).await?;
            }
            Object::Team(team) => teams::give_or_take(asked, team, user.id, give).await?,
        }
        Ok(deprecated(Reply::nothing()))
    })
}

/// What a role belongs to.
enum Object {
    Organization(OrganizationId),
    Team(GroupId),
}

/// The seat that a role's number means, if the caller sees its object.
async fn seat(asked: &Asked, id: i64) -> Result<(Seats, Object), Fault> {
    let missing = || Fault::bad("Role matching query does not exist.");
    let (thing, object, role) = of_number(id).ok_or_else(missing)?;
    let given = "This role follows from others here, and can't be given or taken by itself.";
    let seats = role.seats.ok_or_else(|| Fault::bad(given))?;
    let search = Search::numbered(thing, object);
    let found = if thing == Thing::Group {
        find::team_by(asked, search).await.map(|card| Object::Team(card.group.id))
    } else {
        let card = find::organization_by(asked, search).await;
        card.map(|card| Object::Organization(card.organization.id))
    };
    match found {
        Ok(object) => Ok((seats, object)),
        Err(Fault::Detail(StatusCode::NOT_FOUND, _)) => Err(missing()),
        Err(other) => Err(other),
    }
}

async fn card(asked: &Asked) -> Result<(Value, Condition), Fault> {
    let missing = || Fault::missing("Role");
    let of_object = |fault: Fault| if fault.is_missing() { missing() } else { fault };
    let found = of_number(asked.number().unwrap_or_default()).ok_or_else(missing)?;
    let search = Search::numbered(found.0, found.1);
    if found.0 == Thing::Group {
        let card = find::team_by(asked, search).await.map_err(of_object)?;
        let there = found.2.seats.map(|_| Condition::InGroup(card.group.id));
        let shown = shown(found, &card.group.name, card.may.edit);
        return Ok((shown, there.unwrap_or(Condition::never())));
    }
    let card = find::organization_by(asked, search).await.map_err(of_object)?;
    let place = vec![card.organization.id];
    let there = found.2.seats.map(|seats| Condition::Seated(seats, place));
    let shown = shown(found, &card.organization.name, card.may.edit);
    Ok((shown, there.unwrap_or(Condition::never())))
}

/// The roles of all objects of a kind that the caller sees: those from `start` to `end`, and how many
/// there are.
async fn stretch(
    asked: &Asked,
    (thing, roles): (Thing, &[Role]),
    (start, end): (u64, u64),
) -> Result<(Vec<Value>, u64), Fault> {
    let each = roles.len() as u64;
    let wanted = end.div_ceil(each).saturating_sub(start / each);
    let limit = u32::try_from(wanted).unwrap_or(LONGEST_ANSWER).min(LONGEST_ANSWER);
    let search = Search { offset: start / each, limit, ..Search::over(thing, Condition::always()) };
    let actor = asked.actor()?;
    let refused = |error| Fault::of(error, "Role");
    let (objects, count): (Vec<(i64, String, bool)>, Option<u64>) = if thing == Thing::Group {
        let found = asked.authority.find_groups(actor, search).await.map_err(refused)?;
        let shown = found.items.into_iter().map(|c| (c.group.number, c.group.name, c.may.edit));
        (shown.collect(), found.count)
    } else {
        let found = asked.authority.find_organizations(actor, search).await.map_err(refused)?;
        let shown = found
            .items
            .into_iter()
            .map(|c| (c.organization.number, c.organization.name, c.may.edit));
        (shown.collect(), found.count)
    };
    let all = objects.iter().flat_map(|(number, name, may)| {
        roles.iter().map(move |role| shown((thing, *number, role), name, *may))
    });
    let skipped = usize::try_from(start % each).unwrap_or_default();
    let most = usize::try_from(end.saturating_sub(start)).unwrap_or_default();
    Ok((all.skip(skipped).take(most).collect(), count.unwrap_or_default() * each))
}

/// `GET /api/v2/roles/`: those of organizations, then those of teams. It takes no filters.
pub(super) fn list(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        let wanted = Wanted::read(&asked.query)?;
        let known = ["page", "page_size", "format"];
        if let Some((name, _)) =
            asked.query.iter().find(|(name, _)| !known.contains(&name.as_str()))
        {
            return Err(Fault::bad(format!("Role has no field named '{name}'")));
        }
        let ours = (Thing::Organization, &OF_ORGANIZATION[..]);
        let teams = (Thing::Group, &OF_TEAM[..]);
        let first = stretch(asked, ours, (0, 0)).await?.1;
        let count = first + stretch(asked, teams, (0, 0)).await?.1;
        let place = wanted.settle(Some(count))?;
        let (start, end) = (place.offset(), place.offset() + u64::from(wanted.size));
        let mut roles = stretch(asked, ours, (start.min(first), end.min(first))).await?.0;
        let (start, end) = (start.max(first) - first, end.max(first) - first);
        roles.extend(stretch(asked, teams, (start, end)).await?.0);
        Ok(deprecated(Reply::ok(json!({
            "count": count,
            "next": place.next(&asked.path, &asked.query),
            "previous": place.previous(&asked.path, &asked.query),
            "results": roles,
        }))))
    })
}

/// `GET /api/v2/roles/{id}/`
pub(super) fn show(asked: &Asked) -> Doing<'_> {
    Box::pin(async { Ok(deprecated(Reply::ok(card(asked).await?.0))) })
}

/// `GET /api/v2/roles/{id}/users/`
pub(super) fn users_of(asked: &Asked) -> Doing<'_> {
    Box::pin(async { users::listed(asked, card(asked).await?.1).await.map(deprecated) })
}

/// `GET /api/v2/roles/{id}/teams/`: people have seats here, teams have none.
pub(super) fn teams_of(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        card(asked).await?;
        Ok(page(&[]))
    })
}
